"""A separate PostgreSQL that a test may stop, kill and start."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .base import Server, ServerError, find_program, run

ROLE = "odoo"
#: committed data survives a crash of the server, but not a power cut
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "on",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "logging_collector": "off",
}


def find_postgres(name: str) -> str | None:
    """Return the path of a program of the newest PostgreSQL; those of the server are not in Debian's PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    found = [str(folder / name) for folder in reversed(folders) if (folder / name).exists()]
    return found[0] if found else find_program(name)


class Postgres(Server):
    """One cluster on a unix socket, with one role that owns everything.

    :param folder: private folder of this server; see the package about where it really lies
    """

    def __init__(self, folder: str | os.PathLike):
        super().__init__(folder)
        self.data = self.folder / "data"
        self.sockets = self.folder / "run"
        self.role = ROLE

    @property
    def log(self) -> str:
        """What the server logged."""
        path = self.folder / "run" / "server.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Start the server, and return when it accepts connections. Create its files if there are none."""
        if not find_postgres("initdb"):
            raise ServerError("PostgreSQL is not installed")
        if not self.data.exists():
            for folder in (self.data, self.sockets):
                folder.mkdir()
                # the permissions of the socket's folder restrict the access
                folder.chmod(0o700)
                if os.geteuid() == 0:
                    shutil.chown(folder, "postgres")
            options = ["-U", ROLE, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
            run(self._as_account([find_postgres("initdb"), "-D", self.data, *options]))
        options = " ".join(f"-c {name}='{value}'" for name, value in SETTINGS.items())
        self._control("start", "-w", "-l", self.sockets / "server.log", "-o", f"-k '{self.sockets}' {options}")

    def stop(self, mode: str = "fast") -> None:
        """Stop the server.

        :param str mode: `fast` rolls back open transactions, `immediate` is a crash
        """
        if (self.data / "postmaster.pid").exists():
            self._control("stop", "-w", "-m", mode)

    def copy_database(self, database: str, options: Mapping[str, str]) -> None:
        """Copy a database of another server.

        :param options: connection to the other server: host, port, user and password, as far as needed
        """
        source = [f"--{name}={value}" for name, value in options.items() if name != "password"]
        environment = {**os.environ, "PGPASSWORD": options.get("password", "")}
        target = ["-h", str(self.sockets), "-U", ROLE]
        run([find_postgres("createdb"), *target, "-T", "template0", database])
        dump = [find_postgres("pg_dump"), *source, "--no-owner", "--no-acl", database]
        load = [find_postgres("psql"), *target, "-Xq", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", database]
        with subprocess.Popen(dump, stdout=subprocess.PIPE, env=environment) as dumping:
            loaded = subprocess.run(load, stdin=dumping.stdout, capture_output=True, text=True, check=False)
        if dumping.returncode or loaded.returncode:
            raise ServerError(f"{database} could not be copied: {loaded.stderr}")

    def query(self, statement: str, database: str = "postgres") -> list[list[str]]:
        """Run SQL and return its rows as texts."""
        options = ["-XAtq", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", str(self.sockets), "-U", ROLE, "-d", database]
        printed = run([find_postgres("psql"), *options, "-c", statement])
        return [line.split("\t") for line in printed.splitlines()]

    def _control(self, action: str, *options: str | Path) -> None:
        run(self._as_account([find_postgres("pg_ctl"), action, "-D", self.data, *options]))

    def _as_account(self, command: Sequence[str | Path]) -> list[str]:
        """Return the command to run something with the server's account: PostgreSQL does not run as root."""
        if os.geteuid():
            return list(map(str, command))
        account = pwd.getpwnam("postgres")
        identity = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
        return ["setpriv", *identity, *map(str, command)]
