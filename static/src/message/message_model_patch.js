import {HELD} from "./held_pictures";
import {Message} from "@mail/core/common/message_model";

import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

patch(Message.prototype, {
    setup() {
        super.setup(...arguments);
        /** @type {boolean|undefined} whether this is a captured email */
        this.bcc_dropbox_captured = undefined;
        /** @type {string|false|undefined} recipients of a captured email; Odoo sends them nothing */
        this.bcc_dropbox_to = undefined;
        /** @type {string|false|undefined} */
        this.bcc_dropbox_cc = undefined;
        /** @type {string|false|undefined} remarks by Odoo, not by the sender */
        this.bcc_dropbox_note = undefined;
        /** Whether the user has asked for the remote images. */
        this.showsHeldPictures = false;
    },
    /** Whether there are remote images that the user has not asked for yet. */
    get hasHeldPictures() {
        return this.bcc_dropbox_captured && !this.showsHeldPictures && this.body?.includes(HELD);
    },
    get bccDropboxTitle() {
        // isolated, so that the date stays in one piece in sentences of either direction
        const date = `\u2068${this.datetimeShort}\u2069`;
        return _t("Sent from an email program on %(date)s. Odoo has only logged a copy.", {date});
    },
});
