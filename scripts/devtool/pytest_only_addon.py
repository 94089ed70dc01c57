"""A pytest plugin: Odoo's own linters see this addon alone, of all that they would walk through."""

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
            config = mock.MagicMock(root_path=manifest.path)
            config.__getitem__.side_effect = tools.config.__getitem__
            narrowed = mock.Mock(wraps=tools, config=config, constants=tools.constants)
            stack.enter_context(mock.patch.object(module, "tools", narrowed))
        yield
