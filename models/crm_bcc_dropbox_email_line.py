from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache

from ..tools import proposals, undo
from ..tools.address import read_address
from ..tools.candidates import find_candidates, name_candidates
from ..tools.decision import CREATED, MATCHED, ON_RECORD, PROPOSED, SKIPPED
from ..tools.exclusion import EXCLUDED
from ..tools.explanation import explain_line
from ..tools.move import get_movable_record, move
from ..tools.reading import find_records
from ..tools.reasons import REASON_CODES, describe_reasons
from ..tools.spreadsheet import escape_formulas
from ..tools.states import CAPTURED, UNMATCHED
from ..tools.toast import make_toast, tell_logged


class CrmBccDropboxEmailLine(models.Model):
    """The result for one recipient of a captured email.

    Written by the gateway together with the state of the email, and deleted with it.
    """

    _name = "crm.bcc.dropbox.email.line"
    _description = "Captured Email Recipient"
    _rec_name = "email"
    _order = "id"

    email_id = fields.Many2one("crm.bcc.dropbox.email", required=True, readonly=True, index=True, ondelete="cascade")
    user_id = fields.Many2one(related="email_id.user_id")
    email = fields.Char("Recipient", readonly=True)
    outcome = fields.Selection(
        [(MATCHED, "Found"), (CREATED, "Created"), (PROPOSED, "Proposed"), (SKIPPED, "Skipped")],
        required=True, readonly=True,
    )  # fmt: skip
    reason_code = fields.Selection(REASON_CODES, "Reason", readonly=True)
    reasons = fields.Json(readonly=True, help="Codes with values: see tools/reasons.py.")
    reason = fields.Text("Explanation", compute="_compute_reason")
    # Target
    res_model = fields.Char("Record Model", readonly=True)
    res_id = fields.Many2oneReference("Record ID", model_field="res_model", readonly=True)
    record = fields.Char(compute="_compute_record")
    explanation = fields.Text("Result", compute="_compute_explanation")
    can_exclude = fields.Boolean(compute="_compute_can_exclude")
    also_on = fields.Text("Also Matches", compute="_compute_also_on", exportable=False)
    mail_message_id = fields.Many2one("mail.message", readonly=True, index="btree_not_null", ondelete="set null")

    activity_id = fields.Many2one(
        "mail.activity", "To-Do", readonly=True, index="btree_not_null", ondelete="set null",
        help="The to-do that the BCC address asked for.",
    )  # fmt: skip

    _record_idx = models.Index("(res_model, res_id)")
    _proposed_idx = models.Index("(email_id) WHERE outcome = 'proposed'")
    _email_idx = models.Index("USING hash (email)")  # a text in place of an address has no limit that btree needs

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends_context("lang", "tz")
    @api.depends("reasons")
    def _compute_reason(self):
        for line in self:
            line.reason = describe_reasons(self.env, line.reasons) or False

    @api.depends("res_model", "res_id")
    def _compute_record(self):
        records = find_records(self)
        for line in self:
            record = records.get((line.res_model, line.res_id))
            line.record = record.display_name if record else False

    @api.depends_context("uid", "lang")
    @api.depends("outcome", "reason", "record", "res_model")
    def _compute_explanation(self):
        for line in self:
            line.explanation = explain_line(line)

    @api.depends("email", "reason_code")
    def _compute_can_exclude(self):
        for line in self:
            line.can_exclude = line.reason_code not in EXCLUDED and bool(read_address(line.email))

    @api.depends_context("uid", "allowed_company_ids", "lang")
    @api.depends("mail_message_id")
    def _compute_also_on(self):
        """Name further records that match the customer. The form shows them; they are not stored."""
        found = find_candidates(self)
        for line in self:
            line.also_on = name_candidates(found.get(line.id, [])) or False

    def export_data(self, fields_to_export):
        """Escape what a spreadsheet would read as a formula: senders choose addresses and names."""
        exported = super().export_data(fields_to_export)
        return {**exported, "datas": escape_formulas(exported["datas"])}

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_open_record(self):
        """Open the record that the email was logged on."""
        self.ensure_one()
        if not self.record:
            raise UserError(self.env._("There is no record, or you have no access to it."))
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "views": [(False, "form")],
        }

    def action_log_also(self):
        """Open the dialog that asks for one more record to log the email on."""
        return self._open_dialog(is_copy=True)

    def action_move(self):
        """Open the dialog that asks for the record to move the email to."""
        return self._open_dialog()

    def _open_dialog(self, is_copy=False):
        self.ensure_one()
        email = self.email_id._check_action((CAPTURED,))
        get_movable_record(self.with_env(email.env))  # raised now, not after the choice
        return self.env["crm.bcc.dropbox.file"]._open(email, [self.email], self, is_copy)

    def action_never_address(self):
        """Open the dialog that excludes the addresses of these recipients of an email."""
        return self.env["crm.bcc.dropbox.never"]._open(self.email_id, ", ".join(filter(None, self.mapped("email"))))

    def action_never_domain(self):
        """Open the dialog that excludes the domain of this recipient."""
        return self.env["crm.bcc.dropbox.never"]._open(self.email_id, self.email, is_domain=True)

    def action_undo(self):
        """Remove an email from the records of these recipients; others keep it."""
        email = self.email_id._begin_action((CAPTURED,))
        lines = self.with_env(email.env)
        if any(line.outcome not in ON_RECORD for line in lines):
            raise UserError(self.env._("There is no record to remove this email from."))
        names = list(dict.fromkeys(filter(None, lines.mapped("record"))))
        removed = self.env._("Removed from “%(record)s”.", record=", ".join(names)) if names else self.env._("Removed.")
        undo.undo(email, lines)
        return make_toast(self.email_id, removed)

    def action_confirm(self):
        """Log the email on the record of this person, who was proposed; create it."""
        email, line = self._begin_proposal()
        proposals.confirm(email, line)
        return tell_logged(self.email_id)

    def action_file_on(self):
        """Open the dialog that asks for the existing record of this person, who was proposed."""
        email, line = self._begin_proposal()
        return self.env["crm.bcc.dropbox.file"]._open(email, [self.email], line)

    def action_refuse(self):
        """Never propose this person again."""
        email, line = self._begin_proposal()
        proposals.refuse(email, line)
        return make_toast(self.email_id, self.env._("Never proposed again."))

    def _merge_into(self, record):
        """Log the email for this person, who was proposed, on an existing record.

        :param record: of a target model
        """
        email, line = self._begin_proposal()
        proposals.log_on_record(email, line, record)
        return tell_logged(self.email_id)

    def _begin_proposal(self):
        """Lock the email, and return it and this line as the system.

        :raises UserError: the person is no longer a proposal
        """
        self.ensure_one()
        email = self.email_id._begin_action((CAPTURED, UNMATCHED))
        line = self.with_env(email.env)
        if line.outcome != PROPOSED:
            raise UserError(self.env._("“%(email)s” is not waiting for confirmation.", email=line.email))
        return email, line

    # ------------------------------------------------------------
    # RECORD AND MESSAGE
    # ------------------------------------------------------------

    def _get_filed_record(self):
        """Return the record that the email was logged on; None if there is none any more."""
        if not self.res_id or self.res_model not in self.env:
            return None
        return self.env[self.res_model].browse(self.res_id).exists() or None

    def _is_on(self, record):
        """Return whether the email was logged on a record for this recipient."""
        return (self.res_model, self.res_id) == (record._name, record.id)

    @api.model
    @ormcache()
    def _has_todos(self):
        """Return whether any email has or had a to-do. Cached, because it is asked for every incoming email."""
        return bool(self.search_count([("activity_id", "!=", False)], limit=1))

    def _get_own_messages(self):
        """Return the captured copies that no other line refers to: they may be moved or removed."""
        # other messages came through an alias, or were sent by Odoo
        messages = self.mail_message_id.filtered("bcc_dropbox_captured")
        # sudo: the lines of colleagues
        others = self.sudo().search([("mail_message_id", "in", messages.ids), ("id", "not in", self.ids)])
        return messages - others.mail_message_id

    def _move_to(self, record):
        """Move the email from the record of this line to another one, see :func:`move`."""
        return move(self, record)
