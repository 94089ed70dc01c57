"""Hiding tokens: in texts, however disguised; binary files that reveal one are left out, never changed."""

import base64
import gzip
import hashlib
import html
import quopri
import random
import time
import zipfile
import zlib
from io import BytesIO

from odoo.tests import BaseCase, tagged

from ..tools.redaction import HIDDEN, MAX_UNPACKED, Budget, Secrets

TOKEN = "k3x7q2m5vbcn4tzr6wpa"
OTHER = "abcdefghij234567klmn"
ADDRESS = f"bcc-{TOKEN}@acme.example"
KNOWN, UNKNOWN = Secrets.of([TOKEN.upper()]), Secrets()
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def pack(*contents, method=zipfile.ZIP_DEFLATED):
    """Return an archive of files."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for index, content in enumerate(contents):
            archive.writestr(zipfile.ZipInfo(f"{index}.xml"), content, method)
    return file.getvalue()


def join(separator, text=f"bcc-{TOKEN}"):
    """Return a text with something between its characters."""
    return separator.join(text)


@tagged("post_install", "-at_install")
class TestRedactedText(BaseCase):
    def test_disguises(self):
        """With invisible characters in it, and with other encodings of its characters."""
        wide = "".join(f"%{ord(char):02x}" for char in f"bcc-{TOKEN}")
        texts = {
            "plain": f"bcc-{TOKEN}",
            "capitals": f"BCC-{TOKEN.upper()}",
            "word breaks": join("<wbr>"),
            "word breaks of XHTML": join("<wbr />"),
            "escaped word breaks": join("&lt;wbr&gt;"),
            "soft hyphens": join("\u00ad"),
            "soft hyphens of HTML": join("&shy;"),
            "soft hyphens by number": join("&#173;"),
            "soft hyphens by hexadecimal number": join("&#x00AD;"),
            "soft hyphens of quoted-printable": join("=C2=AD"),
            "soft hyphens in a URL": join("%C2%AD"),
            "zero-width spaces": join("\u200b"),
            "zero-width spaces of HTML": join("&#8203;"),
            "joiners": join("\u2060\u200d"),
            "zero-width spaces of JSON": join(r"\u200b"),
            "zero-width spaces read as Latin-1": join("\u200b".encode().decode("latin-1")),
            "tags": join("</span><span style='x'>"),
            "entities": "".join(f"&#{ord(char)};" for char in f"bcc-{TOKEN}"),
            "hexadecimal entities": "".join(f"&#x{ord(char):X};" for char in f"bcc-{TOKEN}"),
            "percent characters": wide,
            "percent characters twice": wide.replace("%", "%25"),
            "quoted-printable": wide.replace("%", "="),
            "JSON": wide.replace("%", r"\u00"),
            "a hyphen in a URL": f"bcc%2D{TOKEN}",
            "another hyphen": f"bcc\u2011{TOKEN}",
            "a soft line break": f"bcc-{TOKEN[:5]}=\r\n{TOKEN[5:]}",
            "all at once": f"b<wbr>&#99;%63\u200b=2d{TOKEN[:3]}&shy;<b>{TOKEN[3:]}</b>",
        }
        for name, text in texts.items():
            for secrets in (KNOWN, UNKNOWN):
                with self.subTest(name, secrets=secrets):
                    redacted = secrets.redact(f"<p>To: {text}@acme.example</p>")
                    self.assertTrue(secrets.is_in(text))
                    self.assertRegex(redacted, rf"^<p>To: (<b>)?{HIDDEN[:4]}\[hidden\](</\w+>)*@acme.example</p>$")

    def test_bare_token(self):
        """A known token is hidden everywhere; an unknown one only in an address."""
        for text in (TOKEN, f"=\xbcc-{TOKEN}", f"x{TOKEN}x", TOKEN.upper(), join("\u200b", TOKEN), f"=34{TOKEN}"):
            with self.subTest(text=text):
                redacted = KNOWN.redact(text)
                self.assertIn(HIDDEN, redacted)
                self.assertFalse(KNOWN.is_in(redacted))
                self.assertFalse(UNKNOWN.is_in(text))
        # it begins like the code of a character, behind an equals sign that is none
        digits = Secrets.of(["34x7q2m5vbcn4tzr6wpa"])
        self.assertEqual(digits.redact("a=34x7q2m5vbcn4tzr6wpa"), f"a={HIDDEN}")

    def test_suffix(self):
        """It is hidden together with the token; what follows a token alone is not."""
        for text, redacted in {
            f"bcc-{TOKEN}+lead42@acme.example": f"{HIDDEN}@acme.example",
            f"crm+BCC-{TOKEN}+Lead42+todo3d@acme.example": f"crm+{HIDDEN}@acme.example",
            f"mailto:?bcc=bcc-{TOKEN}%2Blead42@acme.example": f"mailto:?bcc={HIDDEN}@acme.example",
            f"bcc-{TOKEN}%2Blead42%40acme.example": f"{HIDDEN}%40acme.example",
            f"bcc-{TOKEN}<wbr>+lead<wbr>42@acme.example": f"{HIDDEN}@acme.example",
            f"bcc-{TOKEN}+lead42": f"{HIDDEN}+lead42",
            f"bcc-{TOKEN}+1 for a@b.example": f"{HIDDEN}+1 for a@b.example",
            f"bcc-{TOKEN}+{'x' * 201}@b.example": f"{HIDDEN}+{'x' * 201}@b.example",
        }.items():
            for secrets in (KNOWN, UNKNOWN):
                with self.subTest(text, secrets=secrets):
                    self.assertEqual(secrets.redact(text), redacted)

    def test_one_in_the_other(self):
        """Nested encodings."""
        text = f"bcc-{TOKEN}".replace("3", "%3&#51;")
        self.assertEqual(KNOWN.redact(f"x {text} y"), f"x {HIDDEN} y")

    def test_what_is_none(self):
        """Similar texts are not changed."""
        texts = (
            "",
            "bcc-mail to all",
            f"bcc-{OTHER[1:]}",
            f"bcc {OTHER}",
            f"bcc-\n{OTHER}",
            OTHER,
            TOKEN[1:],
            "<a href='https://x.example/?a=%62&amp;b=c'>&#98;&shy;\u200bc</a> =62 =\n",
        )
        for text in texts:
            with self.subTest(text=text):
                for secrets in (KNOWN, UNKNOWN):
                    self.assertEqual(secrets.redact(text), text)
                    self.assertFalse(secrets.is_in(text))
                    self.assertEqual(secrets.clean_file(text.encode()), text.encode())

    def test_tokens_are_not_shown(self):
        """Tokens are in no repr: neither in errors nor in logs."""
        self.assertNotIn(TOKEN, repr(KNOWN))
        self.assertEqual(KNOWN, Secrets.of([TOKEN]))
        self.assertEqual(hash(KNOWN), hash(Secrets.of([TOKEN])))


@tagged("post_install", "-at_install")
class TestRedactedFile(BaseCase):
    def test_text(self):
        """In texts only the token is changed, whatever the charset."""
        for before, after in (
            (b"Gr\xfc\xdfe, ", b"\r\n\xa4"),
            ("見積 ".encode(), b"\n"),
            (b"\x1b$B8+\x1b(B", b"\t\x0c"),
        ):
            for secrets in (KNOWN, UNKNOWN):
                self.assertEqual(
                    secrets.clean_file(before + ADDRESS.encode() + after), before + b"bcc-[hidden]@acme.example" + after
                )
                self.assertEqual(secrets.clean_file(before + after), before + after)
        for encoding in ("utf-16-le", "utf-16-be"):
            text, hidden = (f"\ufeffGrüße {word}\r\n".encode(encoding) for word in (join("\u200b"), HIDDEN))
            self.assertEqual(KNOWN.clean_file(text), hidden)
            self.assertEqual(UNKNOWN.clean_file(text), hidden)

    def test_revealing_files(self):
        """Files that contain a token and cannot be changed are left out."""
        address = ADDRESS.encode()
        document = f"<w:t>bcc-{TOKEN[:4]}</w:t></w:r><w:r><w:t>{TOKEN[4:]}</w:t>".encode()
        pdf_text = f"[(bcc-)-2.5({TOKEN[:9]})120({TOKEN[9:]})] TJ".encode()
        pdf = b"%%PDF-1.4\n1 0 obj <<>>\nstream\r\n%s\nendstream\nendobj"
        files = {
            "raw": PNG + address,
            "in capitals": PNG + address.upper(),
            "UTF-16LE": PNG + ADDRESS.encode("utf-16-le"),
            "UTF-16BE": PNG + ADDRESS.encode("utf-16-be"),
            "UTF-16 without a mark": f"Hello {ADDRESS}".encode("utf-16-le"),
            "UTF-32": ADDRESS.encode("utf-32"),
            "stored": pack(address, method=zipfile.ZIP_STORED),
            "deflated": pack(b"x" * 1000, b"y " * 99 + address),
            "document": pack(document),
            "archive in an archive": pack(pack(document)),
            "behind something": b"#!/bin/sh\0" + pack(address),
            "gzip": gzip.compress(address),
            "PDF": pdf % zlib.compress(b"BT (" + address + b") Tj ET"),
            "PDF with kerning": pdf % zlib.compress(pdf_text),
            "PDF with a link": b"%PDF-1.4\n/URI (mailto:" + address + b")",
            "mail with an archive": b"Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(pack(address)),
            "picture in HTML": b"<img src='data:image/png;base64," + base64.b64encode(PNG + address) + b"'>",
            "mail in a mail": base64.encodebytes(b"Subject: x\n\n" + base64.encodebytes(b"y" * 30 + address)),
        }
        for name, content in files.items():
            for secrets in (KNOWN, UNKNOWN):
                with self.subTest(name, secrets=secrets):
                    self.assertTrue(secrets.is_revealed_by(content))
                    self.assertEqual(secrets.redact_bytes(content), content)
                    self.assertIsNone(secrets.clean_file(content))

    def test_known_token_encoded(self):
        """A known token is found in base64 at any position, folded or not, in upper case, and in hexadecimal."""
        for text in (TOKEN, TOKEN.upper(), TOKEN.title(), TOKEN[:7].upper() + TOKEN[7:]):
            for encoding in ("ascii", "utf-16-le", "utf-16-be"):
                for place in range(6):
                    encoded = base64.b64encode(b"x" * place + text.encode(encoding) + b"y" * (place % 4))
                    for content in (
                        encoded,
                        b"\0" + encoded,
                        b"a" + encoded,
                        b"\r\n\t".join([encoded[:9], encoded[9:]]),
                    ):
                        self.assertTrue(KNOWN.is_revealed_by(content), (text, encoding, place))
        for digits in (TOKEN.encode().hex(), TOKEN.encode().hex().upper(), TOKEN.encode("utf-16-be").hex()):
            self.assertTrue(KNOWN.is_revealed_by(f"%PDF-1.4 <{digits}>".encode()))
            self.assertIsNone(KNOWN.clean_file(digits.encode()))

    def test_mail(self):
        """An attached mail is text, in which the token is hidden, unless a part of it is encoded."""
        for body in (ADDRESS, quopri.encodestring(f"ü {ADDRESS} =".encode()).decode(), html.escape(ADDRESS)):
            mail = f"Bcc: {ADDRESS}\nSubject: x\n\n{body}\n"
            self.assertEqual(KNOWN.clean_file(mail.encode()), mail.replace(f"bcc-{TOKEN}", HIDDEN).encode())

    def test_innocent_files(self):
        """Files without a token are not changed."""
        noise = bytes(range(256)) * 99
        files = (b"", PNG, noise, pack(noise), gzip.compress(noise), base64.encodebytes(noise), b"%PDF-1.4\nstream\n")
        for content in files:
            for secrets in (KNOWN, UNKNOWN):
                self.assertIs(secrets.clean_file(content), content)

    def test_broken_files(self):
        """Broken archives do not raise, and are not changed."""
        archive = pack(b"x" * 100)
        encrypted = bytearray(archive)
        encrypted[6] |= 1
        encrypted[archive.index(b"PK\1\2") + 8] |= 1
        files = (
            *(archive[:end] for end in range(0, len(archive), 7)),
            archive[:35] + b"\xff" * 9 + archive[44:],
            bytes(encrypted),
            pack(b"x", method=zipfile.ZIP_LZMA),
            b"PK\1\2" * 20_000 + archive,
            b"\x1f\x8b" + b"x" * 99,
            b"%PDF stream\nxx",
            b"%PDF stream\nxxendstream",
            b"\xff\xfe\0\xd8x",
        )
        for content in files:
            self.assertIs(KNOWN.clean_file(content), content)

    def test_many_files(self):
        """However much was unpacked of other files, each is searched as far as documents need it."""
        document = pack(*[random.Random(4).randbytes(300)] * 20, b" " * 20_000 + ADDRESS.encode())
        self.assertTrue(KNOWN.is_revealed_by(document, Budget(0, 0)))
        digests = "".join(f"{number}, {hashlib.sha256(b'%d' % number).hexdigest()}\n" for number in range(12_000))
        budget = Budget()
        self.assertFalse(KNOWN.is_revealed_by(digests.encode(), budget))
        self.assertTrue(KNOWN.is_revealed_by(gzip.compress(ADDRESS.encode()), budget))

    def test_cost(self):
        """Time is linear, and archive bombs are unpacked up to a limit."""
        megabyte = 1024**2
        bomb = pack(*[bytes(MAX_UNPACKED // 2)] * 4)
        stream = b"stream\n" + zlib.compress(bytes(5 * megabyte)) + b"\nendstream"
        files = {
            "archive": bomb,
            "archives in archives": pack(*[pack(*[bomb] * 4)] * 4),
            "gzip": gzip.compress(bytes(2 * MAX_UNPACKED), 1),
            "PDF": b"%PDF\0" + stream * 100,
            **{
                repr(part): part * (megabyte // len(part))
                for part in (
                    b"A" * 27 + b" ", b"&#98;", b"b<b>", b"<b ", b"bcc-", b"=62", b"&lt;wbr", b"%2525", b"PK\1\2",
                    b"\xe2\x80", b"=\t", b"<a", b"&#0", b"stream\n", b"\0", b"a", b"\\u00",
                )
            },
        }  # fmt: skip
        started = time.process_time()
        for name, content in files.items():
            with self.subTest(name):
                self.assertIs(KNOWN.clean_file(content), content)
        self.assertLess(time.process_time() - started, 30)
