"""Body and attachments of a mail: what Odoo's parser needs to be told, and the parser of last resort."""

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage, Message

import lxml.html
from lxml import etree
from lxml.html import defs
from odoo.tools.mail import append_content_to_html, html_sanitize

from .address import clean, decode_bytes, decode_words, redact_bytes
from .envelope import split_head
from .mime import message_from_bytes

ATTACHED_MAIL = ("message/rfc822", "message/global")

_LOADED_WITH_MAIL = re.compile(r"\s*(cid:|data:image/)", re.IGNORECASE)
# what lxml does not take
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# what makes a declaration of a style load something, and how CSS can hide that
_STYLE_THAT_LOADS = re.compile(r"url|image|src|//|[\\@]", re.IGNORECASE)


def parse_message(raw: bytes) -> EmailMessage:
    """Parse a mail for Odoo's own extraction, attached mails sealed.

    Odoo walks into them, and their body and files would merge into those of the outer mail.
    """
    message = message_from_bytes(raw)
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


def block_remote_content(body: str) -> str:
    """Make the HTML of a mail safe to look at: no script, no form, and nothing is loaded from anywhere.

    Else its sender, who may be anyone, would see when and where it is read. Links stay.
    """
    body = html_sanitize(_NO_XML.sub("", body), sanitize_attributes=True, sanitize_style=True, strip_classes=True)
    body = _NO_XML.sub("", body)  # once more, they can be written as "&#27;"
    if not body.strip():
        return ""
    root = lxml.html.fragment_fromstring(body, create_parent="div")
    for node in root.iter(etree.Element):
        for name, value in node.items():
            if name == "style":
                declarations = [
                    part for part in value.split(";") if part.strip() and not _STYLE_THAT_LOADS.search(part)
                ]
                node.set(name, ";".join(declarations))
            elif _loads(node, name, value) or name.startswith("data-"):  # scripts of the page act on the latter
                del node.attrib[name]
    return clean(lxml.html.tostring(root, encoding="unicode"))


def _loads(node: etree.Element, name: str, value: str) -> bool:
    """Tell whether a browser loads something because of an attribute."""
    if name == "href" and node.tag in ("a", "area"):
        return False
    return (name in defs.link_attrs or "src" in name) and not _LOADED_WITH_MAIL.match(value)


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
