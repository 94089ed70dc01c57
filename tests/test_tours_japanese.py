from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase
from .test_translations import TranslatedCommon


@tagged("post_install", "-at_install")
class TestToursJapanese(TranslatedCommon, ScreenCase):
    """Whoever reads Japanese reads no English on the addon's screens."""

    def setUp(self):
        super().setUp()
        self.own.write({"lang": "ja_JP", "name": "山田 花子"})
        self.contact.name = "鈴木 太郎"
        self.assertRow(self._capture(user=self.own, to="Carla@customer.example", subject="お見積り"), "captured")

    def test_captured(self):
        self._capture(user=self.own, sender="hanako@home.example", subject="価格表")
        self.start_tour("/odoo/captured-emails", "bcc_dropbox_japanese_captured", login="own")

    def test_preferences(self):
        self.start_tour(f"/odoo/my-preferences/{self.own.id}", "bcc_dropbox_japanese_preferences", login="own")


@tagged("post_install", "-at_install")
class TestToursJapanesePhone(PhoneCase, TestToursJapanese):
    """The same screens on a phone."""
