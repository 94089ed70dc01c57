from odoo.exceptions import ValidationError
from odoo.fields import Command

from .common import DropboxCommon, data, tagged


@tagged("post_install", "-at_install")
class TestMatch(DropboxCommon):
    """Step 4: per recipient, the lookup pattern, with the owner's rights."""

    def _set(self, lookup, create="lead"):
        self.sam.with_user(self.sam).write({"bcc_dropbox_lookup": lookup, "bcc_dropbox_create": create})

    def _match(self, to="joe@customer.example", **values):
        return self._get_record(self._capture(to=to, **values))

    def _create_lead(self, **values):
        values = {"name": "Lead", "email_from": "joe@customer.example", "type": "opportunity", **values}
        return self.env["crm.lead"].create(values)

    def _create_contact(self, **values):
        return self.env["res.partner"].create({"name": "Joe", "email": "joe@customer.example", **values})

    # ------------------------------------------------------------
    # PATTERN
    # ------------------------------------------------------------

    def test_patterns(self):
        contact, lead = self._create_contact(), self._create_lead()
        for lookup, expected in [("contact", contact), ("lead", lead), ("contact_lead", contact)]:
            with self.subTest(lookup=lookup):
                self._set(lookup)
                self.assertEqual(self._match(), expected)
        contact.active = False
        self.assertEqual(self._match(), lead, "contacts, then leads")

    def test_patterns_create(self):
        for lookup, create, expected in [
            ("contact", "lead", "res.partner"),
            ("lead", "contact", "crm.lead"),
            ("contact_lead", "lead", "crm.lead"),
            ("contact_lead", "contact", "res.partner"),
        ]:
            with self.subTest(lookup=lookup, create=create):
                self._set(lookup, create)
                email = self._capture(to=f"{lookup}.{create}@customer.example")
                self.assertEqual(self._get_record(email)._name, expected)
                self.assertEqual(email.line_ids.outcome, "created")

    def test_contact_pattern_does_not_see_leads(self):
        self._set("contact")
        self._create_lead()
        self.assertEqual(self._match()._name, "res.partner")

    def test_equality_on_the_normalised_address(self):
        contact = self._create_contact(email='"Joe" <JOE@Customer.Example>')
        self._create_contact(email="xjoe@customer.example")
        self._create_contact(email="joe@customer.example.org")
        self.assertEqual(self._match(to="Joe@CUSTOMER.example"), contact)

    def test_create_nothing(self):
        for lookup in ("contact", "lead", "contact_lead"):
            with self.subTest(lookup=lookup):
                self._set(lookup, "none")
                email = self._capture(to=f"{lookup}@customer.example")
                self.assertRow(email, "unmatched", "See each recipient")
                self.assertEqual(email.line_ids.outcome, "skipped")
                self.assertIn("chose not to create", email.line_ids.reason)
                email.with_user(self.sam).action_create_lead()
                self.assertEqual(self._get_record(email)._name, "crm.lead", "by hand it is another matter")
        contact = self._create_contact()
        self.assertEqual(self._match(), contact, "what is there is found")

    def test_create_nothing_needs_no_right_to_create(self):
        rights = self.env["ir.model.access"].search([("model_id.model", "=", "crm.lead"), ("perm_create", "=", True)])
        rights.perm_create = False
        self._set("contact_lead", "none")
        self.assertEqual(self.sam.bcc_dropbox_create, "none")

    def test_international_domains_in_both_spellings(self):
        letters, ascii_only = "joe@bücher.example", "joe@xn--bcher-kva.example"
        for stored, written in [(letters, ascii_only), (ascii_only, letters)]:
            for lookup, create in [("contact", self._create_contact), ("lead", self._create_lead)]:
                with self.subTest(stored=stored, lookup=lookup):
                    self._set(lookup)
                    record = create(**{"email" if lookup == "contact" else "email_from": stored})
                    self.assertEqual(self._match(to=written), record)
                    record.active = False

    def test_own_address_in_both_spellings(self):
        self.sam.sudo().bcc_dropbox_ids.sender_ids = [Command.create({"email": "sam@büro.example", "verified": True})]
        email = self._capture(sender="sam@xn--bro-hoa.example", to="carla@customer.example")
        self.assertEqual(self._get_record(email), self.contact)
        self.assertIn("sender address of Sam Seller", email.explanation)
        with self.assertRaises(ValidationError):
            self.sam.sudo().bcc_dropbox_ids.sender_ids = [Command.create({"email": "sam@xn--bro-hoa.example"})]

    def test_further_addresses_of_a_contact(self):
        self._set("contact")
        contact = self._create_contact(email="info@customer.example, Joe Doe <JOE@customer.example>; joe2@büro.example")
        for to in ("info@customer.example", "joe@customer.example", "joe2@xn--bro-hoa.example"):
            with self.subTest(to=to):
                self.assertEqual(self._match(to=to), contact)
        first = self._create_contact()
        self.assertEqual(self._match(), first, "the first address before others")
        for others in ("xjoe@customer.example", "joe@customer.example.org"):
            with self.subTest(others=others):
                contact.email = f"info@customer.example, {others}"
                first.active = False
                self.assertNotIn(self._match(), contact + first)

    def test_further_addresses_of_a_lead(self):
        self._set("lead")
        lead = self._create_lead(email_from="info@customer.example", email_cc="Joe <joe@customer.example>, b@c.example")
        self.assertEqual(self._match(), lead)
        self.assertEqual(self._match(to="b@c.example"), lead)
        several = self._create_lead(email_from="one@customer.example, two@customer.example", email_cc=False)
        self.assertEqual(self._match(to="two@customer.example"), several)
        only = self._create_lead(email_from=False, email_cc="only@customer.example")
        self.assertEqual(self._match(to="only@customer.example"), only)
        first = self._create_lead()
        self.assertEqual(self._match(), first, "the first address before others")

    def test_addresses_that_no_index_has_room_for(self):
        """A stranger may write one into a mail to an alias, which must not fail."""
        self.env["mail.alias"].create(
            {
                "alias_name": "sales",
                "alias_model_id": self.env["ir.model"]._get_id("crm.lead"),
                "alias_contact": "everyone",
            }
        )
        text = "".join(f"{number:x}" for number in range(3000))
        for headers in ("", f"Cc: joe@customer.example, {text}@customer.example\n"):
            with self.subTest(headers=headers[:10]), self.mock_mail_gateway():
                subject = f"Hello {len(headers)}"
                sender = "mallory@evil.example" if headers else f"{text}@evil.example"
                self._receive(
                    self._format(data.BARE, to="sales@acme.example", sender=sender, subject=subject, headers=headers)
                )
                self.assertTrue(self.env["crm.lead"].search([("name", "=", subject)]))
        self._set("lead")
        self.assertEqual(self._match().email_from, "mallory@evil.example")

    # ------------------------------------------------------------
    # CANDIDATES
    # ------------------------------------------------------------

    def test_contacts_active_and_not_of_internal_users(self):
        self._set("contact")
        self._create_contact(active=False)
        self.clerk.partner_id.email = "joe@customer.example"
        # as a recipient the clerk is a colleague, so look at the candidates themselves
        found = self.env["res.partner"]._find_bcc_dropbox_records(["joe@customer.example"])
        self.assertFalse(found)

    def test_leads_open_before_won_never_lost_or_archived(self):
        self._set("lead")
        won_stage = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        open_lead = self._create_lead()
        won = self._create_lead(stage_id=won_stage.id)
        self.assertEqual(won.won_status, "won")
        lost = self._create_lead()
        lost.action_set_lost()
        self._create_lead(active=False)
        self.assertEqual(self._match(), open_lead)
        open_lead.action_set_lost()
        self.assertEqual(self._match(), won)
        won.active = False
        created = self._match()
        self.assertNotIn(created, open_lead | won | lost)

    def test_lost_but_active_lead(self):
        self._set("lead")
        lost = self._create_lead()
        lost.action_set_lost()
        lost.active = True
        lost.flush_recordset()
        self.env.cr.execute("UPDATE crm_lead SET won_status = 'lost' WHERE id = %s", [lost.id])
        self.env.invalidate_all()
        self.assertNotEqual(self._match(), lost)

    # ------------------------------------------------------------
    # PRIORITY
    # ------------------------------------------------------------

    def test_contact_priority(self):
        self._set("contact")
        company = self._create_contact(name="Joe Ltd", is_company=True)
        oldest = self._create_contact(name="Joe the first")
        self._create_contact(name="Joe the second")
        self.assertEqual(self._match(), oldest, "a person before a company, then the oldest")
        company.user_id = self.sam
        self.assertEqual(self._match(), company, "the owner's own before others")

    def test_lead_priority(self):
        self._set("lead")
        older, newest = self._create_lead(), self._create_lead()
        self.assertEqual(self._match(), newest)
        older.user_id = self.sam
        self.assertEqual(self._match(), older, "the owner's own before others")

    def test_answered_record_comes_first(self):
        self._set("lead")
        answered = self._create_lead()
        self._create_lead(user_id=self.sam.id)
        message = answered.message_post(body="Our question", message_type="comment")
        for header in ("In-Reply-To", "References"):
            with self.subTest(header=header):
                headers = f"{header}: <unknown@x.example> {message.message_id}\n"
                self.assertEqual(self._match(headers=headers), answered)

    def test_answering_a_captured_mail(self):
        self._set("lead")
        first = self._capture(to="joe@customer.example", message_id="<first@laptop.example>")
        lead = self._get_record(first)
        self._create_lead(user_id=self.sam.id)
        self.assertEqual(self._match(headers="In-Reply-To: <first@laptop.example>\n"), lead)

    def test_the_conversation_wins(self):
        """The conversation takes precedence over the pattern, on any kind of record."""
        lead, contact = self._create_lead(), self._create_contact()
        on_lead = lead.message_post(body="Our question", message_type="comment").message_id
        on_contact = contact.message_post(body="Our question", message_type="comment").message_id
        for lookup, references, expected in [
            ("contact_lead", on_lead, lead),
            ("contact", on_lead, lead),
            ("lead", on_contact, contact),
            ("contact_lead", f"{on_contact} {on_lead}", lead),
            ("contact_lead", f"{on_lead} {on_contact}", contact),
        ]:
            with self.subTest(lookup=lookup, references=references):
                self._set(lookup)
                self.assertEqual(self._match(headers=f"References: {references}\n"), expected)
        lead.action_set_lost()
        self.assertEqual(self._match(headers=f"References: {on_lead}\n"), contact, "lost leads are no target")

    def test_conversation_with_another_address(self):
        lead = self._create_lead(email_from="info@customer.example")
        question = lead.message_post(
            body="Question", email_from="Joe <joe@home.example>", message_type="email", message_id="<q@home.example>"
        )
        headers = f"In-Reply-To: {question.message_id}\n"
        self._create_contact(email="joe@home.example")
        self.assertEqual(self._match(to="joe@home.example", headers=headers), lead, "who asked is answered there")
        answer = self._capture(to="info@customer.example", headers="Cc: ann@home.example\n", message_id="<a@x.example>")
        self.assertRow(answer, "captured")
        headers = "In-Reply-To: <a@x.example>\n"
        self.assertEqual(self._match(to="ann@home.example", headers=headers)._name, "crm.lead")

    def test_forwarding_a_conversation(self):
        """Email programs keep the references when a mail is forwarded to someone else."""
        lead = self._create_lead(email_from="info@customer.example")
        message = lead.message_post(body="Question", message_type="comment")
        headers = f"References: {message.message_id}\n"
        self.assertEqual(self._match(to="carla@customer.example", headers=headers), self.contact)
        self.assertNotEqual(self._match(to="stranger@other.example", headers=headers), lead)

    def test_conversation_that_the_owner_may_not_see(self):
        lead = self._create_lead(user_id=self.lea.id)
        message = lead.message_post(body="Question", message_type="comment")
        self.assertNotEqual(self._match(user=self.own, headers=f"References: {message.message_id}\n"), lead)

    # ------------------------------------------------------------
    # RIGHTS
    # ------------------------------------------------------------

    def test_record_rules_of_the_owner(self):
        self._create_lead(user_id=self.lea.id)
        created = self._match(user=self.own)
        self.assertEqual(created.user_id, self.own, "own documents only: the lead of a colleague is not seen")
        self.assertEqual(self._match(user=self.own), created)

    def test_no_right_to_create(self):
        self.clerk.group_ids += self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        email = self._capture(user=self.clerk)
        self.assertRow(email, "unmatched", "See each recipient")
        self.assertEqual(email.line_ids.outcome, "skipped")
        self.assertIn("may not create", email.line_ids.reason)
        self.assertTrue(email.raw)

    def test_found_but_not_writable(self):
        self.clerk.group_ids += self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        email = self._capture(user=self.clerk, to="carla@customer.example")
        self.assertRow(email, "unmatched")
        self.assertEqual(email.line_ids.outcome, "skipped")
        self.assertEqual(email.line_ids.reason, "You may see “Carla Customer”, but not log emails on it.")

    def test_some_matched_some_skipped(self):
        self.clerk.group_ids += self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        self.clerk.group_ids += self.env.ref("base.group_partner_manager")
        email = self._capture(user=self.clerk, to="carla@customer.example, new@customer.example")
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.mapped("outcome"), ["matched", "skipped"])

    # ------------------------------------------------------------
    # COMPANIES
    # ------------------------------------------------------------

    def test_companies(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        self._create_contact(company_id=other.id)
        own = self._create_contact(company_id=self.company.id, name="Joe of ours")
        self.assertEqual(self._match(), own)
        own.active = False
        self.assertEqual(self._match()._name, "crm.lead", "a record of a closed company is never matched")

    def test_the_companies_of_the_owner_are_all_looked_at(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        contact = self._create_contact(company_id=other.id)
        self.sam.company_ids += other
        self.assertEqual(self._match(), contact)

    def test_records_are_created_in_the_company_of_the_owner(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        other.alias_domain_id = False
        olga = self._create_user(
            "olga", "sales_team.group_sale_salesman_all_leads", company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        self.assertFalse(olga.bcc_dropbox_address, "the company has no domain")
        other.alias_domain_id = self.env["mail.alias.domain"].create({"name": "other.example"})
        self.env.invalidate_all()
        self.assertTrue(olga.bcc_dropbox_address.endswith("@other.example"))
        lead = self._match(user=olga)
        self.assertIn(lead.company_id, (other, self.env["res.company"]))
