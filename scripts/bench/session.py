"""Odoo in this process: databases that mails are given to, and what each mail costs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from odoo import SUPERUSER_ID, api, sql_db
from odoo.modules.registry import Registry
from odoo.service.server import load_server_wide_modules
from odoo.tools import config

DOMAIN = "bench.example"
# The account of the delivery script; the administrator, as core's aliases demand.
GATEWAY = 2
SELLERS = 10
SALES = f"sales@{DOMAIN}"
_LIMITS = (
    "crm_bcc_dropbox.max_mails_per_day",
    "crm_bcc_dropbox.max_records_per_day",
    "mail.gateway.loop.threshold",
)


@dataclass(frozen=True)
class Cost:
    """What a call cost.

    :param float seconds: until its transaction was committed
    :param int queries: all that this process sent to PostgreSQL, on whatever connection
    :param float cpu: seconds that this process computed; PostgreSQL and the disk not included
    """

    seconds: float
    queries: int
    cpu: float = 0


@dataclass(frozen=True)
class Seller:
    """Someone who writes to customers.

    :param str deal: alias that posts on a lead of theirs
    :param str dropbox: empty where there is no addon
    """

    id: int
    name: str
    email: str
    deal: str
    dropbox: str


def start(conf: str) -> None:
    """Make this process an Odoo, with the settings of a file."""
    config.parse_config(["-c", conf], setup_logging=True)
    # one line for each mail is no part of what is measured
    logging.getLogger("odoo.addons.mail.models.mail_thread").setLevel(logging.WARNING)
    load_server_wide_modules()


class Database:
    """A database in this process, with what the benchmark needs in it."""

    def __init__(self, name: str):
        self.name = name
        self.registry = Registry(name)
        with self.open() as env:
            self.has_addon = "crm.bcc.dropbox" in env
            self._prepare(env)

    @contextmanager
    def open(self, user: int = SUPERUSER_ID):
        """Yield an environment in a transaction of its own, committed at the end."""
        with self.registry.cursor() as cr:
            yield api.Environment(cr, user, {})

    def _prepare(self, env: api.Environment) -> None:
        """Give the company a domain; let core and dropboxes take as many mails from one sender as we send."""
        domain = env["mail.alias.domain"].search([("name", "=", DOMAIN)])
        if not domain:
            env.company.alias_domain_id = domain = domain.create({"name": DOMAIN})
        for name in _LIMITS:
            env["ir.config_parameter"].set_param(name, "1000000000")
        self._ensure_alias(env, "sales")
        for seller in self._find_sellers(env):
            # a lead of theirs: core would notify another one of each mail
            domain = [("won_status", "=", "pending"), ("user_id", "=", seller.id)]
            lead = env["crm.lead"].search(domain, limit=1, order="id")
            self._ensure_alias(
                env, f"deal-{seller.login}", lead.id or lead.create({"name": "Deal", "user_id": seller.id}).id
            )

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
        """Return some sellers, those of the most mails among them."""
        with self.open() as env:
            return [
                Seller(
                    user.id, user.name, user.email, f"deal-{user.login}@{DOMAIN}",
                    user.with_user(user).bcc_dropbox_address if self.has_addon else "",
                )
                for user in self._find_sellers(env)
            ]  # fmt: skip

    def find_contacts(self, count: int) -> list[tuple[str, str]]:
        """Return names and addresses of contacts all over the table, each address of one contact only."""
        return self._find(
            """
            SELECT min(name), email_normalized FROM res_partner
             WHERE active AND partner_share AND email_normalized IS NOT NULL
               AND id %% (SELECT greatest(1, count(*) / %s) FROM res_partner) = 0
             GROUP BY email_normalized HAVING count(*) = 1 ORDER BY min(md5(id::text)) LIMIT %s
            """,
            count,
        )

    def find_leads(self, count: int) -> list[tuple[str, str]]:
        """Return names and addresses of leads of people who are no contacts."""
        return self._find(
            """
            SELECT contact_name, email_normalized FROM crm_lead AS lead
             WHERE active AND won_status = 'pending' AND partner_id IS NULL
               AND id %% (SELECT greatest(1, count(*) / %s) FROM crm_lead) = 0
             ORDER BY md5(id::text) LIMIT %s
            """,
            count,
        )

    def _find(self, query: str, count: int) -> list[tuple[str, str]]:
        with self.registry.cursor() as cr:
            cr.execute(query, (count * 8, count))
            return cr.fetchall()

    def deliver(self, raw: bytes) -> Cost:
        """Give a mail to the gateway as the service for the delivery script does, in a transaction of the caller."""
        return self.measure(lambda env: env["mail.thread"].message_process(False, raw), GATEWAY)

    def measure(self, call: Callable[[api.Environment], object], user: int = SUPERUSER_ID) -> Cost:
        """Measure a call, its commit included."""
        queries, cpu, started = sql_db.sql_counter, time.process_time(), time.perf_counter()
        with self.open(user) as env:
            call(env)
        seconds = time.perf_counter() - started
        return Cost(seconds, sql_db.sql_counter - queries, time.process_time() - cpu)

    def check(self, outcomes: dict[str, str]) -> None:
        """Make sure that we measured what we wanted to.

        :param dict outcomes: by Message-Id, what must have become of each recipient of the mail
        :raises RuntimeError: the benchmark, or the addon, is wrong
        """
        with self.registry.cursor() as cr:
            cr.execute(
                """
                SELECT email.message_id, string_agg(DISTINCT line.outcome, ',')
                  FROM crm_bcc_dropbox_email AS email
                  JOIN crm_bcc_dropbox_email_line AS line ON line.email_id = email.id
                 WHERE email.message_id = ANY(%s) AND email.state = 'captured'
                 GROUP BY email.message_id
                """,
                [list(outcomes)],
            )
            found = dict(cr.fetchall())
        wrong = [id_ for id_, outcome in outcomes.items() if found.get(id_) != outcome]
        if wrong:
            raise RuntimeError(f"{len(wrong)} of {len(outcomes)} mails became something else, as {found.get(wrong[0])}")
