from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import clean_context, format_date, format_datetime, ormcache
from odoo.tools.mail import email_normalize

from ..tools.address import format_dropbox
from ..tools.authentication import parse_hosts
from ..tools.direction import isolate
from ..tools.kinds import describe_kind, list_creates, list_lookups
from ..tools.notice_choice import NOTICES, WAYS, find_recipient
from ..tools.notices import describe_leak
from ..tools.parameters import PARAMETERS, get_choice
from ..tools.states import CAPTURED, REFUSED

MAX_CONFIRMATIONS = 10
"""Confirmation emails per dropbox and day, so that nobody is spammed."""

USER_GROUP = "crm_bcc_dropbox.group_bcc_dropbox_user"
MANAGER_GROUP = "crm_bcc_dropbox.group_bcc_dropbox_manager"

SEVERAL = [
    ("best", "The best one"),
    ("all", "All of them"),
    ("oldest", "The oldest one"),
    ("active", "The most recently active one"),
]
OPPORTUNITIES = [("none", "None"), ("only", "The only open one"), ("latest", "The latest 5 open ones")]
AUTHENTICATION_MODES = ("off", "reject", "require")


def is_manager(user):
    """Return whether a user may change what belongs to others. `env.su` does not count: Odoo reads and writes
    preferences as superuser, with any commands of the client.
    """
    return user.id == SUPERUSER_ID or user.has_group(MANAGER_GROUP)


class CrmBccDropbox(models.Model):
    """A user's secret BCC address, and how the emails sent to it are logged.

    Created as soon as a user is permitted, and kept when the permission is withdrawn, so that the same address works
    again when it is given back. It is deleted with its user.
    """

    _name = "crm.bcc.dropbox"
    _description = "BCC Dropbox"
    _rec_name = "user_id"

    # Owner
    user_id = fields.Many2one("res.users", required=True, readonly=True, index=True, ondelete="cascade")
    active = fields.Boolean(default=True, readonly=True, help="An archived BCC address rejects all emails.")
    is_allowed = fields.Boolean("Permitted", compute="_compute_is_allowed")
    can_choose = fields.Boolean(
        "Can Choose the Lookup Pattern", compute="_compute_can_choose", help="The owner can access leads and contacts."
    )
    # Address
    token_ids = fields.One2many("crm.bcc.dropbox.token", "dropbox_id", groups=fields.NO_ACCESS)
    address = fields.Char(
        "BCC Address", compute="_compute_address", exportable=False,
        help="Empty without the permission or a domain to receive on.",
    )  # fmt: skip
    former = fields.Char("Old Address", compute="_compute_former", help="Empty unless an old address still works.")
    # Settings
    lookup = fields.Selection(list_lookups, string="Lookup Pattern", required=True, default="contact_lead")
    create_kind = fields.Selection(list_creates, string="Create", required=True, default="lead")
    several = fields.Selection(
        SEVERAL, "Several Matches", required=True, default=lambda self: get_choice(self, "several"),
        help="The records to log an email on if several have the address of the customer.",
    )  # fmt: skip
    opportunity = fields.Selection(
        OPPORTUNITIES, "Open Opportunities", required=True, default=lambda self: get_choice(self, "opportunity"),
        help="The opportunities of a contact or their company that an email is logged on as well.",
    )  # fmt: skip
    propose = fields.Boolean(
        "Ask Before Creating", default=lambda self: get_choice(self, "propose"), help="New people stay proposals."
    )
    has_proposals = fields.Boolean(readonly=True, groups=fields.NO_ACCESS, copy=False, help="Now or in the past.")
    sender_ids = fields.One2many("crm.bcc.dropbox.sender", "dropbox_id", string="Sender Addresses")
    redirects = fields.Boolean(
        "Redirects Received Emails", help="A rule of the owner's mailbox redirects received emails to the BCC address."
    )
    redirects_bulk = fields.Boolean("Including Automatic Emails")
    redirects_unknown = fields.Boolean("Including Unknown Senders")
    confirmation_date = fields.Date(readonly=True, groups=fields.NO_ACCESS)
    confirmation_count = fields.Integer(
        readonly=True, groups=fields.NO_ACCESS, help="Confirmation emails sent on that day."
    )
    # Activity
    email_ids = fields.One2many(
        "crm.bcc.dropbox.email", "dropbox_id", "Captured Emails", readonly=True, context={"active_test": False}
    )
    last_date = fields.Datetime("Last Logged", compute="_compute_activity")
    email_count = fields.Integer("Emails", compute="_compute_activity", help="All captured emails.")
    week_count = fields.Integer("Logged This Week", compute="_compute_activity", help="In the last 7 days.")
    refused_count = fields.Integer("Rejected This Week", compute="_compute_activity", help="In the last 7 days.")
    flood_date = fields.Date(readonly=True)
    flood_count = fields.Integer(readonly=True, help="Rejected emails of that day that were counted, but not kept.")
    flood = fields.Char("Rejected and Not Kept", compute="_compute_flood")
    skipped_count = fields.Integer(readonly=True, help="Automatic and bulk emails of that day, which are not kept.")
    skipped = fields.Char(compute="_compute_flood")
    told_date = fields.Datetime(readonly=True, groups=fields.NO_ACCESS, copy=False, help="When the owner was told.")
    # Alarm
    leak_reason = fields.Selection(
        [("exposed", "Exposed"), ("strangers", "Unknown Senders")], "Exposed Address", readonly=True
    )
    leak_date = fields.Datetime("Exposed Since", readonly=True)
    leak = fields.Char("Why the Address May Be Exposed", compute="_compute_leak")
    leak_kept_date = fields.Datetime("Address Kept On", readonly=True, help="When the owner dismissed the alarm.")
    # Test
    test_nonce = fields.Char(readonly=True, groups=fields.NO_ACCESS, copy=False)
    test_date = fields.Datetime(readonly=True, groups=fields.NO_ACCESS, copy=False)
    test_result = fields.Json(readonly=True, groups=fields.NO_ACCESS, copy=False)
    # Notices
    notice = fields.Selection(NOTICES, "Notices", required=True, default=lambda self: get_choice(self, "notice"))
    notice_by = fields.Selection(WAYS, "Notices By", required=True, default=lambda self: get_choice(self, "notice_by"))
    notice_to = fields.Char("Notices To", compute="_compute_notice_to", help="Empty without a confirmed address.")
    noticed_until = fields.Datetime(
        readonly=True, groups=fields.NO_ACCESS, copy=False, help="The owner was told of emails until then."
    )
    notice_keys = fields.Json(readonly=True, groups=fields.NO_ACCESS, copy=False)  # see tools/notice_link.py
    # Codes and links that confirm rules, closed even to managers: see tools/rule_confirmation.py
    rule_confirmations = fields.Json(readonly=True, groups=fields.NO_ACCESS, copy=False)

    _user_unique = models.Constraint("UNIQUE(user_id)", "This user already has a BCC address.")

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends("active", "user_id.active", "user_id.all_group_ids", "user_id.share")
    def _compute_is_allowed(self):
        for dropbox in self:
            owner = dropbox.user_id.sudo()  # managers see the groups and the state of colleagues
            # an internal user who became a portal user may keep the group
            is_colleague = owner.active and not owner.share and owner.id != SUPERUSER_ID
            dropbox.is_allowed = dropbox.active and is_colleague and owner.has_group(USER_GROUP)

    @api.depends("user_id.all_group_ids")
    def _compute_can_choose(self):
        for dropbox in self:
            env = dropbox._get_owner_env()
            dropbox.can_choose = env["crm.lead"].has_access("read") and env["res.partner"].has_access("read")

    # not stored: the address disappears at once when the permission is withdrawn
    @api.depends_context("uid")
    @api.depends("is_allowed", "token_ids.replaced_date", "user_id.company_id.alias_domain_id.name")
    def _compute_address(self):
        mailbox = self._get_mailbox()
        readable = self._filtered_access("read")
        (self - readable).address = False
        for dropbox in readable:
            dropbox_sudo = dropbox.sudo()  # no group may read tokens; readers of a dropbox may read its present one
            token = dropbox_sudo.token_ids.filtered(lambda token: not token.replaced_date).token
            domain = dropbox_sudo.user_id.company_id.alias_domain_id.name
            has_address = dropbox.is_allowed and token
            dropbox.address = (has_address and format_dropbox(token, mailbox, domain or "")) or False

    @api.depends_context("uid", "lang", "tz")
    @api.depends("token_ids.replaced_date")
    def _compute_former(self):
        self.former = False
        for dropbox in self._filtered_access("read"):
            if tokens := dropbox._get_former_tokens():
                until = max(tokens.mapped("replaced_date"))
                dropbox.former = self.env._(
                    "The old address works until %(date)s, for everyone who knows it.",
                    date=isolate(format_datetime(self.env, until, dt_format="short")),
                )

    @api.depends_context("uid")
    def _compute_activity(self):
        readable = self._filtered_access("read")
        hidden = self - readable
        hidden.last_date = hidden.email_count = hidden.week_count = hidden.refused_count = False
        if not readable:
            return
        Email = self.env["crm.bcc.dropbox.email"].with_context(active_test=False)
        domain = Domain("dropbox_id", "in", readable.ids)
        week = domain & Domain("create_date", ">=", fields.Datetime.now() - timedelta(days=7))
        totals = Email._read_group(domain, ["dropbox_id", "state"], ["__count", "create_date:max"])
        weekly = Email._read_group(week, ["dropbox_id", "state"], ["__count"])
        in_week = {(dropbox, state): count for dropbox, state, count in weekly}
        for dropbox in readable:
            own = [total for total in totals if total[0] == dropbox]
            dropbox.email_count = sum(count for _dropbox, _state, count, _last in own)
            dropbox.last_date = next((last for _dropbox, state, _count, last in own if state == CAPTURED), False)
            dropbox.week_count = in_week.get((dropbox, CAPTURED), 0)
            dropbox.refused_count = in_week.get((dropbox, REFUSED), 0)

    @api.depends_context("uid", "lang")
    @api.depends("flood_count", "flood_date", "skipped_count")
    def _compute_flood(self):
        self.flood = self.skipped = False
        for dropbox in self._filtered_access("read").filtered("flood_date"):
            date = isolate(format_date(self.env, dropbox.flood_date))
            if count := dropbox.flood_count:
                dropbox.flood = self.env._("%(count)s more on %(date)s, too many to keep", count=count, date=date)
            if count := dropbox.skipped_count:
                dropbox.skipped = self.env._("%(count)s automatic or bulk emails on %(date)s", count=count, date=date)

    @api.depends_context("uid", "lang", "tz")
    @api.depends("leak_date", "leak_reason")
    def _compute_leak(self):
        self.leak = False
        for dropbox in self._filtered_access("read").filtered("leak_reason"):
            dropbox.leak = describe_leak(self.env, dropbox.leak_reason, dropbox.leak_date)

    @api.depends_context("uid")
    @api.depends("user_id.email", "sender_ids.verified")
    def _compute_notice_to(self):
        self.notice_to = False
        for dropbox in self._filtered_access("read"):
            dropbox.notice_to = find_recipient(dropbox)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Give each dropbox its token, and the email of its owner as the first sender address."""
        dropboxes = super().create(vals_list)
        self.env["crm.bcc.dropbox.token"].sudo().create([{"dropbox_id": dropbox.id} for dropbox in dropboxes])
        dropboxes._ensure_own_email()
        return dropboxes

    def write(self, vals):
        """Check that the owner may choose the new lookup pattern."""
        choice = {name: vals[name] for name in ("lookup", "create_kind") if name in vals}
        for dropbox in self:
            if any(dropbox[name] != value for name, value in choice.items()):
                dropbox._check_choice(**choice)
        if "redirects" in vals:
            self.env.registry.clear_cache()
        return super().write(vals)

    def _check_choice(self, lookup=None, create_kind=None):
        """Check that the owner has the rights that a lookup pattern needs.

        :raises AccessError: the owner can't access both leads and contacts
        :raises UserError: the owner can't create the records that it creates
        """
        self.ensure_one()
        if not self.can_choose:
            raise AccessError(
                self.env._("Only users with access to both leads and contacts can choose a lookup pattern.")
            )
        model_name = self._get_created_model(lookup or self.lookup, create_kind or self.create_kind)
        if model_name and not self._get_owner_env()[model_name].has_access("create"):
            raise UserError(
                self.env._(
                    "%(user)s may not create records of type “%(model)s”, which this choice requires.",
                    user=self.user_id.name, model=describe_kind(self.env[model_name]),
                )
            )  # fmt: skip

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_archive(self):
        """Reject all emails to these dropboxes, and hide their addresses."""
        self._check_manager()
        super(CrmBccDropbox, self.sudo()).action_archive()  # sudo: no group may write dropboxes
        return True

    def action_unarchive(self):
        """Accept emails to these dropboxes again, at the same addresses as before."""
        self._check_manager()
        super(CrmBccDropbox, self.sudo()).action_unarchive()  # sudo: no group may write dropboxes
        return True

    def action_open_emails(self):
        """Open the captured emails of these dropboxes."""
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_bcc_dropbox.crm_bcc_dropbox_email_action_all")
        return {**action, "domain": [("dropbox_id", "in", self.ids)], "context": {"active_test": False}}

    def _get_managed(self):
        """Return these dropboxes, as the system, to be changed by a manager.

        :raises AccessError: the current user is no manager
        :raises UserError: an owner has no permission to use one
        """
        self._check_manager()
        dropboxes = self.sudo().browse()  # sudo: no group may write dropboxes
        for user in self.user_id:
            dropboxes += user._get_own_bcc_dropbox()
        return dropboxes

    def _check_manager(self):
        if not is_manager(self.env.user):
            raise AccessError(self.env._("Only a BCC Dropbox administrator can do this."))

    @api.model
    def _reload_with(self, message):
        """Return an action that shows a message and reloads the page."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # ------------------------------------------------------------
    # OWNERS
    # ------------------------------------------------------------

    @api.model
    def _ensure_dropboxes(self, users=None):
        """Create the missing dropboxes of permitted users.

        :param users: consider only these users
        """
        # as the system and without default values: users who manage rights need not have access to dropboxes
        self = self.with_user(SUPERUSER_ID).with_context(clean_context(self.env.context))
        group = self.env.ref(USER_GROUP, raise_if_not_found=False)
        if not group:  # while the addon is being installed
            return self.browse()
        domain = Domain("all_group_ids", "in", group.id) & Domain("share", "=", False)
        domain &= Domain("active", "=", True) & Domain("id", "!=", SUPERUSER_ID)
        if users is not None:
            domain &= Domain("id", "in", users.ids)
        permitted = self.env["res.users"].search(domain)
        missing = permitted - self.with_context(active_test=False).search([("user_id", "in", permitted.ids)]).user_id
        return self.create([{"user_id": user.id} for user in missing])

    def _ensure_own_email(self, former=None, actor=None):
        """Keep the email of the owner among the sender addresses, if it can be one.

        :param dict former: the previous email, normalised, per user id
        :param actor: the user who changes the email; None if it did not change
        """
        for dropbox in self:
            # read on the contact: the related field of the user is not available while the user is created
            email = email_normalize(dropbox.user_id.partner_id.email)
            senders = dropbox.sender_ids
            replaced = senders.filtered_domain(
                [("email_normalized", "=", (former or {}).get(dropbox.user_id.id)), ("email_normalized", "!=", email)]
            )
            # an alias is no sender address, but may be the email of a user
            if not email or self._is_own_address_of_odoo(email):
                replaced.unlink()
            elif own := senders.filtered_domain([("email_normalized", "=", email)]):
                if dropbox._is_own_email_proved(email):
                    own.verified = True
                replaced.unlink()
            else:
                dropbox._set_own_email(replaced, email, actor)

    def _set_own_email(self, replaced, email, actor):
        """Replace the former email of the owner by the new one, which must be confirmed unless it is proved."""
        values = {"email": email, "verified": self._is_own_email_proved(email)}
        if replaced:
            replaced.write(values)
        elif len(self.sender_ids) < self._get_parameter("max_senders"):
            replaced = replaced.create({"dropbox_id": self.id, **values})
        if actor and self.is_allowed:
            # sudo: users who change their email need no access to sender addresses
            replaced.with_user(actor).sudo()._request_confirmation()

    def _is_own_email_proved(self, email):
        """Return whether the email of the owner needs no confirmation: it is the login, or not set by the owner."""
        owner = self.user_id
        return owner.bcc_dropbox_email_proved or email_normalize(owner.login) == email

    @api.model
    def _is_own_address_of_odoo(self, email):
        """Return whether Odoo receives emails on a normalised address: a BCC address, an alias or the mailbox."""
        # sudo: aliases count even if the user may not read them
        return email == self._get_mailbox() or bool(self.env["mail.alias.domain"].sudo()._find_aliases([email]))

    def _count_confirmation(self):
        """Count a confirmation email.

        :raises UserError: the limit of the day is reached
        """
        self.ensure_one()
        dropbox = self.sudo()  # no group may read the count
        today = fields.Date.today()
        count = dropbox.confirmation_count if dropbox.confirmation_date == today else 0
        if count >= MAX_CONFIRMATIONS:
            raise UserError(
                self.env._(
                    "Odoo has already sent %(limit)s confirmation emails today. Try again tomorrow, or ask an"
                    " administrator to confirm the address.",
                    limit=MAX_CONFIRMATIONS,
                )
            )
        dropbox.write({"confirmation_date": today, "confirmation_count": count + 1})

    def _get_owner_env(self):
        """Return an environment with the rights, the companies and the language of the owner."""
        self.ensure_one()
        owner = self.user_id.sudo()
        # `_get_company_ids` and `context_get` are cached by Odoo: no query per email
        company_ids = list(dict.fromkeys([*owner.company_id.ids, *owner._get_company_ids()]))
        lang = self.env(user=owner.id, su=False)["res.users"].context_get()["lang"]
        context = {**self.env.context, "lang": lang, "allowed_company_ids": company_ids}
        return self.env(user=owner.id, su=False, context=context)

    # ------------------------------------------------------------
    # SETTINGS
    # ------------------------------------------------------------

    @api.model
    def _get_parameter(self, key):
        """Return the system parameter ``crm_bcc_dropbox.<key>`` in the type of its default.

        :param str key: one of :data:`PARAMETERS`
        :return: the default if the value is of another type, or a number below one
        """
        default = PARAMETERS[key]
        # sudo: system parameters are closed to users
        value = self.env["ir.config_parameter"].sudo().get_param(f"crm_bcc_dropbox.{key}")
        try:
            value = type(default)(value) if value else default
        except ValueError:
            return default
        return default if isinstance(value, int) and value < 1 else value

    @api.model
    @ormcache()
    def _has_redirects(self):
        """Return whether any owner has or had redirected emails. Cached, because it is asked for every email."""
        self = self.sudo().with_context(active_test=False)  # sudo: of all owners
        emails = self.env["crm.bcc.dropbox.email"].search_count([("redirected", "=", True)], limit=1)
        return bool(emails or self.search_count([("redirects", "=", True)], limit=1))

    @api.model
    def _get_mailbox(self):
        """Return the mailbox whose plus addresses are the BCC addresses, normalised; empty if a domain is used."""
        return email_normalize(self._get_parameter("mailbox")) or ""

    @api.model
    def _get_authentication_mode(self, raw_mail=None):
        """Return what senders must meet: nothing (`off`), no failed check (`reject`) or a passed one (`require`)."""
        if raw_mail and raw_mail.mailbox:
            return "require"  # only the sender identifies the owner
        mode = self._get_parameter("authentication")
        return mode if mode in AUTHENTICATION_MODES else PARAMETERS["authentication"]

    @api.model
    def _get_authentication_hosts(self):
        """Return the names of the trusted servers; none if one of them is invalid."""
        try:
            return parse_hosts(self._get_parameter("authentication_host"))
        except ValueError:
            return ()

    def _get_lookup_models(self):
        """Return the models to search for a recipient, in the order of the lookup pattern."""
        return {
            "contact": ["res.partner"],
            "lead": ["crm.lead"],
            "contact_lead": ["res.partner", "crm.lead"],
        }[self.lookup]

    @api.model
    def _get_created_model(self, lookup, create_kind):
        """Return the model of the record to create for an unknown recipient; None to create none."""
        kind = lookup if lookup != "contact_lead" and create_kind != "none" else create_kind
        return {"contact": "res.partner", "lead": "crm.lead", "none": None}[kind]
