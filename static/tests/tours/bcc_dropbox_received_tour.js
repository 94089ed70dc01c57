import {openFilters} from "@crm_bcc_dropbox/../tests/page";
import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** An email in the list, on a phone in the cards. */
const EMAIL = (subject) => `.o_data_row:contains('${subject}'), .o_kanban_record:contains('${subject}')`;

/** A salesperson looks at the emails of customers only, then at one of them. */
registry.category("web_tour.tours").add("bcc_dropbox_received", {
    steps: () => [
        {
            content: "Sent emails say so",
            trigger: ".o_data_row, .o_kanban_record",
            run() {
                const rows = [...document.querySelectorAll(".o_data_row, .o_kanban_record")];
                const row = rows.find(({textContent}) => textContent.includes("Delivery dates"));
                const badge = row.querySelector(".o-bcc-dropbox-direction");
                if (badge.textContent.trim() !== "Sent" || !badge.querySelector(".fa-paper-plane-o")) {
                    throw new Error(`A sent email is marked as “${badge.textContent}”`);
                }
            },
        },
        ...openFilters,
        {
            content: "Look for received emails",
            trigger: ".o_filter_menu .o_menu_item:contains('Received')",
            run: "click",
        },
        {
            content: "Close the filters",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: "Only the received ones are left",
            trigger:
                ".o_action_manager:not(:has(.o_data_row:contains('Delivery dates'))):not(:has(.o_kanban_record:contains('Delivery dates')))",
        },
        {
            content: "The number of emails, which a phone shows for a moment, is gone",
            trigger: "body:not(:has(.o_pager_indicator))",
        },
        screen("received", {trigger: EMAIL("Two more chairs")}),
        {
            content: "Open one",
            trigger:
                ".o_data_row:contains('Two more chairs') .o_data_cell, .o_kanban_record:contains('Two more chairs')",
            run: "click",
        },
        {
            content: "It says that it was received, and from whom",
            trigger:
                ".o_form_view:has([name='direction'] .fa-inbox) .o_bcc_dropbox_email_from:contains('Edith Sanchez') [title='edith@readymat.example']",
        },
        {
            content: "It says who forwarded it",
            trigger: ".o_form_view .o_bcc_dropbox_forwarded_by:contains('Owen Clarke')",
        },
        screen("form-received", {trigger: ".o_form_view [name='direction']:contains('Received')"}),
    ],
});
