"""Databases: made once as templates, then copied together with their filestore.

A template is valid as long as its name is the same:

- `base_<key>`: the dependencies of the addon, by Odoo version and list of modules;
- `bcc_<checkout>_base_<key>_<key>`: with the addon, by the content of its files;
- `bcc_<checkout>_run<process>`: a copy for one run, dropped at its end;
- `bcc_<checkout>_demo`: the database of `./dev run`, kept and updated.
"""

import contextlib
import hashlib
import os
import re
import shutil
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from .console import run, step
from .odoo import Odoo
from .state import ADDON, digest, read_manifest

# What an installation of the addon does not depend on.
_NOT_INSTALLED = {"tests", "receiver", "scripts", "docs", "dev", "node_modules"}
_INSTALLED = {".py", ".xml", ".csv", ".po", ".pot", ".sql"}
# Generates scripts and styles of pages once for all copies, in an Odoo shell.
_WARM_UP = "env['ir.qweb']._pregenerate_assets_bundles()\nenv.cr.commit()\n"


class Databases:
    """The databases of one checkout.

    :param extensions: of PostgreSQL, for each database
    """

    def __init__(self, odoo: Odoo, extensions: Sequence[str] = ()):
        self.odoo = odoo
        self.extensions = extensions
        self.cluster = odoo.cluster
        self.state = odoo.state
        self.prefix = f"bcc_{self.state.key}"

    @contextlib.contextmanager
    def copy_with_addon(self, extra: Sequence[str] = (), *, fresh: bool = False, name: str = "") -> Iterator[str]:
        """Yield the name of a new database with the addon, dropped at the end of the block.

        :param extra: modules besides the dependencies of the addon
        :param fresh: install the addon again even if nothing changed
        :param name: suffix, for several copies in one run
        """
        base = self.ensure_base(extra)
        # another run may find the addon changed, and drop the template while it is copied
        with contextlib.ExitStack() as stack:
            with self.state.lock(f"{self.prefix}_addon"), step("copying the database"):
                copy = stack.enter_context(self.copy_of(self._ensure_addon(base, fresh), name=name))
            yield copy

    @contextlib.contextmanager
    def copy_of(self, template: str, *, name: str = "") -> Iterator[str]:
        """Yield the name of a copy of an unused database, see :meth:`copy_with_addon`."""
        copy = f"{self.prefix}_run{os.getpid()}{name}"
        self._copy(template, copy)
        try:
            yield copy
        finally:
            self._drop(copy)

    def ensure_demo(self, *, fresh: bool = False, url: str = "") -> str:
        """Return the name of the database with demo data, with the addon updated.

        :param fresh: replace an existing one
        :param url: where it is served, for the links in its emails
        """
        name = f"{self.prefix}_demo"
        fingerprint, log = _fingerprint(self.state.checkout), self.state.log("install")
        get_comment = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        with self.state.lock(name):
            if fresh or name not in self._names():
                base = self.ensure_base(demo=True)
                with step(f"installing {ADDON} with demo data"):
                    self._make(name, [ADDON], base, demo=True)
            elif self.cluster.query(get_comment, database=name) != fingerprint:
                remedy = f"fix the addon (read {log}), or start over with ./dev run --fresh"
                options = ["-c", self.odoo.configuration("update"), "-d", name, "--no-http", "--stop-after-init"]
                with step(f"updating {ADDON}"):
                    self.odoo.call(log, "server", *options, "-u", ADDON, remedy=remedy)
            self.cluster.query(f"COMMENT ON DATABASE \"{name}\" IS '{fingerprint}'")
        if url:
            statement = f"UPDATE ir_config_parameter SET value = '{url}' WHERE key = 'web.base.url'"  # noqa: S608 ours
            self.cluster.query(statement, database=name)
        return name

    def ensure_base(self, extra: Sequence[str] = (), *, demo: bool = False) -> str:
        """Return the name of a template with the dependencies of the addon."""
        return self._ensure_template({*read_manifest(self.state.checkout)["depends"], *extra}, demo)

    def ensure_bare(self) -> str:
        """Return the name of a template as a new Odoo has it: no apps, no demo data."""
        return self._ensure_template({"base"})

    def _ensure_template(self, modules: Collection[str], demo: bool = False) -> str:
        modules = sorted(modules)
        name = f"base_{digest(self.odoo.source.version, *modules, str(demo), *self.extensions, length=10)}"
        with self.state.lock(name):
            if name not in self._names():
                with step(f"making a database with {', '.join(modules)}{' and demo data' * demo}"):
                    self._make(name, modules, demo=demo)
        return name

    def _ensure_addon(self, base: str, fresh: bool) -> str:
        """Return the name of a template with the addon installed on top of a base."""
        name = f"{self.prefix}_{base}_{digest(_fingerprint(self.state.checkout), length=10)}"
        if fresh or name not in self._names():
            self._drop_left_overs(base)
            with step(f"installing {ADDON}"):
                self._make(name, [ADDON], base)
        return name

    def _make(self, name: str, modules: Sequence[str], base: str = "", *, demo: bool = False) -> None:
        """Make a template under another name first, so that no broken one is found."""
        draft, log = f"draft_{name}", self.state.log("install")
        log.unlink(missing_ok=True)
        if base:
            self._copy(base, draft)
        else:
            self._drop(draft)
            self.cluster.query(f"CREATE DATABASE \"{draft}\" TEMPLATE template0 LC_COLLATE 'C'")
            for extension in self.extensions:
                self.cluster.query(f"CREATE EXTENSION {extension}", database=draft)
        conf = self.odoo.configuration(f"make-{name}")
        options = ["-c", conf, "-d", draft, "--no-http"]
        demo_option = "--with-demo" if demo else "--without-demo"
        self.odoo.call(log, "server", *options, "-i", ",".join(modules), demo_option, "--stop-after-init")
        self.odoo.call(log, "shell", *options, stdin=_WARM_UP)
        conf.unlink()
        self._drop(name)
        self.cluster.query(f'ALTER DATABASE "{draft}" RENAME TO "{name}"')
        self._filestore(draft).rename(self._filestore(name))

    def _copy(self, template: str, name: str) -> None:
        """Copy a database and its filestore, by hard links because stored files never change."""
        self._drop(name)
        self.cluster.query(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        files = self._filestore(template)
        files.mkdir(parents=True, exist_ok=True)
        run(["cp", "-al", files, self._filestore(name)], self.state.log("databases"))

    def _names(self) -> list[str]:
        return self.cluster.query("SELECT datname FROM pg_database").splitlines()

    def _drop(self, name: str) -> None:
        """Drop a database and its filestore, if there is one."""
        # WITH (FORCE) would fail for an ordinary role while autovacuum is at work; DROP DATABASE ends autovacuum
        self.cluster.query(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity "  # noqa: S608 a name of ours
            f"WHERE datname = '{name}' AND usename = current_user"
        )
        self.cluster.query(f'DROP DATABASE IF EXISTS "{name}"')
        shutil.rmtree(self._filestore(name), ignore_errors=True)

    def _drop_left_overs(self, base: str) -> None:
        """Drop templates of earlier versions of this checkout, and copies of runs that were killed."""
        templates = (f"{self.prefix}_{base}_", f"draft_{self.prefix}_{base}_")
        for name in self._names():
            copy = re.fullmatch(rf"{self.prefix}_run(\d+)(_\w+)?", name)
            if name.startswith(templates) or (copy and not Path(f"/proc/{copy[1]}").exists()):
                self._drop(name)

    def _filestore(self, name: str) -> Path:
        return self.state.data / "filestore" / name


def _fingerprint(checkout: Path) -> str:
    """Return a hash of every file that an installation of the addon depends on."""
    content = hashlib.sha256()
    for folder, subfolders, files in os.walk(checkout):
        subfolders[:] = sorted(name for name in subfolders if name not in _NOT_INSTALLED and not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            relative = path.relative_to(checkout)
            if path.suffix in _INSTALLED or relative.parts[0] == "static":
                content.update(str(relative).encode() + b"\0" + path.read_bytes())
    return content.hexdigest()
