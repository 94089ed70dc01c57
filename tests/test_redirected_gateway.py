"""Redirected emails: logged as received, kept as unmatched, or only counted."""

from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import Form, freeze_time
from odoo.tools import mute_logger

from . import redirected_mails as mails
from .common import GatewayCommon, tagged
from .test_notices import NoticesCommon

PARAMETER = "crm_bcc_dropbox.authentication_host"
PASS = "dkim=pass header.d=customer.example; dmarc=pass header.from=customer.example"
FAIL = "dmarc=fail header.from=customer.example"
EVIL = "dkim=pass header.d=evil.example; dmarc=pass header.from=evil.example"


class RedirectedCommon(GatewayCommon, NoticesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.parameters = cls.env["ir.config_parameter"]
        cls.parameters.set_param(PARAMETER, mails.MX)
        cls.dropbox = cls.sam.bcc_dropbox_ids
        cls.dropbox.redirects = True

    def _redirect(self, traces=mails.SIEVE, results=PASS, **values):
        """Receive a mail of Carla to Sam that Sam's mailbox redirected; return its row."""
        values = {"sender": "Carla <carla@customer.example>", "to": "sam@acme.example", **values}
        return self._capture(
            mails.BORDER + traces + mails.ORIGIN, **{"own": "sam@acme.example", "results": results, **values}
        )

    def _get_received(self, record):
        return record.message_ids.filtered(lambda message: message.message_type == "email")


@tagged("post_install", "-at_install")
class TestRedirected(RedirectedCommon):
    def test_logged(self):
        """Logged on the record of the sender as a received email, without any notification."""
        for name, traces in mails.PROVIDERS.items():
            with self.subTest(name), self.assertSilent():
                email = self._redirect(traces, to="team@customer.example", subject=f"Through {name}")
                self.assertRow(email, "captured")
                self.assertEqual((email.direction, email.redirected), ("incoming", True))
                self.assertIn("Redirected by a rule of the owner's mailbox.", email.explanation)
                self.assertEqual((email.authentication, email.authentication_host), ("pass", mails.MX))
                self.assertEqual(self._get_record(email), self.contact)
                message = email.line_ids.mail_message_id
                self.assertEqual((message.message_type, message.subject), ("email", f"Through {name}"))
                self.assertIn("carla@customer.example", message.email_from)
                self.assertTrue(message.is_internal)

    def test_sealed(self):
        """The provider broke the signature, and sealed the results of its own check."""
        broken = f"{FAIL}; arc=pass"
        email = self._redirect(mails.EXCHANGE, broken)
        self.assertRow(email, "captured")
        self.assertIn("customer.example (ARC)", email.explanation)
        self.assertRow(self._redirect(mails.SIEVE, broken), "unmatched", "not really from")

    def test_conversation(self):
        """An answer goes to the record of the email that it answers."""
        sent = self._capture(to="Carla <carla@customer.example>, leo@customer.example")
        self.assertRow(sent, "captured")
        on_lead = sent.line_ids.filtered(lambda line: line.email == "leo@customer.example").mail_message_id
        email = self._redirect(sender="leo@customer.example", headers=f"In-Reply-To: {on_lead.message_id}\n")
        self.assertEqual(self._get_record(email), self.lead)

    def test_destination(self):
        """A rule can't name a destination: strangers cause its emails."""
        token = self.sam.bcc_dropbox_address.partition("@")[0]
        email = self._redirect(dropbox=f"{token}+lead{self.lead.id}+todo@acme.example")
        self.assertRow(email, "captured")
        self.assertEqual(self._get_record(email), self.contact)
        self.assertFalse(email.line_ids.activity_id)

    def test_modes(self):
        """The sender has to be verified whatever the setting for other emails is."""
        for mode in ("off", "reject", "require"):
            self.parameters.set_param("crm_bcc_dropbox.authentication", mode)
            with self.subTest(mode):
                self.assertRow(self._redirect(), "captured")
                self.assertRow(self._redirect(results="none"), "unmatched", "did not verify")

    def test_unknown_sender(self):
        values = {"sender": "New <new@evil.example>", "results": EVIL}
        with self.assertSilent():
            email = self._redirect(**values)
        self.assertRow(email, "unmatched")
        self.assertIn("not to create records for unknown senders", email.line_ids.reason)
        self.assertFalse(self._get_leads("new@evil.example"))
        self.dropbox.redirects_unknown = True
        email = self._redirect(**values)
        self.assertRow(email, "captured")
        lead = self._get_record(email)
        self.assertEqual((lead.email_from, lead.user_id), ("new@evil.example", self.sam))

    def test_by_hand(self):
        """The owner can log an unmatched email by hand, as a received one."""
        email = self._redirect(sender="New <new@evil.example>", results=EVIL)
        email.with_user(self.sam).action_create_lead()
        self.assertRow(email, "captured")
        self.assertEqual(self._get_record(email).email_from, "new@evil.example")
        self.assertEqual(email.line_ids.mail_message_id.message_type, "email")

    def test_forwarded_by_a_rule(self):
        """Outlook's "Forward to" makes the owner the sender, and Exchange marks such an email as automatic."""
        values = {
            "to": self.sam.bcc_dropbox_address,
            "subject": "FW: Chairs",
            "headers": "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\nAuto-Submitted: auto-generated\n",
            "body": "________________________________\nFrom: Carla <carla@customer.example>\n"
            "Sent: Monday, November 23, 2026 10:00:00 AM\nTo: Sam <sam@acme.example>\nSubject: Chairs\n\n"
            "Yes, please.\n",
        }
        email = self._capture(**values)
        self.assertRow(email, "captured")
        self.assertEqual((self._get_record(email), email.direction), (self.contact, "incoming"))
        named = self.sam.bcc_dropbox_address.replace("@", f"+lead{self.lead.id}@")
        email = self._capture(**values, dropbox=named)
        self.assertEqual(self._get_record(email), self.contact, "a rule can't name a destination")
        self.dropbox.redirects = False
        self.assertRow(self._capture(**values), "refused", "Automatic")

    def test_by_hand_after_it_was_turned_off(self):
        email = self._redirect(sender="New <new@evil.example>", results=EVIL)
        self.sam.with_user(self.sam).bcc_dropbox_redirects = False
        self.env.flush_all()
        email.with_user(self.sam).action_create_lead()
        self.assertEqual(self._get_record(email).email_from, "new@evil.example")
        self.assertRow(self._redirect(), "refused", "not one of your sender addresses")

    def test_colleague(self):
        """An email of a colleague is not logged."""
        results = "dkim=pass header.d=acme.example; dmarc=pass header.from=acme.example"
        email = self._redirect(sender="lea@acme.example", results=results)
        self.assertRow(email, "unmatched", "lea@acme.example belongs to Lea Seller")

    def test_retry(self):
        """A retry succeeds after a trusted server was entered, or the address was confirmed."""
        self.parameters.set_param(PARAMETER, "")
        email = self._redirect()
        self.assertRow(email, "unmatched", "trusted server")
        self.parameters.set_param(PARAMETER, mails.MX)
        self.env.flush_all()
        email.with_user(self.sam).action_retry()
        self.assertRow(email, "captured")


@tagged("post_install", "-at_install")
class TestNotLogged(RedirectedCommon):
    """Emails that must not be logged."""

    def test_table(self):
        forged = mails.FORGED.format(own="sam@acme.example", dropbox="x@acme.example")
        for name, state, reason, values in [
            ("sender fails", "unmatched", "not really from customer.example (DMARC)", {"results": FAIL}),
            ("no result", "unmatched", "did not verify", {"results": "none"}),
            ("result of the stranger", "unmatched", "did not verify",
             {"results": "none", "headers": f"Authentication-Results: {mails.MX}; {PASS}\n"}),
            ("forged trace", "unmatched", "none of yours is in To, Cc",
             {"traces": "", "to": "x@customer.example", "headers": forged}),
            ("trace of a colleague", "unmatched", "none of yours is in To, Cc",
             {"own": "lea@acme.example", "to": "lea@acme.example"}),
            ("two senders", "unmatched", "2 senders", {"sender": "carla@customer.example, x@evil.example"}),
            ("two From fields", "unmatched", "given more than once", {"headers": "From: carla@customer.example\n"}),
        ]:  # fmt: skip
            with self.subTest(name), self.assertSilent():
                email = self._redirect(**values)
                self.assertRow(email, state, reason)
                self.assertTrue(email.redirected)
                self.assertNotIn("Redirected by a rule", email.explanation, "that is not certain")
                self.assertFalse(email.can_adopt_sender, "the sender is not the owner")
        self.assertFalse(self._get_received(self.contact))
        self.assertFalse(self._get_notices(self.sam), "no notice for each of them")

    def test_not_confirmed(self):
        self.dropbox.sender_ids.verified = False
        self.assertRow(self._redirect(), "unmatched", "sam@acme.example, which is not confirmed")

    def test_off(self):
        self.dropbox.redirects = False
        email = self._redirect()
        self.assertRow(email, "refused", "not one of your sender addresses")
        self.assertFalse(email.redirected)

    def test_own_mail(self):
        """A mail from the owner never counts as redirected, whatever its header contains."""
        own = "dmarc=pass header.from=acme.example"
        email = self._redirect(sender="sam@acme.example", to="carla@customer.example", results=own)
        self.assertRow(email, "captured")
        self.assertEqual((email.direction, email.redirected), ("outgoing", False))
        forged = "dmarc=fail header.from=acme.example"
        email = self._redirect(sender="sam@acme.example", to="carla@customer.example", results=forged)
        self.assertRow(email, "refused", "not really from acme.example")
        both = "sam@acme.example, carla@customer.example"
        self.assertRow(self._redirect(sender=both), "refused", "2 senders")
        self.dropbox.sender_ids.verified = False
        email = self._redirect(sender="sam@acme.example", to="carla@customer.example", results=own)
        self.assertRow(email, "refused", "not confirmed")

    def test_replaced_address(self):
        old = self.sam.bcc_dropbox_address
        self.sam.with_user(self.sam).action_bcc_dropbox_regenerate()
        self.assertRow(self._redirect(dropbox=old), "refused", "replaced")
        self.assertRow(self._redirect(), "captured")

    def test_too_large(self):
        self.parameters.set_param("crm_bcc_dropbox.max_addresses", "3")
        many = ", ".join(f"x{number}@customer.example" for number in range(5))
        self.assertRow(self._redirect(to=many), "refused", "recipients")

    def test_counted_only(self):
        """Automatic mail, mailing lists and newsletters are only counted."""
        kinds = [
            "Auto-Submitted: auto-replied\n",
            "List-Id: <news.customer.example>\n",
            "Precedence: bulk\n",
            "List-Unsubscribe: <https://customer.example/u>\n",
        ]
        for headers in kinds:
            with self.subTest(headers), self.assertSilent():
                self.assertFalse(self._redirect(headers=headers))
        self.assertEqual((self.dropbox.skipped_count, self.dropbox.flood_count), (4, 0))
        self.assertIn("4 automatic or bulk emails", self.sam.with_user(self.sam).bcc_dropbox_skipped)
        self.assertFalse(self.dropbox.refused_count)
        self.dropbox.redirects_bulk = True
        for headers in kinds:
            self.assertRow(self._redirect(headers=headers), "captured")
        self.assertEqual(self.dropbox.skipped_count, 4)

    def test_flood(self):
        """Strangers who know the address can neither fill the log nor use up the owner's daily limit."""
        self.parameters.set_param("crm_bcc_dropbox.max_refused_per_day", "2")
        self.parameters.set_param("crm_bcc_dropbox.max_mails_per_day", "3")
        for _number in range(2):
            self.assertRow(self._redirect(results="none"), "unmatched")
        for _number in range(3):
            self.assertFalse(self._redirect(results="none"), "only counted")
        self.assertEqual((self.dropbox.flood_count, self.dropbox.skipped_count), (3, 0))
        self.assertRow(self._redirect(), "captured")
        self.assertRow(self._capture(results=PASS), "captured")

    def test_flood_of_verified_strangers(self):
        """Nor can strangers with domains of their own; the owner's emails and those of customers go on."""
        self.parameters.set_param("crm_bcc_dropbox.max_refused_per_day", "2")
        self.parameters.set_param("crm_bcc_dropbox.max_mails_per_day", "3")
        values = {"sender": "New <new@evil.example>", "results": EVIL}
        for _number in range(2):
            email = self._redirect(**values)
            self.assertRow(email, "unmatched", "unknown senders")
            self.assertIn("unknown senders", email.line_ids.reason)
        for _number in range(3):
            self.assertFalse(self._redirect(**values), "only counted")
        self.assertEqual((self.dropbox.flood_count, self.dropbox.skipped_count), (3, 0))
        self.assertRow(self._redirect(), "captured")
        self.assertRow(self._capture(results=PASS), "captured")

    def test_flood_of_new_records(self):
        """Emails of strangers that wait for the limit of new records are limited; those of customers go on."""
        self.dropbox.redirects_unknown = True
        self.parameters.set_param("crm_bcc_dropbox.max_refused_per_day", "2")
        self.parameters.set_param("crm_bcc_dropbox.max_records_per_day", "1")
        senders = [{"sender": f"x{number}@evil.example", "results": EVIL} for number in range(7)]
        self.assertRow(self._redirect(**senders[0]), "captured")
        waiting = self._redirect(**senders[1]) + self._redirect(**senders[2])
        for values in senders[3:5]:
            self.assertFalse(self._redirect(**values), "only counted")
        self.assertEqual((self.dropbox.flood_count, waiting.mapped("state")), (2, ["pending"] * 2))
        self.assertRow(self._redirect(), "captured")
        sent = [self._capture(to=f"y{number}@new.example") for number in range(5)]
        self.assertEqual([email.state for email in sent], ["captured"] + ["pending"] * 4)
        with freeze_time(waiting[0].next_try + timedelta(minutes=1)):
            waiting[0]._process()
            self.env.invalidate_all()
            self.assertRow(waiting[0], "captured")
            self.assertRow(self._redirect(**senders[5]), "pending")
            self.assertFalse(self._redirect(**senders[6]), "only counted")
        self.assertTrue(waiting.exists()[1].raw)

    def test_flood_of_proposals(self):
        """If the owner wants to be asked, strangers can't fill the log with proposals either."""
        self.dropbox.redirects_unknown = True
        self.dropbox.propose = True
        self.parameters.set_param("crm_bcc_dropbox.max_refused_per_day", "2")
        for number in range(4):
            email = self._redirect(sender=f"x{number}@evil.example", results=EVIL)
            self.assertEqual(email.line_ids.mapped("outcome"), ["proposed"] * (number < 2))
        self.assertEqual(self.dropbox.flood_count, 2)
        self.assertRow(self._redirect(), "captured")
        for number in range(3):
            self.assertEqual(self._capture(to=f"y{number}@new.example").line_ids.outcome, "proposed")

    def test_daily_limit_of_each_direction(self):
        """What customers send does not delay what the owner sends, and the other way round."""
        self.parameters.set_param("crm_bcc_dropbox.max_mails_per_day", "1")
        self.assertRow(self._redirect(), "captured")
        self.assertRow(self._redirect(), "pending", "Waiting until tomorrow")
        self.assertRow(self._capture(), "captured")
        self.assertRow(self._capture(), "pending", "Waiting until tomorrow")

    def test_author_by_hand(self):
        """An email that nobody verified does not look as if a colleague had written it."""
        email = self._redirect(sender="Lea Seller <lea@acme.example>", results="none")
        self.assertRow(email, "unmatched", "did not verify")
        email.with_user(self.sam)._begin_action(("unmatched",))._file_by_hand(self.contact)
        self.assertRow(email, "captured")
        message = email.line_ids.mail_message_id
        self.assertFalse(message.author_id)
        self.assertIn("lea@acme.example", message.email_from)

    def test_leak_alarm(self):
        """Emails of strangers that no mailbox redirected raise the alarm, as without the option."""
        for number in range(3):
            sender = f"x{number}@evil.example"
            self._redirect("", EVIL, sender=sender, to="someone@else.example")
        self.assertEqual(self.dropbox.leak_reason, "strangers")

    def test_no_leak_alarm(self):
        """Emails of customers that could not be verified do not raise the alarm."""
        self.parameters.set_param(PARAMETER, "")
        for number in range(5):
            self.assertRow(self._redirect(sender=f"x{number}@customer.example"), "unmatched", "trusted server")
        self.assertFalse(self.dropbox.leak_reason)


@tagged("post_install", "-at_install")
class TestTwice(RedirectedCommon):
    """A mail that arrives several ways is on a record once."""

    def _get_same(self, record, message_id):
        return record.message_ids.filtered(lambda message: message.message_id == message_id)

    def test_alias(self):
        """In either order; an answer reaches its lead by the alias as well."""
        answer = f"In-Reply-To: {self.lead.message_ids[0].message_id}\n"
        for name in ("alias first", "alias last"):
            message_id = f"<{name.replace(' ', '')}@customer.example>"
            values = {"sender": "leo@customer.example", "to": "sales@acme.example, sam@acme.example", "subject": name}
            values |= {"message_id": message_id, "headers": answer}
            with self.subTest(name), self.mock_mail_gateway():
                if name == "alias first":
                    self._receive(self._format(mails.ORIGIN, **values))
                email = self._redirect(**values)
                if name == "alias last":
                    self._receive(self._format(mails.ORIGIN, **values))
                self.assertRow(email, "captured")
                self.assertEqual(self._get_record(email), self.lead)
                self.assertEqual(len(self._get_same(self.lead, message_id)), 1)

    def test_forwarded_by_hand(self):
        """Before or after it was redirected: once on the record."""
        body = "Yes, we take all of the chairs and two of the tables, please."
        date = "Mon, 23 Nov 2026 10:00:02 +0100"
        forward = (
            "Thought so.\n\n---------- Forwarded message ---------\n"
            "From: Carla <carla@customer.example>\nDate: Mon, Nov 23, 2026 at 10:00 AM\n"
            f"Subject: Chairs\nTo: Sam <sam@acme.example>\n\n\n{body}\n"
        )
        for name in ("first", "second"):
            text = body.replace("two", name)
            by_hand = {
                "subject": "Fwd: Chairs", "body": forward.replace("two", name), "to": self.sam.bcc_dropbox_address,
                "date": "Mon, 23 Nov 2026 11:00:00 +0100",
            }  # fmt: skip
            redirected = {"subject": "Chairs", "body": text, "date": date, "message_id": f"<{name}@customer.example>"}
            with self.subTest(forwarded=name):
                if name == "first":
                    emails = [self._capture(**by_hand), self._redirect(**redirected)]
                else:
                    emails = [self._redirect(**redirected), self._capture(**by_hand)]
                for email in emails:
                    self.assertRow(email, "captured")
                    self.assertEqual(self._get_record(email), self.contact)
                self.assertEqual(emails[0].line_ids.mail_message_id, emails[1].line_ids.mail_message_id)

    def test_again(self):
        first = self._redirect(message_id="<same@customer.example>")
        self.assertFalse(self._redirect(message_id="<same@customer.example>"))
        self.assertEqual(len(self._get_same(self._get_record(first), "<same@customer.example>")), 1)

    def test_colleague(self):
        """Two colleagues received it, and their mailboxes redirect."""
        self.lea.bcc_dropbox_ids.redirects = True
        values = {"message_id": "<same@customer.example>", "to": "sam@acme.example, lea@acme.example"}
        first = self._redirect(**values)
        second = self._redirect(**values, user=self.lea, own="lea@acme.example")
        self.assertRow(second, "captured")
        self.assertEqual(self._get_record(second), self._get_record(first))
        self.assertEqual(len(self._get_same(self._get_record(first), "<same@customer.example>")), 1)

    def test_forged_copy_first(self):
        """A forged copy with the same text does not keep the real mail from being logged."""
        values = {"message_id": "<same@customer.example>"}
        forged = self._redirect(results="none", **values)
        self.assertRow(forged, "unmatched")
        self.assertFalse(self._redirect(**values))
        forged.invalidate_recordset()
        self.assertRow(forged, "captured")
        self.assertEqual(forged.authentication, "pass")


@tagged("post_install", "-at_install")
class TestOptions(RedirectedCommon):
    NAMES = ("bcc_dropbox_redirects", "bcc_dropbox_redirects_bulk", "bcc_dropbox_redirects_unknown")

    def test_form(self):
        self.assertEqual([self.own[name] for name in self.NAMES], [False] * 3)
        own = self.own.with_user(self.own)
        with Form(own, "base.view_users_form_simple_modif") as form:
            form.bcc_dropbox_redirects = True
            form.bcc_dropbox_redirects_bulk = True
        dropbox = self.own.bcc_dropbox_ids
        self.assertEqual([dropbox.redirects, dropbox.redirects_bulk, dropbox.redirects_unknown], [True, True, False])
        with Form(own, "base.view_users_form_simple_modif") as form:
            form.bcc_dropbox_redirects_unknown = True
            form.bcc_dropbox_redirects_bulk = False
        self.assertEqual([dropbox.redirects, dropbox.redirects_bulk, dropbox.redirects_unknown], [True, False, True])

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_of_others(self):
        for name in self.NAMES:
            for user in (self.lea, self.clerk):
                with self.subTest(name, user=user.login), self.assertRaises(AccessError):
                    self.sam.with_user(user).write({name: True})
            self.sam.with_user(self.boss).sudo().write({name: True})
            self.assertTrue(self.sam.with_user(self.sam)[name])
            self.assertFalse(self.sam.with_user(self.lea)[name])
