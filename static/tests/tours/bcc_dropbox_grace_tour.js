import {registry} from "@web/core/registry";
import {openPreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const FORMER = "div[name='bcc_dropbox_former']";

/** A salesperson keeps the old address active for some days, copies the new one, and then stops the old one. */
registry.category("web_tour.tours").add("bcc_dropbox_grace", {
    steps: () => [
        ...openPreferences(),
        {
            content: "Ask for a new address by the only button for it",
            trigger:
                "div[name='bcc_dropbox_address']:not(:has(input[type='number'])) button[name='bcc_dropbox_renewal']",
            run: "click",
        },
        {
            content: "The button says what it does",
            trigger: "button[name='bcc_dropbox_confirm']:contains('Disable the Old One')",
        },
        {
            content: "Type too many days: this alone chooses to keep the old address",
            trigger: "#bcc_dropbox_days",
            run: "edit 77",
        },
        {
            content: "That many are not possible",
            trigger: "button[name='bcc_dropbox_confirm']:disabled:contains('Keep the Old One')",
        },
        {
            content: "Type a number of days",
            trigger: "#bcc_dropbox_days",
            run: "edit 7",
        },
        screen("preferences-grace", {trigger: "button[name='bcc_dropbox_confirm']:enabled"}),
        {
            content: "Create the address",
            trigger: "button[name='bcc_dropbox_confirm']:contains('Keep the Old One')",
            run: "click",
        },
        {
            content: "The dialog stays open and has the new address to copy",
            trigger: ".o_bcc_dropbox_renewed:contains('owennewaddressexampl'):contains('works until')",
        },
        screen("preferences-renewed", {trigger: ".modal-footer .o_clipboard_button"}),
        {
            content: "Close it",
            trigger: ".modal:has(.o_bcc_dropbox_renewed) .modal-footer .btn-secondary",
            run: "click",
        },
        {
            content: "The tab shows the new address",
            trigger: "div[name='bcc_dropbox_address']:contains('owennewaddressexampl')",
        },
        screen("preferences-former", {trigger: `${FORMER}:contains('works until')`}),
        {
            content: "Stop the old one",
            trigger: `${FORMER} button[name='action_bcc_dropbox_stop_former']`,
            run: "click",
        },
        {
            content: "It no longer works",
            trigger: "body:not(:has(.modal)) .o_notification:contains('no longer works')",
        },
        ...openPreferences(),
        {
            content: "There is no old address",
            trigger: `.o_notebook:not(:has(${FORMER})) [name='bcc_dropbox_address']`,
        },
    ],
});
