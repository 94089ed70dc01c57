"""Fill a database with contacts, leads, users with dropboxes and captured emails: by SQL, in minutes.

Names, domains and sizes are spread as in real life: many people work for few companies, a quarter has a private
address, some have none, some addresses occur twice; few users capture most emails. The same sizes give the same
rows.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from faker import Faker

from .database import connect

# With more rows, it is quicker to drop the indexes and to create them again.
_KEEP_INDEXES = 10_000
_TABLES = ["res_partner", "res_users", "crm_lead", "mail_message"]
_ADDON_TABLES = [f"crm_bcc_dropbox{name}" for name in ("", "_token", "_sender", "_email", "_email_line")]
_LOCALES = ("de_DE", "en_GB", "es_ES", "fr_FR", "it_IT", "pl_PL", "pt_PT", "sv_SE", "tr_TR")


def fill(database: str, sizes: dict[str, int], *, addon: bool) -> None:
    """Add rows to a database that has none of its own.

    :param sizes: numbers of `contacts`, `leads`, `dropboxes` and `mails`
    :param addon: whether the addon is installed
    """
    tables = [*_TABLES, *(_ADDON_TABLES if addon else ())]
    scripts = ["fill_crm.sql", *(["fill_dropbox.sql"] if addon else ())]
    with connect(database) as cursor:
        # the foreign keys are right by construction; to check them takes longer than everything else
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '128MB'; SET synchronous_commit = off")
        is_big = max(sizes.values()) > _KEEP_INDEXES
        with _without_indexes(cursor, tables) if is_big else contextlib.nullcontext():
            for name in scripts:
                cursor.execute(Path(__file__).with_name(name).read_text(), {**_make_names(), **sizes})
        for table in tables:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608 names of ours
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(tables)}, res_groups_users_rel, res_company_users_rel")
        cursor.execute("CHECKPOINT")


def _make_names() -> dict[str, list[str]]:
    """Return the lists of names that SQL draws from."""
    faker = Faker(_LOCALES)
    faker.seed_instance(1)
    return {
        "first": [faker.first_name() for _name in range(200)],
        # the part `big` searches for this one
        "last": ["García", *(faker.last_name() for _name in range(200))],
        "companies": [faker.company() for _name in range(500)],
        "cities": [faker.city() for _name in range(50)],
        "private": [f"{faker.domain_word()}-post" for _name in range(8)],
    }


@contextlib.contextmanager
def _without_indexes(cursor, tables: list[str]) -> Iterator[None]:
    """Drop the indexes of some tables except the unique ones, and create them again at the end."""
    cursor.execute(
        """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
          FROM pg_index WHERE indrelid = ANY(%s::regclass[]) AND NOT indisunique
        """,
        [tables],
    )
    indexes = cursor.fetchall()
    cursor.execute("; ".join(f"DROP INDEX {name}" for name, _definition in indexes))
    yield
    cursor.execute("; ".join(definition for _name, definition in indexes))
