"""Both spellings of an email address with an internationalised domain: U-labels and A-labels (RFC 5890).

Mail programs and users write either of them.
"""

from collections.abc import Iterable
from functools import lru_cache

import idna

from .address import parse_addresses
from .authentication import to_ascii
from .header import MAX_ADDRESSES


def get_key(email: str) -> str:
    """Return the ASCII spelling of an address, the key for comparison."""
    local_part, at, domain = email.rpartition("@")
    return email if domain.isascii() else f"{local_part}{at}{_encode_domain(domain)}"


def get_readable(email: str) -> str:
    """Return the spelling of an address or a domain for people; one for all its spellings."""
    return _decode(get_key(email))


def get_keys(*texts: str | None) -> set[str]:
    """Return the keys of all addresses in some address fields; empty ones are ignored."""
    addresses = (address for text in texts if text for address in parse_addresses(text, MAX_ADDRESSES))
    return {get_key(address.email) for address in addresses if address.email}


def get_spellings(emails: Iterable[str]) -> list[str]:
    """Return normalised addresses in all spellings, without duplicates."""
    spellings = {}
    for email in emails:
        spellings |= {email: None, get_key(email): None, _decode(email): None}
    return list(spellings)


def _decode(email: str) -> str:
    """Return the Unicode spelling of an address."""
    local_part, at, domain = email.rpartition("@")
    return email if "xn--" not in domain else f"{local_part}{at}{_decode_domain(domain)}"


# each address of a mail is compared several times, and a long domain takes a millisecond
_encode_domain = lru_cache(maxsize=8192)(to_ascii)


@lru_cache(maxsize=8192)
def _decode_domain(domain: str) -> str:
    try:
        return idna.decode(domain)
    except UnicodeError:  # invalid A-label
        return domain
