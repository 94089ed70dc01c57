"""Attributes of RawMail, read from the header of a mail."""

from datetime import datetime
from functools import cached_property
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

from ..tools.address import format_addresses
from ..tools.authentication import read_verdict
from ..tools.deliveries import Envelope
from ..tools.header import MAX_ADDRESSES, read_fields
from ..tools.limits import MAX_KEPT, Limits
from ..tools.raw_mail import MAX_MESSAGE_ID, MAX_REFERENCES, RawMail

TOKEN = "abcdefghij234567klmn"


def parse(*fields):
    return RawMail("\n".join([*fields, "", "From: body@b.example"]).encode())


@tagged("post_install", "-at_install")
class TestRawMail(BaseCase):
    def test_sender_email(self):
        for name, field, expected in (
            ("one", "From: Sam <Sam@Acme.example>", "sam@acme.example"),
            ("none", "To: sam@acme.example", ""),
            ("unreadable", "From: Sam", ""),
            ("two", "From: sam@acme.example, lea@acme.example", ""),
            ("a dropbox", f"From: bcc-{TOKEN}@acme.example", ""),
            ("a dropbox in an address", f"From: bcc-{TOKEN}=b.example@lists.example", ""),
            ("a dropbox that begins otherwise", f"From: xbcc-{TOKEN}.x@acme.example", ""),
            ("a dropbox of the other form", f"From: crm+bcc-{TOKEN}@acme.example", ""),
        ):
            with self.subTest(name):
                self.assertEqual(parse(field).sender_email, expected)

    def test_ordinary_mail(self):
        raw_mail = parse(
            "Return-Path: <sam@acme.example>",
            'From: "Sam Seller" <Sam@Acme.example>',
            "To: Joe <joe@b.example>, ann@d.example",
            "Cc: JOE@b.example; Eve",
            "Subject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\n of the offer",
            "Date: Mon, 23 Nov 2026 10:00:00 +0100",
            "Message-ID: <1@acme.example>",
            "References: <0@b.example>",
        )
        self.assertEqual([sender.email for sender in raw_mail.senders], ["sam@acme.example"])
        self.assertEqual(raw_mail.sender, '"Sam Seller" <sam@acme.example>')
        self.assertEqual([address.email for address in raw_mail.to], ["joe@b.example", "ann@d.example"])
        self.assertEqual([(address.email, address.text) for address in raw_mail.cc], [("", "Eve")])
        self.assertEqual(raw_mail.recipients, raw_mail.to + raw_mail.cc)
        self.assertEqual(raw_mail.subject, "Größe of the offer")
        self.assertEqual(raw_mail.date, datetime(2026, 11, 23, 9))
        self.assertEqual(raw_mail.message_id, "<1@acme.example>")
        self.assertEqual(raw_mail.references, ("<0@b.example>",))
        self.assertEqual((raw_mail.automatic, raw_mail.test), ("", ""))
        self.assertEqual(raw_mail.claims, (("return-path", "sam@acme.example"),))

    def test_empty_mail(self):
        raw_mail = RawMail(b"")
        self.assertEqual(
            (raw_mail.senders, raw_mail.recipients, raw_mail.references, raw_mail.claims), ((), (), (), ())
        )
        self.assertEqual((raw_mail.message_id, raw_mail.date, raw_mail.subject), ("", None, ""))
        self.assertEqual((raw_mail.automatic, raw_mail.test, raw_mail.sender_flaw), ("", "", ""))

    def test_header_is_read_once(self):
        """The header of a mail is scanned once, whichever attributes are read."""
        raw_mail = RawMail(b"From: sam@acme.example\r\nTo: joe@b.example\r\nSubject: Offer\r\n\r\nwords")
        with patch("odoo.addons.crm_bcc_dropbox.tools.raw_mail.read_fields", wraps=read_fields) as scan:
            for _time in range(2):
                for name, attribute in vars(RawMail).items():
                    if isinstance(attribute, (property, cached_property)):
                        getattr(raw_mail, name)
                raw_mail.find_excess(Limits())
                raw_mail.strip_dropboxes()
                read_verdict(raw_mail, "sam@acme.example", ("mx.example",))
        self.assertEqual(scan.call_count, 1)

    def test_head_and_body(self):
        for content, head, body in (
            (b"A: 1\n\nbody", b"A: 1\n", b"\nbody"),
            (b"\r\nA: 1\r\n\r\nbody", b"A: 1\r\n", b"\r\nbody"),
            (b"A: 1", b"A: 1", b""),
            (b"", b"", b""),
        ):
            with self.subTest(content=content):
                self.assertEqual((RawMail(content).head, RawMail(content).body), (head, body))

    def test_fields_of_servers(self):
        """A carriage return alone ends a line here, but not for mail servers."""
        raw_mail = RawMail(b"A: 1\rB: 2\r\nC: 3\n\n")
        self.assertEqual([field.name for field in raw_mail.fields], ["a", "b", "c"])
        self.assertEqual([field.name for field in raw_mail.server_fields], ["a", "c"])

    def test_secrets_of_the_envelope(self):
        raw_mail = RawMail(f"Subject: about {TOKEN}\n\n".encode(), Envelope((f"bcc-{TOKEN}@acme.example",)))
        self.assertEqual(raw_mail.subject, "about bcc-[hidden]")
        self.assertEqual(raw_mail.strip_dropboxes(), b"Subject: about bcc-[hidden]\n\n")
        self.assertEqual(raw_mail.secrets.including("").tokens, {TOKEN})
        self.assertEqual(raw_mail.secrets.including("x").tokens, {TOKEN, "x"})

    def test_add_envelope(self):
        envelope = Envelope((f"bcc-{TOKEN}@acme.example", "Sales <sales@acme.example>", "no address"))
        self.assertEqual(RawMail(b"A: 1\n\n", envelope).add_envelope(), b"Delivered-To: sales@acme.example\r\nA: 1\n\n")

    def test_shorten(self):
        raw_mail = RawMail(b"To: joe@b.example\n\nwords")
        self.assertIs(raw_mail.shorten(), raw_mail)
        envelope = Envelope(("sales@acme.example",))
        shortened = RawMail(b"To: joe@b.example\n\n" + b"x" * MAX_KEPT, envelope).shorten()
        self.assertEqual([address.email for address in shortened.to], ["joe@b.example"])
        self.assertEqual(shortened.envelope, envelope)
        self.assertEqual(shortened.find_excess(Limits()).kind, "shortened")

    def test_test_of_a_dropbox(self):
        self.assertEqual(parse("X-BCC-Dropbox-Test: 1 x", "X-Bcc-Dropbox-Test: 2").test, "1 x")

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

    def test_at_most_so_many(self):
        emails = [f"{number}@b.example" for number in range(MAX_ADDRESSES + 1)]
        for fields, count in (
            ([f"To: {', '.join(emails[:-1])}"], MAX_ADDRESSES),
            ([f"To: {', '.join(emails)}"], MAX_ADDRESSES),
            ([f"To: {', '.join(emails[:-2])}", f"To: {', '.join(emails[-2:])}"], MAX_ADDRESSES),
            # nor is more of one field read, and hostile ones don't take long
            ([f"To: {', '.join([*emails[:1] * MAX_ADDRESSES, *emails])}"], 1),
        ):
            with self.subTest(fields=[len(field) for field in fields]):
                self.assertEqual([address.email for address in parse(*fields).to], emails[:count])

    def test_claims(self):
        raw_mail = parse(
            "Reply-To: Ann <ANN@d.example>, joe@b.example", "Sender: eve@f.example", "Sender: Eve", "To: x@y"
        )
        expected = (
            ("sender", "eve@f.example"),
            ("sender", ""),
            ("reply-to", "ann@d.example"),
            ("reply-to", "joe@b.example"),
        )
        self.assertEqual(raw_mail.claims, expected)

    def test_format_addresses(self):
        for value, expected in (
            (f"Joe <JOE@b.example>, bcc-{TOKEN}@x, Eve, ann@d.example", '"Joe" <joe@b.example>, Eve, ann@d.example'),
            (f"crm+bcc-{TOKEN}+x@acme.example", ""),
            (f"bcc-{TOKEN}.x@acme.example", "bcc-[hidden].x@acme.example"),
            ("", ""),
        ):
            with self.subTest(value=value):
                self.assertEqual(format_addresses(parse(f"To: {value}").to), expected)

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
            (b"Message-Id: " + b"x" * MAX_MESSAGE_ID + b"\n\n", "x" * MAX_MESSAGE_ID),
            (b"Message-Id: " + b"x" * MAX_MESSAGE_ID + b"x\n\n", ""),
            (b"Message-Id: " + "ö".encode() * MAX_MESSAGE_ID + b"\n\n", ""),
            (b"Subject: x\n\nMessage-Id: <1>", ""),
        ):
            with self.subTest(raw=raw[:40]):
                self.assertEqual(RawMail(raw).message_id, expected)

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
            ("31 Dec 1969 23:59:59 +0000", None),
            ("1 Jan 1970 00:00:00 +0000", datetime(1970, 1, 1)),
            ("31 Dec 9998 23:59:59 +0000", datetime(9998, 12, 31, 23, 59, 59)),
            ("1 Jan 9999 00:00:00 +0000", None),
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
            (
                "Subject: Счёт 5\nContent-Type: text/plain; charset=windows-1251\n\nx".encode("cp1251"),
                "Счёт 5",
            ),
        ):
            with self.subTest(raw=raw):
                self.assertEqual(RawMail(raw).subject, expected)

    def test_names_in_the_charset_of_the_text(self):
        """Only if the addresses are the same as for mail servers, which know no charsets."""
        for charset, name in (
            ("windows-1251", "Иван Петров"),
            ("koi8-r", "Иван Петров"),
            ("utf-8", "Иван Петров"),
            ("gb18030", "张洁"),
            ("big5", "張潔"),
            ("shift_jis", "田中"),
            ("euc-kr", "김철수"),
        ):
            for parts in ("", "Content-Type: multipart/mixed; boundary=x\n\n--x\n"):
                mail = (
                    f"From: {name} <i@b.example>\nSubject: {name}\n{parts}Content-Type: text/plain; charset={charset}"
                )
                with self.subTest(charset, parts=parts):
                    raw_mail = RawMail(f"{mail}\n\nx".encode(charset))
                    [sender] = raw_mail.senders
                    self.assertEqual((sender.name, sender.email), (name, "i@b.example"))
                    self.assertEqual(raw_mail.subject, name)
        for charset in ("utf-16", "utf-7", "hz-gb-2312", "shift_jis", "gb18030", "iso-2022-jp"):
            raw = b"From: \x81 +AEA- ~{ i@b.example <sam@acme.example>\nContent-Type: text/plain; charset="
            with self.subTest(charset):
                [sender] = RawMail(raw + charset.encode() + b"\n\nx").senders
                self.assertEqual(sender.email, "sam@acme.example")

    def test_line_ends_that_were_converted_twice(self):
        mail = b"From: sam@acme.example\r\nSubject: x\r\nTo: carla@customer.example\r\n\r\nHello\r\n"
        raw_mail = RawMail(mail.replace(b"\r\n", b"\r\r\n"))
        self.assertEqual((raw_mail.content, raw_mail.fingerprint), (mail, RawMail(mail).fingerprint))
        mixed = mail + b"\r\r\n"
        self.assertEqual(RawMail(mixed).content, mixed)
        some = mail.replace(b"x\r\n", b"x\r\r\n").replace(b"\r\n\r\n", b"\r\r\n\r\r\n")  # by PHP scripts
        self.assertEqual(RawMail(b"\r\n" + some).content, b"\r\n" + mail)

    def test_references(self):
        for fields, expected in (
            (["References: <a@x>\n <b@x>", "In-Reply-To: <b@x>"], ("<a@x>", "<b@x>")),
            (["In-Reply-To: <c@x>", "References: <a@x><b@x>,<a@x>"], ("<a@x>", "<b@x>", "<c@x>")),
            (["References: <a\r\n\t@x> b@x"], ("<a@x>",)),
            (["References: <a@x> <b", "In-Reply-To: c@x>"], ("<a@x>",)),
            (["In-Reply-To: Joe's message of Monday"], ()),
        ):
            with self.subTest(fields=fields):
                self.assertEqual(parse(*fields).references, expected)

    def test_only_the_nearest_references_count(self):
        ids = [f"<{number}@x>" for number in range(1000)]
        raw_mail = parse(f"References: {' '.join(ids)}", "In-Reply-To: <z@x>")
        self.assertEqual(raw_mail.references, (*ids[1 - MAX_REFERENCES :], "<z@x>"))
