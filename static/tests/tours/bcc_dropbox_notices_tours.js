import {openPreferences, savePreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const CHOICE = (name, value) => `.o_field_widget[name='${name}'] input[data-value='${value}']`;

/** A salesperson wants to be told of every email, by one email a day. */
registry.category("web_tour.tours").add("bcc_dropbox_notices", {
    steps: () => [
        ...openPreferences(),
        {
            content: "Problems only, in Odoo",
            trigger: `${CHOICE("bcc_dropbox_notice", "problems")}:checked`,
        },
        {
            content: "Be told nothing",
            trigger: CHOICE("bcc_dropbox_notice", "none"),
            run: "click",
        },
        {
            content: "Then there is no way to choose",
            trigger: ".o_field_widget[name='bcc_dropbox_notice']",
            run() {
                if (document.querySelector(CHOICE("bcc_dropbox_notice_by", "email"))) {
                    throw new Error("The way is still there.");
                }
            },
        },
        {
            content: "Be told of everything",
            trigger: CHOICE("bcc_dropbox_notice", "all"),
            run: "click",
        },
        {
            content: "Choose the email",
            trigger: CHOICE("bcc_dropbox_notice_by", "email"),
            run: "click",
        },
        {
            content: "See where it goes",
            trigger: ".o_field_widget[name='bcc_dropbox_notice_to']:contains('owen@acme.example')",
        },
        screen("preferences-notices", {
            trigger: `${CHOICE("bcc_dropbox_notice_by", "email")}:checked`,
            show: ".o_field_widget[name='bcc_dropbox_notice']",
        }),
        savePreferences,
        {
            content: "The page is there again",
            trigger: ".o_kanban_renderer",
        },
    ],
});

/** The daily email as an email program shows it: the test stores it in an attachment, and gives its id as the hash. */
registry.category("web_tour.tours").add("bcc_dropbox_daily_email", {
    steps: () => [
        {
            content: "Replace the page by the email",
            trigger: ".o_bcc_dropbox_notice",
            async run() {
                const response = await fetch(`/web/content/${document.location.hash.slice(1)}`);
                document.querySelectorAll("link[rel='stylesheet'], style").forEach((style) => style.remove());
                document.body.innerHTML = `<main lang="en">${await response.text()}</main>`;
            },
        },
        screen("daily-email", {trigger: "main:contains('Open in Odoo')", scope: "main"}),
    ],
});

/** Someone who is not logged in follows a link, and clicks the button. */
const CLICK = {
    content: "Click the button",
    trigger: ".o_bcc_dropbox_notice[data-step='ask'] button[type='submit']",
    run: "click",
    expectUnloadPage: true,
};
const DONE = ".o_bcc_dropbox_notice[data-step='done']";

registry.category("web_tour.tours").add("bcc_dropbox_notice_undo", {
    steps: () => [
        screen("notice-undo", {trigger: ".o_bcc_dropbox_notice button:contains('Remove Email')"}),
        CLICK,
        screen("notice-undo-done", {trigger: `${DONE}:contains('was removed')`}),
    ],
});

registry.category("web_tour.tours").add("bcc_dropbox_notice_mine", {
    steps: () => [
        screen("notice-mine", {trigger: ".o_bcc_dropbox_notice button:contains('It Was Me')"}),
        CLICK,
        screen("notice-mine-done", {trigger: `${DONE}:contains('It is logged on')`}),
    ],
});

registry.category("web_tour.tours").add("bcc_dropbox_notice_never", {
    steps: () => [
        screen("notice-never", {trigger: ".o_bcc_dropbox_notice button:contains('Never Log This Domain')"}),
        CLICK,
        screen("notice-never-done", {trigger: `${DONE}:contains('is never logged from now on')`}),
    ],
});

/** A link that was followed before. */
registry.category("web_tour.tours").add("bcc_dropbox_notice_used", {
    steps: () => [screen("notice-used", {trigger: ".o_bcc_dropbox_notice[data-step='used']"})],
});
