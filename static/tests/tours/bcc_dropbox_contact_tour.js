import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const CAPTURED = ".o-bcc-dropbox-captured";

const SMART_BUTTON = "button[name='action_open_bcc_dropbox_emails']";

/** On a phone, smart buttons are behind a button of their own. */
const openMore = {
    content: "See the smart buttons",
    trigger: ".o_control_panel .o_button_more, .o_control_panel .o-form-buttonbox button",
    isActive: ["mobile"],
    run: "click",
};

/** A salesperson sees on a contact that there are captured emails. */
registry.category("web_tour.tours").add("bcc_dropbox_contact", {
    steps: () => [
        {
            content: "The history is there",
            trigger: CAPTURED,
        },
        openMore,
        screen("contact", {trigger: SMART_BUTTON, scope: SMART_BUTTON, show: false}),
    ],
});
