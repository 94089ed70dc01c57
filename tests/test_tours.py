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


@tagged("post_install", "-at_install")
class TestToursPhone(PhoneCase, TestTours):
    """The same screens on a phone."""
