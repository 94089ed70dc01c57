import logging
from datetime import timedelta

from markupsafe import Markup
from odoo import fields, models
from odoo.tools import format_datetime

from ..tools.direction import isolate

_logger = logging.getLogger(__name__)

NOTICE_PAUSE = timedelta(hours=1)
"""Owners are told once of what may come in floods: they see the rest in the list."""

ALARM_PAUSE = timedelta(days=1)
"""The same while a leak alarm stands: they know already."""


class CrmBccDropbox(models.Model):
    """Notices to the owner: a message of OdooBot in Discuss, in their language. No mail is sent."""

    _inherit = "crm.bcc.dropbox"

    def _tell_replaced(self, until=None):
        """Tell owners that their address is another one now, and who did it.

        :param datetime until: so long the old one keeps working
        """
        for dropbox in self:
            env = dropbox._get_owner_env()
            user, is_owner = self.env.user.name, self.env.user == dropbox.user_id
            date = until and isolate(format_datetime(env, until, dt_format="short"))
            if is_owner and until:
                text = env._(
                    "You created a new address for your BCC Dropbox. The old one keeps working until %(date)s, for"
                    " everyone who knows it.",
                    date=date,
                )
            elif is_owner:
                text = env._("You created a new address for your BCC Dropbox. The old one has stopped working.")
            elif until:
                text = env._(
                    "%(user)s created a new address for your BCC Dropbox. The old one keeps working until %(date)s:"
                    " replace it wherever you saved it.",
                    user=user, date=date,
                )  # fmt: skip
            else:
                text = env._(
                    "%(user)s created a new address for your BCC Dropbox. The old one has stopped working: replace it"
                    " wherever you saved it.",
                    user=user,
                )
            dropbox._tell_owner(text)

    def _tell_refused(self, email):
        """Tell the owner that a mail was refused, unless they were told so a short time ago."""
        pause = ALARM_PAUSE if self.leak_reason else NOTICE_PAUSE
        if not self._was_told(email, [("state", "=", "refused")], pause):
            text = self._get_owner_env()._("A mail to your BCC Dropbox was refused: %(reason)s", reason=email.with_env(self._get_owner_env()).sudo().reason)
            self._tell_owner(text, email)

    def _tell_leak(self, email):
        """Tell the owner that others know their address."""
        env = self._get_owner_env()
        if self.leak_reason == "exposed":
            text = env._(
                "Your BCC Dropbox stood in To or Cc of a mail, where its recipients can read it. Create a new address"
                " in your preferences, and put it in Bcc only."
            )
        else:
            text = env._(
                "Strangers send mail to your BCC Dropbox. Create a new address in your preferences, unless you know"
                " the senders. Their mails were refused."
            )
        self._tell_owner(text, email)

    def _tell_waiting(self, email, until):
        """Tell the owner that a mail waits, unless another one waits as long."""
        waiting = [("dropbox_id", "=", self.id), ("state", "=", "pending"), ("next_try", ">=", until)]
        waiting += [("id", "!=", email.id), ("reason_code", "!=", False)]  # not those that are just being filed
        if not self.env["crm.bcc.dropbox.email"].search_count(waiting, limit=1):
            text = self._get_owner_env()._("A mail to your BCC Dropbox is not filed yet. %(reason)s", reason=email.with_env(self._get_owner_env()).sudo().reason)
            self._tell_owner(text, email)

    def _was_told(self, email, domain, pause):
        since = fields.Datetime.now() - pause
        recent = [("dropbox_id", "=", self.id), ("id", "!=", email.id), ("create_date", ">=", since), *domain]
        return bool(self.env["crm.bcc.dropbox.email"].sudo().search_count(recent, limit=1))

    def _tell_owner(self, text, email=None):
        """Write the owner a message as OdooBot; what goes wrong with it must not stop what it is about."""
        self.ensure_one()
        owner = self.user_id.sudo()  # their partner, for whoever caused the notice
        if not owner.active or owner.share:  # portal users have no chats
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
