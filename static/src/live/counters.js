import {registry} from "@web/core/registry";
import {useBccDropboxChanges} from "./changes_hook";

import {Component, xml} from "@odoo/owl";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

/** Keeps the numbers in the preferences up to date, unless the user is editing there. */
export class BccDropboxCounters extends Component {
    static template = xml``;
    static props = {...standardWidgetProps};

    setup() {
        useBccDropboxChanges(async () => {
            const {record} = this.props;
            if (!record.dirty) {
                await record.load();
            }
        });
    }
}

registry.category("view_widgets").add("bcc_dropbox_counters", {component: BccDropboxCounters});
