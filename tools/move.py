"""An email on another record: moved there, or logged there as well."""

from odoo import fields
from odoo.exceptions import UserError

from .address import Address
from .decision import CREATED, MATCHED, Decision, prepare_line
from .live import note_messages
from .original import rebuild_mail
from .raw_mail import RawMail
from .reasons import Reason, prepare_reasons
from .states import CAPTURED
from .toast import make_toast, tell_logged


def get_movable_record(line):
    """Return the record to move the email of a line from.

    :raises UserError: the email is no longer in its history
    """
    source = line._get_filed_record()
    if not source or not line.mail_message_id:
        raise UserError(line.env._("The email is no longer in the history of that record."))
    return source


def move(line, record):
    """Move the email from the record of a line to another one.

    :param line: a `crm.bcc.dropbox.email.line` of the current user
    :param record: of a target model
    :return: the client action that says what was done
    """
    line.ensure_one()
    reader, email = line, line.email_id._begin_action((CAPTURED,))
    line = line.with_env(email.env)
    source = get_movable_record(line)
    email._check_writable(source)
    email._check_target(record)
    if source == record:
        raise UserError(reader.env._("The email is already logged on “%(record)s”.", record=record.display_name))
    names = {"old": source.display_name, "new": record.display_name}
    was_created = line.outcome == CREATED
    line.write(
        {
            **prepare_reasons([Reason("moved", {"record": names["old"], "user": email.env.user.name})]),
            "mail_message_id": _place_message(line, record, line._get_own_messages()).id,
            "outcome": MATCHED,
            "res_model": record._name,
            "res_id": record.id,
        }
    )
    place = {"res_model_id": line.env["ir.model"]._get_id(record._name), "res_id": record.id}
    line.activity_id.filtered("active").write(place)
    if was_created:
        source._archive_bcc_dropbox_record()
    email._trace(email.dropbox_id._get_owner_env()._("Moved from “%(old)s” to “%(new)s”.", **names))
    return make_toast(reader.email_id, reader.env._("Moved to “%(record)s”.", record=record.display_name))


def log_also(line, record):
    """Log the email of a line on one more record, see :func:`move`."""
    line.ensure_one()
    reader, email = line, line.email_id._begin_action((CAPTURED,))
    line = line.with_env(email.env)
    get_movable_record(line)
    email._check_target(record)
    if any(other._is_on(record) for other in email.line_ids):
        raise UserError(reader.env._("The email is already logged on “%(record)s”.", record=record.display_name))
    reasons = (Reason("logged_by", {"user": email.env.user.name}),)
    decision = Decision(Address("", line.email, ""), MATCHED, record, reasons)
    email.line_ids = [fields.Command.create(prepare_line(decision, _place_message(line, record)))]
    env = email.dropbox_id._get_owner_env()
    email._trace(env._("Logged on “%(record)s”.", record=record.with_env(env).display_name))
    return tell_logged(reader.email_id)


def _place_message(line, record, own=None):
    """Return the message of an email on another record: the one that is there already, a moved one, or a new one.

    :param own: the messages that may be moved or removed; none by default
    """
    email, message = line.email_id, line.mail_message_id
    own = message.browse() if own is None else own
    record = record.with_env(email.dropbox_id._get_owner_env())
    [item, *_others] = email._find_mails_to_log(RawMail(rebuild_mail(email, message)))
    payload = email._read_payload(item.mail)
    there = email._find_filed_messages(line.env, item.mail, record, payload).get((record._name, record.id))
    if there:
        own._bcc_dropbox_remove()
        return there
    if own:
        files = own._bcc_dropbox_get_own_files()
        note_messages(own)
        own.write({"model": record._name, "res_id": record.id})
        note_messages(own)
        files.write({"res_model": record._name, "res_id": record.id})
        return own
    # the message also stays where it is
    [message] = email._create_message([record], item.mail, payload).values()
    note_messages(message)
    return message
