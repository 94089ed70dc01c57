from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools import clean_context

from ..tools.address import clean
from ..tools.exclusion import is_public, read_pattern
from ..tools.proposals import withdraw
from .crm_bcc_dropbox import USER_GROUP, is_manager


class CrmBccDropboxExclusion(models.Model):
    """An address or a domain whose emails are never logged: by one user or, without a user, by everyone.

    Users add and remove their own ones, managers those of all users and those of companies.
    """

    _name = "crm.bcc.dropbox.exclusion"
    _description = "Never Logged Address"
    _rec_name = "pattern"
    _order = "pattern, id"

    pattern = fields.Char(
        "Address or Domain",
        required=True,
        help="A domain excludes none of its subdomains; *.domain excludes all of them.",
    )
    user_id = fields.Many2one(
        "res.users", index="btree_not_null", ondelete="cascade", help="Leave empty to exclude it for everyone."
    )
    company_id = fields.Many2one(
        "res.company", index="btree_not_null", ondelete="cascade",
        help="Excludes it for the users of this company only.",
    )  # fmt: skip
    warning = fields.Char("Note", compute="_compute_warning")

    # also the index by which emails find them
    _pattern_unique = models.UniqueIndex(
        "(pattern, COALESCE(user_id, 0), COALESCE(company_id, 0))", "This address or domain is already on the list."
    )
    _company_wide = models.Constraint(
        "CHECK(user_id IS NULL OR company_id IS NULL)", "Choose a user or a company, not both."
    )

    @api.depends_context("lang")
    @api.depends("pattern")
    def _compute_warning(self):
        for exclusion in self:
            exclusion.warning = self._warn_of([read_pattern(exclusion.pattern)])

    @api.model
    def _warn_of(self, patterns):
        """Return a warning if one of some patterns is the domain of a public email provider, else False."""
        public = ", ".join(filter(is_public, patterns))
        if not public:
            return False
        return self.env._("Excludes everyone at %(domain)s, a public provider.", domain=public)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Clean each pattern."""
        self._check_actor(vals.get("user_id") for vals in vals_list)
        # without default values of the client, which are not checked
        clean_self = self.with_context(clean_context(self.env.context))
        vals_list = [{**vals, "pattern": self._read_pattern(vals.get("pattern"))} for vals in vals_list]
        created = super(CrmBccDropboxExclusion, clean_self).create(vals_list).with_env(self.env)
        withdraw(created)
        return created

    def write(self, vals):
        """Clean a changed pattern."""
        self._check_actor([*self._get_owner_ids(), *([vals["user_id"]] if "user_id" in vals else ())])
        if "pattern" in vals:
            vals = {**vals, "pattern": self._read_pattern(vals["pattern"])}
        super().write(vals)
        withdraw(self)
        return True

    @api.ondelete(at_uninstall=False)
    def _unlink_own(self):
        self._check_actor(self._get_owner_ids())

    def _applies_to(self, user):
        """Return whether it is for the emails of a user."""
        if self.user_id:
            return self.user_id == user
        return not self.company_id or self.company_id in user.company_ids

    def _get_owner_ids(self):
        return [exclusion.user_id.id for exclusion in self]

    @api.model
    def _check_actor(self, owner_ids):
        """Allow users to change their own ones, and managers all."""
        if is_manager(self.env.user):
            return
        if not self.env.user.has_group(USER_GROUP) or any(owner_id != self.env.uid for owner_id in owner_ids):
            raise AccessError(self.env._("Only an administrator can change what others never log."))

    @api.model
    def _read_pattern(self, text):
        """Return a pattern as it is stored.

        :raises ValidationError: the text is none
        """
        if pattern := read_pattern(text):
            return pattern
        raise ValidationError(
            self.env._(
                "“%(text)s” is not an address or a domain. Enter anna@clinic.example for one address, clinic.example"
                " for a domain, or *.clinic.example for a domain and its subdomains.",
                text=clean(text or ""),
            )
        )
