from odoo import SUPERUSER_ID, models
from odoo.fields import Domain
from odoo.tools.mail import email_normalize

from .crm_bcc_dropbox_target import define_email_index, define_further_index

FURTHER = ("email", "email ~ '@.*@'")
"""Where a contact has further addresses, see :func:`define_further_index`."""


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "crm.bcc.dropbox.target"]

    # core has none, and each mail looks up its recipients here
    _bcc_dropbox_email_idx = define_email_index()
    _bcc_dropbox_further_idx = define_further_index(*FURTHER)

    def write(self, vals):
        """Follow the e-mail of users: it is the first of their own addresses."""
        if "email" not in vals:
            return super().write(vals)
        # sudo: the system keeps own addresses, whoever may change the contact
        users = self.env["res.users"].with_user(SUPERUSER_ID).with_context(active_test=False)
        users = users.search([("partner_id", "in", self.ids)])
        former = {user.id: email_normalize(user.partner_id.email) for user in users}
        result = super().write(vals)
        actor = self.env.user
        for user in users:
            if email_normalize(user.partner_id.email) != former[user.id]:
                user.bcc_dropbox_email_proved = user._is_bcc_dropbox_email_proved_by(actor)
        users.bcc_dropbox_ids._ensure_own_email(former, actor)
        return result

    def _find_bcc_dropbox_records(self, emails):
        """Read first what record rules look at of the companies of the owner: rows of companies are long."""
        # sudo: like record rules themselves
        self.env.companies.sudo().fetch(["parent_path"])
        return super()._find_bcc_dropbox_records(emails)

    def _get_bcc_dropbox_domain(self):
        """Active contacts other than colleagues."""
        return super()._get_bcc_dropbox_domain() & Domain("active", "=", True) & Domain("partner_share", "=", True)

    def _get_bcc_dropbox_email_domain(self, emails):
        """Find contacts with several addresses by each of them."""
        return super()._get_bcc_dropbox_email_domain(emails) | self._get_bcc_dropbox_further_domain(emails, *FURTHER)

    def _get_bcc_dropbox_email_text(self):
        """Take the field as it was filled in."""
        return self.email

    def _get_bcc_dropbox_fields(self):
        """Add the addresses, whether a contact is a company, and for record rules whether it is a user's."""
        return [*super()._get_bcc_dropbox_fields(), "email", "is_company", "partner_share"]

    def _get_bcc_dropbox_rank(self):
        """First the owner's own, then a person before a company, then the oldest."""
        return (*super()._get_bcc_dropbox_rank(), self.user_id != self.env.user, self.is_company, self.id)

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
