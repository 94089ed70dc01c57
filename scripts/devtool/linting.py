"""`./dev lint`: every hook of `.pre-commit-config.yaml` on every tracked file."""

from __future__ import annotations

import subprocess

from . import node_env, packages, python_env
from .state import State


def lint(state: State, *, fix: bool = False) -> int:
    """Run the linters and return 0 if none has a finding.

    :param fix: format the files and repair what can be, instead of only telling
    """
    packages.ensure(state, "git", *packages.FOR_PYTHON, *packages.FOR_NODE)
    python = python_env.ensure(state, "lint")
    environment = {
        **node_env.environment(state),
        "PRE_COMMIT_HOME": str(state.root / "pre-commit"),
    }
    command = [str(python), "-m", "pre_commit", "run", "--all-files"]
    command += ["--hook-stage", "manual"] if fix else []
    return subprocess.call(command, cwd=state.checkout, env=environment)
