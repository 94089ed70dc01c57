"""How to call Odoo: its configuration file, environment and commands."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from servers import free_port

from .console import run
from .odoo_source import Source
from .postgres import ROLE, Cluster
from .state import SCRIPTS, State

# The interpreter of an installed script: those of version managers start slower.
_PYTHON = "/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable


@dataclass(frozen=True)
class Odoo:
    """An Odoo that can be called.

    :param variables: environment variables for its tests
    """

    state: State
    python: Path
    source: Source
    cluster: Cluster
    variables: dict[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Return the environment of every Odoo process, without the user's own settings."""
        environment = self.state.python_environment()
        for name in ("ODOO_RC", "OPENERP_SERVER", "PGPASSWORD", "PGPORT", "PGDATABASE", "PGSERVICE"):
            environment.pop(name, None)
        environment["PATH"] = f"{self.python.parent}:{environment['PATH']}"
        environment["PYTHONPATH"] = f"{self.source.path}:{SCRIPTS}"
        return {**environment, "PGHOST": str(self.cluster.sockets), "PGUSER": ROLE, **self.variables}

    def options(self, *, log: Path | None = None, crons: int = 0) -> dict[str, object]:
        """Return the options of a server, without its ports.

        :param log: where Odoo logs; if left out, to standard error only
        :param crons: number of scheduled jobs at the same time
        """
        return {
            "addons_path": ",".join(map(str, [*self.source.addons, self.state.addons])),
            "data_dir": str(self.state.data),
            "db_host": str(self.cluster.sockets),
            "db_user": ROLE,
            "list_db": False,
            "max_cron_threads": crons,
            "admin_passwd": "admin",
            "limit_time_real": 0,
            "limit_time_cpu": 0,
            **({"logfile": str(log)} if log else {}),
        }

    def configuration(self, name: str, *, log: Path | None = None) -> Path:
        """Write a configuration file for one purpose, see :meth:`options`."""
        ports = {"http_interface": "127.0.0.1", "http_port": free_port(), "gevent_port": free_port()}
        options = {**self.options(log=log), **ports}
        path = self.state.own / f"{name}.conf"
        path.write_text("[options]\n" + "".join(f"{key} = {value}\n" for key, value in options.items()))
        return path

    def command(self, *arguments: str | Path) -> list[str]:
        """Return the command line of one of Odoo's own commands."""
        return [str(self.python), "-m", "odoo", *map(str, arguments)]

    def call(self, log: Path, *arguments: str | Path, stdin: str = "", remedy: str = "") -> None:
        """Run one of Odoo's own commands until it ends."""
        run(self.command(*arguments), log, env=self.environment(), stdin=stdin, remedy=remedy)


def get_mailgate(path: Path, database: str, *urls: str) -> list[str]:
    """Write the configuration of the delivery script, and return the command that calls it.

    :param urls: of servers with this database
    """
    path.touch(mode=0o600)
    path.write_text(f"[odoo]\nurl = {' '.join(urls)}\ndatabase = {database}\nlogin = admin\npassword = admin\n")
    return [_PYTHON, str(SCRIPTS / "odoo_bcc_mailgate.py"), "--config", str(path)]
