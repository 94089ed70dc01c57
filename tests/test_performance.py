import email
from base64 import encodebytes
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from inspect import isfunction
from unittest.mock import patch

from odoo.sql_db import BaseCursor
from odoo.tests import test_cursor
from odoo.tests.common import BaseCase

from ..models import crm_lead, mail_alias_domain, mail_message, mail_thread, res_partner
from ..tools import mime
from .common import GatewayCommon, data, tagged

KNOWN = 20


class Part(mime.EncodedPart, EmailMessage):
    """As the gateway has it."""


OVERRIDES = {
    "crm.lead": crm_lead.CrmLead,
    "mail.alias.domain": mail_alias_domain.MailAliasDomain,
    "mail.message": mail_message.MailMessage,
    "mail.thread": mail_thread.MailThread,
    "res.partner": res_partner.ResPartner,
}


@tagged("post_install", "-at_install")
class TestQueries(GatewayCommon):
    """How many queries a mail takes, those of all its transactions together. Times are for a benchmark."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 1000)
        contacts = [{"name": f"Known {number}", "email": f"{number}@known.example"} for number in range(KNOWN)]
        cls.known = cls.env["res.partner"].create(contacts).mapped("email")
        cls.alias_on_lead = cls.alias.copy({"alias_name": "deal", "alias_force_thread_id": cls.lead.id})

    # ------------------------------------------------------------
    # TOOLS
    # ------------------------------------------------------------

    def _deliver(self, raw):
        """Hand over a mail in a transaction of its own, as the pipe script and the poll do."""
        with self.registry.cursor() as cr:
            self.env(cr=cr)["mail.thread"].message_process(None, raw)

    def _count(self, template=data.PLAIN, before=None, **values):
        """Count the queries of a mail, when Odoo has in memory what it keeps there.

        The savepoints that make transactions in a test do not count; the time is asked of the database, as it is
        outside of tests.

        :param dict before: what is different in the mail that comes first
        """
        with self.mock_mail_gateway(), patch.object(test_cursor.TestCursor, "now", BaseCursor.now):
            self._deliver(self._format(template, **values | (before or {})))
            raw, count = self._format(template, **values), self.env.cr.sql_log_count
            self._deliver(raw)
        return self.env.cr.sql_log_count - count

    def assertQueriesOf(self, expected, **values):
        """Check how many queries a mail takes; return its rows."""
        known = self._get_rows()
        self.assertEqual(self._count(**values), expected)
        return self._get_rows() - known

    @contextmanager
    def _without_our_overrides(self):
        """Take away what this addon has changed of Odoo's own methods."""
        with ExitStack() as stack:
            for model_name, definition in OVERRIDES.items():
                others = [base for base in self.registry[model_name].__mro__ if base is not definition]
                for name, method in list(vars(definition).items()):
                    if isfunction(method) and any(name in vars(base) for base in others):
                        stack.callback(setattr, definition, name, method)
                        delattr(definition, name)
            yield

    # ------------------------------------------------------------
    # A MAIL FOR A DROPBOX
    # ------------------------------------------------------------

    def test_existing_lead(self):
        rows = self.assertQueriesOf(
            1  # keep the mail
            + 1  # keep others from this mail
            + 1  # wait for others who file mail to the same customers
            + 1  # lock the row, and read it with its dropbox, its owner, what was filed today, and so on
            + 3  # who are we: domains, aliases, users and own addresses
            + 2  # match: contacts, leads
            + 1  # does a record have this mail already
            + 5  # file: savepoint, time, message, may the owner write on the record, release
            + 2,  # log: line, row
            to="Leo <leo@customer.example>",
        )  # fmt: skip
        self.assertEqual(self._get_record(rows[0]), self.lead)

    def test_existing_contact(self):
        # leads are not looked for
        rows = self.assertQueriesOf(16, to="Carla <carla@customer.example>")
        self.assertEqual(self._get_record(rows[0]), self.contact)

    def test_answer(self):
        # and the records that the answered mail is on
        self.assertQueriesOf(18, to="leo@customer.example", headers="In-Reply-To: <question@customer.example>\n")

    def test_new_lead(self):
        """Fewer than Odoo takes for a lead by an alias."""
        rows = self.assertQueriesOf(
            17  # as on an existing lead; time, message and rights are among them
            + 2  # a savepoint
            + 16,  # what Odoo does for a lead that a user makes: companies, team, stages, probability, enrichment
            to="new@customer.example",
            before={"to": "first@customer.example"},
        )  # fmt: skip
        lead = self._get_record(rows[0])
        self.assertEqual((lead.email_normalized, lead.user_id), ("new@customer.example", self.sam))

    def test_refused(self):
        rows = self.assertQueriesOf(
            4  # as on an existing lead, up to what was filed today
            + 2  # all own addresses: is it a stranger
            + 2  # the rest of the row; were there too many of them today
            + 3  # whom it names, without ourselves
            + 1  # the time
            + 1  # is there an alarm already
            + 1  # log
            + 1  # how many strangers there were, for the alarm
            + 1  # was the owner told of another a short time ago
            + 4,  # is it for an alias, too
            to="carla@customer.example", sender="mallory@evil.example",
        )  # fmt: skip
        self.assertRow(rows[0], "refused", "mallory@evil.example")

    def test_many_recipients(self):
        """Their number does not count: all messages of a kind of record are stored at once."""
        few, many = (self._count(to=", ".join(self.known[:number])) for number in (1, KNOWN))
        self.assertEqual(few, many)
        self.assertEqual(len(self._get_rows()[0].line_ids.mail_message_id), KNOWN)

    # ------------------------------------------------------------
    # AN ORDINARY MAIL
    # ------------------------------------------------------------

    def test_ordinary_mail(self):
        """Not one query more than without the addon."""
        for alias in ("deal", "sales"):
            with self.subTest(alias=alias):
                values = {"template": data.BARE, "to": f"{alias}@acme.example", "sender": "carla@customer.example"}
                with_addon = self._count(**values)
                with self._without_our_overrides():
                    without_addon = self._count(**values)
                self.assertEqual(with_addon, without_addon)
        self.assertFalse(self._get_rows())


@tagged("post_install", "-at_install")
class TestParser(BaseCase):
    """The parser that is spared what it does again and again: the same result as that of the standard library."""

    def _format_mail(self, *lines, end="\r\n"):
        head = ["Content-Type: multipart/mixed; boundary=b", "", "--b", "Content-Type: application/pdf"]
        return end.join([*head, *lines, ""]).encode()

    def assertSame(self, raw):
        """Check that both parsers read the same in a mail."""
        expected, found = email.message_from_bytes(raw, policy=SMTP), mime.message_from_bytes(raw, _class=Part)
        self.assertEqual(found.as_bytes(), expected.as_bytes())
        for part, expected_part in zip(found.walk(), expected.walk(), strict=True):
            self.assertEqual(part.items(), expected_part.items())
            self.assertEqual(part.get_payload(), expected_part.get_payload()) if not part.is_multipart() else None
            self.assertEqual(part.get_payload(decode=True), expected_part.get_payload(decode=True))
            self.assertEqual((part.preamble, part.epilogue), (expected_part.preamble, expected_part.epilogue))
        return found

    def test_large_files(self):
        lines = encodebytes(bytes(range(256)) * 1024).decode().split()
        for end in ("\r\n", "\n"):
            for name, content in {
                "a file": ["", *lines, "--b--"],
                "two files": ["", *lines, "--b", "", *lines, "--b--"],
                "text around": ["", "Hello,", *lines, "Bye: --b", *lines, "--b--"],
                "no end": ["", *lines],
                "preamble and epilogue": ["--b--", *lines],
                "in the header": [*lines, "X-More: 1", "", "--b--"],
                "attached mail": ["", "--b", "Content-Type: message/rfc822", "", "Subject: x", "", *lines, "--b--"],
                "whole lines only": ["", *lines[:-1], "--b--"],
            }.items():
                with self.subTest(name=name, end=end):
                    self.assertSame(self._format_mail(*content, end=end))

    def test_ends_of_encoded_files(self):
        """Whatever the end of a file looks like, it is decoded as the standard library does."""
        lines = encodebytes(bytes(range(256)) * 1024).decode().split()
        head = ["Content-Type: application/pdf", "Content-Transfer-Encoding: base64", ""]
        for end in ("\r\n", "\n"):
            for last in (
                [], ["QUJD"], ["QUI="], ["QQ=="], ["QQ"], ["QUJDR"], ["Q"], ["QQ=", "="], ["QQ==", "", ""],
                ["QUI=", "QUJD"], ["QQ== "], ["QU JD"], ["Q\u00e4JD"], ["<QUJD>"], ["", "QUJD"], ["QUJD", "Bye"],
                ["-" * 70],
            ):  # fmt: skip
                with self.subTest(last=last, end=end):
                    self.assertSame(end.join([*head, *lines[:-1], *last, ""]).encode())
            for encoding in ("BASE64", "base64 ", "8bit", "quoted-printable", "x-uuencode", ""):
                with self.subTest(encoding=encoding, end=end):
                    self.assertSame(end.join([f"Content-Transfer-Encoding: {encoding}", "", *lines, ""]).encode())

    def test_files_are_decoded_at_once(self):
        """Not line by line, until the payload is another one."""
        lines = encodebytes(bytes(1024**2)).decode().split()
        raw = "\n".join(["Content-Transfer-Encoding: base64", "", *lines, ""]).encode()
        part = mime.message_from_bytes(raw, _class=Part)
        with patch.object(EmailMessage, "get_payload", side_effect=AssertionError):
            self.assertEqual(part.get_payload(decode=True), bytes(1024**2))
        part.set_payload("QUJD")
        self.assertEqual(part.get_payload(decode=True), b"ABC")

    def test_parser_is_spared_large_files(self):
        raw = self._format_mail("", *encodebytes(bytes(1024**2)).decode().split(), "--b--")
        with patch("email.message_from_bytes", side_effect=email.message_from_bytes) as parser:
            mime.message_from_bytes(raw)
        self.assertLess(len(parser.call_args.args[0]), 1000)

    def test_header_is_parsed_once(self):
        parse, raw = EmailPolicy.header_fetch_parse, b"Content-Type: text/plain; charset=utf-8\n\nHello"
        with patch.object(EmailPolicy, "header_fetch_parse", autospec=True, side_effect=parse) as parsed:
            message = mime.message_from_bytes(raw)
            self.assertEqual([message.get_content_type() for _time in range(5)], ["text/plain"] * 5)
            self.assertEqual(parsed.call_count, 1)
            message.replace_header("Content-Type", "text/html")
            self.assertEqual(message.get_content_type(), "text/html")
