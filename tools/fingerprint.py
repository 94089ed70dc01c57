"""The fingerprint of a mail, which identifies it together with its Message-Id.

A Message-Id alone is no identity: mail merges and *send again* reuse it, and strangers can. The fingerprint covers what
people see: the sender, the recipients, the subject and the text. The same mail has the same fingerprint whichever way
it came:

- Trace fields, Bcc, dropboxes in To and Cc, and display names do not count.
- Line ends, blanks, wrapped lines, the ``>`` of mbox files, transfer encodings, boundaries and HTML tags do not count.
- Words that a mailing list or a gateway adds to the subject or the text make a difference, because people see them.

The content is not parsed: a search finds the delimiter lines, and the first bytes of each text are decoded, without any
charset that the mail names. This takes linear time, keeps a bounded amount of text, and never raises.

Fingerprints are stored: do not change what they are computed from.
"""

import re
from binascii import Error, a2b_base64, a2b_qp
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from hashlib import sha256

from .address import is_dropbox
from .charset import decode_words
from .header import MAX_FIELDS, MAX_HEAD, HeaderField, join_texts, read_fields, read_first, split_head

MAX_TEXT = 256 * 1024
"""Bytes of text, as transferred, that count. Mails that differ only behind them have the same fingerprint."""

MAX_DASHES = 2_000
"""Lines beginning with two dashes that may be delimiters of parts."""

MAX_FIELD = 64 * 1024
"""Characters of an address list, and of a subject, that count."""

MAX_PART_HEADER = 8 * 1024
"""Bytes of the header of a part that are read."""

MAX_DELIMITER = 200
"""Bytes of a delimiter line; RFC 2046 section 5.1.1 allows 70, and blanks behind them."""

_SEPARATORS = re.compile(r"""[\s<>,;:'"()\[\]\\]+""")
_BOUNDARY = re.compile(r"""boundary\s*=\s*(?:"([^"]*)"|([^\s;"]+))""", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True)
class Identity:
    """What identifies a mail.

    :param str message_id: as Odoo stores it; may be empty
    :param str fingerprint: see this module
    """

    message_id: str
    fingerprint: str


@dataclass(frozen=True)
class Part:
    """The position of a part's content, and what its header says about it.

    :param str content_type: in lower case, without parameters
    :param str encoding: of the transfer, in lower case
    :param bytes boundary: of the parts in it; empty when there are none
    :param int start: where its content begins
    :param int end: where its content ends
    """

    content_type: str = "text/plain"
    encoding: str = ""
    boundary: bytes = b""
    start: int = 0
    end: int = 0


def digest_mail(content: bytes, head: bytes, fields: list[HeaderField], body: bytes) -> str:
    """Return the fingerprint of a mail: 64 hexadecimal digits."""
    if len(head) > MAX_HEAD or len(fields) >= MAX_FIELDS:
        return sha256(content).hexdigest()  # what is not read may be all that differs
    # without a Message-Id, the date distinguishes two mails with the same words
    identity = read_first(fields, "message-id") or read_first(fields, "date")
    return sha256(_digest_fields(identity, fields).encode() + _read_text(fields, body)).hexdigest()


def digest_former(content: bytes, fields: list[HeaderField], message_id: str) -> str:
    """Return the fingerprint that an older version may have stored, of a mail whose text is no longer known.

    That version stored the Message-Id alone; a migration replaced it by a digest of the header.
    """
    if message_id:
        return _digest_fields(message_id, fields)
    return f"sha256:{sha256(content).hexdigest()}"


def digest_header(identity: str, sender: str, recipients: str, subject: str) -> str:
    """Return a hash of what people see of a header.

    :param str identity: the Message-Id
    :param str sender: the From field
    :param str recipients: the To and Cc fields
    :param str subject: decoded
    """
    lines = [_squeeze(identity), *_list_addresses(sender), "", *_list_addresses(recipients), ""]
    return sha256("\n".join([*lines, _squeeze(subject[:MAX_FIELD])]).encode(errors="replace")).hexdigest()


def _digest_fields(identity: str, fields: list[HeaderField]) -> str:
    subject = decode_words(read_first(fields, "subject")[:MAX_FIELD])
    return digest_header(identity, join_texts(fields, "from"), join_texts(fields, "to", "cc"), subject)


def _squeeze(text: str) -> str:
    """Return a text without what relays change: blanks, and the ``>`` that mbox files put before *From*."""
    return "".join(text.split()).replace(">", "")


def _list_addresses(text: str) -> list[str]:
    """Return everything that looks like an address, sorted, without dropboxes.

    Not by the address parser, because that may be improved and fingerprints must not change.
    """
    words = _SEPARATORS.split(text[:MAX_FIELD].lower())
    return sorted({word.rstrip(".") for word in words if "@" in word and not is_dropbox(word)})


# ------------------------------------------------------------
# TEXT
# ------------------------------------------------------------


def _read_text(fields: list[HeaderField], body: bytes) -> bytes:
    """Return the words of a body; where it has none, the beginning of its files."""
    parts = list(_walk(fields, body))
    texts = [part for part in parts if part.content_type.startswith("text/")]
    words = "".join(_read_words(part, content) for part, content in _cut(texts, body))
    files = [part for part in parts if not part.boundary]
    return words.encode() or b"".join(b"".join(content.split()) for _part, content in _cut(files, body))


def _cut(parts: list[Part], body: bytes) -> Iterator[tuple[Part, bytes]]:
    """Yield the contents of parts, up to a limit for all of them."""
    room = MAX_TEXT
    for part in parts:
        content = body[part.start : min(part.end, part.start + room)]
        room -= len(content)
        yield part, content


def _read_words(part: Part, content: bytes) -> str:
    """Return a text without tags and blanks."""
    if part.encoding == "base64":
        content = b"".join(content.split())
        with suppress(Error):
            content = a2b_base64(content[: len(content) // 4 * 4])
    elif part.encoding == "quoted-printable":
        content = a2b_qp(content)
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return _squeeze(_TAG.sub("", text) if part.content_type == "text/html" else text)


def _walk(fields: list[HeaderField], body: bytes) -> Iterator[Part]:
    """Yield the parts of a body in order, a part with parts in it before these."""
    part = _read_part(fields)
    boundaries, start = {part.boundary} - {b""}, 0
    for line_start, line_end in _find_dashes(body) if boundaries else ():
        name = body[line_start + 2 : line_end].rstrip()
        is_last = name not in boundaries and name.removesuffix(b"--") in boundaries
        if name not in boundaries and not is_last:
            continue
        yield replace(part, start=start, end=line_start)
        # an empty type: the text behind the last part does not count
        part, start = (Part(content_type="", boundary=b"-"), line_end) if is_last else _read_part_at(body, line_end)
        boundaries |= {part.boundary} - {b"", b"-"}
    yield replace(part, start=start, end=len(body))


def _find_dashes(body: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and end of the lines that begin with two dashes and are short enough for a delimiter."""
    end = 0
    for _line in range(MAX_DASHES):
        start = body.find(b"\n--", end) + 1
        if not start:
            return
        end = body.find(b"\n", start, start + MAX_DELIMITER)
        if end < 0 and start + MAX_DELIMITER >= len(body):
            end = len(body)
        if end > 0:
            yield start, end
        else:
            end = start


def _read_part_at(body: bytes, start: int) -> tuple[Part, int]:
    """Read the header of the part behind a delimiter line; return the part, and where its content begins."""
    window = body[start : start + MAX_PART_HEADER].removeprefix(b"\r").removeprefix(b"\n")
    if window.startswith((b"\n", b"\r\n")):
        return Part(), start
    head = split_head(window.partition(b"\n--")[0])[0]
    return _read_part(read_fields(head)), start + len(head)


def _read_part(fields: list[HeaderField]) -> Part:
    content_type = read_first(fields, "content-type")[:MAX_PART_HEADER]
    boundary = _BOUNDARY.search(content_type)
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("multipart/") and boundary:
        return Part(content_type=kind, boundary=(boundary[1] or boundary[2] or "").encode().rstrip())
    encoding = read_first(fields, "content-transfer-encoding").strip().lower()
    return Part(content_type=kind or "text/plain", encoding=encoding)
