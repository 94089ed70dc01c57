from . import crm_bcc_dropbox, crm_bcc_dropbox_mailgate
