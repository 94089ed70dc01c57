"""System parameters ``crm_bcc_dropbox.<key>`` and their defaults. No other code repeats them."""

from odoo.tools import str2bool

PARAMETERS = {
    # Address
    "mailbox": "",  # the mailbox whose plus addresses are BCC addresses; empty: the alias domain of each company
    # Setup
    "way_in": "",  # how emails reach Odoo, as chosen in Set Up BCC Dropbox
    "setup_dismissed": "",  # not empty: administrators are no longer reminded of the setup
    # Sender
    "authentication": "reject",  # off, reject or require
    "authentication_host": "",  # servers whose Authentication-Results headers are trusted
    "max_senders": 5,  # sender addresses per user
    # Email
    "max_recipients": 50,  # customers per email
    "max_new_records": 3,  # created by one email; above it, all new people of the email are proposals
    "max_attachment_mb": 10,  # all attachments of an email together
    "max_mail_mb": 50,
    "max_html_mb": 2,
    "max_header_kb": 256,
    "max_parts": 300,
    "max_depth": 50,  # of nested MIME parts
    "max_addresses": 200,  # in To and Cc
    # Dropbox and day
    "max_mails_per_day": 1000,
    "max_records_per_day": 100,
    "max_refused_per_day": 200,
    # Retention, in days
    "keep_original_days": 7,  # of logged emails
    "retention_days": 30,  # of other emails
    # Choices of new users
    "several": "best",
    "opportunity": "only",
    "propose": "",  # true or empty
    "notice": "problems",  # all, problems or none
    "notice_by": "odoo",  # odoo or email
}

CHOICES = ("several", "opportunity", "propose", "notice", "notice_by")


def get_choice(dropboxes, name):
    """Return the choice of new users in the type of its field; the addon's default if the parameter is invalid.

    :param dropboxes: any `crm.bcc.dropbox`
    :param str name: one of :data:`CHOICES`
    """
    value, field = dropboxes._get_parameter(name), dropboxes._fields[name]
    if field.type == "boolean":
        return str2bool(value, False)
    return value if value in field.get_values(dropboxes.env) else PARAMETERS[name]
