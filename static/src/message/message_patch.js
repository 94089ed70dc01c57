import {Message} from "@mail/core/common/message";
import {loadHeldPictures} from "./held_pictures";

import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {patch} from "@web/core/utils/patch";

Object.assign(Message.components, {DropdownItem});

patch(Message.prototype, {
    /**
     * The actions in the menu of the message that are ours. A second menu shows them: that of Odoo appears under the
     * mouse only, so the keyboard can't reach it.
     */
    get bccDropboxActions() {
        return this.messageActions.actions.filter(({id}) => id.startsWith("bcc-dropbox-"));
    },
    /** @param {HTMLElement} bodyEl */
    prepareMessageBody(bodyEl) {
        super.prepareMessageBody(...arguments);
        if (bodyEl && this.message.showsHeldPictures) {
            loadHeldPictures(bodyEl, this.message.id);
        }
    },
    showHeldPictures() {
        this.message.showsHeldPictures = true;
        if (this.shadowRoot) {
            loadHeldPictures(this.shadowRoot, this.message.id);
        }
    },
});
