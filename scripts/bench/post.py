"""Addresses mails: by a dropbox or by core's alias, to people who are known or not."""

from __future__ import annotations

import itertools
import random
import uuid
from collections.abc import Sequence

from .mails import ATTACHMENT_BYTES, Envelope, Mail, Writer
from .session import SALES, Database, Seller

Person = tuple[str, str]


class Post:
    """The mails of one database's sellers."""

    def __init__(self, database: Database, seed: int = 1, people: int = 400):
        self.database = database
        self.random = random.Random(seed)  # noqa: S311 nothing secret
        self.writer = Writer(seed, uuid.uuid4().hex[:10])
        self.contacts = database.find_contacts(people)
        self.leads = database.find_leads(people)
        self._sellers = itertools.cycle(database.sellers)
        self._contacts = itertools.cycle(self.contacts)
        self._leads = itertools.cycle(self.leads)
        self._strangers = itertools.count(1)

    def next_seller(self) -> Seller:
        """Return one after the other, so that all are known to the caches alike."""
        return next(self._sellers)

    def next_contact(self) -> Person:
        """Return somebody in the address book."""
        return next(self._contacts)

    def next_lead(self) -> Person:
        """Return somebody who has a lead and is not in the address book."""
        return next(self._leads)

    def next_stranger(self) -> Person:
        """Return somebody whom Odoo does not know."""
        number = next(self._strangers)
        return f"Stranger {number}", f"stranger{number}@{self.writer.run}.example"

    def by_dropbox(
        self, kind: str, to: Sequence[Person], cc: Sequence[Person] = (), size: int = ATTACHMENT_BYTES
    ) -> Mail:
        """Write a mail of a seller with the dropbox in Bcc, as Postfix hands it on."""
        seller = self.next_seller()
        headers = {"Return-Path": f"<{seller.email}>", "X-Original-To": seller.dropbox}
        return self.writer.write(kind, Envelope((seller.name, seller.email), to, cc, headers), size)

    def written_by(self, seller: Seller, kind: str, to: Sequence[Person]) -> Mail:
        """Write a mail of a seller as it leaves the mail client: the dropbox is in the envelope alone."""
        return self.writer.write(kind, Envelope((seller.name, seller.email), to))

    def by_alias(self, kind: str, to: Sequence[Person], cc: Sequence[Person] = (), *, new: bool = False) -> Mail:
        """Write a mail of a seller with core's alias in Bcc: that of a lead of theirs, or the one that makes leads."""
        seller = self.next_seller()
        alias = SALES if new else seller.deal
        headers = {"Return-Path": f"<{seller.email}>", "Delivered-To": alias}
        return self.writer.write(kind, Envelope((seller.name, seller.email), to, cc, headers))

    def from_customer(self, kind: str, customer: Person, *, new: bool = False) -> Mail:
        """Write a mail of a customer to an alias: one that no dropbox has to do with."""
        address = SALES if new else self.next_seller().deal
        headers = {"Return-Path": f"<{customer[1]}>", "Delivered-To": address}
        return self.writer.write(kind, Envelope(customer, [("Sales", address)], (), headers))

    def colleagues(self) -> list[Person]:
        """Return two sellers, to be in Cc."""
        return [(seller.name, seller.email) for seller in (self.next_seller(), self.next_seller())]

    def warm_up(self) -> None:
        """Let every seller write once in each way, so that no round pays for what a server does once."""
        for _seller in self.database.sellers:
            for mail in self._write_all_ways():
                self.database.deliver(mail.raw)

    def _write_all_ways(self) -> list[Mail]:
        mails = [
            self.by_alias("plain", [self.next_contact()]),
            self.by_alias("plain", [self.next_stranger()], new=True),
        ]
        if self.database.has_addon:
            mails.append(self.by_dropbox("plain", [self.next_contact()]))
            mails.append(self.by_dropbox("plain", [self.next_stranger()]))
        return mails
