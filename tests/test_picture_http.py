"""The route for remote pictures of captured emails, requested by each persona."""

import base64
from unittest.mock import patch
from urllib.parse import urlencode

from odoo.sql_db import db_connect
from odoo.tests.common import HttpCase
from odoo.tools import mute_logger

from ..controllers.crm_bcc_dropbox import PICTURE_SLOTS, take_picture_slot
from ..tools import picture as fetching
from .access_table import LEAD_READERS, PERSONAS
from .common import tagged
from .test_access import AccessCommon
from .test_hostile_html import HTML
from .test_http_routes import LOGGERS
from .test_picture import GIF, FakeWeb, PictureCase, PictureServer, redirect

ADDRESS = "http://pictures.example/p.gif?a=1&b=%C3%BC"
AWAY = "http://pictures.example/away"
OTHER = "http://pictures.example/other.gif"


@tagged("post_install", "-at_install")
class TestPictureHttp(PictureCase, AccessCommon, HttpCase):
    def setUp(self):
        super().setUp()
        self.enterContext(mute_logger(*LOGGERS))
        self.server = self._serve(
            PictureServer(
                {"/p.gif?a=1&b=%C3%BC": PictureServer().answers["/p.gif"], "/away": redirect(self.base_url())}
            )
        )
        self.web = FakeWeb(self.server.server_port)
        patcher = patch.object(fetching, "Network", lambda: self.web)
        patcher.start()
        self.addCleanup(patcher.stop)
        body = base64.encodebytes(f"<img src='{ADDRESS}'><img src='{AWAY}'>".encode()).decode()
        email = self._capture(HTML, to="leo@customer.example", body=body)
        self.assertRow(email, "captured")
        self.message = email.line_ids.mail_message_id

    def _log_in(self, persona):
        login = PERSONAS[persona]
        self.authenticate(None if persona == "public" else login, login + "x" * (8 - len(login)))

    def _ask(self, address=ADDRESS, message=None):
        query = f"?{urlencode({'address': address})}" if address else ""
        message = message or self.message
        return self.url_open(f"/bcc_dropbox/picture/{message.id}{query}", allow_redirects=False)

    def test_answer(self):
        self._log_in("owner")
        response = self._ask()
        self.assertEqual((response.status_code, response.content), (200, GIF))
        for name, value in {
            "Content-Type": "image/gif",
            "Content-Disposition": "inline",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "X-Content-Type-Options": "nosniff",
        }.items():
            self.assertEqual(response.headers[name], value)
        self.assertIn("private", response.headers["Cache-Control"])
        [(_path, headers)] = self.server.seen
        self.assertFalse({"Cookie", "Referer", "Authorization", "X-Forwarded-For"} & set(headers))

    def test_personas(self):
        """The right to read the message is sufficient."""
        self.lead.message_subscribe(self.portal.partner_id.ids)
        for persona in PERSONAS:
            with self.subTest(persona):
                self.server.seen.clear()
                self._log_in(persona)
                status = 303 if persona == "public" else 200 if persona in LEAD_READERS else 404
                self.assertEqual(self._ask().status_code, status)
                self.assertEqual(bool(self.server.seen), status == 200)

    def test_no_open_proxy(self):
        """Only pictures that are blocked in this message."""
        self._log_in("owner")
        body = f'<p><img data-original-src="{OTHER}"></p>'
        comment = self.lead.with_user(self.sam).message_post(body=body, message_type="comment")
        for address, message in (
            (OTHER, None), (OTHER, comment), (ADDRESS, comment), ("", None), (ADDRESS + "c", None),
            (f" {ADDRESS}", None),
            ("http://127.0.0.1/web/session/logout", None), (ADDRESS, self.message.browse(2**31 - 1)),
        ):  # fmt: skip
            with self.subTest(address=address):
                self.assertEqual(self._ask(address, message).status_code, 404)
        self.assertEqual(self.web.connected, [])

    def test_redirect_to_odoo(self):
        """Whatever its name; and the response does not reveal why there is none."""
        self._log_in("owner")
        self.env["ir.config_parameter"].set_param("web.base.url", "https://odoo.example:8443/x")
        for place in (self.base_url(), "http://odoo.example", "http://ODOO.example", "http://127.0.0.1", "file:///etc"):
            with self.subTest(place):
                self.server.answers["/away"] = redirect(f"{place}/web/session/logout")
                self.web.connected.clear()
                self.assertEqual(self._ask(AWAY).status_code, 404)
                self.assertEqual(len(self.web.connected), 1)
        self.assertEqual({path for path, _headers in self.server.seen} - {"/away"}, set())
        self.assertEqual(self.url_open("/odoo", allow_redirects=False).status_code, 200, "the session is still there")

    def test_few_at_once(self):
        """One user keeps at most a few workers busy."""
        self._log_in("owner")
        cursors = [db_connect(self.env.cr.dbname).cursor() for _slot in range(PICTURE_SLOTS + 1)]
        for cr in cursors:
            self.addCleanup(cr.close)
        logs = [self.env(cr=cr, user=self.sam.id)["crm.bcc.dropbox.email"] for cr in cursors]
        self.assertEqual([take_picture_slot(log.env) for log in logs], [True] * PICTURE_SLOTS + [False])
        self.assertEqual(self._ask().status_code, 429)
        self.assertEqual(self.server.seen, [])
        cursors[1].rollback()
        self.assertEqual(self._ask().status_code, 200)
        self.assertTrue(take_picture_slot(self.env(cr=cursors[0], user=self.lea.id)))
