"""Who a mail says that it is from: read so strictly that no other program can read somebody else.

A mail server that checks a sender, a mail client that shows one and Odoo have to mean the same address. Whatever two
programs may read differently is therefore no sender at all: mail clients never write it.
"""

import re
from unicodedata import category, normalize

from .address import Address, mask
from .envelope import MAX_HEAD, read_fields, split_head

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
_MAILTO = re.compile(r"<[ \t]*mailto:", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"""[^"()<>:;,\\=?]*""")
_BLANKS_IN_ADDRESS = re.compile(r"\s*([@.])\s*")
_SHOWN_ADDRESS = re.compile(r"""[^\s@<>()\[\]"',;:]+@(?:[\w-]+\.)+[\w-]+""")


def find_sender_flaw(raw: bytes, senders: tuple[Address, ...]) -> str:
    """Tell why the sender of a mail is not beyond doubt.

    :param senders: what was read in all From headers
    :return: `several` From headers, an `unclear` one, a `loose` one out of which nobody else can be read, or nothing
    """
    raw = raw.lstrip(b"\r\n")[: MAX_HEAD + 2]
    # as wide as any program may read it, unlike `split_head`
    end = _HEAD_END.search(raw)
    if not end and len(raw) > MAX_HEAD:
        return "unclear"  # what follows may name another sender
    head = (raw[: end.start()] if end else raw) + b"\n"
    if len(_ANY_FROM.findall(head)) > 1:
        return "several"
    if len(senders) != 1:
        return ""  # said by their number
    fields = [field for field in read_fields(split_head(raw)[0]) if field.name == "from"]
    is_proper = len(fields) == 1 and _PROPER_FROM.search(_PROPER_HEAD.match(head)[0])
    return _find_flaw(fields[0], senders[0]) if is_proper else "unclear"


def _find_flaw(field, sender):
    """Return what is wrong with a From header: nothing if it is one address, with or without a name (RFC 5322)."""
    text = field.text
    if _CONTROL.search(field.value) or len(text) > MAX_FROM:
        return "unclear"
    forms = {"": text, "loose": _tidy(text, sender.email.lower())}
    return next((flaw for flaw, form in forms.items() if _is_mailbox(form, sender.email)), "unclear")


def _is_mailbox(text, email):
    match = _MAILBOX.fullmatch(text)
    found = match and (match["angle"] or match["bare"])
    # some letters become ASCII in lower case: the Kelvin sign is no k
    return bool(match) and found.lower() == email.lower() and found.isascii() == email.isascii()


def _tidy(text, email):
    """Write a From header as it should be, where a program has written the address as its name, an at sign into the
    name, `mailto:` before the address, or a comma or semicolon behind it.
    """
    return _drop_at_signs(_MAILTO.sub("<", text.rstrip(" \t,;")), email)


def _drop_at_signs(text, email):
    """Take the at signs out of an unquoted name, unless a program could read another address there.

    :param str email: the address behind the name, which may be named in it as well
    """
    name, angle, rest = text.rpartition("<")
    if not angle or "@" not in mask(name) or not _PLAIN_NAME.fullmatch(name):
        return text
    # some programs read an address with blanks around the at sign and the dots
    for word in _BLANKS_IN_ADDRESS.sub(r"\1", name).split():
        local_part, _at, domain = word.partition("@")
        is_own = word.strip("'[]").lower() == email
        # "Rep @ Acme" is no address of anyone
        is_company = "@" not in domain and "." not in domain and f"{local_part}@{domain}" not in name
        if "@" in word and not is_own and not is_company:
            return text
    return f"{name.replace('@', ' ')}<{rest}"


def find_shown_addresses(name: str) -> list[str]:
    """Find what people take for an address in a display name, in lower case."""
    visible = "".join(char for char in normalize("NFKC", name) if category(char) != "Cf")
    return [email.lower() for email in _SHOWN_ADDRESS.findall(visible)]
