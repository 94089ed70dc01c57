import {Component, onWillDestroy, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {user} from "@web/core/user";
import {useService} from "@web/core/utils/hooks";

/**
 * A button that sends a test email to the user's BCC address, and the result below it.
 *
 * With the option `reload`, the record is loaded again when the result arrives.
 *
 * Another process handles the email, maybe before the request that sent it returns. The bus delivers the result.
 */
export class BccDropboxTest extends Component {
    static template = "crm_bcc_dropbox.BccDropboxTest";
    static props = {...standardWidgetProps, reload: {type: Boolean, optional: true}};
    /** Milliseconds until the hints are shown. */
    static patience = 3 * 60 * 1000;

    setup() {
        this.orm = useService("orm");
        this.bus = useService("bus_service");
        this.state = useState({step: "ready", result: null});
        const onResult = (result) => this.show(result);
        this.bus.subscribe("crm_bcc_dropbox.test", onResult);
        onWillDestroy(() => {
            this.bus.unsubscribe("crm_bcc_dropbox.test", onResult);
            browser.clearTimeout(this.timer);
        });
    }

    get isBusy() {
        return this.state.step === "sending" || this.state.step === "waiting";
    }

    get summary() {
        return _t("Your BCC address works. The test email arrived after %s seconds.", this.state.result.seconds);
    }

    get origin() {
        const {header, from_last_hop: fromLastHop} = this.state.result;
        if (header === "Envelope") {
            return _t("Delivered by your mail server.");
        }
        return fromLastHop
            ? _t("BCC address found in the %s header added by your mail server.", header)
            : _t("BCC address found in the %s header.", header);
    }

    async start() {
        this.state.step = "sending";
        try {
            await this.call("action_bcc_dropbox_test");
        } catch (error) {
            this.state.step = "ready";
            throw error;
        }
        if (this.state.step === "sending") {
            this.state.step = "waiting";
            this.timer = browser.setTimeout(() => this.giveUp(), this.constructor.patience);
        }
    }

    /** Ask the server once before giving up: the bus may have missed the result. */
    async giveUp() {
        const result = await this.call("action_bcc_dropbox_test_result");
        if (result) {
            this.show(result);
        } else if (this.isBusy) {
            this.state.step = "missing";
        }
    }

    show(result) {
        browser.clearTimeout(this.timer);
        Object.assign(this.state, {step: "done", result});
        if (this.props.reload) {
            this.props.record.load();
        }
    }

    call(method) {
        return this.orm.call("res.users", method, [user.userId]);
    }
}

registry.category("view_widgets").add("bcc_dropbox_test", {
    component: BccDropboxTest,
    extractProps: ({attrs}) => ({reload: attrs.reload === "1"}),
});
