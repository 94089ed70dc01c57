"""The preferences tab for each kind of user, and the QR code."""

from datetime import timedelta
from io import BytesIO

import qrcode
import vobject
from odoo import fields
from odoo.tests import Form, HttpCase
from odoo.tools import mute_logger

from .common import Command, tagged
from .test_access import EMAIL, AccessCommon

FIELDS = [
    "bcc_dropbox_last_date",
    "bcc_dropbox_qrcode",
    "bcc_dropbox_refused_count",
    "bcc_dropbox_sender_usage",
    "bcc_dropbox_week_count",
]


class PreferencesCommon(AccessCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dropbox = cls.own.bcc_dropbox_ids

    @classmethod
    def _log(cls, number, state, days=0):
        email = cls.env[EMAIL].create(
            {
                "dropbox_id": cls.dropbox.id,
                "user_id": cls.own.id,
                "fingerprint": f"<{number}@laptop.example>",
                "state": state,
            }
        )
        cls.env.cr.execute(
            "UPDATE crm_bcc_dropbox_email SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=days), email.id],
        )
        email.invalidate_recordset()
        return email


@tagged("post_install", "-at_install")
class TestPreferences(PreferencesCommon):
    def _read(self, user, owner):
        (values,) = self._call(user, owner, "read", FIELDS)
        return [values[name] for name in FIELDS]

    def test_by_persona(self):
        captured = self._log(1, "captured")
        self._log(2, "captured", days=8)
        self._log(3, "refused")
        last = captured.create_date.replace(microsecond=0)
        url = f"/bcc_dropbox/qrcode?number={self.dropbox.token_ids.id}"
        shown = self._read(self.own, self.own)
        self.assertEqual([shown[0].replace(microsecond=0), *shown[1:]], [last, url, 1, "1 of 5 used", 1])
        # managers see the activity, but no QR code: it would be that of the current user
        shown = self._read(self.boss, self.own)
        self.assertEqual([shown[0].replace(microsecond=0), *shown[1:]], [last, False, 1, "1 of 5 used", 1])
        for user in [self.sam, self.far, self.clerk]:
            with self.subTest(user=user.login):
                self.assertFalse(any(self._read(user, self.own)))
        self.assertFalse(any(self._read(self.clerk, self.clerk)))
        for user in [self.portal, self.public]:
            for name in FIELDS:
                self._refuses(user, self.own, "read", [name])

    def test_code_of_a_new_address(self):
        urls = {self.own.with_user(self.own).bcc_dropbox_qrcode}
        self._call(self.own, self.own, "action_bcc_dropbox_regenerate")
        urls.add(self.own.with_user(self.own).bcc_dropbox_qrcode)
        self.assertEqual(len(urls), 2, "browsers have to load another image")
        for token in self.dropbox.token_ids:
            self.assertNotIn(token.token, str(urls))

    def test_refused(self):
        refused = self._log(1, "refused")
        self._log(2, "refused", days=8)
        self._log(3, "captured")
        action = self._call(self.own, self.own, "action_bcc_dropbox_refused")
        self.assertEqual(self._call(self.own, self.env[EMAIL], "search", action["domain"]), refused.ids)
        action = self._call(self.lea, self.own, "action_bcc_dropbox_refused")
        self.assertFalse(self._call(self.lea, self.env[EMAIL], "search", action["domain"]))

    def test_form(self):
        """Filled in by a salesperson, with the activity."""
        with Form(self.own.with_user(self.own), "base.view_users_form_simple_modif") as form:
            self.assertEqual(form.bcc_dropbox_sender_usage, "1 of 5 used")
            for number in range(4):
                self.assertFalse(form.bcc_dropbox_sender_full)
                with form.bcc_dropbox_sender_ids.new() as line:
                    line.email = f"own{number}@home.example"
            self.assertEqual(form.bcc_dropbox_sender_usage, "5 of 5 used")
            self.assertTrue(form.bcc_dropbox_sender_full)
            form.bcc_dropbox_sender_ids.remove(4)
            self.assertEqual(form.bcc_dropbox_sender_usage, "4 of 5 used")
            form.bcc_dropbox_create = "contact"
            form.bcc_dropbox_lookup = "lead"
        self.assertEqual((self.dropbox.lookup, self.dropbox.create_kind), ("lead", "contact"))
        self.assertEqual(len(self.dropbox.sender_ids), 4)

    def test_words(self):
        self.sam.group_ids += self.env.ref("crm.group_use_lead")
        fields = self.env["res.users"].with_user(self.sam).fields_get(["bcc_dropbox_lookup"])
        lookups = dict(fields["bcc_dropbox_lookup"]["selection"])
        self.assertEqual(
            list(lookups.values()),
            [
                "Contacts only, else create a contact",
                "Leads only, else create a lead",
                "Contacts, then leads, else create a lead or a contact",
            ],
        )

    def test_no_tab_without_permission(self):
        Users = self.env["res.users"]
        for user, has_tab in [(self.own, True), (self.clerk, False)]:
            view = Users.with_user(user).get_view(self.env.ref("base.view_users_form_simple_modif").id)
            self.assertEqual('name="bcc_dropbox"' in view["arch"], has_tab)


@tagged("post_install", "-at_install")
class TestQrcode(PreferencesCommon, HttpCase):
    def _get(self, login, path="/bcc_dropbox/qrcode"):
        self.authenticate(login, login + "x" * (8 - len(login)))
        return self.url_open(path)

    def test_code(self):
        response = self._get("own", self.own.with_user(self.own).bcc_dropbox_qrcode)
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["Content-Type"], "image/png")
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
        expected = BytesIO()
        card = vobject.readOne(self._get("own", "/bcc_dropbox/vcard").text)
        self.assertEqual(card.email.value, self.own.bcc_dropbox_address)
        card.remove(card.photo)  # a code with it could not be scanned
        qrcode.make(card.serialize().encode(), box_size=8).save(expected, format="PNG")
        self.assertEqual(response.content, expected.getvalue(), "the same card as the download, without the picture")

    def test_long_name(self):
        self.own.name = "Ö" * 3000
        self.assertEqual(self._get("own").status_code, 200)

    @mute_logger("odoo.http")  # it warns of unknown arguments
    def test_nobody_gets_the_code_of_another(self):
        own = self._get("lea").content
        number = self.token.id
        for query in (f"?number={number}", f"?user_id={self.sam.id}", f"?id={self.sam.id}&uid={self.sam.id}"):
            self.assertEqual(self._get("lea", f"/bcc_dropbox/qrcode{query}").content, own)

    def test_without_permission(self):
        for login in ("clerk", "portal"):
            self.assertEqual(self._get(login).status_code, 403)
        self.own.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        self.assertEqual(self._get("own").status_code, 403)

    def test_without_login(self):
        self.authenticate(None, None)
        response = self.url_open("/bcc_dropbox/qrcode", allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])
