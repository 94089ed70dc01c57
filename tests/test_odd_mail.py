"""Mails that break parsers: each becomes one row, in time, with a remark."""

import base64
import os
import struct
import zlib
from contextlib import contextmanager

from odoo.tools import mute_logger

from .common import GatewayCommon, data, tagged

MB = 1024**2


def nest_mails(count):
    """Return mails nested in each other."""
    return "Content-Type: message/rfc822\n\n" * count + "Subject: innermost\n\ninner words\n"


def nest_multiparts(count):
    """Return parts nested in each other."""
    return (
        "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(count)) + "\ninner words\n"
    )


def put_together(*parts, kind="mixed", boundary="x"):
    """Return the header and body of a mail of parts, each with its own header."""
    body = "".join(f"--{boundary}\n{part}\n" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary={boundary}\n\n{body}--{boundary}--\n"


def attach(name):
    """Return a part that is a file."""
    return f'Content-Type: application/pdf\nContent-Disposition: attachment; filename="{name}"\n\ncontent'


HTML = "Content-Type: text/html; charset=utf-8\n\n"
TEXT = "Content-Type: text/plain; charset=utf-8\n\n"

# What follows the header of a mail: its state and words of its reason
QUOTES = "> quoted\nanswered\n" * 100_000
ODD = {
    "500 mails in each other": (nest_mails(500), "refused", "nested more than 50 levels deep"),
    "2,000 multiparts in each other": (nest_multiparts(2000), "refused", "nested more than 50 levels deep"),
    "2,000 HTML parts": (put_together(*[f"{HTML}<p>words</p>"] * 2000), "refused", "more than 300 parts"),
    "300 HTML parts": (put_together(*[f"{HTML}<p>words</p>{'x' * 3000}"] * 299), "captured", ""),
    "300 texts": (put_together(*[f"{TEXT}words{'x' * 3000}"] * 299), "captured", ""),
    "300 files": (put_together(*[attach(f"{n}.pdf") for n in range(299)]), "captured", ""),
    "100,000 parts": (put_together(*["\n"] * 100_000), "refused", "more than 300 parts"),
    "100,000 blocks": ("Content-Type: message/delivery-status\n\n" + "A: b\n\n" * 100_000, "captured", ""),
    "5,000,000 lines": ("\n" * 5_000_000, "refused", "lines; the limit is 1000000"),
    "200 kB of <": (f"{HTML}words{'<' * 200_000}", "captured", ""),
    "200 kB of < and blanks": (f"{HTML}words{'< ' * 100_000}", "captured", ""),
    "open comments": (f"{HTML}words{'<!--' * 50_000}", "captured", ""),
    "5 MB of <span style>": (f"{HTML}words{'<span style>' * 430_000}", "captured", "without its formatting"),
    "forms": (f"{HTML}words{'<form>' * 100_000}", "captured", ""),
    "260 deep": (f"{HTML}{'<div>' * 260}words{'</div>' * 260}", "captured", "without its formatting"),
    "190 deep": (f"{HTML}{'<div>' * 190}words{'</div>' * 190}", "captured", ""),
    "11 MB of HTML": (f"{HTML}<p>words</p>{'<p>more and more of it</p>' * 450_000}", "captured", "attached as a file"),
    "11 MB of HTML without a tag": (
        HTML + "words and more of these words\n" * 380_000,
        "captured",
        "attached as a file",
    ),
    "11 MB of text": (TEXT + "words and more of these words\n" * 380_000, "captured", "attached as a file"),
    "quotes and answers": (f"{TEXT}words\n{QUOTES}", "captured", ""),
    "quotes and answers in HTML": (f"{HTML}<pre>words\n{QUOTES}</pre>", "captured", "without its formatting"),
    "a few of them": (f"{TEXT}words\n{QUOTES[:200_000]}", "captured", ""),
    "20,000 parameters": (f"Content-Type: text/plain{'; a=b' * 20_000}\n\nwords", "captured", ""),
    "parentheses of a type": (f"Content-Type: text/plain {'(' * 800}\n\nwords", "captured", ""),
    "long header of a part": (put_together(f"X-Long: {'x' * 300_000}\n\nwords"), "refused", "size of a header"),
}


@tagged("post_install", "-at_install")
class TestOddMail(GatewayCommon):
    def _deliver(self, content, **values):
        """Receive a mail with the given content, and return its row."""
        head, _sep, _rest = self._format(**values).partition(b"MIME-Version")
        raw = head + b"MIME-Version: 1.0\n" + content.encode()
        known = self._get_rows()
        with self.assertCheap():
            self._receive(raw)
        return self._get_rows() - known

    def _get_message(self, email):
        self._get_record(email)
        return email.line_ids.mail_message_id

    # ------------------------------------------------------------
    # CONTENT
    # ------------------------------------------------------------

    def test_odd_content(self):
        self._receive(self._format())  # warm up caches
        for name, (content, state, reason) in ODD.items():
            with self.subTest(name), self.assertSilent():
                email = self._deliver(content)
                self.assertRow(email, state, reason)
                self.assertTrue(email.raw)
                self.assertEqual(email.subject, "Our offer")
                if state == "captured" and "words" in content:
                    self.assertIn("words", self._get_message(email).body)

    def test_owner_sees_what_is_over_a_limit(self):
        for content in (nest_mails(500), nest_multiparts(2000), put_together(*["\n"] * 100_000)):
            email = self._deliver(content).with_user(self.sam)
            with self.assertCheap():
                self.assertIn("Subject: Our offer", email.original_header)
                self.assertIn("Content-Type" if "Type" in content[300:] else "--x", email.original_body)

    def test_retry_after_the_limit_was_raised(self):
        email = self._deliver(put_together(*[f"{TEXT}words {n}" for n in range(310)]))
        self.assertRow(email, "refused", "An administrator can raise the limit")
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_parts", "400")
        email.with_user(self.sam).action_retry()
        self.assertIn("words 309", self._get_message(email).body)

    def test_each_limit_is_a_parameter(self):
        for key, content, values in (
            ("max_mail_mb", TEXT + "x" * 2 * MB, {}),
            ("max_header_kb", TEXT, {"headers": "X-Long: long\n" * 100}),
            ("max_parts", put_together(TEXT, TEXT), {}),
            ("max_depth", nest_multiparts(2), {}),
            ("max_addresses", TEXT, {"to": "carla@customer.example, leo@customer.example"}),
            ("max_html_mb", HTML + "x" * 2 * MB, {}),
        ):
            with self.subTest(key):
                self.assertNotEqual(self._deliver(content, **values).state, "refused")
                self.env["ir.config_parameter"].set_param(f"crm_bcc_dropbox.{key}", "1")
                email = self._deliver(content, **values)
                self.env["ir.config_parameter"].set_param(f"crm_bcc_dropbox.{key}", "")
                self.assertEqual(email.state, "captured" if key == "max_html_mb" else "refused")
                self.assertTrue(email.reason)

    def test_filed_by_hand_over_a_limit(self):
        email = self._deliver(put_together(*[f"{TEXT}words {n}" for n in range(310)]))
        with self.assertCheap():
            email.with_user(self.sam).action_create_lead()
        self.assertRow(email, "captured", "more than 300 parts")
        self.assertIn("words 309", self._get_message(email).body)

    def test_too_large_to_be_kept(self):
        with self.assertLogsNothing():
            raw = self._format() + b"x" * 101 * MB
            self._receive(raw)
        email = self._get_rows()[:1]
        self.assertRow(email, "refused", "The email is too large (101.00 Mb)")
        self.assertLess(len(email.raw), 2000)
        self._receive(raw)
        self.assertEqual(self._get_rows()[:1], email, "known")
        email.with_user(self.sam).action_retry()
        self.assertRow(email, "refused", "only its header was kept")

    @contextmanager
    def assertLogsNothing(self):
        with self.assertNoLogs("odoo.addons.crm_bcc_dropbox", "WARNING"):
            yield

    def test_whole_text_is_a_file(self):
        email = self._deliver(TEXT + "words\n" * 500_000 + f"the end bcc-{'a' * 20}@acme.example")
        self.assertRow(email, "captured", "attached as a file")
        message = self._get_message(email)
        self.assertLess(len(message.body), 3 * MB)
        self.assertEqual(message.attachment_ids.name, "text-1.txt")
        self.assertTrue(message.attachment_ids.raw.endswith(b"the end bcc-[hidden]@acme.example"))

    def test_broken_html_is_neither_lost_nor_logged(self):
        token = self.sam.bcc_dropbox_address.partition("@")[0]
        for html in (
            f"<p>words \x00\x01\x1b {token}</p>",
            f"<p>words &#0; &#27; {token}</p>",
            f"<?xml version='1.0' encoding='utf-16'?><p>words {token}</p>",
            f"{'<select>' * 300}words {token}",
            f"{'<div>' * 300}words {token}",
            f"<math><annotation-xml encoding='text/html'>words {token}</annotation-xml></math>",
            f"<p a\x0bb='c' <=x 1=2>words {token}</p>",
        ):
            for content in (HTML + html, put_together(HTML + html), put_together(TEXT + "x", HTML + html)):
                with self.subTest(html), self.assertNoLogs("odoo.tools.mail"):
                    body = self._get_message(self._deliver(content)).body
                    self.assertIn("words", body)
                    self.assertNotIn("when sanitizing", body)
                    self.assertNotIn(token, body)

    def test_control_characters_in_text(self):
        for text in (
            "> quoted\x01\n> words\x0b\n",
            "\x1b words http://b.example/\x02\n-- \nSam\x03",
            "x" * 300 + "\x04 words",
        ):
            for content in (TEXT + text, put_together(TEXT + text, TEXT + text)):
                with self.subTest(text), self.assertNoLogs("odoo.tools.mail"):
                    body = self._get_message(self._deliver(content)).body
                    self.assertIn("words", body)
                    self.assertNotIn("when sanitizing", body)

    def test_html_next_to_a_stub_of_text(self):
        stub, html = f"{TEXT}Your program shows no HTML.", f"{HTML}{'<div>' * 300}words"
        for content in (
            put_together(stub, html, kind="alternative"),
            put_together(stub, put_together(html, attach("a.pdf"), kind="related", boundary="y"), kind="alternative"),
        ):
            body = self._get_message(self._deliver(content)).body
            self.assertIn("words", body)
            self.assertNotIn("Your program", body)

    # ------------------------------------------------------------
    # HEADER
    # ------------------------------------------------------------

    def test_odd_headers(self):
        self._receive(self._format())
        sender = '"Sam" <sam@acme.example>'
        many = ", ".join(f"c{number}@customer.example" for number in range(20_000))
        unreadable = ", ".join(f"Joe {number}" for number in range(5_000))
        for name, (values, state, reason) in {
            "a From of 800 parentheses": ({"sender": "(" * 800 + sender}, "refused", "in different ways"),
            "a From of parentheses only": ({"sender": "(" * 800}, "refused", "not one of your sender addresses"),
            "20,000 senders": ({"sender": many[:200_000]}, "refused", "1000 senders"),
            "20,000 recipients": ({"to": many}, "refused", "size of a header"),
            "8,000 recipients": ({"to": many[:200_000]}, "refused", "recipients in To and Cc; the limit is 200"),
            "recipients in many headers": (
                {"headers": "".join(f"Cc: c{n}@customer.example\n" for n in range(300))}, "refused", "301 recipients",
            ),
            "unreadable recipients": ({"to": unreadable}, "refused", "5000 recipients"),
            "a long subject": ({"subject": "x" * 10_000}, "captured", ""),
            "a long name": ({"to": f"{os.urandom(9000).hex()} <long@customer.example>"}, "captured", ""),
            "encoded words without end": ({"subject": "=?a?q?x" * 20_000}, "captured", ""),
            "20,000 headers": ({"headers": "a:\n" * 20_000}, "refused", "more than 10000 fields"),
            "a header of 300 kB": ({"headers": f"X-Long: {'x' * 300_000}\n"}, "refused", "size of a header"),
            "100,000 headers": ({"headers": "a:\n" * 100_000}, "refused", "size of a header"),
        }.items():  # fmt: skip
            with self.subTest(name), self.assertSilent():
                email = self._deliver(f"{TEXT}words", **values)
                self.assertRow(email, state, reason)
                self.assertLess(len(email.email_from or ""), 100_000)
                with self.assertCheap():
                    self.assertTrue(email.with_user(self.sam).explanation)
                    self.assertIn("From: ", email.with_user(self.sam).original_header or "From: ")

    def test_nul_in_the_subject(self):
        for subject in ("a\x00b", "=?utf-8?q?a=00b?="):
            email = self._deliver(f"{TEXT}words", subject=subject)
            self.assertRow(email, "captured")
            self.assertEqual((email.subject, self._get_message(email).subject), ("ab", "ab"))

    def test_new_contact_with_a_long_name(self):
        self.sam.with_user(self.sam).bcc_dropbox_lookup = "contact"
        email = self._deliver(f"{TEXT}words", to=f"{os.urandom(9000).hex()} <long@customer.example>")
        self.assertEqual(len(self._get_record(email).name), 501)

    def test_unreadable_recipients_up_to_a_limit(self):
        email = self._capture(to="one@customer.example, " + ", ".join(f"Joe {number}" for number in range(60)))
        self.assertRow(email, "captured")
        self.assertEqual(len(email.line_ids), 52)
        self.assertEqual(email.line_ids[-1].reason, "10 more addresses can't be read.")

    def test_names_of_files(self):
        for name, expected in (
            ("../../etc/passwd", "passwd"),
            ("..\\\\..\\\\boot.ini", "boot.ini"),
            ("x" * 10_000 + ".pdf", "x" * 251 + ".pdf"),
            ("invoice\u202efdp.exe", "invoicefdp.exe"),
            ("invoice\u2066fdp\u2069.exe", "invoicefdp.exe"),
            ("..", "attachment"),
        ):
            with self.subTest(name=name[:30]):
                email = self._deliver(put_together(f"{TEXT}words", attach(name)))
                self.assertEqual(self._get_message(email).attachment_ids.name, expected)

    def test_broken_picture(self):
        """A picture on which core's resizing raises is logged unchanged."""
        chunks = ((b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), (b"IDAT", zlib.compress(b"\0\0")))
        png = b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
            for kind, content in chunks
        )
        png += struct.pack(">I", 1000) + b"tEXtcut off"
        header = "Content-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64"
        part = f"{header}\n\n{base64.b64encode(png).decode()}"
        email = self._deliver(put_together(f"{TEXT}words", part))
        self.assertRow(email, "captured")
        self.assertEqual(self._get_message(email).attachment_ids.raw, png)

    # ------------------------------------------------------------
    # OTHER RECIPIENTS
    # ------------------------------------------------------------

    def test_alias_gets_what_core_cannot_read(self):
        """No mail for an alias is lost, and core's parser neither fails nor takes minutes."""
        for name, (content, values) in {
            "500 mails in each other": (nest_mails(500), {}),
            "too many parts": (put_together(*[HTML] * 2000), {}),
            "200 kB of <": (HTML + "<" * 200_000, {}),
            "unknown charset": ("Content-Type: text/plain; charset=x-unknown\n\nwords", {}),
            "a From of 800 parentheses": (f"{TEXT}words", {"sender": "(" * 800 + '"Sam" <sam@acme.example>'}),
            "many recipients": (f"{TEXT}words", {"headers": "Cc: " + "c@customer.example, " * 300 + "\n"}),
        }.items():
            with self.subTest(name), self.mock_mail_gateway(), mute_logger("odoo.addons.mail.models.mail_thread"):
                known = self.env["crm.lead"].search([])
                email = self._deliver(content, to="sales@acme.example", **values)
                self.assertEqual(len(email), 1)
                lead = self.env["crm.lead"].search([]) - known
                self.assertEqual(lead.mapped("name"), ["Our offer"])
                self.assertEqual(lead.email_normalized, "sam@acme.example")
                message = lead.message_ids.filtered(lambda message: message.message_type == "email")
                self.assertIn("read this email", message.body)
                self.assertEqual(message.attachment_ids.name, "mail.eml")
                self.assertNotIn(self.sam.bcc_dropbox_address.encode(), message.attachment_ids.raw)

    def test_alias_gets_the_news_of_what_is_too_large_as_well(self):
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_attachment_mb", "1")
        known = self.env["crm.lead"].search([])
        with self.mock_mail_gateway(), mute_logger("odoo.addons.mail.models.mail_thread"):
            content = "Content-Type: text/plain; charset=x-unknown\n\n" + "words\n" * MB
            self._deliver(content, to="sales@acme.example")
        lead = self.env["crm.lead"].search([]) - known
        message = lead.message_ids.filtered(lambda message: message.message_type == "email")
        self.assertIn("too large to be attached", message.body)
        self.assertFalse(message.attachment_ids)


__all__ = ["data"]
