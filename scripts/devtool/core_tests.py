"""`./dev test --core`: Odoo's own tests of mail, of the mail gateway and of CRM, with the addon installed.

Some fail without the addon too, because the packaged Odoo differs from the one they were written for (a newer lxml, no
phonenumbers). So they run without it first, once per Odoo, and only what the addon makes fail counts. Each side takes
about ten minutes on two cores, most of it for the browser tests of `mail`.
"""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET  # reads what pytest wrote just now
from collections import Counter
from pathlib import Path

from . import setup
from .console import DevError, say, step
from .databases import Databases
from .odoo import Odoo
from .state import State, digest
from .testing import pytest_command

# For each module, the files of its tests that run; all if none is named.
_SUITES = {"mail": (), "test_mail": ("test_mail_gateway.py", "test_mail_alias.py"), "crm": ()}
# From the best to the worst: what JUnit reports have within a test, nothing if it passed, None if it did not run.
_ORDER = ("passed", "skipped", "failure", "error", None)

Results = dict[str, str]
"""The outcome of each test."""


def test(state: State) -> int:
    """Run the tests with and without the addon, and return 0 if it makes none fail."""
    with setup.odoo(state, tests=True) as odoo:
        databases = Databases(odoo)
        base = databases.ensure_base(list(_SUITES))
        kept = state.root / f"core-tests-{digest(base, str(odoo.python), str(_SUITES))}.json"
        if not kept.exists():
            with databases.copy_of(base) as database:
                kept.write_text(json.dumps(_run_all(odoo, database, "without"), indent=1))
        with databases.copy_with_addon(list(_SUITES)) as database:
            with_addon = _run_all(odoo, database, "with")
    without = json.loads(kept.read_text())
    _print("without the addon", without)
    _print("with the addon", with_addon)
    tests = sorted(without.keys() | with_addon.keys())
    rank = _ORDER.index
    broken = [name for name in tests if rank(with_addon.get(name)) > rank(without.get(name, "passed"))]
    for name in broken:
        print(f"FAILED only with the addon: {name} ({with_addon.get(name, 'not run')})")
    if broken:
        say(f"read core-tests-with-* and core-server-with-* in {state.logs}")
    passed = list(with_addon.values()).count("passed")
    print(f"{passed} passed with the addon, {len(broken)} failed because of it")
    return int(bool(broken))


def _print(title: str, results: Results) -> None:
    count = Counter(results.values())
    print(f"{title}, of {len(results)}: " + ", ".join(f"{number} {outcome}" for outcome, number in count.items()))
    for name, outcome in sorted(results.items()):
        if outcome != "passed":
            print(f"    {name} ({outcome})")


def _run_all(odoo: Odoo, database: str, side: str) -> Results:
    """Run the tests of each module on a database."""
    state, results = odoo.state, {}
    for module in _SUITES:
        name = f"{side}-{module}"
        report, output, server_log = (state.log(f"core-{kind}-{name}") for kind in ("report", "tests", "server"))
        report.unlink(missing_ok=True)
        folder = tests_folder(odoo, module)
        tests = [str(folder / file) for file in _SUITES[module]] or [str(folder)]
        with (
            step(f"running Odoo's tests of {module}, {side} the addon"),
            pytest_command(odoo, database, server_log, root=folder) as command,
            output.open("w") as log,
        ):
            command += ["-q", f"--junit-xml={report}", *tests]
            subprocess.call(command, cwd=state.addons, env=odoo.environment(), stdout=log, stderr=log)
        cases = list(ET.parse(report).iter("testcase")) if report.exists() else []  # noqa: S314
        if not cases:
            raise DevError(f"Odoo's own tests of {module} did not run", f"read {output}")
        for case in cases:
            test_name = f"{module}: {case.get('classname', '')}.{case.get('name')}"
            # a test may be there twice: the worst outcome counts
            outcomes = [results.get(test_name, "passed"), *(child.tag for child in case if child.tag in _ORDER)]
            results[test_name] = max(outcomes, key=_ORDER.index)
    return results


def tests_folder(odoo: Odoo, module: str) -> Path:
    """Return the folder with the tests of one of Odoo's modules."""
    for addons in odoo.source.addons:
        if (folder := addons / module / "tests").is_dir():
            return folder
    raise DevError(f"this Odoo has no {module}", "let ODOO_HOME name a whole Odoo 19 source")
