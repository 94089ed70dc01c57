import logging
import threading
import traceback
from contextlib import contextmanager
from zlib import crc32

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, config
from psycopg2.errors import LockNotAvailable

from ..tools.address import redact
from ..tools.spelling import get_key

_logger = logging.getLogger(__name__)

_slots = threading.BoundedSemaphore(max(1, config["db_maxconn"] // 8))
"""Threads of this process that may have transactions of their own at the same time: each has up to two besides that
of its request, and a burst of mail must not use up the connections to the database."""

MAX_INT = 0x7FFFFFFF
RECIPIENT_CLASS = crc32(b"crm_bcc_dropbox.recipient") & MAX_INT
CLAIM_CLASS = crc32(b"crm_bcc_dropbox.claim") & MAX_INT
MESSAGE_CLASS = crc32(b"crm_bcc_dropbox.message") & MAX_INT
PICTURE_CLASS = crc32(b"crm_bcc_dropbox.picture") & MAX_INT

LOCK_TIMEOUT = "60s"
"""Longer than any mail takes: who waits so long waits for a process that hangs, and does something else."""

HAND_TIMEOUT = "10s"
"""The same for people who wait."""
PICTURE_SLOTS = 4
"""Remote pictures that are fetched for one user at the same time, by all processes: each keeps a worker busy."""

LOCK_SLOTS = 1024
"""Recipients share this many locks: PostgreSQL has room for some thousand, and a mail can have more recipients."""


@contextmanager
def keep_job_active(cr):
    """Log what ends a scheduled action: Odoo silently switches off one that has failed for a week.

    :param cr: the cursor of the action
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 whatever it is, the next run is for other mails
        cr.rollback()
        details = redact("".join(traceback.format_exception(error)))
        _logger.warning("A scheduled action of the BCC Dropbox failed, and will run again: %s", details)


class CrmBccDropboxTransaction(models.AbstractModel):
    """Transactions of the log, and what processes wait for each other for. A part of the log model.

    All locks are advisory ones of PostgreSQL: they end with their transaction, or with the process that held them.
    """

    _name = "crm.bcc.dropbox.transaction"
    _description = "Transactions of Captured Mails"

    @contextmanager
    def _open_transaction(self, slots=_slots):
        """Give this model in a transaction of its own, as the system, committed at the end.

        :param slots: what to wait for; nothing when it is inside of another one
        """
        with slots, self.env.registry.cursor() as cr:
            yield self.with_env(self.env(cr=cr, user=SUPERUSER_ID, su=True, context={})).browse()

    @api.model
    def _claim(self, email_id):
        """Wait until no other process is at a mail, and keep others from it.

        Many processes may get the same mail at once: each of their tries would count, and five are all there are.
        """
        # SQL: a lock, for which this transaction does not wait for ever, nor for those of the recipients
        claim = SQL(
            "SELECT set_config('lock_timeout', %s, true), pg_advisory_xact_lock(%s, %s)",
            LOCK_TIMEOUT, CLAIM_CLASS, email_id,
        )  # fmt: skip
        try:
            self.env.cr.execute(claim, log_exceptions=False)
        except LockNotAvailable:
            return False
        return True

    @api.model
    def _lock_recipients(self, mail):
        """Wait until no other process files mail to one of the recipients, and keep others waiting."""
        if slots := self._get_lock_slots(mail):
            # SQL: locks, in one order for all processes
            self.env.cr.execute(
                SQL("SELECT pg_advisory_xact_lock(%s, slot) FROM unnest(%s) AS slot", RECIPIENT_CLASS, slots)
            )

    def _lock_recipients_at_once(self, mail):
        """Keep others from filing mail to the recipients of this one, without waiting in this transaction.

        It would see nothing of what another process does meanwhile, and create the same customer.

        :param ParsedMail mail: its header
        :raises ConcurrencyError: the server repeats the request, which sees what the others did
        :raises UserError: another process is at it for too long
        """
        if not self._try_lock_recipients(mail):
            try:
                with self._open_transaction() as waiting:
                    waiting.env.cr.execute(SQL("SELECT set_config('lock_timeout', %s, true)", HAND_TIMEOUT))
                    waiting._lock_recipients(mail)
            except LockNotAvailable:
                text = self.env._("Email to the same recipients is being logged right now. Try again in a moment.")
                raise UserError(text) from None
            raise ConcurrencyError("email to the same recipients was filed meanwhile")
        emails = [address.email for address in mail.recipients if address.email]
        with self._open_transaction() as log:
            known = [*log._find_targets(emails), *log.browse(self.ids)._find_filed_messages(log.env).values()]
            found = [(records._name, records.ids) for records in known]
        if any(self.env[name].browse(ids).exists().ids != ids for name, ids in found):
            raise ConcurrencyError("records of the recipients were created meanwhile")

    @api.model
    def _find_targets(self, emails):
        """Find all records with one of these addresses: a recordset per model that mails are filed on."""
        names = self.env.registry.descendants(["crm.bcc.dropbox.target"], "_inherit")
        models_ = [self.env[name] for name in names if not self.env[name]._abstract]
        return [Model.search(Model._get_bcc_dropbox_customer_domain(emails)) for Model in models_]

    @api.model
    def _try_lock_recipients(self, mail):
        # SQL: locks
        query = SQL(
            "SELECT bool_and(pg_try_advisory_xact_lock(%s, slot)) FROM unnest(%s::int[]) AS slot",
            RECIPIENT_CLASS, self._get_lock_slots(mail),
        )  # fmt: skip
        with self.env.cr.savepoint(flush=False) as savepoint:
            [[is_locked]] = self.env.execute_query(query)
            if is_locked is False:  # None without recipients
                savepoint.rollback()  # gives back the locks that were free
        return is_locked is not False

    @api.model
    def _get_lock_slots(self, mail):
        emails = {get_key(address.email) for address in mail.recipients if address.email}
        return sorted({crc32(email.encode()) % LOCK_SLOTS for email in emails})

    @api.model
    def _is_taken_in(self, identity):
        """Return whether a mail has gone its ordinary way; if not, no other process takes it there before this ends.

        Core looks for itself, but in the transaction of the caller, which may be older than what another process did.
        """
        if not identity.message_id:
            return False
        # SQL: a lock, in the transaction of the caller
        key = crc32(identity.message_id.encode()) & MAX_INT
        self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(%s, %s)", MESSAGE_CLASS, key))
        with self._open_transaction() as log:
            Message = log.env["mail.message"]
            domain = Message._get_bcc_dropbox_domain(identity) & Domain("bcc_dropbox_captured", "=", False)
            return bool(Message.search_count(domain, limit=1))

    @api.model
    def _take_picture_slot(self):
        """Return whether one more remote picture may be fetched for the user; it counts until the transaction ends."""
        first = self.env.uid * PICTURE_SLOTS
        # SQL: a lock; rows after the first one that is free are not looked at
        self.env.cr.execute(
            SQL(
                "SELECT 1 FROM generate_series(%s, %s) AS slot WHERE pg_try_advisory_xact_lock(%s, slot) LIMIT 1",
                first, first + PICTURE_SLOTS - 1, PICTURE_CLASS,
            )
        )  # fmt: skip
        return bool(self.env.cr.rowcount)
