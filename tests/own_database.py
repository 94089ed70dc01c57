"""A separate database for a test, used by Odoo processes with other addons than this process."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
from contextlib import AbstractContextManager
from pathlib import Path

from odoo.tests import get_db_name
from odoo.tools import config

from .mail_servers import copied_database
from .servers import ServerError

ADDON = "crm_bcc_dropbox"
#: set by `./dev test`: a database with all that the addon depends on, but without the addon
TEMPLATE = os.environ.get("CRM_BCC_DROPBOX_BASE", "")
#: likewise: a database without any app
BARE = os.environ.get("CRM_BCC_DROPBOX_BARE", "")


def copied_base(suffix: str, template: str = TEMPLATE) -> AbstractContextManager[str]:
    """Return a context with the name of a new database without the addon; it is dropped at the end.

    :param suffix: makes the name unique in this run
    :param template: `TEMPLATE` or `BARE`
    """
    if not template:
        raise unittest.SkipTest("there is no database without the addon: start the tests with ./dev test")
    return copied_database(template, f"{get_db_name()}_{suffix}")


def get_options(*addons: Path) -> dict[str, object]:
    """Return the configuration of an Odoo process with some folders of addons in addition to Odoo's."""
    core = [path for path in config["addons_path"] if not Path(path, ADDON).exists()]
    database = {name: config[name] for name in ("db_host", "db_port", "db_user", "db_password") if config[name]}
    return {
        "addons_path": ",".join(map(str, [*core, *addons])),
        "data_dir": config["data_dir"],
        "max_cron_threads": 0,
        **database,
    }


def get_addons() -> Path:
    """Return the folder of addons that contains this addon."""
    return Path(next(path for path in config["addons_path"] if Path(path, ADDON).exists()))


def call_odoo(folder: Path, addons: Path, *arguments: str, script: str = "") -> str:
    """Run an Odoo command to its end and return its log.

    :param folder: for its configuration file
    :param addons: see :func:`get_options`
    :param script: script for a shell
    :raises ServerError: with the end of the log, when the command fails
    """
    path = folder / "odoo.conf"
    path.write_text("[options]\n" + "".join(f"{name} = {value}\n" for name, value in get_options(addons).items()))
    command = [sys.executable, "-m", "odoo", arguments[0], "-c", str(path), "--no-http", *arguments[1:]]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False, env=environment)
    if done.returncode or "\nTraceback " in f"\n{done.stderr}":
        raise ServerError(f"odoo {arguments[0]} ended with {done.returncode}: {done.stderr[-3000:]}")
    return done.stderr
