from .common import DropboxCommon, tagged


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

    # ------------------------------------------------------------
    # CANDIDATES
    # ------------------------------------------------------------

    def test_contacts_active_and_not_of_internal_users(self):
        self._set("contact")
        self._create_contact(active=False)
        self.clerk.partner_id.email = "joe@customer.example"
        # as a recipient the clerk is a colleague, so look at the candidates themselves
        found = self.env["res.partner"]._find_bcc_dropbox_records(["joe@customer.example"], set())
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
        self.assertRow(email, "unmatched", "each recipient says why")
        self.assertEqual(email.line_ids.outcome, "skipped")
        self.assertIn("may not create", email.line_ids.reason)
        self.assertTrue(email.raw)

    def test_found_but_not_writable(self):
        self.clerk.group_ids += self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        email = self._capture(user=self.clerk, to="carla@customer.example")
        self.assertRow(email, "unmatched")
        self.assertEqual(email.line_ids.outcome, "skipped")
        self.assertEqual(email.line_ids.reason, "You may see “Carla Customer”, but not file mails on it.")

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
