import {registry} from "@web/core/registry";

/** A salesperson opens the preferences from the menu, and changes something. */
registry.category("web_tour.tours").add("bcc_dropbox_preferences_menu", {
    steps: () => [
        {
            content: "The page is there: it closes menus when it comes",
            trigger: ".o_kanban_renderer",
        },
        {
            isActive: ["desktop"],
            content: "Open the user menu",
            trigger: ".o_user_menu button",
            run: "click",
        },
        {
            isActive: ["mobile"],
            content: "Open the menu",
            trigger: ".o_mobile_menu_toggle",
            run: "click",
        },
        {
            isActive: ["desktop"],
            content: "Open the preferences",
            trigger: "[data-menu=preferences]",
            run: "click",
        },
        {
            isActive: ["mobile"],
            content: "Open the preferences",
            trigger: ".o_user_menu_mobile a:contains('Preferences')",
            run: "click",
        },
        {
            content: "Open the tab",
            trigger: ".modal .o_notebook a[name='bcc_dropbox']",
            run: "click",
        },
        {
            content: "See the address",
            trigger: ".modal .o_field_widget[name='bcc_dropbox_address']:contains('bcc-')",
        },
        {
            content: "Choose to create contacts",
            trigger: ".modal .o_field_widget[name='bcc_dropbox_create'] input[data-value='contact']",
            run: "click",
        },
        {
            content: "Save",
            trigger: ".modal button[name='preference_save']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The page is there again",
            trigger: ".o_main_navbar",
        },
    ],
});
