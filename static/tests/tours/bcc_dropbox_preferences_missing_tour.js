import {registry} from "@web/core/registry";
import {openPreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson reads why there is no address, and whom to ask. */
registry.category("web_tour.tours").add("bcc_dropbox_preferences_missing", {
    steps: () => [
        ...openPreferences(),
        screen("preferences-missing", {
            trigger: ".o_field_widget[name='bcc_dropbox_missing']:contains('set up yet')",
        }),
    ],
});
