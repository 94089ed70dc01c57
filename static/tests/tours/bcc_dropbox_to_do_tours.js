import {openActionsOfAll} from "@crm_bcc_dropbox/../tests/page";
import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const NUMBER = (number) => `.o_bcc_dropbox_to_do button[aria-label='Captured emails to do: ${number}']`;

/** An email, on a phone in the cards. */
const EMAIL = (subject) => `.o_data_row:contains('${subject}'), .o_kanban_record:contains('${subject}')`;

const OPEN = (subject) =>
    `.o_data_row:contains('${subject}') .o_data_cell[name='subject'], .o_kanban_record:contains('${subject}')`;

const NOTICE = (text) => `.o_notification:contains('${text}')`;

const SUGGESTION = ".o_bcc_dropbox_suggestions button:contains('Desks, height-adjustable'):contains('same address')";

const tours = registry.category("web_tour.tours");

/** A salesperson sees the number of emails to do, logs one on a suggested record, and takes that back. */
tours.add("bcc_dropbox_to_do", {
    steps: () => [
        {
            content: "See the number",
            trigger: NUMBER(2),
            run: "click",
        },
        {
            content: "Only these are listed",
            trigger: `.o_action_manager:not(:has(.o_data_row:contains('Delivery dates'), .o_kanban_record:contains('Delivery dates')))`,
        },
        screen("to-do", {trigger: EMAIL("Price list"), scope: ".o_content"}),
        {
            content: "Open one",
            trigger: OPEN("Price list"),
            run: "click",
        },
        screen("form-suggestions", {trigger: SUGGESTION, scope: ".o_form_view .o_content"}),
        {
            content: "Log it on the lead of this customer",
            trigger: SUGGESTION,
            run: "click",
        },
        screen("done", {trigger: NOTICE("Logged on Desks, height-adjustable."), scope: ".o_notification"}),
        {
            content: "It is logged",
            trigger:
                ".o_form_view:not(:has(.o_bcc_dropbox_suggestions)) .o_bcc_dropbox_chips:contains('Desks, height-adjustable')",
        },
        {
            content: "The number is smaller",
            trigger: NUMBER(1),
        },
        {
            content: "Take it back",
            trigger: `${NOTICE("Logged on")} button:contains('Undo')`,
            run: "click",
        },
        {
            content: "It is rejected, as before",
            trigger: ".o_form_view .alert-warning:contains('This email was rejected')",
        },
        {
            content: "So is the number",
            trigger: NUMBER(2),
        },
        {
            content: "Log it after all",
            trigger: SUGGESTION,
            run: "click",
        },
        {
            content: "It is logged",
            trigger:
                ".o_form_view:not(:has(.o_bcc_dropbox_suggestions)) .o_bcc_dropbox_chips:contains('Desks, height-adjustable')",
        },
        {
            content: "Open the lead",
            trigger: `${NOTICE("Logged on")} button:contains('Open')`,
            run: "click",
        },
        {
            content: "It has the email",
            trigger: ".o-mail-Message:contains('Price list'), .o-mail-Message:contains('as we agreed on the phone')",
        },
    ],
});

/** The number stands beside the menu. */
tours.add("bcc_dropbox_to_do_menu", {
    steps: () => [
        {
            content: "The pipeline and the number are there",
            trigger: `.o_web_client:has(.o_kanban_record) ${NUMBER(2)}`,
        },
        {
            content: "Open the menu",
            trigger: "button[data-menu-xmlid='crm.crm_menu_sales']",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Open the menu",
            trigger: ".o_menu_toggle",
            isActive: ["mobile"],
            run: "click",
        },
        screen("to-do-menu", {
            trigger: "[data-menu-xmlid='crm_bcc_dropbox.crm_bcc_dropbox_email_menu']:contains('2')",
            scope: ".o_bcc_dropbox_to_do_badge",
            show: false,
        }),
        {
            content: "Open the emails",
            trigger: "[data-menu-xmlid='crm_bcc_dropbox.crm_bcc_dropbox_email_menu']:contains('2 to do')",
            run: "click",
        },
        {
            content: "They are there",
            trigger: EMAIL("Price list"),
        },
        {
            content: "Open the apps",
            trigger: ".o_navbar_apps_menu button",
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Open the menu",
            trigger: ".o_menu_toggle",
            isActive: ["mobile"],
            run: "click",
        },
        {
            content: "Open the apps",
            trigger: ".o_app_menu_sidebar a:contains('All Apps')",
            isActive: ["mobile"],
            run: "click",
        },
        {
            content: "The app has the number, too",
            trigger: "[data-menu-xmlid='crm_bcc_dropbox.crm_bcc_dropbox_email_menu_root']:contains('2 to do')",
        },
    ],
});

/** Nothing is to be done, and there is a way to all emails. */
tours.add("bcc_dropbox_nothing_to_do", {
    steps: () => [
        screen("nothing-to-do", {trigger: ".o_view_nocontent:contains('Nothing to do')", scope: ".o_view_nocontent"}),
        {
            content: "There is no number",
            trigger: "body:not(:has(.o_bcc_dropbox_to_do))",
        },
        {
            content: "Look at all emails",
            trigger: ".o_view_nocontent a:contains('Show All Captured Emails')",
            run: "click",
        },
        {
            content: "There is one",
            trigger: EMAIL("Delivery dates"),
        },
    ],
});

/** An email of an unknown sender waits for a lead: it can't be logged unseen. */
tours.add("bcc_dropbox_waiting_unknown", {
    steps: () => [
        {
            content: "Read what to do",
            trigger: ".o_bcc_dropbox_waiting:contains('Check the sender first'):not(:has(button:contains('Log Here')))",
        },
        {
            content: "Look at it",
            trigger: ".o_bcc_dropbox_waiting button[name='action_bcc_dropbox_show_waiting']",
            run: "click",
        },
        {
            content: "It is there",
            trigger: EMAIL("Price list"),
        },
    ],
});

/** An email waits for a lead that has its address. */
tours.add("bcc_dropbox_waiting", {
    steps: () => [
        screen("waiting", {
            trigger: ".o_bcc_dropbox_waiting:contains('An email with this address is waiting')",
            scope: ".o_bcc_dropbox_waiting",
        }),
        {
            content: "Look at it",
            trigger: ".o_bcc_dropbox_waiting button[name='action_bcc_dropbox_show_waiting']",
            run: "click",
        },
        {
            content: "It is there",
            trigger: EMAIL("Price list"),
        },
        {
            content: "Go back",
            trigger: ".o_breadcrumb .o_back_button, .breadcrumb-item a:last",
            run: "click",
        },
        {
            content: "Log it on the lead",
            trigger: ".o_bcc_dropbox_waiting button[name='action_bcc_dropbox_log_waiting']",
            run: "click",
        },
        {
            content: "It is said",
            trigger: NOTICE("Logged on Desks, height-adjustable."),
        },
        {
            content: "None is waiting any more",
            trigger: ".o_form_view:not(:has(.o_bcc_dropbox_waiting:visible))",
        },
    ],
});

/** All emails at once. */
tours.add("bcc_dropbox_to_do_bulk", {
    steps: () => [
        ...openActionsOfAll,
        {
            content: "There are other ways",
            trigger: ".o-dropdown--menu .o_menu_item:contains('Log on First Suggestion')",
        },
        {
            content: "Archive them",
            trigger: ".o-dropdown--menu .o_menu_item:contains('Archive')",
            run: "click",
        },
        {
            content: "All are gone",
            trigger: ".o_list_view:not(:has(.o_data_row:contains('Price list')))",
        },
        {
            content: "Take it back",
            trigger: `${NOTICE("Emails archived: 2.")} button:contains('Undo')`,
            run: "click",
        },
        {
            content: "They are back",
            trigger:
                ".o_list_view:has(.o_data_row:contains('Price list')):has(.o_data_row:contains('Terms of payment'))",
        },
        {
            content: "There is no selection left",
            trigger: ".o_list_view:not(:has(.o_data_row_selected)) thead .o_list_record_selector input",
            run({click}) {
                // what is selected while the list is read again stays selected
                odoo.__WOWL_DEBUG__.root.env.services.bcc_dropbox.bus.trigger("changed", {emailIds: []});
                return click();
            },
        },
        {
            content: "Open the actions",
            trigger: ".o_cp_action_menus .dropdown-toggle:contains('Actions')",
            run: "click",
        },
        {
            content: "Archive them after all",
            trigger: ".o-dropdown--menu .o_menu_item:contains('Archive')",
            run: "click",
        },
        {
            content: "Nothing is left",
            trigger: "body:not(:has(.o_bcc_dropbox_to_do))",
        },
    ],
});

/** No mouse is needed. */
tours.add("bcc_dropbox_to_do_keyboard", {
    steps: () => [
        {
            content: "Go from the search to the list",
            trigger: ".o_action_manager:has(.o_data_row) .o_searchview_input",
            async run(helpers) {
                this.anchor.focus();
                await helpers.press("ArrowDown");
            },
        },
        {
            content: "Go to the first email",
            trigger: ".o_list_renderer:focus-within",
            run: "press ArrowDown",
        },
        {
            content: "Open it",
            trigger: ".o_data_row:focus-within",
            run: "press Enter",
        },
        {
            content: "Archive it",
            trigger: ".o_form_view:has(button[name='action_dismiss']):contains('Price list')",
            run: "press Alt+e",
        },
        {
            content: "Take that back",
            trigger: `body:has(${NOTICE("Archived.")}) .o_form_view .ribbon:contains('Archived')`,
            run: "press Alt+Shift+z",
        },
        {
            content: "Archive it after all",
            trigger: ".o_form_view:not(:has(.ribbon:contains('Archived'))) button[name='action_dismiss']",
            run: "press Alt+e",
        },
        {
            content: "Go back to the list, where it is no more",
            trigger: ".o_action_manager:not(:has(.o_data_row:contains('Price list'))) .o_bcc_dropbox_pane",
            run: "press Escape",
        },
        {
            content: "Open the next email",
            trigger: ".o_data_row:focus-within:contains('Terms of payment')",
            run: "press Enter",
        },
        {
            content: "Create a contact",
            trigger: ".o_form_view:has(button[name='action_create_contact']):contains('Terms of payment')",
            run: "press Alt+Shift+o",
        },
        {
            content: "Nothing is left",
            trigger: "body:not(:has(.o_bcc_dropbox_to_do)) .o_form_view .o_bcc_dropbox_chips .badge",
        },
    ],
});
