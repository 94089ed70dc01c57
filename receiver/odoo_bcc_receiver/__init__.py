"""Receive mail for BCC Dropbox addresses by SMTP or LMTP, and store it in Odoo."""

__version__ = "1.0.0"
