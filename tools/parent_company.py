"""The company of a new contact: the only one whose email or website has the domain of the contact's address.

Addresses at public providers belong to no company.
"""

from odoo.fields import Domain
from odoo.tools import SQL

from .address import MAX_ADDRESS
from .public_provider import is_public_provider
from .spelling import get_spellings

COMPANY_DOMAINS = (
    f"(ARRAY[lower(left(split_part(email_normalized, '@', 2), {MAX_ADDRESS})),"
    f" substring(lower(left(website, {MAX_ADDRESS})) from '^(?:[a-z]+://)?(?:www[.])?([^/:?#]+)')])"
)
"""SQL of the domains of a company, the expression of an index; empty ones are NULL."""


def find_parent_company(env, email):
    """Return the company of a normalised address among those that the user may read; empty unless it is the only one.

    :param env: of the user
    """
    Partner = env["res.partner"]
    if not (domains := get_company_domains([email])):
        return Partner
    companies = Partner.search_fetch(get_domain_of_companies(domains), ["company_id"], limit=2)
    return companies if len(companies) == 1 else Partner


def get_company_domains(emails):
    """Return the domains of normalised addresses, in all spellings, without those of public providers."""
    domains = {}
    for email in emails:
        spellings = [spelling.rpartition("@")[2] for spelling in get_spellings([email])]
        if all(spellings) and not any(map(is_public_provider, spellings)):
            domains |= dict.fromkeys(spellings)
    return list(domains)


def get_domain_of_companies(domains):
    """Return the domain of the companies whose email or website is in one of these domains."""
    # SQL: the ORM cannot express the expression of the index
    found = SQL("SELECT id FROM res_partner WHERE is_company AND %s && %s::text[]", SQL(COMPANY_DOMAINS), domains)
    has_domain = Domain.custom(
        to_sql=lambda _model, alias, _query: SQL("%s = ANY(ARRAY(%s))", SQL.identifier(alias, "id"), found)
    )
    return Domain("is_company", "=", True) & Domain("active", "=", True) & has_domain
