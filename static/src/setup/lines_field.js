import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {NamedCopyButton} from "../address/address_field";

/** Lines for a file or a command line, each block with a title and a copy button. */
export class BccDropboxLinesField extends Component {
    static template = "crm_bcc_dropbox.BccDropboxLinesField";
    static components = {CopyButton: NamedCopyButton};
    static props = {...standardFieldProps};

    setup() {
        this.copied = _t("Copied");
    }

    get blocks() {
        return this.props.record.data[this.props.name] || [];
    }

    getCopyText(block) {
        return _t("Copy: %s", block.title);
    }
}

registry.category("fields").add("bcc_dropbox_lines", {component: BccDropboxLinesField, supportedTypes: ["json"]});
