"""`./dev test --mutants`: break the parts without ORM in one place at a time, and see a test fail each time.

What changes nothing that anyone could notice is named in `tests/equivalent_mutants.txt`, each with its reason.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from . import packages, python_env, setup
from .console import DevError, output_of, step
from .state import ADDON, State

# What finds dropboxes, splits recipients, tells the sender and keeps to limits: a mistake there is a lost mail, one on
# the wrong record, one of a stranger, or an Odoo that stands still.
_MUTATED = ("address", "deliveries", "header", "limits", "raw_mail", "sender")

# What a test takes from the addon: those without ORM need the tools alone.
_IMPORTED = re.compile(r"^from (\.+\w*)", re.MULTILINE)

_SETUP = f"""\
[mutmut]
source_paths = {ADDON}/tools
only_mutate =
{{mutated}}
also_copy =
    {ADDON}
    conftest.py
pytest_add_cli_args_test_selection = {ADDON}/tests
"""
# Odoo's test cases expect a result that pytest has not; and examples are tried by more than one object.
_CONFTEST = """\
from hypothesis import HealthCheck, settings
from odoo.tests import BaseCase

BaseCase.run = BaseCase.__mro__[1].run
settings.register_profile("mutants", suppress_health_check=[HealthCheck.differing_executors])
settings.load_profile("mutants")
"""

Change = tuple[str, ...]
"""Lines of a mutant, taken away and put in their place, each with its sign."""


def test(state: State) -> int:
    """Print the mutants that no test notices, and return 0 if each is known to change nothing."""
    with setup.odoo(state, *packages.FOR_PYTHON) as odoo:
        python = python_env.ensure(state, "odoo", "test", "mutants")
        environment = {**odoo.environment(), "PATH": f"{python.parent}:{odoo.environment()['PATH']}"}
        folder = _lay_out(state)
        _run(state, python, folder, environment)
        survivors = dict(_find_survivors(python, folder, environment))
    known = set(_read_known(state.checkout / "tests" / "equivalent_mutants.txt"))
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
    mutated = "\n".join(f"    {ADDON}/tools/{name}.py" for name in _MUTATED)
    (folder / "setup.cfg").write_text(_SETUP.format(mutated=mutated))
    (folder / "conftest.py").write_text(_CONFTEST)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = -p no:odoo\n")
    return folder


def _run(state: State, python: Path, folder: Path, environment: Mapping[str, str]) -> None:
    log = state.log("mutants")
    with step("trying the mutants"), log.open("w") as output:
        command = [str(python), "-m", "mutmut", "run"]
        status = subprocess.call(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
    if status:
        raise DevError("the mutants could not be tried", f"read the end of {log}")


def _find_survivors(python: Path, folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[str, Change]]:
    """Yield the name and the change of each mutant that the tests did not notice, or that none runs."""
    mutmut = [python, "-m", "mutmut"]
    for line in output_of([*mutmut, "results"], cwd=folder, env=environment).splitlines():
        name, _colon, outcome = line.strip().rpartition(": ")
        if outcome in ("survived", "no tests", "suspicious"):
            diff = output_of([*mutmut, "show", name], cwd=folder, env=environment).splitlines()
            changed = [line for line in diff if line[:1] in "+-" and line[:3] not in ("+++", "---")]
            yield name, tuple(f"{line[0]} {line[1:].strip()}" for line in changed if line)


def _read_known(path: Path) -> Iterator[Change]:
    """Yield the changes that a file names: blocks of lines, empty lines between them, reasons behind `#`."""
    for block in path.read_text().split("\n\n"):
        change = tuple(line for line in block.splitlines() if line[:2] in ("- ", "+ "))
        if change:
            yield change
