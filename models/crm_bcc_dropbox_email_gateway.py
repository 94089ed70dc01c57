import base64
import logging
import threading
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from functools import partial
from zlib import crc32

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.service.model import retrying
from odoo.tools import SQL, config
from psycopg2 import OperationalError
from psycopg2.errors import LockNotAvailable
from psycopg2.pool import PoolError

from ..tools import undo
from ..tools.admit import find_refusal
from ..tools.by_destination import DESTINATION_REFUSALS, join_destinations, log_there_too
from ..tools.by_rule import may_be_redirected
from ..tools.by_sender import UnclaimedError, find_by_sender
from ..tools.deliveries import Envelope
from ..tools.error import format_traceback
from ..tools.keep import find_emails, insert_emails
from ..tools.mailbox import is_no_route
from ..tools.raw_mail import RawMail
from ..tools.reasons import Reason
from ..tools.redirected import UNPROVED
from ..tools.scheduled_action import keep_job_active
from ..tools.spelling import get_key
from ..tools.states import CAPTURED, PENDING, REFUSED
from ..tools.toast import tell_logged

_logger = logging.getLogger(__name__)

PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120)]
"""Pauses after each failed try; the next failure is final."""

STUCK_AFTER = timedelta(minutes=10)
"""An email still pending after this time was left behind by a process that died."""

RETRY_BATCH = 100

DATABASE_ERRORS = (OperationalError, PoolError, ConcurrencyError)
"""Raised to the caller after a mail was stored: Odoo repeats the request, or the mail server delivers again."""

_slots = threading.BoundedSemaphore(max(1, config["db_maxconn"] // 8))
"""Threads of this process with transactions of their own: each uses two connections besides that of its request, and
a burst of mail must not exhaust the pool."""

MAX_INT = 0x7FFFFFFF
EMAIL_LOCK = crc32(b"crm_bcc_dropbox.claim") & MAX_INT
CORRESPONDENT_LOCK = crc32(b"crm_bcc_dropbox.recipient") & MAX_INT
MESSAGE_LOCK = crc32(b"crm_bcc_dropbox.message") & MAX_INT

LOCK_COUNT = 1024
"""Correspondents share this many locks: PostgreSQL has room for some thousand, and a mail can have more recipients."""

LOCK_TIMEOUT = "60s"
"""Longer than any mail takes. After this time the holder is stuck: give up."""


class CrmBccDropboxEmail(models.Model):
    """Gateway: store a mail, process it, retry it; its transactions and locks.

    Processes wait for each other on advisory locks of PostgreSQL, which end with their transaction. A locked row is
    left to the process that has it; only `log_there_too` waits for one.
    """

    _inherit = "crm.bcc.dropbox.email"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # RECEIVE
    # ------------------------------------------------------------

    @api.model
    def _receive(self, raw_mail):
        """Store a mail for each of its dropboxes, then process it.

        :param RawMail raw_mail: the mail
        :return: two values: the rows of the mail, one per dropbox, new or not (empty if none of the dropboxes exists),
            and the set of the addresses that turned out to be customers
        :raises UnclaimedError: the mail is from a mailbox for BCC copies and belongs to no user
        :raises Exception: the mail could not be stored, or a known one could not be logged for a further destination;
            other errors of processing are never raised
        """
        if raw_mail.mailbox:
            raw_mail.deliveries = (find_by_sender(self.env, raw_mail),)
        raw_mail = raw_mail.shorten()
        kept, new = self._keep(raw_mail)
        if not kept and raw_mail.envelope.mailbox:
            raise UnclaimedError(raw_mail, "unknown_address")
        customers = set()
        for email in kept:
            try:
                if email in new:
                    customers |= set(email._process(raw_mail))
                else:  # the bytes that were stored first count
                    email._replace_refused(raw_mail)
                    email._process()
            except Exception as error:  # noqa: BLE001, PERF203 without a connection, for example: it is retried
                _logger.warning("Captured email %s was not processed now: %s", email.id, type(error).__name__)
        if any(delivery.suffix for delivery in raw_mail.deliveries):
            for email in kept - new:
                email._add_destination(raw_mail)  # an error is raised: the mail server delivers the mail again
        return kept, customers

    @api.model
    def _keep(self, raw_mail):
        """Store a mail for its dropboxes in a committed transaction of its own: from here on it cannot be lost.

        A unique index decides between two processes with the same mail.

        :return: the rows of this mail, and the new ones among them
        """
        with self._open_transaction() as log:
            new_ids = retrying(partial(insert_emails, log.env, raw_mail, STUCK_AFTER), log.env)
            kept_ids = new_ids if len(new_ids) == len(raw_mail.deliveries) else find_emails(log.env, raw_mail)
        return self.browse(kept_ids), self.browse(new_ids)

    def _replace_refused(self, raw_mail):
        """Let a mail replace a rejected or unverified one that looks the same, if it would be logged itself.

        Otherwise a forged copy that arrives first would keep the owner's email from being logged.
        """
        self._run_in_transaction("_replace_if_admitted", raw_mail, slots=_slots)

    def _replace_if_admitted(self, raw_mail):
        # the same bytes again change nothing, unless the destination was the problem
        is_same = self._read_raw() == raw_mail.received and self.reason_code not in DESTINATION_REFUSALS
        if not self._is_replaceable() or is_same:
            return
        delivery, token = self._find_delivery(raw_mail)
        raw_mail.is_incoming = may_be_redirected(self, raw_mail)
        refusal, _verdict = find_refusal(self, raw_mail, self._authenticate(raw_mail), token)
        email = self.try_lock_for_update().filtered(lambda email: email._is_replaceable())
        if email and not refusal:
            email._set_pending(
                fields.Datetime.now(),
                found_in=delivery.header, from_last_hop=delivery.from_last_hop,
                suffix=join_destinations(self, delivery.suffix),
                mailbox=raw_mail.mailbox, line_ids=[fields.Command.clear()], raw=base64.b64encode(raw_mail.received),
                token_id=token.id, tries=0, delivered_by=raw_mail.envelope.client or False,
            )  # fmt: skip

    def _is_replaceable(self):
        return not self.history and (self.state == REFUSED or self.reason_code in UNPROVED)

    def _find_delivery(self, raw_mail):
        """Return how a mail names this dropbox, and the token."""
        tokens = {token.token: token for token in self.dropbox_id.token_ids}
        delivery = next(delivery for delivery in raw_mail.deliveries if delivery.token in tokens)
        return delivery, tokens[delivery.token]

    # ------------------------------------------------------------
    # PROCESS
    # ------------------------------------------------------------

    def _process(self, raw_mail=None):
        """Log a stored email, unless another process is stuck with it.

        One transaction holds the locks. In a retry, another one counts the try. The one in which the email is logged
        begins when the locks are held, so it sees what other processes did. After an error, one more records it.

        :param RawMail raw_mail: the mail when it has just arrived; without it, this is a retry
        :return: set of the addresses that turned out to be customers
        """
        with self._open_transaction() as log:
            email = log.browse(self.id)
            # other processes leave a new row to this one, unless the mail arrives twice at once: `_file` notices
            if raw_mail is None and not email._lock_email():
                return set()
            try:
                return email._process_locked(raw_mail)
            except Exception as error:  # noqa: BLE001 whatever it is, the mail is stored and will be retried
                self._record_failure(error)
                return set()

    def _process_locked(self, raw_mail):
        """Find the mails to log, lock their customers, then log them in another transaction; see :meth:`_process`."""
        if raw_mail is None:
            if not self._run_in_transaction("_begin_try"):
                return set()
            raw_mail = RawMail(self._read_raw(), Envelope(mailbox=self.mailbox or ""))
        verdict = self._authenticate(raw_mail)
        to_log = self._find_mails_to_log(raw_mail)
        self._lock_correspondents(to_log)
        return self._run_in_transaction("_file", raw_mail, verdict, to_log)

    def _begin_try(self):
        """Count a try before it is made, so that a mail that kills its process fails in the end.

        :return: whether to try
        """
        email = self.try_lock_for_update().filtered(lambda email: email.state == PENDING and email._is_due())
        if email.tries > len(PAUSES):
            email._set_failed([Reason("crashed")])
            return False
        email.write({"tries": email.tries + 1, "next_try": fields.Datetime.now() + STUCK_AFTER})
        return bool(email)

    def _is_due(self):
        """Return whether a pending email is due: after a failure it waits, even if it arrives again."""
        return not self.reason_code or not self.next_try or self.next_try <= fields.Datetime.now()

    def _record_failure(self, error):
        """Store why an email could not be logged, and when to retry; after the last try it has failed."""
        details = format_traceback(error)
        _logger.warning("Captured email %s could not be logged and will be retried: %s", self.id, details)
        try:
            self._run_in_transaction("_write_failure", error)
        except Exception:  # noqa: BLE001 the database is gone; the row stays pending and is found again
            _logger.warning("The failure of captured email %s could not be stored.", self.id)

    def _write_failure(self, error):
        email = self.exists().filtered(lambda email: email.state == PENDING)
        if not email:
            return
        reasons = [Reason("error", {"error": f"{type(error).__name__}: {error}".partition("\n")[0]})]
        values = {}
        with suppress(Exception):  # the header may be what cannot be read
            values = email._prepare_header_values(RawMail(email._read_raw()))
        if email.tries > len(PAUSES):
            email._set_failed(reasons, **values)
        else:
            next_try = fields.Datetime.now() + PAUSES[max(0, email.tries - 1)]
            email._set_pending(next_try, reasons, **values)
            self.env.ref("crm_bcc_dropbox.ir_cron_retry")._trigger(at=next_try)

    def _add_destination(self, raw_mail):
        """Log an email that arrives again on the other records that its BCC address now names."""
        with self._open_transaction() as log:
            email = log.browse(self.id)
            to_log = email._find_mails_to_log(raw_mail)
            email._lock_correspondents(to_log)
            email._run_in_transaction("_log_there_too", raw_mail, to_log)

    def _log_there_too(self, raw_mail, to_log):
        log_there_too(self, raw_mail, to_log)

    # ------------------------------------------------------------
    # RETRY
    # ------------------------------------------------------------

    def action_retry(self):
        """Process emails again that are on no record, because the cause may be gone."""
        self.check_access("read")  # readers may retry: emails are logged with the owner's rights
        again = self.sudo().filtered(lambda email: email._can_be_retried())
        if not again:
            raise UserError(self.env._("Nothing to retry: the email is logged or its original is no longer kept."))
        again._run_in_transaction("_begin_again", self.env.user, slots=_slots)
        for email in again:
            email._process()
        self.invalidate_recordset()
        # this transaction does not see what the others wrote
        return again._run_in_transaction("_tell_retried", self.env.uid, dict(self.env.context), slots=_slots)

    def _tell_retried(self, uid, context):
        return tell_logged(self.with_env(self.env(user=uid, su=False, context=context)))

    def _can_be_retried(self):
        return self.state != CAPTURED and bool(self.raw)

    def _begin_again(self, actor):
        """Reset emails for another try, except those another process holds or has logged meanwhile."""
        for email in self.try_lock_for_update().filtered(lambda email: email._can_be_retried()):
            undo.remember(email)
            # due at once: if this process dies, the scheduled action finds it
            email._set_pending(fields.Datetime.now(), active=True, line_ids=[fields.Command.clear()], tries=0)
            email._trace(email.dropbox_id._get_owner_env()._("Tried again."), actor)

    @api.model
    def _cron_retry(self):
        with keep_job_active(self.env.cr):
            self._retry_pending()
            self._retry_ordinary()

    @api.model
    def _retry_pending(self):
        """Retry what failed or was left behind."""
        is_due = Domain("next_try", "<=", fields.Datetime.now()) | Domain("next_try", "=", False)
        domain = Domain("state", "=", PENDING) & is_due & Domain("active", "in", (True, False))
        due = self.search(domain, limit=RETRY_BATCH, order="next_try, id")
        self.env["ir.cron"]._commit_progress(remaining=self.search_count(domain))
        for email in due:
            try:
                email._process()
            except Exception as error:  # noqa: BLE001 the next one may succeed
                _logger.warning("Captured email %s was not processed now: %s", email.id, type(error).__name__)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    # ------------------------------------------------------------
    # ORDINARY DELIVERY
    # ------------------------------------------------------------

    @contextmanager
    def _delivering(self, raw_mail):
        """Wrap the delivery of a stored mail to other addresses of Odoo: if it fails, plan a retry.

        Most errors are not raised: the mail server would return a mail that is already stored.

        :param RawMail raw_mail: the mail
        :raises Exception: an error of the database, so that the mail is delivered again; any error if no row is left
        """
        try:
            yield
        except DATABASE_ERRORS:
            raise
        except Exception as error:
            self._log_undelivered(error)
            if not self._run_in_transaction("_postpone_ordinary", raw_mail, error, slots=_slots):
                raise  # no row is left: the mail was only counted, see `count_flood`

    def _log_undelivered(self, error):
        details = format_traceback(error)
        _logger.warning("Captured emails %s did not reach other addresses of Odoo: %s", self.ids, details)

    def _postpone_ordinary(self, raw_mail, error):
        """Store a mail for another delivery, or give up if that cannot help.

        :return: the first row of the mail; empty if none is left
        """
        email = self.exists()[:1]
        if is_no_route(error):
            email._give_up_ordinary()
        elif email and not email.ordinary_next_try:
            email.write({"ordinary_raw": base64.b64encode(raw_mail.add_envelope()), "ordinary_tries": 0})
            email._plan_ordinary()
        return email

    def _plan_ordinary(self):
        self.ordinary_next_try = fields.Datetime.now() + PAUSES[self.ordinary_tries]
        self.env.ref("crm_bcc_dropbox.ir_cron_retry")._trigger(at=self.ordinary_next_try)

    def _give_up_ordinary(self):
        self.write({"ordinary_raw": False, "ordinary_next_try": False})
        for email in self:
            env = email.dropbox_id._get_owner_env()
            email._trace(env._("The email did not reach the other addresses of Odoo that it names."))

    @api.model
    def _retry_ordinary(self):
        """Retry deliveries to other addresses of Odoo, each in a transaction of its own."""
        is_due = Domain("ordinary_next_try", "<=", fields.Datetime.now())
        due = self.search(is_due & Domain("active", "in", (True, False)), limit=RETRY_BATCH)
        for email in due:
            try:
                # count the try before it is made, because it may end the process
                if email._run_in_transaction("_begin_ordinary"):
                    email._run_in_transaction("_deliver_ordinary")
            except Exception as error:  # noqa: BLE001 retried, or given up
                email._log_undelivered(error)
            if not self.env["ir.cron"]._commit_progress(1):
                break

    def _begin_ordinary(self):
        email = self.try_lock_for_update().filtered("ordinary_next_try")
        if email.ordinary_tries >= len(PAUSES):
            email._give_up_ordinary()
            return False
        if email:
            email._plan_ordinary()
            email.ordinary_tries += 1
        return bool(email)

    def _deliver_ordinary(self):
        email = self.try_lock_for_update().filtered("ordinary_next_try")
        if email:
            self.env["mail.thread"]._bcc_dropbox_deliver_again(RawMail(base64.b64decode(email.ordinary_raw)))
            email.write({"ordinary_raw": False, "ordinary_next_try": False})

    # ------------------------------------------------------------
    # TRANSACTIONS
    # ------------------------------------------------------------

    @contextmanager
    def _open_transaction(self, slots=_slots):
        """Yield this model in a transaction of its own, as the system; commit at the end.

        :param slots: the semaphore to wait for; a null context inside of another such transaction
        """
        with slots, self.env.registry.cursor() as cr:
            yield self.with_env(self.env(cr=cr, user=SUPERUSER_ID, su=True, context={})).browse()

    def _run_in_transaction(self, method, *arguments, slots=None):
        """Call a method of these rows in a transaction of its own, again after a serialization failure.

        :param slots: the semaphore to wait for; None inside of another such transaction
        """
        with self._open_transaction(slots or nullcontext()) as log:
            return retrying(partial(getattr(log.browse(self.ids), method), *arguments), log.env)

    # ------------------------------------------------------------
    # LOCKS
    # ------------------------------------------------------------

    def _lock_email(self):
        """Wait until no other process is working on this email, and lock it: concurrent tries would use up all tries.

        :return: whether it is locked; False if the other process is stuck
        """
        try:
            self._lock(EMAIL_LOCK, [self.id])
        except LockNotAvailable:
            return False
        return True

    @api.model
    def _lock_correspondents(self, to_log):
        """Wait until no other process logs emails of the same people, and lock them: both could create a record."""
        self._lock(CORRESPONDENT_LOCK, self._get_lock_keys(to_log))

    @api.model
    def _lock(self, lock, keys, timeout=None):
        """Take advisory locks until the end of the transaction, in one order, which all processes keep.

        :raises LockNotAvailable: after the timeout
        """
        # SQL: the ORM has no advisory locks
        query = SQL(
            "SET LOCAL lock_timeout = %s; SELECT pg_advisory_xact_lock(%s, key) FROM unnest(%s::int[]) AS key",
            timeout or LOCK_TIMEOUT, lock, sorted(keys),
        )  # fmt: skip
        self.env.cr.execute(query, log_exceptions=False)

    @api.model
    def _get_lock_keys(self, to_log):
        """Return the keys of the locks of all correspondents, without duplicates."""
        addresses = [address for item in to_log for address in item.mail.correspondents]
        emails = {get_key(address.email) for address in addresses if address.email}
        return list({crc32(email.encode()) % LOCK_COUNT for email in emails})

    @api.model
    def _lock_ordinary_delivery(self, identity):
        """Lock the ordinary delivery of a mail until the end of the transaction; return whether it is still needed.

        Odoo checks this itself, but in the transaction of the caller, which may not see what another process did.
        """
        if not identity.message_id:
            return True
        key = crc32(identity.message_id.encode()) & MAX_INT
        self.env.cr.execute(SQL("SELECT pg_advisory_xact_lock(%s, %s)", MESSAGE_LOCK, key))
        with self._open_transaction() as log:
            Message = log.env["mail.message"]
            domain = Message._get_bcc_dropbox_domain(identity) & Domain("bcc_dropbox_captured", "=", False)
            return not Message.search_count(domain, limit=1)
