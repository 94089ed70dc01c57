from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase


@tagged("post_install", "-at_install")
class TestToursManagers(ScreenCase):
    """What managers ask, in a browser, each as the user with the lowest access rights that suffice."""

    def test_last_email(self):
        self._receive_emails("Two more chairs", "Height-adjustable desks")
        self.start_tour("/odoo/crm", "bcc_dropbox_last_email", login="own")

    def test_no_email(self):
        self._receive_emails("Visit on Thursday", "Question about the delivery")
        self._receive_emails("Samples are on their way", earlier=5)
        self.start_tour("/odoo/contacts", "bcc_dropbox_no_email", login="own")

    def test_report(self):
        self.env["crm.bcc.dropbox.exclusion"].create({"pattern": "quai-ouest.example", "user_id": self.own.id})
        self._receive_emails()
        self._receive_emails("Visit on Thursday", "Delivery dates", "Question about the delivery", user=self.lea)
        self._receive_emails("Two more chairs", "Offer, second version", user=self.sam)
        self.start_tour("/odoo/emails-per-salesperson", "bcc_dropbox_report", login="boss")

    def test_report_own(self):
        self._receive_emails("Visit on Thursday")
        self._receive_emails("Visit on Thursday", user=self.lea)
        self.start_tour("/odoo/crm", "bcc_dropbox_report_own", login="own")


@tagged("post_install", "-at_install")
class TestToursManagersPhone(PhoneCase, TestToursManagers):
    """The same screens on a phone."""
