import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const FIELD = (name) => `#crm_bcc_dropbox_choices .o_field_widget[name='${name}']`;

/** An administrator chooses the defaults for new users, and gives them to all. */
registry.category("web_tour.tours").add("bcc_dropbox_defaults", {
    steps: () => [
        {
            content: "Log on all records",
            trigger: `${FIELD("bcc_dropbox_several")} input[data-value='all']`,
            run: "click",
        },
        {
            content: "Ask before people are added",
            trigger: `${FIELD("bcc_dropbox_propose")} input`,
            run: "click",
        },
        screen("settings-defaults", {
            trigger: `${FIELD("bcc_dropbox_propose")} input:checked`,
            scope: "#crm_bcc_dropbox_choices",
            show: "#crm_bcc_dropbox_choices",
        }),
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "They are saved",
            trigger: `${FIELD("bcc_dropbox_propose")} input:checked`,
        },
        {
            content: "Apply them to all users",
            trigger: "button[name='action_bcc_dropbox_apply_choices']",
            run: "click",
        },
        {
            content: "Read what that means, and agree",
            trigger: ".modal:contains('what all users chose') .modal-footer .btn-primary:contains('Apply')",
            run: "click",
        },
        {
            content: "Read how many were changed",
            trigger: ".o_notification:contains('Changed for')",
        },
    ],
});
