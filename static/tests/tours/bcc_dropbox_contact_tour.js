import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";
import {SMART_BUTTON, openSmartButtons} from "@crm_bcc_dropbox/../tests/page";

const CAPTURED = ".o-bcc-dropbox-captured";

/** A salesperson sees on a contact that there are captured emails. */
registry.category("web_tour.tours").add("bcc_dropbox_contact", {
    steps: () => [
        {
            content: "The history is there",
            trigger: CAPTURED,
        },
        openSmartButtons,
        screen("contact", {trigger: SMART_BUTTON, scope: SMART_BUTTON, show: false}),
    ],
});
