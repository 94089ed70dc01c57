"""Before this version, a Message-Id alone identified a mail, and recipients on a message marked captured copies."""

import base64

from odoo.addons.crm_bcc_dropbox.tools.fingerprint import digest_header
from odoo.addons.crm_bcc_dropbox.tools.raw_mail import RawMail
from odoo.tools import SQL

BATCH = 100


def migrate(cr, version):
    if version:
        mark_captured_messages(cr)
        renew_fingerprints(cr)
        retry_unroutable(cr)
        forget_late_durations(cr)


def mark_captured_messages(cr):
    cr.execute(
        SQL(
            """
            UPDATE mail_message AS message
               SET bcc_dropbox_captured = true
             WHERE message.message_type = 'email_outgoing'
               AND (message.bcc_dropbox_to IS NOT NULL
                    OR message.bcc_dropbox_cc IS NOT NULL
                    OR EXISTS (
                       SELECT FROM crm_bcc_dropbox_email_line AS line
                         JOIN crm_bcc_dropbox_email AS email ON email.id = line.email_id
                        WHERE line.mail_message_id = message.id AND message.create_date >= email.create_date))
            """
        )
    )


def renew_fingerprints(cr):
    """Identify each mail by its text if the original is kept, else by its header, see `digest_former`."""
    last_id = 0
    while rows := read_batch(cr, last_id):
        values = [SQL("(%s, %s)", row["id"], get_new_fingerprint(row)) for row in rows]
        query = SQL(
            """
            UPDATE crm_bcc_dropbox_email AS email
               SET fingerprint = new.fingerprint
              FROM (VALUES %s) AS new (id, fingerprint)
             WHERE email.id = new.id
            """,
            SQL(", ").join(values),
        )
        cr.execute(query)
        last_id = rows[-1]["id"]


def read_batch(cr, last_id):
    query = SQL(
        """
        SELECT id, message_id, email_from, email_to, email_cc, subject,
               CASE WHEN undone_date IS NULL THEN raw END AS raw
          FROM crm_bcc_dropbox_email
         WHERE fingerprint = message_id AND id > %s
         ORDER BY id
         LIMIT %s
        """,
        last_id, BATCH,
    )  # fmt: skip
    cr.execute(query)
    return cr.dictfetchall()


def get_new_fingerprint(row):
    if row["raw"]:
        return RawMail(base64.b64decode(row["raw"])).fingerprint
    recipients = f"{row['email_to'] or ''}, {row['email_cc'] or ''}"
    return digest_header(row["message_id"], row["email_from"] or "", recipients, row["subject"] or "")


def retry_unroutable(cr):
    """Fetch mails without a recipient once more, so that they are marked or deleted on the mail server as in Odoo."""
    cr.execute(
        SQL(
            # in whole seconds, as Odoo compares it
            "UPDATE crm_bcc_dropbox_poll SET state = 'failed',"
            " next_try = date_trunc('second', now() AT TIME ZONE 'UTC') WHERE state = 'unroutable'"
        )
    )


def forget_late_durations(cr):
    """Remove the durations of emails that were not logged at the first try: they would distort the average."""
    cr.execute(SQL("UPDATE crm_bcc_dropbox_email SET duration = NULL WHERE tries > 1"))
