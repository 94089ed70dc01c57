from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase


@tagged("post_install", "-at_install")
class TestTours(ScreenCase):
    """The screens, in a browser, as the user they are made for."""

    def test_preferences(self):
        self.start_tour(f"/odoo/my-preferences/{self.own.id}", "bcc_dropbox_preferences", login="own")
        self.env.invalidate_all()
        self.assertEqual(self.own.bcc_dropbox_create, "contact")
        self.assertEqual(
            self.own.bcc_dropbox_sender_ids.mapped("email_normalized"), ["own@acme.example", "own@home.example"]
        )

    def test_preferences_menu(self):
        """As most people come to their preferences; employees have a form of their own there when hr is installed."""
        if "hr.employee" in self.env:
            self.env["hr.employee"].create({"name": self.own.name, "user_id": self.own.id})
            action = self.env["res.users"].with_user(self.own).action_get()
            self.assertEqual(action["xml_id"], "hr.res_users_action_my")
        self.start_tour("/odoo/crm", "bcc_dropbox_preferences_menu", login="own")
        self.env.invalidate_all()
        self.assertEqual(self.own.bcc_dropbox_create, "contact")


@tagged("post_install", "-at_install")
class TestToursPhone(PhoneCase, TestTours):
    """The same screens on a phone."""
