"""What needs a database of `./dev lint`: the template of terms, and Odoo's own linters (its module `test_lint`).

Odoo runs them on every addon at hand. Its own are not ours to mend and take minutes, so a pytest
plugin shows them this addon alone; what still looks at every model counts where it names the addon.
"""

from __future__ import annotations

import re
import subprocess

from . import setup, translations
from .console import DevError, step
from .core_tests import tests_folder
from .databases import Databases
from .odoo import Odoo
from .state import ADDON, State
from .testing import pytest_command

_PLUGIN = "devtool.pytest_only_addon"
# ESLint is not on the machine, and its rules are those of Odoo's own repository.
_NOT_RUN = "not TestESLint"
_SECTION = re.compile(r"^_{1,} (.+) _{1,}$", re.MULTILINE)
_FINDING = re.compile(r"^E +(.*)$", re.MULTILINE)
# Headings, and "unknown option value": Odoo's pylint does not know what pylint-odoo's is told to let pass.
_NO_FINDING = re.compile(r"^\*{5,} Module |\(W0012\)")
# The Odoo Apps Store reads this key of a manifest, Odoo itself does not know it.
_STORE_KEY = re.compile(r"^'support' : Unknown manifest keys")


def lint(state: State) -> int:
    """Run what needs a database with the addon, and return 0 if nothing has a finding."""
    with setup.odoo(state, tests=True) as odoo, Databases(odoo).copy_with_addon() as database:
        return translations.lint(odoo, database) | _run_test_lint(odoo, database)


def _run_test_lint(odoo: Odoo, database: str) -> int:
    """Run Odoo's linters and return 0 if none of them has a finding in the addon."""
    state = odoo.state
    output, server_log = state.log("core-lint"), state.log("core-lint-server")
    folder = tests_folder(odoo, "test_lint")
    with (
        pytest_command(odoo, database, server_log, root=folder) as command,
        output.open("w") as log,
        step("running Odoo's own linters"),
    ):
        command += ["-p", _PLUGIN, "-vv", "-k", _NOT_RUN, str(folder)]
        subprocess.call(command, cwd=state.addons, env=odoo.environment(), stdout=log, stderr=log)
    text = output.read_text()
    summary = text.rstrip().rpartition("\n")[2]
    if " passed" not in summary:
        raise DevError("Odoo's own linters did not run", f"read {output}")
    findings = _findings(text.replace(str(state.root), ""), str(state.checkout))
    dots = "." * (72 - len("test_lint"))
    print(f"test_lint{dots}{'Failed' if findings else 'Passed'}", *findings, sep="\n")
    return int(bool(findings))


def _findings(text: str, checkout: str) -> list[str]:
    """Return what pytest's report of failures says of the addon."""
    parts = _SECTION.split(text)
    findings = []
    for title, body in zip(parts[1::2], parts[2::2], strict=True):
        lines = _FINDING.findall(body)
        if len(lines) == 2 and _STORE_KEY.search(lines[1].strip()):
            continue  # nothing but this one
        if ADDON in title:
            findings += [title, *(f"    {line}" for line in lines)]
        else:
            named = (line for line in lines if ADDON in line or checkout in line)
            ours = [f"    {line}" for line in named if not _NO_FINDING.search(line)]
            findings += [title, *ours] if ours else []
    return findings
