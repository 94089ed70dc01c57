import logging
import secrets
import smtplib
from datetime import datetime, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import consteq

from ..tools.address import clean, decode_bytes
from ..tools.parsed_mail import TEST_HEADER

_logger = logging.getLogger(__name__)

PAUSE = timedelta(minutes=1)
"""Between two tests of the same dropbox."""

VALID = timedelta(days=1)


class CrmBccDropboxSelftest(models.AbstractModel):
    """Test of a dropbox: Odoo sends a marked mail to it, which has to come back like any mail in Bcc.

    A part of the dropbox. The mark is secret, so nobody else can end a test.
    """

    _name = "crm.bcc.dropbox.selftest"
    _description = "Test of a BCC Dropbox"

    test_nonce = fields.Char(readonly=True, groups=fields.NO_ACCESS, copy=False)
    test_date = fields.Datetime(readonly=True, groups=fields.NO_ACCESS, copy=False)
    test_result = fields.Json(readonly=True, groups=fields.NO_ACCESS, copy=False)

    # ------------------------------------------------------------
    # SENDING
    # ------------------------------------------------------------

    def _send_test(self):
        """Send a test to this dropbox.

        :raises UserError: there is no address, the last test was a moment ago, or the mail server refuses
        """
        self.ensure_one()
        if not self.address:
            raise UserError(self.env._("You have no BCC Dropbox address. An administrator has to give you one."))
        nonce = secrets.token_urlsafe(16)
        # in a transaction of its own: the mail may be back before this one ends
        with self.env["crm.bcc.dropbox.email"]._open_transaction() as log:
            begun = log.env[self._name].browse(self.id)._begin_test(nonce)
        self.invalidate_recordset()
        if not begun:
            raise UserError(self.env._("You have just tested your dropbox. Wait a minute before you do it again."))
        if error := self._mail_test(nonce):
            raise UserError(
                self.env._(
                    "Odoo could not hand the test to its mail server. Show this to an administrator: %(error)s",
                    error=error,
                )
            )

    def _begin_test(self, nonce):
        """Remember the mark of a test, unless there was one a moment ago."""
        now = self._get_test_time()
        dropbox = self.try_lock_for_update()
        if not dropbox or (dropbox.test_date and now - dropbox.test_date < PAUSE):
            return False
        dropbox.write({"test_date": now, "test_nonce": nonce, "test_result": False})
        return True

    def _mail_test(self, nonce):
        """Hand the test to the outgoing mail server.

        Not by a `mail.mail` nor `send_email`: mail servers name the recipient when they refuse, which would be stored
        or logged.

        :return: why it was refused, without the address; empty when it was not
        """
        MailServer = self.env["ir.mail_server"].sudo()  # the password of the server is closed to users
        message = self._build_test(MailServer, nonce)
        try:
            session = MailServer._connect__(smtp_from=message["From"])
            sender, recipients, message = MailServer._prepare_email_message__(message, session)
            if session:  # none while Odoo's own tests run
                session.set_debuglevel(0)  # it would log the recipient
                session.send_message(message, sender, recipients)
                session.quit()
        except Exception as error:  # noqa: BLE001 whatever it is, it may name the address
            _logger.info("A test of dropbox %s could not be sent: %s", self.id, type(error).__name__)
            return self._describe_test_error(error)
        return ""

    def _build_test(self, MailServer, nonce):
        """Build the mail of a test. As with a real Bcc, no header that people see names the dropbox."""
        env = self._get_owner_env()
        owner = env.user
        email_from = owner.email_formatted or env.company.email_formatted
        return MailServer._build_email__(
            email_from=email_from,
            email_to=[self.address],
            subject=env._("Test of your BCC Dropbox"),
            body=env._("Odoo sent this mail to see whether it comes back. You need not do anything."),
            headers={
                TEST_HEADER: nonce,
                "Auto-Submitted": "auto-generated",
                "X-Forge-To": email_from or "undisclosed-recipients:;",
                # to the owner, who knows the address that a mail server writes into it
                **({"Return-Path": owner.email_normalized} if owner.email_normalized else {}),
            },
        )

    @api.model
    def _describe_test_error(self, error):
        """Say in words why a mail server did not take a test, without the address."""
        if isinstance(error, smtplib.SMTPRecipientsRefused):
            code, text = next(iter(error.recipients.values()))
        elif isinstance(error, smtplib.SMTPResponseException):
            code, text = error.smtp_code, error.smtp_error
        else:
            code, text = "", getattr(error, "strerror", None) or str(error) or type(error).__name__
        if isinstance(text, bytes):
            text = decode_bytes(text)
        return clean(f"{code} {text}".strip())

    # ------------------------------------------------------------
    # RECEIVING
    # ------------------------------------------------------------

    def _is_test(self, mail):
        """Tell whether a mail is the one that Odoo sent to test this dropbox."""
        nonce, date = self.test_nonce, self.test_date
        return bool(nonce and consteq(nonce.encode(), mail.test.encode()) and self._get_test_time() - date < VALID)

    def _end_test(self, header, from_last_hop):
        """Store the result of a test and show it to the owner, once: the same test may arrive in two ways."""
        if self.test_result:
            return
        seconds = (self._get_test_time() - self.test_date).total_seconds()
        result = {"seconds": max(0, round(seconds, 1)), "header": header.title(), "from_last_hop": from_last_hop}
        self.test_result = result
        self.user_id._bus_send("crm_bcc_dropbox.test", result)

    @api.model
    def _get_test_time(self):
        return datetime.now(timezone.utc).replace(tzinfo=None)  # with the milliseconds, unlike `fields.Datetime.now`
