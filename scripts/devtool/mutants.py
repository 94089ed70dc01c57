"""`./dev test --mutants`: break the parts without ORM in one place at a time, and see a test fail each time.

Changes without effect are listed in `tests/equivalent_mutants.txt`, each with its reason.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import packages, setup
from .console import DevError, output_of, step
from .state import ADDON, SCRIPTS, State

# What a test imports from the addon: tests without ORM import the tools only.
_IMPORTED = re.compile(r"^from (\.+\w*)", re.MULTILINE)
# Odoo's test cases expect a result that pytest does not have; and several objects try the same examples.
_CONFTEST = """\
from hypothesis import HealthCheck, settings
from odoo.tests import BaseCase

BaseCase.run = BaseCase.__mro__[1].run
settings.register_profile("mutants", suppress_health_check=[HealthCheck.differing_executors])
settings.load_profile("mutants")
"""

Change = tuple[str, ...]
"""Removed and added lines of a mutant, each with its sign."""


def test(state: State) -> int:
    """Print the mutants that no test notices, and return 0 if all of them are known to have no effect."""
    with setup.odoo(state, *packages.FOR_PYTHON, lists=("odoo", "test", "mutants")) as odoo:
        folder = _lay_out(state)
        log = state.log("mutants")
        with step("trying the mutants"), log.open("w") as output:
            command = [str(odoo.python), "-m", "mutmut", "run"]
            streams = {"stdout": output, "stderr": subprocess.STDOUT}
            if subprocess.call(command, cwd=folder, env=odoo.environment(), **streams):
                raise DevError("the mutants could not be tried", f"read the end of {log}")
        survivors = dict(_find_survivors(odoo.python, folder, odoo.environment()))
    blocks = (state.checkout / "tests" / "equivalent_mutants.txt").read_text().split("\n\n")
    known = {tuple(line for line in block.splitlines() if line[:2] in ("- ", "+ ")) for block in blocks} - {()}
    new = {name: change for name, change in survivors.items() if change not in known}
    for name, change in new.items():
        print(f"SURVIVED {name}", *change, sep="\n    ")
    gone = known - set(survivors.values())
    for change in sorted(gone):
        print("KNOWN, BUT NOT AMONG THE SURVIVORS", *change, sep="\n    ")
    print(f"{len(new)} survived, {len(survivors) - len(new)} more are known to change nothing")
    return int(bool(new or gone))


def _lay_out(state: State) -> Path:
    """Copy what is mutated and its tests, which need neither a database nor the rest of the addon."""
    folder = state.own / "mutants"
    shutil.rmtree(folder, ignore_errors=True)
    package = folder / ADDON
    shutil.copytree(state.checkout / "tools", package / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (package / "tests").mkdir()
    for path in (package, package / "tests"):
        (path / "__init__.py").touch()
    for test_file in (state.checkout / "tests").glob("test_*.py"):
        if set(_IMPORTED.findall(test_file.read_text())) == {"..tools"}:
            shutil.copy(test_file, package / "tests")
    shutil.copy(SCRIPTS / "devtool" / "mutants.cfg", folder / "setup.cfg")
    (folder / "conftest.py").write_text(_CONFTEST)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:odoo\n")
    return folder


def _find_survivors(python: Path, folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[str, Change]]:
    """Yield the name and the change of each mutant that no test noticed, or that no test runs."""
    mutmut = [python, "-m", "mutmut"]
    for line in output_of([*mutmut, "results"], cwd=folder, env=environment).splitlines():
        name, _colon, outcome = line.strip().rpartition(": ")
        if outcome in ("survived", "no tests", "suspicious"):
            diff = output_of([*mutmut, "show", name], cwd=folder, env=environment).splitlines()
            changed = [line for line in diff if line[:1] in "+-" and line[:3] not in ("+++", "---")]
            yield name, tuple(f"{line[0]} {line[1:].strip()}" for line in changed if line)
