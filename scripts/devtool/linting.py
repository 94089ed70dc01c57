"""`./dev lint` and `./dev translations`: pre-commit, Odoo's own linters (its module `test_lint`), terms in `i18n/`.

Odoo runs its linters on every addon. A pytest plugin shows them this addon alone; of what still looks at every model,
findings count where they name the addon.
"""

import argparse
import re
import subprocess
import tempfile
from pathlib import Path

from . import packages, setup
from .console import DevError, step
from .databases import Databases
from .odoo import Odoo
from .state import ADDON, SCRIPTS, State
from .testing import run_odoos

_SECTION = re.compile(r"^_{1,} (.+) _{1,}$", re.MULTILINE)
_FINDING = re.compile(r"^E +(.*)$", re.MULTILINE)
# Headings, and "unknown option value": Odoo's pylint does not know the names of pylint-odoo's checks.
_NO_FINDING = re.compile(r"^\*{5,} Module |\(W0012\)")
# The Odoo Apps Store reads this key of a manifest, Odoo itself does not know it.
_STORE_KEY = re.compile(r"^'support' : Unknown manifest keys")


def lint(state: State, options: argparse.Namespace) -> int:
    """Run the linters, Odoo's own if the others have no finding, and return 0 if none has one."""
    packages.ensure(state, "git", *packages.FOR_PYTHON, *packages.FOR_NODE)
    environment = {**setup.node_environment(state), "PRE_COMMIT_HOME": str(state.root / "pre-commit")}
    command = [str(setup.ensure_python(state, "lint")), "-m", "pre_commit", "run", "--all-files"]
    command += ["--hook-stage", "manual"] if options.fix else []
    status = subprocess.call(command, cwd=state.checkout, env=environment)
    if status or options.fix or options.quick:
        return status  # findings are the last thing to read
    with setup.odoo(state, tests=True) as odoo, Databases(odoo).copy_with_addon() as database:
        status = _run_po_files(odoo, database, "template")
        findings = _run_test_lint(odoo, database)
        print(f"{'test_lint':.<72}{'Failed' if findings else 'Passed'}", *findings, sep="\n")
        return int(bool(status or findings))


def _run_test_lint(odoo: Odoo, database: str) -> list[str]:
    """Run Odoo's linters and return their findings in the addon."""
    # ESLint is not on the machine, and its rules are those of Odoo's own repository
    options = ["-p", "devtool.pytest_only_addon", "-vv", "-k", "not TestESLint"]
    output = run_odoos(odoo, database, "test_lint", "with", options)
    text = output.read_text()
    if " passed" not in text.rstrip().rpartition("\n")[2]:
        raise DevError("Odoo's own linters did not run", f"read {output}")
    return _get_findings(text.replace(str(odoo.state.root), ""), str(odoo.state.checkout))


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
    with setup.odoo(state) as odoo, Databases(odoo).copy_with_addon() as database:
        return _run_po_files(odoo, database, "update")


def _run_po_files(odoo: Odoo, database: str, action: str) -> int:
    """Give the terms of the addon, as Odoo exports them, to `po_files.py`, and return its status."""
    log = odoo.state.log("translations")
    conf = odoo.configuration(f"export-{database}", log=log)
    with tempfile.TemporaryDirectory(dir=odoo.state.own) as folder:
        export = Path(folder, f"{ADDON}.pot")
        with step("exporting the terms of the addon"):
            odoo.call(log, "i18n", "export", "-c", conf, "-d", database, "-o", export, ADDON)
        conf.unlink()
        if not export.exists():
            raise DevError("Odoo exported no terms", f"read {log}")
        # on Odoo's Python, which has polib
        return subprocess.call([odoo.python, SCRIPTS / "po_files.py", action, export], env=odoo.environment())
