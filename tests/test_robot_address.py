import time

from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.tests import BaseCase, tagged

from ..tools.raw_mail import RawMail
from ..tools.robot_address import is_robot_address
from .common import DropboxCommon, data

ROBOTS = [
    # automatic senders
    "noreply@acme.example", "no-reply@acme.example", "no_reply@acme.example", "no.reply@acme.example",
    "donotreply@acme.example", "do-not-reply@acme.example", "dontreply@acme.example", "noreply-maps@acme.example",
    "forwarding-noreply@acme.example", "noreply+x1@acme.example", "noreply2@acme.example", "shop.noreply@acme.example",
    "nicht-antworten@acme.example", "keine.antwort@acme.example", "ne-pas-repondre@acme.example",
    "no-responder@acme.example", "nao-responda@acme.example", "nonrispondere@acme.example",
    "postmaster@acme.example", "mailer-daemon@acme.example", "MAILER-DAEMON@acme.example", "notifications@acme.example",
    "newsletter@acme.example", "auto-reply@acme.example", "nobody@acme.example", "joe@noreply.acme.example",
    "12345+joe@users.noreply.github.com", "dse@docusign.net", "x@us-west-2.amazonses.com",
    # bounces, variable envelope senders
    "bounce@acme.example", "bounces@acme.example", "bounce-123@acme.example", "bounces+joe=b.example@acme.example",
    "msprvs1=18x@bounces.acme.example", "sender-joe=b.example@acme.example", "srs0=ab=cd=b.example=joe@acme.example",
    "prvs=1234abcdef=joe@acme.example", "imceaex-_o=acme_ou=x@acme.example",
    # mailing lists
    "dev-request@acme.example", "list-dev@acme.example", "owner-dev@acme.example", "dev-unsubscribe@acme.example",
    "dev@lists.acme.example", "dev@lists.acme.co.uk", "acme@googlegroups.com", "acme@dev.groups.io",
    "majordomo@acme.example", "mailman@acme.example",
    # tickets and replies
    "support+id123@acme.zendesk.com", "support@acme.zendesk.com", "reply+AAA123BBB@reply.github.com",
    "joe@reply.acme.example", "reply-12ab@acme.example", "support+ticket-42@acme.example", "help+id42@acme.example",
    "case+00012@acme.example", "jira@acme.atlassian.net", "x+1@mail.asana.com",
    "9f86d081884c7d65@acme.example", "a1b2c3d4-0000-4000-8000-1234567890ab@acme.example",
    "x7k2m9q4w8e3r6t1y5u0i2o9@acme.example", "joe+abcdefghijklmnopqrstuvwxyz0123@acme.example",
]  # fmt: skip

CUSTOMERS = [
    "info@acme.example", "sales@acme.example", "office@acme.example", "support@acme.example", "contact@acme.example",
    "kontakt@acme.example", "joe@acme.example", "joe.customer@acme.example", "joe+shop2024@acme.example",
    "joe+idaho2024@acme.example", "13800138000@acme.example", "1234567890123456@qq.com", "joe1984@acme.example",
    "jean-pierre.de-la-fontaine@acme.example", "piano.reply@acme.example", "norepinephrine@acme.example",
    "anna.reply@reply.example", "joe@reply.com", "joe@list.ru", "joe@zendesk.com", "product-owner@acme.example",
    "bouncer@acme.example", "listing@acme.example", "requests@acme.example", "casey.jones@acme.example",
    "casemiro@acme.example", "replica@acme.example", "maximilianmusterfrauhausen@acme.example",
    "bartholomewfeatherstonehaugh1984@acme.example", "facade@acme.example", "deadbeef@acme.example",
    "dpdcnf87nu9q8w7e6r5t4y3u2i1@privaterelay.appleid.com", "a1b2c3d4e5f6a7b8@marketplace.amazon.de",
    "o'brien=sons@acme.example", "abeddeadfacade00@acme.example", "山田@acme.example", "joe@acme", "", "joe",
]  # fmt: skip


@tagged("post_install", "-at_install")
class TestRobotAddress(BaseCase):
    """Which addresses never become a record."""

    def test_robots(self):
        for email in ROBOTS:
            with self.subTest(email=email):
                self.assertTrue(is_robot_address(email))

    def test_customers(self):
        for email in CUSTOMERS:
            with self.subTest(email=email):
                self.assertFalse(is_robot_address(email))

    def test_mailing_list(self):
        for header, expected in [
            ("List-Post: <mailto:dev@acme.example>", {"dev@acme.example"}),
            ("List-Post: <mailto:Dev@ACME.example?subject=x>", {"dev@acme.example"}),
            ("List-Id: Developers <dev.acme.example>", {"dev@acme.example"}),
            ("List-ID: <dev.acme.example>\nList-Post: <mailto:other@acme.example>",
             {"dev@acme.example", "other@acme.example"}),
            ("List-Post: NO", set()),
            ("List-Id: dev", set()),
            ("Subject: <dev.acme.example>", set()),
        ]:  # fmt: skip
            with self.subTest(header=header):
                self.assertEqual(RawMail(f"{header}\n\nHello".encode()).list_emails, expected)

    @settings(max_examples=300, deadline=None, database=None, derandomize=True)
    @given(st.text(max_size=300), st.binary(max_size=300))
    def test_any_text(self, text, value):
        """Nothing raises."""
        self.assertIn(is_robot_address(text), (True, False))
        self.assertIsInstance(RawMail(b"List-Id: " + value + b"\n\n").list_emails, set)

    def test_time(self):
        start = time.process_time()
        for text in ("=.", "+a", "reply-", "a1", "--", "no-"):
            is_robot_address(f"{text * 120}@{'a.' * 120}example")
        RawMail(b"List-Id: " + b"<" * 100_000 + b"\n\n").list_emails  # noqa: B018
        self.assertLess(time.process_time() - start, 0.2)


@tagged("post_install", "-at_install")
class TestRobots(DropboxCommon):
    """Emails to addresses of robots: no record is created, but existing ones get the email."""

    def test_no_record(self):
        email = self._capture(to="Acme <noreply@robots.example>")
        self.assertRow(email, "unmatched")
        self.assertEqual(email.line_ids.reason_code, "robot_address")
        self.assertIn("noreply@robots.example", email.line_ids.explanation)
        self.assertFalse(self.env["crm.lead"].search_count([("email_normalized", "=", "noreply@robots.example")]))

    def test_beside_a_customer(self):
        email = self._capture(to="new@customer.example, dev@lists.customer.example")
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.mapped("outcome"), ["created", "skipped"])
        self.assertEqual(email.line_ids[1].reason_code, "robot_address")

    def test_list_of_the_mail(self):
        email = self._capture(to="team@customer.example", headers="List-Post: <mailto:team@customer.example>\n")
        self.assertEqual(email.line_ids.reason_code, "robot_address")

    def test_existing_record(self):
        contact = self.env["res.partner"].create({"name": "Orders", "email": "noreply@robots.example"})
        self.assertEqual(self._get_record(self._capture(to="noreply@robots.example")), contact)

    def test_by_hand(self):
        """Users who click create what they want."""
        for action, model in (("action_create_lead", "crm.lead"), ("action_create_contact", "res.partner")):
            with self.subTest(action=action):
                to = f"noreply@{model.replace('.', '-')}.example"
                email = self._capture(data.PLAIN, to=to)
                getattr(email.with_user(self.sam), action)()
                self.assertEqual(self._get_record(email)._name, model)

    def test_nothing_to_create(self):
        """Owners who create nothing are told that."""
        self.sam.with_user(self.sam).bcc_dropbox_create = "none"
        email = self._capture(to="noreply@robots.example")
        self.assertEqual(email.line_ids.reason_code, "create_nothing")
