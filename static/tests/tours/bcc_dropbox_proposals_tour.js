import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const SUBJECT = "Nice to meet you at the fair";

/** A recipient in the list, on a phone in the cards. */
const LINE = (email, part = "") =>
    `.o_data_row:contains('${email}')${part}, .o_field_widget[name='line_ids'] .o_kanban_record:contains('${email}')${part}`;

/** A salesperson confirms one of the new people in an email, and refuses the other. */
registry.category("web_tour.tours").add("bcc_dropbox_proposals", {
    steps: () => [
        screen("proposals", {
            trigger: `.o_data_row:contains('${SUBJECT}'), .o_kanban_record:contains('${SUBJECT}')`,
        }),
        {
            content: "The new people are mentioned once",
            trigger: `.o_data_row:contains('${SUBJECT}'), .o_kanban_record:contains('${SUBJECT}')`,
            run() {
                const badges = this.anchor.querySelectorAll(".badge.text-bg-warning");
                if (badges.length !== 1 || badges[0].textContent !== "Some new people") {
                    throw new Error(`The badges are: ${[...badges].map((badge) => badge.textContent)}`);
                }
            },
        },
        {
            content: "Open the filters",
            trigger: ".o_searchview_dropdown_toggler",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Look for new people",
            trigger: ".o_filter_menu .o_menu_item:contains('New People')",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Other emails are hidden",
            trigger: ".o_list_view:not(:has(.o_data_row:contains('Visit on Thursday')))",
            isActive: ["desktop"],
        },
        {
            content: "Open the email",
            trigger: `.o_data_row:contains('${SUBJECT}') .o_data_cell[name='subject'], .o_kanban_record:contains('${SUBJECT}')`,
            run: "click",
        },
        {
            content: "Read that there is something to do",
            trigger: ".o_form_view .alert-info:contains('New people: confirm them')",
        },
        screen("form-proposals", {
            trigger: LINE("nora@nordlys.example"),
            scope: ".o_form_view .o_content",
        }),
        {
            content: "Confirm one of them",
            trigger: LINE("nora@nordlys.example", " button[name='action_confirm']"),
            run: "click",
        },
        {
            content: "There is a lead",
            trigger: LINE("nora@nordlys.example", ":contains('Created')"),
        },
        {
            content: "Refuse the other",
            trigger: LINE("pavel@dvorak.example", " button[name='action_refuse']"),
            run: "click",
        },
        {
            content: "Read what that means, and agree",
            trigger: ".modal:contains('never proposed again') .modal-footer .btn-primary:contains('Never')",
            run: "click",
        },
        {
            content: "It is written there",
            trigger: LINE("pavel@dvorak.example", ":contains('never to add this person')"),
        },
        {
            content: "Nothing is left to do",
            trigger: ".o_form_view:not(:has(.alert-info:visible))",
        },
    ],
});
