import base64
from datetime import timedelta
from unittest.mock import PropertyMock, patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from ..models.crm_bcc_dropbox_email_gateway import LOCK_COUNT
from ..tools.address import Address
from ..tools.decision import MailToLog
from ..tools.raw_mail import RawMail
from .common import GatewayCommon, data, tagged

LOGGER = "odoo.addons.crm_bcc_dropbox.models.crm_bcc_dropbox_email_gateway"


@tagged("post_install", "-at_install")
class TestGateway(GatewayCommon):
    """The gateway as a whole: find, keep, and other recipients of the mail."""

    # ------------------------------------------------------------
    # FIND
    # ------------------------------------------------------------

    def test_dropbox_in_one_header_only(self):
        dropbox = self.sam.bcc_dropbox_address
        for header in [
            f"X-BCC-Dropbox-Recipient: {dropbox}",
            f"X-Original-To: {dropbox}",
            f"Delivered-To: {dropbox}",
            f"Envelope-To: {dropbox}",
            f"Bcc: {dropbox}",
            f"Received: from a.example by b.example with ESMTP id 1\n\tfor <{dropbox}>; Mon, 23 Nov 2026 10:00 +0100",
        ]:
            with self.subTest(header=header.partition(":")[0]):
                email = self._capture(data.BARE, headers=f"{header}\n")
                self.assertRow(email, "captured")
                self.assertEqual(email.found_in, header.partition(":")[0].lower())
                self.assertEqual(email.from_last_hop, not header.startswith("Received"))

    def test_both_forms_any_domain_and_suffix(self):
        token = self.sam.bcc_dropbox_address.partition("@")[0]
        for address, suffix in [
            (f"{token}@acme.example", ""),
            (f"crm+{token}@elsewhere.example", ""),
            (f"crm+{token}+Tag@acme.example", "Tag"),
            (f"{token}@acme.example".upper(), ""),
        ]:
            with self.subTest(address=address):
                email = self._capture(dropbox=address)
                self.assertRow(email, "captured")
                self.assertEqual(email.suffix or "", suffix)

    def test_no_query_without_a_token(self):
        raw = self._format(data.BARE)
        with (
            patch("odoo.addons.mail.models.mail_thread.MailThread.message_process", return_value=1),
            self.assertQueryCount(0),
        ):
            self.env["mail.thread"].message_process(None, raw)

    def test_unknown_token_goes_the_ordinary_way(self):
        with self.assertRaisesRegex(ValueError, "No possible route"):
            self._receive(self._format(dropbox=f"bcc-{'a' * 20}@acme.example"))
        self.assertFalse(self._get_rows())

    def test_ordinary_mail_is_untouched(self):
        with self.mock_mail_gateway():
            self._receive(self._format(data.BARE, to="sales@acme.example", sender="new@customer.example"))
        self.assertEqual(len(self._get_leads("new@customer.example")), 1)
        self.assertFalse(self._get_rows())
        with self.assertRaisesRegex(ValueError, "No possible route"):
            self._receive(self._format(data.BARE))

    # ------------------------------------------------------------
    # KEEP
    # ------------------------------------------------------------

    def test_kept_before_anything_is_parsed(self):
        with (
            patch.object(RawMail, "subject", PropertyMock(side_effect=MemoryError), create=True),
            mute_logger(LOGGER),
        ):
            raw = self._format()
            self._receive(raw)
        email = self._get_rows()
        self.assertRow(email, "pending", "MemoryError")
        self.assertEqual(email.tries, 1)
        self.env["crm.bcc.dropbox.email"].search([]).next_try = fields.Datetime.now()
        self._retry()
        self.assertRow(email, "captured")
        with self.assertRaisesRegex(UserError, "Nothing to retry"):
            email.with_user(self.sam).action_retry()

    def test_bytes_are_kept_as_they_are(self):
        for number, size in enumerate((1024, 1024 * 1024 + 1)):
            with self.subTest(size=size):
                raw = self._format(message_id=f"<{number}@laptop.example>", sender="mallory@evil.example")
                raw += bytes(range(256)) * (size // 256 + 1)
                known = self._get_rows()
                for _time in range(2):
                    self._receive(raw[:size])
                [row] = self._get_rows() - known
                self.assertRow(row, "refused")
                self.assertEqual(base64.b64decode(row.raw), raw[:size])

    def _retry(self):
        self.env.flush_all()
        with patch.object(self.env.registry["ir.cron"], "_commit_progress", lambda *_args, **_kwargs: 60):
            self.env["crm.bcc.dropbox.email"]._cron_retry()
        self.env.invalidate_all()

    def test_failures_are_repeated_with_growing_pauses(self):
        with (
            patch.object(self.env.registry["crm.lead"], "_create_bcc_dropbox_record", side_effect=RuntimeError("Oops")),
            mute_logger(LOGGER),
        ):
            email = self._capture()
            pauses = []
            for _try in range(4):
                pauses.append(round((email.next_try - fields.Datetime.now()) / timedelta(minutes=1)))
                email.next_try = fields.Datetime.now()
                self._retry()
        self.assertEqual(pauses, [1, 5, 30, 120])
        self.assertRow(email, "failed", "RuntimeError: Oops")
        self.assertEqual((email.subject, email.email_from), ("Our offer", '"Sam Seller" <sam@acme.example>'))
        self.assertEqual(email.tries, 5)
        email.with_user(self.sam).action_retry()
        self.env.invalidate_all()
        self.assertRow(email, "captured")

    def test_nothing_is_tried_before_its_time(self):
        with (
            patch.object(self.env.registry["crm.lead"], "_create_bcc_dropbox_record", side_effect=RuntimeError),
            mute_logger(LOGGER),
        ):
            email = self._capture()
        self._retry()
        self.assertRow(email, "pending")
        # nor if it is delivered again
        self._receive(self._format(message_id=email.message_id))
        self.assertRow(email, "pending")
        self.assertEqual(email.tries, 1)

    def test_left_behind_by_a_dead_process(self):
        with patch.object(self.env.registry["crm.bcc.dropbox.email"], "_process"):
            email = self._capture()
        self.assertRow(email, "pending")
        self.assertGreater(email.next_try, email.create_date + timedelta(minutes=9))
        # it is delivered again: what was stored first counts
        self._receive(self._format(message_id=email.message_id, headers="Reply-To: mallory@evil.example\n"))
        self.assertRow(email, "captured")

    def test_mail_that_kills_its_process(self):
        with patch.object(self.env.registry["crm.bcc.dropbox.email"], "_file", return_value=set()):
            email = self._capture()
            for number in range(1, 6):
                self.assertEqual((email.state, email.tries), ("pending", number))
                email.next_try = fields.Datetime.now()
                self._retry()
        self.assertRow(email, "failed", "Odoo stopped at every attempt")

    def test_error_texts_hold_no_token(self):
        address = self.sam.bcc_dropbox_address
        with (
            patch.object(
                self.env.registry["crm.lead"], "_create_bcc_dropbox_record", side_effect=RuntimeError(address)
            ),
            self.assertLogs(LOGGER, "WARNING") as logs,
        ):
            email = self._capture()
        self.assertRow(email, "pending", "bcc-[hidden]@")
        self.assertNotIn(address, email.reason + "".join(logs.output))

    def test_error_texts_that_postgresql_does_not_take(self):
        error = RuntimeError("NUL \0, surrogate \udc80\nDETAIL: more")
        with (
            patch.object(self.env.registry["crm.lead"], "_create_bcc_dropbox_record", side_effect=error),
            mute_logger(LOGGER),
        ):
            email = self._capture()
        self.assertEqual((email.state, email.tries), ("pending", 1))
        self.assertEqual(email.reason, "The email couldn't be logged: RuntimeError: NUL , surrogate ?")

    def test_long_message_id(self):
        """Too long for an index, in characters or in bytes."""
        for message_id in ("a" * 3000, "\u732b" * 990):
            with self.subTest(message_id=message_id[:3]):
                email = self._capture(message_id=f"<{message_id}@laptop.example>")
                self.assertRow(email, "captured")
                self.assertFalse(email.message_id)

    def test_sums(self):
        self._capture()
        self._capture(sender="mallory@evil.example")
        self._capture(to="lea@acme.example")
        with patch.object(self.env.registry["crm.bcc.dropbox.email"], "_process"):
            self._capture()
        self.assertEqual(sorted(self._get_rows().mapped("state")), ["captured", "pending", "refused", "unmatched"])

    # ------------------------------------------------------------
    # DUPLICATES
    # ------------------------------------------------------------

    def test_same_mail_again(self):
        raw = self._format(to="carla@customer.example")
        for _time in range(3):
            self._receive(raw)
        self.assertRow(self._get_rows(), "captured")
        self.assertEqual(len(self._get_captured(self.contact)), 1)

    def test_same_mail_by_another_way(self):
        raw = self._format(to="carla@customer.example")
        self._receive(raw)
        self._receive(b"Received: from relay.example by mx.example\n" + raw)
        self.assertRow(self._get_rows(), "captured")

    def test_same_mail_without_message_id(self):
        raw = self._format(to="carla@customer.example").replace(b"Message-ID", b"X-Not-Message-ID")
        self._receive(raw)
        self._receive(raw)
        self.assertRow(self._get_rows(), "captured")
        self._receive(raw.replace(b"our offer", b"our new offer"))
        self.assertEqual(len(self._get_rows()), 2)

    def test_two_dropboxes_on_one_mail(self):
        self.lea.sudo().bcc_dropbox_ids.sender_ids.create(
            {"dropbox_id": self.lea.sudo().bcc_dropbox_ids.id, "email": "sam@acme.example", "verified": True}
        )
        self._receive(
            self._format(to="carla@customer.example", headers=f"Envelope-To: {self.lea.bcc_dropbox_address}\n")
        )
        rows = self._get_rows()
        self.assertEqual(rows.user_id, self.sam | self.lea)
        self.assertEqual(set(rows.mapped("state")), {"captured"})
        self.assertEqual(len(rows.line_ids.mail_message_id), 1, "no record gets it twice")
        self.assertEqual(len(self._get_captured(self.contact)), 1)

    def test_two_dropboxes_on_one_mail_without_message_id(self):
        self.lea.sudo().bcc_dropbox_ids.sender_ids.create(
            {"dropbox_id": self.lea.sudo().bcc_dropbox_ids.id, "email": "sam@acme.example", "verified": True}
        )
        headers = f"Envelope-To: {self.lea.bcc_dropbox_address}\n"
        raw = self._format(to="carla@customer.example", headers=headers)
        self._receive(raw.replace(b"Message-ID", b"X-Not-Message-ID"))
        self.assertEqual(self._get_rows().mapped("state"), ["captured"] * 2)
        self.assertEqual(len(self._get_captured(self.contact)), 1)

    # ------------------------------------------------------------
    # AMOUNTS
    # ------------------------------------------------------------

    def test_120_mails_of_one_sender(self):
        self._lift_day_limits()
        for number in range(120):
            self._receive(self._format(to=f"customer{number}@customer.example"))
        self.assertEqual(self._get_rows().mapped("state"), ["captured"] * 120)
        self.assertEqual(len(self._get_rows().line_ids.mail_message_id), 120)

    def test_mail_with_20_recipients(self):
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.max_new_records", "20")
        email = self._capture(to=", ".join(f"Customer {n} <c{n}@customer.example>" for n in range(20)))
        self.assertRow(email, "captured")
        self.assertEqual(email.line_ids.mapped("outcome"), ["created"] * 20)
        self.assertEqual(len(set(email.line_ids.mapped("res_id"))), 20)

    def test_locks_of_a_mail_with_20000_recipients(self):
        """PostgreSQL has room for some thousand locks of all sessions together."""
        recipients = tuple(Address("", f"c{number}@customer.example", "") for number in range(20_000))
        raw_mail = RawMail(self._format())
        raw_mail.recipients = recipients
        self.env["crm.bcc.dropbox.email"]._lock_correspondents([MailToLog(raw_mail, [], [], [], [], {})])
        self.env.cr.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        self.assertEqual(self.env.cr.fetchone()[0], LOCK_COUNT)

    # ------------------------------------------------------------
    # ODD MAIL
    # ------------------------------------------------------------

    def test_parser_of_last_resort(self):
        for broken in [
            b"Content-Type: text/plain; charset=unknown-8bit-x",
            b"Content-Type: text/plain; charset=utf-8\nContent-Type: text/html; charset=\xff",
        ]:
            with self.subTest(broken=broken):
                raw = self._format(to="carla@customer.example").replace(
                    b"Content-Type: text/plain; charset=utf-8", broken
                )
                known = self._get_rows()
                self._receive(raw)
                row = self._get_rows() - known
                self.assertRow(row, "captured")
                self.assertIn("Here is our offer", row.line_ids.mail_message_id.body)

    def test_token_in_the_text(self):
        """Readers of the record don't learn the BCC address from quotes in the email."""
        address = self.sam.bcc_dropbox_address
        row = self._capture(body=f"Bcc: {address}", subject=f"Fwd: {address}", to=f'"{address}" <new@customer.example>')
        lead = self._get_record(row)
        texts = [lead.name, lead.contact_name, row.subject, row.line_ids.mail_message_id.body]
        self.assertEqual([text for text in texts if address[:24] in text], [])

    def test_originals_are_forgotten(self):
        old = self._capture(sender="mallory@evil.example")
        new = self._capture(sender="mallory@evil.example")
        self.env.cr.execute(
            "UPDATE crm_bcc_dropbox_email SET create_date = now() - interval '31 days' WHERE id = %s", [old.id]
        )
        self.env.invalidate_all()
        self.env["crm.bcc.dropbox.email"]._gc_raw()
        self.assertFalse(old.raw)
        self.assertTrue(new.raw)

    def test_originals_of_logged_mails_are_kept_for_some_days(self):
        """Completely logged ones for a week; those with a remark as long as those that were not logged."""
        whole, partly = self._capture(), self._capture()
        partly.reason_code = "large_files"
        for days, kept in ((6, (True, True)), (8, (False, True)), (31, (False, False))):
            self.env.cr.execute(
                "UPDATE crm_bcc_dropbox_email SET create_date = now() - make_interval(days => %s) WHERE id IN %s",
                [days, (whole + partly)._ids],
            )
            self.env.invalidate_all()
            self.env["crm.bcc.dropbox.email"]._gc_raw()
            self.assertEqual((whole.has_original, partly.has_original), kept, days)
