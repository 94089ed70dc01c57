import {CopyButton} from "@web/core/copy_button/copy_button";
import {registry} from "@web/core/registry";
import {CopyClipboardCharField, copyClipboardCharField} from "@web/views/fields/copy_clipboard/copy_clipboard_field";

/** A copy button with an accessible name: core's shows only an icon here. */
export class NamedCopyButton extends CopyButton {
    static template = "crm_bcc_dropbox.NamedCopyButton";
}

/** A BCC address, shown in full, with a copy button. */
export class BccDropboxAddressField extends CopyClipboardCharField {
    static template = "crm_bcc_dropbox.BccDropboxAddressField";
    static components = {...CopyClipboardCharField.components, CopyButton: NamedCopyButton};
}

registry.category("fields").add("bcc_dropbox_address", {...copyClipboardCharField, component: BccDropboxAddressField});
