"""File names: sanitised names from a mail, or generated ones."""

import mimetypes
import re

from .address import clean

_TYPES = mimetypes.MimeTypes()  # without the types of the machine, for the same names everywhere
_NAMES = {
    "application/ms-tnef": "winmail.dat",
    "application/pgp-encrypted": "version.txt",
    "application/pgp-keys": "key.asc",
    "application/pgp-signature": "signature.asc",
    "application/pkcs7-mime": "smime.p7m",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-signature": "smime.p7s",
    "image/jpg": "picture.jpg",
    "image/pjpeg": "picture.jpg",
    "message/delivery-status": "delivery-status.txt",
    "message/disposition-notification": "notification.txt",
    "message/feedback-report": "report.txt",
    "message/global-delivery-status": "delivery-status.txt",
    "text/calendar": "invite.ics",
    "application/ics": "invite.ics",
    "text/directory": "contact.vcf",
    "text/rtf": "text.rtf",
    "text/rfc822-headers": "headers.txt",
    "text/vcard": "contact.vcf",
    "text/x-vcard": "contact.vcf",
    "text/xml": "attachment.xml",
}
_STEMS = {"audio": "audio", "image": "picture", "message": "message", "text": "text", "video": "video"}
# first bytes of files without a declared type
_SIGNATURES = (
    (b"%PDF-", ".pdf"),
    (b"\x89PNG\r\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
    (b"PK\x03\x04", ".zip"),
    (b"BEGIN:VCALENDAR", ".ics"),
    (b"BEGIN:VCARD", ".vcf"),
)


_PATH = re.compile(r"(?:[A-Za-z]:|\.{1,2}|~)?/|.*\\|.*/\Z", re.DOTALL)
"""A path, not a name with a slash such as "Offer 3/2024.pdf"."""

_JOINERS = "\u200c\u200d"
"""Invisible, but part of the spelling of Persian and Indic words and of emoji."""


def clean_filename(name: str) -> str:
    """Return a file name without path and control characters, of at most 255 characters."""
    name = clean(name)
    if _PATH.match(name):
        name = name.replace("\\", "/").rpartition("/")[2]
    name = "".join(char for char in name.replace("/", "-") if char.isprintable() or char in _JOINERS)
    if len(name) > 255:
        stem, dot, extension = name.rpartition(".")
        name = f"{stem[: 254 - len(extension)]}{dot}{extension}" if dot and len(extension) < 254 else name[:255]
    return name if name.strip(" .") else "attachment"


def make_filename(content_type: str, content: bytes) -> str:
    """Return a name for a nameless file, with the extension of its type.

    :param str content_type: in lower case
    """
    if content_type in _NAMES:
        return _NAMES[content_type]
    main_type = content_type.partition("/")[0]
    extension = _TYPES.guess_extension(content_type) if content_type != "application/octet-stream" else None
    extension = extension or next((end for start, end in _SIGNATURES if content.startswith(start)), "")
    if not extension and main_type in ("text", "message"):
        extension = ".txt"
    return f"{_STEMS.get(main_type, 'attachment')}{extension}"
