"""Forged and genuine mails through a real Postfix with OpenDKIM and OpenDMARC, or rspamd, set up as in the manual.

Their output is passed to the addon. They use a fake DNS, and simulated client addresses.
"""

import base64
import re
import shutil
import smtplib
import tempfile
import textwrap
from pathlib import Path

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from odoo.fields import Command

from ..tools.raw_mail import RawMail
from .common import DropboxCommon, tagged
from .servers import OpenDkim, OpenDmarc, Postfix, Rspamd, require_programs, send

MANUAL = Path(__file__).parents[1] / "docs" / "sender-verification.md"
HOST = "mx.example.com"
SECONDS = 60

OWN_CLIENT, EVIL_CLIENT, OTHER_CLIENT = "192.0.2.7", "192.0.2.66", "192.0.2.8"
KNOWN_CLIENT = "192.0.2.67"
EVE = "eve@evil.example"

# acme.example has SPF, DKIM and DMARC, spf.example no DMARC, bare.example nothing
ZONE = """\
acme.example. 60 IN TXT "v=spf1 ip4:192.0.2.7 -all"
key._domainkey.acme.example. 60 IN TXT "v=DKIM1; k=rsa; p={key}"
_dmarc.acme.example. 60 IN TXT "v=DMARC1; p=none"
spf.example. 60 IN TXT "v=spf1 ip4:192.0.2.7 -all"
bare.example. 60 IN A 192.0.2.7
evil.example. 60 IN TXT "v=spf1 ip4:192.0.2.66 ip4:192.0.2.67 -all"
key._domainkey.evil.example. 60 IN TXT "v=DKIM1; k=rsa; p={key}"
_dmarc.evil.example. 60 IN TXT "v=DMARC1; p=none"
"""

MAIL = b"""\
From: %(sender)s\r
To: new@customer.example\r
Subject: Our offer\r
Date: Mon, 23 Nov 2026 10:00:00 +0100\r
Message-ID: <%(number)d@laptop.example>\r
%(headers)s\r
Here is our offer.\r
"""

NAME = "Authentication-Results"
PASS = "dmarc=pass header.from={domain}; dkim=pass header.d={domain}; spf=pass smtp.mailfrom={domain}"
# placeholders for the results in a forged header, and for its name
HEADERS = [
    f"{NAME}: {HOST}; {PASS}",
    f"{NAME.lower()}: {HOST.upper()}; {PASS}",
    f"{NAME}:{HOST} 1; {PASS}",
    f"{NAME}: {HOST} 2; {PASS}",
    f"{NAME}: {HOST} junk; {PASS}",
    f"{NAME}: {HOST}.; {PASS}",
    f"{NAME}: {HOST} ; {PASS}",
    f"{NAME}: {HOST}:25; {PASS}",
    f"{NAME}: {HOST}/A1; {PASS}",
    f'{NAME}: "{HOST}"; {PASS}',
    f"{NAME}: (x) {HOST} (y(z)); {PASS}",
    f"{NAME}: {HOST}(x); {PASS}",
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
    f"{NAME}\r: {HOST}; {PASS}",
    f"{NAME}: \x00{HOST}; {PASS}",
    f"{NAME}: \xff {HOST}; {PASS}",
    f"{NAME}: {HOST}; {PASS}\x00",
    f"{NAME}: {HOST}; {PASS} x",
    f"{NAME}: {HOST}; {PASS}; x",
    f"{NAME}: {HOST}; {PASS} x.y=z",
    f"{NAME}: {HOST}; {PASS};" + " x=none;" * 150,
    f"{NAME}: {HOST};" + "\r\n (" + "x" * 900 + ")" * 1 + f"\r\n {PASS}",
    f"{NAME}: {HOST};" + ("\r\n (" + "x" * 900 + ")") * 130 + f"\r\n {PASS}",
    f"{NAME}: {HOST}; dkim=pass header.d={{domain}}",
    f"{NAME}: {HOST}; dkim=pass header.i=@{{domain}}",
    f"{NAME}: {HOST}; spf=pass smtp.mailfrom=sam@{{domain}}",
    f"{NAME}: {HOST}; spf=pass smtp.helo={{domain}} smtp.mailfrom={{domain}}",
    f"{NAME}: {HOST}; auth=pass smtp.auth=sam@{{domain}}",
    f"{NAME}: {HOST}; dmarc=pass",
    f"{NAME}: {PASS}",
    f"{NAME}: {HOST}; {PASS}\r\n" * 40 + "X: y",
    f"Received: from a by {HOST}; x\r\n{NAME}: {HOST}; {PASS}",
    f"{NAME}: {HOST}; {PASS}\r\nReceived: from a by {HOST}; x",
    f"{NAME}: {PASS}\r\nReceived: from a by {HOST}; x",
    f"Received: from a by localhost; x\r\n{NAME}: {HOST}; {PASS}",
    f"Received: from a by b.example; x\r\n{NAME}: {HOST}; {PASS}",
    f"X: y\r{NAME}: {HOST}; {PASS}",
    f"X: y\r\r{NAME}: {HOST}; {PASS}",
    f"X: y\n{NAME}: {HOST};\n\t{PASS}",
    f"X: y\r\r\n{NAME}: {HOST}; {PASS}",
    f"From x\r\n{NAME}: {HOST}; {PASS}",
    f"no header\r\n{NAME}: {HOST}; {PASS}",
    f": x\r\n{NAME}: {HOST}; {PASS}",
    f"X: {'y' * 3000}\r\n{NAME}: {HOST}; {PASS}",
    f"X: {'y' * 2045}{NAME}: {HOST}; {PASS}",
    f"ARC-{NAME}: i=1; {HOST}; {PASS}",
    f"X-{NAME}: {HOST}; {PASS}\r\nOld-{NAME}: {HOST}; {PASS}",
    "Received-SPF: pass client-ip=192.0.2.7; envelope-from=sam@{domain}",
    "DKIM-Signature: v=1; a=rsa-sha256; d={domain}; s=key; h=from; bh=AAAA; b=AAAA",
    f"Return-Path: <sam@{{domain}}>\r\nContent-Type: message/rfc822\r\n{NAME}: {HOST}; {PASS}",
]

SMUGGLED = [
    '"x; dmarc=pass header.from={domain}"@evil.example',
    '"x\\"; dmarc=pass header.from={domain};"@evil.example',
    '"x) dmarc=pass header.from={domain} ("@evil.example',
    '"sam@{domain}"@evil.example',
    '"a@b@{domain}"@evil.example',
    '"sam@{domain}\\"x"@evil.example',
    '"sam@{domain}\\"\\""@evil.example',
    '"\\"sam@{domain}\\""@evil.example',
    '"sam@{domain} x"@evil.example',
    '"sam@{domain}("@evil.example',
    '"sam@{domain}\\\\"@evil.example',
    "@{domain}:eve@evil.example",
    "sam@{domain}",
    "sam(x@{domain}",
]
"""Envelope senders that look like results, where a server writes them."""


SMUGGLED_FROM = [
    "eve@evil.example, sam@{domain}",
    "sam@{domain}, eve@evil.example",
    '"sam@{domain}" <eve@evil.example>',
    "sam@{domain} <eve@evil.example>",
    "eve@evil.example\r\nFrom: sam@{domain}",
    "sam@{domain}\r\nFrom: eve@evil.example",
    "sam@{domain}\r\nFrom : eve@evil.example",
    "<sam@{domain}> (<eve@evil.example>)",
    "(<eve@evil.example>) sam@{domain}",
    '"<eve@evil.example>" <sam@{domain}>',
    '"eve@evil.example\\"" <sam@{domain}>',
    "<@evil.example:sam@{domain}>",
    "=?utf-8?q?=3Ceve=40evil.example=3E?= <sam@{domain}>",
    "sam@{domain}\x00@evil.example",
    "sam@{domain};eve@evil.example",
    "evil: eve@evil.example; sam@{domain}",
]


def read_manual(name):
    """Return the lines of a file as in the manual."""
    return re.search(rf"`[\w/.]*{re.escape(name)}`.*?\n```\n(.*?)```", MANUAL.read_text(), re.DOTALL)[1]


class ServersCommon(DropboxCommon):
    programs: tuple = ()

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        require_programs("postfix", "unshare", "ip", *cls.programs)
        cls.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = cls.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        cls.zone = ZONE.format(key='" "'.join(textwrap.wrap(base64.b64encode(public).decode(), 200)))
        cls.folder = Path(tempfile.mkdtemp(prefix="bcc-filters-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        filters = [cls._start(server) for server in cls._get_filters()]
        for name in ("authentication_results", "authentication_senders"):
            (cls.folder / name).write_text(read_manual(f"postfix/{name}"))
        cls.folder.chmod(0o755)
        lines = read_manual("postfix/main.cf`, in addition to `smtpd_milters").replace("/etc/postfix", str(cls.folder))
        manual = {name: value for name, _equals, value in (line.partition(" =") for line in lines.splitlines())}
        # results for this client must be visible to the next filter
        manual["smtpd_sender_restrictions"] = (
            f"check_client_access inline:{{{{{KNOWN_CLIENT} = OK}}}}, {manual['smtpd_sender_restrictions']}"
        )
        cls.postfix = cls._start(Postfix(cls.folder / "postfix", settings={
            "myhostname": HOST,
            "mynetworks": "127.0.0.1/32",
            "relay_domains": "acme.example",
            "smtpd_relay_restrictions": "permit_auth_destination, reject",
            "smtpd_authorized_xclient_hosts": "127.0.0.1",
            "smtpd_milters": ", ".join(server.milter for server in filters),
            **manual,
        }))  # fmt: skip
        cls.sam.bcc_dropbox_ids.sender_ids = [
            Command.create({"email": f"sam@{domain}", "verified": True}) for domain in ("spf.example", "bare.example")
        ]
        parameters = cls.env["ir.config_parameter"]
        parameters.set_param("crm_bcc_dropbox.authentication_host", HOST)

    @classmethod
    def _get_filters(cls):
        raise NotImplementedError

    @classmethod
    def _start(cls, server):
        cls.addClassCleanup(server.remove)
        server.start()
        return server

    def setUp(self):
        super().setUp()
        self._lift_day_limits()
        self.postfix.clear_sent_out()
        self.number = 0

    def _build(self, headers="", sender="sam@acme.example"):
        self.number += 1
        headers = f"{headers}\r\n".encode("latin-1") if headers else b""
        return MAIL % {b"sender": sender.encode(), b"number": self.number, b"headers": headers}

    def _get_number(self, raw):
        return int(re.search(rb"<(\d+)@laptop", raw)[1])

    def _sign(self, raw, domain="acme.example"):
        private = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        return dkim.sign(raw, b"key", domain.encode(), private, include_headers=[b"from", b"to", b"subject"]) + raw

    def _send(self, raw, client=EVIL_CLIENT, sender=EVE):
        """Send a mail to the dropbox; the server may reject it."""
        address = self.sam.bcc_dropbox_address
        try:
            send("127.0.0.1", self.postfix.smtp_port, sender, [address], raw, client=client)
        except smtplib.SMTPException:
            return False
        return True

    def _judge(self, mode):
        """Pass what arrived to the addon.

        :return: the result of each mail by its number, and the results in its header
        """
        self.postfix.wait_until_empty(SECONDS)
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.authentication", mode)
        judged = {}
        for raw in self.postfix.sent_out():
            number = self._get_number(raw)
            # Odoo identifies the mail by its Message-Id, which Postfix may have added
            raw = re.sub(rb"(Message-I[dD]: <[^@]+)@[\w.]+>", rf"\1@{mode}.example>".encode(), raw)
            last = self.env["crm.bcc.dropbox.email"].search([], order="id DESC", limit=1)
            self._receive(raw)
            [email] = self.env["crm.bcc.dropbox.email"].search([("id", ">", last.id or 0)])
            judged[number] = (email.state, email.authentication, raw)
        return judged

    # ------------------------------------------------------------
    # TESTS
    # ------------------------------------------------------------

    def check_genuine(self):
        nested = self._build(
            "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
            f"Content-Type: message/rfc822\r\n\r\n{NAME}: {HOST}; dmarc=pass\r\nSubject: x\r\n\r\n--b--"
        )
        mails = {}
        for name, client, sender, raw in [
            ("SPF", OWN_CLIENT, "sam@acme.example", self._build()),
            ("SPF, no DMARC", OWN_CLIENT, "sam@spf.example", self._build(sender="sam@spf.example")),
            ("DKIM", OTHER_CLIENT, EVE, self._sign(self._build())),
            ("DKIM, an attached mail", OTHER_CLIENT, EVE, self._sign(nested)),
            ("both", OWN_CLIENT, "sam@acme.example", self._sign(self._build())),
            ("both, results of others", OWN_CLIENT, "sam@acme.example", self._sign(self._build(HEADERS[0]))),
        ]:
            self.assertTrue(self._send(raw, client, sender))
            mails[self._get_number(raw)] = name
        for mode in ("reject", "require"):
            for number, (state, authentication, raw) in self._judge(mode).items():
                with self.subTest(mail=mails[number], mode=mode, raw=raw.decode(errors="replace")):
                    self.assertEqual((state, authentication), ("captured", "pass"))

    def check_forged(self):
        """Nothing that a stranger writes outweighs the server's own failure."""
        for domain, expected in (("acme.example", "fail"), ("spf.example", "fail"), ("bare.example", "none")):
            self.postfix.clear_sent_out()
            mails = {}
            for header in HEADERS:
                headers = header.replace("{domain}", domain)
                sender = f"sam@{domain}"
                # only SPF shows that this is not a server of the domain
                envelope = sender if expected == "fail" else EVE
                for raw in (self._build(headers, sender), f"{headers}\r\n".encode("latin-1") + self._build("", sender)):
                    mails[self._get_number(raw)] = header
                    self._send(raw, sender=envelope)
            for mode in ("reject", "require"):
                judged = self._judge(mode)
                self.assertGreater(len(judged), len(HEADERS))
                for number, (state, authentication, raw) in judged.items():
                    with self.subTest(
                        header=mails[number][:90], domain=domain, raw=raw[:3000].decode(errors="replace")
                    ):
                        for field in RawMail(raw).fields:
                            if field.name == "authentication-results":
                                self.assertNotRegex(field.text, rf"pass\b[^;]*={domain}")
                        # a line that is no header field for Postfix ends the header, and then the mail is from Eve
                        self.assertFalse(state == "captured" and authentication == "pass")
                        if expected == "fail" or mode == "require":
                            self.assertEqual(state, "refused")

    def check_smuggled(self):
        """A genuine envelope sender and a valid signature of another domain."""
        mails = {}
        for domain in ("acme.example", "bare.example"):
            for sender in SMUGGLED:
                envelope = sender.replace("{domain}", domain)
                raw = self._sign(self._build(sender=f"sam@{domain}"), "evil.example")
                mails[self._get_number(raw)] = envelope
                self._send(raw, KNOWN_CLIENT, envelope)
                is_taken = self._send(self._sign(self._build(sender=f"sam@{domain}"), "evil.example"), sender=envelope)
                if envelope.startswith('"') and f"@{domain}" in envelope:
                    self.assertFalse(is_taken, envelope)
            for sender in SMUGGLED_FROM:
                raw = self._sign(self._build(sender=sender.replace("{domain}", domain)), "evil.example")
                mails[self._get_number(raw)] = sender
                self._send(raw)
        for mode in ("reject", "require"):
            for number, (state, authentication, raw) in self._judge(mode).items():
                mail = mails.get(number, mails.get(number - 1))
                with self.subTest(mail=mail, mode=mode, raw=raw.decode("latin-1")):
                    self.assertFalse(state == "captured" and authentication == "pass")
                    if mode == "require":
                        self.assertEqual(state, "refused")


@tagged("post_install", "-at_install")
class TestOpenDkimAndOpenDmarc(ServersCommon):
    programs = ("opendkim", "opendmarc")

    @classmethod
    def _get_filters(cls):
        return [
            OpenDkim(cls.folder / "opendkim", read_manual("opendkim.conf"), cls.zone),
            OpenDmarc(cls.folder / "opendmarc", read_manual("opendmarc.conf"), cls.zone),
        ]

    def test_genuine(self):
        self.check_genuine()

    def test_forged(self):
        self.check_forged()

    def test_smuggled(self):
        self.check_smuggled()


@tagged("post_install", "-at_install")
class TestRspamd(ServersCommon):
    programs = ("rspamd",)

    @classmethod
    def _get_filters(cls):
        return [Rspamd(cls.folder / "rspamd", read_manual("milter_headers.conf"), cls.zone)]

    def test_genuine(self):
        self.check_genuine()

    def test_forged(self):
        self.check_forged()

    def test_smuggled(self):
        self.check_smuggled()
