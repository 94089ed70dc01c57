"""Step 1 of the way of a mail, *find*: which dropboxes is this mail for?

A Bcc recipient stands in no To or Cc. What is left of it depends on the mail server, so the token is looked
for in every header that can carry an envelope recipient, by pattern, on the raw bytes: address parsers lose
whole lists on one odd item.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from .address import (
    DROPBOX_PREFIX,
    TOKEN_PATTERN,
    clean,
    decode_bytes,
    is_dropbox,
    parse_addresses,
    split_mailboxes,
)
from .redaction import Secrets

PIPE_HEADER = "x-bcc-dropbox-recipient"
"""Written by ``scripts/odoo_bcc_mailgate.py``: the envelope recipient that the mail server told it."""

ADDRESS_HEADERS = ("resent-to", "resent-cc", "resent-bcc", "bcc", "to", "cc")
RECIPIENT_HEADERS = (
    PIPE_HEADER,
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
    *ADDRESS_HEADERS,
)
"""Headers that can carry an envelope recipient, the surest first."""

MAX_FIELDS = 10_000
"""Header fields that are looked at, from the top, where mail servers write who a mail is for."""

_HEADER_ENDS = (b"\n\n", b"\n\r\n", b"\r\r")
# from the start of a line only: elsewhere a long line without a colon would take minutes
_FIELD = re.compile(rb"(?<![^\r\n])(?P<name>[!-9;-~]+)[ \t]*:(?P<value>[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)(?:\r?\n)?")
_TOKEN = re.compile(TOKEN_PATTERN.encode(), re.IGNORECASE)
# RFC 5321 section 4.4: "for" <path> of a trace header
_RECEIVED_FOR = re.compile(rb"\bfor\s+(<[^<>]*>|[^\s;]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Delivery:
    """A token found in a mail.

    :param str token: in lower case
    :param str suffix: what follows the token behind a plus sign, kept for later use
    :param str header: name of the header it was found in, in lower case
    :param bool from_last_hop: whether that header stands above the first Received, where only the server
        that handed the mail to Odoo writes
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
    """

    name: str
    value: bytes
    raw: bytes

    @property
    def text(self) -> str:
        """The unfolded value; 8-bit bytes are read as UTF-8, else as Latin-1."""
        return decode_bytes(re.sub(rb"\r?\n", b"", self.value).strip())


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
    """Read the header fields of a header block, in their order; lines that are none are passed over."""
    return [
        HeaderField(match["name"].decode().lower(), match["value"], match[0])
        for match in islice(_FIELD.finditer(head), MAX_FIELDS)
    ]


def find_deliveries(raw: bytes) -> tuple[Delivery, ...]:
    """Find every dropbox that a mail is for, each once, in the surest header that names it."""
    head = get_head(raw)
    if DROPBOX_PREFIX.encode() not in head.lower():
        return ()
    fields = read_fields(head)
    first_received = next((i for i, field in enumerate(fields) if field.name == "received"), len(fields))
    ranked = []
    for index, field in enumerate(fields):
        if field.name in RECIPIENT_HEADERS:
            rank, value = RECIPIENT_HEADERS.index(field.name), field.value
        elif field.name == "received":
            rank, value = len(RECIPIENT_HEADERS), b" ".join(_RECEIVED_FOR.findall(field.value))
        else:
            continue
        ranked.extend((rank, index, field.name, match) for match in _TOKEN.finditer(value))
    deliveries = {}
    for _rank, index, name, match in sorted(ranked, key=lambda item: item[0]):  # of the same, the topmost stays first
        token = match["token"].decode().lower()
        suffix = clean(decode_bytes(match["suffix"] or b""))
        deliveries.setdefault(token, Delivery(token, suffix, name, index < first_received))
    return tuple(deliveries.values())


def find_secrets(raw: bytes) -> Secrets:
    """Find the tokens that are to be hidden in what is filed of a mail, or shown: those that it was found for."""
    return Secrets.of(delivery.token for delivery in find_deliveries(raw))


def find_other_recipients(raw: bytes) -> tuple[set[str], set[str]]:
    """Find the recipients besides the dropboxes.

    A mailbox that only collects the mail (``crm@`` of ``crm+bcc-…@``) is no recipient of its own.

    :return: the addresses in To and Cc, and those that only the envelope names; all normalised
    """
    written, envelope, mailboxes = set(), set(), set()
    for field in read_fields(get_head(raw)):
        if field.name not in RECIPIENT_HEADERS:
            continue
        emails = {address.email for address in parse_addresses(field.text) if address.email}
        dropboxes = set(filter(is_dropbox, emails))
        for dropbox in dropboxes:
            local_part, _at, domain = dropbox.rpartition("@")
            mailboxes.add(f"{local_part.partition('+' + DROPBOX_PREFIX)[0]}@{domain}")
        target = written if field.name in ("to", "cc") else envelope
        target |= emails - dropboxes
    return written, envelope - written - mailboxes


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
    secrets = find_secrets(raw)
    if b"\0" not in rest:  # no file in it is sent as it is: those are never changed
        rest = secrets.redact_latin1(rest)
    return secrets.redact_latin1(b"".join(kept)) + rest
