# ruff: noqa: I001 in the order of what they inherit from
from . import crm_bcc_dropbox_target
from . import crm_bcc_dropbox_filing
from . import crm_bcc_dropbox_original
from . import crm_bcc_dropbox_email_explanation
from . import crm_bcc_dropbox
from . import crm_bcc_dropbox_token
from . import crm_bcc_dropbox_sender
from . import crm_bcc_dropbox_email
from . import crm_bcc_dropbox_email_actions
from . import crm_bcc_dropbox_email_line
from . import crm_lead
from . import mail_alias_domain
from . import mail_message
from . import mail_thread
from . import res_groups
from . import res_partner
from . import res_users
