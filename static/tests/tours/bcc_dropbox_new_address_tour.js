import {registry} from "@web/core/registry";
import {openPreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson stops the old address at once. */
registry.category("web_tour.tours").add("bcc_dropbox_new_address", {
    steps: () => [
        ...openPreferences(),
        {
            content: "Ask for a new address",
            trigger: "div[name='bcc_dropbox_address'] button[name='bcc_dropbox_renewal']",
            run: "click",
        },
        screen("preferences-new-address", {trigger: ".modal-body:contains('rejected immediately')"}),
        {
            content: "Create it",
            trigger: "button[name='bcc_dropbox_confirm']:contains('Disable the Old One')",
            run: "click",
        },
        {
            content: "It is done",
            trigger: ".o_bcc_dropbox_renewed:contains('The old address is disabled')",
        },
        {
            content: "Close the dialog",
            trigger: ".modal:has(.o_bcc_dropbox_renewed) .modal-footer .btn-secondary",
            run: "click",
        },
        {
            content: "No old address works",
            trigger: ".o_notebook:not(:has(div[name='bcc_dropbox_former'])) [name='bcc_dropbox_address']",
        },
    ],
});
