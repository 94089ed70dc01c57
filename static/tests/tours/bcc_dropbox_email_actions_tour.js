import {registry} from "@web/core/registry";

/** A salesperson files a mail that was not filed on a contact, and takes it off again. */
registry.category("web_tour.tours").add("bcc_dropbox_email_actions", {
    steps: () => [
        {
            content: "The mail is in nobody's history",
            trigger: ".o_form_view .alert-warning:contains('in nobody')",
        },
        {
            content: "File it by hand",
            trigger: "button[name='action_file_on']",
            run: "click",
        },
        {
            content: "Choose the kind of record",
            trigger: ".modal .o_field_widget[name='record'] select",
            run: "selectByLabel Contact",
        },
        {
            content: "Look for the customer",
            trigger: ".modal .o_field_widget[name='record'] input",
            run: "edit Carla Customer",
        },
        {
            content: "Choose the customer",
            trigger: ".o-autocomplete--dropdown-item:contains('Carla Customer')",
            run: "click",
        },
        {
            content: "File it",
            trigger: ".modal-footer button[name='action_confirm']:contains('File')",
            run: "click",
        },
        {
            content: "It is filed, and the form says where",
            trigger: ".o_field_widget[name='line_ids'] .o_data_row:contains('Carla Customer')",
        },
        {
            content: "Take it off again",
            trigger: "button[name='action_undo']",
            run: "click",
        },
        {
            content: "Read what will happen, and agree",
            trigger: ".modal:contains('is taken out of the history') .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It is in nobody's history again",
            trigger: ".o_form_view .alert-warning:contains('took it off again')",
        },
        {
            content: "Look at the history of the mail",
            trigger: ".o_notebook a[name='history']",
            run: "click",
        },
        {
            content: "Both are written there",
            trigger: ".o_field_widget[name='history']:contains('Filed on'):contains('Taken off')",
        },
    ],
});
