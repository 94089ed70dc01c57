import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson looks at an email whose customers are all excluded. */
registry.category("web_tour.tours").add("bcc_dropbox_excluded", {
    steps: () => [
        {
            content: "Read why it is not logged",
            trigger: ".o_form_view .alert-warning:contains('Its text is not kept')",
        },
        {
            content: "Read what excludes the customer, who need not be excluded again",
            trigger:
                ".o_field_widget[name='line_ids']:contains('You never log gemini.example'):not(:has(button[name^='action_never']))",
        },
        screen("form-excluded", {
            trigger: ".o_form_view .alert-warning",
            scope: ".o_form_view .o_content",
        }),
    ],
});
