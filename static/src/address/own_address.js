import {Component, onWillStart, useState} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";
import {ControlPanel} from "@web/search/control_panel/control_panel";
import {ActionHelper} from "@web/views/action_helper";

/** Key in the context of actions about the user's own emails; those about the emails of others show no address. */
const FLAG = "bcc_dropbox_show_address";

/** The user's own BCC address, with a button to copy it; or what to do if there is none. */
export class OwnAddress extends Component {
    static template = "crm_bcc_dropbox.OwnAddress";
    static props = {label: {type: Boolean, optional: true}};

    setup() {
        this.service = useService("bcc_dropbox_address");
        this.state = useState(this.service.state);
        onWillStart(() => {
            this.service.load(); // not awaited: the emails need not wait for it
        });
    }
}

/** A control panel with the user's own BCC address below it. */
export class OwnAddressControlPanel extends ControlPanel {
    static template = "crm_bcc_dropbox.OwnAddressControlPanel";
    static components = {...ControlPanel.components, OwnAddress};

    get showsOwnAddress() {
        return Boolean(this.env.searchModel?.context[FLAG]);
    }
}

/** The help of an empty list, with the user's own BCC address below it. */
export class OwnAddressHelper extends ActionHelper {
    static template = "crm_bcc_dropbox.OwnAddressHelper";
    static components = {...ActionHelper.components, OwnAddress};

    get showsOwnAddress() {
        return Boolean(this.env.searchModel?.context[FLAG]);
    }
}

/**
 * Return a list or kanban view that shows the user's own BCC address, in the control panel or, if the view is empty, in
 * its help.
 *
 * @param {Object} view as in the registry of views
 * @returns {Object}
 */
export function withOwnAddress(view) {
    class Renderer extends view.Renderer {
        static components = {...view.Renderer.components, ActionHelper: OwnAddressHelper};
    }
    return {...view, ControlPanel: OwnAddressControlPanel, Renderer};
}
