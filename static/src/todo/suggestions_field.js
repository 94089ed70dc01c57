import {Component} from "@odoo/owl";

import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

const ICONS = {"crm.lead": "fa-star-o", "res.partner": "fa-user-o"};

/**
 * The records that are suggested for an email, as buttons: a click logs it there.
 */
export class SuggestionsField extends Component {
    static template = "crm_bcc_dropbox.SuggestionsField";
    static props = standardFieldProps;

    setup() {
        this.action = useService("action");
        this.orm = useService("orm");
    }

    get suggestions() {
        return this.props.record.data[this.props.name] || [];
    }

    getIcon({model}) {
        return ICONS[model] || "fa-file-o";
    }

    async logOn({model, id, line}) {
        const {resModel, resId, context} = this.props.record;
        const result = await this.orm.call(resModel, "action_log_on", [[resId], model, id, line], {context});
        await this.action.doAction(result);
    }
}

registry.category("fields").add("bcc_dropbox_suggestions", {component: SuggestionsField, supportedTypes: ["json"]});
