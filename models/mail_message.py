from odoo import api, fields, models
from odoo.addons.mail.tools.discuss import Store
from odoo.fields import Domain

from ..tools import live
from ..tools.last_email import COUNTED
from ..tools.message_lines import find_lines
from ..tools.original import find_pictures
from ..tools.safe_html import get_held_pictures


class MailMessage(models.Model):
    _inherit = "mail.message"

    bcc_dropbox_captured = fields.Boolean(
        "Captured Email", readonly=True, help="The copy of an email to a BCC address."
    )
    bcc_dropbox_fingerprint = fields.Char(
        "Fingerprint", readonly=True, help="Distinguishes incoming emails with the same Message-Id."
    )
    # As text of their own: Odoo would suggest those in its own fields as recipients of later emails.
    bcc_dropbox_to = fields.Char("Captured Email To", readonly=True)
    bcc_dropbox_cc = fields.Char("Captured Email Cc", readonly=True)
    bcc_dropbox_comment = fields.Text("Comment on a Forwarded Email", readonly=True)
    bcc_dropbox_forwarded_by = fields.Char("Captured Email Forwarded By", readonly=True)
    bcc_dropbox_forwarded_date = fields.Datetime("Captured Email Forwarded On", readonly=True)
    bcc_dropbox_note = fields.Text("Captured Email Note", readonly=True, help="Written by Odoo, not by the sender.")

    # the last email of a lead or contact; without chats, which are most of the comments
    _bcc_dropbox_last_idx = models.Index(f"(model, res_id, date, id) WHERE {COUNTED.format('')}")

    @api.model
    def _search(self, domain, *args, **kwargs):
        """Hide other mails with the same Message-Id from the gateway's search for duplicates.

        The gateway drops a mail whose Message-Id is stored already. In this search only, captured copies are left out,
        and with `bcc_dropbox_overlook` = "others" also different mails with that Message-Id.
        """
        overlook = self.env.context.get("bcc_dropbox_overlook")
        identity = self.env["mail.thread"]._bcc_dropbox_get_identity() if overlook else None
        if identity and identity.message_id and Domain(domain) == Domain("message_id", "=", identity.message_id):
            same = self._get_bcc_dropbox_domain(identity) if overlook == "others" else Domain(domain)
            domain = same & Domain("bcc_dropbox_captured", "=", False)
        return super()._search(domain, *args, **kwargs)

    def _check_access(self, operation):
        """Hide captured emails from portal users, who may know an id: Odoo hides only comments from them then."""
        result = super()._check_access(operation)
        if not self.ids or self.env.user._is_internal():
            return result
        # sudo: only the flag is read
        captured = self.sudo().filtered("bcc_dropbox_captured").with_env(self.env)
        if not captured:
            return result
        forbidden = captured | result[0] if result else captured
        return forbidden, lambda: forbidden._make_access_error(operation)

    @api.model
    def _get_bcc_dropbox_domain(self, identity):
        """Return the domain of the messages with the identity of a mail.

        Messages of older versions, and those that Odoo sent, have no fingerprint: their Message-Id is enough.
        """
        known = Domain("message_id", "=", identity.message_id)
        return known & Domain("bcc_dropbox_fingerprint", "in", [identity.fingerprint, False])

    def _bcc_dropbox_get_held_pictures(self):
        """Return the URLs of remote pictures that are blocked in captured emails among these messages."""
        return {
            address
            for message in self
            if message.bcc_dropbox_captured
            for address in get_held_pictures(message.body or "")
        }

    def _to_store_defaults(self, target):
        """Add the fields of captured emails for the chatter. Recipients as text: they are not recipients in Odoo."""
        names = ("captured", "to", "cc", "comment", "forwarded_by", "forwarded_date", "note")
        named = {"predicate": lambda message: target.is_internal(self.env) and message.bcc_dropbox_captured}
        found = find_lines(self) if target.is_current_user(self.env) else {}
        lines = Store.Attr("bcc_dropbox_lines", lambda message: found[message.id], predicate=lambda m: m.id in found)
        attributes = [Store.Attr(f"bcc_dropbox_{name}", **named) for name in names]
        return [*super()._to_store_defaults(target), *attributes, lines]

    def _bcc_dropbox_remove(self):
        """Delete captured copies and their attachments."""
        live.note_messages(self)
        self._bcc_dropbox_get_own_files().unlink()
        self.unlink()

    def _bcc_dropbox_get_own_files(self):
        """Return the attachments that belong to these messages only."""
        files = self._bcc_dropbox_get_files()
        others = self.search([("attachment_ids", "in", files.ids), ("id", "not in", self.ids)])
        places = {(message.model, message.res_id) for message in self}
        return (files - others.attachment_ids).filtered(lambda file: (file.res_model, file.res_id) in places)

    def _bcc_dropbox_get_files(self):
        """Return the attachments of these messages, including the pictures in their texts."""
        pictures = {picture for message in self for picture in find_pictures(message.body or "")}
        found = self.env["ir.attachment"].browse(sorted({id_ for id_, _token in pictures})).exists()
        # sudo: only the tokens are read
        return self.attachment_ids | found.filtered(lambda file: (file.id, file.sudo().access_token) in pictures)
