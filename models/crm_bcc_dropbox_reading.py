from odoo import api, models
from odoo.tools import SQL

from ..tools.spelling import get_spellings

NEEDED = {
    "email": [
        "accepted", "create_date", "dropbox_id", "exposed", "fingerprint", "history", "message_id", "reason", "state",
        "token_id", "tries", "user_id",
    ],
    "dropbox": ["active", "create_kind", "lookup", "test_date", "test_nonce", "user_id"],
    "token": ["dropbox_id", "replaced_date", "token"],
    "sender": ["id", "verified"],
    "owner": ["active", "company_id", "partner_id", "share"],
    "company": ["parent_path"],
    "alias_domain": ["id", "bounce_alias", "catchall_alias", "default_from", "name"],
    "system": ["active", "company_id", "partner_id"],
}  # fmt: skip
"""What the steps look at, per table of the query. Anything else is read when it is looked at, by a query more."""


class CrmBccDropboxReading(models.AbstractModel):
    """What the filing of a mail has to know, in one query. A part of the log model.

    It is on the way of each mail, and each of these rows by itself would be a query, of all its columns.
    """

    _name = "crm.bcc.dropbox.reading"
    _description = "Reading for a Captured Mail"

    def _lock_for_filing(self, mail):
        """Keep other processes from this mail, and read what is needed to file it.

        And do not wait for the disk at the end of this transaction: keeping the mail has done so, and if the database
        crashes before this is on disk, the mail is pending as if it had not been filed, and is filed again.

        :param ParsedMail mail: its header
        :return: the mail; the own address of the owner that its sender is, if it is one; and what the dropbox has
            filed today, see :meth:`_count_today`. Both records are empty when the mail is not pending any more, or
            another process has it
        """
        rows = self.env.execute_query(self._prepare_reading(mail))
        if not rows:
            return self.browse(), self.env["crm.bcc.dropbox.sender"], []
        _setting, today, *values, sender, owner, system = rows[0]
        values += [*(sender or [None] * len(NEEDED["sender"])), *owner, *system]
        return self, self._remember(values)["sender"], today

    def _prepare_reading(self, mail):
        """Prepare the query, of one row or none.

        Where a row stands by itself it is read by a query within the query: to plan a join of all tables would take
        PostgreSQL longer than to read them.
        """
        # SQL: a lock, and rows of several tables at once
        return SQL(
            """
            SELECT set_config('synchronous_commit', 'off', true), (%(today)s), %(mail)s,
                   (SELECT json_build_array(%(sender)s)
                      FROM crm_bcc_dropbox_sender AS sender
                     WHERE sender.dropbox_id = email.dropbox_id AND sender.email_normalized = ANY(%(sender_emails)s)
                     ORDER BY sender.verified DESC LIMIT 1),
                   (SELECT json_build_array(%(owner)s)
                      FROM res_users AS owner
                      JOIN res_company AS company ON company.id = owner.company_id
                      LEFT JOIN mail_alias_domain AS alias_domain ON alias_domain.id = company.alias_domain_id
                     WHERE owner.id = dropbox.user_id),
                   (SELECT json_build_array(%(system)s) FROM res_users AS system WHERE system.id = %(uid)s)
              FROM crm_bcc_dropbox_email AS email
              JOIN crm_bcc_dropbox AS dropbox ON dropbox.id = email.dropbox_id
              LEFT JOIN crm_bcc_dropbox_token AS token ON token.id = email.token_id
             WHERE email.id = %(id)s AND email.state = 'pending'
               FOR UPDATE OF email SKIP LOCKED
            """,
            id=self.id,
            mail=self._list_columns("email", "dropbox", "token"),
            owner=self._list_columns("owner", "company", "alias_domain"),
            sender=self._list_columns("sender"),
            sender_emails=get_spellings([mail.sender_email]),
            system=self._list_columns("system"),
            today=self._count_today(SQL.identifier("email", "dropbox_id")),
            uid=self.env.uid,
        )

    @api.model
    def _list_columns(self, *tables):
        return SQL(", ").join(SQL.identifier(table, name) for table in tables for name in NEEDED[table])

    def _remember(self, values):
        """Have the ORM know what was read, as its own `fetch` does: not beyond the transaction.

        :return: the records per table of the query
        """
        values = iter(values)
        found = {table: {name: next(values) for name in names} for table, names in NEEDED.items()}
        users = self.env["res.users"]
        records = {
            "email": self,
            "dropbox": self.env["crm.bcc.dropbox"].browse(found["email"]["dropbox_id"]),
            "token": self.env["crm.bcc.dropbox.token"].browse(found["email"]["token_id"]),
            "sender": self.env["crm.bcc.dropbox.sender"].browse(found["sender"].pop("id")),
            "owner": users.browse(found["dropbox"]["user_id"]),
            "company": self.env["res.company"].browse(found["owner"]["company_id"]),
            "alias_domain": self.env["mail.alias.domain"].browse(found["alias_domain"].pop("id")),
            "system": users.browse(self.env.uid),
        }
        for table, record in records.items():
            for name, value in found[table].items() if record else ():
                record._fields[name]._insert_cache(record, [value])
        return records
