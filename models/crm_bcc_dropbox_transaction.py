import threading
from contextlib import contextmanager
from zlib import crc32

from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL, config
from psycopg2.errors import LockNotAvailable

from ..tools.spelling import get_key

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

PICTURE_SLOTS = 4
"""Remote pictures that are fetched for one user at the same time, by all processes: each keeps a worker busy."""

LOCK_SLOTS = 1024
"""Recipients share this many locks: PostgreSQL has room for some thousand, and a mail can have more recipients."""


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
        emails = [address.email for address in mail.recipients if address.email]
        slots = sorted({crc32(get_key(email).encode()) % LOCK_SLOTS for email in emails})
        if slots:
            # SQL: locks, in one order for all processes
            self.env.cr.execute(
                SQL("SELECT pg_advisory_xact_lock(%s, slot) FROM unnest(%s) AS slot", RECIPIENT_CLASS, slots)
            )

    @api.model
    def _is_taken_in(self, message_id):
        """Tell whether a mail has gone its ordinary way; if not, no other process takes it there before this one ends.

        Core looks for itself, but in the transaction of the caller, which may be older than what another process did.
        """
        if not message_id:
            return False
        # SQL: a lock, in the transaction of the caller
        key = crc32(message_id.encode()) & MAX_INT
        self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(%s, %s)", MESSAGE_CLASS, key))
        with self._open_transaction() as log:
            Message = log.env["mail.message"].with_context(bcc_dropbox_message_id=message_id)  # not the captured ones
            return bool(Message.search([("message_id", "=", message_id)], limit=1))

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
