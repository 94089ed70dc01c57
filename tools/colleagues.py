"""Which addresses are ours, and which are excluded.

Addresses that users merely enter prove nothing: otherwise one user could keep all emails to a customer from being
logged.

- The login, and the email that someone who manages users wrote, are a colleague's.
- A confirmed sender address is its owner's as well, unless a customer has that address.
- The sender addresses of the dropbox are its owner's, confirmed or not.

A mailbox for BCC copies is Odoo's own address, even if somebody puts it in To or Cc. All other addresses in the domains
of the owner's companies are ours as well, but not in those of public email providers.
"""

from dataclasses import dataclass, field

from odoo.tools import SQL

from .address import MAX_ADDRESS
from .exclusion import find_exclusion, list_patterns
from .public_provider import is_public_provider
from .spelling import get_key


@dataclass(frozen=True)
class Ourselves:
    """What is known about some addresses, by their keys.

    :param dict known: the addresses that everyone may know: the user id, None for an address of Odoo, False for others
        in the domain of an own company
    :param set private: private addresses of colleagues, which must not be revealed
    :param dict excluded: the :class:`.reasons.Reason` why other addresses are never logged
    """

    known: dict = field(default_factory=dict)
    private: set = field(default_factory=set)
    excluded: dict = field(default_factory=dict)


def find_ourselves(env, emails, email_id, mailbox):
    """Find which addresses belong to Odoo, internal users, including the owner, or own companies, or are excluded.

    :param list emails: normalised, in all spellings
    :param int email_id: of the captured email that contains these addresses
    :param str mailbox: the mailbox whose plus addresses are the dropboxes; may be empty
    :return: :class:`Ourselves`
    """
    aliases = [mailbox, *env["mail.alias.domain"]._find_aliases(emails)]
    ourselves, private, domains, patterns = {get_key(email): None for email in aliases}, set(), set(), {}
    for kind, found, user_id in env.execute_query(find_colleagues(emails, email_id)):
        if kind == "private":
            private.add(found)
        elif kind == "company":
            domains.add(get_key(found))
        elif kind == "exclusion":
            patterns[found] = patterns.get(found) or bool(user_id)
        else:
            ourselves[get_key(found)] = user_id
    domains = {domain for domain in domains if not is_public_provider(domain)}
    for key in map(get_key, emails if domains else ()):
        if key.rpartition("@")[2] in domains:
            ourselves.setdefault(key, False)
    reasons = {get_key(email): find_exclusion(email, patterns) for email in emails} if patterns else {}
    excluded = {key: reason for key, reason in reasons.items() if reason and key not in ourselves}
    private = {email for email in private if get_key(email) not in ourselves}
    if private:  # rarely
        private -= {email for [email] in env.execute_query(find_customers(list(private)))}
    return Ourselves(ourselves, set(map(get_key, private)), excluded)


def find_colleagues(emails, email_id):
    """Return the query that finds the internal users with these addresses, active or not, own domains and exclusions.

    :param list emails: normalised, in all spellings
    :param int email_id: of the captured email that contains these addresses
    :return: :class:`SQL` of rows ``(kind, found, user id or None)``: `colleague`, an address; `private`, one that
        must not be revealed, and is a colleague's only if :func:`find_customers` does not find it; `company`, a domain
        of the owner's companies; `exclusion`, a pattern, see :mod:`.exclusion`
    """
    # one query for all, without those joins that few emails need: they take time to plan
    return SQL(
        """
        WITH dropbox AS (SELECT dropbox_id AS id, user_id FROM crm_bcc_dropbox_email WHERE id = %(email_id)s),
             company AS (
                 SELECT company.id, company.email, company.alias_domain_id
                   FROM res_company AS company
                   JOIN res_company_users_rel AS employer ON employer.cid = company.id
                   JOIN dropbox ON dropbox.user_id = employer.user_id
             )
        SELECT 'colleague', partner.email_normalized, users.id
          FROM res_partner AS partner
          JOIN res_users AS users ON users.partner_id = partner.id
         WHERE partner.email_normalized = ANY(%(emails)s) AND length(partner.email_normalized) <= %(length)s
           AND users.share IS NOT TRUE AND users.bcc_dropbox_email_proved
         UNION
        SELECT 'colleague', lower(login), id
          FROM res_users
         WHERE lower(login) = ANY(%(emails)s) AND share IS NOT TRUE
         UNION
        SELECT 'colleague', lower("user"), NULL
          FROM fetchmail_server
         WHERE lower("user") = ANY(%(emails)s) AND bcc_dropbox_by_sender
         UNION %(senders)s
         UNION %(domains)s
         UNION %(exclusions)s
        """,
        emails=emails, email_id=email_id, length=MAX_ADDRESS,
        senders=_find_senders(emails), domains=_find_own_domains(emails), exclusions=_find_exclusions(emails),
    )  # fmt: skip


def _find_senders(emails):
    """Return the part of the query that finds which addresses are sender addresses of users."""
    return SQL(
        """
        SELECT CASE WHEN sender.dropbox_id = dropbox.id THEN 'colleague' ELSE 'private' END,
               sender.email_normalized, users.id
          FROM crm_bcc_dropbox_sender AS sender
          JOIN res_users AS users ON users.id = sender.user_id
         CROSS JOIN dropbox
         WHERE sender.email_normalized = ANY(%s) AND users.share IS NOT TRUE
           AND (sender.dropbox_id = dropbox.id OR sender.verified)
        """,
        emails,
    )


def _find_own_domains(emails):
    """Return the part of the query that finds which domains of addresses are those of the owner's companies."""
    return SQL(
        """
        SELECT 'company', own.domain, NULL
          FROM company
          LEFT JOIN mail_alias_domain AS alias_domain ON alias_domain.id = company.alias_domain_id
         CROSS JOIN LATERAL (
                   VALUES (lower(alias_domain.name)), (substring(lower(company.email) FROM '@([^[:space:]<>",;]+)'))
               ) AS own(domain)
         WHERE own.domain = ANY(%s)
        """,
        list({email.rpartition("@")[2] for email in emails}),
    )


def _find_exclusions(emails):
    """Return the part of the query that finds the patterns that exclude addresses."""
    return SQL(
        """
        SELECT 'exclusion', exclusion.pattern, exclusion.user_id
          FROM crm_bcc_dropbox_exclusion AS exclusion
         CROSS JOIN dropbox
         WHERE exclusion.pattern = ANY(%s)
           AND (exclusion.user_id = dropbox.user_id OR exclusion.user_id IS NULL)
           AND (exclusion.company_id IS NULL OR exclusion.company_id IN (SELECT id FROM company))
        """,
        list_patterns(emails),
    )


def find_customers(emails):
    """Return the query that finds which addresses belong to customers, and therefore are not private ones of users.

    :param list emails: normalised
    :return: :class:`SQL` of rows ``(email,)``
    """
    return SQL(
        """
        SELECT email_normalized
          FROM res_partner
         WHERE email_normalized = ANY(%(emails)s) AND length(email_normalized) <= %(length)s
           AND active AND partner_share
         UNION
        SELECT email_normalized
          FROM crm_lead
         WHERE email_normalized = ANY(%(emails)s) AND length(email_normalized) <= %(length)s
           AND active AND won_status IS DISTINCT FROM 'lost'
        """,
        emails=emails, length=MAX_ADDRESS,
    )  # fmt: skip
