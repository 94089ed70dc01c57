"""What errors say, without BCC addresses."""

import smtplib
import traceback

from .address import clean, decode_bytes, redact


def format_traceback(error):
    """Return the traceback of an error for the server log."""
    return redact("".join(traceback.format_exception(error)))


def describe_smtp_error(error):
    """Return code and text of an error of `smtplib` or of the connection.

    :param Exception error: the mail server may quote the recipient in it
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
    elif isinstance(error, smtplib.SMTPResponseException):
        code, text = error.smtp_code, error.smtp_error
    else:
        code, text = "", getattr(error, "strerror", None) or str(error) or type(error).__name__
    if isinstance(text, bytes):
        text = decode_bytes(text)
    return clean(f"{code} {text}".strip())
