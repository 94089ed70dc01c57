"""Read dates as mail programs write them into a text: in the words and order of a language, often without a zone."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta, timezone, tzinfo

from .forward_language import ENGLISH
from .forward_rules import LANGUAGES, ZONES
from .forward_words import fold, fold_digits, get_language, is_unspaced, list_months, split

MAX_LENGTH = 200
"""Characters of a date."""

_ZONE_NUMBER = re.compile(r"(?:\b(?:GMT|UTC)\s?|(?<=\s))([-+\u2212])(\d{1,2})(?::?(\d\d))?(?!\d)")
_ZONE_NAME = re.compile(r"(?<![^\W\d_])(" + "|".join(sorted(ZONES, key=len, reverse=True)) + r")(?![^\W_])")
_COLON_TIME = re.compile(r"(?<![\d:.])(\d{1,2}):(\d\d)(?::(\d\d))?(?![\d:])")
_DOT_TIME = re.compile(r"(?<![\d.])(\d{1,2})(?:\.|\s?h\s?)(\d\d)(?:\.(\d\d))?(?![\d:])")
_WORD_TIME = re.compile(
    r"(?<!\d)(\d{1,2})\s?(?:[時时点시]|นาฬิกา)\s?(\d{1,2})\s?(?:[分분]|นาที)(?:\s?(\d{1,2})\s?(?:[秒초]|วินาที))?"
)
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})\s?[-/.年년]\s?(\d{1,2})\s?[-/.月월]\s?(\d{1,2})(?!\d)\s?[日일.]?")
_YEAR_LAST = re.compile(r"(?<![\d.])(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4}|\d\d)(?!\d)")
_YEAR = re.compile(r"(?<!\d)(19[7-9]\d|20\d\d)(?!\d)")
_DAY = re.compile(r"(?<!\d)(\d{1,2})(?!\d)")
_LETTERS = r"(?:[^\W\d_]|[\u0e31-\u0e4e])+"
"""A word, with the vowels and tones of Thai."""

_WORD = re.compile(_LETTERS)
_MONTH_PLACE = re.compile(rf"\d\.?\s({_LETTERS})\.?,?\s\d{{4}}(?!\d)")
"""Between day and year, only a month stands alone."""

_MONTH_NUMBER = re.compile(r"(\d{1,2})\s(?:tháng|thg)\s(\d{1,2})(?:,|\snăm)?\s(\d{4})", re.IGNORECASE)
"""A date in Vietnamese, which has no names of months."""

_BUDDHIST_YEAR = re.compile(r"(?<!\d)25[1-9]\d(?!\d)")
_BUDDHIST_YEARS = 543
"""Years that the calendar of Thailand is ahead."""

_DROPPED = re.compile("[\u200e\u200f\u061c]|(?<=[\u0e01-\u0e4e])\\.")
"""Marks of direction, and dots in Thai abbreviations."""

_LAST_WORDS = re.compile(r"[^\W\d_]\D*\Z")
_MIN_LETTERS = 3
"""Letters of an abbreviated month, at least."""


def read_date(text: str, languages: Iterable[str], zone: tzinfo) -> tuple[datetime | None, bool]:
    """Return the date in a text.

    :param languages: codes of the languages that the text may be in; if their dates differ, there is no date
    :param zone: time zone of a date without one, normally that of the person who forwards
    :return: the date, None if there is none; whether the text contains its time zone
    """
    text = fold_digits(" ".join(_DROPPED.sub("", text[:MAX_LENGTH]).replace("\u202f", " ").split()))
    text = _BUDDHIST_YEAR.sub(lambda found: str(int(found[0]) - _BUDDHIST_YEARS), text)
    text = _MONTH_NUMBER.sub(r"\1/\2/\3", text)
    text, offset = _take_zone(text)
    found = {code: date for code in languages if (date := _read_local(text, code))}
    if len(set(found.values())) > 1:  # "lis" is November in Polish, October in Croatian
        found = {code: date for code, date in found.items() if has_small_words(text, code)}
    if len(set(found.values())) != 1:
        return None, False
    date = next(iter(found.values())).replace(tzinfo=zone if offset is None else timezone(timedelta(minutes=offset)))
    try:
        date.timestamp()
    except (OverflowError, ValueError, OSError):
        return None, False
    return date, offset is not None


def read_foreign_date(text: str, zone: tzinfo) -> tuple[datetime | None, bool]:
    """Return the date in a text whose language is unknown, as :func:`read_date`; only if all languages agree.

    A word after the time may be an unknown one for the afternoon.
    """
    last = _LAST_WORDS.search(text[:MAX_LENGTH])
    if last and not _find_half(last[0], ENGLISH):
        return None, False
    found = {read_date(text, [language.code], zone) for language in LANGUAGES} - {(None, False)}
    return found.pop() if len(found) == 1 else (None, False)


def has_small_words(text: str, code: str) -> bool:
    """Return whether a date contains words that a language uses around dates, such as between day and time."""
    return not {fold(word) for word in split(get_language(code).around)}.isdisjoint(fold(text).split())


def _take_zone(text: str) -> tuple[str, int | None]:
    """Return the text without its time zone, and the zone in minutes."""
    if found := _ZONE_NUMBER.search(text):
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        if minutes < 24 * 60:
            sign = 1 if found[1] == "+" else -1
            return f"{text[: found.start()]} {text[found.end() :]}", sign * minutes
    if found := _ZONE_NAME.search(text):
        return f"{text[: found.start()]} {text[found.end() :]}", ZONES[found[1]]
    return text, None


def _read_local(text: str, code: str) -> datetime | None:
    """Return the date in a text of a language, without a time zone."""
    rest, clock = _take(text, _COLON_TIME, _WORD_TIME)
    day, rest = _take_day(rest, code, has_clock=clock is not None)
    if not day:
        return None
    if not clock:
        rest, clock = _take(rest, _DOT_TIME)
    if not clock:
        return None
    start, hour, minute, second = clock
    hour = _to_24_hours(hour, text, start, code)
    try:
        return datetime(*day, hour, minute, second)
    except ValueError:
        return None


def _take(text: str, *patterns: re.Pattern[str]) -> tuple[str, tuple[int, int, int, int] | None]:
    """Return the text without its time; the time with its position."""
    for pattern in patterns:
        if found := pattern.search(text):
            # a mark separates the text before from the text after
            rest = f"{text[: found.start()]}|{text[found.end() :]}"
            return rest, (found.start(), int(found[1]), int(found[2]), int(found[3] or 0))
    return text, None


def _take_day(text: str, code: str, *, has_clock: bool) -> tuple[tuple[int, int, int] | None, str]:
    """Return year, month and day, and the text without them."""
    if found := _YEAR_FIRST.search(text):
        day = (int(found[1]), int(found[2]), int(found[3]))
    elif (found := _YEAR_LAST.search(text)) and len(found[4]) == 4:  # "mar" may be a weekday
        day = _order(int(found[1]), int(found[3]), int(found[4]), text, code)
    elif month := _find_month(text, code):
        return _take_day_and_year(text, month, has_clock=has_clock)
    elif found:
        day = _order(int(found[1]), int(found[3]), int(found[4]), text, code)
    else:
        return None, text
    return day, f"{text[: found.start()]} | {text[found.end() :]}"


def _take_day_and_year(text: str, month: int, *, has_clock: bool) -> tuple[tuple[int, int, int] | None, str]:
    """Return year, month and day of a date with the name of its month, and the text without the year."""
    year = _YEAR.search(text)
    rest = f"{text[: year.start()]}|{text[year.end() :]}" if year else text
    clock = None if has_clock else _DOT_TIME.search(rest)
    numbers = [int(found[1]) for found in _DAY.finditer(rest) if not clock or found.end() <= clock.start()]
    if year and numbers:
        return (int(year[1]), month, numbers[0]), rest
    return ((2000 + numbers[1], month, numbers[0]) if len(numbers) == 2 else None), rest


def _order(first: int, second: int, third: int, text: str, code: str) -> tuple[int, int, int]:
    """Return year, month and day of a date in numbers; Americans put the month first, and write AM and PM."""
    order = get_language(code).order or ("mdy" if _find_half(text, code) else "dmy")
    if order == "ymd" and third < 100:
        return 2000 + first, second, third
    day, month = (second, first) if order == "mdy" else (first, second)
    if month > 12 >= day:
        day, month = month, day
    return (third if third > 99 else 2000 + third), month, day


def _find_month(text: str, code: str) -> int | None:
    """Return the month that a text names.

    Abbreviated weekdays may also be abbreviated months. They stand before the day, or after it if dates begin with the
    year.
    """
    place = _MONTH_PLACE.search(text)
    if place and not _read_month(fold(place[1]), code):
        return None
    found = [month for match in _WORD.finditer(text) if (month := _read_month(fold(match[0]), code))]
    if not found:
        return None
    return found[0] if get_language(code).order == "ymd" else found[-1]


def _read_month(word: str, code: str) -> int | None:
    names = list_months(code)
    months = {number for name, number in names if name == word}
    if not months and len(word) >= _MIN_LETTERS:
        months = {number for name, number in names if name.startswith(word)}
    return months.pop() if len(months) == 1 else None


def _find_half(text: str, code: str) -> str:
    """Return `am` or `pm` if a text contains a word for it; otherwise an empty text."""
    folded = fold(text)
    for half in ("am", "pm"):
        words = [word for name in (code, ENGLISH) for word in split(getattr(get_language(name), half))]
        if any(_is_word_in(fold(word), folded) for word in words):
            return half
    return ""


def _is_word_in(word: str, text: str) -> bool:
    """Return whether a text contains a word."""
    if is_unspaced(word):
        return word in text
    return bool(re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text))


def _to_24_hours(hour: int, text: str, start: int, code: str) -> int:
    """Return the hour of the day. AM or PM, if any, stands beside the time."""
    half = _find_half(text[max(0, start - 6) : start + 18], code)
    if half == "pm" and hour < 12:
        return hour + 12
    return 0 if half == "am" and hour == 12 else hour
