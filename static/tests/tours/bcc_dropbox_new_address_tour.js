import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson reads what stops working, and has a new address. */
registry.category("web_tour.tours").add("bcc_dropbox_new_address", {
    steps: () => [
        {
            content: "Open the tab",
            trigger: ".o_notebook a[name='bcc_dropbox']",
            run: "click",
        },
        {
            content: "Ask for a new address",
            trigger: "button[name='action_bcc_dropbox_regenerate']",
            run: "click",
        },
        screen("preferences-new-address", {trigger: ".modal-body:contains('stops working at once')"}),
        {
            content: "Go on",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It is done",
            trigger: ".o_notification:contains('The old one has stopped working')",
        },
    ],
});
