"""The same access rights for external calls, by both protocols, and the download of the vCard."""

from xmlrpc.client import Binary, Fault

import vobject
from odoo.tests.common import HttpCase
from odoo.tools import file_open, mute_logger

from .common import tagged
from .test_access import DROPBOX, EMAIL, LINE, SENDER, TOKEN, AccessCommon

FAULT_ACCESS_ERROR = 4
UNKNOWN = f"bcc-{'a' * 20}@acme.example"
HTTP_LOGGERS = ("odoo.http", "odoo.addons.rpc.controllers.xmlrpc")


@tagged("post_install", "-at_install")
class TestAccessHttp(AccessCommon, HttpCase):
    def _execute(self, user, model, method, *arguments):
        password = user.login + "x" * (8 - len(user.login))
        return self.xmlrpc_object.execute_kw(self.env.cr.dbname, user.id, password, model, method, list(arguments), {})

    @mute_logger(*HTTP_LOGGERS)
    def test_xmlrpc(self):
        address = self.sam.bcc_dropbox_address
        read = ("read", [self.sam.id], ["bcc_dropbox_address", "bcc_dropbox_lookup"])
        self.assertEqual(self._execute(self.sam, "res.users", *read)[0]["bcc_dropbox_address"], address)
        self.assertEqual(self._execute(self.boss, "res.users", *read)[0]["bcc_dropbox_address"], address)
        for user in [self.lea, self.own, self.clerk]:
            found = self._execute(user, "res.users", *read)[0]
            self.assertFalse(found["bcc_dropbox_address"] or found["bcc_dropbox_lookup"])
        guess = ("token", "=like", f"{self.token.token[0]}%")
        attempts = [
            (TOKEN, "search_count", [guess]),
            (TOKEN, "read", self.token.ids),
            ("res.users", "search_count", [("bcc_dropbox_ids.token_ids.token", *guess[1:])]),
            (DROPBOX, "read", self.dropbox.ids),
            (EMAIL, "read", self.email.ids),
            (EMAIL, "action_retry", self.email.ids),
            (LINE, "read", self.email.line_ids.ids),
            (SENDER, "write", self.sender.ids, {"email": "evil@evil.example"}),
            (SENDER, "unlink", self.sender.ids),
            ("res.users", "action_bcc_dropbox_regenerate", self.sam.ids),
            ("res.users", "action_bcc_dropbox_regenerate", self.sam.ids, 14),
            ("res.users", "action_bcc_dropbox_stop_former", self.sam.ids),
            ("res.users", "action_bcc_dropbox_keep", self.sam.ids),
            (DROPBOX, "action_stop_former", self.dropbox.ids),
            (DROPBOX, "action_keep_address", self.dropbox.ids),
            ("res.users", "write", self.sam.ids, {"bcc_dropbox_lookup": "lead"}),
            (
                "res.users",
                "write",
                self.lea.ids,
                {"bcc_dropbox_sender_ids": [(1, self.sender.id, {"email": "e@e.example"})]},
            ),
            (
                "res.users",
                "write",
                self.lea.ids,
                {"bcc_dropbox_sender_ids": [(0, 0, {"email": "e@e.example", "verified": True})]},
            ),
        ]
        before = self._get_state()
        for model, *attempt in attempts:
            with self.subTest(model=model, attempt=attempt), self.assertRaises(Fault) as caught:
                self._execute(self.lea, model, *attempt)
            self.assertEqual(caught.exception.faultCode, FAULT_ACCESS_ERROR)
            self.assertNotIn(self.token.token, caught.exception.faultString)
        self.assertEqual(self._get_state(), before)

    @mute_logger(*HTTP_LOGGERS)
    def test_outsiders_hand_over_no_mail(self):
        """Only internal users may deliver, because results of sender checks in the mail are trusted."""
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.authentication", "require")
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.authentication_host", "mx.example")
        found = "Authentication-Results: mx.example; dmarc=pass header.from=acme.example\n"
        known, unknown = (self._format(headers=found, **values) for values in ({}, {"dropbox": UNKNOWN}))
        before = self._get_state()
        texts = set()
        for raw in (known, unknown):
            with self.assertRaises(Fault) as caught:
                self._execute(self.portal, "mail.thread", "message_process", False, Binary(raw))
            self.assertEqual(caught.exception.faultCode, FAULT_ACCESS_ERROR)
            texts.add(caught.exception.faultString)
        self.assertEqual(len(texts), 1, "no answer tells which dropbox exists")
        self.assertEqual(self._get_state(), before)
        # the user of the mail server needs no other right
        self.assertIs(self._execute(self.clerk, "mail.thread", "message_process", False, Binary(known)), False)
        self.env.invalidate_all()
        self.assertEqual(
            self.dropbox.email_ids.filtered(lambda email: email.state == "captured").found_in, "x-original-to"
        )

    def test_jsonrpc(self):
        self.authenticate("lea", "leaxxxxx")
        attempts = [
            (TOKEN, "web_search_read", [[], {"token": {}}]),
            (TOKEN, "read", [self.token.ids, ["token"]]),
            (DROPBOX, "web_read", [self.dropbox.ids, {"address": {}}]),
            (EMAIL, "web_read", [self.email.ids, {"subject": {}}]),
            (SENDER, "web_read", [self.sender.ids, {"email": {}}]),
            ("res.users", "web_read", [self.sam.ids, {"bcc_dropbox_ids": {"fields": {"address": {}}}}]),
        ]
        for model, method, arguments in attempts:
            with self.subTest(model=model, method=method), mute_logger(*HTTP_LOGGERS):
                answer = self._post(model, method, arguments)
                self.assertEqual(answer["error"]["data"]["name"], "odoo.exceptions.AccessError")
                self.assertNotIn(self.token.token, str(answer))
        spec = {"bcc_dropbox_address": {}, "bcc_dropbox_sender_ids": {"fields": {"email": {}}}}
        (values,) = self._post("res.users", "web_read", [self.sam.ids, spec])["result"]
        self.assertEqual(values, {"id": self.sam.id, "bcc_dropbox_address": False, "bcc_dropbox_sender_ids": []})

    def test_original_is_no_download(self):
        for user in ("sam", "lea"):
            self.authenticate(user, f"{user}xxxxx")
            response = self.url_open(f"/web/content/{EMAIL}/{self.email.id}/raw")
            self.assertNotIn(self.token.token, response.text)
            self.assertNotEqual(response.status_code, 200)

    def _post(self, model, method, arguments):
        params = {"model": model, "method": method, "args": arguments, "kwargs": {}}
        response = self.url_open("/web/dataset/call_kw", json={"jsonrpc": "2.0", "method": "call", "params": params})
        return response.json()


@tagged("post_install", "-at_install")
class TestVcard(AccessCommon, HttpCase):
    def _get(self, login, query=""):
        self.authenticate(login, login + "x" * (8 - len(login)))
        return self.url_open(f"/bcc_dropbox/vcard{query}")

    def test_own_card(self):
        """With the lowest sufficient rights: those of a salesperson who sees own leads only."""
        response = self._get("own")
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "text/vcard; charset=utf-8")
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertNotIn(self.own.bcc_dropbox_address, str(response.headers))
        card = vobject.readOne(response.content.decode())
        self.assertEqual(card.version.value, "3.0")
        self.assertEqual(card.email.value, self.own.bcc_dropbox_address)
        self.assertEqual(card.fn.value, "Odoo (BCC)")
        self.assertEqual(card.org.value, [self.own.company_id.name])
        self.assertIn(self.own.name, card.note.value)
        with file_open("crm_bcc_dropbox/static/description/icon.png", "rb") as icon:
            self.assertEqual(card.photo.value, icon.read())

    def test_name_with_special_characters(self):
        self.own.name = "Ömer; O'Neil,\nBEGIN:VCARD \\ <b>"
        card = vobject.readOne(self._get("own").content.decode())
        self.assertEqual(card.email.value, self.own.bcc_dropbox_address)
        self.assertEqual(len(list(card.getChildren())), 7)
        self.assertIn("Ömer; O'Neil,", card.note.value)

    @mute_logger("odoo.http")  # it warns of arguments that nothing takes
    def test_nobody_gets_the_card_of_another(self):
        for query in (f"?user_id={self.sam.id}", f"?uid={self.sam.id}&id={self.sam.id}", f"/{self.sam.id}"):
            for login in ("lea", "boss"):
                response = self._get(login, query)
                self.assertNotIn(self.token.token, response.text)

    def test_without_permission(self):
        for login in ("clerk", "portal"):
            response = self._get(login)
            self.assertEqual(response.status_code, 403)
            self.assertNotIn("bcc-", response.text)
        self.sam.group_ids = self.env.ref("base.group_user")
        self.assertEqual(self._get("sam").status_code, 403)

    def test_without_login(self):
        self.authenticate(None, None)
        response = self.url_open("/bcc_dropbox/vcard", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    @mute_logger("odoo.http")
    def test_post(self):
        self.authenticate("sam", "samxxxxx")
        response = self.url_open("/bcc_dropbox/vcard", data={"user_id": self.sam.id})
        self.assertIn(response.status_code, (400, 405))
        self.assertNotIn(self.token.token, response.text)
