"""Mails that arrive at the same time, in two Odoo processes on committed data.

The database is a copy of the test database, because other processes can't see an open transaction.
"""

import shutil
import tempfile
import threading
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import config

from .mail_servers import copied_database
from .servers import Odoo

ROUNDS = 10
BURST = 120
SENDERS = 8
"""Connections that a mail server uses at the same time."""

MAIL = """\
X-Original-To: {dropbox}
From: {sender}@acme.example
To: {customer}
Subject: Offer
Message-ID: {message_id}
Date: Mon, 23 Nov 2026 10:00:00 +0100

Here it is.
"""


@tagged("post_install", "-at_install")
class TestConcurrency(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = Path(tempfile.mkdtemp(prefix="bcc-concurrency-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        database = cls.enterClassContext(copied_database(get_db_name()))
        names = ("db_host", "db_port", "db_user", "db_password", "db_sslmode", "data_dir")
        options = {name: config[name] for name in names if config[name]}
        options.update(addons_path=",".join(config["addons_path"]), max_cron_threads=0)
        cls.servers = [Odoo(folder / name, database, options) for name in ("one", "two")]
        for server in cls.servers:
            cls.addClassCleanup(server.remove)
        cls.pool = cls.enterClassContext(ThreadPoolExecutor(SENDERS))
        list(cls.pool.map(Odoo.start, cls.servers))
        cls.call = cls.servers[0].call
        cls._prepare_records()
        cls.number = 0

    @classmethod
    def _prepare_records(cls):
        """Create two sellers who see each other's records and share a sender address."""
        domain = cls.call("mail.alias.domain", "create", {"name": "acme.example"})
        cls.call("ir.config_parameter", "set_param", "crm_bcc_dropbox.max_records_per_day", "1000")
        cls.call("res.company", "write", [1], {"alias_domain_id": domain})
        _model, group = cls.call(
            "ir.model.data", "check_object_reference", "sales_team", "group_sale_salesman_all_leads"
        )
        cls.dropboxes = {}
        for login in ("sam", "lea"):
            values = {"name": login, "login": login, "email": f"{login}@acme.example", "group_ids": [(4, group)]}
            user = cls.call("res.users", "create", values)
            shared = {"user_id": user, "email": "team@acme.example", "verified": True}
            cls.call("crm.bcc.dropbox.sender", "create", shared)
            (read,) = cls.call("res.users", "read", [user], ["bcc_dropbox_address"])
            cls.dropboxes[login] = read["bcc_dropbox_address"]

    def tearDown(self):
        """Check that no process had to repeat anything, or logged an address."""
        super().tearDown()
        for server in self.servers:
            log = server.log
            secrets = [dropbox.partition("@")[0] for dropbox in self.dropboxes.values()]
            # not by assertNotIn, which would print the log
            self.assertFalse([words for words in ["could not be logged", *secrets] if words in log])

    # ------------------------------------------------------------
    # MAILS
    # ------------------------------------------------------------

    def _format(self, login, customer, sender=None, number=None):
        if number is None:
            number = type(self).number = self.number + 1
        return MAIL.format(
            dropbox=self.dropboxes[login],
            sender=sender or login,
            customer=customer,
            message_id=f"<{number}.{self._testMethodName}@laptop.example>",
        )

    def _deliver_at_once(self, *mails):
        """Deliver a mail to each of the processes, all at the same moment."""
        barrier = threading.Barrier(len(mails))

        def deliver(server, mail):
            barrier.wait()
            self._deliver(server, mail)

        list(self.pool.map(deliver, self.servers, mails))

    def _deliver(self, server, mail):
        """Deliver a mail to a process, like the delivery script."""
        server.call("mail.thread", "message_process", False, mail.encode())

    def _get_rows(self):
        """Return the captured emails of this test."""
        domain = [("message_id", "like", f".{self._testMethodName}@laptop.example")]
        names = ["message_id", "state", "reason", "tries", "user_id", "line_ids"]
        return self.call("crm.bcc.dropbox.email", "search_read", domain, names, order="id")

    def _get_lines(self, rows):
        ids = [line_id for row in rows for line_id in row["line_ids"]]
        names = ["email", "outcome", "res_model", "res_id", "mail_message_id"]
        return self.call("crm.bcc.dropbox.email.line", "read", ids, names)

    def _get_leads(self, customer):
        return self.call("crm.lead", "search", [("email_normalized", "=", customer)])

    def _get_messages(self, lead_id):
        domain = [("model", "=", "crm.lead"), ("res_id", "=", lead_id), ("message_type", "=", "email_outgoing")]
        return self.call("mail.message", "search", domain)

    def assertCaptured(self, rows, number, tries=1):
        """Check that all mails were logged, by default at the first try."""
        self.assertEqual(len(rows), number)
        self.assertEqual({(row["state"], row["reason"]) for row in rows}, {("captured", False)})
        self.assertLessEqual({row["tries"] for row in rows}, set(range(1, tries + 1)))

    # ------------------------------------------------------------
    # TESTS
    # ------------------------------------------------------------

    def _check_one_record(self, *logins):
        """Repeatedly deliver two different mails to the same new customer at the same time."""
        for number in range(ROUNDS):
            customer = f"{number}.{self._testMethodName}@customer.example"
            self._deliver_at_once(*(self._format(login, customer) for login in logins))
            (lead_id,) = self._get_leads(customer)
            self.assertEqual(len(self._get_messages(lead_id)), 2)
        rows = self._get_rows()
        self.assertCaptured(rows, 2 * ROUNDS)
        outcomes = [line["outcome"] for line in self._get_lines(rows)]
        self.assertEqual((outcomes.count("created"), outcomes.count("matched")), (ROUNDS, ROUNDS))

    def test_new_customer_of_one_owner(self):
        self._check_one_record("sam", "sam")

    def test_new_customer_of_two_owners(self):
        self._check_one_record("sam", "lea")

    def _propose(self, is_wanted):
        [user] = self.call("res.users", "search", [("login", "=", "sam")])
        self.call("res.users", "write", [user], {"bcc_dropbox_propose": is_wanted})

    def test_proposal(self):
        """The second of two mails confirms the proposal of the first one, whichever that is."""
        self._propose(True)
        self.addCleanup(self._propose, False)
        for number in range(ROUNDS):
            customer = f"{number}.proposal@customer.example"
            self._deliver_at_once(*(self._format("sam", customer) for _mail in range(2)))
            (lead_id,) = self._get_leads(customer)
            self.assertEqual(len(self._get_messages(lead_id)), 2)
        self.assertCaptured(self._get_rows(), 2 * ROUNDS)

    def test_proposal_confirmed_by_hand_and_by_mail(self):
        """Both at once: the person has one record, and each email is there once."""
        self._propose(True)
        self.addCleanup(self._propose, False)
        for number in range(ROUNDS):
            customer = f"{number}.hand@customer.example"
            self._deliver(self.servers[0], self._format("sam", customer))
            first = self._get_rows()[-1]
            self.assertEqual(first["state"], "unmatched")
            barrier = threading.Barrier(2)

            def confirm(barrier=barrier, first=first):
                barrier.wait()
                with suppress(xmlrpc.client.Fault):  # the mail was faster
                    self.servers[0].call("crm.bcc.dropbox.email", "action_confirm_proposals", [first["id"]])

            def deliver(barrier=barrier, customer=customer):
                barrier.wait()
                self._deliver(self.servers[1], self._format("sam", customer))

            for done in [self.pool.submit(confirm), self.pool.submit(deliver)]:
                done.result()
            (lead_id,) = self._get_leads(customer)
            self.assertEqual(len(self._get_messages(lead_id)), 2)
        self.assertCaptured(self._get_rows(), 2 * ROUNDS)

    def test_same_mail_twice(self):
        for number in range(ROUNDS):
            customer = f"{number}.twice@customer.example"
            self._deliver_at_once(*[self._format("sam", customer)] * 2)
            (lead_id,) = self._get_leads(customer)
            self.assertEqual(len(self._get_messages(lead_id)), 1)
        # the second process may begin a try before the first one has locked the row
        self.assertCaptured(self._get_rows(), ROUNDS, tries=2)

    def test_same_mail_through_two_dropboxes(self):
        for number in range(ROUNDS):
            customer = f"{number}.both@customer.example"
            self._deliver_at_once(*(self._format(login, customer, "team", f"both{number}") for login in ("sam", "lea")))
            (lead_id,) = self._get_leads(customer)
            messages = self._get_messages(lead_id)
            self.assertEqual(len(messages), 1)
            rows = self._get_rows()[2 * number :]
            self.assertCaptured(rows, 2)
            self.assertNotEqual(rows[0]["user_id"], rows[1]["user_id"])
            self.assertEqual([line["mail_message_id"][0] for line in self._get_lines(rows)], messages * 2)

    def test_two_mails_with_one_message_id(self):
        """Both are logged once, whichever process handles which one."""
        for number in range(ROUNDS):
            customer = f"{number}.merge@customer.example"
            mail = self._format("sam", customer, number=f"merge{number}")
            self._deliver_at_once(mail, mail.replace("Here it is", "There it is"))
            self._deliver_at_once(mail.replace("Here it is", "There it is"), mail)
            (lead_id,) = self._get_leads(customer)
            self.assertEqual(len(self._get_messages(lead_id)), 2)
        self.assertCaptured(self._get_rows(), 2 * ROUNDS, tries=2)

    def test_undo_by_two_colleagues(self):
        """The second owner received the mail after it was logged for the first one; the last undo removes the copy."""
        customer = "undo@customer.example"
        for login in ("sam", "lea"):
            self._deliver(self.servers[0], self._format(login, customer, "team", "undo"))
        (lead_id,) = self._get_leads(customer)
        rows = self._get_rows()
        self.assertCaptured(rows, 2)
        for row, left in zip(rows, (1, 0), strict=True):
            self.call("crm.bcc.dropbox.email", "action_undo", [row["id"]])
            self.assertEqual(len(self._get_messages(lead_id)), left)

    def test_busy_salesperson(self):
        mails = [self._format("sam", f"{number % 40}.busy@customer.example") for number in range(BURST)]
        servers = self.servers * (BURST // len(self.servers))
        list(self.pool.map(self._deliver, servers, mails))
        # a mail that waits too long for another one would be tried again
        self.assertCaptured(self._get_rows(), BURST)
        leads = self.call("crm.lead", "search", [("email_normalized", "like", ".busy@customer.example")])
        self.assertEqual(len(leads), 40)
        self.assertEqual({len(self._get_messages(lead_id)) for lead_id in leads}, {3})

    def test_burst_on_one_process(self):
        """More simultaneous requests than the process has database connections."""
        mails = [self._format("sam", f"{number % 40}.burst@customer.example") for number in range(BURST)]
        with ThreadPoolExecutor(40) as pool:
            list(pool.map(lambda mail: self._deliver(self.servers[0], mail), mails))
        self.assertCaptured(self._get_rows(), BURST)

    def test_two_new_addresses_at_once(self):
        """After a double click, or if owner and manager act at once, there is one address, and it works."""
        [user] = self.call("res.users", "search", [("login", "=", "lea")])
        for number in range(ROUNDS):
            barrier = threading.Barrier(2)

            def renew(server, grace_days, barrier=barrier):
                barrier.wait()
                server.call("res.users", "action_bcc_dropbox_regenerate", [user], grace_days)

            list(self.pool.map(renew, self.servers, (0, number)))
            [read] = self.call("res.users", "read", [user], ["bcc_dropbox_address"])
            self.assertNotEqual(read["bcc_dropbox_address"], self.dropboxes["lea"])
            self.dropboxes["lea"] = read["bcc_dropbox_address"]
            self._deliver(self.servers[number % 2], self._format("lea", "renewed@customer.example"))
        self.assertCaptured(self._get_rows(), ROUNDS)

    def test_flood_of_refused_mail(self):
        """Rows and counted emails add up to all emails, whichever process counts them."""
        self.call("ir.config_parameter", "set_param", "crm_bcc_dropbox.max_refused_per_day", "10")
        mails = [self._format("sam", "flood@customer.example", sender="mallory") for _number in range(BURST)]
        list(self.pool.map(self._deliver, self.servers * (BURST // len(self.servers)), mails))
        # the last one alone, so that no other process holds the lock
        self._deliver(self.servers[0], self._format("sam", "flood@customer.example", sender="mallory"))
        rows = self._get_rows()
        self.assertEqual({row["state"] for row in rows}, {"refused"})
        domain = [("user_id.login", "=", "sam")]
        [dropbox] = self.call("crm.bcc.dropbox", "search_read", domain, ["flood_count"])
        self.assertEqual(len(rows) + dropbox["flood_count"], BURST + 1)
        # at the same instant, some processes see fewer mails than there are
        self.assertLess(len(rows), 10 + 2 * SENDERS)
