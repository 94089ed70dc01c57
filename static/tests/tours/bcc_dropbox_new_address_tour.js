import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson stops the old address at once. */
registry.category("web_tour.tours").add("bcc_dropbox_new_address", {
    steps: () => [
        {
            content: "Open the tab",
            trigger: ".o_notebook a[name='bcc_dropbox']",
            run: "click",
        },
        {
            content: "Ask for a new address",
            trigger: "div[name='bcc_dropbox_address'] button[name='bcc_dropbox_renewal']",
            run: "click",
        },
        screen("preferences-new-address", {trigger: ".modal-body:contains('rejected immediately')"}),
        {
            content: "Create it",
            trigger: "button[name='bcc_dropbox_confirm']:contains('Stop the Old One')",
            run: "click",
        },
        {
            content: "It is done",
            trigger: ".o_bcc_dropbox_renewed:contains('The old address has stopped working')",
        },
        {
            content: "Close the dialog",
            trigger: ".modal-footer .btn-secondary",
            run: "click",
        },
        {
            content: "No old address works",
            trigger: ".o_notebook:not(:has(div[name='bcc_dropbox_former'])) [name='bcc_dropbox_address']",
        },
    ],
});
