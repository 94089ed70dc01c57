from datetime import timedelta
from itertools import pairwise

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.mail import email_normalize

from ..tools.address import TOKEN_LENGTH, clean, format_dropbox, is_dropbox
from ..tools.authentication import parse_hosts
from ..tools.signature import is_installed
from .crm_bcc_dropbox import MANAGER_GROUP, USER_GROUP

RIGHTS_GROUP = "base.group_erp_manager"
SETTINGS_GROUP = "base.group_system"

PROFILES = ["group_bcc_dropbox_internal", "group_bcc_dropbox_own", "group_bcc_dropbox_all"]
"""Profiles that imply each other: who has one of them has those before it, too."""

LIMITS = [
    "keep_original_days",
    "max_attachment_mb",
    "max_mails_per_day",
    "max_recipients",
    "max_records_per_day",
    "max_refused_per_day",
    "max_senders",
    "retention_days",
]
NUMBERS = [*(f"bcc_dropbox_{key}" for key in LIMITS), "bcc_dropbox_fetch_minutes"]


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    # Who may use it
    group_bcc_dropbox_system = fields.Boolean(
        "Administrators", group="base.group_system", implied_group=MANAGER_GROUP, groups=RIGHTS_GROUP
    )
    group_bcc_dropbox_internal = fields.Boolean(
        "Every internal user", group="base.group_user", implied_group=USER_GROUP, groups=RIGHTS_GROUP
    )
    group_bcc_dropbox_own = fields.Boolean(
        "Sales: own documents", group="sales_team.group_sale_salesman", implied_group=USER_GROUP, groups=RIGHTS_GROUP
    )
    group_bcc_dropbox_all = fields.Boolean(
        "Sales: all documents",
        group="sales_team.group_sale_salesman_all_leads", implied_group=USER_GROUP, groups=RIGHTS_GROUP,
    )  # fmt: skip
    # Address
    bcc_dropbox_receive = fields.Selection(
        [("domain", "A domain whose mail goes to Odoo"), ("mailbox", "One mailbox with plus addresses")],
        string="Receive Mail On", default="domain", groups=SETTINGS_GROUP,
    )  # fmt: skip
    bcc_dropbox_mailbox = fields.Char("Mailbox", groups=SETTINGS_GROUP)
    bcc_dropbox_example = fields.Char(
        "An address then looks like this", compute="_compute_bcc_dropbox_example", groups=SETTINGS_GROUP
    )
    # Senders
    bcc_dropbox_authentication = fields.Selection(
        [
            ("off", "Do not check"),
            ("reject", "Refuse mail that is found to be forged"),
            ("require", "Take only mail that is proved to be genuine"),
        ],
        string="Check Senders",
        config_parameter="crm_bcc_dropbox.authentication", default="reject", groups=SETTINGS_GROUP,
    )  # fmt: skip
    bcc_dropbox_authentication_host = fields.Char(
        "Trusted server", config_parameter="crm_bcc_dropbox.authentication_host", groups=SETTINGS_GROUP
    )
    # Limits
    bcc_dropbox_max_attachment_mb = fields.Integer(
        "Attachments of a mail in total (MB)",
        config_parameter="crm_bcc_dropbox.max_attachment_mb", default=10, groups=SETTINGS_GROUP,
    )  # fmt: skip
    bcc_dropbox_max_senders = fields.Integer(
        "Own addresses of a user", config_parameter="crm_bcc_dropbox.max_senders", default=5, groups=SETTINGS_GROUP
    )
    bcc_dropbox_max_recipients = fields.Integer(
        "Recipients of a mail", config_parameter="crm_bcc_dropbox.max_recipients", default=50, groups=SETTINGS_GROUP
    )
    bcc_dropbox_max_mails_per_day = fields.Integer(
        "Mails that a dropbox files per day",
        config_parameter="crm_bcc_dropbox.max_mails_per_day", default=1000, groups=SETTINGS_GROUP,
    )  # fmt: skip
    bcc_dropbox_max_records_per_day = fields.Integer(
        "Leads and contacts that a dropbox creates per day",
        config_parameter="crm_bcc_dropbox.max_records_per_day", default=100, groups=SETTINGS_GROUP,
    )  # fmt: skip
    bcc_dropbox_max_refused_per_day = fields.Integer(
        "Refused mails that a dropbox keeps per day",
        config_parameter="crm_bcc_dropbox.max_refused_per_day", default=200, groups=SETTINGS_GROUP,
    )  # fmt: skip
    bcc_dropbox_keep_original_days = fields.Integer(
        "Keep the originals of logged emails for (days)",
        config_parameter="crm_bcc_dropbox.keep_original_days", default=7, groups=SETTINGS_GROUP,
    )  # fmt: skip
    bcc_dropbox_retention_days = fields.Integer(
        "Keep the originals of other emails for (days)",
        config_parameter="crm_bcc_dropbox.retention_days",
        default=30,
        groups=SETTINGS_GROUP,
    )
    bcc_dropbox_fetch_minutes = fields.Integer("Odoo fetches mail every (minutes)", default=1, groups=SETTINGS_GROUP)
    # Health
    bcc_dropbox_health = fields.Html(
        "Is It Working?",
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
        """Check the profiles that include one that is checked."""
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
                    self.env._("Give the mailbox itself, without “+bcc-…”: Odoo adds this for each user.")
                )
            if not email_normalize(mailbox):
                raise ValidationError(
                    self.env._(
                        "“%(mailbox)s” is not one e-mail address. The mailbox of the dropboxes is, for example, "
                        "crm@acme.example.",
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
                        "“%(host)s” is not the name of a mail server, which is, for example, mx.acme.example.",
                        host=clean(str(error)),
                    )
                ) from None
            if settings.bcc_dropbox_authentication == "require" and not hosts and not is_installed():
                raise ValidationError(
                    self.env._(
                        "All mail would be refused: name the mail server that checks senders, or install the Python "
                        "packages dkimpy and dnspython, by which Odoo checks signatures itself."
                    )
                )

    @api.constrains(*NUMBERS)
    def _check_bcc_dropbox_numbers(self):
        for settings in self:
            for name in NUMBERS:
                if settings[name] < 1:
                    title = self.fields_get([name], ["string"])[name]["string"]
                    raise ValidationError(
                        self.env._("BCC Dropbox: “%(setting)s” has to be a number above zero.", setting=title)
                    )

    # ------------------------------------------------------------
    # VALUES
    # ------------------------------------------------------------

    @api.model
    def _get_classified_fields(self, fnames=None):
        """Leave out our settings for who has no access to them: core tells any user the default values of all."""
        names = self._fields if fnames is None else fnames
        return super()._get_classified_fields(
            [name for name in names if "bcc_dropbox" not in name or self._is_bcc_dropbox_setting_open(name)]
        )

    @api.model
    def _is_bcc_dropbox_setting_open(self, name):
        return self._has_field_access(self._fields[name], "read")

    @api.model
    def get_values(self):
        """Show what is in use."""
        values = super().get_values()
        if self._is_bcc_dropbox_setting_open("bcc_dropbox_receive"):
            Dropbox = self.env["crm.bcc.dropbox"]
            mailbox = Dropbox._get_mailbox()
            interval = self.env["crm.bcc.dropbox.health"]._get_fetch_interval()
            for key in LIMITS:
                name = f"bcc_dropbox_{key}"
                values[name] = Dropbox._get_parameter(key)
            values |= {
                "bcc_dropbox_authentication": Dropbox._get_authentication_mode(),
                "bcc_dropbox_receive": "mailbox" if mailbox else "domain",
                "bcc_dropbox_mailbox": mailbox,
                "bcc_dropbox_fetch_minutes": interval // timedelta(minutes=1),
            }
        return values

    def set_values(self):
        """Set what core does not know how to."""
        result = super().set_values()
        if self._is_bcc_dropbox_setting_open("bcc_dropbox_receive"):
            self._set_bcc_dropbox_mailbox()
            self._set_bcc_dropbox_interval()
        if self._is_bcc_dropbox_setting_open(PROFILES[0]):
            self._set_bcc_dropbox_profiles()
        return result

    def _set_bcc_dropbox_mailbox(self):
        mailbox = self.bcc_dropbox_receive == "mailbox" and email_normalize(self.bcc_dropbox_mailbox)
        # sudo: system parameters are closed, like those that core writes from here
        self.env["ir.config_parameter"].sudo().set_param("crm_bcc_dropbox.mailbox", mailbox)

    def _set_bcc_dropbox_interval(self):
        minutes = self.bcc_dropbox_fetch_minutes
        if minutes == self.get_values()["bcc_dropbox_fetch_minutes"]:
            return  # a job that runs cannot be written
        self.env["crm.bcc.dropbox.health"]._get_fetch_cron().write(
            {"interval_number": minutes, "interval_type": "minutes", "nextcall": fields.Datetime.now()}
        )

    def _set_bcc_dropbox_profiles(self):
        """Link again what core unlinked: it takes the permission from all profiles that a withdrawn one implies."""
        for name, groups, permission in self._get_classified_fields(PROFILES)["group"]:
            if self[name]:
                groups.sudo()._apply_group(permission)  # sudo: as core does; who comes here may manage rights
