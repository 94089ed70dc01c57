import {registry} from "@web/core/registry";
import {openPreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const BANNER = "div[name='bcc_dropbox_leak']";

const FORMER = "div[name='bcc_dropbox_former']";

/** A salesperson reads that others know the address, and has a new one. */
registry.category("web_tour.tours").add("bcc_dropbox_leak", {
    steps: () => [
        ...openPreferences(),
        {
            content: "Read why",
            trigger: `${BANNER}:contains('used in To or Cc')`,
        },
        screen("preferences-leak", {trigger: BANNER}),
        {
            content: "Create a new address",
            trigger: `${BANNER} button[name='bcc_dropbox_renewal']`,
            run: "click",
        },
        {
            content: "Stop the old one",
            trigger: "button[name='bcc_dropbox_confirm']:contains('Disable the Old One')",
            run: "click",
        },
        {
            content: "Close the dialog, which shows the new address",
            trigger: ".modal:has(.o_bcc_dropbox_renewed) .modal-footer .btn-secondary",
            run: "click",
        },
        {
            content: "The alarm is over, and there is no old address that works",
            trigger: `.o_notebook:not(:has(${BANNER})):not(:has(${FORMER})) [name='bcc_dropbox_address']`,
        },
    ],
});
