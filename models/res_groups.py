from odoo import api, models


class ResGroups(models.Model):
    _inherit = "res.groups"

    @api.model_create_multi
    def create(self, vals_list):
        """Create the dropboxes of users who become permitted by a new group."""
        groups = super().create(vals_list)
        self.env["crm.bcc.dropbox"]._ensure_dropboxes()
        return groups

    def write(self, vals):
        """Create the dropboxes of users who become permitted by a changed group."""
        result = super().write(vals)
        if not vals.keys().isdisjoint(("user_ids", "all_user_ids", "implied_ids", "implied_by_ids")):
            self.env["crm.bcc.dropbox"]._ensure_dropboxes()
        return result
