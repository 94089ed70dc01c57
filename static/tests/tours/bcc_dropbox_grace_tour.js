import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const TAB = {
    content: "Open the tab",
    trigger: ".o_notebook a[name='bcc_dropbox']",
    run: "click",
};

const FORMER = "div[name='bcc_dropbox_former']";

/** A salesperson lets the old address work for some days, and then stops it. */
registry.category("web_tour.tours").add("bcc_dropbox_grace", {
    steps: () => [
        TAB,
        {
            content: "Choose how long",
            trigger: ".o_field_widget[name='bcc_dropbox_grace_days'] input",
            run: "edit 7 && press Tab",
        },
        {
            content: "Ask for a new address",
            trigger: "div[name='bcc_dropbox_address'] button[name='action_bcc_dropbox_renew']",
            run: "click",
        },
        screen("preferences-grace", {trigger: ".modal-body:contains('keeps working for the days')"}),
        {
            content: "Go on",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It is done",
            trigger: ".o_notification:contains('7 more days')",
        },
        {
            content: "Close the message, which is over the page",
            trigger: ".o_notification_close",
            run: "click",
        },
        screen("preferences-former", {trigger: `${FORMER}:contains('keeps working until')`}),
        {
            content: "The choice was for this address",
            trigger: "div[name='bcc_dropbox_address'] button[name='action_bcc_dropbox_regenerate']",
        },
        {
            content: "Stop the old one",
            trigger: `${FORMER} button[name='action_bcc_dropbox_stop_former']`,
            run: "click",
        },
        {
            content: "It has stopped",
            trigger: `.o_notebook:not(:has(${FORMER})) [name='bcc_dropbox_address']`,
        },
    ],
});
