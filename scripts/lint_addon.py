#!/usr/bin/env python3
"""Run a linter on a copy of the addon in a folder of its technical name, in a git repository one level up.

Odoo's linters know an addon by its folder's name, and overlook one at the top of a repository::

    lint_addon.py pylint --rcfile=pyproject.toml crm_bcc_dropbox
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from devtool.package import copy_tracked
from devtool.state import ADDON, CHECKOUT

if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="lint-") as top:
        copy_tracked(CHECKOUT, Path(top, ADDON), lambda name: not name.startswith(("receiver/", "scripts/", ".")))
        shutil.copy(CHECKOUT / "pyproject.toml", top)
        subprocess.run(["git", "init", "--quiet", top], check=True)
        subprocess.run(["git", "-C", top, "add", "--all"], check=True)
        sys.exit(subprocess.call(sys.argv[1:], cwd=top))
