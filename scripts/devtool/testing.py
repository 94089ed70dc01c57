"""`./dev test`: the suite of the addon with pytest-odoo."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import packages, setup
from .console import DevError, say
from .databases import Databases
from .odoo import Odoo
from .state import ADDON, State

_LOG_CHECK = "devtool.pytest_log_check"
# Modules that have a part in a screen of ours, and the tests that show it: file and expression.
_FRIENDS = {"hr": ("test_tours.py", "preferences")}
# Tests that look at CRM_BCC_DROPBOX_FAULTS to see how much of them is wanted.
_FAULTS = ("many_processes", "killed", "faults")


def test(state: State, arguments: list[str], *, coverage: bool = False) -> int:
    """Run the suite, or what the arguments for pytest select of it.

    A run without arguments installs the addon anew; any other uses a copy of its last
    installation as long as the addon's files are the same.

    :param coverage: measure which branches of the addon are taken, and fail when they are too few
    """
    whole = not arguments
    if coverage:
        os.environ["COVERAGE_FILE"] = str(state.own / "coverage")
        report = ["--cov-report=term-missing:skip-covered", f"--cov-config={state.checkout / 'pyproject.toml'}"]
        arguments = [f"--cov={state.checkout}", *report, *arguments]
    with setup.odoo(state, *packages.FOR_MAIL, *packages.FOR_FILTERS, tests=True) as odoo:
        failed = [module for module in _FRIENDS if _test_with(odoo, module)] if whole else []
        with Databases(odoo).copy_with_addon(fresh=whole) as database:
            return _pytest(odoo, database, arguments, whole=whole, failed=failed)


def _test_with(odoo: Odoo, module: str) -> int:
    """Run what another module has a part in with that module."""
    say(f"with {module}:")
    tests = [str(odoo.state.checkout / "tests" / _FRIENDS[module][0]), "-k", _FRIENDS[module][1]]
    with Databases(odoo).copy_with_addon([module], fresh=True) as database:
        return _pytest(odoo, database, tests, whole=True)


def test_corpus(state: State, folder: Path, arguments: list[str]) -> int:
    """Run the test that delivers every mail of a folder."""
    if not folder.is_dir():
        raise DevError(f"{folder} is no folder", "name one with a mail in each file")
    os.environ["CRM_BCC_DROPBOX_CORPUS"] = str(folder.resolve())
    return test(state, [str(state.checkout / "tests" / "test_corpus.py"), "-s", *arguments])


def test_faults(state: State, arguments: list[str]) -> int:
    """Run the tests that let things go wrong in full; the suite has a small part of each."""
    os.environ["CRM_BCC_DROPBOX_FAULTS"] = "1"
    files = [str(state.checkout / "tests" / f"test_{name}.py") for name in _FAULTS]
    return test(state, [*files, "-s", "--durations=0", *arguments])


def _pytest(odoo: Odoo, database: str, arguments: list[str], *, whole: bool = False, failed: Sequence[str] = ()) -> int:
    """Run pytest from the folder in which the addon has its technical name.

    :param whole: whether the addon was installed just now, and the log of that counts
    :param failed: modules with which tests failed before, to be among the results
    """
    state = odoo.state
    log = state.log(f"server-{os.getpid()}")
    logs = [log, *([state.log("install")] if whole else [])]
    say(f"server log: {log}")
    with pytest_command(odoo, database, log) as command:
        environment = {**odoo.environment(), "DEVTOOL_SERVER_LOGS": os.pathsep.join(map(str, logs))}
        environment["DEVTOOL_FAILED_WITH"] = " ".join(failed)
        environment["CRM_BCC_DROPBOX_BASE"] = Databases(odoo).ensure_base()
        command += ["-p", _LOG_CHECK, *_in_addon(state, arguments)]
        status = subprocess.call(command, cwd=state.addons, env=environment)
    _keep_last(state)
    return status


@contextlib.contextmanager
def pytest_command(odoo: Odoo, database: str, log: Path, *, root: Path | None = None) -> Iterator[list[str]]:
    """Yield a command line of pytest-odoo on a database, to be completed with what to test.

    :param log: where the server logs
    :param root: what names of tests start from, the addon if nothing else
    """
    state = odoo.state
    addon = state.addons / ADDON
    conf = odoo.configuration(database, log=log)
    command = [str(odoo.python), "-m", "pytest", f"--config-file={addon / 'pyproject.toml'}"]
    command += [f"--rootdir={root or addon}", "-o", f"cache_dir={state.own / 'pytest'}"]
    command += [f"--odoo-config={conf}", f"--odoo-database={database}"]
    command += ["--odoo-http", "--odoo-log-level=info"]
    try:
        yield command
    finally:
        conf.unlink()


def _in_addon(state: State, arguments: list[str]) -> list[str]:
    """Return the arguments with paths as pytest sees them from the addons folder."""
    translated, selects = [], False
    for argument in arguments:
        path, separator, test_name = argument.partition("::")
        found = Path(path).resolve()
        if not argument.startswith("-") and found.exists() and found.is_relative_to(state.checkout):
            inside = state.addons / ADDON / found.relative_to(state.checkout)
            argument, selects = f"{inside}{separator}{test_name}", True
        translated.append(argument)
    return translated if selects else [*translated, str(state.addons / ADDON / "tests")]


def _keep_last(state: State, number: int = 10) -> None:
    """Delete all but the last server logs."""
    logs = sorted(state.logs.glob("server-*.log"), key=lambda path: path.stat().st_mtime)
    for path in logs[:-number]:
        path.unlink(missing_ok=True)
