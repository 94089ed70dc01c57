import {registry} from "@web/core/registry";
import {mirrored, readable} from "@crm_bcc_dropbox/../tests/mirrored";
import {screen} from "@crm_bcc_dropbox/../tests/screen";

const CAPTURED = ".o-bcc-dropbox-captured";

/** Someone who reads from right to left recognises a captured email. */
registry.category("web_tour.tours").add("bcc_dropbox_rtl_chatter", {
    steps: () => [
        mirrored(`${CAPTURED} > .o-bcc-dropbox-menu`, `${CAPTURED} > .o-bcc-dropbox-direction`),
        mirrored(`${CAPTURED}:has(.fa-inbox) bdi`, `${CAPTURED}:has(.fa-inbox) .o-bcc-dropbox-direction`),
        readable(`${CAPTURED} bdi:contains('owen@acme.example')`),
        {
            content: "A recipient follows the word before it",
            trigger: `${CAPTURED} bdi:contains('ron.gibson')`,
            run({anchor}) {
                const word = document.createRange();
                word.selectNodeContents(anchor.previousSibling);
                const [before, name] = [word, anchor].map((part) => part.getClientRects()[0]);
                if (before.top === name.top && Math.abs(before.right - name.left) > 1) {
                    throw new Error("The recipient is torn from its line");
                }
            },
        },
        screen("rtl-chatter", {trigger: CAPTURED, scope: CAPTURED, show: ".o-mail-Chatter"}),
    ],
});
