"""Rewrite untrusted HTML so that everything that processes it later takes linear time.

Sanitisers and Odoo's quote detection have steps that are quadratic in the length of an attribute or text or in the
number of siblings; parsers have some for unclosed constructs. :func:`bound_html` runs before all of them, without ORM.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

import lxml.html
from lxml import etree
from lxml.html import defs

from .colors import keep_background, read_page_style
from .html_text import drop_control_characters, html_to_text, unescape

MAX_ELEMENTS = 100_000
"""Elements of a text. Each costs a sanitiser some microseconds."""

MAX_DEPTH = 200
"""Nesting of elements. libxml2 silently drops what is deeper than 256, each sanitiser run may add a level, and quote
detection reads a text once for each element around it."""

MAX_BYTES = 9 * 1024**2
"""libxml2 silently drops what exceeds 10 MB."""

MAX_PICTURES = 100
"""Pictures embedded in a text as `data:` URLs. Each becomes a file."""

_MAX_VALUE = 16 * 1024
"""Characters of an attribute value."""

_LONG_VALUE = 500
"""Characters from which an attribute value or a tag counts as long."""

_MAX_STEPS = 10 * MAX_ELEMENTS
"""Tags and attributes that are read, including those left out."""

_MAX_REST = 1_000
"""Characters of a tag without an end, as at the end of a truncated mail."""

_MAX_PAIRS = 250_000
"""Pairs of siblings: quote detection may compare each with each."""

_MAX_COPIED = 20_000_000
"""Characters copied by quote detection: for each quoted part, the rest of the same text."""

_PER_QUOTE = 10_000
"""Additional cost of a quoted part, in characters copied: it becomes an element."""

_MAX_WEIGHT = 25_000_000
"""Sum of squares of what is long or was left out: a measure of quadratic work on the original HTML."""

_FEW_ELEMENTS = 150
"""Up to this number of elements, nesting and siblings need no check."""

_FEW_SIBLINGS = 10
"""Up to this number, siblings are not counted."""

QUOTE_MARKS = {"data-o-mail-quote", "data-o-mail-quote-container", "data-o-mail-quote-node"}
"""Attributes by which Odoo marks quoted parts, which are collapsed on display."""

_LOADING = ("url", "image", "src", "expression", "//", "\\", "@")
"""Anything by which a style declaration can load or run something, CSS escapes included."""

_HIDDEN = {
    *("applet", "iframe", "script", "select", "style", "title"),
}
"""Elements that are left out with their content, as by Odoo's sanitiser."""

_LEFT_OUT = {
    *("base", "blink", "body", "embed", "form", "frame", "frameset", "head", "html", "input", "isindex", "layer"),
    *("link", "marquee", "meta", "param", "button", "noframes", "noscript", "object"),
}
_ELEMENTS = {name: name for name in (defs.tags | {"bdi", "main"}) - _HIDDEN - _LEFT_OUT}
_ELEMENTS |= {"image": "img", "textarea": "pre"}
_ATTRIBUTES = defs.safe_attrs | {"style", "data-filename", *QUOTE_MARKS}
_COLORS = {"bgcolor", "text"}
"""Attributes that are converted to a style."""

_TEXT_AND_TAG = re.compile(rf"([^<]*)(<[^<>]{{1,{_LONG_VALUE}}}>)?")
_MARKUP = re.compile(r"<(?:!--|[!?]|(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*))")
_COMMENT_END = re.compile(r"--!?>")
_HIDDEN_END = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _HIDDEN}
# one attribute, or the end of the tag; an unclosed quote is part of a name. Matches at every position
_ATTRIBUTE = re.compile(
    r"""[\s/]*(?:(>|\Z)|([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|((?!["'])[^\s>]*)))?)""",
)
# a declaration of a style as sanitisers read it: all quotes closed
_DECLARATION = re.compile(r"""\s*([-\w]{1,64})\s*:((?:[^;"']+|"[^";]*"|'[^';]*')+)""", re.ASCII)
_PICTURE = re.compile(r"\s*data:image/(?P<type>[-.+a-z0-9]{1,40})(?:;[^;,]{1,100})*;base64,", re.IGNORECASE)
_PICTURE_TEXT = re.compile(r"(data:)(image/[a-z]+;base64,)", re.IGNORECASE)
_SCRIPTED = re.compile(r"xml|svg", re.IGNORECASE)
_IS_DEEP = etree.XPath(f"boolean({'/*' * (MAX_DEPTH + 1)})")
_LARGE = etree.XPath(f"//*[count(*) > {_FEW_SIBLINGS}]")
_HAS_MARK = " or ".join(f"@{name}" for name in sorted(QUOTE_MARKS))
_MARKED = etree.XPath(f"self::*[{_HAS_MARK}] | *[@class or @id or {_HAS_MARK}]")
_WITH_BREAK = etree.XPath("*[br]")
# in attributes a named reference needs its semicolon: "?a=1&section=2"
_NO_REFERENCE = re.compile(r"&(?!#|[a-zA-Z][a-zA-Z0-9]*;)")
# invisible, between two texts; closed explicitly because libxml2 does not know <wbr> as a void element
_SEPARATOR = "<wbr></wbr>"
# consecutive quoted lines, escaped or not
_QUOTE = re.compile(r"(?:\n(?:>|&gt;)[^\n]*)+")


@dataclass(frozen=True)
class Picture:
    """A picture that was embedded in a text.

    :param str cid: Content-ID by which the text now refers to it, without `cid:`
    :param str name: file name
    """

    cid: str
    name: str
    content: bytes


@dataclass(frozen=True)
class BoundHtml:
    """A text that can be sanitised in linear time. It is not yet safe to display.

    :param str content: HTML, or plain text of any length in place of it
    :param bool is_html: False for plain text
    :param list pictures: pictures embedded in the HTML, as far as it was read
    :param bool is_heavy: whether Odoo would take superlinear time for the original HTML
    """

    content: str
    is_html: bool
    pictures: list[Picture] = field(default_factory=list)
    is_heavy: bool = False


def bound_html(
    html: str, max_bytes: int = MAX_BYTES, max_elements: int = MAX_ELEMENTS, max_pictures: int = MAX_PICTURES
) -> BoundHtml:
    """Rewrite HTML so that processing it takes linear time; where a limit is exceeded, return its text.

    The result has only elements and attributes allowed in a logged email, all tags and quotes closed, everything else
    escaped, no comments, no style declarations that load something, and no embedded pictures. No text is lost. Each
    step of Odoo's `html_sanitize` then reads a character a bounded number of times:

    - Patterns that search from a bracket, a quote, "encoding=" or "expression(" to its end find the end in the same
      tag; no unescaped bracket is inside of a tag.
    - Patterns over styles: every name is followed by its colon, every value is complete, no `url(` occurs.
    - Removing an element moves the text before it: there is no element to remove.
    - Attributes are compared with each other: each element has those of a fixed list, once.
    - Quote detection compares siblings, at most `_MAX_PAIRS`: where there are more, they lose the marks it searches.
      It copies a text for each quote in it, at most `_MAX_COPIED` characters in total.
    - A text that is read once per enclosing element is read at most `MAX_DEPTH` times.

    :param int max_bytes: limit of the HTML in UTF-8, without embedded pictures
    """
    html = drop_control_characters(html.replace("\r\n", "\n").replace("\r", "\n"))
    writer = _Writer(html, max_bytes, max_elements, min(max_pictures, MAX_PICTURES))
    try:
        content, is_html = _bound_tree(writer.rewrite(), writer.elements), True
    except _ExcessError:
        content, is_html = html_to_text(writer.html), False
    is_heavy = not is_html or writer.weight > _MAX_WEIGHT
    return BoundHtml(content, is_html, list(writer.pictures.values()), is_heavy)


def text_to_html(text: str) -> str:
    """Return plain text as HTML that can be sanitised in linear time, line breaks preserved."""
    text = drop_control_characters(text.replace("\r\n", "\n").replace("\r", "\n"))
    return _bound_quotes(f'<pre style="white-space: pre-wrap">{break_pictures(_escape(text))}</pre>')


def drop_loading(style: str) -> str:
    """Return a style without the declarations that load or run something."""
    if not _loads(style):
        return style
    return ";".join(declaration for declaration in style.split(";") if not _loads(declaration))


def _loads(style: str) -> bool:
    style = style.lower()
    return any(part in style for part in _LOADING)


def break_pictures(html: str) -> str:
    """Return HTML in which no text looks like a `data:` URL of a picture: Odoo would create a file for each."""
    return _PICTURE_TEXT.sub(rf"\1{_SEPARATOR}\2", html) if "data:" in html.lower() else html


def _holds_picture(text: str) -> bool:
    return "data:" in text.lower() and bool(_PICTURE_TEXT.search(text))


class _ExcessError(Exception):
    """The HTML exceeds a limit and becomes plain text."""


class _Writer:
    """Reads HTML tag by tag as browsers do, in one pass, and writes the part that may stay.

    No character is read again once the construct it belongs to is complete: a tag without an end is the last one, and
    a missing end of an element or comment is searched only once.
    """

    def __init__(self, html: str, max_bytes: int, max_elements: int, max_pictures: int):
        self.html = html
        self.max_bytes = min(max_bytes, MAX_BYTES)
        self.max_elements = max_elements
        self.max_pictures = max_pictures
        self.elements = self.left_out = self.steps = self.size = self.weight = 0
        self.pictures: dict[str, Picture] = {}
        self.parts: list[str] = []
        self.endless: set[str] = set()  # names of elements that never end; "--" stands for comments
        self.known: dict[str, str] = {}  # short tags, and what was written for them: most tags of a mail recur
        self.styles: dict[str, str] = {}

    def rewrite(self) -> str:
        """Return the whole text as well-formed HTML.

        :raises _ExcessError: when it exceeds a limit
        """
        position = 0
        while position < len(self.html):
            if self.steps > _MAX_STEPS or self.size > self.max_bytes:
                raise _ExcessError
            self.steps += 1
            found = _TEXT_AND_TAG.match(self.html, position)
            text, tag = found.groups()
            if text:
                self._put(_escape(unescape(text)))
            if (written := self.known.get(tag)) is None:
                position = self._read(found.end(1))
            else:
                self.left_out += not written and tag[1] != "/"
                self._put(written)
                position = found.end()
        self.weight += self.left_out**2
        written = "".join(self.parts)
        self.elements = written.count("<") - written.count("</") + written.count("</p>")  # </p> alone is a paragraph
        written = break_pictures(written)
        if self.elements > self.max_elements:
            raise _ExcessError
        if len(written) * 4 > self.max_bytes and len(written.encode()) > self.max_bytes:
            raise _ExcessError
        return written

    def _put(self, part: str) -> None:
        self.parts.append(part)
        self.size += len(part)

    def _read(self, start: int) -> int:
        """Read a tag, a comment, or text that begins with a bracket.

        :return: the position after it
        """
        found = _MARKUP.search(self.html, start)
        if not found or found.start() > start:  # text that begins with a bracket
            end = found.start() if found else len(self.html)
            text = self.html[start:end]
            self.weight += len(text) * text.count("<")
            self._put(_escape(unescape(text)))
            return end
        name = found["name"]
        if name is None:
            return self._skip_comment(found)
        if "@" in name:  # an address in angle brackets
            self._put(_escape(found[0]))
            return found.end()
        name = name[:20].lower()
        if found["end"]:
            return self._read_end(found, _ELEMENTS.get(name))
        attributes, is_closed, position = self._read_attributes(found)
        if attributes is None:
            return self._put_rest(start)
        if name in _HIDDEN:
            return position if is_closed else self._skip_hidden(name, position)
        written = self._write_tag(name, attributes, is_closed)
        self.left_out += not written
        self._put_tag(start, position, written)
        return position

    def _skip_comment(self, found: re.Match) -> int:
        if found[0] != "<!--":
            end = self.html.find(">", found.end())
            return end + 1 if end >= 0 else self._put_rest(found.start())
        # "<!-->" is a comment as well
        end = _COMMENT_END.search(self.html, found.end() - 2) if "--" not in self.endless else None
        if not end:
            self.endless.add("--")
            self.weight += len(self.html) - found.end()
        return end.end() if end else found.end()

    def _skip_hidden(self, name: str, position: int) -> int:
        """Leave out an element that ends. One that does not end is kept as text, which may be what someone wrote."""
        end = _HIDDEN_END[name].search(self.html, position) if name not in self.endless else None
        if not end:
            self.endless.add(name)
        return end.start() if end else position

    def _read_end(self, found: re.Match, name: str | None) -> int:
        end = self.html.find(">", found.end())
        if end < 0:
            return self._put_rest(found.start())
        is_written = name and name not in defs.empty_tags
        self._put_tag(found.start(), end + 1, f"</{name}>" if is_written else "")
        return end + 1

    def _put_tag(self, start: int, end: int, written: str) -> None:
        self._put(written)
        if end - start <= _LONG_VALUE:
            self.known[self.html[start:end]] = written

    def _put_rest(self, start: int) -> int:
        """Write a tag without an end as text."""
        rest = self.html[start:]
        if len(rest) > _MAX_REST:
            raise _ExcessError
        self._put(_escape(html_to_text(rest)))
        return len(self.html)

    def _read_attributes(self, found: re.Match) -> tuple[dict[str, str] | None, bool, int]:
        """Read the attributes of a tag up to its end.

        :return: the attributes that may stay, not unescaped, None when the tag has no end; whether the tag closes
            itself; the position after it
        """
        attributes: dict[str, str] = {}
        for match in _ATTRIBUTE.finditer(self.html, found.end()):
            if match.lastindex == 1:
                break
            self.steps += 1
            name = match[2][:40].lower()
            if (name in _ATTRIBUTES or name in _COLORS) and name not in attributes:
                attributes[name] = match[match.lastindex] if match.lastindex > 2 else ""
        return attributes if match[1] else None, "/" in match[0], match.end()

    def _write_tag(self, name: str, attributes: dict[str, str], is_closed: bool) -> str:
        """Return the tag of an element that may stay, empty for others; the page becomes a block of its colours."""
        keep_background(attributes)
        if name == "body" and (style := read_page_style(attributes)):
            name, attributes, is_closed = "div", {"style": style}, False
        name = _ELEMENTS.get(name)
        if not name:
            return ""
        parts = [f"<{name}"]
        for key, value in attributes.items():
            if key in _ATTRIBUTES and (kept := self._get_value(name, key, value)) is not None:
                parts.append(f' {key}="{kept}"')
        parts.append(f"></{name}>" if is_closed and name not in defs.empty_tags else ">")
        return "".join(parts)

    def _get_value(self, name: str, key: str, value: str) -> str | None:
        """Return the value of an attribute as it is written; None when the attribute is left out."""
        if key == "src" and name == "img" and (found := _PICTURE.match(value)):
            cid = self._take_picture(found["type"].lower(), value[found.end() :])
            return f"cid:{cid}" if cid else None
        if len(value) > _LONG_VALUE:
            self.weight += len(value) ** 2
        if len(value) > _MAX_VALUE or (not value and key in defs.link_attrs):
            return None
        if key == "style":
            if value not in self.styles:
                self.styles[value] = _bound_style(_unescape_value(value))
            value = self.styles[value] or None
        else:
            value = _unescape_value(value)
            if _holds_picture(value):
                return None
        return value and _escape(value).replace('"', "&quot;")

    def _take_picture(self, kind: str, content: str) -> str:
        """Take an embedded picture out of the text.

        :return: its Content-ID; empty when it is invalid, exceeds the limit, or could run scripts (a file only)
        """
        try:
            content = base64.b64decode(unquote_to_bytes(unescape(content)) + b"==")
        except binascii.Error:
            return ""
        cid = f"{hashlib.sha256(content).hexdigest()[:32]}@picture"
        if cid not in self.pictures:
            if len(self.pictures) >= self.max_pictures or not content:
                return ""
            name = f"picture-{len(self.pictures) + 1}.{kind.removeprefix('x-').partition('+')[0]}"
            self.pictures[cid] = Picture(cid, name, content)
        return "" if _SCRIPTED.search(kind) else cid


def _unescape_value(value: str) -> str:
    if value.count("&") == value.count("&amp;"):  # as in most URLs
        return value.replace("&amp;", "&")
    return unescape(_NO_REFERENCE.sub("&amp;", value))


def _bound_style(style: str) -> str:
    """Keep only the declarations of a style that sanitisers read in one pass and that load nothing."""
    found = map(_DECLARATION.match, drop_loading(style).split(";"))
    return ";".join([f"{match[1]}:{match[2].strip()}" for match in found if match])


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _bound_tree(html: str, elements: int) -> str:
    """Limit the nesting of elements and the number of siblings.

    :raises _ExcessError: when elements are nested too deep
    """
    html, has_quotes = _bound_quotes(html), "\n&gt;" in html
    if elements <= _FEW_ELEMENTS and not has_quotes:
        return html
    try:
        # a new parser: parsers must not be shared between threads
        root = lxml.html.document_fromstring(html, parser=lxml.html.HTMLParser())
    except etree.ParserError as error:  # libxml2 gives up
        raise _ExcessError from error
    if _IS_DEEP(root):
        raise _ExcessError
    room, is_changed = _MAX_PAIRS, False
    for node in root.iter() if has_quotes else _LARGE(root):
        # each quote in its text becomes an element
        children = len(node) + (len(_QUOTE.findall(node.text or "")) if has_quotes else 0)
        if children > _FEW_SIBLINGS:
            if children**2 > room:
                is_changed |= _unmark(node)
            else:
                room -= children**2
    return get_inner_html(root.find("body")) if is_changed else html


def _bound_quotes(html: str) -> str:
    """Exclude texts from Odoo's quote detection where it would exceed `_MAX_COPIED`."""
    if html.count("\n&gt;") * (len(html) + _PER_QUOTE) <= _MAX_COPIED:
        return html
    room, pieces = _MAX_COPIED, html.split(">")
    for number, piece in enumerate(pieces):
        text, bracket, tag = piece.partition("<")
        copied = (len(text) + _PER_QUOTE) * len(_QUOTE.findall(text))
        if copied > room:
            pieces[number] = f"{_SEPARATOR}{text}{bracket}{tag}"
        else:
            room -= copied
    return ">".join(pieces)


def _unmark(node: etree.Element) -> bool:
    """Remove the quote marks of an element's children: classes, ids, and a text before a line break.

    :return: whether there were any
    """
    marked = _MARKED(node)
    for element in marked:
        for name in QUOTE_MARKS if element is node else ("class", "id", *QUOTE_MARKS):
            element.attrib.pop(name, None)
    texts = [element for element in (node, *_WITH_BREAK(node)) if (element.text or "").strip()]
    for element in texts:
        _hide_text(element)
    return bool(marked or texts)


def _hide_text(node: etree.Element) -> None:
    """Move the text of an element into the tail of an empty child, where quote detection does not look."""
    text, node.text = node.text, None
    node.insert(0, etree.Element("wbr"))
    node[0].tail = text


def get_inner_html(body: etree.Element) -> str:
    """Return the HTML in a body."""
    body.attrib.clear()
    return lxml.html.tostring(body, encoding="unicode").removeprefix("<body>").removesuffix("</body>")
