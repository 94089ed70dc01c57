import secrets

from odoo import api, fields, models
from odoo.tools import SQL, clean_context

from ..tools.address import TOKEN_LENGTH, is_dropbox
from ..tools.deliveries import find_deliveries

BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


class CrmBccDropboxToken(models.Model):
    """The secret part of a BCC address, present or replaced.

    Created with each dropbox and with each new address, and deleted with the dropbox, so that emails to a replaced
    address are rejected with a reason. No group has access, so that tokens can't be searched, not even by parts.
    """

    _name = "crm.bcc.dropbox.token"
    _description = "BCC Dropbox Token"
    _rec_name = "id"

    dropbox_id = fields.Many2one("crm.bcc.dropbox", required=True, index=True, ondelete="cascade")
    token = fields.Char(required=True, readonly=True, default=lambda self: self._generate_token(), copy=False)
    replaced_date = fields.Datetime(
        readonly=True,
        help="When the address stops or stopped working. Empty for the present address.",
    )

    _token_unique = models.UniqueIndex("(token)")
    _current_unique = models.UniqueIndex("(dropbox_id) WHERE replaced_date IS NULL")

    @api.model_create_multi
    def create(self, vals_list):
        """Generate the tokens, without default values of the client."""
        return super(CrmBccDropboxToken, self.with_context(clean_context(self.env.context))).create(vals_list)

    @api.model
    def _knows_recipients(self, envelope):
        """Return whether each recipient of an envelope is a dropbox, including replaced and archived ones.

        :raises AccessError: the user may not deliver emails to dropboxes
        """
        self.env["mail.thread"]._bcc_dropbox_check_deliverer()
        tokens = [delivery.token for delivery in find_deliveries(b"", (), envelope)]
        # SQL: the server log must not contain tokens, so the query is not logged if it fails
        query = SQL("SELECT count(*) FROM crm_bcc_dropbox_token WHERE token = ANY(%s)", tokens)
        self.env.cr.execute(query, log_exceptions=False)
        [count] = self.env.cr.fetchone()
        return all(map(is_dropbox, envelope.recipients)) and count == len(tokens)

    def _has_stopped(self):
        """Return whether the address was replaced, and no longer works."""
        return bool(self.replaced_date) and self.replaced_date <= fields.Datetime.now()

    def _generate_token(self):
        """Return 100 random bits, in characters that every mail system keeps."""
        return "".join(secrets.choice(BASE32) for _position in range(TOKEN_LENGTH))
