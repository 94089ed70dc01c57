import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A manager sees whose address others know, and makes a new one. */
registry.category("web_tour.tours").add("bcc_dropbox_leaks", {
    steps: () => [
        screen("dropboxes-leak", {
            trigger: ".o_data_row:contains('Exposed'), .o_kanban_record:contains('Exposed')",
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
            content: "Close the message, which is over the page",
            trigger: ".o_notification_close",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Open the other one",
            trigger: ".o_data_row td[name='user_id']:contains('Owen Clarke'), .o_kanban_record:contains('Owen Clarke')",
            run: "click",
        },
        screen("dropbox-leak", {trigger: "div[name='leak']:contains('Unknown senders')"}),
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
