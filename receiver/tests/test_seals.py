"""Seals (ARC) of servers that redirected a mail."""

import re

import dkim
import pytest

from .nameserver import PRIVATE
from .signed import EVE, build, read_results, receive


def seal(mail, domain="evil.example", results="dmarc=pass header.from=acme.example", **options):
    """Add a seal with results, as the server of a domain does that redirects a mail."""
    options = {"include_headers": [b"from", b"to", b"subject"], **options}
    name = domain.encode()
    results = f"Authentication-Results: {domain}; {results}\r\n".encode()
    return b"".join(dkim.arc_sign(results + mail, b"key", name, PRIVATE, name, **options)) + mail


def seal_often(count):
    mail = build()
    for number in range(count):
        mail = seal(mail, results=f"arc={'pass' if number else 'none'}")
    return mail


SEALED = seal(build())
SEALS = [
    ("one", SEALED, ["arc=pass"]),
    ("two", seal(SEALED, "acme.example", "arc=pass"), ["arc=pass"]),
    ("five", seal_often(5), ["arc=pass"]),
    ("six", seal_often(6), []),
    ("none", build(headers=b"X-ARC-Seal: i=1\r\nX: y\r\n ARC-Seal: i=1\r\n", body=b"ARC-Seal: i=1\r\n"), []),
    ("not the last one", SEALED.replace(b"i=1", b"i=2"), ["arc=fail"]),
    ("changed body", SEALED + b"more\r\n", ["arc=fail"]),
    ("changed subject", SEALED.replace(b"Our offer", b"Your offer"), ["arc=fail"]),
    ("changed results", SEALED.replace(b"dmarc=pass", b"dmarc=none"), ["arc=fail"]),
    ("changed seal", SEALED.replace(b"cv=none", b"cv=pass"), ["arc=fail"]),
    ("changed domain", SEALED.replace(b"d=evil.example", b"d=acme.example-evil.example"), ["arc=fail"]),
    ("second sender", b"From: eve@evil.example\r\n" + SEALED, ["arc=fail"]),
    ("changed after the first seal", seal(SEALED + b"more\r\n", results="arc=pass"), ["arc=pass"]),
    ("changed results of the first", seal(SEALED, results="arc=pass").replace(b"dmarc=pass", b"dmarc=none"),
     ["arc=fail"]),
    ("broken before", seal(SEALED, results="arc=fail"), ["arc=fail"]),
    ("no results", re.sub(rb"ARC-Authentication-Results:(?:.*\r\n )*.*\r\n", b"", SEALED), ["arc=fail"]),
    ("twice", SEALED[: SEALED.index(b"From:")] + SEALED, ["arc=fail"]),
    ("no instance", build(headers=b"ARC-Seal: nonsense\r\n"), ["arc=none"]),
    ("line that is skipped", SEALED.replace(b"\r\nFrom:", b"\r\nFrom x\r\nFrom:"), []),
    ("blank before the colon", SEALED.replace(b"ARC-Seal:", b"ARC-Seal :"), []),
    ("no key", seal(build(), "other.example"), ["arc=permerror"]),
    ("DNS fails", seal(build(), "failing.example"), ["arc=temperror"]),
    ("no answer of the DNS", seal(build(), "silent.example"), ["arc=temperror"]),
]  # fmt: skip


@pytest.mark.parametrize(("mail", "results"), [pytest.param(*values, id=name) for name, *values in SEALS])
def test_seals(border, odoo, mail, results):
    trace, rest = receive(border, odoo, mail, EVE)
    assert [result for result in read_results(trace) if result.startswith("arc=")] == results
    assert "dmarc=pass" not in trace
    assert rest == mail
