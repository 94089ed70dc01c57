import importlib.util
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from odoo import fields

from .common import tagged
from .test_health import NOW, HealthCommon

DAY = timedelta(days=1)


@tagged("post_install", "-at_install")
class TestAlarm(HealthCommon):
    """Managers are notified of problems: once a day, in their language, in Odoo only."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parameters = cls.env["ir.config_parameter"].sudo()
        cls.parameters.set_param("crm_bcc_dropbox.alarm_told", False)
        cls.server = cls._create_server()

    def _run_job(self, times=1):
        self.env.flush_all()
        for _time in range(times):
            self.env["crm.bcc.dropbox.health"]._cron_notify_managers()
        self.env.invalidate_all()

    def _get_alarms(self, user):
        """Texts that OdooBot wrote to a user, the newest first."""
        chats = self.env["discuss.channel"].search(
            [("channel_type", "=", "chat"), ("channel_member_ids.partner_id", "=", user.partner_id.id)]
        )
        bot = self.env.ref("base.partner_root")
        return chats.message_ids.filtered(lambda message: message.author_id == bot).mapped("body")

    def _create_poll(self, state="failed", age=timedelta(hours=1), **values):
        poll = self.env["crm.bcc.dropbox.poll"].create(
            {"server_id": self.server.id, "key": f"1:{age}{state}", "state": state, "next_try": NOW(), **values}
        )
        self.env.flush_all()
        # SQL: the ORM sets this date itself
        self.env.cr.execute("UPDATE crm_bcc_dropbox_poll SET create_date = %s WHERE id = %s", [NOW() - age, poll.id])
        poll.invalidate_recordset()
        return poll

    def assertAlarm(self, *texts, link=""):
        """Check that managers are notified of something, and nobody else."""
        self.parameters.set_param("crm_bcc_dropbox.alarm_told", False)
        before = len(self._get_alarms(self.boss))
        with self.assertSilentMail():
            self._run_job()
        alarms = self._get_alarms(self.boss)
        self.assertEqual(len(alarms), before + bool(texts), alarms)
        for text in texts:
            self.assertIn(text, alarms[0])
        if link:
            self.assertIn(f'href="/odoo/action-{link}"', alarms[0])
        for user in (self.sam, self.clerk):
            self.assertFalse(self._get_alarms(user))

    def assertSilentMail(self):
        """Check that no email is sent; unlike for captured emails, notifications in Odoo are allowed."""
        return patch("smtplib.SMTP.connect", side_effect=AssertionError("SMTP"))

    # ------------------------------------------------------------
    # PROBLEMS
    # ------------------------------------------------------------

    def test_all_is_well(self):
        self._create_mail()
        self._create_mail("refused")
        self._create_mail("pending")
        self.assertAlarm()
        self.assertFalse(self.parameters.get_param("crm_bcc_dropbox.alarm_told"))

    def test_failed(self):
        self._create_mail("failed", age=timedelta(days=40))
        self.assertAlarm()  # without its original, it can't be retried
        self._create_mail("failed", raw=b"SGVsbG8=")
        link = "crm_bcc_dropbox.crm_bcc_dropbox_email_action_failed"
        self.assertAlarm("Failed: 1", link=link)

    def test_waiting(self):
        late = timedelta(minutes=16)
        self._create_mail("pending", age=timedelta(minutes=14), tries=3, next_try=NOW() + DAY)
        self._create_mail("pending", age=late, tries=0, next_try=NOW() + DAY)  # on purpose
        self._create_mail("pending", age=late, tries=1, next_try=NOW())
        self.assertAlarm()
        self._create_mail("pending", age=late, tries=2, next_try=NOW() + timedelta(hours=2))
        self._create_mail("pending", age=DAY, tries=1, next_try=NOW() - late)
        self._create_mail("pending", age=DAY, tries=0, next_try=False)
        link = "crm_bcc_dropbox.crm_bcc_dropbox_email_action_pending"
        self.assertAlarm("more than 15 minutes: 3", link=link)

    def test_left_on_the_server(self):
        self._create_poll("failed", age=timedelta(minutes=5))
        self._create_poll("begun", age=timedelta(minutes=5))
        self.assertAlarm()
        self.assertCheck("left", "ok", "No emails left to process.")
        self._create_poll("failed", reason="RuntimeError: bad")
        self._create_poll("begun")
        self._create_poll("too_large", age=timedelta())
        servers = "mail.action_email_server_tree"
        self.assertAlarm("couldn't process emails from Mailbox: 3", "Larger than 50 MB: 1", link=servers)
        self.assertNotIn("bad", self._get_alarms(self.boss)[0], "an error may quote a mail of someone else")
        self.assertCheck("left", "warning", "Last error: RuntimeError: bad", servers)
        self.server.action_archive()
        self.assertAlarm()

    def test_not_fetching(self):
        late = NOW() - timedelta(minutes=20)
        self.server.error_date = NOW()
        self.assertAlarm()
        self.server.error_date = late
        self.assertAlarm("can't fetch emails from Mailbox", link="mail.action_email_server_tree")
        # core has deactivated it
        self.server.set_draft()
        self.assertAlarm("can't fetch emails from Mailbox")
        self.server.write({"error_date": False, "state": "done"})
        self.cron.active = False
        self.assertAlarm("fetch emails: activate the scheduled action", link="base.ir_cron_act")
        self.server.set_draft()
        self.assertAlarm()

    def test_jobs(self):
        self.assertCheck("jobs", "ok", "All scheduled actions are running")
        for name in ["ir_cron_retry", "ir_cron_alarm"]:
            job = self.env.ref(f"crm_bcc_dropbox.{name}")
            for values in [{"active": False}, {"failure_count": 1}]:
                job.write(values)
                self.assertCheck("jobs", "error", job.name, "base.ir_cron_act")
                self.assertAlarm(job.name, link="base.ir_cron_act")
                job.write({"active": True, "failure_count": 0})
        self.cron.failure_count = 1
        self.assertCheck("jobs", "error", self.cron.name, "base.ir_cron_act")
        self.cron.failure_count = 0
        job.unlink()
        self.assertCheck("jobs", "error", "was deleted")
        self.assertAlarm("was deleted")

    # ------------------------------------------------------------
    # NOTICES
    # ------------------------------------------------------------

    def test_once_a_day(self):
        self._create_mail("failed", raw=b"SGVsbG8=")
        start = NOW()
        told = []
        for minutes in range(0, 3 * 24 * 60, 10):
            with self.freeze(start + timedelta(minutes=minutes)):
                self._run_job()
            told.append(len(self._get_alarms(self.boss)))
        self.assertEqual(told[0], 1)
        self.assertEqual(told[-1], 4)  # 23.5 hours after each other
        self.assertEqual(told[130], 1)

    def freeze(self, moment):
        """Run the job at a given time."""
        return patch.object(fields.Datetime, "now", return_value=moment)

    def test_clock_set_back(self):
        self._create_mail("failed", raw=b"SGVsbG8=")
        self.parameters.set_param("crm_bcc_dropbox.alarm_told", fields.Datetime.to_string(NOW() + 400 * DAY))
        self._run_job()
        self.assertEqual(len(self._get_alarms(self.boss)), 1)

    def test_each_in_their_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"]._load_module_terms(["crm_bcc_dropbox"], ["de_DE"])
        self.boss.lang = "de_DE"
        self.parameters.set_param("crm_bcc_dropbox.mailbox", False)
        self._create_mail("failed", raw=b"SGVsbG8=")
        languages = []

        def get_alarms(health):
            languages.append((health.env.user, health.env.lang))
            return original(health)

        Alarm = self.env.registry["crm.bcc.dropbox.health"]
        original = Alarm._get_alarms
        with patch.object(Alarm, "_get_alarms", get_alarms):
            self._run_job()
        self.assertIn((self.boss, "de_DE"), languages)
        self.assertEqual(len(languages), len(set(languages)))
        self.assertIn("Fehlgeschlagene", self._get_alarms(self.boss)[0])

    def test_names_are_texts(self):
        self.server.name = "<b>Mailbox</b>"
        self._create_poll()
        self.assertAlarm("&lt;b&gt;Mailbox")

    def test_managers_without_dropbox_or_rights(self):
        """Archived managers are not notified; managers with an archived dropbox are."""
        self.boss.sudo().bcc_dropbox_ids.action_archive()
        gone = self._create_user("gone", "crm_bcc_dropbox.group_bcc_dropbox_manager")
        gone.active = False
        self._create_mail("failed", raw=b"SGVsbG8=")
        self.assertAlarm("Failed: 1")
        self.assertFalse(self._get_alarms(gone))

    def test_closed(self):
        for user in [self.sam, self.boss, self.ada]:
            for method in ["_notify_managers", "_get_alarms", "_cron_notify_managers"]:
                self._refuses(user, self.Health, method)

    def test_migration(self):
        """The job formerly ran on a model of its own, and is no longer updated."""
        job = self.env.ref("crm_bcc_dropbox.ir_cron_alarm")
        job.write({"model_id": self.env["ir.model"]._get_id("crm.bcc.dropbox"), "code": "model._cron_tell_managers()"})
        self.env.flush_all()
        self._load_migration("19.0.1.3.0/pre-health.py").migrate(self.env.cr, "19.0.1.2.0")
        self.env.invalidate_all()
        self.assertEqual(job.model_id.model, "crm.bcc.dropbox.health")
        self._create_mail("failed", raw=b"SGVsbG8=")
        job.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(len(self._get_alarms(self.boss)), 1)

    def _load_migration(self, name):
        path = Path(__file__).parents[1] / "migrations" / name
        spec = importlib.util.spec_from_file_location(path.stem.replace("-", "_"), path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module
