"""First event of a calendar file (RFC 5545), without ORM.

vobject is not used to read: 30 commas in one line keep it busy for minutes. Times are not converted and recurrences
not expanded, so parsing is linear.
"""

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .address import decode_bytes

MAX_CALENDAR = 256 * 1024
"""Bytes of a calendar that are read."""

MAX_VALUE = 500
"""Characters of a value: it is shown on one line."""

_FOLD = re.compile(r"\r?\n[ \t]")
# unambiguous on purpose: backtracking on a line without a colon would take minutes
_LINE = re.compile(r"""(?P<name>[-A-Za-z0-9_]+)(?P<parameters>(?:;[^";:]*(?:"[^"]*"[^";:]*)*)*):(?P<value>.*)""")
_PARAMETER = re.compile(r""";(?P<name>[-A-Za-z0-9_]+)=(?P<value>[^";:]*(?:"[^"]*"[^";:]*)*)""")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_TIME = re.compile(r"(?P<date>\d{8})(?:T(?P<time>\d{4}(?:\d\d)?)(?P<utc>Z?))?")
_DURATION = re.compile(
    r"\+?P(?:(?P<weeks>\d{1,4})W)?(?:(?P<days>\d{1,5})D)?"
    r"(?:T(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,8})S)?)?"
)
_MAX_LINE = 4_096


@dataclass(frozen=True)
class Invitation:
    """The first event of a calendar file.

    :param str method: `REQUEST`, `REPLY`, `CANCEL`…, in capitals; may be empty
    :param start: a `date` for whole days, else a naive `datetime` in local time
    :param end: of the same type; for whole days the day after the last one
    :param str timezone: name of the time zone in the calendar, `UTC`, or empty
    """

    method: str = ""
    summary: str = ""
    location: str = ""
    start: date | datetime | None = None
    end: date | datetime | None = None
    timezone: str = ""


def read_invitation(content: bytes, charset: str | None = None) -> Invitation | None:
    """Return the first event of a calendar file; None if it has none."""
    text = _FOLD.sub("", decode_bytes(content[:MAX_CALENDAR].lstrip(b"\xef\xbb\xbf"), charset))
    components, properties = [], {}
    for line in text.splitlines():
        match = _LINE.match(line[:_MAX_LINE])
        if not match:
            continue
        name, value = match["name"].upper(), match["value"].strip()
        if name == "BEGIN":
            components.append(value.upper())
        elif name == "END":
            if components[-1:] == ["VEVENT"]:
                return _read_event(properties)
            del components[-1:]
        elif components[-1:] == ["VEVENT"] or (name == "METHOD" and "VEVENT" not in components):
            properties.setdefault(name, (_read_parameters(match["parameters"]), value))
    return _read_event(properties) if "VEVENT" in components else None  # truncated


def _read_parameters(text: str) -> dict[str, str]:
    return {match["name"].upper(): match["value"].replace('"', "") for match in _PARAMETER.finditer(text)}


def _read_event(properties: dict[str, tuple[dict[str, str], str]]) -> Invitation:
    def get_text(name):
        return _clean(_unescape(properties.get(name, ({}, ""))[1]))

    parameters, start = properties.get("DTSTART", ({}, ""))
    begin, timezone = _read_time(start, parameters)
    end, _timezone = _read_time(*reversed(properties.get("DTEND", ({}, ""))))
    if begin and not end:
        end = _add(begin, get_text("DURATION"))
    if type(begin) is not type(end):
        end = None
    return Invitation(
        method=get_text("METHOD").upper(),
        summary=get_text("SUMMARY"),
        location=get_text("LOCATION"),
        start=begin,
        end=end,
        timezone=timezone,
    )


def _read_time(value: str, parameters: dict[str, str]) -> tuple[date | datetime | None, str]:
    """Return a date or time, and its time zone."""
    match = _TIME.fullmatch(value)
    if not match:
        return None, ""
    with suppress(ValueError):  # February 30th
        if not match["time"]:
            return datetime.strptime(match["date"], "%Y%m%d").date(), ""
        time = datetime.strptime(f"{match['date']}{match['time']:0<6}", "%Y%m%d%H%M%S")
        return time, "UTC" if match["utc"] else _clean(parameters.get("TZID", ""))
    return None, ""


def _add(start: date | datetime, duration: str) -> date | datetime | None:
    match = _DURATION.fullmatch(duration.upper())
    if not match:
        return None
    with suppress(OverflowError):
        return start + timedelta(**{unit: int(number) for unit, number in match.groupdict("0").items()})
    return None


def _unescape(text: str) -> str:
    return _ESCAPE.sub(lambda match: "\n" if match[1] in "nN" else match[1], text)


def _clean(text: str) -> str:
    """Return a value as one line of printable characters of limited length."""
    text = " ".join("".join(char if char.isprintable() else " " for char in text[:_MAX_LINE]).split())
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}…"
