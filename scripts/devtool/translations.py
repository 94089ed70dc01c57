"""`./dev translations`: brings the files in `i18n/` up to date with the terms of the addon.

Odoo exports the terms; `po_files.py` does the rest, on Odoo's Python for the sake of its polib.
"""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from . import setup
from .console import DevError, say, step
from .databases import Databases
from .odoo import Odoo
from .state import ADDON, SCRIPTS, State


def update(state: State) -> int:
    """Write the template anew and merge it into every language."""
    with (
        setup.odoo(state) as odoo,
        Databases(odoo).copy_with_addon() as database,
        _exported(odoo, database) as export,
    ):
        return _call(odoo, "update", export).returncode


def lint(odoo: Odoo, database: str) -> int:
    """Return 0 if the template is what Odoo exports now."""
    with _exported(odoo, database) as export:
        done = _call(odoo, "template", export, capture_output=True, text=True)
    title = "terms in i18n/"
    print(f"{title}{'.' * (72 - len(title))}{'Failed' if done.returncode else 'Passed'}")
    if done.returncode:
        print(done.stdout + done.stderr, end="")
        say("   do: run ./dev translations, and translate what is new")
    return int(bool(done.returncode))


@contextlib.contextmanager
def _exported(odoo: Odoo, database: str) -> Iterator[Path]:
    """Yield a file with the terms of the addon, as Odoo exports them."""
    state = odoo.state
    log = state.log("translations")
    log.unlink(missing_ok=True)
    conf = odoo.configuration(f"export-{database}", log=log)
    with tempfile.TemporaryDirectory(dir=state.own) as folder, step("exporting the terms of the addon"):
        export = Path(folder, f"{ADDON}.pot")
        odoo.call(log, "i18n", "export", "-c", conf, "-d", database, "-o", export, ADDON)
        conf.unlink()
        if not export.exists():
            raise DevError("Odoo exported no terms", f"read {log}")
        yield export


def _call(odoo: Odoo, command: str, export: Path, **options: bool) -> subprocess.CompletedProcess:
    script = [str(odoo.python), str(SCRIPTS / "po_files.py"), command, str(export)]
    return subprocess.run(script, env=odoo.environment(), check=False, **options)
