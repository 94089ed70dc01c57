"""`./dev shell`: an Odoo shell on a database with the addon."""

from __future__ import annotations

import subprocess

from . import setup
from .databases import Databases
from .state import State


def shell(state: State, database: str | None) -> int:
    """Open a shell, or run a script from standard input when that is no terminal.

    :param database: the one of `./dev run` if none is named
    """
    with setup.odoo(state) as odoo:
        database = database or Databases(odoo).ensure_demo()
        conf = odoo.configuration("shell")
        command = odoo.command("shell", "-c", conf, "-d", database, "--no-http", "--log-level=warn")
        return subprocess.call(command, env=odoo.environment())
