from lxml import etree
from odoo.exceptions import AccessError, UserError
from odoo.tools.safe_eval import safe_eval

from .common import tagged
from .test_access import DROPBOX, AccessCommon

ACTIONS = ["action_archive", "action_unarchive", "action_regenerate", "action_stop_former", "action_keep_address"]


@tagged("post_install", "-at_install")
class TestDropboxList(AccessCommon):
    """The list of all dropboxes, used by a manager."""

    def test_archived_refuses_mail(self):
        address = self.sam.bcc_dropbox_address
        self.assertTrue(self._call(self.boss, self.dropbox, "action_archive"))
        self.assertFalse(self.dropbox.active)
        self.assertFalse(self.sam.with_user(self.sam).bcc_dropbox_address)
        self.assertFalse(self.dropbox.with_user(self.boss).address)
        self.assertRow(self._capture(dropbox=address), "refused", "archived")
        self.assertTrue(self._call(self.boss, self.dropbox, "action_unarchive"))
        self.assertEqual(self.sam.bcc_dropbox_address, address, "the same as before")
        self.assertRow(self._capture(dropbox=address), "captured")

    def test_several(self):
        dropboxes = self.dropbox + self.lea.bcc_dropbox_ids
        self._call(self.boss, dropboxes, "action_archive")
        self.assertEqual(dropboxes.mapped("active"), [False, False])
        self._call(self.boss, dropboxes, "action_unarchive")
        before = dropboxes.mapped("address")
        answer = self._call(self.boss, dropboxes, "action_regenerate")
        self.assertFalse(set(before) & set(dropboxes.mapped("address")))
        self.assertIn("Sam Seller", answer["params"]["message"])
        self.assertNotIn("bcc-", str(answer))

    def test_regenerate(self):
        old = self.sam.bcc_dropbox_address
        self._call(self.boss, self.dropbox, "action_regenerate")
        self.assertRow(self._capture(dropbox=old), "refused", "replaced")
        self.assertRow(self._capture(), "captured")
        self.sam.group_ids = self.env.ref("base.group_user")
        self._refuses(self.boss, self.dropbox, "action_regenerate", error=UserError)

    def test_others_can_do_nothing(self):
        before = self._get_state()
        for user in [self.sam, *self.sellers, *self.outsiders]:
            for action in ACTIONS:
                self._refuses(user, self.dropbox, action)
                with self.subTest(user=user.login, action=action), self.assertRaises(AccessError):
                    # nor as superuser
                    getattr(self.dropbox.with_user(user).sudo(), action)()
        self.assertEqual(self._get_state(), before)

    def test_captured_emails(self):
        self._create_email(self.lea)
        action = self._call(self.boss, self.dropbox, "action_open_emails")
        self.assertEqual(self.env[action["res_model"]].with_user(self.boss).search(action["domain"]), self.email)
        action = self._call(self.lea, self.dropbox, "action_open_emails")
        self.assertFalse(self.env[action["res_model"]].with_user(self.lea).search(action["domain"]), "not hers")

    def test_filters(self):
        self._create_email(self.lea).write({"state": "captured"})
        view = self.env.ref("crm_bcc_dropbox.crm_bcc_dropbox_view_search")
        search = etree.fromstring(view.arch)
        Dropbox = self.env[DROPBOX].with_user(self.boss)

        def find(name):
            domain = safe_eval(search.find(f".//filter[@name='{name}']").get("domain"))
            return Dropbox.search(domain).user_id & (self.sam + self.lea)

        self.assertEqual(find("refused"), self.sam)
        self.assertEqual(find("unused"), self.sam)
        self.assertFalse(find("archived"))
        self._call(self.boss, self.dropbox, "action_archive")
        self.assertEqual(find("archived"), self.sam)

    def test_menu(self):
        menu = self.env.ref("crm_bcc_dropbox.crm_bcc_dropbox_menu")
        visible = {
            user.login: menu.id in self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
            for user in [self.boss, self.sam, self.clerk]
        }
        self.assertEqual(visible, {"boss": True, "sam": False, "clerk": False})
