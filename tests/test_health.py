from ast import literal_eval
from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Command

from .common import tagged
from .test_config_settings import SettingsCommon

NOW = fields.Datetime.now
SETUP = "crm_bcc_dropbox.crm_bcc_dropbox_setup_action"


class HealthCommon(SettingsCommon):
    """No email was captured yet, and none can be fetched."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["fetchmail.server"].search([]).unlink()
        cls.env["crm.bcc.dropbox.email"].search([]).unlink()
        cls.env["res.company"].search([]).alias_domain_id = cls.domain
        cls.cron = cls.env.ref("mail.ir_cron_mail_gateway_action")
        cls.cron.write({"interval_number": 1, "interval_type": "minutes"})
        # as a user who may open the settings, but reads no emails
        cls.env.ref("base.group_system").implied_ids -= cls.manager_group
        cls.Health = cls.env["crm.bcc.dropbox.health"].with_user(cls.ada)

    @classmethod
    def _create_server(cls, name="Mailbox", **values):
        return cls.env["fetchmail.server"].create(
            {"name": name, "server_type": "imap", "state": "done", "date": NOW(), **values}
        )

    def _create_mail(self, state="captured", age=timedelta(), **values):
        type(self).mail_count += 1
        email = self.env["crm.bcc.dropbox.email"].create(
            {
                "dropbox_id": self.dropbox.id,
                "user_id": self.sam.id,
                "fingerprint": f"<{self.mail_count}@laptop.example>",
                "state": state,
                "duration": 40,
                **values,
            }
        )
        self.env.flush_all()
        # SQL: the ORM sets this date itself
        self.env.cr.execute("UPDATE crm_bcc_dropbox_email SET create_date = %s WHERE id = %s", [NOW() - age, email.id])
        email.invalidate_recordset()
        return email

    def assertCheck(self, key, state, text, link=""):
        """Check the state and the text of one check."""
        self.env.invalidate_all()
        (check,) = [check for check in self.Health._get_checks() if check.key == key]
        self.assertEqual(check.state, state, check.text)
        self.assertIn(text, check.text)
        self.assertEqual(check.action, link)
        if link:
            self.assertTrue(self.Health._get_action_name(link))

    def assertListed(self, emails, link):
        """Check that the list of a check shows the emails that it counted, and no others."""
        domain = literal_eval(self.env.ref(link).domain)
        self.assertEqual(self.env["crm.bcc.dropbox.email"].search(domain), emails.sorted("id", reverse=True))


@tagged("post_install", "-at_install")
class TestHealth(HealthCommon):
    """The checks in the settings, about incoming mail and captured emails."""

    # ------------------------------------------------------------
    # INCOMING MAIL
    # ------------------------------------------------------------

    def test_address(self):
        self.assertCheck("address", "ok", "acme.example")
        self.far.company_id.alias_domain_id = False
        self.assertCheck("address", "warning", "Elsewhere", "base.action_res_company_form")
        self.env["res.company"].search([]).alias_domain_id = False
        self.assertCheck("address", "missing", "Users have no address yet", SETUP)
        self.parameters.set_param("crm_bcc_dropbox.mailbox", "crm@acme.example")
        self.assertCheck("address", "ok", "crm@acme.example")

    def test_no_incoming_mail(self):
        servers = "mail.action_email_server_tree"
        self.assertCheck("incoming", "missing", "Emails can't reach Odoo yet", f"{SETUP}_connect")
        self._create_server(state="draft", date=False)
        self.assertCheck("incoming", "missing", "doesn't fetch emails yet: open Mailbox", servers)
        self._create_mail()
        self.assertCheck("incoming", "ok", "Your mail server delivers straight to Odoo.")

    def test_delivered_mail(self):
        step = "crm_bcc_dropbox.crm_bcc_dropbox_setup_action_connect"
        self.assertCheck("incoming", "missing", "Emails can't reach Odoo yet", step)
        self._create_mail(delivered_by="odoo-bcc-receiver/1.2", age=timedelta(days=8))
        self.assertCheck("incoming", "warning", "by odoo-bcc-receiver 1.2. If emails don't arrive, run", step)
        self._create_mail(delivered_by="odoo-bcc-receiver/1.3")
        self._create_mail()
        self.assertCheck("incoming", "ok", "by odoo-bcc-receiver 1.3.")
        self._create_mail(delivered_by="odoo_bcc_mailgate")
        self.assertCheck("incoming", "ok", "by odoo_bcc_mailgate.")
        self._create_server()
        self.assertCheck("incoming", "ok", "Odoo fetches emails from Mailbox")

    def test_fetched_mail(self):
        server = self._create_server()
        self.assertCheck("incoming", "ok", "Odoo fetches emails from Mailbox")
        server.date = NOW() - timedelta(minutes=20)
        self.assertCheck("incoming", "error", "hasn't fetched emails since", "base.ir_cron_act")
        server.date = False
        self.assertCheck("incoming", "ok", "Odoo fetches emails from Mailbox")
        self.cron.interval_number = 10
        self.assertCheck("incoming", "warning", "wait up to 10 minutes")
        self.cron.active = False
        self.assertCheck("incoming", "error", "activate the scheduled action", "base.ir_cron_act")

    def test_failing_server(self):
        servers = "mail.action_email_server_tree"
        self._create_server(error_date=NOW(), error_message="Login failed for crm")
        self.assertCheck("incoming", "error", "can't fetch emails from Mailbox", servers)
        self._create_server("Second")
        self.assertCheck("incoming", "warning", "can't fetch emails from Mailbox", servers)

    def test_archived_server_does_not_count(self):
        self._create_server(active=False)
        self.assertCheck("incoming", "missing", "Emails can't reach Odoo yet", f"{SETUP}_connect")

    # ------------------------------------------------------------
    # CAPTURED MAILS
    # ------------------------------------------------------------

    def test_last_mail(self):
        self.assertCheck("last_mail", "warning", "No email has arrived yet", f"{SETUP}_test")
        self._create_mail(age=timedelta(days=8))
        self.assertCheck("last_mail", "warning", "Test your own BCC address", f"{SETUP}_test")
        self._create_mail()
        self.assertCheck("last_mail", "ok", "The last email arrived")

    def test_duration(self):
        self.assertCheck("duration", "ok", "No emails in the last 7 days")
        self._create_mail(duration=900_000, age=timedelta(days=8))
        self._create_mail(duration=100)
        self._create_mail(duration=300)
        self.assertCheck("duration", "ok", "200 ms")
        self._create_mail(duration=600_000)
        self.assertCheck("duration", "warning", "200 seconds")

    def test_refused_and_failed(self):
        for state, old, result, text in [
            ("refused", {"age": timedelta(days=8)}, "warning", "Rejected in the last 7 days: 2"),
            ("refused", {"reasons": [["only_excluded", {}]]}, "warning", "Rejected in the last 7 days: 2"),
            ("failed", {"raw": False}, "error", "Failed: 2"),
        ]:
            with self.subTest(state=state, old=old):
                self.env["crm.bcc.dropbox.email"].search([("state", "=", state)]).unlink()
                self._create_mail(state, **old)
                self.assertCheck(state, "ok", "No ")
                emails = self._create_mail(state, raw=b"SGVsbG8=") + self._create_mail(state, raw=b"SGVsbG8=")
                link = f"crm_bcc_dropbox.crm_bcc_dropbox_email_action_{state}"
                self.assertCheck(state, result, text, link)
                self.assertListed(emails, link)

    def test_pending(self):
        self._create_mail("pending")
        self.assertCheck("pending", "ok", "No emails waiting")
        ahead = NOW() + timedelta(hours=9)
        self._create_mail("pending", age=timedelta(days=1), tries=1, next_try=ahead)
        self.assertCheck("pending", "ok", "No emails waiting")  # except because of the daily limit
        email = self._create_mail("pending", age=timedelta(minutes=16), tries=2, next_try=ahead)
        link = "crm_bcc_dropbox.crm_bcc_dropbox_email_action_pending"
        self.assertCheck("pending", "warning", "15 minutes: 1", link)
        self.assertListed(email, link)
        for next_try in (False, NOW() - timedelta(minutes=16)):
            email += self._create_mail("pending", age=timedelta(minutes=16), next_try=next_try)
        self.assertCheck("pending", "warning", "15 minutes: 3", link)
        self.assertListed(email, link)
        job = self.env.ref("crm_bcc_dropbox.ir_cron_retry")
        job.active = False
        self.assertCheck("jobs", "error", job.name, "base.ir_cron_act")

    # ------------------------------------------------------------
    # PANEL
    # ------------------------------------------------------------

    def test_panel(self):
        self._create_server("<b>Mailbox</b>")
        panel = self._open().bcc_dropbox_health
        for text in ["Incoming emails", "OK", "&lt;b&gt;Mailbox", "fa-check-circle"]:
            self.assertIn(text, panel)
        self.assertNotIn("Error", panel)
        self._create_mail("failed", raw=b"SGVsbG8=")
        panel = self._open().bcc_dropbox_health
        self.assertIn("Error", panel)
        self.assertIn("/odoo/action-crm_bcc_dropbox.crm_bcc_dropbox_email_action_failed", panel)
        self.assertNotIn("bcc-", panel)

    def test_panel_is_for_administrators(self):
        settings = self.Settings.create({})
        for user in [self.sam, self.clerk, self.boss]:
            self._refuses(user, settings, "read", ["bcc_dropbox_health"])
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                settings.with_user(user).bcc_dropbox_health  # noqa: B018 reading it raises
            for method in ["_get_checks", "_get_missing", "_render_checks", "_get_whom_to_ask"]:
                self._refuses(user, self.Health, method)


@tagged("post_install", "-at_install")
class TestMissing(SettingsCommon):
    """The hint for users while nothing is configured."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["fetchmail.server"].search([]).unlink()
        cls.env["crm.bcc.dropbox.email"].search([]).unlink()
        # the groups of the named administrators
        administrators = cls.env["res.users"].search([("all_group_ids", "in", cls.env.ref("base.group_system").id)])
        (administrators - cls.ada).group_ids = cls.env.ref("base.group_user")

    def _get_hint(self, user):
        """Read the hint like the preferences."""
        return self._call(user, user, "read", ["bcc_dropbox_missing"])[0]["bcc_dropbox_missing"]

    def test_nothing_is_missing(self):
        self.env["fetchmail.server"].create({"name": "Mailbox", "state": "done", "server_type": "pop"})
        for user in [self.sam, self.ada]:
            self.assertFalse(self._get_hint(user))

    def test_what_is_missing(self):
        hint = self._get_hint(self.sam)
        self.assertIn("No email has reached Odoo yet", hint)
        self.assertNotIn("No domain", hint)
        self.company.alias_domain_id = False
        self.assertIn("No domain or mailbox", self._get_hint(self.sam))
        self.parameters.set_param("crm_bcc_dropbox.mailbox", "crm@acme.example")
        self.assertNotIn("No domain", self._get_hint(self.sam))

    def test_what_has_stopped(self):
        self._create_email(self.lea)
        self.assertFalse(self._get_hint(self.sam))
        self.env["fetchmail.server"].create(
            {"name": "Mailbox", "state": "done", "server_type": "pop", "error_date": fields.Datetime.now()}
        )
        self.assertIn("reach Odoo at present", self._get_hint(self.sam))

    def test_who_can_set_it(self):
        hint = self._get_hint(self.sam)
        self.assertIn("Ask Ada Seller to set it up", hint)
        self.assertNotIn("href", hint)
        for login in ["ben", "cleo", "dan"]:
            self._create_user(login, "base.group_system,sales_team.group_sale_manager")
        self.assertIn("Ada Seller, Ben Seller, or Cleo Seller", self._get_hint(self.sam))
        self.env["res.users"].search([("login", "in", ["ada", "ben", "cleo", "dan"])]).active = False
        self.assertIn("Ask your administrator", self._get_hint(self.sam))

    def test_administrators_get_the_link(self):
        self.assertIn(f'href="/odoo/action-{SETUP}"', self._get_hint(self.ada))

    def test_only_for_oneself_and_only_with_the_permission(self):
        self.assertFalse(self._get_hint(self.clerk))
        for user in [self.boss, self.ada]:
            (values,) = self._call(user, self.sam, "read", ["bcc_dropbox_missing"])
            self.assertFalse(values["bcc_dropbox_missing"])
        self.assertFalse(self.sam.with_user(self.lea).sudo().bcc_dropbox_missing)

    def test_in_another_company(self):
        self.far.company_id.alias_domain_id = False
        self.assertIn("No domain", self._get_hint(self.far))
        self.sam.company_ids = [Command.link(self.far.company_id.id)]
        self.assertNotIn("No domain", self._get_hint(self.sam), "their own company counts")
