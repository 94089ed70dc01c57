"""`./dev lint` and `./dev translations`: pre-commit, Odoo's own linters (its module `test_lint`), terms in `i18n/`.

Odoo runs its linters on every addon. A pytest plugin shows them this addon alone; of what still looks at every model,
findings count where they name the addon.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import packages, setup
from .console import DevError, step
from .databases import Databases
from .odoo import Odoo
from .state import ADDON, SCRIPTS, State
from .testing import pytest_command, tests_folder

_SECTION = re.compile(r"^_{1,} (.+) _{1,}$", re.MULTILINE)
_FINDING = re.compile(r"^E +(.*)$", re.MULTILINE)
# Headings, and "unknown option value": Odoo's pylint does not know the names of pylint-odoo's checks.
_NO_FINDING = re.compile(r"^\*{5,} Module |\(W0012\)")
# The Odoo Apps Store reads this key of a manifest, Odoo itself does not know it.
_STORE_KEY = re.compile(r"^'support' : Unknown manifest keys")


def lint(state: State, options: argparse.Namespace) -> int:
    """Run the linters and return 0 if none has a finding."""
    packages.ensure(state, "git", *packages.FOR_PYTHON, *packages.FOR_NODE)
    environment = {**setup.node_environment(state), "PRE_COMMIT_HOME": str(state.root / "pre-commit")}
    command = [str(setup.ensure_python(state, "lint")), "-m", "pre_commit", "run", "--all-files"]
    command += ["--hook-stage", "manual"] if options.fix else []
    status = subprocess.call(command, cwd=state.checkout, env=environment)
    if options.fix or options.quick:
        return status
    with setup.odoo(state, tests=True) as odoo, Databases(odoo).copy_with_addon() as database:
        if differences := _find_differences(odoo, database):
            differences.append("   do: run ./dev translations, and translate what is new")
        status |= _print_result("terms in i18n/", differences)
        return status | _print_result("test_lint", _run_test_lint(odoo, database))


def _print_result(title: str, findings: list[str]) -> int:
    """Print the result of a linter as pre-commit does, and return the status."""
    print(title.ljust(72, ".") + ("Failed" if findings else "Passed"), *findings, sep="\n")
    return int(bool(findings))


def _run_test_lint(odoo: Odoo, database: str) -> list[str]:
    """Run Odoo's linters and return their findings in the addon."""
    state = odoo.state
    output, server_log = state.log("core-lint"), state.log("core-lint-server")
    folder = tests_folder(odoo, "test_lint")
    with (
        pytest_command(odoo, database, server_log, root=folder) as command,
        output.open("w") as log,
        step("running Odoo's own linters"),
    ):
        # ESLint is not on the machine, and its rules are those of Odoo's own repository
        command += ["-p", "devtool.pytest_only_addon", "-vv", "-k", "not TestESLint", str(folder)]
        subprocess.call(command, cwd=state.addons, env=odoo.environment(), stdout=log, stderr=log)
    text = output.read_text()
    if " passed" not in text.rstrip().rpartition("\n")[2]:
        raise DevError("Odoo's own linters did not run", f"read {output}")
    return _get_findings(text.replace(str(state.root), ""), str(state.checkout))


def _get_findings(text: str, checkout: str) -> list[str]:
    """Return what pytest's report of failures contains about the addon."""
    parts = _SECTION.split(text)
    findings = []
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        lines = _FINDING.findall(body)
        if len(lines) == 2 and _STORE_KEY.search(lines[1].strip()):
            continue  # the only finding of this linter
        if ADDON not in title:
            named = [line for line in lines if ADDON in line or checkout in line]
            lines = [line for line in named if not _NO_FINDING.search(line)]
        if lines or ADDON in title:
            findings += [title, *(f"    {line}" for line in lines)]
    return findings


def update_translations(state: State, _options: argparse.Namespace) -> int:
    """Write the template again and merge it into every language."""
    with (
        setup.odoo(state) as odoo,
        Databases(odoo).copy_with_addon() as database,
        _exported(odoo, database) as export,
    ):
        return subprocess.call(_po_files(odoo, "update", export), env=odoo.environment())


def _find_differences(odoo: Odoo, database: str) -> list[str]:
    """Return how the template differs from what Odoo exports now."""
    with _exported(odoo, database) as export:
        command = _po_files(odoo, "template", export)
        done = subprocess.run(command, env=odoo.environment(), capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).splitlines()


def _po_files(odoo: Odoo, action: str, export: Path) -> list[str]:
    """Return a command of `po_files.py`, on Odoo's Python because that has polib."""
    return [str(odoo.python), str(SCRIPTS / "po_files.py"), action, str(export)]


@contextlib.contextmanager
def _exported(odoo: Odoo, database: str) -> Iterator[Path]:
    """Yield a file with the terms of the addon, as Odoo exports them."""
    log = odoo.state.log("translations")
    conf = odoo.configuration(f"export-{database}", log=log)
    with tempfile.TemporaryDirectory(dir=odoo.state.own) as folder, step("exporting the terms of the addon"):
        export = Path(folder, f"{ADDON}.pot")
        odoo.call(log, "i18n", "export", "-c", conf, "-d", database, "-o", export, ADDON)
        conf.unlink()
        if not export.exists():
            raise DevError("Odoo exported no terms", f"read {log}")
        yield export
