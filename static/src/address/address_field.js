import {CopyButton} from "@web/core/copy_button/copy_button";
import {registry} from "@web/core/registry";
import {CopyClipboardCharField, copyClipboardCharField} from "@web/views/fields/copy_clipboard/copy_clipboard_field";

/** Core's button shows an icon alone, of which a screen reader says nothing. */
export class NamedCopyButton extends CopyButton {
    static template = "crm_bcc_dropbox.NamedCopyButton";
}

/** The address of a dropbox as a whole, with a button that copies it. */
export class BccDropboxAddressField extends CopyClipboardCharField {
    static template = "crm_bcc_dropbox.BccDropboxAddressField";
    static components = {...CopyClipboardCharField.components, CopyButton: NamedCopyButton};
}

registry.category("fields").add("bcc_dropbox_address", {...copyClipboardCharField, component: BccDropboxAddressField});
