from odoo import models
from odoo.fields import Domain

from .crm_bcc_dropbox_target import define_email_index, define_further_index

FURTHER = (
    "COALESCE(email_from, '') || ',' || COALESCE(email_cc, '')",
    "(email_cc IS NOT NULL OR email_from ~ '@.*@')",
)
"""Leads with several addresses, see :func:`define_further_index`."""


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.bcc.dropbox.target"]

    # Odoo only has a trigram index, which is slow for equality
    _bcc_dropbox_email_idx = define_email_index()

    _bcc_dropbox_further_idx = define_further_index(*FURTHER)

    def _get_bcc_dropbox_domain(self):
        """Restrict to open and won leads, without lost and archived ones."""
        return super()._get_bcc_dropbox_domain() & Domain("active", "=", True) & Domain("won_status", "!=", "lost")

    def _get_bcc_dropbox_email_domain(self, emails):
        """Find leads by their Cc as well."""
        return super()._get_bcc_dropbox_email_domain(emails) | self._get_bcc_dropbox_further_domain(emails, *FURTHER)

    def _get_bcc_dropbox_email_text(self):
        """Add the Cc."""
        return ",".join(filter(None, (self.email_from, self.email_cc)))

    def _get_bcc_dropbox_fields(self):
        """Add the addresses, the customer and whether a lead is won."""
        return [*super()._get_bcc_dropbox_fields(), "email_cc", "email_from", "partner_id", "won_status"]

    def _get_bcc_dropbox_rank(self):
        """Prefer open to won leads, then leads of the owner, then the newest."""
        return (*super()._get_bcc_dropbox_rank(), self.won_status == "won", self.user_id != self.env.user, -self.id)

    def _choose_bcc_dropbox_records(self, candidates, several):
        """Prefer open to won leads, whichever one is chosen."""
        if several != "all":
            candidates = {
                email: leads.filtered(lambda lead: lead.won_status != "won") or leads
                for email, leads in candidates.items()
            }
        return super()._choose_bcc_dropbox_records(candidates, several)

    def _get_bcc_dropbox_people(self):
        """Add the contact and the address of the lead."""
        people = super()._get_bcc_dropbox_people()
        for lead in self:
            if lead.partner_id:
                people[lead.id].records.add((lead.partner_id._name, lead.partner_id.id))
            if lead.email_normalized:
                people[lead.id].emails.add(lead.email_normalized)
        return people

    def _prepare_bcc_dropbox_values(self, address, mail):
        """Name the lead after the email, and assign it to the owner; an opportunity if they do not work with leads."""
        return {
            **super()._prepare_bcc_dropbox_values(address, mail),
            "name": mail.subject or address.name or address.email,
            "email_from": address.email,
            "contact_name": address.name,
            "user_id": self.env.uid,
            "type": "lead" if self.env.user.has_group("crm.group_use_lead") else "opportunity",
        }

    def _merge_dependences(self, opportunities):
        """Let the lines of captured emails follow their messages."""
        result = super()._merge_dependences(opportunities)
        self.env["crm.bcc.dropbox.email.line"]._follow_merge(opportunities, self)
        return result
