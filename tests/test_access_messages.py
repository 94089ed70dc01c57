"""Only users who may read a record can access its messages: text, files, names, reactions, notifications."""

import json
from types import SimpleNamespace
from unittest.mock import patch

from odoo import fields
from odoo.addons.bus.models.bus import channel_with_db
from odoo.tests.common import HttpCase
from odoo.tools import mute_logger

from .access_table import LEAD_READERS, PERSONAS
from .common import data, tagged
from .test_access import EMAIL, AccessCommon

WORDS = "Nobody else may read this."
LOGGERS = (
    "odoo.http",
    "odoo.addons.base.models.ir_model",
    "odoo.addons.base.models.ir_rule",
    "odoo.addons.http_routing.models.ir_http",
    "odoo.addons.rpc.controllers.json2",
    "odoo.addons.rpc.controllers.jsonrpc",
)


@tagged("post_install", "-at_install")
class TestAccessMessages(AccessCommon, HttpCase):
    """An email of Sam on a lead of Lea."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {persona: getattr(cls, login) for persona, login in PERSONAS.items()}
        cls.outside = [persona for persona in PERSONAS if persona not in LEAD_READERS]

    def setUp(self):
        super().setUp()
        headers = "Cc: third@new.example\n"
        email = self._capture(data.MIXED, to="leo@customer.example", body=WORDS, headers=headers)
        self.assertRow(email, "captured")
        self.message = email.line_ids.filtered(lambda line: line.res_id == self.lead.id).mail_message_id
        self.picture, self.file = self.message._bcc_dropbox_get_files().sorted("name")

    def _log_in(self, persona):
        user = self.users[persona]
        if persona == "public":
            self.authenticate(None, None)
        else:
            self.authenticate(user.login, user.login + "x" * (8 - len(user.login)))

    def _ask(self, route, **params):
        response = self.url_open(route, json={"jsonrpc": "2.0", "method": "call", "params": params})
        return response.text

    def assertHidden(self, text):
        for secret in (WORDS, "third@new.example", self.file.name):
            self.assertNotIn(secret, text)

    @mute_logger(*LOGGERS)
    def test_history(self):
        """Through the routes of the chatter, of a thread and of single messages."""
        thread = {"thread_model": "crm.lead", "thread_id": self.lead.id}
        routes = [
            ("/mail/thread/messages", {**thread, "fetch_params": {"limit": 30}}),
            ("/mail/data", {"fetch_params": [["mail.thread", {**thread, "request_list": ["attachments"]}]]}),
            ("/mail/message/reaction", {"message_id": self.message.id, "content": "👍", "action": "add"}),
            ("/mail/message/update_content", {"message_id": self.message.id, "update_data": {"body": "x"}}),
            ("/mail/link_preview", {"message_id": self.message.id}),
            ("/mail/inbox/messages", {"fetch_params": {"limit": 30}}),
        ]
        self._log_in("colleague")
        history = self._ask(*routes[0][:1], **routes[0][1])
        self.assertIn(WORDS, history)
        self.assertIn("third@new.example", history)
        for persona in self.outside:
            self._log_in(persona)
            for route, params in routes:
                with self.subTest(persona=persona, route=route):
                    self.assertHidden(self._ask(route, **params))
        self.env.invalidate_all()
        self.assertFalse(self.message.reaction_ids)
        self.assertIn(WORDS, self.message.body)

    def test_messages(self):
        """Through the fields of a message, and by searching for its content."""
        for domain in (
            [("bcc_dropbox_cc", "=like", "third@%")],
            [("bcc_dropbox_to", "ilike", "leo@")],
            [("body", "ilike", WORDS)],
            [("attachment_ids.name", "=", self.file.name)],
            [("id", "=", self.message.id)],
        ):
            for persona, user in self.users.items():
                for method, more in (
                    ("search_count", ()),
                    ("search_read", (["bcc_dropbox_to"],)),
                    ("formatted_read_group", (["bcc_dropbox_cc"], ["__count"])),
                ):
                    with self.subTest(persona=persona, domain=domain, method=method):
                        try:
                            found = self._call(user, self.message, method, domain, *more)
                        except Exception as error:  # noqa: BLE001 no error reveals the content
                            self.assertNotIn(persona, LEAD_READERS, error)
                            self.assertHidden(str(error))
                        else:
                            self.assertEqual(bool(found), persona in LEAD_READERS, found)
        for name in ("tracking_value_ids", "notification_ids", "partner_ids"):
            self.assertFalse(self.message[name], "nothing is tracked, and nobody is told")

    @mute_logger(*LOGGERS)
    def test_files(self):
        """By id, by record and field, as a picture, and with an invalid token."""
        for persona in PERSONAS:
            self._log_in(persona)
            for url in (
                f"/web/content/{self.file.id}",
                f"/web/content/{self.file.id}?access_token=x",
                f"/web/content/ir.attachment/{self.file.id}/raw",
                f"/web/image/{self.picture.id}",
                f"/web/image/ir.attachment/{self.picture.id}/raw",
            ):
                with self.subTest(persona=persona, url=url):
                    content = self.url_open(url).content
                    # instead of a forbidden picture, a placeholder is returned
                    is_there = content in (self.file.raw, self.picture.raw)
                    self.assertEqual(is_there, persona in LEAD_READERS and "access_token" not in url)
            for name in ("raw", "original_body", "original_header", "history"):
                for kind in ("content", "image"):
                    response = self.url_open(f"/web/{kind}/{EMAIL}/{self.email.id}/{name}")
                    self.assertNotIn(self.token.token, response.text)
        for persona, user in self.users.items():
            if persona not in LEAD_READERS:
                self._refuses(user, self.file, "read", ["name"])

    # ------------------------------------------------------------
    # NEWS
    # ------------------------------------------------------------

    def test_channels(self):
        """Nobody can subscribe to the bus channel of another user by its name."""
        database, owner = self.env.cr.dbname, self.sam.partner_id
        channel = channel_with_db(database, owner)
        names = [
            f"res.partner_{owner.id}",
            f"res.users_{self.sam.id}",
            f"crm.bcc.dropbox_{self.dropbox.id}",
            json.dumps(channel),
            str(channel),
            "crm_bcc_dropbox.test",
        ]
        for persona, user in self.users.items():
            session = SimpleNamespace(session=SimpleNamespace(uid=None if persona == "public" else user.id))
            websocket = self.env["ir.websocket"].with_user(user).sudo(False)
            with patch("odoo.addons.bus.models.ir_websocket.wsrequest", session):
                found = websocket._prepare_subscribe_data(names, 0)["channels"]
                channels = {json.dumps(channel_with_db(database, name)) for name in found}
                self.assertEqual(json.dumps(channel) in channels, persona == "owner")
                for forged in (list(channel), owner.id, {"id": owner.id}):
                    with self.assertRaises(ValueError):
                        websocket._prepare_subscribe_data([forged], 0)

    def test_news_of_a_test(self):
        """The result of a test is sent to the owner of the dropbox only, and contains no address."""
        self.dropbox.write({"test_nonce": "x", "test_date": fields.Datetime.now()})
        sent = []
        with patch.object(self.registry["bus.bus"], "_sendone", lambda self, *news: sent.append(news)):
            self.dropbox._end_test("x-original-to", True)
        [(target, name, content)] = sent
        self.assertEqual((target._bus_channel(), name), (self.sam.partner_id, "crm_bcc_dropbox.test"))
        self.assertNotIn(self.token.token, json.dumps(content))


@tagged("post_install", "-at_install")
class TestAccessJson(AccessCommon, HttpCase):
    """A sample of the table by the two other protocols: the same rights apply."""

    @mute_logger(*LOGGERS)
    def test_protocols(self):
        tomorrow = fields.Datetime.add(fields.Datetime.now(), days=1)
        keys = self.env["res.users.apikeys"]
        key = {user: keys.with_user(user)._generate("rpc", "test", tomorrow) for user in (self.sam, self.lea)}

        def ask_json_2(user, model, method, ids, **arguments):
            headers = {"Authorization": f"bearer {key[user]}"}
            response = self.url_open(f"/json/2/{model}/{method}", json={"ids": ids, **arguments}, headers=headers)
            return response.status_code == 200, response.text

        def ask_jsonrpc(user, model, method, ids, **arguments):
            call = [self.env.cr.dbname, user.id, key[user], model, method, [ids], arguments]
            params = {"service": "object", "method": "execute_kw", "args": call}
            response = self.url_open("/jsonrpc", json={"jsonrpc": "2.0", "method": "call", "params": params})
            return "result" in response.json(), response.text

        calls = [
            ("crm.bcc.dropbox", "read", self.dropbox.ids, {"fields": ["address"]}),
            ("crm.bcc.dropbox.sender", "web_read", self.sender.ids, {"specification": {"email": {}}}),
            ("crm.bcc.dropbox.email", "read", self.email.ids, {"fields": ["subject"]}),
            ("crm.bcc.dropbox.email", "action_dismiss", self.email.ids, {}),
        ]
        for ask in (ask_json_2, ask_jsonrpc):
            for model, method, ids, arguments in calls:
                with self.subTest(protocol=ask.__name__, model=model, method=method):
                    is_answered, text = ask(self.lea, model, method, ids, **arguments)
                    self.assertFalse(is_answered, text)
                    self.assertNotIn(self.token.token, text)
                    self.assertTrue(ask(self.sam, model, method, ids, **arguments)[0])
            for model, method in (("crm.bcc.dropbox.token", "read"), ("crm.bcc.dropbox", "_regenerate")):
                for user in (self.sam, self.lea):
                    self.assertFalse(ask(user, model, method, self.token.ids)[0])
