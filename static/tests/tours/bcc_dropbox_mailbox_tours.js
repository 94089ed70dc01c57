import {registry} from "@web/core/registry";
import {openPreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** An administrator turns an incoming mail server into a mailbox for BCC copies, and reads the risk. */
registry.category("web_tour.tours").add("bcc_dropbox_mailbox", {
    steps: () => [
        {
            content: "Emails without a BCC address belong to their senders",
            trigger: ".o_field_widget[name='bcc_dropbox_by_sender'] input",
            run: "click",
        },
        screen("mailbox", {
            trigger: "[name='bcc_dropbox_by_sender_risk']:contains('logged as that user')",
            show: ".o_inner_group:has([name='bcc_dropbox_by_sender'])",
        }),
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "It is saved",
            trigger: ".o_form_saved",
        },
    ],
});

/** A manager reads why emails are left in the mailbox. */
registry.category("web_tour.tours").add("bcc_dropbox_unclaimed", {
    steps: () => [
        screen("unclaimed", {
            trigger: [".o_data_row", ".o_kanban_record"].map((row) => `${row}:contains('No user has')`).join(", "),
        }),
    ],
});

/** A salesperson finds the address of the mailbox. */
registry.category("web_tour.tours").add("bcc_dropbox_preferences_mailbox", {
    steps: () => [
        ...openPreferences(),
        screen("preferences-mailbox", {
            trigger: ".modal .o_field_widget[name='bcc_dropbox_mailbox']:contains('copies@acme.example')",
        }),
    ],
});
