"""Plain text of mails: wrapped by the program that wrote it, and made to wrap where it is read."""

import re

_TAG = re.compile(r"</?[a-zA-Z][-a-zA-Z0-9:]{0,60}>")
_PARAM = re.compile(r"<param>[^<]{0,200}</param>", re.IGNORECASE)
_BREAKS = re.compile(r"\n\n?")


def unflow(text: str, *, is_space_deleted: bool) -> str:
    """Join the lines of a text that its program wrapped (``format=flowed``, RFC 3676).

    :param bool is_space_deleted: whether the blank at the end of a wrapped line belongs to the wrapping (``DelSp``)
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


def read_enriched(text: str) -> str:
    """Read the text of ``text/enriched`` (RFC 1896): one line end is a blank, two are one."""
    text = _TAG.sub("", _PARAM.sub("", text.replace("\r\n", "\n").replace("<<", "\0"))).replace("\0", "<")
    return _BREAKS.sub(lambda found: " " if len(found[0]) == 1 else "\n", text)
