"""Sending mail, and reading maildirs."""

from __future__ import annotations

import smtplib
from collections.abc import Iterable
from pathlib import Path


def send(
    host: str,
    port: int,
    sender: str,
    recipients: Iterable[str],
    message: bytes,
    timeout: float = 30,
    client: str = "",
) -> None:
    """Send a mail unchanged by SMTP.

    :param str sender: envelope sender, empty for a bounce
    :param recipients: envelope recipients, those in Bcc included
    :param bytes message: sent unchanged except for its line ends
    :param str client: address of the client to simulate, if Postfix allows it (``smtpd_authorized_xclient_hosts``)
    """
    with smtplib.SMTP(host, port, local_hostname="client.example", timeout=timeout) as smtp:
        if client:
            smtp.ehlo()
            smtp.docmd("XCLIENT", f"NAME=client.example ADDR={client}")
            smtp.ehlo()
        smtp.sendmail(sender, list(recipients), message, mail_options=["BODY=8BITMIME"])


def read_maildir(maildir: Path) -> list[bytes]:
    """Return the mails of a maildir, the oldest first."""
    files = [path for name in ("new", "cur") for path in (maildir / name).glob("*")]
    return [path.read_bytes() for path in sorted(files, key=lambda path: path.name)]
