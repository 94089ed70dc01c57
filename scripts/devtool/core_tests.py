"""`./dev test --core`: Odoo's own tests of mail, of the mail gateway and of CRM, with the addon installed.

Some of them fail without it too, because the packaged Odoo differs from the one they were written
for (a newer lxml, no phonenumbers). So they run without the addon first, once for each Odoo, and only what
the addon makes fail counts. Each side takes about ten minutes on two cores, most of it for the thirty tests
of `mail` in a browser; what fails is named in both results, and so is what was skipped.
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

_SUITES = {
    "mail": (),
    "test_mail": ("test_mail_gateway.py", "test_mail_alias.py"),
    "crm": (),
}
"""What is run of which module: some files of its tests, or all."""

Results = dict[str, str]
_OUTCOMES = {"skipped": "skipped", "failure": "failed", "error": "error"}
_ORDER = ("passed", *_OUTCOMES.values())
"""From the best to the worst."""


def test(state: State) -> int:
    """Run the tests with and without the addon, and return 0 if it makes none fail."""
    with setup.odoo(state, tests=True) as odoo:
        databases = Databases(odoo)
        without = _baseline(odoo, databases)
        with databases.copy_with_addon(list(_SUITES)) as database:
            with_addon = _run_all(odoo, database, "with")
    return _report(state, without, with_addon)


def _baseline(odoo: Odoo, databases: Databases) -> Results:
    """Return the results without the addon, kept for each Odoo."""
    base = databases.ensure_base(list(_SUITES))
    kept = odoo.state.root / f"core-tests-{digest(base, str(odoo.python), str(_SUITES))}.json"
    if not kept.exists():
        with databases.copy_without_addon(list(_SUITES)) as database:
            kept.write_text(json.dumps(_run_all(odoo, database, "without"), indent=1))
    return json.loads(kept.read_text())


def _run_all(odoo: Odoo, database: str, name: str) -> Results:
    """Run the tests of each module on a database.

    :return: for each test `passed`, `failed`, `error` or `skipped`
    """
    results = {}
    for module in _SUITES:
        with step(f"running Odoo's tests of {module}, {name} the addon"):
            results |= _run(odoo, database, name, module)
    return results


def _run(odoo: Odoo, database: str, name: str, module: str) -> Results:
    """Run the tests of one module."""
    state = odoo.state
    name = f"{name}-{module}"
    report, output = state.own / f"core-{name}.xml", state.log(f"core-tests-{name}")
    report.unlink(missing_ok=True)
    folder = tests_folder(odoo, module)
    tests = [str(folder / file) for file in _SUITES[module]] or [str(folder)]
    server_log = state.log(f"core-server-{name}")
    with pytest_command(odoo, database, server_log, root=folder) as command, output.open("w") as log:
        command += ["-q", f"--junit-xml={report}", *tests]
        subprocess.call(command, cwd=state.addons, env=odoo.environment(), stdout=log, stderr=log)
    if not report.exists() or not (results := _read(report)):
        raise DevError(f"Odoo's own tests of {module} did not run", f"read {output}")
    return {f"{module}: {test}": outcome for test, outcome in results.items()}


def tests_folder(odoo: Odoo, module: str) -> Path:
    """Return where Odoo keeps the tests of one of its modules."""
    for addons in odoo.source.addons:
        if (folder := addons / module / "tests").is_dir():
            return folder
    raise DevError(f"this Odoo has no {module}", "let ODOO_HOME name a whole Odoo 19 source")


def _read(report: Path) -> Results:
    """Return the results that a JUnit report holds; of a test that is there twice, the worst."""
    results = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314
        name = f"{case.get('classname', '')}.{case.get('name')}"
        outcomes = [results.get(name, "passed"), *(_OUTCOMES[child.tag] for child in case if child.tag in _OUTCOMES)]
        results[name] = max(outcomes, key=_ORDER.index)
    return results


def _report(state: State, without: Results, with_addon: Results) -> int:
    """Print both results and what the addon made fail, and return the status."""
    for title, results in (("without the addon", without), ("with the addon", with_addon)):
        count = Counter(results.values())
        print(f"{title}, of {len(results)}: " + ", ".join(f"{count[outcome]} {outcome}" for outcome in _ORDER))
        for name, outcome in sorted(results.items()):
            if outcome != "passed":
                print(f"    {name} ({outcome})")
    tests = sorted(without.keys() | with_addon.keys())
    broken = [name for name in tests if _is_broken(without.get(name), with_addon.get(name))]
    for name in broken:
        print(f"FAILED only with the addon: {name} ({with_addon.get(name, 'not run')})")
    if broken:
        say(f"read core-tests-with-* and core-server-with-* in {state.logs}")
    passed = sum(outcome == "passed" for outcome in with_addon.values())
    print(f"{passed} passed with the addon, {len(broken)} failed because of it")
    return int(bool(broken))


def _is_broken(without: str | None, with_addon: str | None) -> bool:
    """Tell whether a test has a worse outcome with the addon; `None` if it did not run."""
    outcomes = [*_ORDER, None]
    return outcomes.index(with_addon) > (outcomes.index(without) if without else 0)
