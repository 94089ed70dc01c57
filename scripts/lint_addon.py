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

CHECKOUT = Path(__file__).resolve().parents[1]

if __name__ == "__main__":
    listing = ["git", "-C", str(CHECKOUT), "ls-files", "-z", "--cached"]
    tracked = subprocess.run(listing, check=True, capture_output=True, text=True).stdout.split("\0")
    with tempfile.TemporaryDirectory(prefix="lint-") as top:
        for name in tracked:
            target = Path(top, "crm_bcc_dropbox", name)
            if (CHECKOUT / name).is_file() and not name.startswith(("scripts/", ".")):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(CHECKOUT / name, target)
        shutil.copy(CHECKOUT / "pyproject.toml", top)
        subprocess.run(["git", "init", "--quiet", top], check=True)
        subprocess.run(["git", "-C", top, "add", "--all"], check=True)
        sys.exit(subprocess.call(sys.argv[1:], cwd=top))
