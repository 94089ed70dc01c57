import {registry} from "@web/core/registry";
import {mirrored, readable} from "@crm_bcc_dropbox/../tests/mirrored";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const CAPTURED = ".o-bcc-dropbox-captured";

/** Someone who reads from right to left recognises a captured mail. */
registry.category("web_tour.tours").add("bcc_dropbox_rtl_chatter", {
    steps: () => [
        mirrored(`${CAPTURED} span`, `${CAPTURED} i`),
        readable(`${CAPTURED} bdi:contains('owen@acme.example')`),
        screen("rtl-chatter", {trigger: CAPTURED, scope: CAPTURED, show: ".o-mail-Chatter"}),
    ],
});
