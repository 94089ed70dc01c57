from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError

from .crm_bcc_dropbox import CREATES, LOOKUPS, MANAGER_GROUP, USER_GROUP

PREFERENCES = ["bcc_dropbox_lookup", "bcc_dropbox_create", "bcc_dropbox_sender_ids"]


class ResUsers(models.Model):
    _inherit = "res.users"

    bcc_dropbox_ids = fields.One2many(
        "crm.bcc.dropbox", "user_id", context={"active_test": False}, groups=fields.NO_ACCESS
    )
    bcc_dropbox_address = fields.Char("BCC Dropbox", compute="_compute_bcc_dropbox", exportable=False)
    bcc_dropbox_can_choose = fields.Boolean(compute="_compute_bcc_dropbox")
    bcc_dropbox_missing = fields.Html(
        "What Is Missing for the BCC Dropbox",
        compute="_compute_bcc_dropbox_missing",
        sanitize=False,  # made by our own template
        exportable=False,
    )
    bcc_dropbox_lookup = fields.Selection(
        LOOKUPS, "Lookup Pattern", compute="_compute_bcc_dropbox_lookup", inverse="_inverse_bcc_dropbox"
    )
    bcc_dropbox_create = fields.Selection(
        CREATES, "Create", compute="_compute_bcc_dropbox_create", inverse="_inverse_bcc_dropbox"
    )
    bcc_dropbox_sender_ids = fields.One2many(
        "crm.bcc.dropbox.sender", "user_id", "Own Addresses", groups=USER_GROUP, copy=False
    )

    @property
    def SELF_READABLE_FIELDS(self):
        shown = ["bcc_dropbox_address", "bcc_dropbox_can_choose", "bcc_dropbox_missing"]
        return super().SELF_READABLE_FIELDS + PREFERENCES + shown

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + PREFERENCES

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    # who looks decides: users see their own dropbox, managers all
    @api.depends_context("uid")
    @api.depends("bcc_dropbox_ids.address", "bcc_dropbox_ids.can_choose")
    def _compute_bcc_dropbox(self):
        for user in self:
            dropbox = user._get_visible_bcc_dropbox()
            user.bcc_dropbox_address = dropbox.address
            user.bcc_dropbox_can_choose = dropbox.can_choose

    @api.depends_context("uid")
    @api.depends("bcc_dropbox_ids.is_allowed", "bcc_dropbox_ids.lookup")
    def _compute_bcc_dropbox_lookup(self):
        for user in self:
            user.bcc_dropbox_lookup = user._get_visible_bcc_dropbox().lookup

    @api.depends_context("uid")
    @api.depends("bcc_dropbox_ids.is_allowed", "bcc_dropbox_ids.create_kind")
    def _compute_bcc_dropbox_create(self):
        for user in self:
            user.bcc_dropbox_create = user._get_visible_bcc_dropbox().create_kind

    @api.depends_context("uid")
    def _compute_bcc_dropbox_missing(self):
        self.bcc_dropbox_missing = False
        for user in self & self.env.user:  # it tells what the reader can do
            user.bcc_dropbox_missing = self.env["crm.bcc.dropbox.health"]._render_missing()

    def _inverse_bcc_dropbox(self):
        for user in self:
            # both at once, for one may be right only with the other
            values = {"lookup": user.bcc_dropbox_lookup, "create_kind": user.bcc_dropbox_create}
            user._get_own_bcc_dropbox().write(values)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Give new users who are permitted their dropbox."""
        users = super().create(vals_list)
        self.env["crm.bcc.dropbox"]._ensure_dropboxes(users)
        return users

    def write(self, vals):
        """Give users their dropbox as soon as they are permitted."""
        result = super().write(vals)
        if not vals.keys().isdisjoint(("group_ids", "active")):
            self.env["crm.bcc.dropbox"]._ensure_dropboxes(self)
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_bcc_dropbox_regenerate(self):
        """Replace the address of the dropbox at once."""
        for user in self:
            user._get_own_bcc_dropbox()._regenerate()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("You have a new BCC Dropbox address. The old one has stopped working."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_bcc_dropbox_vcard(self):
        """Download the current user's dropbox as a contact card."""
        return {"type": "ir.actions.act_url", "url": "/bcc_dropbox/vcard", "target": "download"}

    # ------------------------------------------------------------
    # DROPBOX
    # ------------------------------------------------------------

    def _get_visible_bcc_dropbox(self):
        """Get the dropbox of this user, with the permission, as far as the current user may see it."""
        self.ensure_one()
        sees_all = self.env.uid == SUPERUSER_ID or self.env.user.has_group(MANAGER_GROUP)
        # not `env.su`: users may make the system read for them, by a template for example
        if sees_all or self == self.env.user:
            # sudo: the field is closed, so that nobody reaches the dropboxes of others by it
            return self.sudo().bcc_dropbox_ids.filtered("is_allowed")
        return self.env["crm.bcc.dropbox"]

    def _get_own_bcc_dropbox(self):
        """Get the dropbox of this user to change it.

        :return: the dropbox, as the system
        :raises AccessError: it is someone else's, and the current user does not manage dropboxes
        :raises UserError: the user has no permission to use one
        """
        self.ensure_one()
        actor = self.env.user
        # it looks at the user, not at `env.su`: Odoo writes preferences in superuser mode
        if self.env.uid != SUPERUSER_ID and self != actor and not actor.has_group(MANAGER_GROUP):
            raise AccessError(self.env._("You can change your own BCC Dropbox only."))
        dropbox = self.sudo().bcc_dropbox_ids or self.env["crm.bcc.dropbox"]._ensure_dropboxes(self).sudo()
        if not dropbox.is_allowed:
            raise UserError(self.env._("%(user)s has no permission to use the BCC Dropbox.", user=self.sudo().name))
        return dropbox
