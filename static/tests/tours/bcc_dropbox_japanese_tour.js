import {registry} from "@web/core/registry";
import {noEnglishIn} from "@crm_bcc_dropbox/../tests/language";

/** A Japanese salesperson looks at the captured mails, at one of them and at the preferences, and reads no English. */
registry.category("web_tour.tours").add("bcc_dropbox_japanese", {
    steps: () => [
        {
            content: "The list is there",
            trigger: ".o_list_view .o_data_row",
        },
        {
            content: "Open what one can search by",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        {
            content: "It is open",
            trigger: ".o_search_bar_menu",
        },
        noEnglishIn(".o_search_bar_menu"),
        {
            content: "Close it",
            trigger: ".o_searchview_dropdown_toggler",
            run: "click",
        },
        noEnglishIn(".o_action_manager"),
        {
            content: "Open a mail",
            trigger: ".o_data_row .o_data_cell[name='subject']",
            run: "click",
        },
        {
            content: "The mail is there",
            trigger: ".o_form_view [name='line_ids'] .o_data_row",
        },
        // the way back above it is Odoo's own
        noEnglishIn(".o_content", ["x-original-to"]),
        {
            content: "Open the user menu",
            trigger: ".o_user_menu button",
            run: "click",
        },
        {
            content: "Open the preferences",
            trigger: "[data-menu=preferences]",
            run: "click",
        },
        {
            content: "Open the tab",
            trigger: ".o_notebook a[name='bcc_dropbox']",
            run: "click",
        },
        {
            content: "See the address",
            trigger: ".o_field_widget[name='bcc_dropbox_address']:contains('bcc-')",
        },
        noEnglishIn(".o_notebook .tab-pane.active"),
    ],
});
