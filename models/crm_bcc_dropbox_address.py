import logging
import secrets
from datetime import datetime, timedelta, timezone

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import config
from odoo.tools.misc import consteq

from ..tools.address import read_address
from ..tools.address_test import build_test
from ..tools.notices import advise_on_leak, describe_replaced
from ..tools.reasons import Reason, describe_reasons
from ..tools.redirected import STRANGE, is_forwarded_by_rule
from ..tools.refusal import find_authentication_refusal, find_sender_refusal
from ..tools.smtp_error import describe_smtp_error

_logger = logging.getLogger(__name__)

MAX_GRACE = 14
"""Days that a replaced address may continue to work."""

STRANGERS = 3
"""Unknown senders that raise the leak alarm. A single one is usually another address of the owner."""

STRANGER_EMAILS = 20
"""Emails from unknown senders that raise the leak alarm, even if all are from the same one."""

WATCHED = timedelta(days=7)
"""Period in which unknown senders are counted."""

MAX_WATCHED = 200
"""Rejected emails that are searched for unknown senders."""

TEST_PAUSE = timedelta(minutes=1)
"""Between two tests of the same address."""

TEST_VALID = timedelta(days=1)

NOTICE_PAUSE = timedelta(hours=1)
"""Owners are notified of rejected emails once in this time, because they may come in floods."""

ALARM_PAUSE = timedelta(days=1)
"""The same while there is a leak alarm."""


class CrmBccDropbox(models.Model):
    """The life of a BCC address: which emails it accepts, how it is replaced, the leak alarm, the test, the notices."""

    _inherit = "crm.bcc.dropbox"

    # ------------------------------------------------------------
    # 2 ADMIT
    # ------------------------------------------------------------

    def _get_refusal(self, raw_mail, verdict, token, sender, accepted=False):
        """Step 2, *admit*: return why an email is rejected.

        The rules in their order: the dropbox and its owner, the address, automatic email, the sender, authentication.

        :param RawMail raw_mail: the email
        :param Verdict verdict: what is known about the authenticity of the sender; None if nothing was checked
        :param token: the `crm.bcc.dropbox.token` that it was sent to
        :param sender: the `crm.bcc.dropbox.sender` of the owner with the address in From; empty if there is none
        :param bool accepted: the owner has confirmed that they sent the email
        :return: a list of :class:`Reason`, empty if the email is admitted
        """
        self.ensure_one()
        if not self.active:
            return [Reason("archived")]
        if not self.is_allowed:
            return [Reason("not_permitted")]
        if accepted:
            return []
        if token._has_stopped() and not raw_mail.mailbox:
            return [Reason("replaced")]
        if self._is_test(raw_mail):
            return []  # sent by Odoo, from any address that its mail server allows
        if raw_mail.automatic and not (self.redirects and is_forwarded_by_rule(raw_mail)):
            return [Reason("automatic", {"header": raw_mail.automatic})]
        mode, reasons = self._get_authentication_mode(), []
        if not raw_mail.spelling or not self.sender_ids._is_known_spelling(raw_mail):
            is_off = mode == "off" or not self._get_authentication_hosts()
            is_checked = is_off or bool(verdict and verdict.result != "none")
            is_confirmed = sender.verified if sender else None
            reasons = find_sender_refusal(raw_mail, is_confirmed, self._get_verified_emails, is_checked)
        return reasons or find_authentication_refusal(raw_mail, verdict, self._get_authentication_mode(raw_mail))

    def _get_verified_emails(self):
        return self.sender_ids.filtered("verified").mapped("email_normalized")

    # ------------------------------------------------------------
    # NEW ADDRESS
    # ------------------------------------------------------------

    def _regenerate(self, grace_days=0):
        """Replace the address. The old one is kept to reject emails to it with a reason.

        Whether an old address still works is decided by the clock at each email, so no job is needed. None of several
        old addresses works longer than the one that was replaced last.

        :param int grace_days: days that the old address continues to work, 0 to 14
        :raises ValidationError: for any other number
        """
        if not 0 <= grace_days <= MAX_GRACE:
            raise ValidationError(
                self.env._("The old address can stay active for 0 to %(limit)s days.", limit=MAX_GRACE)
            )
        until = fields.Datetime.now() + timedelta(days=grace_days)
        tokens = self.sudo().token_ids  # sudo: no group may access tokens
        tokens.filtered(lambda token: not token.replaced_date or token.replaced_date > until).replaced_date = until
        tokens.flush_recordset()  # the index allows one present token at any time
        tokens.create([{"dropbox_id": dropbox.id} for dropbox in self])
        self.write({"leak_reason": False, "leak_date": False, "leak_kept_date": False})
        self._notify_replaced(until if grace_days else None)

    def _stop_former(self):
        """Stop the old addresses that still work."""
        self._get_former_tokens().replaced_date = fields.Datetime.now()

    def _get_former_tokens(self):
        """Return the tokens of old addresses that still work."""
        # sudo: no group may access tokens
        return self.sudo().token_ids.filtered(lambda token: token.replaced_date and not token._has_stopped())

    # ------------------------------------------------------------
    # LEAK ALARM
    # ------------------------------------------------------------

    def _watch_leak(self, email, raw_mail):
        """Raise the leak alarm if a processed email shows that others know the present address.

        They do if it was in To or Cc, or if unknown senders use it. Old addresses raise no alarm, because the remedy
        is a new one. The alarm ends when the owner creates a new address or keeps this one; then only what happens
        afterwards counts.

        :param email: the row of the email
        :param RawMail raw_mail: the email
        :return: whether the alarm was raised now
        """
        is_rejected = email.state == "refused" or email.reason_code == STRANGE
        if not email.exposed and not is_rejected:
            return False  # as most emails
        token = email.sudo().token_id  # sudo: no group may access tokens
        if self.leak_reason or token.replaced_date or email.state == "pending" or not self.is_allowed:
            return False
        is_stranger = self._is_stranger(raw_mail)
        # after the owner kept an exposed address, its former recipients may reply to all
        if email.exposed and not (is_stranger and self.leak_kept_date):
            reason = "exposed"
        elif is_stranger and is_rejected and self._has_strangers(token):
            reason = "strangers"
        else:
            return False
        # until the end of the transaction: the address must not be replaced meanwhile
        if not token.try_lock_for_update(allow_referencing=True):
            return False
        self.write({"leak_reason": reason, "leak_date": fields.Datetime.now()})
        self._notify_owner(advise_on_leak(self._get_owner_env(), reason), email)
        return True

    def _keep_address(self):
        """End the leak alarm without a new address."""
        alarmed = self.filtered("leak_reason")
        alarmed.write({"leak_reason": False, "leak_date": False, "leak_kept_date": fields.Datetime.now()})

    def _is_stranger(self, raw_mail):
        """Return whether no sender is an address of the owner, confirmed or not."""
        own = set(self.sender_ids.mapped("email_normalized"))
        return not any(sender.email in own for sender in raw_mail.senders)

    def _has_strangers(self, token):
        """Return whether several unknown senders, or a single one very often, use an address."""
        since = max(filter(None, [fields.Datetime.now() - WATCHED, self.leak_kept_date]))
        domain = Domain([("dropbox_id", "=", self.id), ("token_id", "=", token.id), ("done_date", ">", since)])
        domain &= Domain("state", "=", "refused") | Domain("reason_code", "=", STRANGE)
        Email = self.env["crm.bcc.dropbox.email"].with_context(active_test=False)
        emails = Email.search_fetch(domain, ["email_from"], limit=MAX_WATCHED)
        own = set(self.sender_ids.mapped("email_normalized"))
        senders = [read_address(email.email_from) or email.email_from for email in emails]
        strangers = [sender for sender in senders if sender not in own]
        return len(strangers) >= STRANGER_EMAILS or len(set(strangers)) >= STRANGERS

    def _count_flood(self, count, skipped):
        """Count rejected and skipped emails that are not kept."""
        today = fields.Date.today()
        if self.flood_date == today:
            count, skipped = count + self.flood_count, skipped + self.skipped_count
        self.write({"flood_date": today, "flood_count": count, "skipped_count": skipped})

    # ------------------------------------------------------------
    # TEST
    # ------------------------------------------------------------

    def _send_test(self):
        """Send a test email to this address, which must come back like any email with it in Bcc.

        The email carries a secret mark, so that no other email can end the test.

        :raises UserError: there is no address or sender, the last test was a moment ago, or the mail server rejects
            the email
        """
        self.ensure_one()
        if not self.address:
            raise UserError(self.env._("You don't have a BCC address yet. Ask your administrator."))
        if not self._get_test_sender():
            raise UserError(self.env._("Enter your email address in your preferences first."))
        nonce = secrets.token_urlsafe(16)
        # in a transaction of its own: the email may be back before this one ends
        with self.env["crm.bcc.dropbox.email"]._open_transaction() as log:
            begun = log.env[self._name].browse(self.id)._begin_test(nonce)
        self.invalidate_recordset()
        if not begun:
            raise UserError(self.env._("You tested your BCC address a moment ago. Wait a minute and try again."))
        if error := self._deliver_test(nonce):
            raise UserError(self.env._("The test email couldn't be sent: %(error)s", error=error))

    def _begin_test(self, nonce):
        """Store the mark of a test, unless there was one a moment ago."""
        now = self._get_test_time()
        dropbox = self.try_lock_for_update()
        if not dropbox or (dropbox.test_date and now - dropbox.test_date < TEST_PAUSE):
            return False
        dropbox.write({"test_date": now, "test_nonce": nonce, "test_result": False})
        return True

    def _deliver_test(self, nonce):
        """Hand the test email to the outgoing mail server.

        Not by `mail.mail` or `send_email`, which store or log the error of the mail server with the secret recipient.

        :return: the error without the address; empty if the mail server accepted the email
        """
        MailServer = self.env["ir.mail_server"].sudo()  # sudo: users may not read the password of the server
        message = build_test(self._get_owner_env(), MailServer, self.address, self._get_test_sender(), nonce)
        try:
            session = MailServer._connect__(smtp_from=message["From"])
            sender, recipients, message = MailServer._prepare_email_message__(message, session)
            if session:  # None in tests of Odoo
                session.set_debuglevel(0)  # it would log the recipient
                session.send_message(message, sender, recipients)
                session.quit()
        except Exception as error:  # noqa: BLE001 any error may contain the address
            _logger.info("A test of dropbox %s could not be sent: %s", self.id, type(error).__name__)
            return describe_smtp_error(error)
        return ""

    def _get_test_sender(self):
        env = self._get_owner_env()
        return env.user.email_formatted or env.company.email_formatted or config["email_from"]

    def _is_test(self, raw_mail):
        """Return whether an email is the test that Odoo sent to this address."""
        nonce, date = self.test_nonce, self.test_date
        is_same = nonce and consteq(nonce.encode(), raw_mail.test.encode())
        return bool(is_same and self._get_test_time() - date < TEST_VALID)

    def _end_test(self, header, from_last_hop):
        """Store the result of a test and send it to the owner, once: the same test may arrive in two ways."""
        if self.test_result:
            return
        seconds = (self._get_test_time() - self.test_date).total_seconds()
        result = {"seconds": max(0, round(seconds, 1)), "header": header.title(), "from_last_hop": from_last_hop}
        self.test_result = result
        self.user_id._bus_send("crm_bcc_dropbox.test", result)

    @api.model
    def _get_test_time(self):
        return datetime.now(timezone.utc).replace(tzinfo=None)  # with milliseconds, unlike `fields.Datetime.now`

    # ------------------------------------------------------------
    # NOTICES: messages of OdooBot to the owner, in their language
    # ------------------------------------------------------------

    def _notify_replaced(self, until=None):
        """Notify the owners that their address was replaced, and by whom.

        :param datetime until: when the old address stops; None if it has stopped
        """
        for dropbox in self:
            dropbox._notify_owner(describe_replaced(dropbox._get_owner_env(), self.env.user, until))

    def _notify_refused(self, email):
        """Notify the owner of a rejected email, unless they were notified of another one a short time ago."""
        since = fields.Datetime.now() - (ALARM_PAUSE if self.leak_reason else NOTICE_PAUSE)
        # sudo: owners without the permission have no access to the emails
        Email = self.env["crm.bcc.dropbox.email"].sudo().with_context(active_test=False)
        domain = [
            ("dropbox_id", "=", self.id), ("id", "!=", email.id), ("create_date", ">=", since),
            ("state", "=", "refused"),
        ]  # fmt: skip
        if not Email.search_count(domain, limit=1):
            env = self._get_owner_env()
            reason = email.with_env(env).sudo().reason
            self._notify_owner(env._("An email to your BCC address was rejected: %(reason)s", reason=reason), email)

    def _notify_waiting(self, email, reasons, until):
        """Notify the owner that an email waits, unless another one is already waiting as long.

        :param list reasons: of :class:`Reason`
        :param datetime until: when the email is processed again
        """
        waiting = [
            ("dropbox_id", "=", self.id), ("state", "=", "pending"), ("next_try", ">=", until),
            ("id", "!=", email.id), ("reason_code", "!=", False),  # without a reason: being processed right now
        ]  # fmt: skip
        if not self.env["crm.bcc.dropbox.email"].search_count(waiting, limit=1):
            env = self._get_owner_env()
            reason = describe_reasons(env, reasons)
            self._notify_owner(env._("An email to your BCC address isn't logged yet. %(reason)s", reason=reason), email)

    def _notify_owner(self, text, email=None):
        """Send the owner a message of OdooBot, and return whether it was sent: errors must not stop the cause of it."""
        self.ensure_one()
        owner = self.user_id.sudo()  # sudo: anyone may cause a notice
        if not owner.active or owner.share:  # portal users have no chats
            return False
        body = Markup("<p>%s</p>") % text
        if email:
            body += Markup("<p>%s</p>") % email.sudo()._get_html_link()
        bot_id = self.env["ir.model.data"]._xmlid_to_res_id("base.partner_root")
        try:
            with self.env.cr.savepoint():
                chat = self.with_user(owner).env["discuss.channel"]._get_or_create_chat([bot_id])
                # sudo: OdooBot is the author, not the owner
                chat.sudo().message_post(
                    author_id=bot_id, body=body, message_type="comment", subtype_xmlid="mail.mt_comment"
                )
        except Exception as error:  # noqa: BLE001
            _logger.warning("User %s could not be notified: %s", owner.id, type(error).__name__)
            return False
        return True
