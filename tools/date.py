"""Dates of mails: RFC 5322 section 3.3, and invalid forms that programs write."""

import re
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

MAX_LENGTH = 200
"""Characters of a date, including comments."""

FIRST_YEAR = 1990
"""Earlier dates are implausible: the clock was not set."""

LATEST = timedelta(days=1)
"""Tolerated time after the arrival, for wrong clocks and time zones."""

_COMMENT = re.compile(r"\([^()]*\)?")
_ISO = re.compile(r"(\d{4})-(0[1-9]|1[0-2])-(\d\d)[T ]+(?=\d\d:)")
_TIME = r"(\d{1,2}:\d\d(?::\d\d)?)(?:[.,]\d+)?"
# "+01:00", "GMT+0100", "UTC+1", "+1:00", "+01": the standard library only knows "+0100"
_OFFSET = re.compile(rf"{_TIME}\s*(?:(?:GMT|UTC|UT|Z)\s*)?([+-])(\d{{1,2}}):?(\d\d)?(?!\d)", re.IGNORECASE)
_HALF_OF_DAY = re.compile(r"\b(\d{1,2})(:\d\d(?::\d\d)?)\s*([AP])\.?M\b\.?", re.IGNORECASE)
_ZONE = re.compile(rf"{_TIME}\s*([A-Z]{{1,4}})\b", re.IGNORECASE)
_ZONES = {
    "Z": "+0000", "WET": "+0000", "WEST": "+0100", "CET": "+0100", "MET": "+0100", "MEZ": "+0100",
    "CEST": "+0200", "MEST": "+0200", "MESZ": "+0200", "EET": "+0200", "EEST": "+0300", "JST": "+0900", "KST": "+0900",
    "MSK": "+0300", "BRT": "-0300", "AEST": "+1000", "AEDT": "+1100", "NZST": "+1200", "NZDT": "+1300",
}  # fmt: skip
_ERRORS = (TypeError, ValueError, IndexError, OverflowError)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def get_time() -> datetime:
    """Return the present time in UTC, naive, with milliseconds, unlike `fields.Datetime.now`."""
    return datetime.now(timezone.utc).replace(tzinfo=None)


def parse_date(text: str) -> datetime | None:
    """Return the date of a mail as a naive datetime in UTC; None if it cannot be parsed."""
    with suppress(*_ERRORS):
        date = _parse(text)
        date = date.replace(tzinfo=None) - (date.utcoffset() or timedelta())
        # PostgreSQL and web clients do not support all years
        return date if 1970 <= date.year < 9999 else None
    return None


def parse_zone(text: str) -> timezone:
    """Return the time zone of the date of a mail; UTC if it cannot be parsed."""
    with suppress(*_ERRORS):
        return timezone(_parse(text).utcoffset() or timedelta())
    return timezone.utc


def is_plausible(date: datetime, arrival: datetime) -> bool:
    """Return whether a date can be true for a mail that arrived at a given time; both naive, in UTC."""
    return date.year >= FIRST_YEAR and date <= arrival + LATEST


def _parse(text: str) -> datetime:
    if len(text) > MAX_LENGTH:
        raise ValueError("too long")
    return parsedate_to_datetime(_write_as_standard(text))


def _write_as_standard(text: str) -> str:
    """Convert a date to the form that the standard library parses: no comments, offset with four digits."""
    text = _COMMENT.sub(" ", text).replace('"', " ")
    text = _ISO.sub(lambda found: f"{int(found[3])} {_MONTHS[int(found[2]) - 1]} {found[1]} ", text)
    text = _HALF_OF_DAY.sub(lambda found: f"{int(found[1]) % 12 + 12 * (found[3] in 'pP')}{found[2]}", text)
    if _OFFSET.search(text):
        return _OFFSET.sub(lambda found: f"{found[1]} {found[2]}{int(found[3]):02}{found[4] or '00'}", text)
    return _ZONE.sub(lambda found: f"{found[1]} {_ZONES.get(found[2].upper(), found[2])}", text)
