"""Mails that nobody here wrote: a folder of them, given by ``./dev test --corpus DIR``."""

import logging
import os
import re
import time
from pathlib import Path

from ..tools.envelope import split_head
from .common import DropboxCommon, tagged

_logger = logging.getLogger(__name__)

CORPUS = os.environ.get("CRM_BCC_DROPBOX_CORPUS")
SLOWEST = 10
"""Seconds for one mail."""

_SEPARATOR = re.compile(rb"From [^\n]*\n")
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
_RECIPIENTS = re.compile(rb"^(?:To|Cc)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_REPLACED = re.compile(rb"^(?:From|Message-ID)[ \t]*:.*(?:\r?\n[ \t].*)*\r?\n?", re.IGNORECASE | re.MULTILINE)
_SHOWN = re.compile(rb"^Subject[ \t]*:[ \t]*|\bname=\"?|<p>", re.IGNORECASE | re.MULTILINE)
_TOKEN = re.compile("bcc-[a-z2-7]{20}", re.IGNORECASE)


@tagged("post_install", "-at_install")
class TestCorpus(DropboxCommon):
    def setUp(self):
        super().setUp()
        if not CORPUS:
            self.skipTest("no corpus: ./dev test --corpus DIR")
        self._lift_day_limits()

    def _address(self, raw, number):
        """Make a mail one that the owner of the dropbox sends, with a Message-Id that no other mail has.

        The dropbox goes into the subject, file names and HTML too, where nobody may see it in the end.
        """
        raw = _SEPARATOR.sub(b"", raw.lstrip(b"\r\n"), count=1)
        head, rest = split_head(raw) if _FIELD.match(raw) else (b"", b"\n" + raw)
        end = b"\r\n" if b"\r\n" in head else b"\n"
        fields = [
            f"X-Original-To: {self.sam.bcc_dropbox_address}",
            f"From: {self.sam.email}",
            f"Message-ID: <{number}@corpus.example>",
        ]
        if not _RECIPIENTS.search(head):
            fields.append(f"To: {number}@customer.example")
        mail = b"".join(field.encode() + end for field in fields) + _REPLACED.sub(b"", head) + rest
        return _SHOWN.sub(rb"\g<0>" + self.sam.bcc_dropbox_address.encode() + b" ", mail)

    def _deliver(self, path, number):
        """Deliver a mail, and return what is wrong with the result."""
        known = self.env["crm.bcc.dropbox.email"].search([], order="id desc", limit=1).id or 0
        started = time.monotonic()
        try:
            self._receive(self._address(path.read_bytes(), number))
        except Exception as error:  # noqa: BLE001 that is the finding
            return [f"raised {type(error).__name__}: {error}"]
        duration = time.monotonic() - started
        offences = [] if duration < SLOWEST else [f"took {duration:.1f} s"]
        email = self.env["crm.bcc.dropbox.email"].search([("id", ">", known)])
        if len(email) != 1:
            return [*offences, f"{len(email)} rows"]
        self.states[email.state] = self.states.get(email.state, 0) + 1
        if email.state in ("failed", "pending"):
            offences.append(f"{email.state}: {email.reason}")
        messages = email.line_ids.mail_message_id
        texts = [email.subject, email.email_from, email.reason, *email.line_ids.mapped("email")]
        texts += [text for message in messages for text in (message.body, message.subject)]
        texts += messages.attachment_ids.mapped("name")
        texts += (
            self.env["crm.lead"]
            .browse(email.line_ids.filtered(lambda line: line.res_model == "crm.lead").mapped("res_id"))
            .mapped("name")
        )
        return offences + [f"token in {text[:80]!r}" for text in texts if text and _TOKEN.search(text)]

    def test_corpus(self):
        paths = sorted(path for path in Path(CORPUS).rglob("*") if path.is_file() and path.suffix != ".md")
        self.assertTrue(paths, f"no mails in {CORPUS}")
        self.states, offenders = {}, []
        mails = self.env["mail.mail"].search_count([])
        for number, path in enumerate(paths):
            offenders += [f"{path}: {offence}" for offence in self._deliver(path, number)]
        _logger.info("%s mails: %s", len(paths), self.states)
        if self.env["mail.mail"].search_count([]) > mails:
            offenders.append("mails were sent")
        self.assertFalse(offenders, "\n".join(offenders))
