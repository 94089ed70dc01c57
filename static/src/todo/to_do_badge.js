import {_t} from "@web/core/l10n/translation";
import {NavBar} from "@web/webclient/navbar/navbar";
import {useService} from "@web/core/utils/hooks";

import {Component, useState} from "@odoo/owl";

/** The menus that show the number. */
const MENUS = ["crm_bcc_dropbox.crm_bcc_dropbox_email_menu", "crm_bcc_dropbox.crm_bcc_dropbox_email_menu_root"];

/** The number of emails that need an action, beside the menu of captured emails; hidden while there is none. */
export class ToDoBadge extends Component {
    static template = "crm_bcc_dropbox.ToDoBadge";
    static props = {menu: Object};

    setup() {
        this.dropbox = useState(useService("bcc_dropbox").state);
    }

    get count() {
        return MENUS.includes(this.props.menu.xmlid) ? this.dropbox.toDo : 0;
    }

    get label() {
        return _t("%s to do", this.count);
    }
}

// core has no registry for what stands beside a menu; the templates of the menus are extended, and need the component
Object.assign(NavBar.components, {BccDropboxToDoBadge: ToDoBadge});
