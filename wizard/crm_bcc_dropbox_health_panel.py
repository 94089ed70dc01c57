from functools import partial

from markupsafe import Markup
from odoo import api, fields, models, tools
from odoo.fields import Domain
from odoo.tools import format_list

from ..models.crm_bcc_dropbox import MANAGER_GROUP, USER_GROUP
from ..tools.health import NOTICE_PAUSE, Check
from ..tools.mail_exchange import look_up_mail_servers
from ..tools.scheduled_action import keep_job_active
from .crm_bcc_dropbox_health import ADDRESS_STEP, ADMIN_GROUP, CONNECT_STEP

NOTIFIED = "crm_bcc_dropbox.alarm_told"
"""System parameter: when managers were last notified."""

PREFERENCES_ACTION = "crm_bcc_dropbox.res_users_action_bcc_dropbox"
OUTGOING_ACTION = "base.action_ir_mail_server_list"


class CrmBccDropboxHealth(models.AbstractModel):
    """The checks of the setup, whether it is done, and who sees checks.

    Administrators see all of them in the settings, managers are notified once a day of those that are alarms, and users
    see in their preferences what is missing.
    """

    _inherit = "crm.bcc.dropbox.health"

    @api.model
    def _get_checks(self):
        return [*super()._get_checks(), self._get_outgoing_check(), self._get_sender_check()]

    @api.model
    def _get_setup_checks(self, domain):
        """Return the checks that the setup shows.

        :param str domain: whose MX record is checked; empty if Odoo fetches emails from a mailbox
        """
        return [
            self._get_address_check(),
            *([self._get_mail_exchange_check(domain)] if domain else []),
            self._get_incoming_check(),
            *([] if self.env.user.email_normalized else [self._get_own_email_check()]),
            self._get_outgoing_check(),
            self._get_sender_check(),
        ]

    @api.model
    def _is_set_up(self):
        """Return whether nothing is missing and an email has arrived, or an administrator dismissed the setup."""
        if self.env["crm.bcc.dropbox"]._get_parameter("setup_dismissed"):
            return True
        checks = [self._get_address_check(), self._get_incoming_check()]
        return bool(self._get_last_arrival()) and not any(check.state == "missing" for check in checks)

    # ------------------------------------------------------------
    # CHECKS
    # ------------------------------------------------------------

    @api.model
    def _get_outgoing_check(self):
        """Check that Odoo can send emails: tests and confirmation links."""
        check = partial(Check, "outgoing", self.env._("Outgoing emails"))
        # sudo: administrators of the addon may not read outgoing mail servers, only whether there is one
        servers = self.env["ir.mail_server"].sudo().search([("owner_user_id", "=", False)])
        if servers:
            text = self.env._(
                "Odoo sends emails through %(servers)s.", servers=format_list(self.env, servers.mapped("name"))
            )
            return check("ok", text)
        if (host := tools.config["smtp_server"]) != "localhost":
            return check("ok", self.env._("Odoo sends emails through %(servers)s.", servers=host))
        # sudo: no group may read the results of tests
        dropboxes = self.env["crm.bcc.dropbox"].sudo().with_context(active_test=False)
        if dropboxes.search_count([("test_result", "!=", False)], limit=1):
            return check("ok", self.env._("Odoo sends emails through the mail server on its own host."))
        text = self.env._("No outgoing mail server is set up. Odoo needs one to send tests and confirmation links.")
        return check("warning", text, OUTGOING_ACTION)

    @api.model
    def _get_own_email_check(self):
        """Return the failed check of an administrator without an email address. Only for the setup."""
        text = self.env._("Odoo sends the test from your email address: enter it first.")
        return Check("own_email", self.env._("Your email address"), "missing", text, PREFERENCES_ACTION)

    @api.model
    def _get_sender_check(self):
        """Check that forged senders can be detected, unless an administrator decided otherwise."""
        check = partial(Check, "sender", self.env._("Sender verification"))
        Dropbox = self.env["crm.bcc.dropbox"]
        if Dropbox._get_authentication_mode() == "off":
            return check("ok", self.env._("Senders aren't checked."))
        if hosts := Dropbox._get_authentication_hosts():
            text = self.env._("Odoo trusts the sender checks of %(hosts)s.", hosts=format_list(self.env, hosts))
            return check("ok", text)
        text = self.env._("Forged senders can't be detected until you enter a trusted server.")
        return check("warning", text, CONNECT_STEP)

    @api.model
    def _get_mail_exchange_check(self, domain):
        """Check that a domain has an MX record. Only for the setup, because it queries the DNS."""
        check = partial(Check, "mail_exchange", self.env._("MX record"))
        servers = look_up_mail_servers(domain)
        if servers is None:
            text = self.env._("The MX record of %(domain)s can't be checked from here.", domain=domain)
            return check("unknown", text)
        if servers:
            names = format_list(self.env, servers)
            text = self.env._("Emails for %(domain)s go to %(servers)s.", domain=domain, servers=names)
            return check("ok", text)
        text = self.env._("%(domain)s has no MX record yet: other mail servers can't send emails there.", domain=domain)
        return check("warning", text, CONNECT_STEP)

    # ------------------------------------------------------------
    # PANEL
    # ------------------------------------------------------------

    @api.model
    def _render_checks(self):
        """Return as HTML what needs attention, or one line if nothing does; the other checks under *Details*."""
        checks = self._get_checks()
        shown = self._get_summary(checks) or [check for check in checks if check.state != "ok"]
        return self._render_panel(shown, [check for check in checks if check not in shown])

    @api.model
    def _render_panel(self, shown, hidden=(), get_link="/odoo/action-{}".format):
        values = {"shown": shown, "hidden": hidden, "get_action_name": self._get_action_name, "get_link": get_link}
        return self.env["ir.qweb"]._render("crm_bcc_dropbox.health_checks", values)

    @api.model
    def _get_summary(self, checks):
        """Return one line that stands for all checks: a list of one :class:`Check`; empty if details are needed."""
        last = self._get_last_arrival()
        if not last and any(check.state == "missing" for check in checks):
            text = self.env._("Emails to BCC addresses aren't logged yet.")
            return [Check("summary", self.env._("BCC Dropbox"), "missing", text, ADDRESS_STEP)]
        if all(check.state == "ok" for check in checks):
            text = self.env._("The last email arrived on %(date)s.", date=self._format(last))
            return [Check("summary", self.env._("BCC Dropbox"), "ok", text)]
        return []

    @api.model
    def _get_action_name(self, action):
        return self.env.ref(action).sudo().name  # sudo: the name of a menu entry

    # ------------------------------------------------------------
    # NOTICE TO MANAGERS
    # ------------------------------------------------------------

    @api.model
    def _cron_notify_managers(self):
        with keep_job_active(self.env.cr):
            self._notify_managers()

    @api.model
    def _notify_managers(self):
        """Notify each manager of the alarms, in their language, unless they were notified today."""
        # sudo: only this method reads the date
        parameters = self.env["ir.config_parameter"].sudo()
        now = fields.Datetime.now()
        last = fields.Datetime.to_datetime(parameters.get_param(NOTIFIED) or False)
        if last and now - NOTICE_PAUSE < last <= now:
            return
        domain = Domain("all_group_ids", "in", self.env.ref(MANAGER_GROUP).id) & Domain("share", "=", False)
        # sudo: managers of all companies; each has a dropbox, archived or not
        managers = self.env["res.users"].sudo().search(domain)
        for dropbox in managers.bcc_dropbox_ids:
            health = dropbox._get_owner_env()[self._name]
            if alarms := health._get_alarms():
                dropbox._notify_owner(health._format_alarms(alarms))
                parameters.set_param(NOTIFIED, fields.Datetime.to_string(now))

    @api.model
    def _get_alarms(self):
        """Return the checks that managers are notified of: a list of :class:`Check`."""
        return [check for check in self._get_checks() if check.is_alarm]

    @api.model
    def _format_alarms(self, alarms):
        """Return the notice, with links to the actions that help."""
        lines = [Markup("<strong>%s</strong>") % self.env._("BCC Dropbox needs attention")]
        for alarm in alarms:
            line = Markup("%s: %s") % (alarm.title, alarm.text)
            if alarm.action:
                name = self._get_action_name(alarm.action)
                line += Markup(' <a href="/odoo/action-%s">%s</a>') % (alarm.action, name)
            lines.append(line)
        return Markup("<br/>").join(lines)

    # ------------------------------------------------------------
    # HINT FOR USERS
    # ------------------------------------------------------------

    @api.model
    def _render_missing(self):
        """Return as HTML what the current user lacks to use BCC Dropbox; False if nothing is missing."""
        user = self.env.user
        missing = self._get_missing() if user.has_group(USER_GROUP) else []
        if not missing:
            return False
        action = ADDRESS_STEP if user.has_group(ADMIN_GROUP) else ""
        values = {"missing": missing, "action": action, "whom_to_ask": not action and self._get_whom_to_ask()}
        return self.env["ir.qweb"]._render("crm_bcc_dropbox.health_missing", values)

    @api.model
    def _get_missing(self):
        """Return what is missing before the current user can use BCC Dropbox: a list of sentences."""
        missing = []
        user = self.env.user
        company = user.company_id.sudo()  # sudo: the domain of their own company
        if not (company.alias_domain_id or self.env["crm.bcc.dropbox"]._get_mailbox() or user.bcc_dropbox_mailbox):
            missing.append(self.env._("No domain or mailbox is set up to receive emails."))
        if self._get_incoming_check().state in ("missing", "error"):
            if self._get_last_arrival():
                missing.append(self.env._("Emails don't reach Odoo at present."))
            else:
                missing.append(self.env._("No email has reached Odoo yet."))
        return missing

    @api.model
    def _get_whom_to_ask(self):
        """Return a sentence that names up to three administrators."""
        domain = Domain("all_group_ids", "in", self.env.ref(ADMIN_GROUP).id) & Domain("share", "=", False)
        # sudo: administrators of all companies
        users = self.env["res.users"].sudo().search(domain, limit=3, order="id")
        if not users:
            return self.env._("Ask your administrator to set it up.")
        names = format_list(self.env, users.mapped("name"), style="or")
        return self.env._("Ask %(administrators)s to set it up.", administrators=names)
