/** Steps of tours that are the same on many pages. */

export const SMART_BUTTON = "button[name='action_open_bcc_dropbox_emails']";

/** On a phone, smart buttons are behind a button of their own. */
export const openSmartButtons = {
    content: "See the smart buttons",
    trigger: ".o_control_panel .o_button_more, .o_control_panel .o-form-buttonbox button",
    isActive: ["mobile"],
    run: "click",
};

/** The filters of a list; on a phone, the search is behind a button. */
export const openFilters = [
    {
        content: "Open the search",
        trigger: ".o_control_panel_navigation button:has(.fa-search)",
        isActive: ["mobile"],
        run: "click",
    },
    {
        content: "Open the filters",
        trigger: ".o_searchview_dropdown_toggler",
        run: "click",
    },
];

/** The actions on all rows of a list. */
export const openActionsOfAll = [
    {
        content: "Select all emails",
        trigger: ".o_list_view:has(.o_data_row) thead .o_list_record_selector input",
        run: "click",
    },
    {
        content: "Open the actions",
        trigger: ".o_cp_action_menus .dropdown-toggle:contains('Actions')",
        run: "click",
    },
];
