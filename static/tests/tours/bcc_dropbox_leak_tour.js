import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const TAB = {
    content: "Open the tab",
    trigger: ".o_notebook a[name='bcc_dropbox']",
    run: "click",
};

const BANNER = "div[name='bcc_dropbox_leak']";

const FORMER = "div[name='bcc_dropbox_former']";

/** A salesperson reads that others know the address, and has a new one by one click. */
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
            trigger: `${BANNER} button[name='action_bcc_dropbox_renew']`,
            run: "click",
        },
        {
            content: "It is done",
            trigger: ".o_notification:contains('The old one has stopped working')",
        },
        {
            content: "The alarm is over, and there is no old address that works",
            trigger: `.o_notebook:not(:has(${BANNER})):not(:has(${FORMER})) [name='bcc_dropbox_address']`,
        },
    ],
});
