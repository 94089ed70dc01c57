"""Body and attachments of a mail: what Odoo's parser needs to be told, and the parser of last resort."""

import email
import email.policy
from email.message import EmailMessage, Message

from odoo.tools.mail import append_content_to_html, html_sanitize

from .address import clean, decode_words, redact_bytes


def parse_message(raw: bytes) -> EmailMessage:
    """Parse a mail for Odoo's own extraction, attached mails sealed."""
    message = email.message_from_bytes(raw, policy=email.policy.SMTP)
    _seal_attached_mails(message)
    return message


def _seal_attached_mails(message: EmailMessage):
    """Turn attached mails into files.

    Odoo walks into ``message/rfc822`` parts, and their body and files would merge into those of the outer mail.
    """
    parts = [message]
    while parts:
        part = parts.pop()
        if part.get_content_type() == "message/rfc822" and part is not message:
            _seal(part)
        elif part.is_multipart():
            parts.extend(part.get_payload())


def _seal(part: EmailMessage):
    inner = part.get_payload()
    inner = inner[0] if isinstance(inner, list) and inner else None
    content = inner.as_bytes() if inner else (part.get_payload(decode=True) or b"")
    # the owner's own copy of a sent mail still has its Bcc
    content = redact_bytes(content)
    name = part.get_filename() or f"{(inner and inner['subject']) or 'message'}.eml"
    part.set_content(content, maintype="application", subtype="octet-stream", filename=clean_filename(name))


def clean_filename(name: str) -> str:
    """Make a file name that is one: no path, no control characters, at most 255 characters."""
    name = "".join(char for char in clean(name).replace("\\", "/").rpartition("/")[2] if char.isprintable())
    stem, dot, extension = name.rpartition(".")
    if len(name) > 255:
        name = f"{stem[: 254 - len(extension)]}{dot}{extension}"[-255:] if dot else name[:255]
    return name or "attachment"


def read_leniently(raw: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """Read a mail that Odoo's parser cannot: the parser of last resort.

    :return: the body as HTML, and the attachments that can be read as ``(name, content)``
    """
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    texts, attachments = {"text/html": [], "text/plain": []}, []
    for part in message.walk():
        if part.is_multipart():
            continue
        content_type = part.get_content_type()
        name = _get_filename(part)
        content = part.get_payload(decode=True) or b""
        if content_type in texts and not name:
            texts[content_type].append(_decode(content, part.get_content_charset()))
        elif content:
            attachments.append((clean_filename(name or "attachment"), content))
    if texts["text/html"]:
        body = html_sanitize("".join(texts["text/html"]), sanitize_tags=False, strip_classes=True)
    else:
        body = append_content_to_html("", "\n".join(texts["text/plain"]), preserve=True)
    return body, attachments


def _get_filename(part: Message) -> str:
    try:
        return decode_words(part.get_filename() or "")
    except Exception:  # noqa: BLE001 broken RFC 2231 parameters raise many things
        return "attachment"


def _decode(content: bytes, charset: str | None) -> str:
    for candidate in (charset, "utf-8"):
        try:
            return content.decode(candidate or "utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
    return content.decode("latin-1")
