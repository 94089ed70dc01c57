"""Why an email was rejected, left unmatched or logged only in part: codes with values, and a sentence for each code.

A reason is stored as ``[code, values]``, and its sentence is made in the language of the reader.
"""

from typing import NamedTuple

from odoo.tools import format_date, format_datetime, human_size
from odoo.tools.translate import LazyTranslate

from .address import clean
from .direction import isolate
from .kinds import describe_kind

_lt = LazyTranslate(__name__)


class Reason(NamedTuple):
    """One reason.

    :param str code: a key of :data:`SENTENCES`
    :param dict values: what its sentence needs, as JSON. Some are formatted by their name: `date` (ISO 8601, UTC),
        `model` (technical name), `found_size` and `limit_size` (bytes)
    """

    code: str
    values: dict = {}


DAILY_RECORDS = "daily_records"
"""Reason of an email that waits because too many records were created today."""

ONLY_EXCLUDED = "only_excluded"
"""Reason of an email to excluded addresses only: it is private, and needs no action."""

REASONS = {
    # Rejected: the BCC address
    "archived": ("Archived BCC address", _lt("An administrator has archived your BCC address.")),
    "not_permitted": ("No permission", _lt("You don't have permission to use BCC Dropbox.")),
    "replaced": ("Replaced BCC address", _lt("Sent to a BCC address that you have replaced. Use the new one.")),
    # Rejected: the email
    "automatic": ("Automatic email", _lt("Automatic email (see the %(header)s header).")),
    # Rejected: the destination that the BCC address names, see `by_destination.py`
    "missing_destination": (
        "Destination not found",
        _lt("The BCC address names “%(word)s”, which doesn't exist or which you may not see."),
    ),
    "readonly_destination": (
        "Destination can't be changed",
        _lt("The BCC address names “%(record)s”, which you may see, but not change."),
    ),
    "unknown_destination": (
        "Unknown destination",
        _lt("The BCC address contains “%(words)s”, which is no known destination."),
    ),
    # Rejected: over a limit, see `Excess`
    "excess_shortened": (
        "Email cut to its header",
        _lt("The email is too large (%(found_size)s): only its header was kept."),
    ),
    "excess_size": (
        "Email too large",
        _lt(
            "The size of the email is %(found_size)s; the limit is %(limit_size)s. An administrator can raise the"
            " limit. Then try again."
        ),
    ),
    "excess_lines": (
        "Too many lines",
        _lt(
            "The email has %(found)s lines; the limit is %(limit)s. An administrator can raise the limit for the size."
            " Then try again."
        ),
    ),
    "excess_parts": (
        "Too many parts",
        _lt("The email has more than %(limit)s parts. An administrator can raise the limit. Then try again."),
    ),
    "excess_depth": (
        "Parts nested too deep",
        _lt(
            "The parts of the email are nested more than %(limit)s levels deep. An administrator can raise the"
            " limit. Then try again."
        ),
    ),
    "excess_addresses": (
        "Too many addresses",
        _lt(
            "The email has %(found)s recipients in To and Cc; the limit is %(limit)s. An administrator can raise the"
            " limit. Then try again."
        ),
    ),
    "excess_header": (
        "Header too large",
        _lt(
            "The size of a header in the email is %(found_size)s; the limit is %(limit_size)s. An administrator can"
            " raise the limit. Then try again."
        ),
    ),
    "excess_fields": ("Too many header fields", _lt("The header has more than %(limit)s fields, which is too many.")),
    "excess_field": ("Header field too large", _lt("The size of a header field is %(found_size)s, which is too much.")),
    # Rejected: the sender
    "several_senders": ("Not exactly one sender", _lt("The email has %(count)s senders instead of one.")),
    "repeated_sender": (
        "Sender given twice",
        _lt("The sender is given more than once, which no email program does."),
    ),
    "not_own": (
        "Unknown sender address",
        _lt("Sent from %(sender)s, which is not one of your sender addresses."),
    ),
    "lookalike": ("Look-alike characters", _lt("Contains look-alike characters; actual address: %(email)s")),
    "other_header": (
        "Sender address in another header",
        _lt("One of your sender addresses is in the %(header)s header, but only “From” counts."),
    ),
    "not_confirmed": ("Unconfirmed sender address", _lt("Sent from %(sender)s, which is not confirmed yet.")),
    "ambiguous_sender": (
        "Ambiguous sender",
        _lt("Email programs read this sender in different ways, so the real sender is uncertain: %(sender)s"),
    ),
    "misleading_name": (
        "Misleading sender name",
        _lt("The display name of %(sender)s contains another address: %(email)s"),
    ),
    "forged": (
        "Forged sender",
        _lt(
            "%(host)s found that the email is not really from %(domain)s (%(method)s). Someone else may have used your"
            " address."
        ),
    ),
    "dns_error": (
        "Sender check failed",
        _lt("Odoo couldn't verify the sender because the DNS of %(domain)s did not respond. Try again."),
    ),
    "check_error": (
        "Sender check unavailable",
        _lt("%(host)s couldn't verify that the email is from %(domain)s. Send it again."),
    ),
    "unverified": (
        "Unverified sender",
        _lt("Nothing proves that the email is from %(domain)s, and your administrator accepts verified emails only."),
    ),
    # Redirected by a rule of the owner's mailbox
    "redirected_bulk": ("Automatic or bulk email", _lt("Automatic or bulk email (see the %(header)s header).")),
    "redirected_unnamed": (
        "Not redirected by your mailbox",
        _lt(
            "%(sender)s is not one of your sender addresses, and none of yours is in To, Cc or a header that a mail"
            " server added."
        ),
    ),
    "redirected_not_confirmed": (
        "Redirected from an unconfirmed address",
        _lt("Redirected from %(email)s, which is not confirmed yet. Confirm it, then try again."),
    ),
    "redirected_no_server": (
        "No trusted server",
        _lt(
            "Redirected emails are logged only if a trusted server verified the sender. Ask your administrator to"
            " enter one, then try again."
        ),
    ),
    "redirected_forged": (
        "Forged sender of a redirected email",
        _lt("%(host)s found that the email is not really from %(domain)s (%(method)s)."),
    ),
    "redirected_unverified": (
        "Unverified sender of a redirected email",
        _lt("The trusted server did not verify that the email is from %(domain)s."),
    ),
    # Pending and failed
    "error": ("Error", _lt("The email couldn't be logged: %(error)s")),
    "crashed": ("Odoo stopped", _lt("Odoo stopped at every attempt to log the email.")),
    "daily_emails": (
        "Daily limit of emails",
        _lt("Waiting until tomorrow: your BCC address takes %(limit)s emails a day."),
    ),
    DAILY_RECORDS: (
        "Daily limit of records",
        _lt("Waiting until tomorrow: your BCC address creates %(limit)s records a day."),
    ),
    # Unmatched
    "no_customer": (
        "No customer",
        _lt("No customer among the recipients (colleagues and Odoo's own addresses are ignored)."),
    ),
    "unclear_forward": (
        "No customer in forwarded email",
        _lt("Odoo couldn't find a customer in the forwarded email. Log it on a record by hand."),
    ),
    "colleague": ("Colleague", _lt("%(email)s belongs to %(user)s.")),
    "own_domain": ("Own company", _lt("%(email)s belongs to your company.")),
    ONLY_EXCLUDED: (
        "Never log",
        _lt("All of its customers are on a “Never Log” list. Its text is not kept."),
    ),
    "odoo_address": ("Address of Odoo", _lt("%(email)s belongs to Odoo.")),
    "nothing_logged": ("No record", _lt("The email couldn't be logged on any record. See each recipient.")),
    "removed": ("Removed", _lt("Removed by %(user)s.")),
    "proposed": ("New people", _lt("New people: confirm them to log this email.")),
    "proposed_rest": ("Some new people", _lt("New people: confirm them to log this email for them as well.")),
    # Logged in part
    "implausible_date": (
        "Implausible date",
        _lt("The email is dated %(date)s, which can't be right. The time of arrival is used instead."),
    ),
    "secret_files": ("Attachments with a BCC address", _lt("Left out because they contain a BCC address: %(files)s.")),
    "large_files": (
        "Attachments too large",
        _lt("Left out because all attachments together may have %(limit)s MB: %(files)s."),
    ),
    "encrypted": (
        "Encrypted email",
        _lt("This email is encrypted (%(method)s). Open it in an email program that has the key."),
    ),
    "letters": ("Unreadable characters", _lt("Some characters of the text couldn't be read.")),
    "packed": (
        "Partly unpacked",
        _lt("“%(name)s” could be unpacked only in part. The file itself is attached too."),
    ),
    "text_only": (
        "Formatting removed",
        _lt("The text is too long, nested too deep or broken. It was logged without its formatting."),
    ),
    "text_cut": (
        "Text attached",
        _lt("The text is too long to be shown. All of it is attached as a file."),
    ),
    "no_todo": ("No to-do", _lt("The to-do couldn't be created: %(error)s")),
    # Recipients
    "destination": ("Named by the BCC address", _lt("The BCC address names this record.")),
    "unreadable_address": ("Unreadable address", _lt("The address can't be read.")),
    "unreadable_addresses": ("Unreadable addresses", _lt("%(count)s more addresses can't be read.")),
    "too_many_recipients": ("Too many recipients", _lt("The email has more than %(limit)s recipients.")),
    "excluded": ("Never log", _lt("You never log %(pattern)s.")),
    "excluded_by_company": ("Never log (company)", _lt("Your company never logs %(pattern)s.")),
    "create_nothing": (
        "No match",
        _lt("No record has this address, and you chose not to create any."),
    ),
    "unknown_sender": (
        "Unknown sender",
        _lt("No record has this address, and you chose not to create records for unknown senders."),
    ),
    "robot_address": (
        "Automatic or list address",
        _lt(
            "%(email)s looks like the address of a program or a mailing list, so no record was created. You can create"
            " one by hand."
        ),
    ),
    "proposal_asked": ("New person", _lt("No record has this address. Confirm this person to create one.")),
    "proposal_too_many": (
        "Many new people",
        _lt("No record has this address, and the email would create more than %(limit)s. Confirm this person."),
    ),
    "proposal_refused": ("Refused", _lt("You chose never to add this person.")),
    "no_create_access": ("No create access", _lt("You may not create records of type “%(model)s”.")),
    "no_write_access": ("No write access", _lt("You may see “%(record)s”, but not log emails on it.")),
    "database_error": ("Database error", _lt("The database rejected the new record.")),
    "record_error": ("Error", "%(error)s"),
    "logged_by": ("Logged by hand", _lt("Logged by %(user)s")),
    "several_limit": (
        "More matches",
        _lt("%(count)s records match; the email was logged on the best %(limit)s of them."),
    ),
    "records_limit": (
        "Too many records",
        _lt("%(count)s further records were left out: an email is logged on at most %(limit)s."),
    ),
    "opportunity_of_contact": ("Opportunity of the contact", _lt("Open opportunity of %(email)s.")),
    "opportunity_of_company": (
        "Opportunity of the company",
        _lt("Open opportunity of the company of %(email)s."),
    ),
    "comment_left_out": (
        "Comment left out",
        _lt("The email was already there; what you wrote when forwarding it was not added."),
    ),
    "subject_number": ("Number in the subject", _lt("Its number is in the subject.")),
    "other_record": ("Logged elsewhere", _lt("The email was logged on one record by hand.")),
    "moved": ("Moved", _lt("Moved from “%(record)s” by %(user)s")),
    "removed_from": ("Removed", _lt("Removed from “%(record)s” by %(user)s")),
    "removed_record_gone": ("Removed", _lt("Removed by %(user)s; the record no longer existed")),
    # Written by versions before reasons had codes
    "former": ("Earlier version", "%(text)s"),
}
"""Label and sentence per code."""

FACTS = {
    # Where the BCC address was found
    "delivered": _lt("Delivered by your mail server."),
    "found_exposed": _lt("BCC address found in “%(header)s”, where every recipient can see it. Use Bcc instead."),
    "found_by_sender": _lt("BCC address found in the %(header)s header, written by the sender."),
    "found_by_us": _lt("BCC address found in the %(header)s header added by your mail server."),
    "found_by_other": _lt("BCC address found in the %(header)s header added by another mail server."),
    "found_in_mailbox": _lt("Fetched from the mailbox %(mailbox)s and assigned to its verified sender."),
    # Who sent it
    "forwarded": _lt("Forwarded by %(sender)s on %(date)s. The lines below are about that email."),
    "redirected": _lt("Redirected by a rule of the owner's mailbox."),
    "own_sender": _lt("Sent from %(sender)s, a sender address of %(owner)s."),
    "authentication_pass": _lt("%(host)s verified that the email is from %(domain)s (%(method)s)."),
    "authentication_fail": _lt("%(host)s found that the email is not from %(domain)s (%(method)s)."),
    "authentication_temperror": _lt("%(host)s couldn't check whether the email is from %(domain)s."),
    "authentication_broken": _lt(
        "The signature of %(domain)s doesn't match: the email was changed in transit or is not from there."
    ),
    "authentication_none": _lt("Sender not verified (no SPF, DKIM or DMARC result for %(domain)s)."),
}
"""Sentences of what is known about an email; they are never stored."""

UNCLAIMED = {
    "no_trusted_server": _lt("Odoo can't verify senders because no trusted server is set."),
    "unclear_sender": _lt("The email doesn't have exactly one clear sender."),
    "not_genuine": _lt("The trusted server did not verify that the email is from %(sender)s (result: %(result)s)."),
    "no_owner": _lt("No user has the sender address %(sender)s."),
    "owner_not_confirmed": _lt("The sender address %(sender)s is not confirmed yet."),
    "owner_not_permitted": _lt("The user with the sender address %(sender)s may not use BCC Dropbox."),
    "several_owners": _lt("Several users have the sender address %(sender)s."),
    "unknown_address": _lt("Sent to a BCC address that doesn't exist."),
}
"""Sentences of why an email in a mailbox for BCC copies belongs to no user, for managers."""

SENTENCES = {code: sentence for code, (_label, sentence) in REASONS.items()} | FACTS | UNCLAIMED

REASON_CODES = [(code, label) for code, (label, _sentence) in REASONS.items()]


def prepare_reasons(reasons):
    """Return the values that store reasons on a record.

    :param list reasons: of :class:`Reason`, the most important first
    """
    stored = [[code, {name: _clean_value(value) for name, value in values.items()}] for code, values in reasons]
    return {"reason_code": stored[0][0] if stored else False, "reasons": stored or False}


def _clean_value(value):
    return clean(value) if isinstance(value, str) else value


def describe_reasons(env, reasons):
    """Return the sentences of reasons in the language of an environment.

    :param list reasons: of :class:`Reason`, or as stored
    """
    return " ".join(filter(None, (_describe_reason(env, *reason) for reason in reasons or ())))


def _describe_reason(env, code, values):
    if code not in SENTENCES:
        return ""  # of an addon that is gone
    values = {name: _format_value(env, name, value) for name, value in values.items()}
    translate = env._  # takes lazy terms; linters demand literals in a direct call
    sentence = translate(SENTENCES[code])
    try:
        return sentence % values
    except (KeyError, TypeError, ValueError):  # a sentence of another version, or a wrong translation
        return code


def _format_value(env, name, value):
    if name == "date":
        return isolate(format_datetime(env, value))
    if name == "model":
        return describe_kind(env[value]) if value in env else value  # its addon may be gone
    if name in ("found_size", "limit_size"):
        return human_size(value)
    return value


# ------------------------------------------------------------
# INVITATIONS
# ------------------------------------------------------------


def describe_invitation(env, invitation):
    """Return what an :class:`Invitation` is about, when and where, on one line in the language of an environment."""
    labels = {"CANCEL": env._("Canceled"), "REPLY": env._("Reply to an invitation")}
    when = _format_time(env, invitation.start)
    if invitation.end and invitation.end != invitation.start and hasattr(invitation.end, "hour"):
        is_same_day = invitation.end.date() == invitation.start.date()
        end = invitation.end.strftime("%H:%M") if is_same_day else _format_time(env, invitation.end)
        when = f"{when} \N{EN DASH} {end}"
    facts = [invitation.summary, " ".join(filter(None, (when, invitation.timezone))), invitation.location]
    return f"{labels.get(invitation.method, env._('Invitation'))}: {', '.join(filter(None, facts))}"


def _format_time(env, time):
    """Format a day, or a time as a clock shows it in the time zone of the invitation."""
    if not time:
        return ""
    return f"{format_date(env, time)} {time.strftime('%H:%M')}" if hasattr(time, "hour") else format_date(env, time)
