"""The company of a new contact: the only one whose email or website has the domain of the contact's address.

Addresses at public providers belong to no company.
"""

import re

from odoo.addons.iap.tools.iap_tools import mail_prepare_for_domain_search
from odoo.fields import Domain
from odoo.tools import SQL

from .address import MAX_ADDRESS
from .spelling import get_spellings

COMPANY_DOMAINS = (
    f"(ARRAY[lower(left(split_part(email_normalized, '@', 2), {MAX_ADDRESS})),"
    f" substring(lower(left(website, {MAX_ADDRESS})) from '^(?:[a-z]+://)?(?:www[.])?([^/:?#]+)')])"
)
"""SQL of the domains of a company, the expression of an index; empty ones are NULL."""

_PROVIDER = re.compile(r"(?:aol|gmail|gmx|hotmail|icloud|live|outlook|proton|protonmail|yahoo|yandex|ymail)[.]")
"""Domains of public providers in all countries, besides those that Odoo knows."""


def is_public_provider(email: str) -> bool:
    """Return whether a normalised address is at a provider whose addresses belong to people of no common company."""
    domain = email.rpartition("@")[2]
    return bool(_PROVIDER.match(domain)) or mail_prepare_for_domain_search(email) != f"@{domain}"


def find_parent_company(env, email):
    """Return the company of a normalised address among those that the user may read; empty unless it is the only one.

    :param env: of the user
    """
    Partner = env["res.partner"]
    domains = [spelling.rpartition("@")[2] for spelling in get_spellings([email])]
    if not all(domains) or is_public_provider(email):
        return Partner
    # SQL: the ORM cannot express the expression of the index
    found = SQL("SELECT id FROM res_partner WHERE is_company AND %s && %s::text[]", SQL(COMPANY_DOMAINS), domains)
    has_domain = Domain.custom(
        to_sql=lambda _model, alias, _query: SQL("%s = ANY(ARRAY(%s))", SQL.identifier(alias, "id"), found)
    )
    domain = Domain("is_company", "=", True) & Domain("active", "=", True) & has_domain
    companies = Partner.search_fetch(domain, ["company_id"], limit=2)
    return companies if len(companies) == 1 else Partner
