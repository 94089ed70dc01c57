"""Where the tool keeps its things, and who may use them at the same time."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from .console import DevError, say

ADDON = "crm_bcc_dropbox"
CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPTS = CHECKOUT / "scripts"
# A socket's path holds 107 bytes; the names that servers append stay well under 30.
_SOCKET_FOLDER_MAX = 75
# Seconds to wait for a lock before the reader is told.
_PATIENCE = 1.0


def digest(*parts: str) -> str:
    """Return a short name that changes with any of the parts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:8]


class State:
    """The folders of one checkout: what all checkouts share, and what is its own.

    Everything lives under `$CRM_BCC_DROPBOX_HOME` and may be deleted at any time when no
    command is running.
    """

    def __init__(self, root: Path, checkout: Path):
        self.root = root
        self.checkout = checkout
        self.key = digest(str(checkout))
        self.own = root / "checkouts" / self.key
        self.addons = self.own / "addons"
        self.logs = self.own / "logs"
        self.odoo = root / "odoo"
        self.postgres = root / "postgres"
        self.data = root / "data"
        self.bin = root / "bin"

    @classmethod
    def open(cls) -> State:
        """Return the state of this checkout, with its folders in place."""
        home = os.environ.get("CRM_BCC_DROPBOX_HOME") or Path.home() / ".cache" / ADDON
        return cls(Path(home).expanduser().resolve(), CHECKOUT).ready()

    def below(self, name: str) -> State:
        """Return a state of its own inside of this one: databases, files and locks that nothing else uses."""
        return State(self.root / name, self.checkout).ready()

    def ready(self) -> State:
        """Put the folders in place."""
        try:
            for folder in (self.addons, self.logs, self.data, self.bin):
                folder.mkdir(parents=True, exist_ok=True)
            self._link_addon()
        except OSError as error:
            raise DevError(
                f"cannot write {error.filename}: {error.strerror}",
                "set CRM_BCC_DROPBOX_HOME to a folder of yours",
            ) from None
        return self

    def _link_addon(self) -> None:
        """Give the checkout its technical name: Odoo knows an addon by its folder's."""
        link = self.addons / ADDON
        if link.is_symlink() and link.readlink() == self.checkout:
            return
        link.unlink(missing_ok=True)
        link.symlink_to(self.checkout, target_is_directory=True)

    @property
    def sockets(self) -> Path:
        """Where PostgreSQL listens: in the state, unless its path is too long for a socket."""
        folder = self.postgres / "run"
        if len(os.fsencode(folder)) <= _SOCKET_FOLDER_MAX:
            return folder
        return Path(tempfile.gettempdir(), f"bcc-dropbox-{os.getuid()}-{digest(str(self.root))}")

    def log(self, name: str) -> Path:
        """Return the path of one of this checkout's logs."""
        return self.logs / f"{name}.log"

    def python_environment(self) -> dict[str, str]:
        """Return this process's environment, with Python's and our tools' droppings kept in the state."""
        folders = [str(self.bin), os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"]
        return {
            **os.environ,
            "PATH": os.pathsep.join(folders),
            "PYTHONPYCACHEPREFIX": str(self.root / "pycache"),
            "PYTHONNOUSERSITE": "1",
            "CRM_BCC_DROPBOX_HOME": str(self.root),
        }

    @contextlib.contextmanager
    def lock(self, name: str, *, shared: bool = False) -> Iterator[None]:
        """Hold a lock among all `./dev`; who has to wait is told so."""
        path = self.root / "locks" / name
        path.parent.mkdir(exist_ok=True)
        mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        with path.open("a") as handle:
            notice = threading.Timer(_PATIENCE, say, [f"waiting for another ./dev, which holds {path} ..."])
            notice.daemon = True
            notice.start()
            try:
                fcntl.flock(handle, mode)
            finally:
                notice.cancel()
            yield

    @contextlib.contextmanager
    def lock_if_free(self, name: str) -> Iterator[bool]:
        """Hold a lock if nobody else does; yields whether it does."""
        path = self.root / "locks" / name
        path.parent.mkdir(exist_ok=True)
        with path.open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def check_python() -> None:
    """Refuse an interpreter that Odoo 19 does not run on."""
    if not (3, 10) <= sys.version_info[:2] <= (3, 13):
        raise DevError(
            f"Odoo 19 needs Python 3.10 to 3.13, this is {sys.version.split()[0]}",
            "start it with another one: python3.12 ./dev ...",
        )
