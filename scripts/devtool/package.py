"""`./dev package`: the wheel, and the zip for the Apps list, of what the addon needs to run."""

import argparse
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from . import packages, setup
from .console import output_of, run, say, step
from .state import ADDON, State, read_manifest

#: folders and files of the checkout that are packaged: what Odoo loads, and what users need at hand
CONTENTS = (
    "LICENSE", "README.md", "__init__.py", "__manifest__.py", "hooks.py", "controllers/", "data/", "i18n/",
    "migrations/", "models/", "report/", "scripts/odoo_bcc_mailgate.py", "security/", "static/description/",
    "static/src/", "tools/", "views/", "wizard/",
)  # fmt: skip


def build(state: State, options: argparse.Namespace) -> int:
    """Write wheel and zip to a folder, print their paths, and return 0."""
    target = options.target.resolve()
    packages.ensure(state, "git", *packages.FOR_PYTHON)
    python = setup.ensure_python(state, "package")
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="package-") as folder, step("building the packages"):
        # whool names the wheel after the folder of the addon
        addon = Path(folder, ADDON)
        stage(state.checkout, addon)
        version = read_manifest(addon)["version"]
        archive = shutil.make_archive(str(target / f"{ADDON}-{version}"), "zip", folder, ADDON)
        shutil.copy(state.checkout / "pyproject.toml", addon)
        # whool takes what git tracks, if the folder is in a repository
        environment = {**state.python_environment(), "GIT_CEILING_DIRECTORIES": folder}
        options = ["--no-deps", "--no-build-isolation", "--wheel-dir", target]
        run([python, "-m", "pip", "wheel", *options, addon], state.log("package"), env=environment)
    wheel = target / f"odoo_addon_{ADDON}-{version}-py3-none-any.whl"
    for path in (wheel, Path(archive)):
        say(f"{path.stat().st_size / 1e6:6.2f} MB  {path}")
    return 0


def stage(checkout: Path, target: Path) -> None:
    """Copy the tracked files that are packaged, as users need them."""
    copy_tracked(checkout, target, lambda name: name.startswith(CONTENTS) and not name.endswith(".pot"))
    _rewrite(target / "__manifest__.py", _remove_tests)
    website = read_manifest(target)["website"]
    # the pages that the README links to are not packaged
    _rewrite(target / "README.md", lambda text: re.sub(r"\]\((?!#|\w+:)", f"]({website}/", text))


def copy_tracked(checkout: Path, target: Path, is_wanted: Callable[[str], bool]) -> None:
    """Copy those tracked files whose names are wanted, as they are in the work tree."""
    for name in filter(is_wanted, output_of(["git", "ls-files", "-z"], cwd=checkout).split("\0")):
        if (checkout / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(checkout / name, target / name)


def _rewrite(path: Path, change) -> None:
    path.write_text(change(path.read_text()))


def _remove_tests(manifest: str) -> str:
    """Return the source of a manifest without the assets of tests, whose files are not packaged."""
    return re.sub(r'^ *"web\.assets_tests": \[.*?\],\n', "", manifest, flags=re.DOTALL | re.MULTILINE)
