"""Results of sender checks: Authentication-Results as mail servers really write them."""

import re
import time

from odoo.tests import BaseCase, tagged

from ..tools.authentication import (
    MAX_LENGTH,
    UNKNOWN,
    Verdict,
    is_aligned,
    judge,
    parse_hosts,
    parse_results,
    read_host,
    read_verdict,
)
from ..tools.raw_mail import RawMail

MX = ("mx.acme.example",)
SENDER = "sam@acme.example"
RECEIVED = (
    "Received: from laptop.example (laptop.example [192.0.2.7])\n\tby mx.acme.example (Postfix) with ESMTPS id 4B2\n"
    "\tfor <x@acme.example>; Mon, 23 Nov 2026 10:00:00 +0100"
)
FOREIGN = RECEIVED.replace("mx.acme", "mx.evil")
PASS = "Authentication-Results: mx.acme.example; dmarc=pass header.from=acme.example"
FAIL = PASS.replace("pass", "fail")
SPF = PASS.replace("dmarc=pass header.from", "spf=pass smtp.mailfrom")
AUTH = PASS.replace("dmarc=pass header.from=", "auth=pass smtp.auth=sam@")


def judge_text(text, sender=SENDER):
    """Return the value of a field."""
    try:
        return judge(parse_results(re.sub(r"\s*\n\s*", " ", text))[1], sender).result
    except ValueError:
        return "unreadable"


def read(*fields, hosts=MX, sender=SENDER):
    raw_mail = RawMail("\n".join([*fields, f"From: {sender}", "", PASS, "body"]).encode())
    return read_verdict(raw_mail, sender, hosts)


@tagged("post_install", "-at_install")
class TestResults(BaseCase):
    def test_real_ones(self):
        for program, text, expected in [
            (
                "Gmail",
                """mx.google.com; dkim=pass header.i=@acme.example header.s=google header.b=AbC1dE2f;
                spf=pass (google.com: domain of sam@acme.example designates 192.0.2.7 as permitted sender)
                smtp.mailfrom=sam@acme.example;
                dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=acme.example""",
                "pass",
            ),
            (
                "Gmail, forged",
                """mx.google.com; spf=pass (google.com: domain of eve@evil.example designates 192.0.2.66 as permitted
                sender) smtp.mailfrom=eve@evil.example; dmarc=fail (p=NONE sp=NONE dis=NONE)
                header.from=acme.example""",
                "fail",
            ),
            (
                "Microsoft 365",
                """spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=acme.example; dkim=pass (signature was verified)
                header.d=acme.example;dmarc=pass action=none header.from=acme.example;compauth=pass reason=100""",
                "pass",
            ),
            (
                "Microsoft 365, forged",
                """spf=softfail (sender IP is 192.0.2.66) smtp.mailfrom=acme.example; dkim=none (message not signed)
                header.d=none;dmarc=fail action=oreject header.from=acme.example;compauth=fail reason=000""",
                "fail",
            ),
            (
                "Microsoft 365, no policy",
                """spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=acme.example; dkim=none (message not signed)
                header.d=none;dmarc=bestguesspass action=none header.from=acme.example;compauth=pass reason=109""",
                "pass",
            ),
            (
                "Microsoft, years ago",
                """spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=acme.example; other.example; dkim=pass (signature
                was verified) header.d=acme.example;other.example; dmarc=pass action=none
                header.from=acme.example;compauth=pass reason=100""",
                "pass",
            ),
            (
                "OpenDKIM",
                """mx.acme.example; dkim=pass (2048-bit key; unprotected) header.d=acme.example header.i=@acme.example
                header.a=rsa-sha256 header.s=2026 header.b=AbC1dE2f; dkim-atps=neutral""",
                "pass",
            ),
            (
                "OpenDKIM, changed on its way",
                """mx.acme.example; dkim=fail reason="signature verification failed" (2048-bit key; unprotected)
                header.d=acme.example header.i=@acme.example header.b=AbC1dE2f""",
                "fail",
            ),
            ("OpenDMARC", "mx.acme.example; dmarc=pass (p=none dis=none) header.from=acme.example", "pass"),
            ("OpenDMARC, forged", "mx.acme.example; dmarc=fail (p=reject dis=none) header.from=acme.example", "fail"),
            ("OpenDMARC, no policy", "OpenDMARC; dmarc=none (p=none dis=none) header.from=acme.example", "none"),
            (
                "policyd-spf",
                """mx.acme.example; spf=pass (mailfrom) smtp.mailfrom=acme.example (client-ip=192.0.2.7;
                helo=mail.acme.example; envelope-from=sam@acme.example; receiver=x)""",
                "pass",
            ),
            (
                "rspamd",
                """mx.acme.example; dkim=pass header.d=acme.example header.s=2026 header.b=AbC1dE2f; dmarc=pass
                (policy=quarantine) header.from=acme.example; spf=pass (mx.acme.example: domain of sam@acme.example
                designates 192.0.2.7 as permitted sender) smtp.mailfrom=sam@acme.example""",
                "pass",
            ),
            (
                "rspamd, who logged in",
                "mx.acme.example; auth=pass smtp.auth=sam@acme.example smtp.mailfrom=sam@acme.example",
                "pass",
            ),
            (
                "Exim",
                """mx.acme.example; iprev=pass (mail.acme.example) smtp.remote-ip=192.0.2.7;
                spf=pass smtp.mailfrom=acme.example; dkim=pass header.d=acme.example header.s=2026 header.a=rsa-sha256;
                dmarc=pass header.from=acme.example""",
                "pass",
            ),
            (
                "Yahoo",
                """atlas-production.v2-mail-prod1-gq1.omega.yahoo.com; dkim=pass header.i=@acme.example header.s=2026;
                spf=pass smtp.mailfrom=acme.example; dmarc=pass(p=REJECT) header.from=acme.example;""",
                "pass",
            ),
            ("GMX", "gmx.net; dkim=pass header.i=@acme.example", "pass"),
            ("mail.ru", "mx.acme.example; dmarc=fail header.from=sam@acme.example", "fail"),
            ("versions", "mx.acme.example 1; dkim/1=pass header.d=acme.example", "pass"),
            ("spaces", "mx.acme.example; dkim = pass header.d = acme.example ;", "pass"),
            ("quotes", 'mx.acme.example; dkim=pass reason="(;\\"" header.d="acme.example"', "pass"),
            ("comments", "mx.acme.example 1; (e) dkim (f) = (g) pass (h(i\\)j)) header.d=acme.example (k)", "pass"),
            ("amavis", "mx.acme.example (amavisd-new); dkim=pass (2048-bit key) header.d=acme.example", "pass"),
            ("hardfail", "mx.acme.example; spf=hardfail smtp.mailfrom=acme.example", "fail"),
            ("nothing done", "mx.acme.example; none", "none"),
            ("nothing done 1", "mx.acme.example 1; none", "none"),
        ]:
            with self.subTest(program=program):
                self.assertEqual(judge_text(text), expected)

    def test_no_result_that_fails(self):
        for value in ("softfail", "neutral", "none", "policy", "permerror", "x"):
            for result in (
                f"dmarc={value} header.from=acme.example",
                f"spf={value} smtp.mailfrom=acme.example",
                f"dkim={value} header.d=acme.example",
            ):
                with self.subTest(result=result):
                    self.assertEqual(judge_text(f"mx.acme.example; {result}"), "none")

    def test_what_decides(self):
        spf = "spf={} smtp.mailfrom=acme.example"
        dkim = "dkim={} header.d=acme.example"
        dmarc = "dmarc={} header.from=acme.example"
        for results, expected in [
            ([dmarc.format("fail"), dkim.format("pass"), spf.format("pass")], "fail"),
            ([dkim.format("fail"), spf.format("fail"), dmarc.format("pass")], "pass"),
            ([dmarc.format("pass"), dmarc.format("fail")], "fail"),
            ([dmarc.format("temperror"), dkim.format("pass")], "temperror"),
            ([dmarc.format("none"), dkim.format("fail"), spf.format("pass")], "pass"),
            ([dmarc.format("permerror"), dkim.format("fail"), dkim.format("pass")], "pass"),
            ([dkim.format("fail"), spf.format("softfail")], "fail"),
            ([dkim.format("temperror"), spf.format("none")], "temperror"),
            ([dkim.format("temperror"), spf.format("fail")], "fail"),
            (["auth=pass smtp.auth=sam@acme.example", dmarc.format("fail")], "fail"),
            (["auth=pass smtp.auth=sam@acme.example", dmarc.format("none"), spf.format("softfail")], "pass"),
            (["auth=pass smtp.auth=sam@acme.example", spf.format("fail")], "fail"),
            (["auth=pass smtp.auth=sam@acme.example", spf.format("hardfail")], "fail"),
            (["auth=pass smtp.auth=sam@acme.example", "spf=fail smtp.mailfrom=evil.example"], "none"),
            (["auth=pass smtp.auth=sam@acme.example", spf.format("fail"), dkim.format("pass")], "pass"),
            (["auth=pass smtp.auth=eve@acme.example", dmarc.format("fail")], "fail"),
            (["auth=pass smtp.auth=sam"], "none"),
            # a user who logged in can use any envelope sender
            (["auth=pass smtp.auth=eve@acme.example smtp.mailfrom=sam@acme.example"], "none"),
            (["auth=pass smtp.auth=eve smtp.mailfrom=sam@acme.example"], "none"),
            (["auth=pass smtp.auth=sam@acme.example smtp.mailfrom=bounces@acme.example"], "pass"),
            (["auth=pass smtp.mailfrom=sam@acme.example"], "none"),
            (["auth=fail smtp.auth=sam@acme.example"], "none"),
        ]:
            with self.subTest(results=results):
                self.assertEqual(judge_text("; ".join(["mx.acme.example", *results])), expected)

    def test_other_domains(self):
        """Results about other domains do not count, neither for nor against the sender."""
        for value in ("pass", "fail", "temperror"):
            for result in (
                f"dmarc={value} header.from=evil.example",
                f"dmarc={value} header.from=sub.acme.example",
                f"dkim={value} header.d=evil.example",
                f"dkim={value} header.d=acme.example.evil.example",
                f"dkim={value} header.d=notacme.example",
                f"dkim={value} header.d=example",
                f"dkim={value} header.i=@evil.example",
                f"dkim={value} header.d=evil.example header.i=@acme.example",
                f"dkim={value}",
                f"dkim={value} header.d=acme.example header.d=evil.example",
                f"spf={value} smtp.mailfrom=evil.example",
                f"spf={value} smtp.helo=acme.example",
                f'spf={value} smtp.mailfrom="sam@acme.example"@evil.example',
                f"spf={value} smtp.mailfrom=sam@acme.example@evil.example",
                f"x={value} header.from=acme.example header.d=acme.example",
            ):
                with self.subTest(result=result):
                    self.assertEqual(judge_text(f"mx.acme.example; {result}"), "none")
        self.assertEqual(judge_text("mx.acme.example; dmarc=pass"), "none")
        self.assertEqual(judge_text("mx.acme.example; dmarc=fail"), "fail")

    def test_alignment(self):
        for domain, sender, expected in [
            ("acme.example", "acme.example", True),
            ("ACME.example.", "acme.EXAMPLE", True),
            ("acme.example", "mail.acme.example", True),
            ("bounces.acme.example", "acme.example", True),
            ("sam@acme.example", "acme.example", True),
            ("a.acme.example", "b.acme.example", False),
            ("example", "acme.example", False),
            ("acme.example", "example", False),
            ("notacme.example", "acme.example", False),
            ("", "acme.example", False),
            ("", "", False),
            ("localhost", "localhost", True),
            ("xn--cme-6na.example", "äcme.example", False),
            ("xn--cme-pla.example", "äcme.example", True),
            ("strasse.example", "straße.example", False),
        ]:
            with self.subTest(domain=domain, sender=sender):
                self.assertEqual(is_aligned(domain, sender), expected)

    def test_injected_text(self):
        """Values that a stranger chose, a domain or an envelope sender, may not be escaped."""
        for text in [
            "mx.acme.example; dkim=pass header.d=acme.example(.evil.example",
            "mx.acme.example; dkim=pass header.d=acme.example(x).evil.example",
            "mx.acme.example; dkim=pass header.d=acme.example (x).evil.example",
            "mx.acme.example; dkim=pass header.d=acme.example .evil.example",
            'mx.acme.example; dkim=pass header.d=acme.example".evil.example',
            'mx.acme.example; dkim=pass header.d=acme.example"x".evil.example',
            "mx.acme.example; dkim=pass header.d=acme.example\x00.evil.example",
            "mx.acme.example; dkim=pass header.d=evil.example (; dkim=pass header.d=acme.example",
            'mx.acme.example; dkim=fail reason="dkim=pass header.d=acme.example" header.d=evil.example',
            'mx.acme.example; dkim=pass "header.d=acme.example" header.d=evil.example',
            'mx.acme.example; "dkim=pass" header.d=acme.example',
            'mx.acme.example; spf=pass smtp.mailfrom="x; dkim=pass header.d=acme.example"@evil.example',
            "mx.acme.example; spf=pass smtp.mailfrom=x@evil.example smtp.mailfrom=acme.example",
            "mx.acme.example; spf=pass (domain of x@evil.example (; dmarc=pass header.from=acme.example)",
            "mx.acme.example; dkim=pass header.d=acme.example; dkim=pass header.d=acme.example " + "x" * MAX_LENGTH,
        ]:
            with self.subTest(text=text[:90]):
                self.assertIn(judge_text(text), ("none", "unreadable"))

    def test_what_no_server_writes(self):
        """OpenDKIM and OpenDMARC do not remove fields that they cannot parse: such fields prove nothing."""
        for form in (
            "HOST junk", "HOST.", "HOST ", "HOST  1", "HOST 1 ", "HOST 2", "HOST 1.0", "HOST 1x", "HOST/1", "HOST:25",
            "HOST,", "HOST, HOST", "<HOST>", "@HOST", '"HOST"', "'HOST'", "(x) HOST", "HOST (x)", "HOST(x)", "",
            "HOST 1 (x)", "HOST\t", "HOST\n", "HOST\r", "HOST\x00", "\x0bHOST", "HOST\xa0", "\ufeffHOST", "HOST\\",
            "\\HOST", "mx .acme.example", "mx\\.acme.example", "mx\uff0eacme.example", "mx(x).acme.example",
            'mx".acme.example"', "mx..acme.example",
        ):  # fmt: skip
            host = form.replace("HOST", "mx.acme.example")
            with self.subTest(host=host):
                self.assertEqual(judge_text(f"{host}; dmarc=pass header.from=acme.example"), "unreadable")
                self.assertEqual(read(RECEIVED, f"Authentication-Results: {host}; dmarc=pass"), UNKNOWN)
        for results in (
            "", ";", "; dmarc=pass", "dmarc=pass;; spf=none", "dmarc", "none; dmarc=pass header.from=acme.example",
            "dmarc=pass none", "dmarc==pass header.from=acme.example", "=pass", "dmarc=", "dmarc/2=pass",
            "dmarc=pass header.from=acme.example x", "dmarc=pass x.from=acme.example", "dmarc=pass from=acme.example",
            "dmarc=pass x=y header.from=acme.example", "dmarc=pass header.from=acme.example reason=x",
            "dmarc=pass HEADER.from=acme.example", "DMARC=pass header.from=acme.example", "dmarc=PASS",
            "dmarc=pass dns.sec=yes header.from=acme.example", "dkim=pass header.d=acme.example x-bits=2048",
            "dmarc=pass header.from=acme.example; x=pass y", "dmarc=pass .from=acme.example", "dmarc=pass (",
            "dmarc=pass header.from=acme.example\x00", "dmarc=pass header.from=acme.example\x1b", 'dmarc=pass "',
            "dmarc=pass header=acme.example",
            'dmarc=pass header.from=acme"".example', "dmarc=pass header.from=acme\\.example",
            "dmarc=pass header.from=acme.example; " + "x=none;" * 200,
            "dmarc=pass " + "(x)" * 260, "dmarc=pass (" + "x" * 4100 + ")", "dmarc=pass (" + "é" * 2100 + ")",
        ):  # fmt: skip
            with self.subTest(results=results[:60]):
                self.assertEqual(judge_text(f"mx.acme.example; {results}"), "unreadable")

    def test_time(self):
        for text in (
            "(" * 16_000,
            "()" * 8_000,
            '"' * 16_000,
            "\\" * 16_000,
            ";" * 16_000,
            "a=" * 8_000,
            "a= " * 5_000,
            "a" * 4_000,
            "a." * 2_000,
            "a-" * 2_000,
            "mx.acme.example; x=" + "a.b" * 1_000,
        ):
            started = time.process_time()
            judge_text(text)
            read_host(f"from {text} by x")
            self.assertLess(time.process_time() - started, 6)
        started = time.process_time()
        read(*[f"Authentication-Results: mx.acme.example; {'(' * 900}"] * 250, *[PASS] * 3000)
        self.assertLess(time.process_time() - started, 10)


@tagged("post_install", "-at_install")
class TestTrustedHosts(BaseCase):
    """Only fields of a trusted host count, above the first Received of another host."""

    def test_place(self):
        for place, fields, expected in [
            ("above all", [PASS, FOREIGN], "pass"),
            ("below its own Received", [RECEIVED, PASS, FOREIGN], "pass"),
            ("between its own ones", [RECEIVED, PASS, RECEIVED, FOREIGN], "pass"),
            ("below a foreign one", [FOREIGN, PASS], "none"),
            ("below a foreign one, above its own", [FOREIGN, PASS, RECEIVED], "none"),
            ("below its own, below a foreign one", [RECEIVED, FOREIGN, PASS], "none"),
            ("below a forged one of its own", [FOREIGN, RECEIVED, PASS], "none"),
            ("in the body", [RECEIVED], "none"),
            ("no Received at all", [PASS], "pass"),
            ("the first counts", [RECEIVED, FAIL, PASS], "fail"),
            ("the first counts", [FAIL, RECEIVED, PASS], "fail"),
            ("the first counts", [PASS, RECEIVED, FAIL], "pass"),
            ("several headers", [RECEIVED, PASS.replace("dmarc=pass", "spf=fail"), PASS], "pass"),
            ("folded", [RECEIVED, PASS.replace(" ", "\n\t")], "pass"),
            ("folded", [RECEIVED, PASS.replace(" ", "\r\n ")], "pass"),
            ("upper case", [RECEIVED.upper(), PASS.replace("mx.acme", "MX.Acme")], "pass"),
            ("upper case", [RECEIVED, PASS.replace("Auth", "AUTH")], "pass"),
            ("upper case", [RECEIVED, PASS.upper()], "none"),
            ("a blank before the colon", [RECEIVED, PASS.replace(":", " :")], "none"),
            ("a blank before the colon", [RECEIVED, PASS.replace(":", "\t:")], "none"),
            ("behind a carriage return", [RECEIVED, f"Subject: x\r{PASS}"], "none"),
            ("behind a carriage return", [RECEIVED, f"{PASS}\rX: y"], "none"),
            ("below one above its own Received", [PASS.replace("pass", "none"), RECEIVED, PASS], "none"),
            ("below one above its own Received", [PASS.replace("dmarc", "spf"), RECEIVED, PASS], "none"),
            ("beside one that cannot be read", [RECEIVED, PASS.replace(";", " x;"), PASS], "none"),
            ("beside one that cannot be read", [PASS.replace(";", " x;"), RECEIVED, PASS], "none"),
            ("beside one that cannot be read", [RECEIVED, PASS.replace(";", " x;"), FAIL], "fail"),
            ("beside one that cannot be read", [RECEIVED, FAIL, PASS.replace(";", " x;")], "fail"),
            ("of OpenDMARC, confused", [PASS, f'{SPF}"@evil.example', RECEIVED], "none"),
            ("of OpenDMARC, confused", [PASS, f'{SPF}\\"x"@evil.example', RECEIVED], "none"),
            ("a failure that cannot be read", [RECEIVED, f"{FAIL}(", PASS], "fail"),
            ("a failure that cannot be read", [RECEIVED, f"{FAIL}; spf=fail smtp.mailfrom=a b c", PASS], "fail"),
            ("others' failure that cannot be read", [RECEIVED, f"{FAIL}(".replace("mx.acme", "x"), PASS], "pass"),
            ("who logged in, above", [AUTH, RECEIVED, FOREIGN], "pass"),
            ("who logged in, first", [RECEIVED, AUTH, PASS.replace("=pass", "=none")], "pass"),
            ("who logged in, not first", [RECEIVED, PASS.replace("=pass", "=none"), AUTH], "none"),
            ("who logged in, though SPF failed", [RECEIVED, AUTH, SPF.replace("=pass", "=fail")], "fail"),
            ("another name", [RECEIVED, PASS.replace("mx.acme", "mx.evil")], "none"),
            ("a longer name", [RECEIVED, PASS.replace("mx.acme", "x.mx.acme")], "none"),
            ("a longer name", [RECEIVED, PASS.replace("mx.acme.example", "mx.acme.example.evil.example")], "none"),
            ("the domain of the host", [RECEIVED, PASS.replace("mx.", "")], "none"),
            ("others' word", [RECEIVED, f"ARC-{PASS}".replace("Results: ", "Results: i=1; ")], "none"),
            ("others' word", [RECEIVED, f"X-{PASS}", PASS.replace("Results", "Results-Original")], "none"),
            ("no name", [PASS.replace("mx.acme.example; ", ""), RECEIVED], "none"),
            ("no name, between its own", [RECEIVED, PASS.replace("mx.acme.example; ", ""), RECEIVED], "none"),
            ("no name, below", [RECEIVED, PASS.replace("mx.acme.example; ", "")], "none"),
            ("no name, above a foreign one", [PASS.replace("mx.acme.example; ", ""), FOREIGN, RECEIVED], "none"),
            ("no name, no Received", [PASS.replace("mx.acme.example; ", "")], "none"),
            ("an empty name", [RECEIVED, PASS.replace("mx.acme.example", "")], "none"),
        ]:
            with self.subTest(place=place, fields=fields):
                self.assertEqual(read(*fields).result, expected)

    def test_whole_mails(self):
        google = [
            "Delivered-To: x@acme.example",
            "Received: by 2002:a05:6a10:9f8c:0:0:0:0 with SMTP id x; Mon, 23 Nov 2026 01:00:00 -0800 (PST)",
            "X-Received: by 2002:a17:906:1::1 with SMTP id y; Mon, 23 Nov 2026 01:00:00 -0800 (PST)",
            "ARC-Authentication-Results: i=1; mx.google.com; dmarc=fail header.from=acme.example",
            "Return-Path: <sam@acme.example>",
            "Received: from mail.acme.example (mail.acme.example. [192.0.2.7])\n"
            "        by mx.google.com with ESMTPS id z for <x@acme.example>; Mon, 23 Nov 2026 01:00:00 -0800",
            "Received-SPF: pass (google.com: domain of sam@acme.example designates 192.0.2.7)",
            PASS.replace("mx.acme.example", "mx.google.com"),
            FOREIGN,
            FAIL.replace("mx.acme.example", "mx.google.com"),
        ]
        self.assertEqual(read(*google, hosts=("mx.google.com",)), Verdict("pass", "dmarc", "mx.google.com"))
        self.assertEqual(read(FOREIGN, *google, hosts=("mx.google.com",)), UNKNOWN)
        microsoft = [
            "Received: from AM0PR04.eurprd04.prod.outlook.com (2603:10a6:208::1) by\n"
            " DB7PR04.eurprd04.prod.outlook.com with HTTPS; Mon, 23 Nov 2026 09:00:00 +0000",
            "Received: from AM7EUR03FT006.eop-EUR03.prod.protection.outlook.com\n"
            " (2603:10a6:20b:cafe::1) by AM0PR04.eurprd04.prod.outlook.com (2603:10a6:208::1) with Microsoft SMTP\n"
            " Server (version=TLS1_2) id 15.20.1.1; Mon, 23 Nov 2026 09:00:00 +0000",
            "Authentication-Results: spf=pass (sender IP is 192.0.2.7)\n smtp.mailfrom=acme.example; dkim=none (message"
            " not signed)\n header.d=none;dmarc=pass action=none\n header.from=acme.example;compauth=pass reason=100",
            "Received: from mail.acme.example (192.0.2.7) by\n AM7EUR03FT006.mail.protection.outlook.com (10.152.1.1)"
            " with Microsoft SMTP Server id 15.20.1.1; Mon, 23 Nov 2026 09:00:00 +0000",
            "Authentication-Results: dmarc=fail action=none header.from=acme.example",
            "Received: from x by AM7EUR03FT006.mail.protection.outlook.com with SMTP; Mon, 23 Nov 2026 09:00:00 +0000",
        ]
        hosts = ("mx.acme.example", "*.outlook.com")
        self.assertEqual(read(*microsoft, hosts=hosts), Verdict("pass", "dmarc", ""))
        self.assertEqual(read(*microsoft[3:5], hosts=hosts), UNKNOWN, "a stranger wrote that one")
        dovecot = [
            "Received: from mx.acme.example ([127.0.0.1]) by mail.acme.example with LMTP id x; Mon, 23 Nov 2026",
            RECEIVED,
            PASS,
        ]
        self.assertEqual(read(*dovecot), UNKNOWN, "whose server mail.acme.example is, nobody said")
        self.assertEqual(read(*dovecot, hosts=("*.acme.example",)), Verdict("pass", "dmarc", "mx.acme.example"))
        amavis = [
            RECEIVED.replace("laptop.example", "localhost"),
            "Received: from mx.acme.example ([127.0.0.1])\n by localhost (mx.acme.example [127.0.0.1]) (amavisd-new,"
            " port 10024)\n with ESMTP id x; Mon, 23 Nov 2026 10:00:00 +0100 (CET)",
            RECEIVED,
            PASS,
        ]
        self.assertEqual(read(*amavis), Verdict("pass", "dmarc", "mx.acme.example"))

    def test_one_server_does_not_vouch_for_another(self):
        """A server removes fields with its own name only."""
        other = RECEIVED.replace("mx.acme", "mx2.acme")
        hosts = (*MX, "mx2.acme.example")
        nameless = PASS.replace("mx.acme.example; ", "")
        for fields in [[other, PASS], [other, RECEIVED, PASS], [other, PASS, RECEIVED], [other, nameless, RECEIVED]]:
            with self.subTest(fields=fields):
                self.assertEqual(read(*fields, hosts=hosts), UNKNOWN)
        for fields in [[RECEIVED, PASS], [other, PASS.replace("mx.acme", "mx2.acme")], [PASS, other]]:
            with self.subTest(fields=fields):
                self.assertEqual(read(*fields, hosts=hosts).result, "pass")

    def test_no_host(self):
        self.assertEqual(read(PASS, RECEIVED, hosts=()), UNKNOWN)

    def test_who_wrote_received(self):
        for text, expected in [
            (
                "from a.example (a.example [192.0.2.7]) by mx.acme.example (Postfix) with ESMTP id x; date",
                "mx.acme.example",
            ),
            ("from [192.0.2.7] (helo=by) by mx.acme.example with esmtps (Exim 4.96) id x; date", "mx.acme.example"),
            ("from unknown (HELO a.example) (192.0.2.7) by mx.acme.example with SMTP; date", "mx.acme.example"),
            ("(from www@localhost) by mx.acme.example (8.15) id x; date", "mx.acme.example"),
            ("by MX.acme.example. (Postfix, from userid 0) id x; date", "mx.acme.example"),
            ("by 2002:a05:6a10::1 with SMTP id x; date", "2002:a05:6a10::1"),
            ("(qmail 123 invoked by uid 89); date", ""),
            ("from a by mx.acme.example (evil [192.0.2.66]) by mx.evil.example with ESMTP", ""),
            ("from by (evil) by mx.evil.example", ""),
            ("from a( by mx.acme.example", ""),
            ("from a; by mx.acme.example", ""),
            ("from (by mx.acme.example) by mx.evil.example", "mx.evil.example"),
            ("x by mx.acme.example", ""),
            ("from a by", ""),
            ("by", ""),
            ("", ""),
        ]:
            with self.subTest(text=text):
                self.assertEqual(read_host(text), expected)

    def test_names(self):
        for text, expected in [
            ("", ()),
            (" Mx.Acme.example. ", ("mx.acme.example",)),
            ("mx1.acme.example,mx2.acme.example; mx3", ("mx1.acme.example", "mx2.acme.example", "mx3")),
            ("*.outlook.com *.messagingengine.com", ("*.outlook.com", "*.messagingengine.com")),
            ("OpenDMARC", ("opendmarc",)),
        ]:
            with self.subTest(text=text):
                self.assertEqual(parse_hosts(text), expected)
        for text in ("*", "*.com", "mx.*.example", "a@b.example", "https://mx", "mx.acme.example:25", "", "."):
            with self.subTest(text=text):
                if text:
                    self.assertRaises(ValueError, parse_hosts, text)
        wide = {"hosts": ("*.acme.example",)}
        self.assertEqual(read(RECEIVED, PASS, **wide).result, "pass")
        self.assertEqual(read(RECEIVED, PASS.replace("mx.acme", "acme"), **wide).result, "none")
        self.assertEqual(read(RECEIVED, PASS.replace("mx.acme", "mx.notacme"), **wide).result, "none")
