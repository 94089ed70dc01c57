"""Header blocks in the text of a mail, as mail programs write them above what they forward or quote."""

import re
from dataclasses import dataclass, field

from .address import MAX_ADDRESS, Address, clean, mask, read_address, split_mailboxes
from .forward_lines import Line
from .forward_rules import ON_BEHALF
from .forward_words import COLONS, find_languages, fold, list_labels, list_words, split

MAX_VALUE = 20_000
"""Characters of a field that are read."""

MAX_MAILBOXES = 200
"""Mailboxes of a field that are read."""

_MAX_LINES = 200
"""Lines of a block, including long address lists."""

_MAX_AHEAD = 10
"""Lines without a label that one field may have."""

_MAX_GAP = 2
"""Blank lines between fields."""

_MAX_LABEL = 60
_MAX_NAME = 200
_MAX_TEXT = 500
_MAX_INTRODUCTION = 600
_INTRODUCTION_LINES = 3

DASHES = r"[-=_*~\u2010-\u2015\u2500]"
_DASHED = re.compile(rf"{DASHES}{{5}}")
"""A ruler or title, which is no part of a field."""

_ADDRESSES = ("sender", "to", "cc", "reply_to")
_MAIN = {"sender", "date", "subject", "to"}
_LETTERS = {"sender": "f", "date": "d", "subject": "s", "to": "t"}

_CHAR = r"[^\s<>()\[\]\"',;:|]"
_AT = rf"(?<!{_CHAR})(?<!{_CHAR}'){_CHAR}{{1,256}}(?:'{_CHAR}{{1,256}}){{0,3}}@{_CHAR}{{1,256}}"
_MAILTO = re.compile(
    r"<mailto:([^<>\s]{1,320})>|\[mailto:([^\[\]\s]{1,320})\]|\(mailto:([^()\s]{1,320})\)", re.IGNORECASE
)
_BRACKETED = re.compile(rf"\(<?({_AT})>?\)|\[({_AT})\]")
_IN_ANGLES = re.compile(r"<([^<>]*@[^<>]*)>")
_ADDRESS_WORD = re.compile(_AT)
_INTRODUCED = re.compile(rf"[<(\[]{{0,2}}({_AT})[>)\]]{{0,2}}")
_INTRODUCED_LAST = re.compile(rf"{_AT}(?!{_CHAR})[\s>)\],;{COLONS}]*(?:\w{{1,30}}(?:\s?\w{{1,30}})?[\s{COLONS}]*)?\Z")
"""An address with nothing behind it but a verb, perhaps in an unknown language."""

_QUOTED_NAME = re.compile(r"[\"„“«»”]\s?([^\"„“«»”]{1,100})[\"“”»]\W{0,4}\Z")
_COLON = re.compile(f"[{COLONS}]")
_FIELD = re.compile(rf"[^\W\d_][^<>@{COLONS}]{{0,30}}[{COLONS}]\s?\S")
_TIME = re.compile(r"\d{1,2}[:.時时点시h]\s?\d\d")
_DAY = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[./-]\s?\d{1,2}[./-]\s?\d\d")
_ON_BEHALF = re.compile(rf"\s(?:{'|'.join(map(re.escape, split(ON_BEHALF)))})\s", re.IGNORECASE)
_MARKS = " ,.()"
_QUOTES = " \t\"'`\u201e\u201c\u201d\u00ab\u00bb\u201a\u2018\u2019*,;"


@dataclass
class Block:
    """Fields of a forwarded or quoted mail.

    :param dict values: the values by field, in order; an introduction has only a sender and a date
    :param dict languages: the languages that the label of each field, or the verb of an introduction, belongs to
    :param int start: index of its first line
    :param int end: index of the line after it
    :param bool is_certain: whether there is only one way to read the sender
    :param bool is_introduction: whether the block is, or ends with, a line such as "On … Joe wrote:"
    """

    start: int
    end: int
    values: dict[str, str] = field(default_factory=dict)
    languages: dict[str, frozenset[str]] = field(default_factory=dict)
    is_certain: bool = True
    is_introduction: bool = False

    @property
    def order(self) -> str:
        """Order of the main fields, by their letters in the rules."""
        introduced = {"sender", "date"} if self.is_introduction else set()
        letters = [_LETTERS.get(name, "") for name in self.values if name not in introduced]
        return "".join(letters) + "*" * self.is_introduction

    @property
    def is_complete(self) -> bool:
        """Whether all main fields were found."""
        return self.values.keys() >= _MAIN


def find_label(text: str) -> tuple[str, frozenset[str], str] | None:
    """Return the field that a line begins with, the languages of its label, and its value."""
    colon = _COLON.search(text, 0, _MAX_LABEL)
    if not colon or not (found := list_labels().get(fold(text[: colon.start()].strip("*_ ")))):
        return None
    value = text[colon.end() :]
    return *found, (value.lstrip(" *") if text.startswith("*") else value).strip()


def looks_like_field(text: str) -> bool:
    """Return whether a line has the form of a field, whatever its label."""
    return bool(_FIELD.match(text))


def read_block(lines: list[Line], index: int) -> Block:
    """Return the block that begins at a line with a label."""
    return _BlockReader(lines, index).read_all()


def read_bare_block(lines: list[Line], index: int) -> Block | None:
    """Return the block whose labels are single words without a colon, as in eM Client; None if there is none."""
    found = list(lines)
    for position in range(index, min(len(lines), index + _MAX_LINES)):
        label, _space, value = lines[position].text.partition(" ")
        if not label:
            break
        if fold(label) in list_labels():
            found[position] = lines[position]._replace(text=f"{label}: {value}")
    block = read_block(found, index)
    return block if "sender" in block.values and len(block.values) > 1 else None


class _BlockReader:
    """Reads one header block."""

    def __init__(self, lines: list[Line], index: int):
        self.lines = lines
        self.block = Block(index, index)
        self.last = ""
        # some programs write a blank line after each field, or values on lines of their own
        after = [line.text for line in lines[index + 1 : index + 3]]
        self.is_spaced = len(after) == 2 and not after[0] and bool(find_label(after[1]))
        first = find_label(lines[index].text)
        self.is_stacked = bool(first and not first[2] and after and after[0] and not find_label(after[0]))

    def read_all(self) -> Block:
        """Return the block up to its end: a blank line, or one that belongs to no field."""
        block, lines = self.block, self.lines
        position = block.start
        while position < min(len(lines), block.start + _MAX_LINES):
            text = lines[position].text
            if not text:
                if not self._is_gap(position):
                    block.is_certain = block.is_certain and not (self.is_spaced and self.last == "sender")
                    break
            elif found := find_label(text):
                if not self._take_field(*found):
                    break
                block.end = position + 1
            elif self._take_line(text, position):
                block.end = position + 1
            else:
                self._check_end(position)
                break
            position += 1
        block.end = max(block.end, block.start + 1)
        return block

    def _is_gap(self, position: int) -> bool:
        """Return whether a blank line is inside the block."""
        if not self.is_spaced or self.block.is_complete:
            return False
        after = next((line.text for line in self.lines[position : position + _MAX_GAP + 1] if line.text), "")
        found = find_label(after)
        return bool(found) and found[0] not in self.block.values

    def _take_field(self, name: str, languages: frozenset[str], value: str) -> bool:
        """Take a field; return whether the block goes on.

        A long name or subject of a stranger may be wrapped before what looks like a label, so that the sender's address
        is in another field. In that case, a field occurs twice, or in a place where no program writes it.
        """
        block = self.block
        if name in block.values and name != "other":
            if block.is_complete and name == "sender":  # the text begins, or a wrapped name goes on
                block.is_certain = block.is_certain and self.last != "sender"
                return False
            block.is_certain = False
            return not block.is_complete
        if (name not in _MAIN and block.values.keys() == {"sender"}) or (name == "to" and "cc" in block.values):
            block.is_certain = False
        self.last = name
        block.values.setdefault(name, value[:MAX_VALUE])
        block.languages.setdefault(name, languages)
        return True

    def _take_line(self, text: str, position: int) -> bool:
        """Take a line without a known label; return whether the block goes on."""
        if _DASHED.match(text) and "sender" not in self.block.values:
            return False  # a note of the user ends
        value = self.block.values[self.last]
        is_value = self._continues(value, text)
        if not is_value and (not value or self.block.is_complete or not self._has_label_ahead(position)):
            return False
        if is_value or self.last == "subject" or (self.last in _ADDRESSES and not looks_like_field(text)):
            self.block.values[self.last] = value = f"{value} {text}".strip()[:MAX_VALUE]
            if self.last == "sender" and len(set(map(fold, _ADDRESS_WORD.findall(value)))) > 1:
                self.block.is_certain = False
        elif self.last == "sender" and "@" in text:
            self.block.is_certain = False
        return True

    def _continues(self, value: str, text: str) -> bool:
        """Return whether a line certainly belongs to the field before it."""
        if not value:
            return self.is_stacked
        if self.last in _ADDRESSES:
            rest = re.split(r"[,;]", value[-_MAX_NAME:])[-1]
            is_open = value.endswith((",", ";")) or value.rfind("<") > value.rfind(">")
            is_address = text.startswith("<") and not value.endswith(">")
            if is_open or is_address or ("@" not in rest and "@" in text and "@" in value):
                return True
        return False

    def _check_end(self, position: int) -> None:
        """Check whether the block continues after a line that does not belong to it: its fields may be forged."""
        if self.last == "sender":  # alone, and without a further field, it is a note of the user
            is_note = len(self.block.values) == 1 and not self._find_label_ahead(position)
            self.block.is_certain = self.block.is_certain and is_note
            return
        name = self._find_label_ahead(position)
        is_complete = self.block.is_complete and [*self.block.values][:2] != ["sender", "to"]
        if name and not is_complete and (name == "to" or not self.block.is_complete):
            self.block.is_certain = False

    def _has_label_ahead(self, position: int) -> bool:
        name = self._find_label_ahead(position, to_dashes=True)
        return bool(name) and name != "other" and name not in self.block.values

    def _find_label_ahead(self, position: int, *, to_dashes: bool = False) -> str:
        """Return the next field below a line, up to a blank line."""
        for line in self.lines[position + 1 : position + 1 + _MAX_AHEAD]:
            if not line.text or (to_dashes and _DASHED.match(line.text)):
                return ""
            if found := find_label(line.text):
                return found[0]
        return ""


def read_one_line(text: str, index: int) -> Block | None:
    """Return the fields of a block whose line breaks were lost, as in the plain text of Yahoo."""
    text = text[:MAX_VALUE]
    first = find_label(text)
    if not first or first[0] != "sender":
        return None
    for code in sorted(first[1]):
        if found := _split_one_line(text, code, index):
            return found
    return None


def _split_one_line(text: str, code: str, index: int) -> Block | None:
    labels = {label: name for label, (name, codes) in list_labels().items() if code in codes or "en" in codes}
    names = "|".join(map(re.escape, sorted(labels, key=len, reverse=True)))
    inner = list(re.finditer(rf">\s?({names})(?:\s?[{COLONS}]|\s(?=[^{COLONS}]))", text, re.IGNORECASE))
    fields = {fold(found[1]): found for found in inner}
    date = next((found for label, found in fields.items() if labels.get(label) == "date"), None)
    subjects = "|".join(re.escape(label) for label, name in labels.items() if name == "subject")
    subject = date and re.search(rf"({subjects})(?:\s?[{COLONS}]|\s)", text[date.end() :], re.IGNORECASE)
    if not subject:
        return None
    block = Block(index, index + 1, {"sender": ""}, {"sender": frozenset({code})})
    # the name of a sender could hold further labels
    block.is_certain = [labels.get(fold(found[1])) for found in inner] in (["to", "date"], ["to", "cc", "date"])
    inner = [found for found in inner if found.start() < date.end()]
    ends = [found.start() + 1 for found in inner[1:]] + [date.end() + subject.start()]
    block.values["sender"] = text[_COLON.search(text).end() : inner[0].start() + 1].strip()
    for found, end in zip(inner, ends, strict=True):
        if name := labels.get(fold(found[1])):
            block.values.setdefault(name, text[found.end() : end].strip())
    block.values["subject"] = text[date.end() + subject.end() :].strip()
    return block


def read_unknown_sender(lines: list[Line], index: int) -> Block | None:
    """Return the block that begins with an unknown label for the sender, the only label that Gmail translates."""
    text = lines[index].text
    after = find_label(lines[index + 1].text) if index + 1 < len(lines) else None
    if not looks_like_field(text) or "@" not in text or not after or after[0] != "date":
        return None
    block = read_block(lines, index + 1)
    if "sender" in block.values:
        return None
    block.start = index
    block.values = {"sender": text[_COLON.search(text).end() :].strip(), **block.values}
    return block


def read_introduction(lines: list[Line], index: int, lowest: int) -> Block | None:
    """Return sender and date from a line like "On … Joe wrote:" that ends here, and may begin on earlier lines.

    :param int lowest: index of the first line that it may begin on
    """
    if not lines[index].text.endswith(tuple(COLONS)):
        return None
    text = ""
    for start in range(index, max(lowest, index - _INTRODUCTION_LINES + 1) - 1, -1):
        if not lines[start].text:
            return None
        text = f"{lines[start].text} {text}".strip()
        if len(text) > _MAX_INTRODUCTION:
            return None
        is_broken = text.startswith("<") and start > lowest and bool(lines[start - 1].text)  # after the name
        if not is_broken and _is_introduction(text):
            block = _split_introduction(text, Block(start, index + 1, is_introduction=True))
            block.is_certain = block.is_certain and not _goes_on(lines, index)
            return block
    return None


def _goes_on(lines: list[Line], index: int) -> bool:
    """Return whether an introduction may continue below a line: a stranger's name may look like its end."""
    for line in lines[index + 1 : index + 1 + _INTRODUCTION_LINES]:
        if not line.text or line.depth != lines[index].depth:
            return False
        if "@" in line.text or line.text.endswith(tuple(COLONS)):
            return True
    return False


def _is_introduction(text: str) -> bool:
    """Return whether a text has a date and a time, and an address or a verb."""
    has_date = bool(_TIME.search(text) and _DAY.search(text))
    return has_date and bool(_INTRODUCED_LAST.search(text) or find_languages("wrote", text))


def _split_introduction(text: str, block: Block) -> Block:
    if languages := find_languages("wrote", text):
        block.languages["sender"] = languages
    found = list(_INTRODUCED.finditer(text))
    if len({match[1].casefold() for match in found}) != 1:
        block.values = {"sender": "", "date": text.rstrip(f" {COLONS}")}
        block.is_certain = False
        return block
    before, after = text[: found[0].start()], text[found[-1].end() :]
    name = _find_introduced_name(before)
    if name:
        before = before[: before.rfind(name)]
    quoted = name.strip(_QUOTES).replace('"', " ")
    date = f"{before.strip(_QUOTES)} {after.strip(_QUOTES + COLONS)}".strip()
    block.values = {"sender": f'"{quoted}" <{found[0][1]}>', "date": date}
    block.is_certain = text.count('"') % 2 == 0
    return block


def _find_introduced_name(before: str) -> str:
    """Return the name at the end of the text before an address."""
    if quoted := _QUOTED_NAME.search(before):
        return quoted[1]
    words = before.rstrip(" (<[").split(" ")
    count = len(words)
    while count and not any(char.isdigit() for char in words[count - 1]):
        count -= 1
    kinds = ("around", "wrote", "am", "pm")
    small = {word.strip(_MARKS) for kind in kinds for words in list_words(kind) for word in words.split()}
    while count < len(words) and (fold(words[count]).strip(_MARKS) in small or len(words[count]) < 2):
        count += 1
    return " ".join(words[count:])


def read_sender(value: str) -> Address:
    """Return the sender in a field, without an address if the address is uncertain.

    Programs write the address last, so that a name which a stranger chose cannot stand in its place.
    """
    found = read_mailboxes(value)
    words = list(_ADDRESS_WORD.finditer(value))
    sender = found[0] if len(found) == 1 else Address("", "", clean(value[:_MAX_TEXT]))
    is_last = bool(words) and words[-1][0].casefold() == sender.email.casefold() and _is_end(value[words[-1].end() :])
    return sender if is_last else Address(sender.name, "", sender.text)


def _is_end(text: str) -> bool:
    return not any(char.isalnum() for char in text)


def read_mailboxes(value: str) -> tuple[Address, ...]:
    """Return the mailboxes of a field as shown to people; those without a readable address have an empty `email`."""
    value = value[:MAX_VALUE].replace("=?", "= ?")  # no encoded words: the text was decoded
    value = _BRACKETED.sub(r"<\1\2>", _MAILTO.sub(_read_link, value))
    found: list[Address] = []
    for piece in _split_semicolons(value):
        words = ""
        for item in split_mailboxes(piece):
            words = f"{words}, {item}" if words else item  # commas in names are not always quoted
            if "@" in item:
                found.append(_read_mailbox(words))
                words = ""
        if words.strip(_QUOTES):
            found.append(_read_mailbox(words))
        if len(found) >= MAX_MAILBOXES:
            break
    return tuple(found[:MAX_MAILBOXES])


def _read_link(found: re.Match[str]) -> str:
    """Replace a `mailto:` link: drop it after the same address, otherwise make it an address."""
    start, address = found.start(), found[found.lastindex]
    before = found.string[max(0, start - MAX_ADDRESS) : start]
    if re.split(r"[\s<>,;]", before.rstrip())[-1].casefold() == address.casefold():
        return ""
    return f"> <{address}" if before.rfind("<") > before.rfind(">") else f"<{address}>"


def _split_semicolons(value: str) -> list[str]:
    pieces, start = [], 0
    for found in re.finditer(";", mask(value)):
        pieces.append(value[start : found.start()])
        start = found.end()
    return [*pieces, value[start:]]


def _read_mailbox(text: str) -> Address:
    """Return a mailbox. An address without brackets counts only alone, because names can look like addresses."""
    masked = mask(text)
    if found := [text[match.start(1) : match.end(1)] for match in _IN_ANGLES.finditer(masked)]:
        name = text[: masked.find("<")]
    else:
        name, found = text, _ADDRESS_WORD.findall(text) if _ADDRESS_WORD.fullmatch(text.strip(_QUOTES)) else [""]
    emails = {read_address(address) for address in found}
    email = emails.pop() if len(emails) == 1 else ""
    if "." not in email.rpartition("@")[2] or _is_on_behalf(text):
        email = ""
    name = " ".join(name.rstrip("< ").strip(_QUOTES).split())[:_MAX_NAME]
    return Address("" if name.casefold() == email else clean(name), email, clean(" ".join(text.split())[:_MAX_TEXT]))


def _is_on_behalf(text: str) -> bool:
    """Return whether someone sent a mail on behalf of someone else: in that case, the first address proves nothing."""
    found = _ON_BEHALF.search(text)
    return bool(found) and "@" in text[: found.start()]
