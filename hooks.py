ODOO_FETCH_INTERVAL = (5, "minutes")


def post_init_hook(env):
    """Give every permitted user a dropbox and look for mail each minute.

    What users wrote themselves as their e-mail is to be confirmed before mail from there is taken.

    The interval is only changed while it is still Odoo's default: a choice of the administrator is kept.
    """
    env["res.users"]._init_bcc_dropbox_email_proved()
    env["crm.bcc.dropbox"]._ensure_dropboxes()
    cron = env.ref("mail.ir_cron_mail_gateway_action", raise_if_not_found=False)
    if cron and (cron.interval_number, cron.interval_type) == ODOO_FETCH_INTERVAL:
        cron.interval_number = 1
