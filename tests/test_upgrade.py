"""The upgrade of a database that was filled by version 19.0.1.2.0 of the addon, by real Odoo processes."""

import json
import tempfile
import zipfile
from pathlib import Path

from odoo.tests import BaseCase, tagged

from .former.database import FILTERS, PARAMETERS
from .own_database import ADDON, call_odoo, copied_base, get_addons

FORMER = Path(__file__).parent / "former"
FORMER_VERSION = "19.0.1.2.0"
SCRIPT = """
import json, runpy
found = runpy.run_path({script!r})[{function!r}](env, *{arguments!r})
open({output!r}, "w").write(json.dumps(found, default=str))
"""

EMAIL, LINE = "crm_bcc_dropbox_email", "crm_bcc_dropbox_email_line"
CHANGED = {
    EMAIL: {"reason", "dismissed"},
    LINE: {"reason"},
    "crm_bcc_dropbox": {"write_date", "write_uid"},
}
"""Columns that the upgrade may change or drop; other tests check the result."""

ADDED = {"jobs": 1}
"""Rows that the upgrade adds: the scheduled action that sends notices."""

STATES = {
    "matched": "captured",
    "created": "captured",
    "left-out": "captured",
    "skipped": "captured",
    "private": "captured",
    "captured-german": "captured",
    "by-hand": "captured",
    "moved": "captured",
    "during-grace": "captured",
    "refused": "refused",
    "refused-dismissed": "refused",
    "refused-german": "refused",
    "unmatched": "unmatched",
    "unmatched-dismissed": "unmatched",
    "undone": "unmatched",
    "pending": "pending",
    "failed": "failed",
}


@tagged("post_install", "-at_install")
class TestUpgrade(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="bcc-upgrade-")))
        with zipfile.ZipFile(FORMER / f"{ADDON}-{FORMER_VERSION}.zip") as archive:
            archive.extractall(cls.folder)
        cls.database = cls.enterClassContext(copied_base("former"))
        cls.former = cls._run(cls.folder, "fill")
        cls.log = call_odoo(cls.folder, get_addons(), "server", "-d", cls.database, "-u", ADDON, "--stop-after-init")
        found = cls._run(get_addons(), "deliver", cls.former["dropbox"])
        cls.present, cls.after_known, cls.after_new = found["before"], found["after_known"], found["after_new"]

    @classmethod
    def _run(cls, addons, function, *arguments):
        """Run a function of the script in an Odoo shell, and return its result."""
        output = str(cls.folder / "found.json")
        values = {"script": str(FORMER / "database.py"), "function": function, "arguments": arguments, "output": output}
        call_odoo(cls.folder, addons, "shell", "-d", cls.database, script=SCRIPT.format(**values))
        return json.loads(Path(output).read_text())

    def _get_rows(self, dump, table):
        return {row["id"]: row for row in dump["tables"][table]}

    def _get_emails(self, dump):
        """Return the rows of the log by subject."""
        return {row["message_id"].split("@")[0][1:]: row for row in dump["tables"][EMAIL]}

    # ------------------------------------------------------------
    # THE FORMER DATABASE
    # ------------------------------------------------------------

    def test_former_database(self):
        """It contains everything that an upgrade could lose."""
        emails = self._get_emails(self.former)
        self.assertEqual({subject: row["state"] for subject, row in emails.items()}, STATES)
        self.assertEqual(
            {subject for subject, row in emails.items() if row["dismissed"]},
            {"refused-dismissed", "unmatched-dismissed"},
        )
        reasons = {subject for subject, row in emails.items() if row["reason"]}
        self.assertLessEqual(
            {"left-out", "refused", "refused-german", "unmatched", "undone", "pending", "failed"}, reasons
        )
        lines = self._get_rows(self.former, LINE).values()
        self.assertEqual({line["outcome"] for line in lines}, {"matched", "created", "skipped"})
        self.assertEqual({bool(line["reason"]) for line in lines}, {True, False})
        self.assertEqual(len(self.former["tables"]["crm_bcc_dropbox_email_raw"]), len(STATES))
        self.assertIn("Absender", self.former["read"][str(emails["refused-german"]["id"])]["reason"])
        tokens = self._get_rows(self.former, "crm_bcc_dropbox_token").values()
        self.assertEqual(sum(bool(token["replaced_date"]) for token in tokens), 2)
        senders = self._get_rows(self.former, "crm_bcc_dropbox_sender").values()
        self.assertEqual({bool(sender["verified"]) for sender in senders}, {True, False})
        self.assertEqual(
            {row["lookup"] for row in self.former["tables"]["crm_bcc_dropbox"]}, {"contact", "contact_lead"}
        )

    # ------------------------------------------------------------
    # THE UPDATE
    # ------------------------------------------------------------

    def test_log(self):
        lines = [line for line in self.log.splitlines() if " WARNING " in line or " ERROR " in line]
        self.assertFalse(lines)

    def test_rows(self):
        """All rows are kept with their values."""
        for table, rows in self.former["tables"].items():
            if table == "parameters":
                continue
            present = self._get_rows(self.present, table)
            with self.subTest(table):
                added = set(present) - {row["id"] for row in rows}
                self.assertEqual(len(added), ADDED.get(table, 0))
                self.assertLessEqual({row["id"] for row in rows}, set(present))
                for row in rows:
                    former = {name: row[name] for name in row.keys() - CHANGED.get(table, set())}
                    self.assertEqual({name: present[row["id"]].get(name) for name in former}, former)

    def test_parameters(self):
        present = {row["key"]: row["value"] for row in self.present["tables"]["parameters"]}
        former = {f"crm_bcc_dropbox.{key}": value for key, value in PARAMETERS.items()}
        self.assertEqual({key: present.get(key) for key in former}, former)

    def test_reasons(self):
        """Owners read the same words, of emails and of lines."""
        self.assertEqual(self.present["read"], self.former["read"])

    def test_filters(self):
        """Filters that users saved find the same emails."""
        self.assertEqual(set(self.former["found"]), set(FILTERS))
        self.assertTrue(all(self.former["found"].values()))
        self.assertEqual(self.present["found"], self.former["found"])

    # ------------------------------------------------------------
    # NEW FIELDS
    # ------------------------------------------------------------

    def test_reason_codes(self):
        for table in (EMAIL, LINE):
            present = self._get_rows(self.present, table)
            for row in self.former["tables"][table]:
                with self.subTest(table=table, row=row["id"]):
                    found = present[row["id"]]
                    if row["reason"]:
                        self.assertEqual(found["reason_code"], "former")
                        self.assertEqual(found["reasons"], [["former", {"text": row["reason"]}]])
                    else:
                        self.assertFalse(found["reason_code"])
                        self.assertFalse(found["reasons"])
                    self.assertNotIn("reason", found)

    def test_archived(self):
        former, present = self._get_emails(self.former), self._get_emails(self.present)
        self.assertEqual(
            {subject: row["active"] for subject, row in present.items()},
            {subject: not row["dismissed"] for subject, row in former.items()},
        )
        self.assertFalse(any("dismissed" in row for row in present.values()))

    def test_customers(self):
        """Emails can be grouped by customer."""
        rows = self.present["tables"][EMAIL]
        self.assertEqual(
            [row["customer_email"] for row in rows], [(row["recipients"] or "").split(", ")[0] or None for row in rows]
        )

    def test_choices(self):
        """Emails go where they went before."""
        dropboxes = self.present["tables"]["crm_bcc_dropbox"]
        self.assertEqual({(row["several"], row["opportunity"]) for row in dropboxes}, {("best", "none")})

    # ------------------------------------------------------------
    # AFTERWARDS
    # ------------------------------------------------------------

    def test_known_mail(self):
        """A mail that was captured before the update is known."""
        self.assertEqual(self.after_known["tables"], self.present["tables"])

    def test_new_mail(self):
        """It is logged, also through the old address during its grace period."""
        emails = self._get_emails(self.after_new)
        self.assertEqual(set(emails), {*STATES, "new"})
        self.assertEqual(emails["new"]["state"], "captured")
        messages = self.after_new["tables"]["messages"]
        [message] = [message for message in messages if message["message_id"] == emails["new"]["message_id"]]
        [lead] = [row for row in self.after_new["tables"]["leads"] if row["name"] == "Big deal"]
        self.assertEqual((message["model"], message["res_id"]), ("crm.lead", lead["id"]))
