# letters that look like others are what this is about
# ruff: noqa: RUF001
"""Decoding of texts, headers and names, whatever charset a mail declares."""

import time
from base64 import b64encode
from email.quoprimime import header_encode

from odoo.tests import BaseCase, tagged

from ..tools.address import parse_addresses
from ..tools.charset import decode_base64, decode_header, decode_text, decode_words
from .content import Read, file, html, plain, put_together

NEC = b"\x1b$B8+@Q=q\x1b(B \x1b$B-!-j\x1b(B"  # 見積書 ①㈱ in the rows of NEC
TEXTS = {
    "western": ("Grüße, 5 € – “très bien”", "cp1252"),
    "polish": ("Zażółć gęślą jaźń, proszę o ofertę", "cp1250"),
    "russian": ("Здравствуйте, высылаю коммерческое предложение", "cp1251"),
    "russian, unix": ("Здравствуйте, высылаю коммерческое предложение", "koi8-r"),
    "greek": ("Καλημέρα σας, στέλνω την προσφορά", "cp1253"),
    "hebrew": ("שלום, מצורפת הצעת המחיר", "cp1255"),
    "chinese": ("您好,請查收報價單,价格没有变化", "gb18030"),
    "korean": ("안녕하세요, 견적서를 보내드립니다", "cp949"),
    "japanese": ("見積書をお送りします。よろしくお願いいたします", "cp932"),
}
# the label, and the bytes that programs write under it
LABELS = [
    ("iso-8859-1", "cp1252", "5 € – “gut”"),
    ("ISO_8859-1:1987", "cp1252", "5 €"),
    ("latin1", "cp1252", "it’s"),
    ("us-ascii", "cp1252", "it’s 5 €"),
    ("iso-8859-9", "cp1254", "Teşekkürler, 5 €"),
    ("windows-1258", "cp1252", "m’été"),
    ("gb2312", "gb18030", "報價單"),
    ("GB_2312-80", "gbk", "張潔"),
    ("x-gbk", "gbk", "您好"),
    ("chinese", "gb18030", "您好"),
    ("shift_jis", "cp932", "見積書①髙橋"),
    ("Shift-JIS", "cp932", "㈱"),
    ("x-sjis", "cp932", "見積書です"),
    ("windows-31j", "cp932", "①"),
    ("ks_c_5601-1987", "cp949", "똠방"),
    ("euc-kr", "cp949", "똠방"),
    ("big5", "big5hkscs", "報價單 嘅"),
    ("cn-big5", "big5hkscs", "報價單"),
    ("x-euc-jp", "euc-jp", "見積書"),
    ("tis-620", "cp874", "สวัสดี"),
    ("iso-8859-8-i", "iso8859-8", "שלום"),
    ("koi8-u", "koi8-u", "Привіт, їжак"),
    ("x-mac-roman", "mac-roman", "Grüße"),
    ("ibm850", "cp850", "Grüße"),
    ("ibm857", "cp857", "Iğdır"),
    ("x-mac-greek", "mac-greek", "Καλημέρα"),
    ("unicode-1-1-utf-7", "utf-7", "Grüße"),
    ("'utf-8'", "utf-8", "Grüße"),
    ("utf8", "utf-8", "Grüße"),
    ("UTF-8 (comment)", "utf-8", "Grüße"),
    ("utf-16", "utf-16-be", "Grüße"),
    ("utf-16le", "utf-16-le", "Grüße"),
    ("utf-16be", "utf-16-be", "При"),
    ("utf-16be", "utf-16-be", "見積書格一"),
    ("koi8-ru", "koi8-u", "Привіт"),
    ("csISOLatin1", "cp1252", "5 €"),
    ("big5", "cp950", "價格€"),
    ("iso-8859-2", "cp1250", "Wyślę, Śląsk"),
]


@tagged("post_install", "-at_install")
class TestLetters(BaseCase):
    def test_labels(self):
        for label, codec, text in LABELS:
            with self.subTest(label):
                self.assertEqual(decode_text(text.encode(codec), label), text)

    def test_iso_2022_jp_of_all_programs(self):
        for content, text in (
            ("見積書 ほげ".encode("iso2022_jp"), "見積書 ほげ"),
            (NEC, "見積書 ①㈱"),
            (b'\x1b$By"\x1b(B', "褜"),  # of IBM
            (b"\x1b(I6E\x1b(B", "ｶﾅ"),
            ("ほげ".encode(), "ほげ"),
        ):
            with self.subTest(text):
                self.assertEqual(decode_text(content, "iso-2022-jp"), text)
        for label in ("us-ascii", "utf-8", "shift_jis", "iso-8859-1"):
            self.assertEqual(decode_text(NEC, label), "見積書 ①㈱")

    def test_iso_2022_jp_with_text_of_other_programs(self):
        quote = b"\x1b$B8+@Q=q\x1b(B"
        for added, text in (
            ("フッター".encode(), "フッター"),
            ("ﾌｯﾀ".encode("cp932"), "ﾌｯﾀ"),
            (b"\xa0Sam", "\xa0Sam"),
            ("Grüße".encode("cp1252"), "Grüße"),
        ):
            for content in (quote + b"\n" + added, b"\x1b$B8+@Q=q\n" + added):
                with self.subTest(content):
                    self.assertEqual(decode_text(content, "iso-2022-jp"), f"見積書\n{text}")

    def test_euc_jp_of_windows(self):
        """Python's codec lacks the rows of NEC and IBM."""
        content = (
            "株式会社".encode("euc-jp") + b"\xad\xa1\xad\xea ABC " + b"\x8e\xb6\x8f\xb0\xa1" + "です".encode("euc-jp")
        )
        self.assertEqual(decode_text(content, "euc-jp"), "株式会社①㈱ ABC ｶ丂です")
        self.assertEqual(decode_words(f"=?euc-jp?B?{b64encode(content).decode()}?="), "株式会社①㈱ ABC ｶ丂です")

    def test_wide_charset_of_narrow_text(self):
        """Programs copy a label from a database or from a page."""
        for content in (b"Hello World, this is text", "Grüße aus Köln".encode(), "<p>Grüße</p>".encode("cp1252")):
            for label in ("utf-16", "unicode", "utf-16be"):
                with self.subTest(content, label=label):
                    expected = content.decode("cp1252" if b"<p>" in content else "utf-8")
                    self.assertEqual(decode_text(content, label), expected)

    def test_wide_charset_of_long_texts(self):
        for offset in range(3):
            text = "x" * offset + "Grüße aus Köln " * 500
            with self.subTest(offset=offset):
                self.assertEqual(decode_text(text.encode(), "utf-16"), text)

    def test_headers(self):
        """UTF-8 if it is valid, whatever the charset of the text."""
        for label in ("shift_jis", "big5", "utf-16", "utf-7", "koi8-r", None):
            with self.subTest(label):
                self.assertEqual(decode_header("Grüße ü".encode(), label), "Grüße ü")
        for text, label in (("Счёт 5", "koi8-r"), ("報價單", "big5"), ("見積書です", "shift_jis")):
            self.assertEqual(decode_header(text.encode(label), label), text)

    def test_utf_8_with_a_stray_byte_in_another_charset(self):
        content = "Grüße aus Köln, schöne Grüße".encode() + b" it\x92s"
        for label in ("iso-8859-1", "windows-1252", "iso-8859-15", "windows-1251", "koi8-r"):
            with self.subTest(label):
                self.assertEqual(decode_text(content, label), "Grüße aus Köln, schöne Grüße it’s")
        for name, (text, codec) in TEXTS.items():
            with self.subTest(name):
                self.assertEqual(decode_text(text.upper().encode(codec), codec), text.upper())

    def test_no_charset_or_one_that_does_not_fit(self):
        for name, (text, codec) in TEXTS.items():
            for label in (None, "us-ascii", "utf-8", "x-unknown", "unknown-8bit"):
                with self.subTest(name, label=label):
                    self.assertEqual(decode_text(text.encode(codec), label), text)
        for label in (
            None,
            "us-ascii",
            "x-unknown",
            "iso-8859-1",
            "windows-1251",
            "gb2312",
            "shift_jis",
            "iso-2022-jp",
        ):
            with self.subTest(label):
                self.assertEqual(
                    decode_text("Grüße aus Köln, 100 €, müde".encode(), label), "Grüße aus Köln, 100 €, müde"
                )

    def test_letters_in_two_halves(self):
        self.assertEqual(decode_text(b"\xed\xa0\xbd\xed\xb8\x80 a", "utf-8"), "\U0001f600 a")

    def test_few_letters(self):
        """Texts with too few letters for a detector are windows-1252."""
        for text in ("it’s 100 €", "Köln", "¿Qué tal?", "é"):
            for label in (None, "us-ascii", "utf-8"):
                with self.subTest(text, label=label):
                    self.assertEqual(decode_text(text.encode("cp1252"), label), text)

    def test_stray_bytes(self):
        self.assertEqual(decode_text("Grüße, 100 € it".encode() + b"\x92s", "utf-8"), "Grüße, 100 € it’s")
        self.assertEqual(
            decode_text("価格は百円です、よろしくお願いします".encode("cp932") + b"\xff", "shift_jis")[:4], "価格は百"
        )
        self.assertEqual(decode_text("Müller".encode("latin-1") + b"\x81", "iso-8859-1"), "Müller\x81")
        self.assertEqual(decode_text("價格100".encode("gbk") + b"\x80", "gb2312"), "價格100€")
        self.assertEqual(decode_text(b"it\x92s \x96 \xe9", "iso-8859-15"), "it’s – é")

    def test_marks_of_order(self):
        for codec in ("utf-8-sig", "utf-16"):
            for label in (None, "utf-8", "us-ascii", "iso-8859-1"):
                self.assertEqual(decode_text("Grüße".encode(codec), label), "Grüße")

    def test_html_that_names_its_charset(self):
        for meta in (
            '<meta charset="windows-1251">',
            "<META http-equiv=Content-Type content='text/html; charset=windows-1251'>",
            "<?xml version='1.0' encoding='windows-1251'?>",
        ):
            for label in (None, "us-ascii", "x-unknown", "utf-8"):
                with self.subTest(meta, label=label):
                    self.assertIn("Да", decode_text(f"{meta}<p>Да".encode("cp1251"), label, is_html=True))
        text = "<meta charset=windows-1252><p>Grüße aus Köln"
        self.assertEqual(decode_text(text.encode(), None, is_html=True), text, "it is UTF-8, whatever it says")

    def test_bodies(self):
        for content in (
            plain("Grüße".encode("cp1252"), ""),
            html("<meta charset=iso-8859-1><p>Grüße".encode("cp1252"), ""),
            plain("Grüße", "; charset=iso-8859-1"),
            b"\nGr\xfc\xdfe",
        ):
            self.assertEqual(Read(content).text, "Grüße")

    def test_what_cannot_be_read_is_said(self):
        self.assertEqual(Read(plain("Grüße")).remarks, [])
        self.assertEqual(
            Read(
                plain("見積書をお送りします。よろしくお願いいたします".encode("euc-jp") + b"\x1b", "; charset=euc-jp")
            ).remarks,
            [],
        )
        self.assertEqual(Read(plain("a\ufffdb")).remarks, ["letters"])

    def test_encoded_words(self):
        for label, codec, text in LABELS:
            if "(" in label or "'" in label:
                continue
            for word in (
                f"=?{label}?B?{b64encode(text.encode(codec)).decode()}?=",
                header_encode(text.encode(codec), label),
            ):
                with self.subTest(word):
                    self.assertEqual(decode_words(word), text)

    def test_encoded_words_as_programs_write_them(self):
        for words, text in (
            ("=?utf-8?q?Angebot_f=C3?= =?utf-8?q?=BCr?= Carla", "Angebot für Carla"),
            ("=?utf-8?Q?Angebot für Carla?=", "Angebot für Carla"),
            ("=?utf-8*de?b?R3LDvMOfZQ==?=", "Grüße"),
            ("=?utf-8?B?R3LDvMOfZSBh?= =?utf-8?B?dXMgS8O2b", "Grüße aus Kö"),
            ("=?utf-8?Q?Angebot_f=C3=BCr_C", "Angebot für C"),
            ("=?utf-8?B?R3LD =?utf-8?B?R3LD", "=?utf-8?B?R3LD =?utf-8?B?R3LD"),
            ("=?utf-8?b?R3LDvMOfZQ?=", "Grüße"),
            ("=?utf-8?b?R3LDvMOf?=\r\n =?utf-8?b?ZQ==?=", "Grüße"),
            ("a=?utf-8?q?=C3=B6?=b", "aöb"),
            ("=?utf-8?q?what??=", "what?"),
            ("=?iso-2022-jp?b?GyRCOCsbKEI=?= =?iso-2022-jp?b?GyRCQFEbKEI=?=", "見積"),
            ("=?iso-2022-jp?B?GyRCOCtAUQ==?=\n =?iso-2022-jp?B?PXEbKEI=?=", "見積書"),
            ("=?utf-8?B?R3LDvA==w59l?=", "Grüße"),
            ("=?x-unknown?q?Gr=FC=DFe?=", "Grüße"),
            ("=?punycode?q?Grue-kva?=", "Grue-kva"),
            ("=?utf-8?x?a?= =? =?a?b", "=?utf-8?x?a?= =? =?a?b"),
        ):
            with self.subTest(words):
                self.assertEqual(decode_words(words), text)

    def test_names(self):
        [address] = parse_addresses("=?gb2312?B?j4idjQ==?= <c@customer.example>")
        self.assertEqual((address.name, address.email), ("張潔", "c@customer.example"))
        name = b64encode("報價單".encode("gbk")).decode()
        read = Read(put_together("mixed", plain("x"), file(f'application/pdf; name="=?gb2312?B?{name}?=.pdf"')))
        self.assertEqual(read.files[0][0], "報價單.pdf")

    def test_base64(self):
        for content, expected in (
            (b"R3Lw", b"Gr\xf0"),
            (b"QUI=", b"AB"),
            (b"QUI", b"AB"),
            (b"QUJDR", b"ABC"),
            (b"QU\r\nJD\r\n", b"ABC"),
            (b"QUI=\nQUJDREVGR0g=", b"ABABCDEFGH"),
            (b"SGVsbG8sCg==\nQnllCg==\nU2FtCg==\n", b"Hello,\nBye\nSam\n"),
            (b"Q!U*J-D", b"ABC"),
            (b"", b""),
        ):
            with self.subTest(content):
                self.assertEqual(decode_base64(content), expected)

    def test_codecs_that_are_no_charsets(self):
        """Codecs that are no charsets are never used: some are quadratic, others do not return text."""
        for label in (
            "punycode",
            "idna",
            "unicode_escape",
            "raw_unicode_escape",
            "rot13",
            "hex",
            "zlib",
            "base64",
            "mbcs",
        ):
            with self.subTest(label):
                self.assertEqual(decode_text(b"abc-\xe9\\u0041", label), "abc-é\\u0041")

    def test_time(self):
        """Decoding is linear for any label and any bytes."""
        pieces = [b"\x80\xff", b'\x1b$B"x\x1b(B', b"+AGE-", bytes(range(256)), b"~{", b"a-", b"\xe4\xb8", b"<meta "]
        labels = [None, "utf-8", "utf-7", "utf-16", "punycode", "gb2312", "big5", "shift_jis", "euc-kr", "iso-2022-jp"]
        decode_text(b"\xe4" * 100)  # the detector loads what it needs once
        for label in [*labels, "iso-2022-kr", "hz-gb-2312", "idna", "iso-8859-1"]:
            for piece in pieces:
                with self.subTest(label, piece=piece):
                    started = time.process_time()
                    decode_text(piece * (2**17 // len(piece)), label, is_html=True)
                    self.assertLess(time.process_time() - started, 5)
        for piece in ("=?a?q?x", "=?a?q?x?=", "=?utf-8?b?", "?=", "=?", "=?utf-8?q?=C3?= "):
            with self.subTest(piece):
                started = time.process_time()
                decode_words("=?utf-8?q?" + piece * 10_000 + "?=")
                decode_words(piece * 10_000)
                self.assertLess(time.process_time() - started, 5)
