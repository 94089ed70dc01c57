import {registry} from "@web/core/registry";
import {openPreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson tests the dropbox, and sees the result without doing anything. */
registry.category("web_tour.tours").add("bcc_dropbox_test", {
    steps: () => [
        ...openPreferences(),
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
