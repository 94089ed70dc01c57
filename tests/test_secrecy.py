"""The BCC address is visible to its owner and managers, and appears nowhere else."""

import base64
import logging
import quopri
import smtplib
import zipfile
from contextlib import suppress
from unittest.mock import MagicMock, patch

from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger

from ..tools.address_test import build_test
from ..tools.redaction import Secrets
from .common import Command, DropboxCommon, data, tagged
from .test_redaction import PNG, pack

MAY_HOLD = {"crm_bcc_dropbox_token"}
"""Tables with the secret itself. The originals of captured mails are stored in base64, closed to everyone."""

FROM_CUSTOMER = """\
Return-Path: <carla@customer.example>
X-Original-To: {dropbox}
Delivered-To: {dropbox}
Received: from a.example by b.example with ESMTP id 1
	for <{dropbox}>; Mon, 23 Nov 2026 10:00:00 +0100
From: Carla <carla@customer.example>
To: Sales <sales@acme.example>
Cc: "Box, of Sam" <{dropbox}>, Other <other@customer.example>
{headers}Subject: Re: Our offer {dropbox}
Date: Mon, 23 Nov 2026 10:00:00 +0100
Message-ID: {message_id}
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: {encoding}

{body}
"""

QUOTED = """\
Fine.

From: Sam Seller
To: Carla
Cc: {dropbox}

Our offer
"""


class Collector(logging.Handler):
    """The formatted log records."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter())
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@tagged("post_install", "-at_install")
class TestSecrecy(DropboxCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["mail.alias"].create(
            {
                "alias_name": "sales",
                "alias_model_id": cls.env["ir.model"]._get_id("crm.lead"),
                "alias_contact": "everyone",
            }
        )
        cls.secret = cls.sam.bcc_dropbox_ids.token_ids.token
        # a user who gets all notifications by email
        cls.lea.notification_type = "email"
        cls.lead.message_subscribe(cls.lea.partner_id.ids)

    def setUp(self):
        super().setUp()
        collector = Collector()
        for name in ("odoo", "py.warnings"):
            logger = logging.getLogger(name)
            logger.addHandler(collector)
            self.addCleanup(logger.removeHandler, collector)
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.DEBUG)
        sql = logging.getLogger("odoo.sql_db")  # it may be configured to log all queries
        self.addCleanup(sql.setLevel, sql.level)
        sql.setLevel(logging.INFO)
        self.logged = collector.lines

    def assertSecret(self):
        """Check that the secret is in no table, no file, no log and no mail."""
        self.env.flush_all()
        self.assertEqual(self._find_tables(), MAY_HOLD)
        for attachment in self.env["ir.attachment"].search([("create_date", ">=", self.sam.create_date)]):
            self.assertFalse(Secrets.of([self.secret]).is_revealed_by(attachment.raw or b""), attachment.name)
        self.assertFalse([line for line in self.logged if self.secret in line.lower()])
        sent = [*self._mails, *(mail.read() for mail in self._new_mails)]
        self.assertFalse([mail for mail in sent if self.secret in str(mail).lower()])
        return sent

    def _find_tables(self):
        """Return the tables with a row that contains the secret in any column."""
        cr = self.env.cr
        cr.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        queries = [
            SQL(
                "SELECT %s WHERE EXISTS (SELECT FROM %s AS line WHERE line::text ILIKE %s)",
                name, SQL.identifier(name), f"%{self.secret}%",
            )
            for (name,) in cr.fetchall()
        ]  # fmt: skip
        cr.execute(SQL(" UNION ALL ").join(queries))
        return {name for (name,) in cr.fetchall()}

    def _format_from_customer(self, body=QUOTED, encoding="8bit", headers=""):
        dropbox = self.sam.bcc_dropbox_address
        body = body.format(dropbox=dropbox)
        if encoding == "base64":
            body = base64.encodebytes(body.encode()).decode()
        elif encoding == "quoted-printable":
            # a soft line break in the middle of the address
            body = quopri.encodestring(body.encode()).decode().replace(self.secret[:9], f"{self.secret[:9]}=\n")
        return self._format(FROM_CUSTOMER, body=body, headers=headers, encoding=encoding)

    # ------------------------------------------------------------
    # CAPTURED MAIL
    # ------------------------------------------------------------

    def test_captured_mail(self):
        dropbox = self.sam.bcc_dropbox_address
        with self.mock_mail_gateway():
            for template in (data.PLAIN, data.MIXED, data.FORWARDED_AS_ATTACHMENT):
                email = self._capture(
                    template,
                    to=f'"{dropbox}" <nora@customer.example>, {dropbox}',
                    headers=f"Cc: {dropbox}\nBcc: {dropbox}\nX-Note: {dropbox}\nIn-Reply-To: <{dropbox}>\n",
                    subject=f"Offer {dropbox.upper()}",
                    body=f"Put {dropbox} in Bcc",
                    message_id=f"<{self.mail_count}.{dropbox}>",
                )
                self.assertRow(email, "captured")
            self.assertSecret()
        self.assertFalse(self.env["res.partner"].search([("email", "ilike", "bcc-")]))

    def test_attached_sent_mail(self):
        """The copy in the sender's outbox names the dropbox in Bcc, and may be attached to mails."""
        dropbox = self.sam.bcc_dropbox_address
        body = f"See there\n--outer\nContent-Type: message/rfc822\n\nBcc: {dropbox}\nSubject: Old\n\nOld"
        with self.mock_mail_gateway():
            self.assertRow(self._capture(data.FORWARDED_AS_ATTACHMENT, body=body), "captured")
            self.assertSecret()

    def _get_revealing_files(self):
        """Return files that contain the dropbox: name, content, and whether it can be removed as text."""
        dropbox = self.sam.bcc_dropbox_address.encode()
        return [
            ("list.csv", b"Bcc;" + dropbox + b"\r\n\xfc", True),
            ("stored.zip", pack(dropbox, method=zipfile.ZIP_STORED), False),
            ("offer.docx", pack(b"<w:t>bcc-</w:t><w:t>" + self.secret.encode() + b"</w:t>"), False),
            ("picture.png", PNG + self.secret.encode("utf-16-le"), False),
            ("mail.eml", b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(b"Bcc: " + dropbox), False),
            ("plain.eml", b"Bcc: " + dropbox + b"\n\nold", True),
        ]

    def _format_files(self, files):
        """Return the parts of a mail with these files, and a harmless one."""
        files = [*files, ("innocent.zip", pack(b"nothing"), True)]
        return "".join(
            f"\n--outer\nContent-Type: application/octet-stream; name={name}\nContent-Transfer-Encoding: base64\n"
            f"Content-Disposition: attachment; filename={name}\n\n{base64.encodebytes(content).decode()}"
            for name, content, _is_text in files
        )

    def test_files(self):
        """Texts are changed; other files are left out, and the row mentions them."""
        files = self._get_revealing_files()
        with self.mock_mail_gateway():
            email = self._capture(
                data.FORWARDED_AS_ATTACHMENT,
                body=f"See =\xbcc-{self.secret} and {'<wbr>'.join(self.secret)}{self._format_files(files)}",
                subject=f"Bare {self.secret}",
            )
            self.assertRow(email, "captured", "stored.zip, offer.docx, picture.png, mail.eml")
            self.assertSecret()
        message = email.line_ids.mail_message_id
        names = ["innocent.zip", "list.csv", "plain.eml", "The inner mail.eml"]
        self.assertEqual(sorted(message.attachment_ids.mapped("name"), key=str.lower), names)
        kept = {file.name: file.raw for file in message.attachment_ids}
        self.assertEqual(kept["list.csv"], b"Bcc;bcc-[hidden]@acme.example\r\n\xfc")
        self.assertEqual(kept["innocent.zip"], pack(b"nothing"))
        self.assertEqual(email.attachment_count, len(names) + 4)

    def test_files_of_an_original(self):
        """The original as displayed and downloaded."""
        with self.mock_mail_gateway():
            body = f"Bare {self.secret}{self._format_files(self._get_revealing_files())}"
            email = self._capture(data.FORWARDED_AS_ATTACHMENT, sender="stranger@evil.example", body=body)
        self.assertRow(email, "refused")
        email = email.with_user(self.sam)
        shown = f"{email.original_header}{email.original_body}{email.original_files}"
        self.assertFalse(Secrets.of([self.secret]).is_in(shown))
        self.assertNotIn("offer.docx", shown)
        number, contents = 0, []
        while file := email._get_original_file(number):
            contents.append(file[1])
            number += 1
        self.assertEqual(len(contents), 4)
        self.assertIn(pack(b"nothing"), contents)
        self.assertFalse(any(Secrets.of([self.secret]).is_revealed_by(content) for content in contents))

    def test_mail_that_is_not_filed(self):
        dropbox = self.sam.bcc_dropbox_address
        with self.mock_mail_gateway():
            for values in [
                {"sender": f"{dropbox} <stranger@evil.example>"},
                {"sender": dropbox},
                {"to": dropbox},
                {"to": f"<{dropbox}, broken@", "message_id": ""},
                {"headers": f"Auto-Submitted: {dropbox}\n"},
            ]:
                self._capture(subject=dropbox, **values)
            self.sam.bcc_dropbox_ids._regenerate()
            self.assertRow(self._capture(dropbox=dropbox), "refused")
            self.sam.group_ids = self.env.ref("base.group_user")
            self.assertRow(self._capture(dropbox=dropbox), "refused")
            self.assertSecret()

    # ------------------------------------------------------------
    # ORDINARY MAIL
    # ------------------------------------------------------------

    def test_ordinary_mail_with_a_dropbox_in_copy(self):
        """A customer replies to all, including a dropbox."""
        for save_original in (False, True):
            with self.subTest(save_original=save_original), self.mock_mail_gateway():
                lead_id = self._receive(self._format_from_customer(), save_original=save_original)
                lead = self.env["crm.lead"].browse(lead_id)
                message = lead.message_ids.filtered("incoming_email_cc")
                self.assertIn("other@customer.example", message.incoming_email_cc)
                self.assertNotIn("bcc-", f"{message.incoming_email_to}{message.incoming_email_cc}{lead.email_cc}")
                names = message.attachment_ids.mapped("name")
                self.assertEqual("original_email.eml" in names, save_original)
                self.assertSecret()
        self.assertFalse(self.env["res.partner"].search([("email", "ilike", "bcc-")]))

    def test_files_of_ordinary_mail(self):
        """A note replaces a binary file that contains the address."""
        files = self._get_revealing_files()
        raw = self._format_from_customer(body=f"Bare {self.secret}" + self._format_files(files).replace("{", "{{"))
        raw = raw.replace(
            b"Content-Type: text/plain; charset=utf-8\n", b"Content-Type: multipart/mixed; boundary=outer\n"
        )
        raw = raw.replace(b"\n\nBare", b"\n\n--outer\nContent-Type: text/plain\n\nBare")
        with self.mock_mail_gateway():
            message = self.env["crm.lead"].browse(self._receive(raw)).message_ids.filtered("incoming_email_cc")
            self.assertSecret()
        kept = {file.name: file.raw for file in message.attachment_ids}
        self.assertEqual(kept["innocent.zip"], pack(b"nothing"))
        self.assertIn(b"left out", kept["offer.docx.txt"])
        self.assertNotIn("offer.docx", kept)
        self.assertEqual(kept["plain.eml"], b"Bcc: bcc-[hidden]@acme.example\n\nold")

    def test_nobody_is_told_of_the_dropbox(self):
        """Followers of a record get the email, and could see its other recipients in a header field."""
        with self.mock_mail_gateway():
            first = self.lead.with_user(self.lea).message_post(
                body="Our offer", message_type="comment", partner_ids=self.contact.ids
            )
        self.lead.message_subscribe(self.contact.ids)
        with self.mock_mail_gateway():
            self._receive(self._format_from_customer(headers=f"In-Reply-To: {first.message_id}\n"))
            self.assertEqual(len(self.lead.message_ids.filtered("incoming_email_cc")), 1)
            sent = self.assertSecret()
            self.assertIn("lea@acme.example", str(sent))
            self.assertIn("X-Msg-To-Add", str(sent))
        with self.mock_mail_gateway():
            self.lead.with_user(self.lea).message_post(
                body="Thanks", message_type="comment", subtype_xmlid="mail.mt_comment"
            )
            self.assertIn("carla@customer.example", str(self.assertSecret()).lower())

    def test_encoded_text(self):
        for encoding in ("base64", "quoted-printable"):
            with self.subTest(encoding=encoding), self.mock_mail_gateway():
                self.assertTrue(self._receive(self._format_from_customer(encoding=encoding)))
                self.assertSecret()

    @mute_logger("odoo.addons.mail.models.mail_thread")
    def test_returned_mail(self):
        """Odoo's bounces quote the rejected mail."""
        with self.mock_mail_gateway():
            for address in (f"{self.domain.catchall_alias}@acme.example", f"{self.domain.bounce_alias}@acme.example"):
                raw = self._format_from_customer().replace(b"sales@acme.example", address.encode())
                self._receive(raw)
            self.assertSecret()

    # ------------------------------------------------------------
    # TEST OF A DROPBOX
    # ------------------------------------------------------------

    def test_test_of_a_dropbox(self):
        address = self.sam.bcc_dropbox_address
        refusal = smtplib.SMTPRecipientsRefused({address: (550, f"<{address}> unknown".encode())})
        MailServer = type(self.env["ir.mail_server"])
        self._init_mail_mock()
        for error in (None, refusal):
            session = MagicMock(from_filter=False, smtp_from=False)
            session.send_message.side_effect = error
            self.sam.bcc_dropbox_ids.test_date = False
            with patch.object(MailServer, "_connect__", return_value=session), suppress(UserError):
                self.sam.with_user(self.sam).action_bcc_dropbox_test()
            self.assertEqual(session.send_message.call_args.args[2], [address])
            self.assertSecret()
        self.sam.bcc_dropbox_ids.test_date = False
        env = self.sam.bcc_dropbox_ids._get_owner_env()
        message = build_test(env, self.env["ir.mail_server"], address, self.sam.email_formatted, "x")
        message.replace_header("To", message["X-Forge-To"])
        self._receive(f"X-Original-To: {address}\n".encode() + message.as_bytes())
        self.assertSecret()

    def test_confirmation(self):
        with self.mock_mail_gateway():
            self.sam.with_user(self.sam).bcc_dropbox_sender_ids = [Command.create({"email": "sam@home.example"})]
            self.assertIn("sam@home.example", str(self.assertSecret()))

    # ------------------------------------------------------------
    # ELSEWHERE
    # ------------------------------------------------------------

    def test_no_alias_and_no_column(self):
        self.assertEqual(self._find_tables(), MAY_HOLD)
        self.assertFalse(self.env["mail.alias"].search([("alias_name", "ilike", "bcc-")]))
        for model, name in [("res.users", "bcc_dropbox_address"), ("crm.bcc.dropbox", "address")]:
            field = self.env[model].fields_get([name])[name]
            self.assertEqual((field["store"], field["exportable"]), (False, False))

    def test_new_address_is_as_secret(self):
        self.sam.with_user(self.sam).action_bcc_dropbox_regenerate()
        self.secret = self.sam.bcc_dropbox_ids.token_ids.filtered(lambda token: not token.replaced_date).token
        with self.mock_mail_gateway():
            self._capture()
            self.assertSecret()

    def test_tokens_are_unguessable(self):
        tokens = {self.env["crm.bcc.dropbox.token"]._generate_token() for _number in range(200)}
        self.assertEqual(len(tokens), 200)
        self.assertEqual(set("".join(tokens)), set("abcdefghijklmnopqrstuvwxyz234567"))
        self.assertEqual({len(token) for token in tokens}, {20})
