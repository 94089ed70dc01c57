"""Limits of what is parsed, checked on the raw bytes before any parser sees them.

Parsers of mail and HTML may need minutes, gigabytes or the whole stack for a small mail that is odd enough. One pass
over the bytes, as fast as a string search, finds such mails.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from .address import split_mailboxes
from .boundary import find_dashes, list_delimiters
from .header import MAX_FIELDS, MAX_VALUE, HeaderField, get_head, read_texts
from .parameters import PARAMETERS

MB = 1024**2

MAX_KEPT = 100 * MB
"""Bytes of a mail that are stored at most: PostgreSQL and Odoo hold all of them in memory."""

SHORTENED_HEADER = "x-bcc-dropbox-shortened"
"""Field with the size, in bytes, of a mail of which only the header was stored."""

_LINES_PER_BYTE = 20_000 / MB
"""Lines take a parser more time than bytes. Those of an encoded file have 76 characters."""

_CONTENT_TYPE = re.compile(rb"(?i:(?<![^\r\n])content-type)[ \t]*:(?P<value>[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*)")
# a header block as the standard library reads it: it ends at the first line that is not part of a field
_HEAD = re.compile(rb"(?:(?:From |[!-9;-~]*:|[ \t])[^\r\n]*(?:\r\n|\r|\n|\Z))*")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)?")
_LINE_END = re.compile(rb"(?:\r\n|\r|\n)?")
_MAX_TYPE = 16_384
_MAX_PARAMETERS = 100
_SPECIALS = b'()<>@,;:\\".[]=?\t\r\n '
_MAX_SPECIALS = 5_000


@dataclass(frozen=True)
class Limits:
    """The largest mail that is parsed. All limits can be changed.

    :param int size: bytes of a mail
    :param int header: bytes of a header block
    :param int parts: parts of a mail, those of attached mails included
    :param int depth: how deep they are nested
    :param int addresses: mailboxes in all To and Cc headers
    """

    size: int = PARAMETERS["max_mail_mb"] * MB
    header: int = PARAMETERS["max_header_kb"] * 1024
    parts: int = PARAMETERS["max_parts"]
    depth: int = PARAMETERS["max_depth"]
    addresses: int = PARAMETERS["max_addresses"]


@dataclass(frozen=True)
class Excess:
    """The limit that a mail exceeds.

    :param str kind: `size`, `header`, `parts`, `depth` or `addresses`, see :class:`Limits`; `lines` of the mail,
        `fields` of its header and bytes of one `field`, which have fixed limits; `shortened` when only its header was
        stored
    :param int found: the value of the mail, or just more than the limit where counting stopped
    :param int limit: the largest value that is allowed
    """

    kind: str
    found: int
    limit: int


@dataclass(frozen=True)
class _Opened:
    """A multipart whose end has not been reached.

    :param bytes boundary: the line between its parts, without the dashes
    :param int depth: its own
    :param bool is_digest: whether parts without Content-Type are mails
    """

    boundary: bytes
    depth: int
    is_digest: bool


def shorten(content: bytes) -> bytes:
    """Return a mail as it can be stored: if it is too large, only its header, with its size in an additional field."""
    if len(content) <= MAX_KEPT:
        return content
    head = get_head(content)[: Limits.header - 100]
    head = head[: max(head.rfind(b"\n"), head.rfind(b"\r")) + 1]  # whole lines
    return f"{SHORTENED_HEADER}: {len(content)}\n".encode() + head


def find_header_excess(head: bytes, fields: list[HeaderField], limits: Limits) -> Excess | None:
    """Return the limit that the header of a mail exceeds, or None."""
    if len(head) > limits.header:
        return Excess("header", len(head), limits.header)
    if len(fields) >= MAX_FIELDS:
        return Excess("fields", len(fields), MAX_FIELDS)
    addresses = sum(len(split_mailboxes(text)) for name in ("to", "cc") for text in read_texts(fields, name))
    if addresses > limits.addresses:
        return Excess("addresses", addresses, limits.addresses)
    for name in ("to", "cc"):
        size = sum(len(field.value) for field in fields if field.name == name)
        if size > MAX_VALUE:
            return Excess("field", size, MAX_VALUE)
    return None


def is_tangled(fields: list[HeaderField]) -> bool:
    """Return whether the standard library would take long to parse a header that is within all limits.

    Its parser is quadratic in the number of characters with a meaning. Two hundred addresses with names have fewer than
    3,000 of them.
    """
    values = [field.value for field in fields]
    specials = sum((len(value) - len(value.translate(None, _SPECIALS))) ** 2 for value in values)
    return specials > _MAX_SPECIALS**2 or any(len(value) > MAX_VALUE for value in values)


def find_content_excess(content: bytes, limits: Limits) -> Excess | None:
    """Return the limit that a mail exceeds by its size, lines and parts, or None."""
    if content.startswith(SHORTENED_HEADER.encode()):
        size = re.match(rb"[^:]*: ?(\d{1,18})\n", content)
        return Excess("shortened", int(size[1]) if size else 0, MAX_KEPT)
    if len(content) > limits.size:
        return Excess("size", len(content), limits.size)
    lines = max(content.count(b"\n"), content.count(b"\r"))
    if lines > limits.size * _LINES_PER_BYTE:
        return Excess("lines", lines, int(limits.size * _LINES_PER_BYTE))
    for parts, (depth, size) in enumerate(_scan_parts(content.lstrip(b"\r\n"), limits.header), start=1):
        if parts > limits.parts:
            return Excess("parts", parts, limits.parts)
        if depth > limits.depth:
            return Excess("depth", depth, limits.depth)
        if size > limits.header:
            return Excess("header", size, limits.header)
    return None


def _scan_parts(raw: bytes, max_header: int) -> Iterator[tuple[int, int]]:
    """Yield depth and header size of the parts of a mail in order, including the mail itself.

    Reads only the lines that can begin a part, and the headers of parts.
    """
    opened: list[_Opened] = []  # outermost first
    position = yield from _scan_part(raw, 0, 1, max_header, opened)
    known = list_delimiters(multipart.boundary for multipart in opened)
    for start in find_dashes(raw):
        if not opened:
            return
        if start < position:
            continue  # of a header
        line = _LINE.match(raw, start)
        found = known.get(line[0].rstrip())
        if found is None:
            continue
        level, is_end = found
        del opened[level + (not is_end) :]
        if not is_end:
            depth, is_digest = opened[level].depth + 1, opened[level].is_digest
            position = yield from _scan_part(raw, line.end(), depth, max_header, opened, is_digest=is_digest)
        known = list_delimiters(multipart.boundary for multipart in opened)


def _scan_part(
    raw: bytes, position: int, depth: int, max_header: int, opened: list[_Opened], *, is_digest: bool = False
) -> Iterator[tuple[int, int]]:
    """Scan the header of a part, and those of the mails nested in it.

    :param list opened: multiparts; the part is appended if it is one
    :return: where the header ends
    """
    while True:
        head = _HEAD.match(raw, position, position + max_header + 1)
        yield depth, head.end() - position
        content_type, boundary = _read_content_type(head[0], is_digest=is_digest)
        if boundary:
            opened.append(_Opened(boundary, depth, content_type == "multipart/digest"))
        if not content_type.startswith("message/"):
            return head.end()
        position = _LINE_END.match(raw, head.end()).end()
        depth, is_digest = depth + 1, False


def _read_content_type(head: bytes, *, is_digest: bool) -> tuple[str, bytes]:
    """Return the type of a part, and its boundary if it is a multipart."""
    found = _CONTENT_TYPE.search(head)
    if not found:
        return ("message/rfc822" if is_digest else "text/plain"), b""
    message = Message()
    value = b";".join(found["value"][:_MAX_TYPE].split(b";", _MAX_PARAMETERS)[:_MAX_PARAMETERS])
    message["Content-Type"] = value.decode("ascii", "surrogateescape").strip()
    content_type = message.get_content_type()
    boundary = message.get_boundary("") if content_type.startswith("multipart/") else ""
    try:
        return content_type, boundary.encode("ascii", "surrogateescape")
    except UnicodeEncodeError:  # the standard library does not find such a boundary either
        return content_type, b""
