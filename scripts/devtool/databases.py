"""Databases: made once as templates, then copied together with their filestore.

Names tell what is in them, so a template is right as long as its name is:

- `base_<key>`: what the addon depends on, by Odoo version and list of modules;
- `bcc_<checkout>_base_<key>_<key>`: that and the addon, by the content of the addon's files;
- `bcc_<checkout>_run<process>`: a copy for one run, dropped afterwards;
- `bcc_<checkout>_demo`: the database of `./dev run`, kept and updated.
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
    """The databases of one checkout.

    :param extensions: of PostgreSQL, to have in each
    """

    def __init__(self, odoo: Odoo, extensions: Sequence[str] = ()):
        self.odoo = odoo
        self.extensions = extensions
        self.cluster = odoo.cluster
        self.state = odoo.state
        self.prefix = f"bcc_{self.state.key}"

    @contextlib.contextmanager
    def copy_with_addon(self, extra: Sequence[str] = (), *, fresh: bool = False, name: str = "") -> Iterator[str]:
        """Yield the name of a database of our own with the addon, which ends with the block.

        :param extra: modules to have besides what the addon depends on
        :param fresh: install the addon anew even if nothing changed
        :param name: tells it from another copy of the same run
        """
        base = self.ensure_base(extra)
        name = f"{self.prefix}_run{os.getpid()}{name}"
        # another run may find the addon changed, and drop the template that we copy
        with self.state.lock(f"{self.prefix}_addon"):
            template = self._ensure_addon(base, fresh)
            with step("copying the database"):
                self._copy(template, name)
        try:
            yield name
        finally:
            self.drop(name)

    @contextlib.contextmanager
    def copy_without_addon(self, extra: Sequence[str] = (), *, name: str = "") -> Iterator[str]:
        """Yield the name of a database of our own without the addon, see :meth:`copy_with_addon`."""
        with self.copy_of(self.ensure_base(extra), name=name) as copy:
            yield copy

    @contextlib.contextmanager
    def copy_of(self, template: str, *, name: str = "") -> Iterator[str]:
        """Yield the name of a copy of a database that nobody is connected to, see :meth:`copy_with_addon`."""
        name = f"{self.prefix}_run{os.getpid()}{name}"
        self._copy(template, name)
        try:
            yield name
        finally:
            self.drop(name)

    def ensure_addon(self) -> None:
        """Make the templates with the addon and without it, if they are not there yet."""
        base = self.ensure_base()
        with self.state.lock(f"{self.prefix}_addon"):
            self._ensure_addon(base, fresh=False)

    def ensure_demo(self, *, fresh: bool = False) -> str:
        """Return the name of the database with demo data, with the addon as it is now.

        It is kept, so what its users did is still there at the next start.

        :param fresh: make it anew
        """
        name = f"{self.prefix}_demo"
        fingerprint = addon_fingerprint(self.state.checkout)
        with self.state.lock(name):
            if fresh or not self.exists(name):
                base = self.ensure_base(demo=True)
                with step(f"installing {ADDON} with demo data"):
                    self._make(name, [ADDON], base, True)
            elif self._get_comment(name) != fingerprint:
                with step(f"updating {ADDON}"):
                    self._update(name)
            self.cluster.query(f"COMMENT ON DATABASE \"{name}\" IS '{fingerprint}'")
        return name

    def set_base_url(self, name: str, url: str) -> None:
        """Say where a database is served: the links in its mails lead there."""
        self.cluster.query(
            f"UPDATE ir_config_parameter SET value = '{url}' WHERE key = 'web.base.url'",  # noqa: S608 of ours
            database=name,
        )

    def ensure_base(self, extra: Sequence[str] = (), *, demo: bool = False) -> str:
        """Return the name of a template with what the addon depends on."""
        modules = sorted({*addon_dependencies(self.state.checkout), *extra})
        name = f"base_{_key(self.odoo.source.version, *modules, str(demo), *self.extensions)}"
        with self.state.lock(name):
            if not self.exists(name):
                with step(f"making a database with {', '.join(modules)}{' and demo data' * demo}"):
                    self._make(name, modules, None, demo)
        return name

    def _ensure_addon(self, base: str, fresh: bool) -> str:
        """Return the name of a template with the addon installed on top of a base."""
        name = f"{self.prefix}_{base}_{_key(addon_fingerprint(self.state.checkout))}"
        if fresh or not self.exists(name):
            self._drop_left_overs(base)
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
            self.cluster.query(f"CREATE DATABASE \"{draft}\" TEMPLATE template0 LC_COLLATE 'C'")
            for extension in self.extensions:
                self.cluster.query(f"CREATE EXTENSION {extension}", database=draft)
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

    def _update(self, name: str) -> None:
        """Update the addon in a database."""
        conf = self.odoo.configuration("update")
        remedy = f"fix the addon (read {self.state.log('install')}), or start over with ./dev run --fresh"
        options = ["-c", conf, "-d", name, "--no-http", "-u", ADDON, "--stop-after-init"]
        self.odoo.call(self.state.log("install"), "server", *options, remedy=remedy)

    def _get_comment(self, name: str) -> str:
        return self.cluster.query(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()",
            database=name,
        )

    def _copy(self, template: str, name: str) -> None:
        """Copy a database and its filestore; stored files never change, so links will do."""
        self.drop(name)
        self.cluster.query(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        files = self._filestore(template)
        files.mkdir(parents=True, exist_ok=True)
        run(["cp", "-al", files, self._filestore(name)], self.state.log("databases"))

    def exists(self, name: str) -> bool:
        """Tell whether there is a database of that name."""
        return name in self._names()

    def _names(self) -> list[str]:
        return self.cluster.query("SELECT datname FROM pg_database").splitlines()

    def drop(self, name: str) -> None:
        """Drop a database and its filestore, if there is one."""
        # not WITH (FORCE), which fails for an ordinary role when autovacuum is at work in there; this one ends it
        self.cluster.query(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "  # noqa: S608 a name of ours
            f"WHERE datname = '{name}' AND usename = current_user"
        )
        self.cluster.query(f'DROP DATABASE IF EXISTS "{name}"')
        shutil.rmtree(self._filestore(name), ignore_errors=True)

    def _drop_left_overs(self, base: str) -> None:
        """Drop what this checkout left: templates of earlier contents, copies of ended runs."""
        templates = (f"{self.prefix}_{base}_", f"draft_{self.prefix}_{base}_")
        copy = re.compile(rf"{self.prefix}_run(\d+)(_\w+)?")
        for name in self._names():
            run_of = copy.fullmatch(name)
            ended = run_of and not Path(f"/proc/{run_of[1]}").exists()
            if ended or name.startswith(templates):
                self.drop(name)

    def _filestore(self, name: str) -> Path:
        return self.state.data / "filestore" / name


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
        subfolders[:] = sorted(name for name in subfolders if name not in _NOT_INSTALLED and not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            relative = path.relative_to(checkout)
            if path.suffix in _INSTALLED or relative.parts[0] == "static":
                content.update(str(relative).encode() + b"\0")
                content.update(path.read_bytes())
    return content.hexdigest()
