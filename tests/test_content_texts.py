"""Texts of a mail: which are read, in which order, and how they are displayed."""

import base64

from odoo.tests import BaseCase, tagged

from .content import PNG, Read, alternative, file, html, part, picture, plain, put_together

PDF_FILE = file('Content-Type: application/pdf; name="offer.pdf"\nContent-Disposition: inline; filename="offer.pdf"')
TWINS = alternative(plain("the offer"), html("<p>The <b>offer</b>"))

# a mail: its texts, and the names of its files
STRUCTURES = {
    "plain": (plain("Hello"), "Hello", []),
    "HTML": (html("<p>Hello"), "Hello", []),
    "no header of content at all": (b"\nHello", "Hello", []),
    "twins": (TWINS, "The offer", []),
    "twins, HTML first": (alternative(html("<p>The offer"), plain("the offer")), "The offer", []),
    "three twins": (alternative(plain("a"), part("text/enriched", "<bold>a</bold>"), html("<b>A</b>")), "A", []),
    "enriched only": (part("text/enriched", "<bold>Hello</bold>\nyou,\n\n<<Carla"), "Hello you, <Carla", []),
    "AMP": (alternative(plain("a"), part("text/x-amp-html", "<html amp4email>"), html("A")), "A", []),
    "reaction": (alternative(plain("+"), part("text/vnd.google.email-reaction+json", "{}"), html("<p>+")), "+", []),
    "watch": (alternative(plain("a"), part("text/watch-html", "<b>w</b>"), html("<p>A")), "A", []),
    "empty HTML": (alternative(plain("Hello"), html("")), "Hello", []),
    "blank HTML": (
        alternative(plain("Hello"), html("<html><head><title>x</title></head><body> </body></html>")), "Hello", [],
    ),
    "HTML with a no-break space": (alternative(plain("Hello"), html("<div>&nbsp;&#8203;</div>")), "Hello", []),
    "HTML with a style only": (
        alternative(plain("Hello"), html("<style>p {color: red}</style><!-- x -->")), "Hello", [],
    ),
    "HTML with a counting pixel": (
        alternative(plain("Hello"), html('<img src="https://x.example/1" width="1" height=1>')), "Hello", [],
    ),
    "HTML with a picture": (alternative(plain("See the picture"), html('<img src="cid:a">')), "", []),
    "empty plain text": (alternative(plain(" \n"), html("<p>Hello")), "Hello", []),
    "two HTML that differ": (
        alternative(plain("a b"), html("<p>First words"), html("<p>Second")), "First words Second", [],
    ),
    "two HTML of which one has the other": (
        alternative(html("<p>Long text of an offer"), html("<p>Long text of an offer. And more")),
        "Long text of an offer. And more", [],
    ),
    "text, file, text": (put_together("mixed", plain("One"), PDF_FILE, plain("Two")), "One Two", ["offer.pdf"]),
    "HTML, file, HTML": (
        alternative(
            plain("One Two"),
            put_together("mixed", html("<body>One"), PDF_FILE, html("<body>Two"), boundary="inner"),
        ),
        "One Two", ["offer.pdf"],
    ),
    "a file in the worse one": (
        alternative(put_together("mixed", plain("one"), PDF_FILE, boundary="inner"), html("<p>One")),
        "One", ["offer.pdf"],
    ),
    "two files of one name": (put_together("mixed", plain("One"), PDF_FILE, PDF_FILE), "One", ["offer.pdf"] * 2),
    "HTML twin that declares its charset itself": (
        alternative(plain("Gr"), html("<meta charset=windows-1252><p>Grüße".encode("cp1252"), "")), "Grüße", [],
    ),
    "file first": (put_together("mixed", PDF_FILE, plain("Two")), "Two", ["offer.pdf"]),
    "typed, then a quoted mail": (put_together("mixed", plain("Typed"), TWINS), "Typed The offer", []),
    "a warning, then twins, then a footer": (
        put_together("mixed", plain("CAUTION"), TWINS, plain("Footer")), "CAUTION The offer Footer", [],
    ),
    "twins, a file, twins": (
        put_together("mixed", TWINS, PDF_FILE, alternative(plain("sent by"), html("<p>Sent by"), boundary="other")),
        "The offer Sent by", ["offer.pdf"],
    ),
    "related, then a footer": (
        put_together("mixed", put_together("related", TWINS, boundary="inner"), plain("Footer")),
        "The offer Footer", [],
    ),
    "signed": (
        put_together("signed", TWINS, file("application/pkcs7-signature"), parameters="; micalg=sha-256"),
        "The offer", ["smime.p7s"],
    ),
    "signed with PGP": (
        put_together("signed", plain("Hello"), part("application/pgp-signature", "x")), "Hello", ["signature.asc"],
    ),
    "unknown kind of parts": (put_together("x-own", plain("One"), plain("Two")), "One Two", []),
    "names in alternatives": (
        alternative(part('text/plain; name="a.txt"', "a"), part('text/html; name="a.html"', "<p>A")), "A", [],
    ),
    "a first text with a name": (
        put_together("mixed", part('text/plain; name="body.txt"', "Hello"), PDF_FILE), "Hello", ["offer.pdf"],
    ),
    "a name in a related part": (
        alternative(plain("a"), put_together("related", part('text/html; name="a.html"', "<p>A"), PDF_FILE)),
        "A", ["offer.pdf"],
    ),
    "parts that are encoded as a whole": (
        b"Content-Type: multipart/mixed; boundary=outer\nContent-Transfer-Encoding: base64\n\n"
        b"LS1vdXRlcgoKSGVsbG8KLS1vdXRlci0tCg==",
        "Hello", [],
    ),
    "text that Exchange split off": (
        put_together(
            "mixed", plain("One"), PDF_FILE, part("Content-Disposition: attachment; filename=ATT00001.txt", "Two")
        ),
        "One Two", ["offer.pdf"],
    ),
    "a comment": (part("text/html (rich); charset=utf-8", "<p>Hello"), "Hello", []),
    "markdown": (part("text/markdown", "# Hello"), "# Hello", []),
    "type without a kind": (part("Content-Type: text", "Hello"), "Hello", []),
    "type that is none": (part("Content-Type: text plain", "Hello"), "Hello", []),
    "unknown kind of text": (part("Content-Type: text/txt", "Hello"), "Hello", []),
    "type the wrong way round": (part("Content-Type: plain/text", "Hello"), "Hello", []),
    "type of old servers": (part("Content-Type: text/htm", "<p>Hello"), "Hello", []),
    "unknown kind of text with a name": (put_together("mixed", plain("Hello"), part("text/x-log; name=a.log", "x")),
        "Hello", ["a.log"],
    ),
    "type without a semicolon": (part("Content-Type: text/html charset=utf-8", "<p>Hello"), "Hello", []),
    "type with a comma": (part("Content-Type: text/html, charset=utf-8", "<p>Hello"), "Hello", []),
    "type twice": (part("Content-Type: Content-Type: text/html", "<p>Hello"), "Hello", []),
    "boundary without a semicolon": (
        b'Content-Type: multipart/mixed boundary="x"\n\n--x\n' + plain("Hello") + b"\n--x\n" + PDF_FILE + b"\n--x--\n",
        "Hello", ["offer.pdf"],
    ),
    "boundary without a type": (
        b'Content-Type: ; boundary="x"\n\n--x\n' + plain("Hello") + b"\n--x\n" + PDF_FILE + b"\n--x--\n",
        "Hello", ["offer.pdf"],
    ),
    "type doubled": (
        b"Content-Type: multipart/multipart/mixed; boundary=x\n\n--x\n\nHello\n--x\n" + PDF_FILE + b"\n--x--\n",
        "Hello", ["offer.pdf"],
    ),
    "two types": (
        b"Content-Type: text/plain; charset=utf-8\n" + put_together("mixed", plain("Hello"), PDF_FILE),
        "Hello", ["offer.pdf"],
    ),
    "two types, the other way round": (
        put_together("mixed", plain("Hello"), PDF_FILE).replace(b"\n", b"\nContent-Type: text/plain\n", 1),
        "Hello", ["offer.pdf"],
    ),
    "a sentence like a field": (
        b"\nContent-Type: text/html is what you send.\n", "Content-Type: text/html is what you send.", [],
    ),
    "an empty line in the header": (
        b"\n\n" + put_together("mixed", b" \n" + plain("Hello"), b"\n" + PDF_FILE), "Hello", ["offer.pdf"],
    ),
    "a text that begins like a field": (b"\nContent: see below", "Content: see below", []),
    "one boundary in two, well nested": (
        put_together("mixed", alternative(plain("hello"), html("<p>Hello"), boundary="outer"), PDF_FILE),
        "Hello", ["offer.pdf"],
    ),
    "the root is not the first part": (
        put_together(
            "related", picture("<a@x>"), part("Content-Type: text/html; name=a.html\nContent-ID: <root@x>", "<p>Hello"),
            parameters='; start="<root@x>"',
        ),
        "Hello", ["picture.png"],
    ),
    "a Macintosh file": (
        put_together(
            "mixed", plain("Hello"),
            put_together("appledouble", part("application/applefile; name=offer.pdf", "x"), PDF_FILE, boundary="inner"),
        ),
        "Hello", ["offer.pdf"],
    ),
    "words in a form": (html("<form><textarea>Please <b>call</b></textarea></form>"), "Please call", []),
    "words in buttons and fallbacks": (
        html("<a href='https://x.example'><button>Pay</button></a> <noscript>now</noscript> <object>please</object>"),
        "Pay now please", [],
    ),
}  # fmt: skip

BROKEN = {
    "no boundary named": (b"Content-Type: multipart/mixed\n\n--x\nContent-Type: text/html\n\n<p>Hello\n--x--", "Hello"),
    "another boundary": (
        b"Content-Type: multipart/mixed; boundary=y\n\n--x\nContent-Type: text/html\n\n<p>Hello", "Hello",
    ),
    "no parts": (b"Content-Type: multipart/mixed\n\nHello", "Hello"),
    "no end": (b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nHello", "Hello"),
    "no end of an inner one": (
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/alternative; boundary=y\n\n"
        b"--y\n\nHello\n--x\n\nFooter\n--x--",
        "Hello Footer",
    ),
    "a footer behind the end": (
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nHello\n--x--\n--x\n\nFooter\n--x--", "Hello Footer",
    ),
    "no empty line": (
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\nHello\n--x--", "Hello",
    ),
    "a header that is broken": (
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html;\ncharset=utf-8\n"
        b"Content-Transfer-Encoding: base64\n\nPHA+SGVsbG8=\n--x--",
        "Hello",
    ),
    "text in no part": (b"Content-Type: multipart/mixed; boundary=x\n\nHello\n--x--", "Hello"),
    "no first boundary": (
        b"Content-Type: multipart/mixed; boundary=x\n\nContent-Type: text/html\n\n<p>Hello\n--x\n" + PDF_FILE
        + b"\n--x--",
        "Hello",
    ),
    "text before the parts": (
        b"Content-Type: multipart/mixed; boundary=x\n\nHello\n\n--x\n" + PDF_FILE + b"\n--x--", "Hello",
    ),
    "text before the parts that looks like a field": (
        b"Content-Type: multipart/mixed; boundary=x\n\nNote: call me\nThanks\n\n--x\n" + PDF_FILE + b"\n--x--",
        "Note: call me Thanks",
    ),
    "a quoted boundary with something behind it": (
        b'Content-Type: multipart/mixed; boundary="x" y\n\n--x\n\nHello\n--x--', "Hello",
    ),
    "a foreign character in HTML in base64": (
        b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPHA+SGVs!bG8=", "Hello",
    ),
    "a footer below HTML in UTF-16": (
        b"Content-Type: text/html; charset=utf-16le\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes("<p>Grüße</p>".encode("utf-16-le")) + b"\n\nChecked by Scan 9.",
        "Grüße",
    ),
    "a notice before the parts": (
        b"Content-Type: multipart/mixed; boundary=x\n\nThis is a multi-part message in MIME format.\n--x\n" + PDF_FILE
        + b"\n--x--",
        "",
    ),
    "one boundary in two": (
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/alternative; boundary=x\n\n"
        b"--x\n\nHello\n--x--",
        "Hello",
    ),
    "quoted boundary with blanks": (
        b'Content-Type: multipart/mixed; boundary="a b"\n\n--a b  \n\nHello\n--a b--', "Hello",
    ),
    "old line ends": (b"Content-Type: multipart/mixed; boundary=x\r\r--x\r\rHello\r--x--\r", "Hello"),
    "windows line ends": (b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nHello\r\n--x--\r\n", "Hello"),
    "base64 with a footer": (
        b"Content-Transfer-Encoding: base64\n\nSGVsbG8=\n\n-- \nA footer, as it is", "Hello -- A footer, as it is",
    ),
    "HTML in base64 with a footer": (
        b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\nPHA+SGVsbG8=\n\nChecked by Scan 9.",
        "Hello Checked by Scan 9.",
    ),
    "HTML in base64 that is none": (
        b"Content-Type: text/html\nContent-Transfer-Encoding: base64\n\n<html><p>Hello, this is text</html>",
        "Hello, this is text",
    ),
    "old line ends and soft breaks": (
        b"Content-Type: text/html\rContent-Transfer-Encoding: quoted-printable\r\r<p>Hello =\ryou</p>\r<p>Bye</p>",
        "Hello you Bye",
    ),
    "a parameter in a line of its own": (
        b"Content-Type: text/plain;\ncharset=koi8-r\n\n" + "Привет, Иван".encode("koi8-r"), "Привет, Иван",
    ),
    "base64 that is none": (b"Content-Transfer-Encoding: base64\n\nHello, this is text", "Hello, this is text"),
    "blank behind a soft break": (b"Content-Transfer-Encoding: quoted-printable\n\nHel= \nlo =c3=B6", "Hello ö"),
    "soft breaks inside of a letter": (
        b"Content-Transfer-Encoding: quoted-printable\n\nGr=C3=\n=BC=C3=9=\nFe", "Grüße",
    ),
    "equal signs that are not encoded": (
        b"Content-Transfer-Encoding: quoted-printable\n\na==b ?c=3D=3Dd==3De", "a==b ?c==d==e",
    ),
    "unknown encoding": (b"Content-Transfer-Encoding: x-own\n\nHello", "Hello"),
    "blanks around an encoding": (b"Content-Transfer-Encoding:  Quoted-Printable \n\nHell=6F", "Hello"),
    "a mail of a folder": (b"\n>From sam\nHello", ">From sam Hello"),
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestTexts(BaseCase):
    def test_structures(self):
        for name, (content, text, files) in STRUCTURES.items():
            with self.subTest(name):
                read = Read(content)
                self.assertEqual((read.text, [file_name for file_name, _content in read.files]), (text, files))
                self.assertEqual(read.remarks, [])

    def test_broken_structures(self):
        for name, (content, text) in BROKEN.items():
            with self.subTest(name):
                self.assertEqual(Read(content).text, text)

    def test_text_that_is_a_file_as_well(self):
        """A mail that consists of one inline text file is shown and attached."""
        read = Read(part("Content-Type: text/plain; name=a.txt\nContent-Disposition: inline; filename=a.txt", "Hello"))
        self.assertEqual((read.text, read.files), ("Hello", [("a.txt", b"Hello")]))

    def test_text_of_a_telephone(self):
        """A gateway of short messages names the text inline, in front of pictures."""
        header = "Content-Type: text/plain; name=text_0.txt\nContent-Disposition: inline; filename=text_0.txt"
        read = Read(put_together("mixed", part(header, "Hello"), PDF_FILE))
        self.assertEqual((read.text, [name for name, _content in read.files]), ("Hello", ["text_0.txt", "offer.pdf"]))

    def test_line_breaks_of_office_programs(self):
        for content in (plain("One\vtwo\fthree"), html("<p>One\vtwo\fthree")):
            self.assertEqual(Read(content).text, "One two three")

    def test_flowed(self):
        flowed = "; charset=utf-8; format=flowed"
        for parameters, lines, text in (
            (flowed, "One \ntwo\nthree", "One two\nthree"),
            (f"{flowed}; delsp=yes", "https://shop.example/a/ \nb?c=1 \n end", "https://shop.example/a/b?c=1end"),
            (flowed, "> One \n> two\n>> three \nfour", "> One two\n>> three \nfour"),
            (flowed, "One \n-- \nSam \nSeller", "One \n-- \nSam Seller"),
            (flowed, " > no quote\n From here", "> no quote\nFrom here"),
            ("; format=FLOWED", "One \r\ntwo", "One two"),
            ("", "One \ntwo", "One \ntwo"),
        ):
            with self.subTest(lines):
                self.assertEqual(Read(plain(lines, parameters)).content.texts[0].text, text)

    def test_plain_text_wraps(self):
        for content in (
            plain("1 < 2 & 3"),
            put_together("mixed", plain("1 < 2 & 3"), html("<p>x")),
            html("<pre>1 &lt; 2 &amp; 3</pre>"),
        ):
            self.assertIn('<pre style="white-space: pre-wrap">1 &lt; 2 &amp; 3</pre>', Read(content).body)

    def test_outlook(self):
        body = Read(html("<p class=MsoNormal>One<o:p></o:p></p><p><o:p>&nbsp;</o:p></p><p>Two<o:p></o:p></p>")).body
        self.assertEqual(body, "<p>One</p><p>&nbsp;</p><p>Two</p>")

    def test_links_in_one_piece(self):
        href = "https://shop.example/?a=1&amp;end=1"
        encoded = f'<a href=3D"{href[:20]}=\n{href[20:].replace("=", "=3D")}">x</a>'
        header = "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable"
        self.assertIn(f'href="{href}"', Read(part(header, encoded)).body)

    def test_title(self):
        self.assertEqual(Read(html("<html><head><title>Our offer</title></head><body><p>Hello")).body, "<p>Hello</p>")

    def test_colors(self):
        for source, kept, dropped in (
            ('<td style="background:#036;color:#fff">', "background-color:#036", ""),
            ('<td bgcolor="#003366"><b style="color:white">x</b>', "background-color:#003366", ""),
            ('<td bgcolor=003366 style="color:white">', "background-color:#003366", ""),
            ('<td style="background: url(x.png) #036 no-repeat; color: #FFF">', "background-color:#036", ""),
            ('<td style="background:linear-gradient(90deg, navy, #000);color:#fff">', "background-color:navy", ""),
            ('<body bgcolor="#111"><p style="color:#eee">', "background-color:#111", ""),
            ('<body bgcolor="#000" text="#ffffff"><p>', "color:#ffffff", ""),
            ('<td style="background:url(x.png);color:white">', "", "white"),
            ('<td background="x.png"><font color="#ffffff">x</font>', "", "ffffff"),
            ('<p style="color: rgb(255, 255, 255); font-size: 9px">', "font-size", "255"),
            ('<p style="color: hsl(0, 0%, 100%)">', "", "hsl"),
            ('<p style="display:none;color:#fff">', "#fff", ""),
            ('<p style="color:#c00">', "color:#c00", ""),
            ('<body bgcolor="white"><p>', "<p>", "background"),
        ):
            with self.subTest(source):
                body = Read(html(f"<table><tr>{source}x" if "<td" in source else f"{source}x")).body
                self.assertIn(kept, body)
                self.assertNotIn(dropped or "<blink", body)

    def test_long_texts(self):
        long = "words and more\n" * 100
        read = Read(put_together("mixed", plain("One"), plain(long), plain("Three")), max_text=500)
        self.assertEqual(read.remarks, ["text_cut"])
        self.assertEqual(read.files[0], ("text-1.txt", long.encode()))
        self.assertIn("…", read.text)
        read = Read(html(f"<p>{long}"), max_text=500)
        self.assertEqual(read.remarks, ["text_only", "text_cut"])
        self.assertEqual(read.files, [("text-1.html", f"<p>{long}".encode())])

    def test_picture_of_a_text_that_is_too_long(self):
        read = Read(html(f"<p>{'words ' * 200}" + '<img src="cid:a">'), max_text=500)
        self.assertEqual(read.remarks, ["text_only", "text_cut"])

    def test_encrypted(self):
        pgp = put_together(
            "encrypted",
            part("application/pgp-encrypted", "Version: 1"),
            part("application/octet-stream; name=encrypted.asc", "-----BEGIN PGP MESSAGE-----\n\nx"),
        )
        smime = file(
            "application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
            b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03xxxx",
        )
        for content, name in ((pgp, "encrypted.asc"), (smime, "smime.p7m")):
            read = Read(content)
            self.assertEqual((read.remarks, [file_name for file_name, _content in read.files]), (["encrypted"], [name]))
        self.assertEqual(Read(plain("-----BEGIN PGP MESSAGE-----\n\nx")).remarks, ["encrypted"])

    def test_pictures_are_no_text(self):
        read = Read(put_together("related", html('<p>Hello<img src="cid:a@x">'), picture("<a@x>")))
        self.assertEqual((read.text, read.files, read.pictures), ("Hello", [], [PNG]))
