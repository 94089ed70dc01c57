import {HELD} from "./held_pictures";
import {Message} from "@mail/core/common/message_model";
import {fields} from "@mail/core/common/record";

import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

const {DateTime} = luxon;

/** Keep a part of a sentence in one piece, in sentences of either direction. */
function isolate(text) {
    return `\u2068${text}\u2069`;
}

patch(Message.prototype, {
    setup() {
        super.setup(...arguments);
        /** @type {boolean|undefined} whether this is a captured email */
        this.bcc_dropbox_captured = undefined;
        /** @type {string|false|undefined} recipients of a captured email; Odoo sends them nothing */
        this.bcc_dropbox_to = undefined;
        /** @type {string|false|undefined} */
        this.bcc_dropbox_cc = undefined;
        /** @type {string|false|undefined} what the user wrote when forwarding a captured email */
        this.bcc_dropbox_comment = undefined;
        /** @type {string|false|undefined} the user who forwarded it */
        this.bcc_dropbox_forwarded_by = undefined;
        this.bcc_dropbox_forwarded_date = fields.Datetime();
        /** @type {string|false|undefined} remarks by Odoo, not by the sender */
        this.bcc_dropbox_note = undefined;
        /** @type {{email_id: number, ids: number[]}|undefined} for those who may move or undo a captured email */
        this.bcc_dropbox_lines = undefined;
        /** Whether the user has asked for the remote images. */
        this.showsHeldPictures = false;
    },
    /** Whether there are remote images that the user has not asked for yet. */
    get hasHeldPictures() {
        return this.bcc_dropbox_captured && !this.showsHeldPictures && this.body?.includes(HELD);
    },
    /** Whether a customer has sent this captured email: they are stored like those that arrive at an alias. */
    get isReceivedByBccDropbox() {
        return this.message_type === "email";
    },
    get bccDropboxDirection() {
        return this.isReceivedByBccDropbox ? _t("Received") : _t("Sent");
    },
    get bccDropboxForwarded() {
        const date = isolate(this.bcc_dropbox_forwarded_date.toLocaleString(DateTime.DATETIME_MED));
        return _t("Forwarded by %(user)s on %(date)s", {user: isolate(this.bcc_dropbox_forwarded_by), date});
    },
    get bccDropboxTitle() {
        const date = isolate(this.datetimeShort);
        if (this.isReceivedByBccDropbox) {
            return _t("Received in an email program on %(date)s. Odoo has only logged a copy.", {date});
        }
        return _t("Sent from an email program on %(date)s. Odoo has only logged a copy.", {date});
    },
});
