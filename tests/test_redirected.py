"""Redirected mails: which mailbox redirected them, and whether the sender is verified."""

import time

from odoo.tests import BaseCase, tagged

from ..tools.authentication import Verdict
from ..tools.raw_mail import RawMail
from ..tools.redirected import find_bulk, find_named, find_traces, is_own, judge_redirected, read_redirected_verdict
from . import redirected_mails as mails

DROPBOX = f"bcc-{'a2b3c' * 4}@acme.example"
OWN = "own@acme.example"
PASS = "dkim=pass header.d=customer.example; dmarc=pass header.from=customer.example"
BROKEN = "dkim=fail header.d=customer.example; dmarc=fail header.from=customer.example; arc=pass"
HOSTS = (mails.MX,)
CARLA = "carla@customer.example"


def write(traces=mails.GMAIL, results=PASS, **values):
    """Return a redirected mail as :class:`RawMail`."""
    values = {
        "body": "Yes, please.",
        "date": "Mon, 23 Nov 2026 10:00:02 +0100",
        "dropbox": DROPBOX,
        "headers": "",
        "message_id": "<1@customer.example>",
        "own": OWN,
        "results": results,
        "sender": f"Carla <{CARLA}>",
        "subject": "Re: Our offer",
        "to": "team@customer.example",
        **values,
    }
    return RawMail((mails.BORDER + traces + mails.ORIGIN).format(**values).encode())


@tagged("post_install", "-at_install")
class TestTraces(BaseCase):
    def test_providers(self):
        for name, traces in mails.PROVIDERS.items():
            with self.subTest(name):
                raw_mail = write(traces)
                self.assertEqual(find_named(raw_mail, [OWN, "else@acme.example"]), [OWN])
                self.assertNotIn(DROPBOX, list(find_traces(raw_mail)))
                self.assertFalse(find_bulk(raw_mail))

    def test_to_and_cc(self):
        for values in ({"to": f"Own <{OWN.upper()}>, x@customer.example"}, {"headers": f"Cc: {OWN}\n"}):
            self.assertEqual(find_named(write("", **values), [OWN]), [OWN])

    def test_written_by_the_sender(self):
        """Below all Received fields, a trace was not written by a server."""
        self.assertFalse(find_named(write("", headers=mails.FORGED.format(own=OWN, dropbox=DROPBOX)), [OWN]))

    def test_similar_addresses(self):
        for other in ("xown@acme.example", "own@acme.example.evil.example", "own+x@acme.example", "own@xacme.example"):
            self.assertFalse(find_named(write(mails.SIEVE, own=other, to=other), [OWN]), other)

    def test_spellings(self):
        raw_mail = write(mails.SIEVE, own="own@bücher.example")
        self.assertTrue(find_named(raw_mail, ["own@xn--bcher-kva.example"]))
        self.assertTrue(find_named(write(mails.SIEVE, own="own@xn--bcher-kva.example"), ["own@bücher.example"]))

    def test_own(self):
        for sender in (OWN, f"Own <{OWN}>", f"x@evil.example, {OWN}", f'"{OWN}" <x@evil.example>', OWN.upper()):
            self.assertTrue(is_own(write(sender=sender), [OWN]), sender)
        for sender in (CARLA, f"x{OWN}", f"{OWN}.evil.example", f"<{OWN}.evil.example>"):
            self.assertFalse(is_own(write(sender=sender), [OWN]), sender)


@tagged("post_install", "-at_install")
class TestHostile(BaseCase):
    def test_time(self):
        """Proportional to the length, whatever a header contains."""
        long = "a" * 200_000
        for name, headers, values in (
            ("long trace", f"X-Forwarded-For: {long}\n", {}),
            ("many traces", f"X-Forwarded-For: {'a' * 80}\n" * 9_000, {}),
            ("long From", "", {"sender": f"{long} <{CARLA}>"}),
            ("many From", f"From: {'a' * 900}\n" * 1_000, {}),
            ("long seal", f"ARC-Seal: i=1;{' a=b;' * 40_000}\n", {}),
            ("many seals", "ARC-Seal: i=1; a=b\n" * 9_000, {}),
            ("long results", f"ARC-Authentication-Results: i=1; {'action=' * 30_000}\n", {}),
        ):
            raw_mail = write(headers + mails.GMAIL, BROKEN, **values)
            with self.subTest(name):
                started = time.process_time()
                is_own(raw_mail, [OWN])
                judge_redirected(raw_mail, {OWN: True}, HOSTS, takes_bulk=False)
                read_redirected_verdict(raw_mail, CARLA, HOSTS, ())
                self.assertLess(time.process_time() - started, 3)


@tagged("post_install", "-at_install")
class TestVerdict(BaseCase):
    def _read(self, raw_mail, domains=("acme.example",)):
        return read_redirected_verdict(raw_mail, CARLA, HOSTS, domains)

    def test_signature_survives(self):
        self.assertEqual(self._read(write()), Verdict("pass", "dmarc", mails.MX))

    def test_sealed(self):
        """The results of the redirecting server count if a known provider sealed them."""
        for traces in (mails.GMAIL, mails.EXCHANGE):
            self.assertEqual(self._read(write(traces, BROKEN)), Verdict("pass", "arc", mails.MX))
        own_server = mails.EXCHANGE.replace("d=microsoft.com", "d=mail.acme.example")
        self.assertEqual(self._read(write(own_server, BROKEN)).result, "pass")

    def test_trusted_servers(self):
        """Each writes the result of the seals in its own way."""
        failed = "dkim=fail header.d=customer.example; dmarc=fail header.from=customer.example"
        for result in (
            "arc=pass",
            "arc=pass (i=2 spf=pass spfdomain=customer.example dkim=pass dkdomain=customer.example)",
            'arc=pass ("google.com:s=arc-20240605:i=2")',
            "arc=pass header.oldest-pass=0 smtp.remote-ip=192.0.2.25",
        ):
            self.assertEqual(self._read(write(results=f"{failed}; {result}")).result, "pass", result)
        microsoft = (
            "Authentication-Results: spf=none (sender IP is 192.0.2.25) smtp.mailfrom=out.example; dkim=fail\n"
            " (body hash did not verify) header.d=customer.example;dmarc=fail action=none\n"
            " header.from=customer.example;compauth={}\n"
            "Received: from out.example (192.0.2.25) by DB5EUR03FT001.mail.protection.outlook.com; {{date}}\n"
        )
        for compauth, result in (("pass reason=130", "pass"), ("pass reason=100", "fail"), ("fail reason=130", "fail")):
            raw = write(results="none").content.partition(b"Received: by mail-oi1")
            head = microsoft.format(compauth).format(date="Mon, 23 Nov 2026 10:00:02 +0100").encode()
            raw_mail = RawMail(head + b"".join(raw[1:]))
            verdict = read_redirected_verdict(raw_mail, CARLA, ("*.outlook.com",), ())
            self.assertEqual(verdict.result, result, compauth)

    def test_not_vouched(self):
        """Anyone can seal, so only known servers count; and only if the trusted server found the seals valid."""
        gmail, exchange = mails.GMAIL, mails.EXCHANGE
        two = gmail.replace("d=google.com", "d=evil.example")
        foreign_pass = "header.from=other.example"
        cases = {
            "no result": (gmail, BROKEN.replace("arc=pass", "arc=none")),
            "broken seal": (gmail, BROKEN.replace("arc=pass", "arc=fail")),
            "comment": (gmail, BROKEN.replace("arc=pass", "x=none (arc=pass)")),
            "unknown sealer": (exchange.replace("d=microsoft.com", "d=evil.example"), BROKEN),
            "similar sealer": (exchange.replace("d=microsoft.com", "d=evilmicrosoft.com"), BROKEN),
            "unknown last sealer": (two, BROKEN),
            "fails at the provider": (exchange.replace("=pass", "=fail"), BROKEN),
            "other domain": (exchange.replace("header.from=customer.example", foreign_pass)
                             .replace("header.d=customer.example", "header.d=other.example")
                             .replace("mailfrom=customer.example", "mailfrom=other.example"), BROKEN),
            "twice": (exchange + exchange, BROKEN),
            "gap": (exchange.replace("i=1;", "i=2;"), BROKEN),
            "no signature": (exchange.replace("ARC-Message-Signature", "X-Signature"), BROKEN),
            "odd name": (exchange.replace("ARC-Seal:", "ARC-Seal :"), BROKEN),
            "digits of another script": (exchange.replace("i=1;", "i=\u0661;"), BROKEN),
            "odd blank": (exchange.replace("i=1;", "i\u00a0=1;"), BROKEN),
            "another tag": (exchange.replace("d=microsoft.com;", "d=evil.example; D=microsoft.com;"), BROKEN),
            "odd tag": (exchange.replace("d=microsoft.com; cv", "d=evil.example; d\x1f=microsoft.com; cv"), BROKEN),
            "tag twice": (exchange.replace("d=microsoft.com;", "d=evil.example; d=microsoft.com;"), BROKEN),
            "sender not signed": (exchange.replace("h=From:", "h=X-From:"), BROKEN),
            "part of the text signed": (exchange.replace(" bh=", " l=9; bh="), BROKEN),
            "odd results": (exchange.replace("arc=none", 'arc="none'), BROKEN),
            # verifiers distinguish D and d; of two with one name, some take the first, others the last
            "other tag": (exchange.replace("d=microsoft.com; cv", "d=evil.example; D=microsoft.com; cv"), BROKEN),
            "two domains": (exchange.replace("d=microsoft.com; cv", "d=evil.example; d=microsoft.com; cv"), BROKEN),
        }  # fmt: skip
        for name, (traces, results) in cases.items():
            with self.subTest(name):
                self.assertEqual(self._read(write(traces, results)).result, "fail")

    def test_sealed_by_a_stranger_first(self):
        """Results that an unknown server sealed before the known one do not count."""
        lie = "i=1; mx.customer.example; dmarc=pass header.from=customer.example"
        first = mails.GMAIL.replace("i=1; mx.customer.example; auth=pass smtp.auth=carla@customer.example", lie)
        self.assertNotEqual(first, mails.GMAIL)
        head, _mark, tail = first.partition("ARC-Authentication-Results: i=2;")
        results, _mark, rest = tail.partition("X-Google-DKIM")
        found = results.replace("=pass", "=fail")
        traces = f"{head}ARC-Authentication-Results: i=2;{found}X-Google-DKIM{rest}"
        self.assertEqual(self._read(write(traces, BROKEN)).result, "fail")
        # the login at an unknown server proves nothing either
        self.assertEqual(self._read(write(traces.replace("d=customer.example; s=arc1", "d=google.com; s=arc1"),
                                          BROKEN)).result, "pass")  # fmt: skip

    def test_envelope_of_the_redirecting_server(self):
        """Servers that redirect write themselves as envelope sender, so SPF is about them, and so is DMARC by SPF."""
        sender = "carla@provider.example"
        for name, envelope, own, expected in (
            ("not changed", sender, "acme.example", "pass"),
            ("domain alone", "provider.example", "acme.example", "pass"),
            ("Gmail", f"own+caf_={DROPBOX.replace('@', '=')}@provider.example", "provider.example", "none"),
            ("Exchange", "own+SRS=k5=Lk=evil.example=x@provider.example", "provider.example", "none"),
            (
                "SRS at another domain of the server",
                "SRS0=k5=Lk=evil.example=x@provider.example",
                "acme.example",
                "none",
            ),
            ("SRS twice", "SRS1=k5=a.example==k5=Lk=evil.example=x@provider.example", "acme.example", "none"),
            ("bounces", "bounces+SRS=k5=Lk@provider.example", "acme.example", "none"),
            ("the mailbox", "own@provider.example", "provider.example", "none"),
        ):
            spf = f"spf=pass smtp.mailfrom={envelope}"
            dmarc = "dmarc=pass header.from=provider.example"
            signed = "dkim=pass header.d=provider.example"
            for results, found in (
                (spf, expected),
                (f"{spf}; {dmarc}", expected),
                (f"{spf}; {dmarc}; dkim=pass header.d=evil.example", expected),
                (f"{spf}; {dmarc}; {signed}", "pass"),
                (f"{spf}; {signed}", "pass"),
            ):
                with self.subTest(name, results=results):
                    verdict = read_redirected_verdict(write("", results, sender=sender), sender, HOSTS, [own])
                    self.assertEqual(verdict.result, found)

    def test_sealed_envelope(self):
        """The same holds for what a server sealed after another one had redirected the mail."""
        envelope = "SRS0=k5=Lk=evil.example=x@customer.example"
        traces = mails.EXCHANGE.replace("smtp.mailfrom=customer.example", f"smtp.mailfrom={envelope}")
        self.assertEqual(self._read(write(traces, BROKEN)).result, "pass")
        self.assertEqual(self._read(write(traces.replace("dkim=pass", "dkim=none"), BROKEN)).result, "fail")

    def test_forged_results(self):
        """Results below the fields of the trusted server were written by the stranger."""
        fake = f"Authentication-Results: {mails.MX}; arc=pass; {PASS}\n"
        self.assertEqual(self._read(write(fake, "dmarc=none header.from=customer.example")).result, "none")
        self.assertEqual(read_redirected_verdict(write(), CARLA, (), ()).result, "none")


@tagged("post_install", "-at_install")
class TestJudge(BaseCase):
    """Which mails are admitted, and for which reason others are not."""

    def _judge(self, raw_mail, own=None, hosts=HOSTS, takes_bulk=False):
        found = judge_redirected(raw_mail, {OWN: True} if own is None else own, hosts, takes_bulk)
        return [reason.code for reason in found.reasons]

    def test_table(self):
        forged_trace = mails.FORGED.format(own=OWN, dropbox=DROPBOX)
        none = "dmarc=none header.from=customer.example"
        for name, expected, raw_mail, options in [
            ("known trace", [], write(), {}),
            ("named in To", [], write("", to=OWN), {}),
            ("forged trace", ["redirected_unnamed"], write("", headers=forged_trace), {}),
            ("forged trace, nothing verified", ["redirected_unverified"], write(mails.SIEVE, none), {}),
            ("sender fails", ["redirected_forged"], write(results="dmarc=fail header.from=customer.example"), {}),
            ("no result", ["redirected_unverified"], write(results="spf=pass smtp.mailfrom=acme.example"), {}),
            ("no trusted server", ["redirected_no_server"], write(), {"hosts": ()}),
            ("other trusted server", ["redirected_unverified"], write(), {"hosts": ("mx.else.example",)}),
            ("not confirmed", ["redirected_not_confirmed"], write(), {"own": {OWN: False}}),
            ("one of two confirmed", [], write(to="o@home.example"), {"own": {OWN: True, "o@home.example": False}}),
            ("no sender address", ["redirected_unnamed"], write(), {"own": {}}),
            ("two senders", ["several_senders"], write(sender=f"{CARLA}, x@customer.example"), {}),
            ("two From fields", ["repeated_sender"], write(headers=f"From: {CARLA}\n"), {}),
            ("hidden sender", ["ambiguous_sender"], write(sender=f"x@evil.example:{CARLA}"), {}),
        ]:
            with self.subTest(name):
                self.assertEqual(self._judge(raw_mail, **options), expected)

    def test_bulk(self):
        for headers in (
            "List-Id: News <news.customer.example>\n",
            "List-Unsubscribe: <https://customer.example/u>\n",
            "Precedence: bulk\n",
            "Precedence: LIST\n",
            "Precedence: junk\n",
            "Auto-Submitted: auto-replied\n",
            "X-Autoreply: yes\n",
        ):
            with self.subTest(headers):
                self.assertEqual(self._judge(write(headers=headers)), ["redirected_bulk"])
                self.assertEqual(self._judge(write(headers=headers), takes_bulk=True), [])
        for headers in ("Precedence: first-class\n", "Auto-Submitted: no\n", "X-Auto-Response-Suppress: All\n"):
            self.assertEqual(self._judge(write(headers=headers)), [], headers)
