"""Find the documents whose numbers are in the subject of a mail, to log it there as well."""

from odoo.fields import Domain

from .address import Address
from .decision import MATCHED, SKIPPED, Decision
from .document_number import find_numbers
from .reasons import Reason
from .spelling import get_key

MAX_FOUND = 20
"""Documents per kind that are looked at: numbers with more are not unique anyway."""

MAX_INTEGER = 2**31 - 1

NEEDED = ("company_id", "email_from", "email_normalized", "project_id", "team_id", "user_id")
"""Fields that record rules and the comparison with the customers use, if a model has them."""


def find_documents(env, kinds, decisions, mail):
    """Decide to log a mail on the documents that its subject names.

    A number counts if, among all installed kinds that it may belong to, exactly one document that the owner may read
    has it, and if the owner may change that document. A bare number, or the subject of a received mail, which strangers
    write, counts only if the document belongs to a customer of the mail.

    :param env: of the owner
    :param kinds: of :class:`.document_number.DocumentKind`
    :param list decisions: about the customers
    :param RawMail mail: the mail to log
    :return: list of :class:`Decision`; one query per kind that is named, and one to compare companies
    """
    decided = [decision for decision in decisions if decision.outcome != SKIPPED]
    numbers = find_numbers(mail.subject or "", kinds) if decided else []
    records = {kind: _search(env, kind, numbers) for kind in kinds if kind.model in env}
    known, documents = {decision.key for decision in decided}, []
    is_received = bool(mail.carrier or mail.is_incoming)
    for number in numbers:
        found = {
            (record._name, record.id): (kind, record)
            for kind, value in number.values.items()
            for record in records.get(kind, ())
            if record[kind.field] in _get_variants(record, kind, value)
        }
        if len(found) != 1 or not found.keys().isdisjoint(known):
            continue
        [(key, (kind, record))] = found.items()
        is_safe = not (is_received or number.is_bare) or _is_of_customer(record, kind, decided)
        if is_safe and record.has_access("write"):
            known.add(key)
            reason = Reason("subject_number")
            documents.append(Decision(Address("", "", number.text), MATCHED, record, (reason,)))
    return documents


def _search(env, kind, numbers):
    """Find the documents of a kind that have one of these numbers: one query, or none if no number is of this kind."""
    Model = env[kind.model]
    values = {
        variant
        for number in numbers
        if kind in number.values
        for variant in _get_variants(Model, kind, number.values[kind])
    }
    if not values or not Model.has_access("read"):
        return Model
    domain = Domain(kind.field, "in", list(values))
    names = {name for name in (kind.field, kind.partner, *NEEDED) if name in Model._fields}
    if hasattr(Model, "_get_bcc_dropbox_domain"):  # a target: no lost leads
        domain &= Model._get_bcc_dropbox_domain()
        names.update(Model._get_bcc_dropbox_fields())
    found = Model.search_fetch(domain, [name for name in names if Model._fields[name].store], limit=MAX_FOUND)
    return found if len(found) < MAX_FOUND else Model


def _get_variants(Model, kind, value):
    """Return the values of the field that a number stands for: people do not mind capitals."""
    if Model._fields[kind.field].type == "integer":
        return {int(value)} if int(value) <= MAX_INTEGER else set()
    return {value, value.upper()}


def _is_of_customer(record, kind, decisions):
    """Return whether a document belongs to one of the customers of a mail, or to their company."""
    record = record.sudo()  # only compared
    keys = set(record._get_bcc_dropbox_keys()) if hasattr(record, "_get_bcc_dropbox_keys") else set()
    emails = {get_key(decision.address.email) for decision in decisions if decision.address.email}
    if keys & emails:
        return True
    of_document = record[kind.partner] if kind.partner in record._fields else record.env["res.partner"]
    matched = (decision.record.sudo() if decision.record else None for decision in decisions)
    partners = record.env["res.partner"].union(*(_get_partner(record.env, found) for found in matched))
    if not of_document or of_document & partners:
        return bool(of_document)
    (of_document | partners).fetch(["commercial_partner_id", "email_normalized"])
    if get_key(of_document.email_normalized or "") in emails:
        return True
    return bool(of_document.commercial_partner_id & partners.commercial_partner_id)


def _get_partner(env, record):
    """Return the contact of the record that was found for a customer; empty if there is none yet."""
    if record is None or record._name == "res.partner":
        return record or env["res.partner"]
    return record["partner_id"] if "partner_id" in record._fields else env["res.partner"]
