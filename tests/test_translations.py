from odoo.exceptions import ValidationError

from .common import DropboxCommon, tagged
from .test_po_files import po_files


class TranslatedCommon(DropboxCommon):
    """The languages of the addon, with the terms of this addon only: loading all takes a minute."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        languages = cls.env["res.lang"].with_context(active_test=False)
        cls.languages = languages.search([("iso_code", "in", list(po_files.LANGUAGES))])
        cls.languages.active = True
        cls.env["ir.module.module"]._load_module_terms(["crm_bcc_dropbox"], cls.languages.mapped("code"))


@tagged("post_install", "-at_install")
class TestTranslations(TranslatedCommon):
    """Odoo finds the translations of each kind of term."""

    def test_languages(self):
        self.assertEqual(set(self.languages.mapped("iso_code")), set(po_files.LANGUAGES))

    def assertTranslated(self, read):
        """Check that a text differs from English in every language.

        :param read: a function that returns the text in an environment
        """
        own = self.env(user=self.own)
        english = read(own(context={"lang": "en_US"}))
        for language in self.languages:
            with self.subTest(language.name):
                self.assertNotEqual(read(own(context={"lang": language.code})), english)

    def test_fields(self):
        for model, name in (
            ("crm.bcc.dropbox.email", "email_from"),
            ("crm.bcc.dropbox.email", "line_ids"),
            ("crm.bcc.dropbox.email.line", "outcome"),
            ("crm.bcc.dropbox.sender", "verified"),
        ):
            with self.subTest(model=model, field=name):
                self.assertTranslated(lambda env: env[model].fields_get([name], ["string"])[name]["string"])  # noqa: B023

    def test_choices(self):
        self.assertTranslated(
            lambda env: str(env["crm.bcc.dropbox.email"].fields_get(["state"], ["selection"])["state"]["selection"])
        )

    def test_views(self):
        for name in ("res_users_view_form_preferences", "crm_bcc_dropbox_email_view_search"):
            with self.subTest(name):
                view_id = self.env.ref(f"crm_bcc_dropbox.{name}").id
                self.assertTranslated(lambda env: env["ir.ui.view"].sudo().browse(view_id).arch)  # noqa: B023

    def test_menu(self):
        menu_id = self.env.ref("crm_bcc_dropbox.crm_bcc_dropbox_email_menu").id
        self.assertTranslated(lambda env: env["ir.ui.menu"].browse(menu_id).name)

    def test_messages(self):
        def read(env):
            with self.assertRaises(ValidationError) as caught:
                env["crm.bcc.dropbox.sender"].create({"email": "nobody", "user_id": env.uid})
            return caught.exception.args[0]

        self.assertTranslated(read)
