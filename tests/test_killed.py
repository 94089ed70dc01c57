"""Processes that are killed while mail arrives, a database that crashes, a disk that is full.

Mail arrives through a real Postfix and the delivery script or the receiver, and through a real Dovecot and Odoo's poll.
This test has its own Odoo and PostgreSQL. The ordinary suite runs a few rounds, ``./dev test --faults`` 200.
"""

import base64
import contextlib
import logging
import os
import random
import shutil
import smtplib
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psycopg2
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import config

from . import data
from .certificates import make_certificate
from .faults import IS_FULL, set_up_sales, tell
from .mail_servers import SCRIPT
from .servers import (
    Dovecot,
    Odoo,
    Postfix,
    Postgres,
    Receiver,
    ServerError,
    require_programs,
    send,
    wait_for,
)
from .servers.base import as_root, run

_logger = logging.getLogger(__name__)

ROUNDS = 200 if IS_FULL else 10
SEED = int(os.environ.get("CRM_BCC_DROPBOX_SEED") or random.randrange(10**6))
SECONDS = 180
LONGEST = 0.6
"""Maximum seconds until the next kill; logging an email takes a tenth of a second."""

BACKLOG = 20
"""Mails that may be in the queue before more are sent."""

EXISTING = "leo@customer.example"

BY_RECEIVER = ("lmtp.example", "smtp.example")
HELD_UP = 4711
"""Advisory lock that mails with a Message-Id of `held` wait for, after they were stored."""


@tagged("post_install", "-at_install")
class TestKilled(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        require_programs()
        cls.random = random.Random(SEED)
        _logger.info("CRM_BCC_DROPBOX_SEED=%s", SEED)
        cls.folder = Path(tempfile.mkdtemp(prefix="bcc-killed-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        database = get_db_name()
        names = ("host", "port", "user", "password")
        source = {name: config[f"db_{name}"] for name in names if config[f"db_{name}"]}
        cls.postgres = cls._start(Postgres(cls.folder / "postgres"))
        cls.postgres.copy_database(database, {"username" if name == "user" else name: source[name] for name in source})
        cls._quieten(database)
        cls._mount_filestore(database)
        cls.dovecot = cls._start(Dovecot(cls.folder / "dovecot"))
        options = {
            "addons_path": ",".join(config["addons_path"]),
            "data_dir": cls.folder / "data",
            "db_host": cls.postgres.sockets,
            "db_user": cls.postgres.role,
            "workers": 2,
            "max_cron_threads": 1,
        }
        cls.odoo = cls._start(Odoo(cls.folder / "odoo", database, options))
        cls.addClassCleanup(cls.odoo.kill)  # don't wait for its workers at the end
        cls._prepare_records()
        gate = cls.folder / "gate.conf"
        gate.touch(mode=0o600)
        gate.write_text(f"[odoo]\nurl = {cls.odoo.url}\ndatabase = {database}\nlogin = admin\npassword = admin\n")
        certificate = cls.folder / "receiver.pem"
        certificate.write_bytes(make_certificate("receiver.example"))
        options = {"certificate": str(certificate), "key": str(certificate)}
        cls.receiver = cls._start(Receiver(cls.folder / "receiver", database, cls.odoo.url, options=options))
        cls.postfix = Postfix(
            cls.folder / "postfix",
            mailgate=[sys.executable, SCRIPT, "--config", gate],
            pipe_domains=["pipe.example"],
            catchall_domains=["catchall.example"],
            mailbox=cls.dovecot,
            dropbox_routes={
                "lmtp.example": f"lmtp:inet:127.0.0.1:{cls.receiver.lmtp_port}",
                "smtp.example": f"smtp:[127.0.0.1]:{cls.receiver.smtp_port}",
            },
            settings={"smtp_tls_security_level": "encrypt"},
        )
        cls._start(cls.postfix)
        cls.number = 0

    @classmethod
    def _start(cls, server):
        cls.addClassCleanup(server.remove)
        server.start()
        return server

    @classmethod
    def _quieten(cls, database):
        """Deactivate all jobs except those for incoming mail."""
        jobs = "SELECT res_id FROM ir_model_data WHERE module || '.' || name IN {}"
        names = ("mail.ir_cron_mail_gateway_action", "crm_bcc_dropbox.ir_cron_retry")
        cls.postgres.query(f"UPDATE ir_cron SET active = FALSE WHERE id NOT IN ({jobs.format(names)})", database)

    @classmethod
    def _mount_filestore(cls, database):
        """Put the file store on a separate small disk that can be full."""
        cls.filestore = cls.folder / "data" / "filestore" / database
        cls.filestore.mkdir(parents=True)
        command = as_root(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(cls.filestore)])
        cls.is_mounted = subprocess.call(command, stderr=subprocess.DEVNULL) == 0
        if cls.is_mounted:
            cls.addClassCleanup(run, as_root(["umount", "-l", str(cls.filestore)]))

    @classmethod
    def _prepare_records(cls):
        """Create two sellers who share a sender address, an alias, and the incoming mail server."""
        call = cls.odoo.call
        group = set_up_sales(call, "pipe.example")
        cls.tokens = {}
        for login in ("sam", "lea"):
            values = {"name": login, "login": login, "email": f"{login}@acme.example", "group_ids": [(4, group)]}
            user = call("res.users", "create", values)
            shared = {"user_id": user, "email": "team@acme.example", "verified": True}
            call("crm.bcc.dropbox.sender", "create", shared)
            [values] = call("res.users", "read", [user], ["bcc_dropbox_address"])
            cls.tokens[login] = values["bcc_dropbox_address"].partition("@")[0]
        call("crm.lead", "create", {"name": "Big deal", "email_from": EXISTING})
        values = {"server_type": "imap", "server": "127.0.0.1", "port": cls.dovecot.imap_port, "state": "done"}
        account = {"user": cls.dovecot.user, "password": cls.dovecot.password}
        cls.poller = call("fetchmail.server", "create", {"name": "imap", **values, **account})

    def setUp(self):
        super().setUp()
        self.sent = {}
        self.dovecot.clear()

    # ------------------------------------------------------------
    # MAILS
    # ------------------------------------------------------------

    def _send(self, domain, to=None, owners=None, **kind):
        """Send a mail, see :meth:`_write`."""
        return self._hand_over(*self._write(domain, to, owners, **kind))

    def _hand_over(self, message_id, recipients, mail):
        send("127.0.0.1", self.postfix.smtp_port, "team@acme.example", recipients, mail)
        return message_id

    def _write(self, domain, to=None, owners=None, *, alias=None, prefix=""):
        """Write a mail of a random kind to dropboxes of a domain, and record the expected result.

        :return: its Message-Id, its recipients, its bytes
        """
        type(self).number = number = self.number + 1
        new = f"new{number}@customer.example"
        to = to or self.random.choice([[EXISTING], [new], [EXISTING, new]])
        owners = owners or self.random.choice([["sam"], ["lea"], ["sam", "lea"]])
        alias = self.random.random() < 0.3 if alias is None else alias
        message_id = f"<{prefix}{number}.{self._testMethodName}@laptop.example>"
        mail = data.MIXED.replace("X-Original-To: {dropbox}\n", "").format(
            body="Here it is.",
            date="Mon, 23 Nov 2026 10:00:00 +0100",
            file=base64.b64encode(b"%d: the offer" % number).decode(),
            headers="Cc: sales@pipe.example\n" if alias else "",
            message_id=message_id,
            sender="team@acme.example",
            subject=f"Offer {number}",
            to=", ".join(to),
        )
        self.sent[message_id] = (number, len(owners), len(to), to.count(new), int(alias))
        return message_id, [f"{self.tokens[login]}@{domain}" for login in owners], mail.encode()

    def _query(self, statement):
        return self.postgres.query(statement, self.odoo.database)

    def _get_states(self):
        """Count the emails of this test by state; those that still have to reach an alias are pending as well."""
        pattern = f"%.{self._testMethodName}@laptop.example>"
        state = "CASE WHEN ordinary_next_try IS NULL THEN state ELSE 'pending' END"
        rows = self._query(f"SELECT {state} FROM crm_bcc_dropbox_email WHERE message_id LIKE '{pattern}'")
        return Counter(state for [state] in rows)

    def _trigger(self, name):
        """Make the job worker run a job immediately."""
        job = f"SELECT res_id FROM ir_model_data WHERE module || '.' || name = '{name}'"
        self._query(f"INSERT INTO ir_cron_trigger (cron_id, call_at) VALUES (({job}), now() AT TIME ZONE 'UTC')")
        self.postgres.query(f"SELECT pg_notify('cron_trigger', '{self.odoo.database}')")

    def _retry(self):
        """Make the retry job process all pending emails, due or not."""
        self._query("UPDATE crm_bcc_dropbox_email SET next_try = '2020-01-01' WHERE state = 'pending'")
        due = "ordinary_next_try = '2020-01-01' WHERE ordinary_next_try IS NOT NULL"
        self._query(f"UPDATE crm_bcc_dropbox_email SET {due}")
        self._trigger("crm_bcc_dropbox.ir_cron_retry")

    def _settle(self):
        """Wait until no mail is in the queue, unread in the mailbox, or pending."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            self.postfix.flush()
            with contextlib.suppress(ServerError):
                self.postfix.wait_until_empty(5)
                if self._count_unread():
                    # by hand: mails whose process was killed several times wait, or were given up
                    self.odoo.call("fetchmail.server", "fetch_mail", [self.poller])
                states = self._get_states()
                if states["pending"]:
                    self._retry()
                    wait_for(lambda: not self._get_states()["pending"], 10, "the retry job")
                elif not self._count_unread():
                    return
        unread, queued = self._count_unread(), len(self.postfix.queue())
        self.fail(f"not settled: {self._get_states()}, {queued} in the queue, {unread} unread")

    def _count_unread(self):
        with self.dovecot._open_mailbox() as imap:
            return len(imap.search(None, "UNSEEN")[1][0].split())

    def _check_all_filed(self):
        """Check that each mail exists exactly once in each place, after failed ones were retried."""
        failed = self.odoo.call("crm.bcc.dropbox.email", "search", [("state", "=", "failed")])
        if failed:
            self.odoo.call("crm.bcc.dropbox.email", "action_retry", failed)
        offenders = [found for message_id in self.sent if (found := self._find_offence(message_id))]
        self.assertFalse(offenders, f"CRM_BCC_DROPBOX_SEED={SEED}: {len(offenders)} of {len(self.sent)}: {offenders}")
        self.assertFalse(self.postfix.sent_out(), "a mail was returned to its sender")
        logs = f"{self.odoo.log}{self.receiver.log}"
        self.assertFalse([token for token in self.tokens.values() if token in logs], "a token in the log")
        return len(failed)

    def _find_offence(self, message_id):
        """Return what is wrong with a mail, or None."""
        number, owners, recipients, created, alias = self.sent[message_id]
        call, same = self.odoo.call, [("message_id", "=", message_id)]
        rows = call("crm.bcc.dropbox.email", "search_read", same, ["state", "reason", "line_ids"])
        messages = call("mail.message", "search_read", same, ["model", "res_id", "attachment_ids"])
        found = {
            "rows": len(rows),
            "states": sorted({row["state"] for row in rows}),
            "lines": sum(len(row["line_ids"]) for row in rows),
            "messages": len(messages),
            "documents": len({(message["model"], message["res_id"]) for message in messages}),
            "files": sum(len(message["attachment_ids"]) for message in messages),
            "leads": call("crm.lead", "search_count", [("name", "=like", f"%Offer {number}")]),
            "contents": self._read_offers(messages),
        }
        wanted = {
            "rows": owners,
            "states": ["captured"],
            "lines": owners * recipients,
            "messages": recipients + alias,
            "documents": recipients + alias,
            "files": recipients + 2 * alias,  # pictures in the text of a captured copy are not listed as files
            "leads": created + alias,
            "contents": {b"%d: the offer" % number},
        }
        if found == wanted:
            return None
        reasons = [row["reason"] for row in rows]
        return message_id, {name: (found[name], wanted[name]) for name in found if found[name] != wanted[name]}, reasons

    def _read_offers(self, messages):
        domain = [("id", "in", [id_ for message in messages for id_ in message["attachment_ids"]])]
        files = self.odoo.call("ir.attachment", "search_read", [*domain, ("name", "=", "offer.pdf")], ["datas"])
        return {base64.b64decode(file["datas"] or b"") for file in files}

    # ------------------------------------------------------------
    # TESTS
    # ------------------------------------------------------------

    def _check_rounds(self, domains, job, kill):
        """Repeatedly send mails and kill a process, each time at another moment."""
        kills = Counter()
        for number in range(ROUNDS):
            for _number in range(self.random.randint(1, 3)):
                self._send(self.random.choice(domains))
            if self.random.random() < 0.2:
                self._retry()
            self._trigger(job)
            time.sleep(self.random.uniform(0, LONGEST))  # a random moment is the point of it
            kills[kill(number)] += 1
            wait_for(lambda: len(self.postfix.queue()) < BACKLOG, SECONDS, "mail to be delivered")
        self._settle()
        failed = self._check_all_filed()
        tries = dict(self._query("SELECT tries, count(*) FROM crm_bcc_dropbox_email GROUP BY tries"))
        deferred = self.postfix.log.count("status=deferred")
        text = f"{len(self.sent)} mails, killed {dict(kills)}, {deferred} deliveries put off"
        tell(f"{', '.join(domains)}: {text}, {failed} mails given up and filed by Retry, mails by tries {tries}")

    def _kill(self, number):
        """Kill mostly a worker, sometimes (at least once per run) the database, rarely all of Odoo."""
        chance = self.random.random()
        if number == 4 or chance < 0.05:
            self.postgres.stop("immediate" if number % 2 else "fast")
            self.postgres.start()
            return "database"
        if number == 7 or chance < 0.07:
            self.odoo.kill()
            self.odoo.start()
            return "server"
        workers = self.odoo.workers()
        for pid in self.random.sample(workers, self.random.randint(1, len(workers) or 1)) if workers else ():
            self.odoo.kill_worker(pid)
        return "workers"

    def _kill_receiver(self, number):
        """Kill the receiver in the middle of a mail, or before it can pass on Odoo's answer; or something else."""
        if number % 3 == 1:
            return self._kill(number)
        return self._kill_in_data() if number % 3 else self._kill_after_answer()

    def _kill_in_data(self):
        """Kill the receiver when it has the first part of a mail, which its sender then sends again."""
        message_id, recipients, mail = self._write("smtp.example")
        smtp = smtplib.SMTP("127.0.0.1", self.receiver.smtp_port, "client.example", timeout=60)
        self.addCleanup(smtp.close)
        smtp.starttls()
        smtp.ehlo()
        smtp.mail("team@acme.example")
        for recipient in recipients:  # Odoo may be starting workers
            wait_for(lambda recipient=recipient: smtp.rcpt(recipient)[0] == 250, SECONDS, "a known recipient")
        self.assertEqual(smtp.docmd("DATA")[0], 354)
        part = mail.replace(b"\n", b"\r\n")[: self.random.randrange(len(mail))]
        smtp.send(part)
        self._restart_receiver()
        self._hand_over(message_id, recipients, mail)
        return "receiver in DATA"

    def _kill_after_answer(self):
        """Pause the receiver while Odoo logs a mail, and kill it when Odoo has answered."""
        options = {"host": str(self.postgres.sockets), "user": self.postgres.role, "dbname": self.odoo.database}
        with contextlib.closing(psycopg2.connect(**options)) as connection:
            connection.cursor().execute("SELECT pg_advisory_lock(%s)", [HELD_UP])
            message_id = self._send(self.random.choice(BY_RECEIVER), alias=False, prefix="held")
            wait_for(lambda: self._read_states(message_id), SECONDS, "a mail that is stored")
            self.receiver.pause()
        wait_for(lambda: "pending" not in self._read_states(message_id), SECONDS, "a mail that is logged")
        self._restart_receiver()
        return "receiver after Odoo's answer"

    def _restart_receiver(self):
        self.receiver.kill()
        self.receiver.start()

    def _read_states(self, message_id):
        return [state for [state] in self._query(
            f"SELECT state FROM crm_bcc_dropbox_email WHERE message_id = '{message_id}'"
        )]  # fmt: skip

    def test_pipe(self):
        self._check_rounds(["pipe.example"], "crm_bcc_dropbox.ir_cron_retry", self._kill)

    def test_poll(self):
        self._check_rounds(["catchall.example"], "mail.ir_cron_mail_gateway_action", self._kill)

    def test_receiver(self):
        self._query(
            f"""
            CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN PERFORM pg_advisory_xact_lock({HELD_UP}); RETURN NEW; END';
            CREATE TRIGGER hold_up BEFORE INSERT ON mail_message FOR EACH ROW
            WHEN (NEW.message_id LIKE '<held%') EXECUTE FUNCTION hold_up()
            """
        )
        self.addCleanup(self._query, "DROP FUNCTION hold_up CASCADE")
        self._check_rounds(BY_RECEIVER, "crm_bcc_dropbox.ir_cron_retry", self._kill_receiver)

    def test_full_disk(self):
        """With a full disk, stored emails stay pending; they are logged with their files when there is space again."""
        if not self.is_mounted:
            self.skipTest("a disk of its own cannot be mounted here")
        ballast = self.filestore / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        for alias in (False, True):
            self._send("pipe.example", [EXISTING], ["sam"], alias=alias)
        wait_for(lambda: self._get_states()["pending"] == 2, SECONDS, "mails that are kept")
        ballast.unlink()
        self._settle()
        self._check_all_filed()
