"""System parameters: the documented defaults are correct, and values of earlier versions are kept."""

import re
from pathlib import Path

from ..tools.parameters import PARAMETERS
from ..wizard.res_config_settings import LIMITS
from .common import DropboxCommon, tagged

ROOT = Path(__file__).parents[1]
ROW = re.compile(r"^\| `(\w+)` \| `?([^`\s]*)`? \|", re.M)
"""In the table of the README."""
MENTION = re.compile(r"(\d+) MB \(system parameter `crm_bcc_dropbox\.(\w+)`\)")
"""In the other documents."""


@tagged("post_install", "-at_install")
class TestParameters(DropboxCommon):
    def test_readme(self):
        rows = {key: value for key, value in ROW.findall((ROOT / "README.md").read_text()) if key in PARAMETERS}
        self.assertEqual(rows, {key: str(PARAMETERS[key]) for key in rows})
        self.assertLessEqual(LIMITS.keys(), rows.keys())

    def test_documents(self):
        found = [pair for path in (ROOT / "docs").glob("*.md") for pair in MENTION.findall(path.read_text())]
        self.assertTrue(found)
        for value, key in found:
            self.assertEqual(int(value), PARAMETERS[key], key)

    def test_fields_have_the_same_defaults(self):
        fields = self.env["res.config.settings"]._fields
        for key in [*LIMITS, "authentication"]:
            self.assertEqual(fields[f"bcc_dropbox_{key}"].default(None), PARAMETERS[key], key)

    def test_upgrade(self):
        """Earlier versions created parameters, which Odoo must not delete together with their data file."""
        Parameter, Data = self.env["ir.config_parameter"], self.env["ir.model.data"]
        values = {"max_senders": "5", "max_recipients": "77"}
        for key, value in values.items():
            parameter = Parameter.create({"key": f"crm_bcc_dropbox.{key}", "value": value})
            Data.create(
                {
                    "module": "crm_bcc_dropbox", "name": f"config_parameter_{key}", "noupdate": True,
                    "model": parameter._name, "res_id": parameter.id,
                }
            )  # fmt: skip
        # as at the end of an upgrade that loads all other records
        others = Data.search([("name", "not like", "config_parameter_")])
        loaded = {f"{data.module}.{data.name}" for data in others}
        self.registry.loaded_xmlids.update(loaded)
        self.addCleanup(self.registry.loaded_xmlids.clear)
        Data._process_end(["crm_bcc_dropbox"])
        kept = {key: Parameter.get_param(f"crm_bcc_dropbox.{key}") for key in values}
        self.assertEqual(kept, values)
