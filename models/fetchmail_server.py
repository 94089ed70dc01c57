from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.mailbox import ImapMailbox, PopMailbox
from .crm_bcc_dropbox_poll import Journal

SHORTEST_INTERVAL = timedelta(minutes=1)
"""The scheduler sleeps so long, so no job runs more often by itself."""

WAKE_PAUSE = timedelta(seconds=10)
"""After this time, any wake-up of the scheduler is good for another look at the mailboxes."""


class FetchmailServer(models.Model):
    """Take in what incoming mail servers have, without losing a mail: see :class:`Mailbox`."""

    _inherit = "fetchmail.server"

    def fetch_mail(self):
        """Try also the mails that wait for another try or were given up: someone asks for them."""
        return super(FetchmailServer, self.with_context(bcc_dropbox_fetch_everything=True)).fetch_mail()

    @api.model
    def _fetch_mails(self, **kw):
        """Look again at the next wake-up of the scheduler, whatever woke it, where mail is fetched each minute.

        It begins to sleep anew after each wake-up. Were the job not due at one in between, two looks would be up to two
        minutes apart.
        """
        result = super()._fetch_mails(**kw)
        Health = self.env["crm.bcc.dropbox.health"]
        cron = Health._get_fetch_cron()
        now = fields.Datetime.now()
        # sudo: scheduled actions are closed to users
        is_ahead = Domain("cron_id", "=", cron.id) & Domain("call_at", ">", now)
        waiting = self.env["ir.cron.trigger"].sudo().search_count(is_ahead, limit=1)
        if Health._get_fetch_interval() <= SHORTEST_INTERVAL and not waiting:
            cron._trigger(at=now + WAKE_PAUSE)
        return result

    def _connect__(self, allow_archived=False):
        connection = super()._connect__(allow_archived=allow_archived)
        mailbox_class = {"imap": ImapMailbox, "pop": PopMailbox}.get(self._get_connection_type())
        if not mailbox_class:
            return connection
        everything = self.env.context.get("bcc_dropbox_fetch_everything", False)
        journal = Journal(self.env.registry, self.id, everything)
        return mailbox_class(connection, journal, self._get_bcc_dropbox_max_mb() * 1024 * 1024)

    @api.model
    def _get_bcc_dropbox_max_mb(self):
        """The size of a mail, in MB, above which it is left on its incoming mail server."""
        return self.env["crm.bcc.dropbox"]._get_parameter("max_mail_mb")
