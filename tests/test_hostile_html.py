"""Hostile mails in a real browser: no scripts run, nothing is loaded, the page around is not affected."""

import base64
from unittest.mock import patch
from urllib.parse import urlsplit

from markupsafe import Markup
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger
from odoo.tools.mail import html_sanitize

from ..tools import picture as fetching
from ..tools.mail_body import write_body
from ..tools.mail_content import Text, read_content
from ..tools.payload import Payload
from ..tools.raw_mail import RawMail
from ..tools.safe_html import block_remote_content, get_held_pictures, release_pictures
from .data import HTML
from .screens import ScreenBrowser, ScreenCase
from .test_picture import FakeWeb, PictureCase, PictureServer, redirect
from .xss_vectors import LABELLED, VECTORS

NEWSLETTER = """\
<p>News
<img src='http://pictures.example/p.gif'>
<img src='http://pictures.example/away' alt='Away'>
<img src='http://127.0.0.1/web/session/logout' alt='Own'>
</p>"""


class HostileBrowser(ScreenBrowser):
    """A browser that records network requests and scripts run by a mail."""

    def __init__(self, test_case, *args, **kwargs):
        super().__init__(test_case, *args, **kwargs)
        for name in ("evil", "bccDropboxCount"):
            self._websocket_request("Runtime.addBinding", params={"name": name})

    def _handle_binding(self, name, payload, executionContextId):
        if name == "evil":
            self.test_case.scripts.append(payload)
        elif name == "bccDropboxCount":
            self.test_case.shown = int(payload)
        else:
            return super()._handle_binding(name, payload, executionContextId)
        return None

    def _handle_request_paused(self, **params):
        self.test_case.requests.append(params["request"]["url"])
        return super()._handle_request_paused(**params)


@tagged("post_install", "-at_install")
class TestHostileHtml(PictureCase, ScreenCase):
    def setUp(self):
        super().setUp()
        self.scripts, self.requests, self.shown, self.mails = [], [], 0, 0

    def start_tour(self, *args, **kwargs):
        with patch(f"{ScreenCase.__module__}.ScreenBrowser", HostileBrowser):
            return super().start_tour(*args, **kwargs)

    def _format_html(self, html, **values):
        body = base64.encodebytes(html.encode("utf-8", "surrogatepass")).decode()
        return self._format(HTML, user=self.own, body=body, **values)

    def assertHarmless(self, shown):
        """Check that all texts were shown, and that only the control script ran and nothing else was requested."""
        self.assertEqual(self.shown, shown)
        self.assertEqual(self.scripts, ["control"])
        self.assertTrue(self.requests)
        self.assertEqual([url for url in self.requests if "evil" in url], [])

    @mute_logger("odoo.tools.mail.html_sanitize")  # it fails on some
    def _get_texts(self, email, vectors):
        """Return each text as it is logged."""
        return [email._extract_payload(RawMail(self._format_html(html))).body for html in vectors]

    def _get_mails(self, email):
        """Yield several texts per mail, because browsers are slow; one if it may affect the page."""
        for kind, vectors in VECTORS.items():
            texts = self._get_texts(email, vectors)
            size = 1 if kind == "the page around" else 6
            yield from ((kind, texts[start : start + size]) for start in range(0, len(texts), size))

    def test_chatter(self):
        lead = self.env["crm.lead"].create({"name": "Hostile", "email_from": "x@evil.example", "user_id": self.own.id})
        capture = {"template": HTML, "user": self.own, "to": "x@evil.example"}
        email = self._capture(**capture, subject="First", body="")
        self.assertRow(email, "captured")
        target = lead.with_user(self.own)
        for kind, texts in self._get_mails(email):
            raw = self._format_html("", to="x@evil.example", subject=kind)
            email._create_message(target, RawMail(raw), Payload(Markup("<hr>").join(texts), []))
            self.mails += 1
        body = base64.encodebytes(NEWSLETTER.encode()).decode()
        self.assertRow(self._capture(**capture, subject="Newsletter", body=body), "captured")
        server = self._serve(PictureServer({"/away": redirect(f"{self.base_url()}/web/session/logout")}))
        web = FakeWeb(server.server_port)
        with patch.object(fetching, "Network", lambda: web):
            self.start_tour(f"/odoo/crm/{lead.id}", "bcc_dropbox_hostile_chatter", login="own", timeout=180)
        self.assertHarmless(self.mails + 2)
        self.assertEqual(sorted(path for path, _headers in server.seen), ["/away", "/p.gif"])
        self.assertEqual([headers["Cookie"] for _path, headers in server.seen], [None] * 2)
        asked = [urlsplit(url) for url in self.requests]
        self.assertEqual({url.netloc for url in asked if url.netloc}, {urlsplit(self.base_url()).netloc})
        self.assertEqual([url for url in asked if "logout" in url.path], [])

    def test_taken_off(self):
        """Undo restores the sources of pictures; logging again blocks them again."""
        body = base64.encodebytes(NEWSLETTER.encode()).decode()
        email = self._capture(HTML, user=self.own, to="carla@customer.example", body=body).with_user(self.own)
        for _time in range(2):
            filed = email.line_ids.mail_message_id.body
            self.assertIn('data-original-src="http://pictures.example/p.gif"', filed)
            self.assertNotIn(" src=", filed)
            email.action_undo()
            [text] = read_content(email._get_readable_original()).texts
            original = text.text
            self.assertIn(' src="http://pictures.example/p.gif"', original)
            self.assertNotIn("pictures", email.original_body)
            email.action_create_contact()

    def test_original(self):
        """Block remote content in each text, and show all of them in one form."""
        email = self._capture(template=HTML, user=self.own, sender="x@evil.example", body="")
        self.assertRow(email, "refused")
        texts = self._get_texts(email, [html for _kind, html in LABELLED])
        page = "".join(f'<div title="vector">{block_remote_content(text)}</div>' for text in texts)
        model = "odoo.addons.crm_bcc_dropbox.models.crm_bcc_dropbox_email_content"
        with patch(f"{model}.block_remote_content", return_value=f"{page}<p>The end</p>"):
            self.start_tour(
                f"/odoo/captured-emails/{email.id}", "bcc_dropbox_hostile_original", login="own", timeout=180
            )
        self.assertHarmless(len(LABELLED))


@tagged("post_install", "-at_install")
class TestHeldPictures(BaseCase):
    def _file(self, html):
        """Return HTML as it is logged."""
        body, _shown = write_body([Text(None, 3, html)], [])
        return body

    def test_pictures_wait(self):
        for source, held in {
            "http://a.example/p.gif": "http://a.example/p.gif",
            " HTTPS://a.example/p.gif?a=1&amp;b=2": "HTTPS://a.example/p.gif?a=1&amp;b=2",
            "//a.example/p.gif": "https://a.example/p.gif",
        }.items():
            filed = self._file(f'<p>x<img src="{source}" alt="Logo"></p>')
            self.assertEqual(filed, f'<p>x<img alt="Logo" data-original-src="{held}"></p>')
            # the field, with Odoo's sanitizer, does not change it
            self.assertEqual(html_sanitize(filed, sanitize_attributes=True, sanitize_style=True), filed)
            self.assertEqual(release_pictures(filed), f'<p>x<img alt="Logo" src="{held}"></p>')
            self.assertEqual(get_held_pictures(filed), [held.replace("&amp;", "&")])

    def test_pictures_that_never_load(self):
        for source in ("/web/session/logout", "p.gif", "?x", "javascript:x", "file:///x", "http:x", "blob:http://x"):
            self.assertEqual(self._file(f'<p><img src="{source}"></p>'), "<p><img></p>")
        self.assertEqual(self._file('<p><img data-original-src="/web/session/logout"></p>'), "<p><img></p>")

    def test_what_stays(self):
        for html in (
            '<p style="color:red;margin:1px">naïve &amp; <a href="https://acme.example/?a=1">offer</a></p>',
            '<blockquote data-o-mail-quote-node="1" data-o-mail-quote="1">x</blockquote>',
        ):
            self.assertEqual(release_pictures(self._file(html)), html)
            self.assertEqual(get_held_pictures(html), [])
