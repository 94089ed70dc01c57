import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson looks at where a mail was filed, and takes it off again. */
registry.category("web_tour.tours").add("bcc_dropbox_undo", {
    steps: () => [
        screen("form-captured", {
            trigger: ".o_field_widget[name='line_ids']:contains('jesse.brown@gemini.example')",
            scope: ".o_form_view .o_content",
        }),
        {
            content: "Take it off the record of one recipient",
            trigger:
                ".o_data_row:contains('lorraine@') button[name='action_undo'], .o_kanban_record:contains('lorraine@') button[name='action_undo']",
            run: "click",
        },
        {
            content: "The other recipient keeps it",
            trigger: ".o_field_widget[name='line_ids']:contains('Taken off'):contains('Found and filed')",
        },
        {
            content: "Take it off again",
            trigger: ".o_form_statusbar button[name='action_undo']",
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
            content: "It is written there",
            trigger: ".o_field_widget[name='history']:contains('Taken off')",
        },
    ],
});
