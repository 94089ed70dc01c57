"""Notices to owners about their captured emails: one email in the morning, or a message in Odoo at most once an hour.

`notify_refused` announces rejected emails in Odoo at once; the hourly message leaves them out. Each owner has a
transaction of their own, which also stores the date of the notice, so no owner is notified twice.
"""

import logging
import re
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from markupsafe import Markup
from odoo import fields
from odoo.fields import Domain
from odoo.tools import format_list, split_every

from .address import redact
from .notice_choice import ALL, BY_EMAIL, NONE, find_recipient
from .notice_link import MARK, MINE, NEVER, UNDO, create_key, list_actions, make_link, make_mark
from .notices import ALARM_PAUSE, send_mail
from .redirected import UNPROVED
from .states import CAPTURED, FAILED, REFUSED, UNMATCHED

_logger = logging.getLogger(__name__)

MORNING = time(7)
"""In the time zone of the owner."""

LONGEST = {True: timedelta(days=7), False: timedelta(days=1)}
"""Maximum age of the emails in a notice, by email or in Odoo: after a pause, and in the first one."""

MAX_LISTED = 20
MAX_TEXT = 100
MAX_REASON = 300
"""Characters. Strangers may have written the text."""

DELAY = timedelta(minutes=5)
"""Later emails wait for the next notice: the transaction of an earlier one may not be committed yet."""

CHUNK = 100
"""Owners per query."""

TO_DO_URL = "/odoo/captured-emails"
PREFERENCES_URL = "/odoo/action-crm_bcc_dropbox.res_users_action_bcc_dropbox/%s"

_ADDRESS = re.compile(r"[<(]?[\w.+-]+@[\w.-]+[>),;:]*")
"""A word that email programs make a link to write to, and no other link."""

NEW_PEOPLE = "new"


def send_notices(dropboxes) -> None:
    """Notify all owners who want it. Commit after each, and continue after a failure.

    :param dropboxes: the model `crm.bcc.dropbox`, as the system
    """
    env, until = dropboxes.env, fields.Datetime.now() - DELAY
    due = _find_due(dropboxes, until)
    commit = env["ir.cron"]._commit_progress
    commit(remaining=len(due))
    for chunk in split_every(CHUNK, due.ids, dropboxes.browse):
        with_news = _find_with_news(chunk, until)
        commit(len(chunk) - len(with_news))
        for dropbox in with_news:
            try:
                with env.cr.savepoint():
                    _tell(dropbox, until)
            except Exception as error:  # noqa: BLE001 the others are notified; this one is tried again
                _logger.warning("The owner of dropbox %s could not be notified: %s", dropbox.id, type(error).__name__)
            if not commit(1):
                return


# ------------------------------------------------------------
# WHO
# ------------------------------------------------------------


def _find_due(dropboxes, until: datetime):
    """Return the dropboxes whose owners want notices, and whose morning has come since their last email."""
    wanting = dropboxes.search([("notice", "!=", NONE)], order="id")
    return wanting.filtered(
        lambda dropbox: not dropbox.noticed_until or dropbox.noticed_until < _get_next_turn(dropbox, until)
    )


def _get_next_turn(dropbox, until: datetime) -> datetime:
    """Return a date: owners who were last notified before it are due."""
    if dropbox.notice_by == BY_EMAIL:
        return get_last_morning(dropbox.user_id.tz, until + DELAY) - DELAY
    # as for rejected emails: while others use the address, once a day is enough
    return until - ALARM_PAUSE if dropbox.leak_reason else until


def get_last_morning(zone: str | None, now: datetime) -> datetime:
    """Return when it was last :data:`MORNING` in a time zone.

    :param now: in UTC, naive, as the result
    """
    try:
        tz = ZoneInfo(zone or "UTC")
    except (ValueError, ZoneInfoNotFoundError):  # unknown to this machine
        tz = timezone.utc
    local = now.replace(tzinfo=timezone.utc).astimezone(tz)
    morning = datetime.combine(local.date(), MORNING, tz)
    if morning > local:
        morning = datetime.combine(local.date() - timedelta(days=1), MORNING, tz)
    return morning.astimezone(timezone.utc).replace(tzinfo=None)


def _find_with_news(chunk, until: datetime):
    """Return the dropboxes with emails that their permitted owners have not been notified of.

    Two queries, because each has an index.
    """
    Email, latest = chunk.env["crm.bcc.dropbox.email"], {}
    for kind in _list_new_domains(until - LONGEST[True], until):
        domain = Domain("dropbox_id", "in", chunk.ids) & kind
        for dropbox, *dates in Email._read_group(domain, ["dropbox_id"], ["done_date:max", "write_date:max"]):
            latest[dropbox] = max(filter(None, [*dates, latest.get(dropbox)]))
    with_news = chunk.filtered(lambda dropbox: dropbox in latest and latest[dropbox] >= _get_since(dropbox, until))
    return with_news.filtered("is_allowed")


def _get_since(dropbox, until: datetime) -> datetime:
    earliest = until - LONGEST[dropbox.notice_by == BY_EMAIL]
    return max(filter(None, [dropbox.noticed_until, earliest]))


def _list_new_domains(since: datetime, until: datetime) -> list[Domain]:
    """Return the domains of the emails that were processed in a period, and of those that failed then."""
    done = Domain("done_date", ">=", since) & Domain("done_date", "<", until)
    failed = Domain("write_date", ">=", since) & Domain("write_date", "<", until)  # no other date
    return [done, Domain("state", "=", FAILED) & failed]


# ------------------------------------------------------------
# WHAT
# ------------------------------------------------------------


def _tell(dropbox, until: datetime) -> None:
    """Notify one owner: by email if they chose that and have a confirmed address, else in Odoo."""
    recipient = find_recipient(dropbox) if dropbox.notice_by == BY_EMAIL else ""
    Email = dropbox._get_owner_env()["crm.bcc.dropbox.email"]
    new = Domain.OR(_list_new_domains(_get_since(dropbox, until), until)) & Domain("dropbox_id", "=", dropbox.id)
    # what the owner removed is no news to them
    problems = new & Email._get_to_do_domain() & Domain("reason_code", "!=", "removed")
    if not recipient:
        problems &= Domain("state", "!=", REFUSED)
    logged = new & Domain("state", "=", CAPTURED) & ~problems if dropbox.notice == ALL else Domain.FALSE
    counts = _count(Email, problems, logged)
    if counts and recipient:
        _send(dropbox, recipient, Email, problems, logged, counts)
    elif counts:
        link = Markup('<a href="%s">%s</a>') % (TO_DO_URL, Email.env._("Open Captured Emails"))
        dropbox._notify_owner(Markup("%s<br/>%s") % (_get_title(Email.env, counts), link))
    if counts or recipient:
        dropbox.noticed_until = until


def _count(Email, problems: Domain, logged: Domain) -> dict[str, int]:
    """Return how many emails there are per state; `new` for logged ones with new people."""
    found = dict(Email._read_group(problems, ["state"], ["__count"]))
    if CAPTURED in found:
        found[NEW_PEOPLE] = found.pop(CAPTURED)
    if count := Email.search_count(logged):
        found[CAPTURED] = count
    return found


def _get_title(env, counts: dict[str, int]) -> str:
    return env._("Captured emails: %(counts)s", counts=_describe_counts(env, counts))


def _describe_counts(env, counts: dict[str, int]) -> str:
    sentences = {
        REFUSED: env._("Rejected: %(count)s", count=counts.get(REFUSED)),
        UNMATCHED: env._("Unmatched: %(count)s", count=counts.get(UNMATCHED)),
        FAILED: env._("Failed: %(count)s", count=counts.get(FAILED)),
        NEW_PEOPLE: env._("With new people: %(count)s", count=counts.get(NEW_PEOPLE)),
        CAPTURED: env._("Logged: %(count)s", count=counts.get(CAPTURED)),
    }
    return " · ".join(sentence for state, sentence in sentences.items() if counts.get(state))


# ------------------------------------------------------------
# DAILY EMAIL
# ------------------------------------------------------------


def _send(dropbox, recipient: str, Email, problems: Domain, logged: Domain, counts: dict[str, int]) -> None:
    """Send the daily email after the transaction is committed."""
    env = Email.env
    # strangers may have caused these: they must not push the owner's emails off the list
    by_others = Domain("state", "=", REFUSED) & Domain("is_from_owner", "=", False)
    by_others |= Domain("reason_code", "in", UNPROVED)
    emails = Email
    for domain in (problems & ~by_others, problems & by_others, logged):
        if room := MAX_LISTED - len(emails):
            emails += Email.search(domain, limit=room)
    key = create_key(dropbox)
    base_url = dropbox.get_base_url()
    values = {
        "company": dropbox.user_id.company_id,
        "counts": _describe_counts(env, counts),
        "items": [_prepare_item(email, key, recipient) for email in emails],
        "more": sum(counts.values()) - len(emails),
        "preferences_url": base_url + PREFERENCES_URL % dropbox.user_id.id,
        "to_do_url": base_url + TO_DO_URL,
    }
    body = redact(env["ir.qweb"]._render("crm_bcc_dropbox.notice_mail", values))
    headers = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", MARK: make_mark(dropbox)}
    send_mail(env, recipient, _get_title(env, counts), body, headers=repr(headers))


def _prepare_item(email, key: str, recipient: str) -> dict:
    """Return what the daily email says about one email."""
    env = email.env
    labels = {UNDO: env._("Undo"), MINE: env._("It Was Me"), NEVER: env._("Never This Domain")}
    is_by_others = email.state == REFUSED and not email.is_from_owner
    people = email.email_from if is_by_others else email.recipients or email.email_to or email.email_from
    return {
        "customer": _shorten(people),
        "links": [(labels[action], make_link(email, action, key, recipient)) for action in list_actions(email)],
        "result": _describe_result(email),
        "subject": _shorten(email.display_name),
        "url": f"{email.get_base_url()}{TO_DO_URL}/{email.id}",
    }


def _describe_result(email) -> str:
    """Return where an email was logged, or why it was not."""
    env = email.env
    if email.proposal_count:
        return env._("New people are waiting for your confirmation.")
    if email.state == CAPTURED:
        records = [name for name in email.line_ids.mapped("record") if name]
        if not records:
            return env._("Logged.")
        return env._("Logged on %(records)s", records=_shorten(format_list(env, records), MAX_REASON))
    state = dict(email.fields_get(["state"], ["selection"])["state"]["selection"])[email.state]
    return f"{state}: {_shorten(email.reason, MAX_REASON)}"


def _shorten(text: str | None, limit: int = MAX_TEXT) -> str:
    """Return the start of a stranger's text on one line, written so that email programs turn nothing into a link."""
    text = redact(" ".join((text or "").split()))
    text = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return " ".join(_unlink(word) for word in text.split(" "))


def _unlink(word: str) -> str:
    if _ADDRESS.fullmatch(word):
        return word  # writing to it is harmless, and it must be readable
    return re.sub(r"(?<=\w)\.(?=[^\W\d])|/(?=[^<])", lambda match: f"{match[0]}\u200b", word)
