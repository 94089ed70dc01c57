"""The leak alarm: when it is raised, the notice to the owner, and how it ends."""

from datetime import timedelta

from lxml import etree
from odoo import fields
from odoo.tools.safe_eval import safe_eval

from .common import Command, data, tagged
from .test_notices import NoticesCommon


@tagged("post_install", "-at_install")
class TestLeak(NoticesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dropbox = cls.sam.bcc_dropbox_ids

    def _capture_from(self, *senders, **values):
        """Receive an email from each of some senders, and return the last one."""
        for sender in senders:
            email = self._capture(sender=sender, **values)
        return email

    def _capture_exposed(self, **values):
        return self._capture(to=f"{self.sam.bcc_dropbox_address}, new@customer.example", **values)

    def _do(self, action):
        getattr(self.sam.with_user(self.sam), f"action_bcc_dropbox_{action}")()
        self.env.invalidate_all()

    def assertAlarm(self, reason):
        """Check the reason of the alarm, if any, on both screens that show it."""
        self.env.invalidate_all()
        self.assertEqual(self.dropbox.leak_reason, reason)
        self.assertEqual(bool(self.dropbox.leak_date), bool(reason))
        sam = self.sam.with_user(self.sam)
        words = {"exposed": "was used in To or Cc", "strangers": "Unknown senders are using"}
        self.assertIn(words.get(reason, ""), sam.bcc_dropbox_leak or "")
        self.assertEqual(bool(sam.bcc_dropbox_leak), bool(reason))

    # ------------------------------------------------------------
    # TO AND CC
    # ------------------------------------------------------------

    def test_exposed(self):
        self._capture()
        self.assertAlarm(False)
        for place in ({"to": "{}, new@customer.example"}, {"headers": "Cc: {}\n"}):
            with self.subTest(place=place), self.assertSilent():
                values = {name: value.format(self.sam.bcc_dropbox_address) for name, value in place.items()}
                self.assertRow(self._capture(**values), "captured")
                self.assertAlarm("exposed")
                self._do("regenerate")
                self.assertAlarm(False)
        notices = " ".join(self._get_notices(self.sam))
        self.assertEqual(notices.count("was used in To or Cc"), 2)

    def test_exposed_by_a_stranger(self):
        """A reply to all recipients has no further effect: one notice is enough."""
        self.assertRow(self._capture_exposed(sender="stranger@evil.example"), "refused")
        self.assertAlarm("exposed")
        [notice] = self._get_notices(self.sam)
        self.assertIn("was used in To or Cc", notice)

    def test_told_once(self):
        """The list shows further events."""
        for _number in range(3):
            self._capture_exposed()
        self.assertEqual(len(self._get_notices(self.sam)), 1)

    def test_old_address(self):
        """A new address would not help, because there already is one."""
        for days in (3, 0):
            old = self.sam.bcc_dropbox_address
            self.sam.action_bcc_dropbox_regenerate(days)
            senders = [f"{number}@evil.example" for number in range(4)]
            self._capture_from(*senders, dropbox=old)
            self.assertTrue(self._capture(dropbox=old, to=f"{old}, new@customer.example").exposed)
            self.assertAlarm(False)

    def test_colleague(self):
        self._capture_exposed()
        self.assertFalse(self.lea.bcc_dropbox_ids.leak_reason)
        self.assertFalse(self._get_notices(self.lea))

    # ------------------------------------------------------------
    # STRANGERS
    # ------------------------------------------------------------

    def test_unknown_sender_is_told_first(self):
        """It may be an address that the owner forgot to add."""
        self._capture_from(*["sam@home.example"] * 5)
        self.assertAlarm(False)
        [notice] = self._get_notices(self.sam)
        self.assertIn("sam@home.example", notice)

    def test_several_strangers(self):
        self._capture_from("a@evil.example", "B <b@evil.example>", "A@evil.example", '"b" <B@EVIL.example>')
        self.assertAlarm(False)
        email = self._capture_from("c@evil.example")
        self.assertRow(email, "refused", "c@evil.example")
        self.assertAlarm("strangers")
        notice = self._get_notices(self.sam)[0]
        self.assertIn("Unknown senders are using your BCC address", notice)
        self.assertIn(f'data-oe-id="{email.id}"', notice.replace("'", '"'))
        self.assertNotIn(self.dropbox.token_ids.token, notice)

    def test_senders_that_no_parser_reads(self):
        """They are processed, as are later emails, and the owner can look at them."""
        email = self._capture_from("(" * 800)
        self.assertRow(email, "refused", "not one of your sender addresses")
        self.assertTrue(email.with_user(self.sam).explanation)
        self._capture_from("a@evil.example")
        self.assertRow(self._capture_from("b@evil.example"), "refused", "b@evil.example")
        self.assertAlarm("strangers")

    def test_very_many_mails_of_one_stranger(self):
        self._capture_from(*["a@evil.example"] * 19)
        self.assertAlarm(False)
        self._capture_from("a@evil.example")
        self.assertAlarm("strangers")

    def test_own_addresses_are_no_strangers(self):
        """Not even an unconfirmed address, nor an automatic email of the owner."""
        self.dropbox.sender_ids = [
            Command.create({"email": f"{number}@sam.example", "verified": False}) for number in range(3)
        ]
        self._capture_from(*[f"{number}@sam.example" for number in range(3)])
        for _number in range(20):
            self._capture(headers="Auto-Submitted: auto-replied\n")
        self.assertAlarm(False)

    def test_forgotten_addresses_that_were_added(self):
        self._capture_from("a@sam.example", "b@sam.example")
        self.dropbox.sender_ids = [
            Command.create({"email": f"{name}@sam.example", "verified": True}) for name in ("a", "b")
        ]
        self._capture_from("stranger@evil.example")
        self.assertAlarm(False)

    def test_strangers_of_another_week(self):
        self._capture_from("a@evil.example", "b@evil.example")
        self.env["crm.bcc.dropbox.email"].search([]).done_date = fields.Datetime.now() - timedelta(days=8)
        self._capture_from("c@evil.example")
        self.assertAlarm(False)

    def test_not_in_floods(self):
        """During an alarm, there is not even one notice per hour."""
        self._capture_from(*(f"{name}@evil.example" for name in "abcd"))
        count = len(self._get_notices(self.sam))
        # SQL: the ORM does not let anyone choose when a record was made
        self.env.cr.execute("UPDATE crm_bcc_dropbox_email SET create_date = create_date - interval '2 hours'")
        self._capture_from(*(f"{name}@evil.example" for name in "efgh"))
        self.assertEqual(len(self._get_notices(self.sam)), count)

    def test_without_permission(self):
        """No alarm is raised for owners who can't act on it."""
        address = self.sam.bcc_dropbox_address
        self.sam.group_ids = self.env.ref("base.group_user")
        self._capture(to=f"{address}, new@customer.example", dropbox=address)
        self.assertFalse(self.dropbox.leak_reason)

    # ------------------------------------------------------------
    # END
    # ------------------------------------------------------------

    def test_one_click(self):
        self._capture_exposed()
        old = self.sam.bcc_dropbox_address
        self._do("regenerate")
        self.assertAlarm(False)
        self.assertRow(self._capture(data.PLAIN, dropbox=old), "refused", "replaced")

    def test_keep_the_address(self):
        address = self.sam.bcc_dropbox_address
        self._capture_exposed()
        self._do("keep")
        self.assertAlarm(False)
        self.assertEqual(self.sam.bcc_dropbox_address, address)
        # the recipients reply to all
        self._capture_from("new@customer.example", to=f"sam@acme.example, {address}")
        self.assertAlarm(False)
        self._capture_exposed()
        self.assertAlarm("exposed")

    def test_only_what_comes_later_counts(self):
        self._capture_from(*(f"{name}@evil.example" for name in "abc"))
        self._do("keep")
        self.dropbox.leak_kept_date -= timedelta(minutes=1)  # dates are of whole seconds
        self.dropbox.email_ids.done_date = fields.Datetime.now() - timedelta(minutes=2)
        self._capture_from("d@evil.example", "e@evil.example")
        self.assertAlarm(False)
        self._capture_from("f@evil.example")
        self.assertAlarm("strangers")

    def test_managers(self):
        self._capture_exposed()
        view = self.env.ref("crm_bcc_dropbox.crm_bcc_dropbox_view_search")
        domain = safe_eval(etree.fromstring(view.arch).find(".//filter[@name='leaked']").get("domain"))
        Dropbox = self.env["crm.bcc.dropbox"].with_user(self.boss)
        self.assertEqual(Dropbox.search(domain), self.dropbox)
        self.dropbox.with_user(self.boss).action_keep_address()
        self.assertAlarm(False)
        self._capture_exposed()
        self.dropbox.with_user(self.boss).action_regenerate()
        self.assertAlarm(False)
