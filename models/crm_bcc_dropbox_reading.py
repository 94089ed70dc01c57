from odoo import api, models
from odoo.tools import SQL

NEEDED = {
    "email": [
        "accepted", "create_date", "dropbox_id", "exposed", "fingerprint", "message_id", "state", "token_id", "user_id",
    ],
    "dropbox": ["active", "create_kind", "lookup", "test_date", "test_nonce", "user_id"],
    "token": ["dropbox_id", "replaced_date", "token"],
    "sender": ["id", "verified"],
    "owner": ["active", "company_id", "partner_id"],
    "system": ["active", "company_id", "partner_id"],
}  # fmt: skip
"""What the steps look at, per table of the query. Anything else is read when it is looked at, by a query more."""

OF_COMPANY = {"company": ["parent_path"], "alias_domain": ["bounce_alias", "catchall_alias", "default_from", "name"]}
"""Likewise, of the owner's company and its alias domain. All of it is text, and is read by a query within the query:
PostgreSQL takes twice as long to plan eight tables as six, which is longer than to read them."""


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
        # SQL: a lock, and rows of several tables at once
        query = SQL(
            """
            SELECT set_config('synchronous_commit', 'off', true), (%(today)s), %(columns)s, (
                    SELECT ARRAY[alias_domain.id::text, %(of_company)s]
                      FROM res_company AS company
                      LEFT JOIN mail_alias_domain AS alias_domain ON alias_domain.id = company.alias_domain_id
                     WHERE company.id = owner.company_id
                   )
              FROM crm_bcc_dropbox_email AS email
              JOIN crm_bcc_dropbox AS dropbox ON dropbox.id = email.dropbox_id
              JOIN res_users AS owner ON owner.id = dropbox.user_id
              JOIN res_users AS system ON system.id = %(uid)s
              LEFT JOIN crm_bcc_dropbox_token AS token ON token.id = email.token_id
              LEFT JOIN crm_bcc_dropbox_sender AS sender
                     ON sender.dropbox_id = email.dropbox_id AND sender.email_normalized = %(sender)s
             WHERE email.id = %(id)s AND email.state = 'pending'
               FOR UPDATE OF email SKIP LOCKED
            """,
            columns=self._list_columns(NEEDED),
            of_company=self._list_columns(OF_COMPANY),
            id=self.id,
            sender=mail.sender_email,
            today=self._count_today(SQL.identifier("email", "dropbox_id")),
            uid=self.env.uid,
        )
        rows = self.env.execute_query(query)
        if not rows:
            return self.browse(), self.env["crm.bcc.dropbox.sender"], []
        _setting, today, *values, [domain_id, *of_company] = rows[0]
        return self, self._remember([*values, *of_company], int(domain_id or 0))["sender"], today

    @api.model
    def _list_columns(self, needed):
        return SQL(", ").join(SQL.identifier(table, name) for table, names in needed.items() for name in names)

    def _remember(self, values, domain_id):
        """Have the ORM know what was read, as its own `fetch` does: not beyond the transaction.

        :return: the records per table of the query
        """
        values, needed = iter(values), NEEDED | OF_COMPANY
        found = {table: {name: next(values) for name in names} for table, names in needed.items()}
        users = self.env["res.users"]
        records = {
            "email": self,
            "dropbox": self.env["crm.bcc.dropbox"].browse(found["email"]["dropbox_id"]),
            "token": self.env["crm.bcc.dropbox.token"].browse(found["email"]["token_id"]),
            "sender": self.env["crm.bcc.dropbox.sender"].browse(found["sender"].pop("id")),
            "owner": users.browse(found["dropbox"]["user_id"]),
            "company": self.env["res.company"].browse(found["owner"]["company_id"]),
            "alias_domain": self.env["mail.alias.domain"].browse(domain_id or ()),
            "system": users.browse(self.env.uid),
        }
        for table, record in records.items():
            for name, value in found[table].items() if record else ():
                record._fields[name]._insert_cache(record, [value])
        return records
