"""Store a mail for its dropboxes before anything else is done with it."""

import base64

from odoo import SUPERUSER_ID
from odoo.tools import SQL


def insert_emails(env, raw_mail, stuck_after):
    """Insert the rows of a mail that do not exist yet, with its bytes; return their ids.

    :param RawMail raw_mail: the mail
    :param timedelta stuck_after: an email that is pending longer is retried
    """
    found = [(found.token, found.header, found.from_last_hop, found.suffix) for found in raw_mail.deliveries]
    # SQL: an insertion by the ORM fails on existing rows, which ends the transaction
    query = SQL(
        """
        WITH kept AS (
            INSERT INTO crm_bcc_dropbox_email (
                dropbox_id, user_id, token_id, found_in, from_last_hop, suffix, mailbox, fingerprint,
                message_id, delivered_by, direction, state, active, tries,
                next_try, create_uid, write_uid, create_date, write_date
            )
            SELECT dropbox.id, dropbox.user_id, token.id, found.header, found.from_last_hop, found.suffix,
                   %(mailbox)s, %(fingerprint)s, %(message_id)s, %(client)s, 'outgoing', 'pending', TRUE, 1,
                   now() AT TIME ZONE 'UTC' + %(stuck_after)s, %(uid)s, %(uid)s,
                   now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
              FROM (VALUES %(found)s) AS found (token, header, from_last_hop, suffix)
              JOIN crm_bcc_dropbox_token AS token ON token.token = found.token
              JOIN crm_bcc_dropbox AS dropbox ON dropbox.id = token.dropbox_id
             WHERE NOT EXISTS (
                   SELECT FROM crm_bcc_dropbox_email AS former
                    WHERE former.dropbox_id = dropbox.id AND former.fingerprint = %(former)s)
             ORDER BY token.replaced_date DESC NULLS FIRST
                ON CONFLICT (dropbox_id, fingerprint) DO NOTHING
             RETURNING id
        )
        INSERT INTO crm_bcc_dropbox_email_raw (email_id, raw)
        SELECT id, %(content)s::bytea FROM kept
        RETURNING email_id
        """,
        content=base64.b64encode(raw_mail.received).decode(),  # as the ORM stores binary fields
        fingerprint=raw_mail.fingerprint, former=raw_mail.former_fingerprint,
        found=SQL(", ").join(found), message_id=raw_mail.message_id or None, stuck_after=stuck_after,
        client=raw_mail.envelope.client or None, mailbox=raw_mail.mailbox or None, uid=SUPERUSER_ID,
    )  # fmt: skip
    return _read_ids(env, query)


def find_emails(env, raw_mail):
    """Return the ids of the rows of a mail, including those that existed before."""
    query = SQL(
        """
        SELECT DISTINCT email.id
          FROM crm_bcc_dropbox_email AS email
          JOIN crm_bcc_dropbox_token AS token USING (dropbox_id)
         WHERE email.fingerprint IN %s AND token.token IN %s
        """,
        (raw_mail.fingerprint, raw_mail.former_fingerprint),
        tuple(delivery.token for delivery in raw_mail.deliveries),
    )
    return _read_ids(env, query)


def _read_ids(env, query):
    # the server log must not contain tokens: do not log the query if it fails
    env.cr.execute(query, log_exceptions=False)
    return [id_ for [id_] in env.cr.fetchall()]
