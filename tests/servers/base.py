"""Common parts of the server fixtures: folders, ports, commands, waiting."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import socket
import stat
import subprocess
import tempfile
import time
import unittest
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

POLL_SECONDS = 0.05

#: Debian installs servers in folders outside the PATH of ordinary accounts
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ServerError(RuntimeError):
    """A server that cannot be started, or does not finish in time."""


def find_program(name: str) -> str | None:
    """Return the path of a program, the system folders included."""
    return shutil.which(name) or shutil.which(name, path=SYSTEM_PATH)


def missing_programs(*names: str) -> list[str]:
    """Return the missing programs among the named ones, by default those for Postfix and Dovecot."""
    return [name for name in names or ("postfix", "postqueue", "dovecot") if not find_program(name)]


def is_usable() -> bool:
    """Return whether Postfix can be started: as root, or through sudo without a password."""
    if os.geteuid() == 0:
        return True
    sudo = find_program("sudo")
    return bool(sudo) and subprocess.call([sudo, "-n", "true"], stderr=subprocess.DEVNULL) == 0


def require_programs(*names: str) -> None:
    """Return if Postfix can be started and the programs are installed, by default those for Postfix and Dovecot.

    :raises unittest.SkipTest: otherwise
    """
    if missing := missing_programs(*names):
        raise unittest.SkipTest(f"not installed: {', '.join(missing)}")
    if not is_usable():
        raise unittest.SkipTest("Postfix needs root, or sudo without a password")


def free_port() -> int:
    """Return a free TCP port of the loopback address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition: Callable[[], T], timeout: float, what: str) -> T:
    """Call a condition until it returns something true, and return that.

    :param callable condition: is called repeatedly, with short pauses
    :param float timeout: seconds
    :param str what: description of the condition, for the error
    :raises ServerError: after the timeout
    """
    deadline = time.monotonic() + timeout
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise ServerError(f"Waited {timeout} seconds in vain: {what}")
        time.sleep(POLL_SECONDS)
    return result


def accepts_connections(port: int) -> bool:
    """Return whether a server listens on a port of the loopback address."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1):
            return True
    except OSError:
        return False


def process_runs(pid: int) -> bool:
    """Return whether a process is running, also one of another account; a zombie is not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def as_root(command: Iterable[str]) -> list[str]:
    """Return the command to run something as root: through sudo for any other account."""
    return [*([] if os.geteuid() == 0 else ["sudo", "-n"]), *map(str, command)]


def run(command: Iterable[str]) -> str:
    """Run a command to its end and return its standard output.

    :raises ServerError: with its output, if it fails
    """
    command = list(map(str, command))
    # files, not pipes: a daemon in the background keeps a pipe open forever
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        status = subprocess.call(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors)
        output.seek(0)
        errors.seek(0)
        printed, complaint = output.read(), errors.read()
    if status:
        raise ServerError(f"{command} ended with {status}: {printed}{complaint}")
    return printed


def mail_account() -> pwd.struct_passwd:
    """Return the account that owns mailboxes and runs the pipe: the current one, or `nobody` for root.

    Postfix refuses to run a command as root, Dovecot to read a mailbox as root.
    """
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.getuid())


def is_public(path: Path) -> bool:
    """Return whether every account may enter a folder and its parents."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.exists())


def public_folder(path: str | os.PathLike) -> Path:
    """Create a folder that other accounts can enter, and return it.

    It is the requested one if possible, else one below /var/tmp, always the same one for the same
    request, so that a later run finds the files of an earlier one.

    :raises ServerError: if someone else created the folder below /var/tmp
    """
    wanted = Path(path).absolute()
    if is_public(wanted):
        wanted.mkdir(parents=True, exist_ok=True)
        wanted.chmod(0o755)
        return wanted
    digest = hashlib.sha256(f"{os.getuid()}:{wanted}".encode()).hexdigest()[:12]
    folder = Path("/var/tmp") / f"bcc-{wanted.name}-{digest}"
    folder.mkdir(mode=0o755, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise ServerError(f"{folder} belongs to someone else")
    folder.chmod(0o755)
    return folder


class Server:
    """One server program with its own folder; also a context manager."""

    def __init__(self, folder: str | os.PathLike):
        self.folder = public_folder(folder)
        self._is_elsewhere = self.folder != Path(folder).absolute()

    def start(self) -> None:
        """Start the server and return when it accepts connections."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop the server, and return when it has ended."""
        raise NotImplementedError

    def remove(self) -> None:
        """Stop the server and delete its files."""
        self.stop()
        run(as_root(["rm", "-rf", str(self.folder)]))

    def leave(self) -> None:
        """Stop the server, and delete its files unless they are in the requested folder."""
        self.stop()
        if self._is_elsewhere:
            self.remove()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.leave()
            raise
        return self

    def __exit__(self, *_exc_info) -> None:
        self.leave()
