import {registry} from "@web/core/registry";
import {openPreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** An administrator reads why there is no address, and goes where it can be set. */
registry.category("web_tour.tours").add("bcc_dropbox_preferences_administrator", {
    steps: () => [
        ...openPreferences(),
        screen("preferences-administrator", {
            trigger: ".o_field_widget[name='bcc_dropbox_missing'] a:contains('Set Up BCC Dropbox')",
        }),
        {
            content: "Go there; Odoo opens links in HTML in a new tab, where no tour is",
            trigger: ".o_field_widget[name='bcc_dropbox_missing'] a:contains('Set Up BCC Dropbox')",
            run() {
                window.location.assign(this.anchor.href);
            },
            expectUnloadPage: true,
        },
        {
            content: "It says there what to do",
            trigger: ".o_form_view .o_field_widget[name='way']",
        },
    ],
});
