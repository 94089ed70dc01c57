from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import format_list
from odoo.tools.mail import email_normalize

from ..tools import setup_lines
from ..tools.address import TOKEN_LENGTH, clean, format_dropbox, redact
from ..tools.authentication import parse_hosts
from .crm_bcc_dropbox_health import ADDRESS_STEP, CONNECT_STEP, SERVERS_ACTION, TEST_STEP
from .crm_bcc_dropbox_health_panel import PREFERENCES_ACTION

STEPS = [("address", "Address"), ("connect", "Connect"), ("test", "Test"), ("team", "Tell My Team")]
WAYS = [
    ("own", "Our own mail server"),
    ("microsoft", "Microsoft 365"),
    ("google", "Google Workspace or another provider"),
    ("mailbox", "A mailbox that Odoo reads (IMAP or POP)"),
]

LOCAL_PART = "crm"
"""Name of the mailbox whose plus addresses are the BCC addresses of a domain other than the alias domain."""

MAX_NAMES = 5
"""Users of the team that are listed by name."""

TAB_URL = f"/odoo/action-{PREFERENCES_ACTION}/%s"
LANDING_ACTION = "crm_bcc_dropbox.crm_bcc_dropbox_setup_action_landing"


class CrmBccDropboxSetup(models.TransientModel):
    """The steps from the installation to a working setup, for one administrator.

    Each step is stored when the next one is opened; the health checks link to single steps.
    """

    _name = "crm.bcc.dropbox.setup"
    _description = "Set Up BCC Dropbox"

    step = fields.Selection(STEPS, required=True, default="address")
    # Address
    way = fields.Selection(
        WAYS, string="How is your email hosted?", required=True, default=lambda self: self._default_way()
    )
    alias_domain = fields.Char(compute="_compute_alias_domain")
    domain = fields.Char(default=lambda self: self._default_domain())
    mailbox = fields.Char(default=lambda self: self._get_mailbox())
    example = fields.Char(compute="_compute_example")
    is_alias_domain = fields.Boolean(compute="_compute_example")
    # Connect
    hostname = fields.Char("Receiver Host Name", compute="_compute_hostname", store=True, readonly=False)
    user_id = fields.Many2one(
        "res.users", string="Odoo User", default=lambda self: self.env.user,
        domain=[("share", "=", False)],
    )  # fmt: skip
    trusted_host = fields.Char("Trusted Server", compute="_compute_trusted_host", store=True, readonly=False)
    lines = fields.Json(compute="_compute_lines")
    script_lines = fields.Json(compute="_compute_lines")
    # Test
    checks = fields.Html(
        compute="_compute_checks",
        sanitize=False,  # made by our own template
    )  # fmt: skip
    has_address = fields.Boolean(compute="_compute_checks")
    # Team
    team = fields.Char("To", compute="_compute_team")
    is_alone = fields.Boolean(compute="_compute_team")
    message = fields.Text(default=lambda self: self._get_message())

    # ------------------------------------------------------------
    # COMPUTE
    # ------------------------------------------------------------

    @api.model
    def _default_way(self):
        way = self.env["crm.bcc.dropbox"]._get_parameter("way_in")
        if way in dict(WAYS):
            return way
        return "mailbox" if self._find_mail_servers() else "microsoft"

    @api.model
    def _default_domain(self):
        return self._get_mailbox().partition("@")[2] or self.env.company.alias_domain_id.name

    @api.depends_context("lang")
    def _compute_display_name(self):
        self.display_name = self.env._("Set Up BCC Dropbox")

    @api.depends_context("company")
    def _compute_alias_domain(self):
        self.alias_domain = self.env.company.alias_domain_id.name

    @api.depends("way", "domain", "mailbox", "alias_domain")
    def _compute_example(self):
        for setup in self:
            mailbox = setup._get_chosen_mailbox()
            setup.example = format_dropbox("x" * TOKEN_LENGTH, mailbox, setup.alias_domain or "")
            setup.is_alias_domain = bool(setup.way != "mailbox" and setup.domain and not mailbox)

    @api.depends("domain")
    def _compute_hostname(self):
        for setup in self:
            setup.hostname = setup.domain

    @api.depends("way", "hostname", "is_alias_domain")
    def _compute_trusted_host(self):
        in_use = self.env["crm.bcc.dropbox"]._get_parameter("authentication_host")
        for setup in self:
            # a name that no server of ours has would be trusted in headers that anyone can write
            is_receiver = setup.way in ("microsoft", "google") and not setup.is_alias_domain
            setup.trusted_host = in_use or (is_receiver and setup.hostname)

    @api.depends("way", "domain", "hostname", "user_id")
    def _compute_lines(self):
        for setup in self:
            setup.lines = setup.script_lines = False
            if setup.domain and setup.way == "own":
                setup.lines, setup.script_lines = setup._get_own_lines(), setup._get_script_lines()
            elif setup.domain and setup.way != "mailbox":
                setup.lines = setup._get_provider_lines()

    @api.depends("step", "way", "domain")
    @api.depends_context("uid", "lang")
    def _compute_checks(self):
        Health = self.env["crm.bcc.dropbox.health"]
        for setup in self:
            setup.has_address = bool(self.env.user.bcc_dropbox_address)
            setup.checks = setup.step == "test" and Health._render_panel(
                Health._get_setup_checks(setup.way != "mailbox" and setup.domain), get_link=setup._get_link
            )

    def _get_link(self, action):
        """Return the URL of an action that helps; from there, a breadcrumb leads back to this setup."""
        place = "" if action in (ADDRESS_STEP, CONNECT_STEP, TEST_STEP) else f"{self._name}/{self._origin.id}/"
        record = f"/{self.env.uid}" if action == PREFERENCES_ACTION else ""
        return f"/odoo/crm/{place}action-{action}{record}"

    @api.depends("step")
    def _compute_team(self):
        users = self._find_untold().user_id
        self.is_alone = not self._find_addresses_of_others()
        names = format_list(self.env, [*users[:MAX_NAMES].mapped("name"), *(["…"] if len(users) > MAX_NAMES else [])])
        several = self.env._("%(count)s users: %(names)s", count=len(users), names=names)
        self.team = several if len(users) > 1 else users.name

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @api.model
    def _open(self, step="address"):
        """Open a step, in the setup that this user opened last unless it is the first step or the settings changed."""
        # not again after the installation of another app
        todos = self.env["ir.actions.todo"].search([("action_id", "=", self.env.ref(LANDING_ACTION).id)])
        todos.filtered(lambda todo: todo.state == "open").state = "done"
        setup = self.search([("create_uid", "=", self.env.uid)], order="id desc", limit=1)
        is_current = setup.way == self._default_way() and setup.domain == self._default_domain()
        if step == "address" or not is_current:
            setup = self.create({})
        setup.step = step
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set Up BCC Dropbox"),
            "res_model": self._name,
            "res_id": setup.id,
            "views": [(False, "form")],
        }

    @api.model
    def is_wanted(self):
        """Return whether to remind the current administrator of the setup."""
        self.check_access("read")
        return not self.env["crm.bcc.dropbox.health"]._is_set_up()

    @api.model
    def action_dismiss(self):
        """Stop reminding administrators of the setup."""
        self.check_access("write")
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.setup_dismissed", "True")
        return True

    def action_next(self):
        """Store this step, and open the next one."""
        self.ensure_one()
        if self.step == "address":
            self._save_address()
        elif self.step == "connect":
            self._save_settings(authentication_host=self.trusted_host or "")
        self._move(1)
        return True

    def action_back(self):
        """Open the step before."""
        self._move(-1)
        return True

    def _move(self, distance):
        steps = [step for step, _label in STEPS]
        position = steps.index(self.step) + distance
        self.step = steps[min(max(position, 0), len(steps) - 1)]

    def action_done(self):
        """Open CRM."""
        return {"type": "ir.actions.act_url", "url": "/odoo/crm", "target": "self"}

    def action_open_servers(self):
        """Open the incoming mail servers, or the form of a new one."""
        if self._find_mail_servers():
            return self.env["ir.actions.act_window"]._for_xml_id(SERVERS_ACTION)
        context = {"default_name": self.mailbox, "default_user": self.mailbox, "default_server_type": "imap"}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Incoming Mail Server"),
            "res_model": "fetchmail.server",
            "views": [(False, "form")],
            "context": {**context, "default_is_ssl": True, "default_port": 993},
        }

    def action_tell(self):
        """Tell the users who have an address and were not told yet."""
        self.ensure_one()
        self.check_access("write")
        dropboxes = self._find_untold()
        # before the messages: a simultaneous request fails here, and is repeated without these users
        dropboxes.told_date = fields.Datetime.now()
        dropboxes.flush_recordset()
        message = (self.message or "").strip()
        is_default = message == self._get_message()
        for dropbox in dropboxes:
            env = dropbox._get_owner_env()
            text = env[self._name]._get_message() if is_default else redact(message)
            link = Markup('<a href="%s">%s</a>') % (TAB_URL % dropbox.user_id.id, env._("Show My BCC Address"))
            if not dropbox._notify_owner(Markup("<br/>").join([*text.splitlines(), link])):
                dropbox.told_date = False
        return True

    # ------------------------------------------------------------
    # ADDRESS
    # ------------------------------------------------------------

    @api.model
    def _get_mailbox(self):
        return self.env["crm.bcc.dropbox"]._get_mailbox()

    @api.model
    def _find_mail_servers(self):
        return self.env["fetchmail.server"].search([("server_type", "!=", "local")])

    def _get_chosen_mailbox(self):
        """Return the mailbox whose plus addresses are the BCC addresses; empty for the alias domain."""
        self.ensure_one()
        if self.way == "mailbox":
            return email_normalize(self.mailbox or "") or ""
        domain = (self.domain or "").strip().lower()
        if not domain or domain == self.alias_domain:
            return ""
        in_use = self._get_mailbox()
        return in_use if in_use.endswith(f"@{domain}") else f"{LOCAL_PART}@{domain}"

    def _save_address(self):
        """Store the domain or mailbox of the BCC addresses.

        :raises ValidationError: the domain or mailbox is missing or invalid
        """
        mailbox = self._get_chosen_mailbox()
        if self.way == "mailbox":
            is_valid = mailbox or (self.alias_domain and not self.mailbox)
        else:
            self.domain = (self.domain or "").strip().lower()
            is_valid = self._is_host(self.domain)
        if not is_valid:
            entered = clean((self.mailbox if self.way == "mailbox" else self.domain) or "")
            if not entered:
                raise ValidationError(self.env._("Enter the domain or the mailbox of the BCC addresses."))
            if self.way == "mailbox":
                raise ValidationError(self.env._("“%(name)s” is not an email address.", name=entered))
            raise ValidationError(self.env._("“%(name)s” is not a domain. Example: crm.acme.example", name=entered))
        self._save_settings(receive="mailbox" if mailbox else "domain", mailbox=mailbox)
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.way_in", self.way)

    def _save_settings(self, **values):
        """Store settings, checked by the rules of the settings."""
        settings = self.env["res.config.settings"].create({f"bcc_dropbox_{key}": values[key] for key in values})
        settings._set_bcc_dropbox_parameters(settings.get_values())

    @staticmethod
    def _is_host(name):
        """Return whether a text is a single host name with a domain."""
        try:
            return "." in name and "*" not in name and len(parse_hosts(name)) == 1
        except ValueError:
            return False

    # ------------------------------------------------------------
    # LINES TO COPY: lists of {"title": …, "text": …}
    # ------------------------------------------------------------

    def _get_access(self):
        return setup_lines.Access(self.get_base_url(), self.env.cr.dbname, self.user_id.login or "")

    def _get_own_lines(self):
        title = self.env._("Add to your DNS, so that other mail servers find yours")
        dns = [] if self.is_alias_domain else [self._get_lines(title, setup_lines.format_mail_exchange(self.domain))]
        return [
            *dns,
            self._get_install_lines(),
            self._get_file_lines(setup_lines.RECEIVER_FILE, setup_lines.format_lmtp_receiver(self._get_access())),
            self._get_lines(self.env._("Check, then start"), setup_lines.START),
            *self._get_postfix_lines(),
        ]

    def _get_install_lines(self):
        # the app itself comes without the receiver
        title = self.env._("Install, as root in a copy of the repository")
        return self._get_lines(title, setup_lines.INSTALL)

    def _get_postfix_lines(self, is_script=False):
        title = self.env._("Add to %(file)s, before any existing tables", file="/etc/postfix/main.cf")
        lines = [
            self._get_file_lines(setup_lines.RECIPIENTS_FILE, setup_lines.format_recipients(self.domain)),
            self._get_lines(title, setup_lines.format_postfix(is_script)),
        ]
        if not self.is_alias_domain:
            new = self.env._("Only if nothing else uses this domain")
            lines.append(self._get_lines(new, setup_lines.format_new_domain(self.domain)))
        return lines

    def _get_provider_lines(self):
        domain, hostname = self.domain, self.hostname or ""
        file = setup_lines.format_smtp_receiver(self._get_access(), domain, hostname)
        return [
            self._get_lines(self.env._("Add to your DNS"), setup_lines.format_dns(domain, hostname)),
            self._get_install_lines(),
            self._get_lines(
                self.env._("Get a certificate: certbot needs port 80"), setup_lines.format_certificate(hostname)
            ),
            self._get_file_lines(setup_lines.RECEIVER_FILE, file),
            self._get_lines(self.env._("Check, then start"), setup_lines.START),
        ]

    def _get_script_lines(self):
        install = self.env._("Copy scripts/odoo_bcc_mailgate.py from the app, and install it")
        service = self.env._(
            "Add to %(file)s; remove the line soft_bounce when emails arrive", file="/etc/postfix/master.cf"
        )
        return [
            self._get_lines(install, setup_lines.INSTALL_SCRIPT),
            self._get_file_lines(setup_lines.SCRIPT_FILE, setup_lines.format_script(self._get_access())),
            self._get_lines(service, setup_lines.PIPE),
            *self._get_postfix_lines(is_script=True),
        ]

    def _get_file_lines(self, path, text):
        return self._get_lines(self.env._("Save as %(file)s", file=path), text)

    @staticmethod
    def _get_lines(title, text):
        return {"title": title, "text": text}

    # ------------------------------------------------------------
    # TEAM
    # ------------------------------------------------------------

    @api.model
    def _find_untold(self):
        """Find the dropboxes of colleagues who have an address and were not told yet."""
        return self._find_addresses_of_others().filtered(lambda dropbox: not dropbox.told_date)

    @api.model
    def _find_addresses_of_others(self):
        # sudo: administrators tell users of all companies, but may not read their dropboxes
        Dropbox = self.env["crm.bcc.dropbox"].sudo()
        return Dropbox.search([("user_id", "!=", self.env.uid)], order="id").filtered("address")

    @api.model
    def _get_message(self):
        return self.env._(
            "You now have a BCC address. Add it to Bcc when you email a customer: Odoo logs the email on their lead,"
            " opportunity or contact. Keep it secret."
        )
