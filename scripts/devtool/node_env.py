"""Node packages in the state folder, one folder per list of requirements."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .console import run, step
from .state import SCRIPTS, State, digest

_LIST = SCRIPTS / "requirements" / "node.txt"


def ensure(state: State) -> Path:
    """Return the folder that holds what `scripts/requirements/node.txt` names."""
    wanted = _LIST.read_text().split()
    key = digest(*wanted)
    folder = state.root / "node" / key
    stamp = folder / "complete"
    with state.lock(f"node-{key}"):
        if not stamp.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            with step(f"installing Node packages ({', '.join(wanted)})"):
                install = ["npm", "install", "--prefix", folder, "--no-save", "--no-audit", "--no-fund", *wanted]
                run(install, state.log("npm"), env=environment(state))
            stamp.touch()
    return folder / "node_modules"


def link(state: State, program: str) -> None:
    """Put a program of the packages on the path of Odoo's processes."""
    new = state.bin / f"{program}.{os.getpid()}"
    new.symlink_to(ensure(state) / ".bin" / program)
    new.replace(state.bin / program)  # at once: another ./dev may be calling it


def environment(state: State) -> dict[str, str]:
    """Return the environment of every call of npm, whose droppings stay in the state."""
    return {
        **state.python_environment(),
        "npm_config_cache": str(state.root / "npm"),
        "npm_config_update_notifier": "false",
    }
