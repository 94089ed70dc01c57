"""Public email providers: addresses in their domains belong to people of no common company."""

import re

from odoo.addons.iap.tools.iap_tools import mail_prepare_for_domain_search

_PROVIDER = re.compile(r"(?:aol|gmail|gmx|hotmail|icloud|live|outlook|proton|protonmail|yahoo|yandex|ymail)[.]")
"""Domains in all countries of the providers that Odoo's list has in some."""


def is_public_provider(domain: str) -> bool:
    """Return whether everyone can have an address in a domain."""
    # Odoo's function returns an address at a provider unchanged, but of others the domain
    return bool(domain) and bool(_PROVIDER.match(domain) or mail_prepare_for_domain_search(f"x@{domain}")[:1] != "@")
