"""`./dev test`: the suite of the addon with pytest-odoo; `./dev screenshots`: the photographs that its tours take."""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from . import packages, setup
from .console import DevError, say
from .databases import Databases
from .odoo import Odoo
from .state import ADDON, State

# Modules that extend one of our screens, with the tests of that screen: file and expression.
_FRIENDS = {"hr": ("test_tours.py", "preferences")}
# Tests that do more if CRM_BCC_DROPBOX_FAULTS is set.
_FAULTS = ("many_processes", "killed", "faults")
# Screens of the listing; all others are for the manuals.
_LISTING = {"preferences", "captured", "form", "chatter", "settings", "reporting"}
_KEPT_LOGS = 10


def run_suite(state: State, options: argparse.Namespace) -> int:
    """Run the suite, or a part of it in full."""
    arguments = options.rest
    if options.corpus:
        if not options.corpus.is_dir():
            raise DevError(f"{options.corpus} is no folder", "name one with an email in each file")
        os.environ["CRM_BCC_DROPBOX_CORPUS"] = str(options.corpus.resolve())
        arguments = [_path(state, "test_corpus.py"), "-s", *arguments]
    if options.faults:
        os.environ["CRM_BCC_DROPBOX_FAULTS"] = "1"
        arguments = [*(_path(state, f"test_{name}.py") for name in _FAULTS), "-s", "--durations=0", *arguments]
    return test(state, arguments, coverage=options.coverage)


def test(state: State, arguments: list[str], *, coverage: bool = False) -> int:
    """Run the suite, or what the arguments for pytest select.

    Without arguments the addon is installed anew. With arguments, a copy of the last installation will do, as long as
    the addon's files are the same.

    :param coverage: measure which branches of the addon are taken, and fail if they are too few
    """
    whole = not arguments
    if coverage:
        os.environ["COVERAGE_FILE"] = str(state.own / "coverage")
        config = f"--cov-config={state.checkout / 'pyproject.toml'}"
        arguments = [f"--cov={state.checkout}", "--cov-report=term-missing:skip-covered", config, *arguments]
    with setup.odoo(state, *packages.FOR_MAIL, *packages.FOR_FILTERS, tests=True) as odoo:
        failed = [module for module in _FRIENDS if _test_with(odoo, module)] if whole else []
        with Databases(odoo).copy_with_addon(fresh=whole) as database:
            return _pytest(odoo, database, arguments, whole=whole, failed=failed)


def _test_with(odoo: Odoo, module: str) -> int:
    """Run the tests of the screens that another module extends, with that module."""
    say(f"with {module}:")
    file, expression = _FRIENDS[module]
    with Databases(odoo).copy_with_addon([module], fresh=True) as database:
        return _pytest(odoo, database, [_path(odoo.state, file), "-k", expression], whole=True)


def take_screenshots(state: State, options: argparse.Namespace) -> int:
    """Run the tours and copy their photographs to the documentation; a screen with a finding has none."""
    names, tours = set(options.screens), sorted(map(str, (state.checkout / "tests").glob("test_tours*.py")))
    with tempfile.TemporaryDirectory(dir=state.own) as folder:
        os.environ["CRM_BCC_DROPBOX_SCREENSHOTS"] = folder
        status = test(state, tours)
        taken = {path: path.stem.removesuffix("-phone") for path in sorted(Path(folder).glob("*.png"))}
        for path, screen in taken.items():
            if not names or screen in names:
                target = Path("static/description" if path.stem in _LISTING else "docs/img", path.name)
                shutil.copyfile(path, state.checkout / target)
                say(str(target))
    if not status and (unknown := names - set(taken.values())):
        known = ", ".join(sorted(set(taken.values())))
        raise DevError(f"no tour photographs {', '.join(sorted(unknown))}", f"choose among {known}")
    return status


def _path(state: State, test_file: str) -> str:
    return str(state.checkout / "tests" / test_file)


def _pytest(odoo: Odoo, database: str, arguments: list[str], *, whole: bool = False, failed: Sequence[str] = ()) -> int:
    """Run pytest from the folder in which the addon has its technical name.

    :param whole: the addon was installed for this run, so the log of its installation counts
    :param failed: modules with which tests failed before, to be among the results
    """
    state = odoo.state
    log = state.log(f"server-{os.getpid()}")
    logs = [log, state.log("install")] if whole else [log]
    say(f"server log: {log}")
    environment = {
        **odoo.environment(),
        "DEVTOOL_SERVER_LOGS": os.pathsep.join(map(str, logs)),
        "DEVTOOL_FAILED_WITH": " ".join(failed),
        "CRM_BCC_DROPBOX_BASE": Databases(odoo).ensure_base(),
    }
    with pytest_command(odoo, database, log) as command:
        command += ["-p", "devtool.pytest_log_check", *_in_addon(state, arguments)]
        status = subprocess.call(command, cwd=state.addons, env=environment)
    old_logs = sorted(state.logs.glob("server-*.log"), key=lambda path: path.stat().st_mtime)[:-_KEPT_LOGS]
    for path in old_logs:
        path.unlink(missing_ok=True)
    return status


@contextlib.contextmanager
def pytest_command(odoo: Odoo, database: str, log: Path, *, root: Path | None = None) -> Iterator[list[str]]:
    """Yield a command line of pytest-odoo on a database, without the tests to run.

    :param log: where the server logs
    :param root: folder that the names of tests are relative to, the addon by default
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
    addon = state.addons / ADDON
    translated, selects = [], False
    for argument in arguments:
        path, separator, test_name = argument.partition("::")
        found = Path(path).resolve()
        if not argument.startswith("-") and found.exists() and found.is_relative_to(state.checkout):
            argument, selects = f"{addon / found.relative_to(state.checkout)}{separator}{test_name}", True
        translated.append(argument)
    return translated if selects else [*translated, str(addon / "tests")]
