"""Eight processes get the same mails at the same time, while users edit the records of these mails.

The ordinary suite has a few mails, ``./dev test --faults`` 500.
"""

import base64
import itertools
import random
import shutil
import tempfile
import threading
import time
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from odoo.tests import BaseCase, get_db_name, tagged
from odoo.tools import config

from . import data
from .faults import IS_FULL, set_up_sales, tell
from .mail_servers import copied_database
from .servers import Odoo

MAILS = 500 if IS_FULL else 30
PROCESSES = 8
KNOWN = 8
"""Existing leads, and the same number of contacts."""

SALES = "sales@acme.example"
SENDER = "team@acme.example"


@tagged("post_install", "-at_install")
class TestManyProcesses(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = Path(tempfile.mkdtemp(prefix="bcc-many-"))
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        database = cls.enterClassContext(copied_database(get_db_name()))
        names = ("db_host", "db_port", "db_user", "db_password", "db_sslmode", "data_dir")
        options = {name: config[name] for name in names if config[name]}
        options.update(addons_path=",".join(config["addons_path"]), workers=PROCESSES, max_cron_threads=0)
        cls.odoo = Odoo(folder / "odoo", database, options)
        cls.addClassCleanup(cls.odoo.remove)
        cls.addClassCleanup(cls.odoo.kill)  # don't wait for its workers at the end
        cls.odoo.start()
        cls._prepare_records()

    @classmethod
    def _prepare_records(cls):
        """Create two sellers who share a sender address, two colleagues, customers, and an alias that creates leads."""
        call = cls.odoo.call
        group = set_up_sales(call, "acme.example")
        cls.dropboxes, cls.colleagues = {}, []
        for login in ("sam", "lea", "eva", "ben"):
            values = {"name": login, "login": login, "email": f"{login}@acme.example", "group_ids": [(4, group)]}
            user = call("res.users", "create", {**values, "password": f"{login}-secret"})
            if login in ("eva", "ben"):
                cls.colleagues.append(cls.odoo.as_user(login, f"{login}-secret"))
                continue
            call("crm.bcc.dropbox.sender", "create", {"user_id": user, "email": SENDER, "verified": True})
            [read] = call("res.users", "read", [user], ["bcc_dropbox_address"])
            cls.dropboxes[login] = read["bcc_dropbox_address"]
        emails = [f"{number}.known@lead.example" for number in range(KNOWN)]
        cls.known = {"crm.lead": call("crm.lead", "create", [{"name": email, "email_from": email} for email in emails])}
        emails = [f"{number}.known@contact.example" for number in range(KNOWN)]
        cls.known["res.partner"] = call("res.partner", "create", [{"name": email, "email": email} for email in emails])

    # ------------------------------------------------------------
    # MAILS
    # ------------------------------------------------------------

    def _write_mails(self):
        """Return mails: ``(Message-Id, mail, owners, recipients, whether it is for the alias)``."""
        # always the same ones: the timing of processes varies enough
        chance = random.Random(0)
        known = [f"{number}.known@{kind}.example" for number in range(KNOWN) for kind in ("lead", "contact")]
        new = [f"{number}.new@customer.example" for number in range(MAILS // 5)]
        for number in range(MAILS):
            message_id = f"<{number}.many@laptop.example>"
            owners = chance.choice([["sam"], ["lea"], ["sam", "lea"]])
            recipients = chance.sample(known, chance.randint(0, 2)) + chance.sample(new, chance.randint(1, 2))
            chance.shuffle(recipients)  # in random order, otherwise locks could never conflict
            has_alias = chance.random() < 0.3
            mail = data.MIXED.format(
                body="Here it is.",
                date="Mon, 23 Nov 2026 10:00:00 +0100",
                dropbox=", ".join(self.dropboxes[login] for login in owners),
                file=base64.b64encode(b"%d: the offer" % number).decode(),
                headers=f"Cc: {SALES}\n" if has_alias else "",
                message_id=message_id,
                sender=SENDER,
                subject=f"Offer {number}",
                to=", ".join(recipients),
            )
            yield message_id, mail.encode(), len(owners), recipients, has_alias

    def _deliver_all(self, mails):
        """Deliver all mails in sequence, as for each process, and return wrong results."""
        return [fault for _message_id, mail, *_expected in mails if (fault := self._deliver(mail))]

    def _deliver(self, mail):
        try:
            self.odoo.call("mail.thread", "message_process", False, mail)
        except xmlrpc.client.Fault as fault:
            return fault.faultString[-300:]
        return ""

    # ------------------------------------------------------------
    # PEOPLE
    # ------------------------------------------------------------

    def _work(self, number, is_over):
        """Edit records that emails are logged on until the end, each colleague different ones.

        :return: the number of edits; the errors; the last written values by model and id
        """
        errors, written = [], {}
        records = [(name, id_) for name in self.known for id_ in self.known[name][number :: len(self.colleagues)]]
        for count, (name, id_) in enumerate(itertools.cycle(records)):
            if is_over.is_set():
                break
            field, post = {"crm.lead": "referred", "res.partner": "function"}[name], {"body": "Called them."}
            try:
                self.colleagues[number].call(name, "write", [id_], {field: str(count)})
                written[name, id_] = field, str(count)
                self.colleagues[number].call(name, "message_post", [id_], **post)
            except xmlrpc.client.Fault as fault:
                errors.append(fault.faultString[-300:])
        return count, errors, written

    # ------------------------------------------------------------
    # CHECKS
    # ------------------------------------------------------------

    def _find_offences(self, mails):
        """Find the mails that do not exist exactly once in each place."""
        call, same = self.odoo.call, [("message_id", "like", ".many@laptop.example")]
        rows = call("crm.bcc.dropbox.email", "search_read", same, ["message_id", "state", "reason", "line_ids"])
        names = ["message_id", "model", "res_id", "message_type", "attachment_ids"]
        messages = call("mail.message", "search_read", same, names)
        for message_id, _mail, owners, recipients, has_alias in mails:
            own_rows = [row for row in rows if row["message_id"] == message_id]
            own = [message for message in messages if message["message_id"] == message_id]
            copies = [message for message in own if message["message_type"] == "email_outgoing"]
            found = {
                "results": [(row["state"], row["reason"], len(row["line_ids"])) for row in own_rows],
                "copies": len(copies),
                "by alias": len(own) - len(copies),
                "documents": len({(message["model"], message["res_id"]) for message in own}),
                "files": {len(message["attachment_ids"]) for message in own},
            }
            expected = {
                "results": [("captured", False, len(recipients))] * owners,
                "copies": len(recipients),
                "by alias": int(has_alias),
                "documents": len(recipients) + has_alias,
                "files": {1, 2} if has_alias else {1},
            }
            if found != expected:
                yield message_id, found, expected

    def _check_leads(self, mails):
        """Check that each new customer has one lead, and that the alias created one for each mail."""
        groups = self.odoo.call("crm.lead", "search_read", [], ["email_normalized"])
        found = sorted(group["email_normalized"] for group in groups if ".known@" not in group["email_normalized"])
        new = {email for *_mail, recipients, _alias in mails for email in recipients if ".new@" in email}
        self.assertEqual(found, sorted([*new, *[SENDER] * sum(has_alias for *_mail, has_alias in mails)]))

    def _check_people(self, results):
        """Check that no colleague got an error or lost an edit."""
        self.assertFalse([error for _count, errors, _written in results for error in errors])
        for _count, _errors, written in results:
            for (name, id_), (field, value) in written.items():
                [read] = self.odoo.call(name, "read", [id_], [field])
                self.assertEqual(read[field], value)

    # ------------------------------------------------------------
    # TEST
    # ------------------------------------------------------------

    def test_same_mails_in_all_processes(self):
        mails, is_over, started = list(self._write_mails()), threading.Event(), time.monotonic()
        with ThreadPoolExecutor(PROCESSES + len(self.colleagues)) as pool:
            work = [pool.submit(self._work, number, is_over) for number in range(len(self.colleagues))]
            deliveries = [pool.submit(self._deliver_all, mails) for _number in range(PROCESSES)]
            try:
                faults = [fault for delivery in deliveries for fault in delivery.result()]
            finally:
                is_over.set()
        seconds = time.monotonic() - started
        self.assertFalse(faults)
        results = [future.result() for future in work]
        self._check_people(results)
        offences = list(self._find_offences(mails))
        self.assertFalse(offences, f"{len(offences)} of {len(mails)}")
        self._check_leads(mails)
        # not by assertNotIn, which would print the log
        secrets = [dropbox.partition("@")[0] for dropbox in self.dropboxes.values()]
        self.assertFalse([words for words in ["could not be logged", *secrets] if words in self.odoo.log])
        changes = sum(count for count, *_more in results)
        tell(f"{MAILS} mails in each of {PROCESSES} processes, {changes} changes by people: {seconds:.0f} s")
