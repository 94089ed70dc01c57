"""Reader of mail content: texts in order, files byte for byte, pictures, and remarks (RFC 2045 to 2049, 2183, 2387).

It never fails. It reads by structure: of alternatives the best one that has content, of mixed parts all. Attached
mails are files.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import takewhile

from .charset import decode_text, decode_words
from .filename import clean_filename, make_filename
from .header import get_head, read_fields, read_first, split_head
from .html import Picture, bound_html
from .html_text import drop_control_characters, has_text, html_to_text, is_visible
from .invitation import Invitation, read_invitation
from .mime_reader import Part, parse_mail
from .plain_text import read_enriched, take_uuencoded, unflow
from .reasons import Reason
from .tnef import Budget
from .wrapped import PackedMail, find_encryption, open_signed, unpack_tnef

MAX_TEXT = 2 * 1024**2
"""Total bytes of all texts of a mail that are shown."""

ATTACHED_MAIL = ("message/rfc822", "message/global", "message/news")
_MAIL_NAME = re.compile(r"\.eml$", re.IGNORECASE)
"""Name of an attached mail that some programs declare as a binary file."""

_HTML, _PLAIN, _ENRICHED = 3, 2, 1
_RANKS = {
    "text/html": _HTML,
    "application/xhtml+xml": _HTML,
    "text/plain": _PLAIN,
    "text/markdown": _PLAIN,
    "text/x-markdown": _PLAIN,
    "text/enriched": _ENRICHED,
    "text/richtext": _ENRICHED,
}
"""Types read as text. Of alternatives, the highest rank that has content is chosen."""

_TWIN = re.compile(r"text/(x-amp-html|watch-html|vnd\.google\.email-reaction\+json|x-.*-alternative)")
"""Alternatives with the same content in formats for particular programs."""

_CALENDARS = ("text/calendar", "application/ics")
_NO_TEXT = re.compile(
    rb"--|Content-[-a-z]{2,30}:|This is a (?:cryptographically signed |multi-?part )message in MIME format", re.I
)
_SPLIT_OFF = re.compile(r"ATT\d{3,6}\.(?:txt|html?)", re.IGNORECASE)
"""Names that Exchange gives to a text that follows a file."""

_LOCATED = re.compile(r"image/|application/octet-stream")
_IMG = re.compile(r"<img\b[^>]{0,2000}>", re.IGNORECASE)
_TINY = re.compile(r"\b(?:width|height)\s{0,9}[=:]\s{0,9}[\"']?[01](?:px)?[\"'\s;/>]", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_SAME = 0.8
"""Share of common words from which two texts count as the same."""

_PGP = re.compile(r"-----BEGIN PGP MESSAGE-----")
_ENCRYPTED = re.compile(r"pkcs7|pgp|\.(?:asc|gpg|p7m|pgp)$")
_MAX_COMPARED = 5
_MAX_EMBEDDED = 300  # uuencoded files and pictures in texts: as many as other mails have parts
_MAX_GAIN, _MIN_ROOM = 5, 1024**2
"""Wrapped mails may be larger than the mail by this factor, all together, or have at least this many bytes."""

_MAX_WRAPPED_PARTS = 1_000
"""Parts of all wrapped mails, which the limit of the mail itself does not count."""

_MAX_WRAPPED = 3
"""Levels of wrapped mails that are unwrapped."""

_NOTICE = re.compile(rb"\bMIME\b|multi-?part", re.IGNORECASE)
"""Words of the notice that programs write before the first boundary, for programs without MIME."""

_RESOURCES = "application/applefile"
_MAX_GROWTH = 4
"""Largest number of bytes in any charset for one byte in UTF-8."""


@dataclass(frozen=True)
class File:
    """A file of a mail.

    :param str cid: identifier, unique in the mail, of a file that texts can refer to as a picture; else empty
    :param tuple keys: references to it that texts may use: Content-ID, Content-Location, name
    :param bool is_mail: whether it is an attached mail
    """

    name: str
    content: bytes
    cid: str = ""
    keys: tuple[str, ...] = ()
    is_mail: bool = False


@dataclass(eq=False)
class Text:
    """A text of a mail.

    :param str text: the decoded text, None before it is decoded
    :param bool is_packed: whether mail programs show it only if there is no other text
    :param list files: files embedded in it by uuencode, as `(name, content)`
    """

    part: Part | None
    rank: int
    text: str | None = None
    is_packed: bool = False
    files: list[tuple[str, bytes]] = field(default_factory=list)
    words: frozenset[str] | None = None
    has_content: bool | None = None

    @property
    def is_html(self) -> bool:
        """Whether it is HTML, not plain text."""
        return self.rank == _HTML


@dataclass(frozen=True)
class MailContent:
    """Content of a mail.

    :param list texts: texts that are not empty, in order
    :param list files: files, including pictures
    :param list remarks: about content that was replaced, cut or not understood
    :param list invitations: first events of the calendar files among them
    """

    texts: list[Text]
    files: list[File]
    remarks: list[Reason]
    invitations: list[Invitation]


def read_content(raw: bytes, max_text: int = MAX_TEXT) -> MailContent:
    """Return the texts and files of a mail.

    :param int max_text: total bytes of all texts; a text that is cut is attached as a file as well
    """
    return _Reader(max_text).read_mail(raw)


def read_source(raw: bytes, max_bytes: int) -> str:
    """Return the undecoded body of a mail, up to some bytes."""
    _head, rest = split_head(raw)
    return decode_text(rest[:max_bytes])


class _Reader:
    """Collects the content of one mail."""

    def __init__(self, max_text: int):
        self.room = self.max_text = max_text
        self.files: list[File] = []
        self.remarks: dict[str, Reason] = {}
        self.invitations: list[Invitation] = []
        self.bodies: set[Part] = set()
        self.depth = 0
        self.wrapped_room = 0
        self.wrapped_parts = _MAX_WRAPPED_PARTS
        self.packed_room = Budget()
        self.embedded_room = _MAX_EMBEDDED

    def read_mail(self, raw: bytes) -> MailContent:
        self.wrapped_room = max(_MAX_GAIN * len(raw), _MIN_ROOM)
        root = parse_mail(raw)
        texts = [text for text in self._read_root(root) if self._has_content(text)]
        others = [text for text in texts if not text.is_packed]
        if others and len(others) < len(texts):
            said = self._list_words(others)
            texts = [text for text in texts if not text.is_packed or not self._is_said(text, said)]
        if not texts and root.parts:
            texts = [text for text in self._read_outside(root) if self._has_content(text)]
        texts = [self._fit(text) for text in texts]
        return MailContent(texts, self.files, list(self.remarks.values()), self.invitations)

    def _read_root(self, root: Part) -> list[Text]:
        self.bodies.add(next(part for part in root.walk() if not part.parts))
        return self._read(root)

    def _read_outside(self, root: Part) -> list[Text]:
        """Return what stands in no part, of a mail whose parts have no text: some programs omit the first boundary."""
        if not self.files:
            return [Text(None, _PLAIN, _read_rest(root, self.max_text))]
        end = min(root.parts[0].start, root.start + self.max_text)
        lines = root.raw[root.start : end].splitlines(keepends=True)
        preamble = b"".join(takewhile(lambda line: not line.startswith(b"--"), lines)).strip()
        if not preamble or _NOTICE.search(preamble):
            return []
        header = b"" if preamble[:8].lower() == b"content-" else b"Content-Type: text/plain\n\n"
        return self._read_wrapped(header + preamble)

    # ------------------------------------------------------------
    # STRUCTURE
    # ------------------------------------------------------------

    def _read(self, part: Part, *, is_alternative: bool = False) -> list[Text]:
        """Return the texts of a part and collect its files."""
        if part.content_type == "multipart/alternative" and part.parts:
            return self._choose([self._read(inner, is_alternative=True) for inner in part.parts])
        if part.parts:
            root = _find_root(part) if part.content_type == "multipart/related" else None
            return [text for inner in _list_parts(part) for text in self._read(inner, is_alternative=inner is root)]
        if is_alternative and _TWIN.fullmatch(part.content_type):
            return []
        if part.content_type.startswith("multipart/"):  # without parts
            return self._read_broken(part)
        rank = _RANKS.get(part.content_type) or (_PLAIN if not is_alternative and _is_unknown_text(part) else 0)
        is_text = bool(rank) and self._is_text(part, is_alternative=is_alternative)
        if not is_text:
            return self._read_file(part)
        if part.filename and part in self.bodies and "filename" in part.disposition_text:
            self._add_file(part, part.decode())
        return [Text(part, rank)]

    def _read_broken(self, part: Part) -> list[Text]:
        """Return the texts of a multipart without parts: some programs encode the whole multipart."""
        if part.encoding and self.depth < _MAX_WRAPPED:
            header = f"Content-Type: {part.header['content-type']}\n\n".encode("utf-8", "surrogateescape")
            return self._read_wrapped(header + part.decode())
        return [Text(None, _PLAIN, _read_rest(part, self.max_text))]

    def _read_wrapped(self, raw: bytes) -> list[Text]:
        self.depth += 1
        root = parse_mail(raw, self.wrapped_parts)
        self.wrapped_parts -= sum(1 for _part in root.walk())
        texts = self._read_root(root)
        self.depth -= 1
        return texts

    def _is_text(self, part: Part, *, is_alternative: bool) -> bool:
        """Return whether a part of a text type is a text, not a file."""
        if _SPLIT_OFF.fullmatch(part.filename):
            return True
        if part.disposition == "attachment":
            return part in self.bodies and not part.filename
        return is_alternative or not part.filename or (part in self.bodies and self._is_alone(part))

    def _is_alone(self, part: Part) -> bool:
        """Return whether a named first part is a text: it is the whole mail, inline, or no disposition names it."""
        return part.is_root or part.disposition == "inline" or "filename" not in part.disposition_text

    def _choose(self, alternatives: list[list[Text]]) -> list[Text]:
        """Return the texts of the best alternative that has content, plus what only others of its kind have."""
        for rank in (_HTML, _PLAIN, _ENRICHED):
            found = [texts for texts in alternatives if any(t.rank == rank and self._has_content(t) for t in texts)]
            if len(found) > _MAX_COMPARED:
                return [text for texts in found for text in texts]
            if found:
                chosen = found.pop()
                for texts in reversed(found):  # several of one kind should have the same content, but not always do
                    chosen = self._merge(texts, chosen)
                return chosen
        return []

    def _is_said(self, packed: Text, said: set[str]) -> bool:
        """Return whether the words of the other texts contain a packed one."""
        words = self._list_words([packed])
        return len(words & said) >= _SAME * len(words)

    def _merge(self, first: list[Text], second: list[Text]) -> list[Text]:
        """Return the one of two alternatives that contains the other, else both."""
        words = [self._list_words(texts) for texts in (first, second)]
        shared = len(words[0] & words[1])
        if shared >= _SAME * len(words[0]):
            return second
        return first if shared >= _SAME * len(words[1]) else first + second

    # ------------------------------------------------------------
    # TEXTS
    # ------------------------------------------------------------

    def _load(self, text: Text) -> str:
        """Return the decoded text, up to the length that can be shown."""
        if text.text is None:
            part, max_bytes = text.part, self.max_text * _MAX_GROWTH
            if text.is_html:
                content = part.decode_html()
                if b"data:" not in content:  # embedded pictures do not count
                    content = content[:max_bytes]
                text.text = decode_text(content, part.parameters.get("charset"), is_html=True)
            else:
                plain = part.decode_text(max_bytes).replace("\r\n", "\n").replace("\r", "\n")
                text.text, text.files = take_uuencoded(plain, self.embedded_room)
                self.embedded_room -= len(text.files)
            if text.rank == _ENRICHED:
                text.text = read_enriched(text.text)
            elif not text.is_html and part.parameters.get("format", "").lower() == "flowed":
                text.text = unflow(text.text, is_space_deleted=part.parameters.get("delsp", "").lower() == "yes")
        return text.text

    def _list_words(self, texts: list[Text]) -> set[str]:
        return set().union(*map(self._get_words, texts))

    def _get_words(self, text: Text) -> frozenset[str]:
        if text.words is None:
            shown = html_to_text(self._load(text)) if text.is_html else self._load(text)
            text.words = frozenset(_WORD.findall(shown))
        return text.words

    def _has_content(self, text: Text) -> bool:
        """Return whether a text has visible text, files or pictures. Nested alternatives ask again at each level."""
        if text.has_content is None:
            text.has_content = self._find_content(text)
        return text.has_content

    def _find_content(self, text: Text) -> bool:
        content = self._load(text)
        if text.files or (has_text(content) if text.is_html else is_visible(content)):
            return True
        pictures = _IMG.findall(content) if text.is_html else ()
        return any(not _TINY.search(picture) for picture in pictures)

    def _fit(self, text: Text) -> Text:
        """Return a text within the limits: HTML that exceeds one becomes plain text, a cut text is a file as well."""
        content, is_html = self._load(text), text.is_html
        for name, found in text.files:
            self._collect(clean_filename(name), found, [])
        if not is_html and _PGP.match(content.lstrip()[:40]):
            self._remark("encrypted", method="PGP")
        if "\ufffd" in content:
            self._remark("letters")
        if is_html:
            bound = bound_html(content, self.room, max_pictures=self.embedded_room)
            self.embedded_room -= len(bound.pictures)
            if not self.embedded_room and text.part:  # further pictures are left out: keep the source
                self._remark("text_cut")
                self._add_cut(text)
            content, is_html = bound.content, bound.is_html
            self.files += map(_read_picture, bound.pictures)
            if not is_html:
                self._remark("text_only")
        content = content if is_html else drop_control_characters(content)
        shown = content if is_html else self._cut(content)
        if shown != content:
            self._remark("text_cut")
            self._add_cut(text)
        self.room = max(0, self.room - len(shown.encode("utf-8", "replace")))
        return Text(text.part, _HTML if is_html else _PLAIN, shown)

    def _cut(self, text: str) -> str:
        shown = text[: self.room].encode("utf-8", "replace")[: self.room]
        shown = shown.decode("utf-8", "ignore")
        return text if len(shown) == len(text) else f"{shown}…"

    def _add_cut(self, text: Text) -> None:
        """Add a text that was cut as a file."""
        number = sum(file.name.startswith("text-") for file in self.files) + 1
        content = text.part.decode() if text.part else text.text.encode("utf-8", "replace")
        self.files.append(File(f"text-{number}.{'html' if text.is_html else 'txt'}", content))

    # ------------------------------------------------------------
    # FILES
    # ------------------------------------------------------------

    def _read_file(self, part: Part) -> list[Text]:
        """Collect a file, or the content wrapped in it.

        :return: texts that were wrapped in it
        """
        content, kind, name = part.decode(), part.content_type, part.filename
        inner = open_signed(content, kind, name, self.wrapped_room) if self.depth < _MAX_WRAPPED else None
        if inner is not None:
            self.wrapped_room -= len(inner)
            return self._read_wrapped(inner)
        if packed := unpack_tnef(content, kind, self.packed_room):
            if not packed.is_whole:
                self._remark("packed", name=_get_filename(part, content))
                self._add_file(part, content)
            return self._read_packed(packed)
        if _ENCRYPTED.search(f"{kind} {name.lower()}") and (method := find_encryption(content, kind, name)):
            self._remark("encrypted", method=method)
            if kind == "application/pgp-encrypted":  # only a version number
                return []
        self._add_file(part, content)
        return []

    def _read_packed(self, packed: PackedMail) -> list[Text]:
        """Collect the files of a ``winmail.dat`` and return its text."""
        for file in packed.files:
            name = clean_filename(file.name) if file.name else make_filename(file.content_type.lower(), file.content)
            is_mail = file.content_type in ATTACHED_MAIL
            self._collect(name, file.content, [file.content_id, file.name], is_mail=is_mail)
        text, rank = (packed.html, _HTML) if packed.html else (packed.text, _PLAIN)
        return [Text(None, rank, text, is_packed=True)] if text else []

    def _add_file(self, part: Part, content: bytes) -> None:
        if not content.strip() and not part.filename:
            return
        if part.content_type in _CALENDARS and (found := read_invitation(content, part.parameters.get("charset"))):
            self.invitations.append(found)
        is_mail = part.content_type in ATTACHED_MAIL or bool(_MAIL_NAME.search(part.filename))
        self._collect(_get_filename(part, content), content, _list_keys(part), is_mail=is_mail)

    def _collect(self, name: str, content: bytes, keys: Iterable[str], *, is_mail: bool = False) -> None:
        keys = tuple(filter(None, keys))
        self.files.append(File(name, content, f"{len(self.files) + 1}@mail" if keys else "", keys, is_mail))

    def _remark(self, code: str, **values: object) -> None:
        self.remarks.setdefault(code, Reason(code, values))


def _read_picture(picture: Picture) -> File:
    return File(clean_filename(picture.name), picture.content, picture.cid, (picture.cid,))


def _list_parts(part: Part) -> list[Part]:
    """Return the parts of a multipart; of a Macintosh file (RFC 1740) without the half that only a Mac understands."""
    is_double = part.content_type == "multipart/appledouble"
    return [inner for inner in part.parts if not is_double or inner.content_type != _RESOURCES] or part.parts


def _is_unknown_text(part: Part) -> bool:
    """Return whether a part has an unknown type of text, which is read as plain text (RFC 2046 section 4.1.4)."""
    is_named = part.filename or part.disposition == "attachment"
    return not is_named and make_filename(part.content_type, b"") == "text.txt"


def _find_root(part: Part) -> Part:
    """Return the part of a multipart/related that refers to the others (RFC 2387 section 3.2)."""
    start = part.parameters.get("start", "").strip("<> ")
    named = (inner for inner in part.parts if start and inner.header.get("content-id", "").strip("<> ") == start)
    return next(named, part.parts[0])


def _get_filename(part: Part, content: bytes) -> str:
    if part.filename:
        return clean_filename(part.filename)
    if part.content_type in ATTACHED_MAIL:
        subject = read_first(read_fields(get_head(content)), "subject")
        return clean_filename(f"{decode_words(subject).strip().replace('/', '-') or 'message'}.eml")
    return make_filename(part.content_type, content)


def _list_keys(part: Part) -> Iterable[str]:
    """Return the references by which a text may show a file as a picture."""
    for name in ("content-id", "content-location"):
        if value := decode_words(part.header.get(name, "")):
            yield "".join(value.split()).strip('<>"')
    if part.filename and _LOCATED.match(part.content_type):
        yield part.filename


def _read_rest(part: Part, max_size: int) -> str:
    """Return the source of a part that has neither texts nor files, so that it is not lost."""
    content = part.raw[part.start : min(part.end, part.start + max_size)]
    lines = [line for line in content.split(b"\n") if not _NO_TEXT.match(line)]
    return decode_text(b"\n".join(lines)).strip()
