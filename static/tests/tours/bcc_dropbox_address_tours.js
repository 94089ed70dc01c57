import {registry} from "@web/core/registry";
import {BAR, HELP, MENU_ITEM, copyBy, openUserMenu, seeCopied} from "@crm_bcc_dropbox/../tests/address";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const tours = registry.category("web_tour.tours");

const HINT = "You don't have a BCC address yet. Ask your administrator.";

/** A salesperson copies the address by two clicks after the login: one on the menu, one on the item. */
tours.add("bcc_dropbox_address_menu", {
    steps: () => [
        ...openUserMenu,
        screen("address-menu", {trigger: MENU_ITEM, scope: false, show: false}),
        copyBy(MENU_ITEM),
        ...seeCopied,
    ],
});

/** The browser refuses to copy: the address is shown, to be copied by hand. */
tours.add("bcc_dropbox_address_refused", {
    steps: () => [
        {
            content: "The browser copies nothing",
            trigger: ".o_kanban_renderer",
            run() {
                const refuse = () => Promise.reject(new DOMException("", "NotAllowedError"));
                Object.assign(navigator.clipboard, {write: refuse, writeText: refuse});
            },
        },
        ...openUserMenu,
        {
            content: "Try to copy it",
            trigger: MENU_ITEM,
            run: "click",
        },
        {
            content: "The address can be selected as a whole",
            trigger: ".o_notification:contains('Select your BCC address') .o_bcc_dropbox_uncopied:contains('bcc-owen')",
            run() {
                const {userSelect} = getComputedStyle(this.anchor);
                if (userSelect !== "all") {
                    throw new Error(`One has to select each letter: ${userSelect}.`);
                }
            },
        },
        screen("address-refused", {trigger: ".o_bcc_dropbox_uncopied", scope: ".o_notification", show: false}),
    ],
});

/** An older browser copies only texts. */
tours.add("bcc_dropbox_address_old_browser", {
    steps: () => [
        {
            content: "The browser has no items of the clipboard",
            trigger: ".o_kanban_renderer",
            run() {
                window.ClipboardItem = undefined;
            },
        },
        ...openUserMenu,
        {
            content: "Copy it",
            trigger: MENU_ITEM,
            run: "click",
        },
        ...seeCopied,
    ],
});

/** A salesperson copies the address by the keyboard alone. */
tours.add("bcc_dropbox_address_palette", {
    steps: () => [
        {
            content: "Open the command palette",
            trigger: ".o_kanban_renderer",
            run: "press control+k",
        },
        {
            content: "Type",
            trigger: ".o_command_palette_search input",
            run: "edit copy",
        },
        {
            content: "The command is there",
            trigger: ".o_command_palette .o_command:contains('Copy My BCC Address')",
        },
        {
            content: "Type something else",
            trigger: ".o_command_palette_search input",
            run: "edit bcc",
        },
        screen("address-palette", {
            trigger: ".o_command_palette .o_command.focused:contains('Copy My BCC Address')",
            scope: false,
            show: false,
        }),
        {
            content: "Choose it",
            trigger: ".o_command_palette_search input",
            run: "press Enter",
        },
        ...seeCopied,
        {
            content: "The palette is closed",
            trigger: "body:not(:has(.o_command_palette))",
        },
    ],
});

/** A salesperson copies the address above the list of captured emails. */
tours.add("bcc_dropbox_address_list", {
    steps: () => [
        {
            content: "The emails are there",
            trigger: ".o_data_row, .o_kanban_record",
        },
        {
            content: "So is the address",
            trigger: `${BAR} bdi:contains('bcc-owen')`,
        },
        copyBy(`${BAR} button`),
        ...seeCopied,
    ],
});

/** A new salesperson has no emails yet, and copies the address in the empty list. */
tours.add("bcc_dropbox_address_empty", {
    steps: () => [
        screen("captured-empty", {trigger: `${HELP} bdi:contains('bcc-owen')`, scope: ".o_nocontent_help"}),
        {
            content: "It is not there twice",
            trigger: `.o_control_panel:not(:has(.o_bcc_dropbox_own_address:visible))`,
        },
        copyBy(`${HELP} button`),
        ...seeCopied,
    ],
});

/** Without a domain there is no address: the list and the menu say what to do. */
tours.add("bcc_dropbox_address_missing", {
    steps: () => [
        screen("captured-no-address", {trigger: `${HELP}:contains("${HINT}")`, scope: ".o_nocontent_help"}),
        {
            content: "There is nothing to copy",
            trigger: ".o_nocontent_help:not(:has(button))",
        },
    ],
});

tours.add("bcc_dropbox_address_menu_missing", {
    steps: () => [
        ...openUserMenu,
        {
            content: "Try to copy it",
            trigger: MENU_ITEM,
            run: "click",
        },
        {
            content: "Read what to do",
            trigger: `.o_notification:contains("${HINT}")`,
        },
    ],
});

/** An administrator gets to the setup. */
tours.add("bcc_dropbox_address_administrator", {
    steps: () => [
        ...openUserMenu,
        {
            content: "Try to copy it",
            trigger: MENU_ITEM,
            run: "click",
        },
        {
            content: "Go to the setup",
            trigger: ".o_notification:contains(\"You don't have a BCC address yet.\") button:contains('Set Up')",
            run: "click",
        },
        {
            content: "It is there",
            trigger:
                ".o_breadcrumb:contains('Set Up'), .modal:contains('Set Up'), .o_navbar_breadcrumbs:contains('Set Up')",
        },
    ],
});

/** The address may be exposed: nothing is copied, and a button leads to the preferences. */
tours.add("bcc_dropbox_address_exposed", {
    steps: () => [
        screen("captured-exposed", {trigger: `${BAR}:contains('may be exposed')`, scope: BAR}),
        {
            content: "Open the preferences",
            trigger: `${BAR} button:contains('My Preferences')`,
            run: "click",
        },
        {
            content: "They are there",
            trigger: ".modal .o_notebook a[name='bcc_dropbox']",
        },
    ],
});

/** Users without the permission find nothing of it. */
tours.add("bcc_dropbox_address_forbidden", {
    steps: () => [
        ...openUserMenu,
        {
            content: "The menu is open, without the item",
            trigger: `.o-dropdown--menu:has([data-menu=preferences]):not(:has([data-menu=bcc_dropbox_address])),
                .o_user_menu_mobile:contains('My Preferences'):not(:contains('BCC'))`,
        },
    ],
});

/** A manager looks at the emails of all users: a report, with nobody's address. */
tours.add("bcc_dropbox_address_report", {
    steps: () => [
        {
            content: "Show the emails, not the graph",
            isActive: ["desktop"],
            trigger: ".o_switch_view.o_list",
            run: "click",
        },
        {
            isActive: ["desktop"],
            content: "There is no address above them",
            trigger: ".o_web_client:not(:has(.o_bcc_dropbox_own_address)) .o_data_row",
        },
        {
            isActive: ["mobile"],
            content: "There is no address above the graph",
            trigger: ".o_web_client:not(:has(.o_bcc_dropbox_own_address)) .o_graph_view",
        },
    ],
});
