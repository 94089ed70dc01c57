"""Private emails are marked: fill the new column here, because the ORM would compute it row by row.

Versions whose rows have no codes of reasons had no private emails.
"""

from odoo.tools import sql

TABLE, COLUMN = "crm_bcc_dropbox_email", "is_private"


def migrate(cr, version):
    if not version or sql.column_exists(cr, TABLE, COLUMN):
        return
    sql.create_column(cr, TABLE, COLUMN, "bool")
    if not sql.column_exists(cr, TABLE, "reasons"):
        return
    cr.execute("""UPDATE crm_bcc_dropbox_email SET is_private = TRUE WHERE reasons @> '[["only_excluded"]]'""")
