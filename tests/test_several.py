from datetime import datetime, timedelta

from ..tools.several import MAX_MATCHES
from .common import GatewayCommon, tagged

ADDRESS = "joe@customer.example"
LONG_AGO = datetime(2024, 1, 1)


class SeveralCommon(GatewayCommon):
    """Customers with several records."""

    def _choose(self, several="best", opportunity="none", lookup="contact_lead", user=None):
        user = user or self.sam
        user.with_user(user).write(
            {"bcc_dropbox_several": several, "bcc_dropbox_opportunity": opportunity, "bcc_dropbox_lookup": lookup}
        )

    def _create_contact(self, **values):
        return self.env["res.partner"].create({"name": "Joe", "email": ADDRESS, **values})

    def _create_lead(self, **values):
        return self.env["crm.lead"].create({"name": "Deal", "email_from": ADDRESS, "type": "opportunity", **values})

    def _post(self, record, age, **values):
        """Write into the history of a record, some days after it was created long ago."""
        record.message_ids.date = LONG_AGO
        return record.message_post(body="Hello", date=LONG_AGO + timedelta(days=age), message_type="comment", **values)

    def _get_places(self, email):
        """Return the records of a logged email in the order of its lines, which have different ones."""
        self.assertEqual(email.state, "captured", email.reason)
        places = [self.env[line.res_model].browse(line.res_id) for line in email.line_ids if line.res_id]
        self.assertEqual(len(places), len(set(places)))
        return places

    def assertPlaces(self, email, *records):
        """Check that an email is on exactly these records, in this order, once on each."""
        self.assertEqual(self._get_places(email), list(records))
        for record in records:
            messages = self._get_captured(record).filtered(lambda message: message.message_id == email.message_id)
            self.assertEqual(len(messages), 1)
            self.assertIn(messages, email.line_ids.mail_message_id)


@tagged("post_install", "-at_install")
class TestSeveral(SeveralCommon):
    """Which of several records with the address of a customer an email is logged on."""

    # ------------------------------------------------------------
    # CHOICES
    # ------------------------------------------------------------

    def test_default(self):
        self.assertEqual(self.sam.with_user(self.sam).bcc_dropbox_several, "best")

    def test_limit_of_records(self):
        """Each customer keeps one record; the first line says how many others were left out."""
        people = [f"person{number}@customer.example" for number in range(12)]
        for email in people:
            self.env["res.partner"].create([{"name": "Person", "email": email} for _number in range(10)])
        self._choose("all")
        email = self._capture(to=", ".join(people))
        self.assertEqual(len(self._get_places(email)), 100)
        self.assertEqual({*email.line_ids.mapped("email")}, {*people})
        self.assertEqual(
            email.line_ids[0].reason, "20 further records were left out: an email is logged on at most 100."
        )

    def test_contacts(self):
        company = self._create_contact(name="Joe Inc.", is_company=True)
        first, active = self._create_contact(), self._create_contact()
        own = self._create_contact(user_id=self.sam.id)
        for record, age in ((company, 2), (first, 1), (active, 3), (own, 0)):
            self._post(record, age)
        lead = self._create_lead()
        for several, expected in (
            ("best", [own]),
            ("all", [own, first, active, company]),
            ("oldest", [company]),
            ("active", [active]),
        ):
            with self.subTest(several):
                self._choose(several)
                email = self._capture(to=ADDRESS)
                self.assertPlaces(email, *expected)
                self.assertFalse(any(email.line_ids.mapped("reason")))
                email.with_user(self.sam).action_undo()  # otherwise it is the most recent activity
        (company + first + active + own).action_archive()
        self._choose("all")
        self.assertPlaces(self._capture(to=ADDRESS), lead)

    def test_leads(self):
        won = self._create_lead()
        oldest, active, newest = self._create_lead(), self._create_lead(), self._create_lead()
        won.action_set_won()
        for record, age in ((won, 9), (oldest, 1), (active, 3), (newest, 2)):
            self._post(record, age)
        for several, expected in (
            ("best", [newest]),
            ("all", [newest, active, oldest, won]),
            ("oldest", [oldest]),
            ("active", [active]),
        ):
            with self.subTest(several):
                self._choose(several, lookup="lead")
                email = self._capture(to=ADDRESS)
                self.assertPlaces(email, *expected)
                email.with_user(self.sam).action_undo()
        (oldest + active + newest).action_archive()
        for several in ("best", "all", "oldest", "active"):
            with self.subTest(several):
                self._choose(several, lookup="lead")
                self.assertPlaces(self._capture(to=ADDRESS), won)

    def test_active_without_messages(self):
        """The best of those without any, or after those with some."""
        records = self._create_contact() + self._create_contact() + self._create_contact()
        records.message_ids.unlink()
        self._choose("active")
        email = self._capture(to=ADDRESS)
        self.assertPlaces(email, records[0])
        email.with_user(self.sam).action_undo()
        self._post(records[2], 0)
        self.assertPlaces(self._capture(to=ADDRESS), records[2])

    def test_first_address_first(self):
        """A first address takes precedence over further ones, whatever the choice."""
        further = self._create_contact(email=f"info@customer.example, {ADDRESS}")
        first = self._create_contact()
        self._post(further, 9)
        for several in ("best", "all", "oldest", "active"):
            with self.subTest(several):
                self._choose(several)
                self.assertPlaces(self._capture(to=ADDRESS), first)
        first.action_archive()
        self.assertPlaces(self._capture(to=ADDRESS), further)

    def test_address_twice_in_one_contact(self):
        contact = self._create_contact(email=f"info@customer.example, {ADDRESS}, Joe <{ADDRESS}>")
        self._choose("all")
        self.assertPlaces(self._capture(to=ADDRESS), contact)

    def test_several_customers(self):
        """Each has their own records; one without any gets a new one."""
        joe = self._create_contact() + self._create_contact()
        ann = self._create_contact(email="ann@customer.example")
        self._choose("all")
        email = self._capture(to=f"ann@customer.example, {ADDRESS}, new@customer.example")
        self.assertPlaces(email, ann, *joe, self._get_leads("new@customer.example"))
        self.assertEqual(email.line_ids.mapped("email").count(ADDRESS), 2)

    def test_by_hand(self):
        """*Create lead* logs on all leads as well."""
        self._choose("all", lookup="contact")
        self.sam.with_user(self.sam).bcc_dropbox_create = "none"
        older, newer = self._create_lead(), self._create_lead()
        email = self._capture(to=ADDRESS)
        self.assertRow(email, "unmatched")
        email.with_user(self.sam).action_create_lead()
        self.assertPlaces(email, newer, older)

    # ------------------------------------------------------------
    # LIMIT
    # ------------------------------------------------------------

    def test_limit(self):
        self._choose("all")
        contacts = self.env["res.partner"].concat(*(self._create_contact() for _number in range(MAX_MATCHES)))
        email = self._capture(to=ADDRESS)
        self.assertPlaces(email, *contacts)
        self.assertFalse(any(email.line_ids.mapped("reason")))
        own = self._create_contact(user_id=self.sam.id) + self._create_contact(user_id=self.sam.id)
        email = self._capture(to=ADDRESS)
        self.assertPlaces(email, *own, *contacts[:-2])
        self.assertIn("12 records match; the email was logged on the best 10", email.line_ids[0].explanation)
        self.assertFalse(any(email.line_ids[1:].mapped("reason")))

    # ------------------------------------------------------------
    # RIGHTS
    # ------------------------------------------------------------

    def test_rights_of_the_owner(self):
        """Records that the owner may not see do not count."""
        hidden = self._create_lead(user_id=self.lea.id)
        own = self._create_lead(user_id=self.own.id)
        self._post(hidden, 9)
        for several in ("best", "all", "oldest", "active"):
            with self.subTest(several):
                self._choose(several, lookup="lead", user=self.own)
                self.assertPlaces(self._capture(to=ADDRESS, user=self.own), own)

    def test_other_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self._create_contact(company_id=other.id)
        contact = self._create_contact()
        for several in ("best", "all", "oldest", "active"):
            with self.subTest(several):
                self._choose(several)
                self.assertPlaces(self._capture(to=ADDRESS), contact)

    def test_one_that_may_not_be_written(self):
        """It keeps the email off no other record, and says so."""
        contacts = self._create_contact() + self._create_contact(name="Closed")
        self.env["ir.rule"].create(
            {
                "name": "Nobody writes on it",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": "[('name', '!=', 'Closed')]",
                "perm_read": False,
            }
        )
        self._choose("all")
        email = self._capture(to=ADDRESS)
        self.assertPlaces(email, contacts[0])
        self.assertIn("You may see “Closed”", email.line_ids[1].reason)

    # ------------------------------------------------------------
    # CONVERSATION
    # ------------------------------------------------------------

    def test_answer_to_an_email_on_several_records(self):
        """It goes to all of them, whatever the choice is now."""
        contacts = self._create_contact() + self._create_contact()
        self._choose("all")
        question = self._capture(to=ADDRESS)
        self._choose("best")
        answer = self._capture(to=ADDRESS, headers=f"In-Reply-To: {question.message_id}\n")
        self.assertPlaces(answer, *reversed(contacts))
        contacts[1].action_archive()
        answer = self._capture(to=ADDRESS, headers=f"In-Reply-To: {question.message_id}\n")
        self.assertPlaces(answer, contacts[0])

    def test_answer_to_one_of_several_people(self):
        """Their records are not those of the others who got the answered email."""
        joe, ann = self._create_contact(), self._create_contact(email="ann@customer.example", name="Ann")
        question = self._capture(to=f"{ADDRESS}, ann@customer.example")
        headers = f"In-Reply-To: {question.message_id}\n"
        for to, expected in (
            (ADDRESS, [joe]),
            ("ann@customer.example", [ann]),
            (f"{ADDRESS}, {ann.email}", [joe, ann]),
        ):
            with self.subTest(to):
                self.assertPlaces(self._capture(to=to, headers=headers), *expected)

    def test_nearest_answer(self):
        contact, lead = self._create_contact(), self._create_lead()
        first, second = self._post(contact, 1).message_id, self._post(lead, 2).message_id
        self._choose("all")
        self.assertPlaces(self._capture(to=ADDRESS, headers=f"References: {first} {second}\n"), lead)
        self.assertPlaces(self._capture(to=ADDRESS, headers=f"References: {second} {first}\n"), contact)
