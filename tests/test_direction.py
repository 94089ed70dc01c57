"""How screens tell received emails from sent ones."""

from odoo.addons.mail.tools.discuss import Store

from .common import tagged
from .forwarded import CUSTOMER, ForwardedCommon


@tagged("post_install", "-at_install")
class TestDirection(ForwardedCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nora = cls.env["res.partner"].create({"name": "Nora Client", "email": "nora@client.example"})

    def _explain(self, email):
        return email.with_user(self.sam).explanation.splitlines()

    def test_chatter(self):
        """The chatter of a user who may read the record gets what distinguishes a received email from a sent one."""
        sent = self._get_message(self._capture(to=CUSTOMER))
        received = self._get_message(self._forward(self._inline()))
        messages = (sent + received).with_user(self.sam)
        self.env.invalidate_all()
        found = {data["id"]: data for data in Store().add(messages).get_result()["mail.message"]}
        for message, kind, by, comment in [
            (sent, "email_outgoing", False, False),
            (received, "email", "Sam Seller", "For the record:"),
        ]:
            with self.subTest(kind):
                data = found[message.id]
                self.assertTrue(data["bcc_dropbox_captured"])
                self.assertEqual(data["message_type"], kind)
                self.assertEqual(data["bcc_dropbox_forwarded_by"], by)
                self.assertEqual(data["bcc_dropbox_comment"] or False, comment)

    def test_smart_button(self):
        """Sent and received emails are counted and listed together."""
        emails = self._capture(to=CUSTOMER) + self._forward(self._inline())
        self.assertEqual(self.nora.with_user(self.sam).bcc_dropbox_email_count, 2)
        action = self.nora.with_user(self.sam).action_open_bcc_dropbox_emails()
        found = self.env[action["res_model"]].with_user(self.sam).search(action["domain"])
        self.assertEqual(found, emails.sorted("id", reverse=True))
        self.assertEqual(found.mapped("direction"), ["incoming", "outgoing"])

    def test_details(self):
        """The first line says that the details are about the forwarding email."""
        forwarded, *others = self._explain(self._forward(self._inline()))
        self.assertRegex(forwarded, "^Forwarded by .*sam@acme.example.* The lines below are about that email.$")
        self.assertIn("Sent from sam@acme.example, a sender address of Sam Seller.", others)

    def test_address_in_to(self):
        """A user may forward to the BCC address in To, but not with other recipients, who would see it."""
        rebuke = "BCC address found in “To”, where every recipient can see it. Use Bcc instead."
        for to, is_rebuked in [("{dropbox}", False), ("{dropbox}, lea@acme.example", True)]:
            with self.subTest(to):
                email = self._forward(self._inline(words=f"This is to {to}."), to=to)
                self.assertRow(email, "captured")
                email.found_in = "to"
                sentences = self._explain(email)
                self.assertEqual(rebuke in sentences, is_rebuked)
                self.assertEqual(
                    "BCC address found in the To header, written by the sender." in sentences, not is_rebuked
                )
