from . import (
    base_partner_merge_automatic_wizard,
    crm_bcc_dropbox_file,
    crm_bcc_dropbox_health,
    crm_bcc_dropbox_health_panel,
    crm_bcc_dropbox_never,
    crm_bcc_dropbox_record,
    crm_bcc_dropbox_setup,
    res_config_settings,
)
