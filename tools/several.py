"""The owner's choices that log an email on more records: several matches, and opportunities of contacts."""

from dataclasses import replace

from odoo.fields import Domain
from odoo.tools import groupby

from .decision import MATCHED, Decision
from .reasons import Reason
from .spelling import get_key, get_keys

MAX_MATCHES = 10
"""Records of a customer that an email is logged on if the owner chose all."""

LATEST = 5
"""Opportunities of a contact that an email is logged on if the owner chose the latest."""

MAX_RECORDS = 100
"""Records that a mail is logged on at most; more only if it has more customers, each on one record."""


def match_all(address, records, is_answer):
    """Return a decision per record of a customer: the first ones, if there are too many.

    :param Address address: of the customer
    :param records: sorted, the best first
    :param bool is_answer: whether the conversation decided; then there is no limit
    """
    reasons = ()
    if len(records) > MAX_MATCHES and not is_answer:
        reasons = (Reason("several_limit", {"count": len(records), "limit": MAX_MATCHES}),)
        records = records[:MAX_MATCHES]
    first, *others = (Decision(address, MATCHED, record) for record in records)
    return [replace(first, reasons=reasons), *others]


def limit_records(decisions):
    """Leave out further records of customers if there are too many, and explain that in the first decision.

    :param list decisions: of :class:`Decision`
    """
    if len(decisions) <= MAX_RECORDS:
        return decisions
    firsts = {}
    for number, decision in enumerate(decisions):
        firsts.setdefault(get_key(decision.address.email or decision.address.text), number)
    further = sorted({*range(len(decisions))} - {*firsts.values()})
    left_out = {*further[max(0, MAX_RECORDS - len(firsts)) :]}
    kept = [decision for number, decision in enumerate(decisions) if number not in left_out]
    reason = Reason("records_limit", {"count": len(left_out), "limit": MAX_RECORDS})
    return [replace(kept[0], reasons=(*kept[0].reasons, reason)), *kept[1:]]


# ------------------------------------------------------------
# CONVERSATION
# ------------------------------------------------------------


def find_conversations(messages, records, customers):
    """Find the records that the conversation of each customer is on: those of the nearest message that concerns them.

    A message concerns the people in its header, and those with an address of its record. One email may be on several
    records.

    :param messages: the answered `mail.message`, the nearest first
    :param dict records: those that the owner may see, per ``(model, id)``
    :param list customers: of :class:`Address`
    :return: list of records per address
    """
    found = {}
    for _message_id, copies in groupby(messages, lambda message: message.message_id):
        places = {}
        for message in copies:
            if (record := records.get((message.model, message.res_id))) is not None:
                people, _own = places.get(record, (set(), None))  # a Message-Id may be used more than once
                people |= get_keys(message.email_from, message.bcc_dropbox_to, message.bcc_dropbox_cc)
                places[record] = (people, set(record._get_bcc_dropbox_keys()))
        for address in customers:
            if address.email not in found and (chosen := _choose_places(get_key(address.email), places)):
                found[address.email] = chosen
    return found


def _choose_places(key, places):
    """Return the records that the conversation with an address is on, without those of other people in it."""
    concerned = {record: (people, own) for record, (people, own) in places.items() if key in people or key in own}
    chosen = [record for record, (people, own) in concerned.items() if key in own or not own & people]
    return chosen or list(concerned)[:1]


# ------------------------------------------------------------
# OPPORTUNITIES
# ------------------------------------------------------------


def find_opportunities(contacts):
    """Find the open opportunities of contacts and of their companies that the user may change, in one query.

    :return: per id of a contact, its opportunities, the latest first
    """
    Lead, by_partner = contacts.env["crm.lead"], {}
    if not contacts or not Lead.has_access("write"):
        return {}
    domain = Lead._get_bcc_dropbox_domain() & Domain("type", "=", "opportunity") & Domain("won_status", "=", "pending")
    domain &= Domain("partner_id", "in", [*contacts.ids, *contacts.commercial_partner_id.ids])
    leads = Lead.search_fetch(domain, Lead._get_bcc_dropbox_fields(), order="id DESC")
    for lead in leads._filtered_access("write"):
        by_partner.setdefault(lead.partner_id.id, []).append(lead)
    found = {}
    for contact in contacts:
        partners = {contact.id, contact.commercial_partner_id.id}
        of_contact = [lead for partner in partners for lead in by_partner.get(partner, ())]
        found[contact.id] = sorted(of_contact, key=lambda lead: -lead.id)
    return found


def add_opportunities(env, decisions, answered, choice):
    """Add the opportunities of the contacts that the lookup pattern found, each once.

    :param list decisions: of :class:`Decision`
    :param answered: addresses of the customers whose conversation decided
    :param str choice: `only` or `latest`
    :return: list of :class:`Decision`
    """
    Partner = env["res.partner"]

    def is_found_contact(decision):
        is_matched = decision.outcome == MATCHED and decision.record._name == Partner._name
        return is_matched and decision.address.email not in answered

    found = find_opportunities(Partner.concat(*(one.record for one in decisions if is_found_contact(one))))
    result, taken = [], {decision.key for decision in decisions}
    for decision in decisions:
        result.append(decision)
        leads = found.get(decision.record.id, []) if is_found_contact(decision) else []
        if choice == "only" and len(leads) > 1:
            continue
        for lead in leads[:LATEST]:
            added = Decision(decision.address, MATCHED, lead, (_explain_opportunity(decision, lead),))
            if added.key not in taken:
                taken.add(added.key)
                result.append(added)
    return result


def _explain_opportunity(decision, lead):
    is_own = lead.partner_id.id == decision.record.id
    code = "opportunity_of_contact" if is_own else "opportunity_of_company"
    return Reason(code, {"email": decision.address.email})
