"""The original of a captured email: its header for people, and a mail rebuilt from what was logged."""

import email.policy
import re
from collections.abc import Iterable
from datetime import datetime, timezone
from email.message import EmailMessage
from email.utils import format_datetime

from .address import clean
from .charset import decode_words
from .date import get_time
from .filename import clean_filename
from .html import text_to_html
from .raw_mail import RawMail
from .safe_html import release_pictures

FIRST = ("from", "to", "cc", "date", "subject")
"""Fields shown first."""

MAX_SHOWN = 64 * 1024
"""Bytes of a header that are shown."""

MAX_SHOWN_FIELD = 16 * 1024
MAX_NAME = 998
"""Characters of the name of a field, as many as a line may have."""

_MARKS = ("auto-submitted", "return-path", "precedence")
"""Fields by which Odoo recognises automatic mail."""

_MAX_MARK = 100
_MESSAGE_ID = re.compile(r"<[^<>@\s()\[\]\"\\,;:]{1,200}@[-.0-9A-Za-z]{1,200}>")
_INLINE_IMAGE = re.compile(r'(?<=src=")/web/image/(?P<id>\d{1,9})(?:\?access_token=(?P<token>[^"]*))?[^"]*')


def read_head(raw_mail: RawMail) -> str:
    """Return the header of a mail for people: one decoded field per line, the most important ones first.

    A long field or header is cut, with an ellipsis at its end.
    """
    fields = sorted(raw_mail.fields, key=lambda field: FIRST.index(field.name) if field.name in FIRST else len(FIRST))
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


def build_mail(
    header: dict[str, str], date: datetime | None, body: str, files: Iterable[tuple[str, bytes, str]] = ()
) -> bytes:
    """Build a mail.

    :param header: values of its fields, not encoded; empty ones are left out
    :param date: naive, UTC; None if it is unknown
    :param body: HTML
    :param files: name, content and Content-ID of each file
    """
    message = EmailMessage(policy=email.policy.SMTP)
    message.set_content(body, subtype="html")
    for name, content, cid in files:
        # not their own type: texts would be decoded and encoded
        message.add_attachment(
            content, maintype="application", subtype="octet-stream", filename=clean_filename(name), cid=f"<{cid}>"
        )
    if date:
        header = {**header, "Date": format_datetime(date.replace(tzinfo=timezone.utc))}
    # written as UTF-8 here, because the standard library raises on addresses that it cannot parse
    lines = [f"{name}: {' '.join(value.split())}\r\n" for name, value in header.items() if value]
    return "".join(lines).encode() + message.as_bytes()


def wrap_mail(
    raw_mail: RawMail, recipients: Iterable[str], body: str, files: Iterable[tuple[str, bytes, str]]
) -> bytes:
    """Build a mail to replace one that Odoo cannot parse, with the fields of its header that every parser reads.

    :param recipients: addresses for To
    :param body: HTML
    :param files: as in :func:`build_mail`
    """
    marks = {field.name: field.text for field in raw_mail.fields if field.name in _MARKS}
    header = {
        "From": next((address.formatted for address in raw_mail.senders if address.email), ""),
        "To": ", ".join(recipients),
        "Subject": raw_mail.subject,
        "Message-ID": raw_mail.message_id if _MESSAGE_ID.fullmatch(raw_mail.message_id) else "",
        "References": " ".join(filter(_MESSAGE_ID.fullmatch, raw_mail.references)),
        **{name: value[:_MAX_MARK] for name, value in marks.items()},
    }
    return build_mail(header, raw_mail.date or get_time(), body, files)


def find_pictures(body: str) -> set[tuple[int, str]]:
    """Return the id and access token of each attachment that is a picture in a logged text.

    Senders and users can write any id into a text: an attachment with another token is no picture of it.
    """
    return {(int(match["id"]), match["token"]) for match in _INLINE_IMAGE.finditer(body) if match["token"]}


def restore_inline_images(body: str, ids: Iterable[int]) -> str:
    """Return a logged text whose pictures refer to files of the mail again, as ``cid:<id>@odoo``."""
    known = {str(id_) for id_ in ids}
    return _INLINE_IMAGE.sub(lambda match: f"cid:{match['id']}@odoo" if match["id"] in known else match[0], body)


def rebuild_mail(row, message) -> bytes:
    """Build a mail from a logged copy.

    :param row: the `crm.bcc.dropbox.email`
    :param message: its `mail.message`
    :return: the mail, without any BCC address
    """
    emails = [text for text in row.line_ids.mapped("email") if "@" in (text or "")]  # others are numbers
    header = {
        "From": message.email_from,
        "To": message.bcc_dropbox_to or row.email_to or ", ".join(emails),
        "Cc": message.bcc_dropbox_cc or row.email_cc,
        "Subject": message.subject,
        "Message-ID": message.message_id if message.bcc_dropbox_forwarded_by else row.message_id,
        "In-Reply-To": message.parent_id.message_id,
    }
    files = message._bcc_dropbox_get_files()
    body = restore_inline_images(release_pictures(message.body or ""), files.ids)
    parts = [(file.name, file.raw or b"", f"{file.id}@odoo") for file in files]
    original = build_mail(header, message.date, body, parts)
    if not message.bcc_dropbox_forwarded_by:
        return original
    header = {"From": row.forwarded_by or row.user_id.email_formatted, "Subject": message.subject}
    comment = text_to_html(message.bcc_dropbox_comment or "")
    return build_mail(header, message.bcc_dropbox_forwarded_date, comment, [("original.eml", original, "original")])
