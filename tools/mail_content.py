"""What a mail says and carries: its texts in order, its files with their very bytes, its pictures, and remarks.

One reader for every captured mail (RFC 2045 to 2049, 2183, 2387), which never fails. It reads by structure: of
alternatives the best that has content, of mixed parts all. Mails that are attached are files.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from .charset import decode_text, decode_words
from .filename import clean_filename, make_filename
from .header import get_head, read_fields, read_first, split_head
from .html import Picture, bound_html
from .html_text import drop_control_characters, html_to_text
from .invitation import Invitation, read_invitation
from .mime_reader import Part, parse_mail
from .plain_text import read_enriched, take_uuencoded, unflow
from .wrapped import PackedMail, find_encryption, open_signed, unpack_tnef

MAX_TEXT = 2 * 1024**2
"""Bytes that are shown of all texts of a mail together."""

ATTACHED_MAIL = ("message/rfc822", "message/global", "message/news")
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
"""Texts to read; of alternatives, those with the highest rank that has content."""

_TWIN = re.compile(r"text/(x-amp-html|watch-html|vnd\.google\.email-reaction\+json|x-.*-alternative)")
"""Alternatives that say the same to other programs."""

_CALENDARS = ("text/calendar", "application/ics")
_NO_TEXT = re.compile(
    rb"--|Content-[-a-z]{2,30}:|This is a (?:cryptographically signed |multi-?part )message in MIME format", re.I
)
_SPLIT_OFF = re.compile(r"ATT\d{3,6}\.(?:txt|html?)", re.IGNORECASE)
"""Names that Exchange gives to the text behind a file."""

_LOCATED = re.compile(r"image/|application/octet-stream")
_IMG = re.compile(r"<img\b[^>]{0,2000}>", re.IGNORECASE)
_TINY = re.compile(r"\b(?:width|height)\s{0,9}[=:]\s{0,9}[\"']?[01](?:px)?[\"'\s;/>]", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_INVISIBLE = str.maketrans(dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f\u2007\u202f\u00a0"))
_SAME = 0.8
"""Share of the words of a text that another one has, too, when both are the same text."""

_PGP = re.compile(r"-----BEGIN PGP MESSAGE-----")
_ENCRYPTED = re.compile(r"pkcs7|pgp|\.(?:asc|gpg|p7m|pgp)$")
_MAX_COMPARED = 5
_MAX_WRAPPED = 3
"""How deep mails are wrapped in each other that are unwrapped."""

_MAX_GROWTH = 4
"""Bytes of a charset for one of UTF-8."""


@dataclass(frozen=True)
class Remark:
    """What the owner should know of the content; the caller makes a sentence of it.

    :param str code: `encrypted`, `letters`, `packed`, `text_cut` or `text_only`
    :param dict values: for the sentence
    """

    code: str
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class File:
    """A file of a mail.

    :param str cid: unique in the mail, when texts can refer to it as a picture; else empty
    :param tuple keys: what they write to do so: Content-ID, Content-Location, name
    """

    name: str
    content: bytes
    cid: str = ""
    keys: tuple[str, ...] = ()


@dataclass(eq=False)
class Text:
    """A text of a mail.

    :param str text: set when it was decoded
    :param bool is_packed: whether programs show it only when there is no other
    :param list files: those that stood in it, as name and content
    """

    part: Part | None
    rank: int
    text: str | None = None
    is_packed: bool = False
    files: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def is_html(self) -> bool:
        """Whether it is HTML, not plain text."""
        return self.rank == _HTML


@dataclass(frozen=True)
class MailContent:
    """See the module.

    :param list texts: those that are not empty, in their order
    :param list files: pictures included
    :param list invitations: what the calendar files among them say
    """

    texts: list[Text]
    files: list[File]
    remarks: list[Remark]
    invitations: list[Invitation]


def read_content(raw: bytes, max_text: int = MAX_TEXT) -> MailContent:
    """Read the texts and files of a mail.

    :param int max_text: bytes of all texts together; of what is longer, the whole is a file as well
    """
    return _Reader(max_text).read_mail(raw)


def read_source(raw: bytes, max_bytes: int) -> str:
    """Return what follows the header of a mail as it stands there, up to some bytes."""
    _head, rest = split_head(raw)
    return decode_text(rest[:max_bytes])


class _Reader:
    """Collects what is in one mail."""

    def __init__(self, max_text: int):
        self.room = self.max_text = max_text
        self.files: list[File] = []
        self.remarks: dict[str, Remark] = {}
        self.invitations: list[Invitation] = []
        self.bodies: set[Part] = set()
        self.depth = 0

    def read_mail(self, raw: bytes) -> MailContent:
        root = parse_mail(raw)
        texts = [text for text in self._read_root(root) if self._has_content(text)]
        texts = [text for text in texts if not text.is_packed or not self._is_said(text, texts)]
        if not texts and not self.files and root.parts:
            texts = [text for text in [Text(None, _PLAIN, _read_rest(root, self.max_text))] if text.text]
        texts = [self._fit(text) for text in texts]
        return MailContent(texts, self.files, list(self.remarks.values()), self.invitations)

    def _read_root(self, root: Part) -> list[Text]:
        self.bodies.add(next(part for part in root.walk() if not part.parts))
        return self._read(root)

    # ------------------------------------------------------------
    # STRUCTURE
    # ------------------------------------------------------------

    def _read(self, part: Part, *, is_alternative: bool = False) -> list[Text]:
        """Return the texts of a part, and collect its files."""
        if part.content_type == "multipart/alternative" and part.parts:
            return self._choose([self._read(inner, is_alternative=True) for inner in part.parts])
        if part.parts:
            root = part.parts[0] if part.content_type == "multipart/related" else None
            return [text for inner in part.parts for text in self._read(inner, is_alternative=inner is root)]
        if is_alternative and _TWIN.fullmatch(part.content_type):
            return []
        if part.content_type.startswith("multipart/"):  # without any
            return self._read_broken(part)
        rank = _RANKS.get(part.content_type, 0)
        is_text = bool(rank) and self._is_text(part, is_alternative=is_alternative)
        if not is_text:
            return self._read_file(part)
        if part.filename and part in self.bodies and "filename" in part.disposition_text:
            self._add_file(part, part.decode())
        return [Text(part, rank)]

    def _read_broken(self, part: Part) -> list[Text]:
        """Return the texts of what should have parts, and has none: some programs encode the whole."""
        if part.encoding and self.depth < _MAX_WRAPPED:
            header = f"Content-Type: {part.header['content-type']}\n\n".encode("utf-8", "surrogateescape")
            return self._read_wrapped(header + part.decode())
        return [Text(None, _PLAIN, _read_rest(part, self.max_text))]

    def _read_wrapped(self, raw: bytes) -> list[Text]:
        self.depth += 1
        texts = self._read_root(parse_mail(raw))
        self.depth -= 1
        return texts

    def _is_text(self, part: Part, *, is_alternative: bool) -> bool:
        """Return whether a part that could be a text is to be read, not a file."""
        if _SPLIT_OFF.fullmatch(part.filename):
            return True
        if part.disposition == "attachment":
            return part in self.bodies and not part.filename
        return is_alternative or not part.filename or (part in self.bodies and self._is_alone(part))

    def _is_alone(self, part: Part) -> bool:
        """Return whether the first part is the text although it has a name: it is the mail, or calls itself no file."""
        return part.is_root or "filename" not in part.disposition_text

    def _choose(self, alternatives: list[list[Text]]) -> list[Text]:
        """Return the best of alternatives that has content, and what stands beside it only."""
        for rank in (_HTML, _PLAIN, _ENRICHED):
            found = [texts for texts in alternatives if any(t.rank == rank and self._has_content(t) for t in texts)]
            if len(found) > _MAX_COMPARED:
                return [text for texts in found for text in texts]
            if found:
                chosen = found.pop()
                for texts in reversed(found):  # of one kind: they should be the same, but not all programs know that
                    chosen = self._merge(texts, chosen)
                return chosen
        return []

    def _is_said(self, packed: Text, texts: list[Text]) -> bool:
        """Return whether the other texts have what a packed one says."""
        others = [text for text in texts if not text.is_packed]
        return bool(others) and self._merge([packed], others) == others

    def _merge(self, first: list[Text], second: list[Text]) -> list[Text]:
        """Return the one of two texts that has all of the other, else both."""
        words = [{word for text in texts for word in _WORD.findall(self._get_words(text))} for texts in (first, second)]
        shared = len(words[0] & words[1])
        if shared >= _SAME * len(words[0]):
            return second
        return first if shared >= _SAME * len(words[1]) else first + second

    # ------------------------------------------------------------
    # TEXTS
    # ------------------------------------------------------------

    def _load(self, text: Text) -> str:
        """Decode a text, as far as it can be shown."""
        if text.text is None:
            part, max_bytes = text.part, self.max_text * _MAX_GROWTH
            if text.is_html:
                content = part.decode()
                if b"data:" not in content:  # else large pictures stand in it
                    content = content[:max_bytes]
                text.text = decode_text(content, part.parameters.get("charset"), is_html=True)
            else:
                text.text, text.files = take_uuencoded(part.decode_text(max_bytes))
            if text.rank == _ENRICHED:
                text.text = read_enriched(text.text)
            elif not text.is_html and part.parameters.get("format", "").lower() == "flowed":
                text.text = unflow(text.text, is_space_deleted=part.parameters.get("delsp", "").lower() == "yes")
        return text.text

    def _get_words(self, text: Text) -> str:
        return html_to_text(self._load(text)) if text.is_html else self._load(text)

    def _has_content(self, text: Text) -> bool:
        """Return whether a text says or shows something."""
        if self._get_words(text).translate(_INVISIBLE).strip() or text.files:
            return True
        pictures = _IMG.findall(self._load(text)) if text.is_html else ()
        return any(not _TINY.search(picture) for picture in pictures)

    def _fit(self, text: Text) -> Text:
        """Make a text one that can be shown: HTML that is over a limit is plain text, the rest of a long one a file."""
        content, is_html = self._load(text), text.is_html
        for name, found in text.files:
            self._collect(clean_filename(name), found, [])
        if not is_html and _PGP.match(content.lstrip()[:40]):
            self._remark("encrypted", method="PGP")
        if "\ufffd" in content:
            self._remark("letters")
        if is_html:
            bound = bound_html(content, self.room)
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
        """Add a text of which only the beginning is shown as a file."""
        number = sum(file.name.startswith("text-") for file in self.files) + 1
        content = text.part.decode() if text.part else text.text.encode("utf-8", "replace")
        self.files.append(File(f"text-{number}.{'html' if text.is_html else 'txt'}", content))

    # ------------------------------------------------------------
    # FILES
    # ------------------------------------------------------------

    def _read_file(self, part: Part) -> list[Text]:
        """Collect a file, or what is wrapped in it.

        :return: texts that were wrapped in it
        """
        content, kind, name = part.decode(), part.content_type, part.filename
        if self.depth < _MAX_WRAPPED and (inner := open_signed(content, kind, name)) is not None:
            return self._read_wrapped(inner)
        if packed := unpack_tnef(content, kind, name):
            if not packed.is_whole:
                self._remark("packed", name=_get_filename(part, content))
                self._add_file(part, content)
            return self._read_packed(packed)
        if _ENCRYPTED.search(f"{kind} {name.lower()}") and (method := find_encryption(content, kind, name)):
            self._remark("encrypted", method=method)
            if kind == "application/pgp-encrypted":  # says nothing else
                return []
        self._add_file(part, content)
        return []

    def _read_packed(self, packed: PackedMail) -> list[Text]:
        """Collect the files of a mail in ``winmail.dat``, and return its text."""
        for file in packed.files:
            name = clean_filename(file.name) if file.name else make_filename(file.content_type.lower(), file.content)
            self._collect(name, file.content, [file.content_id, file.name])
        text, rank = (packed.html, _HTML) if packed.html else (packed.text, _PLAIN)
        return [Text(None, rank, text, is_packed=True)] if text else []

    def _add_file(self, part: Part, content: bytes) -> None:
        if not content.strip() and not part.filename:
            return
        if part.content_type in _CALENDARS and (found := read_invitation(content, part.parameters.get("charset"))):
            self.invitations.append(found)
        self._collect(_get_filename(part, content), content, _list_keys(part))

    def _collect(self, name: str, content: bytes, keys: Iterable[str]) -> None:
        keys = tuple(filter(None, keys))
        self.files.append(File(name, content, f"{len(self.files) + 1}@mail" if keys else "", keys))

    def _remark(self, code: str, **values: object) -> None:
        self.remarks.setdefault(code, Remark(code, values))


def _read_picture(picture: Picture) -> File:
    return File(clean_filename(picture.name), picture.content, picture.cid, (picture.cid,))


def _get_filename(part: Part, content: bytes) -> str:
    if part.filename:
        return clean_filename(part.filename)
    if part.content_type in ATTACHED_MAIL:
        subject = read_first(read_fields(get_head(content)), "subject")
        return clean_filename(f"{decode_words(subject).strip().replace('/', '-') or 'message'}.eml")
    return make_filename(part.content_type, content)


def _list_keys(part: Part) -> Iterable[str]:
    """List what a text may write to show a file as a picture."""
    for name in ("content-id", "content-location"):
        if value := decode_words(part.header.get(name, "")):
            yield "".join(value.split()).strip('<>"')
    if part.filename and _LOCATED.match(part.content_type):
        yield part.filename


def _read_rest(part: Part, max_size: int) -> str:
    """Return what stands in a part in which there is neither text nor file, so that it is not lost."""
    content = part.raw[part.start : min(part.end, part.start + max_size)]
    lines = [line for line in content.split(b"\n") if not _NO_TEXT.match(line)]
    return decode_text(b"\n".join(lines)).strip()
