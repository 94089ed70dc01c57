"""The commands of `./dev` and their options."""

import argparse
import signal
import subprocess
import time
import traceback
from pathlib import Path

from . import bench, linting, package, serving, setup, testing
from .console import DevError, say
from .databases import Databases
from .state import State


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    started = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    parser = _make_parser()
    options, options.rest = parser.parse_known_args(arguments)
    if options.rest and options.name != "test":
        parser.error(f"unrecognized arguments: {' '.join(options.rest)}")
    try:
        status = _COMMANDS[options.name][0](State.open(), options)
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


def _shell(state: State, options: argparse.Namespace) -> int:
    with setup.odoo(state) as odoo:
        database = options.database or Databases(odoo).ensure_demo()
        command = odoo.command("shell", "-c", odoo.configuration("shell"), "-d", database, "--no-http")
        return subprocess.call([*command, "--log-level=warn"], env=odoo.environment())


_COMMANDS = {
    "run": (serving.serve, "Odoo with demo data and mail servers, and a sample email"),
    "test": (testing.run, "the suite; further arguments go to pytest"),
    "lint": (linting.lint, "the linters"),
    "translations": (linting.update_translations, "bring the terms in i18n/ up to date, to be translated"),
    "screenshots": (testing.take_screenshots, "photographs of the screens, for listing and manuals"),
    "bench": (bench.measure, "the benchmark; prints its table and writes bench.json"),
    "package": (package.build, "the wheel, and the zip for the Apps list"),
    "shell": (_shell, "an Odoo shell; runs a script from standard input"),
    "stop": (serving.stop, "stop what ./dev run left running"),
}
_FLAGS = (
    ("run", "--check", "end after the sample; status 0 if it was logged"),
    ("run", "--fresh", "start with a new database"),
    ("test", "--core", "Odoo's own tests of mail and CRM with the addon"),
    ("test", "--faults", "everything that can fail does, in every way: two hours"),
    ("test", "--coverage", "show which branches of the addon no test takes"),
    ("test", "--mutants", "break the parts without ORM, and see the tests fail"),
    ("lint", "--fix", "format files and repair what can be"),
    ("lint", "--quick", "leave out Odoo's own linters, which need a database"),
    ("bench", "--quick", "smaller, in about 4 minutes once its databases exist"),
    ("bench", "--report", "measure nothing: put bench.json into docs/"),
)


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./dev",
        description="Development tool of crm_bcc_dropbox; sets up what it needs by itself.",
        epilog="State lives in $CRM_BCC_DROPBOX_HOME (default ~/.cache/crm_bcc_dropbox) and may be"
        " deleted at any time. ODOO_HOME names an Odoo 19 source to use instead of a download.",
    )
    commands = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")
    add = {}
    for name, (_command, text) in _COMMANDS.items():
        add[name] = commands.add_parser(name, help=text, description=text, allow_abbrev=False).add_argument
    for name, flag, text in _FLAGS:
        add[name](flag, action="store_true", help=text)
    add["run"]("--port", type=int, default=8069, help="where Odoo listens (default: %(default)s)")
    add["test"]("--corpus", type=Path, metavar="DIR", help="deliver every email of a folder")
    add["screenshots"]("screens", nargs="*", metavar="SCREEN", help="all if none is named")
    add["bench"]("--runs", type=int, default=1, metavar="N", help="N times: the run in the middle, the spread")
    add["bench"]("--only", action="append", default=[], metavar="PART", help=", ".join(bench.PARTS))
    add["package"]("--target", type=Path, default=Path("dist"), help="folder (default: %(default)s)")
    add["shell"]("-d", "--database", help="the one of ./dev run if left out")
    return parser
