import logging
from dataclasses import dataclass
from datetime import datetime, timezone

from markupsafe import Markup
from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import human_size
from odoo.tools.mail import append_content_to_html
from psycopg2 import IntegrityError

from ..tools.address import Address, clean
from ..tools.parsed_mail import format_addresses
from ..tools.payload import clean_filename, parse_message, read_leniently
from ..tools.safe_html import hold_pictures

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Target:
    """What was decided for a customer.

    :param Address address: of the customer
    :param record: the record that their mails are filed on; None when there is none
    :param str outcome: `matched`, `created` or `skipped`
    :param str reason: why it was skipped
    """

    address: Address
    record: models.Model | None
    outcome: str
    reason: str = ""


@dataclass(frozen=True)
class Payload:
    """Body and files of a mail.

    :param Markup body: HTML
    :param list attachments: ``(name, content)`` or ``(name, content, info)``, as `mail.thread` takes them
    :param str remark: what could not be filed, for the owner
    :param int file_count: files of the mail, those that are left out included
    """

    body: str
    attachments: list
    remark: str = ""
    file_count: int = 0


class CrmBccDropboxFiling(models.AbstractModel):
    """Steps 2 to 6 of the way of a mail: admit, split, match, file and log.

    Runs in the transaction that the log opened for one mail. Decisions are made as the owner of the dropbox; only
    the log itself is written as the system.
    """

    _name = "crm.bcc.dropbox.filing"
    _description = "Filing of a Captured Mail"

    def _file(self, raw, mail):
        """Take one kept mail through the steps.

        :param bytes raw: the mail
        :param ParsedMail mail: its header
        """
        email = self.try_lock_for_update().filtered(lambda email: email.state == "pending")
        if not email:
            return  # another process has it
        if refusal := email.dropbox_id._get_refusal(mail, email.token_id, email.accepted):
            email._log(mail, "refused", refusal, customers=email._split_recipients(mail)[0])
            email.dropbox_id._tell_refused(email)
        elif email.dropbox_id._is_test(mail):
            email._file_test(mail)
        else:
            email._file_admitted(raw, mail)
        if email._is_exposed(mail):
            email.exposed = True
            email.dropbox_id._tell_exposed(email)

    def _is_exposed(self, mail):
        """Tell whether a mail showed the dropbox to its other recipients."""
        # sudo: tokens are closed to everyone
        token = self.sudo().token_id.token
        shown = [address for address in mail.recipients if token and token in address.email]
        return bool(shown) and len(mail.recipients) > len(shown)

    def _file_test(self, mail):
        """End a test of the dropbox: there is nothing to file, but its owner waits for the result."""
        self._log(mail, "captured", self.dropbox_id._get_owner_env()._("This was a test of your dropbox."))
        self.raw = False
        self.dropbox_id._end_test(self.found_in, self.from_last_hop)

    def _file_admitted(self, raw, mail, model_name=None):
        """Steps 3 to 6, see :meth:`_file`.

        :param str model_name: look in and create this kind of record only, whatever the lookup pattern
        """
        env = self.dropbox_id._get_owner_env()
        customers, unreadable, too_many = self._split_recipients(mail)
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
            state = "unmatched"
            reason = env._("It names no customer: colleagues, addresses of this Odoo and unreadable ones are left out.")
        lines += self._skip_all(unreadable, too_many)
        self._log(mail, state, reason, lines, customers, payload.file_count if payload else 0)

    # ------------------------------------------------------------
    # 3 SPLIT
    # ------------------------------------------------------------

    def _split_recipients(self, mail):
        """Find the recipients who are customers: To and Cc minus ourselves.

        :return: three lists of :class:`Address`: customers, those without a readable address, those over the limit
        """
        readable = [address for address in mail.recipients if address.email]
        ourselves = self._find_ourselves([address.email for address in readable])
        customers = [address for address in readable if address.email not in ourselves]
        limit = self.dropbox_id._get_parameter("max_recipients", 50)
        unreadable = [address for address in mail.recipients if not address.email]
        return customers[:limit], unreadable, customers[limit:]

    def _find_ourselves(self, emails):
        """Find which addresses are dropboxes, aliases, or those of internal users, own ones included."""
        if not emails:
            return set()
        ourselves = {self.dropbox_id._get_mailbox(), *self.env["mail.alias.domain"]._find_aliases(emails)}
        domain = Domain("email_normalized", "in", emails)
        # former colleagues are no customers either
        users = self.env["res.users"].with_context(active_test=False).search(domain & Domain("share", "=", False))
        own = Domain("verified", "=", True) | Domain("dropbox_id", "=", self.dropbox_id.id)
        senders = self.env["crm.bcc.dropbox.sender"].search(domain & own)
        return ourselves | set(users.mapped("email_normalized")) | set(senders.mapped("email_normalized"))

    # ------------------------------------------------------------
    # 4 MATCH
    # ------------------------------------------------------------

    def _match_customers(self, env, customers, mail, model_name=None):
        """Find or create the record of each customer by the lookup pattern.

        :param str model_name: the one kind of record to look in and create, instead of the pattern
        :return: a :class:`Target` per customer, in their order
        """
        found, dropbox = {}, self.dropbox_id
        answered = self._find_answered(mail)
        for name in [model_name] if model_name else dropbox._get_lookup_models():
            missing = [address.email for address in customers if address.email not in found]
            if missing and env[name].has_access("read"):
                found.update(env[name]._find_bcc_dropbox_records(missing, answered.get(name, set())))
        created = model_name or dropbox._get_created_model(dropbox.lookup, dropbox.create_kind)
        return [
            Target(address, found[address.email], "matched")
            if address.email in found
            else self._create_target(env[created], address, mail)
            for address in customers
        ]

    def _find_answered(self, mail):
        """Find the records that the mail being answered is filed on.

        :return: a set of ids per model name
        """
        answered = {}
        if mail.references:
            domain = [("message_id", "in", mail.references), ("model", "!=", False)]
            for message in self.env["mail.message"].search_fetch(domain, ["model", "res_id"]):
                answered.setdefault(message.model, set()).add(message.res_id)
        return answered

    def _create_target(self, Model, address, mail):
        """Create the record of a customer who has none, if the owner may."""
        env = Model.env
        if not Model.has_access("create"):
            name = env["ir.model"]._get(Model._name).sudo().name  # sudo: model names are closed to users
            return self._skip(address, env._("You may not create records of the kind “%(model)s”.", model=name))
        try:
            with env.cr.savepoint():
                record = Model._create_bcc_dropbox_record(address, mail)
                record.flush_recordset()
            return Target(address, record, "created")
        except UserError as error:  # what this database demands of such records, said for people
            return self._skip(address, str(error))
        except IntegrityError:
            return self._skip(address, env._("The database refuses such a record."))

    # ------------------------------------------------------------
    # 5 FILE
    # ------------------------------------------------------------

    def _file_on_targets(self, env, targets, mail, payload):
        """File a mail once on each record.

        :return: values of a line per target
        """
        lines, messages = [], self._find_filed_messages(env)
        for target in targets:
            if target.record is None:
                lines.append(self._prepare_line_values(target))
                continue
            key = (target.record._name, target.record.id)
            try:
                if key not in messages:
                    with env.cr.savepoint():
                        messages[key] = self._create_message(target.record, mail, payload)
                lines.append(self._prepare_line_values(target, messages[key]))
            except AccessError:
                reason = env._("You may see “%(record)s”, but not file mails on it.", record=target.record.display_name)
                lines.append(self._prepare_line_values(self._skip(target.address, reason)))
            except UserError as error:  # said for people
                lines.append(self._prepare_line_values(self._skip(target.address, str(error))))
        return lines

    def _find_filed_messages(self, env):
        """Find the records that have this mail already, by a colleague's dropbox or an alias.

        :return: the message per ``(model, id)``
        """
        if self.message_id:
            messages = self.env["mail.message"].search([("message_id", "=", self.message_id), ("model", "!=", False)])
        else:
            lines = self.env["crm.bcc.dropbox.email.line"].search([("email_id.fingerprint", "=", self.fingerprint)])
            messages = lines.mail_message_id
        return {(message.model, message.res_id): message.with_env(env) for message in messages}

    def _create_message(self, record, mail, payload):
        """Put a mail in the history of a record: no notification, no follower, nothing sent to anyone.

        Not by `message_post`, which notifies followers.
        """
        values = record._process_attachments_for_post(
            payload.attachments, [], {"model": record._name, "res_id": record.id, "body": payload.body}
        )
        return record._message_create([{**self._prepare_message_values(record, mail, payload), **values}])

    def _prepare_message_values(self, record, mail, payload):
        """Values of the message. No recipient is named in them: later mails would go to whoever is."""
        sender = mail.sender or record.env.user.email_formatted
        values = {
            "author_id": record.env.user.partner_id.id,
            "bcc_dropbox_cc": format_addresses(mail.cc),
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
        if mail.date:
            values["date"] = mail.date
        if mail.message_id:
            values["message_id"] = mail.message_id
        return values

    # ------------------------------------------------------------
    # PAYLOAD
    # ------------------------------------------------------------

    def _read_payload(self, raw):
        """Read what is filed of a mail: all, but not more than the limit."""
        return self._limit_attachments(self._extract_payload(raw), self.dropbox_id._get_owner_env())

    def _extract_payload(self, raw):
        """Read body and attachments with Odoo's parser, where that fails with the one of last resort."""
        env = self.dropbox_id._get_owner_env()
        remark = ""
        try:
            extracted = self.env["mail.thread"]._message_parse_extract_payload(parse_message(raw), {})
            body, attachments = extracted["body"], [tuple(attachment) for attachment in extracted["attachments"]]
        except Exception as error:  # noqa: BLE001 whatever Odoo's parser raises, the mail is filed
            _logger.info("Captured mail %s is read by the parser of last resort: %s", self.id, type(error).__name__)
            body, attachments = read_leniently(raw)
            remark = env._("The mail is malformed: what could be read of it is filed.")
        attachments = [self._clean_attachment(*attachment) for attachment in attachments]
        # the lines of plain text are as wide as its writer's window: a phone would cut them
        body = hold_pictures(str(body)).replace("\n<pre>", '\n<pre style="white-space: pre-wrap">')
        body = Markup(clean(body))  # noqa: S704 HTML from the parser, sanitised once more by the field
        return Payload(body, attachments, remark, len(attachments))

    @api.model
    def _clean_attachment(self, name, content, info=None):
        """Give an attachment a sound name and its content as bytes."""
        if isinstance(content, str):
            content = content.encode((info or {}).get("encoding") or "utf-8", "replace")
        elif not isinstance(content, bytes):
            content = content.as_bytes() if content else b""
        return clean_filename(name or ""), content, info or {}

    def _limit_attachments(self, payload, env):
        """Leave out the attachments of a mail when they are too large in total, and say so in its place."""
        limit = self.dropbox_id._get_parameter("max_attachment_mb", 10)
        total = sum(len(content) for _name, content, _info in payload.attachments)
        if total <= limit * 1024**2:
            return payload
        files = ", ".join(f"{name} ({human_size(len(content))})" for name, content, _info in payload.attachments)
        remark = env._(
            "The attachments are over the limit of %(limit)s MB and were left out: %(files)s.", limit=limit, files=files
        )
        body = append_content_to_html(payload.body, remark, plaintext=True, preserve=False)
        return Payload(body, [], " ".join(filter(None, (payload.remark, remark))), payload.file_count)

    # ------------------------------------------------------------
    # 6 LOG
    # ------------------------------------------------------------

    def _log(self, mail, state, reason, lines=(), customers=(), file_count=0):
        """Write the result on the row; the original of what was filed whole is not needed any more.

        What was filed with a remark keeps it until `retention_days` are over, for whoever misses a file.
        """
        now = datetime.now(timezone.utc).replace(tzinfo=None)  # with the milliseconds, unlike `fields.Datetime.now`
        values = self._prepare_header_values(mail)
        if self.state == "pending":  # what is filed by hand later says nothing of how fast it was
            values["duration"] = max(0, (now - self.create_date).total_seconds() * 1000)
        if state == "captured":
            values["dismissed"] = False
        self.write(
            {
                **values,
                "attachment_count": file_count,
                "date": mail.date or now.replace(microsecond=0),
                "line_ids": [Command.clear(), *map(Command.create, lines)],
                "next_try": False,
                "reason": clean(reason) or False,
                "recipients": ", ".join(address.email for address in customers),
                "state": state,
            }
        )
        if state == "captured" and not reason:
            self.raw = False

    @api.model
    def _prepare_header_values(self, mail):
        """Values of the row that stand in the header."""
        return {
            "date": mail.date,
            "email_cc": format_addresses(mail.cc),
            "email_from": mail.sender,
            "email_to": format_addresses(mail.to),
            "subject": mail.subject,
        }

    @api.model
    def _skip(self, address, reason):
        return Target(address, None, "skipped", reason)

    def _skip_all(self, unreadable, too_many):
        """Values of the lines of recipients that were not looked at."""
        env = self.dropbox_id._get_owner_env()
        skipped = [self._skip(address, env._("The address cannot be read.")) for address in unreadable]
        limit = self.dropbox_id._get_parameter("max_recipients", 50)
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
