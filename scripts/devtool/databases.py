"""Databases: made once as templates, then copied together with their filestore.

Names tell what is in them, so a template is right as long as its name is:

- `base_<key>`: what the addon depends on, by Odoo version and list of modules;
- `bcc_<checkout>_<key>`: that and the addon, by the content of the addon's files;
- `bcc_<checkout>_run<number>`: a copy for one run, dropped afterwards.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from .console import DevError, run, step
from .odoo import Odoo
from .state import ADDON

# Folders and files that a database with the addon does not depend on.
_NOT_INSTALLED = {"tests", "scripts", "docs", "dev", "node_modules"}
_INSTALLED = {".py", ".xml", ".csv", ".po", ".pot", ".sql"}
# Runs in an Odoo shell: pages find their scripts and styles ready in every copy.
_WARM_UP = "env['ir.qweb']._pregenerate_assets_bundles()\nenv.cr.commit()\n"


class Databases:
    """The databases of one checkout."""

    def __init__(self, odoo: Odoo):
        self.odoo = odoo
        self.cluster = odoo.cluster
        self.state = odoo.state
        self.prefix = f"bcc_{self.state.key}"

    @contextlib.contextmanager
    def copy_with_addon(self, extra: Sequence[str] = (), *, fresh: bool = False) -> Iterator[str]:
        """Yield the name of a database of our own with the addon, which ends with the block.

        :param extra: modules to have besides what the addon depends on
        :param fresh: install the addon anew even if nothing changed
        """
        base = self.ensure_base(extra)
        name = f"{self.prefix}_run{os.getpid()}"
        # another run may find the addon changed, and drop the template that we copy
        with self.state.lock(f"{self.prefix}_addon"):
            template = self._ensure_addon(base, fresh)
            with step("copying the database"):
                self._copy(template, name)
        try:
            yield name
        finally:
            self.drop(name)

    def ensure_base(self, extra: Sequence[str] = (), *, demo: bool = False) -> str:
        """Return the name of a template with what the addon depends on."""
        modules = sorted({*addon_dependencies(self.state.checkout), *extra})
        name = f"base_{_key(self.odoo.source.version, *modules, str(demo))}"
        with self.state.lock(name):
            if not self.exists(name):
                with step(f"making a database with {', '.join(modules)}{' and demo data' * demo}"):
                    self._make(name, modules, None, demo)
        return name

    def _ensure_addon(self, base: str, fresh: bool) -> str:
        """Return the name of a template with the addon installed on top of a base."""
        name = f"{self.prefix}_{_key(base, addon_fingerprint(self.state.checkout))}"
        if fresh or not self.exists(name):
            self._drop_old_templates(keep=name)
            with step(f"installing {ADDON}"):
                self._make(name, [ADDON], base, False)
        return name

    def _make(self, name: str, modules: Sequence[str], base: str | None, demo: bool) -> None:
        """Make a template under another name first, so that a broken one is never found."""
        draft, log = f"draft_{name}", self.state.log("install")
        self.drop(draft)
        log.unlink(missing_ok=True)
        if base:
            self._copy(base, draft)
        else:
            self.cluster.query(f'CREATE DATABASE "{draft}" TEMPLATE template0 LC_COLLATE \'C\'')
        conf = self.odoo.configuration(f"make-{name}")
        options = ["-c", conf, "-d", draft, "--no-http"]
        demo_option = "--with-demo" if demo else "--without-demo"
        install = ["-i", ",".join(modules), demo_option, "--stop-after-init"]
        self.odoo.call(log, "server", *options, *install)
        self.odoo.call(log, "shell", *options, stdin=_WARM_UP)
        conf.unlink()
        self.drop(name)
        self.cluster.query(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
        self._filestore(draft).rename(self._filestore(name))

    def _copy(self, template: str, name: str) -> None:
        """Copy a database and its filestore; stored files never change, so links will do."""
        self.drop(name)
        self.cluster.query(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        files = self._filestore(template)
        files.mkdir(parents=True, exist_ok=True)
        run(["cp", "-al", files, self._filestore(name)], self.state.log("databases"))

    def exists(self, name: str) -> bool:
        """Tell whether there is a database of that name."""
        return bool(self.cluster.query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))

    def drop(self, name: str) -> None:
        """Drop a database and its filestore, if there is one."""
        self.cluster.query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(self._filestore(name), ignore_errors=True)

    def _drop_old_templates(self, keep: str) -> None:
        """Drop what this checkout left: templates of earlier contents, copies of ended runs."""
        names = self.cluster.query(
            f"SELECT datname FROM pg_database WHERE datname ~ '^(draft_)?{self.prefix}_'"
        )
        for name in names.splitlines():
            if name != keep and _is_left_over(name):
                self.drop(name)

    def _filestore(self, name: str) -> Path:
        return self.state.data / "filestore" / name


def _is_left_over(name: str) -> bool:
    """Tell whether no process works on this database."""
    if name.endswith(("_demo", "_core")):
        return False
    run_of = re.search(r"_run(\d+)$", name)
    return not (run_of and Path(f"/proc/{run_of[1]}").exists())


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:10]


def addon_dependencies(checkout: Path) -> list[str]:
    """Return what the addon's manifest depends on."""
    manifest = checkout / "__manifest__.py"
    if not manifest.exists():
        raise DevError(f"there is no {manifest}", "run ./dev in a checkout of the addon")
    return ast.literal_eval(manifest.read_text())["depends"]


def addon_fingerprint(checkout: Path) -> str:
    """Return a hash of every file that decides what the addon's installation leaves in a database."""
    content = hashlib.sha256()
    for folder, subfolders, files in os.walk(checkout):
        subfolders[:] = sorted(
            name for name in subfolders if name not in _NOT_INSTALLED and not name.startswith(".")
        )
        for name in sorted(files):
            path = Path(folder, name)
            relative = path.relative_to(checkout)
            if path.suffix in _INSTALLED or relative.parts[0] == "static":
                content.update(str(relative).encode() + b"\0")
                content.update(path.read_bytes())
    return content.hexdigest()


