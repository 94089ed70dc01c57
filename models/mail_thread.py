import xmlrpc.client

from markupsafe import escape
from odoo import api, models
from odoo.exceptions import AccessError

from ..tools.core_parser import parse_for_core
from ..tools.envelope import find_deliveries, find_other_recipients, find_secrets, strip_dropboxes
from ..tools.limits import MB, find_excess, is_tangled
from ..tools.original import wrap_mail
from ..tools.parsed_mail import get_message_id, parse_header
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
        raw = self._bcc_dropbox_get_bytes(message)
        options = {
            "custom_values": custom_values,
            "save_original": save_original,
            "strip_attachments": strip_attachments,
            "thread_id": thread_id,
        }
        deliveries = find_deliveries(raw)
        if deliveries:
            self._bcc_dropbox_check_carrier()
        kept, customers = self.env["crm.bcc.dropbox.email"]._receive(raw, deliveries) if deliveries else ((), ())
        if kept:
            written, envelope = self._bcc_dropbox_find_ordinary_recipients(raw, customers)
            if not written and not envelope:
                return False
            if self.env["crm.bcc.dropbox.email"]._is_taken_in(get_message_id(raw)):
                return False  # another process has brought it to the same recipients
            thread = self._bcc_dropbox_overlook_captured(raw).with_context(bcc_dropbox_secrets=find_secrets(raw))
            ordinary = self._bcc_dropbox_make_readable(strip_dropboxes(raw, sorted(envelope)), written | envelope)
            return super(MailThread, thread).message_process(model, ordinary, **options)
        result = super().message_process(model, message, **options)
        if result is False:
            # dropped as a duplicate, maybe of nothing but a captured copy
            thread = self._bcc_dropbox_overlook_captured(raw)
            if thread.env.context.get("bcc_dropbox_filed"):
                return super(MailThread, thread).message_process(model, message, **options)
        return result

    @api.model
    def message_route(self, message, message_dict, model=None, thread_id=None, custom_values=None):
        """Leave out the records that have this mail already, by a dropbox."""
        routes = super().message_route(message, message_dict, model, thread_id, custom_values)
        filed = self.env.context.get("bcc_dropbox_filed", ())
        return [route for route in routes or () if (route[0], route[1]) not in filed]

    @api.model
    def message_parse(self, message, save_original=False):
        """Hide dropboxes in what is read of a mail: mail clients quote the header of the mail that is answered."""
        msg_dict = super().message_parse(message, save_original=save_original)
        # those that the mail was found for
        secrets = self.env.context.get("bcc_dropbox_secrets") or Secrets()
        for name in ("subject", "body"):
            if text := msg_dict.get(name):
                msg_dict[name] = type(text)(secrets.redact(text))  # the type says: HTML
        files = msg_dict.get("attachments", ())
        msg_dict["attachments"] = [self._bcc_dropbox_clean_attachment(file, secrets) for file in files]
        return msg_dict

    def _get_message_create_valid_field_names(self):
        """Let captured copies say to whom the mail went."""
        return super()._get_message_create_valid_field_names() | {
            "bcc_dropbox_to",
            "bcc_dropbox_cc",
            "bcc_dropbox_note",
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
        return message.encode("utf-8") if isinstance(message, str) else bytes(message)

    @api.model
    def _bcc_dropbox_find_ordinary_recipients(self, raw, customers):
        """Find the aliases that To, Cc or the envelope name, and in a known conversation the catch-all in To or Cc.

        The catch-all collects answers: any other mail to it would be bounced to the owner of the dropbox. What the
        envelope says of it does not count: a catch-all mailbox has its name on each mail.

        :param customers: addresses that are known to be no aliases; most mails name nobody else
        :return: the addresses in To and Cc, and those that only the envelope names; both empty when the mail is for
            nobody but dropboxes
        """
        written, envelope = (emails.difference(customers) for emails in find_other_recipients(raw))
        if not written and not envelope:
            return set(), set()
        AliasDomain = self.env["mail.alias.domain"].sudo()  # the gateway may run as any user
        domains = AliasDomain.search([])  # pylint: disable=no-search-all; a handful, as in core
        catchalls = set(domains.mapped("catchall_email"))
        not_routed = catchalls | set(domains.mapped("bounce_email")) | set(domains.mapped("default_from_email"))
        if aliases := set(AliasDomain._find_aliases([*written, *envelope])) - not_routed:
            return aliases & written, aliases & envelope
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
        limit = self.env["crm.bcc.dropbox"]._get_parameter("max_attachment_mb", 10) * MB
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

    @api.model
    def _bcc_dropbox_overlook_captured(self, raw):
        """Tell the ordinary way which Message-Id was captured, and which records have the mail by that."""
        message_id = get_message_id(raw)
        filed = self.env["crm.bcc.dropbox.email"]._get_filed_documents(message_id)
        return self.with_context(bcc_dropbox_message_id=message_id, bcc_dropbox_filed=filed)
