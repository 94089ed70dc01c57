import secrets

from odoo import api, fields, models
from odoo.tools import clean_context

BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


class CrmBccDropboxToken(models.Model):
    """The secret part of a dropbox address, present or replaced.

    One is made with each dropbox and each time its owner asks for a new address; it lives as long as the
    dropbox, so that a mail to a replaced address can be refused with a reason. No group has access: a token is
    read by its dropbox alone, so that nobody can search for one, not even by parts of it.
    """

    _name = "crm.bcc.dropbox.token"
    _description = "BCC Dropbox Token"
    _rec_name = "id"

    dropbox_id = fields.Many2one("crm.bcc.dropbox", required=True, index=True, ondelete="cascade")
    token = fields.Char(required=True, readonly=True, default=lambda self: self._generate_token(), copy=False)
    replaced_date = fields.Datetime(
        readonly=True,
        help="Empty for the present address. In the future for an old one that its owner lets work until then.",
    )

    _token_unique = models.UniqueIndex("(token)")
    _current_unique = models.UniqueIndex("(dropbox_id) WHERE replaced_date IS NULL")

    @api.model_create_multi
    def create(self, vals_list):
        """Draw tokens, whatever default values a client asks for."""
        return super(CrmBccDropboxToken, self.with_context(clean_context(self.env.context))).create(vals_list)

    def _has_stopped(self):
        """Tell whether the address was replaced, and its days of grace are over."""
        return bool(self.replaced_date) and self.replaced_date <= fields.Datetime.now()

    def _generate_token(self):
        """Draw 100 random bits, as 20 characters that survive every mail system."""
        return "".join(secrets.choice(BASE32) for _position in range(20))
