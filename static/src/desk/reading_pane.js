import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {View, getDefaultConfig} from "@web/views/view";

import {Component, useChildSubEnv, useRef, useState} from "@odoo/owl";

/** The email of the current row of the list: its form, without a control panel. */
export class ReadingPane extends Component {
    static template = "crm_bcc_dropbox.ReadingPane";
    static components = {View};
    static props = {context: Object};

    setup() {
        this.mailbox = useState(this.env.bccDropboxMailbox);
        this.root = useRef("root");
        // also without a focus: the button of an action that is done has lost it
        useHotkey("escape", () => this.onEscape(), {
            isAvailable: (target) => target === document.body || this.root.el.contains(target),
        });
        // its own configuration: the name of the email must not become that of the page
        useChildSubEnv({config: {...getDefaultConfig(), actionId: this.env.config.actionId}});
    }

    get viewProps() {
        const emailId = this.mailbox.emailId;
        return {
            type: "form",
            resModel: "crm.bcc.dropbox.email",
            resId: emailId,
            resIds: [emailId],
            context: this.props.context,
            display: {controlPanel: false},
        };
    }

    /** Go back to the row of the email or, if the list no longer has one, to the first row. */
    onEscape() {
        const list = this.root.el.closest(".o_content");
        const row = list.querySelector(".o_data_row[aria-current='true']") || list.querySelector(".o_data_row");
        row?.querySelector(".o_data_cell").focus();
    }
}
