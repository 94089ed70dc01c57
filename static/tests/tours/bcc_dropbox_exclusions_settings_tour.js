import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** An administrator goes from the settings to what is never logged. */
registry.category("web_tour.tours").add("bcc_dropbox_exclusions_settings", {
    steps: () => [
        screen("settings-never", {
            trigger: "#crm_bcc_dropbox_never:contains('Never Log')",
            scope: "#crm_bcc_dropbox_never",
            show: "#crm_bcc_dropbox_never",
        }),
        {
            content: "Open the list",
            trigger: "#crm_bcc_dropbox_never button",
            run: "click",
        },
        {
            content: "See what is excluded for everyone",
            trigger: ".o_list_view .o_data_row:contains('*.bank.example')",
        },
    ],
});
