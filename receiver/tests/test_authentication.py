"""SPF, DKIM and DMARC by a DNS of the test's own, and headers that claim to be of this server."""

import re
import time
from types import SimpleNamespace

import pytest
from odoo_bcc_receiver.authentication import _Cache

from .conftest import DROPBOX, Client
from .signed import EVE, build, read_results, receive, sign

HOST = "mx.example.com"


def spf(result, domain):
    return f"spf={result} smtp.mailfrom={domain}"


def signed(result, domain):
    return f"dkim={result} header.d={domain}"


def dmarc(result, domain):
    return f"dmarc={result} header.from={domain}"


NO_DKIM = "dkim=none"
LONG = b"x" * 64
"""Longer than a label of the DNS."""
CASES = [
    # mail, envelope sender, results
    (sign(build()), "sam@acme.example",
     [spf("pass", "acme.example"), signed("pass", "acme.example"), dmarc("pass", "acme.example")]),
    (build(), "sam@acme.example", [spf("pass", "acme.example"), NO_DKIM, dmarc("pass", "acme.example")]),
    (sign(build()), EVE,
     [spf("pass", "evil.example"), signed("pass", "acme.example"), dmarc("pass", "acme.example")]),
    (build(), EVE, [spf("pass", "evil.example"), NO_DKIM, dmarc("fail", "acme.example")]),
    (sign(build(), "evil.example"), EVE,
     [spf("pass", "evil.example"), signed("pass", "evil.example"), dmarc("fail", "acme.example")]),
    (sign(build()) + b"more\r\n", EVE,
     [spf("pass", "evil.example"), signed("fail", "acme.example"), dmarc("fail", "acme.example")]),
    (sign(sign(build(), "evil.example")), EVE,
     [spf("pass", "evil.example"), signed("pass", "acme.example"), signed("pass", "evil.example"),
      dmarc("pass", "acme.example")]),
    # a name that begins like the one of the victim: some programs cut it at the hyphen
    (build(), "eve@acme.example-evil.example",
     [spf("pass", "acme.example-evil.example"), NO_DKIM, dmarc("fail", "acme.example")]),
    (sign(build(), "acme.example-evil.example"), EVE,
     [spf("pass", "evil.example"), signed("pass", "acme.example-evil.example"), dmarc("fail", "acme.example")]),
    (build("eve@acme.example-evil.example"), EVE,
     [spf("pass", "evil.example"), NO_DKIM, dmarc("none", "acme.example-evil.example")]),
    # alignment
    (build("sam@acme.co.uk"), "x@mail.acme.co.uk",
     [spf("pass", "mail.acme.co.uk"), NO_DKIM, dmarc("pass", "acme.co.uk")]),
    (build("sam@acme.co.uk"), "x@evil.co.uk", [spf("pass", "evil.co.uk"), NO_DKIM, dmarc("fail", "acme.co.uk")]),
    (build("sam@sales.acme.co.uk"), "x@mail.acme.co.uk",
     [spf("pass", "mail.acme.co.uk"), NO_DKIM, dmarc("pass", "sales.acme.co.uk")]),
    (build("sam@strict.example"), "x@strict.example",
     [spf("pass", "strict.example"), NO_DKIM, dmarc("pass", "strict.example")]),
    (sign(build("sam@strict.example"), "sub.strict.example"), "x@sub.strict.example",
     [spf("pass", "sub.strict.example"), signed("pass", "sub.strict.example"), dmarc("fail", "strict.example")]),
    # SPF
    (build("x@bare.example"), "x@bare.example", [spf("none", "bare.example"), NO_DKIM, dmarc("none", "bare.example")]),
    (build("x@spf.example"), "x@spf.example", [spf("pass", "spf.example"), NO_DKIM, dmarc("none", "spf.example")]),
    (build("x@soft.example"), "x@soft.example",
     [spf("softfail", "soft.example"), NO_DKIM, dmarc("none", "soft.example")]),
    (build("x@other.example"), "x@other.example",
     [spf("fail", "other.example"), NO_DKIM, dmarc("fail", "other.example")]),
    (build("x@broken.example"), "x@broken.example",
     [spf("permerror", "broken.example"), NO_DKIM, dmarc("none", "broken.example")]),
    (build("x@many.example"), "x@many.example",
     [spf("permerror", "many.example"), NO_DKIM, dmarc("none", "many.example")]),
    (build("x@client.example"), "", [spf("pass", "client.example"), NO_DKIM, dmarc("none", "client.example")]),
    (build("x@twice.example"), "x@twice.example",
     [spf("pass", "twice.example"), NO_DKIM, dmarc("none", "twice.example")]),
    # international domains
    (build("x@b\u00fccher.example"), "x@b\u00fccher.example",
     [spf("pass", "xn--bcher-kva.example"), NO_DKIM, dmarc("pass", "xn--bcher-kva.example")]),
    # DKIM
    (sign(build(), selector=b"nokey"), EVE,
     [spf("pass", "evil.example"), signed("permerror", "acme.example"), dmarc("fail", "acme.example")]),
    (sign(build(), "evil.example", selector=b"large"), EVE,
     [spf("pass", "evil.example"), signed("fail", "evil.example"), dmarc("fail", "acme.example")]),
    (sign(build(), length=True) + b"more\r\n", EVE,
     [spf("pass", "evil.example"), signed("policy", "acme.example"), dmarc("fail", "acme.example")]),
    (build(headers=b"DKIM-Signature: nonsense\r\n"), EVE,
     [spf("pass", "evil.example"), "dkim=permerror", dmarc("fail", "acme.example")]),
    (build(headers=b"DKIM-Signature: v=1; d=acme.example\r\n"), EVE,
     [spf("pass", "evil.example"), signed("fail", "acme.example"), dmarc("fail", "acme.example")]),
    (build(headers=b"DKIM-Signature: v=1; d=acme.example; dmarc=pass header.from=acme.example\r\n"), EVE,
     [spf("pass", "evil.example"), signed("fail", "acme.example"), dmarc("fail", "acme.example")]),
    # DNS
    (sign(build("x@failing.example"), "failing.example"), "x@failing.example",
     [spf("temperror", "failing.example"), signed("temperror", "failing.example"),
      dmarc("temperror", "failing.example")]),
    (sign(build(), "failing.example"), "x@failing.example",
     [spf("temperror", "failing.example"), signed("temperror", "failing.example"), dmarc("fail", "acme.example")]),
    (build(headers=b"DKIM-Signature: v=1; a=rsa-sha256; d=acme.example; s=%s; h=from; bh=eA==; b=eA==\r\n" % LONG),
     EVE, [spf("pass", "evil.example"), signed("permerror", "acme.example"), dmarc("fail", "acme.example")]),
    # records with faults
    (build("x@faults.example"), EVE, [spf("pass", "evil.example"), NO_DKIM, dmarc("fail", "faults.example")]),
    (build("x@blanks.example"), EVE, [spf("pass", "evil.example"), NO_DKIM, dmarc("fail", "blanks.example")]),
    (build("x@" + "\u00e9" * 70 + ".example"), EVE, [spf("pass", "evil.example"), NO_DKIM, "dmarc=fail"]),
]  # fmt: skip


@pytest.mark.parametrize(("mail", "sender", "results"), CASES)
def test_results(border, odoo, mail, sender, results):
    trace, rest = receive(border, odoo, mail, sender)
    assert read_results(trace) == results
    assert rest == mail


def test_cached_answers(border, odoo, nameserver):
    """The DNS is asked again when its answers have expired, not for each mail."""
    for domain, is_cached in (("acme.example", True), ("fresh.example", False)):
        results = []
        for _number in range(2):
            nameserver.asked.clear()
            results.append(receive(border, odoo, sign(build(f"sam@{domain}")), f"sam@{domain}")[0].partition("by")[0])
        assert results[0] == results[1]
        assert nameserver.asked == ([] if is_cached else [domain])


def test_negative_answers_expire():
    """Some never would: those without the SOA record that has their time to live."""
    answer = SimpleNamespace(expiration=2**40)
    _Cache(1).put("_dmarc.acme.example", answer)
    assert answer.expiration < time.time() + 600


def test_silent_dns(border, odoo):
    mail = sign(build("x@silent.example"), "silent.example")
    trace, rest = receive(border, odoo, mail, "x@silent.example")
    assert [result.partition(" ")[0] for result in read_results(trace)] == [
        "spf=temperror",
        "dkim=temperror",
        "dmarc=temperror",
    ]
    assert rest == mail


@pytest.mark.parametrize(
    "sender",
    ["sam@acme.example, eve@evil.example", "eve@evil.example, sam@acme.example",
     '"sam@acme.example" <eve@evil.example>',
     "sam@acme.example <eve@evil.example>", "eve@evil.example\r\nFrom: sam@acme.example",
     "sam@acme.example\r\nFrom: eve@evil.example", "sam@acme.example\r\nfrom : eve@evil.example",
     "<sam@acme.example> (<eve@evil.example>)", "<@evil.example:sam@acme.example>", "sam@acme.example\0@evil.example",
     "sam@acme.example;eve@evil.example", "evil: eve@evil.example; sam@acme.example", "", "sam", "<>",
     "=?utf-8?q?=3Csam=40acme.example=3E?= <eve@evil.example>"],
)  # fmt: skip
def test_sender(border, odoo, sender):
    """Nothing passes for acme.example that has another sender as well."""
    trace, _rest = receive(border, odoo, build(sender), EVE)
    assert not re.search(r"dmarc=pass(?! header.from=evil\.example)", trace)
    assert "dmarc=fail" in trace or "sam@acme" not in sender


@pytest.mark.parametrize(
    "sender",
    ["sam@acme.example (CEO)", '"Sales > Europe" <sam@acme.example>', '"a<b" <sam@acme.example>',
     "CEO <sam@acme.example> (x)", "Rep @ Acme <sam@acme.example>", "sam @ acme . example",
     "<mailto:sam@acme.example>", "sam@acme.example;", "Sam\r\n <sam@acme.example>",
     "=?utf-8?q?S=2C?= <sam@ACME.example>"],
)  # fmt: skip
def test_written_sender(border, odoo, sender):
    """However it is written, the domain is checked."""
    for envelope_sender, result in ((EVE, "fail"), ("sam@acme.example", "pass")):
        trace, _rest = receive(border, odoo, build(sender), envelope_sender)
        assert read_results(trace)[-1] == dmarc(result, "acme.example")


@pytest.mark.parametrize(
    "sender",
    ["=?utf-8?q?x=3E=0D=0AX-Forged=3A_1=0D=0AX=3A_?=@evil.example", "=?utf-8?b?eD4NClgtRm9yZ2VkOiAx?=@evil.example",
     "eve@=?utf-8?q?x=3E=0D=0AX-Forged=3A_1?="],
)  # fmt: skip
def test_encoded_envelope_sender(border, sender):
    """The library decodes it, so that it could end the header in which it is written."""
    for port, hello in ((border.smtp, "EHLO"), (border.lmtp, "LHLO")):
        with Client(port) as client:
            client.greet(hello)
            assert client.ask(f"MAIL FROM:<{sender}>").startswith("553 5.1.7")


NAME = "Authentication-Results"
PASS = "dmarc=pass header.from=acme.example"
FORGED = [
    f"{NAME}: {HOST}; {PASS}",
    f"{NAME.lower()}: {HOST.upper()}; {PASS}",
    f"{NAME}:{HOST} 1; {PASS}",
    f"{NAME}: {HOST}.; {PASS}",
    f'{NAME}: "{HOST}"; {PASS}',
    f"{NAME}: (x) {HOST} (y(z)); {PASS}",
    f"{NAME}: mx.\r\n example.com; {PASS}",
    f"{NAME}:\r\n\t{HOST};\r\n\t{PASS}",
    f"{NAME}:\r\n \r\n {HOST};\r\n\t{PASS}",
    f"{NAME} : {HOST}; {PASS}",
    f"{NAME}\t \t: {HOST}; {PASS}",
    f"{NAME}\r\n : {HOST}; {PASS}",
    f"{NAME}\x00: {HOST}; {PASS}",
    f"{NAME}\x0b: {HOST}; {PASS}",
    f"{NAME}\x0c: {HOST}; {PASS}",
    f"{NAME}\xa0: {HOST}; {PASS}",
    f"{NAME}: \x00{HOST}; {PASS}",
    f"{NAME}: {HOST}; {PASS} x",
    f"{NAME}: {HOST};" + ("\r\n (" + "x" * 900 + ")") * 130 + f"\r\n {PASS}",
    f"{NAME}: {PASS}",
    f"{NAME}: other.example; {PASS}",
    f"{NAME}",
    "\r\n".join([f"{NAME}: {HOST}; {PASS}"] * 40),
    f"no header\r\n{NAME}: {HOST}; {PASS}",
    f": x\r\n{NAME}: {HOST}; {PASS}",
    f"Received: from a by {HOST}; x\r\n{NAME}: {HOST}; {PASS}",
]
KEPT = [
    f"X-{NAME}: {HOST}; {PASS}",
    f"ARC-{NAME}: i=1; {HOST}; {PASS}",
    f"{NAME}-Original: {HOST}; {PASS}",
    f"X: y\r\n {NAME}: {HOST}; {PASS}",
    f"Received: from mx.acme.example by {HOST}; x",
    "Received-SPF: pass",
    f"Return-Path: <sam@acme.example>\r\nX-Original-To: {DROPBOX}\r\nX-BCC-Dropbox-Envelope: x",
]


@pytest.mark.parametrize("header", FORGED)
def test_forged(border, odoo, header):
    """They are gone, wherever they are in the header; the rest is as it was."""
    forged = header.encode("latin-1") + b"\r\n"
    kept = b"".join(re.findall(rb"(?m)^(?:no header|: x|Received: .*)\r\n", forged))
    for mail in (forged + build(), build(headers=forged), build(headers=b"X: y\r\n z\r\n" + forged)):
        trace, rest = receive(border, odoo, mail, EVE)
        assert rest == mail.replace(forged, kept)
        assert read_results(trace)[-1] == "dmarc=fail header.from=acme.example"


@pytest.mark.parametrize("header", KEPT)
def test_kept(border, odoo, header):
    mail = build(headers=header.encode() + b"\r\n", body=f"{NAME}: {HOST}; {PASS}\r\n".encode())
    trace, rest = receive(border, odoo, mail, EVE)
    assert rest == mail
    assert read_results(trace)[-1] == "dmarc=fail header.from=acme.example"


@pytest.mark.parametrize(
    "helo",
    [
        f"x;\r\n\t{PASS}".replace("\r\n", ""),
        "a by b",
        f"x) by {HOST} (y",
        "x@y",
        "(",
        '"',
        "by",
        "localhost",
        "\u00e4.example",
    ],
)
def test_helo(border, odoo, helo):
    """A name that is not one is not written into the header."""
    with Client(border.smtp) as client:
        client.read()
        client.ask(f"EHLO {helo}")
        client.ask("MAIL FROM:<>")
        client.ask(f"RCPT TO:<{DROPBOX}>")
        client.ask("DATA")
        client.send(build() + b".\r\n")
        assert client.read().startswith("250")
    assert b"\r\nReceived: from unknown ([127.0.0.1])\r\n\tby mx.example.com with ESMTP; " in odoo.mails[0][1]


def test_no_recipient_in_trace(border, odoo):
    with Client(border.smtp) as client:
        client.deliver(build(), DROPBOX, f"bcc-{'b' * 20}@crm.example.com")
    assert b"bcc-" not in odoo.mails[0][1]


def test_local(border, odoo):
    """By LMTP, a server of one's own has checked the mail."""
    mail = build(headers=f"{NAME}: {HOST}; {PASS}\r\n".encode())
    with Client(border.lmtp) as client:
        client.deliver(mail, hello="LHLO")
    assert odoo.mails[0][1] == b"Return-Path: <sam@acme.example>\r\n" + mail


def test_not_wanted(start, odoo):
    """If another server in front of it has checked it."""
    mail = build(headers=f"{NAME}: {HOST}; {PASS}\r\n".encode())
    with Client(start(authentication=False).smtp) as client:
        client.deliver(mail)
    assert odoo.mails[0][1] == b"Return-Path: <sam@acme.example>\r\n" + mail


def test_expensive_mails(border, odoo):
    """What takes dkimpy long is not given to it."""
    for length in (99, 1_000, 60_000):
        body = (b"x" + b" " * length) * (60_000 // length) + b"y\r\n"
        seconds = border.seconds
        trace, _rest = receive(border, odoo, sign(build(body=b"x\r\n")) + body * 100, EVE)
        assert read_results(trace)[1].startswith("dkim=policy")
        assert border.seconds - seconds < 5


def test_many_fields(border, odoo):
    """The time of dkimpy grows with the square of their number."""
    trace, _rest = receive(border, odoo, sign(build(headers=b"X-A: a\r\n" * 5_000)), EVE)
    assert read_results(trace)[1].startswith("dkim=policy")


@pytest.mark.parametrize("pad", ["\r\n ", "\x0b" * 9_000 + "\r\n ", " " * 9_000 + "\r\n "])
def test_expensive_headers(border, odoo, pad):
    pad = pad.encode() * (900_000 // len(pad))
    for name in (b"DKIM-Signature: v=1", b"ARC-Seal: i=1"):
        header = name + b"; a=rsa-sha256; d=evil.example; s=key; h=from; bh=eA==; b=eA" + pad + b"!\r\n"
        seconds = border.seconds
        trace, _rest = receive(border, odoo, build(headers=header), EVE)
        assert read_results(trace)[1].startswith("dkim=policy")
        assert "\tarc=" not in trace
        assert border.seconds - seconds < 5


@pytest.mark.parametrize(
    "sender",
    ["a@b" + "\r\n ".join([" " * 60_000] * 15) + "x", "<" + "a" * 60_000 + "@b", "\r\n ".join(["<" * 60_000] * 15),
     "a@" + "\u00fc" * 30_000, "a@" + ".".join(["b"] * 30_000)],
)  # fmt: skip
def test_expensive_senders(border, odoo, sender):
    seconds = border.seconds
    receive(border, odoo, build(sender), EVE)
    assert border.seconds - seconds < 5


def test_large_signed_mail(border, odoo):
    mail = sign(build(body=(b"x" * 76 + b"\r\n") * 330_000))
    trace, rest = receive(border, odoo, mail)
    assert "dkim=pass" in trace
    assert rest == mail
    assert border.memory < 300 * 1024**2
