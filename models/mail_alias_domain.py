from odoo import api, models

from ..tools.address import is_dropbox


class MailAliasDomain(models.Model):
    _inherit = "mail.alias.domain"

    @api.model
    def _find_aliases(self, email_list):
        """Count dropboxes as aliases, so that Odoo creates no contact for one and does not show it to customers.

        Recognised by their form: tokens must not reach SQL, because failing queries are logged, and clients must not
        learn which dropboxes exist.
        """
        aliases = set(super()._find_aliases([email for email in email_list if not is_dropbox(email or "")]))
        return [email for email in email_list if email and (email in aliases or is_dropbox(email))]
