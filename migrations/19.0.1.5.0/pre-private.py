"""Private emails are marked: fill the new column here, because the ORM would compute it row by row."""

from odoo.tools import sql

TABLE, COLUMN = "crm_bcc_dropbox_email", "is_private"


def migrate(cr, version):
    if not version or sql.column_exists(cr, TABLE, COLUMN):
        return
    sql.create_column(cr, TABLE, COLUMN, "bool")
    cr.execute("""UPDATE crm_bcc_dropbox_email SET is_private = TRUE WHERE reasons @> '[["only_excluded"]]'""")
