"""Properties of senders and of verdicts about them, for any mail."""

from contextlib import suppress

from hypothesis import example, given, settings
from hypothesis import strategies as st
from odoo.tests import BaseCase, tagged

from ..tools.authentication import UNKNOWN, judge, parse_hosts, parse_results, read_host, read_verdict
from ..tools.raw_mail import RawMail
from ..tools.signature import check_signatures

for_any = settings(max_examples=300, deadline=None, database=None, derandomize=True)

SAM = b"sam@acme.example"
EVE = b"eve@evil.example"
HOSTS = ("mx.acme.example",)
RECEIVED = "Received: from a by mx.acme.example; x\n"
FOREIGN = "Received: from a by b.example; x\n"

# Pieces with a meaning in a From field
SENDERS = st.lists(
    st.sampled_from([
        b"From", b"from", b":", b" ", b"\n", b"\r", b"\r\n ", b"\t", b"\x00", b"<", b">", b",", b";", b'"', b"(", b")",
        b"\\", b"=?utf-8?q?", b"?=", b"=40", b"@", SAM, EVE, b"Sam", b"X: y\n", b"\n\n", b"\xff",
    ]),
    max_size=12,
).map(b"".join)  # fmt: skip

# Pieces with a meaning in Authentication-Results
RESULTS = st.lists(
    st.one_of(
        st.sampled_from([
            "mx.acme.example", "mx.evil.example", "; ", ";", " ", "(", ")", '"', "\\", "=", "\n\t", "none",
            "dmarc=", "dkim=", "spf=", "auth=", "pass", "fail", "temperror", "header.from=", "header.d=", "header.i=@",
            "smtp.mailfrom=", "smtp.auth=", "acme.example", "evil.example", "sam@acme.example", "/1", ".", "\x00", "ä",
        ]),
        st.text(max_size=3),
    ),
    max_size=20,
).map("".join)  # fmt: skip
HEADERS = st.lists(
    st.one_of(
        st.builds("Authentication-Results: {}\n".format, RESULTS),
        st.builds("Received: {}\n".format, RESULTS),
        st.builds("Received: from {} by {}; x\n".format, RESULTS, RESULTS),
        st.sampled_from([RECEIVED, FOREIGN, "\n", "Subject: x\n"]),
    ),
    max_size=6,
).map("".join)


@tagged("post_install", "-at_install")
class TestAuthenticationProperties(BaseCase):
    @for_any
    @given(SENDERS)
    @example(b"Sam <sam@acme.example>")
    def test_no_other_address_beside_the_sender(self, value):
        """If a sender has no flaw, there is no other unquoted address in any From field."""
        raw_mail = RawMail(b"From: " + value + b"\n\n")
        emails = [sender.email for sender in raw_mail.senders]
        if emails == [SAM.decode()] and not raw_mail.sender_flaw:
            text = b"From: " + value.partition(b"\n\n")[0].partition(b"\n\r\n")[0]
            own = text.replace(b"\r\n ", b" ").split(b"\n")[0]
            self.assertIn(SAM, own)
            self.assertNotIn(b"\x00", own)
            if not any(char in own for char in b'"(='):
                self.assertNotIn(EVE, own)

    @for_any
    @given(HEADERS, st.booleans())
    def test_nothing_raises(self, headers, named):
        raw = headers.encode("utf-8", "replace")
        verdict = read_verdict(RawMail(raw), "sam@acme.example", HOSTS)
        self.assertIn(verdict.result, ("pass", "fail", "temperror", "none"))
        with suppress(ValueError):
            parse_results(headers)
        read_host(headers)
        check_signatures(RawMail(b"DKIM-Signature: " * named + raw), "acme.example", lambda _name, _timeout: None)

    @for_any
    @given(HEADERS)
    def test_no_word_of_strangers(self, headers):
        """Nothing that a stranger writes below the first Received of a foreign host changes the verdict."""
        for above, expected in [
            ("", UNKNOWN.result),
            (RECEIVED, UNKNOWN.result),
            ("Authentication-Results: mx.acme.example; dmarc=pass header.from=acme.example\n", "pass"),
            ("Authentication-Results: mx.acme.example; dmarc=fail header.from=acme.example\n", "fail"),
        ]:
            raw = (above + FOREIGN + headers).encode("utf-8", "replace")
            self.assertEqual(read_verdict(RawMail(raw), "sam@acme.example", HOSTS).result, expected)

    @for_any
    @given(HEADERS.filter(lambda text: "mx.acme.example" not in text.lower()))
    def test_no_word_of_other_hosts(self, headers):
        """Without the name of a trusted host, no result counts."""
        raw = headers.encode("utf-8", "replace")
        self.assertEqual(read_verdict(RawMail(raw), "sam@acme.example", HOSTS), UNKNOWN)

    @for_any
    @given(HEADERS)
    def test_a_failure_is_not_outweighed(self, headers):
        """No field below a failure reported by a trusted server makes the mail genuine."""
        fail = "Authentication-Results: mx.acme.example; dmarc=fail header.from=acme.example\n"
        raw = (RECEIVED + fail + headers).encode("utf-8", "replace")
        self.assertEqual(read_verdict(RawMail(raw), "sam@acme.example", HOSTS).result, "fail")

    @for_any
    @given(RESULTS.filter(lambda text: "acme.example" not in text.lower()))
    def test_no_pass_of_other_domains(self, text):
        """No result proves a domain that it does not name."""
        with suppress(ValueError):
            self.assertNotEqual(judge(parse_results(text)[1], "sam@acme.example").result, "pass")

    @for_any
    @given(RESULTS)
    @example("mx.acme.example 1; dmarc=pass header.from=acme.example")
    def test_what_is_believed(self, text):
        """Only a field that begins like a server's can prove anything."""
        raw = f"{RECEIVED}Authentication-Results: {text}\n".encode("utf-8", "replace")
        if read_verdict(RawMail(raw), "sam@acme.example", HOSTS).result == "pass":
            self.assertRegex(" ".join(text.split()), r"\Amx\.acme\.example( 1)?; ?[a-z]+(/1)?[ (=]")

    @for_any
    @given(st.text(max_size=60) | RESULTS)
    def test_names(self, text):
        try:
            hosts = parse_hosts(text)
        except ValueError:
            return
        for host in hosts:
            self.assertEqual(parse_hosts(host), (host,))
