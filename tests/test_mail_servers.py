"""Mail through a real Postfix, a real Dovecot and an Odoo process that can be killed.

Each mail passes through all steps: SMTP, the delivery script or a polled mailbox, the gateway, the record.
"""

import contextlib
import http.client
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

from odoo import sql_db
from odoo.tests import tagged
from odoo.tools import SQL

from .mail_servers import MAIL, SCRIPT, SECONDS, MailServersCase
from .servers import send, wait_for

BURST = 12


@tagged("post_install", "-at_install")
class TestMailServers(MailServersCase):
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

    def test_destinations(self):
        """Two addresses of the same dropbox in Bcc: Odoo gets the mail twice, also at once, and logs it on both."""
        values = {"name": "Named", "user_id": self.sam}
        places = {(name, self.odoo.call(name, "create", values)) for name in ("crm.lead", "res.partner")}
        words = [f"{'lead' if name == 'crm.lead' else 'contact'}{id_}" for name, id_ in sorted(places)]
        for local_part, domain, kind in (
            (self.token, "pipe.example", None),
            (self.token, "alias.example", None),
            (self.token, "catchall.example", "imap"),
            (f"crm+{self.token}", "poll.example", "pop"),
        ):
            with self.subTest(domain):
                self.setUp()
                first, second = (f"{local_part}+{word}@{domain}" for word in words)
                self._send(first, more=[second])
                if kind:
                    self._poll(kind)
                self._wait_for_log()
                [row] = self._read_log()
                lines = self.odoo.call(
                    "crm.bcc.dropbox.email.line", "search_read", [("email_id", "=", row["id"])], ["res_model", "res_id"]
                )
                self.assertEqual(sorted((line["res_model"], line["res_id"]) for line in lines), sorted(places), row)

    def test_poll_leaves_what_failed(self):
        """A mail that can't be processed stays unread in the mailbox, and does not block those after it."""
        for kind in ("imap", "pop"):
            with self.subTest(kind):
                self.setUp()
                for subject in ("Offer", "Poison", "Offer"):
                    self._send(f"{self.token}@catchall.example", subject)
                    self.postfix.wait_until_empty(SECONDS)
                poison = self.sent[1]
                with self._refused_by_database(poison):
                    self._poll(kind)
                    self._poll(kind)
                    self.assertEqual(self._get_states().keys(), set(self.sent) - {poison})
                    self.assertEqual(self._count_unread(kind), 1)
                self._poll(kind)
                self._check_all_captured_once()
                self.assertEqual(self._count_unread(kind), 0)

    def test_mailbox_for_copies(self):
        """Without a trace of Bcc, email of a verified sender is logged, and any other is left alone."""
        call, pollers = self.odoo.call, list(self.pollers.values())
        call("ir.config_parameter", "set_param", "crm_bcc_dropbox.authentication_host", "mx.example")
        call("fetchmail.server", "write", pollers, {"bcc_dropbox_by_sender": True})
        self.addCleanup(call, "fetchmail.server", "write", pollers, {"bcc_dropbox_by_sender": False})
        for kind in ("imap", "pop"):
            with self.subTest(kind):
                self.setUp()
                self._send_copy("pass")
                self._send_copy("pass")
                self._poll(kind)
                self._check_all_captured_once()
                self.assertEqual(self._count_unread(kind), 0)
                records = self._count_records()
                self._send_copy("fail")
                for _again in range(2):
                    self._poll(kind)
                    self.assertEqual(self._count_unread(kind), 1)
                    [left] = call("crm.bcc.dropbox.poll", "search_read", [], ["server_id", "explanation"])
                    self.assertEqual(left["server_id"][0], self.pollers[kind])
                    self.assertIn("(result: fail)", left["explanation"])
                self.assertEqual(self._count_records(), records)
                self.assertEqual(len(self._read_log()), 2)
                self.assertEqual(len(self.postfix.sent_out()), 3, "the emails to customers, and no bounce")
                self.dovecot.clear()
                self._poll(kind)
                self.assertFalse(call("crm.bcc.dropbox.poll", "search_count", []))

    def _send_copy(self, result):
        """Send an email with the mailbox in Bcc; no filter of this Postfix writes or removes results."""
        number = next(self.numbers)
        customer, message_id = f"customer{number}@customer.example", f"<{number}.{os.getpid()}@laptop.example>"
        mail = f"Authentication-Results: mx.example; dmarc={result} header.from=acme.example\n"
        mail += MAIL.format(customer=customer, subject="Offer", message_id=message_id)
        recipients = [customer, "crm@poll.example"]
        send("127.0.0.1", self.postfix.smtp_port, "sam@acme.example", recipients, mail.encode("latin-1"))
        self.sent.append(message_id)

    def _count_records(self):
        return [self.odoo.call(model, "search_count", []) for model in ("crm.lead", "res.partner", "mail.message")]

    def _count_unread(self, kind):
        """Count the mails that neither were marked as read nor deleted."""
        if kind == "pop":
            return len(self.dovecot.messages())
        with self.dovecot._open_mailbox() as imap:
            return len(imap.search(None, "UNSEEN")[1][0].split())

    def test_two_polls_at_once(self):
        """Polls of the same mailbox at the same time capture each mail once."""
        for kind in ("imap", "pop"):
            with self.subTest(kind):
                self.setUp()
                for _number in range(BURST):
                    self._send(f"{self.token}@catchall.example")
                self.postfix.wait_until_empty(SECONDS)
                with ThreadPoolExecutor(3) as pool:
                    list(pool.map(self._poll, [kind] * 3))
                self._check_all_captured_once()
                self.assertEqual(self._count_unread(kind), 0)

    def test_both_ways(self):
        """A mail that arrives by the pipe, by the mailbox and again by the pipe is captured once."""
        message_id = self._send(f"{self.token}@pipe.example")
        self._send(f"{self.token}@catchall.example", message_id=message_id)
        self._poll("imap")
        self._send(f"{self.token}@pipe.example", message_id=message_id)
        self.postfix.wait_until_empty(SECONDS)
        self.assertEqual([row["state"] for row in self._read_log()], ["captured"])
        domain = [("message_id", "=", message_id)]
        self.assertEqual(self.odoo.call("mail.message", "search_count", domain), 1)

    def test_unknown_dropbox(self):
        """A mail to a dropbox that never existed is returned to its sender immediately."""
        self._send(f"bcc-{'a' * 20}@pipe.example")
        self.postfix.wait_until_empty(SECONDS)
        self.assertFalse(self._read_log())
        [bounce] = [mail for mail in self.postfix.sent_out() if mail.startswith(b"Return-Path: <>")]
        self.assertIn(b"To: sam@acme.example", bounce)
        self.assertIn(b"Status: 5.1.1", bounce)
        self.assertNotIn(b"mailgate-secret", bounce)

    def test_what_odoo_refuses(self):
        """The script gets the reason immediately: Odoo does not read a rejected mail, and waits for the script."""
        refused = self.gate.with_name("refused.conf")
        refused.touch(mode=0o600)
        for old, new, status in (("mailgate-secret", "guess", "401"), (self.odoo.database, "nowhere", "404")):
            with self.subTest(status):
                refused.write_text(self.gate.read_text().replace(old, new))
                command = [sys.executable, SCRIPT, "--config", refused, "--recipient=x@pipe.example"]
                mail = b"From: sam@acme.example\n\n" + b"x" * 1_000_000
                done = subprocess.run(command, input=mail, capture_output=True, check=False)
                self.assertEqual(done.returncode, 75)
                self.assertIn(f"HTTP status {status}", done.stderr.decode())

    # ------------------------------------------------------------
    # ODOO IS KILLED
    # ------------------------------------------------------------

    def test_killed_while_piped(self):
        """Odoo is killed while it logs an email, and is down for others: all are captured once."""
        with self._held_up("Hold up"):
            first = self._send(f"{self.token}@pipe.example", "Hold up")
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(self._send, [f"{self.token}@pipe.example"] * BURST))
            self._wait_until_kept(first)
            self.odoo.kill()
        self._send(f"{self.token}@pipe.example")
        wait_for(self.postfix.queue, SECONDS, "mail that waits for Odoo")
        self.odoo.start()
        self.postfix.flush()
        self._wait_for_log()
        self._check_all_captured_once()

    def test_killed_while_polling(self):
        """Odoo is killed after it logged some emails of a mailbox, and before it could mark them there."""
        for kind in ("imap", "pop"):
            with self.subTest(kind):
                self.setUp()
                middle = self._fill_mailbox()
                with self._held_up("Hold up"):
                    polling = threading.Thread(target=self._poll_until_killed, args=[kind])
                    polling.start()
                    self._wait_until_kept(middle)
                    self.odoo.kill()
                    polling.join(SECONDS)
                states = self._get_states()
                self.assertIn("captured", states.values())
                self.assertLess(len(states), BURST)
                self.odoo.start()
                self._poll(kind)
                self._check_all_captured_once()

    def test_killed_and_tried_again(self):
        """Emails stored before Odoo was killed are logged once, even if users and the job retry them at once."""
        number = next(self.numbers)
        self.sent = [f"<{number}.{copy}.{os.getpid()}@laptop.example>" for copy in range(4)]
        with self._held_up("Hold up"), ThreadPoolExecutor(len(self.sent)) as pool:
            deliveries = [pool.submit(self._deliver_until_killed, message_id) for message_id in self.sent]
            for message_id in self.sent:
                self._wait_until_kept(message_id)
            self.odoo.kill()
        for delivery in deliveries:
            delivery.result()
        self.odoo.start()
        self._let_time_pass()
        reference = ["ir.model.data", "check_object_reference", "crm_bcc_dropbox", "ir_cron_retry"]
        _model, job = self.odoo.call(*reference)
        rows = [row["id"] for row in self._read_log()]
        with ThreadPoolExecutor(len(rows) + 1) as pool:
            pool.submit(self.odoo.call, "ir.cron", "method_direct_trigger", [job])
            for row in rows[:2]:  # those that are already logged can't be retried
                pool.submit(self.odoo.call, "crm.bcc.dropbox.email", "action_retry", [row])
        self.assertEqual({row["state"] for row in self._read_log()}, {"captured"})
        messages = self.odoo.call("mail.message", "search_count", [("message_id", "in", self.sent)])
        self.assertEqual(messages, len(self.sent))

    def _deliver_until_killed(self, message_id):
        mail = MAIL.format(customer="later@customer.example", subject="Hold up", message_id=message_id)
        raw = f"X-Original-To: {self.token}@pipe.example\n{mail}"
        with contextlib.suppress(OSError, http.client.HTTPException):
            self.odoo.call("mail.thread", "message_process", False, raw)

    def _let_time_pass(self):
        """Make the emails old enough for the job."""
        with contextlib.closing(sql_db.db_connect(self.odoo.database).cursor()) as cr:
            update = "UPDATE crm_bcc_dropbox_email SET next_try = next_try - interval '10 minutes'"
            cr.execute(SQL(f"{update} WHERE message_id = ANY(%s)", self.sent))
            cr.commit()  # pylint: disable=invalid-commit; Odoo runs in another process

    def _fill_mailbox(self):
        """Send mails, and return the Message-Id of the one in the middle, which is blocked."""
        addresses = [f"{self.token}@catchall.example", f"crm+{self.token}@poll.example"]
        for number in range(BURST):
            self._send(addresses[number % 2], "Hold up" if number == BURST // 2 else "Offer")
            self.postfix.wait_until_empty(SECONDS)  # they are in the mailbox in this order
        return self.sent[BURST // 2]

    def _poll_until_killed(self, kind):
        with contextlib.suppress(OSError, http.client.HTTPException):
            self._poll(kind)

    def _refused_by_database(self, message_id):
        """Make Odoo fail to store a mail."""
        condition = SQL("NEW.message_id = %s", message_id)
        return self._triggered("RAISE EXCEPTION 'not this one'", "crm_bcc_dropbox_email", condition)
