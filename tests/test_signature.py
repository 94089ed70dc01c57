"""DKIM signatures, made and checked with dkimpy, with keys from a fake DNS."""

import base64
import time
from unittest.mock import patch

import dkim
import dns.resolver
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from odoo.tests import BaseCase, tagged

from ..tools import signature
from ..tools.raw_mail import RawMail
from ..tools.signature import check_signatures
from .common import DropboxCommon

MAIL = b"""\
From: Sam Seller <sam@acme.example>
To: new@customer.example
Subject: Our offer
Date: Mon, 23 Nov 2026 10:00:00 +0100
Message-ID: <1@laptop.example>

Here is our offer.
"""


class Key:
    """A key and its DNS record."""

    def __init__(self, bits=2048):
        key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
        self.private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )
        public = key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)

    def sign(self, raw, domain=b"acme.example", **options):
        options = {"include_headers": [b"from", b"to", b"subject", b"date"], **options}
        return dkim.sign(raw, b"key", domain, self.private, **options) + raw


KEY = Key()


class Dns:
    """A fake DNS with one record, which remembers the names that were queried."""

    def __init__(self, record=KEY.record, error=None):
        self.record, self.error, self.names = record, error, []

    def __call__(self, name, timeout):
        self.names.append(name)
        if self.error:
            raise self.error
        return self.record


def check(raw, domain="acme.example", record=KEY.record, error=None):
    return check_signatures(RawMail(raw), domain, Dns(record, error))


@tagged("post_install", "-at_install")
class TestSignature(BaseCase):
    def test_fits(self):
        for raw in (
            KEY.sign(MAIL),
            KEY.sign(MAIL.replace(b"\n", b"\r\n")),
            KEY.sign(MAIL).replace(b"\r\n", b"\n"),
            KEY.sign(MAIL, canonicalize=(b"simple", b"simple")).replace(b"\n", b"\r\n").replace(b"\r\r", b"\r"),
            KEY.sign(MAIL, canonicalize=(b"relaxed", b"relaxed")).replace(b"our offer", b"our  \t offer"),
            KEY.sign(MAIL, domain=b"mail.acme.example"),
            KEY.sign(MAIL.replace(b"\nSubject", b"\r\nSubject").replace(b"\n", b"\r\n")),  # odd before it was signed
            b"X-Bcc-Dropbox-Recipient: x\nReceived: from a by b; date\n" + KEY.sign(MAIL),
            b"DKIM-Signature: v=1; d=acme.example; broken\n" + KEY.sign(MAIL),
            Key().sign(KEY.sign(MAIL), domain=b"evil.example"),
            Key().sign(KEY.sign(MAIL)),
        ):
            with self.subTest(raw=raw[:60]):
                self.assertEqual(check(raw), "pass")
        self.assertEqual(check(KEY.sign(MAIL), domain="sub.acme.example"), "pass")

    def test_does_not_fit(self):
        signed = KEY.sign(MAIL)
        for raw in (
            signed.replace(b"our offer.", b"our offer!"),
            signed.replace(b"Subject: Our", b"Subject: [EXTERNAL] Our"),
            signed.replace(b"sam@", b"eve@"),
            signed + b"A footer of a list\n",
            b"From: eve@evil.example\n" + signed,
            Key().sign(MAIL),
            KEY.sign(MAIL).replace(b"s=key", b"s=yek"),
        ):
            with self.subTest(raw=raw[:60]):
                self.assertEqual(check(raw), "broken")
        for record in (None, b"", b"nonsense", b"v=DKIM1; p=", b"v=DKIM1; p=AAAA", KEY.record + b"A" * 5000, b"\xff"):
            with self.subTest(record=record):
                self.assertEqual(check(signed, record=record), "broken")

    def test_no_signature_that_counts(self):
        dns = Dns()
        for raw in (
            MAIL,
            KEY.sign(MAIL, domain=b"evil.example"),
            KEY.sign(MAIL, domain=b"acme.example.evil.example"),
            KEY.sign(MAIL, length=True) + b"whatever was appended\n",
            KEY.sign(MAIL).replace(b"rsa-sha256", b"rsa-sha1"),
            KEY.sign(MAIL).replace(b"h=from :", b"h="),
            KEY.sign(MAIL).replace(b"DKIM-Signature:", b"DKIM-Signature :"),
            KEY.sign(MAIL).replace(b"\n\n", b"\n"),
            b"no header\n" + KEY.sign(MAIL),
            b"DKIM-Signature: " + b"x=y;" * 9999 + b"\n" + MAIL,
            b"DKIM-Signature:\n" + MAIL,
            b"DKIM-Signature: \xff=\x00;;\n" + MAIL,
            b"",
            b"\n\n",
        ):
            with self.subTest(raw=raw[:60]):
                self.assertEqual(check_signatures(RawMail(raw), "acme.example", dns), "")
        self.assertEqual(dns.names, [])

    def test_dns_is_silent(self):
        signed = KEY.sign(MAIL)
        for error in (
            dns.resolver.NoNameservers(),
            dns.resolver.LifetimeTimeout(timeout=1, errors=[]),
            dns.resolver.NoResolverConfiguration(),
            OSError("network is down"),
            UnicodeDecodeError("utf-8", b"", 0, 1, "x"),
        ):
            with self.subTest(error=error):
                self.assertEqual(check(signed, error=error), "temperror")
        other = Dns()

        def answers_once(name, timeout):
            return other(name, timeout) if other.names else Dns(error=OSError())(other.names.append(b"x"), timeout)

        self.assertEqual(check_signatures(RawMail(KEY.sign(KEY.sign(MAIL))), "acme.example", answers_once), "pass")

    def test_few_questions_and_short_ones(self):
        raw = MAIL
        for _number in range(5):
            raw = KEY.sign(raw)
        dns, waits = Dns(error=OSError()), []
        self.assertEqual(check_signatures(RawMail(raw), "acme.example", dns), "temperror")
        self.assertEqual(dns.names, [b"key._domainkey.acme.example."] * signature.MAX_SIGNATURES)
        check_signatures(RawMail(raw), "acme.example", lambda _name, timeout: waits.append(timeout))
        self.assertLessEqual(max(waits), signature.SECONDS)

    def test_questions_to_the_dns(self):
        with patch.object(dns.resolver, "resolve", side_effect=dns.resolver.NXDOMAIN()) as resolve:
            self.assertEqual(check_signatures(RawMail(KEY.sign(MAIL)), "acme.example"), "broken")
        self.assertEqual(resolve.call_args.args, ("key._domainkey.acme.example.", "TXT"))
        self.assertLessEqual(resolve.call_args.kwargs["lifetime"], signature.SECONDS)
        with patch.object(dns.resolver, "resolve", side_effect=dns.resolver.LifetimeTimeout(timeout=1, errors=[])):
            self.assertEqual(check_signatures(RawMail(KEY.sign(MAIL)), "acme.example"), "temperror")
        answer = dns.rdataset.from_text("IN", "TXT", 60, f'"{KEY.record[:200].decode()}" "{KEY.record[200:].decode()}"')
        with patch.object(dns.resolver, "resolve", return_value=answer):
            self.assertEqual(check_signatures(RawMail(KEY.sign(MAIL)), "acme.example"), "pass")

    def test_not_installed(self):
        with patch.object(signature, "dkim", None):
            self.assertEqual(check(KEY.sign(MAIL)), "")

    def test_time(self):
        """Mails that dkimpy would need long for are not checked."""
        relaxed = {"canonicalize": (b"relaxed", b"relaxed")}
        spaces = KEY.sign(MAIL, **relaxed) + b" " * 1_000_000 + b"x"
        names = KEY.sign(MAIL).replace(b"h=from", b"h=from:" + b":".join(b"%x" % i for i in range(700)))
        for raw in (
            spaces,
            KEY.sign(MAIL, **relaxed) + (b" " * 99 + b"x") * 50_000,
            KEY.sign(MAIL, **relaxed) + (b" " * 10_000 + b"x") * 2,
            b"X:\n" * 20_000 + names,
            b"X:\n" * 200_000 + KEY.sign(MAIL),
            KEY.sign(MAIL) + b"\r\n" * 1_000_000,
        ):
            with self.subTest(raw=raw[-20:]):
                started = time.process_time()
                check(raw)
                self.assertLess(time.process_time() - started, 15)
        self.assertEqual(check(spaces), "")


@tagged("post_install", "-at_install")
class TestSignatureGateway(DropboxCommon):
    """Odoo checks signatures itself if no trusted server did."""

    def setUp(self):
        super().setUp()
        self.dns = Dns()
        self.patch(signature, "look_up_txt", self.dns)

    def _capture_signed(self, tamper=None, domain=b"acme.example", key=KEY, **values):
        """Receive a mail that is signed by the sender's server."""
        known = self.env["crm.bcc.dropbox.email"].search([])
        envelope, _line, raw = self._format(**values).partition(b"\nFrom:")
        signed = envelope + b"\n" + key.sign(b"From:" + raw, domain=domain).replace(b"\r\n", b"\n")
        self._receive(tamper(signed) if tamper else signed)
        return self.env["crm.bcc.dropbox.email"].search([]) - known

    def _set_mode(self, mode, host=""):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("crm_bcc_dropbox.authentication", mode)
        parameters.set_param("crm_bcc_dropbox.authentication_host", host)

    def test_proof(self):
        self._set_mode("require")
        email = self._capture_signed()
        self.assertRow(email, "captured")
        self.assertEqual((email.authentication, email.authentication_method), ("pass", "dkim"))
        self.assertIn("Odoo verified that the email is from acme.example (DKIM).", email.explanation)

    def test_changed_on_its_way(self):
        def tamper(raw):
            return raw.replace(b"Our offer", b"[EXTERNAL] Our offer")

        email = self._capture_signed(tamper)
        self.assertRow(email, "captured")
        self.assertIn("the email was changed in transit", email.explanation)
        self._set_mode("require")
        self.assertRow(self._capture_signed(tamper), "refused", "Nothing proves that the email is from acme.example")

    def test_dns_is_silent(self):
        """A mail that could not be checked is not lost: it can be retried."""
        self._set_mode("require")
        self.dns.error = OSError()
        email = self._capture_signed()
        self.assertRow(email, "refused", "did not respond. Try again.")
        self.dns.error = None
        email.with_user(self.sam).action_retry()
        self.assertRow(email, "captured")
        self.assertEqual(email.authentication, "pass")
        self._set_mode("reject")
        self.dns.error = OSError()
        self.assertRow(self._capture_signed(), "captured")

    def test_dns_is_not_asked_in_vain(self):
        """No DNS queries for strangers, nor for mails that are already checked or not to be checked."""
        passed = "Authentication-Results: mx.example; dmarc=pass header.from=acme.example\n"
        for mode, host, values in [
            ("off", "", {}),
            ("require", "", {"sender": "eve@evil.example", "domain": b"evil.example"}),
            ("require", "", {"sender": "Lea <lea@acme.example>"}),
            ("require", "", {"domain": b"evil.example"}),
            ("require", "mx.example", {"headers": passed}),
        ]:
            with self.subTest(mode=mode, values=values):
                self._set_mode(mode, host)
                self._capture_signed(**values)
                self.assertEqual(self.dns.names, [])

    def test_a_trusted_server_did_not_look(self):
        """For example, of mail that was sent through it."""
        self._set_mode("require", "mx.example")
        self.assertRow(self._capture_signed(), "captured")
        failed = "Authentication-Results: mx.example; dmarc=fail header.from=acme.example\n"
        self.assertRow(self._capture_signed(headers=failed), "refused", "mx.example found")

    def test_nothing_escapes(self):
        """Any error while a signature is checked still results in a row."""
        self._set_mode("require")
        for error in (MemoryError(), RecursionError(), ValueError()):
            with patch.object(signature.dkim.DKIM, "verify", side_effect=error):
                self.assertRow(self._capture_signed(), "refused", "Nothing proves")
