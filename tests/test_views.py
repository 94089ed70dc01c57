from lxml import etree
from odoo import fields
from odoo.tools.safe_eval import safe_eval

from .common import DropboxCommon, tagged

VIEWS = ["list", "kanban", "form", "search", "graph", "pivot"]
OWN = "crm_bcc_dropbox.crm_bcc_dropbox_email_action"
REPORT = "crm_bcc_dropbox.crm_bcc_dropbox_email_action_report"


class ViewsCommon(DropboxCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Email = cls.env["crm.bcc.dropbox.email"]

    def _get_arch(self, user, kind, model="crm.bcc.dropbox.email"):
        views = self.env[model].with_user(user).get_views([(False, kind)])
        return etree.fromstring(views["views"][kind]["arch"])

    def _search(self, user, filter_name):
        """Search by a filter of the search view, as the web client evaluates it."""
        node = self._get_arch(user, "search").find(f".//filter[@name='{filter_name}']")
        domain = safe_eval(node.get("domain"), {"uid": user.id})
        return self.Email.with_user(user).search(domain)


@tagged("post_install", "-at_install")
class TestViews(ViewsCommon):
    """The views of captured emails, for each kind of user."""

    def test_views_load(self):
        for user in (self.sam, self.own, self.boss):
            for kind in VIEWS:
                with self.subTest(user=user.login, view=kind):
                    self.assertEqual(self._get_arch(user, kind).tag, kind)

    def test_owner_is_shown_to_managers(self):
        for kind in VIEWS[:4]:
            with self.subTest(view=kind):
                self.assertIsNone(self._get_arch(self.sam, kind).find(".//field[@name='user_id']"))
                self.assertIsNotNone(self._get_arch(self.boss, kind).find(".//field[@name='user_id']"))

    def test_menus(self):
        own, report = (
            self.env.ref(f"crm_bcc_dropbox.crm_bcc_dropbox_email_menu{suffix}") for suffix in ("", "_report")
        )
        for user, seen in [(self.sam, own), (self.boss, own | report), (self.clerk, own.browse())]:
            with self.subTest(user=user.login):
                menus = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
                self.assertEqual({own.id, report.id} & set(menus), set(seen.ids))

    def test_actions(self):
        """A manager sees their own emails in one list, those of all users in the other."""
        own, others = self._capture(user=self.boss), self._capture(user=self.sam)
        for xmlid, found in [(OWN, own), (REPORT, own + others)]:
            self.assertLessEqual({"list", "form", "graph", "pivot"}, set(self.env.ref(xmlid).view_mode.split(",")))
            domain = safe_eval(self.env.ref(xmlid).domain or "[]", {"uid": self.boss.id})
            self.assertEqual(self.Email.with_user(self.boss).search(domain), found.sorted("id", reverse=True))

    def test_filters(self):
        captured = self._capture()
        refused = self._capture(sender="x@elsewhere.example")
        archived = self._capture(sender="x@elsewhere.example")
        archived.active = False
        unmatched = self._capture(to="lea@acme.example")
        failed = self._capture()
        failed.state = "failed"
        old = self._capture()
        old.direction = "incoming"
        every = captured + refused + archived + unmatched + failed + old
        every.flush_recordset()
        # SQL: the ORM does not write it
        self.env.cr.execute(
            "UPDATE crm_bcc_dropbox_email SET create_date = create_date - interval '40 days' WHERE id = %s", old.ids
        )
        every.invalidate_recordset()
        expected = {
            "attachments": self.Email,
            "captured": captured + old,
            "archived": archived,
            "failed": failed,
            "last_weeks": every - old - archived,
            "mine": self.Email,
            "pending": self.Email,
            "received": old,
            "refused": refused,
            "sent": every - old - archived,
            "this_week": every - old - archived,
            "todo": refused + unmatched + failed,
            "unmatched": unmatched,
        }
        found = {name: self._search(self.boss, name) for name in expected}
        self.assertEqual(found, {name: emails.sorted("id", reverse=True) for name, emails in expected.items()})

    def test_groups(self):
        """Users who see the views can group by their fields."""
        self._capture()
        for user in (self.sam, self.boss):
            Email = self.Email.with_user(user)
            for node in self._get_arch(user, "search").findall(".//group/filter"):
                group = safe_eval(node.get("context"))["group_by"]
                with self.subTest(user=user.login, group=group):
                    self.assertEqual(Email.formatted_read_group([], [group], ["__count"])[0]["__count"], 1)
            rows = Email.formatted_read_group([], ["create_date:day", "user_id", "state"], ["__count", "tries:sum"])
            self.assertEqual(len(rows), 1)
        self.assertEqual(self.Email.fields_get(["duration"], ["aggregator"])["duration"]["aggregator"], "avg")


@tagged("post_install", "-at_install")
class TestExplanation(ViewsCommon):
    """The details of an email on the form."""

    def _explain(self, email, user=None):
        return email.with_user(user or self.sam).explanation

    def test_captured(self):
        email = self._capture(to="carla@customer.example")
        text = self._explain(email)
        self.assertIn("X-Original-To header added by your mail server", text)
        self.assertIn("Sent from sam@acme.example, a sender address of Sam Seller", text)
        self.assertRegex(text, r"Received .+, processed in \d+\.\d\d seconds\.")
        self.assertNotIn(self.sam.bcc_dropbox_address, text)

    def test_headers(self):
        email = self._capture()
        for header, last_hop, words in [
            ("envelope", True, "Delivered by your mail server."),
            ("x-bcc-dropbox-recipient", False, "X-Bcc-Dropbox-Recipient header added by another mail server"),
            ("delivered-to", True, "Delivered-To header added by your mail server"),
            ("delivered-to", False, "Delivered-To header added by another mail server"),
            ("bcc", True, "Bcc header, written by the sender"),
            ("cc", True, "Cc header, written by the sender"),
            ("received", False, "Received header added by another mail server"),
            (False, False, "Sent from"),
        ]:
            with self.subTest(header=header, last_hop=last_hop):
                email.write({"found_in": header, "from_last_hop": last_hop})
                self.assertIn(words, self._explain(email).splitlines()[0])
        email.write({"found_in": "cc", "exposed": True})
        self.assertIn("“Cc”, where every recipient can see it", self._explain(email).splitlines()[0])

    def test_duration(self):
        email = self._capture()
        for duration, words in [(43, "0.04 seconds"), (2_000, "2.00 seconds"), (7_200_000, "2 hours")]:
            email.duration = duration
            self.assertIn(f"in {words}.", self._explain(email))

    def test_refused_and_pending(self):
        refused = self._capture(sender="x@elsewhere.example")
        self.assertNotIn("sender address", self._explain(refused), "the reason says it")
        refused.write({"state": "pending", "next_try": fields.Datetime.now()})
        self.assertIn("next attempt", self._explain(refused))
        refused.next_try = False
        self.assertIn("being processed.", self._explain(refused))

    def test_recipients(self):
        email = self._capture(to="carla@customer.example, new@customer.example")
        found, created = email.line_ids
        self.assertEqual(found.explanation, "Logged on Contact “Carla Customer”.")
        self.assertEqual(created.explanation, "No match. Created Opportunity “new@customer.example: Our offer”.")
        self.env["crm.lead"].browse(created.res_id).unlink()
        self.assertIn("a record that no longer exists", created.explanation)
        found.write({"res_id": False, "reasons": [["create_nothing", {}]]})
        self.assertEqual(found.explanation, "No record has this address, and you chose not to create any.")

    def test_no_subject(self):
        email = self._capture(subject="")
        self.assertEqual(email.display_name, "(no subject)")
