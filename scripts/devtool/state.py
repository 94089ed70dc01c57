"""The folders of the tool, and locks between its processes."""

import ast
import contextlib
import fcntl
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from .console import DevError, say

ADDON = "crm_bcc_dropbox"
CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPTS = CHECKOUT / "scripts"
# A socket's path has at most 107 bytes; servers append less than 30.
_SOCKET_FOLDER_MAX = 75
# Seconds to wait for a lock before the reader is told.
_PATIENCE = 1.0


def digest(*parts: str, length: int = 8) -> str:
    """Return a short name that changes with any of the parts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:length]


def read_manifest(addon: Path) -> dict:
    """Return the manifest of an addon."""
    return ast.literal_eval((addon / "__manifest__.py").read_text())


class State:
    """The folders that all checkouts share, and those of one checkout.

    Everything is below `$CRM_BCC_DROPBOX_HOME` and may be deleted when no command is running.
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
        self.locks = root / "locks"
        try:
            for folder in (self.addons, self.logs, self.data, self.bin, self.locks):
                folder.mkdir(parents=True, exist_ok=True)
            self._link_addon()
        except OSError as error:
            remedy = "set CRM_BCC_DROPBOX_HOME to a folder of yours"
            raise DevError(f"cannot write {error.filename}: {error.strerror}", remedy) from None

    @classmethod
    def open(cls) -> "State":
        """Return the state of this checkout."""
        home = os.environ.get("CRM_BCC_DROPBOX_HOME") or Path.home() / ".cache" / ADDON
        return cls(Path(home).expanduser().resolve(), CHECKOUT)

    def _link_addon(self) -> None:
        """Give the checkout its technical name, because Odoo identifies an addon by the name of its folder."""
        link = self.addons / ADDON
        if not (link.is_symlink() and link.readlink() == self.checkout):
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
        """Return this process's environment, with caches of Python and of our tools kept in the state."""
        return {
            **os.environ,
            "PATH": os.pathsep.join((str(self.bin), os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin")),
            "PYTHONPYCACHEPREFIX": str(self.root / "pycache"),
            "PYTHONNOUSERSITE": "1",
            "CRM_BCC_DROPBOX_HOME": str(self.root),
        }

    @contextlib.contextmanager
    def lock(self, name: str, *, shared: bool = False) -> Iterator[None]:
        """Hold a lock among all `./dev`, and tell the reader if it takes long to get it."""
        path = self.locks / name
        with path.open("a") as handle:
            notice = threading.Timer(_PATIENCE, say, [f"waiting for another ./dev, which holds {path} ..."])
            notice.daemon = True
            notice.start()
            try:
                fcntl.flock(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
            finally:
                notice.cancel()
            yield

    @contextlib.contextmanager
    def lock_if_free(self, name: str) -> Iterator[bool]:
        """Hold a lock if it is free; yield whether it was."""
        with (self.locks / name).open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
