"""Step 1, *find*: which dropboxes is a mail for?

A Bcc recipient is not in To or Cc. Where it can still be found depends on the mail server, so the token is searched by
pattern in every field that can carry an envelope recipient, on the raw bytes: address parsers lose whole lists because
of one odd item. Use :attr:`RawMail.deliveries`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .address import DROPBOX_PREFIX, TOKEN_PATTERN, clean, decode_bytes, is_dropbox, split_mailboxes
from .destination import MAX_SUFFIXES, join_suffixes
from .header import MAX_HEAD, HeaderField, read_addresses, read_texts

ENVELOPE = "envelope"
"""The place of a dropbox that the mail server named outside the mail. No header field can have this place."""

MAILBOX = "mailbox"
"""The place of a dropbox found by the verified sender, in a mailbox for BCC copies. No header field can have it."""

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
    "x-bcc-dropbox-recipient",  # of former delivery scripts; any sender can write it
    *ADDRESS_HEADERS,
)
"""Fields that can carry an envelope recipient, the most reliable first."""

MAX_DELIVERIES = 1_000
"""Dropboxes of one mail."""

_TOKEN = re.compile(TOKEN_PATTERN.encode(), re.IGNORECASE)
# RFC 9110 section 10.1.5: the first product of a User-Agent. Too short for a token; the script has no version.
_CLIENT = re.compile(r"(odoo-bcc-receiver/\d[\w.]{0,14}|odoo_bcc_mailgate(?:/\d[\w.]{0,14})?)(?:\s.*)?", re.ASCII)
# RFC 5321 section 4.4: "for" <path> of a trace field
_RECEIVED_FOR = re.compile(rb"\bfor\s+(<[^<>]*>|[^\s;]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Envelope:
    """What a mail server said about a mail, outside the mail itself.

    The gateway reads it from the context, under :data:`ENVELOPE_KEY`. It is an object because RPC clients cannot put
    objects into the context.

    :param tuple recipients: the addresses that the mail is for
    :param str client: the program that delivered the mail, with its version, see :func:`read_client`
    :param str mailbox: name of the mailbox for BCC copies that the mail was fetched from, see :mod:`.by_sender`;
        empty for all other mail
    """

    recipients: tuple[str, ...] = ()
    client: str = ""
    mailbox: str = ""


ENVELOPE_KEY = "bcc_dropbox_envelope"
NO_ENVELOPE = Envelope()


def read_client(user_agent: str) -> str:
    """Return which of our programs sent a request, according to the request itself; empty for any other."""
    match = _CLIENT.fullmatch(user_agent)
    return match[1] if match else ""


@dataclass(frozen=True)
class Delivery:
    """A token found in a mail or in its envelope.

    :param str token: in lower case
    :param str suffix: what follows the token behind a plus sign, in all its places, see :mod:`.destination`
    :param str header: name of the field in lower case, :data:`ENVELOPE` or :data:`MAILBOX`
    :param bool from_last_hop: whether it is from the envelope, or from a field above the first Received, which only the
        server that handed the mail to Odoo can write
    """

    token: str
    suffix: str
    header: str
    from_last_hop: bool


def find_deliveries(head: bytes, fields: Iterable[HeaderField], envelope: Envelope) -> tuple[Delivery, ...]:
    """Return every dropbox of a mail once, found in its most reliable place: the envelope, then the header fields.

    It has the suffixes of all its addresses in the mail, because each may name another destination.
    """
    recipients = "\n".join(envelope.recipients).encode()
    if not any(DROPBOX_PREFIX.encode() in text.lower() for text in (head[:MAX_HEAD], recipients)):
        return ()
    found = [(ENVELOPE, True, match) for match in _TOKEN.finditer(recipients)]
    found += _find_in_fields(list(fields))
    places, suffixes = {}, {}
    for place, from_last_hop, match in found:
        token = match["token"].decode().lower()
        if token not in places and len(places) >= MAX_DELIVERIES:
            break
        places.setdefault(token, (place, from_last_hop))
        of_token = suffixes.setdefault(token, {})
        if len(of_token) < MAX_SUFFIXES:
            of_token[match["suffix"] or b""] = None
    return tuple(
        Delivery(token, join_suffixes(clean(decode_bytes(suffix)) for suffix in suffixes[token]), *place)
        for token, place in places.items()
    )


def _find_in_fields(fields: list[HeaderField]) -> list[tuple[str, bool, re.Match]]:
    """Return the tokens in header fields, the most reliable first: name of the field, from the last hop, match."""
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
    # the sort is stable: of several fields with one name the topmost is first
    return [found for _rank, *found in sorted(ranked, key=lambda item: item[0])]


def find_other_recipients(
    written: set[str], fields: Iterable[HeaderField], envelope: Envelope
) -> tuple[set[str], set[str]]:
    """Return the recipients other than dropboxes.

    A mailbox that only collects the mail (``crm@`` of ``crm+bcc-…@``) is not a recipient.

    :param set written: the addresses in To and Cc
    :return: the addresses in To and Cc, and those that only the envelope or its fields name; all normalised
    """
    in_envelope = {address.email for address in read_addresses(envelope.recipients) if address.email}
    for name in {field.name for field in fields}.intersection(RECIPIENT_HEADERS) - {"to", "cc"}:
        in_envelope.update(address.email for address in read_addresses(read_texts(fields, name)) if address.email)
    dropboxes = set(filter(is_dropbox, written | in_envelope))
    mailboxes = set()
    for dropbox in dropboxes:
        local_part, _at, domain = dropbox.rpartition("@")
        mailboxes.add(f"{local_part.partition('+' + DROPBOX_PREFIX)[0]}@{domain}")
    return written - dropboxes, in_envelope - written - dropboxes - mailboxes


def strip_fields(fields: Iterable[HeaderField]) -> bytes:
    """Return header fields without the recipients that are dropboxes.

    An address list loses these items, any other field that can carry an envelope recipient is left out.
    """
    kept = []
    for field in fields:
        if field.name not in (*RECIPIENT_HEADERS, "received") or not _TOKEN.search(field.value):
            kept.append(field.raw)
        elif field.name in ADDRESS_HEADERS:
            others = [item for item in split_mailboxes(field.text) if not _TOKEN.search(item.encode())]
            if others:
                kept.append(field.raw.partition(b":")[0] + b": " + ", ".join(others).encode() + b"\r\n")
    return b"".join(kept)
