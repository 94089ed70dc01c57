"""A private PostgreSQL cluster: unix socket only; without fsync for tests, which have nothing to lose."""

import contextlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from .console import DevError, output_of, run, step
from .packages import postgres_folders
from .state import State

ROLE = "odoo"
ADMIN = "admin"
_ACCOUNT = "postgres"
# As PostgreSQL ships, for the benchmark, which reads when an email was committed.
SHIPPED = {"listen_addresses": "", "track_commit_timestamp": "on"}
_FAST = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "150",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
}


class Cluster:
    """The cluster of a state, shared by its checkouts. It runs while any command uses it."""

    def __init__(self, state: State, settings: Mapping[str, str] = _FAST):
        self.state = state
        self.settings = settings
        self.data = state.postgres / "data"
        self.sockets = state.sockets
        self.log = state.postgres / "server.log"

    @contextlib.contextmanager
    def running(self) -> Iterator["Cluster"]:
        """Keep the cluster running; the last command that leaves stops it."""
        with contextlib.ExitStack() as stack:
            stack.callback(self.stop_unless_used)
            with self.state.lock("postgres-start"):
                stack.enter_context(self.state.lock("postgres-users", shared=True))
                self._start()
            yield self

    def _start(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            with step("making the PostgreSQL cluster"):
                self._create()
        if self.is_running():
            return
        options = " ".join(f"-c {name}='{value}'" for name, value in self.settings.items())
        self.sockets.mkdir(parents=True, exist_ok=True)
        with step("starting PostgreSQL"):
            self._run("pg_ctl", "start", "-D", self.data, "-w", "-l", self.log, "-o", f"-k '{self.sockets}' {options}")
        if self.query("SELECT 1 FROM pg_roles WHERE rolname = 'odoo'", role=ADMIN) != "1":
            self.query(f"CREATE ROLE {ROLE} LOGIN CREATEDB", role=ADMIN)

    def stop_unless_used(self) -> bool:
        """Stop the server if no command uses it, and return whether it is stopped."""
        with self.state.lock("postgres-start"), self.state.lock_if_free("postgres-users") as unused:
            if unused and self.is_running():
                self._run("pg_ctl", "stop", "-D", self.data, "-w", "-m", "fast")
            return unused

    def is_running(self) -> bool:
        """Return whether the server runs."""
        command = list(map(str, self._command("pg_ctl", "status", "-D", self.data)))
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def pid(self) -> int:
        """Return the parent of all processes of the server."""
        return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])

    def query(self, statement: str, *, database: str = "postgres", role: str = ROLE) -> str:
        """Run SQL and return its rows as text, columns separated by tabs."""
        options = ["-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", self.sockets, "-U", role, "-d", database]
        return output_of([self._programs() / "psql", *options, "-c", statement]).strip()

    def _create(self) -> None:
        """Create the cluster; the permissions of the socket's folder decide who may connect."""
        shutil.rmtree(self.data, ignore_errors=True)
        for folder in (self.state.postgres, self.data, self.sockets):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o700)
            if os.geteuid() == 0:
                shutil.chown(folder, _ACCOUNT)
        options = ["-U", ADMIN, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run("initdb", "-D", self.data, *options)

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = self._command(program, *arguments)
        run(command, self.state.log("postgres"), remedy=f"read {self.log}", cwd=self.state.postgres)

    def _command(self, program: str, *arguments: str | Path) -> list[str | Path]:
        """Return a command of the server, which refuses root, under its own account.

        The account keeps the right to pass folders, or it could not reach a state in root's home.
        """
        prefix = []
        if os.geteuid() == 0:
            try:
                account = pwd.getpwnam(_ACCOUNT)
            except KeyError:
                raise DevError(f"there is no account {_ACCOUNT}", "apt-get install postgresql-common") from None
            prefix = ["setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
            if not all(parent.stat().st_mode & 0o001 for parent in self.state.postgres.parents):
                prefix += ["--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        return [*prefix, self._programs() / program, *arguments]

    def _programs(self) -> Path:
        """Return the folder of the programs that fit the cluster's version."""
        version = self.data / "PG_VERSION"
        wanted = version.read_text().strip() if version.exists() else ""
        for folder in postgres_folders():
            if wanted in ("", folder.parent.name):
                return folder
        raise DevError(f"there is no PostgreSQL {wanted}", f"install it, or delete {self.state.postgres}")
