"""Whether the sender of a mail is unambiguous: read so strictly that no other program can read somebody else.

A mail server that checks a sender, a mail client that shows it and Odoo must mean the same address. Whatever two
programs may read differently is therefore not accepted as a sender; mail clients do not write it.
"""

import re
from unicodedata import category, normalize

from .address import Address, clean, mask
from .header import MAX_HEAD, HeaderField

MAX_FROM = 1000
"""Characters of a From field: a line may have 998 (RFC 5322 section 2.1.1)."""

CLAIM_HEADERS = ("sender", "reply-to", "resent-from", "resent-sender", "return-path")
"""Fields with addresses that some programs take for the sender. None of them counts."""

_HEAD_END = re.compile(rb"\n\r?\n")
# Whatever a program may take for a From field. After a space or a tab it is a folded line.
_ANY_FROM = re.compile(rb"(?:\A|[\r\n])[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]*from[\x00-\x20\x7f]*:", re.IGNORECASE)
_MBOX_LINE = rb"(?:>?From [^\n]*\n)?"
_PROPER_HEAD = re.compile(_MBOX_LINE + rb"(?:[!-9;-~]+[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*)*")
_PROPER_FROM = re.compile(rb"(?:\A|\n)from:", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)")

_COMMENT = r"\((?:[^()\\]|\\.)*\)"
_ENCODED_WORD = r"=\?[^?\s]*\?[bq]\?[^?\s]*\?="
# each character matches one alternative only, so that matching takes linear time
_PHRASE = rf"""(?:"(?:[^"\\]|\\.)*"|{_COMMENT}|{_ENCODED_WORD}|(?!{_ENCODED_WORD})[^"()<>@:;,\\])*"""
_MAILBOX = re.compile(
    rf"""(?:{_PHRASE}<[ \t]*(?P<angle>[^<>\s]+)[ \t]*>|(?P<bare>[^\s"()<>:;,]+))\s*(?:{_COMMENT}\s*)?""",
    re.IGNORECASE,
)
_MAILTO = re.compile(r"<[ \t]*mailto:", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"""[^"()<>:;,\\=?]*""")
_BLANKS_IN_ADDRESS = re.compile(r"\s*([@.])\s*")
_SHOWN_ADDRESS = re.compile(r"""[^\s@<>()\[\]"',;:]{1,254}@(?:[\w-]+\.)+[\w-]+""")


def find_sender_flaw(content: bytes, fields: list[HeaderField], senders: tuple[Address, ...]) -> str:
    """Return why the sender of a mail is ambiguous.

    :return: `several` From fields, an `unclear` one, a `loose` one that names no other sender, or an empty text
    """
    content = content.lstrip(b"\r\n")[: MAX_HEAD + 2]
    # the longest header that a program may read, unlike `RawMail.head`
    end = _HEAD_END.search(content)
    if not end and len(content) > MAX_HEAD:
        return "unclear"  # what follows may name another sender
    head = (content[: end.start()] if end else content) + b"\n"
    if len(_ANY_FROM.findall(head)) > 1:
        return "several"
    if len(senders) != 1:
        return ""  # their number is the reason
    found = [field for field in fields if field.name == "from"]
    is_proper = len(found) == 1 and _PROPER_FROM.search(_PROPER_HEAD.match(head)[0])
    return _find_flaw(found[0], senders[0]) if is_proper else "unclear"


def find_spelling(fields: list[HeaderField], senders: tuple[Address, ...], likely_email: str, flaw: str) -> str:
    """Return the only From field as written, on one line, if it has one readable address but is ambiguous, or has
    another address as display name; else an empty text.

    :param likely_email: see :attr:`.raw_mail.RawMail.likely_email`
    :param flaw: from :func:`find_sender_flaw`
    """
    texts = [field.text for field in fields if field.name == "from"]
    if not likely_email or flaw == "several" or len(texts) != 1 or len(texts[0]) > MAX_FROM:
        return ""
    names = {email for sender in senders for email in find_shown_addresses(sender.name)}
    is_doubtful = flaw or len(senders) > 1 or names - {likely_email}
    return clean(" ".join(texts[0].split())) if is_doubtful else ""


def _find_flaw(field: HeaderField, sender: Address) -> str:
    """Return the flaw of a From field: none if it is one address with or without a name (RFC 5322 section 3.4)."""
    text = field.text
    if _CONTROL.search(field.value) or len(text) > MAX_FROM:
        return "unclear"
    forms = {"": text, "loose": _tidy(text, sender.email.lower())}
    return next((flaw for flaw, form in forms.items() if _is_mailbox(form, sender.email)), "unclear")


def _is_mailbox(text, email):
    match = _MAILBOX.fullmatch(text)
    found = match and (match["angle"] or match["bare"])
    # some letters become ASCII in lower case, for example the Kelvin sign
    return bool(match) and found.lower() == email.lower() and found.isascii() == email.isascii()


def _tidy(text, email):
    """Return a From field without harmless mistakes of programs: the address as its own name, an at sign in the name,
    `mailto:` before the address, a comma or semicolon behind it.
    """
    return _drop_at_signs(_MAILTO.sub("<", text.rstrip(" \t,;")), email)


def _drop_at_signs(text, email):
    """Remove the at signs from an unquoted name, unless a program could read another address there.

    :param str email: the address behind the name, which the name may repeat
    """
    name, angle, rest = text.rpartition("<")
    if not angle or "@" not in mask(name) or not _PLAIN_NAME.fullmatch(name):
        return text
    # some programs read an address with blanks around the at sign and the dots
    for word in _BLANKS_IN_ADDRESS.sub(r"\1", name).split():
        local_part, _at, domain = word.partition("@")
        is_own = word.strip("'[]").lower() == email
        # "Rep @ Acme" is not an address
        is_company = "@" not in domain and "." not in domain and f"{local_part}@{domain}" not in name
        if "@" in word and not is_own and not is_company:
            return text
    return f"{name.replace('@', ' ')}<{rest}"


def find_shown_addresses(name: str) -> list[str]:
    """Return the addresses that people see in a display name, in lower case."""
    visible = "".join(char for char in normalize("NFKC", name) if category(char) != "Cf")
    return [email.lower() for email in _SHOWN_ADDRESS.findall(visible)]
