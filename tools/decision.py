"""What was decided about the customers of a mail."""

from dataclasses import dataclass, field

from .address import Address
from .raw_mail import RawMail
from .reasons import prepare_reasons

MATCHED = "matched"
CREATED = "created"
PROPOSED = "proposed"
SKIPPED = "skipped"

ON_RECORD = (MATCHED, CREATED)
"""Outcomes of a recipient whose email is on a record."""


@dataclass(frozen=True)
class MailToLog:
    """A mail to log, and the people it is to or, if it is incoming, from: sorted by what becomes of them.

    :param RawMail mail: the mail that arrived, or one that it forwards
    :param list customers: of :class:`Address`
    :param list shown: the addresses that the row names: customers, and private addresses of colleagues, so that the row
        does not reveal which are which
    :param list too_many: addresses over the limit, including private ones of colleagues
    :param list unreadable: those without a readable address
    :param dict ours: the id of the user per address that everyone may know to be theirs, or that is the owner's; None
        for an address of Odoo itself, False for others in the domain of an own company
    :param list excluded: an :class:`Address` and the :class:`Reason` for each that is never logged
    """

    mail: RawMail
    customers: list
    shown: list
    too_many: list
    unreadable: list
    ours: dict
    excluded: list = field(default_factory=list)

    @property
    def is_excluded(self):
        """Whether the mail names no customers but excluded addresses: its text is not kept."""
        return bool(self.excluded) and not self.customers


@dataclass(frozen=True)
class Decision:
    """What was decided for a customer.

    :param Address address: of the customer
    :param str outcome: `matched`, `created`, `proposed` or `skipped`
    :param record: the record to log the email on; an empty recordset of its model if it is still to be created, or is
        not created only because of the owner's choice for unknown senders; None otherwise
    :param tuple reasons: of :class:`Reason`: why it was skipped, or who chose the record
    """

    address: Address
    outcome: str
    record: object = None
    reasons: tuple = ()

    @property
    def key(self):
        """Model and id of the record; None without a record."""
        return (self.record._name, self.record.id) if self.record else None


def skip(address, *reasons):
    """Return the decision to log the email on no record of a customer."""
    return Decision(address, SKIPPED, reasons=reasons)


def prepare_line(decision, message=None):
    """Return the values of the line of a captured email for a decision.

    :param Decision decision: with its record, if it has one
    :param message: the `mail.message` on that record
    """
    return {
        **prepare_reasons(decision.reasons),
        "email": decision.address.email or decision.address.text,
        "mail_message_id": message.id if message else False,
        "outcome": decision.outcome,
        "res_id": decision.record.id if decision.record else False,
        "res_model": decision.record._name if decision.record else False,
    }
