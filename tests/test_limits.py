"""Limits of what is parsed, counted like the standard library does."""

import email
import time
from email.policy import compat32

from hypothesis import given, settings
from hypothesis import strategies as st
from odoo.tests import BaseCase, tagged

from ..tools.header import MAX_FIELDS
from ..tools.limits import (
    MAX_KEPT,
    MB,
    SHORTENED_HEADER,
    Excess,
    Limits,
    _read_content_type,
    find_content_excess,
    find_dashes,
    find_header_excess,
    shorten,
)
from ..tools.raw_mail import RawMail

DEFAULT = Limits()


def find_in_header(raw, limits):
    """Return the limit that the header of a mail exceeds, or None."""
    mail = RawMail(raw)
    return find_header_excess(mail.head, mail.fields, limits)


NONE = Limits(size=10**9, header=10**9, parts=10**9, depth=10**9, addresses=10**9)
HEAD = "From: sam@acme.example\nTo: joe@b.example\n"


def put_together(*parts, kind="mixed", boundary="x", end="\n"):
    """Return a mail with parts, each with its own header."""
    lines = [f"Content-Type: multipart/{kind}; boundary={boundary}", ""]
    for part in parts:
        lines += [f"--{boundary}", part]
    return end.join([*lines, f"--{boundary}--", ""]).encode()


def count(raw):
    """Return parts and depth of a mail, found by the limits that it just exceeds."""
    found = {"parts": 0, "depth": 0}
    for kind in found:
        while find_content_excess(raw, Limits(**{"parts": 10**9, "depth": 10**9, kind: found[kind]})):
            found[kind] += 1
    return found["parts"], found["depth"]


def count_parsed(raw):
    """Return parts and depth of a mail as parsed by the standard library."""

    def walk(message, depth):
        yield depth
        if message.is_multipart():
            for part in message.get_payload():
                yield from walk(part, depth + 1)

    depths = list(walk(email.message_from_bytes(raw.lstrip(b"\r\n"), policy=compat32), 1))
    return len(depths), max(depths)


# Mails whose parts are counted: name, mail, parts, depth
COUNTED = [
    ("empty", b"", 1, 1),
    ("plain", b"Subject: x\n\nwords\n--x\nwords", 1, 1),
    ("two parts", put_together("\na", "\nb"), 3, 2),
    ("CRLF", put_together("\r\na", "\r\nb", end="\r\n"), 3, 2),
    ("CR", put_together("\ra", "\rb", end="\r"), 3, 2),
    ("CR and LF", put_together("\ra", "\rb", end="\r") + b"\n" + put_together("\nc"), 3, 2),
    ("lines before", b"\r\n\n" + put_together("\na", "\nb"), 3, 2),
    ("quoted boundary", put_together("\na", "\nb").replace(b"boundary=x", b'boundary="x"'), 3, 2),
    ("folded boundary", put_together("\na", "\nb").replace(b" boundary=x", b"\n\tboundary=x"), 3, 2),
    ("boundary folded with CR", put_together("\ra", end="\r").replace(b" boundary=x", b"\r boundary=x"), 2, 2),
    ("upper case", put_together("\na", "\nb").replace(b"Content-Type", b"CONTENT-TYPE"), 3, 2),
    ("boundary of RFC 2231", put_together("\na", "\nb").replace(b"boundary=x", b"boundary*=utf-8''x"), 3, 2),
    ("blanks behind the line", put_together("\na", "\nb").replace(b"--x\n", b"--x \t\n"), 3, 2),
    ("no end", put_together("\na", "\nb").replace(b"--x--", b""), 3, 2),
    ("behind the end", put_together("\na") + b"--x\n\nb", 2, 2),
    ("longer line", put_together("\na\n--xy\n\nb"), 2, 2),
    ("not at the start of a line", put_together("\na\n --x\n\nb"), 2, 2),
    ("in the header of a part", put_together("A: b\n --x\n\na"), 2, 2),
    ("another type with a boundary", put_together("\na").replace(b"multipart/mixed", b"text/plain"), 1, 1),
    ("no boundary", b"Content-Type: multipart/mixed\n\n--x\n\na", 1, 1),
    ("another header", b"X" + put_together("\na"), 1, 1),
    ("second Content-Type", b"Content-Type: text/plain\n" + put_together("\na"), 1, 1),
    ("multipart in it", put_together(put_together("\na", "\nb", boundary="y").decode(), "\nc"), 5, 3),
    ("end of the outer", put_together("Content-Type: multipart/mixed; boundary=y\n\n--y\n\na", "\nb"), 4, 3),
    ("same boundary", put_together("Content-Type: multipart/mixed; boundary=x\n\n--x\n\na"), 3, 2),
    ("mail in it", put_together("Content-Type: message/rfc822\n\nSubject: y\n\nb"), 3, 3),
    ("mail of any type in it", put_together("Content-Type: message/partial\n\nSubject: y\n\nb"), 3, 3),
    ("mails in each other", b"Content-Type: message/rfc822\n\n" * 3 + b"Subject: y\n\nb", 4, 4),
    ("mails in each other, CRLF", b"Content-Type: message/rfc822\r\n\r\n" * 3 + b"Subject: y\r\n\r\nb", 4, 4),
    ("mail with parts in it", b"Content-Type: message/rfc822\n\n" + put_together("\na", "\nb"), 4, 3),
    ("mail without a body", b"Content-Type: message/rfc822\n", 2, 2),
    ("digest", put_together("\nSubject: a\n\na", "\nSubject: b\n\nb", kind="digest"), 5, 3),
    ("text in a digest", put_together("Content-Type: text/plain\n\na", kind="digest"), 2, 2),
    ("mail in a mail of a digest", put_together("\nContent-Type: message/rfc822\n\nA: b\n\na", kind="digest"), 4, 4),
    ("parts in a digest", put_together("\n" + put_together("\na", boundary="y").decode(), kind="digest"), 4, 4),
]  # fmt: skip

PIECES = st.sampled_from(
    ["--x", "--y", "--x--", "--y--", "", "words", "A: b", " folded", "no header", "From x"]
    + [f"Content-Type: multipart/{kind}; boundary={name}" for kind in ("mixed", "digest") for name in "xy"]
    + ["Content-Type: message/rfc822", "Content-Type: text/plain", "content-type:multipart/mixed;\n boundary='x'"]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
MAILS = st.builds(lambda lines, end: end.join(lines).encode(), st.lists(PIECES, max_size=25), ENDS)


@tagged("post_install", "-at_install")
class TestLimits(BaseCase):
    def test_nothing_over(self):
        self.assertIsNone(RawMail(f"{HEAD}\nwords".encode()).find_excess(DEFAULT))
        self.assertIsNone(RawMail(b"").find_excess(DEFAULT))

    def test_default(self):
        self.assertEqual(DEFAULT, Limits(size=50 * MB, header=256 * 1024, parts=300, depth=50, addresses=200))

    # ------------------------------------------------------------
    # HEADER
    # ------------------------------------------------------------

    def test_header(self):
        for raw, found in (
            (HEAD.encode() + b"\n" + b"x" * 1000, None),
            (HEAD.encode(), None),
            (b"\n\n" + HEAD.encode() + b"\n", None),
            (b"A: b\n" + HEAD.encode() + b"\n", len(HEAD) + 5),
        ):
            limits = Limits(header=len(HEAD))
            with self.subTest(raw=raw[:20]):
                expected = Excess("header", found, limits.header) if found else None
                self.assertEqual(find_in_header(raw, limits), expected)
                self.assertEqual(RawMail(raw).find_excess(limits), expected)

    def test_fields(self):
        self.assertIsNone(find_in_header(b"a:\n" * (MAX_FIELDS - 1), DEFAULT))
        for number in (MAX_FIELDS, MAX_FIELDS + 1):
            self.assertEqual(find_in_header(b"a:\n" * number, DEFAULT), Excess("fields", MAX_FIELDS, MAX_FIELDS))

    def test_addresses(self):
        limits = Limits(addresses=3)
        for head, found in (
            ("To: a@x, b@x, c@x", 0),
            ("To: a@x, b@x\nCc: c@x", 0),
            ("To: a@x, b@x\nCc: c@x\nTo: d@x", 4),
            ("To: a@x; b@x\nCC: c@x; d@x; e@x", 5),
            ("To: Joe, Ann, Eve, Bob", 4),
            # not separators
            ('To: "a, b; c, d" <a@x>, b@x', 0),
            ("To: (a, b; c, d) a@x, b@x,,,,", 0),
            ("To: Team: a@x, b@x, c@x;", 0),
            # not recipients
            ("From: a@x, b@x, c@x, d@x\nBcc: a@x, b@x, c@x, d@x\nTo: a@x", 0),
        ):
            with self.subTest(head=head):
                expected = Excess("addresses", found, 3) if found else None
                self.assertEqual(find_in_header(f"{head}\n\nTo: a@x, b@x, c@x, d@x".encode(), limits), expected)

    # ------------------------------------------------------------
    # CONTENT
    # ------------------------------------------------------------

    def test_size(self):
        self.assertIsNone(find_content_excess(b"x" * 100, Limits(size=100)))
        self.assertEqual(find_content_excess(b"x" * 101, Limits(size=100)), Excess("size", 101, 100))

    def test_lines(self):
        limit = 20_000  # for each MB
        for end in (b"\n", b"\r\n", b"\r"):
            with self.subTest(end=end):
                self.assertIsNone(find_content_excess(end * limit, Limits(size=MB)))
                found = find_content_excess(end * (limit + 1), Limits(size=MB))
                self.assertEqual(found, Excess("lines", limit + 1, limit))
        self.assertEqual(find_content_excess(b"\n" * 40_001, Limits(size=2 * MB)), Excess("lines", 40_001, 40_000))

    def test_parts_and_depth(self):
        for name, raw, parts, depth in COUNTED:
            with self.subTest(name):
                self.assertEqual(count(raw), (parts, depth))

    def test_counted_as_parsed(self):
        """The table above is what the standard library makes of these mails."""
        for name, raw, parts, depth in COUNTED:
            with self.subTest(name):
                self.assertEqual(count_parsed(raw), (parts, depth))

    def test_what_was_found(self):
        raw = put_together(*["\na"] * 5)
        self.assertEqual(find_content_excess(raw, Limits(parts=3)), Excess("parts", 4, 3))
        self.assertEqual(find_content_excess(raw, Limits(depth=1)), Excess("depth", 2, 1))

    def test_header_of_a_part(self):
        long = "A: " + "b" * 100
        limit = len(long) + 1
        for raw in (put_together(f"{long}\n\na"), b"Content-Type: message/rfc822\n\n" + long.encode() + b"\n\na"):
            self.assertIsNone(find_content_excess(raw, Limits(header=limit)))
            found = find_content_excess(raw, Limits(header=limit - 1))
            self.assertEqual(found, Excess("header", limit, limit - 1))
        # lines outside of a header do not count
        self.assertIsNone(find_content_excess(put_together(f"\n{long}{long}"), Limits(header=limit)))
        self.assertIsNone(find_content_excess(put_together(f"A: b\nno header\n{long}{long}"), Limits(header=limit)))

    def test_time(self):
        """Counting takes no longer for odd mails."""
        for name, raw in {
            "boundaries": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\n" * 900_000,
            "dashes": b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--y\n" * 900_000,
            "dashes of CR": b"Content-Type: multipart/mixed; boundary=x\r\r" + b"--y\r" * 900_000,
            "mails": b"Content-Type: message/rfc822\n\n" * 100_000,
            "parameters": b"Content-Type: multipart/mixed" + b"; a=b" * 100_000 + b"\n\n",
            "types": b"Content-Type\n" * 100_000,
            "lines": b"A:\n" * 80_000,
            "folded": b"Content-Type: x" + b"\n " * 100_000,
        }.items():
            with self.subTest(name):
                started = time.process_time()
                RawMail(raw).find_excess(DEFAULT)
                self.assertLess(time.process_time() - started, 6)

    def test_dashes_in_a_header(self):
        """A line of a header that begins like a boundary ends nothing: what follows is counted."""
        raw = put_together("A: b\n--odd: c\n\nwords", *["\nmore"] * 9)
        self.assertEqual(count(raw), (11, 2))
        self.assertEqual(count(raw), count_parsed(raw))

    def test_long_header_of_a_part(self):
        """It is read only up to the limit."""
        raw = put_together("A: " + "b" * 10_000 + "\n\na")
        self.assertEqual(find_content_excess(raw, Limits(header=1000)), Excess("header", 1001, 1000))

    def test_content_type(self):
        for head, is_digest, expected in (
            (b"A: b\n", False, ("text/plain", b"")),
            (b"A: b\n", True, ("message/rfc822", b"")),
            (b"Content-Type: text/html; boundary=x\n", False, ("text/html", b"")),
            (b"content-type: multipart/mixed\n", False, ("multipart/mixed", b"")),
            (b"Content-Type: multipart/mixed; boundary=x\n", True, ("multipart/mixed", b"x")),
            (b"Content-Type: text/html; name=\xe9\n", False, ("text/html", b"")),
        ):
            with self.subTest(head=head, is_digest=is_digest):
                self.assertEqual(_read_content_type(head, is_digest=is_digest), expected)

    def test_boundaries_that_are_no_text(self):
        """It may contain half a surrogate pair: it is found where the standard library finds it, or nowhere."""
        for boundary, expected in (
            (b"boundary=\xe9", b""),
            (b"boundary*=utf-8''%C3%A9", b""),
            (b"boundary*=utf-7''+2AA-", b""),
            (b"boundary*=utf-7''+3IA-", b"\x80"),
        ):
            with self.subTest(boundary=boundary):
                head = b"Content-Type: multipart/mixed; " + boundary + b"\n"
                self.assertEqual(_read_content_type(head, is_digest=False), ("multipart/mixed", expected))
                line = b"\n--" + (expected or b"\xe9") + b"\n\nwords"
                raw = head + line * 2
                self.assertEqual(count(raw), count_parsed(raw))

    def test_lines_of_dashes(self):
        for raw, expected in (
            (b"", []),
            (b"-\n-\ra--", []),
            (b"--", [0]),
            (b"\n--", [1]),
            (b"\r--", [1]),
            (b"\r--\n--", [1, 4]),
            (b"\n--\r--", [1, 4]),
            (b"--\r\n--\n\n--\n--", [0, 4, 8, 11]),
        ):
            with self.subTest(raw=raw):
                self.assertEqual(list(find_dashes(raw)), expected)

    # ------------------------------------------------------------
    # WHAT IS TOO LARGE TO BE KEPT
    # ------------------------------------------------------------

    def test_shorten(self):
        raw = HEAD.encode() + b"\n"
        self.assertEqual(shorten(raw + b"x" * (MAX_KEPT - len(raw))), raw + b"x" * (MAX_KEPT - len(raw)))
        large = raw + b"x" * (MAX_KEPT - len(raw) + 1)
        short = shorten(large)
        self.assertEqual(short, f"{SHORTENED_HEADER}: {MAX_KEPT + 1}\n{HEAD}".encode())
        self.assertEqual(RawMail(short).find_excess(DEFAULT), Excess("shortened", MAX_KEPT + 1, MAX_KEPT))
        self.assertEqual(shorten(short), short)

    def test_shorten_a_large_header(self):
        for end in (b"\n", b"\r"):
            short = shorten(b"A: b" + end + (b"B: " + b"c" * 96 + end) * (MAX_KEPT // 100) + b"x")
            self.assertLessEqual(len(short), DEFAULT.header)
            self.assertGreater(len(short), DEFAULT.header - 300)
            self.assertTrue(short.endswith(b"c" + end), "whole lines")
            self.assertEqual(RawMail(short).find_excess(DEFAULT).kind, "shortened")
        # there is room for the additional field
        head = b"A: " + b"b" * (DEFAULT.header - 104) + b"\n"
        self.assertTrue(shorten(head + b"B: c\n" * (MAX_KEPT // 5)).endswith(b"\n" + head))

    def test_marks_that_others_wrote(self):
        for mark, found in ((b": ", 0), (b": x\n", 0), (b":  1\n", 0), (b": 12\n", 12), (b":" + b"9" * 19 + b"\n", 0)):
            with self.subTest(mark=mark):
                excess = find_content_excess(SHORTENED_HEADER.encode() + mark, DEFAULT)
                self.assertEqual(excess, Excess("shortened", found, MAX_KEPT))
        self.assertIsNone(find_content_excess(b"A: b\n" + SHORTENED_HEADER.encode() + b": 12\n\n", DEFAULT))

    # ------------------------------------------------------------
    # ANY MAIL
    # ------------------------------------------------------------

    @settings(max_examples=500, deadline=None, database=None, derandomize=True)
    @given(MAILS)
    def test_never_fewer_than_parsed(self, raw):
        """A mail within the limits is within them for the parser as well."""
        for found, parsed in zip(count(raw), count_parsed(raw), strict=True):
            self.assertGreaterEqual(found, parsed)

    @settings(max_examples=300, deadline=None, database=None, derandomize=True)
    @given(st.binary(max_size=300) | MAILS)
    def test_nothing_raises(self, raw):
        for limits in (DEFAULT, NONE, Limits(size=1, header=1, parts=1, depth=1, addresses=1)):
            excess = RawMail(raw).find_excess(limits)
            if excess:
                self.assertGreater(excess.found, excess.limit)
        self.assertEqual(shorten(raw), raw)
