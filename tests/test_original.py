"""The original of a captured email, for its owner and managers."""

import base64
from datetime import datetime
from email import message_from_bytes
from email.policy import SMTP

from odoo.exceptions import AccessError
from odoo.tests import BaseCase
from odoo.tests.common import HttpCase
from odoo.tools import mute_logger

from ..tools.original import build_mail, read_head, restore_inline_images
from ..tools.raw_mail import RawMail
from ..tools.safe_html import MAX_SHOWN, MAX_SHOWN_PICTURES, block_remote_content
from .common import data, tagged
from .test_actions import ActionsCommon

GIF = "R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICTAEAOw=="

FIELDS = ["has_original", "original_header", "original_body", "original_files"]


@tagged("post_install", "-at_install")
class TestBlockRemoteContent(BaseCase):
    """The body of an email from a stranger is displayed, and neither runs nor loads anything."""

    def test_nothing_is_loaded(self):
        for html in (
            '<img src="http://evil.example/p.gif">',
            '<img src="//evil.example/p.gif" width="1" height="1">',
            '<img src=" \thttps://evil.example/p.gif">',
            '<img src="ht&#116;p://evil.example/p.gif">',
            '<img src="/web/image/1?evil">',
            '<img src="cid:x" srcset="https://evil.example/p.gif 2x">',
            '<img lowsrc="http://evil.example/p.gif" dynsrc="http://evil.example/p.avi">',
            '<img longdesc="http://evil.example/" usemap="http://evil.example/#x">',
            '<table background="http://evil.example/p.gif"><tr><td background="//evil.example/p">x</td></tr></table>',
            '<body background="http://evil.example/p.gif">x</body>',
            "<p style=\"background-image: url('http://evil.example/p.gif')\">x</p>",
            '<p style="color:red;background-image:URL(http://evil.example/p.gif)">x</p>',
            '<p style="background-image: u\\72l(http://evil.example/p.gif)">x</p>',
            "<p style=\"background-image: image-set('http://evil.example/p.gif' 1x)\">x</p>",
            "<p style='background-image: src(\"http://evil.example/p.gif\")'>x</p>",
            "<p style='font-family: \"a;background-image:url(http://evil.example/p)\"'>x</p>",
            '<p style="list-style: url(http://evil.example/p.gif); content: url(//evil.example)">x</p>',
            "<style>@import 'http://evil.example/p.css'; p { background: url(http://evil.example/p.gif) }</style>x",
            '<link rel="stylesheet" href="http://evil.example/p.css">x',
            '<base href="http://evil.example/"><img src="p.gif">',
            '<meta http-equiv="refresh" content="0; url=http://evil.example/">x',
            '<iframe src="http://evil.example/"></iframe>x',
            '<object data="http://evil.example/"><embed src="http://evil.example/"></object>x',
            '<video src="//evil.example/v" poster="//evil.example/p"><source src="//evil.example/v"></video>',
            '<audio src="http://evil.example/v" autoplay></audio>x',
            '<svg><image href="//evil.example/p" xlink:href="//evil.example/p"/><use href="//evil.example"/></svg>',
            "<svg><style>p{background:url(http://evil.example/p)}</style></svg>x",
            '<input type="image" src="http://evil.example/p.gif">x',
            '<form action="http://evil.example/"><button formaction="http://evil.example/">x</button></form>',
            '<a href="x" ping="http://evil.example/">x</a>',
            '<blockquote cite="http://evil.example/">x</blockquote>',
            '<!--[if mso]><img src="http://evil.example/p.gif"><![endif]-->x',
            '<noscript><img src="http://evil.example/p.gif"></noscript>x',
        ):
            with self.subTest(html=html):
                self.assertNotIn("evil", block_remote_content(html))

    def test_nothing_runs(self):
        for html in (
            "<script>evil()</script>x",
            '<img src="cid:x" onerror="evil()">',
            '<p onclick="evil()">x</p>',
            '<a href="javascript:evil()">x</a>',
            '<a href="java\tscript:evil()">x</a>',
            '<a href="data:text/html,<script>evil()</script>">x</a>',
            '<svg onload="evil()"><script>evil()</script></svg>x',
            '<math><mtext><table><mglyph><style><img src="x" onerror="evil()"></style></table></mtext></math>',
            '<p data-behavior-props="evil" data-oe-model="evil" data-bs-toggle="evil">x</p>',
            '<p class="evil">x</p>',
            '<div style="position: evil; z-index: evil">x</div>',
            '<form action="/evil"><input name="evil"></form>x',
        ):
            with self.subTest(html=html):
                self.assertNotIn("evil", block_remote_content(html))

    def test_what_stays(self):
        for html in (
            '<p style="color:red; font-size:12px">naïve</p>',
            '<img src="cid:logo@acme" alt="Logo">',
            f'<img src="data:image/gif;base64,{GIF}">',
            '<a href="https://acme.example/offer?a=1">offer</a>',
            '<a href="mailto:joe@b.example">Joe</a>',
            "<table><tr><td>1</td></tr></table>",
        ):
            with self.subTest(html=html):
                self.assertIn(html.replace(": ", ":").replace("; ", ";"), block_remote_content(html).replace("; ", ";"))

    def test_pictures(self):
        """Pictures of the email are displayed, up to a total size."""
        gif = base64.b64decode(GIF)
        shown = f'<p><img src="data:image/gif;base64,{GIF}"></p>'
        html = '<p><img src="cid:x"></p>'
        self.assertEqual(block_remote_content(html, {"x": gif}), shown)
        self.assertEqual(block_remote_content(html, {"y": gif}), html)
        self.assertEqual(block_remote_content(html, {"x": b"<svg xmlns='http://www.w3.org/2000/svg'/>"}), html)
        self.assertEqual(block_remote_content(html, {"x": gif + b"x" * MAX_SHOWN_PICTURES}), html)

    def test_what_is_long(self):
        for html in ("<b>words</b> " * 50_000, "words " * 100_000):
            shown = block_remote_content(html)
            self.assertLess(len(shown), MAX_SHOWN + 100)
            self.assertIn("words words words", shown)
            self.assertIn("…</pre>" if "<b>" not in html else "words</pre>", shown)

    def test_odd_input(self):
        for html in ("", " ", "text", "<", "<!-- -->", "<p", "\x00", "<p>\udc80</p>", "<p>" * 3000, "\x1b<br>"):
            self.assertIsInstance(block_remote_content(html), str)


@tagged("post_install", "-at_install")
class TestOriginalTools(BaseCase):
    def test_head(self):
        raw = b"Received: by x\r\n\tfor y\r\nSUBJECT: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nTo: a@b.example\r\n"
        raw += b"From: \xc3\xb6@c.example\r\n\r\nx"
        self.assertEqual(
            read_head(RawMail(raw)), "From: ö@c.example\nTo: a@b.example\nSUBJECT: Grüße\nReceived: by x for y"
        )

    def test_mail(self):
        header = {"From": "Zoë <a@b.example>", "To": "x,, <\r\nBcc: evil@b.example", "Cc": False, "Subject": "ö"}
        files = [("a/bö.txt", b"\x00\xff", "1@odoo"), ("", b"", "2@odoo")]
        raw = build_mail(header, datetime(2026, 11, 23, 9), "<p>ö " + "x" * 2000 + "</p>", files)
        self.assertEqual(
            read_head(RawMail(raw)).splitlines()[:4],
            [
                "From: Zoë <a@b.example>",
                "To: x,, < Bcc: evil@b.example",
                "Date: Mon, 23 Nov 2026 09:00:00 +0000",
                "Subject: ö",
            ],
        )
        body, first, second = [part for part in message_from_bytes(raw, policy=SMTP).walk() if not part.is_multipart()]
        self.assertEqual(body.get_content().strip(), "<p>ö " + "x" * 2000 + "</p>")
        self.assertEqual(
            (first.get_filename(), first.get_content(), first["content-id"]), ("a-bö.txt", b"\x00\xff", "<1@odoo>")
        )
        self.assertEqual((second.get_filename(), second.get_content()), ("attachment", b""))

    def test_inline_images(self):
        body = '<img src="/web/image/7?access_token=x"><img src="/web/image/77"><img src="cid:x">'
        self.assertEqual(
            restore_inline_images(body, [7]), '<img src="cid:7@odoo"><img src="/web/image/77"><img src="cid:x">'
        )


@tagged("post_install", "-at_install")
class TestOriginal(ActionsCommon, HttpCase):
    def _read(self, user, email, **context):
        return self._call(user, email, "read", FIELDS, **context)[0]

    def test_owner_and_managers_see_it(self):
        colleague = f"bcc-{'a' * 20}@acme.example"
        email = self._capture_refused(template=data.MIXED, headers=f"Cc: {colleague}, carla@customer.example\n")
        for user in (self.sam, self.boss):
            for context in ({}, {"bin_size": True}):
                read = self._read(user, email, **context)
                self.assertTrue(read["has_original"])
                self.assertIn("From: Sam <sam@home.example>\nTo: new@customer.example\n", read["original_header"])
                self.assertIn("naïve as it is", read["original_body"])
                self.assertNotIn("script", read["original_body"])
                self.assertIn(f'href="/bcc_dropbox/original/{email.id}/1"', read["original_files"])
                self.assertIn("offer.pdf", read["original_files"])
                for secret in (self.secret, colleague):
                    self.assertNotIn(secret, str(read))
                    self.assertNotIn("hidden", read["original_header"])
        for user in self.outsiders:
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._read(user, email)

    def test_bytes_stay_closed(self):
        email = self._capture_refused()
        for user in (self.sam, self.boss):
            with self.assertRaises(AccessError):
                self._call(user, email, "read", ["raw"])

    def test_filed_mail(self):
        email = self._capture(data.MIXED, to="leo@customer.example")
        read = self._read(self.sam, email)
        self.assertTrue(all(read[name] for name in FIELDS))
        email.raw = False
        read = self._read(self.sam, email)
        self.assertEqual([read[name] for name in FIELDS], [False] * 4)

    def test_what_cannot_be_parsed(self):
        for broken in (
            b"Content-Type: text/plain; charset=unknown-8bit-x",
            b"Content-Type: multipart/mixed; boundary=",
        ):
            raw = self._format(sender="x@home.example").replace(b"Content-Type: text/plain; charset=utf-8", broken)
            self._receive(raw)
            email = self.env["crm.bcc.dropbox.email"].search([], limit=1)
            self.assertRow(email, "refused")
            with mute_logger("odoo.addons.crm_bcc_dropbox.models.crm_bcc_dropbox_email_content"):
                self.assertIn("as it is", self._read(self.sam, email)["original_body"])
        email.raw = base64.b64encode(b"\xff\x00")
        self.assertTrue(self._read(self.sam, email)["has_original"])

    def test_names_of_files_are_no_html(self):
        mail = data.MIXED.replace("offer.pdf", "<img src=x onerror=evil()>.pdf")
        read = self._read(self.sam, self._capture_refused(template=mail))
        self.assertNotIn("<img", read["original_files"])

    def test_many_rows_in_one_query(self):
        mails = self._capture_refused() + self._capture_refused() + self._capture(to="leo@customer.example")
        mails[0].raw = False
        mails.invalidate_recordset()
        self.assertEqual(sorted(mails.with_user(self.sam).mapped("has_original")), [False, True, True])

    def test_download(self):
        email = self._capture_refused(template=data.MIXED)
        url = f"/bcc_dropbox/original/{email.id}"
        for user in (self.sam, self.boss):
            self.authenticate(user.login, user.login + "x" * (8 - len(user.login)))
            answer = self.url_open(f"{url}/1")
            self.assertEqual(answer.status_code, 200)
            self.assertEqual(answer.content, b"%PDF-1.4\n%%EOF\n")
            self.assertIn("attachment", answer.headers["Content-Disposition"])
            self.assertIn("offer.pdf", answer.headers["Content-Disposition"])
            for name, value in {
                "Content-Type": "application/octet-stream",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store",
            }.items():
                self.assertEqual(answer.headers[name], value)
            for wrong in (f"{url}/2", "/bcc_dropbox/original/0/0"):
                self.assertEqual(self.url_open(wrong).status_code, 404)

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_model")
    def test_download_by_others(self):
        email = self._capture_refused(template=data.MIXED)
        for user in self.outsiders[:-1]:
            self.authenticate(user.login, user.login + "x" * (8 - len(user.login)))
            answer = self.url_open(f"/bcc_dropbox/original/{email.id}/1")
            self.assertIn(answer.status_code, (403, 404), user.login)
            self.assertNotIn(b"PDF", answer.content)
        self.authenticate(None, None)
        answer = self.url_open(f"/bcc_dropbox/original/{email.id}/1")
        self.assertIn("/web/login", answer.url)
