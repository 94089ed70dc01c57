from odoo import SUPERUSER_ID, api, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.mail import email_normalize

from ..tools.further_address import define_email_index, define_further_index, find_further
from ..tools.parent_company import COMPANY_DOMAINS, find_parent_company
from ..tools.people import Places
from ..tools.person_name import read_name

FURTHER = ("email", "email ~ '@.*@'")
"""Contacts with several addresses, see :func:`define_further_index`."""


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "crm.bcc.dropbox.target"]

    # Odoo has none, and each email searches its recipients here
    _bcc_dropbox_email_idx = define_email_index()
    _bcc_dropbox_further_idx = define_further_index(*FURTHER)
    _bcc_dropbox_company_idx = models.Index(f"USING gin ({COMPANY_DOMAINS}) WHERE is_company")

    def write(self, vals):
        """Update the sender addresses of users whose email changes."""
        if "email" not in vals:
            return super().write(vals)
        # as the system: users who change a contact need no access to sender addresses
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

    def _find_bcc_dropbox_records(self, emails, several="best"):
        """Read only the field of the companies that record rules need: rows of companies are long."""
        # sudo: like record rules themselves
        self.env.companies.sudo().fetch(["parent_path"])
        return super()._find_bcc_dropbox_records(emails, several)

    def _get_bcc_dropbox_domain(self):
        """Restrict to active contacts who are no internal users."""
        return super()._get_bcc_dropbox_domain() & Domain("active", "=", True) & Domain("partner_share", "=", True)

    def _get_bcc_dropbox_email_domain(self, emails):
        """Add contacts with several addresses."""
        return super()._get_bcc_dropbox_email_domain(emails) | find_further(self, emails, *map(SQL, FURTHER))

    def _get_bcc_dropbox_email_text(self):
        """Return the email field, which may contain several addresses."""
        return self.email

    def _get_bcc_dropbox_fields(self):
        """Add the fields for addresses, the rank, opportunities and record rules."""
        return [*super()._get_bcc_dropbox_fields(), "commercial_partner_id", "email", "is_company", "partner_share"]

    def _get_bcc_dropbox_rank(self):
        """Prefer contacts of the owner, then persons, then the oldest."""
        return (*super()._get_bcc_dropbox_rank(), self.user_id != self.env.user, self.is_company, self.id)

    def _is_bcc_dropbox_untouched(self):
        """Keep contacts that have contacts, leads or opportunities of their own."""
        is_used = self.child_ids or self.env["crm.lead"].search_count([("partner_id", "=", self.id)], limit=1)
        return super()._is_bcc_dropbox_untouched() and not is_used

    def _get_bcc_dropbox_suggestion_domain(self, emails):
        """Suggest the companies of the contacts as well."""
        contacts = super()._get_bcc_dropbox_suggestion_domain(emails)
        return contacts | (Domain("is_company", "=", True) & Domain("child_ids", "any", contacts))

    def _get_bcc_dropbox_people(self):
        """Add the contacts of companies, in one query for all."""
        people = super()._get_bcc_dropbox_people()
        if companies := self.filtered("is_company"):
            found = self.with_context(active_test=False)
            for contact in found.search_fetch(
                [("commercial_partner_id", "in", companies.ids)], ["commercial_partner_id"]
            ):
                people[contact.commercial_partner_id.id].records.add((self._name, contact.id))
        return people

    @api.model
    def _get_bcc_dropbox_places(self, alias):
        """Add the contacts of companies."""
        ids = SQL(
            "SELECT %(id)s UNION SELECT person.id FROM res_partner AS person"
            " WHERE %(is_company)s AND person.commercial_partner_id = %(id)s",
            id=SQL.identifier(alias, "id"), is_company=SQL.identifier(alias, "is_company"),
        )  # fmt: skip
        return Places({self._name: ids}, fields=("commercial_partner_id", "is_company"))

    def _prepare_bcc_dropbox_values(self, address, mail):
        """Name the contact as the email does, or by the address, and find their company."""
        name, company, is_company = read_name(address.name, address.email)
        parent = find_parent_company(self.env, address.email)
        return {
            **super()._prepare_bcc_dropbox_values(address, mail),
            "name": name or address.email,
            "email": address.email,
            "company_id": parent.company_id.id,
            "company_name": (not parent and not is_company and company) or False,
            "is_company": not parent and is_company,
            "parent_id": parent.id,
        }
