from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import format_date, format_datetime

from ..tools.address import read_address
from ..tools.direction import isolate

STRANGERS = 3
"""So many different senders who are not the owner give the alarm; the first is told as an unknown sender: most often
it is another address of the owner."""

STRANGER_MAILS = 20
"""So many mails of senders who are not the owner give the alarm, be it a single one."""

WATCHED = timedelta(days=7)
"""These are counted within."""

SEEN = 200
"""Refused mails that are looked at."""


class CrmBccDropboxLeak(models.AbstractModel):
    """Leak alarm: others know the present address of a dropbox. A part of it.

    It is given when the dropbox stood in To or Cc of a mail, or when strangers send mail to it; never because of an old
    address, for a new one is what helps. It stands until its owner has a new address, or wants to keep the present
    one: then, only what happens from then on counts.
    """

    _name = "crm.bcc.dropbox.leak"
    _description = "Leak Alarm of a BCC Dropbox"

    leak_reason = fields.Selection(
        [("exposed", "In To or Cc"), ("strangers", "Strangers")], "Leak Alarm", readonly=True
    )
    leak_date = fields.Datetime("Leak Alarm Since", readonly=True)
    leak = fields.Char("Why There Is an Alarm", compute="_compute_leak")
    leak_kept_date = fields.Datetime("Address Kept On", readonly=True, help="In spite of an alarm.")
    flood_date = fields.Date(readonly=True)
    flood_count = fields.Integer(readonly=True, help="Refused mails of that day that were counted, but not kept.")
    flood = fields.Char("Refused and Not Kept", compute="_compute_flood")

    @api.depends_context("uid", "lang", "tz")
    @api.depends("leak_date", "leak_reason")
    def _compute_leak(self):
        readable = self._filtered_access("read")
        self.leak = False
        for dropbox in readable.filtered("leak_reason"):
            date = isolate(format_datetime(self.env, dropbox.leak_date, dt_format="short"))
            if dropbox.leak_reason == "exposed":
                dropbox.leak = self.env._(
                    "On %(date)s, it stood in To or Cc of a mail, where all recipients can read it.", date=date
                )
            else:
                dropbox.leak = self.env._(
                    "Mails came to it that its owner did not send, the last one on %(date)s. They were refused: if the "
                    "senders are known, there is no harm.",
                    date=date,
                )

    @api.depends_context("uid", "lang")
    @api.depends("flood_count", "flood_date")
    def _compute_flood(self):
        readable = self._filtered_access("read")
        self.flood = False
        for dropbox in readable.filtered("flood_count"):
            dropbox.flood = self.env._(
                "%(count)s more on %(date)s, which were too many to keep",
                count=dropbox.flood_count, date=isolate(format_date(self.env, dropbox.flood_date)),
            )  # fmt: skip

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_keep_address(self):
        """End the leak alarms of other users, whose addresses stay."""
        self._check_manager()
        for user in self.user_id:
            user._get_own_bcc_dropbox()._keep_address()
        return True

    def _keep_address(self):
        alarmed = self.filtered("leak_reason")
        alarmed.write({**self._prepare_no_leak_values(), "leak_kept_date": fields.Datetime.now()})

    @api.model
    def _prepare_no_leak_values(self):
        return {"leak_reason": False, "leak_date": False}

    # ------------------------------------------------------------
    # GATEWAY
    # ------------------------------------------------------------

    def _watch_leak(self, email, mail):
        """Give the alarm if a mail that was dealt with shows that others know the address.

        :param email: its row
        :param ParsedMail mail: its header
        :return: whether it was given now
        """
        if not email.exposed and email.state != "refused":
            return False  # as most mails
        token = email.sudo().token_id  # tokens are closed to everyone
        if self.leak_reason or token.replaced_date or email.state == "pending" or not self.is_allowed:
            return False
        is_stranger = self._is_stranger(mail)
        # whoever wants to keep the address knows who has seen it: they answer all recipients
        if email.exposed and not (is_stranger and self.leak_kept_date):
            reason = "exposed"
        elif is_stranger and email.state == "refused" and self._has_strangers(token):
            reason = "strangers"
        else:
            return False
        # until the end: else the alarm could be about an address that is being replaced
        if not token.try_lock_for_update(allow_referencing=True):
            return False
        self.write({"leak_reason": reason, "leak_date": fields.Datetime.now()})
        self._tell_leak(email)
        return True

    def _is_stranger(self, mail):
        """Tell whether none of the senders is the owner, by an address that is confirmed or not."""
        own = self._get_own_emails()
        return not any(sender.email in own for sender in mail.senders)

    def _get_own_emails(self):
        return set(self.sender_ids.mapped("email_normalized"))

    def _has_strangers(self, token):
        """Tell whether several strangers, or one very often, sent mail to an address."""
        since = max(fields.Datetime.now() - WATCHED, self.leak_kept_date or fields.Datetime.to_datetime("1970-01-01"))
        domain = [
            ("dropbox_id", "=", self.id), ("token_id", "=", token.id), ("state", "=", "refused"),
            ("done_date", ">", since),
        ]  # fmt: skip
        emails = self.env["crm.bcc.dropbox.email"].search_fetch(domain, ["email_from"], limit=SEEN)
        own = self._get_own_emails()
        senders = [read_address(email.email_from) or email.email_from for email in emails]
        strangers = [sender for sender in senders if sender not in own]
        return len(strangers) >= STRANGER_MAILS or len(set(strangers)) >= STRANGERS

    def _count_flood(self, count):
        """Count refused mails that are not kept."""
        today = fields.Date.today()
        before = self.flood_count if self.flood_date == today else 0
        self.write({"flood_date": today, "flood_count": before + count})
