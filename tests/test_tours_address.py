from odoo.tests import tagged

from ..models.crm_bcc_dropbox import USER_GROUP
from .screens import PhoneCase, ScreenCase


@tagged("post_install", "-at_install")
class TestToursAddress(ScreenCase):
    """Where users find their BCC address, in a browser, as the salesperson with the lowest rights."""

    def _open(self, path, tour, login="own"):
        self.start_tour(f"/odoo/{path}", f"bcc_dropbox_address_{tour}", login=login)

    def test_menu(self):
        self._open("crm", "menu")

    def test_palette(self):
        self._open("crm", "palette")

    def test_refused(self):
        self._open("crm", "refused")

    def test_old_browser(self):
        self._open("crm", "old_browser")

    def test_list(self):
        self._receive_emails("Visit on Thursday", "Delivery dates")
        self._open("all-captured-emails", "list")

    def test_empty(self):
        self._open("all-captured-emails", "empty")

    def test_missing(self):
        self.company.alias_domain_id = False
        for path, tour in (("all-captured-emails", "missing"), ("crm", "menu_missing")):
            self._open(path, tour)

    def test_archived(self):
        """A user whose address a manager archived asks the administrator."""
        self.own.bcc_dropbox_ids.with_user(self.boss).action_archive()
        self._open("crm", "menu_missing")

    def test_administrator(self):
        self._create_user("ada", "base.group_system,sales_team.group_sale_manager")
        self.company.alias_domain_id = False
        self._open("crm", "administrator", login="ada")

    def test_exposed(self):
        self._receive_emails("Visit on Thursday")
        self._capture(user=self.own, to=f"{self.own.bcc_dropbox_address}, Carla@customer.example")
        self.assertTrue(self.own.bcc_dropbox_leak)
        self._open("all-captured-emails", "exposed")

    def test_without_permission(self):
        self.env.ref("sales_team.group_sale_salesman").implied_ids -= self.env.ref(USER_GROUP)
        self.assertFalse(self.lea.has_group(USER_GROUP))
        self._open("crm", "forbidden", login="lea")

    def test_report(self):
        self._receive_emails("Visit on Thursday", "Delivery dates")
        self._open("captured-emails-analysis", "report", login="boss")


@tagged("post_install", "-at_install")
class TestToursAddressPhone(PhoneCase, TestToursAddress):
    """The same screens on a phone."""
