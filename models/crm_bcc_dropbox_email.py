import base64
import logging
import traceback
from contextlib import nullcontext, suppress
from datetime import timedelta
from functools import partial

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.service.model import retrying
from odoo.tools import SQL

from ..tools.address import clean, redact
from ..tools.copy_stream import CopyStream
from ..tools.fingerprint import get_fingerprint, get_former_fingerprint
from ..tools.limits import shorten
from ..tools.parsed_mail import get_message_id, parse_header
from ..tools.spreadsheet import escape_formulas
from .crm_bcc_dropbox_transaction import keep_job_active

_logger = logging.getLogger(__name__)

PAUSES = [timedelta(minutes=minutes) for minutes in (1, 5, 30, 120)]
"""Waiting times after the first, second… try that failed; the one after the last makes the mail `failed`."""

STUCK_AFTER = timedelta(minutes=10)
"""A mail still pending after this time was left behind by a process that died."""

COPIED_FROM = 256 * 1024
"""Bytes from which a mail goes into the database by COPY: below, the queries for that take longer than they spare."""

RETRY_BATCH = 100
GC_BATCH = 1000


class CrmBccDropboxEmail(models.Model):
    """One captured mail for one owner: what became of it, and why.

    The gateway makes one of each mail and dropbox before it does anything else, so that no mail is lost, and
    writes the result on it. Nobody can create, change or delete one through RPC. The original is kept for
    `keep_original_days` after the mail was filed as a whole, else for `retention_days`.
    """

    _name = "crm.bcc.dropbox.email"
    _inherit = [
        "crm.bcc.dropbox.email.authentication",
        "crm.bcc.dropbox.explanation",
        "crm.bcc.dropbox.original",
        "crm.bcc.dropbox.quota",
        "crm.bcc.dropbox.transaction",
    ]
    _description = "Captured Mail"
    _rec_name = "subject"
    _order = "id desc"

    # Owner
    dropbox_id = fields.Many2one("crm.bcc.dropbox", required=True, readonly=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", required=True, readonly=True, index=True, ondelete="cascade")
    token_id = fields.Many2one("crm.bcc.dropbox.token", readonly=True, ondelete="cascade", groups=fields.NO_ACCESS)
    # Mail
    message_id = fields.Char("Message-Id", readonly=True)
    fingerprint = fields.Char(required=True, readonly=True, help="Identifies the email: see tools/fingerprint.py.")
    date = fields.Datetime("Sent", readonly=True)
    subject = fields.Char(readonly=True)
    email_from = fields.Char("From", readonly=True)
    email_to = fields.Char("To", readonly=True)
    email_cc = fields.Char("Cc", readonly=True)
    attachment_count = fields.Integer("Files", readonly=True)
    direction = fields.Selection(
        [("outgoing", "Outgoing"), ("incoming", "Incoming")], required=True, readonly=True, default="outgoing"
    )
    # Dropbox
    found_in = fields.Char("Dropbox Found In", readonly=True, help="The header that named the dropbox.")
    from_last_hop = fields.Boolean(
        "Written by Our Mail Server", readonly=True, help="That header stood above the first Received."
    )
    suffix = fields.Char(readonly=True)
    exposed = fields.Boolean("Dropbox in To or Cc", readonly=True, help="Other recipients could read the address.")
    # Result
    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("captured", "Captured"),
            ("unmatched", "Unmatched"),
            ("refused", "Refused"),
            ("failed", "Failed"),
        ],
        required=True, readonly=True, index=True, default="pending",
    )  # fmt: skip
    reason = fields.Text(readonly=True)
    recipients = fields.Char("Customers", readonly=True, help="The addresses of the customers that it names.")
    line_ids = fields.One2many("crm.bcc.dropbox.email.line", "email_id", "Recipients", readonly=True)
    tries = fields.Integer(readonly=True)
    next_try = fields.Datetime(readonly=True)
    duration = fields.Integer(
        "Time Until Filed (ms)", readonly=True, aggregator="avg", help="From the arrival of the mail to its result."
    )
    create_date = fields.Datetime("Arrived", readonly=True, index=True)  # reports are about its last weeks

    _fingerprint_unique = models.UniqueIndex("(dropbox_id, fingerprint)")
    _message_id_idx = models.Index("(message_id)")
    _pending_idx = models.Index("(next_try) WHERE state = 'pending'")

    # ------------------------------------------------------------
    # EXPORT
    # ------------------------------------------------------------

    def export_data(self, fields_to_export):
        """Escape what a spreadsheet would take for a formula: strangers write subjects and names."""
        exported = super().export_data(fields_to_export)
        return {**exported, "datas": escape_formulas(exported["datas"])}

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_retry(self):
        """Try again to file mails that are not filed; the reason may be gone."""
        self.check_access("read")  # who sees a mail may have it tried again: it is filed with the owner's rights
        again = self.sudo().filtered(lambda mail: mail._can_be_tried_again())
        if not again:
            raise UserError(self.env._("There is nothing to try again: the mail is filed or its original is gone."))
        with self._open_transaction() as log:
            retrying(partial(log.browse(again.ids)._begin_again, self.env.user), log.env)
        again._try_again()
        self.invalidate_recordset()
        return True

    def _can_be_tried_again(self):
        return self.state != "captured" and bool(self.raw)

    def _begin_again(self, actor):
        """Have mails tried again from the start, but none that another process is at, or has filed meanwhile."""
        for mail in self.try_lock_for_update().filtered(lambda mail: mail._can_be_tried_again()):
            # should this process end now, the job finds it
            mail.write(
                {"state": "pending", "tries": 0, "next_try": fields.Datetime.now(), "line_ids": [Command.clear()]}
            )
            mail._trace(mail.dropbox_id._get_owner_env()._("Tried again."), actor)

    # ------------------------------------------------------------
    # READING
    # ------------------------------------------------------------

    @api.model
    def _find_filed_documents(self, identity):
        """Find what a mail was captured on, as the database knows it now: the caller's transaction may be older.

        :param Identity identity: of the mail
        :return: a set of ``(model, id)``
        """
        if not identity.message_id:
            return set()
        with self._open_transaction() as log:
            Message = log.env["mail.message"]
            domain = Message._get_bcc_dropbox_domain(identity) & Domain("bcc_dropbox_captured", "=", True)
            return {(message.model, message.res_id) for message in Message.search(domain)}

    # ------------------------------------------------------------
    # RETENTION AND RETRY
    # ------------------------------------------------------------

    @api.autovacuum
    def _gc_raw(self):
        """Delete the originals whose time is over: sooner those of mails that were filed as a whole."""
        get_parameter = self.env["crm.bcc.dropbox"]._get_parameter
        is_whole = Domain("state", "=", "captured") & Domain("reason", "=", False)
        is_over = (is_whole & self._get_kept_domain(get_parameter("keep_original_days"))) | (
            ~is_whole & self._get_kept_domain(get_parameter("retention_days"))
        )
        domain = Domain("state", "!=", "pending") & is_over
        old = self.env["crm.bcc.dropbox.email.raw"].search(Domain("email_id", "any", domain), limit=GC_BATCH)
        old.unlink()
        return len(old), len(old) == GC_BATCH  # done, remaining

    @api.model
    def _get_kept_domain(self, days):
        """Domain of the mails that arrived before some days; the time begins anew for what was taken off again."""
        limit = fields.Datetime.now() - timedelta(days=days)
        return Domain("create_date", "<", limit) & (
            Domain("undone_date", "=", False) | Domain("undone_date", "<", limit)
        )

    @api.model
    def _cron_retry(self):
        with keep_job_active(self.env.cr):
            self._retry_pending()
            self._retry_ordinary()

    @api.model
    def _retry_pending(self):
        """Try again what failed or was left behind, each mail in a transaction of its own."""
        is_time = Domain("next_try", "<=", fields.Datetime.now()) | Domain("next_try", "=", False)
        domain = Domain("state", "=", "pending") & is_time
        due = self.search(domain, limit=RETRY_BATCH, order="next_try, id")
        remaining = self.search_count(domain)
        self.env["ir.cron"]._commit_progress(remaining=remaining)
        for mail in due:
            mail._try_again()
            if not self.env["ir.cron"]._commit_progress(1):
                break

    # ------------------------------------------------------------
    # GATEWAY
    # ------------------------------------------------------------

    @api.model
    def _receive(self, raw, deliveries):
        """Take in a mail for the dropboxes it is for.

        :param bytes raw: the mail
        :param tuple deliveries: what :func:`find_deliveries` found in it
        :return: the rows of the mail, one per dropbox, new or not, empty when none of the dropboxes exists; and the
            addresses that turned out to be those of customers
        :raises Exception: the mail could not be kept, so that whoever brought it has to keep it; later errors are
            never raised
        """
        raw = shorten(raw)
        kept_ids, new_ids = self._keep(raw, deliveries)
        try:
            customers = self.browse(new_ids)._process(raw)
            # of those that were there, the bytes that were stored count
            known = self.browse(id_ for id_ in kept_ids if id_ not in new_ids)
            known._replace_refused(raw, deliveries)
            known._try_again()
        except Exception as error:  # noqa: BLE001 kept is kept: the rows are pending and found again
            _logger.warning("Captured mails %s could not be filed now: %s", kept_ids, type(error).__name__)
            customers = set()
        return self.browse(kept_ids), customers

    @api.model
    def _keep(self, raw, deliveries):
        """Store a mail for its dropboxes before anything parses it: from here on it cannot be lost.

        In a committed transaction of its own. Which of two processes with the same mail is first is decided by
        the unique index; nothing is stored twice.

        :return: ids of the rows of this mail, and of these the new ones
        """
        insert = self._prepare_insert(raw, deliveries)
        with self._open_transaction() as log:
            new_ids = retrying(lambda: log._execute_secretly(insert(raw=log._bring_raw(raw))), log.env)
            if len(new_ids) == len(deliveries):
                return new_ids, new_ids
            # some were there, or do not exist
            known = SQL(
                """
                SELECT DISTINCT email.id
                  FROM crm_bcc_dropbox_email AS email
                  JOIN crm_bcc_dropbox_token AS token USING (dropbox_id)
                 WHERE email.fingerprint IN %s AND token.token IN %s
                """,
                (get_fingerprint(raw), get_former_fingerprint(raw)), tuple(found.token for found in deliveries),
            )  # fmt: skip
            return log._execute_secretly(known), new_ids

    def _replace_refused(self, raw, deliveries):
        """Let a mail take the place of a refused one that looks the same, if it is not to be refused as well.

        Otherwise a forged copy that arrives first would keep the mail of the owner from being filed.
        """
        for email_id in self.ids:
            with self._open_transaction() as log:
                retrying(partial(log.browse(email_id)._replace_if_admitted, raw, deliveries), log.env)

    def _replace_if_admitted(self, raw, deliveries):
        if self.state != "refused" or self.history or base64.b64decode(self.raw or b"") == raw:
            return
        mail = self._authenticate(raw, parse_header(raw))
        found = {delivery.token: delivery for delivery in deliveries}
        token = self.dropbox_id.token_ids.filtered(lambda token: token.token in found)[:1]
        own = self.dropbox_id.sender_ids.filtered(lambda own: own.email_normalized == mail.sender_email)
        if self._get_excess_refusal(raw) or self.dropbox_id._get_refusal(mail, mail.verdict, token, own):
            return
        email = self.try_lock_for_update().filtered(lambda email: email.state == "refused" and not email.history)
        delivery = found[token.token]
        email.write(
            {
                "raw": base64.b64encode(raw), "state": "pending", "reason": False, "tries": 0,
                "next_try": fields.Datetime.now(), "line_ids": [Command.clear()], "token_id": token.id,
                "found_in": delivery.header, "from_last_hop": delivery.from_last_hop, "suffix": delivery.suffix,
            }
        )  # fmt: skip

    @api.model
    def _prepare_insert(self, raw, deliveries):
        """Prepare the statement that makes the rows of a mail: a function that takes the SQL that stands for it."""
        values = {
            "fingerprint": get_fingerprint(raw),
            "former": get_former_fingerprint(raw),
            "message_id": get_message_id(raw) or None,
            "stuck_after": STUCK_AFTER,
            "uid": SUPERUSER_ID,
        }
        # SQL: the ORM cannot insert what may be there without an error that ends the transaction
        found = [(found.token, found.header, found.from_last_hop, found.suffix) for found in deliveries]
        return partial(
            SQL,
            """
            WITH kept AS (
                INSERT INTO crm_bcc_dropbox_email (
                    dropbox_id, user_id, token_id, found_in, from_last_hop, suffix, fingerprint, message_id,
                    direction, state, tries, next_try, create_uid, write_uid, create_date, write_date
                )
                SELECT dropbox.id, dropbox.user_id, token.id, found.header, found.from_last_hop, found.suffix,
                       %(fingerprint)s, %(message_id)s, 'outgoing', 'pending', 1,
                       now() AT TIME ZONE 'UTC' + %(stuck_after)s, %(uid)s, %(uid)s,
                       now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM (VALUES %(found)s) AS found (token, header, from_last_hop, suffix)
                  JOIN crm_bcc_dropbox_token AS token ON token.token = found.token
                  JOIN crm_bcc_dropbox AS dropbox ON dropbox.id = token.dropbox_id
                 WHERE NOT EXISTS (
                       SELECT FROM crm_bcc_dropbox_email AS former
                        WHERE former.dropbox_id = dropbox.id AND former.fingerprint = %(former)s)
                 ORDER BY token.replaced_date DESC NULLS FIRST
                    ON CONFLICT (dropbox_id, fingerprint) DO NOTHING
                 RETURNING id
            )
            INSERT INTO crm_bcc_dropbox_email_raw (email_id, raw)
            SELECT id, %(raw)s FROM kept
            RETURNING email_id
            """,
            **values,
            found=SQL(", ").join(found),
        )

    @api.model
    def _bring_raw(self, raw):
        """Bring a mail to the database.

        :return: SQL that stands for it in the statement that stores it, in base64 like any binary field
        """
        if len(raw) < COPIED_FROM:
            # as text: psycopg2 writes bytes in twice their length
            return SQL("%s::bytea", base64.b64encode(raw).decode())
        # SQL: a statement that holds a large mail is quoted, sent and parsed, with a copy of it in memory for each
        self.env.cr.execute(
            SQL(
                """
                DROP TABLE IF EXISTS pg_temp.crm_bcc_dropbox_raw;
                CREATE TEMPORARY TABLE crm_bcc_dropbox_raw (raw bytea) ON COMMIT DROP;
                ALTER TABLE pg_temp.crm_bcc_dropbox_raw ALTER COLUMN raw SET STORAGE EXTERNAL
                """
            )
        )
        self.env.cr.copy_expert("COPY pg_temp.crm_bcc_dropbox_raw FROM STDIN (FORMAT binary)", CopyStream(raw))
        return SQL("(SELECT raw FROM pg_temp.crm_bcc_dropbox_raw)")

    @api.model
    def _execute_secretly(self, query):
        # without the query in the server log when it fails: it holds tokens
        self.env.cr.execute(query, log_exceptions=False)
        return [id_ for [id_] in self.env.cr.fetchall()]

    def _try_again(self):
        """File mails that are still pending, unless another process is at it.

        A try counts when it begins: a mail that kills its process has failed after five, too.
        """
        self._process()

    @api.model
    def _begin_try_safely(self, email_id):
        try:
            with self._open_transaction(nullcontext()) as log:
                return retrying(log.browse(email_id)._begin_try, log.env)
        except Exception as error:  # noqa: BLE001 the row stays pending and is found again
            _logger.warning("Captured mail %s cannot be tried again now: %s", email_id, type(error).__name__)
            return False

    def _begin_try(self):
        mail = self.try_lock_for_update().filtered(lambda mail: mail.state == "pending" and mail._is_due())
        if mail.tries > len(PAUSES):
            reason = mail.dropbox_id._get_owner_env()._("Odoo stopped each time while it was being filed.")
            mail.write({"state": "failed", "next_try": False, "reason": reason})
            return False
        mail.write({"tries": mail.tries + 1, "next_try": fields.Datetime.now() + STUCK_AFTER})
        return bool(mail)

    def _is_due(self):
        """Tell whether to try a mail that is pending: one that failed waits for its time, even if it arrives again."""
        return not self.reason or not self.next_try or self.next_try <= fields.Datetime.now()

    def _process(self, raw=None):
        """File kept mails, each in a transaction of its own; no exception leaves this method.

        :param bytes raw: the mail, when it is new; else this is another try
        :return: a set of the addresses that turned out to be those of customers
        """
        return set().union(*(self._process_safely(email_id, raw) for email_id in self.ids))

    @api.model
    def _process_safely(self, email_id, raw):
        try:
            return self._process_one(email_id, raw)
        except Exception as error:  # noqa: BLE001 the mail is kept and will be tried again, whatever it was
            self._postpone(email_id, error)
            return set()

    @api.model
    def _process_one(self, email_id, raw):
        """File one kept mail, or leave it to the process that is at it."""
        with self._open_transaction() as waiting:
            if not waiting._claim(email_id) or (raw is None and not self._begin_try_safely(email_id)):
                return set()
            try:
                return waiting._file_claimed(email_id, raw)
            except Exception as error:  # noqa: BLE001 written down before another process is at it
                self._postpone(email_id, error)
                return set()

    @api.model
    def _file_claimed(self, email_id, raw):
        """File one kept mail.

        Two transactions: this one waits for other processes that file mail to the same customers, the inner
        one begins, and with it its view of the database, when they are done. Else both would create a customer.
        """
        raw = raw or base64.b64decode(self.browse(email_id).raw or b"")
        mail = self.browse(email_id)._authenticate(raw, parse_header(raw))
        self._lock_recipients(mail)
        with self._open_transaction(nullcontext()) as log:
            return retrying(partial(log.browse(email_id)._file, raw, mail), log.env)

    @api.model
    def _postpone(self, email_id, error):
        """Write down why a mail could not be filed, and when to try again; after the last try it has failed."""
        details = redact("".join(traceback.format_exception(error)))
        _logger.warning("Captured mail %s could not be filed and will be tried again: %s", email_id, details)
        try:
            with self._open_transaction(nullcontext()) as log:
                retrying(partial(log.browse(email_id)._write_failure, error), log.env)
        except Exception:  # noqa: BLE001 the database is gone; the row stays pending and is found again
            _logger.warning("The failure of captured mail %s could not be written down.", email_id)

    def _write_failure(self, error):
        for mail in self.exists().filtered(lambda mail: mail.state == "pending"):
            text = f"{type(error).__name__}: {error}".partition("\n")[0]
            env = mail.dropbox_id._get_owner_env()
            values = {"reason": clean(env._("It could not be filed: %(error)s", error=text))}
            with suppress(Exception):  # the header may be what cannot be read
                header = parse_header(base64.b64decode(mail.raw))
                values |= mail._prepare_header_values(header)
            if mail.tries > len(PAUSES):
                values |= {"state": "failed", "next_try": False}
            else:
                values["next_try"] = fields.Datetime.now() + PAUSES[max(0, mail.tries - 1)]
                self.env.ref("crm_bcc_dropbox.ir_cron_retry")._trigger(at=values["next_try"])
            mail.write(values)
