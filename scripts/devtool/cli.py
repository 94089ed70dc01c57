"""The commands of `./dev` and their options."""

from __future__ import annotations

import argparse
import signal
import subprocess
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from . import bench, linting, package, serving, setup, testing
from .console import DevError, say
from .databases import Databases
from .state import State, check_python


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = _make_parser()
    options, options.rest = parser.parse_known_args(arguments)
    if options.rest and options.name != "test":
        parser.error(f"unrecognized arguments: {' '.join(options.rest)}")
    try:
        check_python()
        status = options.command(State.open(), options)
    except DevError as error:
        say(str(error))
        status = 1
    except Exception as error:  # noqa: BLE001 - a traceback only helps developers of the tool
        path = State.open().log("fault")
        path.write_text(traceback.format_exc())
        say(f"error: a fault of ./dev itself: {error!r}\n   do: report it with {path}")
        status = 1
    except KeyboardInterrupt:
        say("interrupted")
        status = 130
    # after a test, pytest's summary is the last line
    if options.name in ("run", "lint", "translations", "bench"):
        say(f"[{time.monotonic() - started:5.1f}s] in total")
    return status


def _make_parser() -> argparse.ArgumentParser:
    """Return the parser, whose result has a `command` to call with the state and the options."""
    parser = argparse.ArgumentParser(
        prog="./dev",
        description="Development tool of crm_bcc_dropbox; sets up what it needs by itself.",
        epilog="State lives in $CRM_BCC_DROPBOX_HOME (default ~/.cache/crm_bcc_dropbox) and may be"
        " deleted at any time. ODOO_HOME names an Odoo 19 source to use instead of a download.",
    )
    commands = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")

    def add(name: str, text: str, command: Callable[..., int]) -> argparse.ArgumentParser:
        subparser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        subparser.set_defaults(command=command)
        return subparser

    run = add("run", "Odoo with demo data and mail servers, and a sample email", serving.serve)
    run.add_argument("--check", action="store_true", help="end after the sample; status 0 if it was filed")
    run.add_argument("--port", type=int, default=8069, help="where Odoo listens (default: %(default)s)")
    run.add_argument("--fresh", action="store_true", help="start with a new database")

    test = add("test", "the suite; further arguments go to pytest", testing.run)
    test.add_argument("--core", action="store_true", help="Odoo's own tests of mail and CRM with the addon")
    test.add_argument("--corpus", type=Path, metavar="DIR", help="deliver every email of a folder")
    test.add_argument("--faults", action="store_true", help="everything that can fail does, in every way: an hour")
    test.add_argument("--coverage", action="store_true", help="show which branches of the addon no test takes")
    test.add_argument("--mutants", action="store_true", help="break the parts without ORM, and see the tests fail")

    lint = add("lint", "the linters", linting.lint)
    lint.add_argument("--fix", action="store_true", help="format files and repair what can be")
    lint.add_argument("--quick", action="store_true", help="leave out Odoo's own linters, which need a database")

    add("translations", "bring the terms in i18n/ up to date, to be translated", linting.update_translations)
    screens = add("screenshots", "photographs of the screens, for listing and manuals", testing.take_screenshots)
    screens.add_argument("screens", nargs="*", metavar="SCREEN", help="all if none is named")

    measure = add("bench", "the benchmark; prints its table and writes bench.json", bench.measure)
    measure.add_argument("--quick", action="store_true", help="smaller, within 3 minutes once its databases exist")
    measure.add_argument("--runs", type=int, default=1, metavar="N", help="N times: the run in the middle, the spread")
    measure.add_argument("--only", action="append", default=[], metavar="PART", help=", ".join(bench.PARTS))
    measure.add_argument("--report", action="store_true", help="measure nothing: put bench.json into docs/")

    packaging = add("package", "the wheel, and the zip for the Apps list", package.build)
    packaging.add_argument("--target", type=Path, default=Path("dist"), help="folder (default: %(default)s)")

    shell = add("shell", "an Odoo shell; runs a script from standard input", _shell)
    shell.add_argument("-d", "--database", help="the one of ./dev run if left out")
    add("stop", "stop what ./dev run left running", serving.stop)
    return parser


def _shell(state: State, options: argparse.Namespace) -> int:
    with setup.odoo(state) as odoo:
        database = options.database or Databases(odoo).ensure_demo()
        command = odoo.command("shell", "-c", odoo.configuration("shell"), "-d", database, "--no-http")
        return subprocess.call([*command, "--log-level=warn"], env=odoo.environment())
