"""Mails with signatures, and what the receiver writes about them."""

import re

import dkim

from .conftest import Client
from .nameserver import PRIVATE

EVE = "eve@evil.example"


def build(sender="sam@acme.example", headers=b"", body=b"Hello\r\n"):
    text = f"From: {sender}\r\nTo: new@customer.example\r\nSubject: Our offer\r\nMessage-ID: <1@x.example>\r\n"
    return text.encode() + headers + b"\r\n" + body


def sign(mail, domain="acme.example", **options):
    headers = options.pop("headers", [b"from", b"to", b"subject"])
    return (
        dkim.sign(mail, options.pop("selector", b"key"), domain.encode(), PRIVATE, include_headers=headers, **options)
        + mail
    )


def receive(border, odoo, mail, sender="sam@acme.example", hello="EHLO"):
    """Send a mail, and return what arrived: the trace, and the rest."""
    with Client(border.smtp) as client:
        assert client.deliver(mail, sender=sender, hello=hello).startswith("250 2.0.0")
    content = odoo.mails[-1][1]
    found = re.match(
        rb"Return-Path: <[^\r\n]*>\r\n(Authentication-Results: mx.example.com;(?:\r\n\t[^\r\n]+)+\r\n"
        rb"Received: from client\.example \(\[127\.0\.0\.1\]\)\r\n\tby mx\.example\.com with E?SMTPS?; [^\r\n]+\r\n)",
        content,
    )
    return found[1].decode(), content[found.end() :]


def read_results(trace):
    """Return the results in short form."""
    return re.findall(r"((?:spf|dkim|dmarc|arc)=[^;\r]+)", trace.partition("Received:")[0])
