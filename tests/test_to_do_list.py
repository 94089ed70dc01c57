"""The emails that need an action: filter, number, actions on many."""

from odoo.exceptions import UserError
from odoo.tools.safe_eval import safe_eval

from .common import tagged
from .test_actions import ActionsCommon


@tagged("post_install", "-at_install")
class TestToDoList(ActionsCommon):
    """As the owner, who is a salesperson."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Email = cls.env["crm.bcc.dropbox.email"].with_user(cls.sam)

    def _run(self, key, emails, user=None):
        """Run an action of the list on a selection, and return what it tells the user."""
        context = {"active_model": emails._name, "active_ids": emails.ids, "active_id": emails[:1].id}
        action = self.env.ref(f"crm_bcc_dropbox.crm_bcc_dropbox_email_action_{key}")
        self.env.flush_all()
        result = action.with_user(user or self.sam).with_context(**context).run()
        self.env.invalidate_all()
        return result["params"]

    def test_one_definition(self):
        """The field, the filter and the number agree, for each state."""
        self.sam.bcc_dropbox_propose = True
        logged = self._capture(to="leo@customer.example")
        refused, unmatched, failed, archived = (self._capture_refused() for _number in range(4))
        unmatched.state, failed.state, archived.active = "unmatched", "failed", False
        proposed = self._capture(to="leo@customer.example, nina@customer.example")
        to_do = refused + unmatched + failed + proposed
        every = (to_do + logged + archived).with_user(self.sam)
        self.assertEqual(every.filtered("is_to_do"), to_do)
        every = self.Email.with_context(active_test=False)
        self.assertEqual(every.search([("is_to_do", "=", True)]), to_do.sorted("id", reverse=True))
        self.assertEqual(every.search([("is_to_do", "=", False)]), (logged + archived).sorted("id", reverse=True))
        self.assertEqual(self.Email.get_to_do_count(), len(to_do))

    def test_default_filter(self):
        """Captured Emails opens with what is to be done; other ways to the list show everything."""
        action = self.env.ref("crm_bcc_dropbox.crm_bcc_dropbox_email_action")
        self.assertEqual(safe_eval(action.context)["search_default_todo"], 1)
        self.assertIn("crm_bcc_dropbox_email_action_all", action.help)
        every = self.env.ref("crm_bcc_dropbox.crm_bcc_dropbox_email_action_all")
        own, foreign = self._capture(to="leo@customer.example"), self._capture(user=self.lea, to="leo@customer.example")
        for opened in (
            self.lead.with_user(self.sam).action_open_bcc_dropbox_emails(),
            self.sam.sudo().bcc_dropbox_ids.action_open_emails(),
            every.read()[0],
        ):
            self.assertNotIn("search_default_todo", str(opened["context"]))
        for user, emails in ((self.sam, own), (self.boss, own + foreign)):
            with self.subTest(user=user.login):
                domain = safe_eval(every.domain or "[]", {"uid": user.id})
                self.assertEqual(self.Email.with_user(user).search(domain) & (own + foreign), emails)
        self.assertEqual(safe_eval(every.context)["search_default_mine"], 1)

    def test_bulk(self):
        """Some succeed, others fail by themselves, and the user is told both."""
        known, unknown = self._capture_refused(to="leo@customer.example"), self._capture_refused(to="x@y.example")
        told = self._run("log_suggested", known + unknown)
        self.assertEqual(told["type"], "warning")
        self.assertIn("Logged on Big deal. Emails not changed: 1. No record is suggested", told["message"])
        self.assertEqual((known.state, unknown.state), ("captured", "refused"))
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._run("log_suggested", unknown)
        self._call(self.sam, self.Email.browse(told["undo"]["ids"]), told["undo"]["method"])
        self.assertEqual(known.state, "refused")

    def test_bulk_actions(self):
        for key, to, state in [
            ("create_lead", "new1@customer.example", "captured"),
            ("create_contact", "new2@customer.example", "captured"),
            ("dismiss", "new3@customer.example", "refused"),
            ("retry", "new4@customer.example", "refused"),
        ]:
            with self.subTest(action=key):
                emails = self._capture_refused(to=to) + self._capture_refused(to=to)
                told = self._run(key, emails)
                self.assertEqual(set(emails.mapped("state")), {state})
                self.assertEqual(emails.mapped("active"), [key != "dismiss"] * 2)
                self.assertEqual(told["emailIds"], emails.ids)

    def test_bulk_is_limited(self):
        email = self._capture_refused()
        copies = self.Email.union(*(email.sudo().copy({"fingerprint": str(number)}) for number in range(200)))
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._run("dismiss", email + copies)
        self.assertTrue(email.active)
