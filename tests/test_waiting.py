"""Emails that wait for a lead or contact with their address."""

from odoo.exceptions import AccessError, UserError

from .common import tagged
from .test_actions import ActionsCommon

AUTOMATIC = "Auto-Submitted: auto-replied\n"
"""With this field, an email of the owner is rejected."""


@tagged("post_install", "-at_install")
class TestWaiting(ActionsCommon):
    """As the owner, who is a salesperson."""

    def _create_contact(self, email="nina@customer.example"):
        return self.env["res.partner"].create({"name": "Nina", "email": email})

    def _count(self, record, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return record.with_user(user or self.sam).bcc_dropbox_waiting_count

    def _count_sure(self, record):
        self.env.flush_all()
        self.env.invalidate_all()
        return record.with_user(self.sam).bcc_dropbox_sure_count

    def test_count(self):
        self._capture_refused(to="nina@customer.example")
        self._capture_refused(to="Nina <nina@customer.example>, carla@customer.example")
        self._capture_refused(to="janina@customer.example")
        contact = self._create_contact()
        lead = self.env["crm.lead"].create(
            {"name": "Nina's", "email_from": "x@customer.example", "email_cc": "nina@customer.example"}
        )
        for record, user, count in [
            (contact, self.sam, 2),
            (lead, self.sam, 2),
            (self.contact, self.sam, 1),
            (contact, self.boss, 0),
            (contact, self.lea, 0),
            (self._create_contact(False), self.sam, 0),
        ]:
            with self.subTest(record=record.display_name, user=user.login):
                self.assertEqual(self._count(record, user), count)

    def test_what_does_not_wait(self):
        contact = self._create_contact()
        archived, old, gone = (self._capture_refused(to="nina@customer.example") for _number in range(3))
        archived.active, gone.raw = False, False
        old.flush_recordset()
        # SQL: the ORM does not write it
        self.env.cr.execute(
            "UPDATE crm_bcc_dropbox_email SET create_date = create_date - interval '31 days' WHERE id = %s", old.ids
        )
        self._capture(to="nina@customer.example")
        self.assertEqual(self._count(contact), 0)

    def test_no_cost_without_permission(self):
        contact = self._create_contact()
        form = self.env["res.partner"].with_user(self.clerk).get_view(view_type="form")["arch"]
        self.assertNotIn("waiting", form)
        self.assertIn("waiting", self.env["res.partner"].with_user(self.sam).get_view(view_type="form")["arch"])
        with self.assertRaises(AccessError):
            contact.with_user(self.clerk).read(["bcc_dropbox_waiting_count"])

    def test_queries(self):
        contacts = self._create_contact() + self._create_contact("tom@customer.example")
        self._count(contacts[0])
        contacts = contacts.with_user(self.sam)
        contacts.mapped("email")
        contacts.invalidate_recordset(["bcc_dropbox_waiting_count"])
        with self.assertQueryCount(1):
            contacts.mapped("bcc_dropbox_waiting_count")

    def test_show(self):
        email = self._capture_refused(to="nina@customer.example")
        action = self._call(self.sam, self._create_contact(), "action_bcc_dropbox_show_waiting")
        self.assertEqual(self.env[action["res_model"]].with_user(self.sam).search(action["domain"]), email)

    def test_log_here(self):
        own = self._capture(to="nina@customer.example", headers=AUTOMATIC)
        emails = own + self._capture_unmatched(to="nina@customer.example")
        contact = self._create_contact()
        self.assertEqual(self._count_sure(contact), 2)
        action = self._call(self.sam, contact, "action_bcc_dropbox_log_waiting")
        self.assertEqual(action["params"]["message"], "Logged on Nina.")
        self.assertEqual(len(self._get_captured(contact)), 2)
        self.assertEqual(self._count(contact), 0)
        self._call(self.sam, emails, "action_undo_last")
        self.assertEqual(self._count(contact), 2)
        self.assertFalse(self._get_captured(contact))

    def test_log_here_for_a_proposed_person(self):
        self.sam.bcc_dropbox_propose = True
        email = self._capture(to="leo@customer.example, nina@customer.example")
        contact = self._create_contact()
        self.assertEqual(self._count(contact), 1)
        self._call(self.sam, contact, "action_bcc_dropbox_log_waiting")
        self.assertEqual(len(self._get_captured(contact)), 1)
        self.assertEqual(email.line_ids.mapped("outcome"), ["matched", "matched"])

    def test_emails_of_strangers_are_not_logged_unseen(self):
        """Those who know the BCC address must not get texts into histories by a click that shows no sender."""
        forged = self._capture(to="nina@customer.example", sender="mallory@evil.example")
        own = self._capture(to="nina@customer.example", headers=AUTOMATIC)
        redirected = self._capture_unmatched(to="nina@customer.example")
        redirected.write({"redirected": True, "reason_code": "redirected_unverified"})
        contact = self._create_contact()
        self.assertEqual((self._count(contact), self._count_sure(contact)), (3, 1))
        action = self._call(self.sam, contact, "action_bcc_dropbox_log_waiting")
        self.assertEqual(action["params"]["type"], "warning")
        self.assertEqual((forged + own + redirected).mapped("state"), ["refused", "captured", "unmatched"])

    def test_doubtful_emails_are_not_logged_unseen(self):
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.authentication", "reject")
        email = self._capture_refused(to="nina@customer.example")
        email.authentication = "fail"
        contact = self._create_contact()
        self.assertEqual((self._count(contact), self._count_sure(contact)), (1, 0))
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._call(self.sam, contact, "action_bcc_dropbox_log_waiting")
        self.assertRow(email, "refused")
