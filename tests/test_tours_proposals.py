from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase

SUBJECT = "Nice to meet you at the fair"
PEOPLE = "Nora Lindqvist <nora@nordlys.example>, Pavel Dvorak <pavel@dvorak.example>"


@tagged("post_install", "-at_install")
class TestToursProposals(ScreenCase):
    """The screens of new people who wait for confirmation, and of the choices about them."""

    def _receive_proposals(self, to=f"{PEOPLE}, Brandon Freeman <brandon.freeman@azure.example>", subject=SUBJECT):
        self.own.bcc_dropbox_ids.propose = True
        date = "Tue, 24 Nov 2026 08:55:00 +0000"
        return self._capture(user=self.own, to=to, subject=subject, date=date)

    def test_proposals(self):
        self._receive_emails("Visit on Thursday", "Height-adjustable desks")
        self._receive_proposals("Ida Berg <ida@berg.example>", "Your order")
        email = self._receive_proposals()
        self.start_tour("/odoo/all-captured-emails", "bcc_dropbox_proposals", login="own")
        self.env.invalidate_all()
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.mapped("outcome"), ["created", "skipped", "matched"])

    def test_log_on(self):
        email = self._receive_proposals()
        self.start_tour(f"/odoo/captured-emails/{email.id}", "bcc_dropbox_propose_on", login="own")
        self.env.invalidate_all()
        self.assertEqual(email.line_ids.mapped("outcome"), ["matched", "created", "matched"])
        self.assertEqual(email.line_ids[0].res_id, self.contact.id)

    def test_preferences(self):
        self.start_tour("/odoo/crm", "bcc_dropbox_propose", login="own")
        self.env.invalidate_all()
        self.assertTrue(self.own.bcc_dropbox_ids.propose)

    def test_defaults(self):
        self._create_user("ada", "base.group_system,sales_team.group_sale_manager")
        self.start_tour("/odoo/action-crm.crm_config_settings_action", "bcc_dropbox_defaults", login="ada")
        self.env.invalidate_all()
        dropbox = self.own.bcc_dropbox_ids
        self.assertEqual([dropbox.several, dropbox.opportunity, dropbox.propose], ["all", "only", True])


@tagged("post_install", "-at_install")
class TestToursProposalsPhone(PhoneCase, TestToursProposals):
    """The same screens on a phone."""


@tagged("post_install", "-at_install")
class TestToursProposalsBulk(TestToursProposals):
    """Cards on a phone cannot be selected."""

    test_proposals = test_log_on = test_preferences = test_defaults = None

    def test_bulk(self):
        self._receive_emails("Visit on Thursday")
        emails = self._receive_proposals() + self._receive_proposals(PEOPLE, "Photos of the fair")
        emails += self._receive_proposals("Ida Berg <ida@berg.example>", "Your order")
        self.start_tour("/odoo/all-captured-emails", "bcc_dropbox_proposals_bulk", login="own")
        self.env.invalidate_all()
        self.assertFalse(emails.filtered("proposal_count"))
        self.assertEqual(emails.mapped("state"), ["captured"] * 3)
