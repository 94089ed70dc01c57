import {Component, useState} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

/** The icon in the top bar with the number of emails that need an action; hidden while there is none. */
export class ToDoMenu extends Component {
    static template = "crm_bcc_dropbox.ToDoMenu";
    static props = {};

    setup() {
        this.action = useService("action");
        this.dropbox = useState(useService("bcc_dropbox").state);
    }

    get label() {
        return _t("Captured emails to do: %s", this.dropbox.toDo);
    }

    open() {
        this.action.doAction("crm_bcc_dropbox.crm_bcc_dropbox_email_action", {clearBreadcrumbs: true});
    }
}

registry.category("systray").add("crm_bcc_dropbox.to_do", {Component: ToDoMenu}, {sequence: 28});
