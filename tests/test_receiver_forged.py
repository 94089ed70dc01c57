"""What strangers write into mails to the receiver, as MX of a subdomain, changes nothing in Odoo."""

import base64
import itertools
import smtplib
import textwrap
import threading

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from odoo.tests import tagged

from ..tools.deliveries import ADDRESS_HEADERS, RECIPIENT_HEADERS
from .faults import NO_LIMITS
from .mail_servers import MailServersCase
from .servers import Receiver
from .servers.sandbox import NameServer
from .test_authentication_servers import EVE, HEADERS, HOST, MAIL

# all mail comes from 127.0.0.1: both domains send it, but only one sends as its own
ZONE = """\
acme.example. 60 IN TXT "v=spf1 ip4:127.0.0.1 -all"
_dmarc.acme.example. 60 IN TXT "v=DMARC1; p=reject"
evil.example. 60 IN TXT "v=spf1 ip4:127.0.0.1 -all"
_dmarc.customer.example. 60 IN TXT "v=DMARC1; p=reject"
key._domainkey.customer.example. 60 IN TXT "v=DKIM1; p={key}"
key._domainkey.evil.example. 60 IN TXT "v=DKIM1; p={key}"
key._domainkey.google.com. 60 IN TXT "v=DKIM1; p={key}"
"""
SAM = "sam@acme.example"
SENDERS = {SAM: ("captured", "pass", "dmarc"), EVE: ("refused", "fail", "dmarc")}
"""The envelope sender of a mail that says it is from Sam, and the result in Odoo."""

NO_FIELDS = ("From ", "no header", ": ")
"""Beginnings of lines that are no fields: programs differ about the sender below them, whom Odoo does not accept."""

FIELDS = ["state", "authentication", "authentication_method", "authentication_host", "found_in", "from_last_hop"]


@tagged("post_install", "-at_install")
class TestReceiverForged(MailServersCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        encoding, kinds = serialization.Encoding, (serialization.PrivateFormat, serialization.PublicFormat)
        cls.key = key.private_bytes(encoding.PEM, kinds[0].TraditionalOpenSSL, serialization.NoEncryption())
        public = base64.b64encode(key.public_key().public_bytes(encoding.DER, kinds[1].SubjectPublicKeyInfo)).decode()
        names = NameServer(ZONE.format(key='" "'.join(textwrap.wrap(public, 200))), ("127.0.0.1", 0))
        cls.addClassCleanup(names.server_close)
        thread = threading.Thread(target=names.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        cls.addClassCleanup(thread.join)
        cls.addClassCleanup(names.shutdown)
        options = {"authentication": True, "hostname": HOST, "nameservers": [f"127.0.0.1:{names.server_address[1]}"]}
        cls.border = Receiver(cls.receiver.folder / "border", options={**cls.receiver.options, **options})
        cls.border.options["smtp"] = f"127.0.0.1:{cls.border.smtp_port}"
        cls.border.options["lmtp"] = f"127.0.0.1:{cls.border.lmtp_port}"
        cls.addClassCleanup(cls.border.remove)
        cls.border.start()
        parameters = {"crm_bcc_dropbox.authentication_host": HOST, **dict.fromkeys(NO_LIMITS, "1000000")}
        for name, value in parameters.items():
            cls.odoo.call("ir.config_parameter", "set_param", name, value)

    def _submit(self, sender, headers, top):
        """Send a mail like any server; the receiver may refuse it. Return its Message-Id."""
        number = next(self.numbers)
        values = {b"sender": SAM.encode(), b"number": number, b"headers": b"" if top else headers}
        raw = (headers if top else b"") + MAIL % values
        with smtplib.SMTP("127.0.0.1", self.border.smtp_port, "client.example", timeout=60) as smtp:
            smtp.starttls()
            try:
                smtp.sendmail(sender, [f"{self.token}@crm.example"], raw)
            except smtplib.SMTPException:
                return None
        return f"<{number}@laptop.example>"

    def _check_headers(self, tables):
        """Send mails with each header, above those of the program or below, and compare the results in Odoo."""
        sent = {}
        for header, sender, top in itertools.product(tables, SENDERS, (True, False)):
            headers = f"{header.format(domain='acme.example')}\r\n".encode("latin-1") if header else b""
            if message_id := self._submit(sender, headers, top):
                sent[message_id] = (header, sender, top)
        rows = self.odoo.call(
            "crm.bcc.dropbox.email", "search_read", [("message_id", "in", list(sent))], ["message_id", *FIELDS]
        )
        for row in rows:
            header, sender, top = sent[row["message_id"]]
            expected = [*SENDERS[sender], HOST, "envelope", True]
            if top and header.startswith(NO_FIELDS):
                expected[0] = "refused"
            with self.subTest(header=header[:90], sender=sender, top=top):
                self.assertEqual([row[name] for name in FIELDS], expected)
        return sent, rows

    def test_results_and_traces(self):
        sent, rows = self._check_headers(["", *HEADERS])
        self.assertEqual(len(rows), len(sent))
        # the others have line ends that no server sends
        self.assertGreater(len(sent), 3 * len(HEADERS))

    def test_envelopes(self):
        dropbox, unknown = f"{self.token}@crm.example", f"bcc-{'a' * 20}@crm.example"
        names = [name for name in RECIPIENT_HEADERS if name not in ADDRESS_HEADERS]
        headers = [
            f"{name}: {address}" for name in (*names, "X-Any") for address in (dropbox, unknown, "info@crm.example")
        ]
        headers += [f"Received: from a by {HOST} for <{address}>; x" for address in (dropbox, unknown)]
        headers += [
            f"{name}: {value}"
            for name in ("X-BCC-Dropbox-Envelope", "Envelope")
            for value in (unknown, base64.b64encode(unknown.encode()).decode())
        ]
        # an empty one marks automatic mail, even if the sender wrote it
        headers += [f"Return-Path: <{EVE}>", "User-Agent: odoo_bcc_mailgate/9"]
        sent, rows = self._check_headers(headers)
        self.assertEqual(len(sent), 4 * len(headers))
        self.assertEqual(len(rows), len(sent))
        programs = self.odoo.call(
            "crm.bcc.dropbox.email", "search_count",
            [("message_id", "in", list(sent)), ("delivered_by", "=like", "odoo-bcc-receiver/%")],
        )  # fmt: skip
        self.assertEqual(programs, len(sent))

    def _redirect(self, sealer, results, *, is_changed=False):
        """Send an email of Carla as a provider redirects it that changes the text, and return its row."""
        number = next(self.numbers)
        raw = MAIL % {b"sender": b"carla@customer.example", b"number": number, b"headers": b""}
        signed = dkim.sign(raw, b"key", b"customer.example", self.key, include_headers=[b"from", b"subject"]) + raw
        signed = signed.replace(b"Here is", b"[checked] Here is")
        found = f"Authentication-Results: {sealer}; {results}\r\n".encode()
        names = [b"from", b"to", b"subject", b"message-id"]
        server = sealer.encode()
        sealed = dkim.arc_sign(found + signed, b"key", server, self.key, server, include_headers=names)
        trace = b"Delivered-To: sam@acme.example\r\nReceived: by 192.0.2.1; Mon, 23 Nov 2026 10:00:00 +0100\r\n"
        content = b"".join(sealed) + trace + signed + b"more\r\n" * is_changed
        with smtplib.SMTP("127.0.0.1", self.border.smtp_port, "client.example", timeout=60) as smtp:
            smtp.starttls()
            smtp.sendmail("sam+caf@google.com", [f"{self.token}@crm.example"], content)
        domain = [("message_id", "=", f"<{number}@laptop.example>")]
        fields = ["state", "authentication", "authentication_method", "redirected"]
        [row] = self.odoo.call("crm.bcc.dropbox.email", "search_read", domain, fields)
        return [row[name] for name in fields]

    def test_sealed(self):
        """A rule redirected the mail; the provider broke its signature, and vouches for what it had found before."""
        self.odoo.call("res.users", "write", [self.sam], {"bcc_dropbox_redirects": True})
        self.addCleanup(self.odoo.call, "res.users", "write", [self.sam], {"bcc_dropbox_redirects": False})
        self.odoo.call("res.partner", "create", {"name": "Carla", "email": "carla@customer.example"})
        found = "dkim=pass header.d=customer.example; dmarc=pass header.from=customer.example"
        forged = ["unmatched", "fail", "dmarc", True]
        for name, expected, sealer, results, is_changed in (
            ("sealed", ["captured", "pass", "arc", True], "google.com", found, False),
            ("changed after that", forged, "google.com", found, True),
            ("sealed by a stranger", forged, "evil.example", found, False),
            ("found forged", forged, "google.com", found.replace("pass", "fail"), False),
        ):
            with self.subTest(name):
                self.assertEqual(self._redirect(sealer, results, is_changed=is_changed), expected)
