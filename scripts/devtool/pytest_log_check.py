"""A pytest plugin of `./dev test`: a warning or an error of ours in a server log fails the run.

`DEVTOOL_SERVER_LOGS` names the logs, `DEVTOOL_FAILED_WITH` modules with which tests have failed in an earlier run.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

# "2026-01-31 12:00:00,123 4711 WARNING database odoo.logger: text", with the lines that belong to it
_RECORD = re.compile(r"^(?=\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d+ \d+ [A-Z]+ )", re.MULTILINE)
_BAD = re.compile(r"\S+ \S+ \d+ (WARNING|ERROR|CRITICAL) ")
_OURS = re.compile(r"crm_bcc_dropbox|crm\.bcc\.dropbox|bcc_dropbox")


def find_bad_records(text: str) -> list[str]:
    """Return the warnings and errors of ours in a server log."""
    return [record for record in _RECORD.split(text) if _BAD.match(record) and _OURS.search(record)]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Add a failure per log with bad records and per failed run to the results, before they are summed up."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.option.collectonly or reporter is None:
        return
    if failures := list(_get_failures()):
        reporter.stats.setdefault("failed", []).extend(failures)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _get_failures() -> Iterator[pytest.TestReport]:
    logs = map(Path, filter(None, os.environ.get("DEVTOOL_SERVER_LOGS", "").split(os.pathsep)))
    for log in filter(Path.exists, logs):
        if bad := find_bad_records(log.read_text(errors="replace")):
            yield _fail(f"server log {log}", f"{len(bad)} warnings or errors of ours in {log}:", *bad)
    for module in os.environ.get("DEVTOOL_FAILED_WITH", "").split():
        yield _fail(f"tests with {module}", f"The tests with {module} failed, see above.")


def _fail(name: str, *lines: str) -> pytest.TestReport:
    place = {"nodeid": name, "location": (name, 0, name), "keywords": {}, "when": "call"}
    return pytest.TestReport(**place, outcome="failed", longrepr="\n".join(lines))
