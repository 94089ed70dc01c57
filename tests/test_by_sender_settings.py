"""The option *Mailbox for BCC Copies* of incoming mail servers, and what administrators and users see of it."""

from odoo.exceptions import ValidationError
from odoo.tests import Form

from .common import tagged
from .test_by_sender import HOST, MAILBOX, PARAMETER
from .test_health import HealthCommon


@tagged("post_install", "-at_install")
class TestBySenderSettings(HealthCommon):
    """The option of the incoming mail server, and what administrators and users see of it."""

    def _fill(self, **values):
        """Return the form of a new incoming mail server, filled in by an administrator."""
        form = Form(self.env["fetchmail.server"].with_user(self.ada), view="mail.view_email_server_form")
        login = {"server": "imap.acme.example", "user": MAILBOX, "password": "secret"}
        for name, value in {"name": "Copies", **login, **values}.items():
            form[name] = value
        return form

    def _create_mailbox(self, **values):
        self.parameters.set_param(PARAMETER, HOST)
        return self._create_server("Copies", **{"user": MAILBOX, "bcc_dropbox_by_sender": True, **values})

    def test_form(self):
        self.parameters.set_param(PARAMETER, HOST)
        form = self._fill()
        self.assertFalse(form.bcc_dropbox_by_sender, "off by default")
        self.assertFalse(form._get_modifier("object_id", "invisible"))
        form.bcc_dropbox_by_sender = True
        self.assertTrue(form._get_modifier("object_id", "invisible"))
        self.assertTrue(form.save().bcc_dropbox_by_sender)
        arch = self.env["fetchmail.server"].get_view(self.env.ref("mail.view_email_server_form").id)["arch"]
        self.assertIn("Anyone who can send verified emails from a user's address", arch)

    def test_needs_a_trusted_server(self):
        for host in ("", "not a @ host"):
            self.parameters.set_param(PARAMETER, host)
            form = self._fill(bcc_dropbox_by_sender=True)
            with self.assertRaisesRegex(ValidationError, "First enter one in Settings"):
                form.save()

    def test_keeps_the_trusted_server(self):
        server = self._create_mailbox()
        with self.assertRaisesRegex(ValidationError, "copies@acme.example needs a trusted server"):
            self._save(bcc_dropbox_authentication_host=False)
        self._save(bcc_dropbox_authentication_host="mx2.example")
        server.bcc_dropbox_by_sender = False
        self._save(bcc_dropbox_authentication_host=False)

    def test_settings_stay_usable_without_one(self):
        """If the parameter was emptied, other settings can still be saved."""
        self._create_mailbox()
        self.parameters.set_param(PARAMETER, False)
        self._save(bcc_dropbox_max_recipients=7)

    def test_health(self):
        self.assertCheck("unclaimed", "ok", "No emails are left")
        server = self._create_mailbox()
        Poll = self.env["crm.bcc.dropbox.poll"]
        Poll.create({"server_id": server.id, "key": "1", "state": "failed"})
        self.assertCheck("unclaimed", "ok", "No emails are left")
        Poll.create({"server_id": server.id, "key": "2", "state": "unclaimed"})
        self.assertCheck("unclaimed", "warning", "copies: 1.", "crm_bcc_dropbox.crm_bcc_dropbox_poll_action")
        self.assertNotIn("unclaimed", [check.key for check in self.Health._get_alarms()], "they may be spam")
        self.parameters.set_param(PARAMETER, False)
        self.assertCheck("unclaimed", "error", "Nothing is logged from Copies", "mail.action_email_server_tree")
        self.assertIn("unclaimed", [check.key for check in self.Health._get_alarms()])
        server.active = False
        self.assertCheck("unclaimed", "ok", "No emails are left")

    def test_address_check(self):
        self.env["res.company"].search([]).alias_domain_id = False
        step = "crm_bcc_dropbox.crm_bcc_dropbox_setup_action"
        self.assertCheck("address", "missing", "Users have no address yet", step)
        self._create_mailbox()
        self.assertCheck("address", "ok", "Users add copies@acme.example to Bcc")

    def _read_mailbox(self, user, reader=None):
        [values] = self._call(reader or user, user, "read", ["bcc_dropbox_mailbox"])
        return values["bcc_dropbox_mailbox"]

    def test_preferences(self):
        """Users see the address of the mailbox, and no hint that an address is missing."""
        self.assertFalse(self._read_mailbox(self.sam))
        server = self._create_mailbox()
        self.assertEqual(self._read_mailbox(self.sam), MAILBOX)
        self.assertEqual(self._read_mailbox(self.sam, self.boss), MAILBOX)
        self.assertFalse(self._read_mailbox(self.clerk), "no permission")
        self.assertTrue(self.sam.bcc_dropbox_address)
        self.company.alias_domain_id = False
        self.env.invalidate_all()
        self.assertFalse(self.sam.with_user(self.sam).bcc_dropbox_address)
        self.assertFalse(self.sam.with_user(self.sam).bcc_dropbox_missing)
        for values in ({"user": "copies"}, {"user": MAILBOX, "state": "draft"}, {"state": "done", "active": False}):
            server.write(values)
            self.env.invalidate_all()
            self.assertFalse(self._read_mailbox(self.sam), values)
        server.active = True
        self.parameters.set_param(PARAMETER, False)
        self.env.invalidate_all()
        self.assertFalse(self._read_mailbox(self.sam), "nothing would be logged")
