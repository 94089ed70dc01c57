"""Numbers of documents in the subject of a mail, without any lookup."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache

MAX_SUBJECT = 300
"""Characters of a subject that are searched."""

MAX_NUMBERS = 3
"""Numbers of a subject that are looked up."""

_CODE = r"[A-Z]{1,6}[0-9]{4,10}"
"""S00042"""
_PATH = r"[A-Z][A-Z0-9]{0,9}/(?:[0-9]{2,9}[/-]){0,3}[0-9]{3,10}"
"""INV/2026/00012"""

# Ends of a number: `XS00042` and `S00042-1` are other numbers
_START, _END = r"(?<![\w/.-])", r"(?![\w/-])"
# Not `#1`: "We are #1!"
_BARE = re.compile(r"\[ ?# ?([0-9]{1,9}) ?\]|(?<![^\s([,;:])#(?!1(?![0-9]))([0-9]{1,9})(?![\w/-]|[.,][0-9])")
# What a number belongs to that is no document of any kind; otherwise `Invoice #42` would be taken for a bare number
_OTHERS = ("bug", "case", "invoice", "issue", "order", "po", "pr", "pull request", "quotation", "quote", "ticket")


@dataclass(frozen=True)
class DocumentKind:
    """Documents of one model that the subject of a mail can name by a number.

    :param str model: technical name; nothing is searched if it is not installed
    :param str field: field with the number, with an index
    :param str pattern: regular expression of a number by itself, in the case of the field; must not be able to match
        a text in several ways, because senders choose the text
    :param tuple words: what may precede a number of digits only: `[Task 45]`, `[TASK-45]`, `task #45`. With words, the
        documents can be named by a bare number, too: `#45`, `[#45]`
    :param str partner: field with the customer; without it, only emails of the owner can name a document by a pattern
        or a word
    """

    model: str
    field: str = "name"
    pattern: str = ""
    words: tuple[str, ...] = ()
    partner: str = "partner_id"


@dataclass(frozen=True)
class Number:
    """A number in a subject.

    :param str text: as it is written, with words and brackets
    :param dict values: the number itself per :class:`DocumentKind` that it may belong to
    :param bool is_bare: whether neither a pattern nor a word tells the kind
    """

    text: str
    values: dict[DocumentKind, str] = field(default_factory=dict)
    is_bare: bool = False


DOCUMENTS = (
    DocumentKind("sale.order", pattern=rf"{_CODE}|{_PATH}"),
    DocumentKind("account.move", pattern=_PATH),
    DocumentKind("project.task", field="id", words=("task",)),
    DocumentKind("crm.lead", field="id", words=("lead", "opportunity")),
)
"""The kinds of Odoo's own apps."""


def find_numbers(subject: str, kinds: Sequence[DocumentKind]) -> list[Number]:
    """Return the first numbers of a subject in their order. What was read once is not read as another number.

    :param kinds: all, even those that are not installed: their numbers are not those of others
    """
    text = " ".join(subject[:MAX_SUBJECT].split())
    found: dict[tuple[int, int], Number] = {}
    rest = _collect(found, text, [(kind, _compile_words(kind.words)) for kind in kinds if kind.words])
    rest = _blank(rest, [match.span() for match in _compile_words(_OTHERS).finditer(rest)])
    rest = _collect(found, rest, [(kind, _compile_pattern(kind.pattern)) for kind in kinds if kind.pattern])
    for match in _BARE.finditer(rest):
        values = {kind: match[1] or match[2] for kind in kinds if kind.words}
        found[match.span()] = Number(match[0], values, is_bare=True)
    return [found[span] for span in sorted(found)][:MAX_NUMBERS]


def _collect(
    found: dict[tuple[int, int], Number], text: str, patterns: Sequence[tuple[DocumentKind, re.Pattern[str]]]
) -> str:
    """Add the numbers that some patterns match, and return the text without them."""
    for kind, pattern in patterns:
        for match in pattern.finditer(text):
            if value := next(filter(None, match.groups()), ""):
                found.setdefault(match.span(), Number(match[0])).values[kind] = value
    return _blank(text, found)


@cache
def _compile_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(f"{_START}({pattern}){_END}", re.IGNORECASE)


@cache
def _compile_words(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return the regular expression of numbers behind words."""
    word = "|".join(map(re.escape, words))
    in_brackets = rf"\[ ?(?:{word})[ :#-]{{1,3}}([0-9]{{1,9}}) ?\]"
    return re.compile(rf"{in_brackets}|(?<!\w)(?:{word})s? ?#([0-9]{{1,9}})(?![\w/-])", re.IGNORECASE)


def _blank(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """Return a text of the same length without some parts."""
    for start, end in spans:
        text = f"{text[:start]}{' ' * (end - start)}{text[end:]}"
    return text
