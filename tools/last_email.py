"""The last email between a customer and this company: which messages count, in which direction, and whose they are.

Of the messages in the history of a record, the first row that matches decides:

- a captured email: sent or received, as it was captured
- an email that Odoo sent (`email_outgoing`): sent
- a message or an email of an internal user, or a former one, to all followers (`mail.mt_comment`): sent
- any other email (`email`), unless its author is such a user: received
- everything else, such as notes, changes, notifications and out-of-office messages: no email

A record has the emails in its own history and in those of its people, like its button *Captured Emails*, as far as the
user may read these records; and those captured emails to its address that the user may read, wherever they are logged.
"""

from collections.abc import Iterator
from datetime import datetime

from odoo.fields import Domain
from odoo.tools import SQL

from .people import Places
from .states import INCOMING, OUTGOING

COUNTED = "{0}message_type IN ('comment', 'email', 'email_outgoing') AND {0}model <> 'discuss.channel'"
"""SQL of what every message that counts fulfils, and the condition of the index; to format with a prefix of columns."""

NEEDED = ("author_id", "bcc_dropbox_captured", "date", "message_type", "model", "res_id", "subtype_id")
"""Fields of messages that the queries read."""

OPERATORS = {operator: SQL(operator) for operator in ("<", "<=", ">", ">=")}


def find_last_emails(records) -> dict[int, tuple[datetime, str]]:
    """Return the date and the direction of the last email per id, in one query; ids without any are left out."""
    if not records.ids:
        return {}
    # SQL: the ORM cannot read the last row of each group
    query = SQL(
        "SELECT record.id, last.date, last.direction FROM %s AS record CROSS JOIN LATERAL %s AS last"
        " WHERE record.id IN %s",
        SQL.identifier(records._table), select_last(records, "record"), tuple(records.ids),
    )  # fmt: skip
    return {id_: (date, direction) for id_, date, direction in records.env.execute_query(query)}


def search_date(records, operator: str, value):
    """Return the domain of the records whose last email was before or after a date; False: of those without any."""
    return _search(records, operator, value, "date")


def search_direction(records, operator: str, value):
    """Return the domain of the records whose last email was sent or received; False: of those without any."""
    return _search(records, operator, value, "direction") if operator == "in" else NotImplemented


def _search(records, operator: str, value, column: str):
    if operator not in OPERATORS and operator != "in":
        return NotImplemented
    skip_compilation(records.env)

    def to_sql(model, alias, _query):
        found = SQL("(SELECT %s FROM %s AS last)", SQL.identifier("last", column), select_last(model, alias))
        if operator in OPERATORS:
            return SQL("COALESCE(%s %s %s, FALSE)", found, OPERATORS[operator], value)
        values = tuple(item for item in value if isinstance(item, datetime | str))
        is_one = SQL("COALESCE(%s IN %s, FALSE)", found, values) if values else SQL("FALSE")
        return SQL("(%s OR %s IS NULL)", is_one, found) if False in value else is_one

    return Domain.custom(to_sql=to_sql)


def skip_compilation(env) -> None:
    """Tell PostgreSQL to run the queries of this transaction without compiling them.

    PostgreSQL overestimates their cost, because it does not know that most rows need a single index lookup. Compiling
    them would take many seconds.
    """
    env.cr.execute("SET LOCAL jit = off")


def select_last(records, alias: str) -> SQL:
    """Return the query of the last email of a record: its date and direction, or no row.

    :param records: of the model of the record, in the environment of the user who may read emails
    :param alias: of the table of the record in the query around this one
    """
    # sudo(False): users inherit these fields from their contact, as superuser
    records = records.sudo(False)
    places = Places({}, None)
    if records.env["crm.bcc.dropbox.email.line"].has_access("read"):
        places = records._get_bcc_dropbox_places(alias)
    return SQL(
        "(SELECT found.date, found.direction FROM (%s) AS found ORDER BY found.date DESC, found.id DESC LIMIT 1)",
        SQL(" UNION ALL ").join(_select_emails(records.env, places)),
        to_flush=[
            *(records._fields[name] for name in places.fields),
            *(records.env["mail.message"]._fields[name] for name in NEEDED),
        ],
    )


def _select_emails(env, places: Places) -> Iterator[SQL]:
    """Generate the queries of the emails of a record: id, date and direction of messages."""
    yield SQL("SELECT 0 AS id, NULL::timestamp AS date, NULL::varchar AS direction WHERE FALSE")
    for model_name, ids in places.records.items():
        Model = env[model_name].with_context(active_test=False)
        if Model.has_access("read"):
            yield _select_on_records(env, model_name, ids, Model._search(Domain.TRUE))
    if places.email:
        yield _select_by_address(env, places.email)


def _select_on_records(env, model_name: str, ids: SQL, readable) -> SQL:
    """Return the query of the last email of each record that the user may read."""
    rule = SQL(" WHERE place.id IN %s", readable.subselect()) if readable.where_clause else SQL()
    return SQL(
        """
        SELECT latest.* FROM (%(ids)s) AS place (id) CROSS JOIN LATERAL (
            SELECT message.id, message.date, %(direction)s AS direction
              FROM mail_message AS message
             WHERE message.model = %(model)s AND message.res_id = place.id AND %(is_email)s
             ORDER BY message.date DESC, message.id DESC
             LIMIT 1
        ) AS latest%(rule)s
        """,
        direction=get_direction(env, "message"), ids=ids, is_email=is_email(env, "message"),
        model=model_name, rule=rule,
    )  # fmt: skip


def _select_by_address(env, address: SQL) -> SQL:
    """Return the query of the captured emails to an address, among those that the user may read."""
    Line = env["crm.bcc.dropbox.email.line"]
    is_to = Domain.custom(to_sql=lambda _model, alias, _query: SQL("%s = %s", SQL.identifier(alias, "email"), address))
    query = Line._search(is_to)
    message = query.join(Line._table, "mail_message_id", "mail_message", "id", "message")
    query.add_where(is_email(env, message))
    columns = (SQL.identifier(message, "id"), SQL.identifier(message, "date"), get_direction(env, message))
    return SQL("(%s)", query.select(*columns))


def is_email(env, alias: str) -> SQL:
    """Return the condition that a message is an email, by the rule of this module."""
    return SQL(
        f"{COUNTED.format('%(message)s.')} AND %(message)s.date IS NOT NULL AND %(direction)s IS NOT NULL",
        message=SQL.identifier(alias), direction=get_direction(env, alias),
    )  # fmt: skip


def get_direction(env, alias: str) -> SQL:
    """Return the expression of the direction of a message, by the rule of this module; NULL if it is no email."""
    return SQL(
        """
        CASE WHEN %(message)s.message_type = 'email_outgoing' THEN %(outgoing)s
             WHEN %(message)s.message_type = 'email' AND %(message)s.bcc_dropbox_captured THEN %(incoming)s
             WHEN EXISTS (SELECT FROM res_users AS author
                           WHERE author.partner_id = %(message)s.author_id AND NOT author.share)
             THEN CASE WHEN %(message)s.message_type IN ('comment', 'email') AND %(message)s.subtype_id = %(comment)s
                       THEN %(outgoing)s END
             WHEN %(message)s.message_type = 'email' THEN %(incoming)s
         END
        """,
        message=SQL.identifier(alias), outgoing=OUTGOING, incoming=INCOMING,
        comment=env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment") or None,
    )  # fmt: skip
