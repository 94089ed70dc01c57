import {registry} from "@web/core/registry";
import {chooseContact} from "@crm_bcc_dropbox/../tests/record";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson logs an unmatched email on a contact. */
registry.category("web_tour.tours").add("bcc_dropbox_file_on", {
    steps: () => [
        {
            content: "The email is not logged",
            trigger: ".o_form_view .alert-warning:contains('on any record yet')",
        },
        {
            content: "Log it by hand",
            trigger: "button[name='action_file_on']",
            run: "click",
        },
        ...chooseContact("Carla Jensen", "carla@"),
        screen("file-on", {trigger: ".modal-footer button[name='action_confirm']:contains('Log')"}),
        {
            content: "Log it",
            trigger: ".modal-footer button[name='action_confirm']:contains('Log')",
            run: "click",
        },
        {
            content: "It is logged, and the form says where",
            trigger: ".o_field_widget[name='line_ids']:contains('Carla Jensen')",
        },
        {
            content: "Look at the history of the email",
            trigger: ".o_notebook a[name='history']",
            run: "click",
        },
        {
            content: "It is written there",
            trigger: ".o_field_widget[name='history']:contains('Logged on')",
        },
    ],
});
