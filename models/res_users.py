from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..tools import live
from ..tools.address_test import send_test
from ..tools.by_rule import list_confirmations
from ..tools.kinds import list_creates, list_lookups
from ..tools.notice_choice import NOTICES, WAYS
from ..tools.states import REFUSED
from .crm_bcc_dropbox import OPPORTUNITIES, SEVERAL, USER_GROUP, is_manager

PREFERENCES = [
    "bcc_dropbox_create", "bcc_dropbox_create_nothing", "bcc_dropbox_exclusion_ids", "bcc_dropbox_lookup",
    "bcc_dropbox_notice", "bcc_dropbox_notice_by", "bcc_dropbox_opportunity", "bcc_dropbox_propose",
    "bcc_dropbox_redirects", "bcc_dropbox_redirects_bulk", "bcc_dropbox_redirects_unknown", "bcc_dropbox_sender_ids",
    "bcc_dropbox_several",
]  # fmt: skip
SHOWN = [
    "bcc_dropbox_address", "bcc_dropbox_can_choose", "bcc_dropbox_flood", "bcc_dropbox_former", "bcc_dropbox_last_date",
    "bcc_dropbox_leak", "bcc_dropbox_mailbox", "bcc_dropbox_missing", "bcc_dropbox_notice_to", "bcc_dropbox_qrcode",
    "bcc_dropbox_refused_count", "bcc_dropbox_rules", "bcc_dropbox_sender_full", "bcc_dropbox_sender_usage",
    "bcc_dropbox_skipped", "bcc_dropbox_unconfirmed", "bcc_dropbox_week_count",
]  # fmt: skip


def _make_mirror(name, field_type, *arguments, source=None, **options):
    """Return a field of users with the value of their dropboxes, for those who may see it.

    :param str name: of the field, without the prefix
    :param field_type: class of the field, which takes the arguments and options
    :param str source: the field of the dropbox, if its name is another one
    """
    source = source or name

    @api.depends_context("uid", "lang", "tz")
    @api.depends(f"bcc_dropbox_ids.{source}", "bcc_dropbox_ids.is_allowed")
    def compute(users):
        for user in users:
            user[f"bcc_dropbox_{name}"] = user._get_visible_bcc_dropbox()[source]

    return field_type(*arguments, compute=compute, **options)


def _make_option(name, field_type, *arguments):
    """Return a field of users for an option of their dropboxes, see :func:`_make_mirror`."""

    def inverse(users):
        for user in users:
            user._get_own_bcc_dropbox()[name] = user[f"bcc_dropbox_{name}"]

    return _make_mirror(name, field_type, *arguments, inverse=inverse)


class ResUsers(models.Model):
    _inherit = "res.users"

    bcc_dropbox_ids = fields.One2many(
        "crm.bcc.dropbox", "user_id", context={"active_test": False}, groups=fields.NO_ACCESS
    )
    bcc_dropbox_email_proved = fields.Boolean(
        default=True, copy=False, groups=fields.NO_ACCESS,
        help="The email address was set by someone who manages users, not by the user.",
    )  # fmt: skip
    bcc_dropbox_address = _make_mirror("address", fields.Char, "BCC Address", exportable=False)
    bcc_dropbox_mailbox = fields.Char("Mailbox for BCC Copies", compute="_compute_bcc_dropbox")
    bcc_dropbox_can_choose = _make_mirror("can_choose", fields.Boolean)
    bcc_dropbox_missing = fields.Html(
        "BCC Dropbox Setup",
        compute="_compute_bcc_dropbox_missing", exportable=False,
        sanitize=False,  # made by our own template
    )  # fmt: skip
    bcc_dropbox_qrcode = fields.Char("QR Code", compute="_compute_bcc_dropbox", help="URL of the image.")
    bcc_dropbox_last_date = _make_mirror("last_date", fields.Datetime, "Last Logged")
    bcc_dropbox_week_count = _make_mirror("week_count", fields.Integer, "Logged This Week")
    bcc_dropbox_refused_count = _make_mirror("refused_count", fields.Integer, "Rejected This Week")
    bcc_dropbox_flood = _make_mirror("flood", fields.Char)
    bcc_dropbox_skipped = _make_mirror("skipped", fields.Char, "Skipped")
    bcc_dropbox_leak = _make_mirror("leak", fields.Char, "Exposed Address")
    bcc_dropbox_former = _make_mirror("former", fields.Char, "Old Address")
    bcc_dropbox_lookup = _make_mirror(
        "lookup", fields.Selection, list_lookups, "Lookup Pattern", inverse="_inverse_bcc_dropbox"
    )
    bcc_dropbox_create = _make_mirror(
        "create", fields.Selection, list_creates, "Create", source="create_kind", inverse="_inverse_bcc_dropbox"
    )
    bcc_dropbox_create_nothing = fields.Boolean(
        "Create Nothing",
        compute="_compute_bcc_dropbox_create_nothing",
        inverse="_inverse_bcc_dropbox_create_nothing",
        help="For lookup patterns that create only one kind of record.",
    )
    bcc_dropbox_redirects = _make_option("redirects", fields.Boolean, "My mailbox sends me copies of what I receive")
    bcc_dropbox_redirects_bulk = _make_option(
        "redirects_bulk", fields.Boolean, "Also log automatic emails, mailing lists and newsletters"
    )
    bcc_dropbox_redirects_unknown = _make_option(
        "redirects_unknown", fields.Boolean, "Create records for unknown senders"
    )
    bcc_dropbox_several = _make_option("several", fields.Selection, SEVERAL, "Several Matches")
    bcc_dropbox_opportunity = _make_option("opportunity", fields.Selection, OPPORTUNITIES, "Open Opportunities")
    bcc_dropbox_propose = _make_option("propose", fields.Boolean, "Ask before creating records")
    bcc_dropbox_notice = _make_option("notice", fields.Selection, NOTICES, "Notices")
    bcc_dropbox_notice_by = _make_option("notice_by", fields.Selection, WAYS, "Notices By")
    bcc_dropbox_notice_to = _make_mirror("notice_to", fields.Char)
    bcc_dropbox_rules = fields.Html(
        "Rules to Confirm", compute="_compute_bcc_dropbox_rules", exportable=False,
        sanitize=False,  # made by our own template
    )  # fmt: skip
    bcc_dropbox_sender_ids = fields.One2many(
        "crm.bcc.dropbox.sender", "user_id", "Sender Addresses", groups=USER_GROUP, copy=False
    )
    bcc_dropbox_exclusion_ids = fields.One2many(
        "crm.bcc.dropbox.exclusion", "user_id", "Never Log", groups=USER_GROUP, copy=False
    )
    bcc_dropbox_sender_usage = fields.Char(compute="_compute_bcc_dropbox_sender_usage")
    bcc_dropbox_sender_full = fields.Boolean(compute="_compute_bcc_dropbox_sender_usage")
    bcc_dropbox_unconfirmed = fields.Boolean(compute="_compute_bcc_dropbox")

    # each email searches its recipients here, regardless of case
    _bcc_dropbox_login_idx = models.Index("(lower(login))")

    @property
    def SELF_READABLE_FIELDS(self):
        return super().SELF_READABLE_FIELDS + PREFERENCES + SHOWN

    @property
    def SELF_WRITEABLE_FIELDS(self):
        return super().SELF_WRITEABLE_FIELDS + PREFERENCES

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    # users see their own dropbox, managers all
    @api.depends_context("uid")
    @api.depends(
        "bcc_dropbox_ids.address", "bcc_dropbox_ids.sender_ids.verified", "bcc_dropbox_ids.token_ids.replaced_date"
    )
    def _compute_bcc_dropbox(self):
        mailbox = self.env["fetchmail.server"]._get_bcc_dropbox_mailbox()
        for user in self:
            dropbox = user._get_visible_bcc_dropbox()
            user.bcc_dropbox_mailbox = bool(dropbox) and mailbox
            user.bcc_dropbox_unconfirmed = bool(dropbox) and not any(dropbox.sender_ids.mapped("verified"))
            user.bcc_dropbox_qrcode = False
            if dropbox.address and user._origin == self.env.user:  # the route returns the image of the current user
                # the number changes with the address, so that browsers load a new image
                number = dropbox.token_ids.filtered(lambda token: not token.replaced_date).id
                user.bcc_dropbox_qrcode = f"/bcc_dropbox/qrcode?number={number}"

    @api.depends_context("uid", "lang")
    @api.depends("bcc_dropbox_sender_ids")
    def _compute_bcc_dropbox_sender_usage(self):
        for user in self:
            user.bcc_dropbox_sender_usage = user.bcc_dropbox_sender_full = False
            if dropbox := user._get_visible_bcc_dropbox():
                # of the form: unsaved ones count
                used, limit = len(user.bcc_dropbox_sender_ids), dropbox._get_parameter("max_senders")
                user.bcc_dropbox_sender_full = used >= limit
                user.bcc_dropbox_sender_usage = self.env._("%(used)s of %(limit)s used", used=used, limit=limit)

    @api.depends_context("uid")
    @api.depends("bcc_dropbox_create")
    def _compute_bcc_dropbox_create_nothing(self):
        for user in self:
            user.bcc_dropbox_create_nothing = user.bcc_dropbox_create == "none"

    @api.depends_context("uid")
    def _compute_bcc_dropbox_missing(self):
        self.bcc_dropbox_missing = False
        for user in self & self.env.user:  # the hint is about what the current user can do
            user.bcc_dropbox_missing = self.env["crm.bcc.dropbox.health"]._render_missing()

    @api.depends_context("uid", "lang")
    @api.depends("bcc_dropbox_ids.rule_confirmations")
    def _compute_bcc_dropbox_rules(self):
        self.bcc_dropbox_rules = False
        # only the owner may see the codes: no managers
        for user in self.filtered(lambda user: user._origin == self.env.user):
            if found := list_confirmations(user._get_visible_bcc_dropbox()):
                values = {"confirmations": found}
                user.bcc_dropbox_rules = self.env["ir.qweb"]._render("crm_bcc_dropbox.rule_confirmations", values)

    def _inverse_bcc_dropbox(self):
        for user in self:
            # both at once: one may be allowed only with the other
            values = {"lookup": user.bcc_dropbox_lookup, "create_kind": user.bcc_dropbox_create}
            user._get_own_bcc_dropbox().write(values)

    @api.onchange("bcc_dropbox_create_nothing")
    def _inverse_bcc_dropbox_create_nothing(self):
        for user in self:
            if user.bcc_dropbox_create_nothing != (user.bcc_dropbox_create == "none"):
                user.bcc_dropbox_create = "none" if user.bcc_dropbox_create_nothing else "lead"

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Create the dropboxes of permitted users."""
        users = super().create(vals_list)
        self.env["crm.bcc.dropbox"]._ensure_dropboxes(users)
        return users

    def write(self, vals):
        """Create the dropboxes of users who become permitted."""
        result = super().write(vals)
        if not vals.keys().isdisjoint(("group_ids", "active")):
            self.env["crm.bcc.dropbox"]._ensure_dropboxes(self)
        return result

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_bcc_dropbox_regenerate(self, grace_days=0):
        """Replace the BCC address.

        :param int grace_days: days that the old address continues to work, 0 to 14
        """
        for user in self:
            user._get_own_bcc_dropbox()._regenerate(grace_days)
        if grace_days:
            text = self.env._("You have a new BCC address. The old one works for %(days)s more days.", days=grace_days)
        else:
            text = self.env._("You have a new BCC address. The old one no longer works.")
        return self.env["crm.bcc.dropbox"]._reload_with(text)

    def action_bcc_dropbox_stop_former(self):
        """Stop the old addresses that still work."""
        for user in self:
            user._get_own_bcc_dropbox()._stop_former()
        return self.env["crm.bcc.dropbox"]._reload_with(self.env._("The old address no longer works."))

    def action_bcc_dropbox_keep(self):
        """Dismiss the leak alarm: the address stays."""
        for user in self:
            user._get_own_bcc_dropbox()._keep_address()
        return self.env["crm.bcc.dropbox"]._reload_with(self.env._("You keep this address."))

    def action_bcc_dropbox_rules_done(self):
        """Remove the codes and links to confirm rules from the preferences."""
        for user in self:
            user._get_own_bcc_dropbox().rule_confirmations = False
        return self.env["crm.bcc.dropbox"]._reload_with(self.env._("Marked as done."))

    def action_bcc_dropbox_vcard(self):
        """Download the current user's BCC address as a contact card."""
        return {"type": "ir.actions.act_url", "url": "/bcc_dropbox/vcard", "target": "download"}

    def action_bcc_dropbox_refused(self):
        """Open the emails that were rejected in the last 7 days."""
        self.ensure_one()
        action_xmlid = "crm_bcc_dropbox.crm_bcc_dropbox_email_action_refused"
        action = self.env["ir.actions.act_window"]._for_xml_id(action_xmlid)
        since = fields.Datetime.now() - timedelta(days=7)
        domain = [("user_id", "=", self.id), ("state", "=", REFUSED), ("create_date", ">=", since)]
        return {**action, "domain": domain, "context": {"active_test": False}}

    def action_bcc_dropbox_test(self):
        """Send a test email to the own BCC address. A bus notification announces its return."""
        self._check_bcc_dropbox_tester()
        send_test(self._get_own_bcc_dropbox())
        return True

    def action_bcc_dropbox_test_result(self):
        """Return the result of the last test, in case the bus notification did not arrive."""
        self._check_bcc_dropbox_tester()
        return self._get_own_bcc_dropbox().test_result or False

    def _check_bcc_dropbox_tester(self):
        self.ensure_one()
        if self != self.env.user:
            raise AccessError(self.env._("You can test only your own BCC address."))

    # ------------------------------------------------------------
    # DROPBOX
    # ------------------------------------------------------------

    def _init_store_data(self, store):
        """Let pages know on which records emails are logged, and what the bus sent before: that is not new."""
        if self.env.user._is_internal():
            store.add_global_values(bcc_dropbox_models=live.get_models(self.env))
        if self.env.user.has_group(USER_GROUP):
            last_id = self.env["bus.bus"].sudo()._bus_last_id()  # sudo: the number is no secret
            store.add_global_values(bcc_dropbox_bus_id=last_id)
        return super()._init_store_data(store)

    def _is_bcc_dropbox_email_proved_by(self, actor):
        """Return whether the email of this user needs no confirmation if `actor` sets it.

        Users can set any email in their preferences, and some can set those of colleagues. Trusted are users who
        manage users, for themselves only if they manage BCC addresses.
        """
        self.ensure_one()
        if actor == self:
            return is_manager(actor)
        return self.browse().with_user(actor).has_access("write")

    def _get_visible_bcc_dropbox(self):
        """Return the dropbox of this user if they are permitted and the current user may see it."""
        self.ensure_one()
        user = self._origin  # a form that is being edited is a new record
        if user == self.env.user or is_manager(self.env.user):
            # sudo: no group may read the field, because it leads to the dropboxes of others
            return user.sudo().bcc_dropbox_ids.filtered("is_allowed")
        return self.env["crm.bcc.dropbox"]

    def _get_own_bcc_dropbox(self):
        """Return the dropbox of this user, as the system, to be changed.

        :raises AccessError: the current user is neither its owner nor a manager
        :raises UserError: the user has no permission to use one
        """
        self.ensure_one()
        if self != self.env.user and not is_manager(self.env.user):
            raise AccessError(self.env._("You can change only your own BCC address."))
        dropbox = self.sudo().bcc_dropbox_ids or self.env["crm.bcc.dropbox"]._ensure_dropboxes(self).sudo()
        if not dropbox.is_allowed:
            raise UserError(self.env._("%(user)s doesn't have permission to use BCC Dropbox.", user=self.sudo().name))
        return dropbox
