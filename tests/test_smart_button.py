from odoo.exceptions import AccessError

from .common import Command, DropboxCommon, tagged


@tagged("post_install", "-at_install")
class TestSmartButton(DropboxCommon):
    """The number of captured emails of a lead or contact that the user may see."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Line = cls.env["crm.bcc.dropbox.email.line"]

    def _count(self, record, user):
        self.env.invalidate_all()
        return record.with_user(user).bcc_dropbox_email_count

    def test_count(self):
        """Users count their own emails, managers all."""
        self._capture(to="carla@customer.example, leo@customer.example")
        self._capture(to="carla@customer.example")
        self._capture(to="carla@customer.example", user=self.lea)
        for record, user, count in [
            (self.contact, self.sam, 2),
            (self.contact, self.lea, 1),
            (self.contact, self.own, 0),
            (self.contact, self.boss, 3),
            (self.lead, self.sam, 1),
            (self.lead, self.lea, 0),
            (self.lead, self.boss, 1),
        ]:
            with self.subTest(record=record.display_name, user=user.login):
                self.assertEqual(self._count(record, user), count)
                action = record.with_user(user).action_open_bcc_dropbox_emails()
                found = self.env[action["res_model"]].with_user(user).search(action["domain"])
                self.assertEqual(len(found), count)

    def test_archived(self):
        """An archived email that names the customer is counted, and listed."""
        self.sam.bcc_dropbox_propose = True
        email = self._capture(to="nina@customer.example")
        email.active = False
        lead = self.env["crm.lead"].create({"name": "Nina's", "email_from": "nina@customer.example"})
        self.assertEqual(self._count(lead, self.sam), 1)
        action = lead.with_user(self.sam).action_open_bcc_dropbox_emails()
        found = self.env[action["res_model"]].with_user(self.sam).with_context(**action["context"])
        self.assertEqual(found.search(action["domain"]), email)

    def test_mail_with_two_recipients_on_one_record(self):
        email = self._capture(to="carla@customer.example")
        email.line_ids.copy()
        self.assertEqual(self._count(self.contact, self.sam), 1)

    def test_one_query(self):
        partners = self.contact + self.env["res.partner"].create([{"name": str(i)} for i in range(20)])
        partners = partners.with_user(self.sam)
        partners.mapped("bcc_dropbox_email_count")  # access rights and rules are cached
        partners.invalidate_recordset(["bcc_dropbox_email_count"])
        with self.assertQueryCount(1):
            partners.mapped("bcc_dropbox_email_count")

    def test_new_record(self):
        self.assertEqual(self.env["res.partner"].with_user(self.sam).new({}).bcc_dropbox_email_count, 0)

    def test_without_permission(self):
        """The count and the button are for permitted users; for others forms are as before."""
        self._capture(to="carla@customer.example")
        contact = self.contact.with_user(self.clerk)
        with self.assertRaises(AccessError):
            contact.read(["bcc_dropbox_email_count"])
        for user, shown in [(self.sam, True), (self.boss, True), (self.clerk, False)]:
            form = self.env["res.partner"].with_user(user).get_view(view_type="form")["arch"]
            self.assertEqual("action_open_bcc_dropbox_emails" in form, shown, user.login)

    def test_through_users(self):
        """Users inherit the count from their contact, as superuser: it is still the count for the reader."""
        self._capture(to="carla@customer.example")
        portal = self.env["res.users"].create(
            {
                "login": "carla",
                "partner_id": self.contact.id,
                "group_ids": [Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        self.assertEqual(self._count(portal, self.lea), 0)
        self.assertEqual(self._count(portal, self.sam), 1)
        self.assertEqual(portal.with_user(self.clerk).sudo().partner_id.bcc_dropbox_email_count, 0)
