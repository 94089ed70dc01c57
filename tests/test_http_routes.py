"""Each route of the addon, requested by each persona with each method."""

from dataclasses import dataclass

from odoo import http
from odoo.tests.common import HttpCase
from odoo.tools import mute_logger

from .access_table import ANYONE, MANAGERS, NOBODY, PERSONAS, SELLERS
from .common import data, tagged
from .test_access import AccessCommon
from .test_access_table import ADDON

LOGGERS = ("odoo.http", "odoo.addons.http_routing.models.ir_http", "odoo.addons.base.models.ir_model")


@dataclass(frozen=True)
class Route:
    """The expectations of a route.

    :param frozenset served: personas who get a response
    :param str path: path of something that belongs to the owner; by default the route itself
    :param set methods: accepted methods
    :param dict headers: headers of the response
    :param bool own: whether the response is about the current user, not about the owner
    :param str auth: who may request it
    :param bool by_session: whether it uses the session of a browser; else each request has its own login and password,
        see `test_mailgate_credentials.py`
    """

    served: frozenset
    headers: dict
    path: str = ""
    methods: frozenset = frozenset({"GET"})
    own: bool = True
    auth: str = "user"
    by_session: bool = True


SECRET = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

ROUTES = {
    "/bcc_dropbox/vcard": Route(
        SELLERS, {**SECRET, "Content-Type": "text/vcard; charset=utf-8", "Content-Disposition": "attachment"}
    ),
    "/bcc_dropbox/qrcode": Route(SELLERS, {**SECRET, "Content-Type": "image/png"}),
    "/bcc_dropbox/confirm": Route(
        ANYONE - {"public"},
        {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"},
        methods=frozenset({"GET", "POST"}),
    ),
    # the link proves who its visitor is
    "/bcc_dropbox/notice": Route(
        ANYONE,
        {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"},
        methods=frozenset({"GET", "POST"}),
        auth="public",
    ),
    "/bcc_dropbox/original/<int:email_id>/<int:number>": Route(
        MANAGERS,
        {
            **SECRET,
            "Content-Type": "application/octet-stream",
            "Content-Disposition": "attachment",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
        path="/bcc_dropbox/original/{}/1",
        own=False,
    ),
    # a message without such a picture; see `test_picture_http.py`
    "/bcc_dropbox/picture/<int:message_id>": Route(NOBODY, {}, path="/bcc_dropbox/picture/{}", own=False),
    "/bcc_dropbox/mail": Route(NOBODY, SECRET, methods=frozenset({"POST"}), own=False, auth="none", by_session=False),
    "/bcc_dropbox/recipients": Route(
        NOBODY, SECRET, methods=frozenset({"POST"}), own=False, auth="none", by_session=False
    ),
}


def get_routes():
    """Return the routes of the addon, with their declarations."""
    rules = http._generate_routing_rules([ADDON], nodb_only=False)
    return {
        url: endpoint.routing for url, endpoint in rules if endpoint.func.__module__.startswith(f"odoo.addons.{ADDON}.")
    }


@tagged("post_install", "-at_install")
class TestHttpRoutes(AccessCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.secret = cls.token.token
        cls.users = {persona: getattr(cls, login) for persona, login in PERSONAS.items()}

    def _log_in(self, persona):
        user = self.users[persona]
        if persona == "public":
            self.authenticate(None, None)
        else:
            self.authenticate(user.login, user.login + "x" * (8 - len(user.login)))

    def _get_paths(self):
        email = self._capture(data.MIXED, sender="Sam <sam@home.example>")
        self.assertRow(email, "refused")
        return {url: (route.path or url).format(email.id) for url, route in ROUTES.items()}

    def test_every_route_has_a_row(self):
        self.assertEqual(get_routes().keys(), ROUTES.keys())

    def test_declarations(self):
        """Users only, except for links; with a CSRF token for changes, read-only otherwise."""
        for url, routing in get_routes().items():
            with self.subTest(url=url):
                self.assertEqual(routing["type"], "http")
                self.assertEqual(routing["auth"], ROUTES[url].auth)
                self.assertEqual(set(routing["methods"]), ROUTES[url].methods)
                self.assertEqual(routing.get("csrf", True), ROUTES[url].by_session)
                self.assertEqual(routing.get("save_session", True), ROUTES[url].by_session)
                self.assertFalse(routing.get("cors"))
                self.assertEqual(bool(routing.get("readonly")), ROUTES[url].methods == {"GET"})

    @mute_logger(*LOGGERS)
    def test_personas(self):
        paths = self._get_paths()
        for persona in PERSONAS:
            self._log_in(persona)
            for url, route in ROUTES.items():
                with self.subTest(url=url, persona=persona):
                    response = self.url_open(paths[url], allow_redirects=False)
                    if "GET" not in route.methods:
                        self.assertEqual(response.status_code, 405)
                    elif persona == "public" and route.auth != "public":
                        self.assertEqual(response.status_code, 303)
                        self.assertIn("/web/login", response.headers["Location"])
                    elif persona not in route.served:
                        self.assertIn(response.status_code, (403, 404))
                    else:
                        # the link of another user, or an invalid one
                        self.assertEqual(response.status_code, 410 if url.endswith(("/confirm", "/notice")) else 200)
                        for name, value in route.headers.items():
                            self.assertIn(value, response.headers.get(name, ""), name)
                    if persona not in MANAGERS:
                        self.assertNotIn(self.secret, response.text)
                    if persona not in route.served:
                        self.assertNotIn(b"PDF", response.content)

    @mute_logger(*LOGGERS)
    def test_other_methods(self):
        paths = self._get_paths()
        self._log_in("owner")
        for url, route in ROUTES.items():
            for method in ("POST", "PUT", "DELETE", "PATCH", "TRACE"):
                with self.subTest(url=url, method=method):
                    response = self.opener.request(method, self.base_url() + paths[url], timeout=30)
                    # a form without the token of its session, or without credentials
                    refused = 400 if route.by_session else 401
                    self.assertEqual(response.status_code, refused if method in route.methods else 405)
                    self.assertNotIn(self.secret, response.text)

    @mute_logger(*LOGGERS)
    def test_other_paths(self):
        """Nothing can be enumerated: no route accepts a parameter that selects a dropbox."""
        self._log_in("colleague")
        for url in ("vcard/1", "qrcode/1", "confirm/1", "original/1", "original/x/0", "original/1/-1", "", "%2e%2e/x"):
            response = self.url_open(f"/bcc_dropbox/{url}", allow_redirects=False)
            self.assertEqual(response.status_code, 404, url)
        for query in (
            f"user_id={self.sam.id}",
            f"uid={self.sam.id}",
            f"number={self.sam.bcc_dropbox_ids.token_ids.id}",
        ):
            for name in ("vcard", "qrcode"):
                own, other = (self.url_open(f"/bcc_dropbox/{name}{more}") for more in ("", f"?{query}"))
                self.assertEqual(own.content, other.content, "it is always one's own")

    @mute_logger(*LOGGERS)
    def test_record_of_a_qr_code(self):
        """Only records that the user may change; one that doesn't exist looks the same."""
        self._log_in("owner")
        plain = self.url_open("/bcc_dropbox/qrcode").content
        self.assertNotEqual(self.url_open(f"/bcc_dropbox/qrcode?record=lead{self.lead.id}").content, plain)
        for persona, word in (
            ("owner", "lead999999999"),
            ("owner", "lead"),
            ("owner", "lead0x1"),
            ("seller", f"lead{self.lead.id}"),
        ):
            with self.subTest(persona=persona, word=word):
                self._log_in(persona)
                self.assertEqual(self.url_open(f"/bcc_dropbox/qrcode?record={word}").status_code, 403)

    @mute_logger(*LOGGERS)
    def test_foreign_session(self):
        """Responses to one user are not shown to the next one in the same browser."""
        self._log_in("owner")
        own = self.url_open("/bcc_dropbox/vcard").text
        self._log_in("colleague")
        other = self.url_open("/bcc_dropbox/vcard").text
        self.assertIn(self.secret, own)
        self.assertNotIn(self.secret, other)
