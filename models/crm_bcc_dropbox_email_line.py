from odoo import api, fields, models
from odoo.exceptions import UserError


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
    explanation = fields.Char("What Was Done", compute="_compute_explanation")
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
        return self.env._("Found and filed on “%(record)s” (%(kind)s).", record=self.record, kind=kind)

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
