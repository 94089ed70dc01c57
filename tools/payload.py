"""Body and attachments of a mail: what Odoo's parser needs to be told, and the parser of last resort."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from email.policy import Policy, compat32

from odoo.tools.mail import append_content_to_html, html_sanitize

from .address import clean, decode_bytes, decode_words, redact
from .envelope import split_head
from .html import MAX_BYTES, bound_html, drop_control_characters, find_quotable_length, html_to_text
from .mime import CachingPolicy, EncodedPart, message_from_bytes

ATTACHED_MAIL = ("message/rfc822", "message/global")

MAX_TEXT = 2 * 1024**2
"""Bytes of all texts of a mail together."""

MAX_HTMLS = 3
MAX_TEXTS = 20
"""More texts are not left to Odoo's parser: with each it goes over all that were before."""

MAX_PARTS = 5_000
"""Of a mail, whatever its limits: the same count, made by the parser itself."""


_MAX_GROWTH = 3
"""Bytes of UTF-8 for one of any other charset."""

_MAX_UNREAD = 64 * 1024
"""Bytes of a plain text that is short enough, whatever is in it."""

_MAX_VALUE = 16_384
_MAX_SEMICOLONS = 100
_MAX_SEMICOLONS_IN_ALL = 5_000
"""Of a header of a part. The standard library takes minutes for more, and reads the same one again and again."""


@dataclass
class Restraint:
    """What the texts of a mail were put right by, so that Odoo can show them: filled in while it is read.

    :param int max_text: bytes of all texts together
    :param list files: whole texts of which only the beginning is shown, as ``(name, content)``
    :param list pictures: those that stood in HTML, as ``(name, content, info)``
    :param bool as_text: whether HTML became plain text
    :param int texts: plain texts of the mail
    :param int htmls: those that are HTML
    """

    max_text: int = MAX_TEXT
    files: list[tuple[str, bytes]] = field(default_factory=list)
    pictures: list[tuple[str, bytes, dict]] = field(default_factory=list)
    as_text: bool = False
    texts: int = 0
    htmls: int = 0

    @property
    def is_many(self) -> bool:
        """Whether the mail has more texts than Odoo's parser can add up: it starts anew with each."""
        return self.htmls > MAX_HTMLS or self.texts > MAX_TEXTS


def parse_message(raw: bytes, restraint: Restraint | None = None, *, sealed: bool = True) -> EmailMessage:
    """Parse a mail for Odoo's own extraction, attached mails sealed, texts put right.

    Odoo walks into attached mails, and their body and files would merge into those of the outer mail.

    :param Restraint restraint: is told what was done with the texts
    :param bool sealed: whether attached mails are; else their texts are put right, too
    :raises Exception: it cannot be parsed, or has more parts than any limit allows
    """
    message = _parse(raw, EmailMessage, CachingPolicy())
    for part in list(_walk(message, into_attached=not sealed)):
        if sealed and _is_attached_mail(part, message):
            name, content = _seal(part)
            part.set_content(content, maintype="application", subtype="octet-stream", filename=name)
    _restrain(message, restraint or Restraint(), into_attached=not sealed)
    return message


def read_leniently(raw: bytes, restraint: Restraint | None = None) -> tuple[str, list[tuple[str, bytes]]]:
    """Read a mail that Odoo's parser cannot: the parser of last resort.

    :param Restraint restraint: is told what was done with the texts
    :return: the body as HTML, and the attachments that can be read as ``(name, content)``
    """
    restraint = restraint or Restraint()
    try:
        message = _parse(raw, Message, compat32)
        _restrain(message, restraint)
        return _read_parts(message)
    except Exception:  # noqa: BLE001 whatever the standard library raises, the text is there
        return read_source(raw, restraint.max_text), []


def read_source(raw: bytes, max_bytes: int) -> str:
    """Show what follows the header of a mail as it stands there, up to some bytes, as HTML."""
    _head, rest = split_head(raw)
    return append_content_to_html("", drop_control_characters(clean(decode_bytes(rest[:max_bytes]))), preserve=True)


def clean_filename(name: str) -> str:
    """Make a file name that is one: no path, no control characters, at most 255 characters."""
    name = "".join(char for char in clean(name).replace("\\", "/").rpartition("/")[2] if char.isprintable())
    if len(name) > 255:
        stem, dot, extension = name.rpartition(".")
        name = f"{stem[: 254 - len(extension)]}{dot}{extension}" if dot and len(extension) < 254 else name[:255]
    return name if name.strip(" .") else "attachment"


def _walk(message: Message, *, into_attached: bool = False) -> Iterator[Message]:
    """Go through the parts of a mail in their order."""
    parts = [message]
    while parts:
        part = parts.pop()
        if part.get_content_maintype() == "multipart" and not part.is_multipart():
            part.replace_header("Content-Type", "text/plain")  # its boundary is missing; Odoo would pass it over
        yield part
        if part.is_multipart() and (into_attached or not _is_attached_mail(part, message)):
            parts.extend(reversed(part.get_payload()))


def _parse(raw: bytes, message_class: type[Message], policy: Policy) -> Message:
    """Parse a mail by the standard library, with headers of parts that it can read in time, and not without end.

    :raises ValueError: it has too many parts, or headers that are too long
    """
    return message_from_bytes(raw.lstrip(b"\r\n"), _class=_get_factory(message_class), policy=policy)


def _get_factory(message_class: type[Message]) -> Callable[..., Message]:
    """Get what makes the parts of one mail while it is parsed, and keeps count."""
    parts = semicolons = 0
    is_strict = issubclass(message_class, EmailMessage)

    class _Part(EncodedPart, message_class):
        def set_raw(self, name, value):
            """Store a header as the parser found it; of one that is too long only what stands first.

            :raises ValueError: the class of Odoo's parser cannot read it in time
            """
            nonlocal semicolons
            if name.lower().startswith("content-"):
                found = max(value.count(";"), value.count("("))
                semicolons += found
                is_long = len(value) > _MAX_VALUE or found > _MAX_SEMICOLONS
                if is_long or semicolons > _MAX_SEMICOLONS_IN_ALL:
                    if is_strict:
                        raise ValueError("a header that is too long")
                    value = re.split(r"[;(]", value, maxsplit=1)[0][:_MAX_SEMICOLONS].strip()
            return super().set_raw(name, value)

    def make(policy):
        nonlocal parts
        parts += 1
        if parts > MAX_PARTS:
            raise ValueError("too many parts")
        return _Part(policy=policy)

    return make


def _restrain(message: Message, restraint: Restraint, *, into_attached: bool = False) -> None:
    """Put the texts of a mail right: what is no sound HTML becomes plain text, and what is too long a file.

    Odoo's sanitiser would take minutes for them, or lose them, and write them into the log.
    """
    unsound, room = set(), min(restraint.max_text, MAX_BYTES)
    for part in _walk(message, into_attached=into_attached):
        if part.is_multipart() or _is_attached_mail(part, message) or not _is_text(part):
            continue
        is_html = part.get_content_type() == "text/html"
        restraint.htmls += is_html
        restraint.texts += not is_html
        size = len(part.get_payload()) * _MAX_GROWTH
        if not is_html and size <= min(room, _MAX_UNREAD):
            room -= size
            continue
        text = _read_text(part)
        sound = text
        if is_html:
            bound = bound_html(redact(text), room)
            sound, is_html = redact(bound.content), bound.is_html
            restraint.pictures += [(file.name, file.content, {"cid": file.cid}) for file in bound.pictures]
            if not is_html:
                unsound.add(part)
                restraint.as_text = True
        content = sound.encode("utf-8", "replace")
        shown = sound if is_html else _cut_text(sound, room)
        if shown != sound:
            restraint.files.append((f"text-{len(restraint.files) + 1}.txt", content))
        if shown != text or part in unsound:
            _replace_text(part, shown, "html" if is_html else "plain")
        room -= min(room, len(content))
    _drop_alternatives(message, unsound)


def _cut_text(text: str, room: int) -> str:
    """Cut a plain text where it becomes too long to be shown.

    :param int room: bytes of UTF-8
    """
    content = text[: find_quotable_length(text)].encode("utf-8", "replace")
    shown = content[:room].decode("utf-8", "ignore")
    return text if len(shown) == len(text) else shown + "…"


def _drop_alternatives(message: Message, unsound: set[Message]) -> None:
    """Leave out the plain text next to HTML that became one: as ever, that of the HTML counts."""
    for part in list(_walk(message)) if unsound else ():
        if part.get_content_type() == "multipart/alternative" and part.is_multipart():
            parts = part.get_payload()
            if any(inner in unsound for other in parts for inner in _walk(other)):
                parts[:] = [other for other in parts if other in unsound or other.get_content_type() != "text/plain"]


def _replace_text(part: Message, text: str, subtype: str) -> None:
    for name in ("Content-Type", "Content-Transfer-Encoding"):
        del part[name]
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "8bit"
    part.set_payload(text.encode("utf-8", "replace").decode("ascii", "surrogateescape"))  # as the parser would


def _is_text(part: Message) -> bool:
    """Tell whether a part is a text to read, not a file."""
    if part.get_content_type() not in ("text/plain", "text/html") or _get_filename(part):
        return False
    return not str(part.get("Content-Disposition", "")).strip().startswith("attachment")


def _read_text(part: Message) -> str:
    return decode_bytes(part.get_payload(decode=True) or b"", part.get_content_charset())


def _is_attached_mail(part: Message, message: Message) -> bool:
    return part is not message and part.get_content_type() in ATTACHED_MAIL


def _seal(part: Message) -> tuple[str, bytes]:
    """Make a file of an attached mail."""
    mails = part.get_payload()
    if isinstance(mails, list):
        subject = decode_words(str(mails[0]["subject"] or "")) if mails else ""
        content = b"".join(mail.as_bytes(policy=compat32) for mail in mails)
    else:
        subject, content = "", part.get_payload(decode=True) or b""
    name = _get_filename(part) or f"{subject.replace('/', '-') or 'message'}.eml"
    return clean_filename(name), content


def _read_parts(message: Message) -> tuple[str, list[tuple[str, bytes]]]:
    body, attachments, repeated = [], [], set()
    for part in _walk(message):
        if _is_attached_mail(part, message):
            attachments.append(_seal(part))
        elif part.is_multipart():
            if part.get_content_type() == "multipart/alternative":
                repeated |= _find_repeated(part)
        elif _is_text(part):
            if part not in repeated:
                body.append(_format_text(part))
        elif content := part.get_payload(decode=True):
            attachments.append((clean_filename(_get_filename(part)), content))
    return "\n".join(body), attachments


def _format_text(part: Message) -> str:
    """Give a text as safe HTML."""
    text = clean(_read_text(part))
    if part.get_content_type() == "text/html":
        try:
            text = html_sanitize(text, silent=False, sanitize_tags=False, strip_classes=True)
            return append_content_to_html("", text, plaintext=False)
        except Exception:  # noqa: BLE001 lxml raises many things, and core's sanitiser would log the text
            text = html_to_text(text)
    return append_content_to_html("", text, preserve=True)


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
