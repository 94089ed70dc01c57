"""What a user is told after an action on captured emails: what was done, with *Undo*."""

from odoo.tools import format_list

from .states import CAPTURED
from .undo import seal

DONE = "bcc_dropbox_done"
"""The client action, see `static/src/todo/done.js`."""

MAX_NAMES = 3
"""Records that a text names."""

EMAIL = "crm.bcc.dropbox.email"


def make_toast(emails, text, kind="success", undo=None, has_undo=True):
    """Return the client action that shows a text with *Undo*, and updates what the pages show of these emails.

    :param emails: that the action changed; their state before is stored, see :func:`.undo.remember`
    :param str text: what was done; plain text, because strangers write names of records
    :param str kind: `success`, `warning` or `info`
    :param dict undo: model, method and ids of the call that undoes it, if that is not `action_undo_last`
    :param bool has_undo: False if the action can't be undone
    """
    is_changed = seal(emails.sudo())  # sudo: the stored state is closed
    emails = _filter_readable(emails)
    if not undo and has_undo and is_changed and emails:
        undo = {"model": EMAIL, "method": "action_undo_last", "ids": emails.ids}
    record = _find_record(emails)
    return {
        "type": "ir.actions.client",
        "tag": DONE,
        "params": {
            "message": text,
            "type": kind,
            "emailIds": emails.ids,
            "undo": undo or False,
            "record": {"model": record[0], "id": record[1]} if record else False,
        },
    }


def describe_logged(emails):
    """Return where emails are logged, as far as the current user may see these records."""
    lines = emails.with_env(emails.env(su=False)).line_ids.filtered("record")
    names = list(dict.fromkeys(lines.mapped("record")))
    env = emails.env
    if not names:
        return env._("Logged.")
    if (others := len(names) - MAX_NAMES) > 0:
        first = ", ".join(names[:MAX_NAMES])
        return env._("Logged on %(records)s and %(count)s more.", records=first, count=others)
    return env._("Logged on %(records)s.", records=format_list(env, names))


def tell_logged(emails, **options):
    """Return the client action that says where emails are logged or, if they are not, why."""
    readable = _filter_readable(emails)
    if logged := readable.filtered(lambda email: email.state == CAPTURED):
        return make_toast(emails, describe_logged(logged), **options)
    reasons = list(dict.fromkeys(filter(None, readable.mapped("reason"))))
    text = emails.env._("Not logged.")
    return make_toast(emails, " ".join([text, *reasons[:1]]), kind="warning", **options)


def _filter_readable(emails):
    """Return the emails that the current user may read: others are private since the action, see `is_private`."""
    return emails.with_env(emails.env(su=False))._filtered_access("read")


def _find_record(emails):
    """Return model and id of the only record that the emails are on and the current user may see."""
    lines = emails.with_env(emails.env(su=False)).line_ids.filtered("record")
    places = {(line.res_model, line.res_id) for line in lines}
    return places.pop() if len(places) == 1 else None
