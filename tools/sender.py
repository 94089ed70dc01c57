"""Who a mail says that it is from: read so strictly that no other program can read somebody else.

A mail server that checks a sender, a mail client that shows one and Odoo have to mean the same address. Whatever two
programs may read differently is therefore no sender at all: mail clients never write it.
"""

import re
from unicodedata import category, normalize

from .address import Address
from .envelope import read_fields, split_head

MAX_FROM = 1000
"""Characters of a From header: a line may have 998 (RFC 5322 section 2.1.1)."""

CLAIM_HEADERS = ("sender", "reply-to", "resent-from", "resent-sender", "return-path")
"""Headers with addresses that some programs take for the sender; none of them counts."""

_HEAD_END = re.compile(rb"\n\r?\n")
# What any program may take for a From header. Behind a space or a tab it is a folded line.
_ANY_FROM = re.compile(rb"(?:\A|[\r\n])[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]*from[\x00-\x20\x7f]*:", re.IGNORECASE)
_MBOX_LINE = rb"(?:>?From [^\n]*\n)?"
_PROPER_HEAD = re.compile(_MBOX_LINE + rb"(?:[!-9;-~]+[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*)*")
_PROPER_FROM = re.compile(rb"(?:\A|\n)from:", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")

_COMMENT = r"\((?:[^()\\]|\\.)*\)"
_ENCODED_WORD = r"=\?[^?\s]*\?[bq]\?[^?\s]*\?="
# each character fits one alternative only, so that no text takes long
_PHRASE = rf"""(?:"(?:[^"\\]|\\.)*"|{_COMMENT}|{_ENCODED_WORD}|(?!{_ENCODED_WORD})[^"()<>@:;,\\])*"""
_MAILBOX = re.compile(
    rf"""(?:{_PHRASE}<[ \t]*(?P<angle>[^<>\s]+)[ \t]*>|(?P<bare>[^\s"()<>:;,]+))\s*(?:{_COMMENT}\s*)?""",
    re.IGNORECASE,
)
_SHOWN_ADDRESS = re.compile(r"""[^\s@<>()\[\]"',;:]+@(?:[\w-]+\.)+[\w-]+""")


def find_sender_flaw(raw: bytes, senders: tuple[Address, ...]) -> str:
    """Tell why the sender of a mail is not beyond doubt.

    :param senders: what was read in all From headers
    :return: `several` From headers, an `unclear` one, or nothing
    """
    raw = raw.lstrip(b"\r\n")
    # as wide as any program may read it, unlike `split_head`
    end = _HEAD_END.search(raw)
    head = (raw[: end.start()] if end else raw) + b"\n"
    if len(_ANY_FROM.findall(head)) > 1:
        return "several"
    if len(senders) != 1:
        return ""  # said by their number
    fields = [field for field in read_fields(split_head(raw)[0]) if field.name == "from"]
    is_proper = len(fields) == 1 and _PROPER_FROM.search(_PROPER_HEAD.match(head)[0])
    return "" if is_proper and _is_plain(fields[0], senders[0]) else "unclear"


def _is_plain(field, sender):
    """Tell whether a From header is one address, with or without a name, and nothing else (RFC 5322 section 3.4)."""
    text = field.text
    if _CONTROL.search(field.value) or len(text) > MAX_FROM or not (match := _MAILBOX.fullmatch(text)):
        return False
    email = match["angle"] or match["bare"]
    # some letters become ASCII in lower case: the Kelvin sign is no k
    return email.lower() == sender.email.lower() and email.isascii() == sender.email.isascii()


def find_shown_addresses(name: str) -> list[str]:
    """Find what people take for an address in a display name, in lower case."""
    visible = "".join(char for char in normalize("NFKC", name) if category(char) != "Cf")
    return [email.lower() for email in _SHOWN_ADDRESS.findall(visible)]
