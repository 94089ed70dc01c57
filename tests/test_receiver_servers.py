"""Mail from a real Postfix, by SMTP with STARTTLS or by LMTP, through the receiver into a real Odoo."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

from odoo.tests import tagged

from .mail_servers import SECONDS, MailServersCase
from .servers import Receiver, wait_for

DOMAINS = ("lmtp.example", "smtp.example")
BURST = 8


@tagged("post_install", "-at_install")
class TestReceiverServers(MailServersCase):
    def _read_rows(self, *fields):
        return self.odoo.call("crm.bcc.dropbox.email", "search_read", [("message_id", "in", self.sent)], fields)

    def _get_bounces(self):
        return [mail for mail in self.postfix.sent_out() if mail.startswith(b"Return-Path: <>")]

    def test_ways(self):
        for domain in DOMAINS:
            with self.subTest(domain):
                self.setUp()
                self._send(f"{self.token}@{domain}")
                self._send(f"CRM+{self.token.upper()}+x@{domain.upper()}")
                self._wait_for_log()
                self._check_all_captured_once()
                rows = self._read_rows("found_in", "from_last_hop", "delivered_by", "suffix")
                self.assertEqual({row["suffix"] for row in rows}, {"", "x"})
                for row in rows:
                    self.assertEqual((row["found_in"], row["from_last_hop"]), ("envelope", True))
                    self.assertRegex(row["delivered_by"], r"^odoo-bcc-receiver/\d+\.\d")
        self.assertIn("TLS connection established to 127.0.0.1[127.0.0.1]", self.postfix.log)

    def test_several_dropboxes(self):
        """All dropboxes of a mail are passed to Odoo at once; each gets a row."""
        values = {"name": "lea", "login": "lea", "email": "lea@acme.example"}
        _model, group = self.odoo.call("ir.model.data", "check_object_reference", "sales_team", "group_sale_salesman")
        lea = self.odoo.call("res.users", "create", {**values, "group_ids": [(6, 0, [group])]})
        [values] = self.odoo.call("res.users", "read", [lea], ["bcc_dropbox_address"])
        token = values["bcc_dropbox_address"].partition("@")[0]
        for domain in DOMAINS:
            with self.subTest(domain):
                self.setUp()
                self._send(f"{self.token}@{domain}", more=[f"{token}@{domain}"])
                self.postfix.wait_until_empty(SECONDS)
                rows = {row["user_id"][1]: row["state"] for row in self._read_rows("user_id", "state")}
                self.assertEqual(rows, {"sam": "captured", "lea": "refused"})
                self.assertEqual(self.receiver.log.count(self.sent[0]), 1)

    def test_unknown_dropbox(self):
        """The mail server returns the mail immediately; the other recipients get it."""
        for domain in DOMAINS:
            with self.subTest(domain):
                self.setUp()
                self._send(f"{self.token}@{domain}", more=[f"bcc-{'a' * 20}@{domain}"])
                self.postfix.wait_until_empty(SECONDS)
                self.assertEqual([row["state"] for row in self._read_log()], ["captured"])
                [bounce] = self._get_bounces()
                self.assertIn(b"Status: 5.1.1", bounce)
                self.assertNotIn(self.token.encode(), bounce)
                self.assertNotIn(b"mailgate-secret", bounce)

    def test_replaced_dropbox(self):
        """The mail is taken, so that its row can say why it was rejected."""
        old = self.token
        self.odoo.as_user("sam", "sam-secret").call("res.users", "action_bcc_dropbox_regenerate", [self.sam])
        [values] = self.odoo.call("res.users", "read", [self.sam], ["bcc_dropbox_address"])
        type(self).token = values["bcc_dropbox_address"].partition("@")[0]
        for domain in DOMAINS:
            with self.subTest(domain):
                self.setUp()
                self._send(f"{old}@{domain}")
                self._wait_for_log()
                self.assertEqual([row["state"] for row in self._read_log()], ["refused"])
                self.assertFalse(self._get_bounces())

    def test_odoo_killed(self):
        """Odoo is killed while it logs emails, and is down for others: all are captured once, none is returned."""
        with self._held_up("Hold up"):
            first = [self._send(f"{self.token}@{domain}", "Hold up") for domain in DOMAINS]
            with ThreadPoolExecutor(4) as pool:
                list(pool.map(self._send, [f"{self.token}@{domain}" for domain in DOMAINS] * BURST))
            for message_id in first:
                self._wait_until_kept(message_id)
            self.odoo.kill()
        for domain in DOMAINS:
            self._send(f"{self.token}@{domain}")
        wait_for(self.postfix.queue, SECONDS, "mail that waits for Odoo")
        self.odoo.start()
        self.postfix.flush()
        self._wait_for_log()
        self._check_all_captured_once()

    def test_receiver_stopped(self):
        """The receiver finishes what it has, and is down for others."""
        with self._held_up("Hold up"):
            for domain in DOMAINS:
                self._wait_until_kept(self._send(f"{self.token}@{domain}", "Hold up"))
            with ThreadPoolExecutor(1) as pool:
                stopping = pool.submit(self.receiver.process.terminate)
                stopping.result()
                self._send(f"{self.token}@lmtp.example")
        self.assertEqual(self.receiver.process.wait(SECONDS), 0)
        self.receiver.start()
        self.postfix.flush()
        self._wait_for_log()
        self._check_all_captured_once()
        for message_id in self.sent:
            self.assertEqual(self.receiver.log.count(f"{message_id} "), 1, "what it had was finished")

    def test_check(self):
        """What the receiver says about Odoo and its credentials."""
        for options, status, text in (
            ({}, 0, "Odoo answers"),
            ({"password": "guess"}, 1, "wrong login or password"),
            ({"database": "nowhere"}, 1, "404"),
            ({"url": "http://127.0.0.1:9"}, 1, "no answer from Odoo: ConnectError"),
        ):
            with self.subTest(options=options):
                checker = Receiver(self.receiver.folder / "check", "", options={**self.receiver.options, **options})
                done = subprocess.run(
                    [*checker.get_command(), "--check"], env=checker.environment, capture_output=True, text=True
                )
                self.assertEqual(done.returncode, status, done.stderr)
                self.assertIn(text, done.stdout + done.stderr)
                self.assertNotIn("guess", done.stdout + done.stderr)
