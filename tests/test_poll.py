"""Polling with every kind of failure: no mail is lost, and none is logged twice."""

from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.base.models.ir_cron import IrCron
from odoo.addons.crm.models.crm_lead import CrmLead
from odoo.addons.mail.models.fetchmail import OdooIMAP4
from odoo.exceptions import UserError
from odoo.tests.test_cursor import TestCursor
from odoo.tools import mute_logger
from odoo.tools.misc import Callbacks
from psycopg2.errors import SerializationFailure

from ..tools import mailbox as mailboxes
from .common import GatewayCommon, tagged
from .servers import FAULTS, Fault, ScriptedMailbox, ScriptedServer

KINDS = ("imap", "pop")
MUTED = (
    "odoo.addons.mail.models.fetchmail",
    "odoo.addons.crm_bcc_dropbox.tools.journal",
    mailboxes.__name__,
)
TIMEOUT = "odoo.addons.mail.models.fetchmail.MAIL_TIMEOUT"

WITHOUT_MESSAGE_ID = """\
From: Nora <{sender}@customer.example>
To: sales@acme.example
Subject: {subject}

{body}
"""


COMMIT = TestCursor.commit

MAX_STEPS = 30
"""More steps than a poll of two mails has."""


class Killed(BaseException):
    """The end of a process."""


def commit_with_hooks(cursor):
    """Commit like a real cursor; test cursors do not run the hooks."""
    hooks, cursor.postcommit = cursor.postcommit, Callbacks()
    try:
        COMMIT(cursor)
    finally:
        cursor.postcommit = hooks  # some hooks read what is stored with them
    hooks.run()


class PollCommon(GatewayCommon):
    """A mailbox on a mail server that is controlled by the test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["fetchmail.server"].search([]).action_archive()

    def setUp(self):
        super().setUp()
        self.subject_count = 0
        self.startPatcher(patch.object(TestCursor, "commit", commit_with_hooks))

    @contextmanager
    def _serve(self, kind, *mails):
        """Yield a served mailbox with mails, and its incoming mail server."""
        box = ScriptedMailbox()
        for raw in mails:
            box.add(raw)
        with ScriptedServer(kind, box) as serving:
            values = {"server_type": kind, "server": "127.0.0.1", "port": serving.port, "user": "u", "password": "p"}
            server = self.env["fetchmail.server"].create({"name": "Mailbox", "state": "done", **values})
            yield box, server

    def _poll(self, server, method="_fetch_mail"):
        """Poll like the scheduled action, in separate transactions; return the error that ended it."""
        self.env.flush_all()
        try:
            with mute_logger(*MUTED), self.registry.cursor() as cr:
                try:
                    return getattr(server.with_env(server.env(cr=cr)), method)()
                except Killed as error:
                    return error  # the cursors of tests are savepoints of this one
        finally:
            self.env.invalidate_all()

    def _write_ordinary(self, subject=None, template=WITHOUT_MESSAGE_ID, body="Call me."):
        """Return a mail that creates a lead through an alias."""
        type(self).mail_count += 1
        values = {"subject": subject or f"Ordinary {self.mail_count}", "body": body}
        # different senders, because Odoo would detect a loop
        return template.format(sender=f"nora{self.mail_count}", **values).encode()

    def _write_captured(self, **values):
        return self._format(to=f"new{self.mail_count}@customer.example", **values)

    def _get_polls(self, server):
        return self.env["crm.bcc.dropbox.poll"].search([("server_id", "=", server.id)])

    def _let_wait(self, server, pause):
        """Make all waiting mails due."""
        for poll in self._get_polls(server).filtered("next_try"):
            poll.next_try -= pause
        self.env.flush_all()

    def _count(self, subject):
        return self.env["crm.lead"].search_count([("name", "=like", f"%{subject}")])


@tagged("post_install", "-at_install")
class TestPollFaults(PollCommon):
    """The connection breaks at each step of the protocol, in each way."""

    def _write_mails(self, name):
        """A mail to a dropbox, and an ordinary one without Message-Id, with a line that poplib rejects."""
        number = self.mail_count
        return {
            f"{name} captured {number}": self._write_captured(subject=f"{name} captured {number}"),
            f"{name} ordinary {number}": self._write_ordinary(f"{name} ordinary {number}", body="x" * 70_000),
        }

    def _check_fault(self, kind, fault):
        """Break a poll, poll again, and find each mail once; return whether it was broken."""
        mails = self._write_mails(f"{fault.kind} {fault.step}")
        with self._serve(kind, *mails.values()) as (box, server):
            box.fault = fault
            with patch(TIMEOUT, 0.3) if fault.kind == "stalled" else mute_logger():
                self._poll(server)
            was_broken = box.fault is None
            stored = sum(self._count(subject) for subject in mails)
            self.assertGreaterEqual(stored, len(mails) - len(box.get_new()), "nothing is marked but what is stored")
            for _again in range(2):
                self.assertIsNone(self._poll(server))
            self.assertEqual([self._count(subject) for subject in mails], [1, 1])
            self.assertFalse(box.get_new(), "all are marked")
            self.assertEqual(len(box.mails), 2 if kind == "imap" else 0)
            self._poll(server)
            self.assertFalse(self._get_polls(server), "nothing is left in the journal")
            self.assertFalse(server.error_date)
        return was_broken

    def _check_faults(self, kind):
        for fault_kind in FAULTS:
            for step in range(MAX_STEPS):
                if not self._check_fault(kind, Fault(step, fault_kind)):
                    break
            self.assertTrue(7 < step < MAX_STEPS - 1, "each step of a poll was broken once")

    def test_imap(self):
        self._check_faults("imap")

    def test_pop(self):
        self._check_faults("pop")


@tagged("post_install", "-at_install")
class TestPoll(PollCommon):
    """Polling special mails."""

    @contextmanager
    def _failing(self, subject, error):
        """Make the creation of leads with this subject fail."""

        def message_new(Lead, msg_dict, custom_values=None):
            if msg_dict.get("subject") == subject:
                raise error
            return original(Lead, msg_dict, custom_values)

        original = CrmLead.message_new
        with patch.object(CrmLead, "message_new", message_new):
            yield

    def test_ordinary_poll(self):
        for kind in KINDS:
            with self.subTest(kind), self._serve(kind, self._write_captured(), self._write_ordinary(kind)) as served:
                box, server = served
                rows = len(self._get_rows())
                self.assertIsNone(self._poll(server))
                self.assertEqual(len(self._get_rows()), rows + 1)
                self.assertEqual(self._count(kind), 1)
                self.assertFalse(box.get_new())
                self.assertFalse(self._get_polls(server))
                self.assertFalse([command for command in box.commands if "RFC822)" in command or "CLOSE" in command])

    def test_failing_mail(self):
        """It stays unread on the server, is retried after growing pauses, and does not block others."""
        for kind in KINDS:
            mails = [self._write_ordinary(f"Poison {kind}"), self._write_ordinary(f"After {kind}")]
            with self.subTest(kind), self._serve(kind, *mails) as (box, server):
                with self._failing(f"Poison {kind}", RuntimeError(f"bad\x00 {self.sam.bcc_dropbox_address}\nmore")):
                    self.assertIsNone(self._poll(server))
                    self.assertEqual(self._count(f"After {kind}"), 1)
                    self.assertEqual(len(box.get_new()), 1)
                    for tries, minutes in enumerate([0, 1, 5, 30, 120, 1440, 1440], 1):
                        [poll] = self._get_polls(server)
                        self.assertEqual((poll.state, poll.tries), ("failed", tries))
                        self.assertIn("RuntimeError: bad", poll.reason)
                        self.assertNotIn("\n", poll.reason)
                        self.assertNotIn(self.sam.bcc_dropbox_ids.token_ids.token, poll.reason)
                        pause = timedelta(minutes=minutes)
                        left = poll.next_try - fields.Datetime.now()
                        self.assertTrue(pause - timedelta(minutes=1) < left <= pause, left)
                        if minutes:
                            self._poll(server)
                            self.assertEqual(self._get_polls(server).tries, tries, "it has to wait")
                        self._let_wait(server, pause)
                        self._poll(server)
                self._let_wait(server, timedelta(days=1))
                self._poll(server)
                self.assertEqual(self._count(f"Poison {kind}"), 1)
                self.assertFalse(box.get_new())
                self.assertFalse(self._get_polls(server))

    def test_fetch_now(self):
        """“Fetch Now” also fetches waiting mails."""
        with self._serve("imap", self._write_ordinary("Poison")) as (box, server):
            with self._failing("Poison", RuntimeError("bad")):
                self._poll(server)
                self._poll(server)
            self._poll(server)
            self.assertTrue(box.get_new())
            self._poll(server, "fetch_mail")
            self.assertFalse(box.get_new())
            self.assertEqual(self._count("Poison"), 1)

    def test_for_nobody(self):
        """Mail without a recipient in Odoo is marked or deleted, as in core: a catch-all mailbox must not fill up."""
        for kind in KINDS:
            raw = self._write_ordinary().replace(b"sales@acme.example", b"nobody@elsewhere.example")
            with self.subTest(kind), self._serve(kind, raw) as (box, server):
                self.assertIsNone(self._poll(server))
                self.assertFalse(box.get_new())
                self.assertFalse(self._get_polls(server))

    def test_taken_by_another_addon(self):
        """Mail that does not reach this gateway is marked, as Odoo does."""
        for kind in KINDS:
            with self.subTest(kind), self._serve(kind, self._write_ordinary()) as (box, server):
                with patch.object(self.env.registry["mail.thread"], "message_process", return_value=False):
                    self.assertIsNone(self._poll(server))
                self.assertFalse(box.get_new())

    def test_killer(self):
        """A mail that ends its process is given up after five times; the mails after it are not."""
        for kind in KINDS:
            mails = [self._write_ordinary(f"Killer {kind}"), self._write_ordinary(f"After {kind}")]
            with self.subTest(kind), self._serve(kind, *mails) as (box, server):
                with self._failing(f"Killer {kind}", Killed()):
                    for tries in range(1, 6):
                        self.assertIsInstance(self._poll(server), Killed)
                        [poll] = self._get_polls(server).filtered(lambda poll: poll.state == "begun")
                        self.assertEqual(poll.tries, tries)
                        self._let_wait(server, timedelta(days=1))
                    self.assertIsNone(self._poll(server))
                    self.assertEqual(self._count(f"After {kind}"), 1)
                    self.assertEqual(len(box.get_new()), 1)
                self._poll(server, "fetch_mail")
                self.assertEqual(self._count(f"Killer {kind}"), 1)

    def test_transaction_that_cannot_be_committed(self):
        """A mail is not marked while its transaction is not committed."""

        def commit_progress(cron, processed=0, **options):
            if processed and failures:
                raise failures.pop()
            return original(cron, processed, **options)

        original = IrCron._commit_progress
        for kind in KINDS:
            failures = [SerializationFailure()]
            with self.subTest(kind), self._serve(kind, self._write_ordinary(f"Once {kind}")) as (box, server):
                with patch.object(IrCron, "_commit_progress", commit_progress):
                    self._poll(server)
                self.assertFalse(failures)
                self.assertTrue(box.get_new())
                self.assertEqual(self._count(f"Once {kind}"), 0)
                self._poll(server)
                self.assertEqual(self._count(f"Once {kind}"), 1)
                self.assertFalse(box.get_new())

    def test_too_large(self):
        """A mail over the limit is never fetched, until the limit is raised."""
        limit = self.env["ir.config_parameter"].sudo()
        for kind in KINDS:
            limit.set_param("crm_bcc_dropbox.max_mail_mb", 1)
            mails = [self._write_ordinary(f"Huge {kind}", body="x" * 1_100_000), self._write_ordinary(f"After {kind}")]
            with self.subTest(kind), self._serve(kind, *mails) as (box, server):
                for _again in range(2):
                    self._poll(server)
                    [poll] = self._get_polls(server)
                    self.assertEqual((poll.state, poll.tries), ("too_large", 0))
                    self.assertFalse([command for command in box.commands if "101 (BODY" in command])
                self.assertNotIn("RETR 1", box.commands[: len(box.commands) // 2] if kind == "pop" else [])
                self.assertEqual(self._count(f"After {kind}"), 1)
                limit.set_param("crm_bcc_dropbox.max_mail_mb", 2)
                self._poll(server)
                self.assertEqual(self._count(f"Huge {kind}"), 1)
                self.assertFalse(box.get_new())

    def test_larger_than_announced(self):
        """A POP server that sends more than it announced does not exhaust memory."""
        self.env["ir.config_parameter"].sudo().set_param("crm_bcc_dropbox.max_mail_mb", 1)
        for body in ["x" * 3_000_000, "x\n" * 1_000_000]:
            mails = [self._write_ordinary("Huge", body=body), self._write_ordinary("After")]
            with self._serve("pop", *mails) as (box, server):
                box.announced[101] = 1000
                self.assertIsInstance(self._poll(server), ConnectionError)
                self._poll(server)
                self._poll(server)
                self.assertEqual([poll.state for poll in self._get_polls(server)], ["failed"])
                self.assertEqual(box.get_new(), [101])

    def test_long_lines_and_dots(self):
        """POP returns the exact bytes, whatever the lines."""
        lines = ["." * 3, "..", ".", "x" * 200_000, "", ".end"]
        with self._serve("pop", self._write_ordinary("Lines", body="\n".join(lines))) as (_box, server):
            self._poll(server)
        lead = self.env["crm.lead"].search([("name", "=", "Lines")])
        body = lead.message_ids.filtered(lambda message: message.message_type == "email").body
        for line in lines:
            self.assertIn(line, body)

    def test_without_uidl(self):
        mails = [self._write_ordinary("Poison"), self._write_ordinary("After")]
        with self._serve("pop", *mails) as (box, server):
            box.has_uidl = False
            with self._failing("Poison", RuntimeError("bad")):
                self._poll(server)
                self._poll(server)
                self._poll(server)
                self.assertEqual(self._get_polls(server).tries, 2)
            self.assertEqual(len(box.mails), 1)
            self._poll(server, "fetch_mail")
            self.assertFalse(box.mails)

    def test_marks_refused(self):
        """A mail that cannot be marked is not received again."""
        for kind, command in [("imap", "UID STORE"), ("pop", "DELE")]:
            with self.subTest(kind), self._serve(kind, self._write_ordinary(f"Once {kind}")) as (box, server):
                self._poll(server)
                step = next(number for number, line in enumerate(box.commands, 1) if command in line)
                box.seen.clear()
                uid = box.add(self._write_ordinary(f"Twice {kind}"))
                box.mails = {uid: box.mails[uid]}
                for _again in range(2):
                    del box.commands[:]
                    box.fault = Fault(step, "refused")
                    self._poll(server)
                    self.assertEqual(self._get_polls(server).state, "stored")
                    self.assertEqual(self._count(f"Twice {kind}"), 1)
                    step = (
                        4
                        if kind == "pop"
                        else next(number for number, line in enumerate(box.commands, 1) if "SEARCH" in line)
                    )  # after it, the mail is only to be marked
                    step += 1
                self._poll(server)
                self.assertFalse(box.get_new())
                self.assertEqual(self._count(f"Twice {kind}"), 1)

    def test_many_mails(self):
        """Many mails are searched in steps and fetched window by window."""
        with (
            patch.object(mailboxes, "SEARCH_STEP", 2),
            patch.object(mailboxes, "WINDOW", 2),
            self._serve("imap", *(self._write_ordinary(f"Many {number}") for number in range(5))) as (box, server),
        ):
            self._poll(server)
            searches = [command.partition(" ")[2] for command in box.commands if "SEARCH" in command]
            self.assertEqual(searches, [f"UID SEARCH {step} UNSEEN" for step in ["1:2", "3:4", "5:*"]])
            self.assertEqual(len(box.get_new()), 3)
            self._poll(server)
            self._poll(server)
            self.assertFalse(box.get_new())

    def test_two_polls_at_once(self):
        """If two connections read the same mails, those to dropboxes are captured once."""
        for kind in KINDS:
            with self.subTest(kind), self._serve(kind, self._write_captured(), self._write_captured()) as (box, server):
                rows = len(self._get_rows())
                one, two = server._connect__(), server._connect__()
                for mailbox in (one, two):
                    self.assertEqual(mailbox.check_unread_messages(), 2)
                for mailbox in (one, two):
                    for key, raw in mailbox.retrieve_unread_messages():
                        self._receive(raw)
                        self.env.cr.postcommit.run()
                        mailbox.handled_message(key)
                one.disconnect()
                with mute_logger(mailboxes.__name__):
                    two.disconnect()
                self.assertEqual(len(self._get_rows()), rows + 2)
                self._poll(server)
                self.assertFalse(box.get_new())
                self.assertFalse(self._get_polls(server))

    def test_gone_meanwhile(self):
        """The rows of mails that were read or deleted in another program are deleted."""
        with self._serve("imap", self._write_ordinary("Poison"), self._write_ordinary("Other")) as (box, server):
            with self._failing("Poison", RuntimeError("bad")):
                self._poll(server)
            self.assertEqual(len(self._get_polls(server)), 1)
            box.seen.update(box.mails)
            self._poll(server)
            self.assertFalse(self._get_polls(server))
        server.unlink()

    def test_confirm(self):
        """The button “Test & Confirm” still works."""
        for kind in KINDS:
            with self.subTest(kind), self._serve(kind) as (box, server):
                server.state = "draft"
                self.env.flush_all()
                server.button_confirm_login()
                self.assertEqual(server.state, "done")
                self.assertIn("LOGOUT" if kind == "imap" else "QUIT", box.commands[-1])
                box.fault = Fault(2 if kind == "imap" else 1, "refused")
                with self.assertRaisesRegex(UserError, "refused"):
                    server.button_confirm_login()

    def test_oauth(self):
        """Mailboxes of Google and Microsoft, with their own login, are read in the same way."""
        Server = self.env.registry["fetchmail.server"]
        logins = {"gmail": "_generate_oauth2_string", "outlook": "_generate_outlook_oauth2_string"}
        for kind in logins.keys() & dict(Server.server_type.selection).keys():
            mails = [self._write_captured(), self._write_ordinary(f"Poison {kind}")]
            with (
                self.subTest(kind),
                self._serve("imap", *mails) as (box, server),
                # the scripted server does not encrypt, which these providers require
                patch("odoo.addons.mail.models.fetchmail.OdooIMAP4_SSL", OdooIMAP4),
                patch.object(Server, logins[kind], return_value="secret"),
            ):
                server.write({"server_type": kind, "is_ssl": True})
                with self._failing(f"Poison {kind}", RuntimeError("bad")):
                    self._poll(server)
                    self.assertEqual(box.get_new(), [102])
                self._poll(server)
                self.assertFalse(box.get_new())
                self.assertFalse(server.error_date)
                self.assertIn("AUTHENTICATE XOAUTH2", str(box.commands))

    def test_local_server(self):
        """A server without a connection is left to Odoo."""
        server = self.env["fetchmail.server"].create({"name": "Local", "server_type": "local", "state": "done"})
        self.assertIsNone(self._poll(server))

    def test_mails_of_servers_of_long_ago_are_forgotten(self):
        """Rows of servers that are no longer polled are deleted; what belongs to no user stays listed while it is."""
        server, archived = self.env["fetchmail.server"].create([{"name": "Old", "active": on} for on in (True, False)])
        old, listed, gone, new = self.env["crm.bcc.dropbox.poll"].create([
            {"server_id": server.id, "key": "1", "state": "too_large"},
            {"server_id": server.id, "key": "2", "state": "unclaimed"},
            {"server_id": archived.id, "key": "3", "state": "unclaimed"},
            {"server_id": server.id, "key": "4", "state": "too_large"},
        ])  # fmt: skip
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_bcc_dropbox_poll SET write_date = now() - interval '61 days' WHERE id != %s", [new.id]
        )
        self.env.invalidate_all()
        self.assertEqual(self.env["crm.bcc.dropbox.poll"]._gc_abandoned(), (2, False))
        self.assertEqual((old + listed + gone + new).exists(), listed + new)
