"""Fingerprints: equal for all ways of one mail, different if people see a difference."""

import base64
import quopri
import time

from odoo.tests import BaseCase, tagged

from ..tools.fingerprint import MAX_TEXT, digest_header
from ..tools.raw_mail import RawMail

TEXT = "Dear Ann,\n\nyour price is 100 €. From now on it holds.\n\n-- \nSam"
HEAD = """\
From: "Sam Seller" <sam@acme.example>
To: Ann <ann@customer.example>, Bob <bob@customer.example>
Cc: lea@acme.example
Subject: Our =?utf-8?q?offer_f=C3=BCr?= you
Date: Mon, 23 Nov 2026 10:00:00 +0100
Message-ID: <1@laptop.example>
"""
PLAIN = f"{HEAD}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{TEXT}\n"
MULTIPART = f"""\
{HEAD}Content-Type: multipart/mixed; boundary="outer"

This is a multi-part message in MIME format.
--outer
Content-Type: multipart/alternative; boundary=inner

--inner

{TEXT}
--inner
Content-Type: text/html; charset=utf-8

<p>Dear <b>Ann</b>,<br>your price is 100</p>
--inner--
--outer
Content-Type: image/png
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--outer--
"""
DROPBOX = f"bcc-{'a' * 20}@acme.example"


def encode(encoding):
    """Return the plain mail with another transfer encoding."""
    head, _line, _body = PLAIN.partition("\n\n")
    body = TEXT.encode() + b"\n"
    body = base64.encodebytes(body) if encoding == "base64" else quopri.encodestring(body)
    return f"{head.replace('8bit', encoding)}\n\n".encode() + body


@tagged("post_install", "-at_install")
class TestFingerprint(BaseCase):
    def assertSame(self, one, *others):
        for other in others:
            with self.subTest(other[:300]):
                self.assertEqual(RawMail(one).fingerprint, RawMail(other).fingerprint)

    def test_same_mail_by_another_way(self):
        raw = PLAIN.encode()
        dropbox = f"Cc: {DROPBOX}, "
        self.assertSame(
            raw,
            b"Received: from a by b\nDelivered-To: x@acme.example\nX-Spam: no\n" + raw,
            raw.replace(b"\n", b"\r\n"),
            raw.replace(b"holds.\n", b"holds.  \n"),
            raw.replace(b"\nFrom now", b"\n>From now"),
            raw.replace(b"100 \xe2\x82\xac. ", b"100 \xe2\x82\xac.\n"),
            raw + b"\n\n",
            encode("base64"),
            encode("quoted-printable"),
            raw.replace(b"Cc: ", dropbox.encode()),
            raw.replace(b"Cc: ", f"Bcc: {DROPBOX}\nCc: ".encode()),
            raw.replace(b"Ann <ann@customer.example>", b"ANN@customer.example"),
            raw.replace(b"Our =?utf-8?q?offer_f=C3=BCr?= you", b"=?utf-8?q?Our_offer_f=C3=BCr_you?="),
            raw.replace(b"Our =?utf-8?q?offer_f=C3=BCr?= you", "Our offer für\n  you".encode()),
            raw.replace(b"10:00:00", b"11:00:00"),
        )
        raw = MULTIPART.encode()
        self.assertSame(
            raw,
            raw.replace(b"outer", b"=_other").replace(b"inner", b"within"),
            raw.replace(b"This is a multi-part message in MIME format.\n", b""),
            raw.replace(b"\n", b"\r\n"),
            raw.replace(b"<b>Ann</b>", b"<b class='x'>Ann</b>"),
            raw.replace(b"--outer--\n", b"--outer--\nwhat no program shows\n"),
        )

    def test_other_mails(self):
        plain, multipart = PLAIN.encode(), MULTIPART.encode()
        mails = {
            "plain": plain,
            "multipart": multipart,
            "id": plain.replace(b"<1@", b"<2@"),
            "sender": plain.replace(b"<sam@", b"<lea@"),
            "recipient": plain.replace(b"bob@", b"bab@"),
            "one less": plain.replace(b", Bob <bob@customer.example>", b""),
            "copy": plain.replace(b"Cc: lea", b"Cc: leo"),
            "subject": plain.replace(b"you\nDate", b"him\nDate"),
            "text": plain.replace(b"100", b"200"),
            "below the dashes": plain.replace(b"\nSam", b"\nTom"),
            "footer": plain + b"\n_______\nsales mailing list\n",
            "encoded": encode("base64").replace(b"Cc: lea", b"Cc: tom"),
            "text of a part": multipart.replace(b"is 100 ", b"is 200 "),
            "html": multipart.replace(b"is 100<", b"is 200<"),
            "other letters": plain.replace("100 €".encode(), "百元".encode()),
            "a file alone": f"{HEAD}Content-Type: application/pdf\n\nA".encode(),
            "another file alone": f"{HEAD}Content-Type: application/pdf\n\nB".encode(),
        }
        self.assertEqual(len({RawMail(raw).fingerprint for raw in mails.values()}), len(mails))

    def test_without_message_id(self):
        """The date distinguishes two mails with the same words."""
        raw = PLAIN.replace("Message-ID", "X-None").encode()
        self.assertSame(raw, b"Received: x\n" + raw, raw.replace(b"\n", b"\r\n"))
        self.assertNotEqual(RawMail(raw).fingerprint, RawMail(raw.replace(b"10:00:00", b"10:00:01")).fingerprint)

    def test_only_so_much_text_counts(self):
        raw = PLAIN.encode() + b"x" * MAX_TEXT
        self.assertSame(raw, raw + b"y")

    def test_row_of_an_older_version(self):
        """The digest of its header identifies the mail."""
        stored = digest_header(
            "<1@laptop.example>",
            '"Sam Seller" <sam@acme.example>',
            '"Ann" <ann@customer.example>, "Bob" <bob@customer.example>, lea@acme.example',
            "Our offer für you",
        )
        self.assertEqual(RawMail(PLAIN.encode()).former_fingerprint, stored)
        self.assertNotEqual(RawMail(PLAIN.replace("ann@", "eva@").encode()).former_fingerprint, stored)

    def test_hostile_mails(self):
        """Time is about proportional to size."""
        head, inside = HEAD.encode(), HEAD.encode() + b"Content-Type: multipart/mixed; boundary=b\n\n"
        for name, start, piece in (
            ("delimiters", inside, b"\n--b"),
            ("parts", inside, b"\n--b\n\n"),
            ("boundaries", inside, b"\n--b\nContent-Type: multipart/mixed; boundary=c\n\n"),
            ("header of a part", inside + b"\n--b\n", b"a:\n"),
            ("tags", head + b"Content-Type: text/html\n\n", b"<a"),
            ("boundary parameters", b"Content-Type: multipart/mixed; ", b'boundary="'),
            ("blanks", b"Content-Type: multipart/mixed; boundary", b" "),
            ("addresses", b"To: ", b"a@"),
            ("no addresses", b"To: ", b"<"),
            ("base64", head + b"Content-Transfer-Encoding: base64\n\n", b"="),
            ("quoted-printable", head + b"Content-Transfer-Encoding: quoted-printable\n\n", b"=\n"),
        ):
            with self.subTest(name):
                times = []
                for size in (400_000, 1_600_000):
                    raw = start + piece * (size // len(piece)) + b"\n\nx"
                    began = time.process_time()
                    self.assertTrue(RawMail(raw).fingerprint)
                    times.append(time.process_time() - began)
                self.assertLess(times[1], 8 * times[0] + 0.2)
