import xmlrpc.client
from contextlib import nullcontext

from markupsafe import escape
from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import email_split

from ..tools.charset import decode_words
from ..tools.core_parser import parse_for_core
from ..tools.envelope import (
    ENVELOPE_KEY,
    NO_ENVELOPE,
    Envelope,
    find_deliveries,
    find_other_recipients,
    find_secrets,
    get_head,
    read_fields,
    strip_dropboxes,
)
from ..tools.fingerprint import Identity, get_identity
from ..tools.limits import MB, find_excess, is_tangled
from ..tools.mailbox import FetchedMail
from ..tools.original import wrap_mail
from ..tools.parsed_mail import parse_header
from ..tools.raw_mail import RawMail
from ..tools.redaction import Secrets


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    @api.model
    def message_process(
        self, model, message, custom_values=None, save_original=False, strip_attachments=False, thread_id=None
    ):
        """Serve the dropboxes of a mail first, then let it go its ordinary way if it has one.

        First thing of all, because core drops a mail whose Message-Id is known before it looks at any recipient.
        """
        options = {
            "custom_values": custom_values,
            "save_original": save_original,
            "strip_attachments": strip_attachments,
            "thread_id": thread_id,
        }
        with message.watch(self.env.cr) if isinstance(message, FetchedMail) else nullcontext():
            raw = self._bcc_dropbox_get_bytes(message)
            envelope = self._bcc_dropbox_get_envelope()
            kept, customers = self._bcc_dropbox_keep(raw, envelope)
            identity = self._bcc_dropbox_get_identity() or get_identity(raw)
            thread = self.with_context(bcc_dropbox_identity=identity)
            if not kept:
                result = super(MailThread, thread).message_process(model, message, **options)
                if result is False and thread._bcc_dropbox_was_dropped():
                    thread = thread.with_context(bcc_dropbox_overlook="captured")
                    result = super(MailThread, thread).message_process(model, message, **options)
                return result
            secrets = find_secrets(raw, envelope)
            thread = thread.with_context(bcc_dropbox_overlook="others", bcc_dropbox_secrets=secrets)
            with kept._delivering(RawMail(raw, envelope)):
                if ordinary := self._bcc_dropbox_get_ordinary(raw, identity, customers, envelope):
                    with self.env.cr.savepoint():
                        return super(MailThread, thread).message_process(model, ordinary, **options)
            return False

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """Leave out the records that have this mail already, by a dropbox."""
        routes = super().message_route(message, message_dict, model, thread_id, custom_values) or []
        identity = self._bcc_dropbox_get_identity()
        if not identity or not self.env.context.get("bcc_dropbox_overlook"):
            return routes
        filed = self.env["crm.bcc.dropbox.email"]._find_filed_documents(identity)
        return [route for route in routes if (route[0], route[1]) not in filed]

    @api.model
    def message_parse(self, message, save_original=False):
        """Hide dropboxes in what is read of a mail: mail clients quote the header of the mail that is answered.

        And have the message tell which mail it is.
        """
        msg_dict = super().message_parse(message, save_original=save_original)
        known = self.env.context.get("bcc_dropbox_secrets")  # those that the mail was found for
        secrets = known or Secrets()
        for name in ("subject", "body"):
            if text := msg_dict.get(name):
                msg_dict[name] = type(text)(secrets.redact(text))  # the type says: HTML
        # other mail has none in its files but by chance: only what core has decoded as text is looked at
        msg_dict["attachments"] = [
            self._bcc_dropbox_clean_attachment(file, secrets) if known or isinstance(file.content, str) else file
            for file in msg_dict.get("attachments", ())
        ]
        if identity := self._bcc_dropbox_get_identity():
            msg_dict["bcc_dropbox_fingerprint"] = identity.fingerprint
        return msg_dict

    def _get_message_create_valid_field_names(self):
        """Let captured copies say to whom the mail went, and all incoming mail which one it is."""
        return super()._get_message_create_valid_field_names() | {
            "bcc_dropbox_captured",
            "bcc_dropbox_cc",
            "bcc_dropbox_fingerprint",
            "bcc_dropbox_note",
            "bcc_dropbox_to",
        }

    def _bcc_dropbox_clean_attachment(self, attachment, secrets):
        """Give an attachment without any dropbox; if it would have to be changed and is no text, a note instead."""
        content = attachment.content
        if isinstance(content, str):
            content = secrets.redact(content)
            is_clean = not secrets.is_revealed_by(content.encode("utf-8", "replace"))
        elif isinstance(content, bytes):
            content = secrets.clean_file(content)
            is_clean = content is not None
        else:
            return attachment
        if is_clean:
            return attachment._replace(content=content)
        note = self.env._("This file was left out because it contains a BCC address.")
        return attachment._replace(fname=f"{attachment.fname}.txt", content=note, info={})

    @api.model
    def _bcc_dropbox_keep(self, raw, envelope):
        """Take in a mail for the dropboxes that it is for, see `_receive` of the log; nothing for all other mail."""
        deliveries = find_deliveries(raw, envelope)
        if not deliveries:
            return (), ()
        self._bcc_dropbox_check_carrier()
        return self.env["crm.bcc.dropbox.email"]._receive(RawMail(raw, envelope))

    @api.model
    def _bcc_dropbox_check_carrier(self):
        """Take mails for dropboxes from the mail server alone: what it found out about the sender is believed.

        Clients can call the gateway as well. It looks at no dropbox, so there is nothing to find out by it.

        :raises AccessError: whoever brings the mail is no internal user
        """
        if not self.env.su and not self.env.user._is_internal():
            raise AccessError(self.env._("Only internal users can hand over mail for a BCC Dropbox."))

    @api.model
    def _bcc_dropbox_get_bytes(self, message):
        """Get the bytes of a mail that came by RPC or from a mailbox, like core does."""
        if isinstance(message, xmlrpc.client.Binary):
            return bytes(message.data)
        if isinstance(message, bytes):
            return message
        return message.encode("utf-8") if isinstance(message, str) else bytes(message)

    @api.model
    def _bcc_dropbox_get_identity(self):
        """Return the identity of the mail that the gateway is at; None outside of it."""
        identity = self.env.context.get("bcc_dropbox_identity")
        return identity if isinstance(identity, Identity) else None  # a client may put anything there

    @api.model
    def _bcc_dropbox_get_envelope(self):
        """Return what the page of the delivery script was told beside the mail; nothing that a client claims."""
        envelope = self.env.context.get(ENVELOPE_KEY)
        return envelope if isinstance(envelope, Envelope) else NO_ENVELOPE

    @api.model
    def _bcc_dropbox_deliver_again(self, raw):
        """Take a mail its ordinary way that a dropbox has captured before.

        :param bytes raw: the mail, with its dropboxes
        """
        identity = get_identity(raw)
        if ordinary := self._bcc_dropbox_get_ordinary(raw, identity, ()):
            thread = self.with_context(bcc_dropbox_identity=identity, bcc_dropbox_overlook="others")
            thread.message_process(False, ordinary)

    @api.model
    def _bcc_dropbox_was_dropped(self):
        """Return whether core has dropped a mail because of nothing but captured copies.

        It returns the same for what it has bounced, so this is its own question once more.
        """
        message_id = self._bcc_dropbox_get_identity().message_id
        messages = self.env["mail.message"].search([("message_id", "=", message_id)]) if message_id else []
        return bool(messages) and all(message.bcc_dropbox_captured for message in messages)

    @api.model
    def _bcc_dropbox_get_ordinary(self, raw, identity, customers, envelope=NO_ENVELOPE):
        """Return what goes its ordinary way of a mail that a dropbox has captured; False if nothing does.

        :param Identity identity: of the mail
        :param customers: addresses that are known to be no aliases
        :param Envelope envelope: what was told beside the mail
        """
        written, told = self._bcc_dropbox_find_ordinary_recipients(raw, customers, envelope)
        if not written and not told:
            return False
        if self.env["crm.bcc.dropbox.email"]._is_taken_in(identity):
            return False  # another process has brought it to the same recipients
        named = sorted(told | self._bcc_dropbox_find_unread(raw, written))
        return self._bcc_dropbox_make_readable(strip_dropboxes(raw, named), written | told)

    @api.model
    def _bcc_dropbox_find_unread(self, raw, written):
        """Return the aliases in To and Cc that core does not read there, spelled as they are.

        :param set written: all of them
        """
        if is_tangled(raw):
            return set()  # core does not get this header at all, see `_bcc_dropbox_make_readable`
        fields = [field.text for field in read_fields(get_head(raw)) if field.name in ("to", "cc")]
        return written - {email.lower() for email in email_split(decode_words(", ".join(fields)))}

    @api.model
    def _bcc_dropbox_find_ordinary_recipients(self, raw, customers, envelope=NO_ENVELOPE):
        """Find the aliases that To, Cc or the envelope name, and in a known conversation the catch-all in To or Cc.

        The catch-all collects answers: any other mail to it would be bounced to the owner of the dropbox. What the
        envelope says of it does not count: a catch-all mailbox has its name on each mail.

        :param customers: addresses that are known to be no aliases; most mails name nobody else
        :param Envelope envelope: what was told beside the mail
        :return: the addresses in To and Cc, and those that only the envelope names; both empty when the mail is for
            nobody but dropboxes
        """
        written, told = (emails.difference(customers) for emails in find_other_recipients(raw, envelope))
        if not written and not told:
            return set(), set()
        AliasDomain = self.env["mail.alias.domain"].sudo()  # the gateway may run as any user
        domains = AliasDomain.search([])  # pylint: disable=no-search-all; a handful, as in core
        catchalls = set(domains.mapped("catchall_email"))
        not_routed = catchalls | set(domains.mapped("bounce_email")) | set(domains.mapped("default_from_email"))
        if aliases := set(AliasDomain._find_aliases([*written, *told])) - not_routed:
            return aliases & written, aliases & told
        references = parse_header(raw).references if written & catchalls else ()
        domain = [("message_id", "in", references), ("model", "!=", False), ("res_id", "!=", 0)]
        # sudo: core, too, looks at the messages of everyone to find the conversation
        if references and self.env["mail.message"].sudo().search_count(domain, limit=1):
            return written & catchalls, set()
        return set(), set()

    @api.model
    def _bcc_dropbox_make_readable(self, raw, recipients):
        """Replace a mail that core's parser would choke on by one that carries it as a file.

        :param bytes raw: the mail without any dropbox
        :param set recipients: the aliases that it is for
        """
        if self._bcc_dropbox_is_readable(raw):
            return raw
        limit = self.env["crm.bcc.dropbox"]._get_parameter("max_attachment_mb") * MB
        if len(raw) <= limit:
            text = self.env._("Odoo could not read this mail. The whole of it is attached.")
        else:
            text = self.env._("Odoo could not read this mail, and it is too large to be attached.")
        files = [("mail.eml", raw, "mail@odoo")] if len(raw) <= limit else []
        return wrap_mail(raw, sorted(recipients), f"<p>{escape(text)}</p>", files)

    @api.model
    def _bcc_dropbox_is_readable(self, raw):
        """Tell whether core's parser reads a mail, and in time."""
        Email = self.env["crm.bcc.dropbox.email"]
        if find_excess(raw, Email._get_limits()) or is_tangled(raw):
            return False
        try:
            message = parse_for_core(raw)
            for name in dict(message.raw_items()):
                message.get_all(name)
            # parsed as core does it
            self._message_parse_extract_payload(message, {})
        except Exception:  # noqa: BLE001 core would raise whatever it is
            return False
        return True
