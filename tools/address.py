"""E-mail addresses as people and mail clients write them, and the form of a dropbox address.

Nothing here touches the ORM.
"""

import re
from dataclasses import dataclass
from email.header import decode_header

from odoo.tools.mail import email_normalize, formataddr

TOKEN_LENGTH = 20
"""Characters of base32 in a token: 100 bits."""

DROPBOX_PREFIX = "bcc-"

# The token of a dropbox address inside any text. "+" is written "+2B" in the xtext of RFC 3461 and
# "%2B" in a URL, so a letter may stand before the prefix in these two forms only.
TOKEN_PATTERN = (
    r"(?:(?<![a-z0-9])|(?<=[+%]2b))"
    rf"{DROPBOX_PREFIX}(?P<token>[a-z2-7]{{{TOKEN_LENGTH}}})"
    r"(?:\+(?P<suffix>[^\s@<>\"(),:;]*))?@"
)
_DROPBOX_LOCAL_PART = re.compile(
    rf"(?:.*\+)?{DROPBOX_PREFIX}[a-z2-7]{{{TOKEN_LENGTH}}}(?:\+.*)?", re.IGNORECASE | re.DOTALL
)
_SECRET = re.compile(rf"{DROPBOX_PREFIX}[a-z2-7]{{{TOKEN_LENGTH}}}", re.IGNORECASE)
_SECRET_BYTES = re.compile(_SECRET.pattern.encode(), re.IGNORECASE)
_REDACTED = f"{DROPBOX_PREFIX}[hidden]"

_BARE_ADDRESS = re.compile(r"""(?:"[^"\r\n]+"|[^\s<>()\[\]",:;@]+)@[^\s<>()\[\]",:;@']+""")
_IN_ANGLES = re.compile(r"<\s*(?:mailto:)?([^<>]*?)\s*>")


@dataclass(frozen=True)
class Address:
    """One mailbox of an address header (RFC 5322 section 3.4).

    :param str name: the display name, decoded; may be empty
    :param str email: the normalised address; empty when none can be read without guessing
    :param str text: what the header says, for messages to people
    """

    name: str
    email: str
    text: str

    @property
    def formatted(self) -> str:
        """The address for a ``From`` like field, or what the header says when there is none."""
        return formataddr((self.name, self.email)) if self.email else self.text


def is_dropbox(email: str) -> bool:
    """Tell whether an address has the form of a dropbox; its domain is not compared."""
    return bool(_DROPBOX_LOCAL_PART.fullmatch(email.rpartition("@")[0]))


def redact(text: str) -> str:
    """Hide every token in a text that others may read."""
    return _SECRET.sub(_REDACTED, text)


def redact_bytes(raw: bytes) -> bytes:
    """Hide every token in bytes, see :func:`redact`."""
    return _SECRET_BYTES.sub(_REDACTED.encode(), raw)


def clean(text: str) -> str:
    """Make a text that PostgreSQL stores: no NUL, no lone surrogates, no token."""
    text = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return redact(text)


def decode_words(text: str) -> str:
    """Decode the encoded words of a header (RFC 2047), leaving alone what cannot be decoded."""
    if "=?" not in text:
        return text
    try:
        chunks = decode_header(text)
    except Exception:  # noqa: BLE001 the standard library raises many things on broken base64
        return text
    decoded = []
    for chunk, charset in chunks:
        if isinstance(chunk, str):
            decoded.append(chunk)
            continue
        try:
            decoded.append(chunk.decode(charset or "utf-8"))
        except (LookupError, UnicodeDecodeError):
            decoded.append(chunk.decode("latin-1"))
    return "".join(decoded)


def parse_addresses(text: str) -> list[Address]:
    """Read the mailboxes of an address header in their order.

    Accepts what mail clients really write: commas or semicolons between mailboxes, groups, comments,
    brackets and at signs in unquoted display names. A mailbox without a readable address keeps its
    place, with an empty ``email``; nothing is guessed.

    :param str text: the unfolded value, encoded words not yet decoded, so that a comma inside of one
        does not split a mailbox
    """
    addresses = (_parse_mailbox(item) for item in split_mailboxes(text))
    return [address for address in addresses if address]


def split_mailboxes(text: str) -> list[str]:
    """Split an address header at the commas and semicolons that separate mailboxes."""
    if text.count('"') % 2:  # an unclosed quote would swallow all that follows
        text = text.replace('"', " ")
    items, item, quoted, comment, angle, escaped = [], [], False, 0, False, False
    for char in text:
        if escaped:
            escaped = False
        elif char == "\\" and (quoted or comment):
            escaped = True
        elif quoted:
            quoted = char != '"'
        elif char == '"' and not comment:
            quoted = True
        elif char == "(" and ")" in text:
            comment += 1
        elif char == ")" and comment:
            comment -= 1
        elif comment:
            pass
        elif char in "<>":
            angle = char == "<" and ">" in text
        elif char == ":" and not angle and "@" not in item:
            item = []  # the name of a group, RFC 5322 section 3.4
            continue
        elif char in ",;" and not angle:
            items.append("".join(item))
            item = []
            continue
        item.append(char)
    items.append("".join(item))
    return [item.strip() for item in items if item.strip()]


def _parse_mailbox(item: str) -> Address | None:
    text = decode_words(item)
    if in_angles := _IN_ANGLES.findall(text):
        if in_angles == [""]:
            return None  # the null address of a bounce
        email, name = in_angles[-1], _IN_ANGLES.sub(" ", text)
    else:
        without_comments = re.sub(r"\([^()]*\)", " ", text)
        found = _BARE_ADDRESS.findall(without_comments.strip().removeprefix("mailto:"))
        # two addresses without a separator: neither is surely the one
        email = found[0] if len(found) == 1 else ""
        name = without_comments.replace(email, " ") if email else ""
    return Address(_clean_name(name), _normalize(email), clean(text))


def _clean_name(name: str) -> str:
    """Take off the quotes, keep brackets: ``[EXT] Joe`` is what people see."""
    name = re.sub(r"\\(.)", r"\1", " ".join(name.split()))
    return clean(name.strip(" \"'"))


def _normalize(email: str) -> str:
    # mail clients quote with apostrophes, and people end a line with a full stop
    email = email.strip("'").rstrip(".")
    if not _BARE_ADDRESS.fullmatch(email) or len(email) > 254:  # RFC 5321 section 4.5.3.1.3
        return ""
    # the very function that fills email_normalized on records, so that equality means the same
    return email_normalize(email) or ""
