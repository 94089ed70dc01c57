from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import ormcache

from ..tools import live, proposals, undo
from ..tools.address import Address, read_address
from ..tools.candidates import find_candidates, name_candidates
from ..tools.decision import CREATED, MATCHED, ON_RECORD, PROPOSED, SKIPPED, Decision, prepare_line
from ..tools.exclusion import EXCLUDED
from ..tools.kinds import describe_kind
from ..tools.original import rebuild_mail
from ..tools.raw_mail import RawMail
from ..tools.reading import find_records
from ..tools.reasons import REASON_CODES, Reason, describe_reasons, prepare_reasons
from ..tools.spreadsheet import escape_formulas
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
            line.explanation = line._get_explanation()

    def _get_explanation(self):
        """Explain what was decided for this recipient."""
        if not self.res_id:
            return self.reason
        if not self.record and self._get_filed_record():
            return self.env._("Logged on a record that you may not see.")
        if not self.record:
            return self.env._("Logged on a record that no longer exists.")
        kind = describe_kind(self.env[self.res_model].browse(self.res_id))
        if self.outcome == CREATED:
            return self.env._("No match. Created %(kind)s “%(record)s”.", record=self.record, kind=kind)
        logged = self.env._("Logged on %(kind)s “%(record)s”.", record=self.record, kind=kind)
        return f"{logged} {self.reason}" if self.reason else logged

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
        email = self.email_id._check_action(("captured",))
        self.with_env(email.env)._get_movable_record()  # raised now, not after the choice
        return self.env["crm.bcc.dropbox.file"]._open(email, [self.email], self, is_copy)

    def action_never_address(self):
        """Open the dialog that excludes the addresses of these recipients of an email."""
        return self.env["crm.bcc.dropbox.never"]._open(self.email_id, ", ".join(filter(None, self.mapped("email"))))

    def action_never_domain(self):
        """Open the dialog that excludes the domain of this recipient."""
        return self.env["crm.bcc.dropbox.never"]._open(self.email_id, self.email, is_domain=True)

    def action_undo(self):
        """Remove an email from the records of these recipients; others keep it."""
        email = self.email_id._begin_action(("captured",))
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
        proposals.merge(email, line, record)
        return tell_logged(self.email_id)

    def _begin_proposal(self):
        """Lock the email, and return it and this line as the system.

        :raises UserError: the person is no longer a proposal
        """
        self.ensure_one()
        email = self.email_id._begin_action(("captured", "unmatched"))
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

    # ------------------------------------------------------------
    # MOVE
    # ------------------------------------------------------------

    def _get_movable_record(self):
        """Return the record to move the email from.

        :raises UserError: it is not in its history any more
        """
        source = self._get_filed_record()
        if not source or not self.mail_message_id:
            raise UserError(self.env._("The email is no longer in the history of that record."))
        return source

    def _move_to(self, record):
        """Move the email from the record of this line to another one.

        :param record: of a target model
        """
        self.ensure_one()
        email = self.email_id._begin_action(("captured",))
        line = self.with_env(email.env)
        source = line._get_movable_record()
        email._check_writable(source)
        email._check_target(record)
        if source == record:
            raise UserError(self.env._("The email is already logged on “%(record)s”.", record=record.display_name))
        names = {"old": source.display_name, "new": record.display_name}
        was_created = line.outcome == CREATED
        line.write(
            {
                **prepare_reasons([Reason("moved", {"record": names["old"], "user": email.env.user.name})]),
                "mail_message_id": line._move_message(record).id,
                "outcome": MATCHED,
                "res_model": record._name,
                "res_id": record.id,
            }
        )
        place = {"res_model_id": self.env["ir.model"]._get_id(record._name), "res_id": record.id}
        line.activity_id.filtered("active").write(place)
        if was_created:
            source._archive_bcc_dropbox_record()
        email._trace(email.dropbox_id._get_owner_env()._("Moved from “%(old)s” to “%(new)s”.", **names))
        return make_toast(self.email_id, self.env._("Moved to “%(record)s”.", record=record.display_name))

    def _log_also_on(self, record):
        """Log the email of this line on one more record.

        :param record: of a target model
        """
        self.ensure_one()
        email = self.email_id._begin_action(("captured",))
        line = self.with_env(email.env)
        line._get_movable_record()
        email._check_target(record)
        if any(other._is_on(record) for other in email.line_ids):
            raise UserError(self.env._("The email is already logged on “%(record)s”.", record=record.display_name))
        reasons = (Reason("logged_by", {"user": email.env.user.name}),)
        decision = Decision(Address("", line.email, ""), MATCHED, record, reasons)
        values = prepare_line(decision, line._move_message(record, is_copy=True))
        email.line_ids = [fields.Command.create(values)]
        env = email.dropbox_id._get_owner_env()
        email._trace(env._("Logged on “%(record)s”.", record=record.with_env(env).display_name))
        return tell_logged(self.email_id)

    def _move_message(self, record, is_copy=False):
        """Move the message of this line to another record, unless the email is there already.

        :param bool is_copy: keep it where it is as well
        :return: the message there
        """
        email, message = self.email_id, self.mail_message_id
        own = message.browse() if is_copy else self._get_own_messages()
        record = record.with_env(email.dropbox_id._get_owner_env())
        [item, *_others] = email._find_mails_to_log(RawMail(rebuild_mail(email, message)))
        payload = email._read_payload(item.mail)
        there = email._find_filed_messages(self.env, item.mail, record, payload)
        if there := there.get((record._name, record.id)):
            own._bcc_dropbox_remove()
            return there
        if own:
            files = own._bcc_dropbox_get_own_files()
            live.note_messages(own)
            own.write({"model": record._name, "res_id": record.id})
            live.note_messages(own)
            files.write({"res_model": record._name, "res_id": record.id})
            return own
        # it is needed where it is
        [message] = email._create_message([record], item.mail, payload).values()
        return message.sudo()

    # ------------------------------------------------------------
    # MERGE
    # ------------------------------------------------------------

    @api.model
    def _follow_merge(self, merged, record):
        """Let the lines of records that were merged into another one name that, which has their messages now.

        An email that was on several of them stays there only once.
        """
        # sudo: the lines of all users
        lines = self.sudo().search([("res_model", "=", record._name), ("res_id", "in", [record.id, *merged.ids])])
        moved = lines.filtered(lambda line: line.res_id != record.id)
        moved.filtered(lambda line: line.outcome == CREATED).outcome = MATCHED
        moved.res_id = record.id
        kept, double = {}, lines.mail_message_id.browse()
        for line in (lines - moved) + moved:
            message = line.mail_message_id.filtered("bcc_dropbox_captured")
            # messages of older versions have no fingerprint
            identity = message.bcc_dropbox_fingerprint or message.message_id
            first = kept.setdefault((identity, message.bcc_dropbox_comment), message)
            if message and message != first:
                line.mail_message_id = first
                double |= message
        double._bcc_dropbox_remove()
