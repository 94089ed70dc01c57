"""Wrapped mail: S/MIME, PGP, ``winmail.dat``."""

import base64
import email
import struct
import time
import zlib
from datetime import datetime, timedelta, timezone

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from odoo.tests import BaseCase, tagged

from ..tools.raw_mail import RawMail
from ..tools.rtf import MAX_RTF, decompress, read_rtf
from ..tools.tnef import SIGNATURE, Budget
from ..tools.wrapped import PGP, SMIME, find_encryption, open_signed, unpack_tnef

PKCS7 = "application/pkcs7-mime"
TNEF = "application/ms-tnef"
DATA, SIGNED, ENVELOPED, COMPRESSED = (
    bytes.fromhex(f"06{len(oid) // 2:02x}{oid}")
    for oid in ("2a864886f70d010701", "2a864886f70d010702", "2a864886f70d010703", "2a864886f70d0109100109")
)
MIME = b"Content-Type: text/plain\r\n\r\nSigned, s\xc3\xbc\xc3\x9f\x00\x00"

BODY, SUBJECT, CLASS, FILE_DATA, FILE_TITLE, NEW_FILE = 0x800C, 0x8004, 0x8008, 0x800F, 0x8010, 0x9002
PROPERTIES, FILE_PROPERTIES, CODEPAGE = 0x9003, 0x9005, 0x9007
STRING, UNICODE, BINARY, OBJECT, LONG, TIME = 0x1E, 0x1F, 0x102, 0x0D, 0x03, 0x40
MAIL_INTERFACE = bytes.fromhex("0703020000000000c000000000000046")
ENDLESS = 0xFFFFFFFF


def value(tag, content, *, streamed=False):
    """Return a BER value of definite or indefinite length."""
    if streamed:
        return bytes([tag, 0x80]) + content + b"\0\0"
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8 or 1, "big")
    return bytes([tag]) + (size if len(content) < 0x80 else bytes([0x80 + len(size)]) + size) + content


def make_message(octets, kind=SIGNED, *, streamed=False):
    """Return a message around an octet string, as OpenSSL writes it."""
    inner = value(0x30, DATA + value(0xA0, octets, streamed=streamed), streamed=streamed)
    message = value(2, b"\1") + value(0x31, value(0x30, b"\6\1\1")) + inner + value(0x31, b"")
    return value(
        0x30, kind + value(0xA0, value(0x30, message, streamed=streamed), streamed=streamed), streamed=streamed
    )


def make_tnef(*attributes):
    """Return a ``winmail.dat`` with attributes, each a name and data."""
    parts = [struct.pack("<BHHI", 1, name, 0, len(data)) + data + b"\0\0" for name, data in attributes]
    return SIGNATURE + b"\1\0" + b"".join(parts)


def make_properties(*properties, count=None):
    """Return properties, each a type, a name, and bytes or a number."""
    parts = [struct.pack("<I", len(properties) if count is None else count)]
    for kind, name, content in properties:
        parts.append(struct.pack("<HH", kind, name))
        if isinstance(content, int):
            parts.append(content.to_bytes(8 if kind == TIME else 4, "little"))
        else:
            parts.append(struct.pack("<II", 1, len(content)) + content + b"\0" * (-len(content) % 4))
    return b"".join(parts)


def make_bomb(size):
    """Return compressed Rich Text of references to the previous character with the greatest length."""
    packed, position = bytearray(struct.pack("<IIII", 0, ENDLESS, 0x75465A4C, 0)), 207
    for _run in range(size // (8 * 17)):
        packed.append(0xFF)
        for _reference in range(8):
            packed += ((position - 1) % 4096 << 4 | 15).to_bytes(2, "big")
            position += 17
    return bytes(packed)


def compress(rtf):
    """Return Rich Text in the compressed format without references."""
    runs = [b"\0" + rtf[start : start + 8] for start in range(0, len(rtf), 8)]
    return struct.pack("<IIII", 0, len(rtf), 0x75465A4C, 0) + b"".join(runs)


@tagged("post_install", "-at_install")
class TestSmime(BaseCase):
    """Opaque signatures are opened without a key; encryption is recognised."""

    def test_signed(self):
        """A mail signed by OpenSSL."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "rep")])
        now = datetime(2026, 1, 1)
        certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(1)).sign(
            key, hashes.SHA256()
        )
        builder = pkcs7.PKCS7SignatureBuilder().set_data(MIME).add_signer(certificate, key, hashes.SHA256())
        signed = builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])
        self.assertEqual(open_signed(signed, PKCS7), MIME)
        detached = builder.sign(
            serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.DetachedSignature]
        )
        self.assertIsNone(open_signed(detached, PKCS7))

    def test_forms(self):
        """Definite and indefinite lengths, nested pieces, and base64 around the message."""
        pieces = b"".join(value(4, MIME[start : start + 7]) for start in range(0, len(MIME), 7))
        nested = value(0x24, value(4, MIME[:7]), streamed=True) + value(0x24, value(4, MIME[7:]))
        plain = make_message(value(4, MIME))
        forms = {
            "definite": plain,
            "streamed": make_message(value(0x24, pieces, streamed=True), streamed=True),
            "streamed as one": make_message(value(4, MIME), streamed=True),
            "pieces of a known length": make_message(value(0x24, pieces)),
            "pieces in pieces": make_message(value(0x24, nested, streamed=True), streamed=True),
            "cut short behind the mail": make_message(value(4, MIME))[:-2],
            "base64": base64.encodebytes(plain),
            "PEM": b"-----BEGIN PKCS7-----\n" + base64.encodebytes(plain) + b"-----END PKCS7-----\n",
            "compressed": make_message(value(4, zlib.compress(MIME)), COMPRESSED),
        }
        for form, message in forms.items():
            with self.subTest(form):
                self.assertEqual(open_signed(message, PKCS7), MIME)
                self.assertEqual(open_signed(message, "application/octet-stream", "Smime.P7M"), MIME)
                self.assertIsNone(open_signed(message, "application/octet-stream", "smime.bin"))
                self.assertEqual(find_encryption(message, PKCS7), "")
        self.assertEqual(open_signed(make_message(value(4, b"")), PKCS7), b"")
        self.assertEqual(open_signed(make_message(value(0x24, b"", streamed=True), streamed=True), PKCS7), b"")

    def test_signed_file(self):
        """A signed file, such as an electronic invoice, stays a file."""
        for signed in (b"<?xml version='1.0'?><invoice/>", b"%PDF-1.4\n", b"", b"Note: x\n\ncontent-type: y"):
            message = make_message(value(4, signed))
            for content_type in (PKCS7, "application/octet-stream"):
                self.assertIsNone(open_signed(message, content_type, "invoice.xml.p7m"))
            self.assertEqual(open_signed(message, PKCS7, "smime.p7m"), signed)
        named = b"X-Folded: a\r\n b\r\nCONTENT-TYPE: text/plain\r\n\r\nx"
        self.assertEqual(open_signed(make_message(value(4, named)), PKCS7, "message.p7m"), named)
        hostile = make_message(value(4, b"A: b\n c\n" * 100_000))
        self.assertIsNone(open_signed(hostile, PKCS7, "message.p7m"))

    def test_encrypted(self):
        """Encrypted parts are recognised as such."""
        pgp = b"-----BEGIN PGP MESSAGE-----\n\nabcd\n-----END PGP MESSAGE-----\n"
        enveloped = make_message(value(4, b"secret"), ENVELOPED)
        cases = (
            (enveloped, PKCS7, "", SMIME),
            (enveloped, "application/x-pkcs7-mime", "", SMIME),
            (base64.b64encode(enveloped), "application/octet-stream", "smime.p7m", SMIME),
            (b"\x30\x80" + ENVELOPED + b"x" * 30, PKCS7, "", SMIME),  # broken
            (enveloped, "application/octet-stream", "file.bin", ""),
            (make_message(value(4, b"signed")), PKCS7, "", ""),
            (b"", PKCS7, "", ""),
            (b"Version: 1\n", "application/pgp-encrypted", "", PGP),
            (pgp, "application/octet-stream", "encrypted.asc", PGP),
            (pgp, "text/plain", "", PGP),
            (b"Hello\r\n\r\n" + pgp.replace(b"\n", b"\r\n"), "text/plain", "", PGP),
            (b"Write -----BEGIN PGP MESSAGE----- above it", "text/plain", "", ""),
            (b"> -----BEGIN PGP MESSAGE-----\n", "text/plain", "", ""),
        )
        for content, content_type, name, expected in cases:
            with self.subTest(content=content[:40], content_type=content_type, name=name):
                self.assertEqual(find_encryption(content, content_type, name), expected)
                self.assertIsNone(open_signed(enveloped, PKCS7))

    def test_hostile(self):
        """Hostile input is rejected in linear time."""
        before = b"\x30\x80" + SIGNED + b"\xa0\x80\x30\x80\2\1\1"
        opened = before + b"\x31\0\x30\x80" + DATA + b"\xa0\x80"
        tails = {
            "nested": before + b"\x30\x80" * 500_000,
            "ends alone": before + b"\0\0" * 500_000,
            "values": before + b"\x30\x80" + b"\5\0" * 500_000,
            "a huge length": before + b"\x31\xff" + b"\xff" * 127,
            "tiny pieces": opened + b"\x24\x80" + b"\4\1a" * 500_000,
            "nested pieces": opened + b"\x24\x80" * 500_000,
            "a tag of several bytes": opened + b"\x3f" + b"\xff" * 500_000,
            "no length": opened + b"\4\x80",
            "another type": opened + b"\2\1\1",
            "no zlib": make_message(value(4, b"x"), COMPRESSED),
            "nothing": b"",
            "one byte": b"\x30",
        }
        started = time.process_time()
        for tail, content in tails.items():
            with self.subTest(tail):
                self.assertIsNone(open_signed(content, PKCS7))
        self.assertEqual(open_signed(opened + b"\4\x88" + b"\xff" * 8 + b"cut", PKCS7), b"cut")
        self.assertLess(time.process_time() - started, 10)

    def test_compressed_bomb(self):
        """A mail over the limit stays a file."""
        bomb = make_message(value(4, zlib.compress(bytes(60 * 1024**2), 9)), COMPRESSED)
        self.assertIsNone(open_signed(bomb, PKCS7))
        packed = make_message(value(4, zlib.compress(MIME)), COMPRESSED)
        self.assertEqual(open_signed(packed, PKCS7, limit=len(MIME)), MIME)
        for limit in (len(MIME) - 1, 0, -1):
            self.assertIsNone(open_signed(packed, PKCS7, limit=limit))

    def test_truncated(self):
        """Truncated messages do not raise."""
        message = make_message(value(0x24, value(4, b"ab") + value(4, b"cd"), streamed=True), streamed=True)
        for end in range(len(message)):
            opened = open_signed(message[:end], PKCS7)
            self.assertIn(opened, (None, b"", b"a", b"ab", b"abc", b"abcd"))


@tagged("post_install", "-at_install")
class TestTnef(BaseCase):
    """``winmail.dat`` is unpacked."""

    def test_classic(self):
        """Attributes of old programs, in the declared code page."""
        mail = unpack_tnef(
            make_tnef(
                (CODEPAGE, struct.pack("<II", 1251, 0)),
                (SUBJECT, "Счёт\0".encode("cp1251")),
                (BODY, "Добрый день\0".encode("cp1251")),
                (NEW_FILE, b""),
                (FILE_TITLE, "счёт.pdf\0".encode("cp1251")),
                (FILE_DATA, b"%PDF\0\0\0"),
                (NEW_FILE, b""),
                (FILE_DATA, b"before its name"),
                (FILE_TITLE, b"b.txt\0"),
            ),
            TNEF,
        )
        self.assertEqual((mail.subject, mail.text, mail.html, mail.is_whole), ("Счёт", "Добрый день", "", True))
        files = [(file.name, file.content) for file in mail.files]
        self.assertEqual(files, [("счёт.pdf", b"%PDF\0\0\0"), ("b.txt", b"before its name")])

    def test_properties(self):
        """Properties of current programs; a long file name takes precedence over a short one."""
        mail = unpack_tnef(
            make_tnef(
                (
                    PROPERTIES,
                    make_properties(
                        (UNICODE, 0x0037, "見積 4711\0".encode("utf-16-le")),
                        (LONG, 0x3FDE, 65001),
                        (BINARY, 0x1013, "<p>Grüße</p>".encode()),
                        (UNICODE, 0x0C1A, "Rep\0".encode("utf-16-le")),
                        (STRING, 0x5D01, b"rep@acme.example\0"),
                        (TIME, 0x0039, 133485408000000000),
                    ),
                ),
                (NEW_FILE, b""),
                (FILE_TITLE, b"OFFERT~1.PDF\0"),
                (
                    FILE_PROPERTIES,
                    make_properties(
                        (UNICODE, 0x3707, "Offerte ü.pdf\0".encode("utf-16-le")),
                        (STRING, 0x370E, b"application/pdf\0"),
                        (STRING, 0x3712, b"<logo@acme>\0"),
                        (BINARY, 0x3701, b"%PDF\0\0\0\0\0"),
                    ),
                ),
            ),
            "application/octet-stream",
        )
        self.assertEqual((mail.subject, mail.html, mail.text), ("見積 4711", "<p>Grüße</p>", ""))
        self.assertEqual(mail.sender, "Rep <rep@acme.example>")
        self.assertEqual(mail.date, datetime(2024, 1, 1, tzinfo=timezone.utc))
        (file,) = mail.files
        self.assertEqual((file.name, file.content), ("Offerte ü.pdf", b"%PDF\0\0\0\0\0"))
        self.assertEqual((file.content_type, file.content_id), ("application/pdf", "logo@acme"))

    def test_other_kinds(self):
        """The file of an appointment, a task or a contact is kept: it contains more than its text."""
        for kind, is_whole in (
            ("IPM.Microsoft Mail.Note", True),
            ("IPM.Note.SMIME", True),
            ("REPORT.IPM.Note.NDR", True),
            ("IPM.Microsoft Schedule.MtgReq", False),
            ("IPM.Task", False),
            ("IPM.Contact", False),
        ):
            with self.subTest(kind):
                self.assertEqual(unpack_tnef(make_tnef((CLASS, kind.encode() + b"\0")), TNEF).is_whole, is_whole)

    def test_names(self):
        """A name stays one, whatever is in it."""
        for name in ("Doe, Jo", "boss@c.example, Jo", "<boss@c.example>", 'Jo "Joe" Doe', "Doe\\"):
            properties = make_properties(
                (STRING, 0x0C1A, name.encode() + b"\0"), (STRING, 0x0C1F, b"jo@customer.example\0")
            )
            mail = unpack_tnef(make_tnef((PROPERTIES, properties)), TNEF)
            raw_mail = RawMail(f"From: {mail.sender}\n\nText".encode())
            with self.subTest(name):
                [sender] = raw_mail.senders
                self.assertEqual(sender.email, "jo@customer.example")

    def test_attached_mail(self):
        """An attached mail becomes an .eml file, deterministically."""
        inner = make_tnef(
            (SUBJECT, b"Inner: \xfc\r\nBcc: x\0"),
            (PROPERTIES, make_properties((STRING, 0x0C1F, b"joe@b.example"), (STRING, 0x1013, b"<p>Inner</p>"))),
            (NEW_FILE, b""),
            (FILE_TITLE, b"in\nner.txt\0"),
            (FILE_DATA, b"exact\r\n\0"),
        )
        outer = inner
        for _depth in range(4):
            attached = make_properties((OBJECT, 0x3701, MAIL_INTERFACE + outer))
            outer = make_tnef((SUBJECT, b"Outer\0"), (NEW_FILE, b""), (FILE_PROPERTIES, attached))
        self.assertEqual(unpack_tnef(outer, TNEF), unpack_tnef(outer, TNEF))
        one = make_properties((OBJECT, 0x3701, MAIL_INTERFACE + inner))
        sentence = (FILE_DATA, b"This attachment is a MAPI 1.0 embedded message and is not supported")
        for data in ((), (sentence,)):
            (file,) = unpack_tnef(make_tnef((NEW_FILE, b""), *data, (FILE_PROPERTIES, one)), TNEF).files
            self.assertEqual((file.name, file.content_type), ("Inner: ü\r\nBcc: x.eml", "message/rfc822"))
        message = email.message_from_bytes(file.content, policy=email.policy.default)
        self.assertEqual(message["Subject"], "Inner: ü Bcc: x")
        self.assertNotIn("Bcc", message)
        self.assertEqual(message["From"], "joe@b.example")
        self.assertEqual(message.get_body().get_content(), "<p>Inner</p>\r\n")
        (attachment,) = message.iter_attachments()
        self.assertEqual((attachment.get_filename(), attachment.get_content()), ("in ner.txt", b"exact\r\n\0"))

    def test_attached_appointment(self):
        """What a mail cannot hold stays in the packed file, which is then attached as well."""
        for kind, is_whole in ((b"IPM.Note\0", True), (b"IPM.Appointment\0", False)):
            inner = make_properties((OBJECT, 0x3701, MAIL_INTERFACE + make_tnef((CLASS, kind), (SUBJECT, b"Inner\0"))))
            with self.subTest(kind):
                mail = unpack_tnef(make_tnef((NEW_FILE, b""), (FILE_PROPERTIES, inner)), TNEF)
                self.assertEqual((mail.files[0].name, mail.is_whole), ("Inner.eml", is_whole))

    def test_object(self):
        """An embedded object other than a mail is a file, without its interface identifier."""
        attached = make_properties((OBJECT, 0x3701, b"i" * 16 + b"content"), (STRING, 0x3001, b"Picture\0"))
        (file,) = unpack_tnef(make_tnef((NEW_FILE, b""), (FILE_PROPERTIES, attached)), TNEF).files
        self.assertEqual((file.name, file.content), ("Picture", b"content"))
        for empty in (b"", MAIL_INTERFACE):
            attached = make_properties((OBJECT, 0x3701, empty))
            (file,) = unpack_tnef(
                make_tnef((NEW_FILE, b""), (FILE_DATA, b"bytes"), (FILE_PROPERTIES, attached)), TNEF
            ).files
            self.assertEqual(file.content, b"bytes")

    def test_rich_text(self):
        """A text that exists only as Rich Text, with the original HTML in it."""
        html = (
            rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0 Arial;}{\f1\fcharset128 MS;}}{\colortbl\red0;}"
            rb"{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Gr\'fc\'dfe {\f1 \'8c\'a9}\u8364? \{x\} \u-10179?\u-8704?"
            rb"\htmlrtf }\htmlrtf0 {\*\htmltag72 </p>}{\*\unknown gone}\htmlrtf \par gone\htmlrtf0\par}"
        )
        mail = unpack_tnef(make_tnef((PROPERTIES, make_properties((BINARY, 0x1009, compress(html))))), TNEF)
        self.assertEqual((mail.html, mail.text), ("<p>Grüße 見€ {x} 😀</p>\n", ""))
        plain = rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}Hello\line \b world\b0\tab !\par{\pict 00ff}\rquote\~x}"
        mail = unpack_tnef(make_tnef((PROPERTIES, make_properties((BINARY, 0x1009, compress(plain))))), TNEF)
        self.assertEqual((mail.html, mail.text), ("", "Hello\nworld\t!\n\u2019\xa0x"))
        self.assertEqual(read_rtf(rb"{\rtf1 one\page two\nestcell three\emspace four}")[0], "one\ntwo\tthree four")
        uncompressed = struct.pack("<IIII", 0, len(plain), 0x414C454D, 0) + plain
        self.assertEqual(decompress(uncompressed), plain)

    def test_compressed(self):
        """The two examples of MS-OXRTFCP section 3, one with a self-overlapping reference."""
        examples = (
            (
                "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0",
                b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n",
            ),
            (
                "1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0",
                b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}",
            ),
        )
        for packed, rtf in examples:
            self.assertEqual(decompress(bytes.fromhex(packed)), rtf)

    def test_none(self):
        """Other files are not unpacked."""
        content = make_tnef((BODY, b"x"))
        self.assertIsNone(unpack_tnef(content, "application/pdf"))
        self.assertIsNone(unpack_tnef(b"x" + content, "application/octet-stream"))
        self.assertTrue(unpack_tnef(content, "application/octet-stream"))
        self.assertIsNone(unpack_tnef(b"", TNEF))
        self.assertIsNone(unpack_tnef(content[1:], TNEF))
        self.assertEqual(unpack_tnef(SIGNATURE, TNEF).files, ())

    def test_hostile(self):
        """Hostile input is read in linear time and reported as incomplete."""
        empty = struct.pack("<HH", 0x01, 1)
        several = struct.pack("<HHI", 0x1000 | STRING, 1, ENDLESS)
        nothing = struct.pack("<HHI", STRING, 1, 0)
        contents = {
            "attributes": make_tnef(*[(BODY, b"")] * 200_000),
            "files": make_tnef(*[(NEW_FILE, b"")] * 200_000),
            "a false count": make_tnef((PROPERTIES, make_properties(count=ENDLESS))),
            "properties": make_tnef((PROPERTIES, make_properties(count=ENDLESS) + empty * 500_000)),
            "values": make_tnef((PROPERTIES, make_properties(count=ENDLESS) + several + bytes(2_000_000))),
            "no values": make_tnef((PROPERTIES, make_properties(count=ENDLESS) + nothing * 500_000)),
            "an unknown type": make_tnef((PROPERTIES, make_properties((0x99, 1, 1)))),
            "a name without end": make_tnef(
                (PROPERTIES, make_properties((LONG, 0x8001, 1)) + bytes(12) + struct.pack("<II", 1, ENDLESS))
            ),
            "a length": make_tnef()[:6] + struct.pack("<BHHI", 1, BODY, 0, ENDLESS) + b"text" + b"\1",
        }
        started = time.process_time()
        for kind, content in contents.items():
            with self.subTest(kind):
                self.assertLessEqual(len(unpack_tnef(content, TNEF).files), 300)
                self.assertFalse(unpack_tnef(content, TNEF).is_whole)
        self.assertLess(time.process_time() - started, 10)

    def test_nested_mails(self):
        """Nested mails neither grow nor take long."""
        inner = make_tnef((BODY, b"x" * 100_000))
        rtf = make_bomb(2 * MAX_RTF)
        started = time.process_time()
        for _depth in range(40):
            attached = make_properties((OBJECT, 0x3701, MAIL_INTERFACE + inner))
            inner = make_tnef((NEW_FILE, b""), (FILE_PROPERTIES, attached))
        self.assertLess(len(unpack_tnef(inner, TNEF).files[0].content), 4 * len(inner))
        mail = make_tnef((PROPERTIES, make_properties((BINARY, 0x1009, rtf))))
        attached = make_properties((OBJECT, 0x3701, MAIL_INTERFACE + mail))
        unpack_tnef(make_tnef(*[(NEW_FILE, b""), (FILE_PROPERTIES, attached)] * 20), TNEF)
        self.assertLess(time.process_time() - started, 10)

    def test_rich_text_bombs(self):
        """Compressed text is unpacked up to a limit and read in linear time."""
        started = time.process_time()
        self.assertEqual(len(decompress(make_bomb(2 * MAX_RTF))), MAX_RTF)
        for part in (b"{}", rb"\b", rb"{\*\x}", rb"\u1", b"\\", rb"\'e4", rb"{\fonttbl\f1\fcharset128}", b"9", rb"\u9"):
            read_rtf(b"{" + part * (500_000 // len(part)))
        self.assertLess(time.process_time() - started, 15)
        self.assertRaises(ValueError, read_rtf, b"{" * 5_000)
        self.assertRaises(ValueError, decompress, b"short")
        self.assertRaises(ValueError, decompress, b"x" * 100)
        self.assertEqual(
            decompress(struct.pack("<IIII", 0, 99, 0x75465A4C, 0) + b"\1\x12\xc0"), b""
        )  # before the beginning

    def test_cut_rich_text(self):
        """The file is attached if its text is too long, and if that of other files was."""
        packed = make_tnef((PROPERTIES, make_properties((BINARY, 0x1009, make_bomb(MAX_RTF // 2)))))
        budget = Budget()
        found = [unpack_tnef(packed, TNEF, budget=budget).is_whole for _number in range(4)]
        self.assertEqual(found, [True, True, False, False])

    def test_truncated(self):
        """Truncated files do not raise, and what was read before is kept."""
        attached = make_properties((OBJECT, 0x3701, MAIL_INTERFACE + make_tnef((BODY, b"inner"))), (LONG, 0x8001, 1))
        content = make_tnef((BODY, b"text"), (NEW_FILE, b""), (FILE_TITLE, b"a.txt"), (FILE_PROPERTIES, attached))
        for end in range(4, len(content)):
            mail = unpack_tnef(content[:end], TNEF)
            self.assertEqual(mail.text, "text"[: max(0, end - 15)])
