"""Logging by hand while other processes log emails to the same recipients."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.exceptions import ConcurrencyError, UserError
from odoo.sql_db import db_connect
from odoo.tests import get_db_name

from ..models import crm_bcc_dropbox_email_actions as actions
from ..tools.decision import MailToLog
from ..tools.raw_mail import RawMail
from .common import tagged
from .test_actions import ActionsCommon


@tagged("post_install", "-at_install")
class TestHandLocks(ActionsCommon):
    @contextmanager
    def _other_process(self, raw):
        """Hold the locks of the recipients of a mail on another connection to the database."""
        mail_to_log = MailToLog(RawMail(raw), [], [], [], [], {})
        slots = self.env["crm.bcc.dropbox.email"]._get_lock_keys([mail_to_log])
        with db_connect(get_db_name()).cursor() as cr:
            query = "SELECT pg_advisory_xact_lock(%s, slot) FROM unnest(%s) AS slot"
            cr.execute(query, [actions.CORRESPONDENT_LOCK, slots])
            yield cr

    def _prepare(self):
        raw = self._format(sender="Sam <sam@home.example>", to="new@customer.example, leo@customer.example")
        # a test is a single transaction, which would hold them until its end
        with patch.object(self.env.registry["crm.bcc.dropbox.email"], "_lock_correspondents"):
            self._receive(raw)
        return raw, self.env["crm.bcc.dropbox.email"].search([], limit=1)

    def test_other_process_is_at_it_for_long(self):
        raw, email = self._prepare()
        with self._other_process(raw), patch.object(actions, "HAND_TIMEOUT", "50ms"):
            self._refuses(self.sam, email, "action_create_lead", "is being logged right now", UserError)
        self._call(self.sam, email, "action_create_lead")
        self.assertRow(email, "captured")

    def test_other_process_is_done_soon(self):
        """The request is repeated in a transaction that sees the changes of the other process."""
        raw, email = self._prepare()
        Email = self.env.registry["crm.bcc.dropbox.email"]
        with self._other_process(raw) as cr:

            def wait(log, *arguments):
                cr.rollback()
                return original(log, *arguments)

            original = Email._lock
            with patch.object(Email, "_lock", wait):
                self._refuses(self.sam, email, "action_create_lead", "meanwhile", ConcurrencyError)

    def test_what_this_transaction_does_not_see(self):
        """A customer or a copy that another process has committed since the transaction began."""
        _raw, email = self._prepare()
        Email = self.env.registry["crm.bcc.dropbox.email"]
        original = Email._open_transaction

        @contextmanager
        def open_later(log, *arguments):
            with original(log, *arguments) as later, later.env.cr.savepoint() as savepoint:
                later.env["res.partner"].create({"name": "New", "email": "new@customer.example"})
                yield later
                later.env.invalidate_all()
                savepoint.rollback()

        with patch.object(Email, "_open_transaction", open_later):
            self._refuses(self.sam, email, "action_create_contact", "meanwhile", ConcurrencyError)
        self._call(self.sam, email, "action_create_contact")
        self.assertRow(email, "captured")
