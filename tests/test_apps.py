"""The addon in the Apps list."""

from odoo.tests.common import TransactionCase

from .common import tagged


@tagged("post_install", "-at_install")
class TestApps(TransactionCase):
    def test_found_by_bcc(self):
        """The addon is an application, so the default filter of the list shows it."""
        action = self.env.ref("base.open_module_tree")
        self.assertIn("search_default_app", action.context)
        for word in ("bcc", "dropbox"):
            found = self.env["ir.module.module"].search(
                ["&", ("application", "=", True), "|", ("summary", "ilike", word), ("shortdesc", "ilike", word)]
            )
            self.assertIn("crm_bcc_dropbox", found.mapped("name"), word)

    def test_what_it_says(self):
        module = self.env["ir.module.module"].search([("name", "=", "crm_bcc_dropbox")])
        self.assertEqual(module.category_id, self.env.ref("base.module_category_sales_crm"))
        self.assertTrue(module.website and module.icon_image and module.description_html)
        self.assertIn("@", module.get_module_info(module.name)["support"])
