"""The lines that administrators copy to their mail server and their DNS while they set up BCC Dropbox.

They contain no password: the administrator replaces :data:`PLACEHOLDER`.
"""

import json
import re
from dataclasses import dataclass

from .redaction import DROPBOX_PREFIX, TOKEN_LENGTH

PLACEHOLDER = "PASSWORD OR API KEY"

INSTALL = 'pip install "odoo-bcc-receiver[authentication]"'
START = "odoo-bcc-receiver --check\nodoo-bcc-receiver"
RECEIVER_FILE = "/etc/odoo-bcc-receiver.toml"
SCRIPT_FILE = "/etc/odoo_bcc_mailgate.conf"

RECIPIENTS_FILE = "/etc/postfix/bcc_dropbox"

_ROUTE = "bcc-dropbox.invalid"
"""In transport_maps, it stands for the receiver."""

_LMTP = "127.0.0.1:2424"
_SMTP = ["0.0.0.0:25", "[::]:25"]
_CERTIFICATES = "/etc/letsencrypt/live"
_MAX_BYTES = 52_428_800
"""Larger emails are not read by Odoo, see `max_mail_mb`. Postfix takes 10 MB by default."""


@dataclass(frozen=True)
class Access:
    """How a mail server reaches Odoo."""

    url: str
    database: str
    login: str

    @property
    def options(self) -> dict:
        return {"url": self.url, "database": self.database, "login": self.login, "password": PLACEHOLDER}


def format_lmtp_receiver(access: Access) -> str:
    """Return the configuration of a receiver behind a mail server on the same host, in TOML."""
    return _format_toml({**access.options, "lmtp": _LMTP})


def format_smtp_receiver(access: Access, domain: str, hostname: str) -> str:
    """Return the configuration of a receiver that other mail servers deliver to, in TOML.

    :param str domain: of the BCC addresses
    :param str hostname: of the receiver, in the MX record
    """
    return _format_toml(
        {
            **access.options,
            "smtp": _SMTP,
            "hostname": hostname,
            "domains": [domain],
            "certificate": f"{_CERTIFICATES}/{hostname}/fullchain.pem",
            "key": f"{_CERTIFICATES}/{hostname}/privkey.pem",
        }
    )


def format_certificate(hostname: str) -> str:
    """Return the command that gets the certificate of the receiver."""
    return f"certbot certonly --standalone -d {hostname}"


def format_dns(domain: str, hostname: str) -> str:
    """Return the DNS records that lead emails for a domain to the receiver."""
    return f"{domain}. MX 10 {hostname}.\n{hostname}. A IP ADDRESS OF THE RECEIVER"


def format_recipients(domain: str) -> str:
    """Return the Postfix table that makes the BCC addresses of a domain recipients, and moves them to a route."""
    pattern = rf"((.+\+)?{DROPBOX_PREFIX}[a-z2-7]{{{TOKEN_LENGTH}}}(\+[^@]*)?)@{re.escape(domain)}"
    return f"/^{pattern}$/ $1@{_ROUTE}"


def format_postfix(domain: str, is_new: bool) -> str:
    """Return the settings that lead Postfix to this table and to the receiver.

    :param bool is_new: Postfix does not receive emails for the domain yet
    """
    lines = [
        f"virtual_alias_maps = regexp:{RECIPIENTS_FILE}",
        f"transport_maps = inline:{{{_ROUTE}=lmtp:inet:{_LMTP}}}",
        f"message_size_limit = {_MAX_BYTES}",
    ]
    if is_new:
        lines.insert(0, f"virtual_alias_domains = $virtual_alias_maps, {domain}")
    return "\n".join(lines)


def format_script(access: Access) -> str:
    """Return the configuration of the delivery script."""
    # the script reads the file without interpolation
    return "\n".join(["[odoo]", *(f"{key} = {value}" for key, value in access.options.items())])


def _format_toml(options):
    # a text in JSON is one in TOML, but for characters beyond ASCII, which need no escapes
    return "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in options.items())
