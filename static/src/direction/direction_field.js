import {BadgeField, badgeField} from "@web/views/fields/badge/badge_field";

import {registry} from "@web/core/registry";

/** Whether an email was sent or received: an icon and a word, as in the chatter. */
export class DirectionField extends BadgeField {
    static template = "crm_bcc_dropbox.DirectionField";
    static props = {...BadgeField.props, iconOnly: {type: Boolean, optional: true}};
}

registry.category("fields").add("bcc_dropbox_direction", {
    ...badgeField,
    component: DirectionField,
    supportedTypes: ["selection"],
    extractProps: (fieldInfo, dynamicInfo) => ({
        ...badgeField.extractProps(fieldInfo, dynamicInfo),
        iconOnly: Boolean(fieldInfo.options.icon_only),
    }),
});
