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
            f"crm-{token}@acme.example",  # some mail servers use a hyphen instead of the plus
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

    def test_what_users_say_of_themselves_keeps_no_mail_out(self):
        """Otherwise any user could keep the emails to a customer from being logged for everyone."""
        partner_manager = self._create_user("pam", "base.group_user,base.group_partner_manager")
        owner = self._create_user("olli", "base.group_user,crm_bcc_dropbox.group_bcc_dropbox_user")
        for who, claim in {
            "preferences": lambda: self.clerk.with_user(self.clerk).write({"email": "carla@customer.example"}),
            "own contact": lambda: partner_manager.partner_id.with_user(partner_manager).write(
                {"email": "carla@customer.example"}
            ),
            "own contact, as the system": lambda: (
                partner_manager.partner_id.with_user(partner_manager)
                .sudo()
                .write({"email": "Carla <carla@customer.example>"})
            ),
            "contact of a colleague, as the system": lambda: (
                self.clerk.partner_id.with_user(owner).sudo().write({"email": "carla@customer.example"})
            ),
            "own address, not confirmed": lambda: owner.with_user(owner).write(
                {"bcc_dropbox_sender_ids": [Command.create({"email": "carla@customer.example"})]}
            ),
            "e-mail of an owner": lambda: owner.with_user(owner).write({"email": "carla@customer.example"}),
        }.items():
            with self.subTest(who=who), self.mock_mail_gateway(), self.env.cr.savepoint() as savepoint:
                claim()
                email = self._capture(to="carla@customer.example")
                self.assertEqual(self._get_record(email), self.contact)
                savepoint.rollback()
                self.env.invalidate_all()
        with self.mock_mail_gateway():
            self.clerk.with_user(self.clerk).email = "new@customer.example"
            self.assertEqual(self._split("new@customer.example"), [("new@customer.example", "created")])

    def test_confirmed_address_of_a_colleague_that_is_a_customers(self):
        self.lea.sudo().bcc_dropbox_ids.sender_ids = [
            Command.create({"email": "carla@customer.example", "verified": True}),
            Command.create({"email": "leo@customer.example", "verified": True}),
        ]
        self.assertEqual(self._get_record(self._capture(to="carla@customer.example")), self.contact)
        self.assertEqual(self._get_record(self._capture(to="leo@customer.example")), self.lead)
        self.contact.active = False
        self.assertRow(self._capture(to="carla@customer.example"), "unmatched", "No customer")

    def test_login_is_proved_in_any_case(self):
        self.clerk.sudo().login = "Clara@ACME.example"
        self.clerk.with_user(self.clerk).email = "clara@home.example"
        self.assertRow(
            self._capture(to="clara@acme.example"), "unmatched", "clara@acme.example belongs to Clerk Seller"
        )

    def test_portal_users_are_customers(self):
        portal = self._create_user("polly", "base.group_portal", email="polly@customer.example")
        self.assertEqual(self._get_record(self._capture(to="polly@customer.example")), portal.partner_id)

    def test_whose_address_it_is_stands_in_the_reason(self):
        email = self._capture(to="lea@acme.example, sam@acme.example, catchall@acme.example")
        self.assertRow(email, "unmatched", "lea@acme.example belongs to Lea Seller.")
        self.assertIn("sam@acme.example belongs to Sam Seller.", email.reason)
        self.assertIn("catchall@acme.example belongs to Odoo.", email.reason)

    def test_own_addresses_of_colleagues_stay_private(self):
        """Neither a rejected nor a logged email reveals which addresses are those of colleagues."""
        dropbox = self.lea.sudo().bcc_dropbox_ids
        dropbox.sender_ids = [Command.create({"email": "lea@home.example", "verified": True})]
        to = "lea@home.example, stranger@home.example"
        refused = self._capture(to=to, sender="sam@unknown.example")
        self.assertRow(refused, "refused")
        self.assertEqual(refused.recipients, to, "in the order of the mail")
        email = self._capture(to="lea@home.example")
        self.assertRow(email, "unmatched")
        self.assertNotIn("lea@home.example", email.reason)
        self.assertEqual(email.recipients, "lea@home.example")
        email.with_user(self.sam).action_create_lead()
        self.assertEqual(self._get_record(email).email_normalized, "lea@home.example", "as of any other address")
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_recipients", "1")
        dropbox.sender_ids = [Command.create({"email": "lea@other.example", "verified": True})]
        email = self._capture(to="carla@customer.example, stranger@home.example, lea@other.example")
        skipped = email.line_ids.filtered(lambda line: line.outcome == "skipped")
        self.assertEqual(skipped.mapped("email"), ["stranger@home.example", "lea@other.example"])

    def test_both_spellings_are_one_recipient(self):
        self.lea.sudo().bcc_dropbox_ids.sender_ids = [
            Command.create({"email": "lea@büro.example", "verified": True}),
        ]
        self.clerk.email = "clerk@xn--bro-hoa.example"
        lines = self._split(
            "joe@bücher.example, joe@xn--bcher-kva.example, lea@xn--bro-hoa.example",
            headers="Cc: clerk@büro.example\n",
        )
        self.assertEqual(lines, [("joe@bücher.example", "created")])

    def test_mailbox_of_the_dropboxes(self):
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.mailbox", " CRM@acme.example ")
        self.env.invalidate_all()
        self.assertRegex(self.sam.bcc_dropbox_address, r"^crm\+bcc-[a-z2-7]{20}@acme\.example$")
        lines = self._split("one@customer.example", headers="Cc: crm@acme.example\n")
        self.assertEqual(lines, [("one@customer.example", "created")])
        with self.assertRaisesRegex(ValidationError, "Odoo receives emails"):
            self.sam.with_user(self.sam).bcc_dropbox_sender_ids.email = "crm@acme.example"

    def test_none_left(self):
        email = self._capture(to="lea@acme.example", headers="Cc: clerk@acme.example\n")
        self.assertRow(email, "unmatched", "No customer")
        self.assertFalse(email.line_ids)
        self.assertTrue(email.raw, "the original is still needed")

    def test_no_recipient_header(self):
        raw = self._format().replace(b"To: new@", b"X-Nothing: new@")
        self._receive(raw)
        self.assertRow(self.env["crm.bcc.dropbox.email"].search([], limit=1), "unmatched", "No customer")

    def test_unreadable_address(self):
        email = self._capture(to="one@customer.example, Joe Bloggs")
        self.assertRow(email, "captured")
        self.assertEqual(
            [(line.email, line.outcome, line.reason) for line in email.line_ids],
            [
                ("one@customer.example", "created", False),
                ("Joe Bloggs", "skipped", "The address can't be read."),
            ],
        )

    def test_at_most_max_recipients(self):
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_recipients", "3")
        email = self._capture(to=", ".join(f"c{number}@customer.example" for number in range(5)))
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.mapped("outcome"), ["created", "created", "created", "skipped", "skipped"])
        self.assertIn("more than 3 recipients", email.line_ids[-1].reason)
        self.assertFalse(self.env["crm.lead"].search([("email_normalized", "=", "c3@customer.example")]))
