import base64
from unittest.mock import patch

from odoo import fields
from odoo.tools import mute_logger

from ..models import crm_bcc_dropbox_email_gateway as log
from .common import GatewayCommon, tagged

LOGGER = log.__name__


@tagged("post_install", "-at_install")
class TestRetry(GatewayCommon):
    """The job that logs pending emails: all due ones in sequence, even if one of them fails."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.job = cls.env.ref("crm_bcc_dropbox.ir_cron_retry")
        cls.Email = cls.env["crm.bcc.dropbox.email"]
        cls.Email.search([]).unlink()

    def _leave_behind(self, *subjects):
        """Receive emails in a process that ended before it logged them, some time ago."""
        with patch.object(self.env.registry["crm.bcc.dropbox.email"], "_process"):
            emails = self.Email.union(*(self._capture(subject=subject) for subject in subjects))
        emails.next_try = fields.Datetime.now()
        self.env.flush_all()
        return emails

    def _run(self):
        """Run the job like Odoo, until it reports that nothing remains."""
        self.env.flush_all()
        with mute_logger(LOGGER):
            self.job.method_direct_trigger()
        self.env.invalidate_all()

    def _failing(self, error):
        """Make emails with the subject “Poison” fail."""

        def file(email, raw_mail, *arguments):
            if raw_mail.subject == "Poison":
                raise error
            return original(email, raw_mail, *arguments)

        Email = self.env.registry["crm.bcc.dropbox.email"]
        original = Email._file
        return patch.object(Email, "_file", file)

    def test_more_than_a_batch(self):
        emails = self._leave_behind(*(f"Offer {number}" for number in range(5)))
        with patch.object(log, "RETRY_BATCH", 2):
            self._run()
        self.assertEqual(emails.mapped("state"), ["captured"] * 5)
        self.assertEqual(set(emails.mapped("tries")), {2})

    def test_filed_by_another_process_meanwhile(self):
        """A user who clicks the button may see an outdated state."""
        email = self._leave_behind("Offer")
        email.fetch(["state"])
        # SQL: unknown to the cache of this transaction, as in reality
        self.env.cr.execute("UPDATE crm_bcc_dropbox_email SET state = 'captured' WHERE id = %s", email.ids)
        email.with_user(self.sam).action_retry()
        self.env.invalidate_all()
        self.assertRow(email, "captured")
        self.assertFalse(email.history)

    def test_what_remains_is_counted(self):
        emails = self._leave_behind(*(f"Offer {number}" for number in range(5)))
        with (
            patch.object(log, "RETRY_BATCH", 2),
            patch.object(self.env.registry["ir.cron"], "_commit_progress", return_value=60) as progress,
        ):
            self.Email._cron_retry()
        self.env.invalidate_all()
        self.assertEqual([(call.args, call.kwargs) for call in progress.call_args_list], [
            ((), {"remaining": 5}), ((1,), {}), ((1,), {}),
        ])  # fmt: skip
        self.assertEqual(sorted(emails.mapped("state")), ["captured"] * 2 + ["pending"] * 3)

    def test_no_time_left(self):
        emails = self._leave_behind("Offer 1", "Offer 2")
        with patch.object(self.env.registry["ir.cron"], "_commit_progress", return_value=0):
            self.Email._cron_retry()
        self.env.invalidate_all()
        self.assertEqual(sorted(emails.mapped("state")), ["captured", "pending"])

    def test_bad_mail_among_good_ones(self):
        for error in [RuntimeError("bad"), MemoryError()]:
            with self.subTest(error=error):
                emails = self._leave_behind("Offer 1", "Poison", "Offer 2")
                with self._failing(error):
                    self._run()
                self.assertEqual(emails.mapped("state"), ["captured", "pending", "captured"])
                self.assertEqual(emails.mapped("tries"), [2, 2, 2])
                emails[1].next_try = fields.Datetime.now()
                self._run()
                self.assertEqual(emails[1].state, "captured")

    def test_archived_emails_are_retried(self):
        """Archiving hides an email from To Do, not from the scheduled action."""
        emails = self._leave_behind("Offer 1", "Offer 2")
        emails.active = False
        emails[1].write({"state": "captured", "ordinary_raw": base64.b64encode(b""), "ordinary_next_try": "2020-01-01"})
        self._run()
        self.assertRow(emails[0], "captured")
        self.assertTrue(emails[0].active)
        self.assertFalse(emails[1].ordinary_next_try)

    def test_retry_by_hand_unarchives(self):
        email = self._leave_behind("Poison")
        email.write({"state": "failed", "active": False})
        self.env.flush_all()
        with self._failing(RuntimeError("bad")), mute_logger(LOGGER):
            email.with_user(self.sam).action_retry()
        self.env.invalidate_all()
        self.assertRow(email, "pending")
        self.assertTrue(email.active)

    def test_retry_that_dies_at_once(self):
        """An email retried by a user is found by the job if the process ends before."""
        emails = self._leave_behind("Poison", "Poison")
        emails.write({"state": "failed", "next_try": False, "tries": 5})
        self.env.flush_all()
        with patch.object(self.env.registry["crm.bcc.dropbox.email"], "_process"):
            emails[0].with_user(self.sam).action_retry()
        emails[1].write({"state": "pending", "next_try": False, "tries": 0})
        self.env.invalidate_all()
        self.assertEqual(emails.mapped("state"), ["pending"] * 2)
        self.assertTrue(emails[0].next_try)
        self._run()
        self.assertEqual(emails.mapped("state"), ["captured"] * 2)

    def test_job_is_never_switched_off(self):
        """Our jobs log errors instead of raising them, because Odoo deactivates jobs that fail for a week."""
        token = self.sam.bcc_dropbox_ids.token_ids.token
        for model, cron, method in (
            ("crm.bcc.dropbox.email", "_cron_retry", "_retry_pending"),
            ("crm.bcc.dropbox.health", "_cron_notify_managers", "_notify_managers"),
        ):
            with (
                self.subTest(model),
                patch.object(self.env.registry[model], method, side_effect=RuntimeError(f"bad bcc-{token}")),
                patch.object(self.env.cr, "rollback") as rollback,
                self.assertLogs("odoo.addons.crm_bcc_dropbox.tools.scheduled_action", "WARNING") as logs,
            ):
                getattr(self.env[model], cron)()
            rollback.assert_called_once()
            self.assertIn("RuntimeError", str(logs.output))
            self.assertNotIn(token, str(logs.output))

    def test_mail_of_long_ago(self):
        """After 24.8 days, its duration in milliseconds exceeds the range of the column."""
        emails = self._leave_behind("Offer 1", "Offer 2")
        emails[1].reason_code = "error"
        self.env.flush_all()
        self.env.cr.execute("UPDATE crm_bcc_dropbox_email SET create_date = create_date - interval '40 days'")
        self.env.invalidate_all()
        for email in emails:
            email.with_user(self.sam).action_retry()
            self.env.invalidate_all()
            self.assertRow(email, "captured")
            self.assertFalse(email.duration, "it says nothing of the speed")
            self.assertIn("1 month", email.with_user(self.sam).explanation)
