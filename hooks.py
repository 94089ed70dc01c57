from odoo.tools import SQL

ODOO_FETCH_INTERVAL = (5, "minutes")


def post_init_hook(env):
    """Give every permitted user a dropbox, fetch emails every minute, and lead the administrator to the setup.

    The fetch interval is changed only if it still is Odoo's default. After an installation, Odoo opens the first open
    `ir.actions.todo`; Odoo's own one has the sequence 100.
    """
    find_unproved_emails(env)
    env["crm.bcc.dropbox"]._ensure_dropboxes()
    cron = env.ref("mail.ir_cron_mail_gateway_action", raise_if_not_found=False)
    if cron and (cron.interval_number, cron.interval_type) == ODOO_FETCH_INTERVAL:
        cron.interval_number = 1
    landing = env.ref("crm_bcc_dropbox.crm_bcc_dropbox_setup_action_landing")
    env["ir.actions.todo"].create({"name": landing.name, "action_id": landing.id, "sequence": 1})


def find_unproved_emails(env):
    """Find the users who wrote their email themselves, so that they have to confirm it.

    The chatter of their contact knows who changed it last.
    """
    env.flush_all()
    # SQL: the last change per contact
    query = SQL(
        """
        SELECT users.id, change.create_uid
          FROM res_users AS users
          JOIN LATERAL (
               SELECT message.create_uid
                 FROM mail_tracking_value AS value
                 JOIN mail_message AS message ON message.id = value.mail_message_id
                 JOIN ir_model_fields AS field ON field.id = value.field_id
                WHERE message.model = 'res.partner' AND message.res_id = users.partner_id
                  AND field.model = 'res.partner' AND field.name = 'email'
                ORDER BY message.id DESC
                LIMIT 1
               ) AS change ON change.create_uid IS NOT NULL
        """
    )
    users = env["res.users"]
    for user_id, actor_id in env.execute_query(query):
        user = users.browse(user_id)
        user.bcc_dropbox_email_proved = user._is_bcc_dropbox_email_proved_by(users.browse(actor_id))
