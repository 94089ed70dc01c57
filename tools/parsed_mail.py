"""What the gateway needs to know of a mail before it looks at the body: a value without ORM."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from .address import Address, clean, holds_token, is_dropbox
from .authentication import Verdict
from .charset import decode_text, decode_words
from .date import parse_date
from .envelope import HeaderField, find_secrets, get_head, read_addresses, read_fields, read_texts
from .sender import CLAIM_HEADERS, MAX_FROM, find_sender_flaw, find_shown_addresses

MAX_REFERENCES = 32
"""Message-Ids looked up to find the mail being answered; newer ones stand last (RFC 5322 section 3.6.4)."""

MAX_SUBJECT = 4_000
"""Characters of a subject; a line has 998, RFC 5322 section 2.1.1."""

MAX_MESSAGE_ID = 998
"""Characters of a line, RFC 5322 section 2.1.1. Much longer ones do not fit into an index of PostgreSQL."""

TEST_HEADER = "X-Bcc-Dropbox-Test"
"""Marks the mail by which users test their dropbox."""

_MAX_ENCODED = 4 * MAX_SUBJECT
_MESSAGE_ID = re.compile(r"<[^<>]+>")


@dataclass(frozen=True)
class ParsedMail:
    """The header of a captured mail.

    :param str message_id: as other mails refer to it, or empty
    :param datetime date: naive, UTC; None when the mail has no readable one
    :param str subject: decoded, on one line
    :param tuple senders: one :class:`Address` per mailbox of all From headers
    :param tuple to: one per mailbox of all To headers, without doubles
    :param tuple cc: one per mailbox of all Cc headers, without those in To
    :param tuple references: Message-Ids of the mails it answers, the nearest last
    :param str automatic: the header that marks it as automatic mail, or empty
    :param str test: what the header of a test says, or empty
    :param str sender_flaw: why the sender is not beyond doubt, see :func:`find_sender_flaw`
    :param str spelling: the only From header as it stands there, on one line, if it names one readable address but is
        not beyond doubt, or has another one for a name; else empty
    :param tuple claims: ``(header, address)`` of the headers that some programs take for the sender
    :param Verdict verdict: whether it is from its sender; None if that was not looked at
    """

    message_id: str
    date: datetime | None
    subject: str
    senders: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    references: tuple[str, ...]
    automatic: str
    test: str = ""
    sender_flaw: str = ""
    spelling: str = ""
    claims: tuple[tuple[str, str], ...] = ()
    verdict: Verdict | None = None

    @property
    def recipients(self) -> tuple[Address, ...]:
        """To, then Cc."""
        return self.to + self.cc

    @property
    def sender_email(self) -> str:
        """The one address that it is from.

        Empty when there is none, or several, or it names a dropbox, see :func:`holds_token`.
        """
        [email, *others] = [sender.email for sender in self.senders] or [""]
        return "" if others or holds_token(email) else email

    @property
    def likely_email(self) -> str:
        """The only readable address that it is from, whatever else stands there; see :attr:`sender_email`."""
        emails = [sender.email for sender in self.senders if sender.email]
        return emails[0] if len(emails) == 1 and not holds_token(emails[0]) else ""

    @property
    def sender(self) -> str:
        """The From header for people, without doubt about what it says."""
        return clean(", ".join(address.formatted for address in self.senders))


def format_addresses(addresses: Iterable[Address]) -> str:
    """Write addresses for people, dropboxes left out."""
    return clean(", ".join(address.formatted for address in addresses if not is_dropbox(address.email)))


def get_message_id(raw: bytes) -> str:
    """Read the Message-Id the way Odoo stores it, so that both compare equal; empty when there is no sound one."""
    values = read_texts(read_fields(get_head(raw)), "message-id")
    return clean(values[0]) if values and len(values[0].encode()) <= MAX_MESSAGE_ID else ""


def parse_header(raw: bytes) -> ParsedMail:
    """Read the header of a mail; never raises on what a mail may contain."""
    fields = read_fields(get_head(raw))

    def read_first(name: str) -> str:
        return next((field.text for field in fields if field.name == name), "")

    def read_all(name: str) -> dict[str, Address]:
        found = {}
        for address in read_addresses(read_texts(fields, name)):
            found.setdefault(address.email or address.text, address)
        return found

    to, cc, senders = read_all("to"), read_all("cc"), tuple(read_all("from").values())
    # raw bytes of whatever charset, maybe
    subject = next((decode_text(field.value[:_MAX_ENCODED].strip()) for field in fields if field.name == "subject"), "")
    subject = " ".join(decode_words(subject).split())[:MAX_SUBJECT]
    answered = (
        "".join(message_id.split())  # some clients fold inside of one
        for value in read_texts(fields, "references") + read_texts(fields, "in-reply-to")
        for message_id in _MESSAGE_ID.findall(value)
    )
    mail = ParsedMail(
        message_id=get_message_id(raw),
        date=parse_date(read_first("date")),
        subject=clean(find_secrets(raw).redact(subject)),
        senders=senders,
        to=tuple(to.values()),
        cc=tuple(address for key, address in cc.items() if key not in to),
        references=tuple(dict.fromkeys(map(clean, answered)))[-MAX_REFERENCES:],
        automatic=_detect_automatic(fields),
        test=read_first(TEST_HEADER.lower())[:MAX_SUBJECT],
        sender_flaw=find_sender_flaw(raw, senders),
        claims=tuple((name, address.email) for name in CLAIM_HEADERS for address in read_all(name).values()),
    )
    return replace(mail, spelling=_read_spelling(mail, [field.text for field in fields if field.name == "from"]))


def _read_spelling(mail: ParsedMail, texts: list[str]) -> str:
    """Read how a sender is written who is not beyond doubt, see :class:`ParsedMail`."""
    if not mail.likely_email or mail.sender_flaw == "several" or len(texts) != 1 or len(texts[0]) > MAX_FROM:
        return ""
    names = {email for sender in mail.senders for email in find_shown_addresses(sender.name)}
    is_doubtful = mail.sender_flaw or len(mail.senders) > 1 or names - {mail.likely_email}
    return clean(" ".join(texts[0].split())) if is_doubtful else ""


def _detect_automatic(fields: Iterable[HeaderField]) -> str:
    """Name the header that marks a mail as automatic (RFC 3834 section 5, RFC 5321 section 4.5.5).

    List-Id, Precedence and X-Auto-Response-Suppress are no reason: ordinary mail carries them.
    """
    keywords = [value.lower().replace(";", " ").split()[:1] for value in read_texts(fields, "auto-submitted")]
    if any(keyword not in ([], ["no"]) for keyword in keywords):
        return "Auto-Submitted"
    if any("".join(value.split()) in ("", "<>") for value in read_texts(fields, "return-path")):
        return "Return-Path"
    if any(value.lower().startswith("multipart/report") for value in read_texts(fields, "content-type")):
        return "Content-Type"
    return ""
