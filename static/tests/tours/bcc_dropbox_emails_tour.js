import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A mail in the list, on a phone in the cards. */
const MAIL = (subject) => `.o_data_row:contains('${subject}'), .o_kanban_record:contains('${subject}')`;

/** A salesperson finds a refused mail, reads why it was refused and dismisses it. */
registry.category("web_tour.tours").add("bcc_dropbox_emails", {
    steps: () => [
        screen("captured", {trigger: MAIL("Delivery dates")}),
        {
            content: "See how many there were each day",
            trigger: ".o_cp_switch_buttons .o_switch_view.o_graph",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Go back to the list",
            trigger: ".o_web_client:has(.o_graph_canvas_container canvas) .o_switch_view.o_list",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Open the filters",
            trigger: ".o_searchview_dropdown_toggler",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Look for refused mails",
            trigger: ".o_filter_menu .o_menu_item:contains('Refused')",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Only the refused one is left",
            trigger: ".o_list_view:not(:has(.o_data_row:contains('Delivery dates')))",
            isActive: ["desktop"],
        },
        {
            content: "Open it",
            trigger: ".o_data_row:contains('Price list') .o_data_cell, .o_kanban_record:contains('Price list')",
            run: "click",
        },
        {
            content: "Read why",
            trigger: ".o_form_view .alert-warning[role='alert']:contains('which is not one of your own addresses')",
        },
        screen("form", {trigger: ".o_form_view .alert-warning", scope: ".o_form_view .o_content"}),
        {
            content: "Read where the dropbox was found",
            trigger: ".o_field_widget[name='explanation']:contains('written by your own mail server')",
        },
        {
            content: "Look at the header of the original",
            trigger: ".o_notebook a[name='header']",
            run: "click",
        },
        {
            content: "It is there",
            trigger: ".o_field_widget[name='original_header']:contains('Subject: Price list')",
        },
        {
            content: "See what else can be done",
            trigger: ".o_statusbar_buttons .o-dropdown",
            isActive: ["mobile"],
            run: "click",
        },
        {
            content: "Dismiss the mail",
            trigger: "button[name='action_dismiss']",
            run: "click",
        },
        {
            content: "It is marked",
            trigger: ".o_form_view .ribbon:contains('Dismissed')",
        },
    ],
});
