"""Addresses and domains whose emails are never logged, by patterns.

| pattern | what it excludes |
| --- | --- |
| anna@clinic.example | this address |
| clinic.example | all addresses of this domain, but none of its subdomains |
| *.clinic.example | all addresses of this domain and of all its subdomains |

Each pattern has one spelling: lower case, with the domain in Unicode. Few patterns can exclude an address, so one query
finds them by equality.
"""

import re
from collections.abc import Iterable

from .address import holds_token, parse_addresses
from .public_provider import is_public_provider
from .reasons import Reason
from .spelling import get_readable, get_spellings

ALL_BELOW = "*."

MAX_LABELS = 10
"""Labels of a domain with subdomains: bounds how many patterns exclude an address."""

MAX_TEXT = 1000
"""Characters of a text that may be a pattern: a link with an address may have more than the address."""

EXCLUDED = ("excluded", "excluded_by_company")
"""Reasons why the line of a recipient was skipped."""

_LABEL = r"[0-9a-z_\u0080-\U0010ffff](?:[-0-9a-z_\u0080-\U0010ffff]*[0-9a-z_\u0080-\U0010ffff])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
_ANY = re.compile(r"(?:mailto:)?\*?@(?=[^@]+$)", re.IGNORECASE)
"""What people write before a domain: @clinic.example or *@clinic.example."""


def read_pattern(text: str | None) -> str:
    """Return the pattern that a user wrote, in its only spelling; empty if it is none."""
    text = (text or "").strip()
    if len(text) > MAX_TEXT or holds_token(text):
        return ""
    domain = _ANY.sub("", text, count=1) if _ANY.match(text) else text
    if "@" in domain:
        found = parse_addresses(re.sub(r"^(mailto:[^?]*)\?.*", r"\1", domain, flags=re.IGNORECASE))
        email = get_readable(found[0].email.lower()) if len(found) == 1 else ""
        return email if _DOMAIN.fullmatch(email.rpartition("@")[2]) else ""
    below = ALL_BELOW if domain.startswith(ALL_BELOW) else ""
    domain = get_readable(domain.removeprefix(below).lower().removesuffix("."))
    if not _DOMAIN.fullmatch(domain) or len(domain) > 253 or (below and domain.count(".") >= MAX_LABELS):
        return ""
    return below + domain


def find_patterns(email: str) -> list[str]:
    """Return all patterns that exclude a normalised address, the most specific one first."""
    email = get_readable(email).lower()
    domain = email.rpartition("@")[2]
    labels = domain.split(".")
    numbers = range(min(len(labels), MAX_LABELS), 1, -1)
    return [email, domain, *(ALL_BELOW + ".".join(labels[-number:]) for number in numbers)]


def list_patterns(emails: Iterable[str]) -> list[str]:
    """Return all patterns that exclude some of these addresses, without duplicates."""
    return list(dict.fromkeys(pattern for email in emails for pattern in find_patterns(email)))


def is_excluded(email: str, patterns: Iterable[str]) -> bool:
    """Return whether one of these patterns excludes a normalised address."""
    return not set(patterns).isdisjoint(find_patterns(email))


def find_exclusion(email: str, found: dict[str, bool]) -> Reason | None:
    """Return why an address is excluded; None if it is not.

    :param email: normalised
    :param found: whether it is the owner's own one, per pattern
    """
    for pattern in find_patterns(email):
        if pattern in found:
            return Reason(EXCLUDED[0] if found[pattern] else EXCLUDED[1], {"pattern": pattern})
    return None


def get_domain_pattern(email: str) -> str:
    """Return the pattern of all addresses in the domain of an address."""
    return get_readable(email.lower()).rpartition("@")[2]


def get_search_texts(patterns: Iterable[str]) -> list[str]:
    """Return what the addresses that some patterns exclude contain, in all spellings; other addresses may, too."""
    return get_spellings(pattern.removeprefix(ALL_BELOW) for pattern in patterns)


def is_public(pattern: str) -> bool:
    """Return whether a pattern excludes the domain of a public provider."""
    return "@" not in pattern and is_public_provider(pattern.removeprefix(ALL_BELOW))
