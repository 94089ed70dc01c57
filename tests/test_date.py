"""Dates of mails, as programs write them."""

from datetime import datetime, timedelta

from odoo.tests import BaseCase, tagged

from ..tools.date import LATEST, MAX_LENGTH, is_plausible, parse_date

# All of them are the same moment
NINE = [
    "Mon, 09 Nov 2026 10:00:00 +0100",
    "9 Nov 2026 09:00 -0000",
    "9 Nov 26 10:00:00 +0100",
    "Monday, 9 November 2026 10:00:00 +0100",
    "Mon, 09 Nov 2026 09:00:00",
    "Mon, 09 Nov 2026 04:00:00 EST",
    "Mon, 09 Nov 2026 09:00:00 GMT (x)",
    "Mon, 09 Nov 2026 10:00:00 +0100 (GMT+01:00)",
    "Mon, 09 Nov 2026 10:00:00 +0100 (((x",
    "Mon, 09 Nov 2026 10:00:00.123 +0100",
    # offsets as people write them
    "Mon, 09 Nov 2026 10:00:00 +01:00",
    "Mon, 09 Nov 2026 10:00:00+01:00",
    "Mon, 09 Nov 2026 10:00 +01:00",
    "Mon, 09 Nov 2026 04:00:00 -05:00",
    "Mon, 09 Nov 2026 14:30:00 +5:30",
    "Mon, 09 Nov 2026 10:00:00 GMT+0100",
    "Mon, 09 Nov 2026 10:00:00 GMT+01:00",
    "Mon, 09 Nov 2026 10:00:00 GMT +0100 (CET)",
    'Mon, 09 Nov 2026 10:00:00 "GMT+0100"',
    "Mon, 09 Nov 2026 10:00:00 utc+1",
    "Mon, 09 Nov 2026 10:00:00 +01",
    "Mon, 09 Nov 2026 10:00:00 +100",
    "Mon, 09 Nov 2026 10:00:00 +0100 CET",
    "Mon, 09 Nov 2026 10:00:00 CET",
    "Mon, 09 Nov 2026 11:00:00 MESZ",
    "Mon, 09 Nov 2026 18:00:00 JST",
    "Mon Nov  9 10:00:00 2026 +0100",
    "Mon Nov  9 10:00:00 CET 2026",
    "Mon Nov  9 12:00:00 MSK 2026",
    "Mon, 09 Nov 2026 08:00:00 PM AEDT",
    # hours of half a day
    "Mon, 09 Nov 2026 09:00:00 AM",
    "Mon, 09 Nov 2026 10:00:00 PM +1300",
    "Mon, 09 Nov 2026 12:30 a.m. -0830",
    "November 9, 2026 12:00 PM +0300",
    # RFC 3339
    "2026-11-09T10:00:00+01:00",
    "2026-11-09 10:00:00 +0100",
    "2026-11-09T09:00:00Z",
    "2026-11-09T09:00:00.123Z",
]
UNREADABLE = [
    "",
    "yesterday",
    "Mon, 23-Nov-2026",
    "Mon, 99 Nov 2026 10:00:00 +0100",
    "Mon, 09 Nov 2026 10:00:00 +999999",
    "Mon, 09 Nov 2026 10:00:00 +24:00",
    "2026-13-09T10:00:00+01:00",
    "2026-00-09T10:00:00+01:00",
    "1 Jan 0900 10:00:00 +0000",
    "31 Dec 1969 23:59:59 +0000",
    "1 Jan 9999 00:00:00 +0000",
    "31 Dec 9999 23:59:59 -1200",
    f"Mon, 09 Nov 2026 10:00:00 +0100 {'x' * MAX_LENGTH}",
]


@tagged("post_install", "-at_install")
class TestDate(BaseCase):
    def test_readable(self):
        for text in NINE:
            with self.subTest(text):
                self.assertEqual(parse_date(text), datetime(2026, 11, 9, 9))

    def test_unreadable(self):
        for text in UNREADABLE:
            with self.subTest(text[:40]):
                self.assertIsNone(parse_date(text))

    def test_zones_that_are_unknown(self):
        """Unknown zones are read as UTC (RFC 5322 section 4.3)."""
        self.assertEqual(parse_date("Mon, 09 Nov 2026 09:00:00 XYZ"), datetime(2026, 11, 9, 9))

    def test_plausible(self):
        arrival = datetime(2026, 11, 9, 9)
        for date, expected in (
            (arrival, True),
            (arrival + LATEST, True),
            (arrival + LATEST + timedelta(seconds=1), False),
            (datetime(1990, 1, 1), True),
            (datetime(1989, 12, 31, 23, 59, 59), False),
            (datetime(1970, 1, 1), False),
            (datetime(9998, 1, 1), False),
        ):
            with self.subTest(date=date):
                self.assertIs(is_plausible(date, arrival), expected)
