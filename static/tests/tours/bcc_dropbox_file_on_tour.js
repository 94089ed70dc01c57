import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson files a mail that was not filed on a contact. */
registry.category("web_tour.tours").add("bcc_dropbox_file_on", {
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
            isActive: ["desktop"],
            run: "edit Carla Jensen",
        },
        {
            content: "Choose the customer",
            trigger: ".o-autocomplete--dropdown-item:contains('Carla Jensen')",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Look for the customer",
            trigger: ".modal .o_field_widget[name='record'] input",
            isActive: ["mobile"],
            run: "click",
        },
        {
            content: "Choose the customer",
            trigger: ".modal .o_kanban_record:contains('Carla Jensen')",
            isActive: ["mobile"],
            run: "click",
        },
        {
            content: "Go on to the buttons, for the list to close",
            trigger: ".modal .o_field_widget[name='record'] input",
            isActive: ["desktop"],
            run: "press Tab",
        },
        {
            content: "It is closed",
            trigger: "body:not(:has(.o-autocomplete--dropdown-menu))",
        },
        screen("file-on", {trigger: ".modal-footer button[name='action_confirm']:contains('File')"}),
        {
            content: "File it",
            trigger: ".modal-footer button[name='action_confirm']:contains('File')",
            run: "click",
        },
        {
            content: "It is filed, and the form says where",
            trigger: ".o_field_widget[name='line_ids']:contains('Carla Jensen')",
        },
        {
            content: "Look at the history of the mail",
            trigger: ".o_notebook a[name='history']",
            run: "click",
        },
        {
            content: "It is written there",
            trigger: ".o_field_widget[name='history']:contains('Filed on')",
        },
    ],
});
