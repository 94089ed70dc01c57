"""Prefixes of subjects, as *Re:* and *Fwd:*, in all languages of :mod:`.forward_rules`."""

import re
from collections.abc import Iterable

from .forward_rules import ANSWERS
from .forward_words import fold, list_words, split

_MAX_PREFIXES = 20
"""Prefixes of one subject that are removed."""

_ANSWERS = frozenset(map(fold, split(ANSWERS)))

_TAGS = re.compile(r"\s*(?:\[[^\[\]:]{0,40}\]\s*){0,3}\[?")
_PREFIX = re.compile(r"([^\s:\uff1a\[\](){}]{1,20})\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:\uff1a]")


def is_forward_subject(subject: str, languages: Iterable[str] = ()) -> bool:
    """Return whether a subject begins with a prefix of forwarded mails.

    :param languages: languages in which it must not be a prefix of replies
    """
    subject = subject[:300]
    found = _PREFIX.match(subject, _TAGS.match(subject).end())
    prefix = fold(found[1]) if found else ""
    return prefix in list_words("prefixes") and list_words("replies").get(prefix, frozenset()).isdisjoint(languages)


def strip_prefixes(subject: str) -> str:
    """Return a subject without the prefixes of answers and forwarded mails.

    Tags stay: ``Re: [Acme] Fwd: Offer`` becomes ``[Acme] Offer``.
    """
    for _number in range(_MAX_PREFIXES):
        tags = _TAGS.match(subject[:300])
        found = _PREFIX.match(subject[:300], tags.end())
        if not found or fold(found[1]) not in list_words("prefixes").keys() | _ANSWERS:
            break
        before, rest = tags[0], subject[found.end() :].strip()
        if before.endswith("["):  # [Fwd: Offer]
            before, rest = before[:-1], rest.removesuffix("]")
        subject = f"{before}{rest}".strip()
    return subject
