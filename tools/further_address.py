"""Find records by their addresses, where one text may contain several: the indexes, and the searches that use them."""

import re
from collections.abc import Iterable

from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from .address import MAX_ADDRESS

SEPARATORS = r'[\s,;<>"()]+'
"""Regular expression of what stands between addresses, for Python and PostgreSQL alike."""

MAX_TEXT = 650
"""Characters of a text that are searched for further addresses. Even as a single address they fit into the index."""


def define_email_index() -> models.Index:
    """Define the index that finds records by their first address."""
    return models.Index(f"(email_normalized) WHERE length(email_normalized) <= {MAX_ADDRESS}")


def define_further_index(texts: str, condition: str) -> models.Index:
    """Define the index that finds records by their further addresses; rows that have only one are not in it.

    :param texts: SQL of the text with all addresses
    :param condition: SQL that is true of a row with several addresses
    """
    addresses = f"regexp_split_to_array(left(lower({texts}), {MAX_TEXT}), '{SEPARATORS}')"
    return models.Index(f"USING gin ({addresses}) WHERE {condition}")


def find_further(records, emails: Iterable[str], texts: SQL, condition: SQL) -> Domain:
    """Return the domain of the records that have one of these addresses after their first one.

    :param records: of the model
    :param emails: normalised, in all their spellings
    :param texts: that of the index, see :func:`define_further_index`
    :param condition: likewise
    """
    # SQL: the ORM cannot express the expression of the index
    found = SQL(
        "SELECT id FROM %s WHERE %s AND regexp_split_to_array(left(lower(%s), %s), %s) && %s::text[]",
        SQL.identifier(records._table), condition, texts, MAX_TEXT, SEPARATORS, list(emails),
    )  # fmt: skip
    return Domain.custom(
        to_sql=lambda _model, alias, _query: SQL("%s = ANY(ARRAY(%s))", SQL.identifier(alias, "id"), found)
    )


def split_text(text: str | None) -> list[str]:
    """Return the parts of a text that may be addresses, in lower case."""
    return re.split(SEPARATORS, (text or "").lower()[:MAX_TEXT])
