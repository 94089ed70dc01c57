"""Emails whose BCC address names a destination: on which records they are logged, with the rights of the owner.

The destination counts only if the owner sent the email. Strangers cause the emails that a rule redirects.
"""

from dataclasses import dataclass, replace

from odoo.exceptions import UserError
from odoo.fields import Command

from .admit import find_refusal
from .decision import MATCHED, Decision
from .destination import (
    MAX_RECORDS,
    MAX_SUFFIXES,
    Destination,
    format_destination,
    join_suffixes,
    parse_suffix,
    split_suffix,
)
from .reasons import Reason, describe_reasons
from .redirected import is_forwarded_by_rule
from .states import CAPTURED, REFUSED, UNMATCHED
from .todo import follow_up

DESTINATION_REFUSALS = ("missing_destination", "readonly_destination", "unknown_destination")
"""Reasons to reject an email because of its destination."""


@dataclass(frozen=True)
class Chosen:
    """The records that the owner has chosen by the BCC address.

    :param Destination destination: as parsed
    :param tuple records: those that the owner may write to, one by one
    :param tuple reasons: of :class:`Reason`: why the email is not logged on others
    """

    destination: Destination
    records: tuple = ()
    reasons: tuple = ()

    @property
    def refusal(self):
        """Why the email is rejected: it must not be logged elsewhere."""
        return [] if self.records else list(self.reasons)

    def decide(self, email, customers):
        """Return a decision per record and customer of a mail; if it has no customers, one per record.

        :param email: the `crm.bcc.dropbox.email`
        :param list customers: of :class:`Address`
        """
        reasons = (Reason("destination"),)
        return [
            Decision(address, MATCHED, record, reasons)
            for record in self.records
            for address in customers or [email._choose_address(record, ())]
        ]


NO_CHOICE = Chosen(Destination())


def find_chosen(email, raw_mail, suffix=None):
    """Return what the owner has chosen by the BCC address of an email, as :class:`Chosen`.

    A record that does not exist and one that the owner may not see have the same reason, so that ids can't be probed.

    :param email: the `crm.bcc.dropbox.email`
    :param RawMail raw_mail: the mail that arrived
    :param str suffix: the suffix to parse; by default that of the email
    """
    suffix = (email.suffix if suffix is None else suffix) or ""
    destination = parse_suffix("" if is_by_rule(raw_mail) else suffix)
    reasons = [Reason("unknown_destination", {"words": ", ".join(destination.unknown)})] if destination.unknown else []
    if not destination.records:
        return Chosen(destination, reasons=tuple(reasons))
    env, readable, writable = email.dropbox_id._get_owner_env(), {}, set()
    for name in dict(destination.records):
        there = env[name].browse(id_ for model_name, id_ in destination.records if model_name == name).exists()
        there = there._filtered_access("read")
        readable |= {(name, record.id): record for record in there}
        writable |= {(name, record.id) for record in there._filtered_access("write")}
    for key in destination.records:
        if key not in readable:
            reasons.append(Reason("missing_destination", {"word": format_destination(*key)}))
        elif key not in writable:
            reasons.append(Reason("readonly_destination", {"record": readable[key].display_name}))
    records = tuple(readable[key] for key in destination.records if key in writable)
    return Chosen(destination, records, tuple(reasons))


def demand_chosen(email, raw_mail):
    """Return the same as :func:`find_chosen`.

    :raises UserError: the email would be rejected
    """
    chosen = find_chosen(email, raw_mail)
    if chosen.refusal:
        raise UserError(describe_reasons(email.env, chosen.refusal))
    return chosen


def is_by_rule(raw_mail):
    """Return whether a rule of a mailbox sent a mail to the BCC address, not the owner."""
    return raw_mail.is_incoming or is_forwarded_by_rule(raw_mail)


def find_chosen_kind(email):
    """Return what the BCC address of an email says to create, a key of :data:`KINDS` or `none`; empty if nothing."""
    return "" if email.redirected else parse_suffix(email.suffix or "").created


def find_creation(email):
    """Return the lookup pattern and the kind of record to create that hold for an email."""
    created = find_chosen_kind(email)
    return ("contact_lead", created) if created else (email.dropbox_id.lookup, email.dropbox_id.create_kind)


def join_destinations(email, suffix):
    """Return the suffix of a rejected email that arrives again: with both if the destination was the reason."""
    return join_suffixes([email.suffix, suffix]) if email.reason_code in DESTINATION_REFUSALS else suffix


def log_there_too(email, raw_mail, to_log):
    """Log an email that arrives again with another destination on that destination as well.

    Mail servers that deliver a mail once per recipient do so if two addresses with the same token were in Bcc.

    :param email: the `crm.bcc.dropbox.email`, of which the customers are locked
    :param list to_log: of :class:`MailToLog`
    """
    delivery, token = email._find_delivery(raw_mail)
    known = split_suffix((email.suffix or "").lower())
    new = "+".join(word for word in split_suffix(delivery.suffix.lower()) if word not in known)
    if not new or email.state == REFUSED or email.history or is_by_rule(raw_mail):
        return  # what a user has done since counts
    if len(known) >= MAX_SUFFIXES or len(parse_suffix(email.suffix or "").records) >= MAX_RECORDS:
        return  # counted over all deliveries, because any recipient can send the mail again
    if find_refusal(email, raw_mail, email._authenticate(raw_mail), token)[0]:
        return
    email.suffix = join_suffixes([email.suffix, new])
    email.flush_recordset()  # waits for the process that is logging it, if any; then this is repeated
    if email.state in (CAPTURED, UNMATCHED):  # otherwise the next try logs it there
        _log_now(email, find_chosen(email, raw_mail, new), to_log)


def _log_now(email, chosen, to_log):
    """Add records to an email that is logged already, or unmatched so far."""
    env, lines, there = email.dropbox_id._get_owner_env(), [], email.line_ids.filtered("res_id")
    missing = (record for record in chosen.records if not any(line._is_on(record) for line in there))
    more = replace(chosen, records=tuple(missing))
    for item in [item for item in to_log if more.records and not item.is_excluded]:
        payload = email._read_payload(item.mail)
        lines += email._file_on_records(env, more.decide(email, item.customers), item.mail, payload)
    first, days = {"res_model": there[:1].res_model, "res_id": there[:1].res_id}, chosen.destination.todo_days
    reasons = follow_up(email, None if there.activity_id else days, to_log, [first, *lines])
    there[:1].activity_id = there[:1].activity_id.id or first.get("activity_id")
    is_logged = there or any(line["res_id"] for line in lines)
    former = [Reason(*reason) for reason in email.reasons or ()] if there or not is_logged else []
    set_state = email._set_captured if is_logged else email._set_unmatched
    set_state([*former, *chosen.reasons, *reasons], line_ids=[Command.create(line) for line in lines])
