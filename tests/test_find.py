"""Step 1, *find*: the dropboxes that a mail is for."""

import time
from itertools import pairwise

from odoo.tests import BaseCase, tagged

from ..tools.deliveries import Delivery, Envelope, read_client
from ..tools.header import get_head, read_fields, split_head
from ..tools.raw_mail import RawMail

TOKEN = "abcdefghij234567klmn"
OTHER = "zyxwvutsrq765432ponm"
DROPBOX = f"bcc-{TOKEN}@acme.example"
OTHER_DROPBOX = f"crm+bcc-{OTHER}@acme.example"

# Fields that can carry an envelope recipient, the most reliable first
HEADERS = [
    "X-Original-To",
    "Delivered-To",
    "X-Delivered-To",
    "Envelope-To",
    "X-Envelope-To",
    "X-Gm-Original-To",
    "X-Forwarded-To",
    "X-Apparently-To",
    "Apparently-To",
    "X-Original-Recipient",
    "Original-Recipient",
    "X-RCPT-To",
    "X-BCC-Dropbox-Recipient",
    "Resent-To",
    "Resent-Cc",
    "Resent-Bcc",
    "Bcc",
    "To",
    "Cc",
]
RECEIVED = "from laptop.example by mx.example for <{}>; Mon, 23 Nov 2026 10:00:00 +0100"


def mail(*fields, body="Hello", end="\n"):
    """Return a mail with header fields and a body."""
    return end.join([*fields, "", body, ""]).encode()


@tagged("post_install", "-at_install")
class TestFind(BaseCase):
    def assertFound(self, raw, *expected):
        self.assertEqual(RawMail(raw).deliveries, tuple(Delivery(*values) for values in expected))

    # ------------------------------------------------------------
    # WHERE
    # ------------------------------------------------------------

    def test_each_header_alone(self):
        for header in HEADERS:
            for name in (header, header.lower(), header.upper()):
                with self.subTest(header=name):
                    raw = mail("From: sam@acme.example", f"{name}: {DROPBOX}", "Subject: Offer")
                    self.assertFound(raw, (TOKEN, "", header.lower(), True))

    def test_received_for(self):
        for value in (
            RECEIVED.format(DROPBOX),
            f"from a.example by mx.example\n\tfor {DROPBOX}; Mon, 23 Nov 2026 10:00:00 +0100",
            f"by mx.example FOR\n\t<{DROPBOX}>",
            f"by a.example (for joe@customer.example) by mx.example for {DROPBOX}",
        ):
            with self.subTest(value=value):
                self.assertFound(mail(f"Received: {value}"), (TOKEN, "", "received", False))

    def test_other_places_do_not_count(self):
        for field in (
            f"From: {DROPBOX}",
            f"Reply-To: {DROPBOX}",
            f"Subject: {DROPBOX}",
            f"References: <{DROPBOX}>",
            f"X-To: {DROPBOX}",
            f"Received: from {DROPBOX} by mx.example for <joe@customer.example>",
            f"Bcc {DROPBOX}",
        ):
            with self.subTest(field=field):
                self.assertFound(mail(field))
        self.assertFound(mail("To: joe@customer.example", body=f"Bcc: {DROPBOX}"))

    def test_envelope(self):
        """The envelope is more reliable than any header field."""
        for raw in (
            b"",
            mail("To: joe@customer.example"),
            mail(f"X-Original-To: {DROPBOX}"),
            mail(f"Received: {RECEIVED.format(DROPBOX)}"),
        ):
            for recipients in ((DROPBOX,), (DROPBOX.upper(),), ("x@acme.example", f"<{DROPBOX}>", DROPBOX)):
                with self.subTest(raw=raw, recipients=recipients):
                    found = RawMail(raw, Envelope(recipients)).deliveries
                    self.assertEqual(found, (Delivery(TOKEN, "", "envelope", True),))
        found = RawMail(mail(f"To: {DROPBOX}"), Envelope((OTHER_DROPBOX.replace("@", "+x@"),))).deliveries
        self.assertEqual(found, (Delivery(OTHER, "x", "envelope", True), Delivery(TOKEN, "", "to", True)))
        written, told = RawMail(
            mail("To: joe@customer.example"), Envelope((OTHER_DROPBOX, "info@acme.example", "crm@acme.example"))
        ).other_recipients
        self.assertEqual((written, told), ({"joe@customer.example"}, {"info@acme.example"}))

    def test_no_header_says_envelope(self):
        """No header field counts as envelope, whatever its name."""
        for name in ("Envelope", "X-BCC-Dropbox-Envelope", "X-BCC-Dropbox-Recipient", "X-Original-To"):
            found = RawMail(mail(f"{name}: {DROPBOX}", f"Received: {RECEIVED.format('a@b.example')}")).deliveries
            self.assertNotIn("envelope", [delivery.header for delivery in found])

    def test_client(self):
        for agent, client in (
            ("odoo-bcc-receiver/1.2.3", "odoo-bcc-receiver/1.2.3"),
            ("odoo-bcc-receiver/1.2 httpx/0.28", "odoo-bcc-receiver/1.2"),
            ("odoo_bcc_mailgate", "odoo_bcc_mailgate"),
            ("odoo-bcc-receiver/x", ""),
            ("x odoo_bcc_mailgate", ""),
            ("", ""),
        ):
            with self.subTest(agent):
                self.assertEqual(read_client(agent), client)

    def test_no_dropbox(self):
        for raw in (
            b"",
            b"\n",
            b"\n\n",
            b"no mail at all",
            mail("To: joe@customer.example"),
            mail("To: bcc-@acme.example"),
        ):
            with self.subTest(raw=raw):
                self.assertFound(raw)

    def test_order_of_preference(self):
        ranked = [f"{header}: {DROPBOX}" for header in HEADERS] + [f"Received: {RECEIVED.format(DROPBOX)}"]
        for surer, less_sure in pairwise(ranked):
            for fields in ((surer, less_sure), (less_sure, surer)):
                with self.subTest(fields=fields):
                    [delivery] = RawMail(mail(*fields)).deliveries
                    self.assertEqual(delivery.header, surer.partition(":")[0].lower())

    def test_topmost_of_the_same_header(self):
        received = f"Received: {RECEIVED.format('joe@customer.example')}"
        fields = [f"To: {DROPBOX}", received, f"To: {DROPBOX}"]
        self.assertFound(mail(*fields), (TOKEN, "", "to", True))

    def test_last_hop(self):
        above, received = f"X-Original-To: {DROPBOX}", f"Received: {RECEIVED.format('joe@customer.example')}"
        for fields, from_last_hop in (
            ([above, received], True),
            ([received, above], False),
            ([received, above, received], False),
            (["Return-Path: <sam@acme.example>", above, received, received], True),
            ([above], True),
        ):
            with self.subTest(fields=fields):
                self.assertFound(mail(*fields), (TOKEN, "", "x-original-to", from_last_hop))

    # ------------------------------------------------------------
    # WHAT
    # ------------------------------------------------------------

    def test_forms_of_the_address(self):
        for address, suffix in (
            (f"bcc-{TOKEN}@acme.example", ""),
            (f"crm+bcc-{TOKEN}@acme.example", ""),
            (f"bcc-{TOKEN}@elsewhere.example", ""),
            (f"bcc-{TOKEN}@localhost", ""),
            (f"BCC-{TOKEN.upper()}@ACME.EXAMPLE", ""),
            (f"<bcc-{TOKEN}@acme.example>", ""),
            (f'"Dropbox" <bcc-{TOKEN}@acme.example>', ""),
            (f"rfc822;bcc-{TOKEN}@acme.example", ""),
            (f"rfc822; crm+2Bbcc-{TOKEN}@acme.example", ""),
            (f"rfc822; crm+2bbcc-{TOKEN}@acme.example", ""),
            (f"crm%2Bbcc-{TOKEN}@acme.example", ""),
            (f"bcc-{TOKEN}+lead42@acme.example", "lead42"),
            (f"crm+bcc-{TOKEN}+lead42+x@acme.example", "lead42+x"),
            (f"bcc-{TOKEN}+@acme.example", ""),
            (f"bcc-{TOKEN}+Größe@acme.example", "Größe"),
            (f"bcc-{TOKEN}+a\x00b@acme.example", "ab"),
            (f"bcc-{TOKEN}+bcc-{OTHER}@acme.example", "bcc-[hidden]"),
        ):
            with self.subTest(address=address):
                self.assertFound(mail(f"Original-Recipient: {address}"), (TOKEN, suffix, "original-recipient", True))

    def test_several_suffixes(self):
        """Each address of a dropbox may name another destination."""
        lead, contact = f"bcc-{TOKEN}+lead42@acme.example", f"crm+bcc-{TOKEN}+contact17@acme.example"
        suffix = "lead42+contact17"
        for fields, envelope, place in (
            ([f"Bcc: {lead}, {contact}, {lead}"], (), ("bcc", True)),
            ([f"Delivered-To: {lead}", f"Bcc: {contact}"], (), ("delivered-to", True)),
            ([f"To: {contact}"], (lead,), ("envelope", True)),
            ([f"To: bcc-{TOKEN}@acme.example, {contact}"], (lead,), ("envelope", True)),
        ):
            with self.subTest(fields=fields, envelope=envelope):
                deliveries = RawMail(mail(*fields), Envelope(envelope)).deliveries
                self.assertEqual(deliveries, (Delivery(TOKEN, suffix, *place),))

    def test_what_is_no_token(self):
        for address in (
            f"bcc-{TOKEN[1:]}@acme.example",
            f"bcc-{TOKEN}a@acme.example",
            f"bcc-{TOKEN[1:]}1@acme.example",
            f"xbcc-{TOKEN}@acme.example",
            f"0bcc-{TOKEN}@acme.example",
            f"bcc_{TOKEN}@acme.example",
            f"bcc-{TOKEN}",
            f"bcc-{TOKEN} @acme.example",
            f"bcc-{TOKEN}.x@acme.example",
        ):
            with self.subTest(address=address):
                self.assertFound(mail(f"To: {address}"))

    def test_several_dropboxes(self):
        self.assertFound(
            mail(f"To: {OTHER_DROPBOX}, joe@customer.example, {DROPBOX}"),
            (OTHER, "", "to", True),
            (TOKEN, "", "to", True),
        )
        self.assertFound(
            mail(f"Cc: {DROPBOX}", f"Delivered-To: {OTHER_DROPBOX}", f"To: {DROPBOX.upper()}"),
            (OTHER, "", "delivered-to", True),
            (TOKEN, "", "to", True),
        )

    def test_odd_neighbours_in_a_list(self):
        for neighbour in ("@", '"unclosed <', "(", "<<>>", "a b c,,;;", "=?utf-8?b?=FF?=", "\\", "undisclosed:;"):
            with self.subTest(neighbour=neighbour):
                self.assertFound(mail(f"To: {neighbour}, {DROPBOX}"), (TOKEN, "", "to", True))
                self.assertFound(mail(f"To: {DROPBOX}, {neighbour}"), (TOKEN, "", "to", True))

    # ------------------------------------------------------------
    # LAYOUT
    # ------------------------------------------------------------

    def test_layout_of_the_header(self):
        for name, raw in {
            "folded": mail(f"To: joe@customer.example,\n\tann@customer.example,\n {DROPBOX}"),
            "folded at once": mail(f"To:\n {DROPBOX}"),
            "folded with CRLF": mail(f"To: joe@customer.example,\r\n\t{DROPBOX}", end="\r\n"),
            "no space": mail(f"To:{DROPBOX}"),
            "space before the colon": mail(f"To \t: {DROPBOX}"),
            "CRLF": mail("Subject: x", f"To: {DROPBOX}", end="\r\n"),
            "CR": mail("Subject: x", f"To: {DROPBOX}", end="\r"),
            "mailbox file": mail("From sam@acme.example Mon Nov 23 10:00:00 2026", f"To: {DROPBOX}"),
            "quoted separator": mail(">From sam@acme.example Mon Nov 23 10:00:00 2026", f"To: {DROPBOX}"),
            "odd line": mail("Subject: x", "this is no header", f"To: {DROPBOX}"),
            "8-bit": b"Subject: \xff\xfe\x80\nTo: J\xf6rg <joe@customer.example>, " + DROPBOX.encode() + b"\n\n",
            "empty lines first": b"\r\n\n" + mail(f"To: {DROPBOX}"),
            "no body": f"To: {DROPBOX}".encode(),
            "no empty line": f"Subject: x\nTo: {DROPBOX}\n".encode(),
        }.items():
            with self.subTest(name):
                self.assertFound(raw, (TOKEN, "", "to", True))

    def test_split_head(self):
        for raw, expected in {
            b"A: 1\n\nbody": (b"A: 1\n", b"\nbody"),
            b"A: 1\r\n\r\nbody\r\n\r\n": (b"A: 1\r\n", b"\r\nbody\r\n\r\n"),
            b"A: 1\r\rbody": (b"A: 1\r", b"\rbody"),
            b"A: 1\nB: 2": (b"A: 1\nB: 2", b""),
            b"\n\r\nA: 1\n\n": (b"A: 1\n", b"\n"),
            b"\nX: 1\n\n": (b"X: 1\n", b"\n"),
            b"\n \tA: 1\n\n": (b" \tA: 1\n", b"\n"),
            b"": (b"", b""),
        }.items():
            with self.subTest(raw=raw):
                self.assertEqual(split_head(raw), expected)
                self.assertEqual(get_head(raw), expected[0])

    def test_text_of_a_field(self):
        for raw, text in {
            b"A: 1\n": "1",
            b"A:\t one,\r\n two \r\n": "one, two",
            "A: Größe\n".encode(): "Größe",
            "A: Größe\n".encode("latin-1"): "Größe",
            b"A:\n": "",
        }.items():
            with self.subTest(raw=raw):
                [field] = read_fields(raw)
                self.assertEqual((field.name, field.text, field.raw), ("a", text, raw))

    def test_large_bodies_take_no_time(self):
        raw = mail("A: 1", body="words\n" * 4_000_000)
        start = time.process_time()
        for _number in range(50):
            self.assertEqual(get_head(raw), b"A: 1\n")
        self.assertLess(time.process_time() - start, 1)

    def test_hostile_headers_take_no_time(self):
        long = 200_000
        for name, header in {
            "no colon": "a" * long,
            "suffixes": "To: " + f"bcc-{TOKEN}+" * (long // 25),
            "unclosed angles": "Received: " + "for <" * (long // 2),
            "names": "To: " + "<" * long,
            "quotes": 'To: "' + '\\"' * (long // 2),
            "comments": "To: " + "(" * (long // 2) + ")" * (long // 2),
            "fields": "a:\n" * (long // 3),
            "colons": "To: " + ":" * long,
        }.items():
            with self.subTest(name):
                raw = mail("X-Original-To: " + DROPBOX, header)
                start = time.process_time()
                raw_mail = RawMail(raw)
                self.assertTrue(raw_mail.deliveries)
                self.assertEqual(len(raw_mail.other_recipients), 2)
                raw_mail.strip_dropboxes()
                self.assertLess(time.process_time() - start, 6)

    # ------------------------------------------------------------
    # OTHER RECIPIENTS
    # ------------------------------------------------------------

    def test_other_recipients(self):
        joe, ann = "joe@customer.example", "ann@customer.example"
        for fields, written, envelope in (
            ([f"To: {DROPBOX}"], set(), set()),
            ([f"To: Joe <{joe.upper()}>, {DROPBOX}", f"Cc: {ann}"], {joe, ann}, set()),
            ([f"X-Original-To: {DROPBOX}", f"Delivered-To: {ann}", f"To: {joe}"], {joe}, {ann}),
            ([f"Delivered-To: {joe}", f"To: {joe}, {DROPBOX}"], {joe}, set()),
            # a mailbox that only collects the mail
            ([f"X-Original-To: {OTHER_DROPBOX}", "Delivered-To: CRM@acme.example", f"To: {joe}"], {joe}, set()),
            ([f"X-Original-To: {OTHER_DROPBOX}", "To: crm@acme.example"], {"crm@acme.example"}, set()),
            ([f"Envelope-To: crm+bcc-{OTHER}+bcc-x@acme.example", "Delivered-To: crm@acme.example"], set(), set()),
            ([f"From: {ann}", f"Reply-To: {ann}", f"To: {joe}"], {joe}, set()),
        ):
            with self.subTest(fields=fields):
                self.assertEqual(RawMail(mail(*fields)).other_recipients, (written, envelope))

    def test_strip_dropboxes(self):
        for before, after in (
            ("To: joe@customer.example", "To: joe@customer.example\n"),
            (f"To: Joe <joe@customer.example>, {DROPBOX}", "To: Joe <joe@customer.example>\r\n"),
            (f'To: {DROPBOX}; "Doe, Joe" <joe@customer.example>', 'To: "Doe, Joe" <joe@customer.example>\r\n'),
            (f"To: joe@b.example, {DROPBOX}, ann@d.example", "To: joe@b.example, ann@d.example\r\n"),
            (f"To: Team: joe@customer.example, {DROPBOX};", "To: joe@customer.example\r\n"),
            (f"BCC: {DROPBOX}, {OTHER_DROPBOX.upper()}", ""),
            (
                f"Cc: =?utf-8?q?J=C3=B6?= <joe@customer.example>,\n {DROPBOX}",
                "Cc: =?utf-8?q?J=C3=B6?= <joe@customer.example>\r\n",
            ),
            (f"X-Original-To: {DROPBOX}", ""),
            (f"Delivered-To: {DROPBOX}, joe@customer.example", ""),
            (f"Received: {RECEIVED.format(DROPBOX)}", ""),
            (f"X-Note: bcc-{TOKEN} is secret", "X-Note: bcc-[hidden] is secret\n"),
            ("From sam@acme.example Mon Nov 23 10:00:00 2026", ""),
        ):
            with self.subTest(before=before):
                raw = mail("Subject: x", before, body="A\u00f6\r\n\r\nB")
                self.assertEqual(RawMail(raw).strip_dropboxes().decode(), f"Subject: x\n{after}\nA\u00f6\r\n\r\nB\n")

    def test_strip_dropboxes_from_the_body(self):
        raw = mail("To: joe@customer.example", body=f"{DROPBOX} {OTHER_DROPBOX.upper()}")
        self.assertEqual(
            RawMail(raw).strip_dropboxes(),
            b"To: joe@customer.example\n\nbcc-[hidden]@acme.example CRM+bcc-[hidden]@ACME.EXAMPLE\n",
        )
