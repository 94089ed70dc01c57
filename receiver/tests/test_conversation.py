"""Who may send what to whom."""

import smtplib

import pytest

from .conftest import DROPBOX, MAIL, TOKEN, Client

LOCAL = f"bcc-{TOKEN}"

ACCEPTED = [
    DROPBOX,
    DROPBOX.upper(),
    f"{LOCAL}@other.example",
    f"{LOCAL}@localhost",
    f"{LOCAL}+note@crm.example.com",
    f"{LOCAL}+lead42+todo3d@crm.example.com",
    f"{LOCAL}+S2026/0042#7@crm.example.com",
    f"crm+{LOCAL}@crm.example.com",
    f"my.crm-1+{LOCAL}+note@crm.example.com",
    f"sales+crm+{LOCAL}@crm.example.com",
    f"r&d+{LOCAL}+note@crm.example.com",
]

REFUSED = [
    "",
    "sam@acme.example",
    "postmaster",
    "postmaster@crm.example.com",
    "abuse@crm.example.com",
    "@crm.example.com",
    "bcc-@crm.example.com",
    "bcc@crm.example.com",
    f"{TOKEN}@crm.example.com",
    LOCAL,
    f"{LOCAL}@",
    f"{LOCAL}@-",
    f"{LOCAL}a@crm.example.com",
    f"bcc-{TOKEN[1:]}@crm.example.com",
    f"bcc-{TOKEN[1:]}1@crm.example.com",
    f"x{LOCAL}@crm.example.com",
    f"x-{LOCAL}@crm.example.com",
    f"+{LOCAL}@crm.example.com",
    f"{LOCAL}+@crm.example.com",
    f"{LOCAL}.x@crm.example.com",
    f"{LOCAL}@crm.example.com@evil.example",
    f"victim@evil.example@{LOCAL}@crm.example.com",
    f"{LOCAL}+victim%evil.example@crm.example.com",
    f"victim%evil.example+{LOCAL}@crm.example.com",
    f"evil.example!victim+{LOCAL}@crm.example.com",
    f"{LOCAL}+evil.example!victim@crm.example.com",
    f"@evil.example:{LOCAL}@crm.example.com",
    f"@crm.example.com,@evil.example:{LOCAL}@crm.example.com",
    "@crm.example.com:victim@evil.example",
    f'"{LOCAL}"@crm.example.com',
    f'"{LOCAL}+x y"@crm.example.com',
    f'"victim@evil.example+{LOCAL}"@crm.example.com',
    f"{LOCAL}(x)@crm.example.com",
    f"(x){LOCAL}@crm.example.com",
    f"{LOCAL}@[127.0.0.1]",
    f"{LOCAL}@[IPv6:::1]",
    f"{LOCAL}@crm.example.com:25",
    f"{LOCAL}@crm.example.com/x",
    f"{LOCAL}@crm.example.com, victim@evil.example",
    f"{LOCAL}@crm.example.com> <victim@evil.example",
    f"Sam <{LOCAL}@crm.example.com>",
    f" {LOCAL}@crm.example.com",
    f"{LOCAL} @crm.example.com",
    f"{LOCAL}\\@crm.example.com",
    f"{LOCAL}\t@crm.example.com",
    "bcc-" + 20 * "\u017f" + "@crm.example.com",
    "bcc-" + 20 * "\u212a" + "@crm.example.com",
    f"{LOCAL}@crm.\u00e9xample.com",
    "|/bin/sh",
    "/etc/passwd",
    ":include:/etc/passwd",
]


@pytest.mark.parametrize("address", ACCEPTED)
def test_accepted(receiver, odoo, address):
    for port, hello in ((receiver.smtp, "EHLO"), (receiver.lmtp, "LHLO")):
        with Client(port) as client:
            assert client.deliver(MAIL, address, hello=hello).startswith("250 2.0.0")
    assert [envelope for envelope, _content in odoo.mails] == [[address]] * 2


@pytest.mark.parametrize("hello", ["EHLO", "HELO", "LHLO"])
def test_refused(start, odoo, hello):
    """Nothing else is a recipient, and Odoo is not asked about it."""
    receiver = start()
    for address in REFUSED:
        with Client(receiver.lmtp if hello == "LHLO" else receiver.smtp) as client:
            client.greet(hello)
            client.ask("MAIL FROM:<sam@acme.example>")
            assert client.ask(f"RCPT TO:<{address}>").startswith("550 5.1.1 "), address
            assert client.ask("DATA").startswith("503")
    assert not odoo.requests


@pytest.mark.parametrize(
    "argument",
    ["", "TO", "TO:", f"TO:{DROPBOX}", f"<{DROPBOX}>", f"TO:<{DROPBOX}", f"TO:<{DROPBOX}> NOTIFY=NEVER",
     f"TO:<{DROPBOX}>x", f"TO:<<{DROPBOX}>>", f"TO: x <{DROPBOX}>", f"TO:<{DROPBOX}>,<victim@evil.example>"],
)  # fmt: skip
def test_refused_forms(receiver, odoo, argument):
    with Client(receiver.smtp) as client:
        client.greet()
        client.ask("MAIL FROM:<sam@acme.example>")
        assert client.ask(f"RCPT {argument}".strip()).startswith("550 5.1.1 ")
    assert not odoo.requests


def test_domains(start, odoo):
    receiver = start(domains=["CRM.example.com"])
    with Client(receiver.smtp) as client:
        client.greet()
        client.ask("MAIL FROM:<sam@acme.example>")
        assert client.ask(f"RCPT TO:<{LOCAL}@other.example>").startswith("550 5.1.1")
        assert client.ask(f"RCPT TO:<{LOCAL}@sub.crm.example.com>").startswith("550 5.1.1")
        assert client.ask(f"RCPT TO:<{LOCAL}@crm.EXAMPLE.com>").startswith("250")


def test_unknown_recipient(receiver, odoo):
    """Odoo is asked about each one; those that it knows get the mail."""
    other = f"bcc-{'b' * 20}@crm.example.com"
    odoo.unknown = {other}
    with Client(receiver.lmtp) as client:
        client.greet("LHLO")
        client.ask("MAIL FROM:<sam@acme.example>")
        assert client.ask(f"RCPT TO:<{other}>") == "550 5.1.1 No such recipient"
        assert client.ask(f"RCPT TO:<{DROPBOX}>").startswith("250")
        client.ask("DATA")
        client.send(MAIL + b".\r\n")
        assert client.read().startswith("250 2.0.0")
    assert [envelope for _page, _headers, envelope in odoo.requests] == [[other], [DROPBOX], [DROPBOX]]
    assert len(odoo.mails) == 1


def test_several_recipients(receiver, odoo):
    """One request to Odoo; by LMTP, an answer for each RCPT."""
    addresses = [DROPBOX, f"bcc-{'b' * 20}@crm.example.com", f"bcc-{'c' * 20}@crm.example.com", DROPBOX]
    for port, hello, count in ((receiver.smtp, "EHLO", 1), (receiver.lmtp, "LHLO", 4)):
        odoo.reset()
        for status, answer in (("250", (200, "taken")), ("550", (422, "unknown recipient")), ("451", (503, "busy!"))):
            odoo.answers["mail"] = answer
            with Client(port) as client:
                assert client.deliver(MAIL, *addresses, hello=hello).startswith(status)
                assert all(client.read().startswith(status) for _number in range(count - 1))
                assert client.ask("NOOP") == "250 OK"  # nothing more comes
                assert client.ask("MAIL FROM:<>").startswith("250")  # and all is forgotten
                assert client.ask("DATA").startswith("503")
        envelopes = [envelope for page, _headers, envelope in odoo.requests if page.endswith("mail")]
        assert envelopes == [addresses[:3]] * 3


def test_too_many_recipients(receiver, odoo):
    with Client(receiver.smtp) as client:
        client.greet()
        client.ask("MAIL FROM:<sam@acme.example>")
        replies = [client.ask(f"RCPT TO:<{LOCAL}+{number}@crm.example.com>")[:3] for number in range(41)]
        assert replies == ["250"] * 40 + ["452"]


def test_guessing(receiver, odoo):
    """A client that asks for many unknown recipients is left."""
    odoo.unknown = {DROPBOX}
    with Client(receiver.smtp) as client:
        client.greet()
        client.ask("MAIL FROM:<sam@acme.example>")
        for address in [DROPBOX, "sam@acme.example"] * 5:
            assert client.ask(f"RCPT TO:<{address}>").startswith("550")
        assert client.ask("NOOP").startswith("421")
        assert not client.read()


@pytest.mark.parametrize(
    "sender",
    ["", "sam@acme.example", "sam+x=y@acme.example", "s\u00e4m@acme.example", "a@[192.0.2.1]", "a@[IPv6:2001:db8::1]",
     '"a..b"@acme.example', '"sam o\u2019neill"@acme.example', '"a.b"@acme.example', '"sam (x), y; z"@acme.example'],
)  # fmt: skip
def test_sender(receiver, odoo, sender):
    with Client(receiver.smtp) as client:
        assert client.deliver(MAIL, sender=sender).startswith("250 2.0.0")
    assert odoo.mails[0][1] == f"Return-Path: <{sender}>\r\n".encode() + MAIL


@pytest.mark.parametrize(
    "sender",
    ["<sam>", "<@evil.example:sam@acme.example>", '<"sam"x@acme.example>', "<sam@acme.example", "sam@acme.example",
     '<"sam@acme.example>', '<""@acme.example>', '<"a>b"@acme.example>', '<"a"b"@acme.example>',
     '<"a\\"b"@acme.example>',
     '<"a\tb"@acme.example>', '<"a@b"@acme.example>', '<"a =?utf-8?q?=0AX:y?="@acme.example>', '<a@[evil:1]>',
     "<sam@acme.example>x", "<a@b@c>", "<sam@acme.example\x0bX:y>", "<sam\x00@acme.example>", "<(x)sam@acme.example>",
     "<sam@acme.example;x>", "<sam@acme.example>\tX", "<sam@acme.example> FOO=bar", "<sam@acme.example> SIZE=x",
     "<sam@acme.example> AUTH=<>", "<sam@acme.example> BODY=BINARYMIME"],
)  # fmt: skip
def test_bad_sender(receiver, odoo, sender):
    with Client(receiver.smtp) as client:
        client.greet()
        assert client.ask(f"MAIL FROM:{sender}")[:1] == "5"
        assert client.ask(f"RCPT TO:<{DROPBOX}>")[:1] in ("5", "")


def test_bad_utf8_sender(receiver):
    with Client(receiver.smtp) as client:
        client.greet()
        assert client.ask(b"MAIL FROM:<s\xe4m@acme.example>").startswith("553")


def test_commands(receiver, odoo):
    for port, hello in ((receiver.smtp, "EHLO"), (receiver.lmtp, "LHLO")):
        with Client(port) as client:
            offered = client.greet(hello)
            assert offered.splitlines()[:3] == ["250-mx.example.com", "250-SIZE 52428800", "250-8BITMIME"]
            for word in ("AUTH", "VRFY", "EXPN", "PIPELINING", "CHUNKING", "BINARYMIME", "STARTTLS", "DSN"):
                assert word not in offered
            for command in ("AUTH", "AUTH PLAIN AGEAYg==", "AUTH LOGIN", "VRFY", f"VRFY {DROPBOX}", "EXPN all"):
                assert client.ask(command).startswith("502 5.5.1"), command
            assert "AUTH" not in client.ask("HELP")
            for command in ("ETRN x", "TURN", "BDAT 10 LAST", "XCLIENT ADDR=192.0.2.1"):
                assert client.ask(command).startswith("500"), command
    assert not odoo.requests


def test_protocols_differ(receiver):
    with Client(receiver.lmtp) as client:
        client.read()
        assert client.ask("EHLO x").startswith("500")
        assert client.ask("HELO x").startswith("500")
    with Client(receiver.smtp) as client:
        client.read()
        assert client.ask("LHLO x").startswith("500")


def test_order(receiver):
    with Client(receiver.smtp) as client:
        client.read()
        for command in (f"RCPT TO:<{DROPBOX}>", "DATA", "MAIL FROM:<>"):
            assert client.ask(command).startswith("503"), command
        client.ask("EHLO x")
        assert client.ask(f"RCPT TO:<{DROPBOX}>").startswith("503")
        assert client.ask("MAIL FROM:<>").startswith("250")
        assert client.ask("MAIL FROM:<>").startswith("503")
        assert client.ask("DATA").startswith("503")
        assert client.ask(f"RCPT TO:<{DROPBOX}>").startswith("250")
        assert client.ask("DATA x").startswith("50")
        assert client.ask("RSET").startswith("250")
        assert client.ask("DATA").startswith("503")


def test_many_mails(receiver, odoo):
    """On one connection, as mail servers do."""
    with Client(receiver.lmtp) as client:
        client.greet("LHLO")
        for _number in range(100):
            client.ask("MAIL FROM:<sam@acme.example> SIZE=100 BODY=8BITMIME")
            client.ask(f"RCPT TO:<{DROPBOX}>")
            client.ask("DATA")
            client.send(MAIL + b".\r\n")
            assert client.read().startswith("250 2.0.0")
            assert client.ask("RSET").startswith("250")
    assert len(odoo.mails) == 100


def test_content(receiver, odoo):
    """Dots, 8 bit, NUL, long lines and odd headers arrive as they were sent, with all sizes of pieces."""
    mail = MAIL + b"..\r\n...x\r\n\r\n.. \xe4\xff\0 \r\n" + b"y" * 30_000 + b"\r\n"
    for size in (1, 2, 3, 5, 7, 1000):
        with Client(receiver.smtp) as client:
            client.begin()
            for start in range(0, len(mail) if size > 10 else 150, size):
                client.send(mail[start : start + size])
            if size <= 10:
                client.send(mail[start + size :])
            client.send(b".\r\n")
            assert client.read().startswith("250 2.0.0")
    expected = b"Return-Path: <sam@acme.example>\r\n" + mail.replace(b"\r\n.", b"\r\n")
    assert [content for _envelope, content in odoo.mails] == [expected] * 6


def test_dot_first(receiver, odoo):
    with Client(receiver.smtp) as client:
        assert client.deliver(b"..x: y\r\n\r\n").startswith("250 2.0.0")
    assert odoo.mails[0][1].endswith(b">\r\n.x: y\r\n\r\n")


def test_library(receiver, odoo):
    """As ordinary programs send."""
    for factory, port in ((smtplib.SMTP, receiver.smtp), (smtplib.LMTP, receiver.lmtp)):
        with factory("127.0.0.1", port) as client:
            assert client.sendmail("sam@acme.example", [DROPBOX, "sam@acme.example"], MAIL).keys() == {
                "sam@acme.example"
            }
    assert len(odoo.mails) == 2


def test_request(receiver, odoo):
    with Client(receiver.smtp) as client:
        client.deliver(MAIL)
    (path, headers, _envelope) = odoo.requests[1]
    assert path == "/bcc_dropbox/mail"
    assert headers["Content-Type"] == "message/rfc822"
    assert headers["X-Odoo-Database"] == "production"
    assert headers["User-Agent"].startswith("odoo-bcc-receiver/1.")
    assert headers["Authorization"] == "Basic bWFpbGdhdGU6czNjcmV0"
    assert "Transfer-Encoding" not in headers


def test_known_recipient(start, odoo):
    """Odoo is asked once; what it answers to the mail decides."""
    receiver, token = start(known_seconds=600), "c" * 20
    for recipient in (f"bcc-{token}@crm.example.com", f"crm+BCC-{token.upper()}+x@crm.example.com"):
        with Client(receiver.smtp) as client:
            assert client.deliver(MAIL, recipient).startswith("250")
    assert [path for path, *_request in odoo.requests] == ["/bcc_dropbox/recipients", *["/bcc_dropbox/mail"] * 2]
    odoo.answers["mail"] = (422, "unknown recipient")
    with Client(receiver.smtp) as client:
        assert client.deliver(MAIL, f"bcc-{token}@crm.example.com").startswith("550 5.1.1")


def test_log(start, odoo):
    """One line per mail, without addresses and tokens."""
    receiver = start(max_size=1_000_001)
    token = "abcdefghijklmnopqrst"
    mails = [
        (f"Message-ID: <1.{token}@x.example>", "<1.***@x.example>"),
        (f"Message-ID: <2.BCC-{token.upper()}@x.example>", "<2.***@x.example>"),
        (f"Message-ID: <3.bcc-{'z' * 20}@x.example>", "<3.***@x.example>"),
        ("message-id:\r\n <4@x.example>", "<4@x.example>"),
        ("Message-ID: <5\x1b[31m@x.example>", "-"),
        ("Subject: x", "-"),
    ]
    before = len(receiver.lines)
    for header, _logged in mails:
        with Client(receiver.smtp) as client:
            client.deliver(header.encode() + b"\r\n\r\nsecret text\r\n", f"bcc-{token}@crm.example.com")
    receiver.wait_for(lambda: len(receiver.lines) == before + len(mails))
    for line, (_header, logged) in zip(receiver.lines[before:], mails, strict=True):
        assert line.startswith(f"{logged} "), line
        assert line.endswith(" s taken")
    assert token not in receiver.log.lower()
    assert "crm.example.com" not in receiver.log
    assert "acme.example" not in receiver.log
