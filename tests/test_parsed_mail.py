"""The header of a captured mail as a value; the automatic mail of step 2, *admit*."""

from datetime import datetime
from hashlib import sha256

from odoo.tests import BaseCase, tagged

from ..tools.parsed_mail import MAX_REFERENCES, get_fingerprint, get_message_id, parse_header

TOKEN = "abcdefghij234567klmn"


def parse(*fields):
    return parse_header("\n".join([*fields, "", "From: body@b.example"]).encode())


@tagged("post_install", "-at_install")
class TestParsedMail(BaseCase):
    def test_ordinary_mail(self):
        mail = parse(
            "Return-Path: <sam@acme.example>",
            'From: "Sam Seller" <Sam@Acme.example>',
            "To: Joe <joe@b.example>, ann@d.example",
            "Cc: JOE@b.example; Eve",
            "Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\n of the offer",
            "Date: Mon, 23 Nov 2026 10:00:00 +0100",
            "Message-ID: <1@acme.example>",
            "References: <0@b.example>",
        )
        self.assertEqual([sender.email for sender in mail.senders], ["sam@acme.example"])
        self.assertEqual(mail.sender, '"Sam Seller" <sam@acme.example>')
        self.assertEqual([address.email for address in mail.recipients], ["joe@b.example", "ann@d.example", ""])
        self.assertEqual(mail.recipients[2].text, "Eve")
        self.assertEqual(mail.subject, "Größe of the offer")
        self.assertEqual(mail.date, datetime(2026, 11, 23, 9))
        self.assertEqual(mail.message_id, "<1@acme.example>")
        self.assertEqual(mail.references, ("<0@b.example>",))
        self.assertEqual(mail.automatic, "")

    def test_empty_mail(self):
        mail = parse_header(b"")
        self.assertEqual((mail.senders, mail.recipients, mail.references), ((), (), ()))
        self.assertEqual((mail.message_id, mail.date, mail.subject, mail.automatic), ("", None, "", ""))

    # ------------------------------------------------------------
    # ADDRESSES
    # ------------------------------------------------------------

    def test_senders(self):
        for fields, expected in (
            (["From: sam@acme.example"], ["sam@acme.example"]),
            (["from:\n\tSam <sam@acme.example>"], ["sam@acme.example"]),
            (["From: sam@acme.example, eve@f.example"], ["sam@acme.example", "eve@f.example"]),
            (["From: sam@acme.example", "From: eve@f.example"], ["sam@acme.example", "eve@f.example"]),
            (["From: sam@acme.example", "FROM: Sam <SAM@acme.example>"], ["sam@acme.example"]),
            (["From: sam@acme.example <eve@f.example>"], ["eve@f.example"]),
            (["From: sam@acme.example eve@f.example"], [""]),
            (["From: <>"], []),
            (["Sender: sam@acme.example", "Reply-To: sam@acme.example", "Resent-From: sam@acme.example"], []),
        ):
            with self.subTest(fields=fields):
                self.assertEqual([sender.email for sender in parse(*fields).senders], expected)

    def test_sender_for_people_holds_no_token(self):
        self.assertEqual(parse(f"From: a@b.example, bcc-{TOKEN}@x").sender, "a@b.example, bcc-[hidden]@x")

    def test_recipients(self):
        for fields, expected in (
            (["To: joe@b.example", "To: ann@d.example"], ["joe@b.example", "ann@d.example"]),
            (["Cc: ann@d.example", "To: joe@b.example"], ["joe@b.example", "ann@d.example"]),
            (["To: joe@b.example, Joe <JOE@b.example>", "Cc: joe@b.example"], ["joe@b.example"]),
            (["To: joe@b.example,\r\n\tann@d.example"], ["joe@b.example", "ann@d.example"]),
            (["To: undisclosed-recipients:;"], []),
            (["To: Joe, Joe, Eve"], ["", ""]),
            (
                [f"{name}: x@b.example" for name in ("Bcc", "Delivered-To", "X-Original-To", "Reply-To", "Resent-To")],
                [],
            ),
        ):
            with self.subTest(fields=fields):
                self.assertEqual([address.email for address in parse(*fields).recipients], expected)

    # ------------------------------------------------------------
    # AUTOMATIC MAIL
    # ------------------------------------------------------------

    def test_automatic_mail(self):
        for field, expected in (
            ("Auto-Submitted: auto-replied", "Auto-Submitted"),
            ("auto-submitted: Auto-Generated; type=x", "Auto-Submitted"),
            ("Auto-Submitted: no", ""),
            ("Auto-Submitted: NO;x=y", ""),
            ("Auto-Submitted: no (a person wrote it)", ""),
            ("Auto-Submitted:", ""),
            ("Return-Path: <>", "Return-Path"),
            ("Return-Path: < >", "Return-Path"),
            ("Return-Path:", "Return-Path"),
            ("Return-Path: <sam@acme.example>", ""),
            ("Content-Type: multipart/report; boundary=x", "Content-Type"),
            ("Content-Type:\n\tMultipart/Report;\n\tboundary=x", "Content-Type"),
            ("Content-Type: multipart/mixed; boundary=report", ""),
            # ordinary mail carries these
            ("List-Id: <news.acme.example>", ""),
            ("Precedence: bulk", ""),
            ("Precedence: auto_reply", ""),
            ("X-Auto-Response-Suppress: All", ""),
            ("Subject: Auto: out of office", ""),
        ):
            with self.subTest(field=field):
                self.assertEqual(parse("From: sam@acme.example", field).automatic, expected)

    def test_any_of_several_marks_it(self):
        self.assertEqual(parse("Auto-Submitted: no", "Auto-Submitted: auto-replied").automatic, "Auto-Submitted")
        self.assertEqual(parse("Return-Path: <sam@acme.example>", "Return-Path: <>").automatic, "Return-Path")

    # ------------------------------------------------------------
    # IDENTITY, DATE, SUBJECT
    # ------------------------------------------------------------

    def test_message_id(self):
        for raw, expected in (
            (b"Message-ID: <1@acme.example>\n\n", "<1@acme.example>"),
            (b"MESSAGE-Id:\r\n <1@acme.example> \r\n\r\n", "<1@acme.example>"),
            (b"Message-Id: no brackets\n\n", "no brackets"),
            (b"Message-Id: <1>\nMessage-Id: <2>\n\n", "<1>"),
            (b"Message-Id: <a\x00b>\n\n", "<ab>"),
            (b"Message-Id: <" + b"x" * 3000 + b">\n\n", ""),
            (b"Subject: x\n\nMessage-Id: <1>", ""),
        ):
            with self.subTest(raw=raw[:40]):
                self.assertEqual(get_message_id(raw), expected)
                self.assertEqual(parse_header(raw).message_id, expected)
                self.assertEqual(get_fingerprint(raw), expected or f"sha256:{sha256(raw).hexdigest()}")

    def test_date(self):
        for value, expected in (
            ("Mon, 23 Nov 2026 10:00:00 +0100", datetime(2026, 11, 23, 9)),
            ("23 Nov 2026 10:00 -0000", datetime(2026, 11, 23, 10)),
            ("Mon, 23 Nov 2026 10:00:00 GMT (x)", datetime(2026, 11, 23, 10)),
            ("yesterday", None),
            ("", None),
            ("Mon, 99 Nov 2026 10:00:00 +0100", None),
            ("Mon, 23 Nov 2026 10:00:00 +999999", None),
            ("1 Jan 0900 10:00:00 +0000", None),
            ("31 Dec 9999 23:59:59 -1200", None),
        ):
            with self.subTest(value=value):
                self.assertEqual(parse(f"Date: {value}").date, expected)
        self.assertIsNone(parse("Subject: x").date)

    def test_subject(self):
        for raw, expected in (
            (b"Subject: Re:  an\r\n\toffer", "Re: an offer"),
            ("Subject: Größe".encode(), "Größe"),
            ("Subject: Größe".encode("latin-1"), "Größe"),
            ("Subject: 回复: =?utf-8?q?Gr=C3=B6=C3=9Fe?=".encode(), "回复: Größe"),
            (b"Subject: =?utf-8?q?a=0Ab?= =?utf-8?q?=00c?=", "a bc"),
            (b"Subject: first\nSubject: second", "first"),
            (b"Subject: =?utf-8?b?!!!!?=", ""),
            (b"Subject: to bcc-" + TOKEN.encode(), "to bcc-[hidden]"),
            (b"Subject: =?utf-8?q?bcc=2D" + TOKEN.encode() + b"?=", "bcc-[hidden]"),
        ):
            with self.subTest(raw=raw):
                self.assertEqual(parse_header(raw).subject, expected)

    def test_references(self):
        for fields, expected in (
            (["References: <a@x>\n <b@x>", "In-Reply-To: <b@x>"], ("<a@x>", "<b@x>")),
            (["In-Reply-To: <c@x>", "References: <a@x><b@x>,<a@x>"], ("<a@x>", "<b@x>", "<c@x>")),
            (["References: <a\r\n\t@x> b@x"], ("<a@x>",)),
            (["In-Reply-To: Joe's message of Monday"], ()),
        ):
            with self.subTest(fields=fields):
                self.assertEqual(parse(*fields).references, expected)

    def test_only_the_nearest_references_count(self):
        ids = [f"<{number}@x>" for number in range(1000)]
        mail = parse(f"References: {' '.join(ids)}", "In-Reply-To: <z@x>")
        self.assertEqual(mail.references, (*ids[1 - MAX_REFERENCES :], "<z@x>"))
