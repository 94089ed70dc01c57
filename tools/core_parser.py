"""Whether Odoo's own parser, which reads mail to aliases, can read a mail in reasonable time."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage

from .html import bound_html
from .mail_content import ATTACHED_MAIL
from .mime_reader import Part, parse_mail

_MAX_HTMLS = 3
_MAX_TEXTS = 20
"""With each text, Odoo's parser processes all texts before it again."""

_MAX_ELEMENTS = 20_000
_MAX_SEARCH = 20_000_000
"""Characters that regular expressions of sanitisers examine if brackets stay open."""

_MAX_TEXT = 2 * 1024**2
_MAX_VALUE = 16_384
_MAX_SEMICOLONS = 100
"""Of a field of a part. The standard library takes minutes for more, and parses the same field repeatedly."""


def parse_for_core(raw: bytes) -> EmailMessage:
    """Parse a mail as Odoo does, if this and what Odoo does next take linear time.

    :raises ValueError: if it would take longer
    """
    htmls = texts = 0
    room = _MAX_TEXT
    for part in _walk(raw):
        if any(_is_long(value) for value in part.header.values()):
            raise ValueError("a field is too long")
        if part.content_type not in ("text/html", "text/plain") or part.filename:
            continue
        is_html = part.content_type == "text/html"
        htmls, texts, room = htmls + is_html, texts + (not is_html), room - part.size
        if room < 0 or htmls > _MAX_HTMLS or texts > _MAX_TEXTS:
            raise ValueError("too many texts")
        if is_html and not _is_sound(part.decode_text(_MAX_TEXT)):
            raise ValueError("HTML takes too long")
    return email.message_from_bytes(raw, policy=email.policy.SMTP)


def _is_sound(html: str) -> bool:
    """Return whether HTML can be parsed and sanitised in linear time."""
    pieces = html.split(">")
    if len(pieces) > _MAX_ELEMENTS or any(len(piece.rpartition("<")[2]) > _MAX_VALUE for piece in pieces):
        return False
    # open brackets: each is searched up to the next closing one, and again for each "encoding="
    counts = ((piece.count("<"), len(piece), piece.count("encoding=")) for piece in pieces)
    if sum((opened - 1) * length * (found + 1) for opened, length, found in counts if opened > 1) > _MAX_SEARCH:
        return False
    return not bound_html(html, _MAX_TEXT, _MAX_ELEMENTS).is_heavy


def _is_long(value: str) -> bool:
    return len(value) >= _MAX_VALUE or value.count(";") > _MAX_SEMICOLONS or value.count("(") > _MAX_SEMICOLONS


def _walk(raw: bytes) -> Iterator[Part]:
    """Yield the parts of a mail, including those of attached mails."""
    mails = [raw]
    while mails:
        for part in parse_mail(mails.pop()).walk():
            yield part
            if part.content_type in ATTACHED_MAIL:
                mails.append(part.raw[part.start : part.end])
