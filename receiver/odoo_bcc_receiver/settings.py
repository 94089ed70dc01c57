"""Options, from a TOML file and the environment. README.md explains each of them."""

import os
import re
import stat
from dataclasses import dataclass, fields
from ipaddress import ip_address
from pathlib import Path

try:
    import tomllib
except ImportError:  # Python 3.10
    import tomli as tomllib

CREDENTIALS = {"url": "ODOO_URL", "database": "ODOO_DB", "login": "ODOO_LOGIN", "password": "ODOO_PASSWORD"}
"""Their variables, the same as those of the delivery script. Those of the other options begin with BCC_RECEIVER_."""

_URL = re.compile(r"https?://(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?(?:/[!-\"$->@-~]*)?", re.ASCII | re.IGNORECASE)
_HOST = re.compile(r"(?=.{1,253}\Z)(?:[a-z\d](?:[a-z\d-]*[a-z\d])?\.)+[a-z\d-]*[a-z\d]", re.IGNORECASE)


class SettingsError(Exception):
    """What is wrong with the options, and what to do about it. The text contains no secrets."""


@dataclass(frozen=True)
class Settings:
    """The options, with their defaults."""

    # Odoo
    url: tuple[str, ...] = ()
    database: str = ""
    login: str = ""
    password: str = ""
    password_file: str = ""
    ca_file: str = ""
    timeout: float = 120.0
    odoo_connections: int = 16
    # where mail comes in
    smtp: tuple[str, ...] = ()
    lmtp: tuple[str, ...] = ()
    hostname: str = ""
    certificate: str = ""
    key: str = ""
    domains: tuple[str, ...] = ()
    authentication: bool = True
    nameservers: tuple[str, ...] = ()
    # limits
    max_size: int = 52_428_800
    max_header: int = 1_048_576
    max_line: int = 65_536
    max_recipients: int = 50
    memory: int = 167_772_160
    connections: int = 250
    connections_per_network: int = 25
    command_seconds: float = 300.0
    mail_seconds: float = 600.0
    memory_seconds: float = 60.0
    stop_seconds: float = 60.0


def read_settings(path: str) -> Settings:
    """Return the options; those in the environment take precedence over those in the file.

    :raises SettingsError: an option is missing or invalid
    """
    known = {field.name: type(field.default) for field in fields(Settings)}
    values = {name: _convert(name, kind, text) for name, kind in known.items() if (text := _get_variable(name))}
    # a file that is not there is fine if the environment has everything
    for name, value in _read_file(path).items():
        if name not in known:
            raise SettingsError(f"{path}: there is no option {name!r}; see README.md for all options")
        values.setdefault(name, _convert(name, known[name], value))
    if not values.get("password") and (text := _read_password(values.get("password_file", ""))):
        values["password"] = text
    settings = Settings(**values)
    _check(settings, path)
    return settings


def _get_variable(name):
    return os.environ.get(CREDENTIALS.get(name) or f"BCC_RECEIVER_{name.upper()}", "").strip()


def _read_file(path):
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IROTH | stat.S_IWOTH):
                raise SettingsError(f"every account can read {path}; take that right away: chmod o= {path}")
            return tomllib.load(file)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(f"cannot read {path}: {error.strerror}") from None
    except ValueError as error:  # its text may contain a part of the file
        place = re.search(r"at line \d+, column \d+", str(error))
        raise SettingsError(f"{path} is no valid TOML{place and ' ' + place[0] or ''}") from None


def _read_password(path):
    """Return the password from a file, by default from the credential that systemd passes."""
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not path and not (folder and Path(path := f"{folder}/password").exists()):
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise SettingsError(f"cannot read the password in {path}: {type(error).__name__}") from None


def _convert(name, kind, value):
    """Return a value of the file, or a text of the environment, in the type of its option."""
    if kind is tuple:
        items = value.split() if isinstance(value, str) else value
        if isinstance(items, list) and all(isinstance(item, str) for item in items):
            return tuple(items)
    elif kind is bool:
        if value in (True, False, "true", "false"):
            return value in (True, "true")
    elif kind is str:
        if isinstance(value, str):
            return value
    elif isinstance(value, (int, float, str)) and re.fullmatch(r"\d+" if kind is int else r"\d+(\.\d+)?", str(value)):
        return kind(value)
    expected = {tuple: "a text or a list of texts", bool: "true or false", str: "a text in quotes"}
    raise SettingsError(f"{name} must be {expected.get(kind, 'a number')}")


def _check(settings, path):
    if missing := [name for name in CREDENTIALS if not getattr(settings, name)]:
        raise SettingsError(f"{', '.join(missing)} missing in {path} and the environment")
    if not settings.smtp and not settings.lmtp:
        raise SettingsError(f'where should mail come in? Set lmtp = "127.0.0.1:2424" or smtp = "0.0.0.0:25" in {path}')
    rules = (
        (
            all(map(_URL.fullmatch, settings.url)),
            "url",
            "http:// or https:// with a host, then a port and path at most",
        ),
        (re.fullmatch(r"[ -~]+", settings.database), "database", "in ASCII"),
        (":" not in settings.login, "login", "without a colon"),
        (not settings.smtp or _HOST.fullmatch(settings.hostname), "hostname", "the full name in the MX record"),
        (bool(settings.certificate) == bool(settings.key), "certificate and key", "set together"),
        (all(map(_HOST.fullmatch, settings.domains)), "domains", "names of domains"),
    )
    for is_met, name, rule in rules:
        if not is_met:
            raise SettingsError(f"{name} must be {rule}")
    for address in (*settings.smtp, *settings.lmtp):
        host, _port = parse_address(address)
        if address in settings.lmtp and host and not ip_address(host).is_loopback:
            raise SettingsError(f"lmtp must be a socket or on 127.0.0.1 or ::1, not {address}: its mail is trusted")


def parse_address(address: str) -> tuple[str, int]:
    """Return host and port of an address such as ``[::1]:25``; no host if it is the path of a socket.

    :raises SettingsError: it is neither
    """
    if address.startswith("/"):
        return "", 0
    host, _colon, port = address.rpartition(":")
    try:
        return str(ip_address(host.strip("[]"))), int(port)
    except ValueError:
        raise SettingsError(f"{address!r} must be an IP address with a port, or the path of a socket") from None
