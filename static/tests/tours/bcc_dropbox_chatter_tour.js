import {registry} from "@web/core/registry";

/** A salesperson recognises a captured mail in the history of a lead, and opens the list of captured mails there. */
registry.category("web_tour.tours").add("bcc_dropbox_chatter", {
    steps: () => [
        {
            content: "The captured mail says what it is",
            trigger: ".o-mail-Message .o-bcc-dropbox-captured:contains('Captured by BCC Dropbox')",
        },
        {
            content: "It says who sent it, and to whom",
            trigger: ".o-bcc-dropbox-captured:contains('sam@acme.example'):contains('leo@customer.example')",
        },
        {
            content: "These are no links",
            trigger: ".o-bcc-dropbox-captured:not(:has(a))",
        },
        {
            content: "Open the captured mails of the lead",
            trigger: "button[name='action_open_bcc_dropbox_emails']:contains('Captured Emails')",
            run: "click",
        },
        {
            content: "Open the mail",
            trigger: ".o_list_view .o_data_row .o_data_cell:contains('Our offer')",
            run: "click",
        },
        {
            content: "It says where it is filed",
            trigger: ".o_field_widget[name='line_ids'] .o_data_row:contains('Big deal')",
        },
        {
            content: "Go there again",
            trigger: ".o_field_widget[name='line_ids'] button[name='action_open_record']",
            run: "click",
        },
        {
            content: "The lead is back",
            trigger: ".o_form_view .o-bcc-dropbox-captured",
        },
    ],
});
