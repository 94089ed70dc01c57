from odoo.fields import Command
from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase


@tagged("post_install", "-at_install")
class TestTours(ScreenCase):
    """The preferences, in a browser, as the salesperson with the lowest rights."""

    def _open_preferences(self, tour):
        self.start_tour("/odoo/crm", tour, login="own")
        self.env.invalidate_all()

    def test_preferences(self):
        self._receive_emails()
        with self.mock_mail_gateway():
            self.own.with_user(self.own).bcc_dropbox_sender_ids = [Command.create({"email": "owen@clarke.example"})]
        self._open_preferences("bcc_dropbox_preferences")
        self.assertEqual(self.own.bcc_dropbox_create, "contact")
        self.assertEqual(
            set(self.own.bcc_dropbox_sender_ids.mapped("email_normalized")),
            {"owen@acme.example", "owen@clarke.example", "owen@home.example"},
        )

    def test_unconfirmed(self):
        """Without a confirmed address all emails would be rejected, and the page says so."""
        self.own.bcc_dropbox_sender_ids.verified = False
        with self.mock_mail_gateway():
            self._open_preferences("bcc_dropbox_unconfirmed")
            self.assertEqual(self._mails[0]["email_to"], ["owen@acme.example"])

    def test_preferences_missing(self):
        """Without a domain there is no address, and the page says so."""
        self.company.alias_domain_id = False
        self._open_preferences("bcc_dropbox_preferences_missing")

    def test_preferences_administrator(self):
        self._create_user("ada", "base.group_system,sales_team.group_sale_manager")
        self.company.alias_domain_id = False
        self.start_tour("/odoo/crm", "bcc_dropbox_preferences_administrator", login="ada")

    def test_new_address(self):
        self._receive_emails()
        old = self.own.bcc_dropbox_address
        self._open_preferences("bcc_dropbox_new_address")
        self.assertNotEqual(self.own.bcc_dropbox_address, old)
        self.assertRow(self._capture(user=self.own, dropbox=old), "refused", "replaced")

    def test_preferences_menu(self):
        """Through the user menu, like most users; with hr installed, employees have a different form there."""
        if "hr.employee" in self.env:
            self.env["hr.employee"].create({"name": self.own.name, "user_id": self.own.id})
            action = self.env["res.users"].with_user(self.own).action_get()
            self.assertEqual(action["xml_id"], "hr.res_users_action_my")
        self.start_tour("/odoo/crm", "bcc_dropbox_preferences_menu", login="own")
        self.env.invalidate_all()
        self.assertEqual(self.own.bcc_dropbox_create, "contact")


@tagged("post_install", "-at_install")
class TestMenu(ScreenCase):
    def test_menu(self):
        """Users of a dropbox have an app for their emails, whether they use CRM or not."""
        self.clerk.group_ids += self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        self._show_address(self.clerk)
        self._receive_emails("Holiday plans", user=self.clerk)
        self.start_tour("/odoo", "bcc_dropbox_menu", login="clerk")
        menu = self.env.ref("crm_bcc_dropbox.crm_bcc_dropbox_email_menu_root")
        for user, is_shown in [(self.clerk, True), (self.own, True), (self.boss, True), (self.lea, True)]:
            with self.subTest(user=user.login):
                self.assertEqual(menu.id in self.env["ir.ui.menu"].with_user(user).load_menus(False), is_shown)
        self.clerk.group_ids -= self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        self.assertNotIn(menu.id, self.env["ir.ui.menu"].with_user(self.clerk).load_menus(False))


@tagged("post_install", "-at_install")
class TestToursPhone(PhoneCase, TestTours):
    """The same screens on a phone."""
