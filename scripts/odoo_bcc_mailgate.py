#!/usr/bin/env python3
"""Hand one mail from standard input to Odoo: the command that a mail server calls.

Copy this file alone to the mail host; it needs Python 3.10 or newer and nothing else.

    odoo_bcc_mailgate.py --config /etc/odoo_bcc_mailgate.conf \
        --recipient=ADDRESS --sender=ADDRESS < mail

The credentials come from a file that only the calling account can read:

    [odoo]
    # several servers of one database with a blank between: each mail goes to any that answers
    url = https://odoo.example.com
    database = production
    login = mailgate
    password = a password or, better, an API key
    # optional: seconds to wait for Odoo, user id (saves the login), file with a private CA
    timeout = 120
    uid = 7
    ca_file = /etc/ssl/private-ca.pem

or from the environment, which wins: ODOO_URL, ODOO_DB, ODOO_LOGIN, ODOO_PASSWORD. Never from the
command line, which every account of the host can see.

Exit codes, from sysexits.h:

* 0: Odoo has the mail.
* 75, try later: everything else. The mail stays in the mail server's queue, and an administrator
  can mend what is wrong meanwhile. A wrong guess on this side costs a late bounce; a wrong guess on the
  other side costs a mail.
* 67, no such user: Odoo itself said that it knows no recipient of this mail.

Odoo recognises a mail that it already has, so to deliver one twice does no harm.
"""

from __future__ import annotations

import argparse
import configparser
import contextlib
import http.client
import os
import random
import re
import signal
import ssl
import stat
import sys
import urllib.parse
import xmlrpc.client
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

EX_OK = 0
EX_NOUSER = 67
EX_TEMPFAIL = 75

DEFAULT_CONFIG = "/etc/odoo_bcc_mailgate.conf"
DEFAULT_TIMEOUT = 120

#: option in the file: variable in the environment
ENVIRONMENT = {
    "url": "ODOO_URL",
    "database": "ODOO_DB",
    "login": "ODOO_LOGIN",
    "password": "ODOO_PASSWORD",
}

#: enhanced status codes (RFC 3463); Postfix trusts one at the start of the output more than the exit code
STATUS = {EX_NOUSER: "5.1.1", EX_TEMPFAIL: "4.3.0"}

CONTROL_CHARACTERS = re.compile(rb"[\x00-\x1f\x7f]+")
TOKEN = re.compile(r"bcc-[a-z2-7]{20}", re.IGNORECASE)

#: fault codes of /xmlrpc/2
FAULTS = {2: "a user error", 3: "access denied", 4: "an access error"}


class DeliveryError(Exception):
    """Why the mail was not delivered, and the exit code that says so."""

    def __init__(self, reason: str, status: int = EX_TEMPFAIL):
        super().__init__(reason)
        self.status = status


class UnreachableError(DeliveryError):
    """The server is not there, or went away: another one may take the mail."""


@dataclass(frozen=True)
class Settings:
    """Where Odoo is and who calls it; ``repr`` shows nothing of it."""

    url: str
    database: str
    login: str
    password: str
    uid: int = 0
    timeout: float = DEFAULT_TIMEOUT
    ca_file: str = ""

    def __repr__(self) -> str:
        return "Settings()"


class Parser(argparse.ArgumentParser):
    """A parser that keeps the mail in the queue when the call is wrong; argparse's 2 would bounce it."""

    def error(self, message: str) -> NoReturn:
        raise DeliveryError(f"wrong call: {message}")


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the arguments; there are none for credentials, on purpose."""
    parser = Parser(description="Hand one mail from standard input to Odoo.", allow_abbrev=False)
    parser.add_argument("--config", default=DEFAULT_CONFIG, help="file with the credentials")
    parser.add_argument("--recipient", action="extend", nargs="+", default=[], help="envelope recipient, repeatable")
    parser.add_argument("--sender", help="envelope sender, empty for a bounce")
    return parser.parse_args(arguments)


def read_file(path: str) -> dict[str, str]:
    """Return the options of the configuration file, none if there is no such file.

    :raises DeliveryError: when it cannot be read, or can be read by everyone
    """
    try:
        with open(path, encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IROTH | stat.S_IWOTH):
                raise DeliveryError(f"every account can read {path}; take that right away (chmod o= )")
            parser = configparser.ConfigParser(interpolation=None)
            parser.read_file(file)
    except FileNotFoundError:
        return {}
    except (OSError, configparser.Error, UnicodeError) as error:
        # the text of a parser's error repeats the line, which may be the password
        raise DeliveryError(f"cannot read {path}: {type(error).__name__}") from error
    return dict(parser["odoo"]) if parser.has_section("odoo") else {}


def read_settings(path: str) -> Settings:
    """Return the settings of file and environment.

    :raises DeliveryError: when one is missing or makes no sense
    """
    environment = {option: os.environ.get(name) for option, name in ENVIRONMENT.items()}
    values = {option: value for option, value in environment.items() if value}
    if len(values) < len(ENVIRONMENT):
        values = {**read_file(path), **values}
    missing = [option for option in ENVIRONMENT if not values.get(option)]
    if missing:
        raise DeliveryError(f"{', '.join(missing)} missing in {path} and the environment")
    if any(urllib.parse.urlsplit(url).scheme not in ("http", "https") for url in values["url"].split()):
        raise DeliveryError("url must begin with http:// or https://")
    try:
        return Settings(
            **{option: values[option] for option in ENVIRONMENT},
            uid=int(values.get("uid") or 0),
            timeout=float(values.get("timeout") or DEFAULT_TIMEOUT),
            ca_file=values.get("ca_file", ""),
        )
    except ValueError as error:
        raise DeliveryError("uid and timeout must be numbers") from error


def clean_address(address: str) -> bytes:
    """Return an address as bytes for a header, without what could end the header."""
    return CONTROL_CHARACTERS.sub(b"", os.fsencode(address)).strip()


def add_envelope(message: bytes, recipients: Iterable[str], sender: str | None) -> bytes:
    """Write the envelope on top of a mail, whose own bytes stay as they are.

    :param recipients: one header ``X-BCC-Dropbox-Recipient`` each, without doubles
    :param sender: written as ``Return-Path``, ``<>`` for the empty one; nothing for None
    """
    if message.startswith(b"From "):  # the separator of a mailbox file is no header
        message = message.partition(b"\n")[2]
    end = b"\r\n" if message.partition(b"\n")[0].endswith(b"\r") else b"\n"
    headers = []
    if sender is not None:
        # what Postfix says for the empty sender if nobody told it otherwise
        address = b"" if sender.upper() == "MAILER-DAEMON" else clean_address(sender)
        return_path = b"Return-Path: <" + address.strip(b"<>") + b">"
        if not message.startswith(return_path + end):
            headers.append(return_path)
    addresses = dict.fromkeys(clean_address(recipient) for recipient in recipients)
    headers += [b"X-BCC-Dropbox-Recipient: " + address for address in addresses if address]
    return b"".join(header + end for header in headers) + message


class Transport(xmlrpc.client.Transport):
    """The connection to Odoo, which waits no longer than it was told."""

    def __init__(self, settings: Settings):
        super().__init__()
        self.settings = settings

    def make_connection(self, host: str) -> http.client.HTTPConnection:
        if not self._connection or self._connection[0] != host:
            timeout = self.settings.timeout
            name, self._extra_headers, _x509 = self.get_host_info(host)  # user:password@ for a proxy
            if urllib.parse.urlsplit(self.settings.url).scheme == "https":
                context = ssl.create_default_context(cafile=self.settings.ca_file or None)
                connection = http.client.HTTPSConnection(name, timeout=timeout, context=context)
            else:
                connection = http.client.HTTPConnection(name, timeout=timeout)
            self._connection = host, connection
        return self._connection[1]


def get_exception(fault: xmlrpc.client.Fault) -> str:
    """Return the line of a fault's traceback that names the exception raised at last."""
    last = fault.faultString.rpartition("Traceback (most recent call last):\n")[2]
    return next((line for line in last.splitlines() if line and not line[0].isspace()), "")


def check_fault(fault: xmlrpc.client.Fault) -> None:
    """Tell what Odoo's answer to a mail means: nothing bad, or an error.

    The error names the kind of exception alone: its text may hold addresses, and lands in a bounce.

    :raises DeliveryError: when Odoo has not taken the mail
    """
    exception = get_exception(fault)
    if exception.startswith("TypeError: cannot marshal None"):
        return  # the gateway dropped a mail loop; it was done when its empty answer could not be written
    if fault.faultCode == 1 and exception.startswith("ValueError: No possible route found"):
        raise DeliveryError("Odoo knows no such recipient", EX_NOUSER)
    kind = FAULTS.get(fault.faultCode) or re.match(r"[\w.]*", exception)[0] or "an unknown fault"
    raise DeliveryError(f"Odoo answered with {kind}")


@contextlib.contextmanager
def temporary_errors() -> Iterator[None]:
    """Turn all that can go wrong between here and Odoo into an error that may pass."""
    try:
        yield
    except xmlrpc.client.Fault as fault:
        kind = FAULTS.get(fault.faultCode) or "an error"
        raise DeliveryError(f"Odoo answered the login with {kind}; does the database exist?") from fault
    except xmlrpc.client.ProtocolError as error:
        raise DeliveryError(f"Odoo answered with HTTP status {error.errcode}") from error
    except TimeoutError as error:
        raise DeliveryError("cannot reach Odoo: timed out") from error
    except OSError as error:
        raise UnreachableError(f"cannot reach Odoo: {type(error).__name__}") from error
    except http.client.HTTPException as error:
        raise DeliveryError(f"cannot reach Odoo: {type(error).__name__}") from error


def deliver(settings: Settings, message: bytes) -> None:
    """Hand a mail to Odoo.

    :raises DeliveryError: when Odoo has not taken it
    """
    url = settings.url.rstrip("/") + "/xmlrpc/2/"
    account = settings.database, settings.login, settings.password
    transport = Transport(settings)
    with temporary_errors():
        common = xmlrpc.client.ServerProxy(url + "common", transport)
        uid = settings.uid or common.authenticate(*account, {})
        if not uid:
            raise DeliveryError("Odoo refused login and password")
        models = xmlrpc.client.ServerProxy(url + "object", transport)
        call = settings.database, uid, settings.password, "mail.thread", "message_process"
        try:
            models.execute_kw(*call, [False, xmlrpc.client.Binary(message)])
        except xmlrpc.client.Fault as fault:
            check_fault(fault)


def deliver_to_any(settings: Settings, message: bytes) -> None:
    """Hand a mail to one of the servers, by chance, and to the next one if that is not there.

    A server that does not answer in time may still be at work on the mail, and is no reason to try another one.

    :raises DeliveryError: when none has taken it
    """
    urls = settings.url.split()
    for tries_left, url in reversed(list(enumerate(random.sample(urls, len(urls))))):
        try:
            deliver(replace(settings, url=url), message)
            return
        except UnreachableError:  # noqa: PERF203 each server by itself
            if not tries_left:
                raise


def report(status: int, reason: str) -> None:
    """Write one line for the mail server's log, which also lands in a bounce: no secrets."""
    line = TOKEN.sub("bcc-***", " ".join(reason.split()))[:300]
    # the exit code counts, even if nobody listens any more
    with contextlib.suppress(Exception):
        sys.stderr.write(f"{STATUS[status]} odoo_bcc_mailgate: {line}\n")
        sys.stderr.flush()


def stop(_signal: int, _frame: object) -> NoReturn:
    """Keep the mail in the queue when the mail server or the host shuts down."""
    report(EX_TEMPFAIL, "interrupted")
    os._exit(EX_TEMPFAIL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Deliver the mail on standard input and return the exit code."""
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, stop)
        options = parse_arguments(arguments)
        settings = read_settings(options.config)
        message = sys.stdin.buffer.read()
        if not message.strip():
            raise DeliveryError("no mail on standard input")
        deliver_to_any(settings, add_envelope(message, options.recipient, options.sender))
    except DeliveryError as error:
        report(error.status, str(error))
        return error.status
    except Exception as error:  # noqa: BLE001, a traceback and exit code 1 would bounce the mail
        report(EX_TEMPFAIL, f"unexpected {type(error).__name__}")
        return EX_TEMPFAIL
    return EX_OK


if __name__ == "__main__":
    # without Python's clean-up: where standard error is gone, that would change the exit code
    os._exit(main())
