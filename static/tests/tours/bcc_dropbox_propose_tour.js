import {openPreferences, savePreferences} from "@crm_bcc_dropbox/../tests/preferences";
import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

/** A salesperson wants to be asked before records of new people are created. */
registry.category("web_tour.tours").add("bcc_dropbox_propose", {
    steps: () => [
        ...openPreferences(),
        {
            content: "Open the choices",
            trigger: "details[name='bcc_dropbox_choices'] summary",
            run: "click",
        },
        {
            content: "Turn it on",
            trigger: "details[name='bcc_dropbox_choices'] .o_field_widget[name='bcc_dropbox_propose'] input",
            run: "click",
        },
        screen("preferences-propose", {
            trigger: ".o_field_widget[name='bcc_dropbox_propose'] input:checked",
            show: "details[name='bcc_dropbox_choices']",
        }),
        savePreferences,
        ...openPreferences(),
        {
            content: "Open the choices again",
            trigger: "details[name='bcc_dropbox_choices'] summary",
            run: "click",
        },
        {
            content: "It is on",
            trigger: ".o_field_widget[name='bcc_dropbox_propose'] input:checked",
        },
    ],
});
