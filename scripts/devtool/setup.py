"""Set up what a command needs: Odoo, its database cluster, Python and Node packages, a browser."""

import contextlib
import os
import platform
import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from servers.base import find_program

from . import odoo_source, packages
from .console import DevError, run, step
from .odoo import Odoo
from .postgres import Cluster
from .state import SCRIPTS, State, digest

# Besides those of Odoo's test browser: they keep Chromium from calling home at each start.
_SWITCHES = (
    "--disable-quic",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
)


@contextlib.contextmanager
def odoo(
    state: State,
    *wanted: str,
    tests: bool = False,
    lists: Sequence[str] = ("odoo", "test"),
    cluster: Cluster | None = None,
) -> Iterator[Odoo]:
    """Yield an Odoo whose database cluster runs until the end of the block.

    :param str wanted: further Debian packages
    :param tests: whether to set up a browser too
    :param lists: names of the lists of Python packages
    :param cluster: instead of the one of the tests; Odoo stores its files in the same state
    """
    packages.ensure(state, *packages.FOR_PYTHON)
    browsers = (*packages.FOR_BROWSER, *packages.FOR_NODE) if tests else ()
    with ThreadPoolExecutor() as pool:
        python = pool.submit(ensure_python, state, *lists)
        source = pool.submit(odoo_source.ensure, state)
        pool.submit(packages.ensure, state, *packages.FOR_DATABASE, *wanted, *browsers).result()
    variables = _ensure_pages(state) if tests else {}
    with (cluster or Cluster(state)).running() as running:
        yield Odoo(running.state, python.result(), source.result(), running, variables)


def ensure_python(state: State, *lists: str) -> Path:
    """Return the interpreter of an environment with what some files in `scripts/requirements` name."""
    files = [SCRIPTS / "requirements" / f"{name}.txt" for name in lists]
    version = platform.python_version()
    key = digest(sys.executable, version, *(file.read_text() for file in files))
    folder = state.root / "venv" / f"{'-'.join(lists)}-{version}-{key}"
    python, stamp = folder / "bin" / "python", folder / "complete"
    log, environment = state.log("pip"), state.python_environment()
    with state.lock(f"venv-{key}"):
        if not stamp.exists():
            shutil.rmtree(folder, ignore_errors=True)
            with step(f"installing Python packages ({', '.join(lists)})"):
                run([sys.executable, "-m", "venv", folder], log, env=environment)
                requirements = [part for file in files for part in ("-r", file)]
                # without bytecode, which has a folder of its own
                run([python, "-m", "pip", "install", "--no-compile", *requirements], log, env=environment)
            stamp.touch()
    return python


def _ensure_pages(state: State) -> dict[str, str]:
    """Put a browser and `rtlcss` on the path, and return the environment variables that tests of pages need."""
    modules = _ensure_node(state)
    # Odoo mirrors its styles with it; replaced in one move, because another ./dev may be calling it
    link = state.bin / f"rtlcss.{os.getpid()}"
    link.symlink_to(modules / ".bin" / "rtlcss")
    link.replace(state.bin / "rtlcss")
    browser = next(filter(None, map(find_program, packages.BROWSERS)), None)
    if not browser:
        raise DevError("no Chromium found", "apt-get install chromium")
    wrapper = state.bin / "google-chrome"  # the first name that Odoo looks for
    wrapper.write_text(f'#!/bin/sh\nexec {shlex.join([browser, *_SWITCHES])} "$@"\n')
    wrapper.chmod(0o755)
    variables = {"CRM_BCC_DROPBOX_AXE": str(modules / "axe-core" / "axe.min.js")}
    fonts = state.odoo / "current" / "usr" / "share" / "fonts"
    if fonts.is_dir():
        configuration = state.root / "fonts.conf"
        template = (SCRIPTS / "devtool" / "fonts.conf").read_text()
        configuration.write_text(template.replace("FOLDER", str(fonts.resolve())))
        variables["FONTCONFIG_FILE"] = str(configuration)
    return variables


def _ensure_node(state: State) -> Path:
    """Return the folder with the packages that `scripts/requirements/node.txt` names."""
    wanted = (SCRIPTS / "requirements" / "node.txt").read_text().split()
    key = digest(*wanted)
    folder = state.root / "node" / key
    with state.lock(f"node-{key}"):
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            with step(f"installing Node packages ({', '.join(wanted)})"):
                install = ["npm", "install", "--prefix", folder, "--no-save", "--no-audit", "--no-fund", *wanted]
                run(install, state.log("npm"), env=node_environment(state))
            (folder / "complete").touch()
    return folder / "node_modules"


def node_environment(state: State) -> dict[str, str]:
    """Return the environment of npm, which keeps its caches in the state."""
    npm = {"npm_config_cache": str(state.root / "npm"), "npm_config_update_notifier": "false"}
    return {**state.python_environment(), **npm}
