from datetime import timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_list

from .crm_bcc_dropbox_health import Check
from .crm_bcc_dropbox_poll import TOO_LONG
from ..tools.scheduled_action import keep_job_active

MANAGER_GROUP = "crm_bcc_dropbox.group_bcc_dropbox_manager"

DAY = timedelta(hours=23, minutes=30)
"""Managers are told once in this time: a day, for a job that runs each hour and never to the second."""

TOLD = "crm_bcc_dropbox.alarm_told"


class CrmBccDropboxAlarm(models.AbstractModel):
    """Managers are told what needs them, once a day for as long as it does: by OdooBot, in their language."""

    _name = "crm.bcc.dropbox.alarm"
    _inherit = "crm.bcc.dropbox.health"  # it looks at the same things
    _description = "Alarm of the BCC Dropbox"

    @api.model
    def _cron_tell_managers(self):
        with keep_job_active(self.env.cr):
            self._tell_managers()

    @api.model
    def _tell_managers(self):
        """Tell each manager what needs them, unless they were told today."""
        # sudo: a date that only this method reads
        parameters = self.env["ir.config_parameter"].sudo()
        now = fields.Datetime.now()
        told = fields.Datetime.to_datetime(parameters.get_param(TOLD) or False)
        if told and now - DAY < told <= now:
            return
        is_told = False
        for dropbox in self._get_managers_dropboxes():
            health = dropbox._get_owner_env()[self._name]
            if alarms := health._get_alarms():
                dropbox._tell_owner(health._format_alarms(alarms))
                is_told = True
        if is_told:
            parameters.set_param(TOLD, fields.Datetime.to_string(now))

    @api.model
    def _get_managers_dropboxes(self):
        domain = Domain("all_group_ids", "in", self.env.ref(MANAGER_GROUP).id) & Domain("share", "=", False)
        # sudo: managers of all companies; who may manage dropboxes has one, archived or not
        managers = self.env["res.users"].sudo().search(domain)
        Dropbox = self.env["crm.bcc.dropbox"].sudo()
        return Dropbox.search([("user_id", "in", managers.ids), ("active", "in", (True, False))])

    @api.model
    def _get_alarms(self):
        """What needs a manager.

        :return: a list of :class:`Check` that are not in order
        """
        checks = [
            self._get_failed_alarm(),
            self._get_waiting_alarm(),
            self._get_fetching_alarm(),
            self._get_left_check(),
            self._get_jobs_check(),
        ]
        return [check for check in checks if check and check.state != "ok"]

    @api.model
    def _format_alarms(self, alarms):
        """Say what needs a manager, with links to where it can be seen."""
        lines = [Markup("<strong>%s</strong>") % self.env._("The BCC Dropbox needs you.")]
        link = Markup('%s: %s <a href="/odoo/action-%s">%s</a>')
        plain = Markup("%s: %s")
        for alarm in alarms:
            if alarm.action_xmlid:
                lines.append(link % (alarm.title, alarm.text, alarm.action_xmlid, alarm.action_title))
            else:
                lines.append(plain % (alarm.title, alarm.text))
        return Markup("<br/>").join(lines)

    @api.model
    def _get_failed_alarm(self):
        """Are there mails that could not be filed, and still can be?"""
        # those without original are past help
        count = self._get_log().search_count([("state", "=", "failed"), ("raw_ids", "!=", False)])
        if not count:
            return None
        text = self.env._("Mails that could not be filed: %(count)s. Open them to see why, and try again.", count=count)
        action = ("crm_bcc_dropbox.crm_bcc_dropbox_email_action_failed", self.env._("Failed Emails"))
        return Check("failed", "error", self.env._("Failed mails"), text, *action)

    @api.model
    def _get_waiting_alarm(self):
        """Are there mails that have been waiting for too long?"""
        count = self._get_log().search_count(self._get_waiting_domain())
        if not count:
            return None
        text = self.env._("Not filed for more than 15 minutes: %(count)s. Odoo tries again by itself.", count=count)
        action = ("crm_bcc_dropbox.crm_bcc_dropbox_email_action_pending", self.env._("Waiting Emails"))
        return Check("waiting", "error", self.env._("Waiting mails"), text, *action)

    @api.model
    def _get_fetching_alarm(self):
        """Are there incoming mail servers that Odoo cannot fetch from, or does not any more?"""
        late = fields.Datetime.now() - TOO_LONG
        # sudo: incoming mail servers are closed to users, who are told only whether they work
        Server = self.env["fetchmail.server"].sudo()
        remote = Server.search([("server_type", "!=", "local")])
        # one that failed for days is no longer confirmed, by core
        failing = remote.filtered(lambda server: server.error_date and server.error_date < late)
        if failing:
            text = self.env._(
                "Odoo cannot fetch mail from %(servers)s: open the incoming mail server to see the error.",
                servers=format_list(self.env, failing.mapped("name")),
            )
            action = ("mail.action_email_server_tree", self.env._("Incoming Mail Servers"))
            return Check("incoming", "error", self.env._("Incoming mail"), text, *action)
        if remote.filtered(lambda server: server.state == "done") and not self._get_fetch_cron().active:
            text = self.env._("Odoo does not fetch mail: the scheduled action for it is switched off.")
            action = ("base.ir_cron_act", self.env._("Scheduled Actions"))
            return Check("incoming", "error", self.env._("Incoming mail"), text, *action)
        return None
