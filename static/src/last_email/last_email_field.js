import {RemainingDaysField, remainingDaysField} from "@web/views/fields/remaining_days/remaining_days_field";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** When the last email was, and whether it was sent or received: an icon and a day in words. */
export class LastEmailField extends RemainingDaysField {
    static template = "crm_bcc_dropbox.LastEmailField";

    get isReceived() {
        return this.props.record.data.bcc_dropbox_last_email_direction === "incoming";
    }

    get title() {
        return this.isReceived ? _t("Received on %s", this.formattedValue) : _t("Sent on %s", this.formattedValue);
    }
}

registry.category("fields").add("bcc_dropbox_last_email", {
    ...remainingDaysField,
    component: LastEmailField,
    supportedTypes: ["datetime"],
    fieldDependencies: [{name: "bcc_dropbox_last_email_direction", type: "selection"}],
});
