"""What the health panel shows, and what it considers normal."""

from dataclasses import dataclass
from datetime import timedelta

WEEK = timedelta(days=7)

MISSED_FETCHES = 3
"""Intervals without a fetch after which an incoming mail server is late, but not before `MIN_LATE`."""

MIN_LATE = timedelta(minutes=15)

MAX_INTERVAL = timedelta(minutes=3)
"""Emails must be logged within this time, so Odoo must fetch them at least as often."""

MAX_DURATION = 60_000
"""Average time to log an email, in milliseconds."""

NOTICE_PAUSE = timedelta(hours=23, minutes=30)
"""Managers are notified once in this time: daily, by a job that runs hourly and never to the second."""

LATEST = 100
"""The number of latest emails among which the panel looks for one by the receiver or the delivery script."""


@dataclass(frozen=True)
class Check:
    """The result of one check.

    :param str key: name of the check
    :param str title: what is checked
    :param str state: `ok`, `unknown` (can't be checked), `warning`, `missing` (not set up) or `error`
    :param str text: what was found and what to do, in one or two sentences
    :param str action: XML id of the action that helps; may be empty
    :param bool is_alarm: whether managers are notified of it
    """

    key: str
    title: str
    state: str
    text: str
    action: str = ""
    is_alarm: bool = False
