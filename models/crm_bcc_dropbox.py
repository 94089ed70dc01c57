from dataclasses import replace
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import clean_context
from odoo.tools.mail import email_normalize

from ..tools.address import format_dropbox
from ..tools.parameters import PARAMETERS
from ..tools.reasons import Reason

MAX_CONFIRMATIONS = 10
"""Emails with a confirmation link, per dropbox and day, so that nobody is spammed."""

USER_GROUP = "crm_bcc_dropbox.group_bcc_dropbox_user"
MANAGER_GROUP = "crm_bcc_dropbox.group_bcc_dropbox_manager"

LOOKUPS = [
    ("contact", "Contacts only, else create a contact"),
    ("lead", "Leads only, else create a lead"),
    ("contact_lead", "Contacts, then leads, else create a lead or a contact"),
]
CREATES = [("lead", "Lead"), ("contact", "Contact"), ("none", "Nothing")]


class CrmBccDropbox(models.Model):
    """A user's secret address and what they want done with the mails it receives.

    Made by the system as soon as a user has the permission, and kept when it is withdrawn, so that the same
    address works again when it is given back. It goes with its user.
    """

    _name = "crm.bcc.dropbox"
    _inherit = [
        "crm.bcc.dropbox.authentication", "crm.bcc.dropbox.leak", "crm.bcc.dropbox.renewal", "crm.bcc.dropbox.selftest",
    ]  # fmt: skip
    _description = "BCC Dropbox"
    _rec_name = "user_id"

    # Owner
    user_id = fields.Many2one("res.users", required=True, readonly=True, index=True, ondelete="cascade")
    active = fields.Boolean(default=True, readonly=True, help="An archived dropbox refuses all mail.")
    is_allowed = fields.Boolean("Permitted", compute="_compute_is_allowed")
    can_choose = fields.Boolean(
        "May Choose the Lookup Pattern", compute="_compute_can_choose",
        help="The owner has access to leads and to contacts.",
    )  # fmt: skip
    # Address
    token_ids = fields.One2many("crm.bcc.dropbox.token", "dropbox_id", groups=fields.NO_ACCESS)
    address = fields.Char(
        compute="_compute_address", exportable=False, help="Empty without the permission or a domain to receive on."
    )
    # Settings
    lookup = fields.Selection(LOOKUPS, string="Lookup Pattern", required=True, default="contact_lead")
    create_kind = fields.Selection(CREATES, string="Create", required=True, default="lead")
    sender_ids = fields.One2many("crm.bcc.dropbox.sender", "dropbox_id", string="Own Addresses")
    confirmation_date = fields.Date(readonly=True, groups=fields.NO_ACCESS)
    confirmation_count = fields.Integer(readonly=True, groups=fields.NO_ACCESS, help="Mails sent on that day.")
    # Activity
    email_ids = fields.One2many("crm.bcc.dropbox.email", "dropbox_id", "Captured Emails", readonly=True)
    last_date = fields.Datetime("Last Captured", compute="_compute_activity")
    email_count = fields.Integer("Mails", compute="_compute_activity", help="All mails in the log.")
    week_count = fields.Integer("Captured This Week", compute="_compute_activity", help="In the last 7 days.")
    refused_count = fields.Integer("Refused This Week", compute="_compute_activity", help="In the last 7 days.")

    _user_unique = models.Constraint("UNIQUE(user_id)", "This user has a BCC Dropbox already.")

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends("active", "user_id.active", "user_id.all_group_ids", "user_id.share")
    def _compute_is_allowed(self):
        for dropbox in self:
            owner = dropbox.user_id.sudo()  # groups and state of a colleague, shown to managers
            # a user turned into one of the portal may keep the group
            is_colleague = owner.active and not owner.share and owner.id != SUPERUSER_ID
            dropbox.is_allowed = dropbox.active and is_colleague and owner.has_group(USER_GROUP)

    @api.depends("user_id.all_group_ids")
    def _compute_can_choose(self):
        for dropbox in self:
            env = dropbox._get_owner_env()
            dropbox.can_choose = env["crm.lead"].has_access("read") and env["res.partner"].has_access("read")

    # the permission is looked at each time: no address is served after it was withdrawn
    @api.depends_context("uid")
    @api.depends("is_allowed", "token_ids.replaced_date", "user_id.company_id.alias_domain_id.name")
    def _compute_address(self):
        mailbox = self._get_mailbox()
        readable = self._filtered_access("read")
        (self - readable).address = False
        for dropbox in readable:
            dropbox_sudo = dropbox.sudo()  # tokens are closed to everyone; who reads the dropbox may read this one
            token = dropbox_sudo.token_ids.filtered(lambda token: not token.replaced_date).token
            domain = dropbox_sudo.user_id.company_id.alias_domain_id.name
            has_address = dropbox.is_allowed and token
            dropbox.address = (has_address and format_dropbox(token, mailbox, domain or "")) or False

    @api.depends_context("uid")
    def _compute_activity(self):
        readable = self._filtered_access("read")
        hidden = self - readable
        hidden.last_date = hidden.email_count = hidden.week_count = hidden.refused_count = False
        if not readable:
            return
        Email = self.env["crm.bcc.dropbox.email"]
        domain = Domain("dropbox_id", "in", readable.ids)
        week = domain & Domain("create_date", ">=", fields.Datetime.now() - timedelta(days=7))
        totals = Email._read_group(domain, ["dropbox_id", "state"], ["__count", "create_date:max"])
        weekly = Email._read_group(week, ["dropbox_id", "state"], ["__count"])
        in_week = {(dropbox, state): count for dropbox, state, count in weekly}
        for dropbox in readable:
            own = [total for total in totals if total[0] == dropbox]
            dropbox.email_count = sum(count for _dropbox, _state, count, _last in own)
            dropbox.last_date = next((last for _dropbox, state, _count, last in own if state == "captured"), False)
            dropbox.week_count = in_week.get((dropbox, "captured"), 0)
            dropbox.refused_count = in_week.get((dropbox, "refused"), 0)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Give each dropbox its token and the e-mail of its owner as first own address."""
        dropboxes = super().create(vals_list)
        self.env["crm.bcc.dropbox.token"].sudo().create([{"dropbox_id": dropbox.id} for dropbox in dropboxes])
        dropboxes._ensure_own_email()
        return dropboxes

    def write(self, vals):
        """Check that the owner may choose what is being chosen."""
        choice = {name: vals[name] for name in ("lookup", "create_kind") if name in vals}
        for dropbox in self:
            if any(dropbox[name] != value for name, value in choice.items()):
                dropbox._check_choice(**choice)
        return super().write(vals)

    def _check_choice(self, lookup=None, create_kind=None):
        """Refuse a lookup pattern that the owner has no right to.

        :raises AccessError: without access to leads and contacts there is nothing to choose
        :raises UserError: the choice would create what the owner may not create
        """
        self.ensure_one()
        if not self.can_choose:
            raise AccessError(
                self.env._("Only users with access to leads and to contacts can choose a lookup pattern.")
            )
        model_name = self._get_created_model(lookup or self.lookup, create_kind or self.create_kind)
        if model_name and not self._get_owner_env()[model_name].has_access("create"):
            raise UserError(
                self.env._(
                    "%(user)s may not create records of the kind “%(model)s”, which this choice would do.",
                    user=self.user_id.name, model=self.env["ir.model"]._get(model_name).sudo().name,
                )
            )  # fmt: skip

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_archive(self):
        """Have all mail to these dropboxes refused, and show their owners no address."""
        self._check_manager()
        super(CrmBccDropbox, self.sudo()).action_archive()  # sudo: nobody may write dropboxes by themselves
        return True

    def action_unarchive(self):
        """Take mail to these dropboxes again, at the same addresses as before."""
        self._check_manager()
        super(CrmBccDropbox, self.sudo()).action_unarchive()  # sudo: nobody may write dropboxes by themselves
        return True

    def action_open_emails(self):
        """Open the log of these dropboxes."""
        action = self.env["ir.actions.act_window"]._for_xml_id("crm_bcc_dropbox.crm_bcc_dropbox_email_action")
        return {**action, "domain": [("dropbox_id", "in", self.ids)], "context": {}}

    def _check_manager(self):
        """Let only managers go on; it looks at the user, not at `env.su`, like `_get_own_bcc_dropbox`.

        :raises AccessError: the current user does not manage dropboxes
        """
        if self.env.uid != SUPERUSER_ID and not self.env.user.has_group(MANAGER_GROUP):
            raise AccessError(self.env._("Only an administrator of the BCC Dropbox can do this."))

    # ------------------------------------------------------------
    # OWNERS
    # ------------------------------------------------------------

    @api.model
    def _ensure_dropboxes(self, users=None):
        """Make the missing dropboxes of permitted users.

        :param users: look at these users only
        """
        # as the system: who manages rights need not be permitted to touch dropboxes, nor to give default values
        self = self.with_user(SUPERUSER_ID).with_context(clean_context(self.env.context))
        group = self.env.ref(USER_GROUP, raise_if_not_found=False)
        if not group:  # while the addon is being installed
            return self.browse()
        domain = Domain("all_group_ids", "in", group.id) & Domain("share", "=", False)
        domain &= Domain("active", "=", True) & Domain("id", "!=", SUPERUSER_ID)  # whatever `active_test` says
        if users is not None:
            domain &= Domain("id", "in", users.ids)
        permitted = self.env["res.users"].search(domain)
        missing = permitted - self.with_context(active_test=False).search([("user_id", "in", permitted.ids)]).user_id
        return self.create([{"user_id": user.id} for user in missing])

    def _ensure_own_email(self, former=None, actor=None):
        """Keep the e-mail of the owner among their own addresses, if it can be one.

        :param dict former: the e-mail that was theirs before, normalised, per user id
        :param actor: the user who changes it; nobody when it has been theirs all along
        """
        for dropbox in self:
            # of the contact: the same field of a user is not to be read while the user is being created
            email = email_normalize(dropbox.user_id.partner_id.email)
            senders = dropbox.sender_ids
            replaced = senders.filtered_domain(
                [("email_normalized", "=", (former or {}).get(dropbox.user_id.id)), ("email_normalized", "!=", email)]
            )
            # their e-mail may be an alias; this must not keep anyone from being a user
            if not email or self._is_own_address_of_odoo(email):
                replaced.unlink()
            elif own := senders.filtered_domain([("email_normalized", "=", email)]):
                if dropbox._is_own_email_proved(email):
                    own.verified = True
                replaced.unlink()
            else:
                dropbox._set_own_email(replaced, email, actor)

    def _set_own_email(self, replaced, email, actor):
        """Put the e-mail of the owner in the place of the former one; one that is not proved is to be confirmed."""
        values = {"email": email, "verified": self._is_own_email_proved(email)}
        if replaced:
            replaced.write(values)
        elif len(self.sender_ids) < self._get_parameter("max_senders"):
            replaced = replaced.create({"dropbox_id": self.id, **values})
        if actor and self.is_allowed:
            # sudo: the system does it for them; as their own address, so that they are mailed the link
            replaced.with_user(actor).sudo()._request_confirmation()

    def _is_own_email_proved(self, email):
        """Tell whether nobody needs to confirm that the e-mail of the owner is theirs.

        It is their login, or someone else wrote it: owners write what they like into their preferences.
        """
        owner = self.user_id
        return owner.bcc_dropbox_email_proved or email_normalize(owner.login) == email

    @api.model
    def _is_own_address_of_odoo(self, email):
        """Tell whether Odoo receives mail on a normalised address: a dropbox, an alias, or the mailbox of dropboxes."""
        # sudo: an alias counts whoever may read it
        return email == self._get_mailbox() or bool(self.env["mail.alias.domain"].sudo()._find_aliases([email]))

    def _count_confirmation(self):
        """Count a mail that asks to confirm an own address.

        :raises UserError: there were enough of them today
        """
        self.ensure_one()
        dropbox = self.sudo()  # the count is closed to everyone
        today = fields.Date.today()
        count = dropbox.confirmation_count if dropbox.confirmation_date == today else 0
        if count >= MAX_CONFIRMATIONS:
            raise UserError(
                self.env._(
                    "Odoo has sent %(limit)s mails to confirm your addresses today, which is the most. Try again "
                    "tomorrow, or ask an administrator to confirm the address.",
                    limit=MAX_CONFIRMATIONS,
                )
            )
        dropbox.write({"confirmation_date": today, "confirmation_count": count + 1})

    def _get_owner_env(self):
        """Environment with the rights, the companies and the language of the owner."""
        self.ensure_one()
        owner = self.user_id.sudo()
        # both as Odoo itself keeps them in memory for each request of the owner, in all processes up to date
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
        :return: the default if the value has another type, or is no number above zero
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
    def _get_mailbox(self):
        """The mailbox whose plus addresses are the dropboxes, normalised; empty with a domain for dropboxes."""
        return email_normalize(self._get_parameter("mailbox")) or ""

    def _get_lookup_models(self):
        """Models to look for a recipient in, in the order of the lookup pattern."""
        return {
            "contact": ["res.partner"],
            "lead": ["crm.lead"],
            "contact_lead": ["res.partner", "crm.lead"],
        }[self.lookup]

    @api.model
    def _get_created_model(self, lookup, create_kind):
        """Model of the record made for a recipient who is in none; None to make none."""
        kind = lookup if lookup != "contact_lead" and create_kind != "none" else create_kind
        return {"contact": "res.partner", "lead": "crm.lead", "none": None}[kind]

    # ------------------------------------------------------------
    # GATEWAY
    # ------------------------------------------------------------

    def _get_refusal(self, raw_mail, verdict, token, sender, accepted=False):
        text = self._get_refusal_text(replace(raw_mail.header, verdict=verdict), token, sender, accepted)
        return [Reason("record_error", {"error": text})] if text else []

    def _get_refusal_text(self, mail, token, own, accepted=False):
        """Step 2, *admit*: say why a mail is refused.

        :param ParsedMail mail: its header
        :param token: the `crm.bcc.dropbox.token` that it was sent to
        :param own: the `crm.bcc.dropbox.sender` of the owner that its sender is; empty if it is none
        :param bool accepted: the owner has said that the mail is theirs
        :return: the reason in the language of the owner, empty when the mail is admitted
        """
        self.ensure_one()
        env = self._get_owner_env()
        if not self.active:
            return env._("An administrator has archived your dropbox.")
        if not self.is_allowed:
            return env._("You have no permission to use the BCC Dropbox.")
        return "" if accepted else self._get_mail_refusal(mail, token, own, env)

    def _get_mail_refusal(self, mail, token, own, env):
        """Say why a mail is refused by what it says itself, see :meth:`_get_refusal`."""
        if token._has_stopped():
            return env._("It was sent to an address that you have replaced. Use the new one.")
        if self._is_test(mail):
            return ""  # Odoo sent it, from whatever address its mail server allows
        if mail.automatic:
            return env._("It is an automatic mail, as its header %(header)s says.", header=mail.automatic)
        return self._get_sender_refusal(mail, own, env) or self._get_authentication_refusal(mail, env)
