import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";
import {SMART_BUTTON, openSmartButtons} from "@crm_bcc_dropbox/../tests/page";

/** A salesperson sees on a company the emails of its people. */
registry.category("web_tour.tours").add("bcc_dropbox_company", {
    steps: () => [
        openSmartButtons,
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
