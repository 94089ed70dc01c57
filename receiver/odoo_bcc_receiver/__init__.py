"""Receive emails for BCC addresses by SMTP or LMTP, and store them in Odoo."""

__version__ = "1.0.0"
