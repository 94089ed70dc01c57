"""What `./dev test` hands on to pytest."""

import sys
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from odoo.tests import BaseCase, tagged

CHECKOUT = Path(__file__).resolve().parents[1]

with mock.patch.object(sys, "path", [*sys.path, str(CHECKOUT / "scripts")]):
    from devtool.testing import get_apps, get_pytest_arguments

IGNORED = "--ignore=/addons/crm_bcc_dropbox/tests/test_documents_apps.py"


@tagged("post_install", "-at_install")
class TestDevArguments(BaseCase):
    def _get(self, *arguments):
        return get_pytest_arguments(SimpleNamespace(addons=Path("/addons"), checkout=CHECKOUT), arguments)

    def test_path(self):
        name = str(CHECKOUT / "tests" / "test_dev_arguments.py")
        self.assertEqual(
            self._get(f"{name}::Test", "-s"), ["/addons/crm_bcc_dropbox/tests/test_dev_arguments.py::Test", "-s"]
        )

    def test_expression(self):
        self.assertEqual(self._get("-k", "sender"), ["-k", "sender", IGNORED, "/addons/crm_bcc_dropbox/tests"])

    def test_long_expression(self):
        """An expression may be longer than a file name."""
        expression = " or ".join(["sender"] * 60)
        self.assertEqual(self._get("-k", expression), ["-k", expression, IGNORED, "/addons/crm_bcc_dropbox/tests"])

    def test_apps(self):
        """Tests that need further apps get a database with them, and run only there."""
        self.assertEqual(get_apps(["tests/test_documents_apps.py::Test", "-s"]), ["account", "project", "sale"])
        self.assertEqual(get_apps(["tests/test_documents.py", "-k", "test_documents_apps.py x"]), [])
