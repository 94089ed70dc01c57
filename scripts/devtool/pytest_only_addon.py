"""A pytest plugin: Odoo's own linters see this addon alone, of all that they would walk through."""

from collections.abc import Iterator
from unittest import mock

import pytest

ADDON = "crm_bcc_dropbox"


@pytest.fixture(scope="session", autouse=True)
def only_this_addon(load_registry: None) -> Iterator[None]:
    """Narrow what the linters iterate over, once Odoo itself has loaded everything."""
    from odoo import tools
    from odoo.addons.test_lint.tests import test_pylint
    from odoo.modules import Manifest

    manifest = Manifest.for_addon(ADDON)
    config = mock.MagicMock(root_path=manifest.path)
    config.__getitem__.side_effect = tools.config.__getitem__
    narrowed = mock.Mock(wraps=tools, config=config, constants=tools.constants)
    with (
        mock.patch.object(Manifest, "all_addon_manifests", lambda: [manifest]),
        mock.patch.object(test_pylint, "tools", narrowed),
    ):
        yield
