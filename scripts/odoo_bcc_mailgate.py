#!/usr/bin/env python3
"""Deliver one mail from standard input to Odoo: the command that a mail server calls.

Copy this file alone to the mail host; it needs Python 3.8 or newer and nothing else.

    odoo_bcc_mailgate.py --config /etc/odoo_bcc_mailgate.conf --recipient=ADDRESS --sender=ADDRESS < mail

The configuration file, which must not be readable by every account:

    [odoo]
    # several servers of one database, separated by blanks: each mail goes to any that answers
    url = https://odoo.example.com
    database = production
    login = mailgate
    password = a password or, better, an API key
    # optional: timeout = 120 (seconds), ca_file = /etc/ssl/private-ca.pem, unknown = discard (default: bounce)

ODOO_URL, ODOO_DB, ODOO_LOGIN and ODOO_PASSWORD in the environment override the file. Exit codes, from sysexits.h:

* 0: Odoo has the mail; delivering it twice does no harm. Or the recipient is unknown, and such mails are discarded.
* 67, no such user: Odoo knows no such recipient. The mail server returns the mail to its sender.
* 75, try later: everything else. The mail stays in the mail server's queue until the cause is fixed.
"""

import argparse
import base64
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

EX_OK, EX_NOUSER, EX_TEMPFAIL = 0, 67, 75
# enhanced status codes (RFC 3463); Postfix trusts one at the start of the output more than the exit code
STATUS = {EX_OK: "2.0.0", EX_NOUSER: "5.1.1", EX_TEMPFAIL: "4.3.0"}
DEFAULTS = {"timeout": "120", "ca_file": None, "unknown": "bounce"}
# required option: its variable in the environment
ENVIRONMENT = {"url": "ODOO_URL", "database": "ODOO_DB", "login": "ODOO_LOGIN", "password": "ODOO_PASSWORD"}
# scheme, host with port, path; in ASCII, and nothing else: the request has login and database
URL = re.compile(r"(https?)://((?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?)((?:/[!-\"$->@-~]*)?)", re.ASCII | re.IGNORECASE)
RULES = {
    "database": (r"[ -~]+", "in ASCII"),  # a header of the request
    "login": (r"[^:]+", "without a colon"),  # RFC 7617
    "timeout": (r"\d+(\.\d+)?", "a number"),
    "unknown": (r"bounce|discard", "bounce or discard"),
}
# the only answers that end a delivery: status and body
TAKEN = 200, b"taken"
UNKNOWN_RECIPIENT = 422, b"unknown recipient"
HINTS = {
    401: "wrong login or password",
    403: "an access error",
    404: "Odoo has no such page: is the addon installed in database {database}?",
    411: "a proxy in between hands the mail on in chunks, without its length",
    413: "the mail is larger than Odoo, or a proxy, allows",
    **dict.fromkeys(range(300, 400), "a redirection: url must be the address to which it leads"),
}


class DeliveryError(Exception):
    """Why the mail was not delivered, and the exit code. The text may appear in bounces: no secrets."""

    def __init__(self, reason, status=EX_TEMPFAIL):
        super().__init__(reason)
        self.status = status


class ArgumentParser(argparse.ArgumentParser):
    def error(self, message):  # not shown: it repeats the arguments
        raise DeliveryError("wrong call: only --config, --recipient and --sender, with a value each")


def parse_arguments(arguments=None):
    parser = ArgumentParser(add_help=False, allow_abbrev=False)  # help would exit with 0
    parser.add_argument("--config", default="/etc/odoo_bcc_mailgate.conf")
    parser.add_argument("--recipient", nargs="+", action="extend", default=[])
    parser.add_argument("--sender")
    return parser.parse_args(arguments)


def read_file(path):
    """Return the options of section ``[odoo]``, none if there is no such file."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        with open(path, encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IROTH | stat.S_IWOTH):
                raise DeliveryError(f"every account can read {path}; take that right away (chmod o= )")
            parser.read_file(file)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError, configparser.Error) as error:  # whose text may hold the password
        raise DeliveryError(f"cannot read {path}: {type(error).__name__}") from error
    return {name: value for name, value in parser["odoo"].items() if value} if "odoo" in parser else {}


def read_settings(path):
    """Return the options of file and environment by name."""
    values = {option: os.environ[name] for option, name in ENVIRONMENT.items() if os.environ.get(name, "").strip()}
    settings = {**DEFAULTS, **(read_file(path) if len(values) < len(ENVIRONMENT) else {}), **values}
    if missing := [option for option in ENVIRONMENT if option not in settings]:
        raise DeliveryError(f"{', '.join(missing)} missing in {path} and the environment")
    for option, (pattern, rule) in RULES.items():
        if not re.fullmatch(pattern, settings[option]):
            raise DeliveryError(f"{option} must be {rule}")
    settings["servers"] = [URL.fullmatch(url) for url in settings["url"].split()]
    if not all(settings["servers"]):
        raise DeliveryError("url must be http:// or https:// with a host, in ASCII; after it a port and a path at most")
    return settings


def clean_address(address):
    """Return an address as bytes, without control characters, which could end a header."""
    return re.sub(rb"[\0-\x1f\x7f]", b"", os.fsencode(address)).strip()


def add_return_path(message, sender):
    """Return a mail with the envelope sender on top as ``Return-Path`` (RFC 5321 section 4.4), unless that is None."""
    if message.startswith(b"From "):  # the separator of a mailbox file is no header
        message = message.partition(b"\n")[2]
    if sender is None:
        return message
    end = b"\r\n" if message.partition(b"\n")[0].endswith(b"\r") else b"\n"
    # how Postfix names the empty sender by default
    address = b"" if sender.upper() == "MAILER-DAEMON" else clean_address(sender).strip(b"<>")
    return_path = b"Return-Path: <" + address + b">" + end
    return message if message.startswith(return_path) else return_path + message


def connect(settings):
    """Return an open connection to one of the servers, in random order, and the path of its URL."""
    timeout = float(settings["timeout"])
    for server in random.sample(settings["servers"], len(settings["servers"])):
        scheme, host, path = server.groups()
        try:
            connection = http.client.HTTPConnection(host, timeout=timeout)
            if scheme.lower() == "https":
                context = ssl.create_default_context(cafile=settings["ca_file"])
                connection = http.client.HTTPSConnection(host, timeout=timeout, context=context)
            connection.connect()
            return connection, path.rstrip("/")
        except (OSError, UnicodeError) as error:
            reason = type(error).__name__
    raise DeliveryError(f"cannot reach Odoo: {reason}")


def deliver(settings, message, recipients=()):
    """Post a mail and its envelope recipients to Odoo, or raise DeliveryError.

    If a server does not respond, no other one is tried: it may still be processing the mail.
    """
    envelope = b"\n".join(filter(None, dict.fromkeys(map(clean_address, recipients))))
    credentials = f"{settings['login']}:{settings['password']}".encode()
    headers = {
        "Authorization": f"Basic {base64.b64encode(credentials).decode()}",
        "Connection": "close",
        "Content-Type": "message/rfc822",
        "User-Agent": "odoo_bcc_mailgate",
        "X-Odoo-Database": settings["database"],
        # neither in the mail, whose headers anyone can write, nor in the URL, which proxies log
        **({"X-BCC-Dropbox-Envelope": base64.b64encode(envelope).decode()} if envelope else {}),
    }
    connection, path = connect(settings)
    try:
        is_whole = False
        # a server that rejects a mail may close the connection before all is sent; its answer has the reason
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request("POST", f"{path}/bcc_dropbox/mail", message, headers)
            is_whole = True
        response = connection.getresponse()
        body = response.read(16_384)  # more is no answer of ours
        is_whole &= response.getheader("Content-Length", str(len(body))).strip() == str(len(body))
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise DeliveryError(f"no answer from Odoo: {type(error).__name__}") from error
    finally:
        connection.close()
    check_answer(settings, response.status, body if is_whole else b"")


def check_answer(settings, status, body):
    """Raise DeliveryError unless Odoo has the mail."""
    if (status, body) == UNKNOWN_RECIPIENT:
        if settings["unknown"] == "discard":
            raise DeliveryError("Odoo knows no such recipient; discarded", EX_OK)
        raise DeliveryError("Odoo knows no such recipient", EX_NOUSER)
    if (status, body) != TAKEN:
        is_kind = status == 503 and body.isalpha() and len(body) <= 60  # of exception
        hint = body.decode() if is_kind else HINTS.get(status, "").format(**settings)
        raise DeliveryError(f"Odoo answered with HTTP status {status}{hint and ': '}{hint}")


def report(status, reason):
    """Write one line for the mail server's log, which also lands in a bounce."""
    line = re.sub(r"(?i)bcc-[a-z2-7]{20}", "bcc-***", " ".join(reason.split()))[:300]
    with contextlib.suppress(Exception):  # the exit code counts, even where standard error is closed
        print(f"{STATUS[status]} odoo_bcc_mailgate: {line}", file=sys.stderr, flush=True)


def stop(_number, _frame):
    """Keep the mail in the queue when the mail server or the host shuts down."""
    report(EX_TEMPFAIL, "interrupted")
    os._exit(EX_TEMPFAIL)


def main():
    """Deliver the mail on standard input and return the exit code."""
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, stop)
        options = parse_arguments()
        settings = read_settings(options.config)
        message = sys.stdin.buffer.read()
        if not message or message.isspace():
            raise DeliveryError("no mail on standard input")
        deliver(settings, add_return_path(message, options.sender), options.recipient)
    except DeliveryError as error:
        report(error.status, str(error))
        return error.status
    except Exception as error:  # noqa: BLE001, a traceback and exit code 1 would bounce the mail
        report(EX_TEMPFAIL, f"unexpected {type(error).__name__}")
        return EX_TEMPFAIL
    return EX_OK


if __name__ == "__main__":
    os._exit(main())  # without Python's clean-up, which changes the exit code where standard error is closed
