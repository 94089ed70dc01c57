"""The two spellings of an e-mail address with an internationalised domain: in letters and as the DNS has it (RFC 5890).

Mail programs write either of them, and so do the people who fill in records.
"""

from collections.abc import Iterable

import idna

from .authentication import to_ascii


def get_key(email: str) -> str:
    """Return the spelling in ASCII, the same for both: what addresses are compared by."""
    local_part, at, domain = email.rpartition("@")
    return email if domain.isascii() else f"{local_part}{at}{to_ascii(domain)}"


def get_spellings(emails: Iterable[str]) -> list[str]:
    """Return normalised addresses in all their spellings, each once."""
    spellings = {}
    for email in emails:
        spellings |= {email: None, get_key(email): None, _decode(email): None}
    return list(spellings)


def _decode(email: str) -> str:
    """Return the spelling in letters."""
    local_part, at, domain = email.rpartition("@")
    if "xn--" not in domain:
        return email
    try:
        return f"{local_part}{at}{idna.decode(domain)}"
    except UnicodeError:  # no domain of this kind
        return email
