import {call, checkPage, deliver, markPage} from "@crm_bcc_dropbox/../tests/live";
import {openPreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const tours = registry.category("web_tour.tours");

const RON = "Ron Gibson <ron.gibson@woodcorner.example>";
const CAPTURED = ".o-mail-Chatter .o-mail-Message .o-bcc-dropbox-captured";
const NONE = ".o-mail-Chatter .o-mail-Thread:not(:has(.o-bcc-dropbox-captured))";
const TOAST = ".o_notification";
const COUNT = "[name='bcc_dropbox_email_count']";
const MESSAGE = ".o-mail-Message:has(.o-bcc-dropbox-captured)";

/** Scroll to the chatter, which is below the form: menus close when they leave the screen. */
const goToChatter = (trigger) => ({
    content: "Scroll to the chatter",
    trigger,
    run() {
        this.anchor.scrollIntoView({block: "center"});
    },
});

/** Show the actions of the message, under the mouse. */
const pointAtMessage = {
    content: "Point at the message",
    trigger: MESSAGE,
    isActive: ["desktop"], // fingers don't hover: phones have the menu above the text
    run: "hover",
};

/** An email arrives while a salesperson looks at the lead: it appears, and they undo that. */
tours.add("bcc_dropbox_live", {
    steps: () => [
        {
            content: "There is no email on the lead",
            trigger: `${NONE}:has(.o-mail-Message)`,
        },
        goToChatter(".o-mail-Chatter .o-mail-Message"),
        markPage,
        {
            content: "Send one",
            trigger: ".o-mail-Chatter",
            run: () => deliver(RON, "Delivery in December"),
        },
        {
            content: "It appears",
            trigger: `${CAPTURED}:contains('ron.gibson@woodcorner.example')`,
        },
        {
            content: "The record counts it",
            trigger: `${COUNT}:contains('1')`,
            isActive: ["desktop"], // a phone has the button in a menu
        },
        screen("toast", {
            trigger: `${TOAST}:contains('Logged on Office for 40 people.')`,
            scope: TOAST,
            show: false,
        }),
        {
            content: "Undo it",
            trigger: `${TOAST} button:contains('Undo')`,
            run: "click",
        },
        {
            content: "It disappears",
            trigger: NONE,
        },
        {
            content: "The user learns where it is",
            trigger: `${TOAST}:contains('Removed from all records') button:contains('Undo')`,
        },
        checkPage,
        {
            content: "Send two",
            trigger: ".o-mail-Chatter",
            async run() {
                await deliver(RON, "Plan of the office");
                await deliver(RON, "Prices of the office");
            },
        },
        {
            content: "Both appear",
            trigger: `.o-mail-Chatter .o-mail-Thread:has(.o-mail-Message:contains('Plan of')):has(.o-mail-Message:contains('Prices of'))`,
        },
        {
            content: "The record counts them, and the one that was removed, which names its address",
            trigger: `${COUNT}:contains('3')`,
            isActive: ["desktop"],
        },
        {
            content: "One toast tells that",
            trigger: `${TOAST}:contains('2 emails logged')`,
        },
        {
            content: "Send one that can't be logged",
            trigger: ".o-mail-Chatter",
            run: () => deliver("Lea Novak <lea@acme.example>", "Holiday plans"),
        },
        {
            content: "Look why",
            trigger: `${TOAST}:contains('An email was not logged.') button:contains('Show')`,
            run: "click",
        },
        {
            content: "It says why",
            trigger: ".o_form_view .alert:contains('No customer among the recipients')",
        },
        checkPage,
    ],
});

/** An email is moved to a lead and away from it in another tab. */
tours.add("bcc_dropbox_live_moved", {
    steps: () => [
        {
            content: "There is an email on the lead, between other messages",
            trigger: CAPTURED,
        },
        markPage,
        {
            content: "It is removed elsewhere",
            trigger: CAPTURED,
            async run() {
                const [email] = await call("crm.bcc.dropbox.email", "search_read", [
                    [["state", "=", "captured"]],
                    ["id"],
                ]);
                await call("crm.bcc.dropbox.email", "action_undo", [[email.id]]);
            },
        },
        {
            content: "It disappears here",
            trigger: `${NONE}:has(.o-mail-Message)`,
        },
        {
            content: "It is logged again elsewhere",
            trigger: ".o-mail-Chatter",
            async run() {
                const [email] = await call("crm.bcc.dropbox.email", "search_read", [
                    [["state", "=", "unmatched"]],
                    ["id"],
                ]);
                await call("crm.bcc.dropbox.email", "action_create_lead", [[email.id]]);
            },
        },
        {
            content: "It appears again",
            trigger: CAPTURED,
        },
        checkPage,
    ],
});

/** The list of captured emails shows a new one. */
tours.add("bcc_dropbox_live_list", {
    steps: () => [
        {
            content: "There is one email",
            trigger: ".o_data_row:contains('Visit on Thursday'), .o_kanban_record:contains('Visit on Thursday')",
        },
        markPage,
        {
            content: "Send another one",
            trigger: ".o_list_view, .o_kanban_view",
            run: () => deliver(RON, "Delivery in December"),
        },
        {
            content: "It appears",
            trigger: ".o_data_row:contains('Delivery in December'), .o_kanban_record:contains('Delivery in December')",
        },
        checkPage,
    ],
});

/** The numbers in the preferences change. */
tours.add("bcc_dropbox_live_preferences", {
    steps: () => [
        ...openPreferences(),
        {
            content: "Nothing was logged this week",
            trigger: ".o_field_widget[name='bcc_dropbox_week_count']:contains('0')",
        },
        markPage,
        {
            content: "Send an email",
            trigger: ".modal",
            run: () => deliver(RON, "Delivery in December"),
        },
        {
            content: "It is counted",
            trigger: ".o_field_widget[name='bcc_dropbox_week_count']:contains('1')",
        },
        checkPage,
    ],
});

/** A colleague who may read the lead sees the email appear, without a toast. */
tours.add("bcc_dropbox_live_colleague", {
    steps: () => [
        {
            content: "There is an email on the lead",
            trigger: `${CAPTURED}:contains('Logged by BCC Dropbox')`,
        },
        {
            content: "It is not the colleague's: there are no actions",
            trigger: `${CAPTURED}:not(:has(.o-bcc-dropbox-menu))`,
        },
        goToChatter(MESSAGE),
        pointAtMessage,
        {
            content: "There are none under the mouse either",
            isActive: ["desktop"],
            trigger: `${MESSAGE} .o-mail-Message-actions:not(:has([title='Expand'])):not(:has([name^='bcc-dropbox']))`,
        },
    ],
});

/** A salesperson acts on an email in the chatter, by mouse and by keyboard. */
tours.add("bcc_dropbox_message", {
    steps: () => [
        goToChatter(MESSAGE),
        pointAtMessage,
        {
            content: "Look at the menu of the message",
            isActive: ["desktop"],
            trigger: `${MESSAGE} [title='Expand']`,
            run: "click",
        },
        {
            content: "The actions are there",
            trigger: ".o-mail-Message-moreMenu:contains('Move to…'):contains('Undo'):contains('Never This Address')",
            isActive: ["desktop"],
        },
        {
            content: "Never log this address again",
            isActive: ["desktop"],
            trigger: ".o-mail-Message-moreMenu [name='bcc-dropbox-never']",
            run: "click",
        },
        {
            content: "The dialog names it",
            isActive: ["desktop"],
            trigger: ".modal .o_field_widget[name='patterns'] textarea:value('ron.gibson@woodcorner.example')",
        },
        {
            content: "Better not",
            isActive: ["desktop"],
            trigger: ".modal .btn:contains('Discard'), .modal .btn:contains('Cancel'), .modal .btn-close",
            run: "click",
        },
        {
            content: "Open the menu by the keyboard",
            trigger: "body:not(:has(.modal)) .o-bcc-dropbox-menu",
            run() {
                this.anchor.focus();
                this.anchor.click(); // what the browser does for Enter
            },
        },
        screen("message-dropdown", {
            trigger: ".o-bcc-dropbox-actions:contains('Open in Captured Emails') .o-dropdown-item:contains('Move to…')",
            scope: ".o-bcc-dropbox-actions",
            show: false,
        }),
        {
            content: "Go to the second action",
            trigger: ".o-bcc-dropbox-actions",
            run: "press ArrowDown && press ArrowDown",
        },
        {
            content: "Choose it",
            trigger: ".o-bcc-dropbox-actions .focus:contains('Move to…')",
            run: "press Enter",
        },
        {
            content: "It asks where to",
            trigger: ".modal .o_field_widget[name='record'] select",
        },
        {
            content: "Not now",
            trigger: ".modal .btn:contains('Discard'), .modal .btn:contains('Cancel'), .modal .btn-close",
            run: "click",
        },
        {
            content: "Undo it",
            trigger: "body:not(:has(.modal)) .o-bcc-dropbox-menu",
            run: "click",
        },
        {
            content: "Undo it",
            trigger: ".o-bcc-dropbox-actions .o-dropdown-item:contains('Undo')",
            run: "click",
        },
        {
            content: "It disappears",
            trigger: NONE,
        },
        {
            content: "The user learns that",
            trigger: `${TOAST}:contains('Removed from')`,
        },
    ],
});
