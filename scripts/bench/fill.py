"""Fills a database with contacts, leads, users with dropboxes and captured mails: by SQL, in minutes.

Names, domains and sizes are spread as in a real one: many people work for few companies, a quarter has a private
address, some have none, some are there twice; few users capture most of the mails. The same sizes give the same rows.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import psycopg2

from . import people
from .statements import CAPTURED, DROPBOXES, FUNCTIONS, LEADS, PARTNERS, USERS

# May switch off triggers, and hide an index from the planner.
ADMIN = "admin"
# Up to so many rows, indexes are kept up to date meanwhile.
_KEEP_INDEXES = 10_000
_TABLES = ("res_partner", "res_users", "crm_lead", "mail_message")
_ADDON_TABLES = (
    "crm_bcc_dropbox",
    "crm_bcc_dropbox_token",
    "crm_bcc_dropbox_sender",
    "crm_bcc_dropbox_email",
    "crm_bcc_dropbox_email_line",
)


@dataclass(frozen=True)
class Sizes:
    """How many there are to be of each."""

    contacts: int
    leads: int
    dropboxes: int
    mails: int


def fill(database: str, sizes: Sizes, *, addon: bool) -> None:
    """Add rows to a database of which they are the first.

    :param addon: whether it has tables for dropboxes and captured mails
    """
    tables = [*_TABLES, *(_ADDON_TABLES if addon else ())]
    with connect(database) as cursor:
        # the foreign keys are right by construction, and to check them takes longer than the rest
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '128MB'; SET synchronous_commit = off")
        cursor.execute(FUNCTIONS)
        names = {
            "first": people.FIRST_NAMES,
            "last": people.LAST_NAMES,
            "words": people.COMPANY_WORDS,
            "kinds": people.COMPANY_KINDS,
            "forms": people.COMPANY_FORMS,
            "private": people.PRIVATE_DOMAINS,
            "cities": people.CITIES,
        }
        is_big = max(sizes.contacts, sizes.mails) > _KEEP_INDEXES
        with without_indexes(cursor, tables) if is_big else contextlib.nullcontext():
            for statement in (PARTNERS, USERS, LEADS, *((DROPBOXES, CAPTURED) if addon else ())):
                cursor.execute(statement, {**names, **asdict(sizes)})
        for table in tables:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608 names of ours
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(tables)}, res_groups_users_rel, res_company_users_rel")
        cursor.execute("CHECKPOINT")


@contextlib.contextmanager
def connect(database: str, user: str = ADMIN) -> Iterator:
    """Yield a cursor on a database, where each statement is a transaction."""
    connection = psycopg2.connect(dbname=database, host=os.environ["PGHOST"], user=user)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


@contextlib.contextmanager
def without_indexes(cursor, tables: list[str]) -> Iterator[None]:
    """Drop the indexes of some tables, and make them again at the end: quicker than to keep them up to date."""
    cursor.execute(
        """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
          FROM pg_index
         WHERE indrelid = ANY(%s::regclass[]) AND NOT indisprimary
           AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
        """,
        [tables],
    )
    indexes = cursor.fetchall()
    cursor.execute("; ".join(f"DROP INDEX {name}" for name, _definition in indexes))
    yield
    cursor.execute("; ".join(definition for _name, definition in indexes))
