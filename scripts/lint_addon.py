#!/usr/bin/env python3
"""Run a linter on a copy of the addon that lies in a folder of its technical name.

Odoo's linters know an addon by its folder's name, and overlook one at the top of a git repository.
The copy holds what git tracks, as it is in the work tree, in a repository one level up:

    lint_addon.py pylint --rcfile=pyproject.toml crm_bcc_dropbox
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ADDON = "crm_bcc_dropbox"
CHECKOUT = Path(__file__).resolve().parents[1]


def main(command: list[str]) -> int:
    """Run the command above the copy and return its status."""
    with tempfile.TemporaryDirectory(prefix="lint-") as folder:
        top = Path(folder)
        export(top / ADDON)
        shutil.copy(CHECKOUT / "pyproject.toml", top)
        subprocess.run(["git", "init", "--quiet", str(top)], check=True)
        subprocess.run(["git", "-C", str(top), "add", "--all"], check=True)
        return subprocess.call(command, cwd=top)


def export(target: Path) -> None:
    """Copy the tracked files, less those that are no part of the addon."""
    listing = ["git", "-C", str(CHECKOUT), "ls-files", "-z", "--cached"]
    names = subprocess.run(listing, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        source = CHECKOUT / name
        if name.startswith(("scripts/", ".")) or not source.is_file():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target / name)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
