import sys

from odoo import api, models
from odoo.tools import SQL

JOBS = ("crm_bcc_dropbox.ir_cron_retry", "crm_bcc_dropbox.ir_cron_alarm")


class IrCron(models.Model):
    _inherit = "ir.cron"

    @api.model
    def _commit_progress(self, processed=0, *, remaining=None, deactivate=False):
        """Tell the mailbox that is being read what became of the mail in hand.

        Core commits the transaction of each mail by this method, and says by it whether there was a mail in it; of one
        that failed it does so while it handles the exception.
        """
        result = super()._commit_progress(processed, remaining=remaining, deactivate=deactivate)
        run = self.env.context.get("bcc_dropbox_run")
        if run and run.mailbox and self.env.context.get("default_fetchmail_server_id"):
            run.mailbox.report(bool(processed), sys.exc_info()[1])
        return result

    @api.model
    def _update_failure_count(self, job, status):
        """Keep our jobs going: core switches off silently what has failed for a week, and mails would wait for ever."""
        result = super()._update_failure_count(job, status)
        if job["active"] and job["id"] in self._get_bcc_dropbox_job_ids():
            # SQL: as in core, of the row that is locked by this very transaction
            self.env.cr.execute(SQL("UPDATE ir_cron SET active = true WHERE id = %s AND NOT active", job["id"]))
        return result

    @api.model
    def _get_bcc_dropbox_job_ids(self):
        """Ids of the jobs of this addon; those that someone deleted are left out."""
        Data = self.env["ir.model.data"]
        ids = [Data._xmlid_to_res_id(name, raise_if_not_found=False) for name in JOBS]
        return [id_ for id_ in ids if id_]
