"""Removing a logged email from records, and moving it."""

import base64
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .common import data, tagged
from .test_actions import ActionsCommon


def _change(test, record):
    record.write({"name": "Another name"})


def _say(test, record):
    record.message_post(body="A word among us")


def _plan(test, record):
    record.activity_schedule("mail.mail_activity_data_todo")


def _follow(test, record):
    record.message_subscribe(test.lea.partner_id.ids)


def _attach(test, record):
    values = {"name": "a.txt", "raw": b"a", "res_model": record._name, "res_id": record.id}
    test.env["ir.attachment"].create(values)


def _tag(test, record):
    record.tag_ids = test.env["crm.tag"].create({"name": "t"})


def _meet(test, record):
    test.env["calendar.event"].create({"name": "m", "opportunity_id": record.id})


def _mail_again(test, record):
    test.assertEqual(test._get_record(test._capture(to=record.email_from)), record)


TOUCHES = [_change, _say, _plan, _follow, _attach, _tag, _meet, _mail_again]
"""Changes that may have happened to a record since it was created for an email."""


@tagged("post_install", "-at_install")
class TestUndo(ActionsCommon):
    def _undo(self, email, user=None):
        with self.assertSilent():
            self._call(user or self.sam, email, "action_undo")
        self.assertRow(email, "unmatched", f"Removed by {(user or self.sam).name}.")
        self.assertFalse(email.line_ids.mail_message_id)
        self.assertEqual(set(email.line_ids.mapped("outcome")), {"skipped"})
        self.assertTrue(email.has_original)

    def test_matched(self):
        email = self._capture(data.MIXED, to="leo@customer.example")
        message = email.line_ids.mail_message_id
        files = message._bcc_dropbox_get_files()
        self.assertEqual(len(files), 2)
        self._undo(email)
        self.assertFalse((message + self._get_captured(self.lead)).exists())
        self.assertFalse(files.exists())
        self.assertTrue(self.lead.exists())
        self.assertRecordValues(
            email.line_ids,
            [
                {
                    "res_model": False,
                    "res_id": 0,
                    "reason": "Removed from “Big deal” by Sam Seller",
                    "outcome": "skipped",
                }
            ],
        )
        self.assertHistory(email, "Sam Seller: Removed from “Big deal”.")

    def test_created(self):
        for lookup, model in (("lead", "crm.lead"), ("contact", "res.partner")):
            self.sam.with_user(self.sam).bcc_dropbox_lookup = lookup
            email = self._capture(data.MIXED, to="new@customer.example, carla@new.example")
            records = self.env[model].browse(email.line_ids.mapped("res_id"))
            self.assertEqual(len(records.exists()), 2)
            self._undo(email)
            self.assertFalse(records.filtered("active"))

    def test_one_recipient(self):
        """The other recipients keep the email."""
        email = self._capture(data.MIXED, to="leo@customer.example, new@customer.example")
        leo, new = email.line_ids
        created, message = self.env["crm.lead"].browse(new.res_id), leo.mail_message_id
        for user in self.outsiders:
            self._refuses(user, new, "action_undo")
        self._call(self.sam, new, "action_undo")
        self.assertRow(email, "captured")
        self.assertEqual((leo.mail_message_id, leo.outcome), (message, "matched"))
        self.assertFalse(created.active)
        self.assertEqual(new.outcome, "skipped")
        self.assertHistory(email, "Sam Seller: Removed from “new@customer.example: Our offer”.")
        self._refuses(self.sam, new, "action_undo", "no record", error=UserError)
        self._call(self.sam, leo, "action_undo")
        self.assertRow(email, "unmatched", "Removed by")
        self.assertFalse(message.exists())

    def _age(self, lead):
        """Change the creation date of a lead: within a test, the clock stands still."""
        self.env.flush_all()
        # SQL: the ORM writes neither date
        past = "UPDATE crm_lead SET create_date = '2026-01-01', write_date = '2026-01-01' WHERE id = %s"
        self.env.cr.execute(past, lead.ids)
        lead.invalidate_recordset()

    def test_created_and_touched(self):
        for touch in TOUCHES:
            with self.subTest(touch=touch.__name__):
                email = self._capture(to=f"touch{touch.__name__}@new.example")
                lead = self._get_record(email)
                self._age(lead)
                touch(self, lead)
                self.env.flush_all()
                self._undo(email)
                self.assertTrue(lead.active)
                self.assertNotIn(email.message_id, self._get_captured(lead).mapped("message_id"))

    def test_created_contact_that_others_refer_to(self):
        self.sam.with_user(self.sam).bcc_dropbox_lookup = "contact"
        email = self._capture()
        contact = self._get_record(email)
        self.env["res.partner"].create({"name": "Child", "parent_id": contact.id})
        self.env.cr.execute("UPDATE res_partner SET write_date = create_date WHERE id = %s", [contact.id])
        self._undo(email)
        self.assertTrue(contact.active)

    def test_created_and_needed_by_another_addon(self):
        email = self._capture()
        lead = self._get_record(email)
        with patch.object(self.env.registry["crm.lead"], "action_archive", side_effect=UserError("Leads stay.")):
            self._undo(email)
        self.assertTrue(lead.active)

    def test_matched_is_never_deleted(self):
        lead = self.env["crm.lead"].create({"name": "Untouched", "email_from": "fresh@customer.example"})
        self._undo(self._capture(to="fresh@customer.example"))
        self.assertTrue(lead.active)

    # ------------------------------------------------------------
    # RIGHTS
    # ------------------------------------------------------------

    def test_all_or_nothing(self):
        email = self._capture(to="new@customer.example, leo@customer.example")
        message = email.line_ids.mail_message_id
        self.sam.group_ids = self.env.ref("sales_team.group_sale_salesman")  # whose the lead is not
        self._refuses(self.sam, email, "action_undo", "no access to the record")
        self.assertRow(email, "captured")
        self.assertEqual(len(message.exists()), 2)

    def test_read_is_not_enough(self):
        email = self._capture(to="leo@customer.example, carla@customer.example")
        rule = {"name": "x", "model_id": self.env["ir.model"]._get_id("crm.lead"), "domain_force": "[(0, '=', 1)]"}
        self.env["ir.rule"].create({**rule, "perm_read": False})
        self._refuses(self.sam, email, "action_undo", "may see “Big deal”, but not change")
        self.assertEqual(len(self._get_captured(self.lead) + self._get_captured(self.contact)), 2)

    def test_manager(self):
        email = self._capture(to="leo@customer.example")
        self._undo(email, self.boss)
        self.assertEqual(email.line_ids.reason, "Removed from “Big deal” by Boss Seller")

    def test_twice(self):
        email = self._capture()
        self._undo(email)
        self._refuses(self.sam, email, "action_undo", error=UserError)

    # ------------------------------------------------------------
    # MESSAGES OF OTHERS
    # ------------------------------------------------------------

    def test_colleague_has_it_too(self):
        values = self._share_sender()
        email, other = self._capture(**values), self._capture(user=self.lea, **values)
        message = other.line_ids.mail_message_id
        self.assertEqual(message, email.line_ids.mail_message_id)
        self._undo(email)
        self.assertTrue(message.exists())
        self.assertRow(other, "captured")
        words = "Still on “Big deal”, where it also arrived another way."
        self.assertHistory(email, f"Sam Seller: Removed from “Big deal”. {words}")
        self._undo(other, self.lea)
        self.assertFalse(message.exists())

    def test_message_of_an_alias(self):
        message = self.lead.message_post(body="x", message_type="email", message_id="<alias@laptop.example>")
        email = self._capture(to="leo@customer.example", message_id="<alias@laptop.example>")
        self.assertEqual(email.line_ids.mail_message_id, message)
        self._undo(email)
        self.assertTrue(message.exists())

    def test_file_that_another_message_shows(self):
        email = self._capture(data.MIXED, to="leo@customer.example")
        files = email.line_ids.mail_message_id.attachment_ids
        self.lead.message_post(body="See this", attachment_ids=files[0].ids)
        self._undo(email)
        self.assertEqual(files.exists(), files[0])

    def test_record_or_message_gone(self):
        email = self._capture(to="new@customer.example, leo@customer.example, carla@customer.example")
        self.env[email.line_ids[0].res_model].browse(email.line_ids[0].res_id).unlink()
        self.env.flush_all()
        email.line_ids[1].mail_message_id.unlink()
        self._undo(email)
        self.assertEqual(
            email.line_ids.mapped("reason"),
            [
                "Removed by Sam Seller; the record no longer existed",
                "Removed from “Big deal” by Sam Seller",
                "Removed from “Carla Customer” by Sam Seller",
            ],
        )

    def test_only_record_gone(self):
        email = self._capture()
        self._get_record(email).unlink()
        with self.assertRaisesRegex(UserError, "no record"):
            self._call(self.sam, email.line_ids, "action_open_record")
        self._call(self.sam, email, "action_undo")
        self.assertRow(email, "unmatched")
        self.assertHistory(email, "Sam Seller: Removed; the record no longer existed.")

    # ------------------------------------------------------------
    # LOGGING AGAIN
    # ------------------------------------------------------------

    def test_filed_again_from_what_was_filed(self):
        email = self._capture(
            data.MIXED,
            to="Leo <leo@customer.example>",
            headers="Cc: carla@customer.example\n",
            sender="Sam at home <sam@acme.example>",
            subject="=?utf-8?q?Gr=C3=BC=C3=9Fe?=",
            body="Here is our offer, naïve as it is.",
        )
        names = ["subject", "email_from", "date", "message_id", "bcc_dropbox_to", "bcc_dropbox_cc", "body", "model"]
        read = [*names, "author_id", "is_internal", "message_type", "res_id"]

        def get_copies():
            messages = email.line_ids.mail_message_id
            contents = [
                sorted(message._bcc_dropbox_get_files().mapped(lambda f: (f.name, f.raw))) for message in messages
            ]
            return [{**values, "body": None, "id": None} for values in messages.read(read, load=None)], contents

        before = get_copies()
        email.raw = False  # its retention period is over
        self._undo(email)
        self.assertNotIn(self.secret.encode(), base64.b64decode(email.raw))
        self._call(self.sam, email, "action_retry")
        self.assertRow(email, "captured")
        self.assertEqual(get_copies(), before)
        body = email.line_ids[0].mail_message_id.body
        self.assertEqual(body.count("naïve as it is"), 1)
        image = (
            email.line_ids[0].mail_message_id._bcc_dropbox_get_files().filtered(lambda file: file.name == "logo.png")
        )
        self.assertIn(f'src="/web/image/{image.id}?access_token={image.access_token}"', body)

    def test_mail_without_message_id(self):
        raw = self._format(to="leo@customer.example").replace(b"Message-ID", b"X-Nothing")
        self._receive(raw)
        email = self.env["crm.bcc.dropbox.email"].search([], limit=1)
        self._undo(email)
        self.assertNotIn(b"Message-ID", base64.b64decode(email.raw))
        self._call(self.sam, email, "action_retry")
        self.assertEqual(self._get_record(email), self.lead)

    def test_what_was_captured_by_an_older_version(self):
        email = self._capture(to="leo@customer.example")
        email.line_ids.mail_message_id.write({"bcc_dropbox_to": False, "bcc_dropbox_cc": False})
        email.write({"email_to": False, "email_cc": False})
        self._undo(email)
        self._call(self.sam, email, "action_retry")
        self.assertEqual(self._get_record(email), self.lead)

    def test_filed_on_another_record(self):
        email = self._capture()
        self._undo(email)
        self._file_on(self.sam, email, self.lead)
        self.assertRow(email, "captured")
        self.assertHistory(
            email, "Sam Seller: Removed from “new@customer.example: Our offer”.", "Sam Seller: Logged on “Big deal”."
        )

    def test_what_was_refused_at_first(self):
        """Its owner has accepted it by logging it, an administrator has not."""
        for user, state in ((self.sam, "captured"), (self.boss, "refused")):
            email = self._capture_refused(to="leo@customer.example")
            self._file_on(user, email, self.contact)
            self._undo(email)
            self._call(self.sam, email, "action_retry")
            self.assertRow(email, state)

    def test_nobody_files_it_again_but_people(self):
        raw = self._format(to="leo@customer.example")
        self._receive(raw)
        email = self.env["crm.bcc.dropbox.email"].search([], limit=1)
        self._undo(email)
        self.env.ref("crm_bcc_dropbox.ir_cron_retry").method_direct_trigger()
        self._receive(raw)
        self.env.invalidate_all()
        self.assertRow(email, "unmatched")
        self.assertFalse(self._get_captured(self.lead))

    def test_original_is_kept_from_the_undo_on(self):
        email, untouched = self._capture(to="leo@customer.example"), self._capture_refused()
        self._undo(email)
        long_ago = fields.Datetime.now() - timedelta(days=40)
        self.env.cr.execute("UPDATE crm_bcc_dropbox_email SET create_date = %s", [long_ago])
        email.invalidate_recordset()
        email._gc_raw()
        self.assertTrue(email.has_original)
        self.assertFalse(untouched.has_original)
        email.undone_date = long_ago
        email._gc_raw()
        self.assertFalse(email.has_original)


@tagged("post_install", "-at_install")
class TestMove(ActionsCommon):
    def _move(self, line, record, user=None):
        with self.assertSilent():
            self._answer(user or self.sam, self._ask(user or self.sam, line, "action_move"), record)
        self.assertRow(line.email_id, "captured")
        self.assertEqual((line.res_model, line.res_id), (record._name, record.id))
        self.assertEqual(line.outcome, "matched")
        self.assertIn(line.mail_message_id, record.message_ids)

    def test_move(self):
        email = self._capture(data.MIXED, to="leo@customer.example")
        message = email.line_ids.mail_message_id
        files = message._bcc_dropbox_get_files()
        self._move(email.line_ids, self.contact)
        self.assertEqual(email.line_ids.mail_message_id, message)
        self.assertEqual(message._bcc_dropbox_get_files(), files)
        self.assertRecordValues(files, [{"res_model": "res.partner", "res_id": self.contact.id}] * 2)
        self.assertFalse(self._get_captured(self.lead))
        self.assertEqual(email.line_ids.reason, "Moved from “Big deal” by Sam Seller")
        self.assertHistory(email, "Sam Seller: Moved from “Big deal” to “Carla Customer”.")

    def test_created_record_goes(self):
        email = self._capture()
        lead = self._get_record(email)
        self._move(email.line_ids, self.lead)
        self.assertFalse(lead.active)

    def test_created_record_that_was_touched_stays(self):
        email = self._capture()
        lead = self._get_record(email)
        lead.name = "Another name"
        self._move(email.line_ids, self.lead)
        self.assertTrue(lead.active)

    def test_record_that_has_it_already(self):
        email = self._capture(data.MIXED, to="leo@customer.example, carla@customer.example")
        line, other = email.line_ids
        files = line.mail_message_id.attachment_ids
        self._move(line, self.contact)
        self.assertEqual(line.mail_message_id, other.mail_message_id)
        self.assertEqual(len(self._get_captured(self.contact)), 1)
        self.assertFalse(self._get_captured(self.lead))
        self.assertFalse(files.exists())
        # both refer to it now: the other keeps it
        self._move(line, self.lead)
        self.assertTrue(self._get_captured(self.contact))
        self.assertTrue(self._get_captured(self.lead))

    def test_colleague_has_it_too(self):
        values = self._share_sender()
        email = self._capture(data.MIXED, **values)
        other = self._capture(data.MIXED, user=self.lea, **values)
        message = email.line_ids.mail_message_id
        self._move(email.line_ids, self.contact)
        copy = email.line_ids.mail_message_id
        self.assertEqual(other.line_ids.mail_message_id, message)
        self.assertEqual(len(copy._bcc_dropbox_get_files() - message._bcc_dropbox_get_files()), 2)
        self.assertEqual(copy.message_id, message.message_id)
        self.assertEqual(message.model, "crm.lead")

    def test_rights_on_both_records(self):
        line = self._capture(to="leo@customer.example").line_ids
        mine = self.lead.copy({"name": "Mine", "user_id": self.sam.id})
        wizard = self._ask(self.sam, line, "action_move")
        hers = self._ask(self.boss, line, "action_move")
        self.sam.group_ids = self.env.ref("sales_team.group_sale_salesman")  # whose the lead is not
        self._refuses_answer(self.sam, wizard, mine, "no access")
        self.lead.user_id = self.sam
        mine.user_id = self.lea
        self._refuses_answer(self.sam, wizard, mine, "no access")
        self._refuses_answer(self.boss, hers, mine, "Sam Seller may not change “Mine”")
        mine.user_id = False
        self._move(line, mine, self.boss)

    def _refuses_answer(self, user, wizard, record, words, error=AccessError):
        line = wizard.line_id
        names = [name for name, field in line._fields.items() if field.store]
        before = line.read(names, load=None)
        with self.assertRaises(error) as caught, self.env.cr.savepoint():
            self._answer(user, wizard, record)
        self.assertIn(words, str(caught.exception))
        self.env.invalidate_all()
        self.assertEqual(line.read(names, load=None), before)

    def test_nothing_to_move(self):
        email = self._capture(to="leo@customer.example")
        wizard = self._ask(self.sam, email.line_ids, "action_move")
        self._refuses_answer(self.sam, wizard, self.lead, "already", UserError)
        email.line_ids.mail_message_id.unlink()
        self._refuses_answer(self.sam, wizard, self.contact, "no longer", UserError)
        self._refuses(self.sam, email.line_ids, "action_move", "no longer", UserError)

    def test_undo_after_move(self):
        email = self._capture(to="leo@customer.example, carla@customer.example")
        self._move(email.line_ids[0], self.contact)
        self._call(self.sam, email, "action_undo")
        self.assertFalse(self._get_captured(self.contact))
        self.assertRow(email, "unmatched")
