"""Emails were never logged on the opportunities of a contact before: existing dropboxes keep it that way."""

from odoo.tools import SQL, sql

TABLE, COLUMN = "crm_bcc_dropbox", "opportunity"


def migrate(cr, version):
    if version and not sql.column_exists(cr, TABLE, COLUMN):
        sql.create_column(cr, TABLE, COLUMN, "varchar")  # otherwise Odoo writes the default of new dropboxes
        cr.execute(SQL("UPDATE %s SET %s = 'none'", SQL.identifier(TABLE), SQL.identifier(COLUMN)))
