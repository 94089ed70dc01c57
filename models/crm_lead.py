from odoo import models
from odoo.fields import Domain


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "crm.bcc.dropbox.target"]

    # core has a trigram index only, which equality does not use well
    _bcc_dropbox_email_idx = models.Index("(email_normalized) WHERE email_normalized IS NOT NULL")

    def _get_bcc_dropbox_domain(self, emails):
        """Open and won leads: never lost, never archived ones."""
        return (
            super()._get_bcc_dropbox_domain(emails) & Domain("active", "=", True) & Domain("won_status", "!=", "lost")
        )

    def _get_bcc_dropbox_fields(self):
        """Say whether a lead is won, too."""
        return [*super()._get_bcc_dropbox_fields(), "won_status"]

    def _get_bcc_dropbox_rank(self, answered_ids):
        """First what is being answered, then open before won, then the owner's own, then the newest."""
        return (
            *super()._get_bcc_dropbox_rank(answered_ids),
            self.won_status == "won",
            self.user_id != self.env.user,
            -self.id,
        )

    def _prepare_bcc_dropbox_values(self, address, mail):
        """A lead of the owner named after the mail; an opportunity where the owner does not work with leads."""
        return {
            **super()._prepare_bcc_dropbox_values(address, mail),
            "name": mail.subject or address.name or address.email,
            "email_from": address.email,
            "contact_name": address.name,
            "user_id": self.env.uid,
            "type": "lead" if self.env.user.has_group("crm.group_use_lead") else "opportunity",
        }
