"""Reading the original of a logged email again."""

from odoo.exceptions import UserError

from ..tools.reasons import Reason
from .common import data, tagged
from .test_actions import ActionsCommon


@tagged("post_install", "-at_install")
class TestReadAgain(ActionsCommon):
    def test_read_again(self):
        """Missing content is added after a correction of the addon; the message stays the same record."""
        email = self._capture(data.MIXED, to="carla@customer.example, leo@customer.example")
        messages = email.line_ids.mail_message_id
        body, names = messages[0].body, set(messages[0].attachment_ids.mapped("name"))
        other = self.env["ir.attachment"].create({"name": "kept.txt", "raw": b"x"})
        messages.attachment_ids.unlink()
        messages.write({"body": "lost", "subject": "lost"})
        messages[0].attachment_ids = other  # no file of the mail
        email._set_captured([Reason("letters")], attachment_count=0)
        for user in self.outsiders:
            self._refuses(user, email, "action_read_again")
        self._call(self.boss, email, "action_read_again")
        for message in messages:
            self.assertEqual((message.subject, message.body.count("naïve as it is")), ("Our offer", 1))
            self.assertEqual(set((message.attachment_ids - other).mapped("name")), names)
            self.assertEqual(set((message._bcc_dropbox_get_files() - other).mapped("res_model")), {message.model})
        self.assertEqual(body.count("/web/image/"), messages[0].body.count("/web/image/"))
        self.assertTrue(other.exists())
        self.assertEqual((email.reason, email.attachment_count), (False, len(names)))
        self.assertHistory(email, "Boss Seller: Reloaded from the original.")

    def test_read_again_needs_original_and_rights(self):
        email = self._capture(to="leo@customer.example")
        self.sam.group_ids = self.env.ref("sales_team.group_sale_salesman")  # whose the lead is not
        self._refuses(self.sam, email, "action_read_again", "no access to the record")
        email.raw = False
        self._refuses(self.boss, email, "action_read_again", "no longer kept", error=UserError)
