"""Email addresses as people and mail clients write them, and the form of a dropbox address."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from unicodedata import category

from odoo.tools.mail import email_normalize, formataddr

from .charset import decode_text, decode_words
from .redaction import DROPBOX_PREFIX, TOKEN_LENGTH, Secrets, replace_spans

# The token of a dropbox address inside any text. "+" becomes "+2B" in the xtext of RFC 3461 and "%2B" in a URL: only
# in these two forms may a letter precede the prefix.
TOKEN_PATTERN = (
    r"(?:(?<![a-z0-9])|(?<=[+%]2b))"
    rf"{DROPBOX_PREFIX}(?P<token>[a-z2-7]{{{TOKEN_LENGTH}}})"
    r"(?:\+(?P<suffix>[^\s@<>\"(),:;]{0,200}))?@"  # bounded, because hostile headers would take minutes
)
_TOKEN = re.compile(TOKEN_PATTERN, re.IGNORECASE)
_PLUS_MAILBOX = re.compile(r"[\w.=~'&+-]{1,64}@[a-z\d](?:[a-z\d.-]*[a-z\d])?", re.IGNORECASE | re.ASCII)
_UNKNOWN = Secrets()
"""Hides everything that has the form of a dropbox."""

# Everything that may hide syntax: encoded words, escaped characters, quotes, brackets of comments
_OPAQUE = re.compile(r"""=\?[^?]*\?[bq]\?[^?]*\?=|\\.|["()]""", re.IGNORECASE | re.DOTALL)
_MAILBOX = re.compile(r"(?:<[^<>]*>|[^,;<]+|<)+")
_GROUP_NAME = re.compile(r"[^<>@]*:")
_NOBODY = re.compile(r"<(?:[^<>@]*:)?[\s;]*>")  # also <Undisclosed-Recipient:;>
_IN_ANGLES = re.compile(r"<([^<>]*)>")
_WORD = re.compile(r"[^\s()<>\[\]]+")
_SCHEME = re.compile(r"\A(?:mailto|smtp):", re.IGNORECASE)
_LABEL = r"[-0-9A-Za-z_\u0080-\U0010ffff]+"
_ADDRESS = re.compile(rf"""(?:"[^"\\\x00-\x1f]+"|[^\x00-\x20\x7f"(),:;<>@\[\]\\]+)@(?:{_LABEL}\.)*{_LABEL}""")
_PLAIN = re.compile(r"[0-9A-Za-z_][-+.0-9A-Za-z_]*[0-9A-Za-z_]@(?:[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*\.)+[A-Za-z]+")
"""Nearly all addresses: Odoo normalises them by lower case alone."""

MAX_ADDRESS = 254
"""Characters of an address, RFC 5321 section 4.5.3.1.3. An index of PostgreSQL has no room for much longer ones, which
strangers could bring into records."""

_MAX_TEXT = 500
"""Characters of a name, or of a text in place of an address."""

_MAX_ENCODED = 16 * _MAX_TEXT
"""Characters that are decoded for these: an encoded word needs several per byte."""


@dataclass(frozen=True)
class Address:
    """One mailbox of an address header (RFC 5322 section 3.4).

    :param str name: the display name, decoded; may be empty
    :param str email: the normalised address; empty if it is missing or ambiguous
    :param str text: the mailbox as written, decoded, for messages to people
    """

    name: str
    email: str
    text: str

    @property
    def formatted(self) -> str:
        """Name and address for a field like From; if there is no address, the text."""
        return formataddr((self.name, self.email)) if self.email else self.text


def is_dropbox(email: str) -> bool:
    """Return whether an address has the form of a dropbox; its domain is not compared."""
    return bool(_TOKEN.search(email))


def format_dropbox(token: str, mailbox: str, domain: str) -> str:
    """Return the address of a dropbox.

    :param mailbox: the mailbox whose plus addresses are the dropboxes; may be empty
    :param domain: the domain of dropboxes without such a mailbox; may be empty
    :return: the address; empty if both are empty
    """
    if mailbox:
        return mailbox.replace("@", f"+{DROPBOX_PREFIX}{token}@")
    return f"{DROPBOX_PREFIX}{token}@{domain}" if domain else ""


def can_be_in_dropbox(mailbox: str) -> bool:
    """Return whether dropboxes may be plus addresses of a mailbox: the receiver accepts emails to no others."""
    return bool(_PLUS_MAILBOX.fullmatch(mailbox))


def redact(text: str) -> str:
    """Hide everything that has the form of a dropbox. To hide known tokens in any form, use :class:`Secrets`."""
    return _UNKNOWN.redact(text)


def holds_token(text: str) -> bool:
    """Return whether a text contains a token. Tokens must not reach SQL: failing queries are logged."""
    return _UNKNOWN.is_in(text)


def clean(text: str, secrets: Secrets = _UNKNOWN) -> str:
    """Return a text that PostgreSQL can store: without NUL, lone surrogates and tokens."""
    return secrets.redact(text.replace("\x00", "").encode(errors="replace").decode())


def format_addresses(addresses: Iterable[Address]) -> str:
    """Return addresses for people, without dropboxes."""
    return clean(", ".join(address.formatted for address in addresses if not is_dropbox(address.email)))


def decode_bytes(content: bytes, charset: str | None = None) -> str:
    """Decode bytes with a charset if it fits, else see :func:`decode_text`; the charset is not guessed."""
    return decode_text(content, charset, is_guessed=False)


def parse_addresses(text: str, max_count: int | None = None) -> list[Address]:
    """Return the mailboxes of an address field in order.

    Accepts what mail clients really write: commas or semicolons between mailboxes, groups, comments, brackets and at
    signs in unquoted display names. A mailbox without a readable address keeps its place with an empty ``email``;
    nothing is guessed.

    :param str text: the unfolded value; encoded words not yet decoded, so that a comma in one does not split a mailbox
    :param int max_count: read no more mailboxes than this
    """
    items = [item for item in split_mailboxes(text) if not _NOBODY.fullmatch(item)]
    return [_parse_mailbox(item) for item in items[:max_count]]


def read_address(text: str | None) -> str:
    """Return the only address of a text, normalised; empty if there is none or more than one.

    Odoo's own function raises on some From fields.
    """
    addresses = parse_addresses(text or "")
    return addresses[0].email if len(addresses) == 1 else ""


def split_mailboxes(text: str) -> list[str]:
    """Split an address field at the commas and semicolons between mailboxes."""
    masked = mask(text)
    items = []
    for match in _MAILBOX.finditer(masked):
        # the name of a group, RFC 5322 section 3.4, or "mailto:"
        group = _GROUP_NAME.match(masked, *match.span())
        items.append(text[group.end() if group else match.start() : match.end()].strip())
    return [item for item in items if item]


def mask(text: str) -> str:
    """Blank out quoted strings, encoded words and comments, so that only syntax is left.

    :return: a text of the same length, with a quote for each character of a quoted string or an encoded word, and a
        bracket for each character of a comment
    """
    spans, comments, quote = [], [], None
    for match in _OPAQUE.finditer(text):
        found, start, end = match[0], *match.span()
        if found == '"':
            if quote is not None:
                spans.append((quote, end, '"'))
            quote = start if quote is None else None
        elif quote is not None or found[0] == "\\":
            continue
        elif found == "(":
            comments.append(start)
        elif found != ")":
            spans.append((start, end, '"'))
        elif comments:
            start = comments.pop()
            while spans and spans[-1][0] > start:
                spans.pop()
            spans.append((start, end, "("))
    if quote is not None:  # an unclosed quote would hide everything after it
        return mask(text.replace('"', " "))
    return replace_spans(text, ((start, end, mark * (end - start)) for start, end, mark in spans))


def _parse_mailbox(item: str) -> Address:
    text, masked = item, mask(item)
    if "@" not in masked and len(item) <= _MAX_ENCODED:  # all of it may be encoded or quoted
        text = decode_words(item).replace('"', " ")
        masked = mask(text)
    if found := [match for match in _IN_ANGLES.finditer(masked) if match[1].strip()]:
        (start, end), outer = found[0].span(1), found[0].span()
    elif found := [match for match in _WORD.finditer(masked) if "@" in match[0]]:
        start, end = outer = found[0].span()
    # Two addresses without a separator are ambiguous, but a display name may contain an at sign.
    if len(found) != 1 or "@" in masked[end:] or "@" in masked[: outer[0]].partition("<")[2]:
        return Address("", "", _read_text(item))
    name = f"{text[: outer[0]]} {text[outer[1] :]}"
    return Address(_clean_name(name), _normalize(text[start:end]), _read_text(item))


def _read_text(item: str) -> str:
    """Return a mailbox as written, decoded."""
    return _shorten(clean(decode_words(item[:_MAX_ENCODED])))


def _clean_name(name: str) -> str:
    """Return a display name as people see it: without quotes, with brackets, as in ``[EXT] Joe``."""
    name = re.sub(r"\\(.)", r"\1", " ".join(decode_words(name[:_MAX_ENCODED]).split())).strip(" \"'<>")
    if not name.strip("[] "):
        return ""
    if re.fullmatch(r"\([^()]*\)", name):
        name = name[1:-1]  # as older programs write it: joe@acme.example (Joe)
    return _shorten(clean(name))


def _shorten(text: str) -> str:
    """Cut a text that is too long to be a name."""
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…"


def _normalize(email: str) -> str:
    email = email.strip()
    email = _SCHEME.sub("", email, count=1)
    if email[:1] == email[-1:] == "'":  # mail clients quote with apostrophes
        email = email[1:-1]
    email = email.removesuffix(".")
    if len(email) > MAX_ADDRESS or email.startswith(("'", "=?")) or not _ADDRESS.fullmatch(email):
        return ""
    if any(not char.isascii() and category(char)[0] not in "LMN" for char in email):
        return ""  # typographic quotes and invisible characters, from copy and paste
    if _PLAIN.fullmatch(email):
        return email.lower()
    # The function that computes email_normalized of records, so that both compare equal. It changes some quoted
    # addresses to other ones.
    normalized = email_normalize(email) or ""
    return normalized if normalized.lower() == email.lower() else ""
