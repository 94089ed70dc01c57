"""The browser for tours: Debian's Chromium with the switches that a closed network needs."""

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


def ensure(state: State) -> None:
    """Put a browser first on the path, under the name that Odoo looks for first."""
    for name in BROWSERS:
        if program := find_program(name):
            break
    else:
        raise DevError("no Chromium found", "apt-get install chromium")
    wrapper = state.bin / "google-chrome"
    command = shlex.join([program, *_SWITCHES])
    wrapper.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    wrapper.chmod(0o755)
