"""Links in the daily email: what they may do, what they do, and when they no longer work."""

import base64
import json
import re
from datetime import timedelta

from freezegun import freeze_time
from odoo import fields
from odoo.exceptions import UserError

from ..tools.notice_link import MINE, NEVER, UNDO, create_key, find_link, follow, list_actions, make_link
from .common import tagged
from .test_digest import COLLEAGUE, STRANGER, DigestCommon

HOME = "Sam <sam@home.example>"


class LinkCommon(DigestCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.public_user = cls.env.ref("base.public_user")

    def _capture_for(self, action):
        """Receive an email that a link may do something to."""
        if action == MINE:
            return self._capture(sender=HOME, to="leo@customer.example")
        if action == UNDO:
            return self._capture(to="leo@customer.example")
        self.dropbox.propose = True
        return self._capture(to="new@person.example")

    def _as_owner(self, email):
        return email.with_env(email.dropbox_id._get_owner_env())

    def _make(self, email, action, recipient="sam@acme.example"):
        """Return the token of a link."""
        link = make_link(self._as_owner(email), action, create_key(email.dropbox_id), recipient)
        return re.fullmatch(r"https?://[^/]+/bcc_dropbox/notice\?token=([-\w]+)", link)[1]

    def _find(self, token, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return find_link(self.env(user=user or self.public_user, su=False), token)

    def _follow(self, token, user=None):
        link, problem = self._find(token, user)
        self.assertFalse(problem)
        with self.mock_mail_gateway():
            follow(link)
        self.env.flush_all()
        self.env.invalidate_all()

    def assertProblem(self, token, problem, user=None):
        self.assertEqual(self._find(token, user), (None, problem))


@tagged("post_install", "-at_install")
class TestNoticeLink(LinkCommon):
    # ------------------------------------------------------------
    # WHICH
    # ------------------------------------------------------------

    def _list(self, email):
        self.env.invalidate_all()
        return list_actions(self._as_owner(email))

    def test_which(self):
        for action in (UNDO, MINE, NEVER):
            with self.subTest(action=action):
                self.assertEqual(self._list(self._capture_for(action)), [action])

    def test_customers_are_not_excluded_with_new_people(self):
        """The domains of all recipients would be excluded."""
        self.dropbox.propose = True
        email = self._capture(to="leo@customer.example, new@person.example")
        self.assertTrue(email.proposal_count)
        self.assertEqual(self._list(email), [UNDO])

    def test_rejected_ones_of_others(self):
        """What may be forged, or resembles the owner, can only be opened in Odoo."""
        for values in [
            {"sender": '"lea@acme.example" <sam@acme.example>'},  # a misleading name
            {"sender": "sam@\u0430cme.example"},  # a look-alike
            {"sender": "evil@else.example", "headers": "Reply-To: sam@acme.example\n"},
            {"sender": "sam@home.example, evil@else.example"},
            {"headers": "Auto-Submitted: auto-replied\n"},
        ]:
            with self.subTest(values=values):
                email = self._capture(**values)
                self.assertRow(email, "refused")
                self.assertEqual(self._list(email), [])

    def test_forged(self):
        email = self._capture_for(MINE)
        for result, actions in [("pass", [MINE]), ("none", [MINE]), ("fail", []), ("broken", []), ("temperror", [])]:
            email.authentication = result
            self.assertEqual(self._list(email), actions, result)
        email.authentication = "none"
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.authentication", "require")
        self.assertEqual(self._list(email), [], "not verified, where this is required")

    def test_alarm(self):
        """While others seem to know the address, nothing of theirs becomes the owner's by one click."""
        email = self._capture_for(MINE)
        self.dropbox.leak_reason = "strangers"
        self.assertEqual(self._list(email), [])

    def test_domains(self):
        self.dropbox.create_kind = "none"
        for to, actions in [
            ("a@one.example", [NEVER]),
            ("a@one.example, b@one.example, c@two.example", [NEVER]),
            ("a@gmail.com", []),
            ("a@one.example, b@two.example, c@three.example, d@four.example", []),
            (COLLEAGUE, []),
        ]:
            with self.subTest(to=to):
                email = self._capture(to=to)
                self.assertRow(email, "unmatched")
                self.assertEqual(self._list(email), actions)

    def test_unverified_redirected_ones(self):
        """Anyone may have written the domain."""
        email = self._capture_for(NEVER)
        for code, actions in [("redirected_forged", []), ("redirected_unnamed", []), ("unknown_sender", [NEVER])]:
            email.write({"reason_code": code})
            self.assertEqual(self._list(email), actions, code)

    # ------------------------------------------------------------
    # WHAT THEY DO
    # ------------------------------------------------------------

    def test_undo(self):
        email = self._capture_for(UNDO)
        message = email.line_ids.mail_message_id
        other = self._capture(to="leo@customer.example", subject="Another one")
        self._follow(self._make(email, UNDO))
        self.assertRow(email, "unmatched", "Removed by Sam Seller")
        self.assertFalse(message.exists())
        self.assertRow(other, "captured")
        self.assertIn("Sam Seller: Done by a link in the daily email.", email.history)

    def test_mine(self):
        """The sender address is not confirmed by it: only the link that is sent there can do that."""
        email = self._capture_for(MINE)
        self._follow(self._make(email, MINE))
        self.assertRow(email, "captured")
        self.assertEqual(self._get_record(email), self.lead)
        sender = self.dropbox.sender_ids.filtered(lambda sender: sender.email == "sam@home.example")
        self.assertTrue(sender)
        self.assertFalse(sender.verified)
        self.assertEqual([mail["email_to"] for mail in self._mails], [["sam@home.example"]])
        self.assertRow(self._capture(sender=HOME, subject="Later"), "refused")

    def test_never(self):
        email = self._capture_for(NEVER)
        self._follow(self._make(email, NEVER))
        self.assertRecordValues(
            self.env["crm.bcc.dropbox.exclusion"].search([("user_id", "=", self.sam.id)]),
            [{"pattern": "person.example", "user_id": self.sam.id}],
        )
        self.assertIn("Done by a link", email.history)
        self.assertRow(self._capture(to="other@person.example"), "unmatched")
        self.assertFalse(self.env["crm.bcc.dropbox.exclusion"].search([("user_id", "!=", self.sam.id)]))

    def test_with_the_rights_of_the_owner(self):
        email = self._capture(user=self.own, to="leo@customer.example", sender="own@acme.example")
        record = self._get_record(email)
        self.own.bcc_dropbox_ids.notice_by = "email"
        token = self._make(email, UNDO, "own@acme.example")
        record.user_id = self.lea
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._follow(token)
        self.env.invalidate_all()
        self.assertRow(email, "captured")
        self.assertFalse(self._find(token)[1], "it can be tried again")

    # ------------------------------------------------------------
    # WHEN THEY NO LONGER WORK
    # ------------------------------------------------------------

    def test_once(self):
        for action in (UNDO, MINE, NEVER):
            with self.subTest(action=action), self.env.cr.savepoint() as savepoint:
                email = self._capture_for(action)
                tokens = [self._make(email, action), self._make(email, action)]
                self._follow(tokens[0])
                for token in tokens:
                    self.assertProblem(token, "used")
                savepoint.rollback()
            self.env.invalidate_all()

    def test_once_even_if_undone_by_hand(self):
        email = self._capture_for(UNDO)
        token = self._make(email, UNDO)
        self._follow(token)
        email.with_user(self.sam)._file_by_hand(self.lead.with_user(self.sam))
        self.assertRow(email, "captured")
        self.assertProblem(token, "used")
        email = self._capture_for(NEVER)
        token = self._make(email, NEVER)
        self._follow(token)
        self.env["crm.bcc.dropbox.exclusion"].search([("user_id", "=", self.sam.id)]).unlink()
        self.assertProblem(token, "used")

    def test_leak_alarm_since(self):
        """Strangers who found the address may have sent what the link would log."""
        token = self._make(self._capture_for(MINE), MINE)
        self.dropbox.leak_reason = "strangers"
        self.assertProblem(token, "void")

    def test_two_at_once(self):
        """Both requests have found the link before one of them follows it."""
        email = self._capture_for(UNDO)
        token = self._make(email, UNDO)
        links = [self._find(token)[0] for _number in range(2)]
        follow(links[0])
        with self.assertRaises(UserError):
            follow(links[1])

    def test_changes(self):
        email = self._capture_for(MINE)
        token = self._make(email, MINE)
        self.assertEqual(self._find(token)[1], "")

        def withdraw():
            self.sam.group_ids = self.env.ref("base.group_user")

        def claim():
            with self.mock_mail_gateway():
                self.sam.with_user(self.sam).write({"email": "sam@elsewhere.example"})

        for change, problem in [
            (lambda: email.with_user(self.sam).action_dismiss(), "used"),
            (lambda: email.unlink(), "void"),
            (lambda: self.sam.write({"active": False}), "void"),
            (lambda: self.dropbox.write({"active": False}), "void"),
            (withdraw, "void"),
            (claim, "void"),
            (lambda: self.sam.write({"email": "sam@new.example"}), "void"),
            (lambda: self.sam.with_user(self.sam).action_bcc_dropbox_regenerate(), "void"),
        ]:
            with self.env.cr.savepoint() as savepoint:
                change()
                self.assertProblem(token, problem)
                savepoint.rollback()
            self.registry.clear_cache()  # the groups of users
            self.env.invalidate_all()
        self.assertEqual(self._find(token)[1], "")

    def test_expired(self):
        email = self._capture_for(UNDO)
        token = self._make(email, UNDO)
        for days, problem in [(6.9, ""), (7.1, "expired")]:
            with freeze_time(fields.Datetime.now() + timedelta(days=days)):
                self.assertEqual(self._find(token)[1], problem)

    def test_tampered(self):
        email, other = self._capture_for(UNDO), self._capture_for(UNDO)
        token = self._make(email, UNDO)
        raw = base64.urlsafe_b64decode(token + "===")
        values = json.loads(raw[41:])
        changed = [
            base64.urlsafe_b64encode(raw[:41] + json.dumps([value, *values[1:]]).encode()).decode().rstrip("=")
            for value in (other.id, str(email.id))
        ]
        broken = ["", "x", "ÄÖ", "AQ", "\0", token[:-1], token[:40], f"{token[:20]}AA{token[22:]}", token * 2]
        for text in [*changed, *broken]:
            with self.subTest(token=text):
                self.assertProblem(text, "expired")

    def test_of_another_scope(self):
        """A link that confirms a sender address has the same form."""
        with self.mock_mail_gateway():
            self.sam.with_user(self.sam).write(
                {"bcc_dropbox_sender_ids": [fields.Command.create({"email": "sam@home.example"})]}
            )
        (token,) = set(re.findall(r"token=([-\w]+)", self._mails[0]["body"]))
        self.assertProblem(token, "expired")

    def test_visitors(self):
        token = self._make(self._capture_for(UNDO), UNDO)
        for user in (self.lea, self.boss, self.clerk, self.env.ref("base.user_admin")):
            self.assertProblem(token, "foreign", user)
        for user in (self.sam, self.public_user):
            self.assertEqual(self._find(token, user)[1], "")

    def test_database_makes_no_link(self):
        """It contains the key of the signature, but of the keys of emails only hashes."""
        email = self._capture_for(UNDO)
        owner = self._as_owner(email)
        key = create_key(self.dropbox)
        self.assertNotIn(key, json.dumps(self.dropbox.notice_keys))
        [[stored, _until]] = self.dropbox.notice_keys
        for guess in (stored, ""):
            token = make_link(owner, UNDO, guess, "sam@acme.example").partition("=")[2]
            self.assertProblem(token, "void")

    def test_keys_expire(self):
        for days in range(20):
            with freeze_time(fields.Datetime.now() + timedelta(days=days)):
                create_key(self.dropbox)
        self.assertLessEqual(len(self.dropbox.notice_keys), 8)

    def test_in_the_daily_email(self):
        """Each button of the email works, without login."""
        self._capture_for(UNDO)
        self._capture_for(MINE)
        self._capture_for(NEVER)
        self._capture(sender=STRANGER, headers="Auto-Submitted: auto-replied\n")
        self._choose("all", "email")
        [mail] = self._run_job()
        tokens = re.findall(r"notice\?token=([-\w]+)", mail["body"])
        self.assertEqual(len(tokens), 3)
        with freeze_time(self._get_morning()):
            self.assertEqual({self._find(token)[0].action for token in tokens}, {UNDO, MINE, NEVER})
