"""What users can do with new people who are only proposed."""

from odoo.exceptions import AccessError, UserError

from .common import tagged
from .test_actions import ActionsCommon
from .test_proposal import MANY, ProposalCommon


@tagged("post_install", "-at_install")
class TestProposalActions(ProposalCommon, ActionsCommon):
    """What users can do with a proposal."""

    def test_confirm(self):
        email = self._capture(to="Nora New <new@customer.example>")
        with self.assertSilent():
            self._call(self.sam, email.line_ids, "action_confirm")
        self.assertRow(email, "captured")
        self.assertEqual((email.line_ids.outcome, email.created_count), ("created", 1))
        lead = self.assertOnce("new@customer.example", "Our offer")
        self.assertEqual((lead._name, lead.contact_name, lead.user_id), ("crm.lead", "Nora New", self.sam))
        self.assertIn("Sam Seller: Logged on", email.history)

    def test_confirm_with_the_pattern_of_now(self):
        email = self._capture()
        self.dropbox.lookup = "contact"
        self._call(self.sam, email.line_ids, "action_confirm")
        self.assertEqual(self.assertOnce("new@customer.example", "Our offer")._name, "res.partner")

    def test_confirm_who_has_a_record_now(self):
        email = self._capture()
        contact = self.env["res.partner"].create({"name": "New", "email": "new@customer.example"})
        self._call(self.sam, email.line_ids, "action_confirm")
        self.assertEqual(self.assertOnce("new@customer.example", "Our offer"), contact)
        self.assertEqual(email.line_ids.outcome, "matched")

    def test_confirm_with_a_document(self):
        """A document that the subject names and that was not to be found before gets a line, too."""
        lead = self.env["crm.lead"].create({"name": "Pumps", "active": False})
        email = self._capture(subject=f"[lead {lead.id}] Offer")
        self.assertRow(email, "unmatched")
        lead.active = True
        email.with_user(self.sam).action_confirm_proposals()
        self.assertEqual(self._get_subjects(lead), [email.subject])
        [line] = email.line_ids.filtered(lambda line: (line.res_model, line.res_id) == ("crm.lead", lead.id))
        self.assertEqual(line.email, f"[lead {lead.id}]")
        email.with_user(self.sam).action_undo()
        self.assertFalse(self._get_subjects(lead))

    def test_confirm_unknown_sender(self):
        """Of a redirected email, whatever the owner chose for unknown senders since."""
        email = self._capture()
        email.redirected = True
        self._call(self.sam, email, "action_confirm_proposals")
        self.assertRow(email, "captured")

    def test_confirm_some(self):
        email = self._capture(to="new@customer.example, other@customer.example, leo@customer.example")
        self._call(self.sam, email.line_ids[0], "action_confirm")
        self.assertRow(email, "captured", "for them as well")
        self.assertEqual([*self._outcomes(email).values()], ["created", "proposed", "matched"])
        self._call(self.sam, email, "action_confirm_proposals")
        self.assertFalse(email.reason)
        self.assertEqual([*self._outcomes(email).values()], ["created", "created", "matched"])
        self.assertEqual(email.created_count, 2)
        self.assertEqual(self._get_subjects(self.lead), ["Our offer"])

    def test_others_follow(self):
        """One confirmation counts for all emails to this person."""
        mass = [self._capture(to=MANY, subject=f"Mass {number}") for number in range(2)]
        other = self._capture(to=MANY, user=self.lea)
        self._call(self.sam, mass[0].line_ids[0], "action_confirm")
        self.assertOnce("person0@new.example", "Mass 0", "Mass 1")
        for email in mass:
            self.assertRow(email, "captured", "New people")
        self.assertRow(other, "unmatched")

    def test_others_follow_the_actions_for_all(self):
        for method in ("action_create_lead", "action_create_contact"):
            with self.subTest(method):
                address = f"{method.replace('_', '')}@new.example"
                mass = [self._capture(to=f"{MANY}, {address}", subject=f"Mass {number}") for number in range(2)]
                self._call(self.sam, mass[0], method)
                self.assertOnce(address, "Mass 0", "Mass 1")
                self.env["crm.lead"].search([("email_normalized", "like", "@new.example")]).unlink()
                self.env["res.partner"].search([("email_normalized", "like", "@new.example")]).unlink()

    def test_others_follow_log_on_record(self):
        emails = [self._capture(to=MANY, subject=f"Mass {number}") for number in range(2)]
        self.lead.email_from = "person0@new.example"
        self._file_on(self.sam, emails[0], self.lead)
        self.assertEqual(self._get_subjects(self.lead), ["Mass 0", "Mass 1"])

    def test_merge(self):
        emails = [self._capture(to=MANY, subject=f"Mass {number}") for number in range(2)]
        wizard = self._ask(self.sam, emails[0].line_ids[1], "action_file_on")
        self.assertEqual(wizard.recipients, "person1@new.example")
        self.assertFalse(wizard.is_move)
        self._answer(self.sam, wizard, self.contact)
        self.assertEqual(self._get_subjects(self.contact), ["Mass 0", "Mass 1"])
        for email in emails:
            self.assertRow(email, "captured", "New people")
            self.assertEqual([*self._outcomes(email).values()], ["proposed", "matched", "proposed", "proposed"])
        self.assertEqual([email.line_ids[1].reason_code for email in emails], ["logged_by", False])

    def test_refuse(self):
        first = self._capture(to="new@customer.example, leo@customer.example")
        second = self._capture(to=f"{MANY}, new@customer.example")
        self._call(self.sam, first.line_ids[0], "action_refuse")
        self.assertRow(first, "captured")
        self.assertFalse(first.reason_code)
        self.assertEqual(self._outcomes(second)["new@customer.example"], "skipped")
        self.assertRow(second, "unmatched", "New people")
        later = self._capture()
        self.assertRow(later, "unmatched", "couldn't be logged")
        self.assertIn("never to add this person", later.line_ids.reason)
        self.dropbox.propose = False
        self.assertRow(self._capture(), "unmatched", "couldn't be logged")
        self.assertFalse(self._find_records("new@customer.example"))

    def test_refuse_all(self):
        """Nothing is left to do."""
        email = self._capture(to="new@customer.example, other@customer.example")
        self._call(self.sam, email, "action_refuse_proposals")
        self.assertRow(email, "unmatched", "never to add")
        self.assertFalse(email.active)
        self.assertIn("Refused: new@customer.example, other@customer.example", email.history)

    def test_bulk(self):
        emails = [
            self._capture(to=to, subject=f"Email {number}")
            for number, to in enumerate([MANY, MANY, "leo@customer.example", "new@customer.example"])
        ]
        selected = self.env["crm.bcc.dropbox.email"].union(*emails)
        action = self.env.ref("crm_bcc_dropbox.crm_bcc_dropbox_email_action_confirm").with_user(self.sam)
        action.with_context(active_model=selected._name, active_ids=selected.ids, active_id=selected[0].id).run()
        self.env.invalidate_all()
        for email in emails:
            self.assertRow(email, "captured")
            self.assertFalse(email.reason_code)
        for number in range(4):
            self.assertEqual(len(self._find_records(f"person{number}@new.example")), 1)
        self._refuses(self.sam, selected, "action_confirm_proposals", "Nobody", UserError)

    def test_undo(self):
        """Removing an email from its records leaves the proposals."""
        email = self._capture(to="new@customer.example, leo@customer.example")
        self._refuses(self.sam, email.line_ids[0], "action_undo", "no record", UserError)
        self._call(self.sam, email, "action_undo")
        self.assertRow(email, "unmatched", "Removed by")
        self.assertEqual(self._outcomes(email)["new@customer.example"], "proposed")
        self._call(self.sam, email.line_ids[0], "action_confirm")
        self.assertRow(email, "captured")
        self.assertEqual(self._outcomes(email), {"new@customer.example": "created", "leo@customer.example": "skipped"})

    def test_refuse_what_is_left_after_undo(self):
        """The email still is to be logged elsewhere."""
        email = self._capture(to="new@customer.example, leo@customer.example")
        self._call(self.sam, email, "action_undo")
        self._call(self.sam, email, "action_refuse_proposals")
        self.assertRow(email, "unmatched")
        self.assertTrue(email.active)

    def test_read_again(self):
        """The remark stays as long as somebody waits."""
        email = self._capture(to="new@customer.example, leo@customer.example")
        self._call(self.sam, email, "action_read_again")
        self.assertEqual(email.reason_code, "proposed_rest")
        self._call(self.sam, email, "action_confirm_proposals")
        self._call(self.sam, email, "action_read_again")
        self.assertFalse(email.reason_code)

    def test_no_longer_a_proposal(self):
        email = self._capture()
        line = email.line_ids
        wizard = self._ask(self.sam, line, "action_file_on")
        self._call(self.sam, line, "action_confirm")
        for method in ("action_confirm", "action_file_on", "action_refuse"):
            self._refuses(self.sam, line, method, "not waiting for confirmation", UserError)
        with self.assertRaisesRegex(UserError, "not waiting"):
            self._answer(self.sam, wizard, self.contact)

    def test_nothing_to_create_any_more(self):
        email = self._capture()
        self.dropbox.create_kind = "none"
        self._refuses(self.sam, email, "action_confirm_proposals", "chose not to create any", UserError)
        self._refuses(self.sam, email.line_ids, "action_confirm", "chose not to create any", UserError)

    def test_no_longer_a_customer(self):
        email = self._capture()
        own = {"email": "new@customer.example", "verified": True}
        self.dropbox.write({"sender_ids": [(0, 0, own)]})
        self._refuses(self.sam, email.line_ids, "action_confirm", "no longer names", UserError)

    def test_original_is_gone(self):
        email = self._capture()
        email.raw = False
        self._refuses(self.sam, email.line_ids, "action_confirm", "no longer kept", UserError)
        self._call(self.sam, email.line_ids, "action_refuse")

    def test_rights(self):
        email = self._capture(to=MANY)
        for user in self.outsiders:
            for records, methods in (
                (email, ["action_confirm_proposals", "action_refuse_proposals"]),
                (email.line_ids[0], ["action_confirm", "action_file_on", "action_refuse"]),
            ):
                for method in methods:
                    self._refuses(user, records, method)
        self._call(self.boss, email.line_ids[0], "action_confirm")
        record = self.assertOnce("person0@new.example", "Our offer")
        self.assertEqual((record.create_uid, record.user_id), (self.sam, self.sam))
        self._call(self.boss, email.line_ids[1], "action_refuse")
        self.assertIn("Boss Seller: Refused", email.history)

    def test_rights_of_the_actor(self):
        """A manager of BCC addresses without access to leads confirms nothing."""
        self.clerk.group_ids += self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_manager")
        email = self._capture()
        self._refuses(self.clerk, email.line_ids, "action_confirm")
        wizard = self._ask(self.boss, email.line_ids, "action_file_on")
        self.env["ir.rule"].create(
            {
                "name": "Sam may not change Carla",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": f"[('id', '!=', {self.contact.id} if user.id == {self.sam.id} else 0)]",
                "perm_read": False,
            }
        )
        with self.assertRaisesRegex(AccessError, "Sam Seller may not change"):
            self._answer(self.boss, wizard, self.contact)
        self.assertEqual(email.line_ids.outcome, "proposed")

    def test_rights_of_the_owner(self):
        email = self._capture()
        access = self.env["ir.model.access"].search([("model_id.model", "=", "crm.lead")])
        access.perm_create = False
        self._refuses(self.sam, email.line_ids, "action_confirm", "", UserError)
