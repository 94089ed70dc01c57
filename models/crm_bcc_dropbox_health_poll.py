from odoo import api, models
from odoo.fields import Domain
from odoo.tools import format_list

from .crm_bcc_dropbox_health import ADMIN_GROUP, Check

JOBS = ("crm_bcc_dropbox.ir_cron_retry", "crm_bcc_dropbox.ir_cron_alarm")


class CrmBccDropboxHealth(models.AbstractModel):
    """What stays on incoming mail servers, and whether the jobs run."""

    _inherit = "crm.bcc.dropbox.health"

    @api.model
    def _get_checks(self):
        return [*super()._get_checks(), self._get_left_check(), self._get_jobs_check()]

    @api.model
    def _get_left_check(self):
        """Are there mails on the incoming mail servers that cannot be taken in?"""
        title = self.env._("Mails left on the server")
        # sudo: closed to users; numbers and errors for administrators
        Poll = self.env["crm.bcc.dropbox.poll"].sudo()
        groups = Poll._read_group(Poll._get_trouble_domain(), ["server_id"], ["__count"])
        if not groups:
            return Check("left", "ok", title, self.env._("Every mail that is meant for Odoo was taken in."))
        names = format_list(self.env, [server.name for server, _count in groups])
        total = sum(count for _server, count in groups)
        text = self.env._(
            "Odoo could not take in mails from %(servers)s: %(count)s. They stay there, unread; “Fetch Now” on the"
            " incoming mail server tries them again at once.",
            servers=names, count=total,
        )  # fmt: skip
        text = " ".join([text, *self._get_left_reasons()])
        action = ("mail.action_email_server_tree", self.env._("Incoming Mail Servers"))
        return Check("left", "warning", title, text, *action)

    @api.model
    def _get_left_reasons(self):
        """Say why mails are left on incoming mail servers."""
        Poll = self.env["crm.bcc.dropbox.poll"].sudo()  # sudo: closed to users
        domain = Poll._get_trouble_domain()
        reasons = []
        if count := Poll.search_count(domain & Domain("state", "=", "too_large")):
            limit = self.env["fetchmail.server"]._get_bcc_dropbox_max_mb()
            reasons.append(self.env._("Larger than %(limit)s MB: %(count)s.", limit=limit, count=count))
        # an error may quote a mail, which may be anyone's
        if self.env.user.has_group(ADMIN_GROUP):
            last = Poll.search(domain & Domain("reason", "!=", False), order="write_date desc, id desc", limit=1)
            if last:
                reasons.append(self.env._("The last error was “%(error)s”.", error=last.reason))
        return reasons

    @api.model
    def _get_jobs_check(self):
        """Do the scheduled actions run that mails depend on?"""
        title = self.env._("Scheduled actions")
        jobs = [self.env.ref(name, raise_if_not_found=False) for name in JOBS]
        # sudo: scheduled actions are closed to users; names for administrators
        found = self.env["ir.cron"].sudo().union(*(job.sudo() for job in jobs if job))
        fetch = self._get_fetch_cron()
        broken = (found | fetch).filtered("failure_count") | found.filtered(lambda job: not job.active)
        if len(found) < len(JOBS) and not broken:
            text = self.env._("A scheduled action of the BCC Dropbox was deleted: update the app to have it again.")
            return Check("jobs", "error", title, text)
        if not broken:
            return Check("jobs", "ok", title, self.env._("All run."))
        names = format_list(self.env, broken.mapped("name"))
        text = self.env._("Switched off, or failing: %(names)s; the server log says why.", names=names)
        return Check("jobs", "error", title, text, "base.ir_cron_act", self.env._("Scheduled Actions"))
