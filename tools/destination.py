"""What the owner asks for in the suffix of a BCC address, as in ``bcc-<token>+lead42+todo3d@acme.example``.

The words are separated by plus signs, in any order and in any case:

- ``lead42``, ``contact17``: the email is logged on this record only
- ``lead``, ``contact``, ``none``: what is created for this email, instead of the owner's choice
- ``todo``, ``todo3d``: a to-do for the owner, today or in 3 days, at most 365

Mail servers append words too: ``+spam`` of amavis, for example. So other words are ignored, but not those that may be a
misspelt destination: if they contain a digit, or resemble one of ours.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import quote

KINDS = {"lead": "crm.lead", "contact": "res.partner"}
"""Models of the records that an address can name."""

MAX_DAYS = 365
MAX_RECORDS = 10
MAX_SUFFIXES = 100
"""Of all addresses with the same token in one mail."""

_CREATED = (*KINDS, "none")
_WORDS = (*_CREATED, "todo")
_RECORD = re.compile(rf"({'|'.join(KINDS)})([0-9]{{1,9}})")  # more digits do not fit into an id
_TODO = re.compile(r"todo(?:([0-9]{1,3})d)?")
# A plus sign in the xtext of RFC 3461 and in a URL. None of our words begins with 2b
_PLUS = re.compile(r"(?:\+|%2b)(?:2b)?", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[\W_]+")
_RESEMBLES = 0.7  # "laed" and "tood" do, "banned" (of amavis) does not


@dataclass(frozen=True)
class Destination:
    """The parsed suffix of a BCC address.

    :param tuple records: model and id of each record to log the email on
    :param str created: what to create, a key of :data:`KINDS` or `none`; empty for the owner's choice
    :param todo_days: the days until a to-do is due; None without one
    :param tuple unknown: words that may be a misspelt destination
    """

    records: tuple[tuple[str, int], ...] = ()
    created: str = ""
    todo_days: int | None = None
    unknown: tuple[str, ...] = ()


def format_destination(model_name: str, record_id: int) -> str:
    """Return the word that names a record; empty for a model that no address can name."""
    kind = next((kind for kind, name in KINDS.items() if name == model_name), "")
    return f"{kind}{record_id}" if kind else ""


def add_suffix(address: str, suffix: str) -> str:
    """Return a BCC address with a suffix."""
    return address.replace("@", f"+{suffix}@")


def build_mailto(email: str, bcc: str) -> str:
    """Return the link (RFC 6068) that opens an empty email in the reader's email program.

    :param str email: of the recipient; may be empty
    :param str bcc: the address in Bcc, whose plus signs some programs would read as spaces
    """
    return f"mailto:{quote(email, safe='@')}?bcc={quote(bcc, safe='@')}"


def split_suffix(suffix: str) -> list[str]:
    """Return the words of a suffix as written."""
    return [word for word in _PLUS.split(f"+{suffix}") if word]


def join_suffixes(suffixes: Iterable[str]) -> str:
    """Return the suffixes of several addresses as one, each of them once."""
    unique: dict[str, str] = {}
    for suffix in filter(None, suffixes):
        unique.setdefault(suffix.lower(), suffix)
    return "+".join(list(unique.values())[:MAX_SUFFIXES])


def parse_suffix(suffix: str) -> Destination:
    """Return what a suffix asks for.

    Of several kinds to create, the first one counts; of several to-dos, the earliest.

    :param str suffix: what follows the token of an address, without the first plus sign; may be empty
    """
    records: dict[tuple[str, int], None] = {}
    created, days, unknown = [], [], []
    for word in split_suffix(suffix.lower()):
        if word in _CREATED:
            created.append(word)
        elif (match := _RECORD.fullmatch(word)) and len(records) < MAX_RECORDS:
            records[KINDS[match[1]], int(match[2])] = None
        elif (match := _TODO.fullmatch(word)) and int(match[1] or 0) <= MAX_DAYS:
            days.append(int(match[1] or 0))
        elif _may_be_destination(word):
            unknown.append(word)
    return Destination(
        tuple(records), created[0] if created else "", min(days, default=None), tuple(dict.fromkeys(unknown))
    )


def _may_be_destination(word: str) -> bool:
    """Return whether a word that is none of ours may be meant as one."""
    letters = _PUNCTUATION.sub("", word)
    return any(char.isdigit() for char in word) or bool(get_close_matches(letters, _WORDS, cutoff=_RESEMBLES))
