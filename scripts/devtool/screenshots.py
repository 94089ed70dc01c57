"""`./dev screenshots`: the tours of the screens, photographed on a desktop and on a phone."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from . import testing
from .console import DevError, say
from .state import State

PHOTOGRAPHS = "CRM_BCC_DROPBOX_SCREENSHOTS"
# What the listing of the addon shows; all others are for the manuals.
_LISTING = {"preferences", "captured", "form", "chatter", "settings", "reporting"}
_LISTING_FOLDER, _MANUALS_FOLDER = Path("static", "description"), Path("docs", "img")


def take(state: State, names: Sequence[str]) -> int:
    """Run the tours, and put their photographs where they belong: only screens without complaints have one.

    :param names: of screens; all if none is named
    """
    tours = sorted((state.checkout / "tests").glob("test_tours*.py"))
    with tempfile.TemporaryDirectory(dir=state.own) as folder:
        os.environ[PHOTOGRAPHS] = folder
        status = testing.test(state, list(map(str, tours)))
        taken = {path.stem: path for path in Path(folder).glob("*.png")}
        wanted = [name for name in sorted(taken) if not names or _get_screen(name) in names]
        if not status and (unknown := set(names) - set(map(_get_screen, taken))):
            known = ", ".join(sorted(set(map(_get_screen, taken))))
            raise DevError(f"no tour photographs {', '.join(sorted(unknown))}", f"choose among {known}")
        for name in wanted:
            _put(taken[name], state.checkout)
    return status


def _get_screen(name: str) -> str:
    """Return the name that a tour gave its photograph."""
    return name.removesuffix("-phone")


def _put(photograph: Path, checkout: Path) -> None:
    folder = _LISTING_FOLDER if photograph.stem in _LISTING else _MANUALS_FOLDER
    target = checkout / folder / photograph.name
    is_same = target.exists() and target.read_bytes() == photograph.read_bytes()
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(photograph, target)
    say(f"{folder / photograph.name}{' (as before)' * is_same}")
