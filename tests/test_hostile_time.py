"""Logging and displaying HTML takes linear time, even if it is designed to take more."""

import base64
import math
import time

from odoo.tests import tagged

from ..tools.raw_mail import RawMail
from .common import GatewayCommon
from .data import HTML
from .hostile_html import KINDS, make

SIZES = (50_000, 100_000)
SECONDS = 6
"""Limit of processor time at the larger size. A quadratic step takes 4 to 30 seconds at the smaller one."""

GROWTH = 3
NOISE = 0.05
"""Seconds by which two measurements may differ."""

TRIES = 4


@tagged("post_install", "-at_install")
class TestHostileTime(GatewayCommon):
    def _time(self, work, kind, size):
        raw = self._format(HTML, body=base64.encodebytes(make(kind, size).encode()).decode())
        started = time.process_time()
        work(raw)
        return time.process_time() - started

    def assertLinear(self, work):
        """Compare the least times of a few tries, because other processes may slow down some."""
        for kind in KINDS:
            with self.subTest(kind):
                small = large = math.inf
                for _try in range(TRIES):
                    small, large = (
                        min(least, self._time(work, kind, size))
                        for least, size in zip((small, large), SIZES, strict=True)
                    )
                    if large < min(SECONDS, small * GROWTH):
                        break
                self.assertLess(large, SECONDS)
                self.assertLess(large, small * GROWTH + NOISE)

    def test_filing(self):
        email = self._capture(HTML, body="")
        self.assertRow(email, "captured")
        record = self._get_record(email).with_user(self.sam)

        def file(raw):
            [message] = email._create_message(record, RawMail(raw), email._read_payload(RawMail(raw))).values()
            self.assertIsInstance(message.preview, str)
            message.sudo().unlink()

        self.assertLinear(file)

    def test_showing(self):
        email = self._capture(HTML, sender="x@evil.example", body="")
        self.assertRow(email, "refused")

        def show(raw):
            email.sudo().raw = base64.b64encode(raw)
            email.invalidate_recordset()
            self.assertIsNot(email.with_user(self.sam).original_body, None)

        self.assertLinear(show)
