from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.parsed_mail import parse_header
from ..tools.spreadsheet import escape_formulas


class CrmBccDropboxEmailLine(models.Model):
    """What became of one recipient of a captured mail.

    Written by the gateway together with the state of the mail, and gone with it.
    """

    _name = "crm.bcc.dropbox.email.line"
    _description = "Captured Mail Recipient"
    _rec_name = "email"
    _order = "id"

    email_id = fields.Many2one("crm.bcc.dropbox.email", required=True, readonly=True, index=True, ondelete="cascade")
    user_id = fields.Many2one(related="email_id.user_id")
    email = fields.Char("Recipient", readonly=True)
    outcome = fields.Selection(
        [("matched", "Found"), ("created", "Created"), ("skipped", "Skipped")], required=True, readonly=True
    )
    reason = fields.Char(readonly=True)
    # Target
    res_model = fields.Char("Record Model", readonly=True)
    res_id = fields.Many2oneReference("Record ID", model_field="res_model", readonly=True)
    record = fields.Char(compute="_compute_record")
    explanation = fields.Text("What Was Done", compute="_compute_explanation")
    mail_message_id = fields.Many2one("mail.message", readonly=True, index="btree_not_null", ondelete="set null")

    _record_idx = models.Index("(res_model, res_id)")

    @api.depends("res_model", "res_id")
    def _compute_record(self):
        self.record = False
        for model_name, lines in self.filtered("res_id").grouped("res_model").items():
            if model_name not in self.env:
                continue  # its addon is gone
            records = self.env[model_name].browse(lines.mapped("res_id")).exists()._filtered_access("read")
            names = {record.id: record.display_name for record in records}
            for line in lines:
                line.record = names.get(line.res_id, False)

    @api.depends_context("uid", "lang")
    @api.depends("outcome", "reason", "record", "res_model")
    def _compute_explanation(self):
        for line in self:
            line.explanation = line._get_explanation()

    def _get_explanation(self):
        """Say what was decided for this recipient, and why."""
        if not self.res_id:
            return self.reason
        if not self.record:
            return self.env._("It was filed on a record that is gone, or that you may not see.")
        kind = self.env["ir.model"]._get(self.res_model).sudo().name  # sudo: model names are closed to users
        if self.outcome == "created":
            return self.env._(
                "Nobody had this address: “%(record)s” (%(kind)s) was created.", record=self.record, kind=kind
            )
        found = self.env._("Found and filed on “%(record)s” (%(kind)s).", record=self.record, kind=kind)
        by_hand = self.env._("Filed on “%(record)s” (%(kind)s).", record=self.record, kind=kind)
        return f"{by_hand} {self.reason}" if self.reason else found

    def export_data(self, fields_to_export):
        """Escape what a spreadsheet would take for a formula: strangers write addresses and names."""
        exported = super().export_data(fields_to_export)
        return {**exported, "datas": escape_formulas(exported["datas"])}

    def action_open_record(self):
        """Open the record that the mail was filed on."""
        self.ensure_one()
        if not self.record:
            raise UserError(self.env._("There is no record, or you have no access to it."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    def action_move(self):
        """Ask for the record to move the mail to."""
        self.ensure_one()
        mail = self.email_id._check_action(("captured",))
        self.with_env(mail.env)._get_movable()  # said now, not after the choice
        return self.env["crm.bcc.dropbox.file"]._open(mail, [self.email], self)

    def action_undo(self):
        """Take the mail off the record of this recipient; other recipients keep it."""
        self.ensure_one()
        mail = self.email_id._begin_action(("captured",))
        line = self.with_env(mail.env)
        if line.outcome == "skipped":
            raise UserError(self.env._("There is no record to remove this email from."))
        mail._undo(line)
        return True

    # ------------------------------------------------------------
    # WHAT IS FILED
    # ------------------------------------------------------------

    def _get_filed_record(self):
        """Get the record that the mail was filed on; None when there is none any more."""
        if not self.res_id or self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id).exists() or None

    def _is_on(self, record):
        """Return whether the mail was filed on a record for this recipient."""
        return (self.res_model, self.res_id) == (record._name, record.id)

    def _get_own_messages(self):
        """Get the captured copies that no other line refers to: they may be moved or removed."""
        # others are of an alias, or messages that Odoo has sent itself
        messages = self.mail_message_id.filtered("bcc_dropbox_captured")
        # sudo: the lines of colleagues
        others = self.sudo().search([("mail_message_id", "in", messages.ids), ("id", "not in", self.ids)])
        return messages - others.mail_message_id

    # ------------------------------------------------------------
    # MOVE
    # ------------------------------------------------------------

    def _get_movable(self):
        """Get the record to take the mail from.

        :raises UserError: the mail is not in its history any more
        """
        source = self._get_filed_record()
        if not source or not self.mail_message_id:
            raise UserError(self.env._("The mail is not in the history of that record any more."))
        return source

    def _move_to(self, record):
        """Take the mail from the record of this line to another one.

        :param record: of a model that mails are filed on
        """
        self.ensure_one()
        mail = self.email_id._begin_action(("captured",))
        line = self.with_env(mail.env)
        source = line._get_movable()
        mail._check_writable(source)
        mail._check_target(record)
        if source == record:
            raise UserError(self.env._("The mail is filed on “%(record)s” already.", record=record.display_name))
        env = mail.dropbox_id._get_owner_env()
        names = {"old": source.display_name, "new": record.display_name}
        values = {
            "mail_message_id": line._move_message(record).id,
            "outcome": "matched",
            "reason": env._("Moved from “%(old)s” by %(user)s", old=names["old"], user=mail.env.user.name),
            "res_model": record._name,
            "res_id": record.id,
        }
        was_created = line.outcome == "created"
        line.write(values)
        if was_created:
            source._remove_bcc_dropbox_record()
        mail._trace(env._("Moved from “%(old)s” to “%(new)s”.", **names))

    def _move_message(self, record):
        """Bring the message of this line to another record, unless that one has the mail already.

        :return: the message there
        """
        mail, message, own = self.email_id, self.mail_message_id, self._get_own_messages()
        record = record.with_env(mail.dropbox_id._get_owner_env())
        if there := mail._find_filed_messages(self.env).get((record._name, record.id)):
            own._bcc_dropbox_remove()
            return there
        if own:
            files = own._bcc_dropbox_get_own_files()
            own.write({"model": record._name, "res_id": record.id})
            files.write({"res_model": record._name, "res_id": record.id})
            return own
        # others rely on it where it is
        raw = mail._rebuild_original(message)
        [message] = mail._create_message([record], parse_header(raw), mail._read_payload(raw)).values()
        return message.sudo()
