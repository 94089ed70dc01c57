import logging
from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_list
from odoo.tools.misc import consteq

from ..tools import digest
from ..tools.date import get_time
from ..tools.notices import advise_on_leak, describe_replaced
from ..tools.reasons import Reason
from ..tools.redirected import STRANGE, is_forwarded_by_rule
from ..tools.refusal import find_authentication_refusal, find_sender_refusal
from ..tools.scheduled_action import keep_job_active
from ..tools.states import PENDING, REFUSED
from ..tools.strangers import has_strangers, is_stranger

_logger = logging.getLogger(__name__)

MAX_GRACE = 14
"""Days that a replaced address may continue to work."""

TEST_VALID = timedelta(days=1)


class CrmBccDropbox(models.Model):
    """The life of a BCC address: which emails it accepts, how it is replaced, the leak alarm, the test, the notices."""

    _inherit = "crm.bcc.dropbox"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_regenerate(self, grace_days=0):
        """Replace the addresses of other users.

        :param int grace_days: see :meth:`_regenerate`
        """
        self._get_managed()._regenerate(grace_days)
        names = format_list(self.env, self.user_id.mapped("name"))
        if grace_days:
            message = self.env._(
                "New address for %(names)s. The old one works for %(days)s more days.", names=names, days=grace_days
            )
        else:
            message = self.env._("New address for %(names)s. The old one no longer works.", names=names)
        return self._reload_with(message)

    def action_stop_former(self):
        """Stop the old addresses of other users that still work."""
        self._get_managed()._stop_former()
        return self._reload_with(self.env._("The old address no longer works."))

    def action_keep_address(self):
        """Dismiss the leak alarms of other users: their addresses stay."""
        self._get_managed()._keep_address()
        return True

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
        self.write({"leak_reason": False, "leak_date": False, "leak_kept_date": False, "notice_keys": False})
        for dropbox in self:
            text = describe_replaced(dropbox._get_owner_env(), self.env.user, until if grace_days else None)
            dropbox._notify_owner(text)

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
        is_rejected = email.state == REFUSED or email.reason_code == STRANGE
        if not email.exposed and not is_rejected:
            return False  # as most emails
        token = email.sudo().token_id  # sudo: no group may access tokens
        if self.leak_reason or token.replaced_date or email.state == PENDING or not self.is_allowed:
            return False
        is_unknown = is_stranger(self, raw_mail)
        # after the owner kept an exposed address, its former recipients may reply to all
        if email.exposed and not (is_unknown and self.leak_kept_date):
            reason = "exposed"
        elif is_unknown and is_rejected and has_strangers(self, token):
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

    def _count_flood(self, count, skipped):
        """Count rejected and skipped emails that are not kept."""
        today = fields.Date.today()
        if self.flood_date == today:
            count, skipped = count + self.flood_count, skipped + self.skipped_count
        self.write({"flood_date": today, "flood_count": count, "skipped_count": skipped})

    # ------------------------------------------------------------
    # TEST
    # ------------------------------------------------------------

    def _is_test(self, raw_mail):
        """Return whether an email is the test that Odoo sent to this address."""
        nonce, date = self.test_nonce, self.test_date
        is_same = nonce and consteq(nonce.encode(), raw_mail.test.encode())
        return bool(is_same and get_time() - date < TEST_VALID)

    def _end_test(self, header, from_last_hop):
        """Store the result of a test and send it to the owner, once: the same test may arrive in two ways."""
        if self.test_result:
            return
        seconds = (get_time() - self.test_date).total_seconds()
        result = {"seconds": max(0, round(seconds, 1)), "header": header.title(), "from_last_hop": from_last_hop}
        self.test_result = result
        self.user_id._bus_send("crm_bcc_dropbox.test", result)

    # ------------------------------------------------------------
    # NOTICES: messages of OdooBot to the owner, in their language
    # ------------------------------------------------------------

    @api.model
    def _cron_send_notices(self):
        with keep_job_active(self.env.cr):
            digest.send_notices(self)

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
