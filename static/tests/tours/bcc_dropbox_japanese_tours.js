import {registry} from "@web/core/registry";
import {noEnglishIn} from "@crm_bcc_dropbox/../tests/language";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A Japanese salesperson looks at the captured mails and at one of them, and reads no English. */
registry.category("web_tour.tours").add("bcc_dropbox_japanese_captured", {
    steps: () => [
        {
            content: "Open what one can search by",
            trigger: ".o_searchview_dropdown_toggler",
            isActive: ["desktop"],
            run: "click",
        },
        {
            ...noEnglishIn(".o_search_bar_menu"),
            isActive: ["desktop"],
        },
        {
            content: "Close it",
            trigger: ".o_searchview_dropdown_toggler",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "The mails are there",
            trigger: ".o_data_row, .o_kanban_record",
        },
        {
            // beside it are Odoo's own buttons to switch between views; a phone has only its name, in the page's title
            ...noEnglishIn(".o_control_panel .o_breadcrumb"),
            isActive: ["desktop"],
        },
        noEnglishIn(".o_content"),
        screen("japanese-captured", {trigger: ".o_data_row, .o_kanban_record"}),
        {
            content: "Open a mail",
            trigger: ".o_data_row:contains('お見積り') .o_data_cell, .o_kanban_record:contains('お見積り')",
            run: "click",
        },
        {
            content: "The mail is there",
            trigger: ".o_form_view [name='line_ids']:contains('carla')",
        },
        // the way back above it is Odoo's own
        noEnglishIn(".o_content", ["X-Original-To"]),
    ],
});

/** A Japanese salesperson looks at the preferences, and reads no English. */
registry.category("web_tour.tours").add("bcc_dropbox_japanese_preferences", {
    steps: () => [
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
        screen("japanese-preferences", {trigger: ".o_field_widget[name='bcc_dropbox_address']"}),
    ],
});
