"""The packages of `./dev package`: their content, and the addon installed from them."""

import os
import subprocess
import sys
import tempfile
import zipfile
from email.parser import HeaderParser
from pathlib import Path

from odoo.modules.module import Manifest
from odoo.tests import BaseCase, tagged

from . import data
from .own_database import ADDON, copied_base, get_addons, get_options
from .servers import Odoo

CHECKOUT = Path(__file__).resolve().parents[1]
BALLAST = {".ci", "docs", "tests", "receiver", "requirements", "devtool", "bench", "dev", "pyproject.toml"}
MAX_BYTES = 2_000_000


@tagged("post_install", "-at_install")
class TestPackage(BaseCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="bcc-package-")))
        subprocess.run(
            [sys.executable, CHECKOUT / "dev", "package", "--target", cls.folder], check=True, capture_output=True
        )
        cls.manifest = Manifest.for_addon(ADDON)
        version = cls.manifest["version"]
        cls.wheel = cls.folder / f"odoo_addon_{ADDON}-{version}-py3-none-any.whl"
        cls.zip = cls.folder / f"{ADDON}-{version}.zip"

    def test_names(self):
        """The names do not depend on the folder of the checkout."""
        self.assertEqual(set(self.folder.iterdir()), {self.wheel, self.zip})

    def test_contents(self):
        """Only what the addon needs to run; the same in both."""
        contents = {}
        for path, top in ((self.wheel, f"odoo/addons/{ADDON}/"), (self.zip, f"{ADDON}/")):
            with self.subTest(path.name), zipfile.ZipFile(path) as archive:
                self.assertLess(path.stat().st_size, MAX_BYTES)
                names = [name for name in archive.namelist() if not name.endswith("/") and ".dist-info/" not in name]
                self.assertFalse([name for name in names if not name.startswith(top)])
                files = {name.removeprefix(top): archive.read(name) for name in names}
                self.assertFalse([name for name in files if BALLAST.intersection(Path(name).parts)])
                self.assertFalse([name for name in files if Path(name).name.startswith(".") or name.endswith(".pot")])
                for name in ("static/description/index.html", "scripts/odoo_bcc_mailgate.py", "LICENSE"):
                    self.assertEqual(files[name], (CHECKOUT / name).read_bytes())
                self.assertNotIn(b"tests", files["__manifest__.py"])
                contents[path] = files
        self.assertEqual(contents[self.wheel], contents[self.zip])

    def test_metadata(self):
        with zipfile.ZipFile(self.wheel) as archive:
            [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
            metadata = HeaderParser().parsestr(archive.read(name).decode())
        self.assertEqual(metadata["Name"], f"odoo-addon-{ADDON}")
        self.assertEqual(metadata["Version"], self.manifest["version"])
        self.assertEqual(metadata["Home-page"], self.manifest["website"])
        self.assertEqual(metadata["Description-Content-Type"], "text/markdown")
        readme = metadata.get_payload()
        self.assertTrue(readme.startswith("# CRM BCC Dropbox"))
        self.assertIn(f"({self.manifest['website']}/docs/mail-server.md)", readme)
        self.assertNotIn("](docs/", readme)

    def test_wheel(self):
        """Installed by pip into a folder."""
        target = self.folder / "site"
        self.addCleanup(subprocess.run, ["rm", "-r", target], check=True)
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", target, self.wheel]
        subprocess.run(command, check=True, capture_output=True)
        self._check_installed(target / "odoo" / "addons")

    def test_zip(self):
        """Unpacked into a folder."""
        target = self.folder / "addons"
        self.addCleanup(subprocess.run, ["rm", "-r", target], check=True)
        with zipfile.ZipFile(self.zip) as archive:
            archive.extractall(target)
        self._check_installed(target)

    def _check_installed(self, addons):
        """Install the addon from the Apps list of a database without it, and deliver a mail by its script."""
        self.assertNotEqual(addons, get_addons())
        name = self._testMethodName
        with copied_base(name) as database, Odoo(self.folder / name, database, get_options(addons)) as odoo:
            [admin] = odoo.call("res.users", "search", [("login", "=", "admin")])
            odoo.call("res.users", "write", [admin], {"email": "admin@acme.example"})
            odoo.call("ir.module.module", "update_list")
            [addon] = odoo.call("ir.module.module", "search", [("name", "=", ADDON), ("application", "=", True)])
            odoo.call("ir.module.module", "button_immediate_install", [addon])
            domain = odoo.call("mail.alias.domain", "create", {"name": "acme.example"})
            odoo.call("res.company", "write", [1], {"alias_domain_id": domain})
            [values] = odoo.call("res.users", "read", [admin], ["bcc_dropbox_address"])
            mail = data.BARE.format(
                body="Hello", date="Mon, 23 Nov 2026 10:00:00 +0100", headers="", message_id="<1@laptop.example>",
                sender="admin@acme.example", subject="Our offer", to="new@customer.example",
            )  # fmt: skip
            subprocess.run(
                [
                    sys.executable, addons / ADDON / "scripts" / "odoo_bcc_mailgate.py",
                    f"--recipient={values['bcc_dropbox_address']}", "--sender=admin@acme.example",
                ],
                input=mail.encode(), check=True, capture_output=True,
                env={**os.environ, "ODOO_URL": odoo.url, "ODOO_DB": database, "ODOO_LOGIN": "admin",
                     "ODOO_PASSWORD": "admin"},
            )  # fmt: skip
            [email] = odoo.call("crm.bcc.dropbox.email", "search_read", [], ["state", "reason"])
            self.assertEqual(email["state"], "captured", email["reason"])
            [lead] = odoo.call("crm.lead", "search_read", [("email_from", "=", "new@customer.example")], ["name"])
            self.assertEqual(lead["name"], "new@customer.example: Our offer")
            lines = [line for line in odoo.log.splitlines() if " WARNING " in line or " ERROR " in line]
            self.assertFalse([line for line in lines if ADDON in line])
