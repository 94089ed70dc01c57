"""Headers made to cost time or memory: both are at most linear, and the rest of the header is still read."""

import time
import tracemalloc
from functools import cached_property

from odoo.tests import BaseCase, tagged

from ..tools.authentication import read_verdict
from ..tools.charset import decode_words
from ..tools.core_parser import parse_for_core
from ..tools.deliveries import MAX_DELIVERIES
from ..tools.header import MAX_ADDRESSES, MAX_FIELDS, MAX_HEAD, MAX_VALUE, get_head, read_fields, read_texts
from ..tools.limits import Excess, Limits
from ..tools.original import MAX_SHOWN, read_head
from ..tools.raw_mail import RawMail
from .common import GatewayCommon
from .test_limits import find_in_header

KB = 1024
MB = 1024**2
TOKEN = "abcdefghij234567klmn"
DROPBOX = f"bcc-{TOKEN}@acme.example"
HEAD = f"X-Original-To: {DROPBOX}\nFrom: Sam <sam@acme.example>\nTo: joe@b.example\nSubject: Offer\nMessage-ID: <1@b>\n"

# The repeated part, and the parts before and after it
HOSTILE = {
    "one field": (b"X-A: ", b"x", b"\n"),
    "fields": (b"", b"a:\n", b""),
    "fields without a colon": (b"", b"a\n", b""),
    "no colon": (b"", b"a", b"\n"),
    "names of fields": (b"", b"a", b": b\n"),
    "blanks before the colon": (b"To", b" ", b": b\n"),
    "lines of To": (b"", b"To: a@b.example\n", b""),
    "lines of From": (b"", b"From: a@b.example\n", b""),
    "lines of References": (b"", b"References: <a@b>\n", b""),
    "lines of Received": (b"", b"Received: from a by b for <c@d.example>; Mon, 9 Nov 2026 10:00:00 +0100\n", b""),
    "lines of Authentication-Results": (b"", b"Authentication-Results: mx.example; dkim=pass header.d=a\n", b""),
    "folded lines": (b"X-A: x\n", b" y\n", b""),
    "folded lines of Subject": (b"Subject: x\n", b" y\n", b""),
    "folded lines of To": (b"To: x\n", b" ,\n", b""),
    "blank lines of Subject": (b"Subject: x\n", b" \n", b""),
    "encoded words": (b"Subject: ", b"=?utf-8?q?a?= ", b"\n"),
    "glued encoded words": (b"X-A: ", b"=?utf-8?b?YQ==?=", b"\n"),
    "encoded words of To": (b"To: ", b"=?utf-8?q?a?= ", b"<joe@b.example>\n"),
    "quotes in encoded words": (b"To: ", b'=?utf-8?q?"?= ', b"\n"),
    "one encoded word": (b"Subject: =?utf-8?q?", b"=41", b"?=\n"),
    "one word of base64": (b"Subject: =?utf-8?b?", b"QUJD", b"?=\n"),
    "punycode": (b"Subject: =?punycode?q?", b"a", b"?=\n"),
    "open encoded words": (b"Subject: ", b"=?a?q?x", b"\n"),
    "open encoded words with one end": (b"To: ", b"=?a?q", b"?=\n"),
    "beginnings of encoded words": (b"To: ", b"=?", b"?=\n"),
    "ends of encoded words": (b"Subject: =?utf-8?q?", b"?=", b"\n"),
    "quotes": (b"To: ", b'"a" "', b"\n"),
    "escapes": (b'To: "', b'\\"', b"\n"),
    "backslashes": (b"To: ", b"\\", b"\n"),
    "angles": (b"To: ", b"<>", b"\n"),
    "open angles": (b"To: ", b"a <", b"\n"),
    "comments": (b"To: ", b"()", b"\n"),
    "open comments": (b"From: ", b"(", b"\n"),
    "closed comments": (b"To: ", b")", b"\n"),
    "colons": (b"To: ", b":", b"\n"),
    "groups": (b"To: ", b"a:;", b"\n"),
    "at signs": (b"To: ", b"@", b"\n"),
    "dots": (b"To: a@", b"a.", b"\n"),
    "commas": (b"To: ", b",", b"\n"),
    "commas and tabs": (b"To: a", b"\t,", b"x\n"),
    "addresses": (b"To: ", b"joe@b.example, ", b"\n"),
    "addresses with names": (b"Cc: ", b"Joe Doe <joe@b.example>; ", b"\n"),
    "addresses without commas": (b"Reply-To: ", b"joe@b.example ", b"\n"),
    "one address": (b"From: ", b"a", b"@b.example\n"),
    "dropboxes": (b"Bcc: ", f"{DROPBOX}, ".encode(), b"\n"),
    "suffixes": (b"Bcc: ", f"bcc-{TOKEN}+".encode(), b"\n"),
    "for": (b"Received: ", b"for <", b"\n"),
    "blanks behind for": (b"Received: for", b" ", b";\n"),
    "open comments of Received": (b"Received: from x ", b"(", b" by mx.example\n"),
    "by": (b"Received: ", b"by x ", b"\n"),
    "references": (b"References: ", b"<a@b> ", b"\n"),
    "open references": (b"References: ", b"<a@b ", b"\n"),
    "one folded reference": (b"References: <", b"a\n ", b">\n"),
    "results": (b"Authentication-Results: mx.example; ", b"dkim=pass header.d=a.example; ", b"\n"),
    "tags": (b"DKIM-Signature: v=1; ", b"a=b; ", b"\n"),
    "8-bit": (b"To: ", b"\xff\xfe", b"\n"),
    "8-bit names of fields": (b"", b"X-\xff: \xfe\n", b""),
    "UTF-8": (b"Subject: ", "ö".encode(), b"\n"),
    "CR": (b"Subject: x", b"\ra", b"\n"),
    "CR LF": (b"Subject: x", b"\r\n ", b"\n"),
    "fields that end with CR": (b"", b"a:\r", b"\n"),
    "LF at the start": (b"", b"\n", b""),
    "CR at the start": (b"", b"\r", b""),
    "NUL": (b"To: ", b"\0", b"\n"),
    "lines of NUL": (b"", b"\0\n", b""),
    "half a From": (b"", b"From \x00", b":\n"),
    "lines of mailboxes": (b"", b"From x\n", b""),
    "digits of Date": (b"Date: ", b"1", b"\n"),
    "comments of Date": (b"Date: ", b"(a)", b"\n"),
    "colons of Date": (b"Date: 1 Jan 2026 ", b"1:", b"\n"),
    "Message-Id": (b"Message-Id: <", b"a", b">\n"),
    "parameters": (b"Content-Type: text/plain", b"; a=b", b"\n"),
}
COSTLY = ["folded lines of To", "encoded words of To", "comments", "suffixes", "lines of Received", "fields"]
"""The worst of them, tested at full length and for memory."""


def make(name, size):
    """Return a mail whose header begins with about this many hostile bytes."""
    before, unit, after = HOSTILE[name]
    return before + unit * (size // len(unit)) + after + HEAD.encode() + b"\nwords\n"


def read_all(raw):
    """Read everything that the addon needs from a header."""
    raw_mail = RawMail(raw)
    for name, attribute in vars(RawMail).items():
        if isinstance(attribute, (property, cached_property)):
            getattr(raw_mail, name)
    raw_mail.find_excess(Limits())
    read_head(RawMail(raw_mail.strip_dropboxes()))
    read_verdict(raw_mail, "sam@acme.example", ("mx.example",))


def measure(function, raw):
    """Return the CPU seconds of a function."""
    started = time.process_time()
    function(raw)
    return time.process_time() - started


@tagged("post_install", "-at_install")
class TestHostileHeaders(BaseCase):
    # ------------------------------------------------------------
    # TIME AND MEMORY
    # ------------------------------------------------------------

    def test_time_is_linear(self):
        for name in HOSTILE:
            with self.subTest(name):
                short, long = (measure(read_all, make(name, size)) for size in (64 * KB, 512 * KB))
                self.assertLess(long, 16 * short + 0.5, "eight times the length")
                self.assertLess(long, 2)

    def test_four_megabytes(self):
        for name in COSTLY:
            with self.subTest(name):
                self.assertLess(measure(read_all, make(name, 4 * MB)), 4)

    def test_memory_is_linear(self):
        for name in COSTLY[:4]:
            with self.subTest(name):
                raw = make(name, 4 * MB)
                tracemalloc.start()
                try:
                    read_all(raw)
                    peak = tracemalloc.get_traced_memory()[1]
                finally:
                    tracemalloc.stop()
                self.assertLess(peak, 20 * len(raw))

    def test_core_is_spared(self):
        """A header within all limits that is not tangled takes the standard library little time."""
        for name in HOSTILE:
            for size in (16 * KB, 250 * KB):
                raw = make(name, size)
                if RawMail(raw).find_excess(Limits()) or RawMail(raw).is_tangled:
                    continue
                with self.subTest(name, size=size):
                    self.assertLess(measure(self._parse_as_core, raw), 3)

    def _parse_as_core(self, raw):
        message = parse_for_core(raw)
        for name in dict(message.raw_items()):
            message.get_all(name)

    def test_tangled(self):
        many = ", ".join(f'"Doe, Joe {number}" <joe.doe.{number}@customer.example>' for number in range(200))
        for head, expected in (
            (HEAD, False),
            (f"To: {many}\n", False),
            (f"X-A:{'a' * MAX_VALUE}\n", False),
            (f"X-A:{'a' * (MAX_VALUE + 1)}\n", True),
            (f"To: {',' * 4_999}\n", False),
            (f"To: {',' * 5_001}\n", True),
            (f"To: {',' * 3_000}\n" * 2, False),
            (f"To: {',' * 3_000}\n" * 3, True),
        ):
            with self.subTest(head=head[:20], length=len(head)):
                self.assertIs(RawMail(f"{head}\nwords".encode()).is_tangled, expected)

    # ------------------------------------------------------------
    # WHAT IS STILL READ
    # ------------------------------------------------------------

    def test_rest_is_read(self):
        """Fields below the hostile part are still read, up to the limits."""
        for name in ("one field", "folded lines", "lines of Received", "by", "8-bit names of fields", "tags"):
            with self.subTest(name):
                raw = make(name, 200 * KB)
                [delivery] = RawMail(raw).deliveries
                self.assertEqual((delivery.token, delivery.header), (TOKEN, "x-original-to"))
                mail = RawMail(raw)
                self.assertEqual(([sender.email for sender in mail.senders]), ["sam@acme.example"])
                self.assertEqual([address.email for address in mail.to], ["joe@b.example"])
                self.assertEqual((mail.subject, mail.message_id), ("Offer", "<1@b>"))

    def test_mails_that_differ_where_nobody_looks(self):
        """They have different fingerprints, even if everything that is read of them is equal."""
        for before in ("X-A: " + "x" * MAX_HEAD + "\n", "a:\n" * MAX_FIELDS):
            with self.subTest(before[:3]):
                one, other = (f"{before}Message-ID: <{number}@b>\n\nwords".encode() for number in (1, 2))
                self.assertEqual(RawMail(one).fingerprint, RawMail(one).fingerprint)
                self.assertNotEqual(RawMail(one).fingerprint, RawMail(other).fingerprint)

    def test_dropbox_in_the_first_megabyte(self):
        field = f"To: {DROPBOX}\n"
        for length, found in ((MAX_HEAD - len(field), 1), (MAX_HEAD, 0)):
            with self.subTest(length=length):
                raw = f"X-A: {'x' * (length - 6)}\n{field}X-B: {'y' * MB}\n\nwords".encode()
                self.assertEqual(len(RawMail(raw).deliveries), found)
                excess = RawMail(raw).find_excess(Limits(header=MAX_HEAD))
                self.assertEqual(excess, Excess("header", len(get_head(raw)), MAX_HEAD))

    def test_many_dropboxes(self):
        tokens = (f"{number:020}".translate(str.maketrans("0123456789", "abcdefghij")) for number in range(5_000))
        raw = f"X-Original-To: {DROPBOX}\nTo: {', '.join(f'bcc-{token}@x' for token in tokens)}\n\n".encode()
        deliveries = RawMail(raw).deliveries
        self.assertEqual(len(deliveries), MAX_DELIVERIES)
        self.assertEqual(deliveries[0].token, TOKEN, "the surest first")

    def test_cut_values(self):
        """Half an address is not an address."""
        for value, expected in (
            (b"x" * (MAX_VALUE - 9) + b",joe@b.example", [""]),
            (b"x" * (MAX_VALUE - 13) + b",joe@b.example", [""]),
            (b"x" * (MAX_VALUE - 15) + b",joe@b.example,ann@d.example", ["", "joe@b.example"]),
            (b"<" + b" " * (MAX_VALUE - 9) + b"joe@b.example>", [""]),
            ("ö".encode() * MAX_VALUE, [""]),
        ):
            with self.subTest(value=value[-30:]):
                [field] = read_fields(b"To:" + value + b"\n")
                self.assertTrue(field.text.endswith("…"))
                self.assertLessEqual(len(field.text), MAX_VALUE + 1)
                mail = RawMail(b"To:" + value + b"\n\n")
                self.assertEqual([address.email for address in mail.to][: len(expected)], expected)
                self.assertNotIn("Ã", mail.to[0].text, "no character was cut in two")

    def test_value_up_to_the_limit(self):
        for size, is_cut in ((MAX_VALUE, False), (MAX_VALUE + 1, True)):
            [field] = read_fields(b"To:" + b"x" * size + b"\n")
            self.assertEqual(field.text, "x" * MAX_VALUE + ("…" if is_cut else ""))
        # a field that ends with the header is whole, one that is cut by MAX_HEAD is not
        [field] = read_fields(b"To: joe@b.example")
        self.assertEqual(field.text, "joe@b.example")
        [_long, field] = read_fields(b"X:" + b"x" * (MAX_HEAD - 16) + b"\nTo: joe@b.example.org\n")
        self.assertEqual((field.name, field.text), ("to", "joe@b.exa…"))

    def test_values_of_one_name(self):
        fields = read_fields(b"To: " + b"x" * (MAX_VALUE - 7) + b"\nCc: a\nTo: 45678\nTo: 9\n")
        self.assertEqual(len(read_texts(fields, "to")), 2)
        self.assertEqual(read_texts(fields, "to", "cc")[1:], ["a"])
        self.assertEqual(read_texts(fields, "bcc"), [])

    def test_field_over_the_limit(self):
        for head, found in (
            (b"To: " + b"x" * MAX_VALUE, MAX_VALUE + 1),
            (b"Cc:" + b"x" * MAX_VALUE, None),
            (b"Cc: " + b"x" * MAX_VALUE, MAX_VALUE + 1),
            (b"To: x\nTo:" + b"x" * MAX_VALUE, MAX_VALUE + 2),
            (b"X-A: " + b"x" * MAX_VALUE * 2, None),
        ):
            with self.subTest(head=head[:20], length=len(head)):
                excess = find_in_header(head + b"\n\n", Limits(header=MB))
                self.assertEqual(excess, Excess("field", found, MAX_VALUE) if found else None)

    def test_addresses_of_many_fields(self):
        raw = b"".join(b"To: c%d@b.example\n" % number for number in range(2 * MAX_ADDRESSES))
        self.assertEqual(len(RawMail(raw).to), MAX_ADDRESSES)
        self.assertEqual(len(RawMail(raw).other_recipients[0]), MAX_ADDRESSES)

    def test_long_runs_of_encoded_words(self):
        for text, expected in (
            ("=?utf-8?q?=C3=B6?= " * 1_000, "ö" * 1_000 + " "),
            ("=?utf-8?b?w7Y=?=" * 1_000, "ö" * 1_000),
        ):
            with self.subTest(text=text[:40]):
                self.assertEqual(decode_words(text), expected)

    # ------------------------------------------------------------
    # WHAT THE BROWSER GETS
    # ------------------------------------------------------------

    def test_shown_header_is_cut(self):
        for name in HOSTILE:
            with self.subTest(name):
                self.assertLess(len(read_head(RawMail(make(name, 256 * KB)))), MAX_SHOWN + 16 * KB)

    def test_shown_first(self):
        """The most important fields are shown first, wherever they are in a header that is cut."""
        shown = read_head(RawMail(b"X-A: bbbb\n" * 9_500 + HEAD.encode())).splitlines()
        self.assertEqual(shown[:3], ["From: Sam <sam@acme.example>", "To: joe@b.example", "Subject: Offer"])
        self.assertEqual(shown[-1], "…")
        self.assertEqual(read_head(RawMail(b"X-A: b\n" * 9 + HEAD.encode())).splitlines()[-1], "Message-ID: <1@b>")


@tagged("post_install", "-at_install")
class TestHostileHeadersReceived(GatewayCommon):
    def test_each_ends_as_one_row(self):
        """Found, stored and rejected with a reason, in time; the owner can open it."""
        self._receive(self._format())  # warm up caches
        for name in ("one field", "fields", "folded lines", "encoded words", "comments", "lines of Received"):
            before, unit, after = HOSTILE[name]
            hostile = (before + unit * (4 * MB // len(unit)) + after).decode()
            with self.subTest(name), self.assertSilent():
                known = self._get_rows()
                raw = self._format(headers="X-Next: x\n" + hostile)
                with self.assertCheap():
                    self._receive(raw)
                email = self._get_rows() - known
                self.assertRow(email, "refused", "size of a header")
                self.assertEqual(email.email_from, '"Sam Seller" <sam@acme.example>')
                with self.assertCheap():
                    shown = email.with_user(self.sam).original_header
                self.assertLess(len(shown), 2 * MAX_SHOWN)

    def test_alias_gets_it_as_a_file(self):
        """Odoo's parser does not get headers that take it minutes."""
        for headers in (f"Reply-To: {'a,' * 50_000}\n", f"Cc: {',' * 100_000}\n"):
            with self.subTest(headers=headers[:12]):
                known = self.env["crm.lead"].search([])
                with self.mock_mail_gateway(), self.assertCheap():
                    self._receive(self._format(to="sales@acme.example", headers=headers))
                lead = self.env["crm.lead"].search([]) - known
                self.assertEqual(lead.mapped("name"), ["Our offer"])
                self.assertEqual(lead.message_ids.attachment_ids.mapped("name"), ["mail.eml"])
