"""Whose captured emails a record shows, wherever they are logged: an opportunity those of its contact, and so on."""

from typing import NamedTuple

from odoo.fields import Domain
from odoo.tools import SQL

from .spelling import get_key, get_spellings


class People(NamedTuple):
    """The people of a record.

    :param set records: ``(model, id)`` of the records whose emails are shown, the record itself included
    :param set emails: normalised addresses
    """

    records: set
    emails: set


class Places(NamedTuple):
    """The same in SQL: where the emails of a record are.

    :param dict records: the query of the ids per name of a model
    :param SQL email: expression of the normalised address, or None
    :param tuple fields: names of the fields of the record that these use
    """

    records: dict
    email: SQL | None = None
    fields: tuple = ()


def get_line_domain(people):
    """Return the domain of the lines of captured emails that are about some people.

    :param people: iterable of :class:`People`
    """
    by_model, emails = {}, set()
    for one in people:
        emails |= one.emails
        for model_name, record_id in one.records:
            by_model.setdefault(model_name, set()).add(record_id)
    places = [Domain("res_model", "=", name) & Domain("res_id", "in", ids) for name, ids in by_model.items()]
    return Domain.OR([*places, Domain("email", "in", get_spellings(emails))] if emails else places)


def count_emails(Line, people):
    """Return the number of captured emails per record, in one query.

    :param Line: the model of lines, in the environment of the user whose rights count
    :param dict people: a :class:`People` per id of a record
    """
    by_record, by_email = {}, {}
    groups = Line._read_group(
        get_line_domain(people.values()), ["res_model", "res_id", "email"], ["email_id:array_agg"]
    )
    for model_name, record_id, email, ids in groups:
        by_record.setdefault((model_name, record_id), set()).update(ids)
        by_email.setdefault(get_key(email or ""), set()).update(ids)
    return {
        record_id: len(
            set().union(
                *(by_record.get(record, ()) for record in one.records),
                *(by_email.get(get_key(email), ()) for email in one.emails),
            )
        )
        for record_id, one in people.items()
    }
