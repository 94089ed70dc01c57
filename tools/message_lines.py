"""Which recipients of captured emails a message in the chatter belongs to, for the actions in its menu."""

from __future__ import annotations

from typing import Any

from odoo import models

from .decision import ON_RECORD


def find_lines(messages: models.BaseModel) -> dict[int, dict[str, Any]]:
    """Find the captured emails of messages that the current user may act on: their own or, as a manager, any.

    No query if none of the messages is captured.

    :param messages: a `mail.message` recordset
    :return: per id of a message, `email_id` and the `ids` of its recipients on this record
    """
    env, captured = messages.env, messages.filtered("bcc_dropbox_captured")
    Line = env["crm.bcc.dropbox.email.line"]
    if not captured or not env.user._is_internal() or not Line.has_access("read"):
        return {}
    domain = [("mail_message_id", "in", captured.ids), ("outcome", "in", ON_RECORD)]
    lines = Line.search_fetch(domain, ["email_id", "mail_message_id"])
    found = {}
    for message, of_message in lines.grouped("mail_message_id").items():
        of_email = of_message.grouped("email_id")
        # for a manager, one message can belong to the emails of several users
        own = [email for email in of_email if email.user_id == env.user] if len(of_email) > 1 else ()
        email = next(iter(own or of_email))
        found[message.id] = {"email_id": email.id, "ids": of_email[email].ids}
    return found
