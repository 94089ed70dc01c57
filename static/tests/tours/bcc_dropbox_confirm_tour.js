import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson follows the link in an email, and confirms the address. */
registry.category("web_tour.tours").add("bcc_dropbox_confirm", {
    steps: () => [
        {
            content: "See which address it is",
            trigger: ".o_bcc_dropbox_confirm:contains('owen@home.example')",
        },
        screen("confirm", {trigger: ".o_bcc_dropbox_confirm"}),
        {
            content: "Confirm it",
            trigger: ".o_bcc_dropbox_confirm button[type='submit']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "See that it is confirmed",
            trigger: ".o_bcc_dropbox_confirm[data-step='done']:contains('owen@home.example')",
        },
    ],
});
