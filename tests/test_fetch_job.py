"""Mail is fetched at every wake-up of the scheduler, if the interval is one minute."""

from datetime import timedelta

from odoo import fields
from odoo.addons.base.models.ir_cron import IrCron
from odoo.fields import Domain

from .common import tagged
from .test_poll import PollCommon


@tagged("post_install", "-at_install")
class TestFetchJob(PollCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cron = cls.env.ref("mail.ir_cron_mail_gateway_action")
        cls.cron.write({"active": True, "interval_number": 1, "interval_type": "minutes"})

    def setUp(self):
        super().setUp()
        self.cron.nextcall = fields.Datetime.now() + timedelta(minutes=1)
        self._find_triggers().unlink()

    def _find_triggers(self):
        return self.env["ir.cron.trigger"].search(Domain("cron_id", "=", self.cron.id))

    def _fetch(self, times=1):
        """Run the scheduled action on a mailbox with a mail."""
        with self._serve("imap", self._write_ordinary()) as (_box, server):
            for _time in range(times):
                self._poll(server.with_context(cron_id=self.cron.id), "_fetch_mails")

    def _is_due(self):
        """Return whether the scheduler would run the action if it woke up now."""
        self.env.flush_all()
        return self.cron.id in [job["id"] for job in IrCron._get_all_ready_jobs(self.env.cr)]

    def test_due_at_the_next_wake_up(self):
        before = fields.Datetime.now()
        self._fetch()
        after = fields.Datetime.now()
        self.assertFalse(self._is_due(), "mailboxes are not polled without pause")
        due = self._find_triggers().call_at  # regardless of how long fetching took
        self.assertGreater(due - before, timedelta(seconds=5))
        self.assertLess(due - after, timedelta(seconds=30), "not delayed any longer")
        self._find_triggers().call_at = self.env.cr.now() - timedelta(seconds=1)
        self.assertTrue(self._is_due())

    def test_one_trigger_is_enough(self):
        """Odoo calls the method repeatedly while there are mails left."""
        self._fetch(times=2)
        self.assertEqual(len(self._find_triggers()), 1)

    def test_longer_interval_is_kept(self):
        """Providers may limit the number of logins."""
        for number, unit in [(2, "minutes"), (5, "minutes"), (1, "hours")]:
            with self.subTest(number=number, unit=unit):
                self.cron.write({"interval_number": number, "interval_type": unit})
                self._fetch()
                self.assertFalse(self._find_triggers())
