from lxml import etree
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form

from ..hooks import post_init_hook
from .common import DropboxCommon, tagged


@tagged("post_install", "-at_install")
class TestSettings(DropboxCommon):
    """The preferences of a user, and the rights to change them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # permitted, but without access to leads
        cls.clerk.group_ids += cls.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")

    def _get_preferences(self, user):
        view = self.env.ref("base.view_users_form_simple_modif")
        return etree.fromstring(self.env["res.users"].with_user(user).get_view(view.id, "form")["arch"])

    def test_defaults(self):
        sam = self.sam.with_user(self.sam)
        self.assertEqual((sam.bcc_dropbox_lookup, sam.bcc_dropbox_create), ("contact_lead", "lead"))
        self.assertEqual(sam.bcc_dropbox_sender_ids.mapped("email"), ["sam@acme.example"])
        self.assertTrue(sam.bcc_dropbox_sender_ids.verified)

    def test_preferences_form(self):
        """Save the form like the browser, with the lowest rights."""
        own = self.own.with_user(self.own)
        with Form(own, view="base.view_users_form_simple_modif") as form:
            form.bcc_dropbox_lookup = "contact_lead"
            form.bcc_dropbox_create = "contact"
            with form.bcc_dropbox_sender_ids.new() as sender:
                sender.email = "Own@Home.Example"
        self.assertEqual(own.bcc_dropbox_create, "contact")
        self.assertRecordValues(
            own.bcc_dropbox_sender_ids,
            [
                {"email_normalized": "own@acme.example", "verified": True},
                {"email_normalized": "own@home.example", "verified": False},
            ],
        )

    def test_create_nothing_is_a_choice_of_each_pattern(self):
        own = self.own.with_user(self.own)
        with Form(own, view="base.view_users_form_simple_modif") as form:
            form.bcc_dropbox_lookup = "contact"
            form.bcc_dropbox_create_nothing = True
            self.assertEqual(form.bcc_dropbox_create, "none")
        self.assertEqual((own.bcc_dropbox_lookup, own.bcc_dropbox_create), ("contact", "none"))
        with Form(own, view="base.view_users_form_simple_modif") as form:
            form.bcc_dropbox_create_nothing = False
        self.assertEqual(own.bcc_dropbox_create, "lead")
        own.write({"bcc_dropbox_lookup": "contact_lead", "bcc_dropbox_create": "none"})
        self.env.invalidate_all()
        self.assertTrue(own.bcc_dropbox_create_nothing)

    def test_state_of_an_own_address(self):
        own = self.own.with_user(self.own)
        self.assertFalse(own.bcc_dropbox_unconfirmed)
        with Form(own, view="base.view_users_form_simple_modif") as form, self.mock_mail_gateway():
            with form.bcc_dropbox_sender_ids.new() as sender:
                sender.email = "own@home.example"
                self.assertEqual(sender.confirmation, "new")
            form.save()
        sender = own.bcc_dropbox_sender_ids[1]
        self.assertEqual(own.bcc_dropbox_sender_ids.mapped("confirmation"), ["confirmed", "sent"])
        self.own.bcc_dropbox_sender_ids[1].nonce = False
        self.assertEqual(sender.confirmation, "unconfirmed")
        self.own.bcc_dropbox_sender_ids.verified = False
        self.env.invalidate_all()
        self.assertTrue(own.bcc_dropbox_unconfirmed)
        self.assertFalse(own.with_user(self.lea).bcc_dropbox_unconfirmed)

    def test_a_manager_confirms(self):
        sender = self.sam.with_user(self.sam).bcc_dropbox_sender_ids.create(
            {"user_id": self.sam.id, "email": "sam@home.example"}
        )
        self.assertRow(self._capture(sender="sam@home.example"), "refused", "not confirmed")
        sender.with_user(self.boss).verified = True
        self.assertRow(self._capture(sender="sam@home.example"), "captured")

    def test_an_administrator_confirms_on_the_form_of_the_user(self):
        ada = self._create_user("ada", "base.group_system")
        self.sam.sudo().bcc_dropbox_ids.sender_ids = [Command.create({"email": "sam@home.example"})]
        with (
            Form(self.sam.with_user(ada), view="base.view_users_form") as form,
            form.bcc_dropbox_sender_ids.edit(1) as sender,
        ):
            sender.verified = True
        self.assertRow(self._capture(sender="sam@home.example"), "captured")

    def test_another_address_has_to_be_confirmed_again(self):
        sender = self.sam.with_user(self.sam).bcc_dropbox_sender_ids
        sender.email = "SAM@acme.example"
        self.assertTrue(sender.verified, "the same address")
        sender.email = "victim@customer.example"
        self.assertFalse(sender.verified)

    def test_own_email_is_followed(self):
        self.sam.email = "samuel@acme.example"
        self.assertRow(self._capture(sender="samuel@acme.example"), "captured")
        self.assertRow(self._capture(sender="sam@acme.example"), "refused")
        self.assertEqual(self.sam.bcc_dropbox_sender_ids.mapped("email"), ["samuel@acme.example"])
        self.sam.partner_id.email = "sam@acme.example"
        self.assertEqual(self.sam.bcc_dropbox_sender_ids.mapped("email"), ["sam@acme.example"])

    def test_own_email_that_was_added_before(self):
        senders = self.sam.bcc_dropbox_sender_ids
        added = senders.with_user(self.sam).create({"dropbox_id": senders.dropbox_id.id, "email": "sam@home.example"})
        self.assertFalse(added.verified)
        self.sam.email = "sam@home.example"
        self.assertTrue(added.verified)
        self.assertEqual(self.sam.bcc_dropbox_sender_ids, added, "the former one is theirs no more")
        self.sam.email = False
        self.assertFalse(self.sam.bcc_dropbox_sender_ids)

    def test_own_email_that_its_user_changes(self):
        """An address entered in the preferences proves nothing; the link emailed to it does."""
        self.sam.login = "sam@acme.example"
        senders = self.sam.bcc_dropbox_sender_ids
        sam = self.sam.with_user(self.sam)
        with self.mock_mail_gateway():
            sam.write({"email": "boss@acme.example"})
            self.env.cr.postcommit.run()
        self.assertEqual(sam.bcc_dropbox_sender_ids.mapped("email"), ["boss@acme.example"])
        self.assertFalse(senders.verified)
        # core itself notifies the former address
        [mail] = [mail for mail in self._mails if mail["email_to"] == ["boss@acme.example"]]
        self.assertIn("/bcc_dropbox/confirm?token=", mail["body"])
        self.assertRow(self._capture(sender="boss@acme.example"), "refused")
        with self.mock_mail_gateway():
            sam.write({"email": self.sam.login})
        self.assertTrue(senders.verified, "only administrators change a login")

    def test_own_email_added_before_by_its_user(self):
        sam = self.sam.with_user(self.sam)
        for others in (sam.bcc_dropbox_sender_ids, sam.bcc_dropbox_sender_ids.browse()):
            with self.subTest(removed=others), self.mock_mail_gateway():
                others.unlink()
                sam.write({"bcc_dropbox_sender_ids": [Command.create({"email": "boss@acme.example"})]})
                sam.write({"email": "boss@acme.example"})
                self.assertFalse(self.sam.bcc_dropbox_sender_ids.verified)
                sam.write({"email": "sam@acme.example"})

    def test_own_email_written_before_there_was_a_dropbox(self):
        """Only the login, or an email set by someone else, counts as confirmed."""
        group = self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        admin = self._create_user("root", "base.group_erp_manager,base.group_partner_manager")

        def write_as_system(actor):
            return lambda user: user.partner_id.with_user(actor or user).sudo().write({"email": "boss@acme.example"})

        def write(email, actor=None):
            return lambda user: user.with_user(actor or user).write({"email": email})

        for number, (case, change, verified) in enumerate(
            [
                ("never touched", lambda user: None, True),
                ("by its user", write("boss@acme.example"), False),
                ("by its user, as the system", write_as_system(None), False),
                ("by someone who manages users", write("boss@acme.example", admin), True),
                ("by somebody else, as the system", write_as_system(self.lea), False),
                ("by its user: the login", write("login5@acme.example"), True),
            ]
        ):
            with self.subTest(case=case), self.mock_mail_gateway():
                user = self._create_user(f"login{number}@acme.example", "base.group_user", email="old@acme.example")
                change(user)
                user.group_ids += group
                self.assertEqual(user.bcc_dropbox_sender_ids.verified, verified)

    def test_own_email_written_before_the_addon_was_there(self):
        """It is recognised by the changes in the chatter of the contact."""
        self.flush_tracking()
        admin = self._create_user("root", "base.group_erp_manager,base.group_partner_manager")
        with self.mock_mail_gateway():
            for user, email, actor in [
                (self.sam, "boss@acme.example", self.sam),
                (self.lea, "boss@acme.example", self.lea),
                (self.lea, "leah@acme.example", admin),
                (self.boss, "beatrice@acme.example", self.boss),  # who manages dropboxes
                (self.own, "owen@acme.example", self.lea),
            ]:
                user.partner_id.with_user(actor).sudo().email = email
                self.flush_tracking()
        users = self.sam + self.lea + self.boss + self.own + self.clerk
        users.sudo().bcc_dropbox_email_proved = True
        self.clerk.group_ids += self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        self.env["crm.bcc.dropbox"].search([]).unlink()
        post_init_hook(self.env)
        self.env.invalidate_all()
        verified = [user.bcc_dropbox_sender_ids.verified for user in users]
        self.assertEqual(verified, [False, True, True, False, True])

    def test_someone_who_manages_users_creates_one(self):
        admin = self._create_user("root", "base.group_erp_manager,base.group_partner_manager")
        user = (
            self.env["res.users"]
            .with_user(admin)
            .create(
                {
                    "name": "Nora",
                    "login": "nora",
                    "email": "nora@acme.example",
                    "group_ids": [Command.set(self.sam.group_ids.ids)],
                }
            )
        )
        self.assertTrue(user.sudo().bcc_dropbox_sender_ids.verified)

    def test_nobody_proves_their_own_email(self):
        with self.assertRaises(AccessError):
            self.sam.with_user(self.sam).write({"bcc_dropbox_email_proved": True})

    def test_dropbox_of_a_user_who_leaves(self):
        """The address stops working if its owner is no longer an internal user, even with the permission."""
        group = self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        address = self.sam.bcc_dropbox_address
        self.sam.group_ids = self.env.ref("base.group_portal") + group
        self.assertTrue(self.sam.share)
        self.assertFalse(self.sam.bcc_dropbox_address)
        self.assertFalse(self.sam.with_user(self.sam).bcc_dropbox_address)
        email = self._capture(dropbox=address)
        self.assertRow(email, "refused", "have permission")
        self.sam.group_ids = self.env.ref("sales_team.group_sale_salesman")
        self.env.invalidate_all()
        self.assertEqual(self.sam.bcc_dropbox_address, address)

    def test_who_has_no_dropbox(self):
        """OdooBot, archived and portal users, regardless of their groups."""
        root, group = self.env.ref("base.user_root"), self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        portal = self._create_user("polly", "base.group_portal")
        gone = self._create_user("gone", "base.group_user")
        gone.active = False
        users = (root + portal + gone).with_context(active_test=False)
        Dropbox = self.env["crm.bcc.dropbox"].with_context(active_test=False)
        Dropbox.search([("user_id", "in", users.ids)]).unlink()
        for user in users:
            user.group_ids += group
        Dropbox._ensure_dropboxes()
        self.assertFalse(Dropbox.search([("user_id", "in", users.ids)]))

    def test_choice_needs_access_to_leads_and_contacts(self):
        clerk = self.clerk.with_user(self.clerk)
        self.assertTrue(clerk.bcc_dropbox_address)
        self.assertFalse(clerk.bcc_dropbox_can_choose)
        for values in ({"bcc_dropbox_lookup": "contact"}, {"bcc_dropbox_create": "contact"}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                clerk.write(values)
        self.env.invalidate_all()
        self.assertEqual((clerk.bcc_dropbox_lookup, clerk.bcc_dropbox_create), ("contact_lead", "lead"))
        self.assertTrue(self.sam.with_user(self.sam).bcc_dropbox_can_choose)

    def test_choice_that_would_create_what_the_user_may_not(self):
        sam = self.sam.with_user(self.sam)
        rights = self.env["ir.model.access"].search(
            [("model_id.model", "=", "res.partner"), ("perm_create", "=", True)]
        )
        rights.perm_create = False
        for values in (
            {"bcc_dropbox_lookup": "contact"},
            {"bcc_dropbox_create": "contact"},
            {"bcc_dropbox_lookup": "contact_lead", "bcc_dropbox_create": "contact"},
        ):
            with self.subTest(values=values), self.assertRaisesRegex(UserError, "Contact"):
                sam.write(values)
            self.env.invalidate_all()
        sam.write({"bcc_dropbox_lookup": "lead"})
        self.assertEqual(sam.bcc_dropbox_lookup, "lead")

    def test_choice_that_is_right_as_a_whole(self):
        sam = self.sam.with_user(self.sam)
        sam.bcc_dropbox_lookup = "contact"
        rights = self.env["ir.model.access"].search([("model_id.model", "=", "crm.lead"), ("perm_create", "=", True)])
        rights.perm_create = False
        with self.assertRaises(UserError):
            sam.bcc_dropbox_lookup = "contact_lead"
        self.env.invalidate_all()
        sam.write({"bcc_dropbox_lookup": "contact_lead", "bcc_dropbox_create": "contact"})
        self.assertEqual((sam.bcc_dropbox_lookup, sam.bcc_dropbox_create), ("contact_lead", "contact"))

    def test_tab(self):
        page = "//page[@name='bcc_dropbox']"
        self.assertTrue(self._get_preferences(self.sam).xpath(page))
        self.clerk.group_ids -= self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        self.assertFalse(self._get_preferences(self.clerk).xpath(page))

    def test_address_forms(self):
        token = self.sam.bcc_dropbox_address.partition("@")[0]
        self.assertRegex(token, r"^bcc-[a-z2-7]{20}$")
        for mailbox, address in [
            ("crm@acme.example", f"crm+{token}@acme.example"),
            ("", f"{token}@acme.example"),
            ("nonsense", f"{token}@acme.example"),
        ]:
            with self.subTest(mailbox=mailbox):
                self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.mailbox", mailbox)
                self.env.invalidate_all()
                self.assertEqual(self.sam.bcc_dropbox_address, address)
        self.company.alias_domain_id = False
        self.env.invalidate_all()
        self.assertFalse(self.sam.bcc_dropbox_address)

    def test_fetch_interval(self):
        cron = self.env.ref("mail.ir_cron_mail_gateway_action")
        for before, after in [((5, "minutes"), 1), ((10, "minutes"), 10), ((5, "hours"), 5)]:
            with self.subTest(before=before):
                cron.interval_number, cron.interval_type = before
                post_init_hook(self.env)
                self.assertEqual((cron.interval_number, cron.interval_type), (after, before[1]))

    def test_users_that_were_there_before(self):
        self.env["crm.bcc.dropbox"].search([]).unlink()
        self.assertFalse(self.sam.bcc_dropbox_address)
        post_init_hook(self.env)
        self.env.invalidate_all()
        self.assertTrue(self.sam.bcc_dropbox_address)
