"""The page behind the links in the daily email."""

from datetime import timedelta

from freezegun import freeze_time
from lxml import html
from odoo import fields
from odoo.tests.common import HttpCase
from odoo.tools import mute_logger

from ..tools.notice_link import MINE, NEVER, PATH, UNDO
from .common import tagged
from .test_notice_link import LinkCommon

LOGGERS = ("odoo.http", "odoo.addons.http_routing.models.ir_http")


@tagged("post_install", "-at_install")
class TestNoticePage(LinkCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _read(self, response, status):
        self.env.invalidate_all()
        self.assertEqual(response.status_code, status)
        for name, value in {
            "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
            "X-Robots-Tag": "noindex",
        }.items():  # fmt: skip
            self.assertEqual(response.headers[name], value)
        self.assertNotIn(self.dropbox.token_ids.sorted()[-1:].token, response.text)
        (box,) = html.fromstring(response.content).xpath("//div[contains(@class, 'o_bcc_dropbox_notice')]")
        return box

    def _open(self, token, status=200):
        self.env.flush_all()
        return self._read(self.url_open(f"{PATH}?token={token}"), status)

    def _send(self, token, status=200):
        """Click the button of the page."""
        (form,) = self._open(token).xpath(".//form")
        return self._read(self.url_open(form.action, data=dict(form.fields)), status)

    def test_each_action(self):
        for action, question, state in [
            (UNDO, "Remove this email", "unmatched"),
            (MINE, "Did you send this email?", "captured"),
            (NEVER, "Never log person.example?", "unmatched"),
        ]:
            with self.subTest(action=action):
                email = self._capture_for(action)
                token, before = self._make(email, action), email.state
                box = self._open(token)
                self.assertEqual(box.get("data-step"), "ask")
                self.assertIn(question, " ".join(box.text_content().split()))
                self.assertIn("Our offer", box.text_content())
                self.assertEqual(email.state, before, "mail scanners open links")
                self.assertEqual(self._send(token).get("data-step"), "done")
                self.assertEqual(email.state, state)
                box = self._open(token, 410)
                self.assertEqual(box.get("data-step"), "used")
                self.assertFalse(box.xpath(".//form"))
                self.dropbox.propose = False

    def test_who_it_is_from(self):
        """The address, not the name that its sender chose."""
        email = self._capture(sender='"Sam Seller" <sam@evil.example>', to="leo@customer.example")
        text = self._open(self._make(email, MINE)).text_content()
        self.assertIn("sam@evil.example", text)
        self.assertNotIn("Sam Seller", text)

    @mute_logger(*LOGGERS)
    def test_reading_does_nothing(self):
        email = self._capture_for(UNDO)
        token = self._make(email, UNDO)
        self.env.flush_all()
        for method, status in [("HEAD", 200), ("GET", 200), ("OPTIONS", 200), ("PUT", 405), ("POST", 400)]:
            url = f"{self.base_url()}{PATH}?token={token}"
            response = self.opener.request(method, url, timeout=30)
            self.assertEqual(response.status_code, status, method)
            self.env.invalidate_all()
            self.assertRow(email, "captured")
        # without a form of this session
        self.assertEqual(self.url_open(PATH, data={"token": token}).status_code, 400)
        self.env.invalidate_all()
        self.assertRow(email, "captured")
        self.assertFalse(self._find(token)[1], "the link is not used up")

    def test_text_of_strangers(self):
        email = self._capture(sender="sam@home.example", subject="<script>alert(1)</script>")
        page = self.url_open(f"{PATH}?token={self._make(email, MINE)}").text
        self.assertNotIn("<script>alert", page)
        self.assertIn("&lt;script&gt;alert", page)

    def test_problems(self):
        token = self._make(self._capture_for(UNDO), UNDO)
        self.assertEqual(self._open("x", 410).get("data-step"), "expired")
        self.assertEqual(self._open("", 410).get("data-step"), "expired")
        self.authenticate("lea", "leaxxxxx")
        box = self._open(token, 403)
        self.assertEqual(box.get("data-step"), "foreign")
        self.assertNotIn("Our offer", box.text_content())
        self.authenticate("sam", "samxxxxx")
        self.assertEqual(self._open(token).get("data-step"), "ask")
        self.authenticate(None, None)
        self.sam.active = False
        box = self._open(token, 410)
        self.assertEqual(box.get("data-step"), "void")
        self.assertNotIn("Our offer", box.text_content())

    def test_changed_while_the_page_is_open(self):
        email = self._capture_for(UNDO)
        token = self._make(email, UNDO)
        (form,) = self._open(token).xpath(".//form")
        email.with_user(self.sam).action_undo()
        self.env.flush_all()
        box = self._read(self.url_open(form.action, data=dict(form.fields)), 410)
        self.assertEqual(box.get("data-step"), "used")

    def test_what_cannot_be_done(self):
        email = self._capture(user=self.own, to="leo@customer.example", sender="own@acme.example")
        record = self._get_record(email)
        token = self._make(email, UNDO, "own@acme.example")
        record.user_id = self.lea
        box = self._send(token, 409)
        self.assertEqual(box.get("data-step"), "failed")
        self.assertIn("You have no access", box.text_content())
        self.assertRow(email, "captured")

    def test_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("crm_bcc_dropbox.notice_page")
        template.update_field_translations("arch_db", {"fr_FR": {"Remove Email": "Retirer"}})
        self.sam.lang = "fr_FR"
        self.assertIn("Retirer", self._open(self._make(self._capture_for(UNDO), UNDO)).text_content())

    def test_expired(self):
        with freeze_time(fields.Datetime.now() - timedelta(days=8)):
            token = self._make(self._capture_for(UNDO), UNDO)
        self.assertEqual(self._open(token, 410).get("data-step"), "expired")
