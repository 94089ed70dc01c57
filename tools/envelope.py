"""Step 1 of the way of a mail, *find*: which dropboxes is this mail for?

A Bcc recipient stands in no To or Cc. What is left of it depends on the mail server, so the token is looked
for in every header that can carry an envelope recipient, by pattern, on the raw bytes: address parsers lose
whole lists on one odd item.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .address import (
    DROPBOX_PREFIX,
    TOKEN_PATTERN,
    Address,
    clean,
    decode_bytes,
    is_dropbox,
    parse_addresses,
    split_mailboxes,
)
from .redaction import Secrets

ENVELOPE = "envelope"
"""Where a dropbox was found that the mail server named beside the mail: no header has this place in the log."""

ADDRESS_HEADERS = ("resent-to", "resent-cc", "resent-bcc", "bcc", "to", "cc")
RECIPIENT_HEADERS = (
    "x-original-to",
    "delivered-to",
    "x-delivered-to",
    "envelope-to",
    "x-envelope-to",
    "x-gm-original-to",
    "x-forwarded-to",
    "x-apparently-to",
    "apparently-to",
    "x-original-recipient",
    "original-recipient",
    "x-rcpt-to",
    "x-bcc-dropbox-recipient",  # by former delivery scripts; anybody can write it
    *ADDRESS_HEADERS,
)
"""Headers that can carry an envelope recipient, the surest first."""

MAX_HEAD = 1024**2
"""Bytes of a header block that are looked at, from the top, where mail servers write who a mail is for. A mail that
has more is over a limit, see :func:`find_header_excess`; only what stands there is known of it."""

MAX_FIELDS = 10_000
"""Header fields that are looked at, from the top."""

MAX_VALUE = 128 * 1024
"""Bytes that are read of a header field, and of all fields of one name: a thousand addresses with names."""

MAX_ADDRESSES = 1_000
"""Mailboxes read of one kind of header. A mail that names more is over any limit of recipients."""

MAX_DELIVERIES = 1_000
"""Dropboxes of one mail."""

_HEADER_ENDS = (b"\n\n", b"\n\r\n", b"\r\r")
# from the start of a line only: elsewhere a long line without a colon would take minutes
_NAME = re.compile(rb"(?<![^\r\n])([!-9;-~]+)[ \t]*:")
# looked for by itself: one pattern with a repeated group remembers each folded line
_FIELD_END = re.compile(rb"\r?\n(?![ \t])|\r(?!\n)")
_FOLD = re.compile(rb"\r?\n")
_CUT_CHARACTER = re.compile(rb"[\xc0-\xff][\x80-\xbf]{0,2}\Z")
_CUT = "…"
"""Stands where a text was cut. No address can end so: half of one is none."""

_TOKEN = re.compile(TOKEN_PATTERN.encode(), re.IGNORECASE)
# RFC 5321 section 4.4: "for" <path> of a trace header
_RECEIVED_FOR = re.compile(rb"\bfor\s+(<[^<>]*>|[^\s;]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Envelope:
    """What a mail server told of a mail beside it.

    In the context of the gateway under :data:`ENVELOPE_KEY`. As an object: clients can pass none.

    :param tuple recipients: the addresses that the mail is for
    """

    recipients: tuple[str, ...] = ()


ENVELOPE_KEY = "bcc_dropbox_envelope"
NO_ENVELOPE = Envelope()


@dataclass(frozen=True)
class Delivery:
    """A token found in a mail, or beside it.

    :param str token: in lower case
    :param str suffix: what follows the token behind a plus sign, kept for later use
    :param str header: name of the header it was found in, in lower case, or :data:`ENVELOPE`
    :param bool from_last_hop: whether it is from the envelope, or that header stands above the first Received, where
        only the server that handed the mail to Odoo writes
    """

    token: str
    suffix: str
    header: str
    from_last_hop: bool


@dataclass(frozen=True)
class HeaderField:
    """One header field of a mail.

    :param str name: in lower case
    :param bytes value: as it stands in the mail, folded
    :param bytes raw: name, value and line end
    :param bool is_whole: whether it ends before :data:`MAX_HEAD`
    """

    name: str
    value: bytes
    raw: bytes
    is_whole: bool = True

    @property
    def text(self) -> str:
        """The unfolded value; 8-bit bytes are read as UTF-8, else as Latin-1."""
        return self.read_start(MAX_VALUE)

    def read_start(self, max_bytes: int) -> str:
        """Read the beginning of the value, with a mark at its end if it is cut, see :attr:`text`."""
        value, is_cut = self.value[:max_bytes], not self.is_whole or len(self.value) > max_bytes
        if is_cut:
            value = _CUT_CHARACTER.sub(b"", value)
        text = decode_bytes(_FOLD.sub(b"", value).strip())
        return text + _CUT if is_cut else text


def get_head(raw: bytes) -> bytes:
    """Get the header block of a mail, its last line end included."""
    raw = raw.lstrip(b"\r\n")
    return raw[: _find_head_end(raw)]


def split_head(raw: bytes) -> tuple[bytes, bytes]:
    """Split a mail into its header block and the rest, the empty line included."""
    raw = raw.lstrip(b"\r\n")
    end = _find_head_end(raw)
    return raw[:end], raw[end:]


def _find_head_end(raw: bytes) -> int:
    """Find where the empty line begins; the end of a mail that has none.

    By searches that run at the speed of memory, in windows that grow, for the body may be large.
    """
    window = 65_536
    while True:
        ends = [end for line in _HEADER_ENDS if (end := raw.find(line, 0, window) + 1)]
        if ends:
            return min(ends)
        if window >= len(raw):
            return len(raw)
        window *= 16


def read_fields(head: bytes) -> list[HeaderField]:
    """Read the header fields of a header block, in their order; lines that are none are passed over.

    Linear in time and memory, and nothing behind :data:`MAX_HEAD` and :data:`MAX_FIELDS` is looked at.
    """
    is_cut, head = len(head) > MAX_HEAD, head[:MAX_HEAD]
    fields, position = [], 0
    while len(fields) < MAX_FIELDS and (name := _NAME.search(head, position)):
        line_end = _FIELD_END.search(head, name.end())
        end, position = line_end.span() if line_end else (len(head), len(head))
        value = head[name.end() : end]
        fields.append(
            HeaderField(name[1].decode().lower(), value, head[name.start() : position], bool(line_end) or not is_cut)
        )
    return fields


def read_texts(fields: Iterable[HeaderField], *names: str) -> list[str]:
    """Read the texts of the fields of some names, in their order, up to :data:`MAX_VALUE` bytes in all."""
    texts, size = [], 0
    for field in fields:
        if field.name in names:
            size += len(field.value)
            if texts and size > MAX_VALUE:
                break
            texts.append(field.text)
    return texts


def read_addresses(texts: Iterable[str]) -> list[Address]:
    """Read the mailboxes of address headers in their order, at most :data:`MAX_ADDRESSES`."""
    addresses = []
    for text in texts:
        addresses += parse_addresses(text, MAX_ADDRESSES - len(addresses))
        if len(addresses) >= MAX_ADDRESSES:
            break
    return addresses


def find_deliveries(raw: bytes, envelope: Envelope = NO_ENVELOPE) -> tuple[Delivery, ...]:
    """Find every dropbox that a mail is for, each once, in the surest place that names it: beside it, else a header."""
    head, recipients = get_head(raw), "\n".join(envelope.recipients).encode()
    if not any(DROPBOX_PREFIX.encode() in text.lower() for text in (head[:MAX_HEAD], recipients)):
        return ()
    found = [(ENVELOPE, True, match) for match in _TOKEN.finditer(recipients)]
    found += _find_in_headers(read_fields(head))
    deliveries = {}
    for place, from_last_hop, match in found:
        if len(deliveries) >= MAX_DELIVERIES:
            break
        token = match["token"].decode().lower()
        suffix = clean(decode_bytes(match["suffix"] or b""))
        deliveries.setdefault(token, Delivery(token, suffix, place, from_last_hop))
    return tuple(deliveries.values())


def _find_in_headers(fields: list[HeaderField]) -> list[tuple[str, bool, re.Match]]:
    """Find the tokens in header fields, the surest first: name of the header, whether by the last hop, and match."""
    first_received = next((i for i, field in enumerate(fields) if field.name == "received"), len(fields))
    ranked = []
    for index, field in enumerate(fields):
        if field.name in RECIPIENT_HEADERS:
            rank, value = RECIPIENT_HEADERS.index(field.name), field.value
        elif field.name == "received":
            rank, value = len(RECIPIENT_HEADERS), b" ".join(_RECEIVED_FOR.findall(field.value))
        else:
            continue
        ranked.extend((rank, field.name, index < first_received, match) for match in _TOKEN.finditer(value))
    return [found for _rank, *found in sorted(ranked, key=lambda item: item[0])]  # of the same, the topmost stays first


def find_secrets(raw: bytes, envelope: Envelope = NO_ENVELOPE, token: str = "") -> Secrets:
    """Return the tokens to hide in what is filed of a mail, or shown.

    :param Envelope envelope: what was told beside the mail
    :param str token: one that the mail is known to be for
    """
    tokens = [delivery.token for delivery in find_deliveries(raw, envelope)]
    return Secrets.of(filter(None, [token, *tokens]))


def find_other_recipients(raw: bytes, envelope: Envelope = NO_ENVELOPE) -> tuple[set[str], set[str]]:
    """Find the recipients besides the dropboxes.

    A mailbox that only collects the mail (``crm@`` of ``crm+bcc-…@``) is no recipient of its own.

    :return: the addresses in To and Cc, and those that only the envelope names; all normalised
    """
    fields = read_fields(get_head(raw))
    written, told = set(), {address.email for address in read_addresses(envelope.recipients) if address.email}
    for name in RECIPIENT_HEADERS:
        emails = written if name in ("to", "cc") else told
        emails.update(address.email for address in read_addresses(read_texts(fields, name)) if address.email)
    dropboxes = set(filter(is_dropbox, written | told))
    mailboxes = set()
    for dropbox in dropboxes:
        local_part, _at, domain = dropbox.rpartition("@")
        mailboxes.add(f"{local_part.partition('+' + DROPBOX_PREFIX)[0]}@{domain}")
    return written - dropboxes, told - written - dropboxes - mailboxes


def add_envelope(raw: bytes, envelope: Envelope) -> bytes:
    """Return a mail that names its envelope recipients other than dropboxes in itself, to be stored."""
    others = [address.email for address in read_addresses(envelope.recipients) if not is_dropbox(address.email)]
    return b"".join(f"Delivered-To: {email}\r\n".encode() for email in others if email) + raw


def strip_dropboxes(raw: bytes, recipients: Iterable[str] = ()) -> bytes:
    """Take every dropbox out of a mail, for readers who must not see it.

    A list of addresses loses the item, any other header that can carry an envelope recipient is left out, and
    elsewhere the token is hidden.

    :param recipients: addresses to name in Delivered-To, the only header of the envelope that Odoo reads
    """
    head, rest = split_head(raw)
    kept = [f"Delivered-To: {recipient}\r\n".encode() for recipient in recipients]
    for field in read_fields(head):
        if field.name not in (*RECIPIENT_HEADERS, "received") or not _TOKEN.search(field.value):
            kept.append(field.raw)
        elif field.name in ADDRESS_HEADERS:
            others = [item for item in split_mailboxes(field.text) if not _TOKEN.search(item.encode())]
            if others:
                kept.append(field.raw.partition(b":")[0] + b": " + ", ".join(others).encode() + b"\r\n")
    secrets, rest = find_secrets(raw), head[MAX_HEAD:] + rest
    if b"\0" not in rest:  # no file in it is sent as it is: those are never changed
        rest = secrets.redact_latin1(rest)
    return secrets.redact_latin1(b"".join(kept)) + rest
