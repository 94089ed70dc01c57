import {registry} from "@web/core/registry";
import {openPreferences} from "@crm_bcc_dropbox/../tests/preferences";

/** A salesperson did not get the email that asks to confirm an address. */
registry.category("web_tour.tours").add("bcc_dropbox_send_again", {
    steps: () => [
        ...openPreferences(),
        {
            content: "Have it sent again",
            trigger: ".o_field_widget[name='bcc_dropbox_sender_ids'] button[name='action_send_confirmation']",
            run: "click",
        },
        {
            content: "See where it goes",
            trigger: ".o_notification:contains('owen@home.example')",
        },
        {
            content: "The preferences are still there",
            trigger: ".o_field_widget[name='bcc_dropbox_sender_ids']",
        },
    ],
});
