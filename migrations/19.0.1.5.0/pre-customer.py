"""Captured emails are grouped by customer: fill the new column here, because the ORM would compute it row by row."""

from odoo.addons.crm_bcc_dropbox.tools.spelling import get_key
from odoo.tools import SQL, sql

TABLE, COLUMN = "crm_bcc_dropbox_email", "customer_email"
IS_ASCII = SQL("split_part(recipients, ', ', 1) ~ '^[\\x01-\\x7f]+$'")


def migrate(cr, version):
    if not version or sql.column_exists(cr, TABLE, COLUMN):
        return
    sql.create_column(cr, TABLE, COLUMN, "varchar")
    cr.execute(
        SQL("UPDATE crm_bcc_dropbox_email SET customer_email = split_part(recipients, ', ', 1) WHERE %s", IS_ASCII)
    )
    cr.execute(
        SQL(
            """
            SELECT DISTINCT split_part(recipients, ', ', 1)
              FROM crm_bcc_dropbox_email
             WHERE recipients > '' AND NOT (%s)
            """,
            IS_ASCII,
        )
    )
    for (email,) in cr.fetchall():  # few: internationalised domains have several spellings
        key = SQL("customer_email = %s", get_key(email))
        is_same = SQL("customer_email IS NULL AND split_part(recipients, ', ', 1) = %s", email)
        cr.execute(SQL("UPDATE crm_bcc_dropbox_email SET %s WHERE %s", key, is_same))
