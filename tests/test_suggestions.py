"""The records that are suggested for an email that was not logged."""

from odoo.exceptions import AccessError, UserError

from ..tools.suggestions import FOUND
from .common import tagged
from .test_actions import ActionsCommon


@tagged("post_install", "-at_install")
class TestSuggestions(ActionsCommon):
    """As the owner, who is a salesperson."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        Partner = cls.env["res.partner"]
        cls.company_of_others = Partner.create(
            {"name": "Lumber Inc", "is_company": True, "website": "https://www.lumber.example/"}
        )
        cls.namesake = Partner.create({"name": "Lorraine Douglas"})

    def _suggest(self, email, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        found = email.with_user(user or self.sam).suggestions
        return [(one["model"], one["id"], one["rule"]) for one in found or ()]

    def _refused(self, to, **values):
        return self._capture_refused(to=to, **values)

    def test_rules(self):
        lead = self.env["crm.lead"].create(
            {"name": "Racks", "type": "opportunity", "email_from": "info@lumber.example", "user_id": self.sam.id}
        )
        partner = "res.partner"
        for to, expected in [
            ("carla@customer.example", (partner, self.contact.id, "address")),
            ("Tina <tina@lumber.example>", (partner, self.company_of_others.id, "domain")),
            ("Tina <tina@lumber.example>", ("crm.lead", lead.id, "domain")),
            ("Lorraine Douglas <lorraine@gmail.com>", (partner, self.namesake.id, "name")),
            ("lorraine.douglas@gmail.com", (partner, self.namesake.id, "name")),
        ]:
            with self.subTest(to=to, expected=expected):
                self.assertIn(expected, self._suggest(self._refused(to)))

    def test_won_lead(self):
        """Open leads come first, as when an email is logged."""
        values = {"name": "Racks", "type": "opportunity", "email_from": "tina@lumber.example", "user_id": self.sam.id}
        lead, *won = self.env["crm.lead"].create([values] * (FOUND + 2))
        for other in won:
            other.action_set_won()
        found = [
            record_id
            for model, record_id, _rule in self._suggest(self._refused("tina@lumber.example"))
            if model == "crm.lead"
        ]
        self.assertEqual(found[:2], [lead.id, won[-1].id])

    def test_public_provider_is_no_common_domain(self):
        self.env["crm.lead"].create(
            {"name": "Private", "type": "opportunity", "email_from": "a@gmail.com", "user_id": self.sam.id}
        )
        self.assertEqual(self._suggest(self._refused("b@gmail.com")), [])

    def test_conversation(self):
        """The record of the answered email comes first."""
        known = self._capture(to="carla@customer.example", message_id="<first@laptop.example>")
        self._call(self.sam, known.line_ids, "action_move") and known.line_ids._move_to(self.lead)
        email = self._refused("carla@customer.example", headers="In-Reply-To: <first@laptop.example>\n")
        self.assertEqual(self._suggest(email)[0], ("crm.lead", self.lead.id, "conversation"))

    def test_earlier_and_recent(self):
        email = self._capture(to="leo@customer.example")
        email.line_ids._move_to(self.namesake)
        self.lead.email_from = False
        self.assertEqual(
            self._suggest(self._refused("leo@customer.example")), [("res.partner", self.namesake.id, "earlier")]
        )
        self.assertEqual(
            self._suggest(self._refused("x@elsewhere.example")), [("res.partner", self.namesake.id, "recent")]
        )

    def test_recently_changed(self):
        """A note or a change of the owner makes a record recent; those of colleagues don't."""
        notes = self.env["crm.lead"].create([{"name": name, "user_id": self.sam.id} for name in ("Noted", "Other")])
        notes[0].with_user(self.sam).message_post(body="Called.")
        notes[1].with_user(self.lea).message_post(body="Called.")
        self.assertEqual(self._suggest(self._refused("x@elsewhere.example")), [("crm.lead", notes[0].id, "recent")])

    def test_similar_name_of_a_recent_record(self):
        self._capture(to="leo@customer.example").line_ids._move_to(self.namesake)
        found = self._suggest(self._refused("Lorrain Douglas <x@gmail.com>"))
        self.assertEqual(found, [("res.partner", self.namesake.id, "name")])

    def test_rights(self):
        """Only records that both the reader and the owner may change."""
        self.env["crm.lead"].create(
            {"name": "Lea's", "type": "opportunity", "email_from": "z@secret.example", "user_id": self.lea.id}
        )
        email = self._capture(user=self.own, sender="Own <own@home.example>", to="z@secret.example")
        self.assertEqual(email.state, "refused")
        for user in (self.own, self.boss):
            with self.subTest(user=user.login):
                self.assertEqual(self._suggest(email, user), [])
        with self.assertRaises(AccessError):
            self._suggest(email, self.lea)

    def test_nothing_to_do(self):
        logged = self._capture(to="leo@customer.example")
        gone = self._refused("leo@customer.example")
        gone.raw = False
        for email in (logged, gone):
            self.assertEqual(self._suggest(email), [])

    def test_at_most_five(self):
        values = {"type": "opportunity", "email_from": "leo@customer.example", "user_id": self.sam.id}
        self.env["crm.lead"].create([{**values, "name": str(number)} for number in range(8)])
        email = self._refused("leo@customer.example")
        self.assertEqual(len(self._suggest(email)), 5)
        email.invalidate_recordset()
        email.with_user(self.sam).has_original  # noqa: B018 access rights and rules are cached
        with self.assertQueryCount(30):
            email.with_user(self.sam).suggestions  # noqa: B018

    def test_log_on(self):
        email = self._refused("leo@customer.example")
        action = self._call(self.sam, email, "action_log_on", "crm.lead", self.lead.id)
        self.assertEqual(action["params"]["message"], "Logged on Big deal.")
        self.assertEqual(self._get_record(email), self.lead)

    def test_log_on_other_records(self):
        email = self._refused("leo@customer.example")
        for model, id_ in [("res.users", self.sam.id), ("crm.lead", 0), ("no.model", 1)]:
            with self.subTest(model=model), self.assertRaises(UserError), self.env.cr.savepoint():
                self._call(self.sam, email, "action_log_on", model, id_)
        for user in self.outsiders:
            with self.subTest(user=user.login), self.assertRaises(AccessError), self.env.cr.savepoint():
                self._call(user, email, "action_log_on", "crm.lead", self.lead.id)
        self.assertRow(email, "refused")

    def test_proposed_person(self):
        """The suggestion logs the email for this person only."""
        self.sam.bcc_dropbox_propose = True
        email = self._capture(to="leo@customer.example, Lorraine Douglas <lorraine@gmail.com>")
        line = email.line_ids.filtered(lambda line: line.outcome == "proposed")
        [one] = [one for one in email.with_user(self.sam).suggestions if one["id"] == self.namesake.id]
        self.assertEqual((one["rule"], one["line"]), ("name", line.id))
        self._call(self.sam, email, "action_log_on", one["model"], one["id"], one["line"])
        self.assertEqual(line._get_filed_record(), self.namesake)
        self.assertEqual(len(email.line_ids), 2)

    def test_first_one(self):
        """Nothing is logged on a record that has nothing to do with the customer."""
        self._capture(to="leo@customer.example")
        email = self._refused("x@elsewhere.example")
        self.assertEqual([rule for *_record, rule in self._suggest(email)], ["recent"])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._call(self.sam, email, "action_log_suggested")
        email = self._refused("carla@customer.example")
        self._call(self.sam, email, "action_log_suggested")
        self.assertEqual(self._get_record(email), self.contact)
