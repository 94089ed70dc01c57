from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from ..tools.reasons import describe_reasons

TOO_LONG = timedelta(minutes=15)
"""Errors that last longer need an administrator."""

MAX_DEATHS = 5
"""A mail that has crashed its process this often is given up."""

KEPT = timedelta(days=60)


class CrmBccDropboxPoll(models.Model):
    """A mail on an incoming mail server that is being fetched or could not be.

    Created before the mail is fetched, in a separate transaction, so that it survives if the mail crashes the process.
    Deleted when the mail is marked on the mail server or no longer there. Managers see those that belong to no user,
    see `tools/by_sender.py`. Nobody sees the others.
    """

    _name = "crm.bcc.dropbox.poll"
    _description = "Email on an Incoming Mail Server"
    _rec_name = "id"
    _order = "id"

    server_id = fields.Many2one("fetchmail.server", required=True, ondelete="cascade")
    key = fields.Char(required=True, groups=fields.NO_ACCESS, help="Identifies the email on the mail server.")
    state = fields.Selection(
        [
            ("begun", "Begun"),  # if no process is fetching it, the mail crashed that process
            ("failed", "Failed"),
            ("too_large", "Too Large"),
            ("stored", "Stored, Not Marked"),
            ("unclaimed", "Belongs to No User"),
        ],
        required=True,
    )
    tries = fields.Integer(groups=fields.NO_ACCESS)
    next_try = fields.Datetime(groups=fields.NO_ACCESS)
    size = fields.Integer(groups=fields.NO_ACCESS, help="In kB.")
    reason = fields.Char("Error", groups=fields.NO_ACCESS, help="The error of the last try.")
    # Of emails that belong to no user
    email_from = fields.Char("From")
    date = fields.Datetime()
    reasons = fields.Json(help="Codes with values: see tools/reasons.py.")
    explanation = fields.Char("Reason", compute="_compute_explanation")

    _key_unique = models.UniqueIndex("(server_id, key)")

    @api.depends_context("lang")
    @api.depends("reasons")
    def _compute_explanation(self):
        for poll in self:
            poll.explanation = describe_reasons(self.env, poll.reasons)

    @api.autovacuum
    def _gc_abandoned(self):
        """Delete the rows of servers that are no longer polled; mail that still belongs to no user is listed once."""
        is_abandoned = Domain("state", "!=", "unclaimed") | Domain("server_id.active", "=", False)
        old = self.search(is_abandoned & Domain("write_date", "<", fields.Datetime.now() - KEPT), limit=1000)
        old.unlink()
        return len(old), len(old) == 1000  # done, remaining

    @api.model
    def _get_trouble_domain(self):
        """Return the domain of mails that need an administrator: too large, or still failing after some time."""
        is_failing = self._get_error_domain() & Domain("create_date", "<", fields.Datetime.now() - TOO_LONG)
        return (Domain("state", "=", "too_large") | is_failing) & Domain("server_id.active", "=", True)

    @api.model
    def _get_error_domain(self):
        return Domain("state", "in", ["begun", "failed", "stored"])

    def _is_due(self, max_size, everything=False):
        """Return whether to fetch a mail now.

        :param int max_size: bytes
        :param bool everything: also a mail that waits for a retry or was given up
        """
        self.ensure_one()
        if self.state == "stored":
            return False
        if self.state == "too_large":
            return self.size * 1024 <= max_size
        if everything or (self.state == "unclaimed" and not self.server_id.bcc_dropbox_by_sender):
            return True
        if self.state == "unclaimed" or (self.state == "begun" and self.tries >= MAX_DEATHS):
            return False
        return self.next_try <= fields.Datetime.now()
