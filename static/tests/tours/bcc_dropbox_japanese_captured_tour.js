import {registry} from "@web/core/registry";
import {noEnglishIn} from "@crm_bcc_dropbox/../tests/language";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** Hints of Odoo's own buttons, which it translates in part. */
const HINTS = [
    "SPF",
    "DKIM",
    "DMARC",
    "This is urgent.",
    "X-Original-To",
    "acme.example",
    "リスト View",
    "かんばん View",
    "グラフ View",
    "ピボット View",
    'Back to "取り込みメール"',
];

/** A Japanese salesperson looks at the captured emails and at one of them, and reads no English. */
registry.category("web_tour.tours").add("bcc_dropbox_japanese_captured", {
    steps: () => [
        {
            content: "The emails are there",
            trigger: ".o_data_row, .o_kanban_record",
        },
        noEnglishIn("body", HINTS),
        screen("japanese-captured", {trigger: ".o_data_row, .o_kanban_record"}),
        {
            content: "Open what one can search by",
            trigger: ".o_searchview_dropdown_toggler",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "It is open",
            trigger: ".o_search_bar_menu",
            isActive: ["desktop"],
        },
        noEnglishIn("body", HINTS),
        {
            content: "Open an email",
            trigger: ".o_data_row:contains('お見積り') .o_data_cell, .o_kanban_record:contains('お見積り')",
            run: "click",
        },
        {
            content: "The email is there",
            trigger: ".o_form_view [name='line_ids']:contains('carla')",
        },
        noEnglishIn("body", [...HINTS, "Here is our offer, naïve as it is."]),
        screen("japanese-form", {
            trigger: ".o_form_view [name='line_ids']",
            scope: ".o_form_view .o_content",
        }),
    ],
});
