from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase


@tagged("post_install", "-at_install")
class TestToursDestination(ScreenCase):
    """The dialog with the BCC address of a record, in a browser, as the salesperson with the lowest rights."""

    def test_lead(self):
        # SQL: the id is in the screenshot, and has to be the same in each of them
        self.env.cr.execute("SELECT setval('crm_lead_id_seq', 1041)")
        lead = self.env["crm.lead"].search([("name", "=", "Office for 40 people")]).copy({"user_id": self.own.id})
        lead.name = "Office for 40 people"
        self.start_tour(f"/odoo/crm/{lead.id}", "bcc_dropbox_record_address_lead", login="own")

    def test_contact(self):
        contact = self.env["res.partner"].search([("name", "=", "Brandon Freeman"), ("email", "like", "azure.example")])
        self.start_tour(f"/odoo/contacts/{contact.id}", "bcc_dropbox_record_address_contact", login="own")


@tagged("post_install", "-at_install")
class TestToursDestinationPhone(PhoneCase, TestToursDestination):
    """The same screens on a phone."""
