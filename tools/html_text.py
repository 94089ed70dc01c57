"""The text of HTML, read without a parser: nothing that is text is lost, however broken it is."""

import html as html_lib
import re
from collections.abc import Iterator

# what lxml does not take
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# the standard library raises on more digits
_LONG_NUMBER = re.compile(r"&#[0-9]{4000,};?")
_BREAK = re.compile(r"<(?:br|hr|/p|/div|/tr|/li|/h[1-6]|/table|/pre|/blockquote)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z!?][^<>]*>", re.IGNORECASE)
_NO_TEXT = re.compile(r"<(style|script|title)\b", re.IGNORECASE)


def drop_control_characters(html: str) -> str:
    """Take out what is in no XML, and parsers of HTML refuse."""
    return _NO_XML.sub("", html)


def unescape(text: str) -> str:
    """Return text with its entities as characters, as browsers read them."""
    if "&" not in text:
        return text
    return drop_control_characters(html_lib.unescape(_LONG_NUMBER.sub("\ufffd", text)))


def html_to_text(html: str) -> str:
    """Read the text of HTML, however broken, without a parser: nothing that is text is lost."""
    html = html.replace("\r\n", "\n").replace("\r", "\n")
    html = "".join(_leave_out_comments(html))
    html = "".join(_leave_out_hidden(html))
    text = unescape(_TAG.sub("", _BREAK.sub("\n", html)))
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
    for found in _NO_TEXT.finditer(html):
        tag = found[1].lower()
        if found.start() < position or ends.get(tag) == -1:
            continue
        ends[tag] = end = lower.find(f"</{tag}", found.end())
        if end >= 0:  # else it is text
            yield html[position : found.start()]
            position = end
    yield html[position:]
