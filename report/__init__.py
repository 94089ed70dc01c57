from . import crm_bcc_dropbox_report
