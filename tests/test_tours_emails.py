from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase


@tagged("post_install", "-at_install")
class TestToursEmails(ScreenCase):
    """The screens of captured emails, in a browser, each as the user with the lowest access rights that suffice."""

    def _open(self, path, tour, login="own"):
        self.start_tour(f"/odoo/{path}", tour, login=login)
        self.env.invalidate_all()

    def test_emails(self):
        emails = self._receive_emails()
        self._open("all-captured-emails", "bcc_dropbox_emails")
        self.assertEqual(emails.filtered(lambda email: not email.active).mapped("subject"), ["Price list"])

    def test_received(self):
        self._receive_emails()
        self._open("all-captured-emails", "bcc_dropbox_received")

    def test_undo(self):
        email = self._receive_emails("Delivery dates")
        self._open(f"captured-emails/{email.id}", "bcc_dropbox_undo")
        self.assertRow(email, "unmatched", "Removed by")

    def test_adopt(self):
        email = self._receive_emails("Price list")
        with self.mock_mail_gateway():
            self._open(f"captured-emails/{email.id}", "bcc_dropbox_adopt")
            self.assertEqual([sent["email_to"] for sent in self._mails], [["owen@clarke.example"]])
        self.assertRow(email, "captured")
        self.assertFalse(
            self.own.bcc_dropbox_sender_ids.filtered_domain([("email", "=", "owen@clarke.example")]).verified
        )

    def test_create(self):
        email = self._receive_emails("Terms of payment")
        self._open(f"captured-emails/{email.id}", "bcc_dropbox_create")
        self.assertRow(email, "captured")
        self.assertEqual(self.env["crm.lead"].browse(email.line_ids.res_id).email_from, "lorraine@lumber.example")

    def test_move(self):
        email = self._receive_emails("Delivery dates")
        before = [self.env["res.partner"].browse(line.res_id) for line in email.line_ids]
        self._open(f"captured-emails/{email.id}", "bcc_dropbox_move")
        histories = [contact.message_ids.filtered("bcc_dropbox_to") for contact in [self.contact, *before]]
        self.assertEqual([len(messages) for messages in histories], [1, 0, 1])

    def test_file_on(self):
        email = self._receive_emails("Holiday plans")
        self._open(f"captured-emails/{email.id}", "bcc_dropbox_file_on")
        self.assertRow(email, "captured")
        self.assertEqual(self.env["res.partner"].browse(email.line_ids.res_id).name, "Carla Jensen")

    def test_also(self):
        email = self._receive_emails("Visit on Thursday")
        contact = self.env["res.partner"].browse(email.line_ids.res_id)
        names = ["Reception", "Second floor"]
        self.env["crm.lead"].create(
            [
                {"name": name, "type": "opportunity", "partner_id": partner.id, "user_id": self.own.id}
                for name, partner in zip(names, (contact, contact.parent_id), strict=True)
            ]
        )
        self._open(f"captured-emails/{email.id}", "bcc_dropbox_also")
        self.assertEqual([line.record for line in email.with_user(self.own).line_ids], [contact.display_name, names[1]])

    def test_company(self):
        self._receive_emails("Visit on Thursday", "Question about the delivery")
        company = self.env["res.partner"].search([("name", "=", "Azure Interior"), ("is_company", "=", True)])
        self._open(f"contacts/{company.ids[-1]}", "bcc_dropbox_company")

    def test_reporting(self):
        self._receive_emails()
        self._receive_emails("Visit on Thursday", "Delivery dates", "Price list", "Our talk at the fair", user=self.lea)
        self._receive_emails("Colours of the chairs", "Delivery dates", "Samples are on their way", user=self.sam)
        self._receive_emails("Two more chairs", "Question about the delivery", user=self.sam)
        self._receive_emails("Holiday plans", "Delivery dates", "Visit on Thursday", user=self.sam, earlier=3)
        self._open("captured-emails-analysis", "bcc_dropbox_reporting", login="boss")

    def test_chatter(self):
        self._receive_emails("Offer for your new office", "Re: Offer for your new office", "Offer, second version")
        lead = self.env["crm.lead"].search([("name", "=", "Office for 40 people")])
        self._open(f"crm/{lead.id}", "bcc_dropbox_chatter")

    def test_contact(self):
        self._receive_emails("Visit on Thursday")
        contact = self.env["res.partner"].search([("name", "=", "Brandon Freeman"), ("email", "like", "azure.example")])
        self._open(f"contacts/{contact.id}", "bcc_dropbox_contact")


@tagged("post_install", "-at_install")
class TestToursEmailsPhone(PhoneCase, TestToursEmails):
    """The same screens on a phone."""
