from functools import partial

from odoo import api, models, tools
from odoo.tools import format_list

from ..models.crm_bcc_dropbox_health import ADDRESS_STEP, CONNECT_STEP
from ..tools.health import Check
from ..tools.mail_exchange import look_up_mail_servers

OUTGOING_ACTION = "base.action_ir_mail_server_list"


class CrmBccDropboxHealth(models.AbstractModel):
    """The checks that belong to the setup, whether the setup is done, and the panel with all checks."""

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
            return check("ok", self.env._("Odoo sends emails through its own host."))
        text = self.env._("No outgoing mail server is set up. Odoo needs one to send tests and confirmation links.")
        return check("warning", text, OUTGOING_ACTION)

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
        """Check that emails for a domain have a way to go. Only for the setup: it asks the DNS."""
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
    def _render_panel(self, shown, hidden=()):
        values = {"shown": shown, "hidden": hidden, "get_action_name": self._get_action_name}
        return self.env["ir.qweb"]._render("crm_bcc_dropbox.health_checks", values)

    @api.model
    def _get_summary(self, checks):
        """Return the line that stands for all checks: a list of one :class:`Check`; empty if they have to be read."""
        last = self._get_last_arrival()
        if not last and any(check.state == "missing" for check in checks):
            text = self.env._("Emails to BCC addresses aren't logged yet.")
            return [Check("summary", self.env._("BCC Dropbox"), "missing", text, ADDRESS_STEP)]
        if all(check.state == "ok" for check in checks):
            text = self.env._("The last email arrived on %(date)s.", date=self._format(last))
            return [Check("summary", self.env._("BCC Dropbox"), "ok", text)]
        return []
