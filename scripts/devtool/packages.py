"""Debian and Ubuntu packages: install the missing ones without starting services."""

import contextlib
import ctypes.util
import os
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

from servers.base import find_program

from .console import DevError, output_of, run, step
from .state import State

BROWSERS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
_POLICY = Path("/usr/sbin/policy-rc.d")
_POSTFIX_ANSWER = "postfix postfix/main_mailer_type select No configuration\n"


def postgres_folders() -> list[Path]:
    """Return the folders with PostgreSQL's server programs, newest version first."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return sorted(found, key=lambda path: int(path.parent.name), reverse=True)


# Checks whether a package is already installed; by default, whether a program of its name exists.
_PROVIDED: dict[str, Callable[[], object]] = {
    "python3-venv": lambda: find_spec("venv") and find_spec("ensurepip"),
    "libmagic1": lambda: ctypes.util.find_library("magic"),
    "postgresql": postgres_folders,
    "dovecot-imapd": lambda: Path("/usr/lib/dovecot/imap").exists(),
    "dovecot-pop3d": lambda: Path("/usr/lib/dovecot/pop3").exists(),
    "iproute2": lambda: find_program("ip"),
    "procps": lambda: find_program("kill"),
    "chromium": lambda: any(map(find_program, BROWSERS)),
    "fontconfig": lambda: find_program("fc-list"),
    # a letter of Japanese and one of Chinese
    "fonts-droid-fallback": lambda: find_program("fc-list") and output_of(["fc-list", ":charset=3042 6c49"]),
    "nodejs": lambda: find_program("node"),
}

FOR_PYTHON = ("python3-venv", "libmagic1")
FOR_DATABASE = ("postgresql",)
FOR_MAIL = ("procps", "postfix", "dovecot-imapd", "dovecot-pop3d")
FOR_FILTERS = ("iproute2", "opendkim", "opendmarc", "rspamd")
FOR_BROWSER = ("chromium", "fontconfig", "fonts-droid-fallback")
FOR_NODE = ("nodejs", "npm")


def ensure(state: State, *names: str) -> None:
    """Install those packages that are missing."""
    missing = [name for name in names if not _PROVIDED.get(name, lambda name=name: find_program(name))()]
    if not missing:
        return
    with state.lock("apt"), _no_service_starts(state):
        if not has_package_lists():
            update_lists(state)
        if "postfix" in missing and shutil.which("debconf-set-selections"):
            _as_root(state, ["debconf-set-selections"], stdin=_POSTFIX_ANSWER)
        with step(f"installing {' '.join(missing)}"):
            install = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
            try:
                _as_root(state, install)
            except DevError:  # the lists may be too old for the mirror
                update_lists(state)
                _as_root(state, install)


def has_package_lists() -> bool:
    """Return whether apt has read any package lists."""
    return any(Path("/var/lib/apt/lists").glob("*_Packages*"))


def update_lists(state: State) -> None:
    """Let apt read its package lists again."""
    with step("reading package lists"):
        _as_root(state, ["apt-get", "update"])


def _as_root(state: State, command: list[str], stdin: str = "") -> None:
    """Run a command as root, by sudo if this is another account."""
    if os.geteuid() and not shutil.which("sudo"):
        remedy = "run that command as root, then this one again"
        raise DevError(f"{' '.join(command)} needs root, and there is no sudo", remedy)
    sudo = ["sudo"] if os.geteuid() else []
    run([*sudo, "env", "DEBIAN_FRONTEND=noninteractive", *command], state.log("apt"), stdin=stdin)


@contextlib.contextmanager
def _no_service_starts(state: State) -> Iterator[None]:
    """Keep packages from starting their services, by Debian's policy file for that."""
    if _POLICY.exists():
        yield
        return
    draft = state.own / "policy-rc.d"
    draft.write_text("#!/bin/sh\nexit 101\n")
    _as_root(state, ["install", "-m", "755", str(draft), str(_POLICY)])
    try:
        yield
    finally:
        _as_root(state, ["rm", "-f", str(_POLICY)])
