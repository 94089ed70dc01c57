"""Emails whose subject names a document of another app: `./dev test` runs these in a database that has the apps."""

import unittest

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests.common import new_test_user

from .common import data, tagged
from .test_actions import ActionsCommon

APPS = ("account.move", "project.task", "sale.order")


@tagged("post_install", "-at_install")
class TestDocumentsOfApps(ActionsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if any(name not in cls.env for name in APPS):
            raise unittest.SkipTest("only with account, project and sale: start the tests with ./dev test")
        cls.buyer = new_test_user(cls.env, login="buyer", groups="base.group_portal", email="buyer@customer.example")
        values = {"partner_id": cls.buyer.partner_id.id, "user_id": cls.sam.id}
        cls.order = cls.env["sale.order"].create({**values, "name": "S00042"})
        cls.order.action_quotation_sent()
        cls.invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.buyer.partner_id.id,
                "invoice_line_ids": [Command.create({"name": "Hall", "price_unit": 10})],
                "invoice_user_id": cls.sam.id,
            }
        )
        cls.invoice.action_post()
        project = cls.env["project.project"].create({"name": "Hall", "privacy_visibility": "portal"})
        values = {"name": "Plan", "project_id": project.id, "partner_id": cls.buyer.partner_id.id}
        cls.task = cls.env["project.task"].create(values)
        cls.task.message_subscribe(cls.buyer.partner_id.ids)
        cls.sales = cls.sam
        # each with the right to change documents of one app only
        cls.billing = cls._create_user("billing", "sales_team.group_sale_salesman,account.group_account_invoice")
        cls.planning = cls._create_user("planning", "sales_team.group_sale_salesman,project.group_project_user")
        for user in cls.billing + cls.planning:
            user.bcc_dropbox_ids.sender_ids.verified = True
        cls.cases = [
            (cls.order, "Delivery of S00042", "S00042", cls.sales),
            (cls.invoice, f"Payment of {cls.invoice.name}", cls.invoice.name, cls.billing),
            (cls.task, f"[TASK-{cls.task.id}] Plan", f"[TASK-{cls.task.id}]", cls.planning),
        ]

    def _find(self, subject, **values):
        """Capture an email to Carla with a subject, and return the records that it is on besides her."""
        email = self._capture(**{"to": "carla@customer.example", "subject": subject, **values})
        self.assertRow(email, "captured")
        records = [line._get_filed_record() for line in email.line_ids]
        self.assertEqual(records[0], self.contact)
        return records[1:]

    def test_logged(self):
        """Silently, as an internal note that no customer can see, although they follow the document."""
        for record, subject, number, user in self.cases:
            with self.subTest(record=record._name):
                self.assertTrue(record.with_user(self.buyer).has_access("read"))
                shown = record.message_ids.with_user(self.buyer).search([("res_id", "=", record.id)])
                files = self.env["ir.attachment"].search_count([("res_model", "=", record._name)])
                with self.assertSilent():
                    email = self._capture(data.MIXED, to="carla@customer.example", subject=subject, user=user)
                self.assertRow(email, "captured")
                line = email.line_ids[1]
                self.assertEqual((line._get_filed_record(), line.email), (record, number))
                self.assertEqual(line.reason_code, "subject_number")
                self.assertEqual(line.with_user(user).action_open_record()["res_model"], record._name)
                self.assertIn(record.display_name, line.with_user(user).explanation)
                message = line.mail_message_id
                self.assertEqual((message.model, message.res_id), (record._name, record.id))
                self.assertEqual((message.subtype_id, message.is_internal), (self.env.ref("mail.mt_note"), True))
                self.assertFalse(message.partner_ids | message.notified_partner_ids)
                self.assertEqual(message.attachment_ids.mapped("name"), ["offer.pdf"])
                self.assertEqual(self.env["ir.attachment"].search_count([("res_model", "=", record._name)]), files + 2)
                self.env.invalidate_all()
                seen = self.env["mail.message"].with_user(self.buyer).search([("res_id", "=", record.id)])
                self.assertEqual(seen, shown)
                self.assertNotIn(message, seen)
                for closed in (message, message._bcc_dropbox_get_files()):
                    with self.assertRaises(AccessError):
                        closed.with_user(self.buyer).check_access("read")
                self.assertFalse("message_main_attachment_id" in record and record.message_main_attachment_id)

    def test_unchanged(self):
        """The document itself stays as it is: no state, amount or stage follows from an email."""
        names = {"account.move": "state amount_total invoice_line_ids", "project.task": "state stage_id partner_id",
                 "sale.order": "state amount_total order_line"}  # fmt: skip
        for record, subject, _number, user in self.cases:
            fields = names[record._name].split()
            before = record.read(fields)
            self.assertEqual(self._find(subject, template=data.MIXED, user=user), [record])
            self.env.invalidate_all()
            with self.subTest(record=record._name):
                self.assertEqual(record.read(fields), before)

    def test_rights(self):
        """Who may only see a document, or not even that, has no email logged on it."""
        for record, subject, _number, permitted in self.cases:
            for user in (self.sales, self.billing, self.planning):
                may = record.with_user(user).has_access("write")
                with self.subTest(record=record._name, user=user.login):
                    self.assertEqual(may or user != permitted, True)
                    self.assertEqual(self._find(subject, user=user), [record] if may else [])
        self.assertTrue(self.invoice.with_user(self.sales).has_access("read"), "may see, but not change it")
        self.assertFalse(self.invoice.with_user(self.sales).has_access("write"))

    def test_unique(self):
        """The number of an order may exist once per company."""
        company = self.env["res.company"].create({"name": "Far"})
        partner = self.env["res.partner"].create({"name": "Far buyer"})
        self.env["sale.order"].create({"name": "S00042", "partner_id": partner.id, "company_id": company.id})
        self.assertEqual(self._find("S00042"), [self.order])
        self.sam.company_ids += company
        self.assertEqual(self._find("S00042"), [])

    def test_bare(self):
        """A bare number may be that of a task or a lead: of the customer, and not of both."""
        to_buyer = {"to": "buyer@customer.example", "user": self.planning}
        number = self.task.id
        while self.env["crm.lead"].browse(number).exists():
            number = self.task.copy().id
        task = self.env["project.task"].browse(number)
        task.partner_id = self.buyer.partner_id
        self.assertEqual(self._find(f"Plan [#{number}]", user=self.planning), [], "not hers")
        records = [line._get_filed_record() for line in self._capture(subject=f"[#{number}]", **to_buyer).line_ids]
        self.assertEqual(records, [self.buyer.partner_id, task])

    def test_undo(self):
        for record, subject, _number, user in self.cases:
            with self.subTest(record=record._name):
                email = self._capture(data.MIXED, to="carla@customer.example", subject=subject, user=user)
                message = email.line_ids[1].mail_message_id
                files = message._bcc_dropbox_get_files()
                self._call(user, email, "action_read_again")
                self.assertTrue(message.exists())
                self._call(user, email.line_ids[1], "action_undo")
                self.assertRow(email, "captured")
                self.assertFalse((message.exists(), files.exists()) != (message.browse(), files.browse()))
                self._call(user, email, "action_undo")
                self._call(user, email, "action_retry")
                self.assertRow(email, "captured")
                self.assertEqual(email.line_ids[1]._get_filed_record(), record)

    def test_audit_trail(self):
        """Odoo keeps the files of posted invoices if it must; then nothing is removed."""
        self.company.restrictive_audit_trail = True
        subject = f"Payment of {self.invoice.name}"
        email = self._capture(data.MIXED, to="carla@customer.example", subject=subject, user=self.billing)
        line = email.line_ids[1]
        self.assertEqual(line._get_filed_record(), self.invoice)
        self._refuses(self.billing, line, "action_undo", "audit trail", error=UserError)
        self.assertTrue(line.mail_message_id.attachment_ids)
        email = self._capture(to="carla@customer.example", subject=subject, user=self.billing)
        self._call(self.billing, email.line_ids[1], "action_undo")
        self.assertEqual(email.line_ids[1].outcome, "skipped")

    def test_move(self):
        """From the document to a lead, with the files."""
        for record, subject, _number, user in self.cases:
            with self.subTest(record=record._name):
                email = self._capture(data.MIXED, to="carla@customer.example", subject=subject, user=user)
                line, lead = email.line_ids[1], self.env["crm.lead"].create({"name": "Hall", "user_id": user.id})
                dialog = self._ask(user, line, "action_move")
                dialog.with_user(user).record = lead
                self._call(user, dialog, "action_confirm")
                self.assertEqual(line._get_filed_record(), lead)
                self.assertEqual(set(line.mail_message_id._bcc_dropbox_get_files().mapped("res_model")), {"crm.lead"})
                self.assertFalse(record.message_ids.filtered("bcc_dropbox_captured"))

    def test_deleted(self):
        email = self._capture(to="carla@customer.example", subject="S00042")
        self.order._action_cancel()
        self.order.unlink()
        self.env.invalidate_all()
        line = email.line_ids[1].with_user(self.sam)
        self.assertIn("no longer exists", line.explanation)
        self._call(self.sam, email, "action_undo")
        self.assertRow(email, "unmatched")
