from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.mail import email_normalize

from ..tools.deliveries import Envelope
from ..tools.journal import Journal
from ..tools.mailbox import ImapMailbox, PopMailbox

SHORTEST_INTERVAL = timedelta(minutes=1)
"""The scheduler wakes up at this interval, without any trigger."""

WAKE_PAUSE = timedelta(seconds=10)
"""After this time, mailboxes may be checked again."""


class FetchmailServer(models.Model):
    """Fetch mail without losing any: see :class:`Mailbox`."""

    _inherit = "fetchmail.server"

    bcc_dropbox_by_sender = fields.Boolean(
        "Mailbox for BCC Copies", help="Emails without a BCC address are assigned to users by sender address."
    )

    @api.constrains("bcc_dropbox_by_sender")
    def _check_bcc_dropbox_by_sender(self):
        if any(self.mapped("bcc_dropbox_by_sender")) and not self.env["crm.bcc.dropbox"]._get_authentication_hosts():
            raise ValidationError(
                self.env._(
                    "A mailbox for BCC copies needs a trusted server, which verifies senders. First enter one in"
                    " Settings ▸ CRM ▸ BCC Dropbox ▸ Sender Verification."
                )
            )

    def fetch_mail(self):
        """Fetch at once also the mails that wait for a retry or were given up."""
        return super(FetchmailServer, self.with_context(bcc_dropbox_fetch_everything=True)).fetch_mail()

    @api.model
    def _fetch_mails(self, **kw):
        """Run again at the next wake-up of the scheduler if mail is fetched every minute.

        Any wake-up resets the scheduler's 60-second sleep: without this trigger, up to two minutes would pass between
        two runs.
        """
        result = super()._fetch_mails(**kw)
        Health = self.env["crm.bcc.dropbox.health"]
        cron = Health._get_fetch_cron()
        now = fields.Datetime.now()
        # sudo: scheduled actions are closed to users
        triggers = self.env["ir.cron.trigger"].sudo()
        is_triggered = triggers.search_count([("cron_id", "=", cron.id), ("call_at", ">", now)], limit=1)
        if Health._get_fetch_interval() <= SHORTEST_INTERVAL and not is_triggered:
            cron._trigger(at=now + WAKE_PAUSE)
        return result

    def _connect__(self, allow_archived=False):
        connection = super()._connect__(allow_archived=allow_archived)
        mailbox_class = {"imap": ImapMailbox, "pop": PopMailbox}.get(self._get_connection_type())
        if not mailbox_class:
            return connection
        everything = self.env.context.get("bcc_dropbox_fetch_everything", False)
        journal = Journal(self.env.registry, self.id, everything)
        max_size = self._get_bcc_dropbox_max_mb() * 1024 * 1024
        name = (email_normalize(self.user) or self.name) if self.bcc_dropbox_by_sender else ""
        return mailbox_class(connection, journal, max_size, Envelope(mailbox=name))

    @api.model
    def _get_bcc_dropbox_mailbox(self):
        """Return the mailbox that users can add to Bcc instead of their BCC address; empty if there is none."""
        # sudo: users may not read incoming mail servers
        servers = self.sudo().search([("bcc_dropbox_by_sender", "=", True), ("state", "=", "done")])
        is_trusted = servers and self.env["crm.bcc.dropbox"]._get_authentication_hosts()
        return next(filter(None, map(email_normalize, servers.mapped("user"))), "") if is_trusted else ""

    @api.model
    def _get_bcc_dropbox_max_mb(self):
        """Return the size, in MB, above which mails are left on the incoming mail server."""
        return self.env["crm.bcc.dropbox"]._get_parameter("max_mail_mb")
