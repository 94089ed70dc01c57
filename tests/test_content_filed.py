"""Content of logged emails: remarks by Odoo are beside the text, not in it."""

from base64 import b64encode

from odoo.addons.mail.tools.discuss import Store

from ..tools.original import rebuild_mail
from .common import GatewayCommon, tagged
from .content import PDF, PNG, alternative, file, html, part, picture, plain, put_together

CALENDAR = """\
BEGIN:VCALENDAR
METHOD:REQUEST
BEGIN:VEVENT
SUMMARY:Demo
LOCATION:Acme House
DTSTART;TZID=Europe/Berlin:20261110T090000
DTEND;TZID=Europe/Berlin:20261110T103000
END:VEVENT
END:VCALENDAR
"""
MB = 1024**2


@tagged("post_install", "-at_install")
class TestContentFiled(GatewayCommon):
    def _deliver(self, content):
        """Receive a mail with the given content, and return its row and its message."""
        head, _separator, _rest = self._format(to="carla@customer.example").partition(b"MIME-Version")
        known = self._get_rows()
        with self.assertSilent():
            self._receive(head + b"MIME-Version: 1.0\n" + content)
        email = self._get_rows() - known
        self.assertRow(email, "captured")
        return email, email.line_ids.mail_message_id

    def test_picture_of_the_text(self):
        """A picture in the text is not listed as a file of the message."""
        for source, parts in (
            ("cid:a@x", [picture("<a@x>")]),
            ("CID:a%40x", [picture("<A@X>")]),
            ("a.png", [file("image/png; name=a.png", PNG)]),
            (f"data:image/png;base64,{b64encode(PNG).decode()}", []),
        ):
            with self.subTest(source):
                related = put_together("related", html(f'<p>words<img src="{source}">'), *parts, boundary="inner")
                email, message = self._deliver(put_together("mixed", related, file("application/pdf; name=a.pdf")))
                self.assertEqual(message.attachment_ids.mapped("name"), ["a.pdf"])
                [shown] = message._bcc_dropbox_get_files() - message.attachment_ids
                self.assertEqual(shown.raw, PNG)
                self.assertIn(f'src="/web/image/{shown.id}?access_token={shown.access_token}"', message.body)
                self.assertEqual(email.attachment_count, 1)
                self.assertFalse(email.reason)

    def test_picture_survives_an_undo(self):
        email, message = self._deliver(put_together("related", html('<p>x<img src="cid:a@x">'), picture("<a@x>")))
        files = message._bcc_dropbox_get_files()
        message.body += f'<p>src="/web/image/{files.id}?access_token=other"</p>'
        email.with_user(self.sam).action_undo()
        self.assertFalse(files.exists())
        email.with_user(self.sam).action_retry()
        message = email.line_ids.mail_message_id
        self.assertEqual(message._bcc_dropbox_get_files().raw, PNG)
        self.assertIn("/web/image/", message.body)

    def test_pictures_of_others_are_not_taken(self):
        """An email that refers to a file of this Odoo neither displays nor copies it."""
        attachment = self.env["ir.attachment"].create({"name": "a.png", "raw": PNG})
        email, message = self._deliver(html(f'<p>words<img src="/web/image/{attachment.id}">'))
        self.assertNotIn("/web/image", message.body)
        email.with_user(self.sam).action_undo()
        self.assertTrue(attachment.exists())

    def test_links_to_files_of_others_are_no_pictures(self):
        """A text that looks like the link of a picture, or a changed one: no other file is copied, moved or deleted."""
        contact = self.env["res.partner"].search([("email_normalized", "=", "carla@customer.example")])
        place = {"res_model": contact._name, "res_id": contact.id}
        other = self.env["ir.attachment"].create({"name": "a.png", "raw": PNG + b"secret", **place})
        [token] = other.generate_access_token()
        link = f'src="/web/image/{other.id}"'
        for content, body in (
            (plain(f"see {link}"), None),
            (html(f"<p>see {link}"), None),
            (html("<p>words"), f"<p><img {link}></p>"),
            (html("<p>words"), f'<p><img src="/web/image/{other.id}?access_token={token[:-1]}"></p>'),
        ):
            email, message = self._deliver(content)
            message.body = body or message.body
            with self.subTest(message.body):
                self.assertIn(f"/web/image/{other.id}", message.body)
                self.assertNotIn(b64encode(other.raw), rebuild_mail(email, message).replace(b"\n", b""))
                self.assertFalse(message._bcc_dropbox_get_files())
                email.line_ids.with_user(self.sam)._move_to(self.lead)
                self.assertEqual(other.res_id, contact.id)
                email.with_user(self.sam).action_undo()
                self.assertTrue(other.exists())

    def test_largest_files_are_left_out(self):
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_attachment_mb", "3")
        sizes = {"a.pdf": 1, "b.pdf": 2, "c.pdf": 4, "d.pdf": 1}
        files = [file(f"application/pdf; name={name}", PDF + bytes(size * MB - 99)) for name, size in sizes.items()]
        email, message = self._deliver(put_together("mixed", plain("words"), *files))
        self.assertEqual(set(message.attachment_ids.mapped("name")), {"a.pdf", "d.pdf"})
        for text in (email.reason, message.bcc_dropbox_note):
            self.assertIn("b.pdf (2 MB), c.pdf (4 MB)", text)
        self.assertNotIn("MB", message.body)
        self.assertEqual(email.attachment_count, 4)

    def test_picture_that_is_left_out_is_no_broken_link(self):
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_attachment_mb", "1")
        content = put_together("related", html('<p>x<img src="cid:a@x">'), picture("<a@x>", content=PNG + bytes(MB)))
        _email, message = self._deliver(content)
        self.assertNotIn("cid:", message.body)
        self.assertIn("picture.png (1 MB)", message.bcc_dropbox_note)

    def test_invitation(self):
        for content in (
            part("text/calendar; method=REQUEST", CALENDAR),
            alternative(plain("words"), html("<p>words"), part("text/calendar; method=REQUEST", CALENDAR)),
        ):
            email, message = self._deliver(content)
            self.assertEqual(message.attachment_ids.name, "invite.ics")
            when = "11/10/2026 09:00 \N{EN DASH} 10:30 Europe/Berlin"
            self.assertEqual(message.bcc_dropbox_note, f"Invitation: Demo, {when}, Acme House")
            self.assertFalse(email.reason, "nothing is wrong with it")

    def test_never_empty_without_a_word(self):
        for content, note in (
            (plain(""), "no text and no attachments"),
            (html("<p>&nbsp;</p>"), "no text and no attachments"),
            (plain("-----BEGIN PGP MESSAGE-----\n\nx"), "encrypted (PGP)"),
        ):
            email, message = self._deliver(content)
            self.assertIn(note, message.bcc_dropbox_note)
            self.assertEqual("encrypted" in note, bool(email.reason))
        email, message = self._deliver(plain("words"))
        self.assertFalse(message.bcc_dropbox_note)

    def test_note_is_shown_beside_the_text(self):
        _email, message = self._deliver(plain(""))
        data = self._get_stored(message)
        self.assertIn("no text", data["bcc_dropbox_note"])

    def _get_stored(self, message):
        """Return the values of a message for the chatter."""
        store = Store().add(message.with_user(self.sam))
        [values] = store.get_result()["mail.message"]
        return values

    def test_file_bytes(self):
        content = b"\xff\xfeK\0;\0\x80"
        _email, message = self._deliver(put_together("mixed", plain("x"), file("text/csv; name=a.csv", content)))
        self.assertEqual(message.attachment_ids.raw, content)

    def test_colors_stay(self):
        """A text is readable after the field has sanitised it."""
        _email, message = self._deliver(
            html('<table><tr><td bgcolor="#003366" style="background:#036;color:#fff">words')
        )
        self.assertRegex(message.body, r"background-color: ?#036")
        _email, message = self._deliver(html('<p style="background:url(x.png);color:#fff">words'))
        self.assertNotIn("#fff", message.body)
