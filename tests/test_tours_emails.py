from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase


@tagged("post_install", "-at_install")
class TestToursEmails(ScreenCase):
    """The screens of captured mails, in a browser, as the user with the lowest rights they are made for."""

    def _open(self, path, tour, login="own"):
        self.start_tour(f"/odoo/{path}", tour, login=login)
        self.env.invalidate_all()

    def test_emails(self):
        mails = self._receive_mails()
        self._open("captured-emails", "bcc_dropbox_emails")
        self.assertEqual(mails.filtered(lambda mail: not mail.active).mapped("subject"), ["Price list"])

    def test_undo(self):
        mail = self._receive_mails("Delivery dates")
        self._open(f"captured-emails/{mail.id}", "bcc_dropbox_undo")
        self.assertRow(mail, "unmatched", "Removed by")

    def test_adopt(self):
        mail = self._receive_mails("Price list")
        with self.mock_mail_gateway():
            self._open(f"captured-emails/{mail.id}", "bcc_dropbox_adopt")
            self.assertEqual([sent["email_to"] for sent in self._mails], [["owen@clarke.example"]])
        self.assertRow(mail, "captured")
        self.assertFalse(
            self.own.bcc_dropbox_sender_ids.filtered_domain([("email", "=", "owen@clarke.example")]).verified
        )

    def test_create(self):
        mail = self._receive_mails("Terms of payment")
        self._open(f"captured-emails/{mail.id}", "bcc_dropbox_create")
        self.assertRow(mail, "captured")
        self.assertEqual(self.env["crm.lead"].browse(mail.line_ids.res_id).email_from, "lorraine@lumber.example")

    def test_move(self):
        mail = self._receive_mails("Delivery dates")
        before = [self.env["res.partner"].browse(line.res_id) for line in mail.line_ids]
        self._open(f"captured-emails/{mail.id}", "bcc_dropbox_move")
        histories = [contact.message_ids.filtered("bcc_dropbox_to") for contact in [self.contact, *before]]
        self.assertEqual([len(messages) for messages in histories], [1, 0, 1])

    def test_file_on(self):
        mail = self._receive_mails("Holiday plans")
        self._open(f"captured-emails/{mail.id}", "bcc_dropbox_file_on")
        self.assertRow(mail, "captured")
        self.assertEqual(self.env["res.partner"].browse(mail.line_ids.res_id).name, "Carla Jensen")

    def test_reporting(self):
        self._receive_mails()
        self._receive_mails("Visit on Thursday", "Delivery dates", "Price list", "Our talk at the fair", user=self.lea)
        self._receive_mails("Colours of the chairs", "Delivery dates", "Samples are on their way", user=self.sam)
        self._receive_mails("Holiday plans", "Delivery dates", "Visit on Thursday", user=self.sam, earlier=3)
        self._open("captured-emails-analysis", "bcc_dropbox_reporting", login="boss")

    def test_chatter(self):
        self._receive_mails("Offer for your new office", "Offer, second version")
        lead = self.env["crm.lead"].search([("name", "=", "Office for 40 people")])
        self._open(f"crm/{lead.id}", "bcc_dropbox_chatter")

    def test_contact(self):
        self._receive_mails("Visit on Thursday")
        contact = self.env["res.partner"].search([("name", "=", "Brandon Freeman"), ("email", "like", "azure.example")])
        self._open(f"contacts/{contact.id}", "bcc_dropbox_contact")


@tagged("post_install", "-at_install")
class TestToursEmailsPhone(PhoneCase, TestToursEmails):
    """The same screens on a phone."""
