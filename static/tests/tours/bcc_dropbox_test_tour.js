import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const openTab = [
    {
        content: "Open the tab",
        trigger: ".o_notebook a[name='bcc_dropbox']",
        run: "click",
    },
];

/** A salesperson tests the dropbox, and sees the result without doing anything. */
registry.category("web_tour.tours").add("bcc_dropbox_test", {
    steps: () => [
        ...openTab,
        {
            content: "Test it",
            trigger: ".o_widget_bcc_dropbox_test button:enabled",
            run: "click",
        },
        {
            content: "See that it works",
            trigger: ".o_bcc_dropbox_test[role='status'] .alert-success:contains('X-Original-To')",
        },
        screen("preferences-test", {trigger: ".o_bcc_dropbox_test .alert-success"}),
        {
            content: "A minute has to pass before the next test",
            trigger: ".o_widget_bcc_dropbox_test button:enabled",
            run: "click",
        },
        {
            content: "See why not",
            trigger: ".modal .o_error_dialog:contains('Wait a minute'), .modal:contains('Wait a minute')",
        },
    ],
});

/** The test does not come back: the salesperson reads what to check. */
registry.category("web_tour.tours").add("bcc_dropbox_test_missing", {
    steps: () => [
        {
            content: "Lose patience at once",
            trigger: ".o_notebook",
            run() {
                const {BccDropboxTest} = odoo.loader.modules.get("@crm_bcc_dropbox/dropbox_test/dropbox_test");
                BccDropboxTest.patience = 100;
            },
        },
        ...openTab,
        {
            content: "Test it",
            trigger: ".o_widget_bcc_dropbox_test button:enabled",
            run: "click",
        },
        {
            content: "See what to check",
            trigger: ".o_bcc_dropbox_test[role='status'] .alert-warning li:contains('Spam')",
        },
        screen("preferences-test-missing", {trigger: ".o_bcc_dropbox_test .alert-warning"}),
    ],
});

/** A salesperson did not get the mail that asks to confirm an address. */
registry.category("web_tour.tours").add("bcc_dropbox_send_again", {
    steps: () => [
        ...openTab,
        {
            content: "Have it sent again",
            trigger: ".o_field_widget[name='bcc_dropbox_sender_ids'] button[name='action_send_confirmation']",
            run: "click",
        },
        {
            content: "See where it goes",
            trigger: ".o_notification:contains('owen@home.example')",
        },
        {
            content: "The preferences are still there",
            trigger: ".o_field_widget[name='bcc_dropbox_sender_ids']",
        },
    ],
});
