import base64
from contextlib import suppress
from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..tools.address import clean, format_addresses, read_address
from ..tools.date import is_plausible
from ..tools.file_store import mend_file
from ..tools.fingerprint import Identity
from ..tools.forwarded_mail import find_same
from ..tools.header import MAX_ADDRESSES, MAX_HEAD
from ..tools.html import text_to_html
from ..tools.limits import MB, Limits
from ..tools.mail_body import write_body
from ..tools.mail_content import read_source
from ..tools.original import find_pictures, read_head, rebuild_mail
from ..tools.payload import Payload, clean_files, explain_left_out, limit_files
from ..tools.raw_mail import RawMail
from ..tools.reading import list_files
from ..tools.reasons import Reason, describe_invitation, describe_reasons
from ..tools.safe_html import block_remote_content
from ..tools.spelling import get_key
from ..tools.states import PENDING

SHOWN_SOURCE = 64 * 1024
"""Bytes shown of a mail that is not parsed."""


class CrmBccDropboxEmail(models.Model):
    """Body and files of an email: the message in the history, and the original as users see it."""

    _inherit = "crm.bcc.dropbox.email"  # pylint: disable=consider-merging-classes-inherited

    # ------------------------------------------------------------
    # LIMITS
    # ------------------------------------------------------------

    @api.model
    def _get_limits(self):
        """Return the :class:`Limits` of what is parsed."""
        get_parameter = self.env["crm.bcc.dropbox"]._get_parameter
        return Limits(
            size=get_parameter("max_mail_mb") * MB,
            header=min(get_parameter("max_header_kb") * 1024, MAX_HEAD),
            parts=get_parameter("max_parts"),
            depth=get_parameter("max_depth"),
            addresses=min(get_parameter("max_addresses"), MAX_ADDRESSES),
        )

    @api.model
    def _get_excess(self, raw_mail):
        """Return as :class:`Reason` which limit a mail exceeds; empty if it can be parsed."""
        return self._explain_excess(raw_mail.find_excess(self._get_limits()))

    @api.model
    def _explain_excess(self, excess):
        """Return the :class:`Reason` for an :class:`Excess` as a list; empty without one."""
        if not excess:
            return []
        values = {"found": excess.found, "found_size": excess.found, "limit": excess.limit, "limit_size": excess.limit}
        return [Reason(f"excess_{excess.kind}", values)]

    # ------------------------------------------------------------
    # PAYLOAD
    # ------------------------------------------------------------

    def _get_max_text(self):
        return self.env["crm.bcc.dropbox"]._get_parameter("max_html_mb") * MB

    def _read_payload(self, mail):
        """Read what is logged of a mail: its files up to the limit."""
        return self._extract_payload(mail, self.dropbox_id._get_parameter("max_attachment_mb"))

    def _extract_payload(self, mail, max_attachment_mb=None):
        """Read the text and the files of a mail.

        :param int max_attachment_mb: of all files together; the largest are left out until the rest fits
        :return: :class:`Payload`
        """
        env, raw = self.dropbox_id._get_owner_env(), mail.content
        secrets = mail.secrets.including(self.sudo().token_id.token)  # sudo: tokens are closed to everyone
        # rejected in step 2, but shown, or logged by hand
        if excess := self._explain_excess(mail.find_content_excess(self._get_limits())):
            source = clean(text_to_html(read_source(raw, SHOWN_SOURCE)), secrets)
            return Payload(Markup(source), [], excess, describe_reasons(env, excess))  # noqa: S704 escaped
        content = mail.read_content(self._get_max_text())
        files, revealing = clean_files(content.files, secrets)
        files, too_large = limit_files(files, max_attachment_mb)
        body, shown = write_body(content.texts, files)
        reasons = [*content.remarks, *explain_left_out(revealing, too_large, max_attachment_mb)]
        invitations = [describe_invitation(env, found) for found in content.invitations]
        notes = [*filter(None, [describe_reasons(env, reasons)]), *invitations]
        if not body and not files and not notes:
            notes.append(env._("This email has no text and no attachments."))
        return Payload(
            Markup(clean(body, secrets)),  # noqa: S704 HTML from the reader, sanitised once more by the field
            [(file.name, file.content, {"cid": file.cid} if file.cid in shown else {}) for file in files],
            reasons,
            clean("\n".join(notes), secrets),
            len(content.files) - len(shown),
        )

    # ------------------------------------------------------------
    # HEADER
    # ------------------------------------------------------------

    def _prepare_header_values(self, mail):
        """Prepare the values of the row that come from the header."""
        return {
            "date": self._get_date(mail),
            "email_cc": format_addresses(mail.cc),
            "email_from": mail.sender,
            "email_to": format_addresses(mail.to),
            "forwarded_by": mail.forwarders if mail.carrier else False,
            "forwarded_date": self._get_date(mail.carrier) if mail.carrier else False,
            "sender_spelling": False if mail.carrier else mail.spelling or False,
            "subject": mail.subject,
        }

    def _get_date(self, mail):
        """Return when a mail was sent: when it arrived, if its date is missing or implausible."""
        arrival = (self.create_date or fields.Datetime.now()).replace(microsecond=0)
        return mail.date if mail.date and is_plausible(mail.date, arrival) else arrival

    def _get_date_reasons(self, mail):
        if not mail.date or mail.date == self._get_date(mail):
            return []
        return [Reason("implausible_date", {"date": mail.date.isoformat(" ")})]

    # ------------------------------------------------------------
    # MESSAGE
    # ------------------------------------------------------------

    @api.model
    def _choose_described(self, raw_mail, to_log):
        """Return the mail that the row describes: the one to log or, if there are several, the one that arrived."""
        return to_log[0].mail if len(to_log) == 1 else raw_mail

    def _identify(self, mail):
        """Return the :class:`Identity` of this email as it is stored, or that of a mail that it forwards."""
        return mail.identity if mail.carrier else Identity(self.message_id or "", self.fingerprint)

    def _find_filed_messages(self, env, mail, records=(), payload=None):
        """Find the messages of a mail on the records that already have it, through a colleague's dropbox or an alias.

        :param RawMail mail: this email, or one that it forwards
        :param records: those to search for a received mail, which may be there under another Message-Id
        :param Payload payload: of the mail
        :return: the message per ``(model, id)``
        """
        identity = self._identify(mail)
        if identity.message_id:
            same = self.env["mail.message"]._get_bcc_dropbox_domain(identity)
            messages = self.env["mail.message"].search(same & Domain("model", "!=", False))
        else:
            lines = self.env["crm.bcc.dropbox.email.line"].search([("email_id.fingerprint", "=", identity.fingerprint)])
            messages = lines.mail_message_id
        if mail.carrier or mail.is_incoming:
            messages |= self._find_same_messages(mail, records, payload) if records else messages
        return {(message.model, message.res_id): message.with_env(env) for message in messages}

    @api.model
    def _find_same_messages(self, mail, records, payload):
        """Find the messages on some records that are the same as a received mail, see :func:`find_same`."""
        date, hours = mail.date or fields.Datetime.now(), timedelta(hours=2)
        near = Domain("date", ">=", date - hours) & Domain("date", "<=", date + hours)
        places = [Domain("model", "=", record._name) & Domain("res_id", "=", record.id) for record in records]
        messages = self.env["mail.message"].search(near & Domain.OR(places))
        of_sender = messages.filtered(
            lambda message: get_key(read_address(message.email_from)) == get_key(mail.sender_email)
        )
        files = [name for name, _content, *info in payload.attachments if not any(info)]
        return find_same(mail, payload.body, files, of_sender)

    @api.model
    def _find_filed_places(self, identity):
        """Find where a mail was captured, as the database knows it now: the caller's transaction may be older.

        :param Identity identity: of the mail
        :return: set of ``(model, id)``
        """
        if not identity.message_id:
            return set()
        with self._open_transaction() as log:
            Message = log.env["mail.message"]
            domain = Message._get_bcc_dropbox_domain(identity) & Domain("bcc_dropbox_captured", "=", True)
            return {(message.model, message.res_id) for message in Message.search(domain)}

    def _try_create_messages(self, env, records, mail, payload):
        """Log an email on records: on all at once or, if one fails, on each separately.

        :return: the message per ``(model, id)``, and the :class:`Reason` why a record has none
        """
        if len(records) > 1:
            with suppress(UserError), env.cr.savepoint():
                return self._create_message(records, mail, payload), {}
        messages, failures = {}, {}
        for record in records:
            try:
                with env.cr.savepoint():
                    messages |= self._create_message([record], mail, payload)
            except AccessError:  # noqa: PERF203 each record separately
                failures[record._name, record.id] = Reason("no_write_access", {"record": record.display_name})
            except UserError as error:  # a message for users
                failures[record._name, record.id] = Reason("record_error", {"error": str(error)})
        return messages, failures

    def _create_message(self, records, mail, payload):
        """Log an email on records, without notifications, followers or outgoing emails.

        `message_post` would notify followers.

        :param records: of any models
        :return: the message per ``(model, id)``; one query per model
        """
        messages, by_model = {}, {}
        for record in records:
            by_model[record._name] = by_model.get(record._name, record.browse()) | record
        for of_model in by_model.values():
            values = [self._prepare_message_values(record, mail, payload) for record in of_model]
            created = of_model._message_create(values)
            messages |= {(record._name, record.id): new for record, new in zip(of_model, created, strict=True)}
        return messages

    def _prepare_message_values(self, record, mail, payload):
        """Prepare the values of the message. They contain no recipients, who would otherwise get later emails."""
        sender = mail.sender or record.env.user.email_formatted
        values = {
            "author_id": self._find_author(record, mail).id,
            "bcc_dropbox_captured": True,
            "bcc_dropbox_cc": format_addresses(mail.cc),
            "bcc_dropbox_comment": mail.comment,
            "bcc_dropbox_fingerprint": self._identify(mail).fingerprint,
            "bcc_dropbox_forwarded_by": self.user_id.name if mail.carrier else False,
            "bcc_dropbox_forwarded_date": self._get_date(mail.carrier) if mail.carrier else False,
            "bcc_dropbox_note": payload.note,
            "bcc_dropbox_to": format_addresses(mail.to),
            "body": payload.body,
            "date": self._get_date(mail),
            "email_add_signature": False,
            "email_from": sender,
            "is_internal": True,
            "message_type": "email" if mail.is_incoming else "email_outgoing",
            "model": record._name,
            "record_alias_domain_id": False,
            "record_company_id": False,
            "reply_to": sender,
            "res_id": record.id,
            "subject": mail.subject,
            "subtype_id": self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note"),
        }
        if mail.message_id:
            values["message_id"] = mail.message_id
        return values | self._prepare_attachment_values(record, payload)

    def _find_author(self, record, mail):
        """Find the author of a message: the owner or, for a received mail, the contact who wrote it, if any."""
        if mail.carrier or mail.is_incoming:
            author = record._partner_find_from_emails_single([mail.sender_email], no_create=True)[:1]
            # logged by hand, although nobody verified that it is from this colleague
            is_doubtful = not mail.carrier and self.state != PENDING and self.authentication != "pass"
            return author.filtered("partner_share") if is_doubtful else author
        return record.env.user.partner_id

    def _prepare_attachment_values(self, record, payload):
        """Store the files of an email on a record, and prepare the body and attachments of the message."""
        self._mend_files(payload)
        # as in core for incoming mail, files that a browser could run become text, whatever rights the owner has.
        # Pictures are stored unchanged: core would resize them, and raise on broken ones
        record = record.with_context(attachments_mime_plainxml=True, image_no_postprocess=True)
        place = {"model": record._name, "res_id": record.id, "body": payload.body}
        values = record._process_attachments_for_post(payload.attachments, [], place)
        # no attachments of the message as well
        pictures = {id_ for id_, _token in find_pictures(values.get("body", payload.body))}
        values["attachment_ids"] = [link for link in values.get("attachment_ids", ()) if link[1] not in pictures]
        return values

    @api.model
    def _mend_files(self, payload):
        """Complete the files that an earlier try has left truncated in the file store."""
        Attachment = self.env["ir.attachment"]
        if Attachment._storage() == "file":
            for _name, content, *_info in payload.attachments:
                checksum = Attachment._compute_checksum(content)
                mend_file(Attachment._full_path(f"{checksum[:2]}/{checksum}"), content)

    # ------------------------------------------------------------
    # ORIGINAL
    # ------------------------------------------------------------

    @api.depends("raw_ids")
    def _compute_original(self):
        self.check_access("read")
        for email in self:
            raw = email._get_readable_original()
            payload = email._read_original_payload() if raw else None
            email.original_header = read_head(RawMail(raw)) if raw else False
            email.original_body = self._render_body(payload) if raw else False
            email.original_files = email._render_files(payload.attachments) if raw else False

    @api.model
    def _render_body(self, payload):
        """Render the text of a mail, possibly from an unknown sender, with its pictures."""
        files = [(content, (info or [{}])[0]) for _name, content, *info in payload.attachments]
        return block_remote_content(payload.body, {info["cid"]: content for content, info in files if info.get("cid")})

    def _render_files(self, files):
        """Render a list of links to the files of a mail; False without files."""
        link = Markup('<li><a href="{}">{}</a> ({})</li>')
        items = [link.format(file["url"], file["name"], file["size"]) for file in list_files(self, files)]
        return Markup("<ul>{}</ul>").format(Markup().join(items)) if items else False

    def _get_readable_original(self):
        """Return the original without any BCC address, for a reader of this row; empty if it is no longer kept."""
        self.ensure_one()
        self.check_access("read")
        return RawMail(self._read_raw()).strip_dropboxes()

    def _read_original_payload(self):
        """Read body and files of the original, without any BCC address, for a reader of this row."""
        self.ensure_one()
        self.check_access("read")
        return self.sudo()._extract_payload(RawMail(self._read_raw()))  # sudo: reads settings of the owner

    def _read_raw(self):
        """Read the bytes of the original, which are closed: callers hide the BCC addresses. Empty if no longer kept."""
        # sudo: they are closed. Without the client's context, which may ask for their size instead
        return base64.b64decode(self.sudo().with_context(bin_size=False, bin_size_raw=False).raw or b"")

    def _get_original_file(self, number):
        """Return a file of the original, for a reader of this row.

        :param int number: its place among the files, from 0
        :return: name and content; None if there is no such file
        """
        files = self._read_original_payload().attachments if self.has_original else []
        return files[number][:2] if 0 <= number < len(files) else None

    def _get_original(self):
        """Return the original as :class:`RawMail`, as the system.

        :raises UserError: it is no longer kept
        """
        if raw := self._read_raw():
            return RawMail(raw)
        raise UserError(self.env._("The original of this email is no longer kept."))

    def _keep_original(self, messages):
        """Rebuild the original from a logged copy if it is no longer kept, so that the email can be logged again.

        :param messages: copies of this email
        """
        if not self.raw and messages:
            self.raw = base64.b64encode(rebuild_mail(self, messages[0]))
