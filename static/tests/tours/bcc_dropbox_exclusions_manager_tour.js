import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A manager excludes a domain for everyone. */
registry.category("web_tour.tours").add("bcc_dropbox_exclusions_manager", {
    steps: () => [
        {
            content: "One is there already; those of users are not shown",
            trigger: ".o_list_view:not(:has(.o_data_row:contains('clinic'))) .o_data_row:contains('*.bank.example')",
        },
        {
            content: "Add one",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Type it",
            trigger: ".o_selected_row [name='pattern'] input",
            run: "edit mailto:Payroll@Wages.example && press Tab",
        },
        {
            content: "Save",
            trigger: ".o_list_button_save",
            run: "click",
        },
        {
            content: "The number of rows, which a phone shows for a moment, is gone",
            trigger: "body:not(:has(.o_pager_indicator))",
        },
        screen("exclusions", {
            trigger: ".o_list_view:not(:has(.o_selected_row)) .o_data_row:contains('payroll@wages.example')",
        }),
    ],
});
