import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** An email in the list, on a phone in the cards. */
const EMAIL = (subject) => `.o_data_row:contains('${subject}'), .o_kanban_record:contains('${subject}')`;

/** A salesperson finds a rejected email, reads why it was rejected and archives it. */
registry.category("web_tour.tours").add("bcc_dropbox_emails", {
    steps: () => [
        {
            content: "Read one",
            trigger: ".o_data_row:contains('Offer, second') .o_data_cell[name='subject']",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "It is shown",
            trigger: ".o_form_view:has(.o_bcc_dropbox_files) h1:contains('Offer, second')",
            isActive: ["desktop"],
        },
        screen("captured", {trigger: EMAIL("Delivery dates")}),
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
            trigger: ".o_web_client:has(.o_data_row) .o_searchview_dropdown_toggler",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Look for rejected emails",
            trigger: ".o_filter_menu .o_menu_item:contains('Rejected')",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Only the rejected one is left",
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
            trigger: ".o_form_view .alert-warning[role='alert']:contains('which is not one of your sender addresses')",
        },
        screen("form", {trigger: ".o_form_view .alert-warning", scope: ".o_form_view .o_content"}),
        {
            content: "Look at the details",
            trigger: ".o_notebook a[name='details']",
            run: "click",
        },
        {
            content: "Read where the address was found",
            trigger: ".o_field_widget[name='explanation']:contains('header added by your mail server')",
        },
        {
            content: "See what is seldom needed",
            trigger: ".o_bcc_dropbox_more:has(button[name='action_show_original']) > summary",
            run: "click",
        },
        {
            content: "Look at the original",
            trigger: "button[name='action_show_original']",
            run: "click",
        },
        screen("original", {
            trigger: ".modal .o_field_widget[name='original_header']:contains('Subject: Price list')",
        }),
        {
            content: "Close it",
            trigger: ".modal-footer button:contains('Close')",
            run: "click",
        },
        {
            content: "It is closed",
            trigger: "body:not(:has(.modal))",
        },
        {
            content: "See what else can be done",
            trigger: ".o_statusbar_buttons .o-dropdown",
            isActive: ["mobile"],
            run: "click",
        },
        {
            content: "Archive the email",
            trigger: "button[name='action_dismiss']",
            run: "click",
        },
        {
            content: "It is marked",
            trigger: ".o_form_view .ribbon:contains('Archived')",
        },
    ],
});
