"""The records that are suggested for a captured email that is on no record yet, and for people who were proposed.

In this order, each rule in a few queries on indexes:

1. *conversation*: the email answers one that is on the record
2. *address*, *company*: the record has the address of a customer, or is the company of such a contact
3. *earlier*: earlier emails of a customer are on the record
4. *domain*: a company or a lead with an address in the domain of a customer, unless that is a public provider's
5. *name*: a contact or a lead with the name of a customer, or a recently used record with a similar one
6. *recent*: the owner recently worked on the record: wrote or changed something there, or had an email logged

The user and the owner of the email may change all of them.
"""

from difflib import SequenceMatcher
from typing import NamedTuple

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import groupby

from .address import Address, parse_addresses
from .decision import ON_RECORD, PROPOSED
from .parent_company import get_company_domains, get_domain_of_companies
from .person_name import read_name
from .raw_mail import RawMail
from .spelling import get_key, get_spellings
from .states import CAPTURED, NOT_LOGGED

SHOWN = 5
"""Records that are suggested for an email."""

FOUND = 10
"""Records that a rule finds of each kind."""

RANKED = 50
"""Records of each kind, the newest ones, of which the best are these."""

RECENT = 20
"""Latest emails and messages of the owner whose records are recent."""

MAX_PEOPLE = 20
"""Customers of an email whose records are searched for."""

SIMILAR = 0.8
"""Minimum similarity of two names, from 0 to 1, for both to name one person."""

UNSURE = ("recent",)
"""Rules that have nothing to do with the customer: nothing is logged on such a record without being chosen."""


class Suggestion(NamedTuple):
    """A record that an email may be logged on.

    :param record: a record of a target model
    :param str rule: why it is suggested
    :param int line_id: of the proposed person whose record it may be; False for the complete email
    """

    record: object
    rule: str
    line_id: int | bool = False


# ------------------------------------------------------------
# FIND
# ------------------------------------------------------------


def suggest(email):
    """Return the records that are suggested for a captured email, the best first.

    :param email: in the environment of the user
    :return: list of :class:`Suggestion`; empty if nothing is to be done, or the original is no longer kept
    """
    email = email.with_env(email.env(su=False))
    proposed = email.line_ids.filtered(lambda line: line.outcome == PROPOSED)
    if not email.has_original or not (proposed or email.state in NOT_LOGGED):
        return []
    people = [address for address in parse_addresses(email.recipients or "")[:MAX_PEOPLE] if address.email]
    if not proposed:
        return [Suggestion(*found) for found in find_by_rules(email, people, SHOWN)]
    found = []
    for line in proposed[:SHOWN]:
        own = [address for address in people if get_key(address.email) == get_key(line.email)]
        records = find_by_rules(email, own or [Address("", line.email, line.email)], SHOWN)
        # a recently used record says nothing about this person
        found += [Suggestion(*one, line.id) for one in records if one[1] not in UNSURE]
    return found[:SHOWN]


def find_by_rules(email, people, limit):
    """Return the records that an email to some people may be logged on, with the rules that found them.

    :param email: in the environment of the user
    :param list people: of :class:`.address.Address`
    """
    email = email.with_env(email.env(su=False))
    env = email.env
    models = [Model for Model in env["crm.bcc.dropbox.target"]._get_bcc_dropbox_models() if Model.has_access("write")]
    names, emails = _read_names(email, people), [address.email for address in people]
    rules = [
        lambda: _find_in_conversation(email, people),
        lambda: _find_by_address(models, emails),
        lambda: _find_in_earlier(email, emails),
        lambda: _find_by_domain(models, emails),
        lambda: _find_by_name(env, names),
        lambda: _find_recent(email, models, names),
    ]
    found, kinds = {}, {Model._name for Model in models}
    for rule in rules:
        new = [(record, code) for record, code in rule() if record._name in kinds]
        allowed = _filter_allowed(email, [record for record, _code in new])
        for record, code in new:
            if (record._name, record.id) in allowed:
                found.setdefault((record._name, record.id), (record, code))
        if len(found) >= limit:
            break
    return list(found.values())[:limit]


def _filter_allowed(email, records):
    """Return model and id of the records that the user and the owner of the email may change."""
    env = email.env
    owner_env = email.sudo().dropbox_id._get_owner_env()  # sudo: only the rights of the owner
    allowed = set()
    for name, of_model in groupby(records, lambda record: record._name):
        of_model = env[name].browse({record.id for record in of_model}).exists()._filtered_access("write")
        allowed |= {(name, id_) for id_ in of_model.with_env(owner_env)._filtered_access("write").ids}
    return allowed


def _read_names(email, people):
    """Return the names of people in an email, as records have them."""
    header = ", ".join(filter(None, (email.email_from, email.email_to, email.email_cc)))
    keys = {get_key(address.email) for address in people}
    named = [one for one in parse_addresses(header)[:MAX_PEOPLE] if one.email and get_key(one.email) in keys]
    names = [read_name(address.name, address.email).name for address in [*people, *named]]
    parts = [address.email.rpartition("@")[0].replace("_", ".").split(".") for address in people]
    names += [" ".join(map(str.capitalize, words)) for words in parts if len(words) > 1 and all(words)]
    return list(dict.fromkeys(filter(None, names)))


def _find_in_conversation(email, people):
    system = email.sudo()  # sudo: the original is closed; the rights of the user are checked later
    env = system.dropbox_id._get_owner_env()
    found = system._find_conversation(env, people, RawMail(email._read_raw()))
    return [(record, "conversation") for records in found.values() for record in records]


def _find_by_address(models, emails):
    found, keys = [], set(map(get_key, emails))
    for Model in models if emails else ():
        records = Model.search(Model._get_bcc_dropbox_suggestion_domain(emails), limit=RANKED, order="id DESC")
        for record in records.sorted(lambda record: record._get_bcc_dropbox_rank())[:FOUND]:
            has_address = not keys.isdisjoint(record._get_bcc_dropbox_keys())
            found.append((record, "address" if has_address else "company"))
    return sorted(found, key=lambda one: one[1] == "company")


def _find_in_earlier(email, emails):
    if not emails:
        return []
    others = Domain("email_id", "any", [("user_id", "=", email.user_id.id), ("id", "!=", email.id)])
    domain = Domain("email", "in", get_spellings(emails)) & Domain("outcome", "in", ON_RECORD) & others
    return [(record, "earlier") for record in _get_records(email, domain)]


def _get_records(email, domain):
    """Return the records of the latest lines that a domain finds."""
    lines = email.env["crm.bcc.dropbox.email.line"].search(domain, limit=RECENT, order="id DESC")
    places = dict.fromkeys((line.res_model, line.res_id) for line in lines)
    return [email.env[name].browse(id_) for name, id_ in places if name in email.env]


def _find_by_domain(models, emails):
    if not (domains := get_company_domains(emails)):
        return []
    found = []
    for Model in models:
        if Model._name == "res.partner":
            domain = get_domain_of_companies(domains)
        elif "email_domain_criterion" in Model._fields:
            domain = Domain("email_domain_criterion", "in", [f"@{domain}" for domain in domains])
        else:
            continue
        records = Model.search(domain & Model._get_bcc_dropbox_domain(), limit=FOUND, order="id DESC")
        found += [(record, "domain") for record in records]
    # the company first
    return sorted(found, key=lambda one: one[0]._name != "res.partner")


def _find_by_name(env, names):
    if not names:
        return []
    found = []
    for name, field in (("res.partner", "name"), ("crm.lead", "contact_name")):
        Model = env[name]
        if Model.has_access("write"):
            domain = Domain(field, "in", names) & Model._get_bcc_dropbox_domain()
            found += [(record, "name") for record in Model.search(domain, limit=FOUND, order="id DESC")]
    return found


def _find_recent(email, models, names):
    """Return the records of the owner's latest emails, notes and changes; those with a similar name first."""
    domain = Domain("dropbox_id", "=", email.dropbox_id.id) & Domain("state", "=", CAPTURED)
    latest = email.search(domain, limit=RECENT, order="done_date DESC, id DESC")
    records = _get_records(email, Domain("email_id", "in", latest.ids) & Domain("outcome", "in", ON_RECORD))
    domain = Domain("author_id", "=", email.user_id.partner_id.id) & Domain("res_id", "!=", False)
    domain &= Domain("model", "in", [Model._name for Model in models])
    Message = email.env["mail.message"].sudo()  # only on which records; rights to these are checked
    messages = Message.search_fetch(domain, ["model", "res_id"], limit=RECENT, order="id DESC")
    records += [email.env[message.model].browse(message.res_id) for message in messages]
    records = list(dict.fromkeys(records))
    allowed = _filter_allowed(email, records)
    found = [
        (record, "name" if _is_similar(record.display_name, names) else "recent")
        for record in records
        if (record._name, record.id) in allowed
    ]
    return sorted(found, key=lambda one: one[1] == "recent")


def _is_similar(name, names):
    name = (name or "").casefold()
    return any(SequenceMatcher(None, name, other.casefold()).ratio() >= SIMILAR for other in names)


# ------------------------------------------------------------
# SHOW
# ------------------------------------------------------------


def describe_rule(env, rule):
    """Return in words why a record is suggested."""
    return {
        "conversation": env._("same conversation"),
        "address": env._("same address"),
        "company": env._("company of the contact"),
        "earlier": env._("earlier emails"),
        "domain": env._("same domain"),
        "name": env._("similar name"),
        "recent": env._("recently used"),
    }[rule]


def list_suggestions(email):
    """Return the suggestions for a captured email, as the form shows them."""
    return [
        {
            "model": one.record._name,
            "id": one.record.id,
            "line": one.line_id,
            "name": one.record.display_name,
            "rule": one.rule,
            "reason": describe_rule(email.env, one.rule),
        }
        for one in suggest(email)
    ]


# ------------------------------------------------------------
# LOG
# ------------------------------------------------------------


def log_on(email, res_model, res_id, line_id=False):
    """Log an email, or the email of a proposed person, on a record that the current user chose.

    :return: the client action that says what was done
    :raises UserError: emails can't be logged on such records, or the record no longer exists
    """
    email.ensure_one().check_access("read")
    if res_model not in email.env["crm.bcc.dropbox.file"]._get_target_models():
        raise UserError(email.env._("Emails can't be logged on such a record."))
    record = email.env[res_model].browse(res_id).exists()
    if not record:
        raise UserError(email.env._("The record no longer exists."))
    if line_id:
        return email.line_ids.filtered(lambda line: line.id == line_id)._merge_into(record)
    return email._file_by_hand(record)


def log_on_first(email):
    """Log an email on the record that is suggested first.

    :return: the client action that says what was done
    :raises UserError: only records are suggested that have nothing to do with its customers
    """
    email.ensure_one().check_access("read")
    first = next((one for one in suggest(email) if one.rule not in UNSURE), None)
    if not first:
        raise UserError(email.env._("No record is suggested for “%(subject)s”.", subject=email.display_name))
    return log_on(email, first.record._name, first.record.id, first.line_id)
