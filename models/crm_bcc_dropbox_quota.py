from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from psycopg2 import OperationalError

from ..tools.reasons import Reason, describe_reasons

FLOOD_BATCH = 100


class RecordLimitReached(Exception):
    """A mail would create a record, and its dropbox has created as many as it may today."""


class CrmBccDropboxQuota(models.AbstractModel):
    """Limits per dropbox and day, so that neither a loop nor a stranger fills the database. Filing within them.

    A day is one of UTC. What arrives at the same instant may go a little beyond a limit.

    - `max_mails_per_day` mails are filed; further ones wait until the next day, and cost no try.
    - `max_records_per_day` records are created; a mail that would create another one waits likewise. A mail is not
      divided, so the last one before the limit may create more.
    - `max_refused_per_day` refused mails of strangers are kept; further ones are only counted on the dropbox. It is the
      one exception from the rule that each mail ends as a row. A mail in the name of the owner is a stranger's if it is
      forged, or not proved to be genuine where a proof is required. Mails of the owner, refused for whatever reason,
      are kept up to `max_mails_per_day`; those proved to be genuine are counted alone.
    """

    _name = "crm.bcc.dropbox.quota"
    _inherit = ["crm.bcc.dropbox.filing"]
    _description = "Filing of a Captured Mail Within Limits"

    done_date = fields.Datetime("Dealt With", readonly=True, help="When the mail got its result.")
    created_count = fields.Integer("New Records", readonly=True)
    is_from_owner = fields.Boolean("Refused Email of the Owner", readonly=True, help="Of refused mails only.")

    _done_idx = models.Index("(dropbox_id, done_date)")

    # ------------------------------------------------------------
    # FILING
    # ------------------------------------------------------------

    def _file_within_limits(self, raw, mail, mails, records):
        """Steps 3 to 6, unless the dropbox has done enough today: then the mail waits.

        :param int mails: that were filed today
        :param int records: that were created with them
        :return: a list of :class:`Address`: the customers, as far as they are known
        """
        Dropbox = self.dropbox_id
        max_mails = self._get_max_mails()
        max_records = Dropbox._get_parameter("max_records_per_day")
        if mails >= max_mails:
            self._wait_until_tomorrow(mail, [Reason("daily_emails", {"limit": max_mails})])
            return []
        try:
            filing = self.with_context(bcc_dropbox_full=True) if records >= max_records else self
            return filing._file_admitted(raw, mail)
        except RecordLimitReached:  # nothing was written before
            self._wait_until_tomorrow(mail, [Reason("daily_records", {"limit": max_records})])
            return []

    @api.model
    def _get_max_mails(self):
        return self.env["crm.bcc.dropbox"]._get_parameter("max_mails_per_day")

    @api.model
    def _count_today(self, dropbox_id):
        """Count the mails that a dropbox has filed or tried to file today, and the records created with them.

        :param SQL dropbox_id: its id
        :return: a query of one array of both, which stops at the limit
        """
        # SQL: a part of the query that each mail takes; the ORM cannot aggregate the first so many rows
        return SQL(
            """
            SELECT ARRAY[count(*), COALESCE(sum(created_count), 0)]
              FROM (SELECT created_count
                      FROM crm_bcc_dropbox_email
                     WHERE dropbox_id = %s AND done_date >= %s AND state IN ('captured', 'unmatched')
                     LIMIT %s) AS today
            """,
            dropbox_id, fields.Datetime.today(), self._get_max_mails(),
        )  # fmt: skip

    def _create_target(self, Model, address, mail):
        """Create no record beyond the limit."""
        if self.env.context.get("bcc_dropbox_full") and Model.has_access("create"):
            raise RecordLimitReached
        return super()._create_target(Model, address, mail)

    def _wait_until_tomorrow(self, mail, reasons):
        """Leave a mail pending until the next day, without a try less."""
        tomorrow = fields.Datetime.today() + timedelta(days=1)
        self.dropbox_id._notify_waiting(self, reasons, tomorrow)
        reason = describe_reasons(self.dropbox_id._get_owner_env(), reasons)
        values = self._prepare_header_values(mail)
        self.write({**values, "next_try": tomorrow, "reason": reason, "tries": max(0, self.tries - 1)})

    def _log(self, mail, state, reason, lines=(), customers=(), file_count=0):
        """Write down what counts for the limits of the day."""
        created = sum(line["outcome"] == "created" for line in lines)
        # before the rest, so that one statement writes both
        self.write({"created_count": created, "done_date": fields.Datetime.now()})
        return super()._log(mail, state, reason, lines, customers, file_count)

    # ------------------------------------------------------------
    # REFUSING
    # ------------------------------------------------------------

    def _refuse(self, mail, reason):
        """End a mail as refused; one too many is counted instead.

        :return: whether it is kept
        """
        is_owners = self._is_owners(mail)
        is_flood = self._is_flood(mail, is_owners)
        self.is_from_owner = is_owners
        customers = [] if is_flood else self._split_recipients(mail).shown
        self._log(mail, "refused", reason, customers=customers)
        if is_flood:
            self.raw = False
            self._count_flood()
        return not is_flood

    def _is_flood(self, mail, is_owners):
        """Return whether enough refused mails of the same kind are kept today already; see the class."""
        if self.accepted or self.history or self.reason:
            return False  # somebody has looked at it, or it has waited
        Dropbox = self.dropbox_id
        domain = [
            ("dropbox_id", "=", Dropbox.id), ("state", "=", "refused"), ("id", "!=", self.id),
            ("done_date", ">=", fields.Datetime.today()), ("is_from_owner", "=", is_owners),
        ]  # fmt: skip
        if is_owners:
            limit = self._get_max_mails()
            if mail.verdict and mail.verdict.result == "pass":
                domain.append(("authentication", "=", "pass"))  # no forgery uses up what is left for these
        else:
            limit = Dropbox._get_parameter("max_refused_per_day")
        return self.search_count(domain, limit=limit) >= limit

    def _is_owners(self, mail):
        """Return whether a refused mail counts as the owner's; a stranger can write their address into a mail."""
        Dropbox = self.dropbox_id
        if Dropbox._is_stranger(mail):
            return False
        result = mail.verdict.result if mail.verdict else "none"
        return result == "pass" if Dropbox._get_authentication_mode() == "require" else result != "fail"

    def _count_flood(self):
        """Replace rows without original by their number.

        Whoever is kept from it by another process leaves the row to the next one: processes that wait for each other
        would keep the mail of everyone waiting.
        """
        # SQL: the ORM would log the failure of a lock, which is expected here
        lock = SQL("SELECT FROM crm_bcc_dropbox WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", self.dropbox_id.id)
        domain = [
            ("dropbox_id", "=", self.dropbox_id.id), ("state", "=", "refused"), ("raw_ids", "=", False),
            ("history", "=", False), ("ordinary_next_try", "=", False), ("done_date", ">=", fields.Datetime.today()),
        ]  # fmt: skip
        try:
            with self.env.cr.savepoint():
                self.env.cr.execute(lock, log_exceptions=False)
                if self.env.cr.rowcount:
                    rows = self.search(domain, limit=FLOOD_BATCH)
                    self.dropbox_id._count_flood(len(rows))
                    rows.unlink()
        except OperationalError:  # another process has counted since this transaction began
            return
