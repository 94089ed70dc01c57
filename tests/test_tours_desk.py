from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase


@tagged("post_install", "-at_install")
class TestToursDesk(ScreenCase):
    """The list of captured emails with the email beside it, on a phone one after the other."""

    def test_desk(self):
        self._receive_emails()
        self.start_tour("/odoo/all-captured-emails", "bcc_dropbox_desk", login="own")


@tagged("post_install", "-at_install")
class TestToursDeskPhone(PhoneCase, TestToursDesk):
    """The same screens on a phone."""


@tagged("post_install", "-at_install")
class TestToursDeskWide(ScreenCase):
    """What there is on a desktop only."""

    def test_undo(self):
        email = self._receive_emails("Delivery dates")
        self.start_tour("/odoo/all-captured-emails", "bcc_dropbox_desk_undo", login="own")
        self.env.invalidate_all()
        self.assertRow(email, "unmatched", "Removed by")

    def test_keyboard(self):
        self._receive_emails()
        self.start_tour("/odoo/all-captured-emails", "bcc_dropbox_desk_keyboard", login="own")

    def test_groups(self):
        self._receive_emails()
        self.start_tour("/odoo/all-captured-emails", "bcc_dropbox_desk_groups", login="own")

    def test_many(self):
        email = self._receive_emails("Visit on Thursday")
        self.env.flush_all()
        # SQL: ten thousand emails by the gateway would take minutes
        self.env.cr.execute(
            """
            INSERT INTO crm_bcc_dropbox_email
                   (dropbox_id, user_id, fingerprint, date, subject, email_from, email_to, direction, state, active,
                    recipients, customer_email, create_date)
            SELECT dropbox_id, user_id, 'many ' || number, date, 'Email ' || number, email_from, email_to, direction,
                   state, active, recipients, customer_email, create_date
              FROM crm_bcc_dropbox_email, generate_series(1, 10000) AS number
             WHERE id = %s
            """,
            email.ids,
        )
        self.env.invalidate_all()
        self.start_tour("/odoo/all-captured-emails", "bcc_dropbox_desk_many", login="own")
