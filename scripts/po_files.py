#!/usr/bin/env python3
"""The files in `i18n/`: what Odoo exports goes in, and what is wrong with a translation comes out.

    po_files.py update EXPORT    the template becomes what Odoo exported, each language gets its terms
    po_files.py template EXPORT  tells whether the template is what Odoo exported
    po_files.py check            tells what is missing, lost or left over in the translations

It needs polib, which Odoo brings, and nothing else of Odoo.
"""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET  # reads files of this repository
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import polib

ADDON = "crm_bcc_dropbox"
FOLDER = Path(__file__).resolve().parents[1] / "i18n"
# Every language that the addon comes in, with its rule of plurals.
LANGUAGES = {
    "de": "nplurals=2; plural=(n != 1);",
    "es": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "ja": "nplurals=1; plural=0;",
    "zh_CN": "nplurals=1; plural=0;",
}
_NOT_LATIN = ("ja", "zh_CN")
# What reads the same in every language; longer names first.
_NAMES = (
    "CRM BCC Dropbox",
    "BCC Dropbox",
    "Google Workspace",
    "Microsoft 365",
    "Apple Mail",
    "Authentication-Results",
    "Thunderbird",
    "Exchange",
    "Outlook",
    "Gmail",
    "Message-Id",
    "Reply-To",
    "Postfix",
    "Odoo",
    "vCard",
    "IMAP",
    "POP3",
    "POP",
    "SMTP",
    "DKIM",
    "DMARC",
    "SPF",
    "Bcc",
    "Cc",
    "CRM",
    "EML",
    "ID",
    "QR",
    "URL",
    "ms",
    "MB",
)
# Words in a row that are a sentence rather than a label: those may well be the same in two languages.
_SENTENCE = 3

_PLACEHOLDER = re.compile(
    r"""
    %\(\w+\)[#0\ +-]*[\d.]*[a-zA-Z]  # %(name)s
    | %[sdifrgx%]
    | \$\{[^}]*\}
    | \{\{.*?\}\}
    | \{\w*\}
    """,
    re.DOTALL | re.VERBOSE,
)
_TAG = re.compile(r"<[^<>]+>")
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b")
_WORD = re.compile(r"[^\W\d_]{2,}")
# Attributes of a tag inside of a term whose text is translated with it.
_TRANSLATED_ATTRIBUTES = {"alt", "aria-label", "data-tooltip", "label", "placeholder", "string", "title"}


# ------------------------------------------------------------
# FILES
# ------------------------------------------------------------


def make_template(exported: polib.POFile) -> polib.POFile:
    """Return the terms of an export under a header that is the same at each export."""
    return _make_file(exported, {}, "")


def merge(template: polib.POFile, translated: polib.POFile, language: str) -> polib.POFile:
    """Return the terms of the template, with the translations that a file has of them."""
    known = {_unwrap(entry.msgid): entry for entry in translated if not entry.obsolete}
    return _make_file(template, known, language)


def _make_file(terms: polib.POFile, known: dict[str, polib.POEntry], language: str) -> polib.POFile:
    result = polib.POFile()
    result.header = f"Translation of the Odoo addon {ADDON}."
    result.metadata = _get_metadata(language)
    for term in terms:
        old = known.get(_unwrap(term.msgid))
        entry = polib.POEntry(
            msgid=term.msgid,
            msgstr=old.msgstr if old else "",
            comment=term.comment,
            occurrences=term.occurrences,
            flags=["fuzzy"] if old and old.fuzzy else [],
        )
        result.append(entry)
    return result


def _unwrap(text: str) -> str:
    """Return a term without its line breaks: text of a view that is only wrapped anew stays translated."""
    return " ".join(text.split())


def _get_metadata(language: str) -> dict[str, str]:
    """Return a header without dates and versions, which would differ at each export."""
    metadata = {"Project-Id-Version": ADDON, "Report-Msgid-Bugs-To": ""}
    if language:
        metadata |= {"Language-Team": "", "Language": language}
    metadata |= {
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
    }
    if language:
        metadata["Plural-Forms"] = LANGUAGES[language]
    return metadata


# ------------------------------------------------------------
# WHAT IS WRONG
# ------------------------------------------------------------


def find_template_faults(template: polib.POFile, exported: polib.POFile) -> Iterator[str]:
    """Tell in which terms a template differs from what Odoo exported now."""
    if str(template) == str(make_template(exported)):
        return
    kept, current = ({entry.msgid for entry in file} for file in (template, exported))
    changes = [f"+ {term!r}" for term in sorted(current - kept)] + [f"- {term!r}" for term in sorted(kept - current)]
    yield from changes or ["the places or the header of its terms"]


def find_faults(translated: polib.POFile, template: polib.POFile, language: str) -> Iterator[str]:
    """Tell what is wrong with the file of a language."""
    for name, value in _get_metadata(language).items():
        if translated.metadata.get(name, "") != value:
            yield f"header {name}: is {translated.metadata.get(name, '')!r}, not {value!r}"
    present = {entry.msgid: entry for entry in translated if not entry.obsolete}
    wanted = {entry.msgid for entry in template}
    for entry in translated.obsolete_entries():
        yield f"obsolete: {entry.msgid!r}"
    for term in sorted(present.keys() - wanted):
        yield f"no longer a term: {term!r}"
    for term in sorted(wanted):
        if term not in present:
            yield f"missing: {term!r}"
        else:
            yield from (f"{fault}: {term!r}" for fault in find_entry_faults(present[term], language))


def find_entry_faults(entry: polib.POEntry, language: str) -> Iterator[str]:
    """Tell what is wrong with the translation of one term."""
    term, text = entry.msgid, entry.msgstr
    if not text.strip():
        yield "not translated"
        return
    if entry.fuzzy:
        yield "fuzzy"
    if lost := _differ(_PLACEHOLDER.findall(term), _PLACEHOLDER.findall(text)):
        yield f"placeholders ({lost})"
    if lost := _differ(_get_tags(term), _get_tags(text)):
        yield f"tags ({lost})"
    elif _is_xml(term) and not _is_xml(text):
        yield "tags are not nested well"
    if _get_margins(term) != _get_margins(text):
        yield "spaces at the beginning or the end"
    if _is_english(term, text, language):
        yield "still English"


def _differ(wanted: list[str], found: list[str]) -> str:
    """Tell what is missing in a list, or too much; positional placeholders keep their order."""
    missing, surplus = Counter(wanted) - Counter(found), Counter(found) - Counter(wanted)
    parts = [f"- {part}" for part in missing.elements()] + [f"+ {part}" for part in surplus.elements()]
    positional = [[part for part in parts_of if re.fullmatch(r"%[a-z]", part)] for parts_of in (wanted, found)]
    if not parts and positional[0] != positional[1]:
        parts = ["order"]
    return ", ".join(parts)


class _TagReader(HTMLParser):
    """Collects tags with what may not be translated of them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        shown = (name if name in _TRANSLATED_ATTRIBUTES else f"{name}={value}" for name, value in sorted(attrs))
        self.tags.append(" ".join([tag, *shown]))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")


def _get_tags(text: str) -> list[str]:
    """Return the tags inside of a term; a self-closing one counts as opened and closed."""
    reader = _TagReader()
    reader.feed(text)
    reader.close()
    return reader.tags


def _is_xml(text: str) -> bool:
    try:
        ET.fromstring(f"<term>{text}</term>")  # noqa: S314
    except ET.ParseError:
        return False
    return True


def _get_margins(text: str) -> tuple[str, str]:
    """Return the white space before and after a text."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def _is_english(term: str, text: str, language: str) -> bool:
    """Tell whether a translation is its English term, where that is no label that both languages have."""
    if term.strip() != text.strip():
        return False
    for pattern in (_TAG, _PLACEHOLDER, _ADDRESS):
        term = pattern.sub(" ", term)
    for name in _NAMES:
        term = re.sub(rf"\b{re.escape(name)}\b", " ", term)
    return len(_WORD.findall(term)) >= (1 if language in _NOT_LATIN else _SENTENCE)


# ------------------------------------------------------------
# COMMANDS
# ------------------------------------------------------------


def _read(path: Path) -> polib.POFile:
    """Return a file, or an empty one that is not there yet."""
    return polib.pofile(str(path)) if path.exists() else polib.POFile()


def _get_path(language: str) -> Path:
    return FOLDER / (f"{language}.po" if language else f"{ADDON}.pot")


def update(export: str) -> int:
    """Write the template and merge it into every language."""
    FOLDER.mkdir(exist_ok=True)
    template = make_template(polib.pofile(export))
    template.save(str(_get_path("")))
    print(f"{len(template)} terms")
    for language in LANGUAGES:
        old = _read(_get_path(language))
        new = merge(template, old, language)
        dropped = {entry.msgid for entry in old} - {entry.msgid for entry in new}
        print(f"{language}: {len(new.untranslated_entries())} not translated, {len(dropped)} dropped")
        new.save(str(_get_path(language)))
    return 0


def check_template(export: str) -> int:
    """Print how the template differs from an export."""
    return _print("", find_template_faults(_read(_get_path("")), polib.pofile(export)))


def check() -> int:
    """Print the faults of every language."""
    template, status = _read(_get_path("")), 0
    for path in sorted(FOLDER.glob("*.po")):
        if path.stem not in LANGUAGES:
            status |= _print(path.stem, ["none of the languages that this script knows"])
    for language in LANGUAGES:
        status |= _print(language, _check_language(language, template))
    return status


def _check_language(language: str, template: polib.POFile) -> list[str]:
    path = _get_path(language)
    if not path.exists():
        return ["is missing"]
    translated = _read(path)
    faults = list(find_faults(translated, template, language))
    if not faults and path.read_text() != str(merge(template, translated, language)):
        return ["not as ./dev translations writes it"]
    return faults


def _print(language: str, faults: Iterator[str] | list[str]) -> int:
    """Print faults below the name of their file, and return the status."""
    lines = [f"i18n/{_get_path(language).name}: {fault}" for fault in faults]
    print("".join(f"{line}\n" for line in lines), end="")
    return int(bool(lines))


_COMMANDS = {"update": update, "template": check_template, "check": check}

if __name__ == "__main__":
    try:
        sys.exit(_COMMANDS[sys.argv[1]](*sys.argv[2:]))
    except OSError as fault:  # what polib says of a file that it cannot read, too
        sys.exit(str(fault))
