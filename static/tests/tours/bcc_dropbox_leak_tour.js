import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const TAB = {
    content: "Open the tab",
    trigger: ".o_notebook a[name='bcc_dropbox']",
    run: "click",
};

const BANNER = "div[name='bcc_dropbox_leak']";

const FORMER = "div[name='bcc_dropbox_former']";

/** A salesperson reads that others know the address, and has a new one. */
registry.category("web_tour.tours").add("bcc_dropbox_leak", {
    steps: () => [
        TAB,
        {
            content: "Read why",
            trigger: `${BANNER}:contains('it stood in To or Cc')`,
        },
        screen("preferences-leak", {trigger: BANNER}),
        {
            content: "Create a new address",
            trigger: `${BANNER} button[name='bcc_dropbox_renewal']`,
            run: "click",
        },
        {
            content: "Stop the old one",
            trigger: "button[name='bcc_dropbox_confirm']:contains('Stop the Old One')",
            run: "click",
        },
        {
            content: "Close the dialog, which shows the new address",
            trigger: ".modal-footer:has(.o_clipboard_button) .btn-secondary",
            run: "click",
        },
        {
            content: "The alarm is over, and there is no old address that works",
            trigger: `.o_notebook:not(:has(${BANNER})):not(:has(${FORMER})) [name='bcc_dropbox_address']`,
        },
    ],
});
