import {openActionsOfAll} from "@crm_bcc_dropbox/../tests/page";
import {registry} from "@web/core/registry";

/** A salesperson confirms all new people at once, in the list. */
registry.category("web_tour.tours").add("bcc_dropbox_proposals_bulk", {
    steps: () => [
        ...openActionsOfAll,
        {
            content: "Confirm",
            trigger: ".o-dropdown--menu .o_menu_item:contains('Confirm New People')",
            run: "click",
        },
        {
            content: "All are logged",
            trigger: ".o_list_view:has(.o_data_row):not(:has(.o_data_row:contains('New people')))",
        },
    ],
});
