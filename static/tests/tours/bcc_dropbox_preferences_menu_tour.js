import {openPreferences, savePreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {registry} from "@web/core/registry";

/** A salesperson opens the preferences from the menu, and changes something. */
registry.category("web_tour.tours").add("bcc_dropbox_preferences_menu", {
    steps: () => [
        ...openPreferences(),
        {
            content: "See the address",
            trigger: ".modal .o_field_widget[name='bcc_dropbox_address']:contains('bcc-')",
        },
        {
            content: "Choose to create contacts",
            trigger: ".modal .o_field_widget[name='bcc_dropbox_create'] input[data-value='contact']",
            run: "click",
        },
        savePreferences,
        {
            content: "The page is there again",
            trigger: ".o_main_navbar",
        },
    ],
});
