from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase


@tagged("post_install", "-at_install")
class TestToursToDo(ScreenCase):
    """What salespeople do with emails that were not logged, as the user with the lowest rights."""

    def _open(self, path, tour):
        self.start_tour(f"/odoo/{path}", tour, login="own")
        self.env.invalidate_all()

    def test_to_do(self):
        """The number leads to the emails; a suggestion logs one; Undo takes that back."""
        emails = self._receive_emails("Price list", "Delivery dates", "Terms of payment")
        self._open("crm", "bcc_dropbox_to_do")
        self.assertEqual(
            {email.subject: email.state for email in emails},
            {"Price list": "captured", "Delivery dates": "captured", "Terms of payment": "failed"},
        )

    def test_menu(self):
        self._receive_emails("Price list", "Terms of payment")
        self._open("crm", "bcc_dropbox_to_do_menu")

    def test_nothing_to_do(self):
        self._receive_emails("Delivery dates")
        self._open("captured-emails", "bcc_dropbox_nothing_to_do")

    def test_waiting(self):
        email = self._receive_emails("Price list")
        lead = self.env["crm.lead"].search([("email_from", "=", "toni.rhodes@jackson.example")])
        self._open(f"crm/{lead.id}", "bcc_dropbox_waiting_unknown")
        email.is_from_owner = True  # those of unknown senders are not logged unseen
        self._open(f"crm/{lead.id}", "bcc_dropbox_waiting")
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids._get_filed_record(), lead)


@tagged("post_install", "-at_install")
class TestToursToDoKeyboard(ScreenCase):
    """On a desktop: many at once, and without a mouse."""

    def test_bulk(self):
        emails = self._receive_emails("Price list", "Terms of payment")
        self.start_tour("/odoo/captured-emails", "bcc_dropbox_to_do_bulk", login="own")
        self.env.invalidate_all()
        self.assertEqual(emails.mapped("state"), ["failed", "refused"])
        self.assertEqual(emails.mapped("active"), [False, False])

    def test_keyboard(self):
        emails = self._receive_emails("Price list", "Terms of payment")
        self.start_tour("/odoo/captured-emails", "bcc_dropbox_to_do_keyboard", login="own")
        self.env.invalidate_all()
        self.assertEqual(emails.mapped("state"), ["captured", "refused"])
        self.assertEqual(emails.mapped("active"), [True, False])


@tagged("post_install", "-at_install")
class TestToursToDoPhone(PhoneCase, TestToursToDo):
    """The same screens on a phone."""
