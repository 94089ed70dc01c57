import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** Checks with links. Unlike those of core's HTML field, they open in the same tab, so breadcrumbs lead back. */
export class BccDropboxChecksField extends Component {
    static template = "crm_bcc_dropbox.BccDropboxChecksField";
    static props = {...standardFieldProps};
}

registry.category("fields").add("bcc_dropbox_checks", {component: BccDropboxChecksField, supportedTypes: ["html"]});
