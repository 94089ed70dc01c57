"""Virtual environments in the state folder, one per interpreter and list of requirements."""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path

from .console import run, step
from .state import SCRIPTS, State, digest

_LISTS = SCRIPTS / "requirements"


def ensure(state: State, *lists: str) -> Path:
    """Return the interpreter of an environment that holds what the lists name.

    :param str lists: names of files in `scripts/requirements`, without suffix
    """
    files = [_LISTS / f"{name}.txt" for name in lists]
    version = platform.python_version()
    key = digest(sys.executable, version, *(file.read_text() for file in files))
    folder = state.root / "venv" / f"{'-'.join(lists)}-{version}-{key}"
    python = folder / "bin" / "python"
    stamp = folder / "complete"
    with state.lock(f"venv-{key}"):
        if not stamp.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _create(state, folder, python, files)
            stamp.touch()
    return python


def _create(state: State, folder: Path, python: Path, files: list[Path]) -> None:
    """Make the environment; pip compiles nothing, since bytecode has its own folder."""
    log, environment = state.log("pip"), state.python_environment()
    with step(f"installing Python packages ({', '.join(file.stem for file in files)})"):
        run([sys.executable, "-m", "venv", folder], log, env=environment)
        requirements = [part for file in files for part in ("-r", file)]
        run([python, "-m", "pip", "install", "--no-compile", *requirements], log, env=environment)
