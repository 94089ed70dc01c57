"""Own and others' settings on the user form, the permission, and the rules of sender addresses."""

from odoo.exceptions import AccessError, UserError, ValidationError

from .common import Command, tagged
from .test_access import SENDER, AccessCommon

FIELDS = ["bcc_dropbox_address", "bcc_dropbox_lookup", "bcc_dropbox_create", "bcc_dropbox_sender_ids"]


@tagged("post_install", "-at_install")
class TestUserSettings(AccessCommon):
    """Core writes preferences as superuser, with any commands of the client."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls.own.bcc_dropbox_ids.sender_ids
        cls.rights = cls._create_user("rights", "base.group_erp_manager")
        cls.admin = cls.env.ref("base.user_admin")

    # ------------------------------------------------------------
    # READ
    # ------------------------------------------------------------

    def test_own_settings(self):
        (values,) = self._call(self.own, self.own, "read", FIELDS)
        address = f"bcc-{self.own.bcc_dropbox_ids.token_ids.token}@acme.example"
        expected = [address, "contact_lead", "lead", self.mine.ids]
        self.assertEqual([values[name] for name in FIELDS], expected)
        spec = {name: {} for name in FIELDS[:3]} | {"bcc_dropbox_sender_ids": {"fields": {"email": {}}}}
        (values,) = self._call(self.own, self.own, "web_read", spec)
        self.assertEqual(values["bcc_dropbox_sender_ids"], [{"id": self.mine.id, "email": "own@acme.example"}])

    def test_settings_of_others_cannot_be_seen(self):
        for user in [self.lea, self.own, self.far, self.clerk, self.rights]:
            with self.subTest(user=user.login):
                readable = FIELDS if user.has_group("crm_bcc_dropbox.group_bcc_dropbox_user") else FIELDS[:3]
                (values,) = self._call(user, self.sam, "read", readable)
                self.assertFalse(any(values[name] for name in readable), values)
                # nor through another record, or as superuser
                spec = {"user_ids": {"fields": {name: {} for name in FIELDS[:3]}}}
                (values,) = self._call(user, self.sam.partner_id, "web_read", spec)
                self.assertFalse(any(values["user_ids"][0][name] for name in FIELDS[:3]), values)
                self.assertFalse(self.sam.with_user(user).sudo().bcc_dropbox_address)
        for user in [self.portal, self.public]:
            for name in FIELDS:
                self._refuses(user, self.sam, "read", [name])
        for user in [self.boss, self.admin]:
            (values,) = self._call(user, self.sam, "read", FIELDS)
            self.assertEqual(values["bcc_dropbox_address"], f"bcc-{self.token.token}@acme.example")
            self.assertEqual(values["bcc_dropbox_sender_ids"], self.sender.ids)

    def test_nothing_in_the_cache_for_others(self):
        self.assertTrue(self.sam.with_user(self.boss).bcc_dropbox_address)
        self.assertTrue(self.dropbox.with_user(self.boss).address)
        self.assertTrue(self.sam.bcc_dropbox_address)
        self.assertFalse(self.sam.with_user(self.lea).bcc_dropbox_address)
        self.assertFalse(self.dropbox.with_user(self.lea).address)

    # ------------------------------------------------------------
    # WRITE
    # ------------------------------------------------------------

    def test_own_settings_can_be_changed(self):
        values = {"bcc_dropbox_lookup": "lead", "bcc_dropbox_create": "contact"}
        self._call(self.own, self.own, "write", values)
        dropbox = self.own.bcc_dropbox_ids
        self.assertEqual((dropbox.lookup, dropbox.create_kind), ("lead", "contact"))

        def change(*command):
            self._call(self.own, self.own, "write", {"bcc_dropbox_sender_ids": [command]})
            return dropbox.sender_ids - self.mine

        added = change(0, 0, {"email": "Own <own@home.example>"})
        self.assertEqual((added.email, added.verified), ("own@home.example", False))
        change(1, added.id, {"email": "own@moved.example"})
        self.assertEqual((added.email_normalized, added.verified), ("own@moved.example", False))
        self.assertFalse(change(2, added.id))
        added = change(0, 0, {"email": "own@home.example"})
        self.assertFalse(change(3, added.id), "taken out of the list is deleted")
        self.assertEqual(dropbox.sender_ids, self.mine)
        self.assertFalse(self.env[SENDER].search([("user_id", "=", False)]))

    def test_settings_of_others_cannot_be_changed(self):
        before = self._get_state()
        for user in [*self.sellers, *self.outsiders, self.boss, self.rights]:
            for values in [
                {"bcc_dropbox_lookup": "lead"},
                {"bcc_dropbox_create": "contact"},
                {"bcc_dropbox_lookup": "lead", "name": "x"},
            ]:
                self._refuses(user, self.sam, "write", values)
                self._refuses(user, self.sam + user, "write", values)
        for user in [*self.sellers, self.rights, self.clerk]:
            self._refuses(user, self.sam, "write", {"bcc_dropbox_sender_ids": [(0, 0, {"email": "e@e.example"})]})
        self.assertEqual(self._get_state(), before)
        self._call(self.admin, self.sam, "write", {"bcc_dropbox_lookup": "lead"})
        self.assertEqual(self.dropbox.lookup, "lead")

    def test_closed_fields_cannot_be_written(self):
        before = self._get_state()
        for user in [self.own, self.boss, self.rights, self.admin]:
            for command in [(1, self.dropbox.id, {"lookup": "lead"}), (4, self.dropbox.id), (0, 0, {})]:
                self._refuses(user, user, "write", {"bcc_dropbox_ids": [command]})
        self.assertEqual(self._get_state(), before)

    def test_commands(self):
        """Commands that a salesperson may not send for the sender addresses in the preferences."""
        theirs, mine = self.sender.id, self.mine.id
        evil = {"email": "evil@evil.example"}
        before = self._get_state()
        for command in [
            # on a row of another user
            (1, theirs, evil),
            (1, theirs, {"verified": False}),
            (1, theirs, {"user_id": self.own.id}),
            (1, theirs, {"dropbox_id": self.mine.dropbox_id.id}),
            (2, theirs),
            (3, theirs),
            (4, theirs),
            (6, 0, [theirs]),
            (6, 0, [mine, theirs]),
            # moved to another user
            (0, 0, {**evil, "dropbox_id": self.dropbox.id}),
            (1, mine, {"user_id": self.sam.id}),
            (1, mine, {"user_id": False}),
            (1, mine, {"dropbox_id": self.dropbox.id}),
            # confirmed without an administrator
            (0, 0, {**evil, "verified": True}),
            (0, 0, {**evil, "email_normalized": "sam@acme.example"}),
            (0, 0, {**evil, "dropbox_id": self.mine.dropbox_id.id, "verified": True}),
            (1, mine, {"verified": True}),
            (1, mine, {**evil, "verified": True}),
            (1, mine, {"email_normalized": "evil@evil.example"}),
            (1, mine, {"email": "own@acme.example", "email_normalized": "evil@evil.example"}),
        ]:
            self._refuses(self.own, self.own, "write", {"bcc_dropbox_sender_ids": [command]})
            self._refuses(self.own, self.own, "web_save", {"bcc_dropbox_sender_ids": [command]}, {})
        self.assertEqual(self._get_state(), before)

    def test_rows(self):
        """The same for direct calls on the rows."""
        theirs, mine = self.sender, self.mine
        before = self._get_state()
        for record, values in [
            (theirs, {"email": "evil@evil.example"}),
            (theirs + mine, {"email": "evil@evil.example"}),
            (mine, {"verified": True}),
            (mine, {"user_id": self.sam.id}),
            (mine, {"dropbox_id": self.dropbox.id}),
            (mine, {"email_normalized": "evil@evil.example"}),
        ]:
            self._refuses(self.own, record, "write", values)
        for values in [
            {"user_id": self.sam.id, "email": "evil@evil.example"},
            {"dropbox_id": self.dropbox.id, "email": "evil@evil.example"},
            {"user_id": self.own.id, "dropbox_id": self.dropbox.id, "email": "evil@evil.example"},
            {"user_id": self.own.id, "email": "evil@evil.example", "verified": True},
        ]:
            self._refuses(self.own, mine, "create", values)
            self._refuses(self.own, mine, "create", [{"user_id": self.own.id, "email": "a@b.example"}, values])
        self._refuses(self.own, mine, "copy")
        self.assertEqual(self._get_state(), before)

    def test_default_values_of_the_client(self):
        context = {
            "default_verified": True,
            "default_email_normalized": "evil@evil.example",
            "default_dropbox_id": self.dropbox.id,
        }
        values = {"user_id": self.own.id, "email": "own@home.example"}
        self._call(self.own, self.mine, "create", values, context=context)
        command = (0, 0, {"email": "own@work.example"})
        self._call(self.own, self.own, "write", {"bcc_dropbox_sender_ids": [command]}, context=context)
        added = self.own.bcc_dropbox_ids.sender_ids - self.mine
        self.assertEqual(added.mapped("email_normalized"), ["own@home.example", "own@work.example"])
        self.assertEqual(added.mapped("verified"), [False, False])

    def test_without_permission(self):
        for user in [self.clerk, self.portal]:
            command = (0, 0, {"email": "evil@evil.example"})
            self._refuses(user, user, "write", {"bcc_dropbox_sender_ids": [command]}, error=UserError)
            self._refuses(user, user, "write", {"bcc_dropbox_lookup": "lead"}, error=UserError)
            (values,) = self._call(user, user, "read", FIELDS[:3])
            self.assertFalse(any(values[name] for name in FIELDS[:3]))
        self.assertFalse((self.clerk + self.portal).bcc_dropbox_ids)

    def test_copy_of_a_user(self):
        copy = self.sam.copy({"login": "copy", "email": "copy@acme.example"})
        self.assertNotEqual(copy.bcc_dropbox_address, self.sam.bcc_dropbox_address)
        self.assertEqual(copy.bcc_dropbox_ids.sender_ids.mapped("email"), ["copy@acme.example"])

    # ------------------------------------------------------------
    # RULES OF OWN ADDRESSES
    # ------------------------------------------------------------

    def _adding(self, email):
        self._call(self.own, self.own, "write", {"bcc_dropbox_sender_ids": [(0, 0, {"email": email})]})

    def test_refusals_say_which_and_why(self):
        self.env["mail.alias"].create(
            {"alias_name": "sales", "alias_model_id": self.env["ir.model"]._get_id("crm.lead")}
        )
        for email, words in [
            ("nobody", "is not an email address"),
            ("", "is not an email address"),
            ("a@b.example, c@d.example", "is not an email address"),
            ("OWN@acme.example", "is already one of your sender addresses"),
            ("sales@acme.example", "Odoo receives emails on"),
            (f"{self.domain.catchall_alias}@acme.example", "Odoo receives emails on"),
            (f"{self.domain.bounce_alias}@acme.example", "Odoo receives emails on"),
            (self.own.bcc_dropbox_address, "Odoo receives emails on"),
            (self.sam.bcc_dropbox_address.upper(), "Odoo receives emails on"),
        ]:
            with self.subTest(email=email), self.assertRaises(ValidationError) as caught:
                self._adding(email)
            message = str(caught.exception)
            self.assertIn(words, message)
            self.assertNotIn(self.token.token, message.lower())
            self.assertNotIn(self.own.bcc_dropbox_ids.token_ids.token, message.lower())
            if "bcc-" not in email.lower():
                self.assertIn(email, message)

    def test_maximum(self):
        for number in range(4):
            self._adding(f"{number}@home.example")
        with self.assertRaisesRegex(ValidationError, "5@home.example can't be added: the limit is 5"):
            self._adding("5@home.example")
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_senders", "6")
        self._adding("5@home.example")
        self.assertEqual(len(self.own.bcc_dropbox_ids.sender_ids), 6)

    def test_several_at_once(self):
        emails = [f"{number}@home.example" for number in range(5)]
        with self.assertRaisesRegex(ValidationError, "4@home.example can't be added"):
            self._call(
                self.own, self.own, "write", {"bcc_dropbox_sender_ids": [(0, 0, {"email": email}) for email in emails]}
            )

    def test_email_of_a_user_that_cannot_be_an_own_address(self):
        """The email of a user may be an alias, or exceed the number of sender addresses: it can still be set."""
        info = self._create_user("info", "sales_team.group_sale_salesman", email="catchall@acme.example")
        self.assertTrue(info.bcc_dropbox_address)
        self.assertFalse(info.bcc_dropbox_ids.sender_ids)
        self.mine.unlink()
        for number in range(5):
            self._adding(f"{number}@home.example")
        self._call(self.own, self.own, "write", {"email": "own@moved.example"})
        self.assertEqual(self.own.email, "own@moved.example")


@tagged("post_install", "-at_install")
class TestPermission(AccessCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.permission = cls.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        cls.group = cls.env["res.groups"].create({"name": "Fair"})

    def assertPermitted(self, user):
        self.assertRegex(user.bcc_dropbox_address, r"^bcc-[a-z2-7]{20}@acme\.example$")
        self.assertEqual(len(user.bcc_dropbox_ids), 1)

    def test_defaults(self):
        for user in [self.own, self.boss, self.env.ref("base.user_admin")]:
            self.assertPermitted(user)
        for user in [self.clerk, self.portal, self.public]:
            self.assertFalse(user.bcc_dropbox_address)
            self.assertFalse(user.bcc_dropbox_ids)

    def test_ways_to_the_permission(self):
        """A user has an address as soon as they are permitted, in any way."""
        user_group = self.env.ref("base.group_user")

        def imply_later(user):
            user.group_ids += self.group
            self.assertFalse(user.bcc_dropbox_address)
            self.group.implied_ids += self.permission

        def imply_from_the_other_side(user):
            user.group_ids += self.group
            self.permission.implied_by_ids += self.group

        def imply_at_the_end_of_a_chain(user):
            middle = self.env["res.groups"].create({"name": "Middle"})
            top = self.env["res.groups"].create({"name": "Top", "implied_ids": [Command.link(middle.id)]})
            user.group_ids += top
            middle.implied_ids += self.permission

        def make_a_group(user):
            self.env["res.groups"].create(
                {
                    "name": "Made",
                    "implied_ids": [Command.link(self.permission.id)],
                    "user_ids": [Command.link(user.id)],
                }
            )
            self.env.registry.clear_cache()  # core does not clear the cached rights of the user here

        def leave_archive(user):
            user.active = False
            user.group_ids += self.permission
            user.active = True

        def become_internal(user):
            user.group_ids = self.env.ref("base.group_portal")
            user.group_ids = user_group + self.permission

        ways = {
            "direct": lambda user: user.write({"group_ids": [Command.link(self.permission.id)]}),
            "by the group": lambda user: self.permission.write({"user_ids": [Command.link(user.id)]}),
            "implied": lambda user: user.write({"group_ids": [Command.link(self._ref_salesman().id)]}),
            "implied later": imply_later,
            "implied by": imply_from_the_other_side,
            "chain": imply_at_the_end_of_a_chain,
            "new group": make_a_group,
            "archived": leave_archive,
            "portal before": become_internal,
        }
        for name, grant in ways.items():
            with self.subTest(way=name), self.env.cr.savepoint() as savepoint:
                user = self._create_user(f"new{len(name)}", "base.group_user")
                self.assertFalse(user.bcc_dropbox_address)
                grant(user)
                self.assertPermitted(user)
                self.env.flush_all()
                savepoint.rollback()
                self.env.invalidate_all()

    def _ref_salesman(self):
        return self.env.ref("sales_team.group_sale_salesman")

    def test_who_manages_rights_needs_no_other(self):
        rights = self._create_user("rights", "base.group_erp_manager")
        self.clerk.with_user(rights).group_ids += self.permission
        self.assertPermitted(self.clerk)
        self.group.with_user(rights).implied_ids += self.permission

    def test_switched_off_for_a_profile(self):
        salesman, address = self._ref_salesman(), self.own.bcc_dropbox_address
        salesman.implied_ids -= self.permission
        self.env.invalidate_all()
        self.assertFalse(self.own.bcc_dropbox_address)
        with self.assertRaises(UserError):
            self._call(self.own, self.own, "action_bcc_dropbox_regenerate")
        for record in [self.own.bcc_dropbox_ids, self.own.bcc_dropbox_ids.sender_ids]:
            self._refuses(self.own, record, "read", ["display_name"])
        salesman.implied_ids += self.permission
        self.assertEqual(self.own.bcc_dropbox_address, address, "given back, it is the same address")

    def test_withdrawn_and_given_back(self):
        address = self.own.bcc_dropbox_address
        for withdraw, give_back in [
            (
                {"group_ids": [Command.unlink(self._ref_salesman().id)]},
                {"group_ids": [Command.link(self._ref_salesman().id)]},
            ),
            ({"active": False}, {"active": True}),
        ]:
            self.own.write(withdraw)
            self.assertFalse(self.own.bcc_dropbox_address)
            self.assertFalse(self._call(self.boss, self.own.bcc_dropbox_ids, "read", ["address"])[0]["address"])
            self.own.write(give_back)
            self.assertEqual(self.own.bcc_dropbox_address, address)

    def test_nobody_permits_themselves(self):
        for user in [self.clerk, self.portal]:
            self._refuses(user, user, "write", {"group_ids": [(4, self.permission.id)]})
            self._refuses(user, self.permission, "write", {"user_ids": [(4, user.id)]})
        self.assertFalse((self.clerk + self.portal).bcc_dropbox_ids)
        with self.assertRaises(AccessError):
            self._call(self.own, self.own, "write", {"group_ids": [(4, self.boss.group_ids.ids[0])]})
