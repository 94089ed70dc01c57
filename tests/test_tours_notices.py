"""Notices, in a browser: the choice in the preferences, the daily email, and the pages behind its links."""

from odoo.tests import tagged

from ..tools.notice_link import MINE, NEVER, PATH, UNDO, create_key, make_link
from .screens import PhoneCase, ScreenCase
from .test_digest import DigestCommon


@tagged("post_install", "-at_install")
class TestToursNotices(DigestCommon, ScreenCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dropbox = cls.own.bcc_dropbox_ids

    def _follow(self, action, subject, **values):
        """Follow a link as someone who is not logged in, and return the email."""
        if values:
            self.dropbox.write(values)
        email = self._receive_emails(subject)
        self.env.flush_all()
        owner = email.with_env(self.dropbox._get_owner_env())
        link = make_link(owner, action, create_key(self.dropbox), self.own.email)
        path = PATH + link.partition(PATH)[2]
        with self.mock_mail_gateway():
            self.start_tour(path, f"bcc_dropbox_notice_{action}", login=None)
        self.env.invalidate_all()
        return email, path

    def test_preferences(self):
        self._choose("problems", "odoo", self.own)
        self.start_tour("/odoo/crm", "bcc_dropbox_notices", login="own")
        self.env.invalidate_all()
        self.assertRecordValues(self.dropbox, [{"notice": "all", "notice_by": "email"}])

    def test_daily_email(self):
        self._choose("all", "email", self.own)
        self.dropbox.propose = True
        self._receive_emails(
            "Price list", "Offer for your new office", "Holiday plans", "Our talk at the fair", "Terms of payment",
            "Visit on Thursday",
        )  # fmt: skip
        [mail] = self._run_job()
        page = self.env["ir.attachment"].create(
            {"name": "mail.txt", "mimetype": "text/plain", "raw": mail["body"].encode(), "public": True}
        )
        self.start_tour(f"{PATH}#{page.id}", "bcc_dropbox_daily_email", login="own")

    def test_undo(self):
        email, path = self._follow(UNDO, "Visit on Thursday")
        self.assertRow(email, "unmatched", "Removed by Owen Clarke")
        self.start_tour(path, "bcc_dropbox_notice_used", login=None)

    def test_mine(self):
        email, _path = self._follow(MINE, "Price list")
        self.assertRow(email, "captured")

    def test_never(self):
        email, _path = self._follow(NEVER, "Our talk at the fair", propose=True)
        self.assertRow(email, "unmatched")
        self.assertEqual(self.own.bcc_dropbox_exclusion_ids.pattern, "quai-ouest.example")


@tagged("post_install", "-at_install")
class TestToursNoticesPhone(PhoneCase, TestToursNotices):
    """The same screens on a phone."""
