from odoo import SUPERUSER_ID, models
from odoo.fields import Domain
from odoo.tools.mail import email_normalize


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "crm.bcc.dropbox.target"]

    # core has none, and each mail looks up its recipients here
    _bcc_dropbox_email_idx = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")

    def write(self, vals):
        """Follow the e-mail of users: it is the first of their own addresses."""
        if "email" not in vals:
            return super().write(vals)
        # sudo: the system keeps own addresses, whoever may change the contact
        Dropbox = self.env["crm.bcc.dropbox"].with_user(SUPERUSER_ID).with_context(active_test=False)
        dropboxes = Dropbox.search([("user_id.partner_id", "in", self.ids)])
        former = {dropbox.user_id.id: email_normalize(dropbox.user_id.partner_id.email) for dropbox in dropboxes}
        result = super().write(vals)
        dropboxes._ensure_own_email(former, actor=self.env.user)
        return result

    def _find_bcc_dropbox_records(self, emails, answered_ids):
        """Read first what record rules look at of the companies of the owner: rows of companies are long."""
        # sudo: like record rules themselves
        self.env.companies.sudo().fetch(["parent_path"])
        return super()._find_bcc_dropbox_records(emails, answered_ids)

    def _get_bcc_dropbox_domain(self, emails):
        """Active contacts other than colleagues."""
        return (
            super()._get_bcc_dropbox_domain(emails) & Domain("active", "=", True) & Domain("partner_share", "=", True)
        )

    def _get_bcc_dropbox_fields(self):
        """Say whether a contact is a company, and for record rules whether it is a user's."""
        return [*super()._get_bcc_dropbox_fields(), "is_company", "partner_share"]

    def _get_bcc_dropbox_rank(self, answered_ids):
        """First what is being answered, then the owner's own, then a person before a company, then the oldest."""
        return (
            *super()._get_bcc_dropbox_rank(answered_ids),
            self.user_id != self.env.user,
            self.is_company,
            self.id,
        )

    def _get_bcc_dropbox_suggestion_domain(self, emails):
        """Suggest the companies of the contacts as well."""
        contacts = super()._get_bcc_dropbox_suggestion_domain(emails)
        return contacts | (Domain("is_company", "=", True) & Domain("child_ids", "any", contacts))

    def _prepare_bcc_dropbox_values(self, address, mail):
        """A contact named as the mail names the customer, else by the address."""
        return {
            **super()._prepare_bcc_dropbox_values(address, mail),
            "name": address.name or address.email,
            "email": address.email,
        }
