"""`./dev test --core`: Odoo's own tests of the mail gateway, with the addon installed.

Some of them fail without it too, because the packaged Odoo differs from the one they were written
for. So they run without the addon first, once for each Odoo, and only what the addon makes fail counts.
"""

from __future__ import annotations

import json
import subprocess
import xml.etree.ElementTree as ET  # reads what pytest wrote just now
from pathlib import Path

from . import setup
from .console import DevError, say, step
from .databases import Databases
from .odoo import Odoo
from .state import State, digest
from .testing import pytest_command

_MODULE = "test_mail"
_FILES = ("test_mail_gateway.py", "test_mail_alias.py")

Results = dict[str, str]


def test(state: State) -> int:
    """Run the tests with and without the addon, and return 0 if it makes none fail."""
    with setup.odoo(state, tests=True) as odoo:
        databases = Databases(odoo)
        without = _baseline(odoo, databases)
        with (
            databases.copy_with_addon([_MODULE]) as database,
            step("running Odoo's gateway tests with the addon"),
        ):
            with_addon = _run(odoo, database, "with")
    return _report(state, without, with_addon)


def _baseline(odoo: Odoo, databases: Databases) -> Results:
    """Return the results without the addon, kept for each Odoo."""
    base = databases.ensure_base([_MODULE])
    kept = odoo.state.root / f"core-tests-{digest(base, str(odoo.python))}.json"
    if not kept.exists():
        with (
            databases.copy_without_addon([_MODULE]) as database,
            step("running Odoo's gateway tests without the addon"),
        ):
            kept.write_text(json.dumps(_run(odoo, database, "without"), indent=1))
    return json.loads(kept.read_text())


def _run(odoo: Odoo, database: str, name: str) -> Results:
    """Run the tests on a database.

    :return: for each test `passed`, `failed`, `error` or `skipped`
    """
    state = odoo.state
    report, output = state.own / f"core-{name}.xml", state.log(f"core-tests-{name}")
    report.unlink(missing_ok=True)
    folder = tests_folder(odoo, _MODULE)
    server_log = state.log(f"core-server-{name}")
    with pytest_command(odoo, database, server_log, root=folder) as command, output.open("w") as log:
        command += ["-q", f"--junit-xml={report}", *(str(folder / file) for file in _FILES)]
        subprocess.call(command, cwd=state.addons, env=odoo.environment(), stdout=log, stderr=log)
    if not report.exists() or not (results := _read(report)):
        raise DevError("Odoo's own tests did not run", f"read {output}")
    return results


def tests_folder(odoo: Odoo, module: str) -> Path:
    """Return where Odoo keeps the tests of one of its modules."""
    for addons in odoo.source.addons:
        if (folder := addons / module / "tests").is_dir():
            return folder
    raise DevError(f"this Odoo has no {module}", "let ODOO_HOME name a whole Odoo 19 source")


def _read(report: Path) -> Results:
    """Return the results that a JUnit report holds."""
    results = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314
        outcome = next((child.tag for child in case if child.tag in _OUTCOMES), "passed")
        results[f"{case.get('classname', '').rsplit('.', 1)[-1]}.{case.get('name')}"] = _OUTCOMES[outcome]
    return results


_OUTCOMES = {"passed": "passed", "failure": "failed", "error": "error", "skipped": "skipped"}
_BAD = ("failed", "error")


def _report(state: State, without: Results, with_addon: Results) -> int:
    """Print both results and what the addon made fail, and return the status."""
    for title, results in (("without the addon", without), ("with the addon", with_addon)):
        bad = sorted(name for name, outcome in results.items() if outcome in _BAD)
        passed = sum(outcome == "passed" for outcome in results.values())
        print(f"{title}: {passed} passed, {len(bad)} failed of {len(results)}")
        for name in bad:
            print(f"    {name}")
    ran = {name for name, outcome in with_addon.items() if outcome == "passed"}
    broken = sorted(name for name, outcome in without.items() if outcome == "passed" and name not in ran)
    for name in broken:
        print(f"FAILED only with the addon: {name} ({with_addon.get(name, 'not run')})")
    if broken:
        say(f"read {state.log('core-tests-with')} and {state.log('core-server-with')}")
    print(f"{len(without) - len(broken)} passed, {len(broken)} failed because of the addon")
    return int(bool(broken))
