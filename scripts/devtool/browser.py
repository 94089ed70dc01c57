"""The browser for tours: Debian's Chromium with the switches that a closed network needs, and fonts."""

from __future__ import annotations

import shlex

from .console import DevError
from .packages import BROWSERS, find_program
from .state import State

# Odoo's test browser passes its own; these keep Chromium from calling home at every start.
_SWITCHES = (
    "--disable-quic",
    "--disable-component-update",
    "--disable-sync",
    "--disable-features=OptimizationHints,MediaRouter,Translate",
)

_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
    <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
    <dir>{folder}</dir>
    <alias binding="same"><family>system-ui</family><prefer><family>Roboto</family></prefer></alias>
    <alias binding="same"><family>sans-serif</family><prefer><family>Roboto</family></prefer></alias>
</fontconfig>
"""


def ensure(state: State) -> dict[str, str]:
    """Put a browser first on the path, under the name that Odoo looks for first.

    :return: environment variables that it is to be started with
    """
    for name in BROWSERS:
        if program := find_program(name):
            break
    else:
        raise DevError("no Chromium found", "apt-get install chromium")
    wrapper = state.bin / "google-chrome"
    command = shlex.join([program, *_SWITCHES])
    wrapper.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    wrapper.chmod(0o755)
    return _ensure_fonts(state)


def _ensure_fonts(state: State) -> dict[str, str]:
    """Let pages have the font that Odoo has in mind for Linux, if it came with Odoo."""
    folder = state.odoo / "current" / "usr" / "share" / "fonts"
    if not folder.is_dir():
        return {}
    configuration = state.root / "fonts.conf"
    configuration.write_text(_FONTS.format(folder=folder.resolve()))
    return {"FONTCONFIG_FILE": str(configuration)}
