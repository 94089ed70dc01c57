from odoo import fields, models


class CrmBccDropboxEmail(models.Model):
    """Taking a filed mail off again, and whatever was made for it alone. Nothing is lost: it can be filed anew."""

    _inherit = "crm.bcc.dropbox.email"

    undone_date = fields.Datetime("Taken Off On", readonly=True, help="The original is kept from then on.")

    def action_undo(self):
        """Take the mail off all records; it becomes one that is not filed.

        :raises AccessError: the current user may not change one of the records; then nothing happens
        """
        mail = self._begin_action(("captured",))
        filed = mail.line_ids.filtered(lambda line: line.outcome != "skipped")
        records = {line: record for line in filed if (record := line._get_filed_record())}
        for record in records.values():
            self._check_writable(record)
        created = [record for line, record in records.items() if line.outcome == "created"]
        names = {line: record.display_name for line, record in records.items()}
        own = filed._get_own_messages()
        shared = filed.mail_message_id - own
        mail._keep_original(own | shared)
        mail._trace_undo(names, filed.filtered(lambda line: line.mail_message_id in shared))
        mail._write_undone(filed, names)
        own._bcc_dropbox_remove()
        for record in created:
            record._remove_bcc_dropbox_record()
        return True

    def _write_undone(self, filed, names):
        """Write on the row and its lines that the mail was taken off."""
        env, user = self.dropbox_id._get_owner_env(), self.env.user.name
        gone = {"outcome": "skipped", "res_model": False, "res_id": False, "mail_message_id": False}
        for line in filed:
            if name := names.get(line):
                reason = env._("Taken off “%(record)s” by %(user)s", record=name, user=user)
            else:
                reason = env._("Taken off by %(user)s; the record was gone", user=user)
            line.write({**gone, "reason": reason})
        reason = env._("%(user)s took it off again.", user=user)
        self.write({"state": "unmatched", "reason": reason, "undone_date": fields.Datetime.now()})

    def _trace_undo(self, names, shared):
        env = self.dropbox_id._get_owner_env()
        text = env._("Taken off %(records)s.", records=", ".join(f"“{name}”" for name in names.values()))
        if kept := [names[line] for line in shared if line in names]:
            kept = ", ".join(f"“{name}”" for name in kept)
            text += " " + env._(
                "It stays in the history of %(records)s, for it came there by another way, too.", records=kept
            )
        self._trace(text)
