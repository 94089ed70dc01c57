from odoo import fields, models
from odoo.tools import SQL

from ..tools.last_email import get_direction, is_email, skip_compilation

MEDIAN = "answer_hours_median:avg"


class CrmBccDropboxReport(models.Model):
    """What salespeople sent and received: one row per captured email that was logged.

    Of private emails, those to or from excluded addresses only, there is one row per salesperson and week with their
    number, and nothing else. No row has a subject, an address or a customer.

    A received email waits for an answer unless the last email before it on the same record was received, too. The
    first sent email after it, captured or from Odoo, is the answer; see `tools/last_email.py` for what is sent and
    received. The earliest answer counts if an email is logged on several records.
    """

    _name = "crm.bcc.dropbox.report"
    _description = "Emails per Salesperson"
    _auto = False
    _rec_name = "user_id"
    _order = "date desc, id desc"
    _depends = {
        "crm.bcc.dropbox.email": [
            "create_date",
            "created_count",
            "date",
            "direction",
            "is_private",
            "state",
            "user_id",
        ],
        "crm.bcc.dropbox.email.line": ["email_id", "mail_message_id", "outcome", "res_model"],
        "mail.message": ["author_id", "bcc_dropbox_captured", "date", "message_type", "model", "res_id", "subtype_id"],
        "res.users": ["company_id", "partner_id", "sale_team_id", "share"],
    }

    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Datetime(readonly=True, help="When the email was sent; the middle of the week for private emails.")
    sent = fields.Integer(readonly=True)
    received = fields.Integer(readonly=True)
    private = fields.Integer(readonly=True, help="Emails to or from excluded addresses only, per week.")
    new_leads = fields.Integer(readonly=True, help="Leads and opportunities created for these emails.")
    answer_hours = fields.Float(
        "First Answer (h)", readonly=True, digits=(16, 1), aggregator="avg",
        help="From a received email to the first one sent after it on the same record, on average.",
    )  # fmt: skip
    answer_hours_median = fields.Float(
        "First Answer, Median (h)", readonly=True, digits=(16, 1), aggregator="avg",
        help="Half of the answers were sent within this time.",
    )  # fmt: skip

    @property
    def _table_query(self):
        # both with the same types: otherwise PostgreSQL would look for the answers even if nobody reads them
        return SQL("%s UNION ALL %s", self._select_logged(), self._select_private())

    def _search(self, *args, **kwargs):
        """Tell PostgreSQL not to compile the query."""
        skip_compilation(self.env)
        return super()._search(*args, **kwargs)

    def _read_group_select(self, aggregate_spec, query):
        """Compute the median of a group, as Odoo has no such aggregator."""
        if aggregate_spec != MEDIAN:
            return super()._read_group_select(aggregate_spec, query)
        hours = self._field_to_sql(self._table, "answer_hours_median", query)
        return SQL("PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY %s)", hours)

    def _select_logged(self):
        """Return the query of the logged emails.

        PostgreSQL looks for the answers once, even if both columns are read, and not at all if none is.
        """
        return SQL(
            """
            SELECT email.id, email.user_id, owner.sale_team_id AS team_id, owner.company_id, email.date,
                   (email.direction = 'outgoing')::int AS sent,
                   (email.direction = 'incoming')::int AS received,
                   0 AS private,
                   CASE WHEN email.created_count > 0
                        THEN (SELECT COUNT(*)::int FROM crm_bcc_dropbox_email_line AS line
                               WHERE line.email_id = email.id AND line.outcome = 'created'
                                 AND line.res_model = 'crm.lead')
                        ELSE 0 END AS new_leads,
                   answered.hours AS answer_hours, answered.hours AS answer_hours_median
              FROM crm_bcc_dropbox_email AS email
              JOIN res_users AS owner ON owner.id = email.user_id
              LEFT JOIN LATERAL %s AS answered ON TRUE
             WHERE email.state = 'captured'
            """,
            self._select_answer(),
        )

    def _select_answer(self):
        """Return the query of the hours that a received email waited for its answer."""
        direction = {alias: get_direction(self.env, alias) for alias in ("message", "earlier")}
        return SQL(
            """
            (SELECT EXTRACT(EPOCH FROM MIN(answer.date - message.date))::float8 / 3600 AS hours
               FROM crm_bcc_dropbox_email_line AS line
               JOIN mail_message AS message ON message.id = line.mail_message_id
              CROSS JOIN LATERAL (
                    SELECT later.date FROM mail_message AS later
                     WHERE later.model = message.model AND later.res_id = message.res_id
                       AND (later.date, later.id) > (message.date, message.id)
                       AND %(is_email)s AND %(is_sent)s
                     ORDER BY later.date, later.id
                     LIMIT 1) AS answer
              WHERE email.direction = 'incoming' AND line.email_id = email.id AND %(is_received)s
                AND (SELECT %(earlier)s FROM mail_message AS earlier
                      WHERE earlier.model = message.model AND earlier.res_id = message.res_id
                        AND (earlier.date, earlier.id) < (message.date, message.id) AND %(was_email)s
                      ORDER BY earlier.date DESC, earlier.id DESC
                      LIMIT 1) IS DISTINCT FROM 'incoming')
            """,
            earlier=direction["earlier"],
            is_email=is_email(self.env, "later"),
            is_received=SQL("%s = 'incoming'", direction["message"]),
            is_sent=SQL("%s = 'outgoing'", get_direction(self.env, "later")),
            was_email=is_email(self.env, "earlier"),
        )

    def _select_private(self):
        """Return the query of the number of private emails per salesperson and week, and nothing else about them.

        Weeks are the same for all readers, and have ids of their own: otherwise, a reader with another time zone would
        see the hour at which an email changes weeks, and those who know other ids when it arrived.
        """
        week = SQL("date_trunc('week', COALESCE(email.date, email.create_date))")
        return SQL(
            """
            SELECT -email.user_id * 5000 - EXTRACT(EPOCH FROM %(week)s)::int / 604800 AS id, email.user_id,
                   owner.sale_team_id AS team_id, owner.company_id, %(week)s + INTERVAL '60 hours' AS date,
                   0 AS sent, 0 AS received, COUNT(*)::int AS private, 0 AS new_leads,
                   NULL::float8 AS answer_hours, NULL::float8 AS answer_hours_median
              FROM crm_bcc_dropbox_email AS email
              JOIN res_users AS owner ON owner.id = email.user_id
             WHERE email.is_private
             GROUP BY email.user_id, owner.sale_team_id, owner.company_id, %(week)s
            """,
            week=week,
        )
