import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson looks at where an email was logged, and removes it. */
registry.category("web_tour.tours").add("bcc_dropbox_undo", {
    steps: () => [
        screen("form-captured", {
            trigger: ".o_field_widget[name='line_ids']:contains('jesse.brown@gemini.example')",
            scope: ".o_form_view .o_content",
        }),
        {
            content: "Remove it from the record of one recipient",
            trigger:
                ".o_data_row:contains('lorraine@') button[name='action_undo'], .o_kanban_record:contains('lorraine@') button[name='action_undo']",
            run: "click",
        },
        {
            content: "The other recipient keeps it",
            trigger: ".o_field_widget[name='line_ids']:contains('Removed from'):contains('Logged on')",
        },
        {
            content: "Remove it from the others",
            trigger: ".o_form_statusbar button[name='action_undo']",
            run: "click",
        },
        {
            content: "Read what will happen, and agree",
            trigger: ".modal:contains('removes the email from all records') .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It is not logged any more",
            trigger: ".o_form_view .alert-warning:contains('Removed by')",
        },
        {
            content: "Look at the history of the email",
            trigger: ".o_notebook a[name='history']",
            run: "click",
        },
        {
            content: "It is written there",
            trigger: ".o_field_widget[name='history']:contains('Removed from')",
        },
    ],
});
