"""Hiding the tokens of dropboxes in what other people can read.

Hides the tokens of the dropboxes that a mail is for, and everything else that has the form of a dropbox. Only texts are
changed: a binary file that reveals a token must be left out. All work is linear and bounded; nearly all files need no
more than a few string searches.
"""

import base64
import binascii
import re
import zipfile
import zlib
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from io import BytesIO

TOKEN_LENGTH = 20
"""Characters of base32 in a token: 100 bits."""

DROPBOX_PREFIX = "bcc-"

HIDDEN = f"{DROPBOX_PREFIX}[hidden]"

MAX_UNPACKED = 16 * 1024**2
"""Bytes that are unpacked of all files of a mail, to search archives and encoded data in them."""

MAX_RATIO = 10
"""Bytes that are unpacked besides, per byte of a file: more than most documents contain."""

_MAX_PIECES = 5_000
_PIECE_SIZE = 256  # bytes of a file that allow a further piece
_MIN_UNPACKED, _MIN_PIECES = 256 * 1024, 500  # what each file may use, however small it is
_MAX_DEPTH = 4
_MAX_ENTRIES = 10_000

# The hexadecimal codes of the characters of an address, and of invisible characters: code points, and as UTF-8
_HEX = r"2d|3[2-7]|[46][1-9a-f]|[57][\da]"
_UNSEEN_HEX = r"00ad|200[b-f]|202[a-e]|206[\da-f]|feff"
_UNSEEN_DECIMAL = r"173|820[3-7]|823[4-8]|828[89]|829\d|830[0-3]|65279"
_UNSEEN_UTF8 = "C2{0}AD|E2{0}80{0}(?:8[B-F]|A[A-E])|E2{0}81{0}A[0-9A-F]|EF{0}BB{0}BF"
_ENTITY = (
    rf"(?:shy|zwn?j|[lr]rm|zerowidthspace|nobreak|#0{{0,9}}(?:{_UNSEEN_DECIMAL})|#x0{{0,9}}(?:{_UNSEEN_HEX}));?"
    rf"|#0{{0,9}}(?P<decimal>45|5[0-5]|6[5-9]|[78]\d|90|9[7-9]|1[01]\d|12[0-2]);?|#x0{{0,9}}(?P<hex_entity>{_HEX});?"
    r"|(?P<hyphen_entity>hyphen|dash);|lt;/?wbr\s{0,9}/?&gt;"
)
# Encodings of characters, each with the character that begins it, which most texts do not contain
_FORMS = (
    ("&", f"&(?:{_ENTITY})"),
    ("%", rf"%(?:{_UNSEEN_UTF8.format('%')}|(?:25){{0,2}}(?P<hex_url>{_HEX}))"),
    ("=", rf"=(?:{_UNSEEN_UTF8.format('=')}|(?P<hex_quoted>{_HEX})|[ \t]{{0,9}}\r?\n)"),  # quoted-printable
    ("\\u", rf"\\u(?:{_UNSEEN_HEX}|00(?P<hex_json>{_HEX}))"),
    # UTF-8 decoded as Latin-1. Whole runs, because a file may consist of them
    ("\xc2", "(?:\xc2\xad)+"),
    ("\xe2", "(?:\xe2(?:\x80[\x8b-\x8f\xaa-\xae]|\x81[\xa0-\xaf]))+"),
    ("\xef", "(?:\xef\xbb\xbf)+"),
)
_UNSEEN = (
    "[\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e01ef]+"
)
_HYPHENS = "(?P<hyphen>[\u2010\u2011])"
_BREAK = r"</?wbr\s{0,9}/?>"
_TAG = r"<[a-z/!?][^<>]{0,1000}>"

# What may follow the token of an address, see destination.py; bounded, because each token is searched for it
_SUFFIX = r"""(?:\+|%2b)[^\s@<>"(),:;]{0,200}?(?=@|%40)"""


# Each with its lead, and what replaces it: nothing if it is always invisible
_FORM = re.compile("|".join(form for _lead, form in _FORMS), re.IGNORECASE)
_PATTERNS = tuple((lead, re.compile(form, re.IGNORECASE), lead.isascii()) for lead, form in _FORMS)
_UNSEEN_PATTERN = re.compile(_UNSEEN)


class _Disguise:
    """Patterns of what can be invisible inside a token, or represent a character of it.

    :param str tags: a pattern of the tags that count as invisible
    """

    def __init__(self, tags: str):
        self._tags = re.compile(tags, re.IGNORECASE)
        self._all = re.compile("|".join([tags, _FORM.pattern, _UNSEEN, _HYPHENS]), re.IGNORECASE)

    def take_off(self, decoded: str) -> str:
        """Return a text from :func:`_decode_text` without tags: as people see it, in these respects."""
        return self._tags.sub("", decoded)

    def locate(self, text: str, pattern: re.Pattern[str]) -> Iterator[tuple[int, int]]:
        """Yield start and end of what a pattern matches in the visible text, as positions in the text itself."""
        plain, places, origins, ends, length, end = [], [0], [0], {}, 0, 0
        for match in self._all.finditer(text):
            char = _decode(match)
            plain += (text[end : match.start()], char)
            length += match.start() - end + len(char)
            end = match.end()
            places.append(length)
            origins.append(end)
            if char:
                ends[length] = end
        plain.append(text[end:])

        def get_origin(place):
            index = bisect_right(places, place) - 1
            return origins[index] + place - places[index]

        for match in pattern.finditer("".join(plain)):
            yield get_origin(match.start()), ends.get(match.end()) or get_origin(match.end() - 1) + 1


_DISGUISES = (_Disguise(_BREAK), _Disguise(_TAG))


def _decode_text(text: str) -> str:
    """Return a text with its characters decoded, and without invisible ones."""
    for lead, form, is_decoded in _PATTERNS:
        if lead in text:
            text = form.sub(_decode_form if is_decoded else "", text)
    return text if text.isascii() else _UNSEEN_PATTERN.sub("", text).replace("\u2010", "-").replace("\u2011", "-")


def _get_disguises(text: str) -> tuple[_Disguise, ...]:
    return _DISGUISES if "<" in text else _DISGUISES[:1]


_DROPBOX = re.compile(f"{DROPBOX_PREFIX}[a-z2-7]{{{TOKEN_LENGTH}}}")
_LOWER = bytes(range(256)).lower()
_CONTROLS = bytes({*range(32)} - {*b"\b\t\n\v\f\r\x1b"})
_BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_ENCODED_RUN = re.compile(rb"[A-Za-z0-9+/_-]{27,}(?:\r?\n[A-Za-z0-9+/_-]+)*")
_ZIP_END = 66_000  # bytes from the end in which the end record of an archive begins
_PDF_STREAM = re.compile(rb"stream\r?\n")
_PDF_KERNING = re.compile(rb"\)[-0-9. ]{0,12}\(")

# Base64 without the bits that differ between upper and lower case of the encoded text, whatever its position in a
# group of three bytes
_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_CASELESS = bytearray(b"\xff" * 256)
for _value, _digit in enumerate(_DIGITS):
    _CASELESS[_digit] = _value & 0b010101
_CASELESS[ord("-")], _CASELESS[ord("_")] = _CASELESS[ord("+")], _CASELESS[ord("/")]


@dataclass
class Budget:
    """What may still be unpacked of the files of a mail. Each file adds to it, so that none depends on the others."""

    size: int = MAX_UNPACKED
    pieces: int = _MAX_PIECES

    def add(self, content: bytes) -> None:
        """Add what a file may use."""
        self.size = max(self.size, 0) + len(content) * MAX_RATIO + _MIN_UNPACKED
        self.pieces = max(self.pieces, 0) + len(content) // _PIECE_SIZE + _MIN_PIECES


@dataclass(frozen=True)
class Secrets:
    """The tokens of a mail, and methods that hide them.

    :param frozenset tokens: known ones, hidden in any form; of others, only what has the form of a dropbox is hidden
    """

    tokens: frozenset[str] = field(default=frozenset(), repr=False)

    @classmethod
    def of(cls, tokens: Iterable[str]) -> "Secrets":
        """Return the secrets of known tokens."""
        return cls(frozenset(token.lower() for token in tokens))

    def including(self, *tokens: str) -> "Secrets":
        """Return these secrets and more known tokens; empty ones are ignored."""
        return Secrets.of([*self.tokens, *filter(None, tokens)])

    def redact(self, text: str) -> str:
        """Hide every token in a text, also with invisible characters or tags in it."""
        if not self.is_in(text):
            return text
        for disguise in _get_disguises(text):
            if self._are_in(disguise.take_off(_decode_text(text))):
                text = replace_spans(text, ((*span, HIDDEN) for span in disguise.locate(text, self._pattern)))
                plain = disguise.take_off(_decode_text(text))
                text = self._pattern.sub(HIDDEN, plain) if self._are_in(plain) else text  # nested tokens
        return self._pattern.sub(HIDDEN, text) if self._are_in(text) else text

    def is_in(self, text: str) -> bool:
        """Return whether a text contains a token."""
        if self._are_in(text):
            return True
        decoded = _decode_text(text)
        return any(self._are_in(disguise.take_off(decoded)) for disguise in _get_disguises(text))

    def redact_bytes(self, content: bytes) -> bytes:
        """Hide every token in a file or mail that is text; leave a binary one unchanged."""
        if encoding := _BYTE_ORDER_MARKS.get(content[:2]):
            with suppress(UnicodeDecodeError):
                text = content.decode(encoding)
                redacted = self.redact(text)
                return content if redacted == text else redacted.encode(encoding)
        return self.redact_latin1(content) if _is_text(content) else content

    def redact_latin1(self, content: bytes) -> bytes:
        """Hide every token in a text encoded in any superset of ASCII."""
        text = content.decode("latin-1")  # each byte is a character
        redacted = self.redact(text)
        return content if redacted == text else redacted.encode("latin-1")

    def clean_file(self, content: bytes, budget: Budget | None = None) -> bytes | None:
        """Return a file without tokens; None if it must be left out, because readers could find one.

        :param Budget budget: of all files of the mail
        """
        content = self.redact_bytes(content)
        return None if self.is_revealed_by(content, budget) else content

    def is_revealed_by(self, content: bytes, budget: Budget | None = None) -> bool:
        """Return whether a file contains a token that readers can find, also packed or encoded.

        :param Budget budget: of all files of the mail
        """
        budget = budget or Budget()
        budget.add(content)
        return self._is_revealed_by(content, budget, 1)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        known = f"(?:{DROPBOX_PREFIX})?{_join(sorted(self.tokens))}|" if self.tokens else ""
        return re.compile(f"(?:{known}{DROPBOX_PREFIX}[a-z2-7]{{{TOKEN_LENGTH}}})(?:{_SUFFIX})?", re.IGNORECASE)

    @cached_property
    def _needles(self) -> tuple[bytes, ...]:
        """The known tokens as bytes in lower case, in several encodings, without zero bytes."""
        forms = []
        for token in self.tokens:
            forms.append(token.encode())
            for text in (token, token.upper()):  # as PDF and RTF write texts
                forms += (text.encode(encoding).hex().encode() for encoding in ("ascii", "utf-16-be"))
        return tuple(forms)

    @cached_property
    def _caseless_needles(self) -> tuple[bytes, ...]:
        """The base64 characters that depend on a known token alone, in ASCII and UTF-16, at each position."""
        needles = []
        for token in self.tokens:
            for content in (token.encode(), token.encode("utf-16-le")[:-1]):
                for place in range(3):
                    encoded = base64.b64encode(bytes(place) + content)
                    needles.append(encoded[-(-place * 8 // 6) : (place + len(content)) * 8 // 6].translate(_CASELESS))
        return tuple(needles)

    def _are_in(self, text: str) -> bool:
        """Return whether a text contains a token literally; fast if it does not."""
        lower = text.lower()
        return any(token in lower for token in self.tokens) or (
            DROPBOX_PREFIX in lower and bool(_DROPBOX.search(lower))
        )

    def _is_revealed_by(self, content: bytes, budget: Budget, depth: int) -> bool:
        budget.size -= len(content)
        budget.pieces -= 1
        lower = content.translate(_LOWER, b"\0")  # without zero bytes, UTF-16 and UTF-32 look like ASCII
        if any(needle in lower for needle in self._needles):
            return True
        is_text = _is_text(content)
        if (is_text or DROPBOX_PREFIX.encode() in lower) and self.is_in(lower.decode("latin-1")):
            return True
        encoding = _BYTE_ORDER_MARKS.get(content[:2])
        if encoding and self.is_in(content.decode(encoding, "replace")):
            return True
        caseless = content.translate(_CASELESS, b"\r\n\t \0")
        if any(needle in caseless for needle in self._caseless_needles):
            return True
        if depth >= _MAX_DEPTH:
            return False
        return any(self._is_revealed_by(piece, budget, depth + 1) for piece in _unpack(content, is_text, budget))


def _join(words: list[str]) -> str:
    """Return a pattern of any of some words, as a tree of their characters: a list would be tried one by one."""
    if len(words) == 1:
        return re.escape(words[0])
    branches = defaultdict(list)
    for first, *rest in words:
        branches[first].append("".join(rest))
    return f"(?:{'|'.join(re.escape(char) + _join(rests) for char, rests in branches.items())})"


def _is_text(content: bytes) -> bool:
    return not content.startswith(b"%PDF") and not any(
        len(part.translate(None, _CONTROLS)) < len(part) for part in (content[:1024], content)
    )


def _decode_form(match: re.Match[str]) -> str:
    return _read_form(match[0])


@lru_cache(maxsize=1_000)
def _read_form(form: str) -> str:
    """Decode one form. A hostile file may consist of millions, but there are only a few different ones."""
    return _decode(_FORM.match(form))


def _decode(match: re.Match[str]) -> str:
    """Return the encoded character; empty if it is invisible."""
    kind = match.lastgroup or ""
    if kind == "decimal":
        return chr(int(match[kind]))
    if kind.startswith("hex"):
        return chr(int(match[kind], 16))
    return "-" if kind else ""


def replace_spans(text: str, spans: Iterable[tuple[int, int, str]]) -> str:
    """Return a text in which parts are replaced.

    :param spans: start, end and replacement of each part, in order
    """
    pieces, last = [], 0
    for start, end, replacement in spans:
        pieces += (text[last:start], replacement)
        last = end
    return "".join([*pieces, text[last:]])


def _unpack(content: bytes, is_text: bool, budget: Budget) -> Iterator[bytes]:
    """Yield what is packed or encoded in a file, within the budget."""
    if is_text:
        pieces = _decode_runs(content)
    elif content.startswith(b"%PDF"):
        pieces = _unpack_pdf(content, budget)
    elif content.startswith(b"\x1f\x8b"):
        pieces = _inflate(content, 31, budget)
    else:
        pieces = _unpack_zip(content, budget)
    for piece in pieces:
        if budget.size <= 0 or budget.pieces <= 0:
            return
        yield piece


def _decode_runs(content: bytes) -> Iterator[bytes]:
    """Yield the decoded runs of a text that may be base64."""
    for run in _ENCODED_RUN.finditer(content):
        digits = run[0].translate(bytes.maketrans(b"-_", b"+/"), b"\r\n")
        with suppress(binascii.Error):
            yield binascii.a2b_base64(digits[: len(digits) // 4 * 4])


def _unpack_pdf(content: bytes, budget: Budget) -> Iterator[bytes]:
    end = 0
    for start in _PDF_STREAM.finditer(content):
        if start.start() < end:
            continue
        end = content.find(b"endstream", start.end())
        if end < 0:
            return
        for piece in _inflate(content[start.end() : end], 15, budget):
            yield _PDF_KERNING.sub(b"", piece)


def _inflate(content: bytes, window_bits: int, budget: Budget) -> Iterator[bytes]:
    with suppress(zlib.error):
        yield zlib.decompressobj(window_bits).decompress(content, max(1, budget.size))


def _unpack_zip(content: bytes, budget: Budget) -> Iterator[bytes]:
    """Yield the files of an archive or office document, the smallest first."""
    if content.rfind(b"PK\5\6", -_ZIP_END) < 0 or content.count(b"PK\1\2") > _MAX_ENTRIES:
        return
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            entries = sorted(archive.infolist(), key=lambda entry: entry.file_size)
            for entry in entries:
                if entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not entry.flag_bits & 1:
                    with archive.open(entry) as file:
                        yield file.read(max(1, budget.size))
    except Exception:  # noqa: BLE001 zipfile raises many things on broken archives, whose rest cannot be read
        return
