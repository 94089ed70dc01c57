import {registry} from "@web/core/registry";

/** A salesperson looks at the dropbox in the preferences, chooses what to create and adds an own address. */
registry.category("web_tour.tours").add("bcc_dropbox_preferences", {
    steps: () => [
        {
            content: "Open the user menu",
            trigger: ".o_user_menu button",
            run: "click",
        },
        {
            content: "Open the preferences",
            trigger: "[data-menu=preferences]",
            run: "click",
        },
        {
            content: "Open the tab",
            trigger: ".o_notebook a[name='bcc_dropbox']",
            run: "click",
        },
        {
            content: "See the address",
            trigger: ".o_field_widget[name='bcc_dropbox_address']:contains('bcc-')",
        },
        {
            content: "Choose to create contacts",
            trigger: ".o_field_widget[name='bcc_dropbox_create'] input[data-value='contact']",
            run: "click",
        },
        {
            content: "Add an own address",
            trigger: ".o_field_widget[name='bcc_dropbox_sender_ids'] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "Type it",
            trigger: ".o_field_widget[name='bcc_dropbox_sender_ids'] .o_selected_row [name='email'] input",
            run: "edit own@home.example",
        },
        {
            content: "Save",
            trigger: "button[name='preference_save']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The page is there again",
            trigger: ".o_user_menu",
        },
    ],
});
