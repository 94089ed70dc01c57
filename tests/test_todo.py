"""To-dos that a BCC address asks for: planned in silence, closed by a reply, removed by undo."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import freeze_time

from ..tools.destination import add_suffix
from .common import tagged
from .test_redirected_gateway import RedirectedCommon


@tagged("post_install", "-at_install")
class TestTodo(RedirectedCommon):
    def _plan(self, suffix="todo3d", user=None, **values):
        """Send an email to Carla with a to-do; return its row."""
        user = user or self.sam
        dropbox = add_suffix(user.bcc_dropbox_address, suffix)
        return self._capture(dropbox=dropbox, user=user, **{"to": "carla@customer.example", **values})

    def assertOpen(self, activity, is_open=True):
        self.env.invalidate_all()
        self.assertEqual(activity.active, is_open)

    def test_planned(self):
        """For the owner, on the record of the first customer, without any notification or follower."""
        with self.assertSilent():
            email = self._plan(to="carla@customer.example, leo@customer.example", subject="Chairs")
        self.assertRow(email, "captured")
        first, second = email.line_ids
        activity = first.activity_id
        self.assertFalse(second.activity_id)
        self.assertEqual(self.contact.activity_ids, activity)
        self.assertEqual((activity.user_id, activity.summary), (self.sam, "Chairs"))
        self.assertEqual(activity.date_deadline, fields.Date.today() + timedelta(days=3))
        self.assertEqual(activity.activity_type_id, self.env.ref("mail.mail_activity_data_todo"))
        self.assertFalse(self.contact.message_ids.filtered("mail_activity_type_id"))

    def test_follower(self):
        """An owner who follows the record still does."""
        self.contact.message_subscribe(self.sam.partner_id.ids)
        self._plan()
        self.assertIn(self.sam.partner_id, self.contact.message_partner_ids)

    def test_day_of_the_owner(self):
        self.sam.tz = "Pacific/Auckland"
        with freeze_time("2026-11-24 20:00:00"):
            email = self._plan("todo")
        self.assertEqual(fields.Date.to_string(email.line_ids.activity_id.date_deadline), "2026-11-25")

    def test_with_a_destination(self):
        email = self._plan(f"todo+lead{self.lead.id}", to="lea@acme.example", subject="")
        self.assertEqual(self.lead.activity_ids, email.line_ids.activity_id)
        self.assertEqual(self.lead.activity_ids.user_id, self.sam)

    def test_nothing_logged(self):
        """No record, no to-do."""
        before = self.env["mail.activity"].search_count([])
        self.assertRow(self._plan("todo+none", to="new@customer.example"), "unmatched")
        self.assertRow(self._plan("todo", sender="mallory@evil.example"), "unmatched")
        self.assertEqual(self.env["mail.activity"].search_count([]), before)

    def test_impossible(self):
        """The email is logged, and says why there is no to-do."""
        self.env["ir.model.access"].search([("model_id.model", "=", "mail.activity")]).perm_create = False
        email = self._plan()
        self.assertRow(email, "captured", "The to-do couldn't be created")
        self.assertEqual(len(email.line_ids.mail_message_id), 1)

    # ------------------------------------------------------------
    # CLOSED
    # ------------------------------------------------------------

    def test_reply(self):
        """A captured reply closes it, without a message."""
        activity = self._plan().line_ids.activity_id
        self._capture(to="carla@customer.example")
        self.assertOpen(activity)
        with self.assertSilent():
            reply = self._redirect()
        self.assertRow(reply, "captured")
        self.assertOpen(activity, False)
        self.assertTrue(activity.date_done)
        self.assertEqual(activity.feedback, "A reply was captured.")
        self.assertEqual(set(self.contact.message_ids.mapped("bcc_dropbox_captured")) - {False}, {True})
        self.assertFalse(self.contact.message_ids.filtered("mail_activity_type_id"))

    def test_what_is_a_reply(self):
        """The same customer on the same record, or the same conversation; through any dropbox."""
        self.lea.bcc_dropbox_ids.redirects = True
        other = self.env["res.partner"].create({"name": "Otto", "email": "otto@customer.example"})
        for values, is_closed in (
            ({}, True),
            ({"user": self.lea, "own": "lea@acme.example", "to": "lea@acme.example"}, True),
            ({"sender": other.email_formatted}, False),
            ({"sender": other.email_formatted, "headers": "In-Reply-To: {message_id}\n"}, True),
            ({"sender": "leo@customer.example"}, False),
        ):
            with self.subTest(values):
                email = self._plan()
                headers = values.get("headers", "").format(message_id=email.message_id)
                self.assertRow(self._redirect(**{**values, "headers": headers}), "captured")
                self.assertOpen(email.line_ids.activity_id, not is_closed)
                email.line_ids.activity_id.unlink()

    def test_reference_of_a_stranger(self):
        """Anyone can write any Message-Id: on another record, only the owner's own to-dos are closed."""
        self.lea.bcc_dropbox_ids.redirects = True
        self.env["res.partner"].create({"name": "Otto", "email": "otto@customer.example"})
        email = self._plan()
        reply = self._redirect(
            user=self.lea, own="lea@acme.example", to="lea@acme.example", sender="otto@customer.example",
            headers=f"References: {email.message_id}\n",
        )  # fmt: skip
        self.assertRow(reply, "captured")
        self.assertOpen(email.line_ids.activity_id)

    def test_any_customer_of_the_email(self):
        email = self._plan(f"todo+lead{self.lead.id}", to="carla@customer.example, leo@customer.example")
        self._redirect(sender="leo@customer.example")
        self.assertOpen(email.line_ids.activity_id, False)

    def test_closed_by_the_user(self):
        """It stays as it is; a deleted one is forgotten."""
        done, deleted = (self._plan().line_ids.activity_id for _number in range(2))
        done.with_user(self.sam).action_feedback("Called her.")
        deleted.with_user(self.sam).unlink()
        self.assertRow(self._redirect(), "captured")
        self.assertOpen(done, False)
        self.assertEqual(done.feedback, "Called her.")

    def test_no_query_without_todos(self):
        """The search for them is skipped until there is the first one."""
        self.env.registry.clear_cache()
        self._redirect()
        counts = []
        for _number in range(2):
            before = self.env.cr.sql_log_count
            self._redirect()
            counts.append(self.env.cr.sql_log_count - before)
        self._plan()
        self._redirect()
        before = self.env.cr.sql_log_count
        self._redirect()
        counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertEqual(counts[2], counts[0] + 1)

    # ------------------------------------------------------------
    # UNDONE AND MOVED
    # ------------------------------------------------------------

    def test_undo(self):
        """An open one is removed, also from a record that is archived then; one that is done stays."""
        email = self._plan(to="new@customer.example")
        lead, activity = self._get_record(email), email.line_ids.activity_id
        email.with_user(self.sam).action_undo()
        self.env.invalidate_all()
        self.assertFalse(activity.exists())
        self.assertFalse(lead.active)
        email = self._plan()
        activity = email.line_ids.activity_id
        activity.with_user(self.sam).action_done()
        email.line_ids.with_user(self.sam).action_undo()
        self.env.invalidate_all()
        self.assertTrue(activity.exists())

    def test_move(self):
        email = self._plan()
        activity = email.line_ids.activity_id
        with self.assertSilent():
            email.line_ids.with_user(self.sam)._move_to(self.lead)
        self.env.invalidate_all()
        self.assertEqual((activity.res_model, activity.res_id), ("crm.lead", self.lead.id))
        self.assertEqual(self.lead.activity_ids, activity)

    def test_sender_confirmed_later(self):
        """It looks redirected until the owner confirms the sender; then it is the owner's."""
        email = self._plan(f"todo+lead{self.lead.id}", sender="sam@home.example")
        self.assertRow(email, "unmatched")
        self.dropbox.sender_ids = [Command.create({"email": "sam@home.example", "verified": True})]
        self.env.flush_all()
        email.with_user(self.sam).action_retry()
        self.env.invalidate_all()
        self.assertEqual(self._get_record(email), self.lead)
        self.assertEqual(self.lead.activity_ids, email.line_ids.activity_id)
