"""The lines that administrators copy to their mail server and their DNS while they set up BCC Dropbox.

They contain no password: the administrator replaces :data:`PLACEHOLDER`.
"""

import json
import re
from dataclasses import dataclass

from .redaction import DROPBOX_PREFIX, TOKEN_LENGTH

PLACEHOLDER = "PASSWORD OR API KEY"

RECEIVER_FILE = "/etc/odoo-bcc-receiver.toml"
UNIT_FILE = "/etc/systemd/system/odoo-bcc-receiver.service"
SCRIPT_FILE = "/etc/odoo_bcc_mailgate.conf"

RECIPIENTS_FILE = "/etc/postfix/bcc_dropbox"

INSTALL = f"""\
python3 -m venv /opt/odoo-bcc-receiver
/opt/odoo-bcc-receiver/bin/pip install './receiver[authentication]'
install -m 600 /dev/null {RECEIVER_FILE}
install -m 644 receiver/odoo-bcc-receiver.service /etc/systemd/system/"""
"""In a copy of the repository: the receiver is in no registry, where anyone could take its name. It rejects a
configuration that every account can read."""

START = """\
/opt/odoo-bcc-receiver/bin/odoo-bcc-receiver --check
systemctl daemon-reload && systemctl enable odoo-bcc-receiver && systemctl restart odoo-bcc-receiver"""
"""Also after a change, when the receiver is already running."""

INSTALL_SCRIPT = f"""\
useradd --system --no-create-home --shell /usr/sbin/nologin odoo-mailgate
install -m 755 odoo_bcc_mailgate.py /usr/local/bin/
install -m 640 -g odoo-mailgate /dev/null {SCRIPT_FILE}"""

PIPE = """\
bccdropbox unix - n n - - pipe
  -o soft_bounce=yes
  flags=DORhu user=odoo-mailgate null_sender=
  argv=/usr/local/bin/odoo_bcc_mailgate.py --recipient=${original_recipient} --sender=${sender}"""
"""The service of Postfix that calls the delivery script."""

_ROUTE = "bcc-dropbox.invalid"
"""The domain that stands for the receiver or the delivery script in transport_maps."""

_LMTP = "127.0.0.1:2424"
_SMTP = ["0.0.0.0:25", "[::]:25"]
_CREDENTIALS = "/run/credentials/odoo-bcc-receiver.service"
_MAX_BYTES = 51_200_000
"""Default of `mailbox_size_limit`: with a higher `message_size_limit`, Postfix delivers nothing to its mailboxes."""


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
            "certificate": f"{_CREDENTIALS}/certificate.pem",
            "key": f"{_CREDENTIALS}/key.pem",
        }
    )


def format_certificate(hostname: str) -> str:
    """Return the commands that get the certificate of the receiver, and let its unit pass it on."""
    return (
        f"certbot certonly --standalone -d {hostname} --deploy-hook 'systemctl try-restart odoo-bcc-receiver'\n"
        rf"sed -i 's/^#\(LoadCredential=.*\)crm\.example\.com/\1{hostname}/' {UNIT_FILE}"
    )


def format_dns(domain: str, hostname: str) -> str:
    """Return the DNS records by which other mail servers find the receiver of a domain."""
    return f"{domain}. MX 10 {hostname}.\n{hostname}. A IP ADDRESS OF THE RECEIVER"


def format_mail_exchange(domain: str) -> str:
    """Return the DNS record by which other mail servers find the company's own mail server for a domain."""
    return f"{domain}. MX 10 NAME OF YOUR MAIL SERVER."


def format_recipients(domain: str) -> str:
    """Return the Postfix table that accepts the BCC addresses of a domain, and rewrites them to the route."""
    pattern = rf"((.+\+)?{DROPBOX_PREFIX}[a-z2-7]{{{TOKEN_LENGTH}}}(\+[^@]*)?)@{re.escape(domain)}"
    return f"/^{pattern}$/ $1@{_ROUTE}"


def format_new_domain(domain: str) -> str:
    """Return the command that makes Postfix receive emails for a domain: for BCC addresses, and no other recipients."""
    return f'postconf -e "virtual_alias_domains = $(postconf -h virtual_alias_domains), {domain}"'


def format_postfix(is_script: bool = False) -> str:
    """Return the Postfix settings that use the table of :func:`format_recipients` and deliver to the receiver.

    :param bool is_script: whether to deliver to the delivery script instead
    """
    lines = [
        f"virtual_alias_maps = regexp:{RECIPIENTS_FILE}",
        f"transport_maps = inline:{{{_ROUTE}={'bccdropbox:' if is_script else f'lmtp:inet:{_LMTP}'}}}",
    ]
    if is_script:
        lines.append("bccdropbox_destination_recipient_limit = 1")
    lines.append(f"message_size_limit = {_MAX_BYTES}")
    return "\n".join(lines)


def format_script(access: Access) -> str:
    """Return the configuration of the delivery script."""
    # the script reads the file without interpolation
    return "\n".join(["[odoo]", *(f"{key} = {value}" for key, value in access.options.items())])


def _format_toml(options):
    # JSON strings are TOML strings, unless characters beyond ASCII are escaped
    return "\n".join(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in options.items())
