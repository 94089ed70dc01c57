"""The test of a dropbox: a marked email that Odoo sends to it, and that must come back."""

import logging
import smtplib
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from ..tools.raw_mail import TEST_HEADER
from .common import data, tagged
from .test_access import AccessCommon
from .test_secrecy import Collector

SELFTEST = "odoo.addons.crm_bcc_dropbox.tools.address_test"


class Session:
    """An SMTP session that collects emails, or rejects them."""

    from_filter = smtp_from = False
    debuglevel = 1

    def __init__(self, error=None):
        self.error = error
        self.sent = []

    def set_debuglevel(self, level):
        self.debuglevel = level

    def send_message(self, message, sender, recipients):
        if self.error:
            raise self.error
        self.sent.append((message.as_bytes(), sender, recipients, self.debuglevel))

    def quit(self):
        pass


class DropboxTestCommon(AccessCommon):
    """The salesperson with the lowest rights tests their own dropbox."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dropbox = cls.own.bcc_dropbox_ids
        cls.secret = cls.dropbox.token_ids.token

    @contextmanager
    def _smtp(self, session):
        with patch.object(type(self.env["ir.mail_server"]), "_connect__", lambda *_args, **_options: session):
            yield session

    def _test(self, user=None):
        """Send a test, and return the email as sent by Odoo."""
        user = user or self.own
        with self._smtp(Session()) as session:
            self._call(user, user, "action_bcc_dropbox_test")
        (sent,) = session.sent
        return sent

    def _come_back(self, raw, user=None, header="X-Original-To"):
        """Deliver a mail like a mail server that names the recipient in a header field."""
        known = self.env["crm.bcc.dropbox.email"].search([])
        self._receive(f"{header}: {(user or self.own).bcc_dropbox_address}\n".encode() + raw)
        return self.env["crm.bcc.dropbox.email"].search([]) - known


@tagged("post_install", "-at_install")
class TestSending(DropboxTestCommon):
    def test_mail(self):
        tables = ["mail.mail", "mail.message"]
        before = [self.env[table].search_count([]) for table in tables]
        raw, sender, recipients, debuglevel = self._test()
        self.assertEqual(recipients, [self.own.bcc_dropbox_address])
        self.assertEqual(sender, "own@acme.example", "a mail server that returns it returns it to the owner")
        self.assertNotIn(self.secret.encode(), raw, "like a real Bcc")
        self.assertIn(b'To: "Own Seller" <own@acme.example>', raw)
        self.assertIn(f"{TEST_HEADER}: {self.dropbox.test_nonce}".encode(), raw)
        self.assertFalse(debuglevel)
        self.assertEqual([self.env[table].search_count([]) for table in tables], before)

    def test_owner_without_an_email(self):
        self.own.email = False
        raw, *_more = self._test()
        self.assertNotIn(self.secret.encode(), raw)

    def test_nobody_has_an_email(self):
        """Like on a new database, without an alias domain either."""
        self.company.alias_domain_id = False
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.mailbox", "crm@acme.example")
        self.own.email = self.company.email = False
        for _time in range(2):
            with self.assertRaisesRegex(UserError, "Enter your email address"):
                self._call(self.own, self.own, "action_bcc_dropbox_test")

    def test_refusal_gives_nothing_away(self):
        """Errors of mail servers name the recipient."""
        address = self.own.bcc_dropbox_address
        reply = f"5.1.1 <{address.upper()}>: unknown".encode()
        collector = Collector()
        for name in ("odoo", "py.warnings"):
            logger = logging.getLogger(name)
            logger.addHandler(collector)
            self.addCleanup(logger.removeHandler, collector)
        for error in [
            smtplib.SMTPRecipientsRefused({address: (550, reply)}),
            smtplib.SMTPDataError(554, reply),
            smtplib.SMTPServerDisconnected(f"while sending to {address}"),
            OSError(f"{address}"),
            ConnectionRefusedError(111, "Connection refused"),
        ]:
            self.dropbox.test_date = False
            with self.subTest(error=type(error).__name__), self._smtp(Session(error)):
                with self.assertRaises(UserError) as caught:
                    self._call(self.own, self.own, "action_bcc_dropbox_test")
                self.assertIn("couldn't be sent", str(caught.exception))
                raised = caught.exception
                while raised:
                    self.assertNotIn(self.secret, str(raised).lower())
                    raised = raised.__cause__ or raised.__context__
        self.assertEqual(len([line for line in collector.lines if "could not be sent" in line]), 5)
        self.assertFalse([line for line in collector.lines if self.secret in line.lower()])

    def test_words_of_the_mail_server(self):
        error = smtplib.SMTPRecipientsRefused({"x": (550, b"5.1.1 unknown")})
        with (
            self._smtp(Session(error)),
            mute_logger(SELFTEST),
            self.assertRaisesRegex(UserError, ": 550 5.1.1 unk"),
        ):
            self._call(self.own, self.own, "action_bcc_dropbox_test")

    def test_once_a_minute(self):
        self._test()
        with self.assertRaisesRegex(UserError, "Wait a minute"):
            self._call(self.own, self.own, "action_bcc_dropbox_test")
        self.dropbox.test_date -= timedelta(minutes=1)
        self._test()

    def test_without_address(self):
        self.company.alias_domain_id = False
        self._refuses(self.own, self.own, "action_bcc_dropbox_test", error=UserError)

    def test_own_dropbox_only(self):
        for user in [self.sam, self.boss, self.clerk, self.portal]:
            for method in ("action_bcc_dropbox_test", "action_bcc_dropbox_test_result"):
                self._refuses(user, self.own, method)
        self._refuses(self.clerk, self.clerk, "action_bcc_dropbox_test", error=UserError)
        for name in ("test_nonce", "test_date", "test_result"):
            self._refuses(self.own, self.dropbox, "read", [name])
            self._refuses(self.boss, self.dropbox, "write", {name: False})


@tagged("post_install", "-at_install")
class TestReceiving(DropboxTestCommon):
    def _get_told(self, user=None):
        """Return the bus notifications to the owner."""
        channel = f'["{self.env.cr.dbname}","res.partner",{(user or self.own).partner_id.id}]'
        return self.env["bus.bus"].search([("message", "ilike", "crm_bcc_dropbox.test"), ("channel", "=", channel)])

    def _count(self):
        return [self.env[model].search_count([]) for model in ("crm.bcc.dropbox.email", "crm.lead", "res.partner")]

    def test_result(self):
        raw, *_more = self._test()
        self.assertIs(self._call(self.own, self.own, "action_bcc_dropbox_test_result"), False)
        self.dropbox.test_date -= timedelta(seconds=30)
        before = self._count()
        self._come_back(raw)
        self.assertEqual(self._count(), before, "a test is no captured email: it is in no list, count or graph")
        result = self._call(self.own, self.own, "action_bcc_dropbox_test_result")
        self.assertEqual((result["header"], result["from_last_hop"]), ("X-Original-To", True))
        self.assertTrue(30 <= result["seconds"] < 60, result)
        told = self._get_told()
        self.assertEqual(len(told), 1)
        self.assertIn('"header":"X-Original-To"', told.message)
        self.assertNotIn(self.secret, told.message)

    def test_health_knows_tests(self):
        """A test counts as an arrival like any other email."""
        self.env["crm.bcc.dropbox.email"].search([]).unlink()
        health = self.env["crm.bcc.dropbox.health"]
        self.assertEqual(health._get_last_email_check().state, "warning")
        raw, *_more = self._test()
        self._come_back(raw)
        self.assertEqual(health._get_last_email_check().state, "ok")

    def test_forged_header(self):
        """Including a mark that is not ASCII, which can't be compared directly."""
        self._test()
        forged = self._format(user=self.own, headers=f"{TEST_HEADER}: m\u00e4rk\n")
        self._receive(forged)
        email = self.env["crm.bcc.dropbox.email"].search([("user_id", "=", self.own.id)])
        self.assertRow(email, "captured")
        self.assertTrue(email.line_ids)

    def test_below_the_last_hop(self):
        raw, *_more = self._test()
        self._come_back(b"Received: from a by b; now\n" + raw, header="Received: from b by c; now\nDelivered-To")
        result = self.dropbox.test_result
        self.assertEqual((result["header"], result["from_last_hop"]), ("Delivered-To", False))

    def test_sender_does_not_matter(self):
        """Odoo's mail server may replace From by another address."""
        raw, *_more = self._test()
        raw = raw.replace(b"own@acme.example", b"notifications@elsewhere.example")
        self._come_back(raw)
        self.assertEqual(len(self._get_told()), 1)

    def test_twice(self):
        """For example, a catch-all mailbox and a pipe: there is one result, and no row."""
        raw, *_more = self._test()
        before = self._count()
        self._come_back(raw)
        self._come_back(raw, header="Delivered-To")
        self._come_back(raw.replace(b"Message-Id: <", b"Message-Id: <again"))
        self.assertEqual(self._count(), before)
        self.assertEqual(self.dropbox.test_result["header"], "X-Original-To")
        self.assertEqual(len(self._get_told()), 1)

    def test_valid_for_a_day(self):
        raw, *_more = self._test()
        self.dropbox.test_date = fields.Datetime.now() - timedelta(days=1, minutes=1)
        self.assertRow(self._come_back(raw), "refused", "Auto-Submitted")

    def test_dropbox_of_another(self):
        raw, *_more = self._test()
        self.assertRow(self._come_back(raw, self.sam), "refused", "Auto-Submitted")
        self.assertTrue(self.dropbox.test_nonce)
        self.assertFalse(self._get_told() + self._get_told(self.sam))

    def test_guessed_mark(self):
        self._test()
        for mark in ("", "x", "ä"):
            email = self._capture(data.PLAIN, user=self.own, headers=f"{TEST_HEADER}: {mark}\n")
            self.assertRow(email, "captured")
            self.assertTrue(email.line_ids, "an ordinary mail")

    def test_permission_and_address_come_first(self):
        raw, *_more = self._test()
        address = self.own.bcc_dropbox_address
        self.dropbox._regenerate()
        self._receive(f"X-Original-To: {address}\n".encode() + raw)
        email = self.env["crm.bcc.dropbox.email"].search([("user_id", "=", self.own.id)])
        self.assertRow(email, "refused", "you have replaced")
        self.assertFalse(self._get_told())
        address = self.own.bcc_dropbox_address
        self.own.group_ids = self.env.ref("base.group_user")
        self._receive(f"X-Original-To: {address}\n".encode() + raw.replace(b"Message-Id: <", b"Message-Id: <2"))
        email = self.env["crm.bcc.dropbox.email"].search([("user_id", "=", self.own.id)], limit=1)
        self.assertRow(email, "refused", "have permission")
        with self.assertRaises(AccessError):
            self._call(self.lea, self.own, "action_bcc_dropbox_test_result")
