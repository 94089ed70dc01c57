"""Rejected emails that are only counted, because enough of their kind were kept today."""

from contextlib import suppress

from odoo.fields import Domain
from odoo.tools import SQL
from psycopg2 import OperationalError

from .reasons import DAILY_RECORDS
from .redirected import BULK, UNPROVED
from .states import PENDING, REFUSED, UNMATCHED
from .strangers import is_stranger

BATCH = 100


def is_by_owner(email, raw_mail, verdict):
    """Return whether a rejected email counts as the owner's. An unverified one may be forged."""
    dropbox = email.dropbox_id
    if is_stranger(dropbox, raw_mail):
        return False
    result = verdict.result if verdict else "none"
    return result == "pass" if dropbox._get_authentication_mode() == "require" else result != "fail"


def is_flood(email, verdict, refusal):
    """Return whether to count a rejected email without keeping it, because enough of its kind were kept today.

    - Redirected automatic and bulk emails: never kept.
    - From unknown senders: up to `max_refused_per_day`.
    - From the owner: up to `max_mails_per_day`. Verified ones have a limit of their own, which forged ones cannot
      use up.

    :param email: the `crm.bcc.dropbox.email`
    :param Verdict verdict: about its sender; may be None
    :param list refusal: of :class:`.reasons.Reason`, not empty
    """
    if is_known(email):
        return False
    if refusal[0].code == BULK:
        return True
    domain = email._get_today_domain([REFUSED, UNMATCHED]) & Domain("is_from_owner", "=", email.is_from_owner)
    domain &= Domain("state", "=", REFUSED) | Domain("reason_code", "in", UNPROVED)
    if email.is_from_owner and verdict and verdict.result == "pass":
        domain &= Domain("authentication", "=", "pass")
    limit = email.dropbox_id._get_parameter("max_mails_per_day" if email.is_from_owner else "max_refused_per_day")
    return email.search_count(domain & Domain("id", "!=", email.id), limit=limit) >= limit


def is_flood_of_waiting(email, reason):
    """Return whether to count an email over a limit of the day instead of letting it wait, because enough others wait.

    Only emails that strangers cause: redirected ones that would create records. Up to `max_refused_per_day` wait.

    :param Reason reason: the limit
    """
    if not email.redirected or reason.code != DAILY_RECORDS or is_known(email):
        return False
    domain = Domain([("dropbox_id", "=", email.dropbox_id.id), ("state", "=", PENDING), ("redirected", "=", True)])
    domain &= Domain("reason_code", "=", DAILY_RECORDS) & Domain("active", "in", (True, False))
    limit = email.dropbox_id._get_parameter("max_refused_per_day")
    return email.search_count(domain & Domain("id", "!=", email.id), limit=limit) >= limit


def is_known(email):
    """Return whether a user has looked at an email, or it has waited: it is kept."""
    return bool(email.accepted or email.history or email.reason_code)


def count_flood(email):
    """Delete the rejected emails of today without original, and count them on their dropbox.

    Skip if another process is counting; the next one picks the rows up. Waiting would delay everyone's mail.

    :param email: a `crm.bcc.dropbox.email` of the dropbox
    """
    # SQL: the ORM would log the failure of a lock, which is expected here
    lock = SQL("SELECT FROM crm_bcc_dropbox WHERE id = %s FOR NO KEY UPDATE SKIP LOCKED", email.dropbox_id.id)
    domain = email._get_today_domain([REFUSED])
    domain &= Domain([("raw_ids", "=", False), ("history", "=", False), ("ordinary_next_try", "=", False)])
    cr = email.env.cr
    with suppress(OperationalError), cr.savepoint():  # another process has counted meanwhile
        cr.execute(lock, log_exceptions=False)
        if cr.rowcount:
            rows = email.search(domain, limit=BATCH)
            skipped = rows.filtered(lambda row: row.reason_code == BULK)
            email.dropbox_id._count_flood(len(rows - skipped), len(skipped))
            rows.unlink()
