import {registry} from "@web/core/registry";
import {mirrored} from "@crm_bcc_dropbox/../tests/mirrored";
import {openPreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** Someone who reads from right to left looks at the preferences. */
registry.category("web_tour.tours").add("bcc_dropbox_rtl_preferences", {
    steps: () => [
        ...openPreferences(),
        mirrored(
            ".o_field_widget[name='bcc_dropbox_qrcode'] img",
            ".o_field_widget[name='bcc_dropbox_address'] .o_clipboard_button",
            {isActive: ["desktop"]},
        ),
        // an address is read from left to right, wherever it is
        mirrored(
            ".o_field_widget[name='bcc_dropbox_address'] .o_clipboard_button",
            ".o_field_widget[name='bcc_dropbox_address'] span",
        ),
        screen("rtl-preferences", {trigger: ".o_field_widget[name='bcc_dropbox_address']"}),
    ],
});
