"""The lines that administrators copy to their mail server and their DNS while they set up BCC Dropbox.

They contain no password: the administrator replaces :data:`PASSWORD`.
"""

import json
import re
from dataclasses import dataclass

from .redaction import DROPBOX_PREFIX, TOKEN_LENGTH

PASSWORD = "PASSWORD OR API KEY"

INSTALL = 'pip install "odoo-bcc-receiver[authentication]"'
CHECK = "odoo-bcc-receiver --check"
RECEIVER_FILE = "/etc/odoo-bcc-receiver.toml"
SCRIPT_FILE = "/etc/odoo_bcc_mailgate.conf"

_LMTP = "127.0.0.1:2424"
_SMTP = "0.0.0.0:25"


@dataclass(frozen=True)
class Access:
    """How a mail server reaches Odoo."""

    url: str
    database: str
    login: str

    @property
    def options(self) -> dict:
        return {"url": self.url, "database": self.database, "login": self.login, "password": PASSWORD}


def format_lmtp_receiver(access: Access) -> str:
    """Return the configuration of a receiver behind a mail server on the same host, in TOML."""
    return _format_toml({**access.options, "lmtp": _LMTP})


def format_smtp_receiver(access: Access, hostname: str) -> str:
    """Return the configuration of a receiver that other mail servers deliver to, in TOML.

    :param str hostname: its name in the MX record
    """
    return _format_toml({**access.options, "smtp": _SMTP, "hostname": hostname})


def format_mx(domain: str, hostname: str) -> str:
    """Return the DNS record that leads emails for a domain to the receiver."""
    return f"{domain}. MX 10 {hostname}."


def format_recipients(domain: str) -> str:
    """Return the line of a Postfix table that makes the BCC addresses of a domain recipients of the receiver."""
    pattern = rf"((.+\+)?{DROPBOX_PREFIX}[a-z2-7]{{{TOKEN_LENGTH}}}(\+[^@]*)?)@{re.escape(domain)}"
    return rf"/^{pattern}$/ $1@bcc-dropbox.invalid"


def format_script(access: Access) -> str:
    """Return the configuration of the delivery script."""
    # the script reads the file without interpolation
    return "\n".join(["[odoo]", *(f"{key} = {value}" for key, value in access.options.items())])


def _format_toml(options):
    # a text in JSON is one in TOML, but for characters beyond ASCII, which need no escapes
    return "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in options.items())
