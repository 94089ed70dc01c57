from datetime import timedelta

from lxml import etree
from odoo import fields
from odoo.exceptions import AccessError
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

from .common import DropboxCommon, tagged

DATE = "bcc_dropbox_last_email_date"
DIRECTION = "bcc_dropbox_last_email_direction"


class LastEmailCommon(DropboxCommon):
    """Leads, contacts and messages in their history."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.now = fields.Datetime.now()
        cls.comment, cls.note = cls.env.ref("mail.mt_comment"), cls.env.ref("mail.mt_note")
        cls.client = cls.env["res.partner"].create({"name": "Paula Portal", "email": "paula@portal.example"})
        cls.portal = cls._create_user("paula", "base.group_portal", partner_id=cls.client.id)

    def _post(self, record, message_type="email_outgoing", days=1, author=None, subtype=None, **values):
        """Put a message into the history of a record, as if some days ago."""
        return self.env["mail.message"].create(
            {
                "model": record._name,
                "res_id": record.id,
                "message_type": message_type,
                "subtype_id": (subtype or self.comment).id,
                "author_id": author.id if author else False,
                "email_from": author.email if author else "stranger@customer.example",
                "date": self.now - timedelta(days=days),
                **values,
            }
        )

    def _get_last(self, record, user=None):
        """Return how many days ago the last email was, and its direction."""
        self.env.flush_all()
        self.env.invalidate_all()
        record = record.with_user(user or self.sam)
        date = record[DATE]
        return (self.now - date).days if date else None, record[DIRECTION]

    def _search(self, records, *domain, user=None):
        domain = [("id", "in", records.ids), *domain]
        return records.with_user(user or self.sam).search(domain).with_env(self.env)


@tagged("post_install", "-at_install")
class TestLastEmailRule(LastEmailCommon):
    """What counts as an email, and in which direction."""

    def test_rule(self):
        sam, customer = self.sam.partner_id, self.contact
        former = self._create_user("former", "base.group_user")
        former.active = False
        captured = {"bcc_dropbox_captured": True, "subtype": self.note}
        for name, values, direction in [
            ("captured, sent", {"message_type": "email_outgoing", "author": sam, **captured}, "outgoing"),
            ("captured, received", {"message_type": "email", "author": customer, **captured}, "incoming"),
            ("captured, received from an unknown sender", {"message_type": "email", **captured}, "incoming"),
            ("captured, received from a colleague", {"message_type": "email", "author": sam, **captured}, "incoming"),
            ("sent by the composer", {"message_type": "comment", "author": sam}, "outgoing"),
            ("sent by a former user", {"message_type": "comment", "author": former.partner_id}, "outgoing"),
            ("sent to many", {"message_type": "email_outgoing", "author": sam, "subtype": self.note}, "outgoing"),
            ("answered by email", {"message_type": "email", "author": sam}, "outgoing"),
            ("received", {"message_type": "email", "author": customer}, "incoming"),
            ("received, unknown sender", {"message_type": "email"}, "incoming"),
            ("received, from a portal user", {"message_type": "email", "author": self.client}, "incoming"),
            ("received, as an answer to a note", {"message_type": "email", "subtype": self.note}, "incoming"),
            ("note", {"message_type": "comment", "author": sam, "subtype": self.note}, False),
            ("note by email", {"message_type": "email", "author": sam, "subtype": self.note}, False),
            ("comment of a portal user", {"message_type": "comment", "author": self.client}, False),
            ("change", {"message_type": "notification", "author": sam}, False),
            ("automatic", {"message_type": "auto_comment", "author": sam}, False),
            ("out of office", {"message_type": "out_of_office", "author": customer}, False),
            ("notification of a user", {"message_type": "user_notification", "author": sam}, False),
        ]:
            for record in (self.lead, self.contact):
                with self.subTest(name, record=record._name), self.env.cr.savepoint() as savepoint:
                    self._post(record, days=2, **values)
                    self.assertEqual(self._get_last(record), (2, direction) if direction else (None, False))
                    self._post(record, "comment", 1, sam, self.note)
                    self.assertEqual(self._get_last(record)[1], direction, "notes do not count")
                    savepoint.rollback()

    def test_latest(self):
        """The date decides, not the order in which emails were logged; at the same second, that does."""
        self._post(self.lead, "email_outgoing", 3)
        self._post(self.lead, "email", 5)
        self.assertEqual(self._get_last(self.lead), (3, "outgoing"))
        self._post(self.lead, "email", 3)
        self.assertEqual(self._get_last(self.lead), (3, "incoming"))

    def test_captured(self):
        self._capture(to="leo@customer.example")
        self.assertEqual(self.lead.with_user(self.sam)[DIRECTION], "outgoing")
        self.assertEqual(self.lead.with_user(self.lea)[DIRECTION], "outgoing", "of any user")

    def test_reply_by_odoo(self):
        """A question is answered by Odoo's own composer as well."""
        self._post(self.lead, "email")
        self.assertEqual(self._get_last(self.lead)[1], "incoming")
        with self.mock_mail_gateway():
            self.lead.with_user(self.lea).message_post(
                body="Yes", message_type="comment", subtype_xmlid="mail.mt_comment", partner_ids=self.contact.ids
            )
        self.assertEqual(self._get_last(self.lead)[1], "outgoing")

    def test_new_record(self):
        for model in ("crm.lead", "res.partner"):
            new = self.env[model].with_user(self.sam).new({})
            self.assertEqual((new[DATE], new[DIRECTION]), (False, False))


@tagged("post_install", "-at_install")
class TestLastEmailPeople(LastEmailCommon):
    """Whose emails a record shows: as its button *Captured Emails*."""

    def test_contact_of_a_lead(self):
        self.lead.partner_id = self.contact
        self._post(self.contact, "email", 3)
        self.assertEqual(self._get_last(self.lead), (3, "incoming"))
        self._post(self.lead, days=2)
        self.assertEqual(self._get_last(self.lead), (2, "outgoing"))
        self.assertEqual(self._get_last(self.contact), (3, "incoming"))

    def test_company(self):
        company = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        people = self.env["res.partner"].create(
            [{"name": name, "parent_id": company.id, "active": name != "Gone"} for name in ("Ann", "Gone")]
        )
        self._post(people[0], "email", 5)
        self.assertEqual(self._get_last(company), (5, "incoming"))
        self._post(people[1], "email_outgoing", 4)
        self.assertEqual(self._get_last(company), (4, "outgoing"))
        self.assertEqual(self._get_last(people[0]), (5, "incoming"), "people do not show those of their colleagues")

    def test_address(self):
        """Captured emails to the address of a lead, wherever they are logged, as far as the user may read them."""
        lead = self.env["crm.lead"].create({"name": "Second", "email_from": "carla@customer.example"})
        self.assertFalse(lead.partner_id)
        self.assertEqual(self._get_record(self._capture(to="carla@customer.example")), self.contact)
        for user, direction in [(self.sam, "outgoing"), (self.lea, False), (self.boss, "outgoing")]:
            with self.subTest(user=user.login):
                self.assertEqual(self._get_last(lead, user)[1], direction)

    def test_as_the_button(self):
        """Records with captured emails have a last one, and others have none."""
        company = self.env["res.partner"].create({"name": "Customer", "is_company": True})
        self.contact.parent_id = company
        leads = self.env["crm.lead"].create(
            [
                {"name": "By contact", "partner_id": self.contact.id},
                {"name": "By address", "email_from": "carla@customer.example"},
                {"name": "None", "email_from": "other@customer.example"},
            ]
        )
        self._capture(to="carla@customer.example")
        for records in (leads, company + self.contact + self.client):
            for record in records.with_user(self.sam):
                with self.subTest(record=record.display_name):
                    self.assertEqual(bool(record[DATE]), bool(record.bcc_dropbox_email_count))


@tagged("post_install", "-at_install")
class TestLastEmailSearch(LastEmailCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.none, cls.asked, cls.answered, cls.old = cls.leads = cls.env["crm.lead"].create(
            [{"name": name, "user_id": cls.sam.id} for name in ("none", "asked", "answered", "old")]
        )

    def setUp(self):
        super().setUp()
        self._post(self.asked, "email", 3)
        self._post(self.answered, "email", 4)
        self._post(self.answered, "email_outgoing", 2)
        self._post(self.old, "email", 30)
        self.env.flush_all()

    def test_operators(self):
        ago = self.now - timedelta(days=14)
        for condition, found in [
            ((DATE, ">=", ago), self.asked + self.answered),
            ((DATE, "<", ago), self.old),
            ((DATE, ">", "-14d"), self.asked + self.answered),
            ((DATE, "<=", "-14d"), self.old),
            ((DATE, "=", False), self.none),
            ((DATE, "!=", False), self.asked + self.answered + self.old),
            ((DATE, "=", self.now - timedelta(days=3)), self.asked),
            ((DATE, "in", [self.now - timedelta(days=3), False]), self.asked + self.none),
            ((DIRECTION, "=", "incoming"), self.asked + self.old),
            ((DIRECTION, "=", "outgoing"), self.answered),
            ((DIRECTION, "!=", "incoming"), self.none + self.answered),
            ((DIRECTION, "=", False), self.none),
            ((DIRECTION, "not in", ["incoming", False]), self.answered),
            ((DIRECTION, "in", ["incoming", "outgoing"]), self.asked + self.answered + self.old),
            ((DIRECTION, "=", "nonsense"), self.none.browse()),
            ((DIRECTION, "=", True), self.none.browse()),
        ]:
            with self.subTest(condition=condition):
                self.assertEqual(self._search(self.leads, condition), found.sorted("id", reverse=True))
                self.assertEqual(self._search(self.leads, "!", condition), (self.leads - found).sorted("id", True))
                filtered = self.leads.with_user(self.sam).filtered_domain([condition])
                self.assertEqual(filtered.with_env(self.env), found)

    def test_as_computed(self):
        """What is found is what is shown, also by people and addresses."""
        self._capture(to="carla@customer.example")
        company = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        self.contact.parent_id = company
        self.none.partner_id = self.contact
        self.old.email_from = "carla@customer.example"
        for records in (self.leads, company + self.contact + self.client):
            for user in (self.sam, self.lea, self.own, self.boss):
                for direction in ("incoming", "outgoing", False):
                    with self.subTest(records=records, user=user.login, direction=direction):
                        self.env.invalidate_all()
                        found = self._search(records, (DIRECTION, "=", direction), user=user)
                        readable = records.with_user(user)._filtered_access("read")
                        shown = readable.filtered(lambda record, d=direction: record[DIRECTION] == d)
                        self.assertEqual(set(found.ids), set(shown.ids))

    def test_filters(self):
        """The filters of the search views: a new record without emails is not overdue."""
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = create_date - INTERVAL '20 days' WHERE id IN %s", [(self.none.id,)]
        )
        new = self.env["crm.lead"].create({"name": "new", "user_id": self.sam.id})
        for model, view in [
            ("crm.lead", "crm.view_crm_case_opportunities_filter"),
            ("crm.lead", "crm.view_crm_case_leads_filter"),
            ("res.partner", "base.view_res_partner_filter"),
        ]:
            with self.subTest(view=view):
                arch = self.env[model].with_user(self.sam).get_view(self.env.ref(view).id, "search")["arch"]
                for name in ("bcc_dropbox_no_email", "bcc_dropbox_waiting"):
                    self.assertIn(f'name="{name}"', arch)
        arch = self.env["res.partner"].with_user(self.clerk).get_view(view_type="search")["arch"]
        self.assertNotIn("bcc_dropbox", arch)
        domains = {
            "bcc_dropbox_no_email": self.none + self.old,
            "bcc_dropbox_waiting": self.asked + self.old,
        }
        for name, found in domains.items():
            with self.subTest(filter=name):
                domain = self._read_filter("crm.view_crm_case_opportunities_filter", name)
                self.assertEqual(set(self._search(self.leads + new, *domain).ids), set(found.ids))

    def _read_filter(self, view, name):
        """Return the domain of a filter, as the web client evaluates it."""
        arch = self.env["crm.lead"].with_user(self.sam).get_view(self.env.ref(view).id, "search")["arch"]
        [node] = etree.fromstring(arch).iterfind(f".//filter[@name='{name}']")
        return safe_eval(node.get("domain"))


@tagged("post_install", "-at_install")
class TestLastEmailRights(LastEmailCommon):
    def test_without_permission(self):
        """Like the button: for permitted users only."""
        self._post(self.contact)
        self._post(self.client)
        self.env.flush_all()
        for user in (self.clerk, self.portal):
            for name in (DATE, DIRECTION):
                with self.subTest(user=user.login, name=name):
                    contact = (self.contact if user == self.clerk else self.client).with_user(user)
                    with self.assertRaises(AccessError):
                        contact.read([name])
                    self.assertFalse(contact.search([(name, "!=", False)]))
                    self.assertFalse(contact.sudo()[name], "as the system on behalf of this user")

    def test_through_users(self):
        """Users inherit the fields from their contact, as superuser: they are still those of the reader."""
        self._post(self.client, "email", 2)
        self.assertEqual(self._get_last(self.portal, self.sam), (2, "incoming"))
        self.env.invalidate_all()
        self.assertFalse(self.portal.with_user(self.clerk).sudo()[DATE])
        self.assertFalse(self.portal.with_user(self.portal).sudo()[DATE])

    def test_lead_of_another(self):
        """A salesperson with own leads does not see emails on the leads of others, not by search either."""
        lead = self.env["crm.lead"].create({"name": "Of Lea", "user_id": self.lea.id})
        self._post(lead, "email")
        with self.assertRaises(AccessError):
            lead.with_user(self.own).read([DATE])
        self.assertFalse(self._search(lead, (DIRECTION, "=", "incoming"), user=self.own))
        self.assertEqual(self._search(lead, (DIRECTION, "=", "incoming"), user=self.lea), lead)

    def test_contact_of_another_company(self):
        """A lead does not show emails on a contact that the user may not read."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.contact.company_id = other
        lead = self.env["crm.lead"].create({"name": "Mine", "user_id": self.sam.id, "email_from": False})
        self.env.cr.execute("UPDATE crm_lead SET partner_id = %s WHERE id = %s", [self.contact.id, lead.id])
        self._post(self.contact, "email", 2)
        self.assertEqual(self._get_last(lead), (None, False))
        self.assertFalse(self._search(lead, (DIRECTION, "=", "incoming")))
        self.sam.company_ids += other
        lead = lead.with_context(allowed_company_ids=self.sam.company_ids.ids)
        self.assertEqual(self._get_last(lead), (2, "incoming"))

    def test_two_companies(self):
        """What is shown follows the chosen companies."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.sam.company_ids += other
        contact = self.env["res.partner"].create({"name": "There", "company_id": other.id})
        lead = self.env["crm.lead"].create({"name": "Both", "user_id": self.sam.id})
        self.env.cr.execute("UPDATE crm_lead SET partner_id = %s WHERE id = %s", [contact.id, lead.id])
        self._post(contact, "email", 2)
        lead.invalidate_recordset()
        lead = lead.with_user(self.sam)
        for companies, direction in [(self.company, False), (self.company + other, "incoming")]:
            self.assertEqual(lead.with_context(allowed_company_ids=companies.ids)[DIRECTION], direction)


@tagged("post_install", "-at_install")
class TestLastEmailQueries(LastEmailCommon):
    def test_one_query(self):
        """A page of a list needs one query for all last emails, whatever it shows."""
        company = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        partners = company + self.env["res.partner"].create(
            [{"name": str(number), "parent_id": company.id} for number in range(80)]
        )
        leads = self.env["crm.lead"].create(
            [{"name": str(number), "partner_id": partner.id, "user_id": self.sam.id}
             for number, partner in enumerate(partners)]
        )  # fmt: skip
        for records in (leads, partners):
            for record in records:
                self._post(record)
            self.env.flush_all()
            records = records.with_user(self.sam)
            records.mapped(DATE)  # access rights and rules are cached
            records.invalidate_recordset([DATE, DIRECTION])
            with self.subTest(model=records._name), self.assertQueryCount(1):
                self.assertEqual(len(records.filtered(DATE)), len(records))
                self.assertEqual(set(records.mapped(DIRECTION)), {"outgoing"})

    def test_index(self):
        """The database uses the index, even if it has to be persuaded on a table this small."""
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        query = self.env["crm.lead"].with_user(self.sam)._search([(DIRECTION, "=", "incoming")])
        plan = self.env.execute_query_dict(SQL("EXPLAIN %s", query.select()))
        self.assertIn("mail_message_bcc_dropbox_last_idx", str(plan))
        self.assertEqual(self.env.execute_query(SQL("SHOW jit")), [("off",)], "compiling it would take seconds")
