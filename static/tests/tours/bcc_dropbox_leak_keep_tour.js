import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const TAB = {
    content: "Open the tab",
    trigger: ".o_notebook a[name='bcc_dropbox']",
    run: "click",
};

const BANNER = "div[name='bcc_dropbox_leak']";

/** A salesperson who knows the senders keeps the address. */
registry.category("web_tour.tours").add("bcc_dropbox_leak_keep", {
    steps: () => [
        TAB,
        screen("preferences-strangers", {trigger: `${BANNER}:contains('did not send')`}),
        {
            content: "Keep the address",
            trigger: `${BANNER} button[name='action_bcc_dropbox_keep']`,
            run: "click",
        },
        {
            content: "The alarm is over",
            trigger: `.o_notebook:not(:has(${BANNER})) [name='bcc_dropbox_address']`,
        },
    ],
});
