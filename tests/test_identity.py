"""Identity of mails: one mail that arrives in two ways is logged once, two mails with the same Message-Id are both."""

import importlib.util
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import mute_logger
from psycopg2.errors import SerializationFailure

from ..models.crm_bcc_dropbox_email_gateway import PAUSES
from ..tools.raw_mail import RawMail
from .common import GatewayCommon, data, tagged

ORDINARY = "odoo.addons.crm_bcc_dropbox.models.crm_bcc_dropbox_email_gateway"
MIGRATIONS = [
    Path(__file__).parents[1] / f"migrations/{version}/post-migrate.py" for version in ("19.0.1.1.0", "19.0.1.2.0")
]
ID = "<merge-1@bulk.example>"


class IdentityCommon(GatewayCommon):
    def _get_messages(self, record):
        return record.message_ids.filtered(lambda message: message.message_id == ID)

    def _write_to_alias(self, **values):
        """Return a mail with the same Message-Id, for an alias only."""
        values = {"to": "sales@acme.example", "message_id": ID, "sender": "carla@customer.example", **values}
        return self._format(data.BARE, **values)


@tagged("post_install", "-at_install")
class TestIdentity(IdentityCommon):
    def test_mail_merge_and_send_again(self):
        """Each is logged, even on a record that has another one."""
        mails = [
            {"to": "carla@customer.example", "body": "Your price is 100"},
            {"to": "leo@customer.example", "body": "Your price is 200"},
            {"to": "leo@customer.example", "body": "Your price is 200", "subject": "Corrected"},
            {"to": "leo@customer.example", "body": "Your price is 300"},
        ]
        raws = [self._format(message_id=ID, **values) for values in mails]
        for raw in [*raws, *raws]:
            self._receive(raw)
        rows = self._get_rows()
        self.assertEqual(rows.mapped("state"), ["captured"] * 4)
        self.assertEqual(len(self._get_messages(self.contact)), 1)
        bodies = sorted(self._get_messages(self.lead).mapped("body"))
        self.assertEqual(["200" in body for body in bodies], [True, True, False])
        self.assertIn("300", bodies[2])

    def test_same_mail_by_another_way(self):
        raw = self._format(message_id=ID, to="carla@customer.example")
        self._receive(raw)
        for again in (
            b"Received: from relay.example by mx.example\n" + raw,
            raw.replace(b"\n", b"\r\n"),
            raw.replace(b"To: carla", f"Bcc: {self.sam.bcc_dropbox_address}\nTo: carla".encode()),
            raw.replace(b"8bit", b"quoted-printable").replace("ï".encode(), b"=C3=AF"),
        ):
            self._receive(again)
        self.assertRow(self._get_rows(), "captured")
        self.assertEqual(len(self._get_messages(self.contact)), 1)

    def test_stranger_is_first_through_an_alias(self):
        """The owner's email is logged on the record with the stranger's email as well, and reaches the alias."""
        with self.mock_mail_gateway():
            self._receive(self._write_to_alias(subject="Mine"))
            stranger = self._get_leads("carla@customer.example")
            self.assertEqual(len(self._get_messages(stranger)), 1)
            row = self._capture(
                message_id=ID, to="carla@customer.example", headers="Cc: sales@acme.example\n", subject="Offer"
            )
        self.assertRow(row, "captured")
        self.assertEqual(len(self._get_messages(self.contact)), 1)
        self.assertEqual(self._get_leads("sam@acme.example").name, "Offer")

    def test_stranger_is_first_on_the_same_record(self):
        self.lead.message_post(body="Question", message_type="comment", message_id="<question@acme.example>")
        answer = self._write_to_alias(to="catchall@acme.example", headers="In-Reply-To: <question@acme.example>\n")
        with self.mock_mail_gateway():
            self._receive(answer)
        self.assertEqual(len(self._get_messages(self.lead)), 1)
        row = self._capture(message_id=ID, to="leo@customer.example")
        self.assertEqual(self._get_record(row), self.lead)
        self.assertEqual(len(self._get_messages(self.lead)), 2)

    def test_captured_mail_hides_no_other_one(self):
        """Another mail with its Message-Id reaches an alias, and the record with the captured one."""
        question = self.lead.message_post(body="Question", message_type="comment")
        row = self._capture(message_id=ID, to="leo@customer.example")
        self.assertEqual(self._get_record(row), self.lead)
        with self.mock_mail_gateway():
            self._receive(self._write_to_alias())
            self._receive(self._write_to_alias(
                to="catchall@acme.example", sender="nora@customer.example",
                headers=f"In-Reply-To: {question.message_id}\n",
            ))  # fmt: skip
        self.assertEqual(len(self._get_leads("carla@customer.example")), 1)

    def test_answer_beside_a_captured_mail(self):
        question = self.lead.message_post(body="Question", message_type="comment")
        self._capture(message_id=ID, to="leo@customer.example")
        answer = self._write_to_alias(to="catchall@acme.example", headers=f"In-Reply-To: {question.message_id}\n")
        with self.mock_mail_gateway():
            self._receive(answer)
        self.assertEqual(len(self._get_messages(self.lead)), 2)

    def test_one_bounce_is_enough(self):
        """Core returns False for bounced mails as well."""
        self._capture(message_id=ID, to="leo@customer.example")
        with self.mock_mail_gateway():
            self._receive(self._write_to_alias(to="catchall@acme.example"))
            self.env.flush_all()
            self.assertEqual(len(self._mails), 1)

    def test_captured_copy_is_recognised_without_recipients(self):
        """An email to the dropbox only, logged by hand."""
        row = self._capture(message_id=ID, to=self.sam.bcc_dropbox_address)
        self.assertRow(row, "unmatched")
        wizard = self.env["crm.bcc.dropbox.file"].with_user(self.sam).browse(
            row.with_user(self.sam).action_file_on()["res_id"]
        )  # fmt: skip
        wizard.record = self.lead
        wizard.action_confirm()
        message = row.line_ids.mail_message_id
        self.assertFalse(message.bcc_dropbox_to or message.bcc_dropbox_cc)
        self.assertTrue(message.bcc_dropbox_captured)
        suggested = self.lead.with_user(self.sam)._message_get_suggested_recipients(reply_message=message)
        self.assertNotIn("sam@acme.example", [person["email"] for person in suggested])


@tagged("post_install", "-at_install")
class TestForgedFirst(IdentityCommon):
    """A forged copy with the same text arrives before the owner's email."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("crm_bcc_dropbox.authentication", "require")
        cls.env["ir.config_parameter"].set_param("crm_bcc_dropbox.authentication_host", "mx.acme.example")

    def _write(self, result):
        raw = self._format(message_id=ID, to="carla@customer.example")
        return f"Authentication-Results: mx.acme.example; dmarc={result} header.from=acme.example\n".encode() + raw

    def test_mail_of_the_owner_is_filed(self):
        for _time in range(2):
            self._receive(self._write("fail"))
        self.assertRow(self._get_rows(), "refused")
        self._receive(self._write("pass"))
        self.assertRow(self._get_rows(), "captured")
        self.assertEqual(len(self._get_messages(self.contact)), 1)
        self._receive(self._write("fail"))
        self._receive(self._write("pass"))
        self.assertRow(self._get_rows(), "captured")
        self.assertEqual(len(self._get_messages(self.contact)), 1)

    def test_same_bytes_again(self):
        """A rejected email stays rejected even if the reason is gone: there is a button for that."""
        raw = self._write("fail")
        self._receive(raw)
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.authentication", "off")
        self._receive(raw)
        self.assertRow(self._get_rows(), "refused")

    def test_what_somebody_has_dealt_with_stays(self):
        self._receive(self._write("fail"))
        email = self._get_rows()
        email.with_user(self.sam).action_dismiss()
        self._receive(self._write("pass"))
        self.assertRow(email | self._get_rows(), "refused")


@tagged("post_install", "-at_install")
class TestKeptIsASuccess(IdentityCommon):
    """After a mail was stored, failures of its ordinary delivery cause no bounce."""

    def test_alias_that_core_does_not_read(self):
        for number, cc in enumerate((
            "'sales@acme.example'", "sales@acme.example.", "\xa0sales@acme.example", "<'sales@acme.example'>",
        )):  # fmt: skip
            with self.subTest(cc=cc), self.mock_mail_gateway():
                subject = f"Offer {number}"
                row = self._capture(to="carla@customer.example", headers=f"Cc: {cc}\n", subject=subject)
                self.assertRow(row, "captured")
                self.assertEqual(len(self._get_leads("sam@acme.example").filtered_domain([("name", "=", subject)])), 1)

    def _fail(self, error, subject="Offer"):
        """Receive a mail whose ordinary delivery raises an error."""
        with (
            patch.object(self.env.registry["crm.lead"], "message_new", side_effect=error),
            self.mock_mail_gateway(),
            self.assertLogs(ORDINARY, "WARNING") as logs,
        ):
            row = self._capture(to="carla@customer.example", headers="Cc: sales@acme.example\n", subject=subject)
        self.assertIn(type(error).__name__, str(logs.output))
        self.assertNotIn(self.sam.bcc_dropbox_ids.token_ids.token, str(logs.output))
        self.assertRow(row, "captured")
        return row

    def _run_job(self, row):
        row.ordinary_next_try = fields.Datetime.now()
        self.env.flush_all()
        with self.mock_mail_gateway(), mute_logger(ORDINARY):
            self.env.ref("crm_bcc_dropbox.ir_cron_retry").method_direct_trigger()
        self.env.invalidate_all()

    def test_no_route(self):
        row = self._fail(ValueError("No possible route found for it"))
        self.assertIn("did not reach the other addresses of Odoo", row.history)
        self.assertFalse(row.ordinary_next_try)

    def test_tried_again(self):
        """The alias gets the mail later, exactly once."""
        for error in (RuntimeError("bad"), MemoryError(), UserError("not so")):
            with self.subTest(error):
                subject = type(error).__name__
                row = self._fail(error, subject)
                self.assertFalse(row.history)
                for _time in range(2):
                    self._run_job(row)
                lead = self._get_leads("sam@acme.example").filtered_domain([("name", "=", subject)])
                self.assertEqual(len(lead), 1)
                self.assertNotIn("bcc-", str(lead.message_ids.mapped("body")))
                self.assertFalse(row.ordinary_raw or row.history)

    def test_given_up(self):
        row = self._fail(RuntimeError("bad"))
        with patch.object(self.env.registry["crm.lead"], "message_new", side_effect=RuntimeError("bad")):
            for tries in range(1, len(PAUSES) + 1):
                self._run_job(row)
                self.assertEqual(row.ordinary_tries, tries)
                self.assertGreater(row.ordinary_next_try, fields.Datetime.now())
            self._run_job(row)
        self.assertFalse(row.ordinary_next_try or row.ordinary_raw)
        self.assertEqual(row.history.count("did not reach the other addresses of Odoo"), 1)

    def test_trouble_of_the_database(self):
        """If the request is repeated or the mail delivered again, it is recognised as the same mail."""
        error = SerializationFailure()
        raw = self._format(to="carla@customer.example", headers="Cc: sales@acme.example\n")
        with (
            patch.object(self.env.registry["crm.lead"], "message_new", side_effect=error),
            self.assertRaises(SerializationFailure),
            self.mock_mail_gateway(),
        ):
            self._receive(raw)
        with self.mock_mail_gateway():
            self._receive(raw)
        self.assertRow(self._get_rows(), "captured")
        self.assertEqual(len(self._get_leads("sam@acme.example")), 1)

    def test_nothing_half_done_is_left(self):
        def message_new(Lead, msg_dict, custom_values=None):
            self.env["crm.lead"].create({"name": "Half done"})
            raise RuntimeError("bad")

        with (
            self.mock_mail_gateway(),
            mute_logger(ORDINARY),
            patch.object(self.env.registry["crm.lead"], "message_new", message_new),
        ):
            self._capture(to="carla@customer.example", headers="Cc: sales@acme.example\n")
        self.assertFalse(self.env["crm.lead"].search([("name", "=like", "%Half done")]))


@tagged("post_install", "-at_install")
class TestIdentityMigration(IdentityCommon):
    def _migrate(self):
        """Upgrade from an earlier version, which stored originals in the rows of emails that were not logged."""
        self.env.flush_all()
        cr = self.env.cr
        cr.execute("ALTER TABLE crm_bcc_dropbox_email ADD COLUMN raw bytea")
        cr.execute(
            "UPDATE crm_bcc_dropbox_email AS email SET raw = original.raw FROM crm_bcc_dropbox_email_raw AS original"
            " WHERE original.email_id = email.id AND email.state != 'captured'"
        )
        cr.execute("DELETE FROM crm_bcc_dropbox_email_raw")
        for path in MIGRATIONS:
            spec = importlib.util.spec_from_file_location("post_migrate", path)
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            module.migrate(cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def _age(self):
        """Change rows and messages to those of the earlier version."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE crm_bcc_dropbox_email SET fingerprint = message_id")
        self.env.cr.execute("UPDATE mail_message SET bcc_dropbox_captured = NULL, bcc_dropbox_fingerprint = NULL")
        self.env.invalidate_all()

    def test_rows_of_the_former_version(self):
        captured = self._format(message_id=ID, to='"Carla" <carla@customer.example>', headers="Cc: lea@acme.example\n")
        refused = self._format(sender="mallory@evil.example")
        for raw in (captured, refused):
            self._receive(raw)
        message = self._get_messages(self.contact)
        self._age()
        self._migrate()
        self.assertTrue(message.bcc_dropbox_captured)
        rows = self._get_rows()
        self.assertIn(RawMail(refused).fingerprint, rows.mapped("fingerprint"))
        self.assertNotIn(RawMail(captured).fingerprint, rows.mapped("fingerprint"))
        for raw in (captured, refused):
            self._receive(raw)
        self.assertEqual(self._get_rows(), rows)
        self._receive(captured.replace(b"Carla", b"Leo").replace(b"carla@", b"leo@"))
        self.assertEqual(len(self._get_messages(self.lead)), 1)
        self.assertEqual(len(self._get_rows()), 3)

    def test_other_messages(self):
        values = {"model": "crm.lead", "res_id": self.lead.id, "message_type": "email_outgoing"}
        sent = self.env["mail.message"].create(values)
        self._migrate()
        self.assertFalse(sent.bcc_dropbox_captured)

    def test_mails_for_nobody(self):
        """Their state no longer exists: they are fetched once more."""
        server = self.env["fetchmail.server"].create({"name": "Mailbox", "state": "done"})
        poll = self.env["crm.bcc.dropbox.poll"].create({"server_id": server.id, "key": "1", "state": "failed"})
        self.env.flush_all()
        self.env.cr.execute("UPDATE crm_bcc_dropbox_poll SET state = 'unroutable' WHERE id = %s", poll.ids)
        self._migrate()
        self.assertEqual(poll.state, "failed")
        self.assertTrue(poll._is_due(1))
