from odoo.exceptions import ValidationError
from odoo.fields import Command

from .common import DropboxCommon, tagged


@tagged("post_install", "-at_install")
class TestSplit(DropboxCommon):
    """Step 3: which recipients are customers?"""

    def _split(self, to, **values):
        email = self._capture(to=to, **values)
        return [(line.email, line.outcome) for line in email.line_ids]

    def test_to_and_cc_in_order_without_doubles(self):
        self.assertEqual(
            self._split(
                "One <one@customer.example>, ONE@customer.example",
                headers="Cc: two@customer.example\nTo: three@customer.example\nCc: one@customer.example\n",
            ),
            [(f"{name}@customer.example", "created") for name in ("one", "three", "two")],
        )

    def test_delivered_to_is_no_recipient(self):
        self.assertEqual(
            self._split("one@customer.example", headers="Delivered-To: box@hoster.example\n"),
            [("one@customer.example", "created")],
        )

    def test_ourselves_are_left_out(self):
        self.env["mail.alias"].create(
            {"alias_name": "sales", "alias_model_id": self.env["ir.model"]._get_id("crm.lead")}
        )
        self.lea.sudo().bcc_dropbox_ids.sender_ids = [
            Command.create({"email": "lea@home.example", "verified": True}),
        ]
        self.sam.sudo().bcc_dropbox_ids.sender_ids = [
            Command.create({"email": "sam@home.example", "verified": True}),
            Command.create({"email": "sam@new.example"}),
        ]
        self._create_user("gone", "base.group_user").active = False
        token = self.sam.bcc_dropbox_address.partition("@")[0]
        for ours in [
            self.lea.bcc_dropbox_address,  # a colleague's dropbox
            self.sam.bcc_dropbox_address,
            "sam@acme.example",
            "sam@home.example",
            "sam@new.example",  # not confirmed yet
            "lea@home.example",
            "gone@acme.example",  # a former colleague
            f"crm-{token}@acme.example",  # some mail servers have a hyphen for the plus
            "clerk@acme.example",  # an internal user without the permission
            "catchall@acme.example",
            "bounce@acme.example",
            "sales@acme.example",
        ]:
            with self.subTest(ours=ours):
                # an alias lets the mail go its ordinary way too, which is tested elsewhere
                with self.mock_mail_gateway():
                    lines = self._split("one@customer.example", headers=f"Cc: Us <{ours}>\n")
                self.assertEqual([email for email, _outcome in lines], ["one@customer.example"])

    def test_mailbox_of_the_dropboxes(self):
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.mailbox", " CRM@acme.example ")
        self.env.invalidate_all()
        self.assertRegex(self.sam.bcc_dropbox_address, r"^crm\+bcc-[a-z2-7]{20}@acme\.example$")
        lines = self._split("one@customer.example", headers="Cc: crm@acme.example\n")
        self.assertEqual(lines, [("one@customer.example", "created")])
        with self.assertRaisesRegex(ValidationError, "this Odoo receives mail"):
            self.sam.with_user(self.sam).bcc_dropbox_sender_ids.email = "crm@acme.example"

    def test_none_left(self):
        email = self._capture(to="lea@acme.example", headers="Cc: clerk@acme.example\n")
        self.assertRow(email, "unmatched", "no customer")
        self.assertFalse(email.line_ids)
        self.assertTrue(email.raw, "the original is still needed")

    def test_no_recipient_header(self):
        raw = self._format().replace(b"To: new@", b"X-Nothing: new@")
        self._receive(raw)
        self.assertRow(self.env["crm.bcc.dropbox.email"].search([], limit=1), "unmatched", "no customer")

    def test_unreadable_address(self):
        email = self._capture(to="one@customer.example, Joe Bloggs")
        self.assertRow(email, "captured")
        self.assertEqual(
            [(line.email, line.outcome, line.reason) for line in email.line_ids],
            [
                ("one@customer.example", "created", False),
                ("Joe Bloggs", "skipped", "The address cannot be read."),
            ],
        )

    def test_at_most_max_recipients(self):
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_recipients", "3")
        email = self._capture(to=", ".join(f"c{number}@customer.example" for number in range(5)))
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.mapped("outcome"), ["created", "created", "created", "skipped", "skipped"])
        self.assertIn("more than 3 recipients", email.line_ids[-1].reason)
        self.assertFalse(self.env["crm.lead"].search([("email_normalized", "=", "c3@customer.example")]))
