"""Reader of ``winmail.dat`` (MS-OXTNEF): text, files and attached mails, without ORM.

tnefparse is not used: 35 bytes keep it busy for hours, and it strips trailing zero bytes from files. Everything here is
linear; reading ends at the first broken value, and what was read before is kept.
"""

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from .codepage import decode_codepage
from .rtf import MAX_RTF, decompress, read_rtf

SIGNATURE = struct.pack("<I", 0x223E9F78)

_MAX_DEPTH = 3
"""Levels of attached mails: each becomes a file that contains the inner ones again."""

_MAX_FILES = 300
_MAX_VALUES = 100_000

_ATTRIBUTE = struct.Struct("<BHHI")  # level, name, type, length; a checksum follows the data
_CHECKSUM_SIZE = 2
_PROPERTY = struct.Struct("<HH")  # type, name
_NUMBER = struct.Struct("<I")

_MAIL_CLASS = re.compile(r"(?:REPORT\.)?IPM(?:\.(?:Microsoft Mail\.)?(?:Note|Post)(?:\..*)?)?", re.IGNORECASE)

# attributes
_CLASS = 0x8008
_SUBJECT, _BODY, _FILE_DATA, _FILE_TITLE, _NEW_FILE = 0x8004, 0x800C, 0x800F, 0x8010, 0x9002
_PROPERTIES, _FILE_PROPERTIES, _CODEPAGE = 0x9003, 0x9005, 0x9007
_OF_FILES = (_FILE_DATA, _FILE_TITLE, _FILE_PROPERTIES)

# types of properties
_OBJECT, _STRING, _UNICODE = 0x0D, 0x1E, 0x1F
_SIZES = {0x01: 0, 0x02: 2, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 2, 0x14: 8, 0x40: 8, 0x48: 16}
_VARIABLE = (0x00, _OBJECT, _STRING, _UNICODE, 0x102)
_SEVERAL, _NAMED = 0x1000, 0x8000

# properties
_P_CLASS = 0x001A
_P_SUBJECT, _P_SENT, _P_SENDER_NAME, _P_SENDER, _P_SENDER_SMTP = 0x0037, 0x0039, 0x0C1A, 0x0C1F, 0x5D01
_P_BODY, _P_RTF, _P_HTML, _P_HTML_CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
_P_NAME, _P_DATA, _P_FILE_NAME, _P_LONG_NAME, _P_TYPE, _P_ID = 0x3001, 0x3701, 0x3704, 0x3707, 0x370E, 0x3712

_MAIL_INTERFACE = bytes.fromhex("0703020000000000c000000000000046")
_WINDOWS_EPOCH = datetime(1601, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class File:
    """A file in a packed mail.

    :param str name: name given by the sender; may be empty
    :param str content_type: may be empty
    :param str content_id: reference in the HTML, without angle brackets; may be empty
    """

    name: str
    content: bytes
    content_type: str = ""
    content_id: str = ""


@dataclass(frozen=True)
class PackedMail:
    """A mail in ``winmail.dat``.

    :param str text: plain text; may be empty, even if there is HTML
    :param str html: may be empty; not sanitised
    :param bool is_whole: whether everything could be read
    """

    subject: str = ""
    text: str = ""
    html: str = ""
    sender: str = ""
    date: datetime | None = None
    files: tuple[File, ...] = ()
    is_whole: bool = True


@dataclass
class Budget:
    """Remaining amounts that may be read of all ``winmail.dat`` of a mail, including attached mails.

    :param int values: attributes and properties
    :param int text: bytes of Rich Text
    """

    files: int = _MAX_FILES
    values: int = _MAX_VALUES
    text: int = MAX_RTF

    def spend(self, name: str) -> None:
        """Count one more.

        :raises ValueError: when the limit is exceeded
        """
        left = getattr(self, name) - 1
        if left < 0:
            raise ValueError(f"too many {name}")
        setattr(self, name, left)


@dataclass
class _Values:
    """Undecoded attributes and properties of the mail or of one of its files; the first of a name counts."""

    attributes: dict[int, memoryview] = field(default_factory=dict)
    properties: dict[int, tuple[int, memoryview]] = field(default_factory=dict)
    is_whole: bool = True

    def get_number(self, name: int) -> int:
        """Return a property as a number; 0 if it is missing."""
        _kind, value = self.properties.get(name, (0, b""))
        return int.from_bytes(value[:8], "little")

    def get_text(self, codepage: int, *names: int) -> str:
        """Return the first non-empty text among some properties."""
        for name in names:
            kind, value = self.properties.get(name, (0, b""))
            if text := decode_codepage(bytes(value), 1200 if kind == _UNICODE else codepage).strip("\x00"):
                return text
        return ""

    def get_attribute_text(self, codepage: int, name: int) -> str:
        """Return the text of an attribute; empty if there is none."""
        return decode_codepage(bytes(self.attributes.get(name, b"")), codepage).strip("\x00")


def unpack(content: bytes, budget: Budget | None = None) -> PackedMail | None:
    """Return the mail packed in a file; None if the file has another format.

    :param Budget budget: of the mail that the file is attached to
    """
    return _unpack(content, 1, budget or Budget()) if content.startswith(SIGNATURE) else None


def _unpack(content: bytes, depth: int, budget: Budget) -> PackedMail:
    mail, files = _Values(), []
    try:
        for name, data in _read_attributes(memoryview(content), budget):
            if name == _NEW_FILE or (name in _OF_FILES and not files):
                budget.spend("files")
                files.append(_Values())
            _take(files[-1] if name in _OF_FILES else mail, name, data, budget)
    except (struct.error, ValueError):  # truncated, or over a limit
        mail.is_whole = False
    return _read_mail(mail, files, depth, budget)


def _read_attributes(data: memoryview, budget: Budget) -> Iterator[tuple[int, memoryview]]:
    """Yield names and data of attributes.

    :raises struct.error: when the data ends before one
    :raises ValueError: when the data ends within one, or there are too many
    """
    position = 6
    while position < len(data):
        budget.spend("values")
        _level, name, _type, length = _ATTRIBUTE.unpack_from(data, position)
        position += _ATTRIBUTE.size
        yield name, data[position : position + length]
        position += length
        _check_end(data, position)
        position += _CHECKSUM_SIZE


def _take(values: _Values, name: int, data: memoryview, budget: Budget) -> None:
    """Store an attribute, or the properties in it."""
    if name not in (_PROPERTIES, _FILE_PROPERTIES):
        values.attributes.setdefault(name, data)
        return
    try:
        for kind, property_name, value in _read_properties(data, budget):
            values.properties.setdefault(property_name, (kind, value))
    except (struct.error, ValueError):  # broken, or over a limit
        values.is_whole = False


def _read_properties(data: memoryview, budget: Budget) -> Iterator[tuple[int, int, memoryview]]:
    """Yield type, name and value of properties, the first value of those with several.

    A false count is harmless: each property takes some bytes.

    :raises struct.error: when the data ends before one
    :raises ValueError: when the data ends within one, a type (and so its length) is unknown, or there are too many
    """
    (count,) = _NUMBER.unpack_from(data)
    position = _NUMBER.size
    for _index in range(count):
        budget.spend("values")
        kind, name = _PROPERTY.unpack_from(data, position)
        position += _PROPERTY.size
        if name >= _NAMED:
            position = _skip_name(data, position)
        has_count, kind = kind & _SEVERAL or kind in _VARIABLE, kind & ~_SEVERAL
        values = 1
        if has_count:
            (values,) = _NUMBER.unpack_from(data, position)
            position += _NUMBER.size
        if kind in _VARIABLE:
            for index in range(values):
                budget.spend("values")
                (length,) = _NUMBER.unpack_from(data, position)
                position += _NUMBER.size
                if not index:
                    yield kind, name, data[position : position + length]
                    _check_end(data, position + length)
                position += _pad(length)
        elif kind in _SIZES:
            yield kind, name, data[position : position + _SIZES[kind]]
            _check_end(data, position + _SIZES[kind])
            position += _pad(_SIZES[kind] * values)
        else:
            raise ValueError("unknown type of a property")


def _check_end(data: memoryview, position: int) -> None:
    if position > len(data):
        raise ValueError("cut short")


def _skip_name(data: memoryview, position: int) -> int:
    """Return the position of the value of a named property."""
    position += 16
    (kind,) = _NUMBER.unpack_from(data, position)
    (length,) = _NUMBER.unpack_from(data, position + 4)  # for numeric names the name itself
    return position + 8 + (_pad(length) if kind else 0)


def _pad(length: int) -> int:
    return (length + 3) // 4 * 4


def _read_mail(mail: _Values, files: list[_Values], depth: int, budget: Budget) -> PackedMail:
    codepage = int.from_bytes(mail.attributes.get(_CODEPAGE, b"")[:4], "little") or 1252
    html_codepage = mail.get_number(_P_HTML_CODEPAGE) or codepage
    html = mail.get_text(html_codepage, _P_HTML)
    text = mail.get_text(codepage, _P_BODY) or mail.get_attribute_text(codepage, _BODY)
    is_cut = False
    if not html:
        rtf = mail.properties.get(_P_RTF, (0, b""))[1]
        rtf_text, is_html = _read_rtf(rtf, budget)
        html, text = (rtf_text, text) if is_html else ("", text or rtf_text)
        is_cut = bool(rtf) and budget.text <= 0
    date = None
    if sent := mail.get_number(_P_SENT):
        with suppress(OverflowError):
            date = _WINDOWS_EPOCH + timedelta(microseconds=sent // 10)
    name = mail.get_text(codepage, _P_SENDER_NAME)
    address = mail.get_text(codepage, _P_SENDER_SMTP, _P_SENDER)
    read = tuple(_read_file(values, codepage, depth, budget) for values in files)
    return PackedMail(
        subject=mail.get_text(codepage, _P_SUBJECT) or mail.get_attribute_text(codepage, _SUBJECT),
        text=text,
        html=html,
        sender=_format_sender(name, address),
        date=date,
        files=read,
        is_whole=mail.is_whole and not is_cut and _is_mail(mail, codepage) and all(file.is_whole for file in files),
    )


def _format_sender(name: str, address: str) -> str:
    """Return a From field; names such as "Doe, Joe" are quoted."""
    if "@" not in address:
        return name
    if not set(name).isdisjoint(',;:<>@()[]"\\'):
        name = '"{}"'.format(name.replace("\\", "").replace('"', "'"))
    return f"{name} <{address}>".strip()


def _is_mail(mail: _Values, codepage: int) -> bool:
    """Return whether it is a mail. Appointments, tasks and contacts contain more than their text."""
    kind = mail.get_attribute_text(codepage, _CLASS) or mail.get_text(codepage, _P_CLASS)
    return not kind or bool(_MAIL_CLASS.fullmatch(kind))


def _read_rtf(content: memoryview, budget: Budget) -> tuple[str, bool]:
    try:
        rtf = decompress(bytes(content), budget.text)
        budget.text -= len(rtf)
        return read_rtf(rtf)
    except ValueError:  # not Rich Text
        return "", False


def _read_file(values: _Values, codepage: int, depth: int, budget: Budget) -> File:
    kind, stored = values.properties.get(_P_DATA, (0, b""))
    name = (
        values.get_text(codepage, _P_LONG_NAME, _P_FILE_NAME)
        or values.get_attribute_text(codepage, _FILE_TITLE)
        or values.get_text(codepage, _P_NAME)
    )
    # next to an object, Outlook writes a sentence for programs that cannot read it
    if kind == _OBJECT and len(stored) > len(_MAIL_INTERFACE):
        interface, content = bytes(stored[:16]), bytes(stored[16:])
        if interface == _MAIL_INTERFACE:
            return _read_attached_mail(values, name, content, depth, budget)
    else:
        content = bytes(values.attributes.get(_FILE_DATA, b"")) or bytes(stored)
    content_id = values.get_text(codepage, _P_ID).strip("<> ")
    return File(name, content, values.get_text(codepage, _P_TYPE), content_id)


def _read_attached_mail(values: _Values, name: str, content: bytes, depth: int, budget: Budget) -> File:
    """Return an attached mail as a file that mail programs open."""
    if depth >= _MAX_DEPTH or not content.startswith(SIGNATURE):
        return File("winmail.dat", content, "application/ms-tnef")
    mail = _unpack(content, depth + 1, budget)
    values.is_whole &= mail.is_whole
    return File(f"{mail.subject or name or 'message'}.eml", _build_mail(mail), "message/rfc822")


def _build_mail(mail: PackedMail) -> bytes:
    """Return a mail as a file, deterministically."""
    message = EmailMessage(policy=SMTP)
    message.set_content(_encodable(mail.text), cte="base64")
    if mail.html:
        message.add_alternative(_encodable(mail.html), subtype="html", cte="base64")
    for file in mail.files:
        name = " ".join(_encodable(file.name[:255]).split())
        message.add_attachment(file.content, maintype="application", subtype="octet-stream", filename=name)
    for index, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{index}")  # cannot occur in base64; the standard library would draw a random one
    header = {"Subject": mail.subject, "From": mail.sender, "Date": format_datetime(mail.date) if mail.date else ""}
    # without the standard library, which raises on addresses that it cannot parse
    lines = [f"{name}: {' '.join(_encodable(value).split())}\r\n" for name, value in header.items() if value]
    return "".join(lines).encode() + message.as_bytes()


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
