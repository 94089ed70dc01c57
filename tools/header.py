"""Header fields of a mail or of a part (RFC 5322 section 2.2), read in linear time and up to fixed limits.

:class:`RawMail` reads the header of a mail with these functions, once; do not call them for one elsewhere.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from .address import Address, parse_addresses
from .charset import CUT_CHARACTER, decode_header

MAX_HEAD = 1024**2
"""Bytes of a header block that are read, from the top, where mail servers write the recipients. A longer one is over a
limit, see :func:`find_header_excess`."""

MAX_FIELDS = 10_000
"""Header fields that are read, from the top."""

MAX_VALUE = 128 * 1024
"""Bytes that are read of a field, and of all fields of one name: a thousand addresses with names."""

MAX_ADDRESSES = 1_000
"""Mailboxes that are read of one kind of field. A mail with more is over any limit of recipients."""

_HEADER_ENDS = (b"\n\n", b"\n\r\n", b"\r\r")
# Only at the start of a line: otherwise a long line without a colon takes minutes.
_NAME = re.compile(rb"(?<![^\r\n])([!-9;-~]+)[ \t]*:")
# A pattern of its own: one with a repeated group for folded lines needs memory for each of them.
_FIELD_END = re.compile(rb"\r?\n(?![ \t])|\r(?!\n)")
_FOLD = re.compile(rb"\r?\n")
_HEAD_END = re.compile(rb"\n\r*\n")
_CUT = "…"
"""Ends a text that was cut. No address can end with it, so half an address is not taken for one."""


@dataclass(frozen=True)
class HeaderField:
    """One header field.

    :param str name: in lower case
    :param bytes value: as in the mail, folded
    :param bytes raw: name, value and line end
    :param bool is_whole: whether it ends before :data:`MAX_HEAD`
    """

    name: str
    value: bytes
    raw: bytes
    is_whole: bool = True

    @property
    def text(self) -> str:
        """The unfolded value; 8-bit bytes are decoded as UTF-8, else as Latin-1."""
        return self.read_start(MAX_VALUE)

    def read_start(self, max_bytes: int, charset: str | None = None) -> str:
        """Return the beginning of the value, with an ellipsis at its end if it was cut, see :attr:`text`.

        :param charset: of 8-bit bytes that are not UTF-8
        """
        value, is_cut = self.value[:max_bytes], not self.is_whole or len(self.value) > max_bytes
        if is_cut:
            value = CUT_CHARACTER.sub(b"", value)
        text = decode_header(_FOLD.sub(b"", value).strip(), charset, is_guessed=False)
        return text + _CUT if is_cut else text


def mend_line_ends(content: bytes) -> bytes:
    """Return a mail with the line ends that it had before a program converted each of them a second time.

    PHP scripts write such line ends only after some fields, and in the text.
    """
    end = _HEAD_END.search(content, len(content) - len(content.lstrip(b"\r\n")))
    is_converted_twice = content.find(b"\r\r\n", 0, end.end() if end else len(content)) >= 0
    return content.replace(b"\r\r\n", b"\r\n") if is_converted_twice else content


def get_head(content: bytes) -> bytes:
    """Return the header block of a mail or part, including its last line end."""
    content = content.lstrip(b"\r\n")
    return content[: _find_head_end(content)]


def split_head(content: bytes) -> tuple[bytes, bytes]:
    """Split a mail or part into its header block and the rest, which begins with the empty line."""
    content = content.lstrip(b"\r\n")
    end = _find_head_end(content)
    return content[:end], content[end:]


def _find_head_end(content: bytes) -> int:
    """Return where the empty line begins, or the length if there is none.

    Searches growing windows with ``bytes.find``, because the body may be large.
    """
    window = 65_536
    while True:
        ends = [end for line in _HEADER_ENDS if (end := content.find(line, 0, window) + 1)]
        if ends:
            return min(ends)
        if window >= len(content):
            return len(content)
        window *= 16


def read_fields(head: bytes) -> list[HeaderField]:
    """Return the fields of a header block in order; lines that are not part of a field are skipped.

    Takes linear time and memory. Ignores what is behind :data:`MAX_HEAD` and :data:`MAX_FIELDS`.
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


def read_texts(fields: Iterable[HeaderField], *names: str, charset: str | None = None) -> list[str]:
    """Return the texts of the fields with some names in order, up to :data:`MAX_VALUE` bytes in total.

    :param charset: of 8-bit bytes that are not UTF-8
    """
    texts, size = [], 0
    for field in fields:
        if field.name in names:
            size += len(field.value)
            if texts and size > MAX_VALUE:
                break
            texts.append(field.read_start(MAX_VALUE, charset))
    return texts


def read_first(fields: Iterable[HeaderField], name: str) -> str:
    """Return the text of the first field with a name, or an empty text."""
    return next((field.text for field in fields if field.name == name), "")


def join_texts(fields: Iterable[HeaderField], *names: str) -> str:
    """Return the texts of all fields with some names as one list, separated by commas."""
    return ", ".join(field.text for field in fields if field.name in names)


def read_addresses(texts: Iterable[str]) -> list[Address]:
    """Return the mailboxes of address fields in order, at most :data:`MAX_ADDRESSES`."""
    addresses = []
    for text in texts:
        addresses += parse_addresses(text, MAX_ADDRESSES - len(addresses))
        if len(addresses) >= MAX_ADDRESSES:
            break
    return addresses
