#!/usr/bin/env python3
"""Update and check the files in `i18n/`.

    po_files.py update EXPORT    write the template as Odoo exported it, and merge it into each language
    po_files.py template EXPORT  print how the template differs from what Odoo exported
    po_files.py check            print what is missing or wrong in the translations

It needs polib, which Odoo needs too.
"""

import re
import sys
import xml.etree.ElementTree as ET  # reads files of this repository
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polib

ADDON = "crm_bcc_dropbox"
FOLDER = Path(__file__).resolve().parents[1] / "i18n"
TEMPLATE = FOLDER / f"{ADDON}.pot"
# The languages of the addon, with their rules of plurals.
LANGUAGES = {
    "de": "nplurals=2; plural=(n != 1);",
    "es": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "ja": "nplurals=1; plural=0;",
    "zh_CN": "nplurals=1; plural=0;",
}
_NAMES = (
    "Apple Mail|Authentication-Results|BCC Dropbox|Bcc|Cc|CRM|DKIM|DMARC|EML|Exchange|Gmail|Google Workspace|ID|IMAP|MB"
    "|Message-Id|Microsoft 365|ms|Odoo|Outlook|POP3?|Postfix|QR|Reply-To|SMTP|SPF|Thunderbird|URL|vCard"
)
_PLACEHOLDER = r"%\(\w+\)[#0\ +-]*[\d.]*[a-zA-Z]|%[sdifrgx%]|\$\{[^}]*\}|(?s:\{\{.*?\}\})|\{\w*\}"
_ADDRESS = r"\S+@\S+|https?://\S+|\b(?:[a-z0-9-]+\.)+[a-z]{2,}\b"
_TAG = r"<[^<>]+>"
# Parts of a term that are the same in every language.
_SAME = re.compile(rf"{_TAG}|{_PLACEHOLDER}|{_ADDRESS}|\b(?:{_NAMES})\b")
# Attributes that are translated together with the text around their tag.
_TRANSLATED = re.compile(r'\b(alt|aria-label|data-tooltip|label|placeholder|string|title)="[^"]*"')
_WORD = re.compile(r"[^\W\d_]{2,}")


def make_file(terms: polib.POFile, language: str = "", translated: polib.POFile | None = None) -> polib.POFile:
    """Return terms in the form in which files are stored: without dates and versions, which change at each export.

    :param language: empty for the template
    :param translated: where the translations come from; line breaks in terms do not matter
    """
    known = {" ".join(entry.msgid.split()): entry for entry in translated or () if not entry.obsolete}
    result = polib.POFile()
    result.header = f"Translation of the Odoo addon {ADDON}."
    result.metadata = {"Project-Id-Version": ADDON, "Report-Msgid-Bugs-To": "", "MIME-Version": "1.0"}
    result.metadata |= {"Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit"}
    if language:
        result.metadata |= {"Language-Team": "", "Language": language, "Plural-Forms": LANGUAGES[language]}
    for term in terms:
        entry = polib.POEntry(msgid=term.msgid, comment=term.comment, occurrences=term.occurrences)
        if old := known.get(" ".join(term.msgid.split())):
            entry.msgstr, entry.flags = old.msgstr, ["fuzzy"] if old.fuzzy else []
        result.append(entry)
    return result


def find_template_faults(template: polib.POFile, exported: polib.POFile) -> list[str]:
    """Return how a template differs from what Odoo exported."""
    kept, current = ({entry.msgid for entry in file} for file in (template, exported))
    faults = [f"+ {term!r}" for term in sorted(current - kept)] + [f"- {term!r}" for term in sorted(kept - current)]
    if not faults and str(template) != str(make_file(exported)):
        return ["the places or the header of its terms"]
    return faults


def find_faults(translated: polib.POFile, template: polib.POFile, language: str) -> Iterator[str]:
    """Yield what is wrong with the file of a language."""
    if str(translated) != str(make_file(template, language, translated)):
        yield "not as ./dev translations writes it"
    for entry in translated:
        yield from (f"{fault}: {entry.msgid!r}" for fault in find_entry_faults(entry, language))


def find_entry_faults(entry: polib.POEntry, language: str) -> Iterator[str]:
    """Yield what is wrong with the translation of one term."""
    term, text = entry.msgid, entry.msgstr
    if not text.strip():
        yield "not translated"
        return
    if entry.fuzzy:
        yield "fuzzy"
    wanted, found = _find_parts(term), _find_parts(text)
    if wanted != found:
        difference = [f"- {part}" for part in wanted - found] + [f"+ {part}" for part in found - wanted]
        yield f"placeholders or tags ({', '.join(difference)})"
    elif _is_xml(term) and not _is_xml(text):
        yield "tags are not nested well"
    if term.replace(term.strip(), "") != text.replace(text.strip(), ""):
        yield "spaces at the beginning or the end"
    # a label of one or two words may well be the same in another language with Latin letters
    minimum = 1 if language in ("ja", "zh_CN") else 3
    if term.strip() == text.strip() and len(_WORD.findall(_SAME.sub(" ", term))) >= minimum:
        yield "still English"


def _find_parts(text: str) -> Counter[str]:
    """Return the placeholders and tags of a text. Their order is free: linters allow one positional placeholder."""
    return Counter([*re.findall(_PLACEHOLDER, text), *re.findall(_TAG, _TRANSLATED.sub("", text))])


def _is_xml(text: str) -> bool:
    try:
        ET.fromstring(f"<term>{text}</term>")  # noqa: S314
    except ET.ParseError:
        return False
    return True


def _print(path: Path, faults: Iterator[str] | list[str]) -> int:
    """Print faults with the name of their file, and return the status."""
    lines = [f"i18n/{path.name}: {fault}\n" for fault in faults]
    print("".join(lines), end="")
    return int(bool(lines))


def update(export: str) -> int:
    """Write the template and merge it into every language."""
    template = make_file(polib.pofile(export))
    template.save(str(TEMPLATE))
    print(f"{len(template)} terms")
    for language in LANGUAGES:
        path = FOLDER / f"{language}.po"
        old = polib.pofile(str(path)) if path.exists() else polib.POFile()
        new = make_file(template, language, old)
        dropped = {entry.msgid for entry in old} - {entry.msgid for entry in new}
        print(f"{language}: {len(new.untranslated_entries())} not translated, {len(dropped)} dropped")
        new.save(str(path))
    return 0


def check_template(export: str) -> int:
    """Print how the template differs from an export."""
    faults = find_template_faults(polib.pofile(str(TEMPLATE)), polib.pofile(export))
    print(f"{'terms in i18n/':.<72}{'Failed' if faults else 'Passed'}")
    return _print(TEMPLATE, [*faults, "run ./dev translations, and translate what is new"] if faults else [])


def check() -> int:
    """Print the faults of every language."""
    template, status = polib.pofile(str(TEMPLATE)), 0
    for path in {*FOLDER.glob("*.po"), *(FOLDER / f"{language}.po" for language in LANGUAGES)}:
        if path.stem not in LANGUAGES or not path.exists():
            status |= _print(path, ["missing" if path.stem in LANGUAGES else "unknown language"])
        else:
            status |= _print(path, find_faults(polib.pofile(str(path)), template, path.stem))
    return status


if __name__ == "__main__":
    actions = {"update": update, "template": check_template, "check": check}
    sys.exit(actions[sys.argv[1]](*sys.argv[2:]))
