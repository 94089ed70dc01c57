"""New addresses, and the grace period of old ones."""

from datetime import timedelta

from lxml import etree
from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from .common import data, tagged
from .test_access import AccessCommon

SHARED = ["bcc_dropbox_former", "bcc_dropbox_leak"]


@tagged("post_install", "-at_install")
class TestRenewal(AccessCommon):
    def _renew(self, grace_days=0, user=None):
        """Create a new address like the owner, and return the old one."""
        old = self.sam.bcc_dropbox_address
        self._call(user or self.sam, self.sam, "action_bcc_dropbox_regenerate", grace_days)
        self.assertNotEqual(self.sam.bcc_dropbox_address, old)
        return old

    def _end_grace(self, days=0, **delta):
        """Advance the clock of old addresses."""
        for token in self.dropbox.token_ids.filtered("replaced_date"):
            token.replaced_date -= timedelta(days=days, **delta)
        self.env.flush_all()

    def _get_end(self):
        return max(self.dropbox._get_former_tokens().mapped("replaced_date"))

    def _get_current(self):
        return self.dropbox.token_ids.filtered(lambda token: not token.replaced_date)

    # ------------------------------------------------------------
    # GRACE
    # ------------------------------------------------------------

    def test_at_once_by_default(self):
        old = self.sam.bcc_dropbox_address
        self._call(self.sam, self.sam, "action_bcc_dropbox_regenerate")
        self.assertFalse(self.dropbox.former)
        self.assertRow(self._capture(dropbox=old), "refused", "replaced")
        self.assertRow(self._capture(), "captured")

    def test_old_address_works_until_the_days_are_over(self):
        old = self._renew(3)
        self.assertRow(self._capture(dropbox=old), "captured")
        self.assertRow(self._capture(), "captured")
        self._end_grace(days=2)
        self.assertRow(self._capture(dropbox=old), "captured")
        # no job has run: the clock alone decides
        self._end_grace(days=1)
        self.assertRow(self._capture(dropbox=old), "refused", "replaced")
        self.assertFalse(self.dropbox.former)
        self.assertRow(self._capture(), "captured")

    def test_strangers_are_refused_at_an_old_address(self):
        old = self._renew(3)
        self.assertRow(self._capture(dropbox=old, sender="mallory@evil.example"), "refused", "mallory@evil.example")

    def test_present_address_is_preferred(self):
        """A mail with both is one email, to the present address."""
        old = self._renew(3)
        headers = f"Delivered-To: {old}\n"
        for template, dropbox in [(data.PLAIN, self.sam.bcc_dropbox_address), (data.BARE, "")]:
            headers = headers if dropbox else f"Bcc: {old}, {self.sam.bcc_dropbox_address}\n"
            email = self._capture(template, headers=headers, dropbox=dropbox)
            self.assertRow(email, "captured")
            self.assertEqual(email.token_id, self._get_current())

    def test_old_address_is_no_customer(self):
        old = self._renew(3)
        email = self._capture(to=f"{old}, new@customer.example")
        self.assertEqual(email.line_ids.mapped("email"), ["new@customer.example"])
        self.assertNotIn(old.partition("@")[0], f"{email.email_to} {email.recipients}")
        self.assertEqual(self.env["mail.alias.domain"]._find_aliases([old]), [old])

    def test_number_of_days(self):
        before = self._get_state()
        for days in (-1, 15, 400):
            self._refuses(self.sam, self.sam, "action_bcc_dropbox_regenerate", days, error=ValidationError)
            self._refuses(self.boss, self.dropbox, "action_regenerate", days, error=ValidationError)
        self.assertEqual(self._get_state(), before)
        self._renew(14)
        left = self._get_end() - fields.Datetime.now()
        self.assertLess(timedelta(days=13), left)
        self.assertLessEqual(left, timedelta(days=14))

    def test_several_old_addresses(self):
        """None works longer than the one that was replaced last."""
        first = self._renew(14)
        second = self._renew(2)
        until = {token.replaced_date for token in self.dropbox.token_ids if token.replaced_date}
        self.assertEqual(len(until), 1)
        for address in (first, second):
            self.assertRow(self._capture(dropbox=address), "captured")
        third = self._renew()
        for address in (first, second, third):
            self.assertRow(self._capture(dropbox=address), "refused", "replaced")

    def test_shorter_grace_of_an_older_address_stays(self):
        first = self._renew(2)
        second = self._renew(14)
        self._end_grace(days=3)
        self.assertRow(self._capture(dropbox=first), "refused", "replaced")
        self.assertRow(self._capture(dropbox=second), "captured")

    def test_stop_now(self):
        old = self._renew(14)
        action = self._call(self.sam, self.sam, "action_bcc_dropbox_stop_former")
        self.assertIn("no longer works", action["params"]["message"])
        self.assertFalse(self.dropbox.former)
        self.assertRow(self._capture(dropbox=old), "refused", "replaced")
        self.assertRow(self._capture(), "captured")
        old = self._renew(14)
        self._call(self.boss, self.dropbox, "action_stop_former")
        self.assertRow(self._capture(dropbox=old), "refused", "replaced")

    def test_permission_counts_for_old_addresses_too(self):
        old = self._renew(14)
        self.sam.group_ids = self.env.ref("base.group_user")
        self.assertRow(self._capture(dropbox=old), "refused", "have permission")

    @mute_logger("odoo.sql_db")
    def test_one_present_address(self):
        """The database prevents a second one, even if two processes act at the same moment."""
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.env["crm.bcc.dropbox.token"].create({"dropbox_id": self.dropbox.id})
        self._renew(3)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.dropbox.token_ids.replaced_date = False
            self.env.flush_all()

    # ------------------------------------------------------------
    # RIGHTS
    # ------------------------------------------------------------

    def test_others(self):
        self._renew(3)
        self.dropbox.write({"leak_reason": "exposed", "leak_date": "2026-11-24 09:00:00"})
        before = self._get_state()
        actions = ["regenerate", "stop_former", "keep"]
        for user in [*self.sellers, self.portal, self.clerk]:
            for action in actions:
                self._refuses(user, self.sam, f"action_bcc_dropbox_{action}")
            self._refuses(user, self.dropbox, "action_regenerate", 3)
            for method in ("action_stop_former", "action_keep_address"):
                self._refuses(user, self.dropbox, method)
                with self.assertRaises(UserError):  # nor with the system doing it for them
                    getattr(self.dropbox.with_user(user).sudo(), method)()
        self._refuses(self.sam, self.dropbox, "write", {"leak_reason": False})
        for user in self.sellers:
            with self.subTest(user=user.login):
                values = self._call(user, self.sam, "read", SHARED)[0]
                self.assertFalse(any(values[name] for name in SHARED))
        self.assertEqual(self._get_state(), before)
        for user in [self.sam, self.boss]:
            values = self._call(user, self.sam, "read", SHARED)[0]
            self.assertTrue(all(values[name] for name in SHARED))

    def test_managers(self):
        old = self.sam.bcc_dropbox_address
        action = self._call(self.boss, self.dropbox, "action_regenerate", 5)
        self.assertIn("5 more days", action["params"]["message"])
        self.assertRow(self._capture(dropbox=old), "captured")
        arch = self.env["crm.bcc.dropbox"].with_user(self.boss).get_view(view_type="form")["arch"]
        names = {button.get("name") for button in etree.fromstring(arch).iterfind(".//button")}
        self.assertLessEqual({"action_regenerate", "action_stop_former", "action_keep_address"}, names)
