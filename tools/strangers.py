"""Senders who are not the owner of a dropbox: several of them show that others know its address."""

from datetime import timedelta

from odoo import fields
from odoo.fields import Domain

from .address import read_address
from .redirected import STRANGE
from .states import REFUSED

MIN_SENDERS = 3
"""Unknown senders that raise the leak alarm. A single one is usually another address of the owner."""

MIN_EMAILS = 20
"""Emails from unknown senders that raise the leak alarm, even if all are from the same one."""

WATCHED = timedelta(days=7)
"""Period in which unknown senders are counted."""

MAX_WATCHED = 200
"""Rejected emails that are searched for unknown senders."""


def is_stranger(dropbox, raw_mail):
    """Return whether no sender of a mail is an address of the owner, confirmed or not."""
    own = set(dropbox.sender_ids.mapped("email_normalized"))
    return not any(sender.email in own for sender in raw_mail.senders)


def has_strangers(dropbox, token):
    """Return whether several unknown senders, or a single one very often, use an address.

    :param token: the `crm.bcc.dropbox.token` of the address
    """
    since = max(filter(None, [fields.Datetime.now() - WATCHED, dropbox.leak_kept_date]))
    domain = Domain([("dropbox_id", "=", dropbox.id), ("token_id", "=", token.id), ("done_date", ">", since)])
    domain &= Domain("state", "=", REFUSED) | Domain("reason_code", "=", STRANGE)
    Email = dropbox.env["crm.bcc.dropbox.email"].with_context(active_test=False)
    emails = Email.search_fetch(domain, ["email_from"], limit=MAX_WATCHED)
    own = set(dropbox.sender_ids.mapped("email_normalized"))
    senders = [read_address(email.email_from) or email.email_from for email in emails]
    strangers = [sender for sender in senders if sender not in own]
    return len(strangers) >= MIN_EMAILS or len(set(strangers)) >= MIN_SENDERS
