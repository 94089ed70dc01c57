"""The notification after each action, and *Undo* in it."""

from base64 import b64decode, b64encode

from odoo.exceptions import UserError

from ..tools.toast import tell_logged
from .common import Command, tagged
from .test_actions import ActionsCommon


class UndoLastCommon(ActionsCommon):
    def _get_state(self, email):
        """Return what users see of an email, without its history."""
        names = ["outcome", "email", "reasons", "res_model", "res_id"]
        self.env.invalidate_all()
        return email.state, email.active, email.reasons, [line.read(names) for line in email.line_ids]

    def _without_ids(self, state):
        *values, lines = state
        return [*values, [{key: value for key, value in line[0].items() if key != "id"} for line in lines]]

    def _toast(self, action, text, has_undo=True):
        """Check the client action, and return the call that it makes to undo."""
        self.assertEqual((action["type"], action["tag"]), ("ir.actions.client", "bcc_dropbox_done"))
        params = action["params"]
        self.assertIn(text, params["message"])
        self.assertEqual(bool(params["undo"]), has_undo, params)
        return params["undo"]

    def _undo(self, user, undo):
        records = self.env[undo["model"]].browse(undo["ids"])
        return self._call(user, records, undo["method"])


@tagged("post_install", "-at_install")
class TestUndoLast(UndoLastCommon):
    """As the owner, who is a salesperson."""

    def assertUndone(self, email, act, text):
        """Check that an action changes an email, and that its *Undo* restores what was there."""
        before = self._without_ids(self._get_state(email))
        undo = self._toast(act(), text)
        self.assertNotEqual(self._without_ids(self._get_state(email)), before)
        self._toast(self._undo(self.sam, undo), "Undone.", has_undo=False)
        self.assertEqual(self._without_ids(self._get_state(email)), before)
        with self.assertRaises(UserError):
            self._undo(self.sam, undo)

    def test_log(self):
        email = self._capture_refused(to="leo@customer.example")
        self.assertUndone(email, lambda: self._file_on(self.sam, email, self.lead), "Logged on Big deal.")
        self.assertFalse(self._get_captured(self.lead))

    def test_create(self):
        email = self._capture_refused(to="new@customer.example")
        self.assertUndone(email, lambda: self._call(self.sam, email, "action_create_contact"), "Logged on new@")
        domain = [("email", "=", "new@customer.example")]
        self.assertFalse(self.env["res.partner"].search(domain))
        self.assertTrue(self.env["res.partner"].with_context(active_test=False).search(domain), "archived")

    def test_archive(self):
        email = self._capture_refused()
        self.assertUndone(email, lambda: self._call(self.sam, email, "action_dismiss"), "Archived.")
        self._call(self.sam, email, "action_dismiss")
        self._toast(self._call(self.sam, email, "action_dismiss"), "Archived.", has_undo=False)
        self.assertUndone(email, lambda: self._call(self.sam, email, "action_restore"), "Unarchived.")

    def test_retry(self):
        email = self._capture_refused(to="leo@customer.example")
        self.sam.bcc_dropbox_sender_ids.create(
            {"dropbox_id": email.dropbox_id.id, "email": "sam@home.example", "verified": True}
        )
        self.assertUndone(email, lambda: self._call(self.sam, email, "action_retry"), "Logged on Big deal.")
        self.assertFalse(self._get_captured(self.lead))

    def test_retry_makes_it_private(self):
        """A manager tries an email again whose customer the owner has excluded since: it was done, without an error."""
        email = self._capture_refused(to="leo@customer.example")
        self.env["crm.bcc.dropbox.exclusion"].create({"pattern": "customer.example", "user_id": self.sam.id})
        action = self._call(self.boss, email, "action_retry")
        self.assertTrue(email.is_private)
        self._toast(action, "Not logged.", has_undo=False)
        self.assertFalse(action["params"]["emailIds"])

    def test_retry_in_vain(self):
        email = self._capture_refused()
        action = self._call(self.sam, email, "action_retry")
        self._toast(action, "Not logged. ", has_undo=False)
        self.assertEqual(action["params"]["type"], "warning")

    def test_undo(self):
        """The email is on the same records again, and a record that was archived with it is active."""
        email = self._capture(to="leo@customer.example, new@customer.example")
        created = email.line_ids[1]._get_filed_record()
        created.flush_recordset()
        before = len(self._get_captured(self.lead))
        self.assertUndone(email, lambda: self._call(self.sam, email, "action_undo"), "Removed from all records.")
        self.assertEqual(len(self._get_captured(self.lead)), before)
        self.assertEqual(len(self._get_captured(created)), 1)
        self.assertTrue(created.active)
        self.assertTrue(all(email.line_ids.mapped("mail_message_id")))

    def test_undo_of_one_recipient(self):
        email = self._capture(to="leo@customer.example, carla@customer.example")
        line = email.line_ids[0]
        self.assertUndone(email, lambda: self._call(self.sam, line, "action_undo"), "Removed from “Big deal”.")
        self.assertEqual(len(self._get_captured(self.lead)), 1)
        self.assertEqual(len(self._get_captured(self.contact)), 1)

    def test_move(self):
        email = self._capture(to="leo@customer.example")

        def move():
            return self._answer(self.sam, self._ask(self.sam, email.line_ids, "action_move"), self.contact)

        self.assertUndone(email, move, "Moved to “Carla Customer”.")
        self.assertEqual(len(self._get_captured(self.lead)), 1)
        self.assertFalse(self._get_captured(self.contact))

    def test_read_again_has_no_undo(self):
        email = self._capture(to="leo@customer.example")
        self._toast(self._call(self.sam, email, "action_read_again"), "Reloaded", has_undo=False)

    def test_adopt_has_no_undo(self):
        """The sender address stays, so the email is not taken back alone."""
        email = self._capture_refused(to="leo@customer.example")
        self._toast(self._call(self.sam, email, "action_adopt_sender"), "Logged on Big deal.", has_undo=False)

    def test_never(self):
        email = self._capture(to="leo@customer.example")
        dialog = self.env["crm.bcc.dropbox.never"].browse(
            self._call(self.sam, email.line_ids, "action_never_address")["res_id"]
        )
        undo = self._toast(self._call(self.sam, dialog, "action_confirm"), "leo@customer.example")
        domain = [("user_id", "=", self.sam.id)]
        self.assertEqual(self.env["crm.bcc.dropbox.exclusion"].search(domain).pattern, "leo@customer.example")
        self._undo(self.sam, undo)
        self.assertFalse(self.env["crm.bcc.dropbox.exclusion"].search(domain))

    def test_never_with_earlier_emails_has_no_undo(self):
        email = self._capture(to="leo@customer.example")
        dialog = self.env["crm.bcc.dropbox.never"].browse(
            self._call(self.sam, email.line_ids, "action_never_address")["res_id"]
        )
        self._call(self.sam, dialog, "write", {"remove": True})
        self._toast(self._call(self.sam, dialog, "action_confirm"), "leo@customer.example", has_undo=False)

    def test_changed_meanwhile(self):
        email = self._capture_refused(to="leo@customer.example")
        undo = self._toast(self._file_on(self.sam, email, self.lead), "Logged")
        email.line_ids.filtered("res_id")._move_to(self.contact)
        email.last_action = {**email.last_action, "after": {}}
        before = self._get_state(email)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._undo(self.sam, undo)
        self.assertEqual(self._get_state(email), before)

    def test_names_are_those_that_the_user_may_see(self):
        """A record that the owner lost access to is not named."""
        email = self._capture_refused(to="leo@customer.example", user=self.sam)
        action = self._file_on(self.sam, email, self.lead)
        self.assertEqual(action["params"]["record"], {"model": "crm.lead", "id": self.lead.id})
        self.sam.group_ids = [Command.set(self.env.ref("sales_team.group_sale_salesman").ids)]
        self.env.invalidate_all()
        action = tell_logged(email.with_user(self.sam))
        self.assertEqual(action["params"]["message"], "Logged.")
        self.assertFalse(action["params"]["record"])


@tagged("post_install", "-at_install")
class TestUndoProposals(UndoLastCommon):
    """People who were proposed: the action on one email changes others of the same person."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sam.bcc_dropbox_propose = True

    def test_confirm(self):
        email = self._capture(to="nina@customer.example")
        self.assertEqual(email.line_ids.outcome, "proposed")
        before = self._without_ids(self._get_state(email))
        undo = self._toast(self._call(self.sam, email, "action_confirm_proposals"), "Logged on")
        self.assertRow(email, "captured")
        self._undo(self.sam, undo)
        self.assertEqual(self._without_ids(self._get_state(email)), before)

    def test_refuse(self):
        email = self._capture(to="nina@customer.example")
        before = self._without_ids(self._get_state(email))
        undo = self._toast(self._call(self.sam, email.line_ids, "action_refuse"), "Never proposed again.")
        self.assertFalse(email.active)
        self._undo(self.sam, undo)
        self.assertEqual(self._without_ids(self._get_state(email)), before)

    def test_several_of_the_same_person(self):
        """The first email answers for the second one as well; both are restored."""
        email = self._capture(to="nina@customer.example")
        other = self._capture(to="lena@customer.example")
        other.raw = b64encode(b64decode(other.raw).replace(b"lena@", b"nina@"))
        other.line_ids.email = other.recipients = "nina@customer.example"
        for method in ("action_confirm_proposals", "action_refuse_proposals"):
            with self.subTest(method=method):
                before = [self._without_ids(self._get_state(one)) for one in (email, other)]
                undo = self._toast(self._call(self.sam, email + other, method), "")
                self.assertEqual((email + other).line_ids.filtered(lambda line: line.outcome == "proposed").ids, [])
                self._undo(self.sam, undo)
                self.assertEqual([self._without_ids(self._get_state(one)) for one in (email, other)], before)

    def test_others_of_the_same_person(self):
        """An email that was logged or refused along with another one is restored with it."""
        email = self._capture(to="nina@customer.example")
        other = self._capture(to="leo@customer.example")
        other.line_ids.write(
            {"outcome": "proposed", "email": "nina@customer.example", "res_id": False, "mail_message_id": False}
        )
        before = [self._without_ids(self._get_state(one)) for one in (email, other)]
        undo = self._toast(self._call(self.sam, email.line_ids, "action_refuse"), "Never proposed again.")
        self.assertEqual(other.line_ids.outcome, "skipped")
        self._undo(self.sam, undo)
        self.assertEqual([self._without_ids(self._get_state(one)) for one in (email, other)], before)
