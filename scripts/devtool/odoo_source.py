"""Odoo itself: the user's own source, or Debian's package unpacked into the state folder."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import packages
from .console import DevError, output_of, run, step
from .state import State

_PACKAGE = "odoo-19"
_UNSTABLE = ("sid", "testing", "stable", "stable-backports")
# What the package links to; of the machine's own suite, since later fonts lack files it names.
_LINKED = (
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-font-awesome",
    "fonts-roboto-unhinted",
)
_FONTS = ("fonts-montserrat", "fonts-inconsolata", "fonts-ocr-b")
# The package lacks this file; every page logs an error without it.
_STRIPPED = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"


@dataclass(frozen=True)
class Source:
    """An Odoo source: the folder to import it from, its addons, and a name that tells versions apart."""

    path: Path
    addons: tuple[Path, ...]
    version: str


def ensure(state: State) -> Source:
    """Return an Odoo 19 to work with, downloading it if there is none."""
    if home := os.environ.get("ODOO_HOME"):
        return _describe(Path(home).expanduser().resolve())
    with state.lock("odoo"):
        current = state.odoo / "current"
        if not current.exists():
            _download(state, current)
    return _describe(current.resolve() / "usr/lib/python3/dist-packages")


def _describe(path: Path) -> Source:
    """Return the source found at a path."""
    release = path / "odoo" / "release.py"
    if not release.is_file():
        raise DevError(f"there is no Odoo at {path}", "let ODOO_HOME name the folder with odoo-bin in it")
    addons = tuple(folder for folder in (path / "addons", path / "odoo/addons") if folder.is_dir())
    values: dict = {}
    exec(compile(release.read_text(), str(release), "exec"), values)  # noqa: S102 - as its own setup.py does
    if values["version_info"][0] != 19:
        raise DevError(f"{path} is Odoo {values['version']}, not 19", "let ODOO_HOME name an Odoo 19")
    return Source(path, addons, f"{values['version']} {_revision(path)}")


def _revision(path: Path) -> str:
    """Return what changes with the source: its commit, else the folder it lies in."""
    command = ["git", "-C", str(path), "rev-parse", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or str(path)


def _download(state: State, current: Path) -> None:
    """Unpack Debian's package and what it links to, in one move."""
    if not packages.has_package_lists():
        packages.update_lists(state)
    apt = _PrivateApt(state)
    try:
        archives = apt.download()
        root = state.odoo / archives[0].stem
        shutil.rmtree(root, ignore_errors=True)
        with step("unpacking Odoo"):
            for archive in archives:
                _unpack(archive, root, state.log("odoo"))
            _complete(root / "usr/lib/python3/dist-packages/odoo/addons")
        current.unlink(missing_ok=True)
        current.symlink_to(root.name)
    finally:
        shutil.rmtree(apt.root, ignore_errors=True)


def _unpack(archive: Path, root: Path, log: Path) -> None:
    """Unpack a package, less a second copy of the addons that holds their Python files only."""
    root.mkdir(parents=True, exist_ok=True)
    script = (
        'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --no-same-owner --exclude=./usr/lib/python3/dist-packages/addons'
    )
    run(["bash", "-o", "pipefail", "-c", script, "unpack", archive, root], log)


def _complete(addons: Path) -> None:
    """Add the empty stand-in for what the package lacks."""
    stand_in = addons / _STRIPPED
    stand_in.parent.mkdir(parents=True, exist_ok=True)
    stand_in.touch()


class _PrivateApt:
    """An apt of our own, which reads a suite that the machine's apt does not.

    It asks the machine's own mirror and trusts the vendor's keyring only.
    """

    def __init__(self, state: State):
        self.state = state
        self.root = state.odoo / f"apt-{os.getpid()}"
        self.archives = self.root / "archives"
        for folder in ("etc/apt.conf.d", "etc/preferences.d", "lib/lists/partial", "cache/archives/partial"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        (self.root / "status").touch()
        self.archives.mkdir(exist_ok=True)
        self.options = [
            *("-o", f"Dir::Etc={self.root}/etc"),
            *("-o", f"Dir::State={self.root}/lib"),
            *("-o", f"Dir::State::status={self.root}/status"),
            *("-o", f"Dir::Cache={self.root}/cache"),
            *("-o", "APT::Sandbox::User="),
            *("-o", "Acquire::Languages=none"),
        ]

    def download(self) -> list[Path]:
        """Fetch Odoo's package and those it links to.

        :return: their files, Odoo's first
        """
        uri, codename, keyring = self._mirror()
        suite = self._find_suite(uri, codename, keyring)
        with step(f"downloading {_PACKAGE} from {suite}"):
            self._get(_PACKAGE, suite)
            for name in _LINKED:
                self._get(name, codename)
            for name in _FONTS:
                self._get_if_any(name, codename)
        return sorted(self.archives.glob("*.deb"), key=lambda path: not path.name.startswith(_PACKAGE))

    def _mirror(self) -> tuple[str, str, str]:
        """Return address, suite and keyring of the machine's own archive."""
        for source in packages.apt_sources():
            vendor = source["label"].lower()
            keyring = f"/usr/share/keyrings/{vendor}-archive-keyring.gpg"
            if vendor in ("debian", "ubuntu") and Path(keyring).exists():
                return source["uri"], source["codename"], keyring
        raise DevError(
            "apt has no Debian or Ubuntu archive with its keyring to fetch Odoo from",
            "install debian-archive-keyring, or let ODOO_HOME name an Odoo 19 source",
        )

    def _find_suite(self, uri: str, codename: str, keyring: str) -> str:
        """Return the first suite that holds Odoo, with its lists read."""
        suites = ("devel",) if "ubuntu" in keyring else _UNSTABLE
        components = "main universe" if "ubuntu" in keyring else "main"
        complaints = []
        for suite in suites:
            lines = {f"deb [signed-by={keyring}] {uri} {name} {components}\n" for name in (suite, codename)}
            (self.root / "etc/sources.list").write_text("".join(sorted(lines)))
            try:
                with step(f"looking for {_PACKAGE} in {suite}"):
                    run(["apt-get", *self.options, "update"], self.state.log("odoo"))
            except DevError as error:
                complaints.append(error.details)
                continue
            if output_of(["apt-cache", *self.options, "madison", _PACKAGE]).strip():
                return suite
        raise DevError(
            f"no suite of {uri} holds {_PACKAGE}", "let ODOO_HOME name an Odoo 19 source", "\n".join(complaints)
        )

    def _get(self, name: str, suite: str) -> None:
        run(
            ["apt-get", *self.options, "download", f"{name}/{suite}"],
            self.state.log("odoo"),
            cwd=self.archives,
        )

    def _get_if_any(self, name: str, suite: str) -> None:
        """Fetch a package that pages can do without."""
        try:
            self._get(name, suite)
        except DevError:
            return
