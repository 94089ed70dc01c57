"""How Odoo is called: its configuration file, environment and commands."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from pathlib import Path

from .console import run
from .odoo_source import Source
from .postgres import ROLE, Cluster
from .state import SCRIPTS, State


@dataclass(frozen=True)
class Odoo:
    """An Odoo that can be called: interpreter, source and cluster, and what its tests are told besides."""

    state: State
    python: Path
    source: Source
    cluster: Cluster
    variables: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Return the environment of every Odoo process, whatever the user's own settings are."""
        environment = self.state.python_environment()
        for name in ("ODOO_RC", "OPENERP_SERVER", "PGPASSWORD", "PGPORT", "PGDATABASE", "PGSERVICE"):
            environment.pop(name, None)
        environment["PATH"] = f"{self.python.parent}:{environment['PATH']}"
        environment["PYTHONPATH"] = f"{self.source.path}:{SCRIPTS}"
        return {**environment, **self.cluster.environment(), **self.variables}

    def configuration(self, name: str, *, log: Path | None = None, port: int | None = None, crons: int = 0) -> Path:
        """Write the configuration file of one purpose.

        :param log: where Odoo logs, or nowhere but to its standard error
        :param crons: how many scheduled jobs may run at the same time
        """
        path = self.state.own / f"{name}.conf"
        options = {
            "addons_path": ",".join(map(str, [*self.source.addons, self.state.addons])),
            "data_dir": self.state.data,
            "db_host": self.cluster.sockets,
            "db_user": ROLE,
            "http_interface": "127.0.0.1",
            "http_port": port or free_port(),
            "gevent_port": free_port(),
            "list_db": False,
            "max_cron_threads": crons,
            "admin_passwd": "admin",
            "limit_time_real": 0,
            "limit_time_cpu": 0,
        }
        if log:
            options["logfile"] = log
        path.write_text("[options]\n" + "".join(f"{key} = {value}\n" for key, value in options.items()))
        return path

    def command(self, *arguments: str | Path) -> list[str]:
        """Return the command line of Odoo's own command."""
        return [str(self.python), "-m", "odoo", *map(str, arguments)]

    def call(self, log: Path, *arguments: str | Path, stdin: str | None = None, remedy: str = "") -> None:
        """Run Odoo's own command to its end."""
        run(self.command(*arguments), log, env=self.environment(), stdin=stdin, remedy=remedy)


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
