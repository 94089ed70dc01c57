"""Small mails that would keep a program busy for long: each takes less than a few seconds of processor time."""

import base64
import gzip
import random
import time
import zlib
from itertools import product

from odoo.tests import BaseCase, tagged

from ..tools.colors import find_color
from ..tools.limits import Limits
from ..tools.mail_content import File, read_content
from ..tools.payload import clean_files, limit_files
from ..tools.raw_mail import RawMail
from ..tools.redaction import Secrets
from ..tools.rtf import MAX_RTF
from ..tools.sender import find_shown_addresses
from ..tools.tnef import unpack
from .content import file, html, mail, part, plain, put_together
from .test_wrapped import (
    BINARY,
    COMPRESSED,
    FILE_DATA,
    FILE_PROPERTIES,
    FILE_TITLE,
    MAIL_INTERFACE,
    NEW_FILE,
    OBJECT,
    PROPERTIES,
    make_message,
    make_properties,
    make_tnef,
    value,
)
from .test_wrapped import compress as compress_rtf

SECONDS = 6

MB = 1024**2


def compress(content):
    """Return a part with a compressed mail."""
    return file("application/pkcs7-mime; name=smime.p7m", make_message(value(4, zlib.compress(content, 9)), COMPRESSED))


def nest(content, depth):
    """Return a part inside of alternatives."""
    for number in range(depth):
        content = put_together("alternative", content, boundary=f"b{number}")
    return content


@tagged("post_install", "-at_install")
class TestHostileSizes(BaseCase):
    def assertQuick(self, work):
        started = time.process_time()
        result = work()
        self.assertLess(time.process_time() - started, SECONDS)
        return result

    def test_types(self):
        """The standard library takes quadratic time for the parameters of a Content-Type."""
        field = b'Content-Type: multipart/mixed; a="' + b";" * 16_300
        raw_mail = RawMail(mail(put_together("mixed", *[field + b"\n\nx"] * 100)))
        self.assertQuick(lambda: raw_mail.find_excess(Limits()))

    def test_names(self):
        name = f"application/pdf; name=\"utf-8''{'%41' * 5_000}'\""
        self.assertQuick(lambda: read_content(mail(put_together("mixed", *[part(name, "x")] * 50))))

    def test_packed_texts(self):
        packed = file("application/ms-tnef; name=winmail.dat", make_tnef((0x800C, b"words and more\0")))
        self.assertQuick(
            lambda: read_content(mail(put_together("mixed", plain(" ".join(map(str, range(60_000)))), *[packed] * 280)))
        )

    def test_nested_alternatives(self):
        text = html("<b></b>" * 100_000 + "x")
        content = self.assertQuick(lambda: read_content(mail(nest(text, 40))))
        self.assertEqual(len(content.texts), 1)

    def test_compressed_mails(self):
        """Further ones stay files."""
        inner = b"Content-Type: text/html\n\n" + b"<b></b>" * 100_000 + b"x"
        content = self.assertQuick(lambda: read_content(mail(put_together("mixed", *[compress(inner)] * 100))))
        self.assertTrue(content.texts)
        self.assertGreater(len(content.files), 90)

    def test_rich_texts(self):
        """The Rich Text of all files together has a limit."""
        properties = make_properties((BINARY, 0x1009, compress_rtf(rb"\b " * (MAX_RTF // 3))))
        packed = file("application/ms-tnef; name=winmail.dat", make_tnef((PROPERTIES, properties)))
        content = self.assertQuick(lambda: read_content(mail(put_together("mixed", *[packed] * 10))))
        self.assertGreater(len(content.files), 7)

    def test_compressed_mail(self):
        """A single one is read, whatever its size is."""
        inner = b"Content-Type: text/plain\n\n" + b"words " * 100_000
        self.assertEqual(len(read_content(mail(compress(inner))).texts), 1)

    def test_many_tokens(self):
        chance = random.Random(4)
        letters = "abcdefghijklmnopqrstuvwxyz234567"
        secrets = Secrets.of("".join(chance.choices(letters, k=20)) for _number in range(1000))
        text = "hello <b> world " * (MB // 64)
        self.assertEqual(self.assertQuick(lambda: secrets.redact(f"{text}bcc-")), f"{text}bcc-")
        for token in list(secrets.tokens)[:20]:
            self.assertNotIn(token, secrets.redact(f"a {token} bcc-{token.upper()}@acme.example"))

    def test_many_dropboxes(self):
        """Senders can make up dropboxes; all are hidden, however many there are."""
        tokens = ["".join(letters) + "x" * 17 for letters in product("abcdefghij", repeat=3)]
        dropboxes = [f"bcc-{token}@acme.example" for token in tokens]
        raw_mail = RawMail(f"Bcc: {', '.join(dropboxes)}\nSubject: x\n\nx".encode())
        self.assertEqual(len(raw_mail.deliveries), len(dropboxes))
        files = [File("a.txt", b"hello world\n" * (4 * MB // 12)), File("b.txt", "\n".join(dropboxes).encode())]
        kept, revealing = self.assertQuick(lambda: clean_files(files, raw_mail.secrets))
        self.assertFalse(revealing)
        self.assertNotIn(b"xxxx", kept[1].content)

    def test_many_files(self):
        files = [File(f"a{number}", b"x" * 2_500) for number in range(8_000)]
        kept, left_out = self.assertQuick(lambda: limit_files(files, 10))
        self.assertEqual(len(kept) + len(left_out), len(files))

    def test_packed_files(self):
        """Archives of a mail are unpacked up to a limit of all of them."""
        packed = gzip.compress(b"<b>&#98;</b>=62bcc-" * (2 * MB), 9)
        files = [File(f"a{number}.gz", packed) for number in range(3)]
        kept, revealing = self.assertQuick(lambda: clean_files(files, Secrets.of(["abcdefghij234567klmn"])))
        self.assertEqual((len(kept), revealing), (len(files), []))

    def test_embedded_pictures(self):
        urls = ("data:image/gif;base64," + base64.b64encode(b"GIF89a%d" % number).decode() for number in range(2_000))
        texts = [html("".join(f"<img src='{next(urls)}'>" for _number in range(50))) for _text in range(40)]
        content = read_content(mail(put_together("mixed", *texts)))
        self.assertEqual(sum(file.name.startswith("picture-") for file in content.files), 300)
        self.assertEqual([remark.code for remark in content.remarks], ["text_cut"])

    def test_wrapped_parts(self):
        """Encoded multiparts have parts that the limit of a mail does not see."""
        parts = base64.encodebytes(b"--z\nContent-Type: a/b\n\nx\n" * 3_000)
        encoded = b"Content-Type: multipart/mixed; boundary=z\nContent-Transfer-Encoding: base64\n\n" + parts
        content = self.assertQuick(lambda: read_content(mail(put_together("mixed", *[encoded] * 20))))
        self.assertLess(len(content.files), 1_100)

    def test_uuencoded_files(self):
        """A text can contain many: further ones stay in it."""
        text = "begin 644 a\n#0V%T\n`\nend\n" * 1_000
        content = read_content(mail(put_together("mixed", *[plain(text)] * 10)))
        self.assertEqual(len(content.files), 300)
        self.assertEqual(sum(text.text.count("begin 644 a") for text in content.texts), 9_700)

    def test_shown_addresses(self):
        """NFKC makes six characters of one."""
        self.assertQuick(lambda: [find_shown_addresses("\u3316" * 990) for _number in range(30)])

    def test_colors(self):
        self.assertQuick(lambda: [find_color("a" * 185 + f"q{number}(") for number in range(10_000)])

    def test_names_in_winmail(self):
        inner = make_tnef((NEW_FILE, b""), (FILE_TITLE, b"\xe9" * 300_000 + b"\0"), (FILE_DATA, b"x"))
        attached = make_properties((OBJECT, 0x3701, MAIL_INTERFACE + inner))
        outer = make_tnef((NEW_FILE, b""), (FILE_PROPERTIES, attached))
        self.assertEqual(len(self.assertQuick(lambda: unpack(outer)).files), 1)
