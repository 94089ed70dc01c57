"""The source of Odoo: the user's own, or Debian's package unpacked into the state."""

import contextlib
import os
import runpy
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import packages
from .console import DevError, git, output_of, run, step
from .state import State

_PACKAGE = "odoo-19"
_UNSTABLE = ("sid", "testing", "stable", "stable-backports")
# What the package links to, from the machine's own suite: later fonts lack files that it names.
_LINKED = ("libjs-jquery", "libjs-jquery-form", "libjs-underscore", "fonts-font-awesome", "fonts-roboto-unhinted")
_FONTS = ("fonts-montserrat", "fonts-inconsolata", "fonts-ocr-b")
# The package lacks this file, and every page logs an error without it.
_STRIPPED = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
# A second copy of the addons, with their Python files only.
_EXCLUDED = "./usr/lib/python3/dist-packages/addons"
_USE_OWN = "let ODOO_HOME name an Odoo 19 source"


@dataclass(frozen=True)
class Source:
    """An Odoo source: the folder to import it from, its addons, and a name of its version."""

    path: Path
    addons: tuple[Path, ...]
    version: str


def ensure(state: State) -> Source:
    """Return an Odoo 19, downloaded if there is none."""
    if home := os.environ.get("ODOO_HOME"):
        return _describe(Path(home).expanduser().resolve())
    with state.lock("odoo"):
        current = state.odoo / "current"
        if not current.exists():
            _download(state, current)
    return _describe(current.resolve() / "usr/lib/python3/dist-packages")


def _describe(path: Path) -> Source:
    """Return the source at a path; its version includes the commit, or else the folder."""
    release = path / "odoo" / "release.py"
    if not release.is_file():
        raise DevError(f"there is no Odoo at {path}", "let ODOO_HOME name the folder with odoo-bin in it")
    addons = tuple(folder for folder in (path / "addons", path / "odoo/addons") if folder.is_dir())
    values = runpy.run_path(str(release))
    if values["version_info"][0] != 19:
        raise DevError(f"{path} is Odoo {values['version']}, not 19", _USE_OWN)
    return Source(path, addons, f"{values['version']} {git(path, 'rev-parse', 'HEAD') or path}")


def _download(state: State, current: Path) -> None:
    """Download Debian's package and what it links to, unpack them, and link the folder as `current` at the end."""
    if not packages.has_package_lists():
        packages.update_lists(state)
    log = state.log("odoo")
    with _downloaded(state) as archives:
        root = state.odoo / next(archives.glob(f"{_PACKAGE}_*.deb")).stem
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir()
        with step("unpacking Odoo"):
            unpack = f'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" --no-same-owner --exclude={_EXCLUDED}'
            for archive in archives.glob("*.deb"):
                run(["bash", "-o", "pipefail", "-c", unpack, "unpack", archive, root], log)
            stand_in = root / "usr/lib/python3/dist-packages/odoo/addons" / _STRIPPED
            stand_in.parent.mkdir(parents=True, exist_ok=True)
            stand_in.touch()
        current.unlink(missing_ok=True)
        current.symlink_to(root.name)


@contextlib.contextmanager
def _downloaded(state: State) -> Iterator[Path]:
    """Yield a folder with the packages, downloaded by a private apt.

    It reads a suite that the machine's apt does not, from the machine's own mirror, and trusts the vendor's keyring
    only.
    """
    root = state.odoo / f"apt-{os.getpid()}"
    archives = root / "archives"
    for folder in ("etc/apt.conf.d", "etc/preferences.d", "lib/lists/partial", "cache/archives/partial", "archives"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "status").touch()
    settings = {
        "Dir::Etc": root / "etc",
        "Dir::State": root / "lib",
        "Dir::State::status": root / "status",
        "Dir::Cache": root / "cache",
        "APT::Sandbox::User": "",
        "Acquire::Languages": "none",
    }
    options = [part for name, value in settings.items() for part in ("-o", f"{name}={value}")]
    try:
        uri, codename, keyring = _find_mirror()
        suite = _find_suite(state, root / "etc/sources.list", options, (uri, codename, keyring))
        with step(f"downloading {_PACKAGE} from {suite}"):
            download, log = ["apt-get", *options, "download"], state.log("odoo")
            wanted = [f"{_PACKAGE}/{suite}", *(f"{name}/{codename}" for name in _LINKED)]
            run([*download, *wanted], log, cwd=archives)
            for name in _FONTS:  # pages can do without these
                with contextlib.suppress(DevError):
                    run([*download, f"{name}/{codename}"], log, cwd=archives)
        yield archives
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _find_mirror() -> tuple[str, str, str]:
    """Return address, codename and keyring of the archive that the machine's apt reads."""
    layout = "\t".join(("$(REPO_URI)", "$(CODENAME)", "$(LABEL)", "$(COMPONENT)"))
    lines = output_of(["apt-get", "indextargets", "Created-By: Packages", "--format", layout]).splitlines()
    for uri, codename, label, component in (line.split("\t") for line in lines if line.count("\t") == 3):
        keyring = f"/usr/share/keyrings/{label.lower()}-archive-keyring.gpg"
        if component == "main" and label in ("Debian", "Ubuntu") and Path(keyring).exists():
            return uri, codename, keyring
    raise DevError(
        "apt has no Debian or Ubuntu archive with its keyring to fetch Odoo from",
        f"install debian-archive-keyring, or {_USE_OWN}",
    )


def _find_suite(state: State, sources: Path, options: list[str], mirror: tuple[str, str, str]) -> str:
    """Return the first suite that contains Odoo, after apt has read its lists."""
    uri, codename, keyring = mirror
    is_ubuntu = "ubuntu" in keyring
    complaints = []
    for suite in ("devel",) if is_ubuntu else _UNSTABLE:
        components = "main universe" if is_ubuntu else "main"
        lines = {f"deb [signed-by={keyring}] {uri} {name} {components}\n" for name in (suite, codename)}
        sources.write_text("".join(lines))
        try:
            with step(f"looking for {_PACKAGE} in {suite}"):
                run(["apt-get", *options, "update"], state.log("odoo"))
        except DevError as error:
            complaints.append(error.details)
            continue
        if output_of(["apt-cache", *options, "madison", _PACKAGE]).strip():
            return suite
    raise DevError(f"no suite of {uri} holds {_PACKAGE}", _USE_OWN, "\n".join(complaints))
