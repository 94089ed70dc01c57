"""The test of a dropbox: a mail that Odoo sends to its address, and that must come back like any email."""

import logging
import secrets
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tools import config

from .date import get_time
from .error import describe_smtp_error
from .raw_mail import TEST_HEADER

_logger = logging.getLogger(__name__)

PAUSE = timedelta(minutes=1)
"""Between two tests of the same address."""


def send_test(dropbox):
    """Send a test email to the address of a dropbox, which must come back like any email with it in Bcc.

    The email carries a secret mark, so that no other email can end the test.

    :raises UserError: there is no address or sender, the last test was a moment ago, or the email can't be sent
    """
    dropbox.ensure_one()
    env = dropbox.env
    if not dropbox.address:
        raise UserError(env._("You don't have a BCC address yet. Ask your administrator."))
    if not _get_sender(dropbox):
        raise UserError(env._("Enter your email address in your preferences first."))
    nonce = secrets.token_urlsafe(16)
    # in a transaction of its own: the email may be back before this one ends
    with env["crm.bcc.dropbox.email"]._open_transaction() as log:
        begun = _begin(log.env[dropbox._name].browse(dropbox.id), nonce)
    dropbox.invalidate_recordset()
    if not begun:
        raise UserError(env._("You tested your BCC address a moment ago. Wait a minute and try again."))
    if error := _deliver(dropbox, nonce):
        raise UserError(env._("The test email couldn't be sent: %(error)s", error=error))


def build_test(env, MailServer, address, email_from, nonce):
    """Return the test email. As with a real Bcc, no header names the address.

    :param env: of the owner
    :param MailServer: the model `ir.mail_server`
    :param str address: of the dropbox
    """
    owner = env.user
    return MailServer._build_email__(
        email_from=email_from,
        email_to=[address],
        subject=env._("Test of your BCC address"),
        body=env._("Odoo sent this email to check that it comes back. No action is needed."),
        headers={
            TEST_HEADER: nonce,
            "Auto-Submitted": "auto-generated",
            "X-Forge-To": email_from,
            # a bounce, which names the address, goes to the owner
            **({"Return-Path": owner.email_normalized} if owner.email_normalized else {}),
        },
    )


def _begin(dropbox, nonce):
    """Store the mark of a test, unless there was one a moment ago."""
    now = get_time()
    locked = dropbox.try_lock_for_update()
    if not locked or (locked.test_date and now - locked.test_date < PAUSE):
        return False
    locked.write({"test_date": now, "test_nonce": nonce, "test_result": False})
    return True


def _deliver(dropbox, nonce):
    """Hand the test email to the outgoing mail server.

    Not by `mail.mail` or `send_email`, which store or log the error of the mail server with the secret recipient.

    :return: the error without the address; empty if the mail server accepted the email
    """
    MailServer = dropbox.env["ir.mail_server"].sudo()  # sudo: users may not read the password of the server
    message = build_test(dropbox._get_owner_env(), MailServer, dropbox.address, _get_sender(dropbox), nonce)
    try:
        session = MailServer._connect__(smtp_from=message["From"])
        sender, recipients, message = MailServer._prepare_email_message__(message, session)
        if session:  # None in tests of Odoo
            session.set_debuglevel(0)  # it would log the recipient
            session.send_message(message, sender, recipients)
            session.quit()
    except Exception as error:  # noqa: BLE001 any error may contain the address
        _logger.info("A test of dropbox %s could not be sent: %s", dropbox.id, type(error).__name__)
        return describe_smtp_error(error)
    return ""


def _get_sender(dropbox):
    env = dropbox._get_owner_env()
    return env.user.email_formatted or env.company.email_formatted or config["email_from"]
