"""Unambiguous senders: no other program can read somebody else."""

import time

from odoo.tests import BaseCase, tagged

from ..tools.raw_mail import RawMail
from ..tools.sender import MAX_FROM, find_shown_addresses

SAM = b"sam@acme.example"
PLAIN = [
    b"From: sam@acme.example",
    b"from:sam@acme.example",
    b"FROM:\t SAM@ACME.example  ",
    b"From: <sam@acme.example>",
    b"X: y\nFrom: sam@acme.example",
    b"From: Sam Seller <sam@acme.example>",
    b"From: Sam J. Seller <sam@acme.example>",
    b"From: [EXT] Sam <sam@acme.example>",
    b'From: "Seller, Sam" <sam@acme.example>',
    b'From: "Sam \\"the man\\" Seller @ Acme; x: <y>" <sam@acme.example>',
    b"From: \"'sam@acme.example'\" <sam@acme.example>",
    b"From: Sam (Sales) Seller <sam@acme.example> (Acme)",
    b"From: sam@acme.example (Sam Seller)",
    b"From: =?utf-8?q?S=C3=A4m?= <sam@acme.example>",
    b"From: =?utf-8?Q?S=C3=A4m_@_Acme,_GmbH?= =?utf-8?b?w6Q=?=\r\n <sam@acme.example>",
    b"From:\r\n Sam\r\n\t<sam@acme.example>",
    "From: Säm <sam@acme.example>".encode(),
    "From: Säm <sam@acme.example>".encode("latin-1"),
    b"Received: from x by y;\n\tFrom: z\nFrom: sam@acme.example\nX-Old-From: eve@evil.example",
    b"DKIM-Signature: v=1; h=To:\n\tFrom:Subject; b=x\nFrom: sam@acme.example",
    b"From eve@evil.example Mon Nov 23 10:00:00 2026\nFrom: sam@acme.example",
]

# Not correct, but nobody else can be read in it
LOOSE = [
    b"From: sam@acme.example <sam@acme.example>",
    b"From: 'Sam@Acme.example' <sam@acme.example>",
    b"From: sam@acme.example Seller <sam@acme.example>",
    b"From: Sam @ Acme <sam@acme.example>",
    b"From: Sam @Acme Inc. <sam@acme.example>",
    b"From: Sam @ acme . example <sam@acme.example>",
    b"From: [EXT] Sam @ Acme <sam@acme.example>",
    b"From: <mailto:sam@acme.example>",
    b'From: "Sam" <MAILTO:sam@acme.example>',
    b"From: <sam@acme.example>, ",
    b"From: <sam@acme.example>;",
    b"From: Sam <sam@acme.example>,;,",
    b"From: sam@acme.example,",
    b"From: sam@acme.example ;\r\n ",
]

SEVERAL = [
    b"From: sam@acme.example\nFrom: eve@evil.example",
    b"From: eve@evil.example\nFrom: sam@acme.example",
    b"From: sam@acme.example\nFrom: sam@acme.example",
    b"From: sam@acme.example\nFrom: SAM <SAM@acme.example>",
    b"From: sam@acme.example\nfrom : eve@evil.example",
    b"From: sam@acme.example\nFrom\t: eve@evil.example",
    b"From: sam@acme.example\nFrom\r\n : eve@evil.example",
    b"From: sam@acme.example\n\x00From: eve@evil.example",
    b"From: sam@acme.example\nFrom\x00: eve@evil.example",
    b"\xef\xbb\xbfFrom: eve@evil.example\nFrom: sam@acme.example",
    b"From: sam@acme.example\nSubject: x\rFrom: eve@evil.example",
    b"From: sam@acme.example\nX: x\r\rFrom: eve@evil.example",
    b"From: sam@acme.example\nno header\nFrom: eve@evil.example",
    b"From: sam@acme.example\n \nFrom: eve@evil.example",
    b"From:\nFrom: sam@acme.example",
]

UNCLEAR = [
    b"From : sam@acme.example",
    b"From\t: sam@acme.example",
    b"Subject: x\rFrom: sam@acme.example",
    b"no header at all\nFrom: sam@acme.example",
    b" X: y\nFrom: sam@acme.example",
    b"From: sam@acme.example\x00",
    b"From: sam@acme.example\x00.evil.example",
    b"From: \x00 <sam@acme.example>",
    b"From: Sam\r <sam@acme.example>",
    b"From: <sam@acme.example> junk",
    b"From: sam@acme.example junk",
    b"From: <sam@acme.example",
    b"From: <<sam@acme.example>>",
    b"From: Team: sam@acme.example;",
    b"From: Team: Sam <sam@acme.example>;",
    b"From: =?utf-8?q?sam=40acme.example?=",
    b"From: =?utf-8?q?=3Csam=40acme=2Eexample=3E?=",
    b"From: =?utf-8?b?c2FtQGFjbWUuZXhhbXBsZQ==?=",
    b"From: 'sam@acme.example'",
    b"From: <sam@acme.example.>",
    b"From: <sam@acme.example (x)>",
    b"From: (eve@evil.example) <sam@acme.example> (unclosed",
    b"From: Sam@Acme <sam@acme.example>",
    b"From: sam@localhost <sam@acme.example>",
    b"From: Eve @ acme.example <sam@acme.example>",
    b"From: Eve @ evil . example <sam@acme.example>",
    b"From: eve@evil. example <sam@acme.example>",
    b"From: eve@evil.example sam@acme.example <sam@acme.example>",
    b"From: eve@sam@acme.example <sam@acme.example>",
    b"From: @evil.example <sam@acme.example>",
    b"From: Sam @ [192.0.2.1] <sam@acme.example>",
    b"From: Sam @ Acme (x) <sam@acme.example>",
    b"From: =?utf-8?q?eve=40evil.example?= @ x <sam@acme.example>",
    b"From: mailto:sam@acme.example",
    b"From: <mailto:sam@acme.example?cc=eve@evil.example>",
    b"From: <sam@acme.example>, <>",
    b"From: , sam@acme.example",
    b"From: " + b"x" * 1000 + b" <sam@acme.example>",
]

OTHERS = [
    b"From: eve@evil.example",
    b"From: sam@acme.example <eve@evil.example>",
    b'From: "sam@acme.example" <eve@evil.example>',
    b"From: =?utf-8?q?sam=40acme=2Eexample?= <eve@evil.example>",
    b"From: (sam@acme.example) eve@evil.example",
    b"From: eve@evil.example (sam@acme.example)",
    b"From: sam@acme.example, eve@evil.example",
    b"From: sam@acme.example; eve@evil.example",
    b"From: <sam@acme.example> <eve@evil.example>",
    b"From: <sam@acme.example>eve@evil.example",
    b"From: <eve@evil.example>sam@acme.example",
    b"From: <@evil.example:sam@acme.example>",
    b"From: <@evil.example,@b.example:sam@acme.example>",
    b"From: <sam@acme.example@evil.example>",
    b'From: "sam@acme.example"@evil.example',
    b"From: sam@acme.example.evil.example",
    b"From: sam@evil.example#@acme.example",
    b"From: sam@acme.example%evil.example",
    b"From: sam\\@acme.example",
    "From: sam@аcme.example".encode(),  # noqa: RUF001 a Cyrillic letter
    b"From: sam@xn--cme-5cd.example",
    b"Sender: sam@acme.example",
    b"Reply-To: sam@acme.example",
    b"Resent-From: sam@acme.example",
    b" From: sam@acme.example",
    b"Subject: x\n\nFrom: sam@acme.example",
    b"Subject: x\r\rFrom: sam@acme.example",
    b"Subject: x\n\r\nFrom: sam@acme.example",
    b"\x00From: sam@acme.example",
    b"\xef\xbb\xbfFrom: sam@acme.example",
    b"From\x00: sam@acme.example",
    b"From",
    b"From:",
    b"From: <>",
    b"",
]


def read(head):
    """Return the senders of a mail, and why they are ambiguous."""
    raw_mail = RawMail(head + b"\nTo: new@customer.example\n\nFrom: eve@evil.example\n")
    return [sender.email for sender in raw_mail.senders], raw_mail.sender_flaw


@tagged("post_install", "-at_install")
class TestSender(BaseCase):
    def test_plain(self):
        for head in PLAIN:
            with self.subTest(head=head):
                self.assertEqual(read(head), ([SAM.decode()], ""))

    def test_spelling(self):
        """Known if one ambiguous From field has one readable address."""
        for head, spelling in (
            (b"From: sam@acme.example", ""),
            (b"From: Sam @ Acme <sam@acme.example>", "Sam @ Acme <sam@acme.example>"),
            (b"From:  Seller,\r\n\tSam <sam@acme.example>", "Seller, Sam <sam@acme.example>"),
            (b"From: <sam@acme.example> junk", "<sam@acme.example> junk"),
            (b"From: Team: sam@acme.example;", "Team: sam@acme.example;"),
            (b"From: Sam\x00 <sam@acme.example>", "Sam <sam@acme.example>"),
            (b'From: "eve@evil.example" <sam@acme.example>', '"eve@evil.example" <sam@acme.example>'),
            (b'From: "Sam@acme.example" <sam@acme.example>', ""),
            (b"From: sam@acme.example, eve@evil.example", ""),
            (b"From: Seller, Sam", ""),
            (b"From: Seller, Sam <sam@acme.example>\nFrom: Sam <sam@acme.example>", ""),
            (b"From: Seller, " + b"x" * MAX_FROM + b" <sam@acme.example>", ""),
            (b"From: x, bcc-abcdefghij234567klmn@acme.example", ""),
        ):
            with self.subTest(head=head[:60]):
                self.assertEqual(RawMail(head + b"\n\n").spelling, spelling)

    def test_loose(self):
        for head in LOOSE:
            with self.subTest(head=head):
                self.assertEqual(read(head), ([SAM.decode()], "loose"))

    def test_several_headers(self):
        for head in SEVERAL:
            with self.subTest(head=head):
                self.assertEqual(read(head)[1], "several")

    def test_unclear(self):
        for head in UNCLEAR:
            with self.subTest(head=head):
                senders, flaw = read(head)
                self.assertTrue(flaw == "unclear" or senders != [SAM.decode()], (senders, flaw))
                self.assertNotEqual(flaw, "loose")

    def test_others(self):
        for head in OTHERS:
            with self.subTest(head=head):
                senders, flaw = read(head)
                self.assertTrue(flaw or senders != [SAM.decode()], (senders, flaw))

    def test_number_says_it(self):
        """No flaw without a sender, or with several in one field: their number is the reason."""
        for value, number in ((b"", 0), (b"<>", 0), (b"sam@acme.example, eve@evil.example", 2)):
            with self.subTest(value=value):
                senders, flaw = read(b"From: " + value)
                self.assertEqual((len(senders), flaw), (number, ""))

    def test_last_header(self):
        for end in (b"", b"\n", b"\n\n", b"\r\n\r\n", b"\n\nFrom: eve@evil.example\n"):
            with self.subTest(end=end):
                self.assertEqual(RawMail(b"From: sam@acme.example" + end).sender_flaw, "")

    def test_long(self):
        address = SAM.decode()
        for length, flaw in ((MAX_FROM, ""), (MAX_FROM + 1, "unclear")):
            with self.subTest(length=length):
                name = "s" * (length - len(f" <{address}>"))
                self.assertEqual(read(f"From: {name} <{address}>".encode()), ([address], flaw))

    def test_kelvin_sign(self):
        """Some letters become ASCII in lower case."""
        self.assertEqual(read("From: \u212aim@acme.example".encode())[0], ["\u212aim@acme.example"])
        self.assertEqual(read("From: kim@\u212ain.example".encode())[1], "unclear")
        self.assertEqual(read("From: kim@kün.example".encode())[1], "")

    def test_leading_lines(self):
        """Empty lines before a mail, which some programs add, change nothing."""
        self.assertEqual(read(b"\r\n\nFrom: sam@acme.example"), (["sam@acme.example"], ""))

    def test_shown_addresses(self):
        for name, expected in [
            ("Sam Seller", []),
            ("Sam @ Acme", []),
            ("rock@roll", []),
            ("Eve eve@evil.example", ["eve@evil.example"]),
            ("'Eve@Evil.example'", ["eve@evil.example"]),
            ("Sam (eve@evil.example), lea@acme.example.", ["eve@evil.example", "lea@acme.example"]),
            ("eve\uff20evil\uff0eexample", ["eve@evil.example"]),
            ("eve@\u200bevil.exa\u00admple", ["eve@evil.example"]),
        ]:
            with self.subTest(name=name):
                self.assertEqual(find_shown_addresses(name), expected)

    def test_time(self):
        """No input takes long."""
        for value in (b"(" * 900, b'"' * 900, b"=?u?q?x?= " * 90, b"\\" * 900, b'"' + b"\\" * 900, b"(x)" * 300):
            started = time.process_time()
            read(b"From: " + value)
            read(b"From: " + value + b"<sam@acme.example>x")
            self.assertLess(time.process_time() - started, 3)
        started = time.process_time()
        read(b"From \x00" * 200_000)
        read(b"X: y\n" * 50_000 + b"From: " + b" \n" * 100_000)
        self.assertLess(time.process_time() - started, 10)
