"""Sender addresses, confirmed by a link in an email to the address."""

import json
import re
from datetime import timedelta
from types import SimpleNamespace

from freezegun import freeze_time
from lxml import html
from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.http import Request
from odoo.tests.common import HttpCase
from odoo.tools import mute_logger

from .common import Command, tagged
from .test_access import SENDER, AccessCommon

NEW = "own@home.example"
PATH = "/bcc_dropbox/confirm"


class ConfirmationCommon(AccessCommon):
    """The salesperson with the lowest rights adds an address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dropbox = cls.own.bcc_dropbox_ids
        cls.mine = cls.dropbox.sender_ids

    def _add(self, email=NEW, user=None):
        """Add an address like the preferences form, and return it with the emails that were sent."""
        user = user or self.own
        known = user.bcc_dropbox_ids.sender_ids
        with self.mock_mail_gateway():
            self._call(user, user, "write", {"bcc_dropbox_sender_ids": [Command.create({"email": email})]})
        return user.bcc_dropbox_ids.sender_ids - known

    def _get_link(self):
        """Return the link in the last email, without the server."""
        self.assertEqual(len(self._mails), 1)
        (link,) = set(re.findall(rf"{PATH}\?token=[-\w]+", self._mails[0]["body"]))
        return link


@tagged("post_install", "-at_install")
class TestConfirmation(ConfirmationCommon):
    # ------------------------------------------------------------
    # MAIL
    # ------------------------------------------------------------

    def test_a_notice_says_that_a_mail_was_sent(self):
        self._reset_bus()
        self._add()
        self.env.cr.precommit.run()
        notices = [
            json.loads(notice.message)["payload"]["message"]
            for notice in self.env["bus.bus"].search([])
            if "simple_notification" in notice.message
        ]
        self.assertEqual(notices, [f"We sent a confirmation email to {NEW}. Open the link in it."])

    def test_mail(self):
        sender = self._add()
        self.assertFalse(sender.verified)
        (mail,) = self._mails
        self.assertEqual(mail["email_to"], [NEW])
        self.assertIn("info@acme.example", mail["email_from"])
        self.assertIn(NEW, mail["subject"])
        self.assertNotIn(self.dropbox.token_ids.token, str(mail))
        self.assertTrue(self._new_mails.auto_delete)
        # users who can read the email in Odoo would need no access to the mailbox
        self._refuses(self.own, self._new_mails.mail_message_id, "read", ["body"])
        self.assertFalse(self._call(self.own, self._new_mails.mail_message_id, "search", [("body", "ilike", "token=")]))

    def test_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        template = self.env.ref("crm_bcc_dropbox.confirmation_mail")
        template.update_field_translations("arch_db", {"fr_FR": {"Confirm Address": "Confirmer"}})
        self.own.lang = "fr_FR"
        self._add()
        self.assertIn("Confirmer", self._mails[0]["body"])

    def test_another_address(self):
        sender = self._add()
        for email, mails in [("OWN@home.example", 0), ("own@moved.example", 1)]:
            with self.mock_mail_gateway():
                self._call(self.own, sender, "write", {"email": email})
                self.assertEqual(len(self._mails), mails)
        self.assertEqual(self._mails[0]["email_to"], ["own@moved.example"])

    def test_confirmed_one_changes(self):
        sender = self._add()
        sender.verified = True
        with self.mock_mail_gateway():
            self._call(self.own, sender, "write", {"email": "own@moved.example"})
            self.assertEqual(len(self._mails), 1)
        self.assertFalse(sender.verified)

    def test_administrator_sends_nothing(self):
        with self.mock_mail_gateway():
            for verified in (False, True):
                values = {"user_id": self.sam.id, "email": f"{verified}@home.example", "verified": verified}
                self._call(self.boss, self.env[SENDER], "create", values)
            # the email of the user needs no confirmation
            self.sam.email = "sam@new.example"
            self.assertNotIn(PATH, str(self._mails))
        sender = self.sam.bcc_dropbox_ids.sender_ids.filtered(lambda own: own.email == "sam@new.example")
        self.assertTrue(sender.verified)

    def test_send_again(self):
        sender = self._add()
        first = self.env[SENDER].with_user(self.own)._find_by_link(self._get_link().partition("=")[2])
        with self.mock_mail_gateway():
            answer = self._call(self.own, sender, "action_send_confirmation")
            self.assertIn(NEW, answer["params"]["message"])
            again = self.env[SENDER].with_user(self.own)._find_by_link(self._get_link().partition("=")[2])
        self.assertEqual((first, again), ((sender, ""), (sender, "")))
        for user in [self.lea, self.boss, self.clerk, self.portal]:
            self._refuses(user, sender, "action_send_confirmation")
        self._refuses(self.own, self.mine, "action_send_confirmation", error=UserError)

    def test_ten_a_day(self):
        sender = self._add()
        with self.mock_mail_gateway():
            for _number in range(9):
                self._call(self.own, sender, "action_send_confirmation")
            self._refuses(self.own, sender, "action_send_confirmation", error=UserError)
            # nor in another way
            self._refuses(self.own, sender, "write", {"email": "victim@else.example"}, error=UserError)
            self._refuses(self.own, sender, "create", {"email": "victim@else.example"}, error=UserError)
            self.assertEqual(len(self._mails), 10 - 1)
            with freeze_time(fields.Datetime.now() + timedelta(days=1)):
                self._call(self.own, sender, "action_send_confirmation")
            self.assertEqual(len(self._mails), 10)

    # ------------------------------------------------------------
    # CLOSED
    # ------------------------------------------------------------

    def test_nonce_is_closed(self):
        sender = self._add()
        for user in [self.own, self.boss, self.env.ref("base.user_admin")]:
            self._refuses(user, sender, "read", ["nonce"])
            self._refuses(user, sender, "search_count", [("nonce", "!=", False)])
            self._refuses(user, sender, "write", {"nonce": "x"})
            self._refuses(user, sender, "_confirm")
            self._refuses(user, sender, "_set_nonce", "x")
        self._refuses(self.own, self.own, "write", {"bcc_dropbox_sender_ids": [(1, sender.id, {"nonce": "x"})]})
        self._refuses(self.own, self.own, "write", {"bcc_dropbox_sender_ids": [(1, sender.id, {"verified": True})]})
        for name in ("confirmation_count", "confirmation_date"):
            self._refuses(self.own, self.dropbox, "read", [name])

    # ------------------------------------------------------------
    # LINK
    # ------------------------------------------------------------

    def _find(self, token, user=None):
        self.env.invalidate_all()
        sender, problem = self.env[SENDER].with_user(user or self.own)._find_by_link(token)
        self.assertEqual(bool(sender), not problem)
        return problem

    def test_links_that_die(self):
        sender = self._add()
        token = self._get_link().partition("=")[2]
        self.assertEqual(self._find(token), "")
        group = self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")

        def withdraw():
            self.own.group_ids = self.env.ref("base.group_user")
            self.assertNotIn(group, self.own.all_group_ids)

        for change in [
            lambda: self._call(self.own, sender, "write", {"email": "own@moved.example"}),
            lambda: self._call(self.own, sender, "unlink"),
            lambda: self._call(self.boss, sender, "write", {"verified": True}),
            lambda: self._call(self.boss, sender, "write", {"verified": False}),
            lambda: sender.with_user(self.own)._confirm(),
            withdraw,
        ]:
            with self.env.cr.savepoint() as savepoint, self.mock_mail_gateway():
                change()
                self.assertEqual(self._find(token), "used")
                savepoint.rollback()
            self.registry.clear_cache()  # the groups of users
            self.assertEqual(self._find(token), "")

    def test_links_that_never_worked(self):
        self._add()
        token = self._get_link().partition("=")[2]
        for broken in ["", "x", "ÄÖ", "AQ", token[:-1], token[:40], f"{token[:20]}AA{token[22:]}", "\0", token * 2]:
            with self.subTest(token=broken):
                self.assertEqual(self._find(broken), "expired")
        for user in [self.sam, self.boss, self.clerk, self.portal]:
            self.assertEqual(self._find(token, user), "foreign")

    def test_expired(self):
        with freeze_time(fields.Datetime.now() - timedelta(hours=73)):
            self._add()
        self.assertEqual(self._find(self._get_link().partition("=")[2]), "expired")
        with freeze_time(fields.Datetime.now() - timedelta(hours=71)):
            self._add("own@other.example")
        self.assertEqual(self._find(self._get_link().partition("=")[2]), "")

    def test_users_do_not_confirm(self):
        sender = self._add()
        with self.assertRaises(AccessError):
            sender.with_user(self.own).sudo().write({"verified": True})


@tagged("post_install", "-at_install")
class TestConfirmationPage(ConfirmationCommon, HttpCase):
    def _open(self, login, link, status, **data):
        """Open the page, or send its form, and return what it shows."""
        self.authenticate(login, login + "x" * (8 - len(login)))
        response = self.url_open(link, data=data or None)
        self.env.invalidate_all()
        self.assertEqual(response.status_code, status)
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertNotIn(self.dropbox.token_ids.token, response.text)
        page = html.fromstring(response.content)
        (box,) = page.xpath("//div[contains(@class, 'o_bcc_dropbox_confirm')]")
        return box

    def _send(self, login, link, status):
        """Click the button of the page, with the form of the permitted user."""
        (form,) = self._open(login, link, 200).xpath(".//form")
        response = self.url_open(form.action, data=dict(form.fields))
        self.env.invalidate_all()
        self.assertEqual(response.status_code, status)
        (box,) = html.fromstring(response.content).xpath("//div[contains(@class, 'o_bcc_dropbox_confirm')]")
        return box

    def test_confirm(self):
        sender = self._add()
        link = self._get_link()
        box = self._open("own", link, 200)
        self.assertEqual(box.get("data-step"), "ask")
        self.assertIn(NEW, box.text_content())
        self.assertFalse(sender.verified, "mail scanners open links")
        box = self._send("own", link, 200)
        self.assertEqual(box.get("data-step"), "done")
        self.assertTrue(sender.verified)
        self.assertFalse(sender.nonce)
        # from now on, its emails are logged
        self.assertRow(self._capture(user=self.own, sender=NEW), "captured")
        self.assertEqual(self._open("own", link, 410).get("data-step"), "used")
        sender.verified = False
        self.assertEqual(self._open("own", link, 410).get("data-step"), "used")

    def test_others(self):
        sender = self._add()
        link = self._get_link()
        for login in ("lea", "boss", "clerk", "portal"):
            box = self._open(login, link, 403)
            self.assertEqual(box.get("data-step"), "foreign")
            self.assertNotIn(NEW, box.text_content())
            self.assertFalse(box.xpath(".//form"))
        self.assertFalse(sender.verified)

    @mute_logger("odoo.http", "odoo.addons.http_routing.models.ir_http")
    def test_forged_form(self):
        """Neither another site nor another user with their own form can send the form."""
        sender = self._add()
        link = self._get_link()
        token = link.partition("=")[2]
        self.authenticate("own", "ownxxxxx")
        self.assertEqual(self.url_open(PATH, data={"token": token}).status_code, 400)
        (form,) = self._open("own", link, 200).xpath(".//form")
        self.authenticate("lea", "leaxxxxx")
        self.assertEqual(self.url_open(PATH, data=dict(form.fields)).status_code, 400)
        csrf = Request.csrf_token(SimpleNamespace(env=self.env, session=self.session))
        self.assertEqual(self.url_open(PATH, data={"token": token, "csrf_token": csrf}).status_code, 403)
        self.env.invalidate_all()
        self.assertFalse(sender.verified)

    def test_without_login(self):
        self._add()
        self.authenticate(None, None)
        response = self.url_open(self._get_link(), allow_redirects=False)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login", response.headers["Location"])

    def test_no_token(self):
        self.assertEqual(self._open("own", PATH, 410).get("data-step"), "expired")
