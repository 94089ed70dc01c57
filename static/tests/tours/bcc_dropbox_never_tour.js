import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const BUTTON = (email, name) =>
    `.o_data_row:contains('${email}') button[name='${name}'], .o_kanban_record:contains('${email}') button[name='${name}']`;
const PATTERNS = ".modal .o_field_widget[name='patterns'] textarea";

/** A salesperson excludes a customer of a logged email and removes earlier emails, then excludes a domain. */
registry.category("web_tour.tours").add("bcc_dropbox_never", {
    steps: () => [
        {
            content: "See what is seldom needed",
            trigger: ".o_kanban_record:contains('lorraine@') summary",
            run: "click",
        },
        {
            content: "Exclude one of the customers",
            trigger: BUTTON("lorraine@", "action_never_address"),
            run: "click",
        },
        {
            content: "Only that address is proposed",
            trigger: PATTERNS,
            run() {
                if (this.anchor.value !== "lorraine@lumber.example") {
                    throw new Error(`The dialog proposes “${this.anchor.value}”`);
                }
            },
        },
        {
            content: "Also remove earlier emails",
            trigger: ".modal .o_field_widget[name='remove'] input",
            run: "click",
        },
        screen("never", {trigger: ".modal .o_field_widget[name='earlier_count']:contains('1')"}),
        {
            content: "Agree",
            trigger: ".modal-footer button[name='action_confirm']",
            run: "click",
        },
        {
            content: "This customer's record does not have the email any more, the other one does",
            trigger: ".o_field_widget[name='line_ids']:contains('Removed from'):contains('Logged on')",
        },
        {
            content: "See what else can be done",
            trigger: ".o_bcc_dropbox_more:has(button[name='action_show_original']) > summary",
            run: "click",
        },
        {
            content: "Exclude the domains of the email",
            trigger: "details[open]:has(button[name='action_show_original']) button[name='action_never_domain']",
            run: "click",
        },
        {
            content: "Exclude a public one instead",
            trigger: PATTERNS,
            run: "edit gmail.com && press Tab",
        },
        screen("never-warning", {trigger: ".modal .alert-warning:contains('gmail.com')"}),
        {
            content: "Only a single address of it",
            trigger: PATTERNS,
            run: "edit friend@gmail.com && press Tab",
        },
        {
            content: "The warning is gone",
            trigger: ".modal-body:not(:has(.alert-warning))",
        },
        {
            content: "Agree",
            trigger: ".modal-footer button[name='action_confirm']",
            run: "click",
        },
        {
            content: "The dialog is closed",
            trigger: "body:not(:has(.modal)) .o_field_widget[name='line_ids']:contains('jesse.brown@')",
        },
    ],
});
