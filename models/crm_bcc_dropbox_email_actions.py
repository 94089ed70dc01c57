import logging
from contextlib import contextmanager
from itertools import chain

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import SQL, format_datetime
from psycopg2 import OperationalError
from psycopg2.errors import LockNotAvailable

from ..tools import live, proposals, undo
from ..tools.address import Address, clean, parse_addresses, read_address
from ..tools.bulk import run_in_bulk
from ..tools.by_destination import demand_chosen
from ..tools.decision import MATCHED, ON_RECORD, PROPOSED, SKIPPED, Decision, prepare_line, skip
from ..tools.error import format_traceback
from ..tools.reasons import Reason, describe_reasons
from ..tools.spelling import get_key
from ..tools.states import CAPTURED, NOT_LOGGED, REFUSED, UNMATCHED
from ..tools.suggestions import log_on, log_on_first
from ..tools.toast import make_toast, tell_logged
from .crm_bcc_dropbox_email_gateway import CORRESPONDENT_LOCK

_logger = logging.getLogger(__name__)

HAND_TIMEOUT = "10s"
"""To wait for the locks of the recipients while a user waits."""


class CrmBccDropboxEmail(models.Model):
    """What users can do with a captured email: log it by hand, undo that, archive it.

    Unlike the gateway, an action works in the transaction of its request: all or nothing. It writes the log as the
    system, because no user may; changes of records require the rights of the user and of the owner.
    """

    _inherit = "crm.bcc.dropbox.email"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_adopt_sender(self):
        """Confirm that a rejected email is one's own: its sender becomes a sender address, and the email is logged."""
        email = self._begin_action((REFUSED,))
        if not self.can_adopt_sender:
            raise AccessError(self.env._("Only the owner can confirm this sender."))
        address = self._get_claimed_sender()
        dropbox = self.dropbox_id
        sender = dropbox.sender_ids.filtered(lambda sender: sender.email_normalized == address)
        sender = sender or dropbox.sender_ids.create({"dropbox_id": dropbox.id, "email": address})
        if email.sender_spelling:
            sender._remember_spelling(email.sender_spelling)
        with email._filing_by_hand() as (raw_mail, to_log):
            email._file_admitted(raw_mail, to_log, chosen=demand_chosen(email, raw_mail))
        env = dropbox._get_owner_env()
        email._trace(env._("Confirmed as sent by the owner from %(email)s.", email=address))
        return tell_logged(self, has_undo=False)  # the sender address stays

    def _is_sender_adoptable(self):
        """Return whether the sender can become a sender address of the current user."""
        dropbox = self.dropbox_id
        if self.user_id != self.env.user or not dropbox.is_allowed:
            return False
        address = self._get_claimed_sender()
        if sender := dropbox.sender_ids.filtered(lambda sender: sender.email_normalized == address):
            return not sender.verified or self.is_sender_doubtful
        return bool(address) and len(dropbox.sender_ids) < dropbox._get_parameter("max_senders")

    def _get_claimed_sender(self):
        """Return the one address that can be read out of the sender; empty if there is none, or several."""
        if not self.sender_spelling:
            return read_address(self.email_from)
        emails = [address.email for address in parse_addresses(self.sender_spelling) if address.email]
        return emails[0] if len(emails) == 1 else ""

    def action_create_lead(self):
        """Log the email on leads; create those of customers who have none."""
        return self._create_by_hand("crm.lead")

    def action_create_contact(self):
        """Log the email on contacts; create those of customers who have none."""
        return self._create_by_hand("res.partner")

    def action_file_on(self):
        """Open the dialog that asks for the record to log the email on."""
        email = self._check_action(NOT_LOGGED)
        to_log = email._find_mails_to_log(email._get_original())  # raised now, not after the choice
        emails = [address.email for item in to_log for address in item.shown]
        return self.env["crm.bcc.dropbox.file"]._open(email, emails)

    def action_never_address(self):
        """Open the dialog that excludes the addresses of the customers."""
        return self.env["crm.bcc.dropbox.never"]._open(self, self.recipients)

    def action_never_domain(self):
        """Open the dialog that excludes the domains of the customers."""
        return self.env["crm.bcc.dropbox.never"]._open(self, self.recipients, is_domain=True)

    def action_undo(self):
        """Remove the email from all records; it then is unmatched.

        :raises AccessError: the current user may not change one of the records; then nothing happens
        """
        email = self._begin_action((CAPTURED,))
        text = self.env._("Removed from all records.")
        undo.undo(email, email.line_ids.filtered(lambda line: line.outcome in ON_RECORD))
        return make_toast(self, text)

    def action_undo_last(self):
        """Restore the state of emails before the last action of a user."""
        return make_toast(undo.undo_last(self), self.env._("Undone."), has_undo=False)

    def action_log_on(self, res_model, res_id, line_id=False):
        """Log the email on a record, as suggested.

        :param int line_id: of the proposed person whose record it is
        """
        return log_on(self, res_model, res_id, line_id)

    def action_log_suggested(self):
        """Log the email on the record that is suggested first, if it is one of its customers."""
        return log_on_first(self)

    def _run_in_bulk(self, method):
        """Call an action on each email, see :func:`run_in_bulk`; server actions call this."""
        return run_in_bulk(self, method)

    def action_read_again(self):
        """Read the original again and update the logged copies, after a bug in the addon was fixed."""
        email = self._begin_action((CAPTURED,))
        raw_mail, messages = email._get_original(), email.line_ids.mail_message_id.filtered("bcc_dropbox_captured")
        to_log, own = email._find_mails_to_log(raw_mail), email.line_ids._get_own_messages()
        payloads = {item.mail: email._read_payload(item.mail) for item in to_log}
        for mail, payload in payloads.items():
            identity = email._identify(mail)
            for message in messages:
                # its own copies are those of the only mail, even if it reads otherwise than before
                if (len(to_log) == 1 and message in own) or message.bcc_dropbox_fingerprint == identity.fingerprint:
                    email._replace_content(message, mail, payload)
        described = email._choose_described(raw_mail, to_log)
        remarks = [*chain.from_iterable(payload.reasons for payload in payloads.values())]
        email._set_captured(
            proposals.explain_proposals(
                email.line_ids.mapped("outcome"), [*remarks, *email._get_date_reasons(described)]
            ),
            **email._prepare_header_values(described),
            attachment_count=sum(payload.file_count for payload in payloads.values()),
        )
        email._trace(email.dropbox_id._get_owner_env()._("Reloaded from the original."))
        return make_toast(self, self.env._("Reloaded from the original."), has_undo=False)

    def _replace_content(self, message, raw_mail, payload):
        """Replace the subject, text and files of a copy.

        :param message: a `mail.message` on a record that the current user may change
        """
        record = self.env[message.model].browse(message.res_id)
        self._check_writable(record)
        values = self._prepare_message_values(record.with_env(self.dropbox_id._get_owner_env()), raw_mail, payload)
        message._bcc_dropbox_get_own_files().unlink()
        names = ("attachment_ids", "bcc_dropbox_cc", "bcc_dropbox_to", "body", "date", "email_from", "subject")
        message.write({name: values[name] for name in names})
        live.note_messages(message)

    def action_show_original(self):
        """Open the original in a dialog."""
        self.check_access("read")
        view = self.env.ref("crm_bcc_dropbox.crm_bcc_dropbox_email_view_form_original")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Original Email"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(view.id, "form")],
            "target": "new",
        }

    def action_dismiss(self):
        """Archive the email: nothing needs to be done about it."""
        email = self._begin_action(NOT_LOGGED)
        if email.active:
            email.active = False
            email._trace(email.dropbox_id._get_owner_env()._("Archived."))
        return make_toast(self, self.env._("Archived."))

    def action_restore(self):
        """Unarchive the email."""
        email = self._begin_action(NOT_LOGGED)
        if not email.active:
            email.active = True
            email._trace(email.dropbox_id._get_owner_env()._("Unarchived."))
        return make_toast(self, self.env._("Unarchived."))

    def action_confirm_proposals(self):
        """Log the emails on the records of all people who were proposed; create these."""
        return tell_logged(self._answer_proposals(proposals.confirm))

    def action_refuse_proposals(self):
        """Never propose the people of these emails again."""
        return make_toast(self._answer_proposals(proposals.refuse), self.env._("Never proposed again."))

    def _answer_proposals(self, answer):
        """Confirm or refuse all people who were proposed; return the emails that name them."""
        self.check_access("read")
        waiting = self.filtered("proposal_count")
        if not waiting:
            raise UserError(self.env._("Nobody in this email is waiting for confirmation."))
        for email in waiting:
            email = email._begin_action((CAPTURED, UNMATCHED))
            # the email before may have answered for this one
            if lines := email.line_ids.filtered(lambda line: line.outcome == PROPOSED):
                answer(email, lines)
        return waiting

    # ------------------------------------------------------------
    # LOGGING BY HAND
    # ------------------------------------------------------------

    def _create_by_hand(self, model_name):
        """Log the email on one kind of records, whatever the lookup pattern."""
        email = self._begin_action(NOT_LOGGED)
        self.env[model_name].check_access("create")
        with email._filing_by_hand() as (raw_mail, to_log):
            email._file_admitted(raw_mail, to_log, model_name=model_name)
            if email.state != CAPTURED:
                reasons = [email.reason, *(line.reason for line in email.line_ids)]
                raise UserError("\n".join(dict.fromkeys(filter(None, reasons))))
            lines = email.line_ids.filtered("res_id")
            for line in lines:
                self._check_writable(line._get_filed_record())
        env = email.dropbox_id._get_owner_env()
        names = [line._get_filed_record().display_name for line in lines]
        email._trace(env._("Logged on %(records)s.", records=email._quote(names)))
        return tell_logged(self)

    def _file_by_hand(self, record):
        """Log the email on a record that the current user chose.

        :param record: of a target model
        """
        email = self._begin_action(NOT_LOGGED)
        email._check_target(record)
        env = email.dropbox_id._get_owner_env()
        record = record.with_env(env)
        reason = Reason("logged_by", {"user": email.env.user.name})
        with email._filing_by_hand() as (raw_mail, to_log):
            lines, reasons, file_count = [], [], 0
            for item in to_log:
                address = self._choose_address(record, item.shown or item.mail.correspondents)
                payload = email._read_payload(item.mail)
                decision = Decision(address, MATCHED, record, (reason,))
                [line] = email._file_on_records(env, [decision], item.mail, payload)
                if line["outcome"] == SKIPPED:
                    raise UserError(describe_reasons(self.env, line["reasons"]))
                others = [skip(other, Reason("other_record")) for other in item.shown if other != address]
                lines += [line, *map(prepare_line, others)]
                reasons += payload.reasons
                file_count += payload.file_count
            described = email._choose_described(raw_mail, to_log)
            email._log(email._set_captured, reasons, described, to_log, None, lines, file_count)
            proposals.log_earlier(email, lines)
        email._trace(env._("Logged on “%(record)s”.", record=record.display_name))
        return tell_logged(self)

    @api.model
    def _choose_address(self, record, addresses):
        """Return the recipient that the chosen record represents."""
        keys = record._get_bcc_dropbox_keys()
        own = [address for address in addresses if address.email and get_key(address.email) in keys]
        unknown = Address("", record.email_normalized or "", record.display_name)
        return (own or [address for address in addresses if address.email] or [unknown])[0]

    @contextmanager
    def _filing_by_hand(self):
        """Yield the original, and the mails to log from it: the owner has confirmed that they sent it.

        Errors reach the user without a traceback, which may quote the email.
        """
        if not self.dropbox_id.is_allowed:
            raise UserError(
                self.env._("%(user)s doesn't have permission to use BCC Dropbox.", user=self.dropbox_id.user_id.name)
            )
        raw_mail = self._get_original()
        if self.env.user == self.user_id:
            self.accepted = True
        try:
            with self.env.cr.savepoint():
                to_log = self._find_mails_to_log(raw_mail)
                self._lock_correspondents_at_once(to_log)
                yield raw_mail, to_log
        except (UserError, OperationalError, ConcurrencyError):  # messages for users; retried by the server
            raise
        except Exception as error:  # noqa: BLE001 it failed before for a reason
            _logger.warning("Captured email %s could not be logged by hand: %s", self.id, format_traceback(error))
            text = f"{type(error).__name__}: {error}".partition("\n")[0]
            raise UserError(describe_reasons(self.env, [Reason("error", {"error": clean(text)})])) from None

    def _lock_correspondents_at_once(self, to_log):
        """Lock the correspondents without waiting in this transaction, which would not see what the other process does.

        :raises ConcurrencyError: the server repeats the request, which then sees it
        :raises UserError: the other process takes too long
        """
        if not self._try_lock_correspondents(to_log):
            try:
                with self._open_transaction() as log:
                    log._lock(CORRESPONDENT_LOCK, self._get_lock_keys(to_log), HAND_TIMEOUT)
            except LockNotAvailable:
                text = self.env._("Email to the same recipients is being logged right now. Try again in a moment.")
                raise UserError(text) from None
            raise ConcurrencyError("email to the same recipients was logged meanwhile")
        emails = [address.email for item in to_log for address in item.mail.correspondents if address.email]
        with self._open_transaction() as log:
            email, known = log.browse(self.ids), log._find_targets(emails)
            for item in to_log:
                known += email._find_filed_messages(log.env, item.mail).values()
            known = [(records._name, records.ids) for records in known]
        if any(self.env[name].browse(ids).exists().ids != ids for name, ids in known):
            raise ConcurrencyError("records of the recipients were created meanwhile")

    @api.model
    def _find_targets(self, emails):
        """Return all records with one of these addresses: a recordset per target model."""
        targets = self.env["crm.bcc.dropbox.target"]._get_bcc_dropbox_models()
        return [Model.search(Model._get_bcc_dropbox_customer_domain(emails)) for Model in targets]

    @api.model
    def _try_lock_correspondents(self, to_log):
        query = SQL(
            "SELECT bool_and(pg_try_advisory_xact_lock(%s, key)) FROM unnest(%s::int[]) AS key",
            CORRESPONDENT_LOCK, self._get_lock_keys(to_log),
        )  # fmt: skip
        with self.env.cr.savepoint(flush=False) as savepoint:
            [[is_locked]] = self.env.execute_query(query)
            if is_locked is False:  # None without recipients
                savepoint.rollback()  # releases the locks that were taken
        return is_locked is not False

    # ------------------------------------------------------------
    # CHECKS AND HISTORY
    # ------------------------------------------------------------

    def _quote(self, names):
        """Return names as a list in quotes, in the language of the owner."""
        env = self.dropbox_id._get_owner_env()
        return ", ".join(env._("“%(record)s”", record=name) for name in names)

    def _check_action(self, states):
        """Check that the current user has access to this email, and that it is in one of some states.

        :return: the email as the system, which alone writes the log
        """
        self.ensure_one()
        self.with_user(self.env.user).check_access("read")  # with the user's rights, even if `env.su` is set
        # without the rest of the client's context: default values, or sizes instead of contents
        context = {
            key: self.env.context[key] for key in ("lang", "tz", "allowed_company_ids") if key in self.env.context
        }
        email = self.with_env(self.env(su=True, context=context))
        if email.state not in states:
            label = dict(self.fields_get(["state"], ["selection"])["state"]["selection"])[email.state]
            raise UserError(self.env._("This action isn't available for an email that is “%(state)s”.", state=label))
        return email

    def _begin_action(self, states):
        """Lock the email until the end of the transaction, see :meth:`_check_action`, and remember its state."""
        email = self._check_action(states)
        if not email.try_lock_for_update():
            raise UserError(self.env._("Someone else is working on this email right now. Try again in a moment."))
        undo.remember(email)
        return email

    @api.model
    def _check_writable(self, record):
        """Check that the current user may change a record; name it only if they may see it."""
        record = record.with_user(self.env.user)
        if record.has_access("write"):
            return
        if record.has_access("read"):
            raise AccessError(self.env._("You may see “%(record)s”, but not change it.", record=record.display_name))
        raise AccessError(self.env._("You have no access to the record of this email."))

    def _check_target(self, record):
        """Check that the current user and the owner of the email may change a record."""
        self._check_writable(record)
        if not record.with_env(self.dropbox_id._get_owner_env()).has_access("write"):
            raise AccessError(
                self.env._(
                    "%(user)s may not change “%(record)s”, so their email can't be logged there.",
                    user=self.user_id.name, record=record.with_user(self.env.user).display_name,
                )
            )  # fmt: skip

    def _trace(self, text, actor=None):
        """Add a line to the history: when, who, what.

        :param str text: in the language of the owner
        :param actor: the user who did it; the current one by default
        """
        env = self.dropbox_id._get_owner_env()
        line = f"{format_datetime(env, fields.Datetime.now())} {(actor or self.env.user).name}: {text}"
        self.history = "\n".join(filter(None, [self.history, clean(" ".join(line.split()))]))
