"""What the web client reads to show and copy a user's own BCC address."""

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common import DropboxCommon

FIELDS = ["bcc_dropbox_address", "bcc_dropbox_mailbox", "bcc_dropbox_leak"]


@tagged("post_install", "-at_install")
class TestOwnAddress(DropboxCommon, HttpCase):
    def _log_in(self, user):
        self.authenticate(user.login, user.login + "x" * (8 - len(user.login)))

    def _read(self, user):
        params = {"model": "res.users", "method": "read", "args": [user.ids, FIELDS], "kwargs": {}}
        call = {"jsonrpc": "2.0", "method": "call", "params": params}
        return self.url_open("/web/dataset/call_kw/res.users/read", json=call)

    def test_read(self):
        """Users read their own address with the lowest rights; without the permission there is none."""
        for user, has_address in ((self.own, True), (self.clerk, False)):
            with self.subTest(user=user.login):
                self._log_in(user)
                [values] = self._read(user).json()["result"]
                self.assertEqual(values["bcc_dropbox_address"], has_address and user.bcc_dropbox_address)
                self.assertFalse(values["bcc_dropbox_mailbox"])
                self.assertFalse(values["bcc_dropbox_leak"])

    @mute_logger("odoo.http")
    def test_read_of_others(self):
        for user in (self.lea, self.clerk):
            with self.subTest(user=user.login):
                self._log_in(user)
                self.assertNotIn(self.own.bcc_dropbox_address, self._read(self.own).text)

    def test_page(self):
        """The address is in no page, nor in what the web client loads with it."""
        self._log_in(self.own)
        token = self.own.sudo().bcc_dropbox_ids.token_ids.token
        for url in ("/odoo", "/odoo/captured-emails", "/web/webclient/load_menus"):
            with self.subTest(url=url):
                response = self.url_open(url)
                self.assertEqual(response.status_code, 200)
                self.assertNotIn(token, response.text)
        session = self.url_open("/web/session/get_session_info", json={})
        self.assertEqual(session.json()["result"]["uid"], self.own.id)
        self.assertNotIn(token, session.text)

    def test_actions(self):
        """The action about one's own emails shows the address; those about the emails of others do not."""
        own_action = self.env["ir.actions.act_window"]._for_xml_id("crm_bcc_dropbox.crm_bcc_dropbox_email_action")
        self.assertIn("bcc_dropbox_show_address", own_action["context"])
        for action in (
            self.env["ir.actions.act_window"]._for_xml_id("crm_bcc_dropbox.crm_bcc_dropbox_email_action_report"),
            self.own.sudo().bcc_dropbox_ids.action_open_emails(),
            self.lead.with_user(self.lea).action_open_bcc_dropbox_emails(),
        ):
            self.assertNotIn("bcc_dropbox_show_address", str(action["context"]))
