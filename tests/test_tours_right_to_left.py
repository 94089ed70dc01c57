from odoo.tests import tagged

from .screens import LanguageCase, PhoneCase


@tagged("post_install", "-at_install")
class TestToursRightToLeft(LanguageCase):
    """Screens are mirrored for right-to-left languages. (The addon has no Arabic translation.)"""

    language = "ar_001"

    def test_preferences(self):
        self._receive_emails()
        self.start_tour("/odoo/crm", "bcc_dropbox_rtl_preferences", login="own")

    def test_emails(self):
        self._receive_emails()
        self.start_tour("/odoo/all-captured-emails", "bcc_dropbox_rtl_emails", login="own")

    def test_chatter(self):
        self._receive_emails("Re: Offer for your new office", "Offer, second version")
        lead = self.env["crm.lead"].search([("name", "=", "Office for 40 people")])
        self.start_tour(f"/odoo/crm/{lead.id}", "bcc_dropbox_rtl_chatter", login="own")

    def test_settings(self):
        self._create_user("ada", "base.group_system,sales_team.group_sale_manager", lang=self.language)
        self._receive_emails("Offer for your new office", "Price list")
        self.start_tour("/odoo/action-crm.crm_config_settings_action", "bcc_dropbox_rtl_settings", login="ada")


@tagged("post_install", "-at_install")
class TestToursRightToLeftPhone(PhoneCase, TestToursRightToLeft):
    """The same screens on a phone."""
