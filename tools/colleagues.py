"""Which addresses are those of internal users.

Addresses that users merely enter prove nothing: otherwise one user could keep all emails to a customer from being
logged.

- The login, and the email that someone who manages users wrote, are a colleague's.
- A confirmed sender address is its owner's as well, unless a customer has that address.
- The sender addresses of the dropbox are its owner's, confirmed or not.

A mailbox for BCC copies is Odoo's own address, even if somebody puts it in To or Cc.
"""

from odoo.tools import SQL

from .address import MAX_ADDRESS
from .spelling import get_key


def find_ourselves(env, emails, email_id, mailbox):
    """Find which addresses are dropboxes, aliases, or those of internal users, including the owner.

    :param list emails: normalised, in all spellings
    :param int email_id: of the captured email that contains these addresses
    :param str mailbox: the mailbox whose plus addresses are the dropboxes; may be empty
    :return: a dict of the addresses that everyone may know: key to user id, None for an address of Odoo; and the set of
        the keys of private addresses, which must not be revealed
    """
    aliases = [mailbox, *env["mail.alias.domain"]._find_aliases(emails)]
    ourselves, private = {get_key(email): None for email in aliases}, set()
    for email, user_id, is_private in env.execute_query(find_colleagues(emails, email_id)):
        if is_private:
            private.add(email)
        else:
            ourselves[get_key(email)] = user_id
    private = {email for email in private if get_key(email) not in ourselves}
    if private:  # rarely
        private -= {email for [email] in env.execute_query(find_customers(list(private)))}
    return ourselves, set(map(get_key, private))


def find_colleagues(emails, email_id):
    """Return the query that finds which internal user, active or not, has which address.

    :param list emails: normalised, in all spellings
    :param int email_id: of the captured email that contains these addresses
    :return: :class:`SQL` of rows ``(email, user id or None, whether it must not be revealed)``; the latter are a
        colleague's only if :func:`find_customers` does not find them
    """
    # one query for all, without those joins that few emails need: they take time to plan
    return SQL(
        """
        WITH dropbox AS (SELECT dropbox_id AS id FROM crm_bcc_dropbox_email WHERE id = %(email_id)s)
        SELECT partner.email_normalized, users.id, FALSE
          FROM res_partner AS partner
          JOIN res_users AS users ON users.partner_id = partner.id
         WHERE partner.email_normalized = ANY(%(emails)s) AND length(partner.email_normalized) <= %(length)s
           AND users.share IS NOT TRUE AND users.bcc_dropbox_email_proved
         UNION
        SELECT lower(login), id, FALSE
          FROM res_users
         WHERE lower(login) = ANY(%(emails)s) AND share IS NOT TRUE
         UNION
        SELECT lower("user"), NULL, FALSE
          FROM fetchmail_server
         WHERE lower("user") = ANY(%(emails)s) AND bcc_dropbox_by_sender
         UNION
        SELECT sender.email_normalized, users.id, sender.dropbox_id != dropbox.id
          FROM crm_bcc_dropbox_sender AS sender
          JOIN res_users AS users ON users.id = sender.user_id
         CROSS JOIN dropbox
         WHERE sender.email_normalized = ANY(%(emails)s) AND users.share IS NOT TRUE
           AND (sender.dropbox_id = dropbox.id OR sender.verified)
        """,
        emails=emails, email_id=email_id, length=MAX_ADDRESS,
    )  # fmt: skip


def find_customers(emails):
    """Return the query that finds which addresses are those of customers, and therefore no private ones of users.

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
