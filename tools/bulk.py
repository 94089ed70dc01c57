"""Actions on many captured emails at once: each succeeds or fails on its own, and the user is told of both."""

from odoo.exceptions import UserError

from .states import CAPTURED
from .toast import describe_logged, make_toast

MAX_BULK = 200
"""Emails of one request; more would take minutes."""


def run_in_bulk(emails, method):
    """Call an action on each email; those that raise a UserError stay as they are.

    :param str method: name of the action, a method of one email
    :return: the client action that says what was done
    :raises UserError: too many emails are selected, or none could be changed
    """
    emails.check_access("read")
    env = emails.env
    if len(emails) > MAX_BULK:
        raise UserError(env._("Select at most %(limit)s emails.", limit=MAX_BULK))
    errors = {email: _run(email, method) for email in emails}
    failed = list(filter(None, errors.values()))
    done = emails.filtered(lambda email: not errors[email])
    if not done:
        raise UserError("\n".join([*dict.fromkeys(failed)][:3]))
    if logged := done.filtered(lambda email: email.state == CAPTURED):
        text = describe_logged(logged)
    elif done.filtered("active"):
        text = env._("Emails changed: %(count)s.", count=len(done))
    else:
        text = env._("Emails archived: %(count)s.", count=len(done))
    if failed:
        left = env._("Emails not changed: %(count)s. %(reason)s", count=len(failed), reason=failed[0])
        text = f"{text} {left}"
    return make_toast(done, text, kind="warning" if failed else "success")


def _run(email, method):
    """Call an action on one email; on a UserError, roll back and return its text, otherwise an empty text."""
    try:
        with email.env.cr.savepoint():
            getattr(email, method)()
    except UserError as error:  # other errors concern all emails
        return str(error)
    return ""
