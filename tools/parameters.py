"""System parameters ``crm_bcc_dropbox.<key>`` and their defaults. No other code repeats them."""

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
}
