import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** A link that opens an email in the user's own email program; core's fields accept only addresses and web pages. */
export class BccDropboxMailtoField extends Component {
    static template = "crm_bcc_dropbox.BccDropboxMailtoField";
    static props = standardFieldProps;
}

registry.category("fields").add("bcc_dropbox_mailto", {component: BccDropboxMailtoField, supportedTypes: ["char"]});
