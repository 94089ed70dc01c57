"""Options, from a TOML file and the environment. README.md explains each of them."""

import os
import re
from argparse import Namespace
from contextlib import contextmanager
from pathlib import Path

try:
    import tomllib
except ImportError:  # Python 3.10
    import tomli as tomllib

# fmt: off
DEFAULTS = {
    "url": "", "database": "", "login": "", "password": "", "password_file": "", "ca_file": "", "timeout": 120,
    "lmtp": [], "smtp": [], "hostname": "", "certificate": "", "key": "", "domains": [],
    "authentication": True, "nameservers": [],
    "max_size": 52_428_800, "memory": 167_772_160, "connections": 250, "connections_per_network": 25,
    "command_seconds": 300, "mail_seconds": 600, "memory_seconds": 60, "stop_seconds": 60, "known_seconds": 600,
}
# fmt: on
# the same variables as those of the delivery script
ENVIRONMENT = {"url": "ODOO_URL", "database": "ODOO_DB", "login": "ODOO_LOGIN", "password": "ODOO_PASSWORD"}
_TYPES = {str: "a text in quotes", int: "a whole number", bool: "true or false", list: "a list of texts"}
_TYPES[type(None)] = "left out: there is no such option, see README.md"
_MAY_BE_ZERO = {"stop_seconds", "known_seconds"}
_PORT = r":(?:[0-5]?\d{1,4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"
_URL = rf"https?://(?:[\w.-]+|\[[\da-f:.]+\])(?:{_PORT})?(?:/[!-\"$->@-~]*)?"
_ADDRESS = rf"(?:[\d.]+|\[[\da-f:.]+\]){_PORT}", 'IP addresses with a port, such as "0.0.0.0:25"'
_RULES = {
    "url": (rf"{_URL}(?:\s+{_URL})*", "http:// or https:// with a host, optionally a port up to 65535 and a path"),
    "database": (r"[ -~]+", "in ASCII"),  # a header of the request
    "login": (r"[^:]+", "without a colon"),  # RFC 7617
    "password": (r"[^\0-\x1f\x7f\ufffd]+", "a single line in UTF-8, also in password_file"),
    "lmtp": (rf"/.+|(127\.[\d.]+|\[::1\]){_PORT}", "paths of sockets, or 127.0.0.1 or [::1] with a port"),
    "hostname": (r"(?:[a-z\d-]+\.)+[a-z\d-]+", "the full name of this host, as in the MX record"),
    **dict.fromkeys(("smtp", "nameservers"), _ADDRESS),
}


class SettingsError(Exception):
    """An invalid option: what is wrong, and how to fix it. The text contains no secrets."""


@contextmanager
def faults_of(option: str):
    """Raise any error as one of an option.

    :raises SettingsError: instead of the error
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 libraries raise many kinds of errors
        raise SettingsError(f"{option}: {error}") from None


def read_settings(path: str) -> Namespace:
    """Return the options by name; those in the environment take precedence."""
    values = _read_file(path) if os.path.exists(path) else {}  # all options may be in the environment
    values |= {name: os.environ[key] for name, key in ENVIRONMENT.items() if os.environ.get(key)}
    for name, value in values.items():
        kind = type(DEFAULTS.get(name))
        values[name] = value = [value] if kind is list and isinstance(value, str) else value
        if type(value) is not kind or (kind is list and set(map(type, value)) - {str}):
            raise SettingsError(f"{name} must be {_TYPES[kind]}")
        if kind is int and value < (least := 0 if name in _MAY_BE_ZERO else 1):
            raise SettingsError(f"{name} must be at least {least}")
    settings = Namespace(**DEFAULTS | values)
    credential = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nonexistent"), "password")  # of systemd
    if not settings.password and (settings.password_file or credential.exists()):
        settings.password = Path(settings.password_file or credential).read_text("utf-8", "replace").strip()
    settings.lmtp = settings.lmtp or ([] if settings.smtp else ["127.0.0.1:2424"])
    needed = [*ENVIRONMENT, "hostname"] if settings.smtp else ENVIRONMENT
    if missing := [name for name in needed if not getattr(settings, name)]:
        raise SettingsError(f"{', '.join(missing)} missing in {path} and the environment")
    for name, (pattern, rule) in _RULES.items():
        texts = getattr(settings, name) or []
        if not all(re.fullmatch(pattern, text, re.I) for text in ([texts] if isinstance(texts, str) else texts)):
            raise SettingsError(f"{name} must be {rule}")
    return settings


def _read_file(path):
    with open(path, "rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o006:
            raise SettingsError(f"every account can read {path}; run: chmod o= {path}")
        try:
            return tomllib.load(file)
        except ValueError as error:  # its text may contain a part of the file
            raise SettingsError(f"{path} is not valid TOML ({str(error).rpartition('(')[2]}") from None
