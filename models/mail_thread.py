from contextlib import nullcontext

from markupsafe import escape
from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import email_split

from ..tools.charset import decode_words
from ..tools.core_parser import parse_for_core
from ..tools.deliveries import ENVELOPE_KEY, NO_ENVELOPE, Envelope
from ..tools.fingerprint import Identity
from ..tools.limits import MB
from ..tools.mailbox import FetchedMail
from ..tools.original import wrap_mail
from ..tools.raw_mail import RawMail, read_bytes
from ..tools.redaction import Budget, Secrets


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_process(self, model, message, *args, **kwargs):
        """Capture the mail for its dropboxes, then let Odoo process it for its other recipients.

        This comes first because Odoo drops a mail with a known Message-Id before it looks at the recipients.
        """
        with message.watch(self.env.cr) if isinstance(message, FetchedMail) else nullcontext():
            raw_mail = RawMail(read_bytes(message), self._bcc_dropbox_get_envelope(message))
            emails, customers = self._bcc_dropbox_receive(raw_mail)
            identity = self._bcc_dropbox_get_identity() or raw_mail.identity
            thread = self.with_context(bcc_dropbox_identity=identity)
            # bcc_dropbox_overlook: what Odoo does not see when it looks for the same mail, see `mail.message._search`
            if not emails:
                result = super(MailThread, thread).message_process(model, message, *args, **kwargs)
                if result is False and thread._bcc_dropbox_was_dropped():
                    thread = thread.with_context(bcc_dropbox_overlook="captured")
                    result = super(MailThread, thread).message_process(model, message, *args, **kwargs)
                return result
            thread = thread.with_context(bcc_dropbox_overlook="others", bcc_dropbox_secrets=raw_mail.secrets)
            with emails._delivering(raw_mail):
                if ordinary := self._bcc_dropbox_prepare_ordinary(raw_mail, customers):
                    with self.env.cr.savepoint():
                        return super(MailThread, thread).message_process(model, ordinary, *args, **kwargs)
        return False

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """Leave out records on which the same mail was logged through a dropbox."""
        routes = super().message_route(message, message_dict, model, thread_id, custom_values) or []
        identity = self._bcc_dropbox_get_identity()
        if not identity or not self.env.context.get("bcc_dropbox_overlook"):
            return routes
        logged = self.env["crm.bcc.dropbox.email"]._find_filed_places(identity)
        return [route for route in routes if (route[0], route[1]) not in logged]

    @api.model
    def message_parse(self, message, save_original=False):
        """Hide BCC addresses, which email programs quote from the header of an answered mail; add the fingerprint."""
        msg_dict = super().message_parse(message, save_original=save_original)
        known = self.env.context.get("bcc_dropbox_secrets")  # only if the mail was for a dropbox
        secrets = known or Secrets()
        for name in ("subject", "body"):
            if text := msg_dict.get(name):
                msg_dict[name] = type(text)(secrets.redact(text))  # Markup stays Markup
        # files of other mail contain a token only by chance: scan only those that Odoo has decoded as text
        room = Budget()
        msg_dict["attachments"] = [
            self._bcc_dropbox_clean_attachment(file, secrets, room) if known or isinstance(file.content, str) else file
            for file in msg_dict.get("attachments", ())
        ]
        if identity := self._bcc_dropbox_get_identity():
            msg_dict["bcc_dropbox_fingerprint"] = identity.fingerprint
        return msg_dict

    def _get_message_create_valid_field_names(self):
        """Add the fields of captured copies, and the fingerprint that all incoming mail has."""
        names = ("captured", "cc", "comment", "fingerprint", "forwarded_by", "forwarded_date", "note", "to")
        return super()._get_message_create_valid_field_names() | {f"bcc_dropbox_{name}" for name in names}

    def _bcc_dropbox_clean_attachment(self, attachment, secrets, room):
        """Return an attachment without BCC addresses, or a note in its place if it is a binary file with one."""
        content = attachment.content
        if isinstance(content, str):
            content = secrets.redact(content)
            is_clean = not secrets.is_revealed_by(content.encode("utf-8", "replace"), room)
        elif isinstance(content, bytes):
            content = secrets.clean_file(content, room)
            is_clean = content is not None
        else:
            return attachment
        if is_clean:
            return attachment._replace(content=content)
        note = self.env._("This file was left out because it contains a BCC address.")
        return attachment._replace(fname=f"{attachment.fname}.txt", content=note, info={})

    # ------------------------------------------------------------
    # GATEWAY
    # ------------------------------------------------------------

    @api.model
    def _bcc_dropbox_receive(self, raw_mail):
        """Capture a mail for its dropboxes, see `_receive` of captured emails; do nothing if it is for none.

        :raises AccessError: if the user is not internal: portal users can call the gateway. Raised whether or not the
            dropbox exists.
        """
        if not raw_mail.deliveries and not raw_mail.mailbox:
            return (), ()
        self._bcc_dropbox_check_deliverer()
        return self.env["crm.bcc.dropbox.email"]._receive(raw_mail)

    @api.model
    def _bcc_dropbox_check_deliverer(self):
        """Raise AccessError if the user is not internal: results of sender checks in the mail are trusted."""
        if not self.env.su and not self.env.user._is_internal():
            raise AccessError(self.env._("Only internal users can deliver emails to a BCC address."))

    @api.model
    def _bcc_dropbox_get_identity(self):
        """Return the identity of the mail that the gateway is processing, or None."""
        identity = self.env.context.get("bcc_dropbox_identity")
        return identity if isinstance(identity, Identity) else None  # clients can put other values there

    @api.model
    def _bcc_dropbox_get_envelope(self, message):
        """Return the envelope that the poll or the mailgate route passed beside a mail; clients cannot pass one."""
        envelope = message.envelope if isinstance(message, FetchedMail) else self.env.context.get(ENVELOPE_KEY)
        return envelope if isinstance(envelope, Envelope) else NO_ENVELOPE

    @api.model
    def _bcc_dropbox_was_dropped(self):
        """Return whether Odoo dropped a mail only because of captured copies.

        `message_process` returns False for bounces, too.
        """
        message_id = self._bcc_dropbox_get_identity().message_id
        messages = self.env["mail.message"].search([("message_id", "=", message_id)]) if message_id else []
        return bool(messages) and all(message.bcc_dropbox_captured for message in messages)

    # ------------------------------------------------------------
    # ORDINARY DELIVERY OF CAPTURED MAIL
    # ------------------------------------------------------------

    @api.model
    def _bcc_dropbox_deliver_again(self, raw_mail):
        """Let Odoo process a captured mail for its other recipients, after a failure."""
        if ordinary := self._bcc_dropbox_prepare_ordinary(raw_mail):
            context = {"bcc_dropbox_identity": raw_mail.identity, "bcc_dropbox_secrets": raw_mail.secrets}
            self.with_context(**context, bcc_dropbox_overlook="others").message_process(False, ordinary)

    @api.model
    def _bcc_dropbox_prepare_ordinary(self, raw_mail, customers=()):
        """Return a captured mail for Odoo to process, as bytes without dropboxes; False if there is no need.

        :param customers: addresses that are known not to be aliases
        """
        written, unwritten = self._bcc_dropbox_find_ordinary_recipients(raw_mail, customers)
        if not written and not unwritten:
            return False
        if not self.env["crm.bcc.dropbox.email"]._lock_ordinary_delivery(raw_mail.identity):
            return False  # another process has delivered it to the same recipients
        # not parsed if tangled, because such a header is replaced, see `_bcc_dropbox_make_readable`
        found = written if raw_mail.is_tangled else email_split(decode_words(raw_mail.recipient_text))
        # Delivered-To names those that Odoo's parser does not find in To and Cc, or that only the envelope names
        delivered_to = sorted(unwritten | written.difference(email.lower() for email in found))
        return self._bcc_dropbox_make_readable(RawMail(raw_mail.strip_dropboxes(delivered_to)), written | unwritten)

    @api.model
    def _bcc_dropbox_find_ordinary_recipients(self, raw_mail, customers):
        """Return the aliases among the recipients, or the catch-all in To or Cc of a mail in a known conversation.

        The catch-all is for answers: for any other mail to it, Odoo would send the owner of the dropbox a bounce. Only
        To and Cc count for it, because the envelope of every mail in a catch-all mailbox names the catch-all.

        :return: the addresses in To and Cc, and those that only the envelope names
        """
        written, unwritten = (emails.difference(customers) for emails in raw_mail.other_recipients)
        if not written and not unwritten:
            return set(), set()
        AliasDomain = self.env["mail.alias.domain"].sudo()  # the gateway may run as any user
        domains = AliasDomain.search([])  # pylint: disable=no-search-all; a handful, as in core
        catchalls = set(domains.mapped("catchall_email"))
        not_routed = catchalls | set(domains.mapped("bounce_email")) | set(domains.mapped("default_from_email"))
        if aliases := set(AliasDomain._find_aliases([*written, *unwritten])) - not_routed:
            return aliases & written, aliases & unwritten
        references = raw_mail.references if written & catchalls else ()
        domain = [("message_id", "in", references), ("model", "!=", False), ("res_id", "!=", 0)]
        # sudo: like Odoo, search the messages of everyone to find the conversation
        if references and self.env["mail.message"].sudo().search_count(domain, limit=1):
            return written & catchalls, set()
        return set(), set()

    @api.model
    def _bcc_dropbox_make_readable(self, raw_mail, recipients):
        """Return the bytes of a mail, or those of a mail with it as attachment if Odoo's parser would fail on it."""
        if self._bcc_dropbox_is_readable(raw_mail):
            return raw_mail.content
        limit = self.env["crm.bcc.dropbox"]._get_parameter("max_attachment_mb") * MB
        if len(raw_mail.content) <= limit:
            text = self.env._("Odoo couldn't read this email. It is attached as a file.")
            files = [("mail.eml", raw_mail.content, "mail@odoo")]
        else:
            text, files = self.env._("Odoo couldn't read this email, and it is too large to be attached."), []
        return wrap_mail(raw_mail, sorted(recipients), f"<p>{escape(text)}</p>", files)

    @api.model
    def _bcc_dropbox_is_readable(self, raw_mail):
        """Return whether Odoo's parser can read a mail in reasonable time."""
        if raw_mail.find_excess(self.env["crm.bcc.dropbox.email"]._get_limits()) or raw_mail.is_tangled:
            return False
        try:
            message = parse_for_core(raw_mail.content)
            for name in dict(message.raw_items()):
                message.get_all(name)  # parsed on access
            self._message_parse_extract_payload(message, {})
        except Exception:  # noqa: BLE001 Odoo would fail with the same error, whatever it is
            return False
        return True
