from odoo import fields, models
from odoo.tools import SQL


class CrmBccDropboxEmailRaw(models.Model):
    """The bytes of a captured email, in a table of their own: the log stays small however large emails are.

    The gateway creates one together with each row of the log, and it is deleted after the retention period. No group
    has access, because the bytes may contain BCC addresses of colleagues.
    """

    _name = "crm.bcc.dropbox.email.raw"
    _description = "Original of a Captured Email"
    _rec_name = "id"

    email_id = fields.Many2one("crm.bcc.dropbox.email", required=True, readonly=True, ondelete="cascade")
    raw = fields.Binary(attachment=False, required=True, readonly=True)

    _email_unique = models.UniqueIndex("(email_id)")

    def init(self):
        """Store originals uncompressed: PostgreSQL's compression would take longer than all other steps."""
        result = super().init()
        self.env.cr.execute(SQL("ALTER TABLE %s ALTER COLUMN raw SET STORAGE EXTERNAL", SQL.identifier(self._table)))
        return result
