"""Links in the daily email that do one thing to one email, without login.

A link is signed, and contains a key of its daily email that the database stores only as a hash: neither the database
nor the signature alone makes a link that works. A link dies

- with its time;
- as soon as anything is done to the email, by this link or otherwise, because it contains a digest of its state;
- when the address that it was sent to is no longer that of the owner, or the BCC address was replaced;
- when the owner loses the permission or is archived;
- when it would not be made any more, such as *It Was Me* after a leak alarm.

Opening a link does nothing: programs that scan mailboxes open links, too.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tools import format_list
from odoo.tools.misc import hash_sign, hmac, verify_hash_signed

from .address import parse_addresses, read_address
from .exclusion import get_domain_pattern, is_public
from .header import read_first
from .notice_choice import find_recipient
from .redirected import DOUBTFUL
from .states import CAPTURED, FAILED, REFUSED

SCOPE = "crm_bcc_dropbox.notice"
VALID = timedelta(days=7)
PATH = "/bcc_dropbox/notice"

UNDO = "undo"
MINE = "mine"
NEVER = "never"

MARK = "X-Bcc-Dropbox-Notice"
"""Header of the daily email. It is not captured if the owner's mailbox redirects it."""

MAX_DOMAINS = 3
"""Domains that one link excludes."""


@dataclass(frozen=True)
class Link:
    """A link that works.

    :param email: the captured email, in the environment of its owner
    :param str action: :data:`UNDO`, :data:`MINE` or :data:`NEVER`
    :param str state: of the email when the link was made
    """

    email: object
    action: str
    state: str


# ------------------------------------------------------------
# MAKE
# ------------------------------------------------------------


def create_key(dropbox) -> str:
    """Create the key of a daily email; the dropbox keeps the hashes of those whose links have not expired."""
    key, now = secrets.token_urlsafe(16), fields.Datetime.now()
    kept = [[known, until] for known, until in dropbox.notice_keys or [] if until > fields.Datetime.to_string(now)]
    dropbox.notice_keys = [*kept, [_hash(key), fields.Datetime.to_string(now + VALID)]]
    return key


def make_link(email, action: str, key: str, recipient: str) -> str:
    """Return the URL that does one thing to an email.

    :param email: in the environment of its owner
    :param str key: from :func:`create_key`
    :param str recipient: the address that the link is sent to
    """
    values = [email.id, action, _get_state(email), key, recipient]
    # sudo: the key of the signature
    token = hash_sign(email.sudo().env, SCOPE, values, expiration=VALID)
    return f"{email.get_base_url()}{PATH}?token={token}"


def list_actions(email) -> list[str]:
    """Return what links may do to an email.

    Strangers can cause rejected and unmatched emails, to make the owner click a wrong link. Emails that may be theirs
    get no such link: the owner opens them in Odoo, where the whole email is shown.

    :param email: in the environment of its owner
    """
    if email.state == CAPTURED:
        return [UNDO]
    if email.state == REFUSED:
        return [MINE] if _may_be_mine(email) else []
    is_certain = email.reason_code not in DOUBTFUL
    return [NEVER] if is_certain and email.state != FAILED and find_domains(email) else []


def _may_be_mine(email) -> bool:
    """Return whether nothing but an unknown or unconfirmed sender speaks against a rejected email."""
    dropbox = email.dropbox_id
    is_plain = [code for code, *_values in email.reasons or []] in (["not_own"], ["not_confirmed"])
    is_safe = not dropbox.leak_reason and not email.exposed
    is_unforged = not email.is_sender_doubtful and email.authentication in ("pass", "none", False)
    return bool(is_plain and is_safe and is_unforged and email.can_adopt_sender)


def find_domains(email) -> list[str]:
    """Return the domains of the customers of an email; none if excluding them would exclude too much."""
    emails = [address.email for address in parse_addresses(email.recipients or "") if address.email]
    domains = list(dict.fromkeys(map(get_domain_pattern, emails)))
    return domains if len(domains) <= MAX_DOMAINS and not any(map(is_public, domains)) else []


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _get_state(email) -> str:
    """Return a digest of everything that an action on the email, or another try, changes."""
    email = email.sudo()  # the lines, whichever records the owner may see
    lines = [[line.outcome, line.res_model, line.res_id] for line in email.line_ids]
    state = [email.state, email.active, email.history, email.reasons, lines]
    return hashlib.sha256(json.dumps(state).encode()).hexdigest()[:20]


# ------------------------------------------------------------
# USE
# ------------------------------------------------------------


def find_link(env, token: str) -> tuple[Link | None, str]:
    """Find what a link does.

    :param env: of the visitor, who need not be logged in
    :return: the link and an empty text; or None, and why it does not work: `expired`, `void`, `foreign` or `used`
    """
    Email = env["crm.bcc.dropbox.email"].sudo()  # the link proves the access, see the top of this file
    try:
        values = verify_hash_signed(Email.env, SCOPE, token)
    except ValueError:  # incomplete
        values = None
    if not values:
        return None, "expired"
    email_id, action, state, key, recipient = values
    email = Email.browse(email_id).exists()
    dropbox = email.dropbox_id
    if not _has_key(dropbox, key) or not dropbox.is_allowed or find_recipient(dropbox) != recipient:
        return None, "void"
    if not env.user._is_public() and env.user != email.user_id:
        return None, "foreign"
    if _get_state(email) != state:
        return None, "used"
    email = email.with_env(dropbox._get_owner_env())
    if action not in list_actions(email):  # since then, strangers use the address, for example
        return None, "void"
    return Link(email, action, state), ""


def _has_key(dropbox, key: str) -> bool:
    now, hashed = fields.Datetime.to_string(fields.Datetime.now()), _hash(key)
    return any(known == hashed and until > now for known, until in dropbox.notice_keys or [])


def describe(link: Link) -> dict:
    """Return the values that the page shows before the action and after it."""
    email = link.email
    records = [name for name in email.line_ids.mapped("record") if name]
    return {
        "action": link.action,
        "customers": email.recipients or "",
        "domains": format_list(email.env, find_domains(email)) if link.action == NEVER else "",
        "records": format_list(email.env, records) if records else "",
        "sender": read_address(email.email_from),
        "subject": email.display_name,
    }


def follow(link: Link) -> None:
    """Do what the link says, as the owner.

    :raises UserError: the action is not possible; the caller must roll back
    """
    email = link.email
    # the lock comes first: of two simultaneous requests, one finds another state
    if not email.sudo().try_lock_for_update() or _get_state(email) != link.state:
        raise UserError(email.env._("Someone else is working on this email right now. Try again in a moment."))
    if link.action == UNDO:
        email.action_undo()
    elif link.action == MINE:
        email.action_adopt_sender()
    else:
        dialog = email.action_never_domain()
        email.env[dialog["res_model"]].browse(dialog["res_id"]).action_confirm()
    # sudo: the log is closed to users. It also ends the link, whatever the action wrote
    email.sudo()._trace(email.env._("Done by a link in the daily email."))


# ------------------------------------------------------------
# THE DAILY EMAIL COMES BACK
# ------------------------------------------------------------


def make_mark(dropbox) -> str:
    """Return the value of the header that marks the daily emails of a dropbox."""
    return hmac(dropbox.sudo().env, MARK, dropbox.id)  # sudo: the key of the signature


def is_daily_email(dropbox, raw_mail) -> bool:
    """Return whether a mail is a daily email to the owner, which a rule of the mailbox sent back to the BCC address."""
    mark = read_first(raw_mail.fields, MARK.lower())
    return bool(mark) and mark.strip() == make_mark(dropbox)
