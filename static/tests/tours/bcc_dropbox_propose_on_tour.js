import {registry} from "@web/core/registry";
import {chooseContact} from "@crm_bcc_dropbox/../tests/record";

/** A salesperson knows a new person in an email under another address, and logs the email on their contact. */
registry.category("web_tour.tours").add("bcc_dropbox_propose_on", {
    steps: () => [
        {
            content: "Choose the record of one of them",
            trigger:
                ".o_data_row:contains('nora@') button[name='action_file_on'], .o_field_widget[name='line_ids'] .o_kanban_record:contains('nora@') button[name='action_file_on']",
            run: "click",
        },
        ...chooseContact("Carla Jensen", "carla@"),
        {
            content: "Log it",
            trigger: ".modal-footer button[name='action_confirm']:contains('Log')",
            run: "click",
        },
        {
            content: "It is logged there",
            trigger: ".o_field_widget[name='line_ids']:contains('Carla Jensen')",
        },
        {
            content: "See what can be done for the others",
            trigger: ".o_statusbar_buttons .o-dropdown",
            isActive: ["mobile"],
            run: "click",
        },
        {
            content: "Confirm them all",
            trigger: "button[name='action_confirm_proposals']",
            run: "click",
        },
        {
            content: "Nothing is left to do",
            trigger: ".o_form_view:not(:has(.alert-info:visible)):not(:has(button[name='action_confirm_proposals']))",
        },
    ],
});
