from . import crm_bcc_dropbox
from . import crm_bcc_dropbox_original
