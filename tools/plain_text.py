"""Formats of plain text in mails: format=flowed, uuencode, text/enriched."""

import binascii
import re
from contextlib import suppress

_UUENCODED = re.compile(
    r"^begin [0-7]{3,4} (?P<name>[^\r\n]{1,200})\r?\n(?P<lines>(?:[ -`]{1,62}\r?\n)+)(?:\r?\n)?end[ \t]*\r?$",
    re.MULTILINE,
)
_TAG = re.compile(r"</?[a-zA-Z][-a-zA-Z0-9:]{0,60}>")
_PARAM = re.compile(r"<param>[^<]{0,200}</param>", re.IGNORECASE)
_BREAKS = re.compile(r"\n\n?")


def unflow(text: str, *, is_space_deleted: bool) -> str:
    """Join the wrapped lines of a text with ``format=flowed`` (RFC 3676).

    :param bool is_space_deleted: whether the space at the end of a wrapped line is removed (``DelSp=yes``)
    """
    paragraphs: list[list[str]] = []
    last_depth, is_open = 0, False
    for line in text.replace("\r\n", "\n").split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:].removeprefix(" ")  # space-stuffed
        is_signature = content == "-- "
        is_wrapped = content.endswith(" ") and not is_signature
        piece = content[:-1] if is_wrapped and is_space_deleted else content
        if is_open and depth == last_depth and not is_signature:
            paragraphs[-1].append(piece)
        else:
            paragraphs.append([">" * depth + " " if depth else "", piece])
        last_depth, is_open = depth, is_wrapped
    return "\n".join("".join(pieces) for pieces in paragraphs)


def take_uuencoded(text: str, limit: int) -> tuple[str, list[tuple[str, bytes]]]:
    """Extract uuencoded files from a text.

    :param int limit: files that are extracted at most; further ones stay in the text
    :return: the rest of the text; the files as `(name, content)`
    """
    if "\nend" not in text or limit <= 0:
        return text, []
    files = []

    def take(match: re.Match[str]) -> str:
        files.append((match["name"].strip(), decode_uu(match["lines"].encode())))
        return ""

    return _UUENCODED.sub(take, text, count=limit), files


def decode_uu(lines: bytes) -> bytes:
    """Decode the lines of a uuencoded file up to its end."""
    pieces = []
    for line in lines.split(b"\n"):
        if line.rstrip() in (b"end", b"`", b""):
            break
        with suppress(binascii.Error):
            try:
                pieces.append(binascii.a2b_uu(line))
            except binascii.Error:  # longer than its length character says
                pieces.append(binascii.a2b_uu(line[: (((line[0] - 32) & 63) * 4 + 5) // 3]))
    return b"".join(pieces)


def read_enriched(text: str) -> str:
    """Return the text of ``text/enriched`` (RFC 1896): one line break is a space, two are one line break."""
    text = _TAG.sub("", _PARAM.sub("", text.replace("\r\n", "\n").replace("<<", "\0"))).replace("\0", "<")
    return _BREAKS.sub(lambda found: " " if len(found[0]) == 1 else "\n", text)
