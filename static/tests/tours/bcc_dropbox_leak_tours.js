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

/** A manager sees whose address others know, and makes a new one. */
registry.category("web_tour.tours").add("bcc_dropbox_leaks", {
    steps: () => [
        screen("dropboxes-leak", {
            trigger: ".o_data_row:contains('In To or Cc'), .o_kanban_record:contains('In To or Cc')",
        }),
        {
            content: "Make a new one for Lea at once",
            trigger: ".o_data_row:contains('Lea Novak') button[name='action_regenerate']",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "It is done",
            trigger: ".o_notification:contains('Lea Novak')",
            isActive: ["desktop"],
        },
        {
            content: "Open the other one",
            trigger: ".o_data_row td[name='user_id']:contains('Owen Clarke'), .o_kanban_record:contains('Owen Clarke')",
            run: "click",
        },
        screen("dropbox-leak", {trigger: "div[name='leak']:contains('did not send')"}),
        {
            content: "Make a new one",
            trigger: "div[name='leak'] button[name='action_regenerate']",
            run: "click",
        },
        {
            content: "It is done",
            trigger: ".o_notification:contains('Owen Clarke')",
        },
        {
            content: "The alarm is over",
            trigger: ".o_form_view:not(:has(div[name='leak'])) [name='address']",
        },
    ],
});
