import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson reads why there is no address, and whom to ask. */
registry.category("web_tour.tours").add("bcc_dropbox_preferences_missing", {
    steps: () => [
        {
            content: "Open the tab",
            trigger: ".o_notebook a[name='bcc_dropbox']",
            run: "click",
        },
        screen("preferences-missing", {
            trigger: ".o_field_widget[name='bcc_dropbox_missing']:contains('set up yet')",
        }),
    ],
});
