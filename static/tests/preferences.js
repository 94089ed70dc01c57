/**
 * Returns the steps of a tour that open the preferences by the user menu, and the tab in the dialog.
 *
 * @param {string} [label] of the menu item, in the user's language
 * @returns {Object[]}
 */
export function openPreferences(label = "My Preferences") {
    return [
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
            isActive: ["desktop"],
            content: "Open the preferences",
            trigger: "[data-menu=preferences]",
            run: "click",
        },
        {
            isActive: ["mobile"],
            content: "Open the menu",
            trigger: ".o_mobile_menu_toggle",
            run: "click",
        },
        {
            isActive: ["mobile"],
            content: "Open the preferences",
            trigger: `.o_user_menu_mobile a:contains('${label}')`,
            run: "click",
        },
        {
            content: "Open the tab",
            trigger: ".modal .o_notebook a[name='bcc_dropbox']",
            run: "click",
        },
    ];
}

/** Saving the preferences loads the page again. */
export const savePreferences = {
    content: "Save",
    trigger: ".modal button[name='preference_save']",
    run: "click",
    expectUnloadPage: true,
};
