import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const LIST = ".o_field_widget[name='bcc_dropbox_exclusion_ids']";

/** A manager looks at the dropbox on the form of a user, and adds what that user never logs. */
registry.category("web_tour.tours").add("bcc_dropbox_user", {
    steps: () => [
        {
            content: "Open the tab",
            trigger: ".o_notebook a[name='bcc_dropbox']",
            run: "click",
        },
        {
            content: "See what the user chose",
            trigger: ".o_field_widget[name='bcc_dropbox_opportunity'] input[data-value='only']:checked",
        },
        screen("user", {trigger: ".o_field_widget[name='bcc_dropbox_address']:contains('bcc-')"}),
        {
            content: "See what the user never logs",
            trigger: `${LIST} .o_data_row:contains('dr.miller@clinic.example')`,
        },
        {
            content: "Add a row",
            trigger: `${LIST} .o_field_x2many_list_row_add a`,
            run: "click",
        },
        {
            content: "Type a domain",
            trigger: `${LIST} .o_selected_row [name='pattern'] input`,
            run: "edit *.bank.example",
        },
        {
            content: "Leave the row",
            trigger: ".o_notebook h4[name='bcc_dropbox_never']",
            run: "click",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "It is saved",
            trigger: `.o_form_saved ${LIST} .o_data_row:contains('*.bank.example')`,
        },
    ],
});
