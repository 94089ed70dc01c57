"""Before this version, the original of a captured email was stored in its row of the log."""

from odoo.tools import SQL, sql


def migrate(cr, version):
    if not version or not sql.column_exists(cr, "crm_bcc_dropbox_email", "raw"):
        return
    cr.execute(
        SQL(
            """
            INSERT INTO crm_bcc_dropbox_email_raw (email_id, raw)
            SELECT id, raw FROM crm_bcc_dropbox_email WHERE raw IS NOT NULL
            """
        )
    )
    cr.execute(SQL("ALTER TABLE crm_bcc_dropbox_email DROP COLUMN raw"))
