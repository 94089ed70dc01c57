"""The name for a new contact or lead, read from the display name of an address.

A module of its own, because parsers of names such as `nameparser` assume a person: they take companies, roles and East
Asian names apart, and none of them knows the conventions of address headers.

What is read, in this order: tags of gateways, addresses and "via" are dropped; a name with a legal form is a company's,
and stays as it is, like that of a role; a company in brackets or after a bar is taken off; titles are dropped; "Last,
First" is turned around; capitals are mended. East Asian names lose only their honorifics. If in doubt, the name stays.
"""

# ruff: noqa: RUF001  letters of other alphabets are intended
import re
from collections.abc import Iterator
from typing import NamedTuple
from unicodedata import normalize

from .name_rules import (
    ASIDES,
    CONJUNCTIONS,
    CREDENTIALS,
    GENERATIONS,
    HONORIFICS,
    LEGAL_ENDS,
    LEGAL_STARTS,
    LEGAL_UNSPACED,
    LEGAL_UPPERCASE,
    NO_NAMES,
    NO_VOWEL_NAMES,
    PARTICLES,
    ROLES,
    SERVICES,
    TAGS,
    TITLE_PARTS,
    TITLES,
    TITLES_DOTTED,
    VIA,
    VIA_ONLY_SERVICES,
)

MAX_NAME = 120
"""Characters; longer texts are no names and stay as they are."""

_INVISIBLE = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
_QUOTES = " \t\"'`´‘’‚“”„«»‹›<>"
_TAG = re.compile(r"\s*(?:\[([^\[\]]{1,20})\]|\(([^()]{1,20})\)|([A-Za-z]{3,12})\s?:)\s*(?=\S)")
_BRACKETS = re.compile(r"\s*(?:\(([^()]*)\)|\[([^\[\]]*)\]|\{([^{}]*)\}|（([^（）]*)）|【([^【】]*)】)\s*\Z")
_ADDRESS = re.compile(r"(?:mailto:)?[^\s()<>\[\]|,;]+@[^\s()<>\[\]|,;]+")
_EMPTY = re.compile(r"[(\[<{]\s*[)\]>}]")
_VIA = re.compile(rf"(?<=\S) \(?({'|'.join(VIA)}) (?=\S)")
_LINE = re.compile(
    r" ?(?:\|{1,2}|｜|\u00b7|\u2022|::) ?| (?:-|\u2010|\u2013|\u2014|/|@|\u2219) | (?:from|at) (?=[A-Z0-9])"
)
_UNSPACED = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
_LETTERS = re.compile(r"[^\W\d_]+")
_TURKISH = re.compile("[İĞığ]")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"})
_PARTS = re.compile(r"([-.'’(])")
_ROMAN = frozenset(("ii", "iii", "iv", "vi", "vii", "viii"))


class PersonName(NamedTuple):
    """What a display name says.

    :param str name: of the person, role or company; empty if the display name says nothing
    :param str company: of the company, if it is certain
    :param bool is_company: whether the name itself is that of a company
    """

    name: str
    company: str = ""
    is_company: bool = False


def read_name(text: str, email: str = "") -> PersonName:
    """Return the name for the record of a customer.

    :param str text: the decoded display name; may be empty
    :param str email: the address: its domain shows what is a company
    """
    text = " ".join(_INVISIBLE.sub("", normalize("NFC", text)).split())
    if len(text) > MAX_NAME:
        return PersonName(text)
    text = _drop_via(_drop_addresses(_drop_tags(text.strip(_QUOTES)))).strip(_QUOTES)
    if text.count('"') % 2:
        text = text.replace('"', "")
    if not any(map(str.isalnum, text)) or _get_letters(text) in NO_NAMES:
        return PersonName("")
    domain = get_domain_key(email)
    name, company = _split_company(text, domain)
    if _has_legal_form(_BRACKETS.sub("", name)):
        return _read_company(name, domain)
    if _is_role(name):
        return PersonName(_mend_case(text, domain), company)
    if _UNSPACED.search(name):
        return PersonName(_read_unspaced(name), company)
    name = _turn(_drop_titles(name), domain)
    return PersonName(_mend_case(_join_address(name, email), domain) or text, company)


def get_word_key(word: str) -> str:
    """Return the form in which words are compared: small letters without accents and punctuation."""
    text = normalize("NFKD", word.casefold().replace("ß", "ss").replace("ø", "o").replace("ł", "l"))
    return "".join(char for char in text if char.isalnum() or char in "&+'")


def get_domain_key(email: str) -> str:
    """Return the name in the domain of an address, as "acme" in joe@mail.acme.co.uk; empty if there is none."""
    labels = email.rpartition("@")[2].split(".")
    has_second_level = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    labels = labels[: -2 if has_second_level else -1]
    return get_word_key(labels[-1]) if labels else ""


# ------------------------------------------------------------
# WHAT IS NO NAME
# ------------------------------------------------------------


def _drop_tags(text: str) -> str:
    """Drop what a gateway writes before the name, as in ``[EXT] Joe``."""
    for _number in range(3):
        found = _TAG.match(text)
        if not found or _get_letters(found[0]) not in TAGS:
            break
        text = text[found.end() :].strip(_QUOTES)
    return text


def _drop_addresses(text: str) -> str:
    if "@" not in text or re.search(r"\S @ \S", text):
        return text
    text = _EMPTY.sub(" ", _ADDRESS.sub(" ", text))
    return " ".join(text.split()).strip(f"{_QUOTES},;-|")


def _drop_via(text: str) -> str:
    """Drop the service that sends for a person, as in ``'Joe' via Google Groups``."""
    for found in _VIA.finditer(text):
        service = text[found.end() :].casefold()
        if found[1] not in VIA_ONLY_SERVICES or any(name in service for name in SERVICES):
            return text[: found.start()]
    return text


def _get_letters(text: str) -> str:
    return "".join(_LETTERS.findall(get_word_key(text)))


# ------------------------------------------------------------
# COMPANIES AND ROLES
# ------------------------------------------------------------


def _has_legal_form(text: str) -> bool:
    words = text.replace("(", " ").replace(")", " ").split()
    if any(mark in text for mark in LEGAL_UNSPACED):
        return True
    if len(words) < 2:
        return False
    return _is_legal_form(words[-1], LEGAL_ENDS) or _is_legal_form(words[0], LEGAL_STARTS)


def _is_legal_form(word: str, forms: frozenset[str]) -> bool:
    key = get_word_key(word)
    is_marked = sum(char.isupper() for char in word) > 1 or "." in word or "/" in word
    return key in forms and (is_marked or key not in LEGAL_UPPERCASE)


def _is_role(text: str) -> bool:
    return any(get_word_key(word) in ROLES for word in re.split(r"[\s,/-]+", text))


def _matches(text: str, domain: str) -> bool:
    """Return whether a text names what the domain of the address names."""
    return bool(domain) and any(_is_same(key, domain) for key in _list_domain_keys(text))


def _list_domain_keys(text: str) -> Iterator[str]:
    """Yield how the domain of a company may be written, with and without its legal form."""
    words = text.split()
    while words:
        for spelling in ("".join(words), "".join(words).translate(_UMLAUTS)):
            key = get_word_key(spelling)
            yield from {key.replace("&", word) for word in ("", "and", "und", "et", "y")}
        if get_word_key(words.pop()) not in LEGAL_ENDS | {"&"}:
            break


def _is_same(key: str, domain: str) -> bool:
    if len(domain) > 3 and key.startswith(domain):
        return True  # Acme Pumps at acme.example
    return key == domain or (len(key) > 4 and len(key) * 2 >= len(domain) and domain.startswith(key))


def _read_company(text: str, domain: str) -> PersonName:
    """Return the name of a company; of the person before it, as in ``Joe Smith, Acme Inc.``, if the domain shows it."""
    person, comma, company = (part.strip() for part in text.rpartition(", "))
    if comma and _matches(company, domain) and not _matches(person, domain) and 1 < len(person.split()) < 4:
        return PersonName(_mend_case(_drop_titles(person), domain), company)
    return PersonName(text, text, is_company=True)


def _split_company(text: str, domain: str) -> tuple[str, str]:
    """Return the name without what follows in brackets or after a bar or dash, and the company if that is certain."""
    company = ""
    while found := _BRACKETS.search(text):
        inside = next((group for group in found.groups() if group), "").strip(_QUOTES)
        if not text[: found.start()].strip() or (_has_legal_form(text[: found.start()]) and not company):
            break  # nothing else, or the company's place
        if _get_letters(inside) not in ASIDES and _is_certain(inside, domain):
            company = inside
        text = text[: found.start()]
    return _split_line(text.strip(_QUOTES), domain, company)


def _split_line(text: str, domain: str, company: str) -> tuple[str, str]:
    """Do the same for what is before or after a bar or dash."""
    if not (found := _LINE.search(text)):
        return text, company
    left, right = text[: found.start()].strip(_QUOTES), text[found.end() :].strip(_QUOTES)
    if not left or not right:
        return left or right or text, company
    if _is_certain(left, domain) and not _is_certain(right, domain):
        return (text if _is_role(right) else right), left
    if _is_certain(right, domain):
        return (text if _is_role(left) else left), right
    # a double name can be written with spaces around its hyphen
    is_bar = any(char in found[0] for char in "|｜")
    is_remark = is_bar or (len(left.split()) > 1 and len(right.split()) > 1 and "/" not in found[0])
    return (left if is_remark else text), company


def _is_certain(text: str, domain: str) -> bool:
    return _has_legal_form(text) or _matches(text, domain)


# ------------------------------------------------------------
# PERSONS
# ------------------------------------------------------------


def _read_unspaced(name: str) -> str:
    """Return a Japanese, Chinese or Korean name in its order, without honorifics."""
    name = re.sub(r"\s*[,，、]\s*", " ", name)
    for honorific in HONORIFICS:
        rest = name.removesuffix(honorific).strip()
        if rest != name and len(rest) > 1:
            return rest
    return name


def _drop_titles(name: str) -> str:
    """Drop titles before the name and credentials after it, unless a single word would remain."""
    name, *after = [part.strip() for part in name.split(",")]
    if len(name.split()) > 1:
        after = [part for part in after if not _is_credential(part)]
    elif len(after) > 1:
        after = [part for part in after if not all(map(_is_title, part.split()))]
    parts = [_drop_leading_titles(part, 1 if after else 2) for part in (name, *after)]
    return ", ".join(filter(None, parts))


def _drop_leading_titles(text: str, least: int) -> str:
    words = text.split()
    start = 0
    while start < len(words) and (_is_title(words[start]) or (start and _is_title_part(words[start]))):
        start += 1
    return " ".join(words[start:]) if len(words) - start >= least else text


def _is_title(word: str) -> bool:
    key = get_word_key(word)
    if key in TITLES:
        return "." in word or key not in TITLES_DOTTED
    return "." in word and (key.startswith("dipl") or (key[:2] == "dr" and key[2:] in TITLE_PARTS))


def _is_title_part(word: str) -> bool:
    return ("." in word or "(" in word) and get_word_key(word) in TITLE_PARTS


def _is_credential(text: str) -> bool:
    words = text.split()
    return bool(words) and all(
        get_word_key(word) in CREDENTIALS and (sum(map(str.isupper, word)) > 1 or "." in word or len(word) > 3)
        for word in words
    )


def _turn(name: str, domain: str) -> str:
    """Turn "Last, First" around."""
    last, *others = [part.strip() for part in name.split(",")]
    if not others:
        return name
    generation = ""
    if get_word_key(others[-1]) in GENERATIONS:
        generation = others.pop()
    elif (words := others[-1].split()) and len(words) > 1 and get_word_key(words[-1]) in GENERATIONS:
        generation, others[-1] = words[-1], " ".join(words[:-1])
    if not others:
        return f"{last} {generation}"
    if len(others) > 1 or not _is_turnable(last) or not _is_turnable(others[0]) or _get_letters(name) == domain:
        return name
    return " ".join(filter(None, (others[0], last, generation)))


def _is_turnable(text: str) -> bool:
    """Return whether a text can be a first or a last name."""
    words = text.split()
    is_spelled = all(char.isalpha() or not char.isascii() or char in " .-'" for char in text)
    return (
        0 < len(words) < 5 and is_spelled and not any(get_word_key(word) in CONJUNCTIONS - {"e", "y"} for word in words)
    )


def _join_address(name: str, email: str) -> str:
    """Return the name in an address, as "joe customer" for ``joe.customer``, if the display name is only that."""
    local_part = email.rpartition("@")[0]
    words = re.split(r"[._]", name)
    is_same = name.casefold() == local_part.casefold() and len(words) > 1
    return " ".join(words) if is_same and all(word.isalpha() and len(word) > 1 for word in words) else name


# ------------------------------------------------------------
# CAPITALS
# ------------------------------------------------------------


def _mend_case(name: str, domain: str) -> str:
    """Return a name with usual capitals if it, or a long word in it, is written in capitals or small letters."""
    words = name.split()
    is_only = len(words) == 1
    if is_only and (len(name) < 4 or get_word_key(name) == domain) and not name.islower():
        return name
    lower = [word for word in words if word.lower() not in PARTICLES]  # Văn is a name
    is_flat = all(_is_capitals(word) for word in lower) or all(word.islower() for word in lower)
    if is_only and name.islower() and not name.isalpha():
        return name  # an identifier
    is_role = _is_role(name)
    # as in French and Japanese: Jean DUPONT, YAMADA Taro
    is_partly = not is_role and any(len(word) > 3 and _is_capitals(word) and word.isalpha() for word in words)
    if not is_flat and (not is_partly or any(get_word_key(word) == domain for word in words)):
        return name
    mended = []
    for index, word in enumerate(words):
        is_brand = word.isupper() and (len(word) < 4 if is_role else not index and get_word_key(word) == domain)
        is_mended = is_flat or (_is_capitals(word) and len(word) > 1)
        mended.append(
            word if (is_brand and len(word) < 5) or not is_mended else _mend_word(word, name, is_first=not index)
        )
    return " ".join(mended)


def _is_capitals(word: str) -> bool:
    """Return whether a word is in capitals, as McDONALD is as well."""
    rest = word[2:] if word[:2] == "Mc" else word
    return not word.islower() and rest == rest.upper() and any(map(str.isupper, rest))


def _mend_word(word: str, name: str, *, is_first: bool) -> str:
    key = get_word_key(word)
    if key in _ROMAN and not is_first:
        return word.upper()
    if word.lower() in PARTICLES and not is_first:
        return word.lower()
    if len(key) < 4 and word.isupper() and key not in NO_VOWEL_NAMES and not set(key) & set("aeiouy") and key.isascii():
        return word  # BMW
    is_turkish = bool(_TURKISH.search(name))
    word = word.replace("İ", "i")
    parts = _PARTS.split((word.replace("I", "ı") if is_turkish else word).lower())
    return "".join(
        part if index % 2 else _capitalize(parts, index, is_turkish=is_turkish) for index, part in enumerate(parts)
    )


def _capitalize(parts: list[str], index: int, *, is_turkish: bool) -> str:
    """Return a part of a word between hyphens, dots and apostrophes as it is written in a name.

    One or two letters before an apostrophe are a prefix, as in O'Brien; one letter behind it is an ending.
    """
    part = parts[index]
    if index and parts[index - 1] in "'’" and (len(parts[index - 2]) > 2 or len(part) < 2):
        return part
    if len(part) > 4 and part.startswith("mc"):
        return f"Mc{part[2:].capitalize()}"
    first = "İ" if is_turkish and part[:1] == "i" else part[:1].title()  # Georgian has no title case
    return first + part[1:]
