from odoo import models


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    def _load_menus_blacklist(self):
        """Show captured emails as an app of its own to users without CRM only; others find them there."""
        hidden = super()._load_menus_blacklist()
        if self.env.user.has_groups("sales_team.group_sale_salesman,sales_team.group_sale_manager"):
            hidden += self.env.ref("crm_bcc_dropbox.crm_bcc_dropbox_email_menu_root").ids
        return hidden
