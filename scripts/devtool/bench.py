"""`./dev bench`: the benchmark, on a PostgreSQL with the settings it ships with.

The parts that measure are in `scripts/bench`; here are their databases, and what becomes of their rows.
"""

import argparse
import contextlib
import datetime
import json
import os
import time
from dataclasses import asdict
from pathlib import Path

from bench import results
from bench.results import Row

from . import packages, setup
from .console import DevError, git, output_of, run, say, step
from .databases import Databases
from .odoo import Odoo
from .postgres import SHIPPED, Cluster
from .state import State

PARTS = ("filing", "big", "memory", "workers", "latency", "burst")
_LISTS = ("odoo", "test", "bench")
_RESULT = Path("bench.json")
_SMALL = {"contacts": 1000, "leads": 1000, "dropboxes": 1000, "mails": 1000}
# Rows of the big database, rounds of the cheapest measurement (others take a share), options of the parts that send.
_FULL = {
    "mode": "full",
    "big": {"contacts": 10**6, "leads": 10**6, "dropboxes": 5000, "mails": 10**6},
    "rounds": 40,
    "memory": {"rounds": 3},
    "workers": {"rounds": 5, "mails": 150, "mails_killed": 400},
    "latency": {"seconds": 300, "poll": True},
    "burst": {"mails": 5000, "rest": 20, "timeout": 1500},
}
_QUICK = {
    "mode": "quick",
    "big": {"contacts": 20_000, "leads": 20_000, "dropboxes": 1000, "mails": 20_000},
    "rounds": 6,
    "memory": {"rounds": 1},
    "workers": {"rounds": 2, "mails": 36, "mails_killed": 60},
    "latency": {"seconds": 10, "poll": False},
    "burst": {"mails": 0},
}


def measure(state: State, options: argparse.Namespace) -> int:
    """Measure, print the table and write it as JSON, or put the last result into the documentation.

    :return: 0 if no target was missed
    """
    if options.report:
        return _report(state)
    parts = [part for part in PARTS if not options.only or part in options.only]
    if set(options.only) - set(parts) or options.runs < 1:
        raise DevError("nothing to measure", f"choose among {', '.join(PARTS)}, and at least one run")
    found: list[list[Row]] = []
    # with databases, files and locks of its own
    cluster = Cluster(State(state.root / "bench", state.checkout), SHIPPED)
    with setup.odoo(state, *packages.FOR_MAIL, lists=_LISTS, cluster=cluster) as odoo:
        bench = Bench(odoo, _QUICK if options.quick else _FULL)
        with bench.databases.copy_with_addon(name="_filled") as filled:
            bench.fill(filled, _SMALL)
            started = time.monotonic()
            for number in range(options.runs):
                found.append([])
                for part in parts:
                    found[number] += bench.measure(part, filled)
                    rows = results.combine(found)
                    seconds = round(time.monotonic() - started)
                    # after each part, because a later one may fail
                    result = {**bench.describe(), "runs": len(found), "seconds": seconds}
                    result["rows"] = [asdict(row) for row in rows]
                    _RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n")
    print(results.format_table(rows))
    say(f"written: {_RESULT}; measured in {seconds} seconds")
    return int(any(row.passed is False for row in rows))


def _report(state: State) -> int:
    if not _RESULT.exists():
        raise DevError(f"there is no {_RESULT}", "run ./dev bench first")
    packages.ensure(state, *packages.FOR_PYTHON)
    python = setup.ensure_python(state, *_LISTS)
    environment = {**state.python_environment(), "PYTHONPATH": str(state.checkout / "scripts")}
    command = [python, "-m", "bench.report", _RESULT, state.checkout / "docs"]
    run(command, state.log("bench"), env=environment)
    say("written: docs/performance.md and docs/img/bench-*.svg")
    return 0


class Bench:
    """Runs the parts, each on copies of databases that are filled once."""

    def __init__(self, odoo: Odoo, plan: dict):
        self.odoo = odoo
        self.plan = plan
        # databases that Odoo creates have pg_trgm, and core has an index by it on the addresses of leads
        self.databases = Databases(odoo, ["pg_trgm"])
        self.log = odoo.state.log("bench")
        self.log.unlink(missing_ok=True)

    def measure(self, part: str, filled: str) -> list[Row]:
        """Run one part; its failure is a row too, and does not stop the others.

        :param filled: a small database with records, to be copied
        """
        try:
            with contextlib.ExitStack() as stack:
                return self._run(part, self._make_databases(part, filled, stack))
        except DevError as error:
            say(str(error))
            return [Row(part, f"part {part}", "is measured", "failed", passed=False, note=f"see {self.log}")]

    def _make_databases(self, part: str, filled: str, stack: contextlib.ExitStack) -> dict[str, str]:
        """Return the names of the databases of a part, which end with the stack."""
        databases = {"small": stack.enter_context(self.databases.copy_of(filled, name="_small"))}
        if part == "filing":
            base = self.databases.ensure_base()
            databases["plain"] = stack.enter_context(self.databases.copy_of(base, name="_plain"))
            self.fill(databases["plain"], _SMALL, addon=False)
        if part == "big":
            databases["big"] = stack.enter_context(self.databases.copy_with_addon(name="_big"))
            self.fill(databases["big"], self.plan["big"])
        return databases

    def fill(self, database: str, sizes: dict[str, int], *, addon: bool = True) -> None:
        """Add records to a database in a process of its own."""
        call = f"from bench.fill import fill; fill({database!r}, {sizes!r}, addon={addon})"
        with step(f"filling {database}"):
            run([self.odoo.python, "-c", call], self.log, env=self.odoo.environment())

    def _run(self, part: str, databases: dict[str, str]) -> list[Row]:
        state = self.odoo.state
        context = {
            "conf": str(self.odoo.configuration("bench", log=state.log("bench-server"))),
            "databases": databases,
            "rounds": self.plan["rounds"],
            "big": self.plan["big"],
            "load": self.plan.get(part, {}),
            "folder": str(state.own / "servers"),
            "options": self.odoo.options(),
            "postgres_pid": self.odoo.cluster.pid(),
        }
        result = state.own / f"bench-{part}.json"
        with step(f"measuring: {part}"):
            command = [self.odoo.python, "-m", "bench", part, result]
            run(command, self.log, env=self.odoo.environment(), stdin=json.dumps(context))
        return [Row(**row) for row in json.loads(result.read_text())]

    def describe(self) -> dict:
        """Return what was measured on what."""
        checkout = self.odoo.state.checkout
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2
        return {
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "mode": self.plan["mode"],
            "commit": git(checkout, "rev-parse", "HEAD"),
            "changed_since": bool(git(checkout, "status", "--porcelain", "--untracked-files=no")),
            "versions": {
                "odoo": self.odoo.source.version.split()[0],
                "postgresql": self.odoo.cluster.query("SHOW server_version"),
                "python": output_of([self.odoo.python, "--version"]).split()[1],
            },
            "machine": {"cores": os.cpu_count(), "memory_mb": memory},
        }
