"""Recognise that a text introduces another mail in a form, or in a language, that is not known."""

import re

from .forward_fields import looks_like_field
from .forward_words import fold_digits

_YEAR = r"(?<!\d)(?:13[89]|14[0-6]|19\d|2[05]\d)\d(?!\d)|(?<![\d./-])\d{1,2}[./-]\d{1,2}[./-]\d\d(?![\d./-])"
"""Years of the calendars that mail programs use, and dates of numbers with a year of two digits."""

_CLOCK = r"(?<![\d.:])\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?![.:]?\d)"
_MOMENT = re.compile(f"(?:{_YEAR}).*{_CLOCK}|{_CLOCK}.*(?:{_YEAR})")
_NEAR = 3
"""Lines within which an address and a date belong together."""

_MAX_SHOWN = 300


class UnknownIntroduction:
    """Recognises unknown forms of introducing another mail, by the form of the lines.

    These are an address near a date with a time, or lines that look like fields and contain both.
    """

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self.fields = 0  # lines in a row that look like fields
        self.fields_have: set[str] = set()
        self.recent: list[set[str]] = []
        self.rest = 0  # lines in which an introduction may still be found

    def take(self, text: str) -> bool:
        """Take the next line; return whether an unknown introduction was found."""
        if not text:
            is_unknown = self.rest > 0
            self._reset()
            return is_unknown
        text = fold_digits(text[:_MAX_SHOWN])
        has = {name for name, found in (("address", "@" in text), ("date", _MOMENT.search(text))) if found}
        is_field = looks_like_field(text)
        self.fields, self.fields_have = (self.fields + 1, self.fields_have | has) if is_field else (0, set())
        self.recent = [*self.recent[1 - _NEAR :], has]
        if self.fields >= _NEAR and len(self.fields_have) == 2:
            return True
        if self.rest:
            self.rest -= 1
            return not self.rest
        self.rest = _NEAR if len(set().union(*self.recent)) == 2 else 0
        return False
