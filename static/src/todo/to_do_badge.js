import {useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {NavBar} from "@web/webclient/navbar/navbar";
import {patch} from "@web/core/utils/patch";
import {useService} from "@web/core/utils/hooks";

/** The menus that show the number. */
const MENUS = ["crm_bcc_dropbox.crm_bcc_dropbox_email_menu", "crm_bcc_dropbox.crm_bcc_dropbox_email_menu_root"];

/**
 * The number of emails that need an action, beside the menu of captured emails; hidden while there is none.
 *
 * Core has no registry for what stands beside a menu. A component of its own would never be rendered in the sidebar of
 * phones: its transition cancels the first rendering of all components in it.
 */
patch(NavBar.prototype, {
    setup() {
        super.setup(...arguments);
        this.bccDropbox = useState(useService("bcc_dropbox").state);
    },

    /** Return the number to show beside a menu; 0 or null for none. */
    getBccDropboxToDo(menu) {
        return MENUS.includes(menu.xmlid) ? this.bccDropbox.toDo : 0;
    },

    /** Return the number in words, for screen readers. */
    describeBccDropboxToDo() {
        return _t("%s to do", this.bccDropbox.toDo);
    },
});
