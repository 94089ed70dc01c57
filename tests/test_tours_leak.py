from datetime import datetime
from unittest.mock import patch

from odoo.tests import tagged

from .acme import NOW
from .screens import PhoneCase, ScreenCase


@tagged("post_install", "-at_install")
class TestToursLeak(ScreenCase):
    """The leak alarm and the days of grace, in a browser."""

    def setUp(self):
        super().setUp()
        self._receive_emails("Delivery dates")  # everything works

    def _open_preferences(self, tour):
        self.start_tour("/odoo/crm", tour, login="own")
        self.env.invalidate_all()

    def _expose(self, user):
        email = self._capture(user=user, to=f"{user.bcc_dropbox_address}, Carla@customer.example")
        self._backdate(email, datetime.fromisoformat(NOW), duration=140)

    def _receive_from_strangers(self, user):
        for name in "abc":
            self._capture(user=user, sender=f"{name}@evil.example")

    def test_new_address(self):
        old = self.own.bcc_dropbox_address
        self._expose(self.own)
        self._open_preferences("bcc_dropbox_leak")
        self.assertNotEqual(self.own.bcc_dropbox_address, old)
        self.assertRow(self._capture(user=self.own, dropbox=old), "refused", "replaced")

    def test_keep(self):
        address = self.own.bcc_dropbox_address
        self._receive_from_strangers(self.own)
        self._open_preferences("bcc_dropbox_leak_keep")
        self.assertEqual(self.own.bcc_dropbox_address, address)
        self.assertFalse(self.own.bcc_dropbox_leak)

    def test_grace(self):
        old = self.own.bcc_dropbox_address
        token = self.registry["crm.bcc.dropbox.token"]
        with patch.object(token, "_generate_token", lambda _self: "owennewaddressexampl"):
            self._open_preferences("bcc_dropbox_grace")
        self.assertNotEqual(self.own.bcc_dropbox_address, old)
        self.assertRow(self._capture(user=self.own, dropbox=old), "refused", "replaced")

    def test_managers(self):
        self._expose(self.lea)
        self._receive_from_strangers(self.own)
        before = (self.own + self.lea).mapped("bcc_dropbox_address")
        self.start_tour("/odoo/action-crm_bcc_dropbox.crm_bcc_dropbox_action", "bcc_dropbox_leaks", login="boss")
        self.env.invalidate_all()
        self.assertNotEqual(self.own.bcc_dropbox_address, before[0])
        self.assertFalse(self.own.bcc_dropbox_ids.leak_reason)


@tagged("post_install", "-at_install")
class TestToursLeakPhone(PhoneCase, TestToursLeak):
    """The same screens on a phone."""
