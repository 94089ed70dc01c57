import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const FIELD = (name) => `.o_field_widget[name='${name}']`;

/** An administrator looks at the health, gives all users the permission and has dropboxes receive on a mailbox. */
registry.category("web_tour.tours").add("bcc_dropbox_settings", {
    steps: () => [
        screen("health", {
            trigger: `${FIELD("bcc_dropbox_health")} [data-check='sender']:contains('Needs Attention')`,
            scope: "#crm_bcc_dropbox",
            show: "#crm_bcc_dropbox",
        }),
        {
            content: "See all checks",
            trigger: `${FIELD("bcc_dropbox_health")} summary`,
            run: "click",
        },
        {
            content: "Read that emails arrive",
            trigger: `${FIELD("bcc_dropbox_health")} [data-check='last_mail']:contains('OK')`,
        },
        screen("settings", {
            trigger: FIELD("group_bcc_dropbox_all"),
            scope: ".o_settings_container:has(#crm_bcc_dropbox_profiles)",
            show: "#crm_bcc_dropbox_profiles",
        }),
        {
            content: "The larger profile follows the smaller one",
            trigger: `${FIELD("group_bcc_dropbox_all")} input:checked:disabled`,
        },
        {
            content: "Let every internal user have a dropbox",
            trigger: `${FIELD("group_bcc_dropbox_internal")} input`,
            run: "click",
        },
        {
            content: "All of Sales follows",
            trigger: `${FIELD("group_bcc_dropbox_own")} input:checked:disabled`,
        },
        {
            content: "See an address on the domain",
            trigger: `${FIELD("bcc_dropbox_example")}:contains('xxx@acme.example')`,
        },
        {
            content: "Choose a mailbox",
            trigger: `${FIELD("bcc_dropbox_receive")} input[data-value='mailbox']`,
            run: "click",
        },
        {
            content: "Type its address",
            trigger: `${FIELD("bcc_dropbox_mailbox")} input`,
            run: "edit crm@acme.example && press Tab",
        },
        {
            content: "See an address of the mailbox",
            trigger: `${FIELD("bcc_dropbox_example")}:contains('crm+bcc-xxxxxxxxxxxxxxxxxxxx@acme.example')`,
        },
        {
            content: "Ask for a proof of the sender",
            trigger: `${FIELD("bcc_dropbox_authentication")} input[data-value='require']`,
            run: "click",
        },
        {
            content: "Name the server that checks senders",
            trigger: `${FIELD("bcc_dropbox_authentication_host")} input`,
            run: "edit mx.acme.example && press Tab",
        },
        screen("authentication", {
            trigger: FIELD("bcc_dropbox_authentication"),
            scope: "#crm_bcc_dropbox_authentication",
            show: "#crm_bcc_dropbox_authentication",
        }),
        {
            content: "Allow larger attachments",
            trigger: `${FIELD("bcc_dropbox_max_attachment_mb")} input`,
            run: "edit 25",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "The settings are there again, with the mailbox",
            trigger: `${FIELD("bcc_dropbox_receive")} input[data-value='mailbox']:checked`,
        },
        {
            content: "So is the check of senders",
            trigger: `${FIELD("bcc_dropbox_authentication")} input[data-value='require']:checked`,
        },
        {
            content: "Nothing is left to save",
            trigger: "body:not(:has(.o_dirty_warning))",
        },
    ],
});
