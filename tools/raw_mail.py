"""The bytes of a mail, and what its header says."""

import re
import xmlrpc.client
from datetime import datetime, timezone
from functools import cached_property

from .address import Address, clean, holds_token, is_dropbox
from .charset import decode_header, decode_words
from .date import parse_date, parse_zone
from .deliveries import MAILBOX, NO_ENVELOPE, Delivery, Envelope, find_deliveries, find_other_recipients, strip_fields
from .fingerprint import Identity, digest_former, digest_mail
from .header import (
    MAX_HEAD,
    HeaderField,
    get_head,
    join_texts,
    mend_line_ends,
    read_addresses,
    read_fields,
    read_first,
    read_texts,
)
from .limits import Excess, Limits, find_content_excess, find_header_excess, is_tangled, shorten
from .mail_content import MailContent, read_content
from .mime_reader import parse_mail, parse_value
from .redaction import Secrets
from .robot_address import find_list_addresses
from .sender import CLAIM_HEADERS, find_sender_flaw, find_spelling

MAX_SECRETS = 20
"""Tokens of a mail that are searched for in all encodings. Senders can make up more."""

MAX_REFERENCES = 32
"""Message-Ids that are looked up to find the answered mail; the last ones are the nearest (RFC 5322 section 3.6.4)."""

MAX_SUBJECT = 4_000
"""Characters of a subject; a line may have 998 (RFC 5322 section 2.1.1)."""

MAX_MESSAGE_ID = 998
"""Bytes of a Message-Id, as many as a line may have. Much longer ones do not fit into an index of PostgreSQL."""

TEST_HEADER = "X-Bcc-Dropbox-Test"
"""Marks the mail with which users test their dropbox."""

_MAX_ENCODED = 4 * MAX_SUBJECT
_MAX_SEARCH = 128 * 1024
"""Bytes of a mail in which a charset is searched."""

_MESSAGE_ID = re.compile(r"<[^<>]+>")


def read_bytes(message: xmlrpc.client.Binary | bytes | str | bytearray) -> bytes:
    """Return the bytes of a mail from RPC or from a mailbox, like Odoo does."""
    if isinstance(message, xmlrpc.client.Binary):
        return bytes(message.data)
    if isinstance(message, bytes):
        return message
    return message.encode("utf-8") if isinstance(message, str) else bytes(message)


class RawMail:
    """A mail as bytes, with what its header says.

    The gateway creates one for each incoming mail and passes it on; nothing else reads a header. The header is parsed
    once, on first use, and so is each fact about it. No attribute raises, whatever the mail contains.

    :param bytes content: the mail
    :param Envelope envelope: what the mail server said about the mail, outside the mail itself
    """

    carrier: "RawMail | None" = None
    """The mail that forwards it, see :class:`.forwarded_mail.ForwardedMail`."""

    is_incoming = False
    """Whether it is from a customer, not to one. Set by `_find_mails_to_log`, because it depends on the owner."""

    has_zone = True
    """Whether its date has a time zone."""

    comment = ""
    """What a user wrote when forwarding it."""

    def __init__(self, content: bytes, envelope: Envelope = NO_ENVELOPE):
        self.received = content  # as it was signed, see `check_signatures`
        self.content = mend_line_ends(content)
        self.envelope = envelope
        self._content_excesses: dict[Limits, Excess | None] = {}

    # ------------------------------------------------------------
    # HEADER AND BODY
    # ------------------------------------------------------------

    @cached_property
    def head(self) -> bytes:
        """The header block, including its last line end."""
        return get_head(self.content)

    @property
    def body(self) -> bytes:
        """What follows the header block, beginning with the empty line. Not cached, because it may be large."""
        return self.content.lstrip(b"\r\n")[len(self.head) :]

    def read_content(self, max_text: int) -> MailContent:
        """Return its texts and files, see :func:`.mail_content.read_content`."""
        return read_content(self.content, max_text)

    @cached_property
    def fields(self) -> list[HeaderField]:
        """The header fields in order."""
        return read_fields(self.head)

    @cached_property
    def server_fields(self) -> list[HeaderField]:
        """The header fields as mail servers read them: a carriage return alone ends no line."""
        if self.head.count(b"\r") == self.head.count(b"\r\n"):
            return self.fields
        return read_fields(self.head.replace(b"\r\n", b"\n").replace(b"\r", b"\0"))

    # ------------------------------------------------------------
    # IDENTITY
    # ------------------------------------------------------------

    @cached_property
    def message_id(self) -> str:
        """The Message-Id as Odoo stores it, so that both compare equal; empty when it is missing or too long."""
        values = read_texts(self.fields, "message-id")
        return clean(values[0]) if values and len(values[0].encode()) <= MAX_MESSAGE_ID else ""

    @cached_property
    def fingerprint(self) -> str:
        """Identifies the mail among those of one dropbox: 64 hexadecimal digits, see :mod:`.fingerprint`."""
        return digest_mail(self.content, self.head, self.fields, self.body)

    @cached_property
    def former_fingerprint(self) -> str:
        """The fingerprint that an older version may have stored for this mail."""
        return digest_former(self.content, self.fields, self.message_id)

    @property
    def identity(self) -> Identity:
        """Message-Id and fingerprint."""
        return Identity(self.message_id, self.fingerprint)

    @cached_property
    def references(self) -> tuple[str, ...]:
        """Message-Ids of the mails that it answers, the nearest last."""
        return self._read_message_ids("references", "in-reply-to")[-MAX_REFERENCES:]

    @cached_property
    def forwarded_ids(self) -> tuple[str, ...]:
        """Message-Ids of the mails that it may forward: programs refer to a forwarded mail as to an answered one."""
        return self._read_message_ids("x-forwarded-message-id", "in-reply-to")[-MAX_REFERENCES:]

    def _read_message_ids(self, *names: str) -> tuple[str, ...]:
        found = (
            "".join(message_id.split())  # some clients fold inside of one
            for name in names
            for text in read_texts(self.fields, name)
            for message_id in _MESSAGE_ID.findall(text)
        )
        return tuple(dict.fromkeys(map(clean, found)))

    @cached_property
    def date(self) -> datetime | None:
        """When it was sent: naive, UTC; None if the date is missing or unreadable."""
        return parse_date(read_first(self.fields, "date"))

    @property
    def zone(self) -> timezone:
        """The time zone of its date; UTC if there is none."""
        return parse_zone(read_first(self.fields, "date"))

    @cached_property
    def charset(self) -> str | None:
        """The declared charset of its first text, which programs that do not encode the header use there as well."""
        _kind, parameters = parse_value(read_first(self.fields, "content-type")[:1_000])
        if "charset" in parameters or self.head.isascii():
            return parameters.get("charset")
        charsets = (part.parameters.get("charset") for part in parse_mail(self.content[:_MAX_SEARCH]).walk())
        return next(filter(None, charsets), None)

    @cached_property
    def subject(self) -> str:
        """The decoded subject on one line, without tokens."""
        value = next((field.value for field in self.fields if field.name == "subject"), b"")[:_MAX_ENCODED].strip()
        text = decode_header(value, self.charset)
        text = " ".join(decode_words(text).split())[:MAX_SUBJECT]
        return clean(text, self.secrets)

    # ------------------------------------------------------------
    # SENDER
    # ------------------------------------------------------------

    @cached_property
    def senders(self) -> tuple[Address, ...]:
        """The mailboxes of all From fields, without duplicates."""
        return tuple(self._read_addresses("from").values())

    @property
    def sender(self) -> str:
        """The From field as shown to people, without tokens."""
        return clean(", ".join(address.formatted for address in self.senders))

    @property
    def sender_email(self) -> str:
        """The only address in From; empty if there is none or more than one, or if it contains a token."""
        [email, *others] = [sender.email for sender in self.senders] or [""]
        return "" if others or holds_token(email) else email

    @property
    def likely_email(self) -> str:
        """The only readable address in From, whatever else is there; see :attr:`sender_email`."""
        emails = [sender.email for sender in self.senders if sender.email]
        return emails[0] if len(emails) == 1 and not holds_token(emails[0]) else ""

    @cached_property
    def sender_flaw(self) -> str:
        """Why the sender is ambiguous: `several`, `unclear`, `loose` or empty, see :func:`find_sender_flaw`."""
        return find_sender_flaw(self.content, self.fields, self.senders)

    @cached_property
    def spelling(self) -> str:
        """The From field as written if it is ambiguous or misleading, else empty; see :func:`find_spelling`."""
        return find_spelling(self.fields, self.senders, self.likely_email, self.sender_flaw)

    @cached_property
    def claims(self) -> tuple[tuple[str, str], ...]:
        """``(header, address)`` of the fields that some programs take for the sender."""
        return tuple((name, address.email) for name in CLAIM_HEADERS for address in self._read_addresses(name).values())

    @cached_property
    def is_signed(self) -> bool:
        """Whether it has a DKIM signature (RFC 6376), valid or not."""
        return any(field.name == "dkim-signature" for field in self.fields)

    # ------------------------------------------------------------
    # RECIPIENTS
    # ------------------------------------------------------------

    @cached_property
    def to(self) -> tuple[Address, ...]:
        """The mailboxes of all To fields, without duplicates."""
        return tuple(self._read_addresses("to").values())

    @cached_property
    def cc(self) -> tuple[Address, ...]:
        """The mailboxes of all Cc fields, without duplicates and those in To."""
        known = {address.email or address.text for address in self.to}
        return tuple(address for key, address in self._read_addresses("cc").items() if key not in known)

    @cached_property
    def recipients(self) -> tuple[Address, ...]:
        """To, then Cc."""
        return self.to + self.cc

    @property
    def correspondents(self) -> tuple[Address, ...]:
        """The addresses on whose records it may be logged: the senders if it is incoming, else the recipients."""
        return self.senders if self.is_incoming else self.recipients

    @property
    def recipient_text(self) -> str:
        """All To and Cc fields as one list, not decoded."""
        return join_texts(self.fields, "to", "cc")

    @cached_property
    def other_recipients(self) -> tuple[set[str], set[str]]:
        """The addresses other than dropboxes: those in To and Cc, and those that only the envelope names.

        Empty for a copy in a mailbox for BCC copies: other recipients get the mail itself.
        """
        if self.mailbox:
            return set(), set()
        written = {address.email for address in self.recipients if address.email}
        return find_other_recipients(written, self.fields, self.envelope)

    def _read_addresses(self, name: str) -> dict[str, Address]:
        """Return the mailboxes of the fields with a name, by address."""
        found = {}
        addresses = read_addresses(read_texts(self.fields, name))
        if self.charset and not self.head.isascii():
            decoded = read_addresses(read_texts(self.fields, name, charset=self.charset))
            # bytes of letters may be at signs or quotes, as which mail servers read them
            if [address.email for address in decoded] == [address.email for address in addresses]:
                addresses = decoded
        for address in addresses:
            found.setdefault(address.email or address.text, address)
        return found

    # ------------------------------------------------------------
    # DROPBOXES
    # ------------------------------------------------------------

    @cached_property
    def deliveries(self) -> tuple[Delivery, ...]:
        """The dropboxes that it is for, each once, see :func:`find_deliveries`."""
        return find_deliveries(self.head, self.fields, self.envelope)

    @property
    def mailbox(self) -> str:
        """The mailbox for BCC copies if only the sender identifies the owner; empty if a dropbox is named."""
        return self.envelope.mailbox if all(found.header == MAILBOX for found in self.deliveries) else ""

    @cached_property
    def secrets(self) -> Secrets:
        """The tokens to hide in what is logged or shown of it.

        Beyond :data:`MAX_SECRETS`, only what has the form of a dropbox is hidden: each token takes time to search for.
        """
        return Secrets.of(delivery.token for delivery in self.deliveries[:MAX_SECRETS])

    def add_envelope(self) -> bytes:
        """Return the mail with its envelope recipients other than dropboxes in its header, to be stored."""
        others = [address.email for address in read_addresses(self.envelope.recipients)]
        fields = [f"Delivered-To: {email}\r\n" for email in others if email and not is_dropbox(email)]
        return "".join(fields).encode() + self.content

    def strip_dropboxes(self, recipients: tuple[str, ...] = ()) -> bytes:
        """Return the mail without dropboxes, for readers who must not see them.

        Recipients that are dropboxes are removed from the header, elsewhere tokens are hidden.

        :param recipients: addresses to name in Delivered-To, the only field of the envelope that Odoo reads
        """
        delivered = "".join(f"Delivered-To: {recipient}\r\n" for recipient in recipients).encode()
        rest = self.head[MAX_HEAD:] + self.body
        if b"\0" not in rest:  # binary files are never changed
            rest = self.secrets.redact_latin1(rest)
        return self.secrets.redact_latin1(delivered + strip_fields(self.fields)) + rest

    # ------------------------------------------------------------
    # KIND AND LIMITS
    # ------------------------------------------------------------

    @cached_property
    def automatic(self) -> str:
        """The field that marks it as automatic mail (RFC 3834 section 5, RFC 5321 section 4.5.5), or empty.

        List-Id, Precedence and X-Auto-Response-Suppress do not count, because ordinary mail has them.
        """
        keywords = [text.lower().replace(";", " ").split()[:1] for text in read_texts(self.fields, "auto-submitted")]
        if any(keyword not in ([], ["no"]) for keyword in keywords):
            return "Auto-Submitted"
        if any("".join(text.split()) in ("", "<>") for text in read_texts(self.fields, "return-path")):
            return "Return-Path"
        if any(text.lower().startswith("multipart/report") for text in read_texts(self.fields, "content-type")):
            return "Content-Type"
        return ""

    @cached_property
    def list_emails(self) -> set[str]:
        """The addresses of the mailing list that distributed it."""
        return find_list_addresses(self.fields)

    @property
    def test(self) -> str:
        """The value of the field that marks the test of a dropbox, or empty."""
        return read_first(self.fields, TEST_HEADER.lower())[:MAX_SUBJECT]

    @cached_property
    def is_tangled(self) -> bool:
        """Whether Odoo's parser would take long for the header, although it is within all limits."""
        return is_tangled(self.fields)

    def find_excess(self, limits: Limits) -> Excess | None:
        """Return the first limit that it exceeds; None if it can be parsed."""
        return find_header_excess(self.head, self.fields, limits) or self.find_content_excess(limits)

    def find_content_excess(self, limits: Limits) -> Excess | None:
        """Return the first limit that it exceeds, other than those of the header; None if its content can be parsed."""
        if limits not in self._content_excesses:
            self._content_excesses[limits] = find_content_excess(self.content, limits)
        return self._content_excesses[limits]

    def shorten(self) -> "RawMail":
        """Return the mail as it can be stored: itself, or only its header if it is too large."""
        content = shorten(self.content)
        if content is self.content:
            return self
        shortened = RawMail(content, self.envelope)
        shortened.deliveries = self.deliveries  # the header may be cut as well
        return shortened
