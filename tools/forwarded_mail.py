"""Mails that a user forwards: inside the text of a mail, or attached to it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import cached_property
from hashlib import sha256

from .address import clean, format_addresses
from .forward import InlineMails, find_forwarded, split_texts
from .html import text_to_html
from .html_text import html_to_text
from .mail_content import File, MailContent, Text
from .original import build_mail
from .raw_mail import RawMail
from .redaction import Secrets

MAX_MAILS = 20
"""Attached mails that are logged separately; further ones stay attachments."""

MAX_DEPTH = 3
"""Forwards inside forwards that are followed until a customer is found."""

MAX_COMMENT = 10_000
"""Characters of what a user wrote above a forwarded mail."""

COMPARED_WORDS = 60
"""Words at the beginning of two texts that are compared."""

INLINE_ID = "@forwarded.invalid>"
"""End of the Message-Id of a mail inside a text, whose real one is unknown."""

FEW_WORDS = 8
"""Mails with shorter texts must be of the same minute: equal short texts prove little."""

_HOUR = timedelta(hours=1)
_LINK = re.compile(r"<?\b(?:https?://|mailto:|cid:)[^\s<>\"]{1,2000}>?", re.IGNORECASE)
_WORD = re.compile(r"\w+")


class ForwardedMail(RawMail):
    """A mail that another one forwards.

    :param bytes content: its bytes; for a mail inside a text, rebuilt from what the text contains
    :param RawMail carrier: the mail that forwards it
    :param bool is_incoming: whether it is from a customer, not from one of us
    :param str comment: what the user wrote above it
    :param tuple through: colleagues who forwarded it before, the last one first
    :param MailContent parts: its texts and files if they are not read from its own bytes
    :param further_files: files of the carrier that are logged with it
    :param bool has_zone: whether its date has a time zone; otherwise that of the carrier is assumed
    """

    def __init__(
        self,
        content: bytes,
        carrier: RawMail,
        *,
        is_incoming: bool,
        comment: str,
        through: tuple[str, ...] = (),
        parts: MailContent | None = None,
        further_files: Iterable[File] = (),
        has_zone: bool = True,
    ):
        super().__init__(content)
        self.carrier = carrier
        self.is_incoming = is_incoming
        self.comment = comment
        self.through = through
        self.has_zone = has_zone
        self._parts = parts
        self._further_files = further_files

    @property
    def forwarders(self) -> str:
        """Everyone who forwarded it, the last one first."""
        return ", ".join([self.carrier.sender, *self.through])

    def read_content(self, max_text: int) -> MailContent:
        """Return its texts and files, and the other files of the mail that forwards it."""
        content = self._parts or super().read_content(max_text)
        return replace(content, files=[*content.files, *self._further_files])

    @cached_property
    def secrets(self) -> Secrets:
        """The tokens to hide, including those of the mail that forwards it."""
        return super().secrets.including(*self.carrier.secrets.tokens)


def is_same(mail: RawMail, date: datetime, message_id: str, body: str, other_body: str) -> bool:
    """Return whether a message is a copy of a received mail that was logged another way. Their senders are equal.

    Only for mails of which at least one was forwarded inside a text: real Message-Ids are compared elsewhere.

    :param date: date of the message; naive, UTC
    :param message_id: Message-Id of the message
    :param body: HTML of the mail
    :param other_body: HTML of the message
    """
    if not mail.date:
        return False
    if not mail.message_id.endswith(INLINE_ID) and not message_id.endswith(INLINE_ID):
        return False  # both have real Message-Ids, which would be the same
    if mail.carrier and message_id in mail.carrier.forwarded_ids and _are_same_minute(mail.date, date):
        return True
    first, second = _list_words(body), _list_words(other_body)
    if not first or first != second:
        return False
    shifts = [timedelta()]
    if not mail.has_zone and len(first) >= FEW_WORDS:  # daylight saving time began or ended meanwhile
        shifts += [_HOUR, -_HOUR]
    return any(_are_same_minute(mail.date + shift, date) for shift in shifts)


def find_forwarded_mails(
    raw_mail: RawMail, is_ours: Callable[[str], bool], max_text: int, through: tuple[str, ...] = ()
) -> list[ForwardedMail]:
    """Return the mails that a mail forwards, inside its text or as attachments; empty if there are none.

    :param raw_mail: a mail that names no customer
    :param is_ours: whether an address belongs to a colleague or to Odoo
    :param int max_text: bytes of text that are read
    :param through: colleagues whose mails were looked through to find this one
    """
    content, carrier = raw_mail.read_content(max_text), raw_mail.carrier or raw_mail
    if inline := find_forwarded(content.texts, raw_mail.subject, raw_mail.zone):
        return [_read_inline(content, inline, carrier, is_ours, through)]
    attached = [file for file in content.files if file.is_mail and RawMail(file.content).senders][:MAX_MAILS]
    # without Content-IDs, which are only valid in this mail
    further_files = [File(file.name, file.content) for file in content.files if file not in attached]
    comment = _read_comment(content.texts, carrier)
    mails: list[ForwardedMail] = []
    for file in attached:
        is_incoming = not is_ours(RawMail(file.content).sender_email)
        mail = ForwardedMail(
            file.content, carrier, is_incoming=is_incoming, comment=comment, through=through,
            further_files=further_files,
        )  # fmt: skip
        further_files = []  # with the first one only
        names_customer = is_incoming or any(not is_ours(address.email) for address in mail.recipients if address.email)
        is_end = names_customer or len(through) >= MAX_DEPTH
        inner = [] if is_end else find_forwarded_mails(mail, is_ours, max_text, (*through, mail.sender))
        mails += inner or [mail]
    return mails


def _read_inline(
    content: MailContent,
    inline: InlineMails,
    carrier: RawMail,
    is_ours: Callable[[str], bool],
    through: tuple[str, ...],
) -> ForwardedMail:
    """Return the mail inside a text of another one, with all files of the latter."""
    original = inline.find_original(is_ours)
    looked_through = inline.levels[: inline.levels.index(original)]
    above, texts = split_texts(content.texts, inline.index, original)
    texts = [text for text in texts if text.text.strip()]
    email = original.sender.email
    header = {
        "From": clean(original.sender.formatted),
        "To": format_addresses(original.to),
        "Cc": format_addresses(original.cc),
        "Subject": clean(original.subject),
        "References": " ".join(carrier.references),  # they contain those of the original
    }
    date = original.date.astimezone(timezone.utc).replace(tzinfo=None) if original.date else carrier.date
    body = clean("\n".join(text.text if text.is_html else text_to_html(text.text) for text in texts))
    header["Message-ID"] = f"<{sha256(f'{header} {date} {body}'.encode()).hexdigest()}{INLINE_ID}"
    return ForwardedMail(
        build_mail(header, date, body),
        carrier,
        is_incoming=not (email and is_ours(email)),
        comment=_read_comment(above, carrier),
        through=(*through, *(clean(level.sender.formatted) for level in looked_through)),
        parts=replace(content, texts=texts),
        has_zone=original.has_zone,
    )


def _read_comment(texts: list[Text], carrier: RawMail) -> str:
    """Return what the user wrote above a forwarded mail, as plain text."""
    plain = (html_to_text(text.text) if text.is_html else text.text for text in texts)
    return clean("\n".join(plain).strip()[:MAX_COMMENT], carrier.secrets)


def _are_same_minute(first: datetime, second: datetime) -> bool:
    return first.replace(second=0, microsecond=0) == second.replace(second=0, microsecond=0)


def _list_words(html: str) -> list[str]:
    """Return the first words of a text, without links, which programs write in different ways."""
    return _WORD.findall(_LINK.sub(" ", html_to_text(html)).casefold())[:COMPARED_WORDS]
