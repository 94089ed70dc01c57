"""A pytest plugin: Odoo's own linters see this addon alone, of all that they would walk through."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from unittest import mock

import pytest

ADDON = "crm_bcc_dropbox"
_TEST_PYLINT = "odoo.addons.test_lint.tests.test_pylint"


@pytest.fixture(scope="session", autouse=True)
def only_this_addon(load_registry: None) -> Iterator[None]:
    """Narrow what the linters iterate over, once Odoo itself has loaded everything."""
    from odoo import tools
    from odoo.modules import Manifest

    manifest = Manifest.for_addon(ADDON)
    with contextlib.ExitStack() as stack:
        stack.enter_context(mock.patch.object(Manifest, "all_addon_manifests", lambda: [manifest]))
        if module := sys.modules.get(_TEST_PYLINT):
            narrowed = _Overlay(tools, config=_Config(tools.config, manifest.path))
            stack.enter_context(mock.patch.object(module, "tools", narrowed))
        yield


class _Overlay:
    """Another object, less what is replaced."""

    def __init__(self, target: object, **replaced: object):
        self._target = target
        self.__dict__.update(replaced)

    def __getattr__(self, name: str) -> object:
        return getattr(self._target, name)


class _Config(_Overlay):
    """Odoo's options with another root folder."""

    def __init__(self, config: object, root: str):
        super().__init__(config, root_path=root)

    def __getitem__(self, name: str) -> object:
        return self._target[name]
