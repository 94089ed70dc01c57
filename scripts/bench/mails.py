"""Emails as people write them, addressed to a dropbox or to core's alias, to known customers or new ones."""

import base64
import email.policy
import html
import io
import itertools
import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from string import Template

from faker import Faker
from PIL import Image

from .database import SALES, Database, Mail

MEGABYTE = 1024**2
FILE_BYTES = 2 * MEGABYTE
Person = tuple[str, str]
"""Name and address."""
People = Sequence[Person]

_PAGE = Template(Path(__file__).with_name("mail.html").read_text())
_PARAGRAPH = '<p class="MsoNormal" style="margin:0cm 0cm 8pt"><span style="font-size:11.0pt">{}</span></p>\n'
# Python 3.11 encodes commas between addresses where it folds a header.
_UNFOLDED = email.policy.SMTP.clone(max_line_length=None)
# Fields that mail servers add above those of the email program.
_TRACE = """\
Received: from mx.client.example (mx.client.example [192.0.2.9]) by mx.example (Postfix) with ESMTPS id {id:X}; {date}
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=client.example; s=mail; h=from:to:subject:date;
\tb={signature}
Received: from host.client.example (host.client.example [198.51.100.7])
\tby mx.client.example (Postfix) with ESMTPSA id {id:X}; {date}
"""


class Post:
    """The emails of one database's sellers: the same ones for the same seed, except for their Message-Ids."""

    def __init__(self, database: Database, seed: int = 1, people: int = 400):
        self.database = database
        self.random = random.Random(seed)  # noqa: S311 nothing secret
        self.faker = Faker(["en_GB", "de_DE", "fr_FR"])
        self.faker.seed_instance(seed)
        self.run = uuid.uuid4().hex[:10]
        # in turn, so that caches know all of them alike
        self.sellers = itertools.cycle(database.sellers)
        self.contacts = itertools.cycle(database.find_contacts(people))
        self._leads = itertools.cycle(database.find_leads(people))
        self._numbers = itertools.count(1)

    def next_known(self, index: int) -> Person:
        """Return a contact or a person with a lead, by turns."""
        return next(self._leads if index % 2 else self.contacts)

    def next_stranger(self) -> Person:
        """Return a person unknown to Odoo."""
        number = next(self._numbers)
        return f"Stranger {number}", f"stranger{number}@{self.run}.example"

    def colleagues(self) -> list[Person]:
        """Return two sellers for Cc."""
        return [(seller.name, seller.email) for seller in (next(self.sellers), next(self.sellers))]

    def by_dropbox(self, kind: str, to: People, cc: People = ()) -> Mail:
        """Write an email of a seller with the dropbox in Bcc, as Postfix hands it on."""
        seller = next(self.sellers)
        headers = {"Return-Path": f"<{seller.email}>", "X-Original-To": seller.dropbox}
        return self.write(kind, (seller.name, seller.email), to, cc, headers)

    def by_alias(self, kind: str, to: People, cc: People = (), new: bool = False) -> Mail:
        """Write an email of a seller with core's alias in Bcc: the one of a lead, or the one that creates leads."""
        seller = next(self.sellers)
        headers = {"Return-Path": f"<{seller.email}>", "Delivered-To": SALES if new else seller.deal}
        return self.write(kind, (seller.name, seller.email), to, cc, headers)

    def from_customer(self, kind: str, customer: Person, new: bool = False) -> Mail:
        """Write an email of a customer to an alias, without any dropbox."""
        address = SALES if new else next(self.sellers).deal
        headers = {"Return-Path": f"<{customer[1]}>", "Delivered-To": address}
        return self.write(kind, customer, [("Sales", address)], (), headers)

    def warm_up(self) -> None:
        """Let every seller write once in each way: servers do some things only once."""
        for _seller in self.database.sellers:
            mails = [
                self.by_alias("plain", [next(self.contacts)]),
                self.by_alias("plain", [self.next_stranger()], new=True),
            ]
            if self.database.has_addon:
                mails += [self.by_dropbox("plain", [person]) for person in (next(self.contacts), self.next_stranger())]
            for mail in mails:
                self.database.deliver(mail)

    def write(
        self, kind: str, sender: Person, to: People, cc: People = (), headers: Mapping = {}, size: int = FILE_BYTES
    ) -> Mail:
        """Return an email as the last mail server hands it on.

        :param kind: `plain`, `html` with a signature, or `attachment`, which is `html` with a file
        :param headers: added by the last mail server
        :param size: bytes of the file
        """
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"] = _format([sender])
        message["To"] = _format(to)
        if cc:
            message["Cc"] = _format(cc)
        message["Subject"] = f"{self.faker.catch_phrase()} {self.random.randrange(10000, 99999)}"
        # in the past: a date in the future would be an exception
        date = datetime.now(timezone.utc) - timedelta(seconds=self.random.randrange(10, 3600))
        message["Date"] = format_datetime(date)
        message["Message-ID"] = f"<{self.run}.{next(self._numbers)}.{self.random.getrandbits(40):x}@client.example>"
        message["User-Agent"] = "Mozilla Thunderbird"
        paragraphs = self._write_text(sender, to)
        message.set_content("\n\n".join(paragraphs) + "\n", cte="8bit")
        if kind != "plain":
            self._add_html(message, paragraphs, sender)
        if kind == "attachment":
            # cannot be compressed, as most files that are sent
            content = b"%PDF-1.7\n" + self.random.randbytes(size)
            message.add_attachment(
                content, "application", "pdf", filename=f"offer-{self.random.getrandbits(40) % 10000}.pdf"
            )
        signature = base64.b64encode(self.random.randbytes(192)).decode()
        trace = _TRACE.format(id=self.random.getrandbits(40), date=format_datetime(date), signature=signature)
        added = "".join(f"{name}: {value}\n" for name, value in headers.items())
        top = (added + trace).replace("\n", "\r\n").encode()
        return Mail(message["Message-ID"], top + message.as_bytes(policy=_UNFOLDED))

    def _write_text(self, sender: Person, to: People) -> list[str]:
        texts = [self.faker.paragraph(5) for _text in range(self.random.randrange(2, 6))]
        paragraphs = [f"Hello {to[0][0] or 'all'},", *texts, f"Best regards\n{sender[0]}"]
        if self.random.random() < 0.5:
            paragraphs.append("\n".join(f"> {sentence}" for sentence in self.faker.sentences(6)))
        return paragraphs

    def _add_html(self, message: EmailMessage, paragraphs: list[str], sender: Person) -> None:
        """Add the same text as HTML with styles, a signature with a logo, and a disclaimer."""
        content_id = f"logo{self.random.getrandbits(40):x}@client.example"
        body = "".join(_PARAGRAPH.format(html.escape(each).replace("\n", "<br>")) for each in paragraphs)
        page = _PAGE.substitute(paragraphs=body, content_id=content_id, name=html.escape(sender[0]), address=sender[1])
        size = (120, self.random.randrange(10, 20))
        logo = io.BytesIO()
        Image.frombytes("RGB", size, self.random.randbytes(3 * size[0] * size[1])).save(logo, "PNG")
        message.add_alternative(page, subtype="html", cte="quoted-printable")
        logo_part = message.get_payload()[1]
        logo_part.add_related(logo.getvalue(), "image", "png", cid=f"<{content_id}>", filename="logo.png")


def _format(people: People) -> list[Address]:
    return [Address(name, addr_spec=address) for name, address in people]
