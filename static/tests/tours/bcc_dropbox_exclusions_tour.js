import {openPreferences, savePreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const LIST = ".modal .o_field_widget[name='bcc_dropbox_exclusion_ids']";

/** Adds a row to the list. */
const add = (pattern) => [
    {
        content: "Add a row",
        trigger: `${LIST} .o_field_x2many_list_row_add a`,
        run: "click",
    },
    {
        content: `Type ${pattern}`,
        trigger: `${LIST} .o_selected_row [name='pattern'] input`,
        run: `edit ${pattern}`,
    },
];

/** A salesperson chooses in the preferences what is never logged. */
registry.category("web_tour.tours").add("bcc_dropbox_exclusions", {
    steps: () => [
        ...openPreferences(),
        {
            content: "Open the choices",
            trigger: "details[name='bcc_dropbox_choices'] summary",
            run: "click",
        },
        {
            content: "One is there already",
            trigger: `${LIST} .o_data_row:contains('dr.miller@clinic.example')`,
        },
        ...add("@Gmail.com"),
        {
            content: "Leave the row",
            trigger: "details[name='bcc_dropbox_choices'] .o_horizontal_separator:contains('Never Log')",
            run: "click",
        },
        ...add("*.bank.example"),
        {
            content: "Leave the row",
            trigger: "details[name='bcc_dropbox_choices'] .o_horizontal_separator:contains('Never Log')",
            run: "click",
        },
        screen("preferences-never", {
            trigger: `${LIST}:not(:has(.o_selected_row)) .o_data_row:contains('Excludes everyone at gmail.com')`,
            show: "[name='bcc_dropbox_never']",
        }),
        savePreferences,
        {
            content: "The page is there again",
            trigger: ".o_kanban_renderer",
        },
    ],
});
