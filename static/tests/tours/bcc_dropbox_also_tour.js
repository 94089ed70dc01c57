import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A recipient in the list, on a phone in the cards, and a part of it. */
const LINE = (text, part = "") =>
    `.o_data_row:contains('${text}')${part}, .o_field_widget[name='line_ids'] .o_kanban_record:contains('${text}')${part}`;

/** The button of a suggestion in the dialog. */
const CHOICE =
    ".modal .o_data_row:contains('Second floor') button[name='action_choose'], .modal .o_kanban_record:contains('Second floor') button[name='action_choose']";

/** A salesperson logs an email on an opportunity that its line names. */
registry.category("web_tour.tours").add("bcc_dropbox_also", {
    steps: () => [
        {
            content: "See which opportunities match as well",
            trigger: LINE("brandon.freeman@azure.example", ":contains('Second floor'):contains('Reception')"),
        },
        screen("form-also", {
            trigger: LINE("Second floor", " button[name='action_log_also']"),
            scope: ".o_form_view .o_content",
        }),
        {
            content: "Log it on one of them",
            trigger: LINE("Second floor", " button[name='action_log_also']"),
            run: "click",
        },
        screen("also-on", {trigger: CHOICE}),
        {
            content: "Choose it",
            trigger: CHOICE,
            run: "click",
        },
        {
            content: "It is on both, and the other one is still offered",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name='line_ids']:contains('Logged by Owen Clarke'):contains('Reception')",
        },
        {
            content: "Open the opportunity",
            trigger: LINE("Logged by", " button[name='action_open_record']"),
            run: "click",
        },
        {
            content: "See the emails of its contact",
            trigger: ".o_form_view .o-mail-Chatter .o-bcc-dropbox-captured",
        },
    ],
});
