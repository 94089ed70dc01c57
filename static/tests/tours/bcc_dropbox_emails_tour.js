import {registry} from "@web/core/registry";

/** A salesperson finds a refused mail, reads why it was refused and dismisses it. */
registry.category("web_tour.tours").add("bcc_dropbox_emails", {
    steps: () => [
        {
            content: "The own mails are listed",
            trigger: ".o_list_view .o_data_row:contains('Our offer')",
        },
        {
            content: "Open the filters",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: "Look for refused mails",
            trigger: ".o_filter_menu .o_menu_item:contains('Refused')",
            run: "click",
        },
        {
            content: "Only the refused one is left",
            trigger: ".o_list_view:not(:has(.o_data_row:contains('Our offer')))",
        },
        {
            content: "Open it",
            trigger: ".o_data_row .o_data_cell:contains('From elsewhere')",
            run: "click",
        },
        {
            content: "Read why",
            trigger: ".o_form_view .alert-warning[role='alert']:contains('which is not one of your own addresses')",
        },
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
            trigger: ".o_field_widget[name='original_header']:contains('Subject: From elsewhere')",
        },
        {
            content: "Dismiss the mail",
            trigger: "button[name='action_dismiss']",
            run: "click",
        },
        {
            content: "It can be restored",
            trigger: "button[name='action_restore']",
        },
    ],
});
