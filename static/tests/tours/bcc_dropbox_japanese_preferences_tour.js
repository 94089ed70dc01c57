import {registry} from "@web/core/registry";
import {noEnglishIn} from "@crm_bcc_dropbox/../tests/language";
import {openPreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A Japanese salesperson looks at the preferences, and reads no English. */
registry.category("web_tour.tours").add("bcc_dropbox_japanese_preferences", {
    steps: () => [
        ...openPreferences("個人設定"),
        {
            content: "See the address",
            trigger: ".o_field_widget[name='bcc_dropbox_address']:contains('bcc-')",
        },
        noEnglishIn(".modal"),
        screen("japanese-preferences", {trigger: ".o_field_widget[name='bcc_dropbox_address']"}),
    ],
});
