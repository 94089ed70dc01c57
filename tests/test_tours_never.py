from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase


@tagged("post_install", "-at_install")
class TestToursNever(ScreenCase):
    """The screens about what is never logged, each as the user with the lowest access rights that suffice."""

    def _exclude(self, pattern, user=None):
        exclusion = self.env["crm.bcc.dropbox.exclusion"].create({"pattern": pattern, "user_id": user and user.id})
        self.env.flush_all()
        return exclusion

    def _get_patterns(self, user=None):
        self.env.invalidate_all()
        return self.env["crm.bcc.dropbox.exclusion"].search([("user_id", "=", user and user.id)]).mapped("pattern")

    def test_never(self):
        email = self._receive_emails("Delivery dates")
        self.start_tour(f"/odoo/captured-emails/{email.id}", "bcc_dropbox_never", login="own")
        self.assertEqual(self._get_patterns(self.own), ["friend@gmail.com", "lorraine@lumber.example"])
        self.assertEqual(email.line_ids.filtered("res_id").email, "jesse.brown@gemini.example")

    def test_excluded(self):
        self._exclude("gemini.example", self.own)
        self._exclude("lorraine@lumber.example")
        email = self._receive_emails("Delivery dates")
        self.start_tour(f"/odoo/captured-emails/{email.id}", "bcc_dropbox_excluded", login="own")

    def test_preferences(self):
        self._exclude("dr.miller@clinic.example", self.own)
        self.start_tour("/odoo/crm", "bcc_dropbox_exclusions", login="own")
        self.assertEqual(self._get_patterns(self.own), ["*.bank.example", "dr.miller@clinic.example", "gmail.com"])

    def test_manager(self):
        self._exclude("*.bank.example")
        self._exclude("dr.miller@clinic.example", self.own)
        action = "/odoo/action-crm_bcc_dropbox.crm_bcc_dropbox_exclusion_action"
        self.start_tour(action, "bcc_dropbox_exclusions_manager", login="boss")
        self.assertEqual(self._get_patterns(), ["*.bank.example", "payroll@wages.example"])

    def test_settings(self):
        self._create_user("ada", "base.group_system,sales_team.group_sale_manager")
        self._exclude("*.bank.example")
        settings = "/odoo/action-crm.crm_config_settings_action"
        self.start_tour(settings, "bcc_dropbox_exclusions_settings", login="ada")


@tagged("post_install", "-at_install")
class TestToursNeverPhone(PhoneCase, TestToursNever):
    """The same screens on a phone."""
