import {registry} from "@web/core/registry";

/** A salesperson wants an opportunity for an email that could not be logged, and goes there. */
registry.category("web_tour.tours").add("bcc_dropbox_create", {
    steps: () => [
        {
            content: "See what can be done",
            trigger: ".o_statusbar_buttons .o-dropdown",
            isActive: ["mobile"],
            run: "click",
        },
        {
            content: "There is the same for a contact",
            trigger: "button[name='action_create_contact']:contains('Create Contact')",
        },
        {
            content: "Create an opportunity: without leads, there are no others",
            trigger: "button[name='action_create_lead']:contains('Create Opportunity')",
            run: "click",
        },
        {
            content: "It says so",
            trigger: ".o_field_widget[name='line_ids']:contains('Created Opportunity'):contains(': Terms of payment')",
        },
        {
            content: "Go there",
            trigger: ".o_field_widget[name='line_ids'] button[name='action_open_record']",
            run: "click",
        },
        {
            content: "The email is in its chatter",
            trigger: ".o_form_view .o-bcc-dropbox-captured:contains('lorraine@lumber.example')",
        },
    ],
});
