"""The dialog that asks on which record to log an email, or where to move it."""

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw

from .common import tagged
from .test_actions import ActionsCommon


@tagged("post_install", "-at_install")
class TestQuestion(ActionsCommon):
    def test_kinds_of_records(self):
        Wizard = self.env["crm.bcc.dropbox.file"]
        kinds = dict(Wizard.with_user(self.sam)._selection_record())
        self.assertEqual(kinds, {"crm.lead": "Opportunity", "res.partner": "Contact"})
        wizard = self._ask(self.sam, self._capture_refused(), "action_file_on")
        with self.assertRaises(ValueError), self.env.cr.savepoint():
            self._answer(self.sam, wizard, self.sam)

    def test_question_is_for_one(self):
        email = self._capture_refused()
        wizard = self._ask(self.sam, email, "action_file_on")
        for user in [*self.outsiders, self.boss]:
            for method, arguments in {
                "read": (["subject"],),
                "write": ({"record": f"crm.lead,{self.lead.id}"},),
                "action_confirm": (),
            }.items():
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    self._call(user, wizard, method, *arguments)
        for user in [*self.outsiders, self.sam, self.boss]:
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                call_kw(self.env[wizard._name].with_user(user), "create", [{"email_id": email.id}], {})
        for name in ("email_id", "line_id"):
            with self.assertRaises(AccessError):
                self._call(self.sam, wizard, "write", {name: 1})
        with self.assertRaises(UserError):
            self._call(self.sam, wizard, "action_confirm")

    def test_suggestions(self):
        """The records of the customers that the user may write to."""
        company = self.env["res.partner"].create({"name": "Customer Ltd", "is_company": True})
        self.contact.parent_id = company
        private = self.env["crm.lead"].create({"name": "Talks", "email_from": "Carla <carla@customer.example>"})
        email = self._capture_refused(to="carla@customer.example, leo@customer.example, sam@acme.example")
        wizard = self._ask(self.sam, email, "action_file_on")
        expected = self.contact + company, self.lead + private
        self.assertEqual(
            {(record._name, record.id) for record in wizard.suggestion_ids.mapped("record")},
            {(record._name, record.id) for records in expected for record in records},
        )
        suggestion = wizard.suggestion_ids.filtered(lambda suggestion: suggestion.record == private)
        self.assertEqual(suggestion.kind, "Opportunity")
        for user in [*self.outsiders, self.boss]:
            for method in ("read", "action_choose"):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    self._call(user, suggestion, method)
        with self.assertRaises(AccessError):
            self._call(self.sam, suggestion, "write", {"record": f"crm.lead,{self.lead.id}"})
        self._call(self.sam, suggestion, "action_choose")
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.filtered("res_id")._get_filed_record(), private)

    def test_suggestions_of_a_move(self):
        """The records of this recipient, without the one that has the email."""
        email = self._capture(to="carla@customer.example, leo@customer.example")
        talks = self.env["crm.lead"].create({"name": "Talks", "email_from": "Carla <carla@customer.example>"})
        line = email.line_ids.filtered(lambda line: line.email == "carla@customer.example")
        wizard = self._ask(self.sam, line, "action_move")
        self.assertEqual(wizard.suggestion_ids.mapped("record"), [talks, self.lead])
        self.assertEqual(wizard.suggestion_ids.mapped("reason"), ["same address", "same domain"])

    def test_search_by_email(self):
        for record in (self.lead, self.contact):
            Model = self.env[record._name].with_user(self.sam)
            found = call_kw(
                Model, "name_search", [record.email_normalized], {"context": {"bcc_dropbox_by_email": True}}
            )
            self.assertEqual([id_ for id_, _name in found], record.ids)

    def test_permission_ends_between_question_and_answer(self):
        email = self._capture_refused()
        wizard = self._ask(self.boss, email, "action_file_on")
        self.boss.group_ids -= self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_manager")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self._answer(self.boss, wizard, self.lead)
        self.assertRow(email, "refused")

    def test_answered_twice(self):
        email = self._capture_refused()
        wizard = self._ask(self.sam, email, "action_file_on")
        self._answer(self.sam, wizard, self.lead)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._answer(self.sam, wizard, self.contact)
        self.assertFalse(self._get_captured(self.contact))
