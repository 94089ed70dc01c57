from odoo.tests import HttpCase, tagged

from .common import DropboxCommon


@tagged("post_install", "-at_install")
class TestSettingsTours(DropboxCommon, HttpCase):
    """The screens of administrators, in a browser."""

    def test_settings(self):
        self._create_user("ada", "base.group_system,sales_team.group_sale_manager")
        self.start_tour("/odoo/action-crm.crm_config_settings_action", "bcc_dropbox_settings", login="ada")
        self.env.invalidate_all()
        parameters = self.env["ir.config_parameter"]
        self.assertEqual(parameters.get_param("crm_bcc_dropbox.mailbox"), "crm@acme.example")
        self.assertEqual(parameters.get_param("crm_bcc_dropbox.max_attachment_mb"), "25")
        self.assertTrue(self.clerk.has_group("crm_bcc_dropbox.group_bcc_dropbox_user"))
        self.assertRegex(self.clerk.bcc_dropbox_address, r"^crm\+bcc-\w{20}@acme\.example$")

    def test_list(self):
        old = self.sam.bcc_dropbox_address
        self._capture()
        self._capture(sender="stranger@evil.example")
        self.start_tour("/odoo/action-crm_bcc_dropbox.crm_bcc_dropbox_action", "bcc_dropbox_list", login="boss")
        self.env.invalidate_all()
        self.assertFalse(self.sam.with_context(active_test=False).bcc_dropbox_ids.active)
        self.assertRow(self._capture(dropbox=old), "refused", "archived")
        self.assertTrue(self.lea.bcc_dropbox_address)
