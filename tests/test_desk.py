import runpy
from base64 import b64encode
from pathlib import Path

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools.sql import column_exists

from .acme import OFFER
from .common import DropboxCommon
from .data import HTML

LIST = {
    name: {}
    for name in (
        "customer", "subject", "logged_on", "problem", "proposal_count", "date", "direction", "state", "active"
    )
}  # fmt: skip
"""What the list reads."""

MIGRATION = Path(__file__).parents[1] / "migrations/19.0.1.5.0/pre-customer.py"

PICTURE = b'<p>See <b>this</b>: <img src="https://shop.example/chair.png" alt="chair"></p><script>evil()</script>'


@tagged("post_install", "-at_install")
class TestDesk(DropboxCommon):
    """What the list of captured emails and an email show to a reader."""

    def _read(self, email, user=None, *names):
        names = names or ("customer", "logged_on", "problem", "people", "content")
        [read] = email.with_user(user or self.sam).web_read({name: {} for name in names})
        return read

    def _take(self, record, message):
        """Give a record to a colleague, with a message that its creator would be able to read wherever it is."""
        record.user_id = self.lea
        message.sudo().author_id = self.contact
        self.env.flush_all()
        # SQL: the ORM sets the creator itself
        self.env.cr.execute("UPDATE mail_message SET create_uid = %s WHERE id = %s", [self.lea.id, message.id])
        self.env.invalidate_all()

    # ------------------------------------------------------------
    # TEXT AND FILES
    # ------------------------------------------------------------

    def test_logged(self):
        """The text and the files are those of the history, also when the original is gone."""
        email = self._capture(OFFER, to="leo@customer.example", file=b64encode(b"x" * 3000).decode())
        message = email.line_ids.mail_message_id
        email.sudo().raw_ids.unlink()
        [content] = self._read(email)["content"]
        self.assertEqual(content["body"], message.body)
        self.assertEqual(content["id"], message.id)
        [file] = content["files"]
        self.assertEqual((file["name"], file["size"]), ("Offer.pdf", "2.93 Kb"))
        self.assertIn(f"/web/content/{message.attachment_ids.id}", file["url"])

    def test_pictures(self):
        """Remote pictures are held back, and nothing runs."""
        for to in ("leo@customer.example", "lea@acme.example"):
            with self.subTest(to=to):
                [content] = self._read(self._capture(HTML, to=to, body=b64encode(PICTURE).decode()))["content"]
                self.assertIn("<b>this</b>", content["body"])
                self.assertNotIn('src="http', content["body"].replace("data-original-src", ""))
                self.assertNotIn("evil", content["body"])

    def test_not_logged(self):
        """The text and the files are those of the original."""
        email = self._capture(OFFER, to="lea@acme.example", file=b64encode(b"x" * 3000).decode())
        self.assertRow(email, "unmatched")
        [content] = self._read(email)["content"]
        self.assertIn("naïve as it is", content["body"])
        [file] = content["files"]
        self.assertEqual((file["name"], file["url"]), ("Offer.pdf", f"/bcc_dropbox/original/{email.id}/0"))
        email.sudo().raw_ids.unlink()
        self.assertEqual(self._read(email)["content"], [{"hint": "The text of this email is no longer kept."}])

    def test_on_two_records(self):
        """The text of an email on two records is shown once."""
        email = self._capture(to="leo@customer.example, carla@customer.example")
        self.assertEqual(len(email.line_ids.mail_message_id), 2)
        self.assertEqual(len(self._read(email)["content"]), 1)

    def test_owner_without_access(self):
        """Owners read their own emails, and load their files, on records that they may not see any more."""
        email = self._capture(OFFER, user=self.own, to="owned@customer.example", file="JVBERi0xLjQK")
        record = self._get_record(email)
        self._take(record, email.line_ids.mail_message_id)
        self.assertFalse(record.with_user(self.own).has_access("read"))
        read = self._read(email, self.own)
        [content] = read["content"]
        self.assertIn("naïve as it is", content["body"])
        self.assertFalse(content["id"])
        [chip] = read["logged_on"]
        self.assertNotIn("res_id", chip)
        self.assertNotIn(record.name, str(chip))
        [file] = content["files"]
        self.assertIn("access_token=", file["url"])

    def test_manager_without_access(self):
        """A manager reads no text on a record that they may not see; neither do others who may not read the row."""
        email = self._capture(to="leo@customer.example")
        manager = self._create_user("max", "crm_bcc_dropbox.group_bcc_dropbox_manager")
        [content] = self._read(email, manager)["content"]
        self.assertEqual(content, {"hint": "The text is on a record that you may not see."})
        with self.assertRaises(AccessError):
            self._read(email, self.lea)

    def test_message_of_others(self):
        """Only copies of the owner's email are shown without access, not messages that Odoo sent."""
        email = self._capture(user=self.own, to="owned@customer.example")
        record = self._get_record(email)
        email.line_ids.mail_message_id.sudo().bcc_dropbox_captured = False
        email.sudo().raw_ids.unlink()
        self._take(record, email.line_ids.mail_message_id)
        [content] = self._read(email, self.own)["content"]
        self.assertEqual(content, {"hint": "The text of this email is no longer kept."})

    # ------------------------------------------------------------
    # COLUMNS
    # ------------------------------------------------------------

    def test_names(self):
        """People are shown by name: as in Odoo, else as in the email, else by address."""
        self.contact.write({"name": "Carla Customer"})
        cases = {
            '"carla c." <Carla@Customer.example>': "Carla Customer",
            '"Smith, Joe" <joe@new.example>': "Joe Smith",
            "jim@new.example": "jim@new.example",
            "a@b.example, b@b.example, Cy <c@b.example>, d@b.example": "a@b.example, b@b.example, Cy, …",
            "Lea <lea@acme.example>": "Lea",
            "undisclosed-recipients:;": False,
        }
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_new_records", "10")
        for to, expected in cases.items():
            with self.subTest(to=to):
                self.assertEqual(self._read(self._capture(to=to))["customer"], expected)

    def test_people(self):
        """No raw header forms."""
        email = self._capture(to='"carla c." <Carla@Customer.example>, joe@new.example')
        people = self._read(email)["people"]
        self.assertEqual(people["email_from"], [{"name": self.sam.name, "email": self.sam.email}])
        self.assertEqual(
            people["email_to"],
            [
                {"name": self.contact.name, "email": "carla@customer.example"},
                {"name": "joe@new.example", "email": "joe@new.example"},
            ],
        )
        self.assertFalse(people["email_cc"])

    def test_logged_on(self):
        email = self._capture(to="leo@customer.example, joe@new.example")
        found, created = self._read(email)["logged_on"]
        self.assertEqual((found["name"], found["created"]), (self.lead.display_name, False))
        self.assertEqual((found["model"], found["res_id"]), ("crm.lead", self.lead.id))
        self.assertTrue(created["created"])

    def test_problem(self):
        """It is named only where there is one."""
        for to, sender, expected in (
            ("leo@customer.example", None, False),
            ("lea@acme.example", None, "No customer"),
            ("leo@customer.example", "x@evil.example", "Unknown sender"),
        ):
            with self.subTest(to=to):
                email = self._capture(to=to, **({"sender": sender} if sender else {}))
                problem = self._read(email)["problem"]
                self.assertEqual(bool(problem), bool(expected), problem)
        for state, expected in (("pending", "Pending"), ("failed", "Error")):
            with self.subTest(state=state):
                email.write({"state": state, "reasons": [["error", {"error": "OSError"}]], "reason_code": "error"})
                self.assertEqual(self._read(email)["problem"], expected)

    def test_queries(self):
        """A page of the list takes as many queries with many emails as with few."""
        emails = self.env["crm.bcc.dropbox.email"]
        for number in range(12):
            emails += self._capture(to=f"Joe <joe{number}@new.example>, carla@customer.example")
        counts = []
        emails.with_user(self.sam).web_read(LIST)  # caches
        for some in (emails[:2], emails):
            self.env.invalidate_all()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            some.with_user(self.sam).web_read(LIST)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[1], 20)

    # ------------------------------------------------------------
    # GROUPS
    # ------------------------------------------------------------

    def _group(self, domain=(), user=None):
        found = (
            self.env["crm.bcc.dropbox.email"]
            .with_user(user or self.sam)
            .web_read_group(list(domain), ["customer_email"], ["__count"])
        )
        return {group["customer_email"]: group["__count"] for group in found["groups"]}

    def test_group_by_customer(self):
        """Groups are people: whatever the case of the address, the name in the email and the other recipients."""
        self.contact.name = "Carla Customer"
        self._capture(to="carla@customer.example")
        self._capture(to='"C." <CARLA@Customer.Example>')
        self._capture(to="Carla <carla@customer.example>, joe@new.example")
        self._capture(to="Joe <joe@new.example>")
        self._capture(to="lea@acme.example")
        self.assertEqual(self._group(), {"Carla Customer": 3, "Joe": 1, False: 1})

    def test_same_name(self):
        """Two people with the same name are two groups."""
        self._capture(to="Joe <joe@new.example>")
        self._capture(to="Joe <joe@old.example>")
        self.assertEqual(self._group(), {"Joe (joe@new.example)": 1, "Joe (joe@old.example)": 1})

    def test_open_group(self):
        """The emails of a group are found by its domain, and an open group stays open."""
        emails = self._capture(to="Joe <joe@new.example>") + self._capture(to="Ann <ann@new.example>")
        found = (
            self.env["crm.bcc.dropbox.email"]
            .with_user(self.sam)
            .web_read_group(
                [("id", "in", emails.ids)],
                ["customer_email"],
                ["__count"],
                opening_info=[{"value": "Joe", "folded": False, "limit": 80, "offset": 0}],
                unfold_read_specification={"subject": {}},
            )
        )
        groups = {group["customer_email"]: group for group in found["groups"]}
        self.assertEqual([record["id"] for record in groups["Joe"]["__records"]], emails[0].ids)
        self.assertNotIn("__records", groups["Ann"])
        domain = groups["Ann"]["__extra_domain"]
        self.assertEqual(self.env["crm.bcc.dropbox.email"].search(domain), emails[1])

    def test_international_domain(self):
        """Both spellings of a domain are one customer."""
        for to in ("joe@bücher.example", "joe@xn--bcher-kva.example"):
            self.assertEqual(self._capture(to=to).customer_email, "joe@xn--bcher-kva.example")

    def test_show_original(self):
        email = self._capture(to="leo@customer.example")
        action = email.with_user(self.sam).action_show_original()
        self.assertEqual((action["res_id"], action["target"]), (email.id, "new"))
        with self.assertRaises(AccessError):
            email.with_user(self.lea).action_show_original()

    def test_migration(self):
        """Existing emails get their customers as new ones do."""
        for to in ("Joe <Joe@new.example>, ann@new.example", "joe@bücher.example", "lea@acme.example"):
            self._capture(to=to)
        query = "SELECT id, customer_email FROM crm_bcc_dropbox_email ORDER BY id"
        self.env.flush_all()
        self.env.cr.execute(query)
        before = self.env.cr.fetchall()
        self.assertIn("joe@new.example", dict(before).values())
        self.env.cr.execute("ALTER TABLE crm_bcc_dropbox_email DROP COLUMN customer_email")
        migrate = runpy.run_path(str(MIGRATION))["migrate"]
        migrate(self.env.cr, None)  # a new installation
        self.assertFalse(column_exists(self.env.cr, "crm_bcc_dropbox_email", "customer_email"))
        for _time in range(2):
            migrate(self.env.cr, "19.0.1.4.0")
            self.env.cr.execute(query)
            self.assertEqual(self.env.cr.fetchall(), before)
