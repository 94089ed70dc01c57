import {registry} from "@web/core/registry";
import {mirrored} from "@crm_bcc_dropbox/../tests/mirrored";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** An administrator who reads from right to left looks at the settings. */
registry.category("web_tour.tours").add("bcc_dropbox_rtl_settings", {
    steps: () => [
        mirrored("[data-check='refused'] strong", "[data-check='refused'] i"),
        mirrored("#crm_bcc_dropbox_address", "#crm_bcc_dropbox_profiles", {isActive: ["desktop"]}),
        screen("rtl-health", {
            trigger: "[data-check='refused']",
            scope: "#crm_bcc_dropbox",
            show: "#crm_bcc_dropbox",
        }),
        screen("rtl-settings", {
            trigger: "#crm_bcc_dropbox_profiles",
            scope: ".o_settings_container:has(#crm_bcc_dropbox_profiles)",
            show: "#crm_bcc_dropbox_profiles",
        }),
    ],
});
