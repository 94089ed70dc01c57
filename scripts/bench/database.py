"""Odoo in this process: databases that emails are delivered to, and what each email costs."""

import contextlib
import gc
import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from statistics import median
from typing import NamedTuple
from unittest.mock import patch

import psycopg2
from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.service.server import load_server_wide_modules
from odoo.tools import config

from .results import summarize

DOMAIN = "bench.example"
# The account of the delivery script: the administrator, because core's aliases require it.
GATEWAY = 2
SELLERS = 10
SALES = f"sales@{DOMAIN}"
_LIMITS = (
    "crm_bcc_dropbox.max_mails_per_day",
    "crm_bcc_dropbox.max_records_per_day",
    "mail.gateway.loop.threshold",
)


class Mail(NamedTuple):
    """An email and its Message-Id."""

    id: str
    raw: bytes


class Cost(NamedTuple):
    """Seconds until a call was committed, queries on all connections, processor seconds of this process alone."""

    seconds: float
    queries: int
    cpu: float


def describe(costs: Sequence[Cost]) -> dict:
    """Return times and queries of emails as `bench.json` has them."""
    return {
        "ms": summarize(cost.seconds * 1000 for cost in costs),
        "cpu_ms": summarize(cost.cpu * 1000 for cost in costs),
        "queries": median(cost.queries for cost in costs),
    }


class Seller(NamedTuple):
    """A salesperson, with an alias that posts on a lead of theirs, and a dropbox if the addon is installed."""

    id: int
    name: str
    email: str
    deal: str
    dropbox: str


def start(conf: str) -> None:
    """Make this process an Odoo, with the settings of a file."""
    config.parse_config(["-c", conf], setup_logging=True)
    # logs a line per email
    logging.getLogger("odoo.addons.mail.models.mail_thread").setLevel(logging.WARNING)
    load_server_wide_modules()


@contextlib.contextmanager
def connect(database: str) -> Iterator:
    """Yield a cursor of the superuser of PostgreSQL, on which each statement is a transaction."""
    connection = psycopg2.connect(dbname=database, host=os.environ["PGHOST"], user="admin")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()


class Database:
    """A database in this process, with what the benchmark needs in it."""

    def __init__(self, name: str):
        self.name = name
        self.registry = Registry(name)
        with self.open() as env:
            self.has_addon = "crm.bcc.dropbox" in env
            self._prepare(env)

    @contextlib.contextmanager
    def open(self, user: int = SUPERUSER_ID) -> Iterator[api.Environment]:
        """Yield an environment in a transaction of its own, committed at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, user, {})

    def _prepare(self, env: api.Environment) -> None:
        """Give the company a domain and aliases, and lift the limits of core and dropboxes on one sender."""
        if not env["mail.alias.domain"].search([("name", "=", DOMAIN)]):
            env.company.alias_domain_id = env["mail.alias.domain"].create({"name": DOMAIN})
        for name in _LIMITS:
            env["ir.config_parameter"].set_param(name, "1000000000")
        self._ensure_alias(env, "sales")
        for seller in self._find_sellers(env):
            # a lead of their own: core would notify another owner of each email
            domain = [("won_status", "=", "pending"), ("user_id", "=", seller.id)]
            lead = env["crm.lead"].search(domain, limit=1, order="id")
            lead = lead or lead.create({"name": "Deal", "user_id": seller.id})
            self._ensure_alias(env, f"deal-{seller.login}", lead.id)

    def _find_sellers(self, env: api.Environment):
        logins = [f"seller{number}" for number in range(1, SELLERS + 1)]
        return env["res.users"].search([("login", "in", logins)], order="id")

    def _ensure_alias(self, env: api.Environment, name: str, lead: int = 0) -> None:
        values = {"alias_name": name, "alias_force_thread_id": lead, "alias_contact": "everyone"}
        values["alias_model_id"] = env["ir.model"]._get_id("crm.lead")
        if not env["mail.alias"].search_count([("alias_name", "=", name)]):
            env["mail.alias"].create(values)

    @cached_property
    def sellers(self) -> list[Seller]:
        """Return the sellers who capture most emails."""
        with self.open() as env:
            users = self._find_sellers(env)
            dropboxes = [user.with_user(user).bcc_dropbox_address if self.has_addon else "" for user in users]
            return [
                Seller(user.id, user.name, user.email, f"deal-{user.login}@{DOMAIN}", dropbox)
                for user, dropbox in zip(users, dropboxes, strict=True)
            ]

    def find_contacts(self, count: int) -> list[tuple[str, str]]:
        """Return names and addresses of contacts from all over the table, each the only one with its address."""
        query = """
            SELECT min(name), email_normalized FROM res_partner
             WHERE active AND partner_share AND email_normalized IS NOT NULL
             GROUP BY email_normalized HAVING count(*) = 1 ORDER BY md5(email_normalized) LIMIT %s
        """
        return self.query(query, count)

    def find_leads(self, count: int) -> list[tuple[str, str]]:
        """Return names and addresses of leads of people who are no contacts."""
        query = """
            SELECT contact_name, email_normalized FROM crm_lead
             WHERE active AND won_status = 'pending' AND partner_id IS NULL ORDER BY md5(id::text) LIMIT %s
        """
        return self.query(query, count)

    def query(self, statement: str, *parameters: object) -> list[tuple]:
        """Return the rows of a query, on a connection of its own."""
        with connect(self.name) as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall()

    def deliver(self, mail: Mail) -> Cost:
        """Give an email to the gateway, in a transaction of the caller."""
        return self.measure(lambda env: env["mail.thread"].message_process(False, mail.raw), GATEWAY)

    def deliver_all(self, mails: Sequence[Mail]) -> list[Cost]:
        """Give emails to the gateway one after the other, garbage collected before."""
        gc.collect()
        return [self.deliver(mail) for mail in mails]

    def measure(self, call: Callable[[api.Environment], object], user: int = SUPERUSER_ID) -> Cost:
        """Return the cost of a call, including its commit."""
        queries, cpu, started = sql_db.sql_counter, time.process_time(), time.perf_counter()
        with self.open(user) as env:
            call(env)
        seconds = time.perf_counter() - started
        return Cost(seconds, sql_db.sql_counter - queries, time.process_time() - cpu)

    def without_bus(self) -> contextlib.AbstractContextManager:
        """Discard what would be sent to open pages."""
        return patch.object(self.registry["bus.bus"], "_sendone")

    def check(self, mails: Sequence[Mail], outcome: str) -> None:
        """Raise unless each email was captured, with one outcome of all lines: a rejected one would be quick."""
        query = """
            SELECT count(*) FROM crm_bcc_dropbox_email AS email
             WHERE email.message_id = ANY(%s) AND email.state = 'captured' AND EXISTS (
                   SELECT FROM crm_bcc_dropbox_email_line AS line WHERE line.email_id = email.id
                   HAVING every(line.outcome = %s))
        """
        [[count]] = self.query(query, [mail.id for mail in mails], outcome)
        if count != len(mails):
            raise RuntimeError(f"{len(mails) - count} of {len(mails)} emails were not {outcome}")
