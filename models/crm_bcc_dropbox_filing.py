from contextlib import suppress
from datetime import datetime, timezone

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import format_datetime

from ..tools.address import Address, clean
from ..tools.date import is_plausible
from ..tools.file_store import mend_file
from ..tools.fingerprint import Identity
from ..tools.original import find_picture_ids
from ..tools.parsed_mail import format_addresses
from ..tools.reasons import describe_reasons


class CrmBccDropboxFiling(models.AbstractModel):
    """Steps 2 to 6 of the way of a mail: admit, split, match, file and log.

    Runs in the transaction that the log opened for one mail. Decisions are made as the owner of the dropbox; only
    the log itself is written as the system.
    """

    _name = "crm.bcc.dropbox.filing"
    _inherit = ["crm.bcc.dropbox.matching", "crm.bcc.dropbox.payload", "crm.bcc.dropbox.reading"]
    _description = "Filing of a Captured Mail"

    def _file(self, raw, mail):
        """Take one kept mail through the steps.

        :param bytes raw: the mail
        :param ParsedMail mail: its header
        :return: a set of the addresses that are those of customers
        """
        email, own, today = self._lock_for_filing(mail)
        if not email:
            return set()  # another process has it
        customers, dropbox = [], email.dropbox_id
        refusal = email._get_excess_refusal(raw) or describe_reasons(
            dropbox._get_owner_env(),
            dropbox._get_refusal(mail, mail.verdict, email.token_id, own, email.accepted),
        )
        if refusal:
            if not email._refuse(mail, refusal):
                return set()  # one of very many
        elif dropbox._is_test(mail):
            email._end_test()
            return set()
        else:
            customers = email._file_within_limits(raw, mail, *today)
        if email._is_exposed(mail):
            email.exposed = True
        if not dropbox._watch_leak(email, mail) and refusal:
            dropbox._notify_refused(email)
        return {address.email for address in customers}

    def _is_exposed(self, mail):
        """Tell whether a mail showed the dropbox to its other recipients."""
        # sudo: tokens are closed to everyone
        token = self.sudo().token_id.token
        shown = [address for address in mail.recipients if token and token in address.email]
        return bool(shown) and len(mail.recipients) > len(shown)

    def _end_test(self):
        """Report a test to its owner, and delete the row: a test is no captured email, and is not counted as one."""
        self.dropbox_id._end_test(self.found_in, self.from_last_hop)
        self.unlink()

    def _file_admitted(self, raw, mail, model_name=None):
        """Steps 3 to 6, see :meth:`_file`.

        :param str model_name: look in and create this kind of record only, whatever the lookup pattern
        :return: a list of :class:`Address`: the customers
        """
        env = self.dropbox_id._get_owner_env()
        recipients = self._split_recipients(mail)
        customers = recipients.customers
        if model_name:  # who asks for a record of everyone gets it: refusing would tell whose address it is
            customers = recipients.shown
        lines, payload = [], None
        if customers:
            targets = self._match_customers(env, customers, mail, model_name)
            payload = self._read_payload(raw)
            lines = self._file_on_targets(env, targets, mail, payload)
        if any(line["outcome"] != "skipped" for line in lines):
            state, reason = "captured", payload.remark
        elif customers:
            state, reason = "unmatched", env._("Nothing could be filed; each recipient says why.")
        else:
            state, reason = "unmatched", self._explain_no_customer(env, recipients)
        lines += self._skip_all(recipients.unreadable, recipients.too_many)
        self._log(mail, state, reason, lines, recipients.shown, payload.file_count if payload else 0)
        return customers

    # ------------------------------------------------------------
    # 5 FILE
    # ------------------------------------------------------------

    def _file_on_targets(self, env, targets, mail, payload):
        """File a mail once on each record.

        :return: values of a line per target
        """
        records = {self._get_key(target.record): target.record for target in targets if target.record is not None}
        messages = self._find_filed_messages(env)
        new, reasons = self._create_messages(
            env, [record for key, record in records.items() if key not in messages], mail, payload
        )
        messages |= new
        lines = []
        for target in targets:
            key = self._get_key(target.record)
            if key in reasons:
                target = self._skip(target.address, reasons[key])
            lines.append(self._prepare_line_values(target, messages.get(key)))
        return lines

    @api.model
    def _get_key(self, record):
        return (record._name, record.id) if record is not None else None

    def _find_filed_messages(self, env):
        """Find the records that have this mail already, by a colleague's dropbox or an alias.

        :return: the message per ``(model, id)``
        """
        if self.message_id:
            same = self.env["mail.message"]._get_bcc_dropbox_domain(Identity(self.message_id, self.fingerprint))
            messages = self.env["mail.message"].search(same & Domain("model", "!=", False))
        else:
            lines = self.env["crm.bcc.dropbox.email.line"].search([("email_id.fingerprint", "=", self.fingerprint)])
            messages = lines.mail_message_id
        return {(message.model, message.res_id): message.with_env(env) for message in messages}

    def _create_messages(self, env, records, mail, payload):
        """Put a mail in the history of records, on all of them at once, or where one refuses, on each by itself.

        :return: the message per ``(model, id)``, and where there is none, the reason
        """
        if len(records) > 1:
            with suppress(UserError), env.cr.savepoint():
                return self._create_message(records, mail, payload), {}
        messages, reasons = {}, {}
        for record in records:
            created, reason = self._create_message_safely(env, record, mail, payload)
            messages |= created
            reasons |= {self._get_key(record): reason} if reason else {}
        return messages, reasons

    def _create_message_safely(self, env, record, mail, payload):
        """Put a mail in the history of a record, or give the reason why it is not taken."""
        try:
            with env.cr.savepoint():
                return self._create_message([record], mail, payload), ""
        except AccessError:
            name = record.display_name
            return {}, env._("You may see “%(record)s”, but not file mails on it.", record=name)
        except UserError as error:  # said for people
            return {}, str(error)

    def _create_message(self, records, mail, payload):
        """Put a mail in the history of records: no notification, no follower, nothing sent to anyone.

        Not by `message_post`, which notifies followers.

        :param records: of any models
        :return: the message per ``(model, id)``; one query for all of a model
        """
        messages, by_model = {}, {}
        for record in records:
            by_model[record._name] = by_model.get(record._name, record.browse()) | record
        for of_model in by_model.values():
            values = [self._prepare_message_values(record, mail, payload) for record in of_model]
            created = of_model._message_create(values)
            messages |= {self._get_key(record): message for record, message in zip(of_model, created, strict=True)}
        return messages

    def _prepare_message_values(self, record, mail, payload):
        """Values of the message. No recipient is named in them: later mails would go to whoever is."""
        sender = mail.sender or record.env.user.email_formatted
        values = {
            "author_id": record.env.user.partner_id.id,
            "bcc_dropbox_captured": True,
            "bcc_dropbox_cc": format_addresses(mail.cc),
            "bcc_dropbox_fingerprint": self.fingerprint,
            "bcc_dropbox_note": payload.note,
            "bcc_dropbox_to": format_addresses(mail.to),
            "body": payload.body,
            "email_add_signature": False,
            "email_from": sender,
            "is_internal": True,
            "message_type": "email_outgoing",
            "model": record._name,
            "record_alias_domain_id": False,
            "record_company_id": False,
            "reply_to": sender,
            "res_id": record.id,
            "subject": mail.subject,
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
        }
        values |= {"date": self._get_date(mail)} | ({"message_id": mail.message_id} if mail.message_id else {})
        self._mend_files(payload)
        place = {"model": record._name, "res_id": record.id, "body": payload.body}
        # as core has it of incoming mail: a file that could run in a browser is text, whoever owns the dropbox; and
        # pictures are filed as they came: core would make them smaller, and raise on broken ones
        record = record.with_context(attachments_mime_plainxml=True, image_no_postprocess=True)
        values |= record._process_attachments_for_post(payload.attachments, [], place)
        pictures = set(find_picture_ids(values["body"]))  # they are no files of the message as well
        values["attachment_ids"] = [link for link in values.get("attachment_ids", ()) if link[1] not in pictures]
        return values

    @api.model
    def _mend_files(self, payload):
        """Make the files of a mail whole that an earlier try has left in the file store cut off."""
        Attachment = self.env["ir.attachment"]
        if Attachment._storage() == "file":
            for _name, content, *_info in payload.attachments:
                checksum = Attachment._compute_checksum(content)
                mend_file(Attachment._full_path(f"{checksum[:2]}/{checksum}"), content)

    # ------------------------------------------------------------
    # 6 LOG
    # ------------------------------------------------------------

    def _log(self, mail, state, reason, lines=(), customers=(), file_count=0):
        """Write the result on the row."""
        now = datetime.now(timezone.utc).replace(tzinfo=None)  # with the milliseconds, unlike `fields.Datetime.now`
        reason = " ".join(filter(None, (reason, self._get_date_remark(mail))))
        values = self._prepare_header_values(mail) | self._prepare_authentication_values(mail)
        forget = [Command.clear()]
        if self._is_first_try():  # what is filed later says nothing of how fast it was
            values["duration"] = max(0, (now - self.create_date).total_seconds() * 1000)
        if self.state == "pending":
            forget = []  # there are no lines while it is pending, and looking for some is a query
        if state == "captured":
            values["dismissed"] = False
        self.write(
            {
                **values,
                "attachment_count": file_count,
                "line_ids": [*forget, *map(Command.create, lines)],
                "next_try": False,
                "reason": clean(reason) or False,
                "recipients": ", ".join(address.email for address in customers),
                "state": state,
            }
        )

    def _is_first_try(self):
        """Return whether this is about a mail that has just arrived, and that nobody has looked at."""
        return self.state == "pending" and self.tries <= 1 and not (self.reason or self.history)

    def _get_date(self, mail):
        """Return when a mail was sent, for all that is known: when it arrived, if its date cannot be true."""
        arrival = (self.create_date or fields.Datetime.now()).replace(microsecond=0)
        return mail.date if mail.date and is_plausible(mail.date, arrival) else arrival

    def _get_date_remark(self, mail):
        """Say that the date of a mail is not the one that it is sorted by."""
        if not mail.date or mail.date == self._get_date(mail):
            return ""
        env = self.dropbox_id._get_owner_env()
        return env._(
            "The email is dated %(date)s, which can't be right: it is sorted by the time when it arrived.",
            date=format_datetime(env, mail.date),
        )

    def _prepare_header_values(self, mail):
        """Values of the row that stand in the header."""
        return {
            "date": self._get_date(mail),
            "email_cc": format_addresses(mail.cc),
            "email_from": mail.sender,
            "email_to": format_addresses(mail.to),
            "sender_spelling": mail.spelling or False,
            "subject": mail.subject,
        }

    def _skip_all(self, unreadable, too_many):
        """Values of the lines of recipients that were not looked at."""
        if not unreadable and not too_many:
            return []
        env = self.dropbox_id._get_owner_env()
        limit = self.dropbox_id._get_parameter("max_recipients")
        skipped = [self._skip(address, env._("The address cannot be read.")) for address in unreadable[:limit]]
        if more := len(unreadable) - limit if len(unreadable) > limit else 0:
            reason = env._("%(count)s more addresses cannot be read.", count=more)
            skipped.append(self._skip(Address("", "", "…"), reason))
        reason = env._("The mail has more than %(limit)s recipients.", limit=limit)
        skipped += [self._skip(address, reason) for address in too_many]
        return [self._prepare_line_values(target) for target in skipped]

    @api.model
    def _prepare_line_values(self, target, message=None):
        """Values of the line of a customer."""
        return {
            "email": target.address.email or target.address.text,
            "outcome": target.outcome,
            "reason": clean(target.reason) or False,
            "res_model": target.record._name if target.record is not None else False,
            "res_id": target.record.id if target.record is not None else False,
            "mail_message_id": message.id if message else False,
        }
