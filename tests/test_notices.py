from .common import DropboxCommon, data, tagged


class NoticesCommon(DropboxCommon):
    def _get_notices(self, user):
        """Texts that OdooBot wrote to a user."""
        chats = self.env["discuss.channel"].search(
            [("channel_type", "=", "chat"), ("channel_member_ids.partner_id", "=", user.partner_id.id)]
        )
        return chats.message_ids.filtered(
            lambda message: message.author_id == self.env.ref("base.partner_root")
        ).mapped("body")


@tagged("post_install", "-at_install")
class TestNotices(NoticesCommon):
    """Notices to owners: in Odoo, in their language, limited in number, never by email."""

    def test_refused(self):
        with self.assertSilent():
            email = self._capture(sender="stranger@evil.example")
        self.assertRow(email, "refused")
        [notice] = self._get_notices(self.sam)
        self.assertIn("was rejected: Sent from stranger@evil.example", notice)
        self.assertIn(f'data-oe-id="{email.id}"', notice.replace("'", '"'))
        self.assertNotIn(self.sam.bcc_dropbox_ids.token_ids.token, notice)
        self.assertFalse(self._get_notices(self.lea))

    def test_not_in_floods(self):
        first = self._capture(sender="stranger@evil.example")
        self._capture(sender="stranger@evil.example")
        self.assertEqual(len(self._get_notices(self.sam)), 1)
        # SQL: the ORM sets the creation date itself
        self.env.cr.execute(
            "UPDATE crm_bcc_dropbox_email SET create_date = create_date - interval '2 hours' WHERE dropbox_id = %s",
            [first.dropbox_id.id],
        )
        self._capture(sender="stranger@evil.example")
        self.assertEqual(len(self._get_notices(self.sam)), 2)

    def test_exposed(self):
        both = f"{self.sam.bcc_dropbox_address}, new@customer.example"
        with self.assertSilent():
            email = self._capture(data.PLAIN, to=both)
        self.assertTrue(email.exposed)
        self.assertEqual(email.state, "captured")
        self.assertIn("was used in To or Cc", self._get_notices(self.sam)[0])

    def test_not_exposed(self):
        """An email to the dropbox only does not expose it."""
        email = self._capture(data.PLAIN, to=self.sam.bcc_dropbox_address)
        self.assertFalse(email.exposed)
        self.assertFalse(self._capture().exposed)
        self.assertFalse(self._get_notices(self.sam))

    def test_replaced_by_owner_and_by_manager(self):
        with self.assertSilent():
            self.sam.with_user(self.sam).action_bcc_dropbox_regenerate()
            self.sam.with_user(self.boss).action_bcc_dropbox_regenerate()
        notices = " ".join(self._get_notices(self.sam))
        self.assertIn("You created a new BCC address", notices)
        self.assertIn("Boss Seller created a new BCC address", notices)
        self.assertEqual(notices.count("no longer works"), 2)
        self.assertFalse(self._get_notices(self.boss))

    def test_replaced_with_grace(self):
        with self.assertSilent():
            self.sam.with_user(self.sam).action_bcc_dropbox_regenerate(3)
            self.sam.with_user(self.boss).action_bcc_dropbox_regenerate(3)
        for notice in self._get_notices(self.sam):
            self.assertIn("works until", notice)

    def test_language(self):
        """Notices are in the language of the owner, regardless of the user who caused them."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.env["ir.module.module"]._load_module_terms(["crm_bcc_dropbox"], ["de_DE"])
        self.sam.lang = "de_DE"
        self._capture(sender="stranger@evil.example")
        self.assertIn("abgelehnt", self._get_notices(self.sam)[0])
        self.sam.with_user(self.boss).action_bcc_dropbox_regenerate()
        self.assertIn("Boss Seller hat eine neue BCC-Adresse", self._get_notices(self.sam)[0])
