"""Real mail servers in front of an Odoo process that can be killed.

The database is a copy of the test database, because a second process can't see an open transaction.
"""

import contextlib
import itertools
import os
import shutil
import sys
import tempfile
from pathlib import Path

from odoo import sql_db
from odoo.tests import BaseCase, get_db_name
from odoo.tools import SQL, config

from .certificates import make_certificate
from .servers import Dovecot, Odoo, Postfix, Receiver, require_programs, send, wait_for

SCRIPT = Path(__file__).parents[1] / "scripts" / "odoo_bcc_mailgate.py"
SECONDS = 180

MAIL = """\
From: Sam Seller <sam@acme.example>
To: {customer}
Subject: {subject}
Message-ID: {message_id}
Date: Mon, 23 Nov 2026 10:00:00 +0100
MIME-Version: 1.0
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: 8bit

Schöne Grüße
"""


@contextlib.contextmanager
def copied_database(name, copy=""):
    """Yield the name of a copy of a database and its filestore."""
    copy = copy or f"{name}_servers{os.getpid()}"
    store = Path(config.filestore(copy))
    sql_db.close_db(name)  # PostgreSQL can't copy a database that is in use
    with contextlib.closing(sql_db.db_connect("postgres").cursor()) as cr:
        cr._cnx.autocommit = True
        cr.execute(SQL("CREATE DATABASE %s TEMPLATE %s", SQL.identifier(copy), SQL.identifier(name)))
        try:
            if Path(config.filestore(name)).exists():
                shutil.copytree(config.filestore(name), store, copy_function=os.link)
            yield copy
        finally:
            sql_db.close_db(copy)
            # not WITH (FORCE), which fails for an ordinary role when autovacuum is at work in there
            cr.execute(SQL("DROP DATABASE %s", SQL.identifier(copy)))
            shutil.rmtree(store, ignore_errors=True)


class MailServersCase(BaseCase):
    """Postfix, Dovecot, the receiver and Odoo, with a salesperson who writes to new customers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        require_programs()
        folder = Path(tempfile.mkdtemp(prefix="bcc-servers-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        database = cls.enterClassContext(copied_database(get_db_name()))
        cls.dovecot = Dovecot(folder / "dovecot")
        cls.gate = folder / "gate.conf"
        cls.odoo = Odoo(folder / "odoo", database, {})
        cls.gate.write_text(
            f"[odoo]\nurl = {cls.odoo.url}\ndatabase = {database}\nlogin = mailgate\npassword = mailgate-secret\n"
        )
        cls.gate.chmod(0o600)
        certificate = folder / "receiver.pem"
        certificate.write_bytes(make_certificate("receiver.example"))
        cls.receiver = Receiver(
            folder / "receiver",
            database,
            cls.odoo.url,
            credentials=("mailgate", "mailgate-secret"),
            options={"certificate": str(certificate), "key": str(certificate)},
        )
        cls.postfix = Postfix(
            folder / "postfix",
            mailgate=[sys.executable, SCRIPT, "--config", cls.gate],
            pipe_domains=["pipe.example"],
            alias_domains=["alias.example"],
            mailbox_domains=["poll.example"],
            catchall_domains=["catchall.example"],
            mailbox=cls.dovecot,
            dropbox_routes={
                "lmtp.example": f"lmtp:inet:127.0.0.1:{cls.receiver.lmtp_port}",
                "smtp.example": f"smtp:[127.0.0.1]:{cls.receiver.smtp_port}",
            },
            settings={"smtp_tls_security_level": "encrypt", "smtp_tls_loglevel": "1"},
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
        for server in (cls.dovecot, cls.postfix, cls.odoo, cls.receiver):
            cls.addClassCleanup(server.remove)
            server.start()
        cls._prepare_records()
        cls.numbers = itertools.count(100)

    @classmethod
    def _prepare_records(cls):
        """Create a seller, the user of the delivery script, and incoming mail servers for the mailbox."""
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

    def _send(self, address, subject="Offer", message_id=None, more=()):
        """Send a mail to a customer with a dropbox in Bcc, and return its Message-Id.

        :param more: further recipients of the envelope
        :param str message_id: of an earlier mail, to send the same one again
        """
        number = message_id[1:].partition(".")[0] if message_id else next(self.numbers)
        message_id = message_id or f"<{number}.{os.getpid()}@laptop.example>"
        customer = f"customer{number}@customer.example"
        mail = MAIL.format(customer=customer, subject=subject, message_id=message_id).encode("latin-1")
        send("127.0.0.1", self.postfix.smtp_port, "sam@acme.example", [customer, address, *more], mail)
        self.sent.append(message_id)
        return message_id

    def _read_log(self):
        domain = [("message_id", "in", self.sent)]
        return self.odoo.call("crm.bcc.dropbox.email", "search_read", domain, ["message_id", "state", "reason"])

    def _wait_for_log(self):
        """Wait until each mail sent has its row in the log."""
        self.postfix.wait_until_empty(SECONDS)
        wait_for(lambda: len(self._read_log()) >= len(self.sent), SECONDS, "the log of captured mails")

    def _poll(self, kind):
        self.postfix.wait_until_empty(SECONDS)
        self.odoo.call("fetchmail.server", "fetch_mail", [self.pollers[kind]])

    def _check_all_captured_once(self):
        """Check that each mail was logged on one new lead, and that only the mail itself was sent out."""
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
        [body] = {message["body"] for message in self.odoo.call("mail.message", "search_read", domain, ["body"])}
        self.assertIn("Schöne Grüße", body)
        self.assertEqual(self.odoo.call("mail.message", "search_count", domain), len(rows))
        self.assertEqual(self.odoo.call("mail.mail", "search_count", []), 0)
        out = self.postfix.sent_out()
        self.assertEqual(len(out), len(self.sent))
        self.assertNotIn(self.token.encode(), b"".join(out))
        self.assertNotIn(self.token, self.odoo.log)
        self.assertNotIn(self.token, self.receiver.log.lower())

    def _wait_until_kept(self, message_id):
        """Wait until Odoo has stored an email that it can't log yet."""
        wait_for(lambda: self._get_states().get(message_id) == "pending", SECONDS, "a mail that is kept")

    def _get_states(self):
        """Return the state of each mail by Message-Id, read from the database, because Odoo may be down."""
        with contextlib.closing(sql_db.db_connect(self.odoo.database).cursor()) as cr:
            query = "SELECT message_id, state FROM crm_bcc_dropbox_email WHERE message_id = ANY(%s)"
            cr.execute(SQL(query, self.sent))
            return dict(cr.fetchall())

    @contextlib.contextmanager
    def _triggered(self, statement, table, condition):
        """Run a statement of PL/pgSQL in all processes before each insertion that meets a condition; yield a cursor."""
        with contextlib.closing(sql_db.db_connect(self.odoo.database).cursor()) as cr:
            cr._cnx.autocommit = True  # other processes have to see the trigger
            body = f"BEGIN {statement}; RETURN NEW; END"
            cr.execute(SQL("CREATE FUNCTION intervene() RETURNS trigger LANGUAGE plpgsql AS %s", body))
            trigger = "CREATE TRIGGER intervene BEFORE INSERT ON %s FOR EACH ROW WHEN (%s) EXECUTE FUNCTION intervene()"
            cr.execute(SQL(trigger, SQL.identifier(table), condition))
            try:
                yield cr
            finally:
                cr.execute("DROP FUNCTION intervene CASCADE")

    @contextlib.contextmanager
    def _held_up(self, subject):
        """Make Odoo wait forever after it stored a mail with this subject, before it logs it."""
        statement = "PERFORM pg_advisory_xact_lock(4711)"
        with self._triggered(statement, "mail_message", SQL("NEW.subject = %s", subject)) as cr:
            cr.execute("SELECT pg_advisory_lock(4711)")
            try:
                yield
            finally:
                cr.execute("SELECT pg_advisory_unlock(4711)")
