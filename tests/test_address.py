"""Reading addresses: the right one or none, never a wrong one."""

import time

from odoo.tests import BaseCase, tagged

from ..tools.address import (
    Address,
    clean,
    decode_bytes,
    decode_words,
    format_dropbox,
    is_dropbox,
    parse_addresses,
    read_address,
    redact,
    split_mailboxes,
)

TOKEN = "abcdefghij234567klmn"

# Header: its mailboxes as (name, address)
READABLE = {
    # as the standard has it
    "joe@b.example": [("", "joe@b.example")],
    "Joe <joe@b.example>": [("Joe", "joe@b.example")],
    "<joe@b.example>": [("", "joe@b.example")],
    "Joe< joe@b.example >": [("Joe", "joe@b.example")],
    '"Doe, Joe" <joe@b.example>': [("Doe, Joe", "joe@b.example")],
    '"Doe; \\"JD\\", Joe" <joe@b.example>, ann@d.example': [('Doe; "JD", Joe', "joe@b.example"), ("", "ann@d.example")],
    '"<ann@d.example>" <joe@b.example>': [("ann@d.example", "joe@b.example")],
    "joe@b.example,ann@d.example": [("", "joe@b.example"), ("", "ann@d.example")],
    "joe@b.example,\tAnn <ann@d.example>": [("", "joe@b.example"), ("Ann", "ann@d.example")],
    # case and odd but valid local parts
    "JOE@B.EXAMPLE": [("", "joe@b.example")],
    "joe.o'brien+x/y=z@b.example": [("", "joe.o'brien+x/y=z@b.example")],
    "joe..doe.@b.example": [("", "joe..doe.@b.example")],
    '"joe@home"@b.example': [("", '"joe@home"@b.example')],
    'Joe <"a,b"@b.example>': [("Joe", '"a,b"@b.example')],
    "joe@localhost": [("", "joe@localhost")],
    "joe@b.example.": [("", "joe@b.example")],
    f"{'x' * 244}@b.example": [("", f"{'x' * 244}@b.example")],
    # apostrophes
    "'Joe' <joe@b.example>": [("Joe", "joe@b.example")],
    "'joe@b.example'": [("", "joe@b.example")],
    "\"'joe@b.example'\" <'joe@b.example'>": [("joe@b.example", "joe@b.example")],
    "'joe@b.example' <joe@b.example>": [("joe@b.example", "joe@b.example")],
    "'o'brien@b.example'": [("", "o'brien@b.example")],
    # display names
    "X <joe@b.example>": [("X", "joe@b.example")],
    "[EXT] Joe <joe@b.example>": [("[EXT] Joe", "joe@b.example")],
    "Joe @ Acme <joe@b.example>": [("Joe @ Acme", "joe@b.example")],
    "ann@d.example <joe@b.example>": [("ann@d.example", "joe@b.example")],
    "Joe.Q. (Sales) <joe@b.example>": [("Joe.Q. (Sales)", "joe@b.example")],
    "Joe joe@b.example": [("Joe", "joe@b.example")],
    "Joe :-( <joe@b.example>, Ann (x) <ann@d.example>": [("-(", "joe@b.example"), ("Ann (x)", "ann@d.example")],
    # semicolons
    "joe@b.example; ann@d.example": [("", "joe@b.example"), ("", "ann@d.example")],
    "Joe <joe@b.example>;Ann <ann@d.example>;,": [("Joe", "joe@b.example"), ("Ann", "ann@d.example")],
    # groups
    "Team: joe@b.example, Ann <ann@d.example>; eve@f.example": [
        ("", "joe@b.example"),
        ("Ann", "ann@d.example"),
        ("", "eve@f.example"),
    ],
    '"Team: A, B": joe@b.example;': [("", "joe@b.example")],
    "undisclosed-recipients:;": [],
    "Undisclosed recipients: ;": [],
    "undisclosed-recipients:": [],
    "<Undisclosed-Recipient:;>": [],
    # comments
    "joe@b.example (Joe Doe)": [("Joe Doe", "joe@b.example")],
    "Joe (the, boss) <joe@b.example>": [("Joe (the, boss)", "joe@b.example")],
    "(ann@d.example) joe@b.example": [("ann@d.example", "joe@b.example")],
    "joe@b.example (x (ann@d.example, <y>) z)": [("(x (ann@d.example, <y>) z)", "joe@b.example")],
    "Joe (<ann@d.example>) <joe@b.example>": [("Joe (<ann@d.example>)", "joe@b.example")],
    # encoded words
    "=?utf-8?q?J=C3=B6rg?= <joe@b.example>": [("Jörg", "joe@b.example")],
    "=?utf-8?q?J=C3=B6?= =?utf-8?q?rg?= <joe@b.example>": [("Jörg", "joe@b.example")],
    "=?utf-8?q?Doe=2C_Joe?= <joe@b.example>": [("Doe, Joe", "joe@b.example")],
    "=?utf-8?Q?Doe,_Joe_<x>_Sales?= <joe@b.example>": [("Doe, Joe <x> Sales", "joe@b.example")],
    "=?utf-8?b?RG9lLCBKb2U=?= <joe@b.example>, ann@d.example": [("Doe, Joe", "joe@b.example"), ("", "ann@d.example")],
    "=?utf-8?q?ann=40d=2Eexample?= <joe@b.example>": [("ann@d.example", "joe@b.example")],
    "=?utf-8?q?=3Cann=40d=2Eexample=3E?= <joe@b.example>": [("ann@d.example", "joe@b.example")],
    '"=?utf-8?q?Doe=2C_Joe?=" <joe@b.example>': [("Doe, Joe", "joe@b.example")],
    "=?cp437*de?q?J=94?= <joe@b.example>": [("Jö", "joe@b.example")],
    "=?no-charset?q?J=F6?= <joe@b.example>": [("Jö", "joe@b.example")],
    "=?utf-8?b?!?= <joe@b.example>": [("", "joe@b.example")],
    # the whole mailbox encoded or quoted
    "=?utf-8?q?Joe_=3Cjoe=40b=2Eexample=3E?=": [("Joe", "joe@b.example")],
    "=?utf-8?b?am9lQGIuZXhhbXBsZQ==?=": [("", "joe@b.example")],
    '"Joe <joe@b.example>"': [("Joe", "joe@b.example")],
    # international
    "joe@BÜCHER.example": [("", "joe@bücher.example")],
    "joe@भारत.example": [("", "joe@भारत.example")],
    "joe@xn--bcher-kva.example": [("", "joe@xn--bcher-kva.example")],
    "Jörg <jörg@b.example>": [("Jörg", "jörg@b.example")],
    # quotes and angles left open
    '"Joe <joe@b.example>': [("Joe", "joe@b.example")],
    'Joe" <joe@b.example>, "Ann" <ann@d.example>': [("Joe", "joe@b.example"), ("Ann", "ann@d.example")],
    "Joe <joe@b.example": [("Joe", "joe@b.example")],
    "Joe <joe@b.example, Ann <ann@d.example>": [("Joe", "joe@b.example"), ("Ann", "ann@d.example")],
    "<<joe@b.example>>": [("", "joe@b.example")],
    "joe@b.example>": [("", "joe@b.example")],
    # links
    "mailto:joe@b.example": [("", "joe@b.example")],
    "MAILTO:joe@b.example": [("", "joe@b.example")],
    "Joe <mailto:joe@b.example>": [("Joe", "joe@b.example")],
    "Joe <SMTP:joe@b.example>": [("Joe", "joe@b.example")],
    "Joe [SMTP:joe@b.example]": [("", "joe@b.example")],
    "joe@b.example<mailto:joe@b.example>": [("joe@b.example", "joe@b.example")],
    # nobody
    "": [],
    " , ;": [],
    "<>": [],
    "< >": [],
}

# One mailbox each, with an ambiguous address
UNREADABLE = [
    "Joe",
    "joe@",
    "@b.example",
    "Joe <>",
    "joe@@b.example",
    "joe @b.example",
    "joe@ b.example",
    "<joe @ b.example>",
    "joe@b.example ann@d.example",
    "Joe <joe@b.example> ann@d.example",
    "Joe <joe@b.example> <x>",
    "<joe@b.example> <ann@d.example>",
    "<joe@b.example><ann@d.example>",
    "<joe@b.example <ann@d.example>",
    "Joe <joe@b.example> Ann <ann@d.example>",
    "Joe <joe@b.example, ann@d.example>",
    "Joe <joe@b.example; ann@d.example>",
    "=?utf-8?q?joe=40b=2Eexample=2C_ann=40d=2Eexample?=",
    "joe@b.example/ann@d.example",
    "joe@b.example|ann@d.example",
    "joe@b.example/x",
    "joe@b.example?subject=x",
    "Joe <http://b.example/joe@b.example>",
    "<joe@b.example:25>",
    "<joe@[192.0.2.1]>",
    "joe@b..example",
    "joe@.example",
    '"joe doe"@b.example',
    '"joe\\"x"@b.example',
    "Joe (joe@b.example)",
    "<@route.example:joe@b.example>",
    "=?utf-8?q?Joe?=joe@b.example",
    "<=?utf-8?q?j=C3=B6?=@b.example>",
    "'joe@b.example",
    "<'>",
    "<''>",
    "“joe@b.example”",
    "“joe@b.example",
    "joe@b.example\uff0cann",  # a comma of another script
    "joe\u200b@b.example",
    "joe@b.example\u200b",
    "joe@b.example\x00",
    "joe\\@b.example",
    f"{'x' * 245}@b.example",
]


@tagged("post_install", "-at_install")
class TestAddress(BaseCase):
    def test_readable(self):
        for text, expected in READABLE.items():
            with self.subTest(text=text):
                self.assertEqual([(address.name, address.email) for address in parse_addresses(text)], expected)

    def test_unreadable(self):
        for text in UNREADABLE:
            with self.subTest(text=text):
                self.assertEqual([address.email for address in parse_addresses(text)], [""])

    def test_unreadable_keeps_its_place(self):
        addresses = parse_addresses("joe@b.example, =?utf-8?q?J=C3=B6rg?= <x@@y>, ann@d.example")
        self.assertEqual([address.email for address in addresses], ["joe@b.example", "", "ann@d.example"])
        self.assertEqual(addresses[1].text, "Jörg <x@@y>")
        self.assertEqual(addresses[1].formatted, "Jörg <x@@y>")

    def test_no_name_of_which_address(self):
        for text in ("Joe <joe@b.example> ann@d.example", "Joe"):
            with self.subTest(text=text):
                self.assertEqual(parse_addresses(text), [Address("", "", text)])

    def test_long_texts_are_cut(self):
        name, most = "x" * 500, f"{'x' * 499}@"
        for text, expected in (
            (f"{name} <joe@b.example>", Address(name, "joe@b.example", f"{name}…")),
            (f"{name}x <joe@b.example>", Address(f"{name}…", "joe@b.example", f"{name}…")),
            (most, Address("", "", most)),
            (f"{most}@", Address("", "", f"{most}…")),
        ):
            with self.subTest(text=text[490:]):
                self.assertEqual(parse_addresses(text), [expected])

    def test_text_holds_no_token(self):
        [address] = parse_addresses(f"bcc-{TOKEN}@acme.example and Joe <joe@b.example>")
        self.assertEqual(address, Address("bcc-[hidden]@acme.example and Joe", "joe@b.example", address.text))
        self.assertNotIn(TOKEN, address.text)

    def test_read_address(self):
        for text, expected in (
            ("Joe <Joe@b.example>", "joe@b.example"),
            ("joe@b.example, ann@d.example", ""),
            ("joe@b.example, Ann", ""),
            ("Joe", ""),
            ("(" * 800, ""),  # core's function raises
            ("", ""),
            (None, ""),
            (False, ""),
        ):
            with self.subTest(text=text):
                self.assertEqual(read_address(text), expected)

    def test_formatted(self):
        for text, formatted in (
            ("joe@b.example", "joe@b.example"),
            ("Doe (JD) <Joe@b.example>", '"Doe (JD)" <joe@b.example>'),
            ("Jörg <joe@bücher.example>", '"Jörg" <joe@bücher.example>'),
        ):
            with self.subTest(text=text):
                [address] = parse_addresses(text)
                self.assertEqual(address.formatted, formatted)

    def test_split_mailboxes(self):
        for text, expected in (
            ('"a, b" <c@d.example>, (e, f) g@h.example; i', ['"a, b" <c@d.example>', "(e, f) g@h.example", "i"]),
            ("<a, b@c.example>, d", ["<a, b@c.example>", "d"]),
            ("Team: a, b; c", ["a", "b", "c"]),
            ("=?utf-8?q?a,b?= c, d", ["=?utf-8?q?a,b?= c", "d"]),
            ("a\\, b", ["a\\", "b"]),
            ("(a, b", ["(a", "b"]),
            ('"a, b', ['"a', "b"]),
        ):
            with self.subTest(text=text):
                self.assertEqual(split_mailboxes(text), expected)

    def test_hostile_lists_take_no_time(self):
        for text in ('"\\', "<", "(", "()", "(" * 50_000 + ")", '"', ":", "a", "a@", ",", "=?", "=?a?q?", "< ", "a@b,"):
            with self.subTest(text=text[:10]):
                start = time.process_time()
                parse_addresses(text * (100_000 // len(text)))
                self.assertLess(time.process_time() - start, 5)

    # ------------------------------------------------------------
    # TOKENS AND TEXT
    # ------------------------------------------------------------

    def test_is_dropbox(self):
        for email, expected in (
            (f"bcc-{TOKEN}@acme.example", True),
            (f"BCC-{TOKEN.upper()}@acme.example", True),
            (f"crm+bcc-{TOKEN}@elsewhere.example", True),
            (f"crm+bcc-{TOKEN}+lead42@acme.example", True),
            (f"crm-bcc-{TOKEN}@acme.example", True),
            (f"bcc-{TOKEN}x@acme.example", False),
            (f"bcc-{TOKEN[1:]}@acme.example", False),
            (f"joe@bcc-{TOKEN}", False),
            ("joe@b.example", False),
            ("", False),
        ):
            with self.subTest(email=email):
                self.assertIs(is_dropbox(email), expected)

    def test_format_dropbox(self):
        for mailbox, domain, expected in (
            ("", "acme.example", f"bcc-{TOKEN}@acme.example"),
            ("crm@acme.example", "", f"crm+bcc-{TOKEN}@acme.example"),
            ("crm@acme.example", "b.example", f"crm+bcc-{TOKEN}@acme.example"),
            ("", "", ""),
        ):
            with self.subTest(mailbox=mailbox, domain=domain):
                self.assertEqual(format_dropbox(TOKEN, mailbox, domain), expected)

    def test_redact(self):
        for text, expected in (
            (f"bcc-{TOKEN}@acme.example", "bcc-[hidden]@acme.example"),
            (f"to BCC-{TOKEN.upper()}, crm+2Bbcc-{TOKEN}", "to bcc-[hidden], crm+2Bbcc-[hidden]"),
            (f"bcc-{TOKEN}{TOKEN}", f"bcc-[hidden]{TOKEN}"),
            (f"bcc-{TOKEN[1:]} bcc-mail", f"bcc-{TOKEN[1:]} bcc-mail"),
        ):
            with self.subTest(text=text):
                self.assertEqual(redact(text), expected)

    def test_clean(self):
        self.assertEqual(clean(f"a\x00b\udcffc bcc-\x00{TOKEN}"), "ab?c bcc-[hidden]")

    def test_decode_bytes(self):
        for content, charset, expected in (
            ("Größe".encode(), None, "Größe"),
            ("Größe".encode(), "", "Größe"),
            ("Größe".encode("latin-1"), None, "Größe"),
            ("Größe".encode("utf-16"), "utf-16", "Größe"),
            ("Größe".encode(), "us-ascii", "Größe"),
            ("Größe".encode(), "no-charset", "Größe"),
            ("Größe".encode(), "undefined", "Größe"),
            ("Größe".encode(), "base64", "Größe"),
            ("Größe".encode(), "utf\x00-8", "Größe"),
        ):
            with self.subTest(charset=charset):
                self.assertEqual(decode_bytes(content, charset), expected)

    def test_decode_words(self):
        for text, expected in (
            ("plain", "plain"),
            ("Re: =?utf-8?q?Gr=C3=B6=C3=9Fe?=", "Re: Größe"),
            ("=?iso-8859-1?q?Gr=F6=DFe?= (x)", "Größe (x)"),
            ("=?KOI8-R?Q?=E4=C1?=", "Да"),
            ("=?utf-8?b?R3LDtsOfZQ==?= =?utf-8?b?IQ==?=", "Größe!"),
            ("=?utf-8?q?Gr=C3?=\r\n =?utf-8?q?=B6=C3=9Fe?=", "Größe"),
            ("=?utf-8?q?a?= b =?utf-8?q?c?= =?utf-8?q?_d?=", "a b c d"),
            ("=?utf-8?q?=C3=B6?= =?iso-8859-1?q?=F6?=", "öö"),
            # invalid characters around encoded words and in them
            ("回复: =?utf-8?q?Gr=C3=B6=C3=9Fe?= 5 €", "回复: Größe 5 €"),
            ("Ã¶ C:\\users =?utf-8?q?x?=", "Ã¶ C:\\users x"),
            ("=?utf-8?q?Why?_Now?= ?=", "Why? Now ?="),
            ("=?utf-8?q?a\nb?=", "a b"),
            # of two the first cannot be decoded
            ("=?utf-8?b?A?=, =?utf-8?q?b?=", "=?utf-8?b?A?=, b"),
            ("=?utf-8?b?A?=", "=?utf-8?b?A?="),
            ("=?undefined?q?x?=", "x"),
            ("a =?", "a =?"),
        ):
            with self.subTest(text=text):
                self.assertEqual(decode_words(text), expected)
