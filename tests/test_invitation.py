"""Calendar files in mails."""

import time
from datetime import date, datetime

from odoo.tests import BaseCase, tagged

from ..tools.invitation import MAX_CALENDAR, MAX_VALUE, Invitation, read_invitation


@tagged("post_install", "-at_install")
class TestInvitation(BaseCase):
    """The first event of a calendar file."""

    def _read(self, *lines, around=("BEGIN:VCALENDAR", "METHOD:REQUEST", "BEGIN:VEVENT"), end="\r\n"):
        return read_invitation(end.join([*around, *lines, "END:VEVENT", "END:VCALENDAR", ""]).encode())

    def test_whole(self):
        """A typical invitation: folded, with a time zone, an alarm and a later event."""
        lines = (
            'DTSTART;TZID="W. Europe Standard Time":20261110T090000',
            'DTEND;TZID="W. Europe Standard Time":20261110T103000',
            'ORGANIZER;CN="Müller, Rep";ROLE=CHAIR:mailto:rep@acme.example',
            "SUMMARY;LANGUAGE=de:Vorführung\\, Teil 1\\nund 2",
            "LOCATION:Room 1\\; first",
            "  floor",
            "RRULE:FREQ=SECONDLY;COUNT=999999999",
            "BEGIN:VALARM",
            "SUMMARY:Alarm",
            "END:VALARM",
        )
        around = ("BEGIN:VCALENDAR", "METHOD:REQUEST", "BEGIN:VTIMEZONE", "DTSTART:16010101T000000", "END:VTIMEZONE")
        expected = Invitation(
            method="REQUEST",
            summary="Vorführung, Teil 1 und 2",
            location="Room 1; first floor",
            start=datetime(2026, 11, 10, 9),
            end=datetime(2026, 11, 10, 10, 30),
            timezone="W. Europe Standard Time",
        )
        for end in ("\r\n", "\n"):
            self.assertEqual(self._read(*lines, around=(*around, "BEGIN:VEVENT"), end=end), expected)
        later = ("END:VEVENT", "BEGIN:VEVENT", "SUMMARY:Later", "DTSTART:20300101")
        self.assertEqual(self._read(*lines, *later, around=(*around, "BEGIN:VEVENT")), expected)

    def test_times(self):
        """Dates, local times, times in a time zone and in UTC; ends and durations; invalid values."""
        nine, day = datetime(2026, 11, 10, 9), date(2026, 11, 10)
        cases = (
            (["DTSTART:20261110T090000Z"], nine, None, "UTC"),
            (["DTSTART:20261110T0900"], nine, None, ""),
            (["DTSTART;TZID=Europe/Berlin:20261110T090000"], nine, None, "Europe/Berlin"),
            (["DTSTART;VALUE=DATE:20261110", "DTEND;VALUE=DATE:20261112"], day, date(2026, 11, 12), ""),
            (["DTSTART:20261110T090000Z", "DURATION:P1DT1H30M"], nine, datetime(2026, 11, 11, 10, 30), "UTC"),
            (["DTSTART:20261110T090000Z", "DURATION:P1W"], nine, datetime(2026, 11, 17, 9), "UTC"),
            (["DTSTART:20261110", "DURATION:P2D"], day, date(2026, 11, 12), ""),
            (["DTSTART:20261110T090000Z", "DTEND;VALUE=DATE:20261112"], nine, None, "UTC"),
            (["DTSTART:20261110T090000Z", "DURATION:-P1D"], nine, None, "UTC"),
            (["DTSTART:99991231", "DURATION:P9999W"], date(9999, 12, 31), None, ""),
            (["DTSTART:20260230"], None, None, ""),
            (["DTSTART:20261110T256199"], None, None, ""),
            (["DTSTART:00000000"], None, None, ""),
            (["DTSTART:tomorrow", "DTEND:20261110"], None, None, ""),
            (["DTSTART"], None, None, ""),
            ([], None, None, ""),
        )
        for lines, start, end, zone in cases:
            with self.subTest(lines=lines):
                found = self._read(*lines)
                self.assertEqual((found.start, found.end, found.timezone), (start, end, zone))

    def test_odd(self):
        """Missing properties, and values too long for one line."""
        self.assertIsNone(read_invitation(b""))
        self.assertIsNone(read_invitation(b"BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:x\nEND:VTODO\nEND:VCALENDAR\n"))
        self.assertEqual(read_invitation(b"\xef\xbb\xbfBEGIN:VEVENT\nSUMMARY:Cut"), Invitation(summary="Cut"))
        self.assertEqual(read_invitation("BEGIN:VEVENT\nSUMMARY:Grüße".encode("cp1252"), "cp1252").summary, "Grüße")
        self.assertEqual(self._read("SUMMARY:a\x00\x1b\u202eb").summary, "a b")
        self.assertEqual(self._read("SUMMARY:" + "x" * 9_999).summary, "x" * MAX_VALUE + "…")

    def test_hostile(self):
        """Lines that could make a regular expression backtrack, and more than are read."""
        started = time.process_time()
        size = 2 * MAX_CALENDAR
        for part in (
            ";a=b",
            ';a="',
            ",",
            ";",
            "a",
            "\n",
            "\n ",
            "A:\n b\n",
            "BEGIN:VEVENT\n",
            "RRULE:A=1\n",
            "\\",
            '"',
        ):
            with self.subTest(part):
                content = "BEGIN:VEVENT\nDTSTART;X" + part * (size // len(part)) + '"'
                self.assertIsNone(read_invitation(content.encode()).start)
        self.assertLess(time.process_time() - started, 5)
