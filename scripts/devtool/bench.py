"""`./dev bench`: the benchmark, on a PostgreSQL with the settings it ships with.

The parts that measure are in `scripts/bench`; here are the databases they need, and what becomes of their rows.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import platform
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import report, rows
from bench.rows import Row

from . import packages, setup
from .console import DevError, output_of, run, say, step
from .databases import Databases
from .odoo import Odoo
from .postgres import ROLE, SHIPPED, Cluster
from .state import State

PARTS = ("filing", "big", "memory", "workers", "latency", "burst")
SMALL = {"contacts": 1000, "leads": 1000, "dropboxes": 1000, "mails": 1000}


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    :param dict big: how many rows the big database has of each kind
    :param int rounds: of the cheapest measurement; others take their share of it
    :param dict loads: how much mail is sent, for each part that sends some
    """

    name: str
    big: dict
    rounds: int
    loads: dict


FULL = Plan(
    "full",
    {"contacts": 10**6, "leads": 10**6, "dropboxes": 5000, "mails": 10**6},
    40,
    {
        "memory": {"rounds": 3},
        "workers": {"rounds": 5, "mails": 150, "mails_killed": 400},
        "latency": {"seconds": 300, "poll": True},
        "burst": {"mails": 5000, "rest": 20, "timeout": 1500},
    },
)
QUICK = Plan(
    "quick",
    {"contacts": 20_000, "leads": 20_000, "dropboxes": 1000, "mails": 20_000},
    6,
    {
        "memory": {"rounds": 1},
        "workers": {"rounds": 2, "mails": 36, "mails_killed": 60},
        "latency": {"seconds": 10, "poll": False},
        "burst": {"mails": 0},
    },
)


def measure(state: State, *, quick: bool, parts: Sequence[str], target: Path, runs: int = 1) -> int:
    """Measure, print the table and write it as JSON.

    :param parts: to measure; all if none is named
    :param target: the file to write
    :param runs: how often all of it is measured
    :return: 0 if no target was missed
    """
    if runs < 1:
        raise DevError(f"{runs} runs measure nothing", "name a number from 1 on")
    if unknown := set(parts) - set(PARTS):
        raise DevError(f"the benchmark has no part {', '.join(sorted(unknown))}", f"choose among {', '.join(PARTS)}")
    plan = QUICK if quick else FULL
    chosen = [part for part in PARTS if not parts or part in parts]
    found: list[list[Row]] = []
    with setup.odoo(state, *packages.FOR_MAIL, cluster=Cluster(state.below("bench"), SHIPPED)) as odoo:
        bench = Bench(odoo, plan)
        bench.databases.ensure_addon()  # made the first time, and when the addon changed: not a part of the benchmark
        started = time.monotonic()
        with bench.filled():
            for part in chosen * runs:
                if part == chosen[0]:
                    found.append([])
                found[-1] += bench.measure_safely(part)
                seconds = round(time.monotonic() - started)
                # after each part: whatever happens to a later one, this is kept
                combined = [asdict(row) for row in rows.combine(found)]
                results = {**bench.describe(), "runs": len(found), "seconds": seconds, "rows": combined}
                target.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    print(rows.format_table(rows.combine(found)))
    say(f"written: {target}; measured in {seconds} seconds")
    return int(any(row.passed is False for row in rows.combine(found)))


def show(state: State, source: Path) -> int:
    """Put what was measured into the documentation, without measuring."""
    if not source.exists():
        raise DevError(f"there is no {source}", "run ./dev bench first")
    for path in report.write(json.loads(source.read_text()), state.checkout / "docs"):
        say(f"written: {path}")
    return 0


class Bench:
    """Runs the parts on databases that it makes for them."""

    def __init__(self, odoo: Odoo, plan: Plan):
        self.odoo = odoo
        self.plan = plan
        # a database that Odoo makes itself has it, and core an index by it on the addresses of leads
        self.databases = Databases(odoo, ["pg_trgm"])
        self.log = odoo.state.log("bench")
        self.log.unlink(missing_ok=True)

    @contextlib.contextmanager
    def filled(self) -> Iterator[None]:
        """Have a small database with records, of which each part gets a copy, until the block ends."""
        with self.databases.copy_with_addon(name="_filled") as self._filled:
            self._fill(self._filled, SMALL)
            yield

    def measure_safely(self, part: str) -> list[Row]:
        """Run one part; that it cannot be run is a result, too, which keeps the others from nothing."""
        try:
            return self.measure(part)
        except DevError as error:
            say(str(error))
            return [Row(part, f"part {part}", "is measured", "failed", passed=False, note=f"see {self.log}")]

    def measure(self, part: str) -> list[Row]:
        """Run one part on new databases."""
        with getattr(self, f"_prepare_{part}")() as databases:
            context = {
                "conf": str(self.odoo.configuration("bench", log=self.odoo.state.log("bench-server"))),
                "databases": databases,
                "mode": self.plan.name,
                "rounds": self.plan.rounds,
                "big": self.plan.big,
                "load": self.plan.loads.get(part, {}),
                **self._describe_servers(),
            }
            result = self.odoo.state.own / f"bench-{part}.json"
            with step(f"measuring: {part}"):
                command = [self.odoo.python, "-m", "bench", part, result]
                run(command, self.log, env=self.odoo.environment(), stdin=json.dumps(context))
        return [Row(**row) for row in json.loads(result.read_text())]

    @contextlib.contextmanager
    def _prepare_filing(self) -> Iterator[dict[str, str]]:
        """Make two small databases with the same records: with the addon and without it."""
        with (
            self.databases.copy_of(self._filled, name="_small") as small,
            self.databases.copy_without_addon(name="_plain") as plain,
        ):
            self._fill(plain, SMALL, addon=False)
            yield {"small": small, "plain": plain}

    @contextlib.contextmanager
    def _prepare_big(self) -> Iterator[dict[str, str]]:
        """Make a small and a big database with the addon."""
        with (
            self.databases.copy_of(self._filled, name="_small") as small,
            self.databases.copy_with_addon(name="_big") as big,
        ):
            self._fill(big, self.plan.big)
            yield {"small": small, "big": big}

    @contextlib.contextmanager
    def _prepare_small(self) -> Iterator[dict[str, str]]:
        """Make a small database with the addon."""
        with self.databases.copy_of(self._filled, name="_small") as small:
            yield {"small": small}

    _prepare_memory = _prepare_workers = _prepare_latency = _prepare_burst = _prepare_small

    def _describe_servers(self) -> dict:
        """Return what a part needs to know to start Odoo servers."""
        state = self.odoo.state
        return {
            "folder": str(state.own / "servers"),
            "options": {
                "addons_path": ",".join(map(str, [*self.odoo.source.addons, state.addons])),
                "data_dir": str(state.data),
                "db_host": str(self.odoo.cluster.sockets),
                "db_user": ROLE,
            },
            "postgres_pid": self.odoo.cluster.pid(),
        }

    def _fill(self, database: str, sizes: dict[str, int], *, addon: bool = True) -> None:
        """Fill a database with contacts, leads, dropboxes and captured mails."""
        call = f"from bench.fill import Sizes, fill; fill({database!r}, Sizes(**{sizes!r}), addon={addon})"
        with step(f"filling {database}"):
            run([self.odoo.python, "-c", call], self.log, env=self.odoo.environment())

    def describe(self) -> dict:
        """Return what was measured on what."""
        checkout = ["git", "-C", str(self.odoo.state.checkout)]
        settings = ("fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_connections")
        return {
            "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
            "mode": self.plan.name,
            "commit": _output([*checkout, "rev-parse", "HEAD"]),
            "changed_since": bool(_output([*checkout, "status", "--porcelain", "--untracked-files=no"])),
            "versions": {
                "odoo": self.odoo.source.version.split()[0],  # without the folder
                "postgresql": self.odoo.cluster.query("SHOW server_version"),
                "python": output_of([self.odoo.python, "--version"]).split()[1],
            },
            "postgresql_settings": {name: self.odoo.cluster.query(f"SHOW {name}") for name in settings},
            "machine": {"system": platform.platform(), "cores": os.cpu_count(), "memory_mb": _memory()},
            "sizes": {"small": SMALL, "big": self.plan.big},
        }


def _output(command: Sequence[str]) -> str:
    """Return what a command prints; nothing when it fails, as git does in an export."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2
