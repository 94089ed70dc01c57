"""Attached mails are sealed; the parser of last resort."""

from odoo.tests import BaseCase, tagged

from ..tools.payload import clean_filename, parse_message, read_leniently

TOKEN = "abcdefghij234567klmn"
INNER = f"""\
From: inner@b.example
Bcc: bcc-{TOKEN}@acme.example
Subject: =?utf-8?q?In/ner_=C3=B6?=
Content-Type: multipart/mixed; boundary=inner

--inner
Content-Type: text/html

<p>inner words</p>
--inner
Content-Type: application/pdf; name=inner.pdf
Content-Transfer-Encoding: base64

AAAA
--inner--
"""


def multipart(*parts, kind="mixed"):
    """Put together a mail of parts, each given as its header and its content."""
    lines = ["From: sam@acme.example", f"Content-Type: multipart/{kind}; boundary=outer", ""]
    for header, content in parts:
        lines += ["--outer", header, "", content]
    return "\n".join([*lines, "--outer--", ""]).encode()


@tagged("post_install", "-at_install")
class TestPayload(BaseCase):
    def assertRead(self, raw, body, attachments=()):
        read_body, read_attachments = read_leniently(raw)
        for words in body:
            self.assertIn(words, read_body)
        self.assertEqual(read_attachments, list(attachments))
        return read_body

    # ------------------------------------------------------------
    # ATTACHED MAILS
    # ------------------------------------------------------------

    def test_attached_mail_is_sealed(self):
        for content_type in ("message/rfc822", "Message/RFC822; charset=utf-8", "message/global"):
            with self.subTest(content_type=content_type):
                raw = multipart(
                    ("Content-Type: text/plain", "outer words"),
                    (f"Content-Type: {content_type}", INNER),
                    ("Content-Type: application/pdf; name=outer.pdf", "x"),
                )
                parts = [part for part in parse_message(raw).walk() if not part.is_multipart()]
                self.assertEqual([part.get_filename() for part in parts], [None, "In-ner ö.eml", "outer.pdf"])
                self.assertEqual(parts[1].get_content_type(), "application/octet-stream")
                content = parts[1].get_content()
                self.assertIn(b"<p>inner words</p>", content)
                self.assertIn(b"inner.pdf", content)

    def test_sealed_deep_inside(self):
        inner = multipart(("Content-Type: text/plain", "inner words")).decode().replace("outer", "deep")
        wrapped = f"--mid\nContent-Type: message/rfc822\n\n{inner}\n--mid--"
        raw = multipart(("Content-Type: multipart/mixed; boundary=mid", wrapped))
        parts = [part for part in parse_message(raw).walk() if not part.is_multipart()]
        self.assertEqual([part.get_filename() for part in parts], ["message.eml"])
        self.assertIn(b"inner words", parts[0].get_content())

    def test_name_of_an_attached_mail(self):
        for header, name in (
            ("Content-Type: message/rfc822; name=given.eml", "given.eml"),
            ('Content-Type: message/rfc822\nContent-Disposition: attachment; filename="a/b.eml"', "b.eml"),
            ("Content-Type: message/rfc822", "In-ner ö.eml"),
        ):
            with self.subTest(header=header):
                [part] = [part for part in parse_message(multipart((header, INNER))).walk() if part.get_filename()]
                self.assertEqual(part.get_filename(), name)

    def test_mail_that_is_one_itself(self):
        raw = b"From: sam@acme.example\nContent-Type: message/rfc822\n\nSubject: x\n\ninner words\n"
        self.assertIn("inner words", [*parse_message(raw).walk()][-1].get_content())
        self.assertRead(raw, ["inner words"])

    def test_last_resort_seals_too(self):
        raw = multipart(("Content-Type: text/plain", "outer words"), ("Content-Type: message/rfc822", INNER))
        body, [(name, content)] = read_leniently(raw)
        self.assertIn("outer words", body)
        self.assertNotIn("inner words", body)
        self.assertEqual(name, "In-ner ö.eml")
        self.assertIn(b"inner words", content)

    def test_multipart_without_boundary_is_text(self):
        message = parse_message("Subject: x\nContent-Type: multipart/mixed\n\nGröße".encode())
        self.assertEqual(message.get_content_type(), "text/plain")
        message.set_charset("utf-8")  # as Odoo does
        self.assertEqual(message.get_content(), "Größe")

    # ------------------------------------------------------------
    # LAST RESORT
    # ------------------------------------------------------------

    def test_last_resort_reads_texts(self):
        for name, (header, content) in {
            "plain": ("Content-Type: text/plain; charset=utf-8", "Größe".encode()),
            "no header": ("X: y", "Größe".encode()),
            "html": ("Content-Type: text/html", "<p>Größe</p>".encode()),
            "latin": ("Content-Type: text/plain; charset=iso-8859-1", "Größe".encode("latin-1")),
            "another charset": ("Content-Type: text/plain; charset=cp437", "Größe".encode("cp437")),
            "unknown charset": ("Content-Type: text/plain; charset=no-charset", "Größe".encode()),
            "odd charset": ('Content-Type: text/plain; charset="utf\x00-8"', "Größe".encode()),
            "wrong charset": ("Content-Type: text/plain; charset=us-ascii", "Größe".encode("latin-1")),
            "base64": ("Content-Transfer-Encoding: base64", b"R3LDtsOfZQ=="),
            "quoted-printable": ("Content-Transfer-Encoding: QUOTED-PRINTABLE", b"Gr=C3=B6=C3=9Fe"),
            "unknown encoding": ("Content-Transfer-Encoding: no-encoding", "Größe".encode()),
            "no end": ("Content-Type: multipart/mixed; boundary=b", "--b\n\nGröße".encode()),
            "no boundary": ("Content-Type: multipart/mixed", "Größe".encode()),
        }.items():
            with self.subTest(name):
                self.assertRead(f"Subject: x\n{header}\n\n".encode() + content, ["Größe"])

    def test_last_resort_makes_safe_html(self):
        for content_type in ("text/html", "text/plain"):
            with self.subTest(content_type=content_type):
                raw = f"Content-Type: {content_type}\n\nwords\x00 <script>alert(1)</script> bcc-{TOKEN}@x".encode()
                body = self.assertRead(raw, ["words"])
                for bad in ("<script", "\x00", TOKEN):
                    self.assertNotIn(bad, body)

    def test_last_resort_takes_one_of_two_alternatives(self):
        plain, html = ("Content-Type: text/plain", "as text"), ("Content-Type: text/html", "<p>as html</p>")
        self.assertNotIn("as text", self.assertRead(multipart(plain, html, kind="alternative"), ["as html"]))
        both = self.assertRead(multipart(plain, html), ["as text", "as html"])
        self.assertLess(both.index("as text"), both.index("as html"))
        self.assertRead(multipart(plain, kind="alternative"), ["as text"])

    def test_last_resort_reads_attachments(self):
        for header, name in (
            ("Content-Type: application/pdf; name=a.pdf", "a.pdf"),
            ('Content-Disposition: attachment; filename="../x/a.pdf"', "a.pdf"),
            ("Content-Type: text/plain; name==?utf-8?q?=C3=B6=2Etxt?=", "ö.txt"),
            ("Content-Type: application/pdf; name*=utf-8''%C3%B6.pdf", "ö.pdf"),
            ("Content-Type: application/pdf; name*=no-charset''%FF.pdf", "ÿ.pdf"),
            ("Content-Type: application/pdf; name*=undefined''%FF.pdf", "attachment"),
            ("Content-Type: application/pdf", "attachment"),
            (f"Content-Type: application/pdf; name=bcc-{TOKEN}.pdf", "bcc-[hidden].pdf"),
        ):
            with self.subTest(header=header):
                raw = multipart(
                    ("Content-Type: text/plain", "words"), (f"{header}\nContent-Transfer-Encoding: base64", "JVBERg==")
                )
                self.assertRead(raw, ["words"], [(name, b"%PDF")])

    def test_last_resort_takes_what_the_standard_library_cannot(self):
        parts = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(3000))
        self.assertRead(f"Subject: x\n{parts}\n\ndeep words bcc-{TOKEN}".encode(), ["deep words bcc-[hidden]"])
        self.assertRead(b"", [])

    def test_clean_filename(self):
        for name, expected in (
            ("offer.pdf", "offer.pdf"),
            ("/etc/passwd", "passwd"),
            ("C:\\docs\\offer.pdf", "offer.pdf"),
            ("a\nb\x00\u202ec.pdf", "abc.pdf"),
            ("Größe 1.pdf", "Größe 1.pdf"),
            (f"bcc-{TOKEN}.txt", "bcc-[hidden].txt"),
            (f"{'x' * 300}.pdf", f"{'x' * 251}.pdf"),
            ("x" * 300, "x" * 255),
            (f"a.{'x' * 300}", f"a.{'x' * 253}"),
            ("", "attachment"),
            ("..", "attachment"),
            ("a/", "attachment"),
        ):
            with self.subTest(name=name):
                self.assertEqual(clean_filename(name), expected)
