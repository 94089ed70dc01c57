import {Message} from "@mail/core/common/message";
import {loadHeldPictures} from "./held_pictures";

import {patch} from "@web/core/utils/patch";

patch(Message.prototype, {
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
