"""To-dos that the owner asks for in a BCC address, see :mod:`.destination`: planned with the email, done by a reply.

Nobody is notified: the activity of Odoo is created without followers, and archived without a message.
"""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Domain

from .reasons import Reason
from .spelling import get_spellings

TODO = "mail.mail_activity_data_todo"


def follow_up(email, days, to_log, lines):
    """Close the to-dos that an incoming email answers, and plan the one that it asks for.

    :param email: the `crm.bcc.dropbox.email` that is being logged
    :param int days: until the to-do is due; None without one
    :param list to_log: of :class:`.decision.MailToLog`
    :param list lines: values of its lines; the first one that has a record gets the activity
    :return: list of :class:`Reason`: why there is no to-do
    """
    Line, places = email.env["crm.bcc.dropbox.email.line"], [line for line in lines if line["res_id"]]
    for item in to_log:
        if places and item.mail.is_incoming and Line._has_todos():
            _close(email, item, places)
    if days is None or not places:
        return []
    try:
        with email.env.cr.savepoint():
            places[0]["activity_id"] = _plan(email, days, places[0], to_log[0].mail.subject).id
    except UserError as error:  # what this database demands of activities
        return [Reason("no_todo", {"error": str(error)})]
    if not Line._has_todos():
        email.env.registry.clear_cache()
    return []


def _plan(email, days, line, subject):
    """Create the activity, with the rights of the owner.

    Odoo does not notify users of activities that they plan for themselves, but makes them followers, who get emails.
    """
    record = email.dropbox_id._get_owner_env()[line["res_model"]].browse(line["res_id"])
    owner = record.env.user
    is_follower = owner.partner_id in record.message_partner_ids
    deadline = fields.Date.context_today(record) + timedelta(days=days)
    quiet = record.with_context(mail_activity_quick_update=True)
    activity = quiet.activity_schedule(TODO, deadline, subject, user_id=owner.id)
    if not is_follower:
        record.message_unsubscribe(owner.partner_id.ids)
    return activity


def _close(email, item, places):
    """Close the to-dos for the emails that an incoming email answers.

    These are the emails to its sender on the same record, those of its conversation there, and those of its
    conversation on other records if they are of the same owner: anyone can write any Message-Id into a mail.
    """
    on_record = Domain.OR(
        Domain("res_model", "=", place["res_model"]) & Domain("res_id", "=", place["res_id"]) for place in places
    )
    emails = get_spellings(address.email for address in item.customers)
    is_answered = on_record & Domain("email_id.line_ids.email", "in", emails)
    is_near = on_record | Domain("email_id.user_id", "=", email.user_id.id)
    is_answered |= is_near & Domain("email_id.message_id", "in", item.mail.references)
    for line in email.env["crm.bcc.dropbox.email.line"].search(Domain("activity_id.active", "=", True) & is_answered):
        text = line.email_id.dropbox_id._get_owner_env()._("A reply was captured.")
        # not by `action_feedback`, whose message notifies followers
        line.activity_id.write({"active": False, "feedback": text})
