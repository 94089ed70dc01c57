"""What owners want to be told, how, and to which address.

Notices about security are sent whatever is chosen: the leak alarm, a replaced address, the code that confirms a rule.
"""

from odoo.tools.mail import email_normalize

ALL = "all"
PROBLEMS = "problems"
NONE = "none"

IN_ODOO = "odoo"
BY_EMAIL = "email"

NOTICES = [(ALL, "Every email"), (PROBLEMS, "Problems only"), (NONE, "No notices")]
WAYS = [(IN_ODOO, "In Odoo"), (BY_EMAIL, "One email a day")]


def find_recipient(dropbox) -> str:
    """Return the confirmed address that the daily email goes to, normalised; empty if there is none.

    It is the email of the owner, unless that is only claimed: otherwise Odoo would tell strangers about customers, and
    their clicks would count as those of the owner.

    :param dropbox: a `crm.bcc.dropbox`
    """
    dropbox = dropbox.sudo()  # no group may read whether the email is proved
    email = email_normalize(dropbox.user_id.email) or ""
    if not email or dropbox._is_own_address_of_odoo(email):
        return ""
    own = dropbox.sender_ids.filtered(lambda sender: sender.verified and sender.email_normalized == email)
    return email if own or dropbox._is_own_email_proved(email) else ""


def is_told_in_odoo(dropbox) -> bool:
    """Return whether the owner is notified of problems in Odoo: by choice, or because no address is confirmed."""
    if dropbox.notice == NONE:
        return False
    return dropbox.notice_by != BY_EMAIL or not find_recipient(dropbox)
