"""Limits per dropbox and day: emails over a limit wait or are only counted, and nobody is flooded."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import freeze_time
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from .common import Command, data, tagged
from .test_notices import NoticesCommon


class QuotaCommon(NoticesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dropbox = cls.sam.bcc_dropbox_ids

    def _limit(self, **limits):
        for key, value in limits.items():
            self.env["ir.config_parameter"].set_param(f"crm_bcc_dropbox.max_{key}_per_day", str(value))
        self.env.flush_all()

    def _get_tomorrow(self):
        return fields.Datetime.today() + timedelta(days=1)

    def _retry(self):
        """Make the job retry due emails."""
        with patch.object(self.env.registry["ir.cron"], "_commit_progress", lambda *_args, **_kwargs: 60):
            self.env["crm.bcc.dropbox.email"]._cron_retry()
        self.env.invalidate_all()

    def assertWaits(self, email, reason):
        """Check that an email waits until tomorrow, with its original and a reason."""
        self.assertRow(email, "pending", reason)
        self.assertTrue(email.raw)
        self.assertFalse(email.line_ids)
        self.assertEqual(email.next_try, self._get_tomorrow())


@tagged("post_install", "-at_install")
class TestQuota(QuotaCommon):
    # ------------------------------------------------------------
    # MAILS
    # ------------------------------------------------------------

    def test_mails(self):
        self._limit(mails=2)
        for _number in range(2):
            self.assertRow(self._capture(), "captured")
        with self.assertSilent():
            waiting = self._capture(subject="The third")
        self.assertWaits(waiting, "takes 2 emails a day")
        self.assertEqual(waiting.subject, "The third", "the owner sees what waits")
        self.assertRow(self._capture(user=self.lea), "captured")

    def test_tomorrow(self):
        self._limit(mails=2)
        mails = [self._capture() for _number in range(6)]
        self.assertEqual([mail.state for mail in mails], ["captured"] * 2 + ["pending"] * 4)
        tries = [mail.tries for mail in mails[2:]]
        self._retry()
        self.assertEqual([mail.state for mail in mails].count("pending"), 4, "not before tomorrow")
        for _day in range(3):
            with freeze_time(max(mail.next_try or fields.Datetime.now() for mail in mails) + timedelta(minutes=1)):
                self._retry()
                self._retry()
        self.assertEqual({mail.state for mail in mails}, {"captured"})
        self.assertEqual([mail.tries for mail in mails[2:]], [number + 1 for number in tries], "waiting costs no try")
        self.assertFalse(any(mail.reason or mail.next_try for mail in mails))

    def test_mails_of_the_day_before_wait_no_longer_than_needed(self):
        """With a limit of two, two of four waiting emails are logged tomorrow, and two the day after."""
        self._limit(mails=2)
        mails = [self._capture() for _number in range(6)]
        counts = []
        for _day in range(2):
            with freeze_time(max(mail.next_try or fields.Datetime.now() for mail in mails) + timedelta(minutes=1)):
                self._retry()
                counts.append([mail.state for mail in mails].count("pending"))
        self.assertEqual(counts, [2, 0])

    def test_what_counts(self):
        """Neither rejected emails, which are not the owner's, nor emails logged by hand."""
        self._limit(mails=1)
        refused = self._capture(sender="stranger@evil.example")
        self.assertRow(refused, "refused")
        self.assertRow(self._capture(), "captured")
        refused.with_user(self.sam).action_create_lead()
        self.assertRow(refused, "captured")

    def test_again_by_hand(self):
        """A retry before tomorrow has the same result, any number of times."""
        self._limit(mails=1)
        self._capture()
        waiting = self._capture()
        for _number in range(7):
            waiting.with_user(self.sam).action_retry()
            self.env.invalidate_all()
            self.assertWaits(waiting, "takes 1 emails a day")
        self._limit(mails=2)
        waiting.with_user(self.sam).action_retry()
        self.env.invalidate_all()
        self.assertRow(waiting, "captured")

    def test_same_mail_again(self):
        self._limit(mails=1)
        self._capture()
        raw = self._format()
        for _number in range(7):
            self._receive(raw)
        self.assertWaits(self.env["crm.bcc.dropbox.email"].search([], limit=1), "takes 1 emails a day")

    def test_told_once(self):
        self._limit(mails=1)
        for _number in range(4):
            self._capture()
        [notice] = self._get_notices(self.sam)
        self.assertIn("Waiting until tomorrow", notice)
        with freeze_time(self._get_tomorrow() + timedelta(minutes=1)):
            self._retry()
        self.assertEqual(len(self._get_notices(self.sam)), 2)

    def test_replaced_while_it_waits(self):
        """Any number of waiting emails is kept, even if they are rejected in the end."""
        self._limit(mails=1, refused=1)
        self._capture()
        waiting = self._capture() + self._capture() + self._capture()
        self.sam.with_user(self.sam).action_bcc_dropbox_regenerate()
        with freeze_time(self._get_tomorrow() + timedelta(minutes=1)):
            self._retry()
        self.assertEqual(waiting.exists().mapped("state"), ["refused"] * 3)
        self.assertTrue(all(mail.raw for mail in waiting))

    def test_exposed_is_seen_in_the_end(self):
        self._limit(mails=1)
        self._capture()
        waiting = self._capture(to=f"{self.sam.bcc_dropbox_address}, new@customer.example")
        self.assertFalse(self.dropbox.leak_reason)
        with freeze_time(self._get_tomorrow() + timedelta(minutes=1)):
            self._retry()
        self.assertRow(waiting, "captured")
        self.assertEqual(self.dropbox.leak_reason, "exposed")

    # ------------------------------------------------------------
    # NEW RECORDS
    # ------------------------------------------------------------

    def test_records(self):
        self._limit(records=2)
        first = self._capture(to="a@new.example, b@new.example")
        self.assertEqual((first.state, first.created_count), ("captured", 2))
        with self.assertSilent():
            waiting = self._capture(to="Carla@customer.example, c@new.example")
        self.assertWaits(waiting, "creates 2 records a day")
        self.assertFalse(self.contact.message_ids.filtered(lambda message: message.message_type == "email_outgoing"))
        # existing customers are still found
        self.assertRow(self._capture(to="Carla@customer.example, a@new.example"), "captured")
        with freeze_time(self._get_tomorrow() + timedelta(minutes=1)):
            self._retry()
        self.assertRow(waiting, "captured")
        self.assertEqual(sorted(waiting.line_ids.mapped("outcome")), ["created", "matched"])

    def test_mail_with_more_than_the_limit(self):
        """It is not split, and does not wait forever."""
        self._limit(records=2)
        email = self._capture(to="a@new.example, b@new.example, c@new.example")
        self.assertRow(email, "captured")
        self.assertEqual(email.created_count, 3)
        self.assertWaits(self._capture(to="d@new.example"), "creates 2")

    def test_records_of_undone_mails_count(self):
        self._limit(records=1)
        self._capture(to="a@new.example").with_user(self.sam).action_undo()
        self.assertWaits(self._capture(to="b@new.example"), "creates 1")

    def test_who_may_create_nothing_does_not_wait(self):
        self._limit(records=1)
        self._capture(to="a@new.example")
        with patch.object(self.env.registry["crm.lead"], "has_access", lambda _self, operation: operation == "read"):
            self.assertRow(self._capture(to="b@new.example"), "unmatched")

    def test_by_hand(self):
        """Logging by hand does not have to wait."""
        self._limit(records=1)
        self._capture(to="a@new.example")
        refused = self._capture(sender="sam@home.example", to="b@new.example")
        refused.with_user(self.sam).action_create_contact()
        self.assertEqual((refused.state, refused.created_count), ("captured", 1))

    # ------------------------------------------------------------
    # REFUSED
    # ------------------------------------------------------------

    def _get_rows(self):
        return self.env["crm.bcc.dropbox.email"].search([("dropbox_id", "=", self.dropbox.id)])

    def test_refused(self):
        self._limit(refused=3)
        with self.assertSilent():
            for _number in range(8):
                self._capture(sender="stranger@evil.example")
        self.assertEqual(self._get_rows().mapped("state"), ["refused"] * 3)
        self.assertTrue(all(mail.raw for mail in self._get_rows()))
        self.assertEqual((self.dropbox.flood_count, self.dropbox.flood_date), (5, fields.Date.today()))
        self.assertIn("5 more on", self.sam.with_user(self.sam).bcc_dropbox_flood)
        self.assertEqual(len(self._get_notices(self.sam)), 1)
        self.assertRow(self._capture(), "captured")
        self.assertRow(self._capture(user=self.lea, sender="stranger@evil.example"), "refused")

    def test_nothing_goes_the_ordinary_way(self):
        """Odoo neither processes nor answers an email that is only counted."""
        self._limit(refused=1)
        models = ["crm.lead", "res.partner", "mail.message", "ir.attachment"]
        self._capture(sender="stranger@evil.example")
        before = [self.env[model].search_count([]) for model in models]
        with self.assertSilent():
            self.assertFalse(self._receive(self._format(sender="other@evil.example")))
        self.assertEqual([self.env[model].search_count([]) for model in models], before)

    def test_next_day(self):
        self._limit(refused=1)
        for _number in range(3):
            self._capture(sender="stranger@evil.example")
        self.assertEqual(self.dropbox.flood_count, 2)
        with freeze_time(self._get_tomorrow() + timedelta(minutes=1)):
            for _number in range(2):
                self._capture(sender="stranger@evil.example")
            self.assertEqual((self.dropbox.flood_count, self.dropbox.flood_date), (1, fields.Date.today()))
        self.assertEqual(len(self._get_rows()), 2)

    def test_mails_of_the_owner_are_kept(self):
        """Strangers can't displace the owner's rejected emails, which have a separate limit."""
        self._limit(refused=1, mails=4)
        for _number in range(3):
            self._capture(sender="stranger@evil.example")
        self.dropbox.sender_ids = [Command.create({"email": "sam@home.example"})]
        for _number in range(3):
            self.assertRow(self._capture(sender="sam@home.example"), "refused", "not confirmed")
        self.assertEqual(self.dropbox.flood_count, 2)
        for _number in range(2):
            self._capture(sender="sam@home.example")
        self.assertEqual((len(self._get_rows()), self.dropbox.flood_count), (5, 3))
        # it does not delay the others
        self.assertRow(self._capture(), "captured")

    def test_forged_mails_are_those_of_strangers(self):
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.authentication_host", "mx.example")
        self._limit(refused=2, mails=4)
        headers = "Authentication-Results: mx.example; dmarc=fail header.from=acme.example\n"
        for _number in range(4):
            self._capture(headers=headers)
        self.assertEqual(self._get_rows().mapped("authentication"), ["fail"] * 2)
        self.assertEqual(self.dropbox.flood_count, 2)
        self.assertRow(self._capture(), "captured")

    def test_unproved_mails_are_those_of_strangers(self):
        """If verification is required, forged emails count towards the limit of strangers, not the owner's."""
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("crm_bcc_dropbox.authentication", "require")
        parameters.set_param("crm_bcc_dropbox.authentication_host", "mx.example")
        self._limit(refused=2, mails=3)
        for result in ("none", "spf=softfail smtp.mailfrom=acme.example", "dmarc=temperror header.from=acme.example"):
            for _number in range(2):
                self._capture(headers=f"Authentication-Results: mx.example; {result}\n")
        for sender in (
            "stranger@evil.example",
            '"eve@evil.example" <sam@acme.example>',
            "sam@acme.example, x@y.example",
        ):
            self._capture(sender=sender)
        self.assertEqual(len(self._get_rows()), 2)
        self.assertEqual(self.dropbox.flood_count, 7)
        self.assertFalse(any(self._get_rows().mapped("is_from_owner")))
        self._check_proved_mails_are_kept(count=3)

    def test_proved_mails_are_kept(self):
        """If it is not required, unverified forged emails count as the owner's, but don't displace verified
        ones."""
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.authentication_host", "mx.example")
        self._limit(refused=2, mails=3)
        for _number in range(5):
            self._capture(headers="Auto-Submitted: auto-replied\n")
        self.assertEqual((len(self._get_rows()), self.dropbox.flood_count), (3, 2))
        self._check_proved_mails_are_kept(count=3)

    def _check_proved_mails_are_kept(self, count):
        before, flood = self._get_rows(), self.dropbox.flood_count
        proof = "Authentication-Results: mx.example; dmarc=pass header.from=acme.example\n"
        for _number in range(count + 1):
            self._capture(headers=f"{proof}Auto-Submitted: auto-replied\n")
        kept = self._get_rows() - before
        self.assertEqual((len(kept), self.dropbox.flood_count), (count, flood + 1))
        self.assertTrue(all(mail.raw and mail.is_from_owner for mail in kept))
        self.assertEqual(before.exists(), before)
        self.assertRow(self._capture(headers=proof), "captured")

    def test_retried_by_hand(self):
        """An email that a user has looked at is not deleted."""
        self._limit(refused=1)
        first = self._capture(sender="stranger@evil.example")
        self._limit(refused=2)
        second = self._capture(sender="stranger@evil.example")
        self._limit(refused=1)
        (first + second).with_user(self.sam).action_retry()
        self.env.invalidate_all()
        self.assertEqual((first + second).exists().mapped("state"), ["refused"] * 2)
        self.assertTrue(first.raw and second.raw)

    def test_strangers_still_give_the_alarm(self):
        self._limit(refused=3)
        for name in "abcdef":
            self._capture(sender=f"{name}@evil.example")
        self.assertEqual(self.dropbox.leak_reason, "strangers")
        self.assertEqual(self.dropbox.flood_count, 3)

    @mute_logger("odoo.sql_db")
    def test_another_process_counts(self):
        """A process that can't count leaves a row without original to the next one."""
        self._limit(refused=1)
        self._capture(sender="stranger@evil.example")
        Dropbox = self.env.registry["crm.bcc.dropbox"]
        with patch.object(Dropbox, "_count_flood", side_effect=SerializationFailure):
            self._capture(sender="stranger@evil.example")
        self.assertEqual((len(self._get_rows()), self.dropbox.flood_count), (2, 0))
        self.assertRow(self._get_rows()[0], "refused")
        self.assertFalse(self._get_rows()[0].raw)
        self._capture(sender="stranger@evil.example")
        self.assertEqual((len(self._get_rows()), self.dropbox.flood_count), (1, 2))

    # ------------------------------------------------------------
    # COST
    # ------------------------------------------------------------

    def test_cost(self):
        """All limits together take one query per logged email, and use an index."""
        self._capture(data.PLAIN, to="Carla@customer.example")
        queries = []
        execute = type(self.env.cr).execute

        def record(cursor, query, *args, **kwargs):
            queries.append(str(getattr(query, "code", query)))
            return execute(cursor, query, *args, **kwargs)

        with patch.object(type(self.env.cr), "execute", record):
            self.assertRow(self._capture(to="Carla@customer.example"), "captured")
        self.assertEqual(len([query for query in queries if 'done_date" >=' in query or "done_date >=" in query]), 1)
        self.env.cr.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'crm_bcc_dropbox_email'")
        self.assertTrue([1 for [index] in self.env.cr.fetchall() if "(dropbox_id, done_date)" in index])
