"""Mails from real life: a folder of them, given by ``./dev test --corpus DIR``."""

import logging
import os
import re
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from ..tools.header import split_head
from ..tools.redaction import Secrets
from .common import DropboxCommon, tagged

CORPUS = os.environ.get("CRM_BCC_DROPBOX_CORPUS")
SLOWEST = 10
"""Seconds of processor time for one mail."""
BATCH = 200
"""Mails after which everything is rolled back: each commit of the gateway is a savepoint here, and PostgreSQL holds a
lock for each; its memory for locks was exhausted after some 15,000 mails."""
TEXTS = ("char", "text", "html", "json")

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
        self.secrets = Secrets.of(self.sam.sudo().bcc_dropbox_ids.token_ids.mapped("token"))

    def _address(self, raw, number):
        """Change a mail into one from the owner of the dropbox, with a unique Message-Id.

        The dropbox is also put into the subject, file names and HTML, where it must be hidden in the end.
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
        started = time.process_time()
        try:
            self._receive(self._address(path.read_bytes(), number))
        except Exception as error:  # noqa: BLE001 any error is a finding
            return [f"raised {type(error).__name__}: {error}"]
        duration = time.process_time() - started
        self.durations.append((duration, path))
        offences = [] if duration < SLOWEST else [f"took {duration:.1f} s"]
        email = self.env["crm.bcc.dropbox.email"].search([("id", ">", known)])
        if len(email) != 1:
            return [*offences, f"{len(email)} rows"]
        if email.state in ("failed", "pending"):
            offences.append(f"{email.state}: {email.reason}")
        offences += [f"token in {text[:80]!r}" for text in self._get_texts(email) if self.secrets.is_in(text)]
        files = email.line_ids.mail_message_id.attachment_ids
        return offences + [f"token in {file.name}" for file in files if self.secrets.is_revealed_by(file.raw or b"")]

    def _get_texts(self, email):
        """Return what others can read of a captured email, and its row."""
        messages = email.line_ids.mail_message_id
        records = [self.env[line.res_model].browse(line.res_id) for line in email.line_ids.filtered("res_model")]
        for record in [*email, *email.line_ids, *messages, *records]:
            names = [name for name, field in record._fields.items() if field.type in TEXTS and field.store]
            yield from (str(record[name] or "") for name in names)
        for attachment in messages._bcc_dropbox_get_files():
            yield attachment.name

    def _find_token(self):
        """Find the columns of the database that contain the token, other than its own."""
        token = self.sam.sudo().bcc_dropbox_ids.token_ids.token
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT attrelid::regclass::text, quote_ident(attname)
              FROM pg_attribute
              JOIN pg_class ON pg_class.oid = attrelid AND relkind = 'r' AND relnamespace = 'public'::regnamespace
             WHERE attnum > 0 AND NOT attisdropped AND atttypid::regtype::text IN %s
            """,
            [("text", "character varying", "jsonb")],
        )
        for table, column in self.env.cr.fetchall():
            if table != "crm_bcc_dropbox_token":
                # identifiers returned by PostgreSQL, quoted by it
                self.env.cr.execute(f"SELECT count(*) FROM {table} WHERE {column}::text ILIKE %s", [f"%{token}%"])
                [[count]] = self.env.cr.fetchall()
                if count:
                    yield f"token in {table}.{column}, {count} times"

    @contextmanager
    def _listening(self):
        """Collect the log lines that contain a token."""
        lines, handler = [], logging.Handler()
        handler.emit = lambda record: lines.append(record.getMessage()) if _TOKEN.search(record.getMessage()) else None
        logging.getLogger().addHandler(handler)
        try:
            yield lines
        finally:
            logging.getLogger().removeHandler(handler)

    def _count_states(self):
        groups = self.env["crm.bcc.dropbox.email"]._read_group([], ["state"], ["__count"])
        return Counter(dict(groups))

    def test_corpus(self):
        paths = sorted(path for path in Path(CORPUS).rglob("*") if path.is_file() and path.suffix != ".md")
        self.assertTrue(paths, f"no mails in {CORPUS}")
        self.durations, self.findings, states = [], 0, Counter()
        for start in range(0, len(paths), BATCH):
            batch = paths[start : start + BATCH]
            with self.env.cr.savepoint() as savepoint:
                with self.assertSilent():
                    states += self._deliver_batch(batch, start)
                savepoint.rollback()
            self._tell(f"{start + len(batch)} of {len(paths)} mails, {self.findings} findings")
        self._print_summary(len(paths), states)
        self.assertFalse(self.findings, "see above")

    def _deliver_batch(self, paths, start):
        """Deliver some mails, print each finding immediately, and return the number of mails by state."""
        before = self._count_states()
        with self._listening() as lines:
            for number, path in enumerate(paths, start):
                self._tell_findings(f"{path}: {offence}" for offence in self._deliver(path, number))
        self._tell_findings(f"token in the log: {line[:80]!r}" for line in lines)
        self._tell_findings(self._find_token())
        states = self._count_states() - before
        if states.total() != len(paths):
            self._tell_findings([f"{len(paths)} mails from number {start} on, {dict(states)}"])
        return states

    def _tell_findings(self, findings):
        for finding in findings:
            self.findings += 1
            self._tell(f"FOUND {finding}")

    def _tell(self, line):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def _print_summary(self, count, states):
        numbers = ", ".join(f"{number} {state}" for state, number in sorted(states.items()))
        total = sum(duration for duration, _path in self.durations)
        lines = [f"{count} mails: {numbers}; {total / count * 1000:.0f} ms each, the slowest:"]
        slowest = sorted(self.durations, reverse=True)[:5]
        lines += [f"{duration * 1000:8.0f} ms  {path}" for duration, path in slowest]
        sys.stdout.write("\n".join(["", *lines, ""]))
