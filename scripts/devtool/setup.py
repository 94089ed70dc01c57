"""Sets up what a command needs, the independent parts side by side."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from . import browser, node_env, odoo_source, packages, python_env
from .odoo import Odoo
from .postgres import Cluster
from .state import State


@contextlib.contextmanager
def odoo(state: State, *wanted: str, tests: bool = False, cluster: Cluster | None = None) -> Iterator[Odoo]:
    """Yield an Odoo whose database cluster runs until the block ends.

    :param str wanted: further Debian packages
    :param tests: whether a browser is wanted, and what checks the pages in it
    :param cluster: another one than that of the tests; its state keeps what Odoo stores
    """
    packages.ensure(state, *packages.FOR_PYTHON)
    browsers = (*packages.FOR_BROWSER, *packages.FOR_NODE) if tests else ()
    python, source, _ = _together(
        lambda: python_env.ensure(state, "odoo", "test"),
        lambda: odoo_source.ensure(state),
        lambda: packages.ensure(state, *packages.FOR_DATABASE, *wanted, *browsers),
    )
    variables = {}
    if tests:
        axe = node_env.ensure(state) / "axe-core" / "axe.min.js"
        node_env.link(state, "rtlcss")  # Odoo mirrors its styles with it
        variables = {**browser.ensure(state), "CRM_BCC_DROPBOX_AXE": str(axe)}
    with (cluster or Cluster(state)).running() as running:
        yield Odoo(running.state, python, source, running, variables)


def _together(*jobs: Callable) -> list:
    """Run jobs side by side; the first that failed decides."""
    with ThreadPoolExecutor(len(jobs)) as pool:
        futures = [pool.submit(job) for job in jobs]
        return [future.result() for future in futures]
