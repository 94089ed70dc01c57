"""Text of Outlook's Rich Text: compressed (MS-OXRTFCP), possibly with the original HTML in it (MS-OXRTFEX).

Only what is needed to read the text, in linear time and without ORM.
"""

import re
import struct
from dataclasses import dataclass, field
from typing import NamedTuple

from .codepage import decode_codepage

MAX_RTF = 2 * 1024**2
"""Limit of the bytes that compressed text is unpacked to."""

_HEADER = struct.Struct("<IIII")  # sizes, kind, checksum
_COMPRESSED, _UNCOMPRESSED = 0x75465A4C, 0x414C454D
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096

_TOKEN = re.compile(
    rb"(?P<bytes>(?:\\'[0-9a-f]{2})+)|\\(?P<word>[a-z]{1,32})(?P<number>-?[0-9]{1,9})? ?|\\(?P<sign>[^a-z])"
    rb"|(?P<brace>[{}])|[\r\n]+|(?P<text>[^\\{}\r\n]+)",
    re.IGNORECASE | re.DOTALL,
)
_HIDDEN = frozenset(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr listtable "
    b"listoverridetable generator themedata colorschememapping datastore xmlnstbl fldinst".split()
)
_SPACES = {
    **dict.fromkeys((b"par", b"line", b"page", b"sect", b"column", b"row", b"nestrow"), "\n"),
    **dict.fromkeys((b"tab", b"cell", b"nestcell"), "\t"),
    **dict.fromkeys((b"emspace", b"enspace", b"qmspace"), " "),
}
_SIGNS = {
    b"lquote": "\u2018",
    b"rquote": "\u2019",
    b"ldblquote": "\u201c",
    b"rdblquote": "\u201d",
    b"bullet": "\u2022",
    b"endash": "\u2013",
    b"emdash": "\u2014",
}
_CODEPAGES = {  # by character set of a font
    0: 1252, 77: 10000, 128: 932, 129: 949, 134: 936, 136: 950, 161: 1253, 162: 1254, 163: 1258, 177: 1255,
    178: 1256, 186: 1257, 204: 1251, 222: 874, 238: 1250,
}  # fmt: skip
_MAX_DEPTH = 1_000


def decompress(content: bytes, limit: int = MAX_RTF) -> bytes:
    """Return unpacked Rich Text.

    :param int limit: bytes that are unpacked at most
    :raises ValueError: when the content is no compressed Rich Text
    """
    if len(content) < _HEADER.size:
        raise ValueError("no compressed text")
    _size, raw_size, kind, _checksum = _HEADER.unpack_from(content)
    limit = min(raw_size, limit)
    if kind == _UNCOMPRESSED:
        return content[_HEADER.size :][:limit]
    if kind != _COMPRESSED:
        raise ValueError("no compressed text")
    limit += len(_DICTIONARY)
    output, position = bytearray(_DICTIONARY), _HEADER.size
    while position < len(content) and len(output) < limit:
        flags = content[position]
        position += 1
        for bit in range(8):
            if not flags >> bit & 1:
                output += content[position : position + 1]
                position += 1
                continue
            reference = int.from_bytes(content[position : position + 2], "big")
            position += 2
            distance = (len(output) - (reference >> 4)) % _WINDOW
            if not distance or distance > len(output):  # end marker, or broken
                return bytes(output[len(_DICTIONARY) : limit])
            for _count in range((reference & 15) + 2):
                output.append(output[-distance])
    return bytes(output[len(_DICTIONARY) : limit])


def read_rtf(content: bytes) -> tuple[str, bool]:
    """Return the text of Rich Text.

    :return: the text; whether it is HTML, the original from which Outlook made the Rich Text
    """
    reader = _RtfReader()
    for token in _TOKEN.finditer(content):
        reader.take(token)
    return reader.finish(), reader.is_html


class _Group(NamedTuple):
    """State inside a pair of braces.

    :param bool hidden: whether its text is not part of the document text
    :param bool is_rtf_only: whether its text only replaces HTML that is in another group
    :param bytes destination: destination of its text, empty for the document text
    :param int font: number of the font
    :param int fallback: fallback characters after each Unicode character, which are skipped
    """

    hidden: bool = False
    is_rtf_only: bool = False
    destination: bytes = b""
    font: int = -1
    fallback: int = 1


@dataclass
class _RtfReader:
    """Collects the text from the tokens of Rich Text."""

    is_html: bool = False
    group: _Group = field(default_factory=_Group)
    outer: list[_Group] = field(default_factory=list)
    output: list[str] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)
    codepage: int = 1252
    fonts: dict[int, int] = field(default_factory=dict)
    skipped: int = 0
    is_optional: bool = False

    def take(self, token: re.Match[bytes]) -> None:
        """Process the next token."""
        kind = token.lastgroup
        if kind == "text":
            self._add_bytes(token[kind])
        elif kind == "bytes":
            self._add_bytes(bytes.fromhex(token[kind].replace(b"\\'", b"").decode()))
        elif kind == "brace":
            self._flush()
            self._read_brace(token[kind])
        elif kind == "sign":
            self._read_sign(token[kind])
        elif kind:
            self._read_word(token["word"].lower(), int(token["number"]) if token["number"] else None)

    def finish(self) -> str:
        """Return the whole text."""
        self._flush()
        # characters beyond 16 bits are surrogate pairs
        text = "".join(self.output).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return text.replace("\x00", "")

    def _read_brace(self, brace: bytes) -> None:
        self.skipped = 0
        if brace == b"}":
            self.group = self.outer.pop() if self.outer else _Group()
        elif len(self.outer) >= _MAX_DEPTH:
            raise ValueError("groups are nested too deep")
        else:
            self.outer.append(self.group)

    def _read_sign(self, sign: bytes) -> None:
        if sign == b"*":
            self.is_optional = True
        elif sign in b"\\{}":
            self._add_bytes(sign)
        elif sign == b"~":
            self._add("\xa0")
        elif sign == b"_":
            self._add("-")
        elif sign in b"\r\n":
            self._add("\n")

    def _read_word(self, word: bytes, number: int | None) -> None:
        is_optional, self.is_optional = self.is_optional, False
        if word == b"u" and number is not None:
            self._add(chr(number % 0x10000))
            self.skipped = self.group.fallback
        elif word in _SPACES or word in _SIGNS:
            if not (self.is_html and word.endswith(b"cell")):
                self._add(_SPACES.get(word) or _SIGNS[word])
        elif word in _HIDDEN or is_optional:
            self._change(destination=word, hidden=word != b"htmltag")  # original HTML
        else:
            self._read_setting(word, number)

    def _read_setting(self, word: bytes, number: int | None) -> None:
        if word == b"fromhtml":
            self.is_html = True
        elif word == b"htmlrtf":
            self._change(is_rtf_only=number != 0)
        elif word == b"uc" and number is not None:
            self._change(fallback=max(0, min(number, 10)))
        elif word == b"f" and number is not None:
            self._change(font=number)
        elif word == b"fcharset" and self.group.destination == b"fonttbl":
            self.fonts[self.group.font] = _CODEPAGES.get(number or 0, self.codepage)
        elif word == b"ansicpg" and number:
            self.codepage = number

    def _change(self, **values) -> None:
        self._flush()
        self.group = self.group._replace(**values)

    def _is_shown(self) -> bool:
        return not (self.group.hidden or (self.is_html and self.group.is_rtf_only))

    def _add(self, text: str) -> None:
        self._flush()
        if self._is_shown():
            self.output.append(text)

    def _add_bytes(self, content: bytes) -> None:
        dropped = min(self.skipped, len(content))
        self.skipped -= dropped
        if self._is_shown():
            self.pending += content[dropped:]  # a character may be several bytes

    def _flush(self) -> None:
        if self.pending:
            self.output.append(decode_codepage(bytes(self.pending), self.fonts.get(self.group.font, self.codepage)))
            self.pending.clear()
