"""`./dev test`: the suite, Odoo's own tests, mutants; `./dev screenshots`: the tours, with screenshots."""

import argparse
import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import xml.etree.ElementTree as ET  # reads what pytest wrote just now
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from . import packages, setup
from .console import DevError, output_of, say, step
from .databases import Databases
from .odoo import Odoo
from .state import ADDON, SCRIPTS, State, digest

# Tests that do more if CRM_BCC_DROPBOX_FAULTS is set.
_FAULTS = ("many_processes", "killed", "faults")
# Screens of the listing; all others are for the manuals.
_LISTING = {"preferences", "preferences-leak", "captured", "form", "chatter", "settings", "reporting", "steps"}
_KEPT_LOGS = 10
# For each module, the files of its tests that run; all if none is named.
_SUITES = {"mail": (), "test_mail": ("test_mail_gateway.py", "test_mail_alias.py"), "crm": ()}
# Tests that need further apps, and which: they run in a database of their own.
_WITH_APPS = {"test_documents_apps.py": ("account", "project", "sale")}
# From the best to the worst: what JUnit reports have within a test, nothing if it passed, None if it did not run.
_ORDER = ("passed", "skipped", "failure", "error", None)
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


def run(state: State, options: argparse.Namespace) -> int:
    """Run the suite, or a part of it in full, or other tests."""
    if options.core or options.mutants:
        return (test_core if options.core else test_mutants)(state)
    arguments, tests = options.rest, state.checkout / "tests"
    if options.corpus:
        if not options.corpus.is_dir():
            raise DevError(f"{options.corpus} is no folder", "name one with an email in each file")
        os.environ["CRM_BCC_DROPBOX_CORPUS"] = str(options.corpus.resolve())
        arguments = [str(tests / "test_corpus.py"), "-s", *arguments]
    if options.faults:
        os.environ["CRM_BCC_DROPBOX_FAULTS"] = "1"
        arguments = [*(str(tests / f"test_{name}.py") for name in _FAULTS), "-s", "--durations=0", *arguments]
    return test(state, arguments, coverage=options.coverage)


def test(state: State, arguments: list[str], *, coverage: bool = False) -> int:
    """Run the suite, or what the arguments for pytest select.

    Without arguments, the addon is reinstalled. With arguments, a copy of the last installation is used, as long as
    the addon's files are the same.

    :param coverage: measure which branches of the addon are taken, and fail if they are too few
    """
    whole = not arguments
    if coverage:
        os.environ["COVERAGE_FILE"] = str(state.own / "coverage")
        config = f"--cov-config={state.checkout / 'pyproject.toml'}"
        arguments = [f"--cov={state.checkout}", "--cov-report=term-missing:skip-covered", config, *arguments]
    with setup.odoo(state, *packages.FOR_MAIL, *packages.FOR_FILTERS, tests=True) as odoo:
        if arguments and arguments[0].startswith("receiver"):
            return _test_receiver(odoo, *arguments)
        others = {"hr": _test_with_hr, "apps": _test_with_apps, "receiver": _test_receiver} if whole else {}
        failed = [name for name, run_tests in others.items() if run_tests(odoo)]
        with Databases(odoo).copy_with_addon(get_apps(arguments), fresh=whole) as database:
            return _pytest(odoo, database, arguments, whole=whole, failed=failed)


def _test_with_hr(odoo: Odoo) -> int:
    """Run the tests of the preferences with `hr`, which has its own form."""
    say("with hr:")
    with Databases(odoo).copy_with_addon(["hr"], fresh=True) as database:
        tours = str(odoo.state.checkout / "tests" / "test_tours.py")
        return _pytest(odoo, database, [tours, "-k", "preferences"], whole=True)


def _test_with_apps(odoo: Odoo) -> int:
    """Run the tests that need further apps."""
    say("with apps:")
    tests = [str(odoo.state.checkout / "tests" / name) for name in _WITH_APPS]
    with Databases(odoo).copy_with_addon(get_apps(tests), fresh=True) as database:
        return _pytest(odoo, database, tests, whole=True)


def get_apps(arguments: Sequence[str]) -> list[str]:
    """Return the apps that the named tests need besides the dependencies of the addon."""
    named = {Path(argument.partition("::")[0]).name for argument in arguments if not argument.startswith("-")}
    return sorted({app for name in named & _WITH_APPS.keys() for app in _WITH_APPS[name]})


def _test_receiver(odoo: Odoo, *arguments: str) -> int:
    """Run the tests of the receiver, which need no Odoo."""
    command = [odoo.python, "-m", "pytest", "-p", "no:odoo", *(arguments or ["receiver"])]
    return subprocess.call(command, cwd=odoo.state.checkout, env=odoo.environment())


def take_screenshots(state: State, options: argparse.Namespace) -> int:
    """Run the tours, and copy their screenshots to the documentation; a screen with a finding has none."""
    names = set(options.screens)
    pattern = "test_tours_steps.py" if names == {"steps"} else "test_tours*.py"  # the animation has tours of its own
    tours = sorted(map(str, (state.checkout / "tests").glob(pattern)))
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
        "CRM_BCC_DROPBOX_BARE": Databases(odoo).ensure_bare(),
    }
    with pytest_command(odoo, database, log) as command:
        command += ["-p", "devtool.pytest_log_check", *get_pytest_arguments(state, arguments)]
        status = subprocess.call(command, cwd=state.addons, env=environment)
    for path in sorted(state.logs.glob("server-*.log"), key=lambda path: path.stat().st_mtime)[:-_KEPT_LOGS]:
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


def get_pytest_arguments(state: State, arguments: Sequence[str]) -> list[str]:
    """Return the arguments with paths as pytest sees them from the addons folder."""
    addon = state.addons / ADDON
    translated, selects = [], False
    for argument in arguments:
        path, separator, test_name = argument.partition("::")
        found = Path(path).resolve()
        # an expression for -k may be too long for a path, which only os.path.exists() puts up with
        if not argument.startswith("-") and os.path.exists(found) and found.is_relative_to(state.checkout):
            argument, selects = f"{addon / found.relative_to(state.checkout)}{separator}{test_name}", True
        translated.append(argument)
    if selects:
        return translated
    return [*translated, *(f"--ignore={addon / 'tests' / name}" for name in _WITH_APPS), str(addon / "tests")]


def test_core(state: State) -> int:
    """Run Odoo's own tests of mail and CRM without and with the addon, and return 0 if it makes none fail.

    Some fail without the addon too, because the packaged Odoo differs from the one they were written for. So they run
    without it first, once per Odoo. Each side takes about ten minutes on two cores.
    """
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


def _print(title: str, results: dict[str, str]) -> None:
    count = Counter(results.values()).items()
    print(f"{title}, of {len(results)}: " + ", ".join(f"{number} {outcome}" for outcome, number in count))
    for name, outcome in sorted(results.items()):
        if outcome != "passed":
            print(f"    {name} ({outcome})")


def _run_all(odoo: Odoo, database: str, side: str) -> dict[str, str]:
    """Run the tests of each module on a database, and return the outcome of each test."""
    state, results = odoo.state, {}
    for module in _SUITES:
        report = state.log(f"core-report-{side}-{module}")
        report.unlink(missing_ok=True)
        output = run_odoos(odoo, database, module, side, ["-q", f"--junit-xml={report}"], _SUITES[module])
        cases = list(ET.parse(report).iter("testcase")) if report.exists() else []  # noqa: S314
        if not cases:
            raise DevError(f"Odoo's own tests of {module} did not run", f"read {output}")
        for case in cases:
            test_name = f"{module}: {case.get('classname', '')}.{case.get('name')}"
            # a test may be there twice: the worst outcome counts
            outcomes = [results.get(test_name, "passed"), *(child.tag for child in case if child.tag in _ORDER)]
            results[test_name] = max(outcomes, key=_ORDER.index)
    return results


def run_odoos(
    odoo: Odoo, database: str, module: str, side: str, options: Sequence[str], files: Sequence[str] = ()
) -> Path:
    """Run tests of one of Odoo's modules, and return the path of pytest's output.

    :param side: `with` or `without` the addon
    :param options: for pytest
    :param files: all tests if left out
    """
    folder = next((addons / module / "tests" for addons in odoo.source.addons if (addons / module).is_dir()), None)
    if not folder:
        raise DevError(f"this Odoo has no {module}", "let ODOO_HOME name a whole Odoo 19 source")
    output, server_log = (odoo.state.log(f"core-{kind}-{side}-{module}") for kind in ("tests", "server"))
    with (
        step(f"running Odoo's tests of {module}, {side} the addon"),
        pytest_command(odoo, database, server_log, root=folder) as command,
        output.open("w") as log,
    ):
        command += [*options, *(str(folder / file) for file in files or [""])]
        subprocess.call(command, cwd=odoo.state.addons, env=odoo.environment(), stdout=log, stderr=log)
    return output


def test_mutants(state: State) -> int:
    """Break the parts without ORM in one place at a time, and print the changes that no test notices.

    Changes without effect are listed in `tests/equivalent_mutants.txt`, each with its reason.
    """
    with setup.odoo(state, *packages.FOR_PYTHON, lists=("odoo", "test", "mutants")) as odoo:
        folder, log = _lay_out(state), state.log("mutants")
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


def _find_survivors(python: Path, folder: Path, environment: Mapping[str, str]) -> Iterator[tuple[str, tuple]]:
    """Yield the name and the changed lines, with their signs, of each mutant that no test noticed or runs."""
    mutmut = [python, "-m", "mutmut"]
    for line in output_of([*mutmut, "results"], cwd=folder, env=environment).splitlines():
        name, _colon, outcome = line.strip().rpartition(": ")
        if outcome in ("survived", "no tests", "suspicious"):
            diff = output_of([*mutmut, "show", name], cwd=folder, env=environment).splitlines()
            changed = [line for line in diff if line[:1] in "+-" and line[:3] not in ("+++", "---")]
            yield name, tuple(f"{line[0]} {line[1:].strip()}" for line in changed if line)
