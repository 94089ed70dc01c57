"""The commands of `./dev` and their options."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from . import core_tests, linting, testing
from .console import DevError, say
from .state import State, check_python


def main(arguments: list[str]) -> int:
    """Run one command and return its exit status."""
    started = time.monotonic()
    options, rest = _parser().parse_known_args(arguments)
    if rest and not options.passes_on:
        _parser().error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        check_python()
        status = options.command(State.open(), options, rest)
    except DevError as error:
        say(str(error))
        status = 1
    except KeyboardInterrupt:
        say("interrupted")
        status = 130
    if not options.passes_on:
        say(f"[{time.monotonic() - started:5.1f}s] in total")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./dev",
        description="Development tool of crm_bcc_dropbox; sets up what it needs by itself.",
        epilog="State lives in $CRM_BCC_DROPBOX_HOME (default ~/.cache/crm_bcc_dropbox) and may be"
        " deleted at any time. ODOO_HOME names an Odoo 19 source to use instead of a download.",
    )
    commands = parser.add_subparsers(dest="name", required=True, metavar="COMMAND")
    test = _add(commands, "test", _test, "the suite; further arguments go to pytest", passes_on=True)
    test.add_argument("--core", action="store_true", help="Odoo's own gateway tests with the addon")
    lint = _add(commands, "lint", _lint, "the linters")
    lint.add_argument("--fix", action="store_true", help="format files and repair what can be")
    return parser


def _add(
    commands: argparse._SubParsersAction,
    name: str,
    command: Callable[[State, argparse.Namespace, list[str]], int],
    text: str,
    *,
    passes_on: bool = False,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    parser.set_defaults(command=command, passes_on=passes_on)
    return parser


def _test(state: State, options: argparse.Namespace, rest: list[str]) -> int:
    return core_tests.test(state) if options.core else testing.test(state, rest)


def _lint(state: State, options: argparse.Namespace, rest: list[str]) -> int:
    return linting.lint(state, fix=options.fix)
