"""Contact cards (vCard 3.0, RFC 2426) of BCC addresses."""

import re
from dataclasses import dataclass

import vobject

CARD_NAME = "Odoo (BCC)"
"""Not translated: email programs complete the address as soon as the user types "Odoo"."""

MAX_TEXT = 64
"""Characters of each name on a card: a QR code with more text is harder to scan."""

_LONG_LINE = re.compile(rb"[^\r\n]{76,}")
_LINE_START = re.compile(rb"(?s).{1,74}(?![\x80-\xbf])")  # never inside a character of UTF-8


@dataclass(frozen=True)
class ContactCard:
    """What identifies a BCC address among the contacts of a phone or an email program.

    :param str address: the BCC address
    :param str company: of the owner, to tell several databases apart
    :param str note: whose address it is
    :param str record: name of the record that the address logs emails on; empty if it names none
    :param bytes picture: a PNG; empty for none
    """

    address: str
    company: str
    note: str
    record: str = ""
    picture: bytes = b""

    @property
    def name(self) -> str:
        """The name to complete."""
        return f"{CARD_NAME}: {self.record[:MAX_TEXT]}" if self.record else CARD_NAME

    def build(self) -> bytes:
        """Return the card, with lines of at most 75 bytes as RFC 2426 section 2.6 wants them."""
        card = vobject.vCard()
        card.add("n").value = vobject.vcard.Name(given=self.name)
        card.add("fn").value = self.name
        card.add("org").value = [self.company[:MAX_TEXT]]
        card.add("note").value = self.note[:MAX_TEXT]
        email = card.add("email")
        email.value = self.address
        email.type_param = "INTERNET"
        if self.picture:
            photo = card.add("photo")
            photo.encoding_param, photo.type_param = "b", "PNG"
            photo.value = self.picture
        # vobject does not fold the line of the picture, and others sometimes a byte too late
        return _LONG_LINE.sub(_fold, card.serialize().encode())


def _fold(match: re.Match[bytes]) -> bytes:
    return b"\r\n ".join(_LINE_START.findall(match[0]))
