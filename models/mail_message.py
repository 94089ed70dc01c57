from odoo import api, fields, models
from odoo.addons.mail.tools.discuss import Store
from odoo.fields import Domain

from ..tools.original import find_picture_ids
from ..tools.safe_html import get_held_pictures


class MailMessage(models.Model):
    _inherit = "mail.message"

    bcc_dropbox_captured = fields.Boolean("Captured Mail", readonly=True, help="The copy of a mail to a dropbox.")
    bcc_dropbox_fingerprint = fields.Char(
        "Fingerprint", readonly=True, help="Tells apart incoming mails with the same Message-Id."
    )
    # of a captured mail, to read; in the fields of core they would be suggested as recipients of later mails
    bcc_dropbox_to = fields.Char("Captured Mail To", readonly=True)
    bcc_dropbox_cc = fields.Char("Captured Mail Cc", readonly=True)
    bcc_dropbox_note = fields.Text("Captured Mail Note", readonly=True, help="Of Odoo, not of the sender.")

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Let the gateway find no other mail when it asks whether it knows a mail.

        The gateway drops a mail whose Message-Id is stored already. This very search, and no other one, can overlook
        the copies that dropboxes captured, or all other mails with that Message-Id as well.
        """
        overlook = self.env.context.get("bcc_dropbox_overlook")
        identity = self.env["mail.thread"]._bcc_dropbox_get_identity() if overlook else None
        if identity and identity.message_id and Domain(domain) == Domain("message_id", "=", identity.message_id):
            same = self._get_bcc_dropbox_domain(identity) if overlook == "others" else Domain(domain)
            domain = same & Domain("bcc_dropbox_captured", "=", False)
        return super()._search(domain, *args, **kwargs)

    @api.model
    def _get_bcc_dropbox_domain(self, identity):
        """Return the domain of the messages that are a mail.

        :param Identity identity: of the mail; messages of older versions, and of Odoo itself, have the Message-Id alone
        """
        known = Domain("message_id", "=", identity.message_id)
        return known & Domain("bcc_dropbox_fingerprint", "in", [identity.fingerprint, False])

    def _bcc_dropbox_get_held_pictures(self):
        """Return the addresses of remote pictures that captured mails among these messages hold back."""
        return {
            address
            for message in self
            if message.bcc_dropbox_captured
            for address in get_held_pictures(message.body or "")
        }

    def _to_store_defaults(self, target):
        """Tell the chatter who got a captured mail. As text: they are no recipients of a message of Odoo."""
        named = {"predicate": lambda message: target.is_internal(self.env) and message.bcc_dropbox_captured}
        return [
            *super()._to_store_defaults(target),
            Store.Attr("bcc_dropbox_captured", **named),
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
