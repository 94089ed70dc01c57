import {registry} from "@web/core/registry";
import {mirrored, readable, whole} from "@crm_bcc_dropbox/../tests/mirrored";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** Someone who reads from right to left looks at captured emails. */
registry.category("web_tour.tours").add("bcc_dropbox_rtl_emails", {
    steps: () => [
        mirrored(".o_data_row [name='date']", ".o_data_row [name='direction'] .badge", {isActive: ["desktop"]}),
        mirrored(".o_bcc_dropbox_pane", ".o_list_renderer", {isActive: ["desktop"]}),
        screen("rtl-captured", {trigger: ".o_data_row, .o_kanban_record"}),
        {
            content: "Subjects are on the right of cards",
            trigger: ".o_kanban_record .fw-bold:contains('Price list')",
            isActive: ["mobile"],
            run() {
                if (getComputedStyle(this.anchor).textAlign !== "right") {
                    throw new Error("They are on the left.");
                }
            },
        },
        {
            content: "Open a rejected one",
            trigger: ".o_data_row:contains('Price list') .o_data_cell, .o_kanban_record:contains('Price list')",
            run: "click",
        },
        {
            content: "It is shown",
            trigger: ".o_form_view .alert-warning:visible",
        },
        readable(".o_bcc_dropbox_email_to bdi"),
        screen("rtl-form", {trigger: ".o_form_view .alert-warning", scope: ".o_form_view .o_content"}),
        {
            content: "Look at the details",
            trigger: ".o_notebook a[name='details']",
            run: "click",
        },
        readable("div[name='explanation'] span"),
        whole("div[name='explanation'] span", /\u2068[^\u2069]*\u2069/),
    ],
});
