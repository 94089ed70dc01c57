import {Component, useState} from "@odoo/owl";
import {CopyButton} from "@web/core/copy_button/copy_button";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/** Maximum number of days that an old address stays active; the server checks it too. */
const MAX_DAYS = 14;

/**
 * Dialog that asks what happens to the old address, creates the new one and shows it.
 *
 * The dialog stays open, so that users can copy the new address.
 */
export class BccDropboxRenewalDialog extends Component {
    static template = "crm_bcc_dropbox.BccDropboxRenewalDialog";
    static components = {CopyButton, Dialog};
    static props = {close: Function, userId: Number};

    setup() {
        this.orm = useService("orm");
        this.maxDays = MAX_DAYS;
        this.state = useState({policy: "stop", days: 7, busy: false, address: "", former: ""});
    }

    get graceDays() {
        return this.state.policy === "keep" ? this.state.days : 0;
    }

    get isValid() {
        const {policy, days} = this.state;
        return policy === "stop" || (Number.isInteger(days) && days >= 1 && days <= MAX_DAYS);
    }

    get unit() {
        return _t("days (max. %s)", MAX_DAYS);
    }

    get verb() {
        return this.state.policy === "stop" ? _t("Create and Disable the Old One") : _t("Create and Keep the Old One");
    }

    onDays(event) {
        Object.assign(this.state, {policy: "keep", days: event.target.valueAsNumber});
    }

    async confirm() {
        this.state.busy = true;
        try {
            await this.orm.call("res.users", "action_bcc_dropbox_regenerate", [[this.props.userId], this.graceDays]);
            const names = ["bcc_dropbox_address", "bcc_dropbox_former"];
            const [user] = await this.orm.read("res.users", [this.props.userId], names);
            Object.assign(this.state, {address: user.bcc_dropbox_address, former: user.bcc_dropbox_former || ""});
        } finally {
            this.state.busy = false;
        }
    }
}

/** Button that opens the dialog. Like other buttons, it saves the form first. */
export class BccDropboxRenewal extends Component {
    static template = "crm_bcc_dropbox.BccDropboxRenewal";
    static props = {...standardWidgetProps, primary: {type: Boolean, optional: true}};

    setup() {
        this.dialog = useService("dialog");
    }

    async open() {
        const {record} = this.props;
        if (await record.save()) {
            const onClose = () => record.load();
            this.dialog.add(BccDropboxRenewalDialog, {userId: record.resId}, {onClose});
        }
    }
}

registry.category("view_widgets").add("bcc_dropbox_renewal", {
    component: BccDropboxRenewal,
    extractProps: ({attrs}) => ({primary: attrs.primary === "1"}),
});
