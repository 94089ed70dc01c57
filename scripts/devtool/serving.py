"""`./dev run`: Odoo with demo data, its mail servers, and a sample mail that shows them at work."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from . import packages, sample, setup
from .console import DevError, say, step
from .databases import Databases
from .odoo import Odoo
from .postgres import Cluster
from .state import CHECKOUT, SCRIPTS, State

_START_SECONDS = 120
_STOP_SECONDS = 20
_PIPE_DOMAIN, _MAILBOX_DOMAIN = "bcc.example", "poll.example"


def serve(state: State, *, port: int, check: bool, fresh: bool) -> int:
    """Start everything, show a sample mail, and serve until interrupted.

    :param port: where Odoo is to listen
    :param check: end after the sample
    :param fresh: start from a new database
    :return: 0, or 1 when the sample was not filed
    """
    with (
        state.lock_if_free(f"run-{state.key}") as free,
        setup.odoo(state, *packages.FOR_MAIL) as odoo,
    ):
        if not free:
            raise DevError("this checkout runs already", "./dev stop")
        _check_port(port)
        databases = Databases(odoo)
        database = databases.ensure_demo(fresh=fresh)
        databases.set_base_url(database, f"http://localhost:{port}")
        with _server(odoo, database, port) as server, _mail_servers(state, database, port) as (postfix, dovecot):
            report = sample.file_one(database, port, postfix, dovecot, _PIPE_DOMAIN)
            print(report.text, flush=True)
            if not check:
                _wait(server, port, postfix, dovecot)
        return 0 if report.filed or not check else 1


def _wait(server: subprocess.Popen, port: int, postfix, dovecot) -> None:
    """Serve until the server ends or the reader does not want it any longer."""
    say(
        f"\nOdoo:    http://localhost:{port} (admin/admin, demo/demo)\n"
        f"SMTP:    127.0.0.1:{postfix.smtp_port}, anything@{_PIPE_DOMAIN} is piped into Odoo,"
        f" {dovecot.user}@{_MAILBOX_DOMAIN} is polled from\n"
        f"IMAP:    127.0.0.1:{dovecot.imap_port}, POP3: 127.0.0.1:{dovecot.pop3_port}\n"
        "Ctrl-C ends it."
    )
    with contextlib.suppress(KeyboardInterrupt):
        server.wait()
    say("stopping ...")


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise DevError(f"port {port}: {error.strerror}", "choose another one with --port") from None


@contextlib.contextmanager
def _server(odoo: Odoo, database: str, port: int) -> Iterator[subprocess.Popen]:
    """Run an Odoo server that answers, until the block ends."""
    _check_port(port)  # again: making the database took a while
    log = odoo.state.log("server")
    log.unlink(missing_ok=True)
    conf = odoo.configuration("server", log=log, port=port, crons=1)
    command = odoo.command("server", "-c", conf, "-d", database, f"--db-filter=^{database}$")
    pid_file = _pid_file(odoo.state)
    with log.open("ab") as output, step("starting Odoo"):
        server = subprocess.Popen(
            command,
            env=odoo.environment(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us: mail servers end before Odoo
        )
        pid_file.write_text(str(server.pid))
    try:
        with step("waiting for Odoo"):
            _wait_until_healthy(server, port, log)
        yield server
    finally:
        _end(server.pid)
        server.wait()
        pid_file.unlink(missing_ok=True)


def _wait_until_healthy(server: subprocess.Popen, port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise DevError("Odoo ended while it started", f"read {log}")
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/web/health", timeout=5).close()
            return
        time.sleep(0.1)
    raise DevError(f"Odoo did not answer within {_START_SECONDS} seconds", f"read {log}")


@contextlib.contextmanager
def _mail_servers(state: State, database: str, port: int) -> Iterator[tuple]:
    """Run the mail servers of the tests, piping into this Odoo."""
    servers = _import_servers()
    gate = state.own / "mailgate.conf"
    gate.touch(mode=0o600)
    gate.write_text(f"[odoo]\nurl = http://127.0.0.1:{port}\ndatabase = {database}\nlogin = admin\npassword = admin\n")
    mailgate = [sys.executable, str(SCRIPTS / "odoo_bcc_mailgate.py"), "--config", str(gate)]
    try:
        with contextlib.ExitStack() as stack:
            with step("starting Postfix and Dovecot"):
                dovecot = stack.enter_context(servers.Dovecot(state.own / "dovecot"))
                postfix = servers.Postfix(
                    state.own / "postfix",
                    mailgate=mailgate,
                    pipe_domains=[_PIPE_DOMAIN],
                    mailbox_domains=[_MAILBOX_DOMAIN],
                    mailbox=dovecot,
                )
                stack.enter_context(postfix)
            yield postfix, dovecot
    except servers.ServerError as error:
        raise DevError(str(error), "./dev stop, then try again") from None


def _import_servers():
    """Import the server fixtures, which need nothing of Odoo."""
    tests = str(CHECKOUT / "tests")
    if tests not in sys.path:
        sys.path.insert(0, tests)
    import servers  # its folder is on the path only now

    return servers


def stop(state: State) -> int:
    """Stop what an earlier run of this checkout left, and PostgreSQL if nobody uses it."""
    if pid := _get_server_pid(state):
        with step("stopping Odoo"):
            _end(pid)
        say("stopped Odoo")
    _pid_file(state).unlink(missing_ok=True)
    if not packages.find_program("postfix") or not packages.find_program("dovecot"):
        return 0
    servers = _import_servers()
    for kind in (servers.Postfix, servers.Dovecot):
        kind(state.own / kind.__name__.lower()).leave()
    if packages.postgres_folders() and not Cluster(state).stop_unless_used():
        say("PostgreSQL is in use by another ./dev, and goes on")
    return 0


def _pid_file(state: State) -> Path:
    return state.own / "server.pid"


def _get_server_pid(state: State) -> int | None:
    """Return the process of this checkout's server; the number may be a stranger's by now."""
    try:
        pid = int(_pid_file(state).read_text())
        command = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (OSError, ValueError):
        return None
    return pid if str(state.own / "server.conf") in command else None


def _end(pid: int) -> None:
    """End a process, by force if it does not hear."""
    deadline = time.monotonic() + _STOP_SECONDS
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGTERM)
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            if _is_zombie(pid):
                return
            time.sleep(0.1)
        os.kill(pid, signal.SIGKILL)


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
