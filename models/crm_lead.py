from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.further_address import define_email_index, define_further_index, find_further
from ..tools.kinds import LEAD_GROUP
from ..tools.merge import follow_merge
from ..tools.people import Places
from ..tools.person_name import read_name
from ..tools.subject import strip_prefixes

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
        return super()._get_bcc_dropbox_email_domain(emails) | find_further(self, emails, *map(SQL, FURTHER))

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

    @api.model
    def _get_bcc_dropbox_places(self, alias):
        """Add the contact and the address of the lead."""
        records = {**super()._get_bcc_dropbox_places(alias).records}
        records["res.partner"] = SQL("SELECT %s", SQL.identifier(alias, "partner_id"))
        return Places(records, SQL.identifier(alias, "email_normalized"), ("email_normalized", "partner_id"))

    def _get_bcc_dropbox_kind(self):
        """Return what the user calls this record or, if it is empty, a new one."""
        kind = self.type if self else self._get_bcc_dropbox_type()
        return self.env._("Lead") if kind == "lead" else self.env._("Opportunity")

    def _get_bcc_dropbox_type(self):
        """Return the type of new records: opportunities if the user does not work with leads."""
        return "lead" if self.env.user.has_group(LEAD_GROUP) else "opportunity"

    def _prepare_bcc_dropbox_values(self, address, mail):
        """Name the lead after the customer and the subject, and assign it to the owner."""
        name, company, is_company = read_name(address.name, address.email)
        get_id = self.env["ir.model.data"]._xmlid_to_res_id  # cached; a source or medium may have been deleted
        return {
            **super()._prepare_bcc_dropbox_values(address, mail),
            "name": ": ".join(filter(None, (name or address.email, strip_prefixes(mail.subject)))),
            "email_from": address.email,
            "contact_name": (not is_company and name) or False,
            "partner_name": company or False,
            "user_id": self.env.uid,
            "type": self._get_bcc_dropbox_type(),
            "source_id": get_id("crm_bcc_dropbox.utm_source_bcc_dropbox"),
            "medium_id": get_id("utm.utm_medium_email"),
        }

    def _merge_dependences(self, opportunities):
        """Let the lines of captured emails follow their messages."""
        result = super()._merge_dependences(opportunities)
        follow_merge(opportunities, self)
        return result
