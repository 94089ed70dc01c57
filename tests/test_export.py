"""Exports of the log: texts of strangers are no formulas in a spreadsheet."""

import csv
import io
import json

from odoo import http
from odoo.tests import BaseCase
from odoo.tests.common import HttpCase
from openpyxl import load_workbook

from ..tools.spreadsheet import escape_formula
from .common import tagged
from .test_access import EMAIL, LINE, AccessCommon

FORMULAS = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://evil.example","x")']


@tagged("post_install", "-at_install")
class TestEscape(BaseCase):
    def test_escape(self):
        for value in FORMULAS:
            self.assertEqual(escape_formula(value), f"'{value}")
        for value in ["", "Offer", "1=1", " =1", -1, 0, False, None, "'=1"]:
            self.assertEqual(escape_formula(value), value)


@tagged("post_install", "-at_install")
class TestExport(AccessCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boss.group_ids += cls.env.ref("base.group_allow_export")

    def _export(self, kind, model, names, domain, groupby=()):
        """Export like the browser."""
        self.authenticate("boss", "bossxxxx")
        options = {
            "model": model, "fields": [{"name": name, "label": name, "type": "char"} for name in names], "ids": False,
            "domain": domain, "import_compat": False, "groupby": list(groupby), "context": {},
        }  # fmt: skip
        data = {"data": json.dumps(options), "csrf_token": http.Request.csrf_token(self)}
        response = self.url_open(f"/web/export/{kind}", data=data)
        response.raise_for_status()
        return response.content

    def _get_cells(self, *arguments):
        sheet = load_workbook(io.BytesIO(self._export("xlsx", *arguments))).active
        return [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]

    def test_log(self):
        for formula in FORMULAS:
            self.email.write({"subject": formula, "email_from": formula})
            self.email.line_ids[0].email = formula
            for model, names, record in (
                (EMAIL, ["subject", "email_from", "line_ids/email"], self.email),
                (LINE, ["email", "email_id/subject"], self.email.line_ids[0]),
            ):
                domain = [("id", "in", record.ids)]
                with self.subTest(formula=formula, model=model):
                    for cells in (
                        self._get_cells(model, names, domain),
                        self._get_cells(model, names, domain, ["user_id"]),
                    ):
                        self.assertNotIn("f", {cell.data_type for cell in cells})
                        texts = {str(cell.value) for cell in cells}
                        self.assertFalse([text for text in texts if escape_formula(text) != text])
                    rows = csv.reader(io.StringIO(self._export("csv", model, names, domain).decode()))
                    texts = {value for row in rows for value in row}
                    self.assertFalse([text for text in texts if escape_formula(text) != text])
                    self.assertTrue([text for text in texts if text.startswith("'")])
