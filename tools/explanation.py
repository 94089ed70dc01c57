"""The details of a captured email: where the BCC address was found, whose email it is, and when it was processed."""

from datetime import timedelta

from babel.dates import format_timedelta
from odoo import fields
from odoo.tools import format_datetime, formatLang
from odoo.tools.misc import babel_locale_parse

from .address import parse_addresses, read_address
from .authentication import METHODS
from .decision import CREATED
from .deliveries import ADDRESS_HEADERS, ENVELOPE, MAILBOX
from .direction import isolate
from .kinds import describe_kind
from .reasons import ONLY_EXCLUDED, Reason, describe_reasons
from .redirected import UNPROVED
from .spelling import get_key
from .states import PENDING
from .subject import is_forward_subject

MAX_EXPLAINED = 10
"""Colleagues and addresses of Odoo that a reason names."""


def explain(email):
    """Return the details of a captured email, a sentence per line, in the language of the reader.

    :param email: a `crm.bcc.dropbox.email`
    """
    facts = [_explain_forward(email), _explain_header(email), _explain_sender(email), _explain_authentication(email)]
    return "\n".join(filter(None, [*(describe_reasons(email.env, fact) for fact in facts), _explain_time(email)]))


def _explain_header(email):
    """Return where the BCC address was found, as :class:`Reason`."""
    header = (email.found_in or "").lower()
    name = "-".join(word.capitalize() for word in header.split("-"))
    if header == MAILBOX:
        return [Reason("found_in_mailbox", {"mailbox": email.mailbox})]
    if header in ("", ENVELOPE):
        return [Reason("delivered")] if header else []
    if header in ("to", "cc") and email.exposed:
        return [Reason("found_exposed", {"header": name})]
    if header in ADDRESS_HEADERS:
        return [Reason("found_by_sender", {"header": name})]
    return [Reason("found_by_us" if email.from_last_hop else "found_by_other", {"header": name})]


def _get_sender_email(email):
    """Return the address that sent the email to the dropbox: for a forwarded email, that of the forwarder."""
    if not email.forwarded_by:
        return read_address(email.email_from)
    [forwarder] = parse_addresses(email.forwarded_by, 1)
    return forwarder.email


def _explain_forward(email):
    """Return who forwarded the email and when, or that a rule redirected it."""
    if not email.forwarded_by:
        is_certain = email.redirected and email.reason_code not in UNPROVED
        return [Reason("redirected")] if is_certain else []
    date = fields.Datetime.to_string(email.forwarded_date)
    return [Reason("forwarded", {"sender": email.forwarded_by, "date": date})]


def _explain_sender(email):
    """Return whose address sent the email, if it is one of the owner's; else its reason explains the sender."""
    sender = _get_sender_email(email)
    own = map(get_key, email.dropbox_id.sender_ids.filtered("verified").mapped("email_normalized"))
    if not sender or get_key(sender) not in own or email.authentication == "fail":
        return []
    # sudo: the name of a colleague, whatever rules hold for users
    return [Reason("own_sender", {"sender": sender, "owner": email.user_id.sudo().name})]


def _explain_authentication(email):
    """Return whether the email really is from its sender, and who checked it."""
    domain = _get_sender_email(email).rpartition("@")[2]
    if not domain or not email.authentication:
        return []
    method = METHODS.get(email.authentication_method, "")
    values = {"host": email.authentication_host or "Odoo", "domain": domain, "method": method}
    return [Reason(f"authentication_{email.authentication}", values)]


def _explain_time(email):
    """Explain when the email arrived and how long it took."""
    env = email.env
    received = isolate(format_datetime(env, email.create_date, dt_format="short"))
    if email.state != PENDING:
        return env._("Received %(date)s, processed in %(duration)s.", date=received, duration=_format_duration(email))
    if email.next_try:
        next_try = isolate(format_datetime(env, email.next_try, dt_format="short"))
        return env._("Received %(date)s, next attempt %(next_try)s.", date=received, next_try=next_try)
    return env._("Received %(date)s, being processed.", date=received)


def _format_duration(email):
    """Format a duration: usually far below a minute, hours after retries."""
    # sudo: a number for administrators, here in words
    took = timedelta(milliseconds=email.sudo().duration)
    if not took and email.done_date:  # not at the first try
        took = email.done_date - email.create_date
    seconds = took.total_seconds()
    if seconds < 60:
        return email.env._("%(number)s seconds", number=formatLang(email.env, seconds, digits=2))
    return format_timedelta(took, locale=babel_locale_parse(email.env.lang))


def explain_no_customer(env, to_log):
    """Return why there is no customer, and whose addresses the mail contains, as far as the owner may know."""
    if any(item.is_excluded for item in to_log):
        return [Reason(ONLY_EXCLUDED)]
    mail = to_log[0].mail
    if mail.carrier or is_forward_subject(mail.subject):
        return [Reason("unclear_forward")]
    ours = list(to_log[0].ours.items())[:MAX_EXPLAINED]
    # sudo: names of colleagues, whatever rules hold for users
    names = {user.id: user.name for user in env["res.users"].sudo().browse(filter(None, dict(ours).values()))}
    reasons = [
        Reason("colleague", {"email": email, "user": names[user_id]})
        if user_id
        else Reason("own_domain" if user_id is False else "odoo_address", {"email": email})
        for email, user_id in ours
    ]
    return [Reason("no_customer"), *reasons]


def explain_line(line):
    """Return what was decided for a recipient.

    :param line: a `crm.bcc.dropbox.email.line`
    """
    env = line.env
    if not line.res_id:
        return line.reason
    if not line.record and line._get_filed_record():
        return env._("Logged on a record that you may not see.")
    if not line.record:
        return env._("Logged on a record that no longer exists.")
    kind = describe_kind(env[line.res_model].browse(line.res_id))
    if line.outcome == CREATED:
        return env._("No match. Created %(kind)s “%(record)s”.", record=line.record, kind=kind)
    logged = env._("Logged on %(kind)s “%(record)s”.", record=line.record, kind=kind)
    return f"{logged} {line.reason}" if line.reason else logged
