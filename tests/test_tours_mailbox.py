from odoo.tests import tagged

from .screens import PhoneCase, ScreenCase

MAILBOX = "copies@acme.example"


@tagged("post_install", "-at_install")
class TestToursMailbox(ScreenCase):
    """The screens of a mailbox for BCC copies, in a browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["fetchmail.server"].search([]).unlink()
        cls.env["ir.config_parameter"].set_param("crm_bcc_dropbox.authentication_host", "*.outlook.com")
        login = {"server": "imap.acme.example", "port": 993, "is_ssl": True, "user": MAILBOX, "password": "secret"}
        cls.server = cls.env["fetchmail.server"].create({"name": "BCC copies", "state": "done", **login})

    def test_mailbox(self):
        self._create_user("ada", "base.group_system,sales_team.group_sale_manager")
        self.start_tour(
            f"/odoo/action-mail.action_email_server_tree/{self.server.id}", "bcc_dropbox_mailbox", login="ada"
        )
        self.server.invalidate_recordset()
        self.assertTrue(self.server.bcc_dropbox_by_sender)

    def test_unclaimed(self):
        for number, (email_from, code, values) in enumerate(
            [
                ("Marc Dubois <marc.dubois@quai-ouest.example>", "no_owner", {}),
                ("Lea Novak <lea@acme.example>", "not_genuine", {"result": "none"}),
                ("Clara Kim <clara@acme.example>", "owner_not_permitted", {}),
            ]
        ):
            values["sender"] = email_from.partition("<")[2].rstrip(">")
            self.env["crm.bcc.dropbox.poll"].create(
                {
                    "server_id": self.server.id,
                    "key": str(number),
                    "state": "unclaimed",
                    "email_from": email_from,
                    "date": f"2026-11-2{number} 10:26:00",
                    "reasons": [[code, values]],
                }
            )
        self.start_tour(
            "/odoo/action-crm_bcc_dropbox.crm_bcc_dropbox_poll_action", "bcc_dropbox_unclaimed", login="boss"
        )

    def test_preferences(self):
        self.server.bcc_dropbox_by_sender = True
        self.start_tour("/odoo/crm", "bcc_dropbox_preferences_mailbox", login="own")


@tagged("post_install", "-at_install")
class TestToursMailboxPhone(PhoneCase, TestToursMailbox):
    """The same screens on a phone."""
