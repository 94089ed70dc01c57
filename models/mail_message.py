from odoo import api, fields, models
from odoo.addons.mail.tools.discuss import Store
from odoo.fields import Domain

from ..tools.original import find_picture_ids
from ..tools.safe_html import get_held_pictures


class MailMessage(models.Model):
    _inherit = "mail.message"

    # of a captured mail, to read; in the fields of core they would be suggested as recipients of later mails
    bcc_dropbox_to = fields.Char("Captured Mail To", readonly=True)
    bcc_dropbox_cc = fields.Char("Captured Mail Cc", readonly=True)
    bcc_dropbox_note = fields.Text("Captured Mail Note", readonly=True, help="Of Odoo, not of the sender.")

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Do not take the copy of a mail that a dropbox captured for the mail itself.

        The gateway drops a mail whose Message-Id is stored already. When the same mail comes by an alias too, only
        this very search has to overlook the copy; replies to it still find it.
        """
        message_id = self.env.context.get("bcc_dropbox_message_id")
        if message_id and Domain(domain) == Domain("message_id", "=", message_id):
            # sudo: the log of all users
            captured = self.env["crm.bcc.dropbox.email"].sudo()._get_captured_messages(message_id)
            domain = Domain(domain) & Domain("id", "not in", captured.ids)
        return super()._search(domain, *args, **kwargs)

    def _is_bcc_dropbox_copy(self):
        """Tell whether this is the copy of a mail that a dropbox captured."""
        self.ensure_one()
        return self.message_type == "email_outgoing" and bool(self.bcc_dropbox_to or self.bcc_dropbox_cc)

    def _bcc_dropbox_get_held_pictures(self):
        """Return the addresses of remote pictures that captured mails among these messages hold back."""
        return {
            address
            for message in self
            if message._is_bcc_dropbox_copy()
            for address in get_held_pictures(message.body or "")
        }

    def _to_store_defaults(self, target):
        """Tell the chatter who got a captured mail. As text: they are no recipients of a message of Odoo."""
        named = {"predicate": lambda message: target.is_internal(self.env) and message.message_type == "email_outgoing"}
        return [
            *super()._to_store_defaults(target),
            Store.Attr("bcc_dropbox_to", **named),
            Store.Attr("bcc_dropbox_cc", **named),
            Store.Attr("bcc_dropbox_note", **named),
        ]

    def _bcc_dropbox_remove(self):
        """Delete captured copies together with their files."""
        self._bcc_dropbox_get_own_files().unlink()
        self.unlink()

    def _bcc_dropbox_get_own_files(self):
        """Get the files that belong to these messages alone."""
        files = self._bcc_dropbox_get_files()
        others = self.search([("attachment_ids", "in", files.ids), ("id", "not in", self.ids)])
        places = {(message.model, message.res_id) for message in self}
        return (files - others.attachment_ids).filtered(lambda file: (file.res_model, file.res_id) in places)

    def _bcc_dropbox_get_files(self):
        """Get the files of these messages, and the pictures in their texts."""
        pictures = {id_ for message in self for id_ in find_picture_ids(message.body or "")}
        return self.attachment_ids | self.env["ir.attachment"].browse(sorted(pictures)).exists()
