from contextlib import ExitStack, contextmanager
from inspect import isfunction
from unittest.mock import patch

from odoo.sql_db import BaseCursor
from odoo.tests import test_cursor

from ..models import crm_lead, mail_alias_domain, mail_message, mail_thread, res_partner
from .common import GatewayCommon, data, tagged

KNOWN = 20


OVERRIDES = {
    "crm.lead": crm_lead.CrmLead,
    "mail.alias.domain": mail_alias_domain.MailAliasDomain,
    "mail.message": mail_message.MailMessage,
    "mail.thread": mail_thread.MailThread,
    "res.partner": res_partner.ResPartner,
}


@tagged("post_install", "-at_install")
class TestQueries(GatewayCommon):
    """The number of queries per mail, in all its transactions. Times are measured by the benchmark."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("mail.gateway.loop.threshold", 1000)
        contacts = [{"name": f"Known {number}", "email": f"{number}@known.example"} for number in range(KNOWN)]
        cls.known = cls.env["res.partner"].create(contacts).mapped("email")
        cls.alias_on_lead = cls.alias.copy({"alias_name": "deal", "alias_force_thread_id": cls.lead.id})

    # ------------------------------------------------------------
    # TOOLS
    # ------------------------------------------------------------

    def _deliver(self, raw):
        """Deliver a mail in a separate transaction, like the delivery script and the poll."""
        with self.registry.cursor() as cr:
            self.env(cr=cr)["mail.thread"].message_process(None, raw)

    def _count(self, template=data.PLAIN, before=None, **values):
        """Count the queries of a mail, with warm caches.

        The savepoints that replace transactions in tests do not count; the time is read from the database, like outside
        of tests.

        :param dict before: values of the mail that warms up the caches
        """
        with self.mock_mail_gateway(), patch.object(test_cursor.TestCursor, "now", BaseCursor.now):
            self._deliver(self._format(template, **values | (before or {})))
            raw, count = self._format(template, **values), self.env.cr.sql_log_count
            self._deliver(raw)
        return self.env.cr.sql_log_count - count

    def assertQueriesOf(self, expected, **values):
        """Check the number of queries of a mail, and return its rows."""
        known = self._get_rows()
        self.assertEqual(self._count(**values), expected)
        return self._get_rows() - known

    @contextmanager
    def _without_our_overrides(self):
        """Remove the addon's overrides of Odoo's methods."""
        with ExitStack() as stack:
            for model_name, definition in OVERRIDES.items():
                others = [base for base in self.registry[model_name].__mro__ if base is not definition]
                for name, method in list(vars(definition).items()):
                    if isfunction(method) and any(name in vars(base) for base in others):
                        stack.callback(setattr, definition, name, method)
                        delattr(definition, name)
            yield

    # ------------------------------------------------------------
    # A MAIL FOR A DROPBOX
    # ------------------------------------------------------------

    def test_existing_lead(self):
        rows = self.assertQueriesOf(
            1  # keep the mail
            + 1  # lock of the customers
            + 2  # lock the row, without waiting for the disk later; read it
            + 4  # the dropbox, its owner, its token, the sender address
            + 4  # who are we: domains, aliases, users and sender addresses
            + 3  # match: companies, contacts, leads
            + 2  # limits of the day; does a record have this email already
            + 5  # file: savepoint, time, message, may the owner write on the record, release
            + 2  # log: line, row
            + 1,  # show it at once
            to="Leo <leo@customer.example>",
        )  # fmt: skip
        self.assertEqual(self._get_record(rows[0]), self.lead)

    def test_existing_contact(self):
        # leads are not searched, but opportunities of the contact
        rows = self.assertQueriesOf(24 + 1, to="Carla <carla@customer.example>")
        self.assertEqual(self._get_record(rows[0]), self.contact)

    def test_answer(self):
        # and the records that the answered mail is on
        self.assertQueriesOf(26, to="leo@customer.example", headers="In-Reply-To: <question@customer.example>\n")

    def test_conversation(self):
        # instead of contacts and leads, the answered messages and their leads
        question = self.lead.message_post(body="Question", message_type="comment").message_id
        rows = self.assertQueriesOf(24, to="leo@customer.example", headers=f"In-Reply-To: {question}\n")
        self.assertEqual(self._get_record(rows[0]), self.lead)

    def test_new_lead(self):
        """Fewer than Odoo needs for a lead from an alias."""
        rows = self.assertQueriesOf(
            25  # as on an existing lead; time, message and rights are among them
            + 2  # a savepoint
            + 16,  # Odoo's work for a lead created by a user: companies, team, stages, probability, enrichment
            to="new@customer.example",
            before={"to": "first@customer.example"},
        )  # fmt: skip
        lead = self._get_record(rows[0])
        self.assertEqual((lead.email_normalized, lead.user_id), ("new@customer.example", self.sam))

    def test_new_contact(self):
        """With the company that they belong to."""
        self.sam.with_user(self.sam).bcc_dropbox_create = "contact"
        company = self.env["res.partner"].create({"name": "Firm", "is_company": True, "email": "info@firm.example"})
        self.env.flush_all()
        nowhere = (
            24  # as on an existing contact
            + 2  # a savepoint
            + 1  # the company with that domain
            + 6  # Odoo's work for a contact
        )
        self.assertQueriesOf(nowhere, to="new@nowhere.example", before={"to": "first@nowhere.example"})
        # and the address of the company, which Odoo copies
        rows = self.assertQueriesOf(nowhere + 1, to="new@firm.example", before={"to": "first@firm.example"})
        self.assertEqual(self._get_record(rows[0]).parent_id, company)

    def test_refused(self):
        rows = self.assertQueriesOf(
            8  # as on an existing lead, up to the sender address
            + 2  # all sender addresses: is it a stranger
            + 1  # were there too many of them today
            + 4  # its recipients, without ourselves
            + 1  # log
            + 1  # how many strangers there were, for the alarm
            + 1  # was the owner notified of another a short time ago
            + 6  # is it also for an alias
            + 2,  # show it at once: time, notification
            to="carla@customer.example", sender="mallory@evil.example",
        )  # fmt: skip
        self.assertRow(rows[0], "refused", "mallory@evil.example")

    def test_many_recipients(self):
        """The queries don't depend on their number: all messages of a model are stored at once."""
        few, many = (self._count(to=", ".join(self.known[:number])) for number in (1, KNOWN))
        self.assertEqual(few, many)
        self.assertEqual(len(self._get_rows()[0].line_ids.mail_message_id), KNOWN)

    # ------------------------------------------------------------
    # CHOICES
    # ------------------------------------------------------------

    def _choose(self, several, opportunity):
        self.sam.with_user(self.sam).write({"bcc_dropbox_several": several, "bcc_dropbox_opportunity": opportunity})
        self.env.flush_all()  # for the transactions of the emails

    def test_choices_with_one_match(self):
        """Choices for several matches cost nothing if there are none."""
        for several in ("best", "all", "oldest", "active"):
            for opportunity, cost in (("none", 0), ("only", 1), ("latest", 1)):
                with self.subTest(several=several, opportunity=opportunity):
                    self._choose(several, opportunity)
                    rows = self.assertQueriesOf(24 + cost, to="Carla <carla@customer.example>")
                    self.assertEqual(self._get_record(rows[0]), self.contact)
                    self.assertQueriesOf(25, to="Leo <leo@customer.example>")  # a lead has no opportunities

    def test_choices_with_several_matches(self):
        """Only the most recently active one needs a query, for all customers together."""
        contacts = [{"name": email, "email": email} for email in self.known for _number in range(3)]
        self.env["res.partner"].create(contacts)
        for several, cost in (("best", 0), ("all", 0), ("oldest", 0), ("active", 1)):
            for number in (1, KNOWN):
                with self.subTest(several=several, number=number):
                    self._choose(several, "none")
                    self.assertQueriesOf(24 + cost, to=", ".join(self.known[:number]))

    def test_opportunities(self):
        """One query for all customers; messages on another model need two more."""
        partners = self.env["res.partner"].search([("email", "in", self.known)])
        self.env["crm.lead"].create(
            [{"name": "Deal", "type": "opportunity", "partner_id": partner.id} for partner in partners]
        )
        self._choose("best", "only")
        few, many = (self._count(to=", ".join(self.known[:number])) for number in (1, KNOWN))
        self.assertEqual((few, many), (24 + 1 + 2, 24 + 1 + 2))
        self.assertEqual(len(self._get_rows()[0].line_ids.mail_message_id), 2 * KNOWN)

    # ------------------------------------------------------------
    # AN ORDINARY MAIL
    # ------------------------------------------------------------

    def test_ordinary_mail(self):
        """No more queries than without the addon."""
        for alias in ("deal", "sales"):
            with self.subTest(alias=alias):
                values = {"template": data.BARE, "to": f"{alias}@acme.example", "sender": "carla@customer.example"}
                with_addon = self._count(**values)
                with self._without_our_overrides():
                    without_addon = self._count(**values)
                self.assertEqual(with_addon, without_addon)
        self.assertFalse(self._get_rows())
