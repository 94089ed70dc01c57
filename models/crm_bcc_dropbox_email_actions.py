import logging
import traceback
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tools import format_datetime
from psycopg2 import OperationalError

from ..tools.address import Address, clean, parse_addresses, read_address, redact
from ..tools.parsed_mail import parse_header
from ..tools.spelling import get_key
from .crm_bcc_dropbox_matching import Target

_logger = logging.getLogger(__name__)

NOT_FILED = ("unmatched", "refused", "failed")
"""States of a mail that nobody will file any more but by hand."""


class CrmBccDropboxEmail(models.Model):
    """What people can do with a captured mail: file it by hand, take it off again, dismiss it.

    Unlike the gateway, an action works in the transaction of its request: all of it happens, or nothing. It writes the
    log as the system, for nobody else may; what it does with records needs the rights of whoever acts and of the owner.
    """

    _inherit = "crm.bcc.dropbox.email"

    accepted = fields.Boolean(readonly=True, groups=fields.NO_ACCESS, help="The owner has said that it is theirs.")
    dismissed = fields.Boolean(readonly=True, help="Nothing has to be done about it any more.")
    history = fields.Text(readonly=True, help="What was done by hand, by whom and when.")
    can_adopt_sender = fields.Boolean(compute="_compute_can_adopt_sender")

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends_context("uid")
    @api.depends(
        "state", "email_from", "has_original", "is_sender_doubtful", "sender_spelling", "dropbox_id.sender_ids.verified"
    )
    def _compute_can_adopt_sender(self):
        for mail in self:
            mail.can_adopt_sender = mail.state == "refused" and mail.has_original and mail._is_sender_adoptable()

    def _is_sender_adoptable(self):
        """Tell whether the sender can become one of the current user's own addresses."""
        dropbox = self.dropbox_id
        if self.user_id != self.env.user or not dropbox.is_allowed:
            return False
        sender = self._get_claimed_sender()
        if own := dropbox.sender_ids.filtered(lambda own: own.email_normalized == sender):
            return not own.verified or self.is_sender_doubtful
        return bool(sender) and len(dropbox.sender_ids) < dropbox._get_parameter("max_senders")

    def _get_claimed_sender(self):
        """Return the one address that can be read out of the sender; empty when there is none, or several."""
        if not self.sender_spelling:
            return read_address(self.email_from)
        emails = [address.email for address in parse_addresses(self.sender_spelling) if address.email]
        return emails[0] if len(emails) == 1 else ""

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_adopt_sender(self):
        """Say that a refused mail is one's own: its sender becomes an own address to confirm, and the mail is filed."""
        mail = self._begin_action(("refused",))
        if not self.can_adopt_sender:
            raise AccessError(self.env._("Only the owner can say so, of one sender who can become an own address."))
        email = self._get_claimed_sender()
        dropbox = self.dropbox_id
        own = dropbox.sender_ids.filtered(lambda own: own.email_normalized == email)
        own = own or dropbox.sender_ids.create({"dropbox_id": dropbox.id, "email": email})
        if mail.sender_spelling:
            own._remember_spelling(mail.sender_spelling)
        with mail._filing_by_hand() as (raw, header):
            mail._file_admitted(raw, header)
        env = dropbox._get_owner_env()
        mail._trace(env._("Taken as one's own mail, sent from %(email)s.", email=email))
        return True

    def action_create_lead(self):
        """File the mail on leads, and create those of the customers who have none."""
        return self._create_by_hand("crm.lead")

    def action_create_contact(self):
        """File the mail on contacts, and create those of the customers who have none."""
        return self._create_by_hand("res.partner")

    def action_file_on(self):
        """Ask for the record to file the mail on."""
        mail = self._check_action(NOT_FILED)
        header = parse_header(mail._get_original())  # raised now, not after the choice
        emails = [address.email for address in mail._split_recipients(header).shown]
        return self.env["crm.bcc.dropbox.file"]._open(mail, emails)

    def action_undo(self):
        """Take the mail off all records; it becomes one that is not filed.

        :raises AccessError: the current user may not change one of the records; then nothing happens
        """
        mail = self._begin_action(("captured",))
        mail._undo(mail.line_ids.filtered(lambda line: line.outcome != "skipped"))
        return True

    def action_read_again(self):
        """Read the original again and renew what was logged of it, after a correction of the addon."""
        mail = self._begin_action(("captured",))
        raw = mail._get_original()
        header, payload = parse_header(raw), mail._read_payload(raw)
        copies = mail.line_ids.mail_message_id.filtered("bcc_dropbox_captured")
        for message in copies:
            mail._replace_content(message, header, payload)
        mail.write(
            {
                **mail._prepare_header_values(header),
                "attachment_count": payload.file_count,
                "date": mail._get_date(header),
                "reason": " ".join(filter(None, (payload.remark, mail._get_date_remark(header)))) or False,
            }
        )
        mail._trace(mail.dropbox_id._get_owner_env()._("Read again."))
        return True

    def _replace_content(self, message, header, payload):
        """Put the subject, text and files of a copy right.

        :param message: a `mail.message` on a record that the current user may change
        """
        record = self.env[message.model].browse(message.res_id)
        self._check_writable(record)
        values = self._prepare_message_values(record.with_env(self.dropbox_id._get_owner_env()), header, payload)
        message._bcc_dropbox_get_own_files().unlink()
        names = ("attachment_ids", "bcc_dropbox_cc", "bcc_dropbox_to", "body", "date", "email_from", "subject")
        message.write({name: values[name] for name in names if name in values})

    def action_dismiss(self):
        """Take the mail from the list of those that something has to be done about."""
        mail = self._begin_action(NOT_FILED)
        if not mail.dismissed:
            mail.dismissed = True
            mail._trace(mail.dropbox_id._get_owner_env()._("Dismissed."))
        return True

    def action_restore(self):
        """Put a dismissed mail back."""
        mail = self._begin_action(NOT_FILED)
        if mail.dismissed:
            mail.dismissed = False
            mail._trace(mail.dropbox_id._get_owner_env()._("Restored."))
        return True

    # ------------------------------------------------------------
    # FILING BY HAND
    # ------------------------------------------------------------

    def _create_by_hand(self, model_name):
        """File the mail on one kind of records, whatever the lookup pattern says."""
        mail = self._begin_action(NOT_FILED)
        self.env[model_name].check_access("create")
        env = mail.dropbox_id._get_owner_env()
        with mail._filing_by_hand() as (raw, header):
            mail._file_admitted(raw, header, model_name)
            if mail.state != "captured":
                reasons = [mail.reason, *(line.reason for line in mail.line_ids)]
                raise UserError("\n".join(dict.fromkeys(filter(None, reasons))))
            filed = mail.line_ids.filtered("res_id")
            for line in filed:
                self._check_writable(line._get_filed_record())
        names = [line._get_filed_record().display_name for line in filed]
        mail._trace(env._("Filed on %(records)s.", records=mail._quote(names)))
        return True

    def _file_by_hand(self, record):
        """File the mail on a record that the current user chose.

        :param record: of a model that mails are filed on
        """
        mail = self._begin_action(NOT_FILED)
        mail._check_target(record)
        env = mail.dropbox_id._get_owner_env()
        record = record.with_env(env)
        reason = env._("Filed by %(user)s", user=mail.env.user.name)
        with mail._filing_by_hand() as (raw, header):
            customers = mail._split_recipients(header).shown
            address = self._choose_address(record, customers or header.recipients)
            payload = mail._read_payload(raw)
            target = Target(address, record, "matched", reason)
            [line] = mail._file_on_targets(env, [target], header, payload)
            if line["outcome"] == "skipped":
                raise UserError(line["reason"])
            skipped = [
                mail._prepare_line_values(mail._skip(customer, env._("The mail was filed on one record by hand.")))
                for customer in customers
                if customer != address
            ]
            mail._log(header, "captured", payload.remark, [line, *skipped], customers, payload.file_count)
        mail._trace(env._("Filed on “%(record)s”.", record=record.display_name))

    @api.model
    def _choose_address(self, record, addresses):
        """Choose the recipient that the chosen record stands for."""
        keys = record._get_bcc_dropbox_keys()
        own = [address for address in addresses if address.email and get_key(address.email) in keys]
        unknown = Address("", record.email_normalized or "", record.display_name)
        return (own or [address for address in addresses if address.email] or [unknown])[0]

    @contextmanager
    def _filing_by_hand(self):
        """Give the original and its parsed header to file the mail by hand: its owner says that it is theirs.

        Whatever goes wrong is said without a traceback, which may quote the mail.
        """
        if not self.dropbox_id.is_allowed:
            raise UserError(
                self.env._("%(user)s has no permission to use the BCC Dropbox.", user=self.dropbox_id.user_id.name)
            )
        raw = self._get_original()
        if self.env.user == self.user_id:
            self.accepted = True
        try:
            with self.env.cr.savepoint():
                header = parse_header(raw)
                self._lock_recipients_at_once(header)
                yield raw, header
        except (UserError, OperationalError, ConcurrencyError):  # said for people; tried again by the server
            raise
        except Exception as error:  # noqa: BLE001 it was captured as `failed` for a reason
            details = redact("".join(traceback.format_exception(error)))
            _logger.warning("Captured mail %s could not be filed by hand: %s", self.id, details)
            text = f"{type(error).__name__}: {error}".partition("\n")[0]
            raise UserError(self.env._("It could not be filed: %(error)s", error=clean(text))) from None

    # ------------------------------------------------------------
    # UNDO
    # ------------------------------------------------------------

    def _undo(self, filed):
        """Take the mail off the records of some of its lines.

        :raises AccessError: the current user may not change one of the records; then nothing happens
        """
        records = {line: record for line in filed if (record := line._get_filed_record())}
        for record in records.values():
            self._check_writable(record)
        created = [record for line, record in records.items() if line.outcome == "created"]
        names = {line: record.display_name for line, record in records.items()}
        own = filed._get_own_messages()
        shared = filed.mail_message_id - own
        self._keep_original(own | shared)
        self._trace_undo(names, filed.filtered(lambda line: line.mail_message_id in shared))
        self._write_undone(filed, names)
        own._bcc_dropbox_remove()
        for record in created:
            record._remove_bcc_dropbox_record()

    def _write_undone(self, filed, names):
        """Write on the lines that the mail was taken off, and on the row when no record has it any more."""
        env, user = self.dropbox_id._get_owner_env(), self.env.user.name
        gone = {"outcome": "skipped", "res_model": False, "res_id": False, "mail_message_id": False}
        for line in filed:
            if name := names.get(line):
                reason = env._("Taken off “%(record)s” by %(user)s", record=name, user=user)
            else:
                reason = env._("Taken off by %(user)s; the record was gone", user=user)
            line.write({**gone, "reason": reason})
        values = {"undone_date": fields.Datetime.now()}
        if all(line.outcome == "skipped" for line in self.line_ids):
            values |= {"state": "unmatched", "reason": env._("%(user)s took it off again.", user=user)}
        self.write(values)

    def _trace_undo(self, names, shared):
        env = self.dropbox_id._get_owner_env()
        records = self._quote(names.values())
        text = env._("Taken off %(records)s.", records=records) if records else env._("Taken off; the record was gone.")
        if kept := [names[line] for line in shared if line in names]:
            text += " " + env._(
                "It stays in the history of %(records)s, for it came there by another way, too.",
                records=self._quote(kept),
            )
        self._trace(text)

    def _quote(self, names):
        """List names in the quotes of the owner's language."""
        env = self.dropbox_id._get_owner_env()
        return ", ".join(env._("“%(record)s”", record=name) for name in names)

    # ------------------------------------------------------------
    # CHECKS AND TRACE
    # ------------------------------------------------------------

    def _check_action(self, states):
        """Check that the current user has access to this mail, and that it is in one of some states.

        :return: the mail as the system, which alone writes the log
        """
        self.ensure_one()
        self.with_user(self.env.user).check_access("read")  # of the user: not `env.su`, whoever set it
        # without the rest of the client's context: default values, or sizes instead of contents
        context = {
            key: self.env.context[key] for key in ("lang", "tz", "allowed_company_ids") if key in self.env.context
        }
        mail = self.with_env(self.env(su=True, context=context))
        if mail.state not in states:
            label = dict(self._fields["state"]._description_selection(self.env))[mail.state]
            raise UserError(self.env._("This cannot be done with a mail that is “%(state)s”.", state=label))
        return mail

    def _begin_action(self, states):
        """Keep others from the mail until the end of the transaction, see :meth:`_check_action`."""
        mail = self._check_action(states)
        if not mail.try_lock_for_update():
            raise UserError(self.env._("Someone else is working on this mail right now. Try again in a moment."))
        return mail

    @api.model
    def _check_writable(self, record):
        """Check that the current user may change a record, and name it only to who may see it."""
        record = record.with_user(self.env.user)
        if record.has_access("write"):
            return
        if record.has_access("read"):
            raise AccessError(self.env._("You may see “%(record)s”, but not change it.", record=record.display_name))
        raise AccessError(self.env._("You have no access to the record of this mail."))

    def _check_target(self, record):
        """Check that the current user and the owner of the mail may change a record."""
        self._check_writable(record)
        if not record.with_env(self.dropbox_id._get_owner_env()).has_access("write"):
            raise AccessError(
                self.env._(
                    "%(user)s may not change “%(record)s”, so their mail cannot be filed there.",
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
