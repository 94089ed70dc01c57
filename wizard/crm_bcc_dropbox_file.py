from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmBccDropboxFile(models.TransientModel):
    """The question on which record to file a captured mail, or where to move it to.

    Made by the actions of the log alone, so that nobody can ask it about the mail of somebody else.
    """

    _name = "crm.bcc.dropbox.file"
    _description = "File a Captured Mail"

    # closed: the name of the mail would be shown to whoever sets it
    email_id = fields.Many2one("crm.bcc.dropbox.email", required=True, ondelete="cascade", groups=fields.NO_ACCESS)
    line_id = fields.Many2one("crm.bcc.dropbox.email.line", ondelete="cascade", groups=fields.NO_ACCESS)
    subject = fields.Char(readonly=True)
    recipients = fields.Char("Customers", readonly=True)
    is_move = fields.Boolean(readonly=True)
    record = fields.Reference(lambda self: self._selection_record(), "File on")

    @api.model
    def _selection_record(self):
        """The kinds of records that mails are filed on, of those that the current user has access to."""
        names = self.env.registry.descendants(["crm.bcc.dropbox.target"], "_inherit")
        names = [name for name in names if not self.env[name]._abstract and self.env[name].has_access("write")]
        # sudo: model names are closed to users
        return [(name, self.env["ir.model"]._get(name).sudo().name) for name in names]

    @api.model
    def _open(self, mail, line=None):
        """Ask the question.

        :param mail: the mail, which the caller has checked the access to
        :param line: the line to move, to file the mail by default
        """
        # sudo: users may answer the question, but not ask it
        wizard = self.sudo().create(
            {
                "email_id": mail.id,
                "line_id": line.id if line else False,
                "is_move": bool(line),
                "subject": mail.subject,
                "recipients": line.email if line else mail.recipients,
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Move to Another Record") if line else self.env._("File on a Record"),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_confirm(self):
        """File the mail on the chosen record, or move it there."""
        self.ensure_one()
        record = self.record
        if not record:
            raise UserError(self.env._("Choose a record first."))
        wizard = self.sudo()  # the fields are closed; what may be done is checked with the rights of the user
        if wizard.line_id:
            wizard.line_id.with_env(self.env)._move_to(record)
        else:
            wizard.email_id.with_env(self.env)._file_by_hand(record)
        return {"type": "ir.actions.act_window_close"}
