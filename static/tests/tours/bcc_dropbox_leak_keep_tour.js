import {registry} from "@web/core/registry";
import {openPreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const BANNER = "div[name='bcc_dropbox_leak']";

/** A salesperson who knows the senders keeps the address. */
registry.category("web_tour.tours").add("bcc_dropbox_leak_keep", {
    steps: () => [
        ...openPreferences(),
        screen("preferences-strangers", {trigger: `${BANNER}:contains('Unknown senders')`}),
        {
            content: "Keep the address",
            trigger: `${BANNER} button[name='action_bcc_dropbox_keep']`,
            run: "click",
        },
        {
            content: "The dialog is closed",
            trigger: "body:not(:has(.modal))",
        },
        ...openPreferences(),
        {
            content: "The alarm is over",
            trigger: `.o_notebook:not(:has(${BANNER})) [name='bcc_dropbox_address']`,
        },
    ],
});
