"""The reader never raises, and takes linear time and memory for any broken mail."""

import random
import time
import tracemalloc
from base64 import encodebytes

from odoo.tests import BaseCase, tagged

from ..tools.mail_body import write_body
from ..tools.mail_content import read_content
from ..tools.mime_reader import parse_mail
from .content import alternative, file, html, mail, part, picture, plain, put_together
from .test_content_texts import BROKEN, STRUCTURES

MAILS = [mail(content) for content, *_expected in (*STRUCTURES.values(), *BROKEN.values())]
MAILS += [
    mail(put_together("related", html('<p>x<img src="cid:a">'), picture("<a>"))),
    mail(put_together("mixed", plain("x"), part("message/rfc822", MAILS[0]), file("text/calendar", "BEGIN:VCALENDAR"))),
    mail(put_together("mixed", plain("x"), file("application/ms-tnef", b'x\x9f>"' + bytes(60)))),
    mail(put_together("mixed", plain("x"), file("application/pkcs7-mime", b"\x30\x80\x06\x09" + bytes(60)))),
]
ROUNDS = 20
SMALL, FACTOR, ROOM = 64 * 1024, 6, 4
"""Factor of the size of a mail; its time may grow by this factor times ROOM."""


def mutate(raw, chance):
    """Return a mail with one random fault."""
    at = chance.randrange(len(raw) + 1)
    kind = chance.randrange(5)
    if kind == 0:
        return raw[:at]
    if kind == 1:
        return raw[:at] + chance.randbytes(chance.randrange(1, 9)) + raw[at + chance.randrange(3) :]
    if kind == 2:
        other = chance.choice(MAILS)
        return raw[:at] + other[chance.randrange(len(other)) :][:300] + raw[at:]
    if kind == 3:
        return raw[:at] + raw[at + chance.randrange(80) :]
    lines = raw.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


def repeat(piece, size):
    """Return bytes repeated up to a size."""
    return piece * (size // len(piece))


HOSTILE = {
    "lines of dashes": lambda size: mail(put_together("mixed", plain(b"") + repeat(b"--\n", size))),
    "lines like boundaries": lambda size: mail(put_together("mixed", plain(b"") + repeat(b"--outer x\n", size))),
    "parts": lambda size: mail(put_together("mixed", *[plain("x")] * (size // 60))),
    "empty parts": lambda size: mail(put_together("mixed", repeat(b"\n--outer\n", size))),
    "multiparts in each other": lambda size: mail(
        b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(size // 55))
    ),
    "multiparts with one boundary": lambda size: mail(
        repeat(b"Content-Type: multipart/mixed; boundary=b\n\n--b\n", size)
    ),
    "fields": lambda size: mail(repeat(b"Content-Type: text/plain\n", size)),
    "lines that are no fields": lambda size: mail(repeat(b"x\n", size) + b"Content-Type: text/html\n\nx"),
    "parameters": lambda size: mail(b"Content-Type: text/plain" + repeat(b"; a=b", size) + b"\n\nx"),
    "open quotes": lambda size: mail(b"Content-Type: text/plain" + repeat(b'; a="', size) + b"\n\nx"),
    "continuations": lambda size: mail(
        b"Content-Type: text/plain" + b"".join(b"; a*%d*=x" % n for n in range(size // 9)) + b"\n\nx"
    ),
    "names in encoded words": lambda size: mail(
        b"Content-Type: text/plain; name=" + repeat(b"=?a?q?x", size) + b"\n\nx"
    ),
    "padding": lambda size: mail(part("text/plain", repeat(b"QQ==\n", size), "") + b"").replace(
        b"text/plain", b"text/plain\nContent-Transfer-Encoding: base64"
    ),
    "no base64": lambda size: mail(b"Content-Transfer-Encoding: base64\n\n" + repeat(b"!?", size)),
    "soft breaks": lambda size: mail(b"Content-Transfer-Encoding: quoted-printable\n\n" + repeat(b"= =", size)),
    "uuencode": lambda size: mail(b"Content-Transfer-Encoding: x-uue\n\n" + repeat(b"begin 644 a\n", size)),
    "flowed": lambda size: mail(plain(repeat(b"a \n", size), "; format=flowed")),
    "flowed quotes": lambda size: mail(plain(repeat(b">", size), "; format=flowed")),
    "enriched": lambda size: mail(part("text/enriched", repeat(b"<a<", size))),
    "titles": lambda size: mail(html(repeat(b"<title>", size))),
    "pictures": lambda size: mail(html(repeat(b"<img src=cid:a>", size))),
    "open pictures": lambda size: mail(html(repeat(b"<img ", size))),
    "pasted pictures": lambda size: mail(html(repeat(b'<img src="data:image/png;base64,QUJD">', size))),
    "colors": lambda size: mail(html(repeat(b'<p style="color:#fff;background:url(', size))),
    "alternatives": lambda size: mail(alternative(*[html(b"<p>%d" % n) for n in range(size // 70)])),
    "charset": lambda size: mail(plain(repeat(b"a-", size), "; charset=punycode")),
    "another charset": lambda size: mail(plain(repeat(b"\x1b$B", size), "; charset=iso-2022-jp")),
}


@tagged("post_install", "-at_install")
class TestRobust(BaseCase):
    def _read(self, raw):
        content = read_content(raw)
        body, _shown = write_body(content.texts, content.files)
        return content, body

    def test_nothing_raises(self):
        chance = random.Random(2)
        for number in range(ROUNDS):
            for raw in MAILS:
                broken = raw
                for _time in range(1 + number % 3):
                    broken = mutate(broken, chance)
                content, body = self._read(broken)
                body.encode()
                for file_ in content.files:
                    self.assertIsInstance(file_.content, bytes)
                    self.assertTrue(file_.name.strip())

    def test_parts_are_places_in_the_mail(self):
        chance = random.Random(3)
        for raw in MAILS:
            for broken in (raw, mutate(raw, chance), raw.replace(b"\n", b"\r\n"), raw[: len(raw) // 2]):
                for found in parse_mail(broken).walk():
                    self.assertTrue(0 <= found.start <= found.end <= len(broken))

    def test_line_ends_make_no_difference(self):
        for raw in MAILS:
            first, second = (self._read(content)[0] for content in (raw, raw.replace(b"\n", b"\r\n")))
            texts = [[text.text.split() for text in content.texts] for content in (first, second)]
            self.assertEqual(*texts)
            self.assertEqual([f.name for f in first.files], [f.name for f in second.files])

    def test_time_grows_with_the_size(self):
        self._read(mail(plain(b"\xe4" * 99, "")))  # what is loaded once
        for name, make in HOSTILE.items():
            with self.subTest(name):
                small, large = (self._measure(make(size)) for size in (SMALL, FACTOR * SMALL))
                self.assertLess(large, ROOM * FACTOR * max(small, 0.01))

    def test_long_parameters(self):
        """Of the length that is read of a field at most."""
        for value in (b"a" * 16_000, b"a*" * 8_000, b"a" + b" " * 16_000, b'a="' * 5_000):
            parts = [b"Content-Type: text/plain; %s\nContent-Disposition: inline; %s\n\nx" % (value, value)] * 10
            with self.subTest(value[:4]):
                self.assertLess(self._measure(mail(put_together("mixed", *parts))), 10)

    def _measure(self, raw):
        started = time.process_time()
        self._read(raw)
        return time.process_time() - started

    def test_files_are_decoded_at_once(self):
        """A large file is in memory only once."""
        size = 8 * 1024**2
        content = put_together("mixed", plain("x"), part("application/pdf; name=a.pdf", encodebytes(bytes(size)), ""))
        raw = mail(content.replace(b"; name=a.pdf", b"; name=a.pdf\nContent-Transfer-Encoding: base64"))
        tracemalloc.start()
        read = read_content(raw)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.assertEqual(read.files[0].content, bytes(size))
        self.assertLess(peak, 1.3 * size)
