"""Undo: an email is removed from its records, or gets back the state before the last action of a user.

Each action stores what it found (:func:`remember`), and its toast what it left (:func:`seal`). Undo compares that with
what it finds: an email that has changed meanwhile is left alone.
"""

import json

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command

from .address import Address
from .decision import CREATED, MATCHED, ON_RECORD, SKIPPED, Decision, prepare_line, skip
from .reasons import Reason, describe_reasons
from .spelling import get_key
from .states import FINAL

_VALUES = ("active", "accepted", "created_count")
_LINE_VALUES = ("email", "outcome", "reason_code", "reasons", "res_model", "res_id")


# ------------------------------------------------------------
# REMEMBER
# ------------------------------------------------------------


def remember(email):
    """Store the state of an email before an action changes it, unless the same action has stored it already.

    :param email: as the system
    """
    if not _is_under_way(email):
        email.last_action = {"before": _take_snapshot(email)}


def remember_along(email, others):
    """Store the state of other emails that an action on one email changes as well."""
    if others and _is_under_way(email):
        for other in others:
            remember(other)
        email.last_action = {**email.last_action, "along": others.ids}


def _is_under_way(email):
    return bool(email.last_action) and "after" not in email.last_action


def seal(emails):
    """Store the state in which an action left emails, unless that is stored already.

    :param emails: as the system
    :return: whether the action changed one of them in a way that can be undone
    """
    is_changed = False
    for email in emails.filtered("last_action"):
        stored = email.last_action
        if "after" not in stored:
            stored = email.last_action = {**stored, "after": _take_snapshot(email)}
            seal(email.browse(stored.get("along", ())))
        is_changed |= stored["after"] != stored["before"] and stored["before"]["state"] in FINAL
    return is_changed


def _take_snapshot(email):
    values = {name: email[name] for name in _VALUES}
    lines = [
        {
            **{name: line[name] for name in _LINE_VALUES},
            "id": line.id,
            "mail_message_id": line.mail_message_id.id,
            "activity_id": line.activity_id.id,
        }
        for line in email.line_ids.sorted("id")
    ]
    undone_date = fields.Datetime.to_string(email.undone_date)
    state = {"state": email.state, "reasons": email.reasons or [], "undone_date": undone_date, "lines": lines}
    return json.loads(json.dumps({**values, **state}))  # in the form in which the field returns it


# ------------------------------------------------------------
# RESTORE
# ------------------------------------------------------------


def undo_last(emails):
    """Restore the state of emails before the last action of a user.

    :return: the emails that were restored, others that the action changed included
    :raises UserError: one has changed since; then nothing happens
    """
    emails.check_access("read")
    restored = emails.browse()
    for email in emails:
        stored = email.sudo().last_action or {}  # sudo: it is closed
        along = email.browse(stored.get("along", ()))
        for one in [*along, email]:
            if one not in restored:
                _undo_one(one)
                restored |= one
    return restored


def _undo_one(email):
    # read first, because `_begin_action` replaces it. sudo: it is closed
    stored = email.sudo().last_action or {}
    email = email._begin_action(FINAL)
    if stored.get("after") != _take_snapshot(email):
        raise UserError(email.env._("This email has changed since, so the action can't be undone."))
    before = stored["before"]
    messages = _restore_records(email, before["lines"])
    lines = [Command.create(_prepare_former_line(email, line, messages)) for line in before["lines"]]
    email._set_state(
        before["state"],
        [Reason(*reason) for reason in before["reasons"]],
        **{name: before[name] for name in _VALUES},
        line_ids=[Command.clear(), *lines],
        undone_date=before["undone_date"],
        last_action=False,
    )
    email._trace(email.dropbox_id._get_owner_env()._("The last action was undone."))


def _restore_records(email, former):
    """Put an email back where it was: remove it from records that were added, log it on those it was removed from.

    :param list former: values of its lines
    :return: the id of the message per place of a line
    """
    on_record = email.line_ids.filtered(lambda line: line.outcome in ON_RECORD)
    is_on = {(line.res_model, line.res_id) for line in on_record}
    places = {(line["res_model"], line["res_id"]): line for line in former if line["outcome"] in ON_RECORD}
    added = on_record.filtered(lambda line: (line.res_model, line.res_id) not in places)
    missing = [line for place, line in places.items() if place not in is_on]
    if len(added) == len(missing) == 1 and added.id == missing[0]["id"]:
        added._move_to(_reactivate_former_record(email, missing[0]).with_user(email.env.user))
    else:
        if added:
            undo(email, added)
        if missing:
            return _log_again(email, missing)
    return {(line.res_model, line.res_id): line.mail_message_id.id for line in email.line_ids if line.res_id}


def _reactivate_former_record(email, line):
    """Return the record that a line was on; unarchive it if it was archived with the email."""
    record = email.env[line["res_model"]].browse(line["res_id"]).exists()
    if not record:
        raise UserError(email.env._("The record of this email no longer exists."))
    email._check_target(record)
    if line["outcome"] == CREATED and record._active_name and not record[record._active_name]:
        record.with_context(tracking_disable=True).action_unarchive()  # as `_archive_bcc_dropbox_record` archived it
    return record


def _log_again(email, missing):
    """Log an email on the records that it was removed from; return the id of the message per place."""
    env, messages = email.dropbox_id._get_owner_env(), {}
    records = {line["id"]: _reactivate_former_record(email, line).with_env(env) for line in missing}
    with email._filing_by_hand() as (_raw_mail, to_log):
        decisions = {}
        for line in missing:
            key = get_key(line["email"] or "")
            named = [item for item in to_log if key in {get_key(address.email) for address in item.shown}]
            decision = Decision(Address("", line["email"] or "", ""), MATCHED, records[line["id"]])
            decisions.setdefault((named or to_log)[0].mail, []).append(decision)
        for mail, of_mail in decisions.items():
            for line in email._file_on_records(env, of_mail, mail, email._read_payload(mail)):
                if line["outcome"] == SKIPPED:
                    raise UserError(describe_reasons(email.env, line["reasons"]))
                messages[(line["res_model"], line["res_id"])] = line["mail_message_id"]
    return messages


def _prepare_former_line(email, line, messages):
    values = {name: line[name] for name in _LINE_VALUES}
    message = email.env["mail.message"].browse(line["mail_message_id"] or ())
    activity = email.env["mail.activity"].browse(line["activity_id"] or ())
    message_id = messages.get((line["res_model"], line["res_id"])) or message.exists().id
    return {**values, "mail_message_id": message_id, "activity_id": activity.exists().id}


# ------------------------------------------------------------
# REMOVE
# ------------------------------------------------------------


def undo(email, lines):
    """Remove an email from the records of some of its lines.

    :param email: from `_begin_action`
    :raises AccessError: the current user may not change one of the records; then nothing happens
    """
    records = {line: record for line in lines if (record := line._get_filed_record())}
    for record in records.values():
        email._check_writable(record)
    created = [record for line, record in records.items() if line.outcome == CREATED]
    names = {line: record.display_name for line, record in records.items()}
    own = lines._get_own_messages()
    shared = lines.mail_message_id - own
    email._keep_original(own | shared)
    _trace_undo(email, names, lines.filtered(lambda line: line.mail_message_id in shared))
    _write_undone(email, lines, names)
    own._bcc_dropbox_remove()
    lines.activity_id.filtered("active").unlink()
    for record in created:
        record._archive_bcc_dropbox_record()


def _write_undone(email, lines, names):
    """Mark the lines as removed, and the row as unmatched if no record has the email any more."""
    user = email.env.user.name
    for line in lines:
        if name := names.get(line):
            reason = Reason("removed_from", {"record": name, "user": user})
        else:
            reason = Reason("removed_record_gone", {"user": user})
        line.write(prepare_line(skip(Address("", line.email, ""), reason)))
    email.undone_date = fields.Datetime.now()
    if not any(line.outcome in ON_RECORD for line in email.line_ids):
        email._set_unmatched([Reason("removed", {"user": user})])


def _trace_undo(email, names, shared):
    env = email.dropbox_id._get_owner_env()
    records = email._quote(names.values())
    text = env._("Removed; the record no longer existed.")
    if records:
        text = env._("Removed from %(records)s.", records=records)
    if kept := [names[line] for line in shared if line in names]:
        text += " " + env._("Still on %(records)s, where it also arrived another way.", records=email._quote(kept))
    email._trace(text)
