"""HTML of mails that parsers choke on: telling which it is, and reading its text without a parser."""

import html as html_lib
import re
from collections.abc import Iterator

from lxml import etree

MAX_ELEMENTS = 20_000
"""Of a text. Each costs a sanitiser some microseconds, and those that it takes out a step for each of the others."""

MAX_DEPTH = 200
"""How deep elements are nested. libxml2 leaves out, without a word, what is deeper than 256, and each run of a
sanitiser may wrap the whole in one more."""

MAX_BYTES = 9 * 1024**2
"""libxml2 leaves out, without a word, what exceeds 10 MB."""

_MAX_SEARCH = 20_000_000
"""Characters that regular expressions of sanitisers look at when brackets stay open."""

_MAX_COPIED = 500_000_000
"""Characters that the search for quotes copies: with each quoted line all that follows in the same text."""

_IS_DEEP = etree.XPath(f"boolean({'/*' * (MAX_DEPTH + 1)})")
# what lxml does not take
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# how a quoted line begins, as it is or escaped
_QUOTE = re.compile(r"\n[>&]")
_BREAK = re.compile(r"<(?:br|hr|/p|/div|/tr|/li|/h[1-6]|/table|/pre|/blockquote)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z!?][^<>]*>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(style|script|title)\b", re.IGNORECASE)


def drop_control_characters(html: str) -> str:
    """Take out what is in no XML, and parsers of HTML refuse."""
    return _NO_XML.sub("", html)


def is_sound(html: str, max_bytes: int) -> bool:
    """Tell whether HTML can be parsed and sanitised whole, in a time in proportion to its length.

    :param int max_bytes: of its text in UTF-8
    """
    elements = html.count("<") - html.count("</")
    if len(html.encode("utf-8", "replace")) > min(max_bytes, MAX_BYTES) or elements > MAX_ELEMENTS:
        return False
    # brackets that stay open: each is followed up to the next one that closes, by "encoding=" once more
    pieces = ((piece.count("<"), len(piece), piece.count("encoding=")) for piece in html.split(">"))
    if sum((opened - 1) * length * (found + 1) for opened, length, found in pieces if opened > 1) > _MAX_SEARCH:
        return False
    if sum(len(_QUOTE.findall(piece)) * len(piece) for piece in html.split("<")) > _MAX_COPIED:
        return False
    return elements <= MAX_DEPTH or not _is_deep(html)


def find_quotable_length(text: str) -> int:
    """Find how much of a plain text can be searched for quotes in time, in characters."""
    count = 0
    for count, found in enumerate(_QUOTE.finditer(text), start=1):
        if count * found.start() > _MAX_COPIED:
            return found.start()
    return min(len(text), _MAX_COPIED // count) if count else len(text)


def _is_deep(html: str) -> bool:
    try:
        # a parser of its own: they are not to be shared by threads
        root = etree.HTML(html, etree.HTMLParser(remove_comments=True, remove_pis=True))
    except (etree.ParserError, ValueError):
        return True
    return root is not None and _IS_DEEP(root)


def html_to_text(html: str) -> str:
    """Read the text of HTML, however broken, without a parser: nothing that is text is lost."""
    html = html.replace("\r\n", "\n").replace("\r", "\n")
    html = "".join(_leave_out_comments(html))
    html = "".join(_leave_out_hidden(html))
    text = html_lib.unescape(_TAG.sub("", _BREAK.sub("\n", html)))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line or before)


def _leave_out_comments(html: str) -> Iterator[str]:
    before, *others = html.split("<!--")
    yield before
    for piece in others:
        _comment, end, text = piece.partition("-->")
        yield text if end else piece


def _leave_out_hidden(html: str) -> Iterator[str]:
    lower, position, ends = html.lower(), 0, {}
    if len(lower) != len(html):  # some letters have a longer one in lower case
        lower = html
    for found in _HIDDEN.finditer(html):
        tag = found[1].lower()
        if found.start() < position or ends.get(tag) == -1:
            continue
        ends[tag] = end = lower.find(f"</{tag}", found.end())
        if end >= 0:  # else it is text
            yield html[position : found.start()]
            position = end
    yield html[position:]
