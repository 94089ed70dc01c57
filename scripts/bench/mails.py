"""Mails as people write them: no two alike, in the shapes that mail clients give them."""

from __future__ import annotations

import base64
import email.policy
import html
import random
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

MEGABYTE = 1024**2
ATTACHMENT_BYTES = 2 * MEGABYTE

_OPENINGS = (
    "Good morning {name},", "Dear {name},", "Hello {name},", "Hi {name},", "Sehr geehrte/r {name},",
    "Guten Tag {name},", "Bonjour {name},",
)  # fmt: skip
_SENTENCES = (
    "thank you for your time on the phone yesterday.",
    "As discussed, I send you our offer for {amount} units, valid until the end of the month.",
    "Delivery takes {weeks} weeks from your order; express is possible on request.",
    "The price per unit comes to {price} EUR net, plus transport to {city}.",
    "Could you let me know whether the quantities still hold?",
    "My colleague from engineering would like to join our next call.",
    "We have looked into the problem with batch {amount} and will replace it free of charge.",
    "The drawings you asked for need two more days.",
    "vielen Dank für das freundliche Gespräch; anbei wie besprochen die Unterlagen.",
    "Bitte geben Sie uns bis Freitag Bescheid, ob der Termin in {city} für Sie passt.",
    "Die Lieferzeit beträgt derzeit {weeks} Wochen ab Auftragseingang.",
    "Je vous prie de trouver ci-joint notre devis actualisé à {price} € l'unité.",
    "Payment terms remain 30 days net, with 2 % discount within ten days.",
    "I have put the minutes of our meeting below, please correct me where I am wrong.",
    "For the pilot in {city} we would need access to your test system from week {weeks} on.",
    "Is there anything else you need from our side before the board meets?",
    "Naïve question: does your purchasing department accept electronic invoices?",
    "We can hold this price for {weeks} weeks, after that the new list applies.",
)
_CLOSINGS = ("Best regards", "Kind regards", "Mit freundlichen Grüßen", "Cordialement", "Many thanks and best wishes")
_SUBJECTS = (
    "Offer {number} for {city}", "Our call on {number}", "Re: Request {number}", "Angebot {number}",
    "AW: Anfrage {number}", "Minutes of our meeting, {city}", "Devis n° {number}", "Delivery of order {number}",
    "Samples for {city} ({number})",
)  # fmt: skip
_CITIES = ("Hamburg", "Lyon", "Leeds", "Torino", "Porto", "Gdańsk", "Malmö", "Utrecht", "Graz", "Pune")


@dataclass(frozen=True)
class Envelope:
    """Who writes to whom.

    :param tuple sender: name and address
    :param to: names and addresses
    :param cc: names and addresses
    :param dict headers: written on top, as the last mail server does
    :param str reply_to: the Message-Id that is answered
    """

    sender: tuple[str, str]
    to: Sequence[tuple[str, str]]
    cc: Sequence[tuple[str, str]] = ()
    headers: dict[str, str] = field(default_factory=dict)
    reply_to: str = ""


@dataclass(frozen=True)
class Mail:
    """A mail, and its Message-Id."""

    id: str
    raw: bytes


class Writer:
    """Writes mails; the same seed writes the same ones, but for their Message-Ids.

    :param str run: tells the Message-Ids of this run from those of any other
    """

    def __init__(self, seed: int, run: str):
        self.random = random.Random(seed)  # noqa: S311 nothing secret
        self.run = run
        self.number = 0

    def write(self, kind: str, envelope: Envelope, size: int = ATTACHMENT_BYTES) -> Mail:
        """Return a mail as the last mail server hands it on.

        :param kind: `plain`, `html` with a signature, or `attachment` of so many bytes
        """
        self.number += 1
        message = EmailMessage(policy=email.policy.SMTP)
        self._write_header(message, envelope)
        paragraphs = self._write_text(envelope)
        message.set_content("\n\n".join(paragraphs) + "\n", cte="8bit")
        if kind != "plain":
            self._add_html(message, paragraphs, envelope)
        if kind == "attachment":
            self._attach(message, size)
        return Mail(message["Message-ID"], self._write_trace(envelope) + message.as_bytes())

    def _write_header(self, message: EmailMessage, envelope: Envelope) -> None:
        values = {"number": self.random.randrange(10000, 99999), "city": self.random.choice(_CITIES)}
        message["From"] = _format([envelope.sender])
        message["To"] = _format(envelope.to)
        if envelope.cc:
            message["Cc"] = _format(envelope.cc)
        message["Subject"] = self.random.choice(_SUBJECTS).format(**values)
        # an hour ago: a mail of the future would be odd
        date = datetime.now(timezone.utc) - timedelta(seconds=self.random.randrange(10, 3600))
        message["Date"] = format_datetime(date)
        message["Message-ID"] = self.new_id()
        if envelope.reply_to:
            message["In-Reply-To"] = envelope.reply_to
            message["References"] = envelope.reply_to
        message["MIME-Version"] = "1.0"
        message["User-Agent"] = "Mozilla Thunderbird"

    def new_id(self) -> str:
        """Return a Message-Id that no other mail has."""
        return f"<{self.run}.{self.number}.{self.random.getrandbits(64):016x}@client.example>"

    def _write_text(self, envelope: Envelope) -> list[str]:
        name = (envelope.to[0][0] or "all").split()[-1]
        paragraphs = [self.random.choice(_OPENINGS).format(name=name)]
        for _paragraph in range(self.random.randrange(2, 6)):
            chosen = self.random.sample(_SENTENCES, self.random.randrange(2, 5))
            paragraphs.append(" ".join(chosen).format(**self._details()))
        paragraphs.append(f"{self.random.choice(_CLOSINGS)}\n{envelope.sender[0]}")
        if self.random.random() < 0.5:
            quoted = self.random.sample(_SENTENCES, 6)
            paragraphs.append("\n".join("> " + sentence.format(**self._details()) for sentence in quoted))
        return paragraphs

    def _details(self) -> dict[str, object]:
        return {
            "amount": self.random.randrange(10, 5000),
            "weeks": self.random.randrange(2, 16),
            "price": f"{self.random.uniform(2, 900):.2f}",
            "city": self.random.choice(_CITIES),
        }

    def _add_html(self, message: EmailMessage, paragraphs: list[str], envelope: Envelope) -> None:
        """Add what a mail client makes of it: styles, a signature with a logo, a disclaimer."""
        logo = self._make_image()
        content_id = f"logo{self.number}.{self.random.getrandbits(32):08x}@client.example"
        body = "".join(
            f'<p class="MsoNormal" style="margin:0cm 0cm 8pt"><span style="font-size:11.0pt;font-family:Calibri">'
            f"{html.escape(paragraph).replace(chr(10), '<br>')}</span></p>\n"
            for paragraph in paragraphs
        )
        name, address = envelope.sender
        signature = (
            '<table cellpadding="0" cellspacing="0" border="0" style="border-collapse:collapse"><tr>'
            f'<td style="padding-right:12px"><img src="cid:{content_id}" width="120" height="40" alt="logo"></td>'
            f'<td style="border-left:2px solid #0a5;padding-left:12px;font:10pt Arial"><b>{html.escape(name)}</b><br>'
            f"Key account<br>T +49 40 {self.random.randrange(10**6, 10**7)}<br>"
            f'<a href="mailto:{address}">{address}</a><br>'
            '<a href="https://www.seller.example">www.seller.example</a></td></tr></table>'
            '<p style="color:#888;font-size:8pt">This message may contain confidential information. If you are not the '
            "intended recipient, please inform the sender and delete it.</p>"
        )
        page = f"<html><head><style>p.MsoNormal{{margin:0cm}}</style></head><body>{body}{signature}</body></html>"
        message.add_alternative(page, subtype="html", cte="quoted-printable")
        message.get_payload()[1].add_related(logo, "image", "png", cid=f"<{content_id}>", filename="logo.png")

    def _make_image(self) -> bytes:
        """Return some kilobytes of PNG: Odoo looks at the size of images."""
        width, height = 120, self.random.randrange(10, 20)
        rows = b"".join(b"\0" + self.random.randbytes(3 * width) for _row in range(height))
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
            for name, data in chunks
        )

    def _attach(self, message: EmailMessage, size: int) -> None:
        """Attach a file that cannot be compressed, like most that are sent."""
        content = b"%PDF-1.7\n" + self.random.randbytes(size)
        name = f"offer-{self.random.randrange(10000, 99999)}.pdf"
        message.add_attachment(content, "application", "pdf", filename=name)

    def _write_trace(self, envelope: Envelope) -> bytes:
        """Return what mail servers wrote on top of the mail on its way."""
        date = format_datetime(datetime.now(timezone.utc))
        host = f"host{zlib.crc32(envelope.sender[1].encode()) % 250}.client.example"
        signature = base64.b64encode(self.random.randbytes(192)).decode()
        lines = [f"{name}: {value}" for name, value in envelope.headers.items()]
        lines += [
            "Received: from mx.client.example (mx.client.example [192.0.2.9])\r\n\tby mx.example (Postfix) with ESMTPS"
            f" id {self.random.getrandbits(40):010X};\r\n\t{date}",
            "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=client.example; s=mail;\r\n"
            "\th=from:to:subject:date;\r\n\tb="
            + "\r\n\t ".join(signature[start : start + 70] for start in range(0, len(signature), 70)),
            f"Received: from {host} ({host} [198.51.100.{self.random.randrange(1, 255)}])\r\n\tby mx.client.example "
            f"(Postfix) with ESMTPSA id {self.random.getrandbits(40):010X};\r\n\t{date}",
        ]
        return "".join(line + "\r\n" for line in lines).encode()


def _format(people: Iterable[tuple[str, str]]) -> list[Address]:
    """Return addresses as a header takes them."""
    return [Address(name, addr_spec=address) for name, address in people]
