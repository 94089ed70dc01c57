from . import crm_bcc_dropbox_file, res_config_settings
