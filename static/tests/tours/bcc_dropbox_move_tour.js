import {registry} from "@web/core/registry";
import {chooseContact} from "@crm_bcc_dropbox/../tests/record";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A recipient in the list, on a phone in the cards, and a part of it. */
const LINE = (email, part = "") =>
    `.o_data_row:contains('${email}')${part}, .o_field_widget[name='line_ids'] .o_kanban_record:contains('${email}')${part}`;

/** A salesperson moves an email from the contact that Odoo found to another one. */
registry.category("web_tour.tours").add("bcc_dropbox_move", {
    steps: () => [
        {
            content: "Move it",
            trigger: LINE("jesse.brown@gemini.example", " button[name='action_move']"),
            run: "click",
        },
        ...chooseContact("Carla Jensen"),
        screen("move", {trigger: ".modal-footer button[name='action_confirm']:contains('Move')"}),
        {
            content: "Go on",
            trigger: ".modal-footer button[name='action_confirm']:contains('Move')",
            run: "click",
        },
        {
            content: "It is there",
            trigger: LINE("jesse.brown@gemini.example", ":contains('Carla Jensen')"),
        },
        {
            content: "The other one is where it was",
            trigger: LINE("lorraine@lumber.example", ":contains('Lorraine Douglas')"),
        },
        {
            content: "Look at the history of the email",
            trigger: ".o_notebook a[name='history']",
            run: "click",
        },
        {
            content: "It is written there",
            trigger: ".o_field_widget[name='history']:contains('Moved from')",
        },
    ],
});
