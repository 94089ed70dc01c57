"""The part of the preferences about received emails, in a browser."""

from odoo import fields
from odoo.tests import tagged

from . import redirected_mails as mails
from .screens import PhoneCase, ScreenCase

PARAMETER = "crm_bcc_dropbox.authentication_host"


@tagged("post_install", "-at_install")
class TestToursReplies(ScreenCase):
    def test_replies(self):
        self.env["ir.config_parameter"].set_param(PARAMETER, mails.MX)
        dropbox = self.own.bcc_dropbox_ids
        email = self._capture(
            mails.GMAIL_CODE, user=self.own, sender="Gmail Team <forwarding-noreply@google.com>",
            subject=mails.GMAIL_SUBJECTS["en"], body=mails.GMAIL_BODY, results="dmarc=pass header.from=google.com",
        )  # fmt: skip
        self.assertFalse(email)
        dropbox.write({"flood_date": fields.Date.today(), "skipped_count": 3})
        self.start_tour("/odoo/crm", "bcc_dropbox_replies", login="own")
        self.env.invalidate_all()
        self.assertEqual([dropbox.redirects, dropbox.redirects_bulk, dropbox.redirects_unknown], [True, False, True])


@tagged("post_install", "-at_install")
class TestToursRepliesPhone(PhoneCase, TestToursReplies):
    """The same screens on a phone."""
