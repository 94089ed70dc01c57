import sys

from odoo import api, models


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
