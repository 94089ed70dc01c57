"""How long Odoo takes to answer what the screens ask, with many captured mails."""

from __future__ import annotations

import gc
from collections.abc import Callable

from lxml import etree
from odoo.tools import SQL

from .filing import describe
from .rows import Row
from .session import Cost, Database

MAX_SECONDS = 0.15
_PAGE = 80
_MODEL = "crm.bcc.dropbox.email"
_LAST_WEEKS = [("create_date", ">=", "-27d =0H")]


def measure_screens(database: Database, rounds: int, size: str) -> Row:
    """Ask what the web client asks, as the busiest owner and as a manager."""
    owner, manager = database.sellers[0].id, 2
    record = _find_busiest_contact(database, owner)
    asked = [
        ("list, owner", owner, _list([("user_id", "=", owner)])),
        ("list, manager", manager, _list([])),
        ("list of the last 4 weeks, manager", manager, _list(_LAST_WEEKS)),
        ("graph of the last 4 weeks, owner", owner, _graph([("user_id", "=", owner), *_LAST_WEEKS])),
        ("graph of the last 4 weeks, manager", manager, _graph(_LAST_WEEKS)),
        ("smart button, owner", owner, _count(record)),
        ("smart button, manager", manager, _count(record)),
        ("list behind the smart button, manager", manager, _list([("line_ids", "any", _on(record))])),
    ]
    optional = [
        ("list searched by customer, manager", manager, _list([("recipients", "ilike", "garcia")])),
        ("graph of all time, manager", manager, _graph([])),
    ]
    costs = {name: _measure(database, user, call, rounds) for name, user, call in asked}
    others = {name: _measure(database, user, call, 3) for name, user, call in optional}
    figures = {name: describe(each) for name, each in {**costs, **others}.items()}
    slowest = max(costs, key=lambda name: figures[name]["ms"]["median"])
    milliseconds = figures[slowest]["ms"]["median"]
    return Row(
        "screens",
        f"captured-mails list and graph, record's smart button, with {size} captured mails",
        f"first page below {MAX_SECONDS * 1000:.0f} ms server time",
        f"{milliseconds:.0f} ms ({slowest})",
        milliseconds < MAX_SECONDS * 1000,
        {"screens": figures},
        "; ".join(f"{name} {figures[name]['ms']['median']:.0f} ms" for name in figures)
        + ". The last two are no first pages, and do not count.",
    )


def _measure(database: Database, user: int, call: Callable, rounds: int) -> list[Cost]:
    """Ask some times, the first one not counted: what a server reads once is no part of it."""
    database.measure(call, user)
    gc.collect()
    return [database.measure(call, user) for _round in range(rounds)]


def _list(domain: list) -> Callable:
    """Return what opens the list on its first page."""

    def call(env):
        model = env[_MODEL]
        arch = etree.fromstring(model.get_view(view_type="list")["arch"])
        specification = {}
        for node in arch.iterfind("field"):
            is_record = model._fields[node.get("name")].type == "many2one"
            specification[node.get("name")] = {"fields": {"display_name": {}}} if is_record else {}
        found = model.web_search_read(domain, specification, limit=_PAGE, count_limit=10001)
        assert found["records"], "there is nothing in the list"

    return call


def _graph(domain: list) -> Callable:
    """Return what draws the graph by days and states."""

    def call(env):
        found = env[_MODEL].formatted_read_group(domain, ["create_date:day", "state"], ["__count"])
        assert found, "there is nothing in the graph"

    return call


def _count(record: int) -> Callable:
    """Return what shows the number on the button of a contact."""

    def call(env):
        [values] = env["res.partner"].browse(record).web_read({"bcc_dropbox_email_count": {}})
        assert values["bcc_dropbox_email_count"], "there is nothing to count"

    return call


def _on(record: int) -> list:
    return [("res_model", "=", "res.partner"), ("res_id", "=", record)]


def _find_busiest_contact(database: Database, owner: int) -> int:
    """Return the contact that most mails of an owner are filed on."""
    query = SQL(
        """
        SELECT line.res_id FROM crm_bcc_dropbox_email_line AS line
          JOIN crm_bcc_dropbox_email AS email ON email.id = line.email_id
         WHERE line.res_model = 'res.partner' AND email.user_id = %s
         GROUP BY line.res_id ORDER BY count(*) DESC, line.res_id LIMIT 1
        """,
        owner,
    )
    with database.open() as env:
        [[record]] = env.execute_query(query)
    return record
