"""Mail through a real Postfix, a real Dovecot and an Odoo process that can be killed.

Each mail goes the whole way: SMTP, the delivery script or a polled mailbox, the gateway, the record. The
database is a copy of the test database, since a second process sees nothing of an open transaction.
"""

import contextlib
import os
import shutil
import sys
import tempfile
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from odoo import sql_db
from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import SQL, config

from .servers import Dovecot, Odoo, Postfix, is_usable, missing_programs, send, wait_for

SCRIPT = Path(__file__).parents[1] / "scripts" / "odoo_bcc_mailgate.py"
SECONDS = 60
BURST = 12

MAIL = """\
From: Sam Seller <sam@acme.example>
To: {customer}
Subject: Offer {number}
Message-ID: <{number}@laptop.example>
Date: Mon, 23 Nov 2026 10:00:00 +0100
MIME-Version: 1.0
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: 8bit

Schöne Grüße
"""


@contextlib.contextmanager
def copied_database(name):
    """Yield the name of a copy of a database and its filestore."""
    copy = f"{name}_servers{os.getpid()}"
    store = Path(config.filestore(copy))
    sql_db.close_db(name)  # PostgreSQL copies no database that is in use
    with contextlib.closing(sql_db.db_connect("postgres").cursor()) as cr:
        cr._cnx.autocommit = True
        cr.execute(SQL("CREATE DATABASE %s TEMPLATE %s", SQL.identifier(copy), SQL.identifier(name)))
        try:
            if Path(config.filestore(name)).exists():
                shutil.copytree(config.filestore(name), store, copy_function=os.link)
            yield copy
        finally:
            cr.execute(SQL("DROP DATABASE %s WITH (FORCE)", SQL.identifier(copy)))
            shutil.rmtree(store, ignore_errors=True)


@tagged("post_install", "-at_install")
class TestMailServers(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if missing := missing_programs():
            raise unittest.SkipTest(f"not installed: {', '.join(missing)}")
        if not is_usable():
            raise unittest.SkipTest("Postfix needs root, or sudo without a password")
        folder = Path(tempfile.mkdtemp(prefix="bcc-servers-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        database = cls.enterClassContext(copied_database(get_db_name()))
        cls.dovecot = Dovecot(folder / "dovecot")
        cls.gate = folder / "gate.conf"
        cls.odoo = Odoo(folder / "odoo", database, {}, [sys.executable, "-m", "odoo"])
        cls.gate.write_text(
            f"[odoo]\nurl = {cls.odoo.url}\ndatabase = {database}\n"
            "login = mailgate\npassword = mailgate-secret\n"
        )
        cls.gate.chmod(0o600)
        cls.postfix = Postfix(
            folder / "postfix",
            mailgate=[sys.executable, SCRIPT, "--config", cls.gate],
            pipe_domains=["pipe.example"],
            alias_domains=["alias.example"],
            mailbox_domains=["poll.example"],
            catchall_domains=["catchall.example"],
            mailbox=cls.dovecot,
        )
        names = ("addons_path", "db_host", "db_port", "db_user", "db_password", "db_sslmode", "data_dir")
        options = {name: config[name] for name in names if config[name]}
        options["addons_path"] = ",".join(config["addons_path"])
        cls.odoo.options = {
            **options,
            "max_cron_threads": 0,  # tests poll when they want to
            "smtp_server": "127.0.0.1",
            "smtp_port": cls.postfix.smtp_port,
        }
        for server in (cls.dovecot, cls.postfix, cls.odoo):
            cls.addClassCleanup(server.remove)
            server.start()
        cls._prepare_records()
        cls.number = 0

    @classmethod
    def _prepare_records(cls):
        """Make a seller, the account of the delivery script and the mailbox's servers."""
        call = cls.odoo.call
        domain = call("mail.alias.domain", "create", {"name": "pipe.example"})
        call("res.company", "write", [1], {"alias_domain_id": domain})
        groups = {
            name: call("ir.model.data", "check_object_reference", *name.split("."))[1]
            for name in ("base.group_user", "sales_team.group_sale_salesman")
        }
        for login, group in (("sam", "sales_team.group_sale_salesman"), ("mailgate", "base.group_user")):
            values = {
                "name": login,
                "login": login,
                "email": f"{login}@acme.example",
                "password": f"{login}-secret",
                "group_ids": [(6, 0, [groups[group]])],
            }
            user = call("res.users", "create", values)
            if login == "sam":
                cls.sam = user
        [values] = call("res.users", "read", cls.sam, ["bcc_dropbox_address"])
        cls.token = values["bcc_dropbox_address"].partition("@")[0]
        cls.pollers = {
            kind: call(
                "fetchmail.server",
                "create",
                {
                    "name": kind,
                    "server_type": kind,
                    "server": "127.0.0.1",
                    "port": port,
                    "user": cls.dovecot.user,
                    "password": cls.dovecot.password,
                    "state": "done",
                },
            )
            for kind, port in (("imap", cls.dovecot.imap_port), ("pop", cls.dovecot.pop3_port))
        }

    def setUp(self):
        super().setUp()
        self.dovecot.clear()
        self.postfix.clear_sent_out()
        self.sent = []

    def _send(self, address, customer=None):
        """Send a mail to a customer with the dropbox in Bcc."""
        type(self).number += 1
        number = f"{self.number}.{os.getpid()}"
        customer = customer or f"customer{self.number}@customer.example"
        mail = MAIL.format(customer=customer, number=number).encode("latin-1")
        send("127.0.0.1", self.postfix.smtp_port, "sam@acme.example", [customer, address], mail)
        self.sent.append(f"<{number}@laptop.example>")

    def _read_log(self):
        domain = [("message_id", "in", self.sent)]
        return self.odoo.call(
            "crm.bcc.dropbox.email", "search_read", domain, ["message_id", "state", "reason"]
        )

    def _wait_for_log(self):
        """Wait until each mail sent has its row in the log."""
        self.postfix.wait_until_empty(SECONDS)
        wait_for(lambda: len(self._read_log()) >= len(self.sent), SECONDS, "the log of captured mails")

    def _poll(self, kind):
        self.postfix.wait_until_empty(SECONDS)
        self.odoo.call("fetchmail.server", "fetch_mail", [self.pollers[kind]])

    def _check_all_captured_once(self):
        """Each mail sent is captured, on one new lead, and nothing but it went out."""
        rows = self._read_log()
        self.assertEqual({row["state"] for row in rows}, {"captured"}, rows)
        self.assertEqual(sorted(row["message_id"] for row in rows), sorted(self.sent))
        domain = [("email_id", "in", [row["id"] for row in rows])]
        fields = ["email", "outcome", "res_model", "res_id", "mail_message_id"]
        lines = self.odoo.call("crm.bcc.dropbox.email.line", "search_read", domain, fields)
        self.assertEqual(
            [(line["outcome"], line["res_model"]) for line in lines], [("created", "crm.lead")] * len(rows)
        )
        domain = [("email_from", "in", [line["email"] for line in lines])]
        self.assertEqual(self.odoo.call("crm.lead", "search_count", domain), len(rows))
        domain = [("message_id", "in", self.sent)]
        [body] = {
            message["body"] for message in self.odoo.call("mail.message", "search_read", domain, ["body"])
        }
        self.assertIn("Schöne Grüße", body)
        self.assertEqual(self.odoo.call("mail.message", "search_count", domain), len(rows))
        self.assertEqual(self.odoo.call("mail.mail", "search_count", []), 0)
        out = self.postfix.sent_out()
        self.assertEqual(len(out), len(self.sent))
        self.assertNotIn(self.token.encode(), b"".join(out))
        self.assertNotIn(self.token, self.odoo.log)

    # ------------------------------------------------------------
    # THE WAYS INTO ODOO
    # ------------------------------------------------------------

    def test_pipe(self):
        self._send(f"{self.token}@pipe.example")
        self._send(f"{self.token.upper()}@PIPE.EXAMPLE")
        self._wait_for_log()
        self._check_all_captured_once()

    def test_pipe_by_alias(self):
        self._send(f"{self.token}@alias.example")
        self._wait_for_log()
        self._check_all_captured_once()

    def test_poll(self):
        for kind in ("imap", "pop"):
            for address in (f"{self.token}@catchall.example", f"crm+{self.token}@poll.example"):
                with self.subTest(f"{kind}, {address.partition('@')[2]}"):
                    self.setUp()
                    self._send(address)
                    self._poll(kind)
                    self._check_all_captured_once()
                    self._poll(kind)
                    self._check_all_captured_once()
                    self.assertEqual(len(self.dovecot.messages()), 1 if kind == "imap" else 0)

    def test_both_ways(self):
        """A mail that comes by the pipe and by the mailbox is captured once."""
        self._send(f"{self.token}@pipe.example")
        type(self).number -= 1
        self._send(f"{self.token}@catchall.example")
        self.sent.pop()
        self.postfix.wait_until_empty(SECONDS)
        self._poll("imap")
        self.postfix.clear_sent_out()
        self._send(f"{self.token}@pipe.example")
        self._wait_for_log()
        rows = self._read_log()
        self.assertEqual(sorted(row["message_id"] for row in rows), sorted(self.sent))

    def test_unknown_dropbox(self):
        """A mail to a dropbox that never was comes back to its sender at once."""
        self._send(f"bcc-{'a' * 20}@pipe.example")
        self.postfix.wait_until_empty(SECONDS)
        self.assertFalse(self._read_log())
        [bounce] = [mail for mail in self.postfix.sent_out() if mail.startswith(b"Return-Path: <>")]
        self.assertIn(b"To: sam@acme.example", bounce)
        self.assertIn(b"Status: 5.1.1", bounce)
        self.assertNotIn(b"mailgate-secret", bounce)

    # ------------------------------------------------------------
    # ODOO IS KILLED
    # ------------------------------------------------------------

    def test_killed_while_piped(self):
        """Odoo dies in the middle of a burst and stays away for some mails: all are captured, once."""
        with ThreadPoolExecutor(4) as pool:
            burst = [pool.submit(self._send, f"{self.token}@pipe.example") for _number in range(BURST)]
            wait_for(self._read_log, SECONDS, "the first captured mail")
            self.odoo.kill()
            for sending in burst:
                sending.result(SECONDS)
        self._send(f"{self.token}@pipe.example")
        waiting = wait_for(self.postfix.queue, SECONDS, "mail that waits for Odoo")
        self.assertTrue(waiting)
        self.odoo.start()
        self.postfix.flush()
        self._wait_for_log()
        self._check_all_captured_once()

    def test_killed_while_polling(self):
        for kind in ("imap", "pop"):
            with self.subTest(kind):
                self.setUp()
                for number in range(BURST):
                    self._send(
                        f"{self.token}@catchall.example" if number % 2 else f"crm+{self.token}@poll.example"
                    )
                self.postfix.wait_until_empty(SECONDS)
                polling = threading.Thread(target=self._poll_until_killed, args=[kind])
                polling.start()
                wait_for(self._read_log, SECONDS, "the first captured mail")
                self.odoo.kill()
                polling.join(SECONDS)
                self.odoo.start()
                self._poll(kind)
                self._check_all_captured_once()

    def _poll_until_killed(self, kind):
        with contextlib.suppress(OSError):
            self._poll(kind)
