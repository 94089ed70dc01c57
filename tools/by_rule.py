"""Mails that a rule of the owner's mailbox redirected to the dropbox, and mails that confirm such a rule.

Neither is from the owner, so these checks follow only after a mail was rejected because of its sender.
"""

from dataclasses import asdict
from datetime import timedelta

from markupsafe import Markup
from odoo import fields
from odoo.fields import Domain

from .decision import PROPOSED
from .flood import is_flood, is_known
from .reasons import ONLY_EXCLUDED
from .redirected import BULK, UNKNOWN, UNPROVED, is_own, judge_redirected
from .rule_confirmation import KEPT, KEPT_DAYS, Confirmation, find_confirmation
from .states import UNMATCHED

SENDER_REFUSALS = ("automatic", "not_own", "repeated_sender", "several_senders")
"""Reasons to reject a mail because of its sender: a rule may have redirected it."""

NOTICES = 3
"""Notices of confirmations per hour and dropbox. Without a trusted server, anyone with the address can trigger them."""


def may_be_redirected(email, raw_mail):
    """Return whether the owner has turned redirecting on, now or when the mail arrived, and is not in From."""
    if not email.env["crm.bcc.dropbox"]._has_redirects():
        return False
    wanted = Domain("redirected", "=", True) | Domain("dropbox_id.redirects", "=", True)
    domain = wanted & Domain("id", "=", email.id) & Domain("active", "in", (True, False))
    if not email.search_count(domain, limit=1):
        return False
    return not is_own(raw_mail, email.dropbox_id.sender_ids.mapped("email_normalized"))


def find_redirected(dropbox, raw_mail, refusal):
    """Judge a rejected mail that a rule may have redirected.

    :param list refusal: of :class:`Reason`: why it is rejected otherwise
    :return: :class:`Redirected`; None if no rule can have redirected the mail, or its sender is not why it is rejected
    """
    if not raw_mail.is_incoming or not refusal or refusal[0].code not in SENDER_REFUSALS:
        return None
    own = {sender.email_normalized: sender.verified for sender in dropbox.sender_ids}
    return judge_redirected(raw_mail, own, dropbox._get_authentication_hosts(), dropbox.redirects_bulk)


def is_flood_of_unknown(email, verdict, decisions, item):
    """Return whether an email is from an unknown or excluded sender, and enough such emails were kept today.

    If the owner wants to be asked, an unknown sender is a proposal, whose original is kept until it is confirmed.

    :param list decisions: of :class:`.decision.Decision`
    :param item: the :class:`.decision.MailToLog`
    """
    if item.is_excluded:
        return _is_flood_of_redirected(email, ONLY_EXCLUDED)
    if decisions and all(decision.outcome == PROPOSED for decision in decisions):
        return _is_flood_of_redirected(email, PROPOSED)
    reasons = [reason for decision in decisions for reason in decision.reasons]
    is_unknown = bool(reasons) and all(reason.code == UNKNOWN for reason in reasons)
    return is_unknown and is_flood(email, verdict, reasons)


def _is_flood_of_redirected(email, reason_code):
    if not email.redirected or is_known(email):
        return False
    domain = email._get_today_domain([UNMATCHED]) & Domain("reason_code", "=", reason_code)
    limit = email.dropbox_id._get_parameter("max_refused_per_day")
    return email.search_count(domain & Domain("redirected", "=", True), limit=limit) >= limit


def take_confirmation(dropbox, raw_mail, refusal):
    """If a mail confirms a rule, store its code and link, and notify the owner.

    :param list refusal: of :class:`Reason`: why the mail is rejected otherwise
    :return: whether it confirms a rule
    """
    if not refusal or refusal[0].code not in (*SENDER_REFUSALS, *UNPROVED, BULK):
        return False
    if not (found := find_confirmation(raw_mail, dropbox._get_authentication_hosts())):
        return False
    now, known = fields.Datetime.now(), _get_kept(dropbox)
    if found not in list_confirmations(dropbox):
        dropbox.rule_confirmations = [{**asdict(found), "date": fields.Datetime.to_string(now)}, *known][:KEPT]
        since = fields.Datetime.to_string(now - timedelta(hours=1))
        if sum(kept["date"] >= since for kept in known) < NOTICES:
            dropbox._notify_owner(_describe(dropbox._get_owner_env(), found))
    return True


def list_confirmations(dropbox):
    """Return the codes and links that are still shown, as a list of :class:`Confirmation`."""
    return [
        Confirmation(**{name: value for name, value in kept.items() if name != "date"}) for kept in _get_kept(dropbox)
    ]


def _get_kept(dropbox):
    since = fields.Datetime.to_string(fields.Datetime.now() - timedelta(days=KEPT_DAYS))
    return [kept for kept in dropbox.rule_confirmations or [] if kept["date"] >= since]


def _describe(env, found):
    """Return the text of the notice, which only the owner sees."""
    values = {"provider": found.provider, "account": found.account or "?"}
    texts = [
        env._("%(provider)s asks to confirm that emails of %(account)s may be forwarded to your BCC address.", **values)
    ]
    if found.code:
        texts.append(env._("Code: %(code)s", code=found.code))
    if found.link:
        link = Markup('<a href="%(url)s">%(host)s</a>') % {"url": found.link, "host": found.host}
        texts.append(env._("Link: %(link)s", link=link))
    if not found.is_verified:
        texts.append(env._("Odoo couldn't verify that the request is from %(provider)s.", **values))
    texts.append(env._("If you didn't request this, ignore it."))
    return Markup("<br/>").join(texts)
