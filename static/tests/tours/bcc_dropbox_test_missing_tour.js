import {registry} from "@web/core/registry";
import {openPreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** The test does not come back: the salesperson reads what to check. */
registry.category("web_tour.tours").add("bcc_dropbox_test_missing", {
    steps: () => [
        {
            content: "Lose patience at once",
            trigger: ".o_kanban_renderer",
            run() {
                const {BccDropboxTest} = odoo.loader.modules.get("@crm_bcc_dropbox/dropbox_test/dropbox_test");
                BccDropboxTest.patience = 100;
            },
        },
        ...openPreferences(),
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
