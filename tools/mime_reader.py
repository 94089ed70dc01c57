"""Parser of the parts of a mail (RFC 2045, 2046): one linear pass that stores positions and copies nothing.

It accepts what mail programs write, not only what the standards allow, and never fails: broken parts become text.
"""

import binascii
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from .boundary import find_dashes, list_delimiters
from .charset import decode_base64, decode_header, decode_text, decode_words, is_text
from .plain_text import decode_uu

MAX_DEPTH = 50
"""Nesting of parts. Deeper parts are text."""

MAX_PARTS = 5_000
"""Parts of a mail. Anything after them belongs to the last one."""

MAX_HEADER = 64 * 1024
"""Bytes of the header of a part that are read."""

_MAX_VALUE = 16_384
_MAX_PARAMETERS = 100

_FIELDS = {
    *("content-disposition", "content-id", "content-location", "content-transfer-encoding", "content-type"),
}
_FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]{0,8}:([^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*)(?:\r\n|\r|\n|\Z)")
_PARAMETER_LINE = re.compile(
    rb"((?:charset|boundary|format|delsp|name|filename|type|report-type|protocol|micalg)\*?[ \t]*=[^\r\n]*)"
    rb"(?:\r\n|\r|\n|\Z)",
    re.IGNORECASE,
)
_MBOX = re.compile(rb">?From ")  # separator line of the mbox format
_BLANK_LINE = re.compile(rb"\n\r?\n|\r\r")
_GAP = re.compile(
    rb"[ \t\r\n]*(?<=[\r\n])(?=(?:mime-version:[^\r\n]{0,80}\r?\n)?content-"
    rb"(?:disposition:[ \t]{0,8}(?:attachment|inline)"
    rb"|transfer-encoding:[ \t]{0,8}(?:[78]bit|binary|base64|quoted-printable)"
    rb"|type:[ \t]{0,8}[-\w]{1,40}/[-+.\w]{1,100})[ \t]{0,8}[;\r\n])",
    re.I,
)
"""Empty lines inside of a header, as PHP scripts write them."""

_FOLD = re.compile(rb"[\r\n]+[ \t]?")
_LINE_END = re.compile(rb"\r\n|\r|\n|\Z")
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_KNOWN_FIELD = re.compile(rb"(?<![^\r\n])(?:content-[a-z-]{2,30}|mime-version)[ \t]{0,8}:", re.IGNORECASE)
_GUESSED_BOUNDARY = re.compile(
    rb"(?<![^\r\n])--([^\s-][^\r\n]{0,200}|-[^\r\n]{1,200})(?:\r\n|\r|\n)Content-[TDI]", re.I
)
# A name begins behind a separator only: otherwise a long value without "=" takes quadratic time. A quote that is not
# followed by the end of the parameter is part of a value that a program did not escape.
_PARAMETER = re.compile(
    r'(?<![^\s;"=])([^\s=;"]+)\s*(?:(\*)\s*)?=\s*("(?:[^"\\]|\\.)*"(?=\s*(?:[;,(]|\Z|[-*\w]+\s*=))|[^;]*)', re.DOTALL
)
_CONTINUATION = re.compile(r"([^*]+)\*(\d{1,3})?(\*)?\Z")
_EXTENDED = re.compile(r"[-\w]{3,20}'[-\w]{0,20}'(?=[^']*%[0-9A-Fa-f]{2})[^']*")
_TELLING = re.compile(r"multipart/|base64|quoted-printable|[^;]*;\s*filename", re.IGNORECASE)
"""Beginning of a value that takes precedence over another one, because it describes the content."""

_TYPE = re.compile(r"[-\w.+*]+/[-\w.+*]+")
_MEANT = {"binary/octet-stream": "application/octet-stream", "plain/text": "text/plain", "text/htm": "text/html"}
# at the beginning of a value, also if what follows is not separated by a semicolon
_TYPE_FIRST = re.compile(r"(?:content-type\s*:)?[\s\"']*([-\w.+*]+/[-\w.+*]+)(?=[\s;,:(\"']|\Z)", re.IGNORECASE)
_UU_BEGIN = re.compile(rb"(?<![^\r\n])begin [0-7]{3,4} [^\r\n]*(?:\r\n|\r|\n)")
_SOFT_BREAK = re.compile(rb"=[ \t]*(?:\r\n|\r|\n|\Z)")
_EQUAL_SIGN = re.compile(rb"=(?![0-9A-Fa-f]{2})")
_FOREIGN = re.compile(rb"[^A-Za-z0-9+/=\s]")
_FIRST_LINE = re.compile(rb"\s*([^\r\n]{0,1000})")
_MAX_FOREIGN = 20
"""Characters of base64 for each other one in its first line, at least."""

_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=\s]|\S[ \t]+\S")
_LINE_OF_BASE64 = re.compile(rb"[A-Za-z0-9+/]{50}")


@dataclass(eq=False)
class Part:
    """One part of a mail, or the mail itself.

    :param bytes raw: the whole mail
    :param int start: position of the content of the part
    :param int end: position after it
    :param dict header: undecoded values of the fields in `_FIELDS`, by name in lower case
    :param list parts: parts of a multipart
    """

    raw: bytes
    start: int
    end: int
    header: dict[str, str] = field(default_factory=dict)
    parts: list["Part"] = field(default_factory=list)
    content_type: str = "text/plain"
    parameters: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    filename: str = ""
    is_root: bool = False

    @property
    def size(self) -> int:
        """Bytes of the encoded content."""
        return self.end - self.start

    @property
    def disposition_text(self) -> str:
        """The whole Content-Disposition field in lower case."""
        return self.header.get("content-disposition", "").lower()

    @property
    def encoding(self) -> str:
        """Transfer encoding: `base64`, `qp`, `uu`, or empty."""
        encoding = re.sub(r"[^a-z0-9]", "", self.header.get("content-transfer-encoding", "").lower())
        if encoding.startswith("quoted"):
            return "qp"
        return next((name for name in ("base64", "qp", "uu") if name in encoding), "")

    def decode(self) -> bytes:
        """Return the decoded content."""
        return _decode_file(self.raw, self.start, self.end) if self.encoding == "base64" else self._decode(self.end)

    def decode_html(self) -> bytes:
        """Return the decoded content of an HTML part, with the unencoded footer of a mail server at its end."""
        if self.encoding != "base64":
            return self._decode(self.end)
        encoded, footer = _split_footer(self.raw[self.start : self.end])
        content = decode_base64(encoded)
        is_wide = b"\0" in content  # UTF-16, which the footer is not
        return b"%s\n<div>%s</div>" % (content, footer) if footer and not is_wide else content

    def decode_text(self, max_size: int) -> str:
        """Return the content as text.

        :param int max_size: bytes of the encoded content that are read
        """
        end, footer = min(self.end, self.start + max_size), b""
        if self.encoding == "base64":
            encoded, footer = _split_footer(self.raw[self.start : end])
            content = decode_base64(encoded)
        else:
            content = self._decode(end)
        text = decode_text(content, self.parameters.get("charset"), is_html=self.content_type == "text/html")
        return f"{text}\n{decode_text(footer)}" if footer else text

    def _decode(self, end: int) -> bytes:
        content = self.raw[self.start : end]
        if self.encoding == "qp":
            # the standard library knows fewer soft breaks, and drops some of several equal signs
            content = _SOFT_BREAK.sub(b"", content)
            return binascii.a2b_qp(_EQUAL_SIGN.sub(b"=3D", content))
        if self.encoding == "uu" and (begin := _UU_BEGIN.search(content)):
            return decode_uu(content[begin.end() :])
        return content

    def walk(self) -> Iterator["Part"]:
        """Yield the part and all parts in it, in order."""
        parts = [self]
        while parts:
            part = parts.pop()
            yield part
            parts.extend(reversed(part.parts))


def parse_mail(raw: bytes, max_parts: int = MAX_PARTS) -> Part:
    """Return the parts of a mail as a tree. Attached mails are not parsed.

    :param int max_parts: parts that are found at most; further ones stay in the last one
    """
    start = len(raw) - len(raw.lstrip(b"\r\n"))
    root = _open(raw, start, len(raw), is_root=True)
    _fill(root, max_parts)
    return root


def _open(
    raw: bytes, start: int, end: int, *, is_root: bool = False, is_digest: bool = False, charset: str = ""
) -> Part:
    """Return the part that begins at a position, without the parts in it.

    :param charset: declared by an earlier part
    """
    fields, body = _read_header(raw, start, end, is_root=is_root, is_digest=is_digest)
    part = Part(raw, body, end, fields, is_root=is_root)
    value = fields.get("content-type", "")
    _read_type(part, value or ("message/rfc822" if is_digest else ""))
    kind, parameters = parse_value(fields.get("content-disposition", ""))
    part.disposition = kind.lower()
    charset = part.parameters.get("charset", charset)
    if part.disposition == "attachment":  # PHP scripts write "name" there, too
        part.parameters.setdefault("name", parameters.get("name", ""))
    names = (parameters.get("filename"), part.parameters.get("name"))
    part.filename = next(filter(None, (_decode_name(name, charset) for name in names if name)), "")
    return part


def _read_header(raw: bytes, start: int, end: int, *, is_root: bool, is_digest: bool) -> tuple[dict[str, str], int]:
    """Return the fields of a header that describe content, and the position after the header."""
    fields: dict[str, str] = {}
    limit = end if is_root else min(end, start + MAX_HEADER)
    position, last_field = start, -1
    while position < end:
        if line_end := _LINE_END.match(raw, position, end):
            gap = None if is_digest or "content-type" in fields else _GAP.match(raw, position, end)
            if not gap:
                return fields, line_end.end()  # the empty line
            position = gap.end()
        if found := _FIELD.match(raw, position, end):
            name = found[1].decode("ascii").lower()
            lines, after = [found[2]], found.end()
            while lines[-1].rstrip().endswith(b";") and (more := _PARAMETER_LINE.match(raw, after, end)):
                lines.append(more[1])  # some programs do not indent it
                after = more.end()
            if name in _FIELDS and position < limit:
                _add_field(fields, name, _unfold(b" ".join(lines)))
            position = after
            continue
        if position == start and _MBOX.match(raw, position, end):
            position = _LINE.match(raw, position, end).end()
            continue
        if last_field < 0:
            last_field = _find_last_field(raw, position, limit)
        if position >= last_field:
            break
        position = _LINE.match(raw, position, end).end()
    return fields, position


def _add_field(fields: dict[str, str], name: str, value: str) -> None:
    if name not in fields or (_TELLING.match(value) and not _TELLING.match(fields[name])):
        fields[name] = value


def _find_last_field(raw: bytes, position: int, limit: int) -> int:
    """Return the position of the last known field after a line that is no field; 0 if the header ends there."""
    if blank := _BLANK_LINE.search(raw, max(0, position - 1), limit):
        limit = blank.start() + 1
    if (dashes := raw.find(b"\n--", max(0, position - 1), limit)) >= 0:
        limit = dashes
    return max((found.start() for found in _KNOWN_FIELD.finditer(raw, position, limit)), default=0)


def _unfold(value: bytes) -> str:
    return _FOLD.sub(b" ", value[:_MAX_VALUE]).strip().decode("utf-8", "surrogateescape")


def _read_type(part: Part, value: str) -> None:
    """Set the type and parameters of a part, also from invalid values that programs write."""
    kind, part.parameters = parse_value(value)
    if found := _TYPE_FIRST.match(value):
        kind = found[1]
    kind = kind.lower().strip("\"' ").partition("(")[0].strip()  # a comment may follow
    if "/" not in kind:
        kind = {"pdf": "application/pdf", "html": "text/html", "multipart": "multipart/mixed"}.get(kind, "")
    elif not _TYPE.fullmatch(kind) or "*" in kind:
        kind = "application/octet-stream" if "*" in kind else ""
    default = "multipart/mixed" if "boundary" in part.parameters else "text/plain"
    part.content_type = _MEANT.get(kind, kind) or default


def _fill(root: Part, max_parts: int) -> None:
    """Find the parts at all levels, in one pass over the lines that begin with two dashes."""
    opened: list[tuple[Part, bytes]] = []  # outermost first
    _push(opened, root)
    known, count, position = _list_delimiters(opened), 1, root.start
    charset = root.parameters.get("charset", "")
    for start in find_dashes(root.raw, root.start) if opened else ():
        if start < position:
            continue  # inside a header
        line = _LINE.match(root.raw, start)
        found = known.get(line[0].rstrip())
        if found is None or count >= max_parts:
            continue
        level, is_end = found
        end = _trim_line_end(root.raw, start)
        _close(opened, level + 1, end)
        owner = opened[level][0]
        if owner.parts:
            _end(owner.parts[-1], end)
        if not is_end:  # parts may also follow the end: footers added by mail servers
            is_digest = owner.content_type == "multipart/digest"
            part = _open(root.raw, line.end(), root.end, is_digest=is_digest, charset=charset)
            charset = part.parameters.get("charset", charset)
            owner.parts.append(part)
            position, count = part.start, count + 1
            _push(opened, part)
        known = _list_delimiters(opened)


def _push(opened: list[tuple[Part, bytes]], part: Part) -> None:
    """Add a multipart to the open parts."""
    if not part.content_type.startswith("multipart/") or len(opened) >= MAX_DEPTH:
        return
    boundary, known = _find_boundary(part), [outer for _part, outer in opened]
    if boundary and (boundary not in known or boundary == _get_declared_boundary(part)):
        opened.append((part, boundary))


def _list_delimiters(opened: list[tuple[Part, bytes]]) -> dict[bytes, tuple[int, bool]]:
    return list_delimiters((boundary for _part, boundary in opened), is_inner_first=True)


def _get_declared_boundary(part: Part) -> bytes:
    return part.parameters.get("boundary", "").rstrip().encode("utf-8", "surrogateescape")


def _find_boundary(part: Part) -> bytes:
    """Return the boundary of a part: the declared one if it occurs, else one found in the content."""
    named = _get_declared_boundary(part)
    head = part.raw[part.start : min(part.end, part.start + MAX_HEADER)]
    if named and b"--" + named in head:
        return named
    found = _GUESSED_BOUNDARY.search(head)
    return found[1].rstrip() if found else named


def _close(opened: list[tuple[Part, bytes]], level: int, end: int) -> None:
    """Close the open parts from a level on, and end the last part of each."""
    for part, _boundary in opened[level:]:
        if part.parts:
            _end(part.parts[-1], end)
    del opened[level:]


def _end(part: Part, end: int) -> None:
    part.end = max(part.start, min(part.end, end))


def _trim_line_end(raw: bytes, start: int) -> int:
    """Return the end of the content before a boundary; the line break before a boundary belongs to it."""
    if raw[start - 2 : start] == b"\r\n":
        return start - 2
    return start - 1 if raw[start - 1 : start] in (b"\n", b"\r") else start


def parse_value(value: str) -> tuple[str, dict[str, str]]:
    """Parse the value of a field and its parameters as leniently as mail programs do.

    :return: the value, and the parameters by name in lower case, RFC 2231 continuations joined and decoded
    """
    kind, _separator, rest = value.partition(";")
    if "=" in kind:
        kind, rest = "", value
    found = {}
    for index, match in enumerate(_PARAMETER.finditer(rest)):
        if index >= _MAX_PARAMETERS:
            break
        found.setdefault(f"{match[1]}{match[2] or ''}".lower(), _unquote(match[3]))
    return kind.strip(), _join_continuations(found)


def _unquote(value: str) -> str:
    value = value.strip()
    if value.startswith('"') and not value.endswith('"') and (end := value.find('"', 1)) > 0:
        value = value[: end + 1]  # something else follows
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r'\\(["\\])', r"\1", value[1:-1])
    if len(value) > 1 and value[0] == value[-1] == "'":
        return value[1:-1]
    return value.strip('"')


def _join_continuations(found: dict[str, str]) -> dict[str, str]:
    """Join and decode continued or encoded parameters (RFC 2231), which take precedence over plain ones."""
    parameters = {name: value for name, value in found.items() if "*" not in name}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value in found.items():
        if match := _CONTINUATION.match(name):
            is_encoded = bool(match[3]) or match[2] is None
            pieces.setdefault(match[1], {})[int(match[2] or -1)] = (value, is_encoded)
    for name, numbered in pieces.items():
        # the unnumbered form, else the numbered pieces in order
        values = [numbered[-1]] if -1 in numbered else [numbered[number] for number in sorted(numbered)]
        parameters[name] = _decode_extended(values) or parameters.get(name, "")
    return parameters


def _decode_extended(values: list[tuple[str, bool]]) -> str:
    """Decode the pieces of an extended parameter: ``charset'language'percent-encoded``."""
    charset, first = "", values[0]
    if first[1] and first[0].count("'") >= 2:
        charset, _language, text = first[0].split("'", 2)
        values = [(text, True), *values[1:]]
    if not any(is_encoded for _value, is_encoded in values):
        return "".join(value for value, _is_encoded in values)
    content = b"".join(
        unquote_to_bytes(value.encode("utf-8", "surrogateescape"))
        if is_encoded
        else value.encode("utf-8", "surrogateescape")
        for value, is_encoded in values
    )
    return decode_text(content, charset)


def _decode_name(value: str, charset: str) -> str:
    """Return a decoded file name.

    :param charset: of raw bytes that are not UTF-8; may be empty
    """
    value = decode_words(value)
    if _EXTENDED.fullmatch(value):  # by a program that forgot the asterisk after the name of the parameter
        value = _decode_extended([(value, True)])
    if not value.isascii() or "\x1b" in value:  # raw bytes
        value = decode_header(value.encode("utf-8", "surrogateescape"), charset)
    return " ".join(value.split()).strip("\"' ")


def _decode_file(raw: bytes, start: int, end: int) -> bytes:
    """Decode base64, without a copy of the encoded bytes if they are valid. Other bytes stay as they are."""
    first_line = _FIRST_LINE.match(raw, start, end)[1]
    if len(_FOREIGN.findall(first_line)) * _MAX_FOREIGN > len(first_line):
        return raw[start:end]
    padding = raw.find(b"=", start, end)
    if padding < 0 or not raw[padding:end].strip(b"=\r\n\t "):
        with suppress(binascii.Error):  # truncated, for example
            return binascii.a2b_base64(memoryview(raw)[start:end])
    return decode_base64(raw[start:end])


def _split_footer(content: bytes) -> tuple[bytes, bytes]:
    """Split a base64 text from an unencoded footer that a mail server appended."""
    found = _NO_BASE64.search(content)
    if not found:
        return content, b""
    start = content.rfind(b"\n", 0, found.start()) + 1
    if not start and is_text(decode_base64(content)):  # damaged, but no text
        return content, b""
    footer = content[start:].strip()
    if _LINE_OF_BASE64.search(footer) or b"=" in content[start : found.end()]:
        return content, b""
    return content[:start], footer
