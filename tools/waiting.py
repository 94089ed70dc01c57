"""Emails that wait for a record: no record had the address when they arrived, and now a lead or contact has it."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Domain

from .bulk import MAX_BULK
from .decision import PROPOSED
from .redirected import DOUBTFUL
from .spelling import get_key, get_keys, get_spellings
from .states import CAPTURED, REFUSED
from .toast import describe_logged, make_toast

EMAIL = "crm.bcc.dropbox.email"

MAX_ADDRESSES = 200
"""Addresses of the records that a query looks for."""

FIELDS = ["authentication", "is_from_owner", "reason_code", "recipients", "sender_spelling", "state"]
"""Fields to read in the search."""


def find_waiting(records):
    """Find the emails of the current user to or from the people of some records that are on no record yet.

    Only those of the last `retention_days` whose original is kept.

    :param records: of a target model
    :return: the emails per id of a record
    """
    keys = {record.id: set(filter(None, record._get_bcc_dropbox_keys())) for record in records}
    addresses = get_spellings(sorted(set().union(*keys.values()))[:MAX_ADDRESSES])
    Email = records.env(su=False)[EMAIL]
    if not addresses or not Email.has_access("read"):
        return {}
    since = fields.Datetime.now() - timedelta(days=Email.env["crm.bcc.dropbox"]._get_parameter("retention_days"))
    domain = Email._get_to_do_domain() & Domain("user_id", "=", Email.env.uid) & Domain("create_date", ">=", since)
    named = Domain.OR(Domain("recipients", "ilike", address) for address in addresses)
    domain &= named | Domain("line_ids", "any", [("email", "in", addresses), ("outcome", "=", PROPOSED)])
    emails = Email.search_fetch(domain, FIELDS, limit=MAX_BULK).filtered("has_original")
    people = {email: _get_people(email) for email in emails}
    return {
        id_: emails.browse(email.id for email in emails if not people[email].isdisjoint(own))
        for id_, own in keys.items()
    }


def _get_people(email):
    """Return the keys of the people whom an email is not logged for."""
    if email.state == CAPTURED:
        return {get_key(line.email) for line in email.line_ids if line.outcome == PROPOSED}
    return get_keys(email.recipients)


def _is_sure(email):
    """Return whether the sender of an email is certain: the page where the user logs it does not show the sender."""
    if email.state == REFUSED:
        return email.is_from_owner and not email.is_sender_doubtful
    return email.reason_code not in DOUBTFUL


def count_waiting(records):
    """Count the emails that :func:`find_waiting` finds.

    :return: per id of a record, their number, and the number of those that :func:`log_waiting` logs
    """
    return {id_: (len(emails), len(emails.filtered(_is_sure))) for id_, emails in find_waiting(records).items()}


def log_waiting(record):
    """Log the waiting emails on their record, except those that someone else may have sent.

    :return: the client action that says what was done
    :raises UserError: there is no email whose sender is certain
    """
    env, keys = record.env, set(record._get_bcc_dropbox_keys())
    waiting = find_waiting(record).get(record.id, env[EMAIL])
    sure = waiting.filtered(_is_sure)
    for email in sure:
        lines = email.line_ids.filtered(lambda line: line.outcome == PROPOSED and get_key(line.email) in keys)
        if lines:
            lines[0]._merge_into(record)
        elif email.state != CAPTURED:  # else it was logged together with an earlier one
            email._file_by_hand(record)
    if not sure:
        raise UserError(env._("No email was logged. Click “Show” to check the emails."))
    text = describe_logged(sure)
    if sure != waiting:
        text += " " + env._("Look at the others: someone else may have sent them.")
    return make_toast(sure, text, kind="success" if sure == waiting else "warning")
