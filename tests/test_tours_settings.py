from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase


@tagged("post_install", "-at_install")
class TestToursSettings(ScreenCase):
    """The screens of administrators and managers, in a browser."""

    def test_settings(self):
        self._create_user("ada", "base.group_system,sales_team.group_sale_manager")
        self._receive_emails("Offer for your new office", "Price list")
        self.start_tour("/odoo/action-crm.crm_config_settings_action", "bcc_dropbox_settings", login="ada")
        self.env.invalidate_all()
        parameters = self.env["ir.config_parameter"]
        self.assertEqual(parameters.get_param("crm_bcc_dropbox.mailbox"), "crm@acme.example")
        self.assertEqual(parameters.get_param("crm_bcc_dropbox.max_attachment_mb"), "25")
        self.assertEqual(parameters.get_param("crm_bcc_dropbox.authentication"), "require")
        self.assertEqual(parameters.get_param("crm_bcc_dropbox.authentication_host"), "mx.acme.example")
        self.assertTrue(self.clerk.has_group("crm_bcc_dropbox.group_bcc_dropbox_user"))
        self.assertRegex(self.clerk.bcc_dropbox_address, r"^crm\+bcc-\w{20}@acme\.example$")

    def test_dropboxes(self):
        old = self.own.bcc_dropbox_address
        self._receive_emails("Delivery dates", "Price list", "Height-adjustable desks")
        self._receive_emails("Offer, second version", user=self.lea)
        self.start_tour("/odoo/action-crm_bcc_dropbox.crm_bcc_dropbox_action", "bcc_dropbox_dropboxes", login="boss")
        self.env.invalidate_all()
        self.assertFalse(self.own.with_context(active_test=False).bcc_dropbox_ids.active)
        self.assertRow(self._capture(dropbox=old), "refused", "archived")
        self.assertTrue(self.lea.bcc_dropbox_address)

    def test_user(self):
        self._create_user("ada", "base.group_erp_manager,crm_bcc_dropbox.group_bcc_dropbox_manager")
        self.env["crm.bcc.dropbox.exclusion"].create({"pattern": "dr.miller@clinic.example", "user_id": self.own.id})
        self.start_tour(f"/odoo/users/{self.own.id}", "bcc_dropbox_user", login="ada")
        self.env.invalidate_all()
        patterns = self.own.bcc_dropbox_exclusion_ids.mapped("pattern")
        self.assertEqual(patterns, ["*.bank.example", "dr.miller@clinic.example"])


@tagged("post_install", "-at_install")
class TestToursSettingsPhone(PhoneCase, TestToursSettings):
    """The same screens on a phone."""
