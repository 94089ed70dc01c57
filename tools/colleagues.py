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


def find_colleagues(emails, dropbox_id):
    """Return the query that finds which internal user, active or not, has which address.

    :param list emails: normalised, in all spellings
    :param int dropbox_id: of the mail that is for these addresses
    :return: :class:`SQL` of rows ``(email, user id or None, whether it must not be revealed)``
    """
    # one query for all
    return SQL(
        """
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
        SELECT sender.email_normalized, users.id, sender.dropbox_id != %(dropbox_id)s
          FROM crm_bcc_dropbox_sender AS sender
          JOIN res_users AS users ON users.id = sender.user_id
         WHERE sender.email_normalized = ANY(%(emails)s) AND users.share IS NOT TRUE
           AND (sender.dropbox_id = %(dropbox_id)s OR sender.verified AND NOT EXISTS (
                   SELECT FROM res_partner AS customer
                    WHERE customer.email_normalized = sender.email_normalized
                      AND length(customer.email_normalized) <= %(length)s
                      AND customer.active AND customer.partner_share
                ) AND NOT EXISTS (
                   SELECT FROM crm_lead AS lead
                    WHERE lead.email_normalized = sender.email_normalized
                      AND length(lead.email_normalized) <= %(length)s
                      AND lead.active AND lead.won_status IS DISTINCT FROM 'lost'
                ))
        """,
        emails=emails, dropbox_id=dropbox_id, length=MAX_ADDRESS,
    )  # fmt: skip
