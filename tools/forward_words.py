"""Look up words in :mod:`.forward_rules`."""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from unicodedata import normalize

from .forward_language import ENGLISH, FIELDS, Language
from .forward_rules import LANGUAGES

COLONS = ":\uff1a"

_DIGIT = re.compile(r"\d")
_BETWEEN_WORDS = re.compile(rf"[\s,{COLONS}]+")


def split(words: str) -> Iterator[str]:
    """Yield the variants in a text."""
    return (word.strip() for word in words.split("|") if word.strip())


def fold(text: str) -> str:
    """Return a text in the form in which words are compared."""
    return " ".join(normalize("NFC", text).casefold().split())


def fold_digits(text: str) -> str:
    """Return a text with the digits 0 to 9 in place of those of other scripts."""
    return text if text.isascii() else _DIGIT.sub(lambda found: str(int(found[0])), text)


@cache
def list_labels() -> dict[str, tuple[str, frozenset[str]]]:
    """Return the field and the languages of each label."""
    found: dict[str, tuple[str, set[str]]] = {}
    for language in LANGUAGES:
        for field in FIELDS:
            for label in split(getattr(language, field)):
                found.setdefault(fold(label), (field, set()))[1].add(language.code)
    return {label: (field, frozenset(codes)) for label, (field, codes) in found.items()}


@cache
def list_words(kind: str) -> dict[str, frozenset[str]]:
    """Return the languages of each word or sentence of a kind, which is a field of the rules."""
    found: dict[str, set[str]] = {}
    for language in LANGUAGES:
        for word in split(getattr(language, kind)):
            found.setdefault(fold(word), set()).add(language.code)
    return {word: frozenset(codes) for word, codes in found.items()}


def find_languages(kind: str, text: str) -> frozenset[str]:
    """Return the languages of the words of a kind that a text contains."""
    text = " ".join(["", *_BETWEEN_WORDS.split(fold(text)), ""])
    found = list_words(kind).items()
    return frozenset().union(
        *(codes for word, codes in found if f" {word} " in text or (is_unspaced(word) and word in text))
    )


def is_unspaced(word: str) -> bool:
    """Return whether the script of a word, as in East Asia, does not always separate words by spaces."""
    return word >= "\u1100"


@cache
def get_language(code: str) -> Language:
    """Return the words of a language."""
    return next(language for language in LANGUAGES if language.code == code)


@cache
def list_months(code: str) -> tuple[tuple[str, int], ...]:
    """Return the names of months in a language and in English, with their numbers."""
    texts = [get_language(name).months for name in dict.fromkeys((code, ENGLISH))]
    return tuple(
        (fold(name), number)
        for text in texts
        for number, names in enumerate(split(text), start=1)
        for name in names.split()
    )


def rank(codes: Iterable[str]) -> list[str]:
    """Return language codes in the order of the table."""
    codes = set(codes)
    return [language.code for language in LANGUAGES if language.code in codes]
