import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A manager looks at the dropbox on the form of a user. */
registry.category("web_tour.tours").add("bcc_dropbox_user", {
    steps: () => [
        {
            content: "Open the tab",
            trigger: ".o_notebook a[name='bcc_dropbox']",
            run: "click",
        },
        {
            content: "See what the user chose",
            trigger: ".o_field_widget[name='bcc_dropbox_opportunity'] input[data-value='only']:checked",
        },
        screen("user", {trigger: ".o_field_widget[name='bcc_dropbox_address']:contains('bcc-')"}),
    ],
});
