"""The commands of `./dev` and their options."""

from __future__ import annotations

import argparse
import signal
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from . import (
    bench,
    core_lint,
    core_tests,
    linting,
    mutants,
    package,
    screenshots,
    serving,
    shell,
    testing,
    translations,
)
from .console import DevError, say
from .state import State, check_python

_Command = Callable[[State, argparse.Namespace, list[str]], int]


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and not options.passes_on:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        check_python()
        status = options.command(State.open(), options, rest)
    except DevError as error:
        say(str(error))
        status = 1
    except Exception as error:  # noqa: BLE001 - a traceback helps nobody but us
        say(f"error: a fault of ./dev itself: {error!r}\n   do: report it with {_keep_traceback()}")
        status = 1
    except KeyboardInterrupt:
        say("interrupted")
        status = 130
    if options.tells_total:
        say(f"[{time.monotonic() - started:5.1f}s] in total")
    return status


def _keep_traceback() -> Path:
    """Write the current traceback to a log and return its path."""
    path = State.open().log("fault")
    path.write_text(traceback.format_exc())
    return path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./dev",
        description="Development tool of crm_bcc_dropbox; sets up what it needs by itself.",
        epilog="State lives in $CRM_BCC_DROPBOX_HOME (default ~/.cache/crm_bcc_dropbox) and may be"
        " deleted at any time. ODOO_HOME names an Odoo 19 source to use instead of a download.",
    )
    commands = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")

    run = _add(commands, "run", _run, "Odoo with demo data and mail servers, and a sample mail")
    run.add_argument("--check", action="store_true", help="end after the sample; status 0 if it was filed")
    run.add_argument("--port", type=int, default=8069, help="where Odoo listens (default: %(default)s)")
    run.add_argument("--fresh", action="store_true", help="start with a new database")

    test = _add(commands, "test", _test, "the suite; further arguments go to pytest", passes_on=True)
    test.add_argument("--core", action="store_true", help="Odoo's own tests of mail and CRM with the addon")
    test.add_argument("--corpus", type=Path, metavar="DIR", help="the mails of a folder, whoever wrote them")
    test.add_argument("--faults", action="store_true", help="all that can go wrong does, in every way: an hour")
    test.add_argument("--coverage", action="store_true", help="tell which branches of the addon no test takes")
    test.add_argument("--mutants", action="store_true", help="break the parts without ORM, and see the tests fail")

    lint = _add(commands, "lint", _lint, "the linters")
    lint.add_argument("--fix", action="store_true", help="format files and repair what can be")
    lint.add_argument("--quick", action="store_true", help="leave out Odoo's own linters, which need a database")

    _add(commands, "translations", _translations, "bring the terms in i18n/ up to date, to be translated")
    screens = _add(commands, "screenshots", _screenshots, "photographs of the screens, for the listing and the manuals")
    screens.add_argument("screens", nargs="*", metavar="SCREEN", help="all if none is named")

    bench_parser = _add(commands, "bench", _bench, "the benchmark; prints its table and writes it as JSON")
    bench_parser.add_argument(
        "--quick",
        action="store_true",
        help="within 3 minutes, once its databases are made (the first time, and when the addon changed): smaller",
    )
    bench_parser.add_argument(
        "--runs", type=int, default=1, metavar="N", help="measure N times: the run in the middle, and the spread of all"
    )
    bench_parser.add_argument("--only", action="append", default=[], metavar="PART", help=", ".join(bench.PARTS))
    bench_parser.add_argument("--json", type=Path, default=Path("bench.json"), help="default: %(default)s")
    bench_parser.add_argument("--report", action="store_true", help="measure nothing: put the JSON file into docs/")
    package_parser = _add(commands, "package", _package, "the wheel, and the zip for the Apps list")
    package_parser.add_argument("--target", type=Path, default=Path("dist"), help="folder (default: %(default)s)")
    shell_parser = _add(commands, "shell", _shell, "an Odoo shell; runs a script from standard input")
    shell_parser.add_argument("-d", "--database", help="the one of ./dev run if left out")
    _add(commands, "stop", _stop, "stop what ./dev run left running")
    return parser


def _add(
    commands: argparse._SubParsersAction, name: str, command: _Command, text: str, *, passes_on: bool = False
) -> argparse.ArgumentParser:
    """Add a command.

    :param passes_on: whether it takes arguments that are not ours
    """
    parser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    # pytest's summary is to be the last line of a test
    parser.set_defaults(
        command=command, passes_on=passes_on, tells_total=name in ("run", "lint", "translations", "bench")
    )
    return parser


def _run(state: State, options: argparse.Namespace, _rest: list[str]) -> int:
    return serving.serve(state, port=options.port, check=options.check, fresh=options.fresh)


def _test(state: State, options: argparse.Namespace, rest: list[str]) -> int:
    if options.core:
        return core_tests.test(state)
    if options.mutants:
        return mutants.test(state)
    if options.corpus:
        return testing.test_corpus(state, options.corpus, rest)
    if options.faults:
        return testing.test_faults(state, rest)
    return testing.test(state, rest, coverage=options.coverage)


def _lint(state: State, options: argparse.Namespace, _rest: list[str]) -> int:
    status = linting.lint(state, fix=options.fix)
    if options.fix or options.quick:
        return status
    return core_lint.lint(state) or status


def _translations(state: State, _options: argparse.Namespace, _rest: list[str]) -> int:
    return translations.update(state)


def _screenshots(state: State, options: argparse.Namespace, _rest: list[str]) -> int:
    return screenshots.take(state, options.screens)


def _bench(state: State, options: argparse.Namespace, _rest: list[str]) -> int:
    if options.report:
        return bench.show(state, options.json)
    return bench.measure(state, quick=options.quick, parts=options.only, target=options.json, runs=options.runs)


def _package(state: State, options: argparse.Namespace, _rest: list[str]) -> int:
    return package.build(state, options.target.resolve())


def _shell(state: State, options: argparse.Namespace, _rest: list[str]) -> int:
    return shell.shell(state, options.database)


def _stop(state: State, _options: argparse.Namespace, _rest: list[str]) -> int:
    return serving.stop(state)
