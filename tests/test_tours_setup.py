from unittest.mock import patch

from odoo.tests import tagged

from ..tools.setup_lines import Access
from .screens import PhoneCase, ScreenCase
from .test_tours_preferences import Echo

ADDON = "odoo.addons.crm_bcc_dropbox"


@tagged("post_install", "-at_install")
class TestToursSetup(ScreenCase):
    """The setup, in a browser, as a new administrator."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ada = cls._create_user("ada", "base.group_system,sales_team.group_sale_manager", name="Ada Okafor")
        cls.env["fetchmail.server"].search([]).unlink()
        cls.env["crm.bcc.dropbox.email"].search([]).unlink()

    def _prepare(self):
        """Undo what the other tests need, and choose what the screenshots show."""
        self.env["res.company"].search([]).alias_domain_id = False
        self.env["ir.mail_server"].create({"name": "smtp.acme.example", "smtp_host": "smtp.acme.example"})
        self._show_address(self.ada)
        self.env["crm.bcc.dropbox"].search([]).told_date = "2026-01-01"
        self.env["crm.bcc.dropbox"].search([("user_id", "in", (self.own + self.lea + self.boss).ids)]).told_date = False
        access = Access("https://odoo.acme.example", "production", "ada")
        setup = self.registry["crm.bcc.dropbox.setup"]
        self.startPatcher(patch.object(setup, "_get_access", lambda _self: access))
        servers = f"{ADDON}.wizard.crm_bcc_dropbox_health_panel.look_up_mail_servers"
        self.startPatcher(patch(servers, lambda domain: [domain]))

    def test_setup(self):
        self._prepare()

        def connect(MailServer, **_options):
            return Echo(MailServer.env["mail.thread"])

        with patch.object(type(self.env["ir.mail_server"]), "_connect__", connect):
            self.start_tour("/odoo/crm", "bcc_dropbox_setup", login="ada")
        self.env.invalidate_all()
        self.assertTrue(self.ada.bcc_dropbox_ids.test_result)
        self.assertTrue(self.lea.bcc_dropbox_ids.told_date)
        self.assertRegex(self.own.bcc_dropbox_address, r"^crm\+bcc-\w{20}@crm\.acme\.example$")

    def test_ways(self):
        """The other ways in, up to what there is to do."""
        self._prepare()
        for way in ("own", "microsoft", "mailbox"):
            with self.subTest(way=way):
                self.start_tour("/odoo/crm", f"bcc_dropbox_setup_{way}", login="ada")

    def test_dismiss(self):
        self.start_tour("/odoo/crm", "bcc_dropbox_setup_dismiss", login="ada")
        self.assertTrue(self.env["ir.config_parameter"].get_param("crm_bcc_dropbox.setup_dismissed"))

    def test_salesperson(self):
        self.start_tour("/odoo/crm", "bcc_dropbox_setup_salesperson", login="own")

    def test_link(self):
        link = f"/odoo/action-crm_bcc_dropbox.res_users_action_bcc_dropbox/{self.own.id}"
        self.start_tour(link, "bcc_dropbox_setup_link", login="own")


@tagged("post_install", "-at_install")
class TestToursSetupPhone(PhoneCase, TestToursSetup):
    """The same screens on a phone."""
