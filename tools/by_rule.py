"""Mails that a rule of the owner's mailbox redirected to the dropbox, and the mails that confirm such a rule.

Both are from strangers, so they are looked at only after a mail was rejected because of its sender.
"""

from dataclasses import asdict
from datetime import timedelta

from markupsafe import Markup
from odoo import fields
from odoo.fields import Domain

from .redirected import BULK, UNPROVED, is_own, judge_redirected
from .rule_confirmation import KEPT, KEPT_DAYS, Confirmation, find_confirmation

STRANGERS = ("automatic", "not_own", "repeated_sender", "several_senders")
"""Reasons why mails of strangers are rejected."""

NOTICES = 3
"""Notices of confirmations per hour and dropbox: without a trusted server, anyone with the address can cause them."""


def is_redirected(email, raw_mail):
    """Return whether a mail is not from the owner, who lets a mailbox redirect mails, or did so when it arrived."""
    if not email.env["crm.bcc.dropbox"]._has_redirects():
        return False
    wanted = Domain("redirected", "=", True) | Domain("dropbox_id.redirects", "=", True)
    domain = wanted & Domain("id", "=", email.id) & Domain("active", "in", (True, False))
    if not email.search_count(domain, limit=1):
        return False
    return not is_own(raw_mail, email.dropbox_id.sender_ids.mapped("email_normalized"))


def find_refusal(email, raw_mail, verdict, token):
    """Return why a mail is not logged, as a list of :class:`Reason`, and the verdict about its sender.

    :param email: the `crm.bcc.dropbox.email`
    :param token: the `crm.bcc.dropbox.token` that it was sent to
    """
    dropbox, sender = email.dropbox_id, email._find_sender(raw_mail)
    refusal = email._get_excess(raw_mail)
    refusal = refusal or dropbox._get_refusal(raw_mail, verdict, token, sender, email.accepted)
    redirected = find_redirected(dropbox, raw_mail, refusal)
    return (redirected.reasons, redirected.verdict) if redirected else (refusal, verdict)


def find_redirected(dropbox, raw_mail, refusal):
    """Judge a rejected mail that a rule may have redirected.

    :param list refusal: of :class:`Reason`: why it is rejected otherwise
    :return: :class:`Redirected`; None if its sender is the owner, or it is rejected for another reason than its sender
    """
    if not raw_mail.is_incoming or not refusal or refusal[0].code not in STRANGERS:
        return None
    own = {sender.email_normalized: sender.verified for sender in dropbox.sender_ids}
    return judge_redirected(raw_mail, own, dropbox._get_authentication_hosts(), dropbox.redirects_bulk)


def take_confirmation(dropbox, raw_mail, refusal):
    """Keep the code and the link of a mail that confirms a rule, and notify the owner.

    :param list refusal: of :class:`Reason`: why the mail is not logged otherwise
    :return: whether it is such a mail
    """
    if not refusal or refusal[0].code not in (*STRANGERS, *UNPROVED, BULK):
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
    """Return the text of the notice: only the owner reads it."""
    values = {"provider": found.provider, "account": found.account or "?"}
    texts = [
        env._("%(provider)s asks whether it may send copies of emails to %(account)s to your BCC address.", **values)
    ]
    if found.code:
        texts.append(env._("Code: %(code)s", code=found.code))
    if found.link:
        link = Markup('<a href="%(url)s">%(host)s</a>') % {"url": found.link, "host": found.host}
        texts.append(env._("Link: %(link)s", link=link))
    if not found.is_verified:
        texts.append(env._("Odoo couldn't verify that the email is from %(provider)s.", **values))
    texts.append(env._("If you didn't set this up, ignore it."))
    return Markup("<br/>").join(texts)
