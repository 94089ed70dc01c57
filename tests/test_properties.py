"""Properties that hold for any bytes: nothing raises, no token is missed or revealed, no address is invented."""

import re
from functools import cached_property

import lxml.html
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from odoo.tests import BaseCase, tagged

from ..tools.address import clean, parse_addresses, redact, split_mailboxes
from ..tools.deliveries import RECIPIENT_HEADERS
from ..tools.filename import clean_filename
from ..tools.header import split_head
from ..tools.mail_body import write_body
from ..tools.mail_content import read_content
from ..tools.original import read_head
from ..tools.raw_mail import RawMail
from ..tools.redaction import Secrets
from ..tools.safe_html import block_remote_content

for_any = settings(max_examples=300, deadline=None, database=None, derandomize=True)

TOKENS = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=20, max_size=20)
ANY_TOKEN = re.compile(rb"bcc-[a-z2-7]{20}", re.IGNORECASE)
NAMES = [*RECIPIENT_HEADERS, "received", "from", "subject", "date", "message-id", "references", "return-path"]

# Texts with characters that have a meaning in a header
PIECES = st.one_of(
    st.sampled_from(list("<>@,;:()[]\"'\\ .=?\t")),
    st.sampled_from(["joe@b.example", "Joe", "bcc-", "=?utf-8?q?", "=?undefined?b?", "?=", "=40", "=3C", "\r\n ", "ö"]),
    st.text(max_size=3),
    TOKENS.map("bcc-{}@acme.example".format),
)
VALUES = st.lists(PIECES, max_size=12).map("".join)
FIELDS = st.builds("{}: {}\n".format, st.sampled_from(NAMES), VALUES)
PARTS = st.builds(
    "Content-Type: {}; {}={}\nContent-Transfer-Encoding: {}\n\n{}\n--b\n".format,
    st.sampled_from(["text/plain", "text/html", "multipart/mixed", "multipart/alternative", "message/rfc822", "x"]),
    st.sampled_from(["charset", "boundary", "name", "name*", "name*0*"]),
    st.sampled_from(["b", "utf-8", "undefined", "idna", "utf\x00", "utf-7", "x''%FF", "=?x?q?=FF?="]) | VALUES,
    st.sampled_from(["8bit", "base64", "quoted-printable", "uuencode", "x"]),
    VALUES,
)
MAILS = st.one_of(
    st.binary(max_size=200),
    st.lists(FIELDS | PARTS | VALUES, max_size=8).map(lambda lines: "".join(lines).encode("utf-8", "replace")),
    st.tuples(st.lists(FIELDS, max_size=8).map("".join), st.binary()).map(lambda mail: mail[0].encode() + mail[1]),
)
HTML = st.one_of(
    st.sampled_from(
        ["<p ", "<img ", "<a ", "<svg ", "<style>", "</style>", "<table ", "<math>", "<!--", "-->", ">", "/"]
    ),
    st.sampled_from(
        ["src=", "style=", "background=", "href=", "srcset=", "onload=", "xlink:href=", '"', "'", ";", " "]
    ),
    st.sampled_from(
        ["url(", "//evil.example/", "http://evil.example/p", "\\72l(", "image-set(", "color:", "&#104;ttp:", ")"]
    ),
    st.text(max_size=3),
)


@tagged("post_install", "-at_install")
class TestProperties(BaseCase):
    @for_any
    @given(MAILS)
    def test_nothing_raises(self, raw):
        raw_mail = RawMail(raw)
        for name, attribute in vars(RawMail).items():
            if isinstance(attribute, (property, cached_property)):
                getattr(raw_mail, name)
        for text in (raw_mail.sender, raw_mail.subject, raw_mail.message_id, *raw_mail.references):
            self.assertEqual(text, clean(text), "PostgreSQL can store it, and it contains no token")
        content = read_content(raw)
        body, shown = write_body(content.texts, content.files)
        self.assertLessEqual(shown, {file.cid for file in content.files})
        body = clean(body)  # as the gateway does
        for text in (read_head(RawMail(raw_mail.strip_dropboxes())), block_remote_content(body)):
            self.assertEqual(text, clean(text))
        for file in content.files:
            self.assertEqual(file.name, clean_filename(file.name))
            self.assertIsInstance(file.content, bytes)

    @for_any
    @given(
        st.sampled_from(RECIPIENT_HEADERS),
        st.sampled_from([str.lower, str.upper, str.title]),
        st.sampled_from(["", " ", "\t", "\n ", "\r\n\t", " joe@b.example,\r\n "]),
        st.sampled_from(["", "crm+", "<", "a.b+c+", '"x" <', "rfc822;", "+2B"]),
        TOKENS,
        st.booleans(),
        st.text(st.characters(codec="ascii", categories=("L", "N")), max_size=30),
    )
    def test_token_is_found(self, header, case, folding, before, token, upper, body):
        address = f"{before}bcc-{token.upper() if upper else token}@acme.example"
        raw = f"Subject: x\n{case(header)}:{folding}{address}\n\n{body}".encode()
        [delivery] = RawMail(raw).deliveries
        self.assertEqual((delivery.token, delivery.header), (token, header))

    @for_any
    @given(MAILS)
    def test_strip_dropboxes_leaves_no_token(self, raw):
        head, rest = split_head(RawMail(raw).strip_dropboxes())
        self.assertIsNone(ANY_TOKEN.search(head))
        self.assertTrue(b"\0" in rest or not ANY_TOKEN.search(rest))  # binary files are never changed

    @for_any
    @given(VALUES)
    def test_redact_leaves_no_token(self, text):
        self.assertIsNone(ANY_TOKEN.search(redact(text).encode("utf-8", "replace")))
        self.assertIsNone(ANY_TOKEN.search(Secrets().redact_latin1(text.encode("utf-8", "replace"))))
        self.assertIsNone(ANY_TOKEN.search(clean(text).encode()))

    @for_any
    @given(VALUES.filter(lambda text: "=?" not in text))
    def test_addresses_are_literal(self, text):
        for address in parse_addresses(text):
            self.assertIn(address.email.lower(), text.lower())
            self.assertLessEqual(address.email.count("@"), 2 if '"' in address.email else 1)

    @for_any
    @given(st.lists(st.from_regex(r"[a-z]{1,9}@[a-z]{1,9}\.example", fullmatch=True)), VALUES)
    def test_whole_addresses_only(self, emails, text):
        """No ordinary address is lost, and odd neighbours do not change one."""
        joined = ", ".join(emails)
        self.assertEqual([address.email for address in parse_addresses(joined)], emails)
        known = set(emails) | set(re.findall(r"[^\s<>,;:()\[\]]+@[^\s<>,;:()\[\]]+", text.lower()))
        if "=?" in text or '"' in text:
            return
        for address in parse_addresses(f"{joined}, {text}"):
            if address.email:
                # Odoo keeps the case of a local part that is not ASCII
                self.assertTrue(any(address.email.lower() in word for word in known), address)

    @for_any
    @given(VALUES)
    def test_splitting_loses_nothing_but_separators(self, text):
        items = split_mailboxes(text)
        rest = text
        for item in items:
            self.assertIn(item, rest)
            rest = rest.partition(item)[2]

    @for_any
    @given(st.lists(HTML, max_size=12).map("".join))
    def test_nothing_is_loaded(self, html):
        """No HTML makes a browser load anything."""
        root = lxml.html.fragment_fromstring(block_remote_content(html), create_parent="div")
        for node in root.iter(etree.Element):
            self.assertNotIn(node.tag, ("script", "style", "iframe", "object", "embed", "link", "base", "meta", "form"))
            for name, value in node.items():
                self.assertFalse(name.startswith("on"), name)
                if node.tag != "a" or name != "href":
                    self.assertNotIn("evil.example", value)

    @for_any
    @given(st.text(max_size=400))
    def test_clean_filename(self, name):
        name = clean_filename(name)
        self.assertTrue(name.isprintable())
        self.assertTrue(0 < len(name) <= 255)
        self.assertNotIn("/", name)
        self.assertNotIn("\\", name)
