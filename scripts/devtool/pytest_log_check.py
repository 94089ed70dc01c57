"""A pytest plugin: a warning or an error of ours in a server log fails the run, and so does an earlier run.

Loaded by `./dev test`, which names the logs in `DEVTOOL_SERVER_LOGS`, and in `DEVTOOL_FAILED_WITH` modules with which
tests have failed before.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

# "2026-01-31 12:00:00,123 4711 WARNING database odoo.logger: text"
_RECORD = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ (?P<level>[A-Z]+) ")
_OURS = re.compile(r"crm_bcc_dropbox|crm\.bcc\.dropbox|bcc_dropbox")
_BAD = {"WARNING", "ERROR", "CRITICAL"}


def find_bad_records(text: str) -> list[str]:
    """Return the records of a server log that are bad and ours, with the lines that belong to them."""
    records: list[list[str]] = []
    bad = False
    for line in text.splitlines():
        if record := _RECORD.match(line):
            bad = record["level"] in _BAD
            if bad:
                records.append([line])
        elif bad:
            records[-1].append(line)
    joined = ("\n".join(lines) for lines in records)
    return [record for record in joined if _OURS.search(record)]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Add a failure per log with bad records and per failed run to the results, before they are summed up."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.option.collectonly or reporter is None:
        return
    if failures := [*_get_bad_logs(), *_get_earlier_failures()]:
        reporter.stats.setdefault("failed", []).extend(failures)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _get_bad_logs() -> Iterator[pytest.TestReport]:
    for name in os.environ.get("DEVTOOL_SERVER_LOGS", "").split(os.pathsep):
        log = Path(name)
        if not name or not log.exists():
            continue
        if bad := find_bad_records(log.read_text(errors="replace")):
            yield _failure(f"server log {log}", f"{len(bad)} warnings or errors of ours in {log}:", *bad)


def _get_earlier_failures() -> Iterator[pytest.TestReport]:
    for module in os.environ.get("DEVTOOL_FAILED_WITH", "").split():
        yield _failure(f"tests with {module}", f"The tests with {module} failed, see above.")


def _failure(name: str, *lines: str) -> pytest.TestReport:
    return pytest.TestReport(
        nodeid=name, location=(name, 0, name), keywords={}, outcome="failed", longrepr="\n".join(lines), when="call"
    )
