"""Text of HTML without a parser: no text is lost, however broken the HTML is."""

import html as html_lib
import re
from collections.abc import Iterator

# characters that lxml refuses
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# the standard library raises on more digits
_LONG_NUMBER = re.compile(r"&#[0-9]{4000,};?")
_BREAK = re.compile(r"<(?:br|hr|/p|/div|/tr|/li|/h[1-6]|/table|/pre|/blockquote)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z!?][^<>]*>", re.IGNORECASE)
_VISIBLE = re.compile(r"[^\s\u200b\u200c\u200d\u2060\ufeff\u00ad\u034f]")
_NO_TEXT = re.compile(r"<(style|script|title)\b", re.IGNORECASE)


def drop_control_characters(html: str) -> str:
    """Remove characters that XML does not allow: lxml refuses them in HTML as well.

    Vertical tabs and form feeds become line breaks: Office programs write them as such.
    """
    return _NO_XML.sub("", html.replace("\v", "\n").replace("\f", "\n"))


def unescape(text: str) -> str:
    """Replace character references as browsers do."""
    if "&#" in text:  # may stand for a control character
        return drop_control_characters(html_lib.unescape(_LONG_NUMBER.sub("\ufffd", text)))
    return html_lib.unescape(text)


def html_to_text(html: str) -> str:
    """Return the text of HTML, with line breaks after blocks and without blank lines in a row."""
    html = html.replace("\r\n", "\n").replace("\r", "\n")
    html = "".join(_leave_out_comments(html))
    html = "".join(_leave_out_hidden(html))
    text = unescape(_TAG.sub("", _BREAK.sub("\n", html)))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    return "\n".join(line for line, before in zip(lines, ["", *lines], strict=False) if line or before)


def has_text(html: str) -> bool:
    """Return whether HTML has visible text. Reading stops at the first."""
    for piece in _leave_out_hidden("".join(_leave_out_comments(html))):
        position = 0
        for tag in _TAG.finditer(piece):
            if is_visible(unescape(piece[position : tag.start()])):
                return True
            position = tag.end()
        if is_visible(unescape(piece[position:])):
            return True
    return False


def is_visible(text: str) -> bool:
    """Return whether a text has a visible character."""
    return bool(_VISIBLE.search(text))


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
