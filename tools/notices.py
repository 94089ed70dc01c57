"""Notices to the owners of dropboxes: what happened to their address, which email was rejected or waits."""

from datetime import datetime, timedelta

from odoo import SUPERUSER_ID, fields
from odoo.tools import clean_context, format_datetime

from .direction import isolate
from .notice_choice import NONE, is_told_in_odoo
from .reasons import Reason, describe_reasons
from .states import PENDING, REFUSED

PAUSE = timedelta(hours=1)
"""Owners are notified of rejected emails once in this time, because they may come in floods."""

ALARM_PAUSE = timedelta(days=1)
"""The same while there is a leak alarm."""


def notify_refused(dropbox, email) -> None:
    """Notify the owner of a rejected email, unless they were notified of another one a short time ago."""
    if not is_told_in_odoo(dropbox):
        return
    since = fields.Datetime.now() - (ALARM_PAUSE if dropbox.leak_reason else PAUSE)
    # sudo: owners without the permission have no access to the emails
    Email = email.sudo().with_context(active_test=False)
    domain = [
        ("dropbox_id", "=", dropbox.id), ("id", "!=", email.id), ("create_date", ">=", since),
        ("state", "=", REFUSED),
    ]  # fmt: skip
    if not Email.search_count(domain, limit=1):
        env = dropbox._get_owner_env()
        reason = email.with_env(env).sudo().reason
        dropbox._notify_owner(env._("An email to your BCC address was rejected: %(reason)s", reason=reason), email)


def notify_waiting(dropbox, email, reasons: list[Reason], until: datetime) -> None:
    """Notify the owner in Odoo that an email waits, unless another one is already waiting as long.

    :param list reasons: why
    :param datetime until: when the email is processed again
    """
    waiting = [
        ("dropbox_id", "=", dropbox.id), ("state", "=", PENDING), ("next_try", ">=", until),
        ("id", "!=", email.id), ("reason_code", "!=", False),  # without a reason: being processed right now
    ]  # fmt: skip
    if dropbox.notice != NONE and not email.search_count(waiting, limit=1):
        env = dropbox._get_owner_env()
        reason = describe_reasons(env, reasons)
        dropbox._notify_owner(env._("An email to your BCC address isn't logged yet. %(reason)s", reason=reason), email)


def send_mail(env, recipient: str, subject: str, body: str, **values) -> None:
    """Send the owner an email after the transaction is committed.

    :param env: of the owner
    :param str body: HTML
    :param values: further values of `mail.mail`
    """
    # as the system: the author of an email may read it in Odoo, but its links are for those who can read the mailbox
    env = env(user=SUPERUSER_ID, su=True, context=clean_context(env.context))
    company = env.company
    mail = {
        "author_id": company.partner_id.id,
        "auto_delete": True,
        "body_html": body,
        "email_from": company.email_formatted or company.partner_id.email_formatted,
        "email_to": recipient,
        "record_alias_domain_id": company.alias_domain_id.id,
        "record_company_id": company.id,
        "reply_to": company.email_formatted,
        "subject": subject,
    }
    env["mail.mail"].create({**mail, **values}).send_after_commit()


def describe_replaced(env, actor, until=None):
    """Return the notice that an address was replaced, and by whom.

    :param env: of the owner
    :param actor: the user who replaced it
    :param datetime until: when the old address stops; None if it has stopped
    """
    if actor == env.user:
        created = env._("You created a new BCC address.")
    else:
        created = env._("%(user)s created a new BCC address for you.", user=actor.name)
    if until:
        date = isolate(format_datetime(env, until, dt_format="short"))
        stopped = env._("The old one works until %(date)s, for everyone who knows it.", date=date)
    else:
        stopped = env._("The old one no longer works.")
    replace = env._("Replace it in your address book and in your email program.")
    return f"{created} {stopped} {replace}"


def describe_leak(env, reason, date):
    """Return why an address may be exposed.

    :param str reason: `exposed` or `strangers`
    :param datetime date: since when
    """
    date = isolate(format_datetime(env, date, dt_format="short"))
    if reason == "exposed":
        return env._("On %(date)s it was used in To or Cc, where every recipient could see it.", date=date)
    return env._(
        "Unknown senders are using this address (last: %(date)s). Their emails were rejected. If you know"
        " them, no action is needed.",
        date=date,
    )


def advise_on_leak(env, reason):
    """Return the notice of a leak alarm.

    :param str reason: `exposed` or `strangers`
    """
    if reason == "exposed":
        return env._(
            "Your BCC address was used in To or Cc, where every recipient could see it. Create a new address in"
            " your preferences, and use it in Bcc only."
        )
    return env._(
        "Unknown senders are using your BCC address. Their emails were rejected. Create a new address in your"
        " preferences, unless you know the senders."
    )
