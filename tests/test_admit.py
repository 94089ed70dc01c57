from odoo.fields import Command

from .common import DropboxCommon, data, tagged


@tagged("post_install", "-at_install")
class TestAdmit(DropboxCommon):
    """Step 2: the owner is permitted, the sender is theirs, the email is not automatic."""

    def test_permission_withdrawn_and_given_back(self):
        address = self.sam.bcc_dropbox_address
        groups = self.sam.group_ids
        self.sam.group_ids = self.env.ref("base.group_user")
        self.assertFalse(self.sam.bcc_dropbox_address)
        self.assertRow(self._capture(dropbox=address), "refused", "have permission")
        self.sam.group_ids = groups
        self.assertEqual(self.sam.bcc_dropbox_address, address)
        self.assertRow(self._capture(dropbox=address), "captured")

    def test_archived_user(self):
        address = self.sam.bcc_dropbox_address
        self.sam.active = False
        self.assertRow(self._capture(dropbox=address), "refused", "have permission")

    def test_replaced_address(self):
        former = self.sam.bcc_dropbox_address
        self.sam.with_user(self.sam).action_bcc_dropbox_regenerate()
        self.assertNotEqual(self.sam.bcc_dropbox_address, former)
        self.assertRow(self._capture(dropbox=former), "refused", "replaced")
        self.assertRow(self._capture(), "captured")

    def test_sender_is_one_verified_own_address(self):
        dropbox = self.sam.sudo().bcc_dropbox_ids
        dropbox.sender_ids = [
            Command.create({"email": "sam@home.example", "verified": True}),
            Command.create({"email": "sam@new.example"}),
        ]
        for sender, state, reason in [
            ("Sam <sam@acme.example>", "captured", ""),
            ("SAM@ACME.EXAMPLE", "captured", ""),
            ("sam@home.example", "captured", ""),
            ("sam@new.example", "refused", "not confirmed"),
            ("mallory@evil.example", "refused", "mallory@evil.example"),
            ("lea@acme.example", "refused", "not one of your sender addresses"),
            ('"sam@acme.example" <mallory@evil.example>', "refused", "mallory@evil.example"),
            ("sam@acme.example, mallory@evil.example", "refused", "2 senders"),
            ("sam@acme.example, sam@home.example", "refused", "2 senders"),
            ("nobody", "refused", "not one of your sender addresses"),
        ]:
            with self.subTest(sender=sender):
                self.assertRow(self._capture(sender=sender), state, reason)

    def test_other_sender_headers_do_not_count(self):
        headers = "Sender: sam@acme.example\nReply-To: sam@acme.example\n"
        self.assertRow(self._capture(sender="mallory@evil.example", headers=headers), "refused")
        two = "From: sam@acme.example\n"
        self.assertRow(self._capture(sender="mallory@evil.example", headers=two), "refused", "2 senders")

    def test_no_sender(self):
        raw = self._format().replace(b"From: ", b"X-Nothing: ")
        self._receive(raw)
        email = self.env["crm.bcc.dropbox.email"].search([], limit=1)
        self.assertRow(email, "refused", "0 senders")

    def test_sender_as_programs_write_it(self):
        """Harmless deviations are accepted if the sender can't be read as anyone else."""
        for sender in (
            "sam@acme.example <sam@acme.example>",
            "'sam@acme.example' <sam@acme.example>",
            "Sam @ Acme <sam@acme.example>",
            '"Sam" <mailto:sam@acme.example>',
            "Sam <sam@acme.example>,",
            "sam@acme.example;",
            '"=?utf-8?Q?M=C3=BCller=2C_J=C3=B6rg?=" <sam@acme.example>',
        ):
            with self.subTest(sender=sender):
                self.assertRow(self._capture(sender=sender), "captured")
        for sender in ("eve@evil.example <sam@acme.example>", "Eve @ evil.example <sam@acme.example>"):
            with self.subTest(sender=sender):
                self.assertEqual(self._capture(sender=sender).state, "refused")

    def test_automatic_mail(self):
        for headers, state in [
            ("Auto-Submitted: auto-replied\n", "refused"),
            ("Auto-Submitted: auto-generated; type=x\n", "refused"),
            ("Auto-Submitted: no\n", "captured"),
            ("Return-Path: <>\n", "refused"),
            ("Return-Path: <sam@acme.example>\n", "captured"),
            ("List-Id: <list.acme.example>\nPrecedence: bulk\nX-Auto-Response-Suppress: All\n", "captured"),
        ]:
            with self.subTest(headers=headers):
                self.assertRow(self._capture(headers=headers), state)
        self.assertRow(self._capture(data.BOUNCE), "refused", "Automatic email")

    def test_refused_mail_is_not_answered(self):
        with self.assertSilent():
            self.assertRow(self._capture(sender="mallory@evil.example"), "refused")
