import {Component, onWillStart, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";
import {crmKanbanView} from "@crm/views/crm_kanban/crm_kanban_view";

const MODEL = "crm.bcc.dropbox.setup";

/** Reminds administrators of the setup until it is done or dismissed. */
export class BccDropboxSetupBanner extends Component {
    static template = "crm_bcc_dropbox.BccDropboxSetupBanner";
    static props = {};

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
        this.state = useState({isShown: false});
        onWillStart(() => this.load());
    }

    async load() {
        this.state.isShown = user.isSystem && (await this.orm.silent.call(MODEL, "is_wanted"));
    }

    open() {
        this.action.doAction("crm_bcc_dropbox.crm_bcc_dropbox_setup_action");
    }

    async dismiss() {
        await this.orm.call(MODEL, "action_dismiss");
        this.state.isShown = false;
    }
}

export class CrmKanbanController extends crmKanbanView.Controller {
    static template = "crm_bcc_dropbox.CrmKanbanView";
    static components = {...crmKanbanView.Controller.components, BccDropboxSetupBanner};
}

registry.category("views").add("crm_kanban", {...crmKanbanView, Controller: CrmKanbanController}, {force: true});
