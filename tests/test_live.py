"""Open pages learn at once what was logged, changed or removed: ids only, and only those who may read them."""

import contextlib
import json
from unittest.mock import patch

from odoo.addons.mail.tools.discuss import Store
from odoo.tools import mute_logger

from ..tools import live
from .access_table import INTERNAL, LEAD_READERS, MANAGERS, PERSONAS
from .common import GatewayCommon, data, tagged
from .test_access import AccessCommon

GATEWAY = "odoo.addons.crm_bcc_dropbox.models.crm_bcc_dropbox_email_gateway"


class LiveCommon(GatewayCommon):
    def setUp(self):
        super().setUp()
        self.last = self._find_last()

    def _find_last(self):
        self.env.cr.precommit.run()  # in the transaction of a user, the bus writes its rows at the end
        return self.env["bus.bus"].sudo()._bus_last_id()

    def _read_news(self):
        """Return the notifications since the last call: list of channel, type and payload."""
        last, self.last = self.last, self._find_last()
        rows = self.env["bus.bus"].sudo().search([("id", ">", last)], order="id")
        news = [(json.loads(row.channel)[1:], json.loads(row.message)) for row in rows]
        found = [
            (channel, message["type"], message["payload"])
            for channel, message in news
            if message["type"] in (live.EMAILS, live.MESSAGES)
        ]
        # an action with a savepoint sends twice
        return [item for number, item in enumerate(found) if item not in found[:number]]

    def _of_owner(self, user=None, **ids):
        return ["res.partner", (user or self.sam).partner_id.id], live.EMAILS, ids

    def _of_record(self, record, *messages):
        ids = [message.id for message in messages]
        return (
            [record._name, record.id, "bcc_dropbox"],
            live.MESSAGES,
            {"model": record._name, "id": record.id, "message_ids": ids},
        )


@tagged("post_install", "-at_install")
class TestLive(LiveCommon):
    # ------------------------------------------------------------
    # GATEWAY
    # ------------------------------------------------------------

    def test_logged(self):
        email = self._capture(to="leo@customer.example, carla@customer.example")
        message, other = email.line_ids.mapped("mail_message_id")
        self.assertCountEqual(
            self._read_news(),
            [
                self._of_owner(changed=email.ids, logged=email.ids),
                self._of_record(self.lead, message),
                self._of_record(self.contact, other),
            ],
        )

    def test_nothing_else(self):
        """Notifications contain no text, address or token, and nobody is notified in Odoo's sense."""
        with self.assertSilent():
            self._capture(data.MIXED, to="Leo <leo@customer.example>", subject="Offer 4711", body="Word 4711")
        rows = self.env["bus.bus"].sudo().search([("id", ">", self.last)])
        self.assertTrue(rows)
        for text in ("4711", "@", "Leo", self.sam.bcc_dropbox_ids.token_ids.token, "token"):
            self.assertNotIn(text, str(rows.mapped("message")))

    def test_kinds(self):
        """The owner sees a toast for what arrived, but not for what strangers or exclusions cause."""
        self.env["crm.bcc.dropbox.exclusion"].create({"pattern": "clinic.example", "user_id": self.sam.id})
        cases = [
            ({"to": "leo@customer.example"}, "captured", "logged"),
            ({"to": "lea@acme.example"}, "unmatched", "problems"),
            ({"to": "doctor@clinic.example"}, "unmatched", None),
            ({"sender": "mallory@evil.example"}, "refused", None),
            ({"headers": "Auto-Submitted: auto-replied\n"}, "refused", "problems"),
        ]
        for values, state, kind in cases:
            with self.subTest(values=values):
                email = self._capture(**values)
                self.assertRow(email, state)
                news = {"changed": email.ids, **({kind: email.ids} if kind else {})}
                self.assertIn(self._of_owner(**news), self._read_news())

    def test_new_record(self):
        email = self._capture()
        self.assertIn(self._of_record(self._get_record(email), email.line_ids.mail_message_id), self._read_news())

    def test_several_owners(self):
        self._capture(**self._share_sender(), headers=f"Delivered-To: {self.lea.bcc_dropbox_address}\n")
        emails = self._get_rows()
        self.assertEqual(emails.user_id, self.sam + self.lea)
        news = self._read_news()
        for email in emails:
            self.assertIn(self._of_owner(email.user_id, changed=email.ids, logged=email.ids), news)

    # ------------------------------------------------------------
    # ACTIONS OF USERS
    # ------------------------------------------------------------

    def test_actions(self):
        """The pages of the owner change, without a toast; so do the records that the email leaves or joins."""
        email = self._capture(to="leo@customer.example")
        line, message = email.line_ids, email.line_ids.mail_message_id
        email, line = email.with_user(self.sam), line.with_user(self.sam)
        self._read_news()
        line._move_to(self.contact.with_user(self.sam))
        on_contact = self._of_record(self.contact, message)
        self.assertCountEqual(
            self._read_news(), [self._of_owner(changed=email.ids), self._of_record(self.lead, message), on_contact]
        )
        email.action_undo()
        self.assertCountEqual(self._read_news(), [self._of_owner(changed=email.ids), on_contact])
        email.action_dismiss()
        self.assertEqual(self._read_news(), [self._of_owner(changed=email.ids)])
        email._file_by_hand(self.lead.with_user(self.sam))
        message = email.line_ids.mail_message_id
        self.assertCountEqual(
            self._read_news(), [self._of_owner(changed=email.ids), self._of_record(self.lead, message)]
        )

    def test_retry(self):
        """A retry by a user is no arrival: no toast."""
        email = self._capture(to="lea@acme.example")
        self._read_news()
        email.with_user(self.sam).action_retry()
        self.assertIn(self._of_owner(changed=email.ids), self._read_news())

    def test_manager(self):
        """What a manager does with an email is news for its owner."""
        email = self._capture(to="leo@customer.example")
        self._read_news()
        email.with_user(self.boss).action_undo()
        self.assertIn(self._of_owner(changed=email.ids), self._read_news())

    def test_after_an_error(self):
        """What an action changed that failed is no news; what the same request changes afterwards is."""
        email, other = self._capture(to="leo@customer.example"), self._capture(to="leo@customer.example")
        self._read_news()
        with contextlib.suppress(ValueError), self.env.cr.savepoint():
            email.active = False
            raise ValueError
        other.active = False
        self.assertEqual(self._read_news(), [self._of_owner(changed=other.ids)])

    def test_beginning(self):
        """A page knows what was sent before it was made, if its user gets such notifications."""
        self._capture(to="leo@customer.example")
        for user, expected in ((self.sam, self._find_last()), (self.clerk, None)):
            store = Store()
            self.env["res.users"].with_user(user)._init_store_data(store)
            values = store.get_result()["Store"]
            self.assertIn("crm.lead", values["bcc_dropbox_models"])
            self.assertEqual(values.get("bcc_dropbox_bus_id"), expected)

    def test_several_lines(self):
        """An email that is on a record for two recipients is removed for both."""
        question = self.lead.message_post(body="Question", message_type="comment")
        headers = f"In-Reply-To: {question.message_id}\n"
        email = self._capture(to="leo@customer.example", headers=headers)
        email.line_ids.copy({"email": "second@customer.example"})
        message = email.line_ids.mail_message_id
        self.assertEqual(len(message), 1)
        email.line_ids.with_user(self.sam).action_undo()
        self.assertFalse(message.exists())
        self.assertRow(email, "unmatched", "Removed by")

    @mute_logger(GATEWAY)
    def test_failed_email(self):
        """An email that could not be logged yet is shown as well."""
        with patch.object(self.registry["crm.bcc.dropbox.email"], "_file_admitted", side_effect=OSError("full")):
            email = self._capture()
        self.assertRow(email, "pending")
        self.assertEqual(self._read_news(), [self._of_owner(changed=email.ids)])


@tagged("post_install", "-at_install")
class TestLiveAccess(AccessCommon):
    """Who may subscribe to the chatter of a record, and who sees the actions on a message."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.users = {persona: getattr(cls, login) for persona, login in PERSONAS.items()}

    def _find_channels(self, user, *names):
        self.env.invalidate_all()
        return live.find_channels(self.env(user=user), names)

    def test_readers(self):
        names = [f"bcc_dropbox:{record._name}:{record.id}" for record in (self.lead, self.contact)]
        for persona, user in self.users.items():
            with self.subTest(persona=persona), mute_logger("odoo.addons.base.models.ir_rule"):
                found = self._find_channels(user, "other", *names)
                expected = ["other"]
                expected += [(self.contact, "bcc_dropbox")] if persona in INTERNAL else []
                expected += [(self.lead, "bcc_dropbox")] if persona in LEAD_READERS else []
                self.assertCountEqual(found, expected)

    def test_odd_names(self):
        """Whatever a browser asks for, it gets the channels of records only, and no error."""
        self.assertFalse(
            self._find_channels(
                self.boss,
                *("bcc_dropbox:", "bcc_dropbox:crm.lead", "bcc_dropbox:crm.lead:0", "bcc_dropbox:crm.lead:x"),
                *("bcc_dropbox:crm.lead:999999999999999999999", "bcc_dropbox:crm.lead:999999999"),
                *("bcc_dropbox:no.model:1", "bcc_dropbox:mail.thread:1", f"bcc_dropbox:res.users:{self.boss.id}"),
                f"bcc_dropbox:crm.lead:{self.lead.id} ",
            )
        )

    def test_number(self):
        """The number of channels is limited; the queries do not depend on it."""
        leads = self.env["crm.lead"].create([{"name": "n", "user_id": self.lea.id} for _n in range(live.MAX_CHATTERS)])
        names = [f"bcc_dropbox:crm.lead:{lead_id}" for lead_id in (self.lead + leads).ids]
        self.env.flush_all()
        env = self.env(user=self.lea)
        live.find_channels(env, names)  # warm up caches
        self.env.invalidate_all()
        with self.assertQueryCount(2):  # do they exist, and may the user read them
            channels = live.find_channels(env, names)
        self.assertEqual(len(channels), live.MAX_CHATTERS)

    def test_actions_on_the_message(self):
        """Only the owner and managers may act on a captured email; other readers of the record see nothing of it."""
        email = self._capture(to="leo@customer.example")
        message = email.line_ids.mail_message_id
        for persona in LEAD_READERS:
            with self.subTest(persona=persona):
                self.env.invalidate_all()
                stored = Store().add(message.with_user(self.users[persona])).get_result()["mail.message"]
                [values] = [values for values in stored if values["id"] == message.id]
                lines = {"email_id": email.id, "ids": email.line_ids.ids} if persona in MANAGERS else None
                self.assertEqual(values.get("bcc_dropbox_lines"), lines)

    def test_sent_to_others(self):
        """What the bus sends to other users contains nothing of it."""
        message = self._capture(to="leo@customer.example").line_ids.mail_message_id.with_user(self.sam)
        for target in (self.lea, self.portal):
            store = Store(bus_channel=target).add(message)
            self.assertNotIn("bcc_dropbox_lines", str(store.get_result()))

    def test_manager_sees_own_first(self):
        """A message that is the email of several users is, for a manager, their own."""
        self.boss.sudo().bcc_dropbox_ids.sender_ids.create(
            {"dropbox_id": self.boss.bcc_dropbox_ids.id, "email": "sam@acme.example", "verified": True}
        )
        self._capture(to="leo@customer.example", headers=f"Delivered-To: {self.boss.bcc_dropbox_address}\n")
        emails = self.env["crm.bcc.dropbox.email"].search([("state", "=", "captured")])
        message = emails.line_ids.mail_message_id
        self.assertEqual((len(emails), len(message)), (2, 1))
        for user in (self.sam, self.boss):
            [values] = Store().add(message.with_user(user)).get_result()["mail.message"]
            own = emails.filtered(lambda email, user=user: email.user_id == user)
            self.assertEqual(values["bcc_dropbox_lines"], {"email_id": own.id, "ids": own.line_ids.ids})

    def _count(self, messages):
        Store().add(messages.with_user(self.sam)).get_result()  # warm up caches
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        Store().add(messages.with_user(self.sam)).get_result()
        return self.env.cr.sql_log_count - before

    def test_queries(self):
        """One query for all captured emails of a chatter, none for a chatter without one."""
        notes = self.env["mail.message"]
        for _number in range(30):
            notes += self.lead.message_post(body="A word", message_type="comment")
        emails = self.env["crm.bcc.dropbox.email"]
        for _number in range(30):
            emails += self._capture(to="leo@customer.example")
        captured = notes.browse(emails.line_ids.mail_message_id.ids)
        self.assertEqual((len(notes), len(captured)), (30, 30))
        with patch("odoo.addons.crm_bcc_dropbox.models.mail_message.find_lines", return_value={}):
            without = [self._count(notes), self._count(captured)]
        self.assertEqual([self._count(notes), self._count(captured)], [without[0], without[1] + 1])
        self.assertEqual(self._count(captured[:1]), self._count(captured))
