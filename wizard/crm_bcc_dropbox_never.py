from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools.address import parse_addresses
from ..tools.decision import PROPOSED, SKIPPED
from ..tools.excluded_mail import forget_excluded
from ..tools.exclusion import get_domain_pattern, get_search_texts, is_excluded, read_pattern
from ..tools.states import CAPTURED, FINAL
from ..tools.toast import make_toast
from ..tools.undo import undo


class CrmBccDropboxNever(models.TransientModel):
    """The dialog that excludes the customers of a captured email from now on, and removes earlier emails.

    Only the actions of the log create one, so that users cannot open it for others.
    """

    _name = "crm.bcc.dropbox.never"
    _description = "Never Log"

    # closed: it decides for whom the exclusions are
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade", groups=fields.NO_ACCESS)
    patterns = fields.Text("Never log", required=True, help="One address or domain per line.")
    warning = fields.Char(compute="_compute_warning")
    earlier_count = fields.Integer("Earlier Emails", compute="_compute_earlier_count")
    remove = fields.Boolean("Also remove earlier emails")

    @api.depends_context("lang")
    @api.depends("patterns")
    def _compute_warning(self):
        for wizard in self:
            wizard.warning = self.env["crm.bcc.dropbox.exclusion"]._warn_of(wizard._list_patterns())

    @api.depends_context("uid")
    @api.depends("patterns")
    def _compute_earlier_count(self):
        for wizard in self:
            wizard.earlier_count = len(wizard._find_earlier(wizard._list_patterns()))

    @api.model
    def _open(self, email, recipients, is_domain=False):
        """Open the dialog.

        :param email: the captured email; the exclusions will be those of its owner
        :param str recipients: the customers
        :param bool is_domain: whether to exclude their domains instead of their addresses
        """
        email.ensure_one()
        email.check_access("read")
        emails = [address.email for address in parse_addresses(recipients or "") if address.email]
        if not emails:
            raise UserError(self.env._("There is no address to exclude."))
        patterns = dict.fromkeys(map(get_domain_pattern if is_domain else read_pattern, emails))
        name = self.env._("Never Log")
        if email.user_id != self.env.user:
            name = self.env._("Never Log for %(user)s", user=email.user_id.name)
        # sudo: users may use the dialog, but not create one
        wizard = self.sudo().create({"user_id": email.user_id.id, "patterns": "\n".join(patterns)})
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "res_id": wizard.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_confirm(self):
        """Exclude the addresses and domains, and remove earlier emails if the user wants that."""
        self.ensure_one()
        self.check_access("write")
        Exclusion = self.env["crm.bcc.dropbox.exclusion"]
        owner = self.sudo().user_id  # sudo: it is closed; creating the exclusions checks the rights of the user
        patterns = {Exclusion._read_pattern(line) for line in (self.patterns or "").splitlines() if line.strip()}
        if not patterns:
            raise ValidationError(self.env._("Enter an address or a domain."))
        known = Exclusion.search([("user_id", "=", owner.id), ("pattern", "in", list(patterns))])
        new = sorted(patterns - set(known.mapped("pattern")))
        found = self._find_earlier(patterns)
        withdrawn = found.filtered(  # by creating the exclusions
            lambda email: PROPOSED in self._find_logged_lines(email, patterns).mapped("outcome")
        )
        earlier = found if self.remove else withdrawn
        created = Exclusion.create([{"user_id": owner.id, "pattern": pattern} for pattern in new])
        for email in earlier if self.remove else ():
            self._remove_earlier(email, patterns)
        text = self.env._("Never logged from now on: %(patterns)s.", patterns=", ".join(sorted(patterns)))
        if self.remove and earlier:
            text += " " + self.env._("Earlier emails removed: %(count)s.", count=len(earlier))
        # the originals of earlier emails are gone
        inverse = {"model": created._name, "method": "unlink", "ids": created.ids} if created and not earlier else None
        return make_toast(earlier, text, undo=inverse, has_undo=False)

    # ------------------------------------------------------------
    # EARLIER EMAILS
    # ------------------------------------------------------------

    def _list_patterns(self):
        return list(filter(None, map(read_pattern, (self.patterns or "").splitlines())))

    def _find_earlier(self, patterns):
        """Find the owner's emails with excluded customers that are on records, or whose original is kept.

        :param patterns: those that exclude addresses
        """
        Email = self.env["crm.bcc.dropbox.email"].with_context(active_test=False)
        texts = [text for text in get_search_texts(patterns) if text]
        if not texts:
            return Email
        domain = Domain("user_id", "=", self.sudo().user_id.id) & Domain("state", "in", FINAL)
        domain &= Domain.OR(
            Domain("recipients", "ilike", text) | Domain("line_ids", "any", [("email", "ilike", text)])
            for text in texts
        )
        return Email.search(domain).filtered(
            lambda email: (
                self._find_logged_lines(email, patterns)
                or (email.state != CAPTURED and email.has_original and self._names_excluded(email, patterns))
            )
        )

    @api.model
    def _find_logged_lines(self, email, patterns):
        return email.line_ids.filtered(
            lambda line: line.outcome != SKIPPED and line.email and is_excluded(line.email, patterns)
        )

    @api.model
    def _names_excluded(self, email, patterns):
        addresses = parse_addresses(email.recipients or "")
        return any(address.email and is_excluded(address.email, patterns) for address in addresses)

    @api.model
    def _remove_earlier(self, email, patterns):
        """Remove an email from the records of excluded customers; delete its original if it has no other customers."""
        email = email._begin_action(FINAL)
        if lines := self._find_logged_lines(email, patterns):
            undo(email, lines)
        forget_excluded(email)
