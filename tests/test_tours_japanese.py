from datetime import datetime

from odoo.tests import tagged

from .screens import LanguageCase, PhoneCase


@tagged("post_install", "-at_install")
class TestToursJapanese(LanguageCase):
    """Users who read Japanese see no English on the addon's screens."""

    language = "ja_JP"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.name = "エース"
        cls.env.ref("base.user_admin").name = "管理者"
        cls.own.name = "山田 花子"
        cls.own.image_1920 = cls.own.partner_id._avatar_generate_svg()
        cls.contact.name = "鈴木 太郎"

    def setUp(self):
        super().setUp()
        captured = self._capture(user=self.own, to="Carla@customer.example", subject="お見積り")
        self.assertRow(captured, "captured")
        refused = self._capture(user=self.own, sender="hanako@home.example", subject="価格表")
        received = self._receive_forwarded(
            {"user": self.own, "to": "鈴木 太郎 <carla@customer.example>", "subject": "納期について"},
            sent=datetime(2026, 11, 23, 9, 0),
        )
        for email in captured + refused + received:
            self._backdate(email, email.date, duration=240)

    def test_captured(self):
        self.start_tour("/odoo/all-captured-emails", "bcc_dropbox_japanese_captured", login="own")

    def test_chatter(self):
        self.start_tour(f"/odoo/contacts/{self.contact.id}", "bcc_dropbox_japanese_chatter", login="own")

    def test_preferences(self):
        self.start_tour("/odoo/crm", "bcc_dropbox_japanese_preferences", login="own")


@tagged("post_install", "-at_install")
class TestToursJapanesePhone(PhoneCase, TestToursJapanese):
    """The same screens on a phone."""
