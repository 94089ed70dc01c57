"""Lines of a mail's text with their positions, the same for plain text and HTML, and cutting a text at a position.

Everything takes linear time, even for HTML that no honest program writes.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from .forward_rules import PROGRAMS
from .html_text import unescape

MAX_LENGTH = 256 * 1024
"""Characters of a text that are read."""

_MAX_OPEN = 200
"""Open elements that are remembered. Deeper ones are ignored: :func:`.html.bound_html` leaves none."""

_PLAIN_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_QUOTE = re.compile(r"[ \t]*>[> \t]*")
_HTML_TOKEN = re.compile(r"[^<]+|<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})(?![a-zA-Z0-9])([^<>]*)>|<[^<>]*>?")
_NEW_LINE = re.compile(r"\r\n|\r|\n")
_ATTRIBUTE = re.compile(r"""\b(class|id|type)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)

# marks of direction, joiners, byte order mark, soft hyphen
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_BESIDE = "<>:,;\"'()[]*"
"""Characters beside which invisible ones are dropped, as beside spaces. Inside an address, they change it."""

_BREAKING = {
    *("address", "article", "blockquote", "body", "br", "center", "dd", "div", "dl", "dt", "fieldset", "footer"),
    *("form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "ol", "p", "pre", "section"),
    *("table", "tbody", "tfoot", "thead", "tr", "ul"),
}
_VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "wbr"}
_SELF_ENDING = {"dd", "dt", "li", "option", "p", "td", "th", "tr"}
"""Elements that end where the next of their kind begins."""

_CONTAINERS = tuple(program.container for program in PROGRAMS if program.container)


class Line(NamedTuple):
    """One line as a reader sees it.

    :param str text: its text with single spaces and without quote marks, invisible characters and line break
    :param int depth: number of quote marks before it and of quoting elements around it
    :param int start: position of the line, with the tags that open what it is in
    :param int end: position after it
    """

    text: str
    depth: int
    start: int
    end: int


@dataclass
class Lines:
    """The lines of a text.

    :param list containers: elements that may hold a forwarded mail, as `(kind, start, end)`; without an end that of
        the text
    """

    lines: list[Line]
    size: int
    is_html: bool
    containers: list[tuple[str, int, int]] = field(default_factory=list)


def split_lines(text: str, *, is_html: bool) -> Lines:
    """Return the lines of a text, up to :data:`MAX_LENGTH`."""
    found = Lines([], len(text), is_html)
    if is_html:
        _HtmlSplitter(text, found).split()
    else:
        found.lines.extend(_split_plain(text))
    return found


def cut(text: str, start: int, end: int, *, is_html: bool) -> str:
    """Return a part of a text; in HTML, the elements around it are opened before and closed after it."""
    if not is_html:
        return text[start:end]
    opened, before = _Stack(), None
    for token in _HTML_TOKEN.finditer(text):
        if before is None and token.end() > start:
            before = [tag for _name, tag in opened.items]
        if token.start() >= end:
            break
        if token[2]:
            opened.take(token)
    if before is None:
        before = [tag for _name, tag in opened.items]
    after = [f"</{name}>" for name, _tag in reversed(opened.items)]
    return "".join([*before, text[start:end], *after])


def normalize_line(text: str) -> str:
    """Return a line with single spaces and without invisible characters beside words."""
    if not text.isascii():
        text = _INVISIBLE.sub(_drop_outside, text)
    return " ".join(text.split())


def _drop_outside(found: re.Match[str]) -> str:
    text, start, end = found.string, found.start(), found.end()
    if start == 0 or end == len(text):
        return ""
    return "" if any(char.isspace() or char in _BESIDE for char in (text[start - 1], text[end])) else found[0]


def _split_plain(text: str) -> Iterator[Line]:
    for found in _PLAIN_LINE.finditer(text, 0, MAX_LENGTH):
        start, end = found.span()
        if start == end:
            break
        quote = _QUOTE.match(text, start, end)
        depth = quote[0].count(">") if quote else 0
        yield Line(normalize_line(text[quote.end() if quote else start : end]), depth, start, end)


class _Stack:
    """Open elements. Each step is amortised constant: an element is searched only if it is open."""

    def __init__(self) -> None:
        self.items: list[tuple[str, str]] = []
        self.counts: dict[str, int] = {}

    def take(self, token: re.Match[str]) -> None:
        """Open or close the element of a tag."""
        name = token[2].lower()
        if token[1]:
            self.close(name)
        elif name not in _VOID and not token[3].endswith("/"):
            if name in _SELF_ENDING and self.items and self.items[-1][0] == name:
                self.close(name)
            if len(self.items) < _MAX_OPEN:
                self.items.append((name, token[0]))
                self.counts[name] = self.counts.get(name, 0) + 1

    def close(self, name: str) -> None:
        """Close an element and those in it; ignore an end tag without a start tag."""
        while self.counts.get(name):
            closed, _tag = self.items.pop()
            self.counts[closed] -= 1
            if closed == name:
                break


class _HtmlSplitter:
    """Splits HTML into lines, at line breaks and at the bounds of blocks."""

    def __init__(self, html: str, found: Lines):
        self.html = html
        self.found = found
        self.opened = _Stack()
        self.starts: list[tuple[int, str, int]] = []  # containers that are open: depth, kind, position
        self.texts: list[str] = []
        self.has_text = False  # in the line so far
        self.position = 0  # where the line begins

    def split(self) -> None:
        """Read all tags and texts."""
        end = 0
        for token in _HTML_TOKEN.finditer(self.html, 0, MAX_LENGTH):
            end = token.end()
            if token[2]:
                self._read_tag(token)
            elif token[0][0] != "<" or token[0] == "<":
                self._read_text(token)
        self._end_line(end)
        for _depth, kind, start in self.starts:
            self.found.containers.append((kind, start, len(self.html)))

    def _read_tag(self, token: re.Match[str]) -> None:
        name, is_end = token[2].lower(), bool(token[1])
        if name == "br":
            self._end_line(token.end(), is_forced=True)
        elif name in _BREAKING:
            self._end_line(token.end() if is_end or name == "hr" else token.start())
        elif name in ("td", "th"):
            self.texts.append(" ")
        if is_end and not self.has_text:
            self.position = token.end()  # it closes an element of earlier lines
        depth = len(self.opened.items)
        self.opened.take(token)
        if len(self.opened.items) > depth and (kind := _find_container(name, token[3])):
            self.starts.append((depth, kind, token.start()))
        while self.starts and len(self.opened.items) <= self.starts[-1][0]:
            _depth, kind, start = self.starts.pop()
            self.found.containers.append((kind, start, token.start()))

    def _read_text(self, token: re.Match[str]) -> None:
        text, position = token[0], token.start()
        if self.opened.counts.get("pre"):
            bounds = [(found.start(), found.end()) for found in _NEW_LINE.finditer(text)]
            for (_start, begin), (end, after) in pairwise([(0, 0), *bounds]):
                self._add(unescape(text[begin:end]))
                self._end_line(position + after, is_forced=True)
            text = text[bounds[-1][1] :] if bounds else text
        self._add(unescape(text))

    def _add(self, text: str) -> None:
        self.texts.append(text)
        self.has_text = self.has_text or bool(text.strip())

    def _end_line(self, end: int, *, is_forced: bool = False) -> None:
        """End the line; an empty one only where a line break was written."""
        text = normalize_line("".join(self.texts))
        if not text and not is_forced:
            return
        self.has_text = False
        depth = self.opened.counts.get("blockquote", 0)
        if quote := _QUOTE.match(text):
            depth, text = depth + quote[0].count(">"), text[quote.end() :]
        self.found.lines.append(Line(text, depth, self.position, end))
        self.texts.clear()
        self.position = end


def _find_container(name: str, attributes: str) -> str:
    """Return the kind of container that an element is; empty for most."""
    if not attributes or name not in ("blockquote", "div", "table"):
        return ""
    values = " ".join(f"{found[2] or found[3] or found[4]}" for found in _ATTRIBUTE.finditer(attributes[:2000]))
    values = f"{name}:{values}"
    return next((kind for kind in _CONTAINERS if kind in values), "")
