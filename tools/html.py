"""HTML of strangers, written anew so that all that reads it later needs a time in proportion to its length.

Sanitisers and the search for quotes have steps whose time grows with the square of an attribute, of a text, or of the
number of elements next to each other, and parsers have some for what is not closed. :func:`bound_html` goes before them
all. Nothing here touches the ORM.
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
"""Of a text. Each costs a sanitiser some microseconds."""

MAX_DEPTH = 200
"""How deep elements are nested. libxml2 leaves out, without a word, what is deeper than 256, each run of a sanitiser
may wrap the whole in one more, and the search for quotes reads a text once for each level that it is in."""

MAX_BYTES = 9 * 1024**2
"""libxml2 leaves out, without a word, what exceeds 10 MB."""

MAX_PICTURES = 100
"""Of those inside of a text, as `data:` addresses. Each becomes a file."""

_MAX_VALUE = 16 * 1024
"""Characters of an attribute."""

_LONG_VALUE = 500
"""Characters of an attribute that counts as long."""

_MAX_STEPS = 10 * MAX_ELEMENTS
"""Tags and attributes that are read, those that are left out included."""

_MAX_REST = 1_000
"""Characters of a tag at the end of a text that never closes, as when a mail was cut."""

_MAX_PAIRS = 250_000
"""Of elements with one parent: the search for quotes may compare each with each."""

_MAX_COPIED = 20_000_000
"""Characters that the search for quotes copies: with each quoted part all that follows in the same text."""

_PER_QUOTE = 10_000
"""What it costs besides, in such characters: it becomes an element."""

_MAX_WEIGHT = 25_000_000
"""Squares of what was left out, or is long: what reads the HTML as it came may compare each with each."""

_FEW_ELEMENTS = 150
"""So few are not nested too deep, and not too many."""

_FEW_SIBLINGS = 10
"""So few of one parent are not counted."""

QUOTE_MARKS = {"data-o-mail-quote", "data-o-mail-quote-container", "data-o-mail-quote-node"}
"""What Odoo marks parts of a mail with that are not shown at first."""

STYLE_THAT_LOADS = re.compile(r"url|image|src|expression|//|[\\@]", re.IGNORECASE)
"""What makes a declaration of a style load or run something, and how CSS can hide that."""

_HIDDEN = {
    *("applet", "button", "iframe", "noframes", "noscript", "object", "script", "select", "style", "textarea", "title"),
}
"""Elements that are left out with all that is in them; by Odoo's sanitiser, too."""

_LEFT_OUT = {
    *("base", "blink", "body", "embed", "form", "frame", "frameset", "head", "html", "input", "isindex", "layer"),
    *("link", "marquee", "meta", "param"),
}
_ELEMENTS = {name: name for name in (defs.tags | {"bdi", "main"}) - _HIDDEN - _LEFT_OUT} | {"image": "img"}
_ATTRIBUTES = defs.safe_attrs | {"style", "data-filename", *QUOTE_MARKS}
_COLORS = {"bgcolor", "text"}
"""Attributes that are written as a style."""

_MARKUP = re.compile(r"<(?:!--|[!?]|(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*))")
_COMMENT_END = re.compile(r"--!?>")
_HIDDEN_END = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _HIDDEN}
# one attribute, or the end of the tag; a quote that is never closed is part of a name
_ATTRIBUTE = re.compile(
    r"""[\s/]*(?:(>)|([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|((?!["'])[^\s>]*)))?)""",
)
_PROPERTY = re.compile(r"\s*([-\w]{1,64})\s*", re.ASCII)
# what sanitisers take for a value: no quote in it stays open
_SETTING = re.compile(r"""(?:[^;"']|"[^";]*"|'[^';]*')+""")
_PICTURE = re.compile(r"\s*data:image/(?P<type>[-.+a-z0-9]{1,40})(?:;[^;,]{1,100})*;base64,", re.IGNORECASE)
_PICTURE_TEXT = re.compile(r"(data:)(image/[a-z]+;base64,)", re.IGNORECASE)
_SCRIPTED = re.compile(r"xml|svg", re.IGNORECASE)
_IS_DEEP = etree.XPath(f"boolean({'/*' * (MAX_DEPTH + 1)})")
# in attributes a name needs its semicolon: "?a=1&section=2"
_NO_REFERENCE = re.compile(r"&(?!#|[a-zA-Z][a-zA-Z0-9]*;)")
# between two texts, unseen; closed, because libxml2 knows no <wbr> that is empty by itself
_SEPARATOR = "<wbr></wbr>"
# quoted lines, one after the other, as they are or escaped
_QUOTE = re.compile(r"(?:\n(?:>|&gt;)[^\n]*)+")


@dataclass(frozen=True)
class Picture:
    """A picture that stood in a text.

    :param str cid: what the text refers to it by now, without `cid:`
    :param str name: a file name
    """

    cid: str
    name: str
    content: bytes


@dataclass(frozen=True)
class BoundHtml:
    """A text that is safe to be sanitised, not yet to be shown.

    :param str content: HTML, or a plain text in place of it, however long
    :param bool is_html: which of them
    :param list pictures: those that stood in the HTML, as far as it was read
    :param bool is_heavy: whether Odoo would take long to read the HTML as it came
    """

    content: str
    is_html: bool
    pictures: list[Picture] = field(default_factory=list)
    is_heavy: bool = False


def bound_html(html: str, max_bytes: int = MAX_BYTES, max_elements: int = MAX_ELEMENTS) -> BoundHtml:
    """Write HTML anew, so that whatever reads it needs a time in proportion to its length; else give its text.

    What comes out has only elements and attributes that a filed mail may have, all tags and quotes closed, everything
    else escaped, no comment, no declaration of a style that loads something, and no picture. Text is never lost. So
    each of the following, of Odoo's `html_sanitize` and of what it is made of, looks at a character a bounded number
    of times:

    - patterns that look from a bracket, a quote, "encoding=" or "expression(" for what closes it: it is found in the
      same tag, and each tag is looked at from its own bracket alone, for no other stands unescaped in it;
    - patterns over styles: a name is followed by its colon, a value read to its end, and no `url(` is in it;
    - elements that are taken out, each of which moves all of the text before it: there are none;
    - attributes, compared with each other: each element has those of a fixed list, once;
    - the search for quotes compares siblings with each other, `_MAX_PAIRS` in all: where there are more, they lose the
      marks that it looks for; it copies a text for each quote in it, `_MAX_COPIED` characters in all;
    - whatever reads a text for each element around it does that `MAX_DEPTH` times.

    :param int max_bytes: of the HTML in UTF-8, pictures not counted
    """
    writer = _Writer(drop_control_characters(html.replace("\r\n", "\n").replace("\r", "\n")), max_bytes, max_elements)
    try:
        content, is_html = _bound_tree(writer.rewrite(), writer.elements), True
    except _ExcessError:
        content, is_html = html_to_text(html), False
    is_heavy = not is_html or writer.weight > _MAX_WEIGHT
    return BoundHtml(content, is_html, list(writer.pictures.values()), is_heavy)


def text_to_html(text: str) -> str:
    """Write a plain text as HTML that can be sanitised in time, with its lines as they are."""
    text = drop_control_characters(text.replace("\r\n", "\n").replace("\r", "\n"))
    return _bound_quotes(f'<pre style="white-space: pre-wrap">{break_pictures(_escape(text))}</pre>')


def break_pictures(html: str) -> str:
    """Keep the text of a mail from being taken for pictures, each of which Odoo would make a file of."""
    return _PICTURE_TEXT.sub(rf"\1{_SEPARATOR}\2", html)


class _ExcessError(Exception):
    """The HTML is over a limit: it is to become a plain text."""


class _Writer:
    """Reads HTML as browsers do, tag by tag, in one pass, and writes what is left of it.

    No character is looked at again after what it belongs to has been read: a tag that has no end is the last one,
    and that there is no end of an element or a comment is found out once.
    """

    def __init__(self, html: str, max_bytes: int, max_elements: int):
        self.html = html
        self.max_bytes = min(max_bytes, MAX_BYTES)
        self.max_elements = max_elements
        self.elements = self.left_out = self.steps = self.size = self.weight = 0
        self.pictures = {}
        self.parts = []
        self.endless = set()  # names of elements, "--" of comments

    def rewrite(self) -> str:
        """Return the whole as sound HTML.

        :raises _ExcessError: it is over a limit
        """
        position = 0
        while found := _MARKUP.search(self.html, position):
            if found.start() > position:
                self._put_text(self.html[position : found.start()])
            position = self._read(found)
        self._put_text(self.html[position:])
        self.weight += self.left_out**2
        written = break_pictures("".join(self.parts))
        if len(written) * 4 > self.max_bytes and len(written.encode()) > self.max_bytes:
            raise _ExcessError
        return written

    def _put(self, part: str) -> None:
        self.parts.append(part)
        self.size += len(part)
        if self.size > self.max_bytes:
            raise _ExcessError

    def _put_text(self, text: str) -> None:
        self.weight += len(text) * text.count("<")
        self._put(_escape(unescape(text)))

    def _count(self, steps: int) -> None:
        self.steps += steps
        if self.steps > _MAX_STEPS:
            raise _ExcessError

    def _read(self, found: re.Match) -> int:
        """Read a tag or a comment.

        :return: where what follows begins
        """
        self._count(1)
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
            return self._put_rest(found.start())
        if name in _HIDDEN:
            return position if is_closed else self._skip_hidden(name, position)
        keep_background(attributes)
        if kept := _ELEMENTS.get(name):
            self._put_element(kept, attributes, is_closed)
        elif name == "body" and (style := read_page_style(attributes)):
            self._put_element("div", {"style": style}, is_closed=False)
        self.left_out += not kept
        return position

    def _skip_comment(self, found: re.Match) -> int:
        if found[0] != "<!--":
            end = self.html.find(">", found.end())
            return end + 1 if end >= 0 else self._put_rest(found.start())
        # "<!-->" is one, too
        end = _COMMENT_END.search(self.html, found.end() - 2) if "--" not in self.endless else None
        if not end:
            self.endless.add("--")
            self.weight += len(self.html) - found.end()
        return end.end() if end else found.end()

    def _skip_hidden(self, name: str, position: int) -> int:
        """Leave out an element, if it ends; else what follows is text, for somebody may have written it."""
        end = _HIDDEN_END[name].search(self.html, position) if name not in self.endless else None
        if not end:
            self.endless.add(name)
        return end.start() if end else position

    def _read_end(self, found: re.Match, name: str | None) -> int:
        end = self.html.find(">", found.end())
        if end < 0:
            return self._put_rest(found.start())
        if name and name not in defs.empty_tags:
            self.elements += name == "p"  # one that was not open is
            self._put(f"</{name}>")
        return end + 1

    def _put_rest(self, start: int) -> int:
        """Write a tag that has no end as text."""
        rest = self.html[start:]
        if len(rest) > _MAX_REST:
            raise _ExcessError
        self._put(_escape(html_to_text(rest)))
        return len(self.html)

    def _read_attributes(self, found: re.Match) -> tuple[dict[str, str] | None, bool, int]:
        """Read the attributes of a tag up to its end.

        :return: those that may stay, not unescaped, None when it has no end; whether it closes itself; where what
            follows begins
        """
        attributes, position, count = {}, found.end(), 0
        while match := _ATTRIBUTE.match(self.html, position):
            position = match.end()
            end, name, *values = match.groups()
            if end:
                self._count(count)
                return attributes, "/" in match[0], position
            count += 1
            name = name[:40].lower()
            if (name in _ATTRIBUTES or name in _COLORS) and name not in attributes:
                attributes[name] = next((value for value in values if value is not None), "")
        self._count(count)
        return None, False, position

    def _put_element(self, name: str, attributes: dict[str, str], is_closed: bool) -> None:
        self.elements += 1
        if self.elements > self.max_elements:
            raise _ExcessError
        parts = [f"<{name}"]
        for key, value in attributes.items():
            if key in _ATTRIBUTES and (kept := self._get_value(name, key, value)) is not None:
                parts.append(f' {key}="{kept}"')
        parts.append(f"></{name}>" if is_closed and name not in defs.empty_tags else ">")
        self._put("".join(parts))

    def _get_value(self, name: str, key: str, value: str) -> str | None:
        """Return what is written of an attribute; None when it is left out."""
        if name == "img" and key == "src" and (found := _PICTURE.match(value)):
            cid = self._take_picture(found["type"].lower(), value[found.end() :])
            return f"cid:{cid}" if cid else None
        self.weight += len(value) ** 2 if len(value) > _LONG_VALUE else 0
        if len(value) > _MAX_VALUE or (not value and key in defs.link_attrs):
            return None
        value = unescape(_NO_REFERENCE.sub("&amp;", value))
        if key == "style":
            value = _bound_style(value) or None
        elif _PICTURE_TEXT.search(value):
            return None
        return value and _escape(value).replace('"', "&quot;")

    def _take_picture(self, kind: str, content: str) -> str:
        """Take a picture out of the text.

        :return: its Content-ID; empty when it is none, one too many, or a file only, because it could run scripts
        """
        try:
            content = base64.b64decode(unquote_to_bytes(unescape(content)) + b"==")
        except binascii.Error:
            return ""
        cid = f"{hashlib.sha256(content).hexdigest()[:32]}@picture"
        if cid not in self.pictures:
            if len(self.pictures) >= MAX_PICTURES or not content:
                return ""
            name = f"picture-{len(self.pictures) + 1}.{kind.removeprefix('x-').partition('+')[0]}"
            self.pictures[cid] = Picture(cid, name, content)
        return "" if _SCRIPTED.search(kind) else cid


def _bound_style(style: str) -> str:
    """Leave of a style the declarations that sanitisers read in one pass, and that load nothing."""
    kept = []
    for declaration in style.split(";"):
        name, _colon, value = declaration.partition(":")
        found, setting = _PROPERTY.fullmatch(name), _SETTING.match(value)
        if found and setting and not STYLE_THAT_LOADS.search(declaration):
            kept.append(f"{found[1]}:{setting[0].strip()}")
    return ";".join(kept)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _bound_tree(html: str, elements: int) -> str:
    """Bound what depends on how elements are nested, and on how many have the same parent.

    :raises _ExcessError: they are too deep
    """
    html, has_quotes = _bound_quotes(html), "\n&gt;" in html
    if elements <= _FEW_ELEMENTS and not has_quotes:
        return html
    try:
        # a parser of its own: they are not to be shared by threads
        root = lxml.html.document_fromstring(html, parser=lxml.html.HTMLParser())
    except etree.ParserError as error:  # libxml2 gives up
        raise _ExcessError from error
    if _IS_DEEP(root):
        raise _ExcessError
    room, is_changed = _MAX_PAIRS, False
    for node in root.iter():
        # each quote in its text becomes an element
        children = len(node) + (len(_QUOTE.findall(node.text or "")) if has_quotes else 0)
        if children > _FEW_SIBLINGS:
            if children**2 > room:
                is_changed = True
                _unmark(node)
            else:
                room -= children**2
    return _write_body(root) if is_changed else html


def _bound_quotes(html: str) -> str:
    """Keep Odoo from looking for quotes in texts, where that would take longer than it may in all."""
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


def _unmark(node: etree.Element) -> None:
    """Take away what marks quotes among the children of an element: names, and a text before a break."""
    for name in QUOTE_MARKS:
        node.attrib.pop(name, None)
    _hide_text(node)
    for child in node:
        for name in ("class", "id", *QUOTE_MARKS):
            child.attrib.pop(name, None)
        if child.find("br") is not None:
            _hide_text(child)


def _hide_text(node: etree.Element) -> None:
    """Put the text of an element behind another one: nothing is looked for in it."""
    if node.text:
        text, node.text = node.text, None
        node.insert(0, etree.Element("wbr"))
        node[0].tail = text


def _write_body(root: etree.Element) -> str:
    body = root.find("body")
    body.attrib.clear()
    return lxml.html.tostring(body, encoding="unicode").removeprefix("<body>").removesuffix("</body>")
