import {noEnglishIn} from "@crm_bcc_dropbox/../tests/language";
import {registry} from "@web/core/registry";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const CAPTURED = ".o-bcc-dropbox-captured";

/** A Japanese salesperson sees which captured emails of a contact were sent and which were received. */
registry.category("web_tour.tours").add("bcc_dropbox_japanese_chatter", {
    steps: () => [
        {
            content: "One was received, the other one sent",
            trigger: `.o-mail-Thread:has(${CAPTURED} .fa-inbox):has(${CAPTURED} .fa-paper-plane-o)`,
        },
        noEnglishIn(`${CAPTURED}:has(.fa-inbox)`, ["This is urgent."]),
        noEnglishIn(`${CAPTURED}:has(.fa-paper-plane-o)`),
        screen("japanese-chatter", {trigger: CAPTURED, scope: CAPTURED, show: ".o-mail-Chatter"}),
    ],
});
