import {registry} from "@web/core/registry";
import {openPreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson whose address nobody has confirmed reads why no email would be logged, and asks for the link. */
registry.category("web_tour.tours").add("bcc_dropbox_unconfirmed", {
    steps: () => [
        ...openPreferences(),
        screen("preferences-unconfirmed", {
            trigger: "div[name='bcc_dropbox_unconfirmed']:contains('Your emails will be rejected')",
        }),
        {
            content: "Read it in the list of addresses",
            trigger: ".o_data_row:contains('owen@acme.example') [name='confirmation']:contains('Not confirmed')",
        },
        {
            content: "Have the link sent",
            trigger: ".o_data_row:contains('owen@acme.example') button[name='action_send_confirmation']",
            run: "click",
        },
        {
            content: "See where it goes",
            trigger: ".o_notification:contains('owen@acme.example')",
        },
    ],
});
