import {HELD} from "./held_pictures";
import {Message} from "@mail/core/common/message_model";

import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

patch(Message.prototype, {
    setup() {
        super.setup(...arguments);
        /** @type {boolean|undefined} whether this is the copy of a mail that a dropbox captured */
        this.bcc_dropbox_captured = undefined;
        /** @type {string|false|undefined} whom a captured mail names; they are no recipients of a message of Odoo */
        this.bcc_dropbox_to = undefined;
        /** @type {string|false|undefined} */
        this.bcc_dropbox_cc = undefined;
        /** @type {string|false|undefined} what Odoo says of the mail; the sender has not written it */
        this.bcc_dropbox_note = undefined;
        /** Whether the user wants to see its remote pictures. */
        this.showsHeldPictures = false;
    },
    /** Whether it has remote pictures that nobody has asked for yet. */
    get hasHeldPictures() {
        return this.bcc_dropbox_captured && !this.showsHeldPictures && this.body?.includes(HELD);
    },
    get bccDropboxTitle() {
        // in one piece, whatever the direction of the sentence
        const date = `\u2068${this.datetimeShort}\u2069`;
        return _t("Sent from a mail program on %(date)s. Odoo keeps this copy and has sent it to nobody.", {date});
    },
});
