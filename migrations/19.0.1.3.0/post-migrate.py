"""Before this version, reasons were stored as sentences, and the field `dismissed` marked archived emails."""

from odoo.tools import SQL, sql

EMAIL, LINE = "crm_bcc_dropbox_email", "crm_bcc_dropbox_email_line"


def migrate(cr, version):
    if version:
        keep_reasons(cr, EMAIL)
        keep_reasons(cr, LINE)
        archive_dismissed(cr)
        convert_filters(cr)


def keep_reasons(cr, table):
    """Turn each sentence into a reason that shows the same words; the column `reason` has no field any more."""
    if not sql.column_exists(cr, table, "reason"):
        return
    cr.execute(
        SQL(
            """
            UPDATE %s
               SET reason_code = 'former',
                   reasons = jsonb_build_array(jsonb_build_array('former', jsonb_build_object('text', reason)))
             WHERE reason <> ''
            """,
            SQL.identifier(table),
        )
    )
    cr.execute(SQL("ALTER TABLE %s DROP COLUMN reason", SQL.identifier(table)))


def archive_dismissed(cr):
    """Archive dismissed emails; Odoo drops the column of the former field itself."""
    if sql.column_exists(cr, EMAIL, "dismissed"):
        cr.execute(SQL("UPDATE %s SET active = false WHERE dismissed", SQL.identifier(EMAIL)))


def convert_filters(cr):
    """Let saved filters find the same emails, and archive those that use a field that cannot be searched any more.

    ``("dismissed", "=", value)`` becomes ``("active", "!=", value)``, and the other way round.
    """
    cr.execute(
        SQL(
            r"""
            UPDATE ir_filters
               SET domain = regexp_replace(
                       regexp_replace(domain, '(["''])dismissed\1\s*,\s*(["''])!=\2', '\1active\1, \2=\2', 'g'),
                       '(["''])dismissed\1\s*,\s*(["''])=\2', '\1active\1, \2!=\2', 'g'
                   )
             WHERE model_id = 'crm.bcc.dropbox.email' AND domain ~ 'dismissed';
            UPDATE ir_filters
               SET active = false
             WHERE model_id LIKE 'crm.bcc.dropbox.email%%'
               AND concat(domain, context, sort) ~ '["''](dismissed|reason)\y'
            """
        )
    )
