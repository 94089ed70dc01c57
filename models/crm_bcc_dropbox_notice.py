import logging
from datetime import timedelta

from markupsafe import Markup
from odoo import fields, models

_logger = logging.getLogger(__name__)

NOTICE_PAUSE = timedelta(hours=1)
"""Owners are told once of what may come in floods: they see the rest in the list."""


class CrmBccDropbox(models.Model):
    """Notices to the owner: a message of OdooBot in Discuss, in their language. No mail is sent."""

    _inherit = "crm.bcc.dropbox"

    def _tell_replaced(self):
        """Tell owners that their address is another one now, and who did it."""
        for dropbox in self:
            env = dropbox._get_owner_env()
            if self.env.user == dropbox.user_id:
                text = env._("You created a new address for your BCC Dropbox. The old one has stopped working.")
            else:
                text = env._(
                    "%(user)s created a new address for your BCC Dropbox. The old one has stopped working: replace it"
                    " wherever you saved it.",
                    user=self.env.user.name,
                )
            dropbox._tell_owner(text)

    def _tell_refused(self, email):
        """Tell the owner that a mail was refused, unless they were told so a short time ago."""
        if not self._was_told(email, [("state", "=", "refused")]):
            text = self._get_owner_env()._("A mail to your BCC Dropbox was refused: %(reason)s", reason=email.reason)
            self._tell_owner(text, email)

    def _tell_exposed(self, email):
        """Tell the owner that others have seen their address, unless they were told so a short time ago."""
        if not self._was_told(email, [("exposed", "=", True)]):
            text = self._get_owner_env()._(
                "Your BCC Dropbox stood in To or Cc of a mail, where its recipients can read it. Create a new address"
                " in your preferences, and put it in Bcc only."
            )
            self._tell_owner(text, email)

    def _was_told(self, email, domain):
        since = fields.Datetime.now() - NOTICE_PAUSE
        recent = [("dropbox_id", "=", self.id), ("id", "!=", email.id), ("create_date", ">=", since), *domain]
        return bool(self.env["crm.bcc.dropbox.email"].sudo().search_count(recent, limit=1))

    def _tell_owner(self, text, email=None):
        """Write the owner a message as OdooBot; what goes wrong with it must not stop what it is about."""
        self.ensure_one()
        owner = self.user_id.sudo()  # their partner, for whoever caused the notice
        if not owner.active:
            return
        body = Markup("<p>%s</p>") % text
        if email:
            body += Markup("<p>%s</p>") % email.sudo()._get_html_link()
        bot_id = self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root")
        try:
            with self.env.cr.savepoint():
                chat = self.with_user(owner).env["discuss.channel"]._get_or_create_chat([bot_id])
                # sudo: the message is that of OdooBot, not of the owner
                chat.sudo().message_post(
                    author_id=bot_id, body=body, message_type="comment", subtype_xmlid="mail.mt_comment"
                )
        except Exception as error:  # noqa: BLE001
            _logger.warning("User %s could not be told: %s", owner.id, type(error).__name__)
