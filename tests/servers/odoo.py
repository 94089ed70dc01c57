"""A separate Odoo process, called by XML-RPC."""

from __future__ import annotations

import contextlib
import copy
import http.client
import os
import signal
import subprocess
import sys
import xmlrpc.client
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .base import Server, ServerError, free_port, wait_for

START_SECONDS = 240

#: a program, not ``-m odoo``: a server with workers restarts itself by its path
PROGRAM = "from odoo.cli import main\n\nmain()\n"


class TimeoutTransport(xmlrpc.client.Transport):
    """A connection with a timeout, because the server may be killed."""

    def __init__(self, timeout: float):
        super().__init__()
        self.timeout = timeout

    def make_connection(self, host):
        return http.client.HTTPConnection(host, timeout=self.timeout)


class Odoo(Server):
    """One Odoo process on one database, with the users in the database.

    :param folder: private folder of this server; see the package about where it really lies
    :param str database: an existing database
    :param options: further options of the configuration file
    :param command: command that starts Odoo, by default that of this process
    :param credentials: login and password of the user who calls
    """

    def __init__(
        self,
        folder: str | os.PathLike,
        database: str,
        options: Mapping[str, object],
        command: Sequence[str] = (),
        credentials: tuple[str, str] = ("admin", "admin"),
        port: int = 0,
    ):
        super().__init__(folder)
        self.database = database
        self.options = dict(options)
        self.command = list(command)
        #: without those of PostgreSQL's clients, which take precedence over the configuration file
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        self.login, self.password = credentials
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen | None = None
        self._uid = 0

    @property
    def log(self) -> str:
        """The log of the server since its first start."""
        path = self.folder / "odoo.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Start the server, and return when it responds for its database."""
        self.stop()
        self._uid = 0
        program = self.command or self._write_program()
        command = [*program, "-c", str(self._write_configuration()), "-d", self.database]
        with open(self.folder / "odoo.log", "ab") as log:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.folder,
                env=self.environment,
                start_new_session=True,
            )
        wait_for(self._is_ready, START_SECONDS, f"Odoo; it logged {self.log[-2000:]}")

    def stop(self) -> None:
        """Stop the server, and return when it has ended."""
        if self.process:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()
            self.process = None

    def kill(self) -> None:
        """Kill the server, like a crash."""
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def workers(self) -> list[int]:
        """Return the processes that serve requests and run jobs, of a server with workers."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in path.read_text().split() if b"gevent" not in _read_command(pid)]

    def kill_worker(self, pid: int) -> None:
        """Kill a worker; the server starts a new one."""
        # it may have ended already
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def call(self, model: str, method: str, *arguments: Any, **options: Any) -> Any:
        """Call a public method of a model and return its answer."""
        call = self.database, self._get_uid(), self.password, model, method
        try:
            return self._get_proxy("object").execute_kw(*call, list(arguments), options)
        except xmlrpc.client.Fault as fault:
            # XML-RPC cannot transport the None that the method returned
            if "TypeError: cannot marshal None" in fault.faultString:
                return None
            raise

    def as_user(self, login: str, password: str) -> Odoo:
        """Return the same server, called by another user."""
        caller = copy.copy(self)
        caller.login, caller.password, caller._uid = login, password, 0
        return caller

    def _get_uid(self) -> int:
        """Log in once, because checking a password is slow."""
        if self._uid:
            return self._uid
        account = self.database, self.login, self.password, {}
        uid = self._get_proxy("common").authenticate(*account)
        if not uid:
            raise ServerError(f"Odoo refused {self.login}")
        self._uid = uid
        return uid

    def _get_proxy(self, service: str) -> xmlrpc.client.ServerProxy:
        url = f"{self.url}/xmlrpc/2/{service}"
        return xmlrpc.client.ServerProxy(url, TimeoutTransport(60), allow_none=True)

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise ServerError(f"Odoo ended; it logged {self.log[-2000:]}")
        try:
            return bool(self._get_uid())
        except OSError:
            return False

    def _write_program(self) -> list[str]:
        path = self.folder / "odoo_server.py"
        path.write_text(PROGRAM)
        return [sys.executable, str(path)]

    def _write_configuration(self):
        path = self.folder / "odoo.conf"
        options = {
            **self.options,
            "http_interface": "127.0.0.1",
            "http_port": self.port,
            "gevent_port": free_port(),
        }
        lines = [f"{name} = {value}\n" for name, value in options.items()]
        path.touch(mode=0o600)
        path.write_text("".join(["[options]\n", *lines]))
        return path


def _read_command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # ended meanwhile
        return b""
