import importlib.util
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tools import sql

from .common import tagged
from .test_several import ADDRESS, SeveralCommon

MIGRATION = Path(__file__).parents[1] / "migrations/19.0.1.4.0/pre-opportunity.py"


class OpportunityCommon(SeveralCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.acme = cls.env["res.partner"].create({"name": "Azure", "is_company": True})
        cls.joe = cls.env["res.partner"].create({"name": "Joe", "email": ADDRESS, "parent_id": cls.acme.id})
        cls.ann = cls.joe.copy({"name": "Ann", "email": "ann@customer.example"})

    def _create_deal(self, partner=None, **values):
        return self._create_lead(**{"partner_id": (partner or self.joe).id, "email_from": False, **values})


@tagged("post_install", "-at_install")
class TestOpportunity(OpportunityCommon):
    """Opportunities of the contacts that the lookup pattern finds."""

    # ------------------------------------------------------------
    # CHOICES
    # ------------------------------------------------------------

    def test_default(self):
        new = self._create_user("new", "sales_team.group_sale_salesman")
        self.assertEqual(new.with_user(new).bcc_dropbox_opportunity, "only")
        deal = self._create_deal()
        self.assertPlaces(self._capture(to=ADDRESS), self.joe, deal)

    def test_choices(self):
        self.ann.email = False
        other = self._create_deal(self.ann)
        for number, opportunity, expected in (
            (0, "none", 0),
            (0, "only", 0),
            (0, "latest", 0),
            (1, "none", 0),
            (1, "only", 1),
            (1, "latest", 1),
            (2, "none", 0),
            (2, "only", 0),
            (2, "latest", 2),
            (7, "none", 0),
            (7, "only", 0),
            (7, "latest", 5),
        ):
            with self.subTest(opportunity, number=number):
                self._choose(opportunity=opportunity)
                # half of them of the company
                deals = [self._create_deal(self.acme if index % 2 else self.joe) for index in range(number)]
                email = self._capture(to=ADDRESS)
                self.assertPlaces(email, self.joe, *list(reversed(deals))[:expected])
                self.assertEqual(email.line_ids.mapped("outcome"), ["matched"] * (expected + 1))
                self.assertEqual(email.line_ids.mapped("email"), [ADDRESS] * (expected + 1))
                self.env["crm.lead"].concat(*deals).action_archive()
        self.assertFalse(self._get_captured(other))

    def test_reasons(self):
        self._choose(opportunity="latest")
        deals = self._create_deal(self.acme) + self._create_deal()
        email = self._capture(to=ADDRESS)
        self.assertPlaces(email, self.joe, deals[1], deals[0])
        for line, reason in zip(
            email.line_ids,
            (False, f"Open opportunity of {ADDRESS}.", f"Open opportunity of the company of {ADDRESS}."),
            strict=True,
        ):
            self.assertEqual(line.reason, reason)
        self.assertIn("Logged on Opportunity", email.line_ids[1].explanation)

    def test_not_open(self):
        """Leads, lost, won and archived opportunities do not count, nor those that only have the address."""
        for opportunity in ("only", "latest"):
            self._choose(opportunity=opportunity)
            with self.subTest(opportunity):
                self._create_deal(type="lead")
                self._create_deal().action_set_lost()
                self._create_deal().action_set_won()
                self._create_deal(active=False)
                self._create_deal(self.ann)
                self._create_lead()
                email = self._capture(to=ADDRESS)
                self.assertPlaces(email, self.joe)
                deal = self._create_deal()
                self.assertPlaces(self._capture(to=ADDRESS), self.joe, deal)
                deal.action_archive()

    def test_company_itself(self):
        self.acme.email = "info@azure.example"
        deal = self._create_deal(self.acme)
        self._create_deal()
        email = self._capture(to="info@azure.example")
        self.assertPlaces(email, self.acme, deal)
        self.assertEqual(email.line_ids[1].reason, "Open opportunity of info@azure.example.")

    def test_several_customers_with_one_opportunity(self):
        deal = self._create_deal(self.acme)
        for to, contacts in ((f"{ADDRESS}, {self.ann.email}", [self.joe, self.ann]), (ADDRESS, [self.joe])):
            with self.subTest(to):
                self.assertPlaces(self._capture(to=to), self.joe, deal, *contacts[1:])
        self.assertEqual(len(self._get_captured(deal)), 2)

    def test_several_contacts(self):
        """Each contact that is found has its own."""
        other = self._create_contact()
        deals = self._create_deal() + self._create_deal(other)
        self._choose("all", "only")
        self.assertPlaces(self._capture(to=ADDRESS), self.joe, deals[0], other, deals[1])
        self._choose("best", "only")
        self.assertPlaces(self._capture(to=ADDRESS), self.joe, deals[0])

    def test_opportunity_that_the_pattern_finds_as_well(self):
        deal = self._create_deal(email_cc="boss@customer.example")
        email = self._capture(to=f"{ADDRESS}, boss@customer.example")
        self.assertPlaces(email, self.joe, deal)
        self.assertEqual(email.line_ids.mapped("email"), [ADDRESS, "boss@customer.example"])

    def test_patterns(self):
        deal = self._create_deal()
        for lookup, expected in (("contact", [self.joe, deal]), ("contact_lead", [self.joe, deal]), ("lead", None)):
            with self.subTest(lookup):
                self._choose(opportunity="only", lookup=lookup)
                places = self._get_places(self._capture(to=ADDRESS))
                if expected:
                    self.assertEqual(places, expected)
                else:
                    self.assertNotIn(deal, places)

    def test_by_hand(self):
        """*Create contact* logs on contacts only."""
        self._create_deal()
        self._choose(opportunity="only", lookup="lead")
        self.sam.with_user(self.sam).bcc_dropbox_create = "none"
        email = self._capture(to=ADDRESS)
        self.assertRow(email, "unmatched")
        email.with_user(self.sam).action_create_contact()
        self.assertPlaces(email, self.joe)

    def test_undo(self):
        deal = self._create_deal()
        email = self._capture(to=ADDRESS)
        email.line_ids[1].with_user(self.sam).action_undo()
        self.assertPlaces(email, self.joe)
        self.assertFalse(self._get_captured(deal))

    # ------------------------------------------------------------
    # RIGHTS
    # ------------------------------------------------------------

    def test_own_documents_only(self):
        """Opportunities of colleagues do not count for an owner who may not see them."""
        self._choose(opportunity="only", user=self.own)
        self._create_deal(user_id=self.lea.id)
        self.assertPlaces(self._capture(to=ADDRESS, user=self.own), self.joe)
        deal = self._create_deal(user_id=self.own.id)
        self.assertPlaces(self._capture(to=ADDRESS, user=self.own), self.joe, deal)
        self.assertPlaces(self._capture(to=ADDRESS), self.joe)

    def test_may_not_write(self):
        """Those that the owner may only see are left out, without a line."""
        self.env["ir.rule"].create(
            {
                "name": "Nobody writes on closed ones",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "domain_force": "[('name', '!=', 'Closed')]",
                "perm_read": False,
            }
        )
        self._create_deal(name="Closed")
        email = self._capture(to=ADDRESS)
        self.assertPlaces(email, self.joe)
        self.assertEqual(len(email.line_ids), 1)
        deal = self._create_deal()
        self.assertPlaces(self._capture(to=ADDRESS), self.joe, deal)

    def test_no_access_to_leads(self):
        self._create_deal()
        rights = self.env["ir.model.access"].search([("model_id.model", "=", "crm.lead")])
        rights.perm_write = False
        self.assertPlaces(self._capture(to=ADDRESS), self.joe)

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._create_deal(company_id=other.id)
        self.assertPlaces(self._capture(to=ADDRESS), self.joe)

    # ------------------------------------------------------------
    # CONVERSATION
    # ------------------------------------------------------------

    def test_conversation(self):
        """What is answered goes where its conversation is, whatever the choice."""
        deals = self._create_deal() + self._create_deal(self.acme)
        question = self._post(self.joe, 1).message_id
        for opportunity in ("none", "only", "latest"):
            with self.subTest(opportunity):
                self._choose(opportunity=opportunity)
                headers = f"In-Reply-To: {question}\n"
                self.assertPlaces(self._capture(to=ADDRESS, headers=headers), self.joe)
        question = self._post(deals[1], 1, email_from=ADDRESS).message_id
        self.assertPlaces(self._capture(to=ADDRESS, headers=f"In-Reply-To: {question}\n"), deals[1])

    def test_conversation_on_contact_and_opportunity(self):
        """An answer is logged on both, even if the opportunity was won meanwhile."""
        deal = self._create_deal()
        question = self._capture(to=f"{ADDRESS}, {self.ann.email}")
        self.assertPlaces(question, self.joe, deal, self.ann)
        deal.action_set_won()
        headers = f"In-Reply-To: {question.message_id}\n"
        self.assertPlaces(self._capture(to=ADDRESS, headers=headers), deal, self.joe)

    def test_only_new_customers_of_a_conversation(self):
        """The choice is for those whose conversation does not decide."""
        question = self._post(self.joe, 1).message_id
        self._create_deal()
        deal = self._create_deal(self.ann)
        email = self._capture(to=f"{ADDRESS}, {self.ann.email}", headers=f"In-Reply-To: {question}\n")
        self.assertPlaces(email, self.joe, self.ann, deal)

    # ------------------------------------------------------------
    # UPGRADE
    # ------------------------------------------------------------

    def test_migration(self):
        """Those who have a dropbox see no difference."""
        spec = importlib.util.spec_from_file_location("pre_opportunity", MIGRATION)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        cr = self.env.cr
        self.env.flush_all()
        module.migrate(cr, "19.0.1.4.0")
        cr.execute("SELECT DISTINCT opportunity FROM crm_bcc_dropbox")
        self.assertEqual(cr.fetchall(), [("only",)], "there is a column already")
        cr.execute("ALTER TABLE crm_bcc_dropbox DROP COLUMN opportunity")
        module.migrate(cr, None)
        self.assertFalse(sql.column_exists(cr, "crm_bcc_dropbox", "opportunity"))
        module.migrate(cr, "19.0.1.3.0")
        self.env.invalidate_all()
        self.assertEqual(self.sam.with_user(self.sam).bcc_dropbox_opportunity, "none")


@tagged("post_install", "-at_install")
class TestPeople(OpportunityCommon):
    """An opportunity and a company show the captured emails of their people, wherever they are logged."""

    def _count(self, record, user=None):
        """Return the number on the button, which is that of its list."""
        self.env.invalidate_all()
        record = record.with_user(user or self.sam)
        action = record.action_open_bcc_dropbox_emails()
        found = self.env[action["res_model"]].with_user(record.env.user).search(action["domain"])
        self.assertEqual(record.bcc_dropbox_email_count, len(found))
        return len(found)

    def test_opportunity(self):
        self._choose()
        deal = self._create_deal()
        self.assertEqual(self._count(deal), 0)
        self._capture(to=ADDRESS)
        self.assertEqual(self._count(deal), 1, "of its contact")
        lead = self._create_lead(email_from=f"Joe <{ADDRESS.upper()}>")
        self.assertEqual(self._count(lead), 1, "of its address")
        self._choose(opportunity="latest")
        self._capture(to=f"{self.ann.email}, {ADDRESS}")
        self.assertEqual(self._count(deal), 2, "on both, counted once")
        self._capture(to=self.ann.email)
        self.assertEqual(self._count(deal), 2)
        self._capture(to=ADDRESS, user=self.lea)
        self.assertEqual([self._count(deal, user) for user in (self.sam, self.lea, self.boss)], [2, 1, 3])

    def test_not_logged_anywhere(self):
        self.sam.with_user(self.sam).write({"bcc_dropbox_create": "none"})
        self.assertRow(self._capture(to="nobody@bücher.example"), "unmatched")
        lead = self._create_lead(email_from="nobody@xn--bcher-kva.example")
        self.assertEqual(self._count(lead), 1)

    def test_company(self):
        self._choose()
        self._capture(to=f"{ADDRESS}, {self.ann.email}")
        self._capture(to=self.ann.email)
        self._capture(to="carla@customer.example")
        for record, count in ((self.acme, 2), (self.joe, 1), (self.ann, 2), (self.contact, 1)):
            self.assertEqual(self._count(record), count)
        self.ann.active = False
        self.assertEqual(self._count(self.acme), 2, "archived people as well")
        self.ann.parent_id = False
        self.assertEqual(self._count(self.acme), 1)

    def test_queries(self):
        """One query for the emails of a list, and one for all contacts of its companies."""
        companies = self.acme + self.acme.copy() + self.acme.copy()
        leads = self.env["crm.lead"].concat(*(self._create_deal() for _number in range(5)))
        for records, count in ((companies, 2), (leads, 1), (self.joe + self.ann, 1)):
            records = records.with_user(self.sam)
            records.mapped("bcc_dropbox_email_count")  # access rights and fields are cached
            records.invalidate_recordset(["bcc_dropbox_email_count"])
            with self.assertQueryCount(count):
                records.mapped("bcc_dropbox_email_count")


@tagged("post_install", "-at_install")
class TestAlsoOn(OpportunityCommon):
    """Other records that match the customer of a line, and logging the email there, too."""

    def _get_dialog(self, line, user=None):
        action = line.with_user(user or self.sam).action_log_also()
        return self.env[action["res_model"]].with_user(user or self.sam).browse(action["res_id"])

    def _log_also(self, line, record, user=None):
        dialog = self._get_dialog(line, user)
        dialog.record = f"{record._name},{record.id}"
        dialog.action_confirm()
        self.env.invalidate_all()

    def test_candidates(self):
        self._choose()
        other = self._create_contact(name="Joe at home")
        lead = self._create_lead(name="Cold")
        deals = self._create_deal(name="One") + self._create_deal(self.acme, name="Two")
        self._create_deal(self.ann)
        email = self._capture(to=ADDRESS)
        self.assertPlaces(email, self.joe)
        line = email.line_ids.with_user(self.sam)
        names = [other.display_name, "Cold", "Two", "One"]
        self.assertEqual(sorted(line.also_on.split(", ")), sorted(names))
        self.assertTrue(line.email_id.has_candidates)
        dialog = self._get_dialog(line)
        self.assertEqual(
            [suggestion.record for suggestion in dialog.suggestion_ids],
            [record.with_env(dialog.env) for record in self._sort(line, other, lead, *deals)],
        )

    def _sort(self, line, *records):
        """Return records in the order in which a line names them."""
        by_name = {record.display_name: record for record in records}
        return [by_name[name] for name in line.also_on.split(", ")]

    def test_no_candidates(self):
        email = self._capture(to=ADDRESS)
        self.assertFalse(email.with_user(self.sam).line_ids.also_on)
        self.assertFalse(email.with_user(self.sam).has_candidates)

    def test_where_it_is_already(self):
        """Records that have the email are no candidates, nor are they named twice for one customer."""
        self._choose("all", "latest")
        self._create_contact()
        deal = self._create_deal()
        email = self._capture(to=ADDRESS)
        self.assertIn(deal, self._get_places(email))
        self.assertFalse(any(email.with_user(self.sam).line_ids.mapped("also_on")))
        lead = self._create_lead()
        self.env.invalidate_all()
        shown = email.with_user(self.sam).line_ids.mapped("also_on")
        self.assertEqual(shown, [lead.name, False, False])

    def test_many(self):
        self._choose()
        for _number in range(8):
            self._create_deal()
        email = self._capture(to=ADDRESS)
        self.assertEqual(email.with_user(self.sam).line_ids.also_on.split(", "), ["Deal"] * 5 + ["…"])
        self.assertEqual(len(self._get_dialog(email.line_ids).suggestion_ids), 8)

    def test_queries(self):
        """They don't depend on the number of customers."""
        self._choose()
        counts = []
        for number in (2, 12):
            emails = [f"{number}.{index}@customer.example" for index in range(number)]
            for email in emails:
                self._create_deal(self._create_contact(email=email))
            row = self._capture(to=", ".join(emails)).with_user(self.sam)
            row.line_ids.mapped("also_on")
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertTrue(all(row.line_ids.mapped("also_on")))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])

    def test_log_also(self):
        self._choose()
        deal = self._create_deal()
        email = self._capture(to=ADDRESS)
        with self.assertSilent():
            self._log_also(email.line_ids, deal)
        self.assertPlaces(email, self.joe, deal)
        self.assertEqual(email.line_ids.mapped("email"), [ADDRESS] * 2)
        self.assertEqual(email.line_ids[1].reason, "Logged by Sam Seller")
        self.assertIn("Logged on “Deal”", email.history)
        self.assertEqual(*[message.body.strip() for message in email.line_ids.mail_message_id])
        email.line_ids[1].with_user(self.sam).action_undo()
        self.assertPlaces(email, self.joe)
        self.assertFalse(self._get_captured(deal))

    def test_without_original(self):
        """It needs only the message on the record."""
        self._choose()
        deal = self._create_deal()
        email = self._capture(to=ADDRESS)
        email.sudo().raw_ids.unlink()
        self._log_also(email.line_ids, deal)
        self.assertPlaces(email, self.joe, deal)

    def test_suggestion(self):
        self._choose()
        deal = self._create_deal()
        email = self._capture(to=ADDRESS)
        self._get_dialog(email.line_ids).suggestion_ids.action_choose()
        self.assertPlaces(email, self.joe, deal)

    def test_already_there(self):
        """Not twice, and not if it arrived there another way."""
        self._choose()
        deal = self._create_lead()
        email = self._capture(to=ADDRESS)
        with self.assertRaisesRegex(UserError, "already logged on"):
            self._log_also(email.line_ids, self.joe)
        self._choose(lookup="lead", user=self.lea)
        raw = self._format(to=ADDRESS, user=self.lea, message_id=email.message_id, sender="sam@acme.example")
        self.lea.sudo().bcc_dropbox_ids.sender_ids = [(0, 0, {"email": "sam@acme.example", "verified": True})]
        self._receive(raw)
        self.assertEqual(len(self._get_captured(deal)), 1)
        self._log_also(email.line_ids, deal)
        self.assertPlaces(email, self.joe, deal)
        self.assertEqual(len(self._get_captured(deal)), 1)

    def test_rights(self):
        """Users and owners must be allowed to change the record; others have no access to the email."""
        self._choose(user=self.own)
        deal = self._create_deal(user_id=self.lea.id)
        email = self._capture(to=ADDRESS, user=self.own)
        for user in (self.own, self.boss):
            self.assertFalse(email.with_user(user).line_ids.also_on)
            with self.assertRaises(AccessError):
                self._log_also(email.line_ids, deal, user)
        with self.assertRaises(AccessError):
            email.line_ids.with_user(self.lea).action_log_also()
        deal.user_id = self.own
        self.env.invalidate_all()
        self.assertEqual(email.with_user(self.boss).line_ids.also_on, "Deal")
        self._log_also(email.line_ids, deal, self.boss)
        self.assertPlaces(email, self.joe, deal)
        self.assertEqual(email.line_ids[1].reason, "Logged by Boss Seller")

    def test_states(self):
        """Only what is on a record can be logged on one more."""
        email = self._capture(to=ADDRESS)
        email.with_user(self.sam).action_undo()
        with self.assertRaises(UserError):
            email.line_ids[0].with_user(self.sam).action_log_also()

    def test_no_query_in_the_gateway(self):
        """Candidates are computed for the form only."""
        Line = self.env.registry["crm.bcc.dropbox.email.line"]
        with patch.object(Line, "_compute_also_on", side_effect=AssertionError):
            self.assertRow(self._capture(to=ADDRESS), "captured")
