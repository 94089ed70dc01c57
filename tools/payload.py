"""Body and attachments of a mail: what Odoo's parser needs to be told, and the parser of last resort."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage, Message

from odoo.tools.mail import append_content_to_html, html_sanitize

from .address import clean, decode_bytes, decode_words, redact_bytes
from .envelope import split_head

ATTACHED_MAIL = ("message/rfc822", "message/global")


def parse_message(raw: bytes) -> EmailMessage:
    """Parse a mail for Odoo's own extraction, attached mails sealed.

    Odoo walks into them, and their body and files would merge into those of the outer mail.
    """
    message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    for part in list(_walk(message)):
        if _is_attached_mail(part, message):
            name, content = _seal(part)
            part.set_content(content, maintype="application", subtype="octet-stream", filename=name)
    return message


def read_leniently(raw: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """Read a mail that Odoo's parser cannot: the parser of last resort.

    :return: the body as HTML, and the attachments that can be read as ``(name, content)``
    """
    try:
        return _read_parts(email.message_from_bytes(raw, policy=email.policy.compat32))
    except Exception:  # noqa: BLE001 whatever the standard library raises, the text is there
        _head, rest = split_head(raw)
        return append_content_to_html("", clean(decode_bytes(rest)), preserve=True), []


def clean_filename(name: str) -> str:
    """Make a file name that is one: no path, no control characters, at most 255 characters."""
    name = "".join(char for char in clean(name).replace("\\", "/").rpartition("/")[2] if char.isprintable())
    if len(name) > 255:
        stem, dot, extension = name.rpartition(".")
        name = f"{stem[: 254 - len(extension)]}{dot}{extension}" if dot and len(extension) < 254 else name[:255]
    return name if name.strip(" .") else "attachment"


def _walk(message: Message) -> Iterator[Message]:
    """Go through the parts of a mail in their order, but not into attached mails."""
    parts = [message]
    while parts:
        part = parts.pop()
        if part.get_content_maintype() == "multipart" and not part.is_multipart():
            part.replace_header("Content-Type", "text/plain")  # its boundary is missing; Odoo would pass it over
        yield part
        if part.is_multipart() and not _is_attached_mail(part, message):
            parts.extend(reversed(part.get_payload()))


def _is_attached_mail(part: Message, message: Message) -> bool:
    return part is not message and part.get_content_type() in ATTACHED_MAIL


def _seal(part: Message) -> tuple[str, bytes]:
    """Make a file of an attached mail; the owner's own copy of a sent mail still has its Bcc."""
    mails = part.get_payload()
    if isinstance(mails, list):
        subject = decode_words(str(mails[0]["subject"] or "")) if mails else ""
        content = b"".join(mail.as_bytes(policy=email.policy.compat32) for mail in mails)
    else:
        subject, content = "", part.get_payload(decode=True) or b""
    name = _get_filename(part) or f"{subject.replace('/', '-') or 'message'}.eml"
    return clean_filename(name), redact_bytes(content)


def _read_parts(message: Message) -> tuple[str, list[tuple[str, bytes]]]:
    body, attachments, repeated = "", [], set()
    for part in _walk(message):
        content_type = part.get_content_type()
        if _is_attached_mail(part, message):
            attachments.append(_seal(part))
        elif part.is_multipart():
            if content_type == "multipart/alternative":
                repeated |= _find_repeated(part)
        elif content_type in ("text/plain", "text/html") and not _get_filename(part):
            content = part.get_payload(decode=True) or b""
            text = clean(decode_bytes(content, part.get_content_charset()))
            if content_type == "text/html":
                text = html_sanitize(text, sanitize_tags=False, strip_classes=True)
                body = append_content_to_html(body, text, plaintext=False)
            elif part not in repeated:
                body = append_content_to_html(body, text, preserve=True)
        elif content := part.get_payload(decode=True):
            attachments.append((clean_filename(_get_filename(part)), content))
    return body, attachments


def _find_repeated(alternative: Message) -> set[Message]:
    """Find the texts that stand in HTML next to them."""
    parts = alternative.get_payload()
    has_html = any(inner.get_content_type() == "text/html" for part in parts for inner in _walk(part))
    return {part for part in parts if has_html and part.get_content_type() == "text/plain"}


def _get_filename(part: Message) -> str:
    try:
        return decode_words(part.get_filename() or "")
    except Exception:  # noqa: BLE001 broken RFC 2231 parameters raise many things
        return "attachment"
