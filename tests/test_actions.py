"""Actions on a captured email, called like a client."""

import base64
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tests.common import new_test_user
from odoo.tools import mute_logger
from psycopg2 import IntegrityError

from ..models.crm_bcc_dropbox_sender import MAX_SPELLINGS
from .common import Command, DropboxCommon, data, tagged

ACTIONS = [
    "action_adopt_sender",
    "action_create_contact",
    "action_create_lead",
    "action_dismiss",
    "action_file_on",
    "action_restore",
    "action_retry",
    "action_undo",
]


class ActionsCommon(DropboxCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.portal = new_test_user(cls.env, login="portal", groups="base.group_portal")
        cls.outsiders = [cls.lea, cls.own, cls.clerk, cls.portal, cls.env.ref("base.public_user")]
        cls.secret = cls.sam.bcc_dropbox_ids.token_ids.token

    def _call(self, user, records, method, *arguments, **context):
        """Call a public method by RPC, with an empty cache and any context."""
        self.env.flush_all()
        self.env.invalidate_all()
        Model = self.env[records._name].with_user(user).sudo(False)
        with mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model"):
            result = call_kw(Model, method, [records.ids, *arguments], {"context": context} if context else {})
        self.env.flush_all()
        self.env.invalidate_all()
        return result

    def _refuses(self, user, records, method, words="", error=AccessError):
        """Check that a call raises an error with some words, without the token, and changes nothing."""
        with self.subTest(user=user.login, method=method):
            before = records.read(load=None)
            with self.assertRaises(error) as caught, self.env.cr.savepoint():
                self._call(user, records, method)
            self.assertIn(words, str(caught.exception))
            self.assertNotIn(self.secret, str(caught.exception))
            self.env.invalidate_all()
            self.assertEqual(records.read(load=None), before)

    def _ask(self, user, records, method):
        """Open the dialog for logging an email, and return its record."""
        action = self._call(user, records, method)
        self.assertEqual((action["res_model"], action["target"]), ("crm.bcc.dropbox.file", "new"))
        return self.env[action["res_model"]].browse(action["res_id"])

    def _answer(self, user, wizard, record):
        self._call(user, wizard, "web_save", {"record": f"{record._name},{record.id}"}, {})
        return self._call(user, wizard, "action_confirm")

    def _file_on(self, user, email, record):
        return self._answer(user, self._ask(user, email, "action_file_on"), record)

    def _capture_refused(self, **values):
        email = self._capture(sender="Sam <sam@home.example>", **values)
        self.assertRow(email, "refused")
        return email

    def _capture_unmatched(self, **values):
        """Return an email for which its owner may not create a record."""
        with patch.object(self.env.registry["crm.lead"], "_create_bcc_dropbox_record", side_effect=IntegrityError):
            email = self._capture(**values)
        self.assertRow(email, "unmatched")
        return email

    def _get_captured(self, record):
        return record.message_ids.filtered(lambda message: message.message_type == "email_outgoing")

    def assertHistory(self, email, *lines):
        """Check users and texts of the history, without the dates."""
        history = (email.history or "").splitlines()
        self.assertEqual(len(history), len(lines), history)
        for line, expected in zip(history, lines, strict=True):
            self.assertTrue(line.endswith(expected), line)
            self.assertRegex(line, r"^\S*2026|^\w+ \d+, \d{4}|^\d")
        self.assertNotIn(self.secret, email.history or "")


@tagged("post_install", "-at_install")
class TestActions(ActionsCommon):
    """Logging by hand and archiving, and the rights for it."""

    # ------------------------------------------------------------
    # WHAT IS STORED
    # ------------------------------------------------------------

    def test_row_says_to_whom(self):
        email = self._capture(
            data.MIXED,
            to=f"Nora New <new@customer.example>, {self.sam.bcc_dropbox_address}, lea@acme.example",
            headers="Cc: Carla <carla@customer.example>\n",
        )
        self.assertRow(email, "captured")
        self.assertRecordValues(
            email,
            [
                {
                    "email_to": '"Nora New" <new@customer.example>, lea@acme.example',
                    "email_cc": '"Carla" <carla@customer.example>',
                    "recipients": "new@customer.example, carla@customer.example",
                    "attachment_count": 1,
                    "active": True,
                    "history": False,
                }
            ],
        )
        for message in email.line_ids.mail_message_id:
            self.assertEqual(message.bcc_dropbox_to, email.email_to)
            self.assertEqual(message.bcc_dropbox_cc, email.email_cc)
            self.assertFalse(message.incoming_email_to)

    def test_row_of_a_refused_mail(self):
        email = self._capture_refused(to="new@customer.example, lea@acme.example")
        self.assertEqual(email.recipients, "new@customer.example")
        self.assertEqual(email.email_to, "new@customer.example, lea@acme.example")

    # ------------------------------------------------------------
    # WHO MAY
    # ------------------------------------------------------------

    def test_only_owner_and_managers(self):
        refused, captured = self._capture_refused(), self._capture(to="leo@customer.example")
        for user in self.outsiders:
            for action in ACTIONS:
                self._refuses(user, refused, action)
                self._refuses(user, captured, action)
            self._refuses(user, captured.line_ids, "action_move")

    def test_one_mail_at_a_time(self):
        mails = self._capture_refused() + self._capture_refused()
        for action in set(ACTIONS) - {"action_retry"}:
            self._refuses(self.sam, mails, action, error=ValueError)

    def test_state_has_to_fit(self):
        refused, captured = self._capture_refused(), self._capture(to="leo@customer.example")
        for action in set(ACTIONS) - {"action_undo", "action_retry"}:
            self._refuses(self.sam, captured, action, "Logged", UserError)
        self._refuses(self.sam, refused, "action_undo", "Rejected", UserError)

    def test_busy(self):
        email = self._capture_refused()
        Email = self.env.registry["crm.bcc.dropbox.email"]
        with patch.object(Email, "try_lock_for_update", lambda self, **_options: self.browse()):
            for action in ("action_adopt_sender", "action_create_lead", "action_dismiss"):
                self._refuses(self.sam, email, action, "right now", UserError)

    def test_original_gone(self):
        email = self._capture_refused()
        email.raw = False
        for action in ("action_file_on", "action_create_lead", "action_create_contact"):
            self._refuses(self.sam, email, action, "no longer kept", UserError)
        self.assertFalse(email.with_user(self.sam).can_adopt_sender)

    def test_owner_without_permission(self):
        email = self._capture_refused(to="leo@customer.example")
        wizard = self._ask(self.boss, email, "action_file_on")
        self.sam.group_ids = self.env.ref("base.group_user")
        self._refuses(self.boss, email, "action_create_lead", "have permission", UserError)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self._answer(self.boss, wizard, self.lead)

    def test_client_has_no_say_in_the_context(self):
        email = self._capture_refused()
        context = {"bin_size": True, "default_user_id": self.lea.id, "default_res_id": 1, "default_reason": "x"}
        self._call(self.sam, email, "action_create_lead", **context)
        self.assertEqual(self._get_record(email).user_id, self.sam)
        self.assertFalse(email.line_ids.reason)

    # ------------------------------------------------------------
    # IT WAS ME
    # ------------------------------------------------------------

    def test_adopt_sender(self):
        email = self._capture_refused(to="leo@customer.example")
        self.assertTrue(email.with_user(self.sam).can_adopt_sender)
        self.assertFalse(email.with_user(self.boss).can_adopt_sender)
        self._call(self.sam, email, "action_adopt_sender")
        self.assertEqual(self._get_record(email), self.lead)
        sender = self.sam.bcc_dropbox_ids.sender_ids.filtered(lambda sender: sender.email == "sam@home.example")
        self.assertTrue(sender)
        self.assertFalse(sender.verified, "others may write in this name, until it is confirmed")
        self.assertRow(self._capture_refused(), "refused", "not confirmed")
        self.assertHistory(email, "Sam Seller: Confirmed as sent by the owner from sam@home.example.")
        self.assertEqual(self._get_captured(self.lead).author_id, self.sam.partner_id)

    def test_adopt_sender_who_is_there_unconfirmed(self):
        dropbox = self.sam.bcc_dropbox_ids
        dropbox.sender_ids = [Command.create({"email": "SAM@home.example"})]
        for number in range(3):
            dropbox.sender_ids = [Command.create({"email": f"sam{number}@other.example"})]
        email = self._capture_refused(to="leo@customer.example")
        with self.assertSilent():
            self._call(self.sam, email, "action_adopt_sender")
        self.assertRow(email, "captured")
        self.assertEqual(len(dropbox.sender_ids), 5)

    def test_adopt_sender_of_a_mail_without_customers(self):
        email = self._capture_refused(to="lea@acme.example")
        self._call(self.sam, email, "action_adopt_sender")
        self.assertRow(email, "unmatched", "No customer")
        self.assertIn("sam@home.example", self.sam.bcc_dropbox_ids.sender_ids.mapped("email"))

    def test_spelling_is_remembered(self):
        """An ambiguous spelling of a sender address is accepted, but no other spelling or address."""
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.authentication_host", "mx.acme.example")
        forged = f"X-Original-To: {self.sam.bcc_dropbox_address}\n"
        forged += "Authentication-Results: mx.acme.example; dmarc=fail header.from=acme.example\n"
        for sender in (
            "Seller, Sam <sam@acme.example>",
            "<sam@acme.example> (Sam",
            "'sam@acme.example'",
            '"sam@home.example" <sam@acme.example>',
        ):
            with self.subTest(sender=sender):
                email = self._capture(sender=sender)
                self.assertEqual(email.state, "refused", email.reason)
                self.assertTrue(email.with_user(self.sam).can_adopt_sender)
                self.assertTrue(email.is_sender_doubtful)
                self.assertFalse(email.with_user(self.boss).can_adopt_sender)
                own = self.sam.bcc_dropbox_ids.sender_ids
                self._call(self.sam, email, "action_adopt_sender")
                self.assertRow(email, "captured")
                self.assertEqual(self.sam.bcc_dropbox_ids.sender_ids, own)
                self.assertRow(self._capture(sender=sender.replace(" <", "  <")), "captured")
                self.assertEqual(self._capture(sender=f"Other, {sender}").state, "refused")
                self.assertRow(self._capture(data.BARE, sender=sender, headers=forged), "refused", "not really from")
        self.sam.bcc_dropbox_ids.sender_ids.verified = False
        self.assertEqual(self._capture(sender=sender).state, "refused")

    def test_spelling_of_an_address_to_confirm(self):
        sender = "Seller, Sam <sam@home.example>"
        email = self._capture(sender=sender)
        self._call(self.sam, email, "action_adopt_sender")
        self.assertRow(email, "captured")
        own = self.sam.bcc_dropbox_ids.sender_ids.filtered(lambda own: own.email == "sam@home.example")
        self.assertFalse(own.verified)
        self.assertEqual(self._capture(sender=sender).state, "refused")
        own.verified = True
        self.assertRow(self._capture(sender=sender), "captured")
        own.email = "sam@other.example"
        own.verified = True
        self.assertEqual(self._capture(sender=sender).state, "refused")

    def test_many_spellings(self):
        own = self.sam.bcc_dropbox_ids.sender_ids[0]
        for number in [*range(MAX_SPELLINGS + 1), 5]:
            own._remember_spelling(f"{number}, Sam <sam@acme.example>")
        numbers = [int(line.partition(",")[0]) for line in own.spellings.splitlines()]
        self.assertEqual(sorted(numbers), list(range(1, MAX_SPELLINGS + 1)))
        self.assertEqual(numbers[-1], 5)

    def test_accepted_stays_accepted(self):
        email = self._capture_refused(to="lea@acme.example")
        self._call(self.sam, email, "action_adopt_sender")
        self.sam.bcc_dropbox_ids.sender_ids.filtered(lambda sender: not sender.verified).unlink()
        self._call(self.sam, email, "action_retry")
        self.assertRow(email, "unmatched")
        self.sam.group_ids = self.env.ref("base.group_user")
        self._call(self.boss, email, "action_retry")
        self.assertRow(email, "refused", "have permission")
        self.assertNotIn("accepted", self._call(self.boss, email, "read")[0])

    def test_not_adoptable(self):
        dropbox = self.sam.bcc_dropbox_ids
        automatic = "Auto-Submitted: auto-replied\n"
        mails = {
            "own address": self._capture(headers=automatic),
            "two senders": self._capture(sender="sam@home.example, sam@other.example"),
            "unreadable": self._capture(sender="sam"),
            "captured": self._capture(to="leo@customer.example"),
        }
        for case, email in mails.items():
            with self.subTest(case=case):
                self.assertFalse(email.with_user(self.sam).can_adopt_sender)
                if email.state == "refused":
                    self._refuses(self.sam, email, "action_adopt_sender")
        email = self._capture_refused()
        self._refuses(self.boss, email, "action_adopt_sender", "Only the owner")
        dropbox.sender_ids = [Command.create({"email": f"sam{n}@other.example"}) for n in range(4)]
        self.assertFalse(email.with_user(self.sam).can_adopt_sender, "there is no room")

    # ------------------------------------------------------------
    # FILE ON
    # ------------------------------------------------------------

    def test_file_on(self):
        for capture in (self._capture_refused, self._capture_unmatched):
            email = capture(to="new@customer.example, carla@new.example")
            with self.assertSilent():
                self._file_on(self.sam, email, self.lead)
            self.assertRow(email, "captured")
            self.assertRecordValues(
                email.line_ids,
                [
                    {
                        "email": "new@customer.example",
                        "outcome": "matched",
                        "reason": "Logged by Sam Seller",
                        "res_model": "crm.lead",
                        "res_id": self.lead.id,
                    },
                    {
                        "email": "carla@new.example",
                        "outcome": "skipped",
                        "reason": "The email was logged on one record by hand.",
                        "res_model": False,
                        "res_id": 0,
                    },
                ],
            )
            self.assertHistory(email, "Sam Seller: Logged on “Big deal”.")
            message = email.line_ids.mail_message_id
            self.assertEqual(message.author_id, self.sam.partner_id)
            self.assertIn(message, self._get_captured(self.lead))

    def test_file_on_the_record_of_one_recipient(self):
        email = self._capture_refused(to="new@customer.example, carla@customer.example")
        self._file_on(self.sam, email, self.contact)
        self.assertEqual(email.line_ids[0].email, "carla@customer.example")

    def test_file_on_without_recipient(self):
        for to in ("undisclosed-recipients:;", "lea@acme.example"):
            email = self._capture(to=to)
            self.assertRow(email, "unmatched")
            self._file_on(self.sam, email, self.contact)
            self.assertEqual(self._get_record(email), self.contact)

    def test_file_on_what_has_no_sender(self):
        email = self._capture(sender="")
        self.assertRow(email, "refused")
        self._file_on(self.sam, email, self.contact)
        self.assertEqual(self._get_captured(self.contact).email_from, self.sam.email_formatted)

    def test_file_on_what_failed(self):
        email = self._capture_refused()
        email.state = "failed"
        Email = self.env.registry["crm.bcc.dropbox.email"]
        wizard = self._ask(self.sam, email, "action_file_on")
        error = ValueError(f"bcc-{self.secret}@acme.example")
        with (
            patch.object(Email, "_read_payload", side_effect=error),
            self.assertRaises(UserError) as caught,
            self.env.cr.savepoint(),
            self.assertLogs("odoo.addons.crm_bcc_dropbox.models.crm_bcc_dropbox_email_actions", "WARNING") as logs,
        ):
            self._answer(self.sam, wizard, self.lead)
        for text in (str(caught.exception), str(logs.output)):
            self.assertIn("ValueError: bcc-[hidden]", text)
            self.assertNotIn(self.secret, text)
        self._answer(self.sam, wizard, self.lead)
        self.assertRow(email, "captured")

    def test_file_on_a_record_that_has_it(self):
        values = self._share_sender("Sam <sam@home.example>")
        first = self._capture(user=self.lea, **values)
        self.assertRow(first, "captured")
        email = self._capture(**values)
        self.assertRow(email, "refused")
        self._file_on(self.sam, email, self.lead)
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.mail_message_id, first.line_ids.mail_message_id)
        self.assertEqual(len(self._get_captured(self.lead)), 1)

    def test_file_on_needs_rights_of_user_and_owner(self):
        mails = [self._capture(user=self.own, sender="x@home.example") for _number in range(2)]
        self._refuses_record(self.own, mails[0], self.lead, "no access")  # it is Lea's
        self._refuses_record(self.boss, mails[0], self.lead, "Own Seller may not change “Big deal”")
        mine = self.lead.copy({"user_id": self.own.id})
        self._file_on(self.own, mails[0], mine)
        self._file_on(self.boss, mails[1], mine)
        self.assertEqual(mails[1].line_ids.reason, "Logged by Boss Seller")
        self.assertEqual(mails[1].line_ids.mail_message_id.author_id, self.own.partner_id)
        self.assertEqual(mails.pop().history.count("Boss Seller"), 1)

    def test_manager_without_rights_on_records(self):
        manager = self._create_user("manager", "base.group_user,crm_bcc_dropbox.group_bcc_dropbox_manager")
        email = self._capture_refused()
        self._refuses_record(manager, email, self.lead, "Wrong value", ValueError)  # not a model to choose from
        manager.group_ids += self.env.ref("base.group_partner_manager")
        rule = {"name": "x", "model_id": self.env["ir.model"]._get_id("res.partner"), "domain_force": "[(0, '=', 1)]"}
        self.env["ir.rule"].create({**rule, "perm_read": False})
        self._refuses_record(manager, email, self.contact, "may see “Carla Customer”, but not change")
        self._refuses(manager, email, "action_create_lead")

    def _refuses_record(self, user, email, record, words, error=AccessError):
        wizard = self._ask(user, email, "action_file_on")
        with self.assertRaises(error) as caught, self.env.cr.savepoint():
            self._answer(user, wizard, record)
        self.assertIn(words, str(caught.exception))
        if "no access" in words:
            self.assertNotIn(record.display_name, str(caught.exception))
        self.env.invalidate_all()
        self.assertRow(email, "refused")

    # ------------------------------------------------------------
    # CREATE
    # ------------------------------------------------------------

    def test_create_lead_or_contact(self):
        """Regardless of the lookup pattern; existing records of that kind are used."""
        for lookup in ("contact", "lead"):
            self.sam.with_user(self.sam).bcc_dropbox_lookup = lookup
            for action, model, known in (
                ("action_create_lead", "crm.lead", "leo@customer.example"),
                ("action_create_contact", "res.partner", "carla@customer.example"),
            ):
                new = f"{action}@{lookup}.example"
                email = self._capture_refused(to=f"{new}, {known}")
                with self.subTest(lookup=lookup, action=action), self.assertSilent():
                    self._call(self.sam, email, action)
                    self.assertRow(email, "captured")
                    self.assertEqual(email.line_ids.mapped("res_model"), [model] * 2)
                    self.assertEqual(email.line_ids.mapped("outcome"), ["created", "matched"])
                    self.assertIn("Sam Seller: Logged on “", email.history)
                    self.assertTrue(email.active)

    def test_create_for_nobody(self):
        email = self._capture_refused(to="lea@acme.example")
        self._refuses(self.sam, email, "action_create_lead", "No customer among", UserError)

    def test_create_what_the_owner_may_not(self):
        self.sam.group_ids = self.env.ref("base.group_user") + self.env.ref("crm_bcc_dropbox.group_bcc_dropbox_user")
        email = self._capture_refused()
        self._refuses(self.sam, email, "action_create_lead")
        self._refuses(self.boss, email, "action_create_lead", "may not create", UserError)

    def test_create_by_manager(self):
        email = self._capture_refused()
        self._call(self.boss, email, "action_create_lead")
        self.assertEqual(self._get_record(email).user_id, self.sam)
        self.assertIn("Boss Seller: Logged on “new@customer.example: Our offer”.", email.history)

    # ------------------------------------------------------------
    # DISMISS
    # ------------------------------------------------------------

    def test_dismiss_and_restore(self):
        email = self._capture_refused()
        with self.assertSilent():
            for user, action, active in [
                (self.sam, "action_dismiss", False),
                (self.boss, "action_dismiss", False),
                (self.boss, "action_restore", True),
                (self.boss, "action_restore", True),
            ]:
                self._call(user, email, action)
                self.assertEqual(email.active, active)
                self.assertEqual(email.state, "refused")
        self.assertHistory(email, "Sam Seller: Archived.", "Boss Seller: Unarchived.")

    def test_logged_is_not_archived_any_more(self):
        email = self._capture_refused()
        self._call(self.sam, email, "action_dismiss")
        self._file_on(self.sam, email, self.lead)
        self.assertTrue(email.active)

    def test_retry_leaves_a_trace(self):
        email = self._capture_refused()
        self._call(self.boss, email, "action_retry")
        self.assertHistory(email, "Boss Seller: Tried again.")
        self.assertTrue(base64.b64decode(email.raw))
