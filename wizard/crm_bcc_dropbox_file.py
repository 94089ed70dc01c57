from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..tools.address import Address
from ..tools.candidates import find_candidates
from ..tools.decision import PROPOSED
from ..tools.kinds import describe_kind
from ..tools.move import log_also
from ..tools.suggestions import describe_rule, find_by_rules

SUGGESTIONS = 10
"""Records to suggest."""


class CrmBccDropboxFile(models.TransientModel):
    """The dialog that asks on which record to log a captured email, also or instead of another one.

    Only the actions of the log create one, so that users cannot open it for the emails of others.
    """

    _name = "crm.bcc.dropbox.file"
    _description = "Log a Captured Email"

    # closed: users who set it would see the name of the email
    email_id = fields.Many2one("crm.bcc.dropbox.email", required=True, ondelete="cascade", groups=fields.NO_ACCESS)
    line_id = fields.Many2one("crm.bcc.dropbox.email.line", ondelete="cascade", groups=fields.NO_ACCESS)
    subject = fields.Char(readonly=True)
    recipients = fields.Char("Customers", readonly=True)
    is_move = fields.Boolean(readonly=True)
    is_copy = fields.Boolean(readonly=True)
    suggestion_ids = fields.One2many("crm.bcc.dropbox.file.suggestion", "question_id", readonly=True)
    record = fields.Reference(lambda self: self._selection_record())

    @api.model
    def _get_target_models(self):
        """Return the names of the models that emails are logged on and the current user may write to."""
        models_ = self.env["crm.bcc.dropbox.target"]._get_bcc_dropbox_models()
        return [Model._name for Model in models_ if Model.has_access("write")]

    @api.model
    def _selection_record(self):
        return [(name, describe_kind(self.env[name])) for name in self._get_target_models()]

    @api.model
    def _open(self, mail, emails, line=None, is_copy=False):
        """Open the dialog.

        :param mail: the captured email; the caller has checked the access
        :param list emails: normalised addresses of the customers whose records are suggested
        :param line: the line to move, or whose person was proposed; by default, the email is logged on no record yet
        :param bool is_copy: log the email of the line on one more record, instead of moving it
        """
        is_move = bool(line) and line.outcome != PROPOSED and not is_copy
        if is_copy:
            found = [(record, "") for record in find_candidates(line).get(line.id, [])]
        else:
            people = [Address("", email, email) for email in emails if "@" in (email or "")]
            found = find_by_rules(mail.with_user(self.env.user), people, SUGGESTIONS + 1)
            found = [one for one in found if not line or not line._is_on(one[0])][:SUGGESTIONS]
        # sudo: users may use the dialog, but not create one
        wizard = self.sudo().create(
            {
                "email_id": mail.id,
                "line_id": line.id if line else False,
                "is_move": is_move,
                "is_copy": is_copy,
                "subject": mail.subject,
                "recipients": line.email if line else mail.recipients,
                "suggestion_ids": [
                    Command.create({"record": f"{record._name},{record.id}", "rule": rule}) for record, rule in found
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self._get_title(is_move, is_copy),
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    @api.model
    def _get_title(self, line, is_copy):
        if is_copy:
            return self.env._("Also Log On")
        return self.env._("Move Email") if line else self.env._("Log Email")

    def action_confirm(self):
        """Log the email on the chosen record, or move it there."""
        self.ensure_one()
        if not self.record:
            raise UserError(self.env._("Choose a record first."))
        return self._answer(self.record)

    def _answer(self, record):
        wizard = self.sudo()  # the fields are closed; the actions check the rights of the user
        line = wizard.line_id.with_env(self.env)
        if not line:
            return wizard.email_id.with_env(self.env)._file_by_hand(record)
        if wizard.is_move:
            return line._move_to(record)
        if wizard.is_copy:
            return log_also(line, record)
        return line._merge_into(record)


class CrmBccDropboxFileSuggestion(models.TransientModel):
    """A record that the dialog suggests. Created together with it."""

    _name = "crm.bcc.dropbox.file.suggestion"
    _description = "Suggested Record for a Captured Email"

    question_id = fields.Many2one("crm.bcc.dropbox.file", required=True, readonly=True, ondelete="cascade")
    record = fields.Reference(lambda self: self.env["crm.bcc.dropbox.file"]._selection_record(), readonly=True)
    kind = fields.Char(compute="_compute_kind")
    rule = fields.Char(readonly=True, help="Why it is suggested: see tools/suggestions.py.")
    reason = fields.Char("Why", compute="_compute_reason")

    @api.depends_context("lang")
    @api.depends("rule")
    def _compute_reason(self):
        for suggestion in self:
            suggestion.reason = bool(suggestion.rule) and describe_rule(self.env, suggestion.rule)

    @api.depends("record")
    def _compute_kind(self):
        for suggestion in self:
            suggestion.kind = bool(suggestion.record) and describe_kind(suggestion.record)

    def action_choose(self):
        """Log the email on this record, or move it there."""
        self.ensure_one()
        return self.question_id._answer(self.record)
