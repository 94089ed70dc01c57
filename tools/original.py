"""The original of a captured mail: its header for people, and how to write it anew from what was filed."""

import email.policy
import re
from collections.abc import Iterable
from datetime import datetime, timezone
from email.message import EmailMessage
from email.utils import format_datetime

from .address import clean
from .charset import decode_words
from .envelope import get_head, read_fields
from .filename import clean_filename
from .parsed_mail import parse_header

FIRST = ("from", "to", "cc", "date", "subject")
"""Headers that people look for, shown first."""

MAX_SHOWN = 64 * 1024
"""Bytes shown of a header."""

MAX_SHOWN_FIELD = 16 * 1024
MAX_NAME = 998
"""Characters of the name of a header field, as many as a line may have."""

_MARKS = ("auto-submitted", "return-path", "precedence")
"""Headers by which core tells automatic mail."""

_MAX_MARK = 100
_MESSAGE_ID = re.compile(r"<[^<>@\s()\[\]\"\\,;:]{1,200}@[-.0-9A-Za-z]{1,200}>")
_INLINE_IMAGE = re.compile(r'(?<=src=")/web/image/(?P<id>\d{1,9})[^"]*')


def read_head(raw: bytes) -> str:
    """Write the header of a mail for people: one decoded field per line, the ones that they look for first.

    A long field is cut, and so is a long header, with an ellipsis.
    """
    fields = read_fields(get_head(raw))
    fields.sort(key=lambda field: FIRST.index(field.name) if field.name in FIRST else len(FIRST))
    lines, room = [], MAX_SHOWN
    for field in fields:
        if room <= 0:
            lines.append("…")
            break
        name = field.raw.partition(b":")[0].decode("ascii").strip()[:MAX_NAME]
        text = field.read_start(min(room, MAX_SHOWN_FIELD))
        room -= len(name) + len(text)
        lines.append(f"{name}: {' '.join(decode_words(text).split())}")
    return clean("\n".join(lines))


def build_mail(header: dict[str, str], date: datetime, body: str, files: Iterable[tuple[str, bytes, str]]) -> bytes:
    """Write a mail.

    :param header: the values, not encoded, of its fields; empty ones are left out
    :param date: naive, UTC
    :param body: HTML
    :param files: name, content and Content-ID of each
    """
    message = EmailMessage(policy=email.policy.SMTP)
    message.set_content(body, subtype="html")
    for name, content, cid in files:
        # not of their own type: texts would be decoded and encoded
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=clean_filename(name), cid=f"<{cid}>"
        )
    header = {**header, "Date": format_datetime(date.replace(tzinfo=timezone.utc))}
    # by hand, as UTF-8: the standard library raises on addresses that it cannot parse
    lines = [f"{name}: {' '.join(value.split())}\r\n" for name, value in header.items() if value]
    return "".join(lines).encode() + message.as_bytes()


def wrap_mail(raw: bytes, recipients: Iterable[str], body: str, files: Iterable[tuple[str, bytes, str]]) -> bytes:
    """Write a mail in place of one that cannot be parsed: with the parts of its header that every parser takes.

    :param recipients: whom it is for
    :param body: HTML
    :param files: as in :func:`build_mail`
    """
    mail = parse_header(raw)
    marks = {field.name: field.text for field in read_fields(get_head(raw)) if field.name in _MARKS}
    header = {
        "From": next((address.formatted for address in mail.senders if address.email), ""),
        "To": ", ".join(recipients),
        "Subject": mail.subject,
        "Message-ID": mail.message_id if _MESSAGE_ID.fullmatch(mail.message_id) else "",
        "References": " ".join(filter(_MESSAGE_ID.fullmatch, mail.references)),
        **{name: value[:_MAX_MARK] for name, value in marks.items()},
    }
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    return build_mail(header, mail.date or now, body, files)


def find_picture_ids(body: str) -> list[int]:
    """Find the files that are pictures in a filed text."""
    return [int(match["id"]) for match in _INLINE_IMAGE.finditer(body)]


def restore_inline_images(body: str, ids: Iterable[int]) -> str:
    """Let the images of a filed text refer to the files of the mail again, as ``cid:<id>@odoo``."""
    known = {str(id_) for id_ in ids}
    return _INLINE_IMAGE.sub(lambda match: f"cid:{match['id']}@odoo" if match["id"] in known else match[0], body)
