from datetime import timedelta
from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.mail import email_normalize

from ..models.crm_bcc_dropbox import MANAGER_GROUP, OPPORTUNITIES, SEVERAL, USER_GROUP
from ..tools.address import TOKEN_LENGTH, can_be_in_dropbox, clean, format_dropbox, is_dropbox
from ..tools.authentication import parse_hosts
from ..tools.notice_choice import NOTICES, WAYS
from ..tools.parameters import CHOICES, PARAMETERS, get_choice
from ..tools.signature import is_installed

RIGHTS_GROUP = "base.group_erp_manager"
SETTINGS_GROUP = "base.group_system"

PROFILES = ["group_bcc_dropbox_internal", "group_bcc_dropbox_own", "group_bcc_dropbox_all"]
"""Profiles in a chain: each of them implies those before it."""

LIMITS = {
    "max_attachment_mb": ("Attachments per email (MB)", "In total. The largest attachments are left out."),
    "max_senders": ("Sender addresses per user", "Only emails sent from these addresses are logged."),
    "max_recipients": ("Recipients per email", "Further recipients are skipped."),
    "max_new_records": ("Leads and contacts created per email", "Above this, all new people wait for confirmation."),
    "max_mails_per_day": ("Emails logged per user and day", "Further emails wait until the next day."),
    "max_records_per_day": ("Records created per user and day", "Further emails wait until the next day."),
    "max_refused_per_day": ("Rejected emails kept per user and day", "Further rejected emails are only counted."),
    "keep_original_days": ("Keep originals of logged emails (days)", "Originals can be viewed and reloaded."),
    "retention_days": ("Keep originals of other emails (days)", "Without its original, an email can't be retried."),
}
"""Label and help per system parameter that is a number."""

NUMBERS = [*(f"bcc_dropbox_{key}" for key in LIMITS), "bcc_dropbox_fetch_minutes"]


def define_profile(label, profile, group):
    return fields.Boolean(label, group=profile, implied_group=group, groups=RIGHTS_GROUP)


def define_limit(key):
    label, help_text = LIMITS[key]
    return fields.Integer(label, default=PARAMETERS[key], groups=SETTINGS_GROUP, help=help_text)


class ResConfigSettings(models.TransientModel):
    """Settings of BCC Dropbox.

    The system parameters are read and written here, not by `config_parameter`, so that invalid values are shown as the
    value in use, and defaults are not stored.
    """

    _inherit = "res.config.settings"

    # Who may use it
    group_bcc_dropbox_system = define_profile("Administrators", "base.group_system", MANAGER_GROUP)
    group_bcc_dropbox_internal = define_profile("All internal users", "base.group_user", USER_GROUP)
    group_bcc_dropbox_own = define_profile("Sales: own documents", "sales_team.group_sale_salesman", USER_GROUP)
    group_bcc_dropbox_all = define_profile(
        "Sales: all documents", "sales_team.group_sale_salesman_all_leads", USER_GROUP
    )
    # Address
    bcc_dropbox_receive = fields.Selection(
        [("domain", "A domain delivered to Odoo"), ("mailbox", "One mailbox with plus addressing")],
        string="Receive Emails On", default="domain", groups=SETTINGS_GROUP,
    )  # fmt: skip
    bcc_dropbox_mailbox = fields.Char("Mailbox", groups=SETTINGS_GROUP)
    bcc_dropbox_example = fields.Char("Example", compute="_compute_bcc_dropbox_example", groups=SETTINGS_GROUP)
    # Senders
    bcc_dropbox_authentication = fields.Selection(
        [("off", "Don't check"), ("reject", "Reject forged emails"), ("require", "Accept verified emails only")],
        string="Sender Verification", default=PARAMETERS["authentication"], groups=SETTINGS_GROUP,
    )  # fmt: skip
    bcc_dropbox_authentication_host = fields.Char("Trusted Server", groups=SETTINGS_GROUP)
    # Limits
    bcc_dropbox_max_attachment_mb = define_limit("max_attachment_mb")
    bcc_dropbox_max_senders = define_limit("max_senders")
    bcc_dropbox_max_recipients = define_limit("max_recipients")
    bcc_dropbox_max_new_records = define_limit("max_new_records")
    bcc_dropbox_max_mails_per_day = define_limit("max_mails_per_day")
    bcc_dropbox_max_records_per_day = define_limit("max_records_per_day")
    bcc_dropbox_max_refused_per_day = define_limit("max_refused_per_day")
    bcc_dropbox_keep_original_days = define_limit("keep_original_days")
    bcc_dropbox_retention_days = define_limit("retention_days")
    bcc_dropbox_fetch_minutes = fields.Integer("Fetch emails every (minutes)", default=1, groups=SETTINGS_GROUP)
    # Defaults for new users
    bcc_dropbox_several = fields.Selection(
        SEVERAL, "If several match, log on", default=PARAMETERS["several"], groups=SETTINGS_GROUP
    )
    bcc_dropbox_opportunity = fields.Selection(
        OPPORTUNITIES, "Also log on open opportunities", default=PARAMETERS["opportunity"], groups=SETTINGS_GROUP
    )
    bcc_dropbox_propose = fields.Boolean("Ask before creating records", groups=SETTINGS_GROUP)
    bcc_dropbox_notice = fields.Selection(NOTICES, "Notify of", default=PARAMETERS["notice"], groups=SETTINGS_GROUP)
    bcc_dropbox_notice_by = fields.Selection(WAYS, "Notify by", default=PARAMETERS["notice_by"], groups=SETTINGS_GROUP)
    # Health
    bcc_dropbox_health = fields.Html(
        "Status",
        compute="_compute_bcc_dropbox_health", groups=SETTINGS_GROUP,
        sanitize=False,  # made by our own template
    )  # fmt: skip

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.depends("bcc_dropbox_receive", "bcc_dropbox_mailbox", "alias_domain_id.name")
    def _compute_bcc_dropbox_example(self):
        for settings in self:
            mailbox = settings.bcc_dropbox_receive == "mailbox" and email_normalize(settings.bcc_dropbox_mailbox)
            domain = settings.bcc_dropbox_receive == "domain" and settings.alias_domain_id.name
            settings.bcc_dropbox_example = format_dropbox("x" * TOKEN_LENGTH, mailbox or "", domain or "")

    def _compute_bcc_dropbox_health(self):
        self.bcc_dropbox_health = self.env["crm.bcc.dropbox.health"]._render_checks()

    @api.onchange(*PROFILES)
    def _onchange_bcc_dropbox_profiles(self):
        """Tick the profiles that imply a ticked one."""
        for smaller, larger in pairwise(PROFILES):
            if self[smaller]:
                self[larger] = True

    # ------------------------------------------------------------
    # CONSTRAINTS
    # ------------------------------------------------------------

    @api.constrains("bcc_dropbox_receive", "bcc_dropbox_mailbox")
    def _check_bcc_dropbox_mailbox(self):
        for settings in self.filtered(lambda settings: settings.bcc_dropbox_receive == "mailbox"):
            mailbox = settings.bcc_dropbox_mailbox or ""
            if is_dropbox(mailbox):
                raise ValidationError(
                    self.env._("Enter the mailbox itself, without “+bcc-…”. Odoo adds this part for each user.")
                )
            email = email_normalize(mailbox)
            if not email:
                raise ValidationError(
                    self.env._(
                        "“%(mailbox)s” is not a single email address. Enter the mailbox, for example crm@acme.example.",
                        mailbox=clean(mailbox),
                    )
                )
            # one that was stored before this rule must not block the other settings
            if email != self.env["crm.bcc.dropbox"]._get_mailbox() and not can_be_in_dropbox(email):
                raise ValidationError(
                    self.env._(
                        "“%(mailbox)s” has characters that can't be in BCC addresses. Enter a mailbox with the letters"
                        " a to z, digits, dots and hyphens only; before the @, _ + = & ~ ' are also possible.",
                        mailbox=clean(mailbox),
                    )
                )

    @api.constrains("bcc_dropbox_authentication", "bcc_dropbox_authentication_host")
    def _check_bcc_dropbox_authentication(self):
        for settings in self:
            try:
                hosts = parse_hosts(settings.bcc_dropbox_authentication_host or "")
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "“%(host)s” is not the name of a mail server. Enter a name such as mx.acme.example.",
                        host=clean(str(error)),
                    )
                ) from None
            if not hosts and (mailbox := self.env["fetchmail.server"]._get_bcc_dropbox_mailbox()):
                raise ValidationError(
                    self.env._(
                        "The mailbox for BCC copies %(mailbox)s needs a trusted server. Enter one, or first turn off"
                        " “Mailbox for BCC Copies” on the incoming mail server.",
                        mailbox=mailbox,
                    )
                )
            if settings.bcc_dropbox_authentication == "require" and not hosts and not is_installed():
                raise ValidationError(
                    self.env._(
                        "All emails would be rejected: enter a trusted server, or install the Python packages dkimpy"
                        " and dnspython, so that Odoo can check signatures."
                    )
                )

    @api.constrains(*NUMBERS)
    def _check_bcc_dropbox_numbers(self):
        for settings in self:
            for name in NUMBERS:
                if settings[name] < 1:
                    title = self.fields_get([name], ["string"])[name]["string"]
                    raise ValidationError(
                        self.env._("BCC Dropbox: “%(setting)s” must be greater than zero.", setting=title)
                    )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_bcc_dropbox_apply_choices(self):
        """Give all users the saved defaults for new users, whatever they chose."""
        Dropbox = self.env["crm.bcc.dropbox"]
        Dropbox._check_manager()
        values = {name: get_choice(Dropbox, name) for name in CHOICES}
        # sudo: no group may write dropboxes
        Dropbox = Dropbox.sudo().with_context(active_test=False)
        others = Dropbox.search(Domain.OR(Domain(name, "!=", value) for name, value in values.items()))
        others.write(values)
        return Dropbox._reload_with(self.env._("Changed for %(count)s users.", count=len(others)))

    # ------------------------------------------------------------
    # VALUES
    # ------------------------------------------------------------

    @api.model
    def _get_classified_fields(self, fnames=None):
        """Leave out our settings for users without access to them: Odoo gives anyone the default values of all."""
        names = self._fields if fnames is None else fnames
        return super()._get_classified_fields([name for name in names if self._is_bcc_dropbox_setting_open(name)])

    @api.model
    def _is_bcc_dropbox_setting_open(self, name):
        return "bcc_dropbox" not in name or self._has_field_access(self._fields[name], "read")

    @api.model
    def get_values(self):
        """Add the values in use."""
        values = super().get_values()
        if self._is_bcc_dropbox_setting_open("bcc_dropbox_receive"):
            Dropbox = self.env["crm.bcc.dropbox"]
            mailbox = Dropbox._get_mailbox()
            interval = self.env["crm.bcc.dropbox.health"]._get_fetch_interval()
            values |= {f"bcc_dropbox_{key}": Dropbox._get_parameter(key) for key in [*LIMITS, "authentication_host"]}
            values |= {f"bcc_dropbox_{name}": get_choice(Dropbox, name) for name in CHOICES}
            values |= {
                "bcc_dropbox_authentication": Dropbox._get_authentication_mode(),
                "bcc_dropbox_receive": "mailbox" if mailbox else "domain",
                "bcc_dropbox_mailbox": mailbox,
                "bcc_dropbox_fetch_minutes": interval // timedelta(minutes=1),
            }
        return values

    def set_values(self):
        """Store our settings."""
        result = super().set_values()
        if self._is_bcc_dropbox_setting_open("bcc_dropbox_receive"):
            in_use = self.get_values()
            self._set_bcc_dropbox_parameters(in_use)
            self._set_bcc_dropbox_interval(in_use)
        if self._is_bcc_dropbox_setting_open(PROFILES[0]):
            self._set_bcc_dropbox_profiles()
        return result

    def _set_bcc_dropbox_parameters(self, in_use):
        """Store the values that were changed."""
        keys = [*LIMITS, *CHOICES, "authentication", "authentication_host"]
        values = {key: self[f"bcc_dropbox_{key}"] or "" for key in keys}
        is_mailbox = self.bcc_dropbox_receive == "mailbox"
        values["mailbox"] = (is_mailbox and email_normalize(self.bcc_dropbox_mailbox)) or ""
        # sudo: users who may change settings need no access to system parameters
        parameters = self.env["ir.config_parameter"].sudo()
        for key, value in values.items():
            if value != (in_use[f"bcc_dropbox_{key}"] or ""):
                parameters.set_param(f"crm_bcc_dropbox.{key}", value or False)

    def _set_bcc_dropbox_interval(self, in_use):
        minutes = self.bcc_dropbox_fetch_minutes
        if minutes != in_use["bcc_dropbox_fetch_minutes"]:  # a running job can't be written
            self.env["crm.bcc.dropbox.health"]._get_fetch_cron().write(
                {"interval_number": minutes, "interval_type": "minutes", "nextcall": fields.Datetime.now()}
            )

    def _set_bcc_dropbox_profiles(self):
        """Link again what Odoo unlinked: it withdraws the permission from all profiles that a withdrawn one implies."""
        for name, groups, permission in self._get_classified_fields(PROFILES)["group"]:
            if self[name]:
                groups.sudo()._apply_group(permission)  # sudo: as Odoo does; the current user may manage rights
