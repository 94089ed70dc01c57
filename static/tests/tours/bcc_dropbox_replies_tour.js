import {openPreferences, savePreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson sets up a rule that redirects received emails: the code of the provider, the steps, the options. */
registry.category("web_tour.tours").add("bcc_dropbox_replies", {
    steps: () => [
        ...openPreferences(),
        {
            content: "See the code of the provider",
            trigger: "[name='bcc_dropbox_rules'] strong:contains('482915736')",
        },
        {
            content: "See the link with its host in words",
            trigger:
                "[name='bcc_dropbox_rules'] a[href^='https://mail-settings.google.com/']:contains('Confirm on mail-settings.google.com')",
        },
        screen("preferences-rule", {
            trigger: "[name='bcc_dropbox_rules'] strong:contains('482915736')",
            show: "div.alert[name='bcc_dropbox_rules']",
        }),
        {
            content: "It is done",
            trigger: "button[name='action_bcc_dropbox_rules_done']",
            run: "click",
        },
        {
            content: "The dialog is closed",
            trigger: "body:not(:has(.modal))",
        },
        ...openPreferences(),
        {
            content: "The code is gone",
            trigger: ".modal .o_notebook:not(:has(div[name='bcc_dropbox_rules'])) [name='bcc_dropbox_address']",
        },
        {
            content: "Read how to capture replies",
            trigger: "details[name='bcc_dropbox_replies'] summary",
            run: "click",
        },
        screen("preferences-replies", {
            trigger: "details[name='bcc_dropbox_replies'][open] li:visible",
            show: "details[name='bcc_dropbox_replies']",
        }),
        {
            content: "The other options are hidden",
            trigger: ".modal .o_notebook_content:not(:has(.o_field_widget[name='bcc_dropbox_redirects_bulk']))",
        },
        {
            content: "Turn it on",
            trigger: ".o_field_widget[name='bcc_dropbox_redirects'] input",
            run: "click",
        },
        {
            content: "Turn on records for unknown senders, too",
            trigger: ".o_field_widget[name='bcc_dropbox_redirects_unknown'] input",
            run: "click",
        },
        screen("preferences-receive", {
            trigger: ".o_field_widget[name='bcc_dropbox_redirects_bulk']",
            show: ".o_field_widget[name='bcc_dropbox_lookup']",
        }),
        savePreferences,
        ...openPreferences(),
        {
            content: "It is on",
            trigger: ".o_field_widget[name='bcc_dropbox_redirects'] input:checked",
        },
        {
            content: "See what was skipped",
            trigger: ".o_field_widget[name='bcc_dropbox_skipped']:contains('3 automatic or bulk emails')",
        },
    ],
});
