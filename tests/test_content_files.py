"""Files byte for byte, their names, pictures, attached mails, reports and invitations."""

from base64 import b64encode
from datetime import datetime

from odoo.tests import BaseCase, tagged

from ..tools.filename import clean_filename, make_filename
from ..tools.mail_content import read_content
from ..tools.size import format_size
from .content import PDF, PNG, Read, alternative, file, html, mail, part, picture, plain, put_together

TOKEN = "abcdefghij234567klmn"
ATTACHED = b"From: a@b.example\r\nSubject: In/ner =?utf-8?q?=C3=B6?=\r\n\r\nFrom the start\r\n--outer-- not\r\n\x80\r\n"
CALENDAR = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Demo\r\nDTSTART:20261110T090000Z\r\nEND:VEVENT\r\n"
)

# the header of a file, and its name
NAMES = [
    ("application/pdf; name=a.pdf", "a.pdf"),
    ("Content-Disposition: attachment; filename=\"\x1b$B8+@Q\x1b(B.pdf\"", "見積.pdf"),
    ('Content-Disposition: attachment; filename="a.pdf', "a.pdf"),
    ("Content-Disposition: attachment; filename = a.pdf ;", "a.pdf"),
    ("Content-Disposition: attachment; filename *= utf-8''%C3%B6.pdf", "ö.pdf"),
    ("Content-Disposition: attachment; filename*=\"=?utf-8?q?=C3=B6.pdf?=\"", "ö.pdf"),
    ('Content-Disposition: attachment; filename="a b.pdf"', "a b.pdf"),
    ("Content-Disposition: attachment; filename=Offer for Carla.pdf", "Offer for Carla.pdf"),
    ("Content-Disposition: attachment; filename='Offer 1.pdf'", "Offer 1.pdf"),
    ("Content-Disposition: attachment; filename=\"Carla's.pdf\"", "Carla's.pdf"),
    ("Content-Disposition: attachment; filename==?utf-8?q?Gr=C3=BC=C3=9Fe=2Epdf?=", "Grüße.pdf"),
    ('Content-Disposition: attachment; filename="=?utf-8?q?Gr=C3=BC?=\n =?utf-8?q?=C3=9Fe.pdf?="', "Grüße.pdf"),
    ("Content-Disposition: attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.pdf", "Grüße.pdf"),
    ("Content-Disposition: attachment; filename=\"x.pdf\"; filename*=utf-8'de'Gr%C3%BC%C3%9Fe.pdf", "Grüße.pdf"),
    ("Content-Disposition: attachment; filename*=iso-8859-1''%80.pdf; filename=x.pdf", "€.pdf"),
    (
        "Content-Disposition: attachment; filename*0*=utf-8''Gr%C3;\n filename*1*=%BC%C3%9F;\n filename*2=e.pdf",
        "Grüße.pdf",
    ),
    ("Content-Disposition: attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
    ("Content-Disposition: attachment; filename*=no-charset''%FF.pdf", "ÿ.pdf"),
    ("application/pdf; name*=gb2312''%88%F3%83r.pdf", "報價.pdf"),
    ("Content-Disposition: attachment; filename=\"Angebot f\udcfcr M\udcfcller.pdf\"", "Angebot für Müller.pdf"),
    ('Content-Disposition: attachment; filename="Angebot für.pdf"', "Angebot für.pdf"),
    ('Content-Disposition: attachment; filename="C:\\docs\\a.pdf"', "a.pdf"),
    ('Content-Disposition: attachment; filename="say \\"hi\\".pdf"', 'say "hi".pdf'),
    ("Content-Disposition: filename=a.pdf", "a.pdf"),
    ('Content-Disposition: attachment; name="a.pdf"', "a.pdf"),
    ("Content-Disposition: inline\nContent-Disposition: attachment; filename=a.pdf", "a.pdf"),
    ("Content-Disposition: attachment; filename=a.pdf\nContent-Disposition: inline; filename=b.pdf", "a.pdf"),
    ('Content-Disposition: attachment; filename="=?utf-8?B?R3LDvMOfZS5wZGY="', "Grüße.pdf"),
    ('Content-Type: application/pdf; name="a.pdf" .', "a.pdf"),
    ("Content-Disposition: attachment; filename=\"utf-8''Gr%C3%BC%C3%9Fe.pdf\"", "Grüße.pdf"),
    ("Content-Disposition: attachment; filename=a.pdf; filename*=utf-8''", "a.pdf"),
    ("Content-Disposition: attachment; filename=\"it's 5% of 'all'.pdf\"", "it's 5% of 'all'.pdf"),
    ('Content-Disposition: attachment; filename="Offer "Carla".pdf"; size=1', 'Offer "Carla".pdf'),
    ('Content-Disposition: attachment; filename="Offer 3/2026.pdf"', "Offer 3-2026.pdf"),
    ("Content-Disposition: attachment; filename*=utf-8''TCP%2FIP.pdf", "TCP-IP.pdf"),
    ('Content-Type: application/pdf;name="b.pdf"\nContent-Disposition: attachment; filename="a.pdf"', "a.pdf"),
    ("Content-Type: pdf; name=a.pdf", "a.pdf"),
    ('Content-Type: application/pdf\nContent-Disposition: attachment; filename=""', "attachment.pdf"),
    ("application/pdf", "attachment.pdf"),
    ("application/octet-stream", "attachment.pdf"),
    ("image/jpeg", "picture.jpg"),
    ("image/jpg", "picture.jpg"),
    ("text/calendar", "invite.ics"),
    ("text/vcard", "contact.vcf"),
    ("text/csv", "text.csv"),
    ("application/vnd.ms-excel", "attachment.xls"),
    (f"application/pdf; name=bcc-{TOKEN}.pdf", "bcc-[hidden].pdf"),
]  # fmt: skip
CONTENTS = [
    ("text/csv; charset=utf-16; name=a.csv", b"\xfe\xff\0K\0\n"),
    ("text/csv; name=a.csv", b"\xff\xfeK\0\n\0"),
    ("text/xml; name=a.xml", b"<?xml version='1.0' encoding='latin1'?><a>\xfc</a>"),
    ("text/csv; charset=utf-8; name=a.csv", b"M\xfcller;\x80"),
    ("Content-Type: text/plain; charset=us-ascii; name=a.txt\nContent-Disposition: attachment", b"M\xfcller"),
    ("Content-Type: text/plain; name=a.zip\nContent-Disposition: attachment", b"PK\x03\x04\0\xff\xfe\x80"),
    ("Content-Type: text/html; name=a.html\nContent-Disposition: attachment", b"\xff\xfe<\0p\0>\0"),
    ("text/csv; name=a.csv", b"a\r\nb\nc\rd\r\n"),
    ("application/octet-stream; name=a", bytes(range(256)) * 400),
    ("application/octet-stream; name=a", b""),
]


@tagged("post_install", "-at_install")
class TestFiles(BaseCase):
    def test_names(self):
        for header, name in NAMES:
            with self.subTest(header):
                self.assertEqual(Read(put_together("mixed", plain("x"), file(header))).files, [(name, PDF)])

    def test_names_in_the_charset_of_the_text(self):
        for charset, name in (("windows-1251", "Счёт.pdf"), ("gb2312", "报价单.pdf"), ("iso-8859-9", "Şubat.pdf")):
            encoded = name.encode({"gb2312": "gbk", "iso-8859-9": "cp1254"}.get(charset, charset))
            header = f"Content-Disposition: attachment; filename={encoded.decode('utf-8', 'surrogateescape')}"
            with self.subTest(charset):
                read = Read(put_together("mixed", plain("x", f"; charset={charset}"), file(header)))
                self.assertEqual(read.files, [(name, PDF)])

    def test_bytes(self):
        for header, content in CONTENTS:
            for encoding in ("base64", "binary"):
                with self.subTest(header, encoding=encoding):
                    [(_name, found)] = Read(put_together("mixed", plain("x"), part(header, content, encoding))).files
                    self.assertEqual(found, content)

    def test_mail_that_is_a_file(self):
        for header in (
            "Content-Type: text/csv; charset=utf-8; name=a.csv\nContent-Disposition: attachment; filename=a.csv",
            "Content-Type: text/vcard; name=a.csv",
            "Content-Type: text/html; charset=utf-8; name=a.csv\nContent-Disposition: attachment; filename=a.csv",
            "Content-Type: text/xml; name=a.csv",
            "Content-Type: application/pdf; name=a.csv",
        ):
            with self.subTest(header):
                read = Read(file(header))
                self.assertEqual((read.text, read.files), ("", [("a.csv", PDF)]))

    def test_file_in_a_text(self):
        read = Read(plain("Hello\n\nbegin 644 a.pdf\n#04)#\n`\nend\n\nBye"))
        self.assertEqual((read.text, read.files), ("Hello Bye", [("a.pdf", b"ABC")]))
        for line_end, last in (("\n", ""), ("\r", "`")):  # a server has stripped blanks; old line ends
            lines = ["Hello", "", "begin 644 a.pdf", "#04)#", last, "end", "", "Bye"]
            with self.subTest(line_end):
                read = Read(plain(line_end.join(lines)))
                self.assertEqual((read.text, read.files), ("Hello Bye", [("a.pdf", b"ABC")]))

    def test_encodings(self):
        for encoding, content, expected in (
            ("base64", b"QUI=\r\n\r\n", b"AB"),
            ("BASE64", b"QUI", b"AB"),
            ("base64", b"QUJDREVGR0g=\nQUJDREVGR0g=\n", b"ABCDEFGHABCDEFGH"),
            ("base64", b"\n%PDF-1.4\nnot encoded", b"\n%PDF-1.4\nnot encoded"),
            ("7bit\nContent-Transfer-Encoding: base64", b"QUJD", b"ABC"),
            ("base64\nContent-Transfer-Encoding: 8bit", b"QUJD", b"ABC"),
            ("quoted-printable", b"a=\r\nb=00=FF", b"ab\0\xff"),
            ("x-uuencode", b"begin 644 a.pdf\n#04)#\n`\nend\n", b"ABC"),
            ("8bit", b"\x80\r\n", b"\x80\r\n"),
        ):
            with self.subTest(encoding):
                header = f"Content-Type: application/pdf; name=a\nContent-Transfer-Encoding: {encoding}"
                [(_name, found)] = Read(put_together("mixed", plain("x"), part(header, content))).files
                self.assertEqual(found, expected)

    # ------------------------------------------------------------
    # ATTACHED MAILS, REPORTS, INVITATIONS
    # ------------------------------------------------------------

    def test_attached_mails(self):
        for content_type in ("message/rfc822", "Message/RFC822; charset=utf-8", "message/global"):
            for encoding in ("8bit", "base64"):
                with self.subTest(content_type, encoding=encoding):
                    read = Read(
                        put_together(
                            "mixed", plain("See"), part(content_type, ATTACHED, encoding), file("application/pdf")
                        )
                    )
                    self.assertEqual(read.text, "See")
                    self.assertEqual(read.files, [("In-ner ö.eml", ATTACHED), ("attachment.pdf", PDF)])
        read = Read(
            put_together(
                "mixed", plain("See"), part('message/rfc822; name="Fwd.eml"', "Subject=3A x=\n y", "quoted-printable")
            )
        )
        self.assertEqual(read.files, [("Fwd.eml", b"Subject: x y")])
        self.assertEqual(Read(put_together("digest", part("X-A: b", ATTACHED))).files, [("In-ner ö.eml", ATTACHED)])
        self.assertEqual(Read(part("message/rfc822", ATTACHED)).files, [("In-ner ö.eml", ATTACHED)])

    def test_parts_of_attached_mails_stay_in_them(self):
        inner = mail(put_together("mixed", plain("inner words"), file("application/pdf"), boundary="inner"))
        read = Read(put_together("mixed", plain("outer words"), part("message/rfc822", inner), plain("footer")))
        self.assertEqual((read.text, read.files), ("outer words footer", [("x.eml", inner)]))

    def test_reports(self):
        status = "Final-Recipient: rfc822; carla@customer.example\n\nAction: failed\n"
        report = put_together(
            "report",
            plain("Not delivered"),
            part("message/delivery-status", status),
            part("text/rfc822-headers", "Subject: x"),
            boundary="inner",
        )
        for content in (report, put_together("mixed", plain("See"), report)):
            read = Read(content)
            self.assertIn("Not delivered", read.text)
            self.assertEqual(read.files, [("delivery-status.txt", status.encode()), ("headers.txt", b"Subject: x")])

    def test_invitations(self):
        for content in (
            part("text/calendar; charset=utf-8; method=REQUEST", CALENDAR),
            alternative(plain("When"), html("<p>When"), part("text/calendar; method=REQUEST", CALENDAR)),
            put_together("mixed", plain("When"), file("text/calendar; name=invite.ics", CALENDAR)),
        ):
            read = Read(content)
            self.assertEqual(read.files, [("invite.ics", CALENDAR.encode())])
            [invitation] = read.content.invitations
            self.assertEqual((invitation.summary, invitation.start), ("Demo", datetime(2026, 11, 10, 9)))

    # ------------------------------------------------------------
    # PICTURES
    # ------------------------------------------------------------

    def test_pictures(self):
        for header, source in (
            ("image/png\nContent-ID: <a@x>", "cid:a@x"),
            ("image/png; name=a.png\nContent-ID: <a@x>", "cid:a@x"),
            ("image/png\nContent-ID: a@x", "cid:a@x"),
            ("image/png\nContent-ID: <a@x>", "CID:a@x"),
            ("image/png\nContent-ID: <A@X>", "cid:a@x"),
            ("image/png\nContent-ID: <a@x>", "cid:a%40x"),
            ("image/png\nContent-ID: <a b@x>", "cid:ab@x"),
            ("image/png\nContent-ID: <a b@x>", "cid:a%20b@x"),
            ("image/png\nContent-ID:\n <a@x>", "cid:a@x"),
            ("image/png\nContent-ID: <a@\n x>", "cid:a@x"),
            ("image/png\nContent-ID: <=?us-ascii?q?a?=\n =?us-ascii?q?=40x?=>", "cid:a@x"),
            ("application/octet-stream; name=a.png\nContent-ID: <a@x>", "cid:a@x"),
            ("image/png\nContent-Location: http://a.example/a.png", "http://a.example/a.png"),
            ("image/png\nContent-Location: a.png", "a.png"),
            ("image/png; name=image001.png", "image001.png"),
            ("image/png; name=image001.png", "cid:image001.png@01DA.4711"),
            ("image/png; name=image001.png\nContent-ID: <image001.png>", "image001.png"),
            ("image/png; name=image001.png\nContent-ID: <image001.png@01D>", "cid:image001.png"),
        ):
            with self.subTest(header, source=source):
                read = Read(
                    put_together("related", html(f'<p>x<img src="{source}">'), file(f"Content-Type: {header}", PNG))
                )
                self.assertEqual((read.pictures, read.files), ([PNG], []))

    def test_several_pictures(self):
        pictures = [picture(f"<{name}@x>", "image/png; name=image001.png", PNG + name.encode()) for name in "abc"]
        read = Read(
            put_together("related", html('<img src="cid:b@x"><img src="cid:a@x"><img src="cid:b@x">'), *pictures)
        )
        self.assertEqual(read.pictures, [PNG + b"b", PNG + b"a", PNG + b"b"])
        self.assertEqual(read.files, [("image001.png", PNG + b"c")], "what no text shows is a file")

    def test_picture_of_a_part_beside(self):
        """A picture is found in any part of the mail."""
        read = Read(put_together("mixed", alternative(plain("x"), html('<p>x<img src="cid:a@x">')), picture("<a@x>")))
        self.assertEqual(read.pictures, [PNG])

    def test_picture_of_a_text_in_an_unknown_charset(self):
        text = html('<p>Grüße<img src="cid:a@x">'.encode("cp1252"), "; charset=x-unknown")
        read = Read(put_together("related", text, picture("<a@x>")))
        self.assertEqual((read.text, read.pictures), ("Grüße", [PNG]))

    def test_pasted_pictures(self):
        large = PNG + bytes(3 * 1024**2)
        read = Read(html(f'<p>x<img alt=y src="data:image/png;base64,{b64encode(large).decode()}"><b>z</b>'))
        self.assertEqual((read.pictures, read.files, read.remarks), ([large], [], []))
        self.assertIn("<b>z</b>", read.body)

    def test_pictures_that_are_not_there(self):
        read = Read(html('<p>x<img src="cid:a@x" alt="Logo"><img src="https://a.example/b.png">'))
        self.assertIn('<img alt="Logo">', read.body)
        self.assertIn('data-original-src="https://a.example/b.png"', read.body)

    # ------------------------------------------------------------
    # VALUES
    # ------------------------------------------------------------

    def test_wrapped_mails_end(self):
        content = read_content(b'Content-Type: application/ms-tnef\n\nx\x9f>"broken')
        self.assertEqual([file.name for file in content.files], ["winmail.dat"])

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
            ("../../a.pdf", "a.pdf"),
            ("~/docs/a.pdf", "a.pdf"),
            ("docs\\2026/a.pdf", "a.pdf"),
            ("Offer 3/2026.pdf", "Offer 3-2026.pdf"),
            ("می\u200cخو.pdf", "می\u200cخو.pdf"),
        ):
            with self.subTest(name=name):
                self.assertEqual(clean_filename(name), expected)
        self.assertEqual(make_filename("x/y", b""), "attachment")

    def test_sizes(self):
        for size, text in ((0, "0 bytes"), (1, "1 bytes"), (999, "999 bytes"), (1000, "1 kB"), (11 * 1024**2, "11 MB")):
            self.assertEqual(format_size(size), text)
