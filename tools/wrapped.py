"""Detection and unpacking of wrapped mail: S/MIME, PGP, ``winmail.dat``, without ORM.

No function raises on untrusted input: unreadable content returns None, and the part stays a file.
"""

import base64
import binascii
import re
from contextlib import suppress

from . import cms, tnef
from .tnef import PackedMail

SMIME, PGP = "S/MIME", "PGP"

_SMIME_TYPES = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_SMIME_NAMES = ("", "smime.p7m")
# every S/MIME message begins with a header of a few lines that has a Content-Type
_FOLDED = rb"[^\r\n]{0,1000}\r?\n(?:[ \t][^\r\n]{0,1000}\r?\n){0,50}"
_MIME_HEAD = re.compile(rb"(?:[!-9;-~]{1,100}:%s){0,20}?content-type:" % _FOLDED, re.IGNORECASE)
_TNEF_TYPES = ("application/ms-tnef", "application/vnd.ms-tnef", "application/x-tnef")
_ANY_TYPES = ("application/octet-stream", "application/x-unknown", "")
_PGP_BEGIN = re.compile(rb"(?:\A|[\r\n])-----BEGIN PGP MESSAGE-----[ \t]*[\r\n]")
_MAX_SEARCH = 64 * 1024
_PEM_LINE = re.compile(rb"-----[^\r\n]{0,100}-----")


def open_signed(content: bytes, content_type: str, name: str = "", limit: int = cms.MAX_CONTENT) -> bytes | None:
    """Return the mail in a part that is an opaque S/MIME signature or compressed, with its content header.

    :param content: decoded content of the part
    :param content_type: type in lower case, without parameters
    :param name: file name; may be empty
    :return: None for other parts: encrypted, detached signatures, and signed files such as an invoice
        ``invoice.xml.p7m``
    """
    opened = cms.open_message(_decode(content), limit) if _is_smime(content_type, name) else None
    is_mail = name.lower() in _SMIME_NAMES or (opened is not None and _MIME_HEAD.match(opened))
    return opened if is_mail else None


def find_encryption(content: bytes, content_type: str, name: str = "") -> str:
    """Return the encryption method of a part, :data:`SMIME` or :data:`PGP`; empty if it is not encrypted."""
    if _is_smime(content_type, name):
        kind = cms.read_content_type(_decode(content[:_MAX_SEARCH]))
        return SMIME if kind in (cms.ENVELOPED, cms.AUTH_ENVELOPED) else ""
    return PGP if content_type == "application/pgp-encrypted" or _PGP_BEGIN.search(content[:_MAX_SEARCH]) else ""


def unpack_tnef(content: bytes, content_type: str, budget: tnef.Budget | None = None) -> PackedMail | None:
    """Return the mail in a ``winmail.dat``, which servers also call otherwise; None for other parts.

    :param Budget budget: of all such parts of a mail
    """
    return tnef.unpack(content, budget) if content_type in _TNEF_TYPES + _ANY_TYPES else None


def _is_smime(content_type: str, name: str) -> bool:
    return content_type in _SMIME_TYPES or (content_type in _ANY_TYPES and name.lower().endswith(".p7m"))


def _decode(content: bytes) -> bytes:
    """Remove a second base64 or PEM encoding that some programs add."""
    if content[:1] == b"\x30":
        return content
    with suppress(binascii.Error):
        return base64.b64decode(_PEM_LINE.sub(b"", content))
    return content
