"""Find mails that were forwarded inside the text of a mail: sender, recipients, date and text of the original.

Which block of a text counts:

- The first one from the top that introduces another mail, of whatever kind, decides. Everything below it was written
  by others and can imitate anything.
- A block below a title that only forwarded mails have is a forwarded mail. Blocks and lines that replies have as well
  count only if the subject begins with a prefix of forwarded mails that, in their language, is not one of replies.
- If this block cannot be read, or something above it looks like a block of an unknown kind, nothing is found.
- If there are several ways to read the sender, or if wrapped lines may have moved text that a stranger chose (a name, a
  subject) into another field, the sender has no address.

A forwarded mail can hold another one; the same rules apply to its text, with its own subject.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone, tzinfo

from .address import Address
from .forward_date import has_small_words, read_date, read_foreign_date
from .forward_fields import (
    DASHES,
    Block,
    find_label,
    read_bare_block,
    read_block,
    read_introduction,
    read_mailboxes,
    read_one_line,
    read_sender,
    read_unknown_sender,
)
from .forward_language import ENGLISH
from .forward_lines import Line, Lines, cut, split_lines
from .forward_rules import LANGUAGES, PROGRAMS, Program
from .forward_unknown import UnknownIntroduction
from .forward_words import COLONS, fold, list_words, rank, split
from .mail_content import Text
from .subject import is_forward_subject

MAX_LEVELS = 10
"""Levels of nested forwarded mails that are read."""

_MAX_GAP = 3
"""Blank lines between a title and its block."""

_TITLE = re.compile(rf"({DASHES}{{2,60}})\s*(.{{1,120}}?)\s*({DASHES}{{2,60}})(.*)\Z")
_DASH = re.compile(DASHES)
_RULER = re.compile(rf"{DASHES}{{5,200}}")
_MARKS = re.compile(r"(?: ?>)*")


@dataclass(frozen=True)
class Forward:
    """A mail that was forwarded inside a text.

    :param str program: name of the mail program that wrote it; empty if unknown
    :param str language: code of the language of its labels
    :param Address sender: sender of the original; without `email` if it is uncertain
    :param str subject: subject of the original, as written
    :param datetime date: date of the original with time zone; None if there is none
    :param bool has_zone: whether the time zone is written, not assumed
    :param str date_text: the date as written
    :param int start: where the forwarded mail begins, with its title; the text of the user is before it
    :param int body_start: where the text of the original begins
    :param int end: position after the text of the original
    """

    program: str
    language: str
    sender: Address
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    subject: str
    date: datetime | None
    has_zone: bool
    date_text: str
    start: int
    body_start: int
    end: int


@dataclass(frozen=True)
class InlineMails:
    """The mails that a mail forwards inside its texts.

    :param int index: the text that contains them; earlier texts are the user's, later ones belong to the original
    :param tuple levels: nested forwarded mails, the outermost first; at least one
    """

    index: int
    levels: tuple[Forward, ...]

    def find_original(self, is_ours: Callable[[str], bool]) -> Forward:
        """Return the outermost mail that is not from one of us; the innermost one if all are.

        :param is_ours: whether an address is one of ours. A sender without an address counts as not ours.
        """
        senders = (level for level in self.levels if not level.sender.email or not is_ours(level.sender.email))
        return next(senders, self.levels[-1])


def find_forwarded(texts: Iterable[Text], subject: str = "", zone: tzinfo = timezone.utc) -> InlineMails | None:
    """Return the mails that are forwarded inside the texts of a mail; None if none can be read.

    :param texts: the texts of the mail in order
    :param str subject: decoded subject of the mail
    :param zone: time zone for dates without one; preferably that of the mail's own date
    """
    for index, text in enumerate(texts):
        levels, is_decided = _read_levels(split_lines(text.text, is_html=text.is_html), subject, zone)
        if levels:
            return InlineMails(index, tuple(levels))
        if is_decided:
            return None
    return None


def introduces_mail(texts: Iterable[Text], subject: str = "") -> bool:
    """Return whether a text introduces another mail, forwarded or not, readable or not."""
    lines = (split_lines(text.text, is_html=text.is_html) for text in texts)
    return any(_read_levels(found, subject, timezone.utc)[1] for found in lines)


def split_texts(texts: Sequence[Text], index: int, forward: Forward) -> tuple[list[Text], list[Text]]:
    """Return what the user wrote above a forwarded mail, and the texts of the original.

    :param int index: the text that contains the forwarded mail
    """
    text = texts[index]
    note = replace(text, text=get_note(text.text, forward, is_html=text.is_html))
    body = replace(text, text=get_body(text.text, forward, is_html=text.is_html))
    return [*texts[:index], note], [body, *texts[index + 1 :]]


def get_note(text: str, forward: Forward, *, is_html: bool) -> str:
    """Return what the user wrote above a forwarded mail."""
    return cut(text, 0, forward.start, is_html=is_html)


def get_body(text: str, forward: Forward, *, is_html: bool) -> str:
    """Return the text of the original; in plain text without the quote marks that all of its lines have."""
    body = cut(text, forward.body_start, forward.end, is_html=is_html)
    return body if is_html else _unquote(body)


@dataclass(frozen=True)
class _Title:
    """A title line.

    :param str kind: `forwarded`, `begin`, `original` or `end`
    :param str dashes: the dashes before and after the title, as in the rules of programs
    :param str rest: what follows in the same line
    """

    kind: str
    dashes: str
    languages: frozenset[str]
    rest: str


def _read_title(text: str) -> _Title | None:
    if found := _TITLE.match(text):
        name = fold(found[2].strip(f" {COLONS}")).partition(" from ")[0]  # mutt names the sender
        for kind in ("forwarded", "begin", "original", "end"):
            if (languages := list_words(kind).get(name)) and _is_rest(found[4].strip()):
                dashes = f"{found[1][0]}{len(found[1])}/{len(found[3])}"
                return _Title("forwarded" if kind == "begin" else kind, dashes, languages, found[4].strip())
    elif text.endswith(tuple(COLONS)) and (languages := list_words("begin").get(fold(text.rstrip(f" {COLONS}")))):
        return _Title("begin", "", languages, "")
    return None


def _is_rest(text: str) -> bool:
    """Return whether a text can follow a title: a block without line breaks, or a title in a second language."""
    title = fold(text.strip(" -"))
    return not title or bool(find_label(text)) or title in list_words("forwarded")


class _Scanner:
    """Finds the first forwarded mail in the lines of a text.

    :param list lines: the lines, of the whole text or of a forwarded mail in it
    :param bool is_decided: whether another mail is introduced, readable or not
    """

    def __init__(self, found: Lines, lines: list[Line], subject: str, zone: tzinfo):
        self.found = found
        self.lines = lines
        self.subject = subject
        self.zone = zone
        self.is_decided = False
        self.depth = min((line.depth for line in lines if line.text), default=0)

    def find(self) -> tuple[Forward, list[Line]] | None:
        """Return the forwarded mail with the lines of its text."""
        unknown = UnknownIntroduction()
        position = 0
        while position < len(self.lines):
            after = position + 1
            if self.lines[position].text:
                title = self._get_title(position)
                block = self._read_titled(position + 1, title) if title else self._read_untitled(position)
                self.is_decided = bool(title) or self._is_plausible(block)
                if self.is_decided:
                    return self._decide(position, block, title)
                after = max(after, block.end)
            self.is_decided = any(unknown.take(line.text) for line in self.lines[position:after])
            if self.is_decided:
                return None
            position = after
        return None

    def _get_title(self, position: int) -> _Title | None:
        title = _read_title(self.lines[position].text)
        return title if title and title.kind != "end" else None

    # ------------------------------------------------------------
    # BLOCKS
    # ------------------------------------------------------------

    def _read_titled(self, position: int, title: _Title) -> Block:
        """Return the block below a title, or in the same line; an empty one if there is none."""
        if find_label(title.rest):
            return read_one_line(title.rest, position - 1) or Block(position, position)
        for index in range(position, min(len(self.lines), position + _MAX_GAP + 1)):
            if self.lines[index].text:
                block = self._read_untitled(index)
                if len(block.values) > 1:
                    return block
                if title.dashes == "-6/6" and (bare := read_bare_block(self.lines, index)):  # eM Client
                    return bare
                if find_label(self.lines[index].text):
                    return read_one_line(self.lines[index].text, index) or block
                return self._read_introduction(index) or read_unknown_sender(self.lines, index) or block
        return Block(position, position)

    def _read_untitled(self, position: int) -> Block:
        """Return the block that begins in a line, or the introduction that ends in it; an empty block by default."""
        if not find_label(self.lines[position].text):
            return read_introduction(self.lines, position, 0) or Block(position, position)
        if block := read_introduction(self.lines, position, position):  # the label may be part of a stranger's name
            block.is_certain = False
            return block
        block = read_block(self.lines, position)
        is_headless = "to" in block.values and "sender" not in block.values
        if is_headless and (found := self._read_introduction(block.end)):
            block.values = {name: value.rstrip(" ;") for name, value in block.values.items()} | found.values
            block.end, block.is_introduction = found.end, True
            block.is_certain = block.is_certain and found.is_certain
        return block

    def _read_introduction(self, position: int) -> Block | None:
        """Return the introduction that begins in a line or, after a blank one, in the next."""
        for index in range(position, min(len(self.lines), position + _MAX_GAP)):
            if found := read_introduction(self.lines, index, position):
                return found
        return None

    def _is_plausible(self, block: Block) -> bool:
        """Return whether a block without a title introduces another mail, and is not just text that looks like it."""
        names = block.values.keys() & {"date", "subject", "to"}
        if not block.is_certain and "@" in block.values.get("sender", ""):
            return True
        if "sender" not in block.values or not names:
            return False
        if block.is_introduction:
            return True
        return len(names) > 1 and ("@" in block.values["sender"] or self._has_date(block))

    def _has_date(self, block: Block) -> bool:
        return bool(read_date(block.values.get("date", ""), _find_languages(block, None), self.zone)[0])

    # ------------------------------------------------------------
    # DECISION
    # ------------------------------------------------------------

    def _decide(self, position: int, block: Block, title: _Title | None) -> tuple[Forward, list[Line]] | None:
        """Return the mail that a block introduces if it was forwarded."""
        if "sender" not in block.values or len(block.values) < 2:
            return None
        if block.is_introduction and not title and not block.languages and self._leads_to_mail(block.end):
            return None  # a sentence of the user
        languages = _find_languages(block, title)
        is_quoted = self.lines[position].depth > self.depth
        is_forward = bool(title) and (title.kind == "begin" or (title.kind == "forwarded" and not is_quoted))
        if not is_forward and not is_forward_subject(self.subject, languages):
            return None
        body, lines, end = self._find_body(block, title)
        start = self.lines[min(position, block.start) if title else self._skip_ruler(block.start)].start
        containers = {kind for kind, begin, last in self.found.containers if begin <= body and last >= end}
        return self._make(block, languages, _name_program(block, title, containers), (start, body, end)), lines

    def _make(self, block: Block, languages: list[str], program: str, bounds: tuple[int, int, int]) -> Forward:
        values = block.values
        date, has_zone = None, False
        if block.is_introduction or "sender" in block.languages:
            date, has_zone = read_date(values.get("date", ""), languages, self.zone)
        if not date and languages == [ENGLISH]:  # Gmail translates the date, but only one label
            date, has_zone = read_foreign_date(values.get("date", ""), self.zone)
        sender = read_sender(values["sender"])
        local = [codes for codes in block.languages.values() if ENGLISH not in codes]
        if not block.is_certain or (local and not frozenset.intersection(*local)):
            sender = Address(sender.name, "", sender.text)
        return Forward(
            program=program,
            language=languages[0],
            sender=sender,
            to=read_mailboxes(values.get("to", "")),
            cc=read_mailboxes(values.get("cc", "")),
            reply_to=read_mailboxes(values.get("reply_to", "")),
            subject=values.get("subject", ""),
            date=date,
            has_zone=has_zone,
            date_text=values.get("date", ""),
            start=bounds[0],
            body_start=bounds[1],
            end=bounds[2],
        )

    # ------------------------------------------------------------
    # BOUNDS
    # ------------------------------------------------------------

    def _skip_ruler(self, position: int) -> int:
        """Return the index of the ruler above a line, if there is one."""
        above = position - 1
        if above > 0 and not self.lines[above].text:
            above -= 1
        return above if above >= 0 and _RULER.fullmatch(self.lines[above].text) else position

    def _find_body(self, block: Block, title: _Title | None) -> tuple[int, list[Line], int]:
        """Return the position of the text of the original, its lines, and its end."""
        first = self._skip_blank(block.end)
        if title and title.dashes and first < len(self.lines):
            closing = _read_title(self.lines[first].text)
            if closing and (closing.kind, closing.dashes) == (title.kind, title.dashes) and title.dashes[0] == "=":
                first = self._skip_blank(first + 1)
        last = len(self.lines)
        end = self.found.size if not self.lines or self.lines[-1] is self.found.lines[-1] else self.lines[-1].end
        body = self.lines[first].start if first < last else end
        if self.found.is_html:
            end = self._find_container_end(block, body, end)
        else:
            last = self._find_quote_end(block, first)
        if title and title.kind == "forwarded":
            last = next((index for index in range(last - 1, first, -1) if _is_end(self.lines[index].text)), last)
        if last < len(self.lines):
            end = self.lines[last].start
        lines = [line for line in self.lines[first:last] if line.start < end]
        return body, lines, max(body, end)

    def _leads_to_mail(self, position: int) -> bool:
        """Return whether the next line is a ruler, a title or the first field of a block."""
        first = self._skip_blank(position)
        text = self.lines[first].text if first < len(self.lines) else ""
        return bool(_RULER.fullmatch(text) or _read_title(text) or find_label(text))

    def _skip_blank(self, position: int) -> int:
        while position < len(self.lines) and not self.lines[position].text:
            position += 1
        return position

    def _find_container_end(self, block: Block, body: int, end: int) -> int:
        """Return the end of the innermost element that holds the block and the text."""
        first = self.lines[block.start]
        found = [last for _kind, start, last in self.found.containers if start < first.end and body < last <= end]
        return min(found, default=end)

    def _find_quote_end(self, block: Block, first: int) -> int:
        """Return the index of the line after the last one that is quoted like the block."""
        depth, last = self.lines[block.start].depth, len(self.lines)
        while depth > self.depth and last > first and self.lines[last - 1].depth < depth:
            last -= 1
        return last


def _read_levels(found: Lines, subject: str, zone: tzinfo) -> tuple[list[Forward], bool]:
    """Return the forwarded mails, the outermost first, and whether the text introduces another mail at all."""
    levels: list[Forward] = []
    lines, is_decided = found.lines, False
    while len(levels) < MAX_LEVELS:
        scanner = _Scanner(found, lines, subject, zone)
        read = scanner.find()
        is_decided = is_decided or scanner.is_decided
        if not read:
            break
        forward, lines = read
        levels.append(forward)
        subject = forward.subject
    return levels, is_decided


def _find_languages(block: Block, title: _Title | None) -> list[str]:
    """Return the languages that a block may be in, the likeliest first."""
    counts = Counter(code for codes in block.languages.values() if ENGLISH not in codes for code in codes)
    found = {code for code, count in counts.items() if count == max(counts.values())}
    if title and (not found or found & title.languages):
        found = found & title.languages or title.languages
    date = block.values.get("date", "")
    if not found and block.is_introduction:
        found = {language.code for language in LANGUAGES if has_small_words(date, language.code)}
    return sorted(rank(found) or [ENGLISH], key=lambda code: not has_small_words(date, code))


def _name_program(block: Block, title: _Title | None, containers: set[str]) -> str:
    """Return the name of the program that writes such a block; empty if it is unknown."""
    kind = title.kind if title else ""
    fitting = [program for program in PROGRAMS if program.title == kind]
    for program in fitting:
        if program.container in containers and ":" not in program.container:
            return program.name
    return next((program.name for program in fitting if _fits(program, block, title)), "")


def _fits(program: Program, block: Block, title: _Title | None) -> bool:
    if program.lines and (not title or title.dashes not in split(program.lines)):
        return False
    if program.labels:
        is_translated = ENGLISH not in block.languages.get("subject", frozenset({ENGLISH}))
        if is_translated != (program.labels == "translated"):
            return False
    return any("".join(name for name in order if name in block.order) == block.order for order in split(program.order))


def _is_end(text: str) -> bool:
    if not _DASH.match(text):
        return False
    title = _read_title(text)
    return bool(title) and title.kind == "end"


def _unquote(text: str) -> str:
    """Remove the quote marks that all lines have."""
    lines = text.replace("\r\n", "\n").split("\n")
    depths = [len(_MARKS.match(line)[0].replace(" ", "")) for line in lines if line.strip(" >\t")]
    mark = re.compile(rf"(?: ?>){{0,{min(depths, default=0)}}} ?")
    return "\n".join(line[mark.match(line).end() :].rstrip() for line in lines).strip()
