from odoo import fields, models
from odoo.tools import SQL


class CrmBccDropboxEmailRaw(models.Model):
    """The bytes of a captured email, in a table of their own: the log stays small however large emails are.

    The gateway makes one together with each row of the log, and it is deleted when its time is over. No group has
    access: the bytes may name the dropboxes of colleagues.
    """

    _name = "crm.bcc.dropbox.email.raw"
    _description = "Original of a Captured Email"
    _rec_name = "id"

    email_id = fields.Many2one("crm.bcc.dropbox.email", required=True, readonly=True, ondelete="cascade")
    raw = fields.Binary(attachment=False, required=True, readonly=True)

    _email_unique = models.UniqueIndex("(email_id)")

    def init(self):
        """Store originals as they are: PostgreSQL would try to compress them, for longer than all else takes."""
        result = super().init()
        self.env.cr.execute(SQL("ALTER TABLE %s ALTER COLUMN raw SET STORAGE EXTERNAL", SQL.identifier(self._table)))
        return result
