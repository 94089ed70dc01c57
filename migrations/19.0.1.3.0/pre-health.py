"""The job that notifies managers was on a model that no longer exists; deleting the model would delete the job."""

from odoo.tools import SQL


def migrate(cr, version):
    if not version:
        return
    cr.execute(
        SQL(
            """
            UPDATE ir_act_server AS action
               SET model_id = model.id, code = 'model._cron_notify_managers()'
              FROM ir_model AS model, ir_cron AS cron
              JOIN ir_model_data AS data ON data.model = 'ir.cron' AND data.res_id = cron.id
             WHERE model.model = 'crm.bcc.dropbox.health'
               AND data.module = 'crm_bcc_dropbox' AND data.name = 'ir_cron_alarm'
               AND action.id = cron.ir_actions_server_id
            """
        )
    )
