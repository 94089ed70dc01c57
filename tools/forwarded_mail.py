"""Mails that a user forwards: inside the text of a mail, or attached to it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import cached_property
from hashlib import sha256

from .address import Address, clean, format_addresses, is_dropbox
from .forward import InlineMails, find_forwarded, introduces_mail, split_texts
from .html import text_to_html
from .html_text import html_to_text
from .mail_content import File, MailContent, Text
from .original import build_mail
from .raw_mail import RawMail
from .redaction import Secrets

MAX_MAILS = 20
"""Attached mails that are logged separately, those in other attached mails included; further ones stay attachments."""

MAX_DEPTH = 3
"""Forwards inside forwards that are followed until a customer is found."""

MAX_COMMENT = 10_000
"""Characters of what a user wrote above a forwarded mail."""

MAX_COMPARED = 20
"""Messages with the same sender and minute whose texts are compared with that of a mail."""

MAX_BODY = 256 * 1024
"""Characters of the text of a rebuilt mail, from which only its fingerprint is computed; its texts are kept apart."""

INLINE_ID = "@forwarded.invalid>"
"""End of the Message-Id of a mail inside a text, whose real one is unknown."""

FEW_WORDS = 8
"""Mails with shorter texts must be of the same minute: equal short texts prove little."""

_NONE, _HOUR = timedelta(), timedelta(hours=1)
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
    :param mailboxes: its From, To and Cc, if they are not read from its own bytes
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
        mailboxes: dict[str, tuple[Address, ...]] | None = None,
    ):
        super().__init__(content)
        self.carrier = carrier
        self.is_incoming = is_incoming
        self.comment = comment
        self.through = through
        self.has_zone = has_zone
        self._parts = parts
        self._mailboxes = mailboxes or {}
        self._further_files = further_files

    @property
    def forwarders(self) -> str:
        """Everyone who forwarded it, the last one first."""
        return ", ".join([self.carrier.sender, *self.through])

    def read_content(self, max_text: int) -> MailContent:
        """Return its texts and files, and the other files of the mail that forwards it."""
        content = self._parts or super().read_content(max_text)
        return replace(content, files=[*content.files, *self._further_files])

    def _read_addresses(self, name: str) -> dict[str, Address]:
        if name not in self._mailboxes:
            return super()._read_addresses(name)
        found: dict[str, Address] = {}
        for address in self._mailboxes[name]:  # not read again: a text whose address is uncertain contains it
            found.setdefault(address.email or address.text, address)
        return found

    @cached_property
    def secrets(self) -> Secrets:
        """The tokens to hide, including those of the mail that forwards it."""
        return super().secrets.including(*self.carrier.secrets.tokens)


def find_same(mail: RawMail, body: str, files: Iterable[str], messages):
    """Return which messages with the same sender are the same mail of a customer, captured earlier or another way.

    One of the two was forwarded inside a text. A mail with another subject, another text or a further file is another
    mail: it is better to log a mail twice than not at all, and strangers can imitate most of it. The texts are not
    compared if the mail that forwards it refers to the message, see :func:`_is_answered`.

    :param str body: HTML of the mail
    :param files: names of its files
    :param messages: recordset of `mail.message`
    """
    near = messages.filtered(lambda message: _may_be_same(mail, set(files), message))[:MAX_COMPARED]
    words = _list_words(body) if near else []
    return near.filtered(lambda message: _is_answered(mail, message) or _has_words(mail, words, message))


def _may_be_same(mail: RawMail, files: set[str], message) -> bool:
    if not mail.date or not any(_are_same_minute(mail.date + shift, message.date) for shift in (_NONE, _HOUR, -_HOUR)):
        return False
    # senders choose Message-Ids
    is_inline = mail.carrier and mail.message_id.endswith(INLINE_ID)
    is_inline = is_inline or (message.bcc_dropbox_forwarded_by and message.message_id.endswith(INLINE_ID))
    if not is_inline:
        return False  # both have real Message-Ids, which would be the same
    subjects = [_WORD.findall(subject.casefold()) for subject in (mail.subject, message.subject or "")]
    return (not all(subjects) or subjects[0] == subjects[1]) and files <= set(message.attachment_ids.mapped("name"))


def _is_answered(mail: RawMail, message) -> bool:
    """Return whether the mail that forwards a mail mentions a message, which must be captured: others may be forged."""
    is_mentioned = bool(mail.carrier) and message.message_id in mail.carrier.forwarded_ids
    return is_mentioned and bool(message.bcc_dropbox_captured) and _are_same_minute(mail.date, message.date)


def _has_words(mail: RawMail, words: list[str], message) -> bool:
    if not words or words != _list_words(message.body):
        return False
    # without a time zone, daylight saving time may have begun or ended meanwhile
    return _are_same_minute(mail.date, message.date) or (not mail.has_zone and len(words) >= FEW_WORDS)


def find_forwarded_mails(
    raw_mail: RawMail,
    is_ours: Callable[..., bool],
    max_text: int,
    through: tuple[str, ...] = (),
    room: int = MAX_MAILS,
) -> list[ForwardedMail]:
    """Return the mails that a mail forwards, inside its text or as attachments; empty if there are none.

    :param raw_mail: a mail that names no customer
    :param is_ours: whether all of some addresses belong to colleagues or to Odoo
    :param int max_text: bytes of text that are read
    :param through: colleagues whose mails were looked through to find this one
    :param int room: attached mails that are found at most
    """
    content, carrier = raw_mail.read_content(max_text), raw_mail.carrier or raw_mail
    if inline := find_forwarded(content.texts, raw_mail.subject, raw_mail.zone):
        return [_read_inline(content, inline, raw_mail, is_ours, through)]
    if introduces_mail(content.texts, raw_mail.subject):
        return []  # that mail can't be read, and may have brought the attached ones
    attached = [file for file in content.files if file.is_mail and RawMail(file.content).senders][:room]
    # without Content-IDs, which are only valid in this mail
    further_files = [File(file.name, file.content) for file in content.files if file not in attached]
    comment = _read_comment(content.texts, raw_mail)
    mails: list[ForwardedMail] = []
    for file in attached:
        is_incoming = not is_ours(RawMail(file.content).sender_email)
        mail = ForwardedMail(
            file.content, carrier, is_incoming=is_incoming, comment=comment, through=through,
            further_files=further_files,
        )  # fmt: skip
        further_files = []  # with the first one only
        emails = [address.email for address in mail.recipients if address.email]
        names_customer = is_incoming or bool(emails and not is_ours(*emails))
        is_end = names_customer or len(through) >= MAX_DEPTH
        further = (*through, mail.sender)
        inner = [] if is_end else find_forwarded_mails(mail, is_ours, max_text, further, room // len(attached))
        mails += inner or [mail]
    return mails


def _read_inline(
    content: MailContent,
    inline: InlineMails,
    raw_mail: RawMail,
    is_ours: Callable[..., bool],
    through: tuple[str, ...],
) -> ForwardedMail:
    """Return the mail inside a text of another one, with all files of the latter."""
    carrier = raw_mail.carrier or raw_mail
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
    body = "\n".join(text.text if text.is_html else text_to_html(text.text) for text in texts)
    files = [(file.name, sha256(file.content).digest()) for file in content.files if not file.cid]
    digest = sha256(f"{header} {date} {body} {files}".encode(errors="replace")).hexdigest()
    header["Message-ID"] = f"<{digest}{INLINE_ID}"
    return ForwardedMail(
        build_mail(header, date, clean(body[:MAX_BODY])),
        carrier,
        is_incoming=not (email and is_ours(email)),
        comment=_read_comment(above, raw_mail),
        through=(*through, *(clean(level.sender.formatted) for level in looked_through)),
        parts=replace(content, texts=texts),
        has_zone=original.has_zone,
        mailboxes={
            "from": (original.sender,),
            "to": tuple(address for address in original.to if not is_dropbox(address.email)),
            "cc": tuple(address for address in original.cc if not is_dropbox(address.email)),
        },
    )


def _read_comment(texts: list[Text], raw_mail: RawMail) -> str:
    """Return what the user wrote above a forwarded mail, as plain text; below it what colleagues did, with their names.

    :param raw_mail: the mail with these texts: the user's, or one of a colleague in it
    """
    plain = (html_to_text(text.text) if text.is_html else text.text for text in texts)
    comment = "\n".join(plain).strip()
    if raw_mail.carrier and comment:
        comment = f"{raw_mail.comment}\n\n{raw_mail.sender}:\n{comment}".strip()
    return clean((comment or raw_mail.comment)[:MAX_COMMENT], raw_mail.secrets)


def _are_same_minute(first: datetime, second: datetime) -> bool:
    return first.replace(second=0, microsecond=0) == second.replace(second=0, microsecond=0)


def _list_words(html: str) -> list[str]:
    """Return the words of a text, without links, which programs write in different ways."""
    return _WORD.findall(_LINK.sub(" ", html_to_text(html)).casefold())
