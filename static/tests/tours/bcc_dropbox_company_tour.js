import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const SMART_BUTTON = "button[name='action_open_bcc_dropbox_emails']";

/** A salesperson sees on a company the emails of its people. */
registry.category("web_tour.tours").add("bcc_dropbox_company", {
    steps: () => [
        {
            content: "See the smart buttons",
            trigger: ".o_control_panel .o_button_more, .o_control_panel .o-form-buttonbox button",
            isActive: ["mobile"],
            run: "click",
        },
        screen("company", {trigger: `${SMART_BUTTON}:contains('2')`, scope: SMART_BUTTON, show: false}),
        {
            content: "Open them",
            trigger: SMART_BUTTON,
            run: "click",
        },
        {
            content: "They were logged on one of its people",
            trigger: ".o_data_row:contains('Visit on Thursday'), .o_kanban_record:contains('Visit on Thursday')",
        },
    ],
});
