import {registry} from "@web/core/registry";
import {stepUtils} from "@web_tour/tour_utils";

/** A user without CRM finds the captured emails. */
registry.category("web_tour.tours").add("bcc_dropbox_menu", {
    steps: () => [
        stepUtils.showAppsMenuItem(),
        {
            content: "Open the app",
            trigger: "[data-menu-xmlid='crm_bcc_dropbox.crm_bcc_dropbox_email_menu_root']",
            run: "click",
        },
        {
            content: "See the email",
            trigger: ".o_data_row:contains('Holiday plans'), .o_kanban_record:contains('Holiday plans')",
        },
    ],
});
