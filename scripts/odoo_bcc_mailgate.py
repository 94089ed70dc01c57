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
    # optional: seconds to wait for Odoo, file with a private CA
    timeout = 120
    ca_file = /etc/ssl/private-ca.pem
    # optional: what becomes of mail whose recipient Odoo does not know, "bounce" if left out
    unknown = discard

or from the environment, which wins: ODOO_URL, ODOO_DB, ODOO_LOGIN, ODOO_PASSWORD. Never from the
command line, which every account of the host can see.

The mail goes to a page of the addon as it is, by one HTTP request. Its recipients travel in the header of that request:
what stands in a mail, anybody may have written. A path in ``url`` is that of a proxy.

Exit codes, from sysexits.h:

* 0: Odoo has the mail.
* 75, try later: everything else. The mail stays in the mail server's queue, and an administrator
  can mend what is wrong meanwhile. A wrong guess on this side costs a late bounce; a wrong guess on the
  other side costs a mail.
* 67, no such user: Odoo itself said that it knows no recipient of this mail. The mail server returns it to its sender,
  who learns that way which addresses exist, and may be someone whose address was forged. With ``unknown = discard`` it
  is 0 instead, and the mail is gone without a word to anyone but the mail server's log.

Odoo recognises a mail that it already has, so to deliver one twice does no harm.
"""

from __future__ import annotations

import binascii
import os
import stat
import sys

try:
    import _signal as signal
    import _socket as socket
except ImportError:  # a Python that has them elsewhere
    import signal
    import socket

# Postfix starts a Python for each mail, which takes longer than Odoo takes for the mail. So nothing is imported that
# can be done without, and of signal and socket only what they stand on: those two bring enum, selectors and re, which
# take as long as all else. So would argparse, configparser, contextlib, dataclasses, http.client or urllib.parse.

EX_OK = 0
EX_NOUSER = 67
EX_TEMPFAIL = 75

DEFAULT_CONFIG = "/etc/odoo_bcc_mailgate.conf"
DEFAULT_TIMEOUT = 120
#: what becomes of mail whose recipient Odoo does not know
BOUNCE, DISCARD = "bounce", "discard"

#: option in the file: variable in the environment
ENVIRONMENT = {
    "url": "ODOO_URL",
    "database": "ODOO_DB",
    "login": "ODOO_LOGIN",
    "password": "ODOO_PASSWORD",
}

#: the page of the addon, and its only answers that end a delivery: nothing else is believed
PAGE = "/bcc_dropbox/mail"
ENVELOPE_HEADER = "X-BCC-Dropbox-Envelope"
TAKEN = 200, b"taken"
UNKNOWN_RECIPIENT = 422, b"unknown recipient"
#: bytes that are read of an answer, its header included
MAX_ANSWER = 16_384

#: what other answers mean
HINTS = {
    401: "wrong login or password",
    403: "an access error",
    404: "Odoo has no such page: is the addon installed in database {database}?",
    411: "a proxy in between hands the mail on in chunks, without its length",
    413: "the mail is larger than Odoo, or a proxy, allows",
    426: "a proxy in between takes no HTTP/1.0",
}

#: enhanced status codes (RFC 3463); Postfix trusts one at the start of the output more than the exit code
STATUS = {EX_OK: "2.0.0", EX_NOUSER: "5.1.1", EX_TEMPFAIL: "4.3.0"}

CONTROL_CHARACTERS = bytes(range(32)) + b"\x7f"
HOST_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-_")
ADDRESS_CHARACTERS = frozenset("abcdef0123456789:.")  # IPv6, in brackets


class DeliveryError(Exception):
    """Why the mail was not delivered, and the exit code that says so."""

    def __init__(self, reason: str, status: int = EX_TEMPFAIL):
        super().__init__(reason)
        self.status = status


class UnreachableError(DeliveryError):
    """No connection was made, so the mail is nowhere yet: another server may take it."""


class Settings:
    """Where Odoo is and who calls it; ``repr`` shows nothing of it."""

    def __init__(
        self,
        url: str,
        database: str,
        login: str,
        password: str,
        timeout: float = DEFAULT_TIMEOUT,
        ca_file: str = "",
        unknown: str = BOUNCE,
    ):
        self.url = url
        self.database = database
        self.login = login
        self.password = password
        self.timeout = timeout
        self.ca_file = ca_file
        self.unknown = unknown

    def __repr__(self) -> str:
        return "Settings()"

    def replace(self, url: str) -> Settings:
        """Return the same with other servers."""
        return Settings(url, self.database, self.login, self.password, self.timeout, self.ca_file, self.unknown)


class Server:
    """The address of a server; its name is what the header ``Host`` has to say."""

    def __init__(self, scheme: str, host: str, port: int, name: str, path: str):
        self.is_secure = scheme == "https"
        self.host = host
        self.port = port
        self.name = name
        self.path = path


def parse_arguments(arguments: list[str]) -> dict[str, list[str]]:
    """Return the values of each option; there are none for credentials, on purpose.

    :raises DeliveryError: when the call is wrong, which keeps the mail in the queue; it repeats no argument
    """
    options: dict[str, list[str]] = {"--config": [], "--recipient": [], "--sender": []}
    wanting = taking = ""  # the option whose value has to come now, and the one whose value may come
    for argument in arguments:
        name, equals, value = argument.partition("=")
        if not argument.startswith("-") and taking:
            options[taking].append(argument)
            wanting, taking = "", taking if taking == "--recipient" else ""
        elif name not in options or wanting:
            raise DeliveryError("wrong call: only --config, --recipient and --sender, with a value each")
        elif equals:
            options[name].append(value)
            taking = ""
        else:
            wanting = taking = name
    if wanting:
        raise DeliveryError(f"wrong call: {wanting} needs a value")
    return options


def parse_options(lines: list[str]) -> dict[str, str]:
    """Return the options of section ``[odoo]``: ``name = value``, where a line that begins with a blank goes on.

    Lines that begin with # or ; are comments.

    :raises DeliveryError: at a line that is none of it; it does not repeat the line, which may be the password
    """
    options: dict[str, str] = {}
    section = name = ""
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text or text.startswith(("#", ";")):
            continue
        if text.startswith("[") and text.endswith("]"):
            section, name = text, ""
        elif line[0].isspace() and name:
            options[name] += f"\n{text}"
        elif section == "[odoo]":
            end = min((text.find(delimiter) for delimiter in "=:" if delimiter in text), default=0)
            name = text[:end].rstrip().lower()
            if not name or name in options:
                raise DeliveryError(f"line {number} of the configuration is no name = value, or has a name once more")
            options[name] = text[end + 1 :].lstrip()
    return options


def read_file(path: str) -> dict[str, str]:
    """Return the options of the configuration file, none if there is no such file.

    :raises DeliveryError: when it cannot be read, or can be read by everyone
    """
    try:
        with open(path, encoding="utf-8") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IROTH | stat.S_IWOTH):
                raise DeliveryError(f"every account can read {path}; take that right away (chmod o= )")
            return parse_options(file.readlines())
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeError) as error:
        raise DeliveryError(f"cannot read {path}: {type(error).__name__}") from error


def parse_url(url: str) -> Server:
    """Return the server of a web address.

    :raises DeliveryError: when it is none; it does not repeat it
    """
    if not (url.isascii() and url.isprintable()):  # it is written into the request
        raise DeliveryError("url must be in ASCII; other names of hosts have a form that begins with xn--")
    scheme, _separator, rest = url.partition("://")
    name, slash, path = rest.partition("/")
    if "@" in name:
        raise DeliveryError("url must hold no login or password: the request has those of Odoo")
    host, colon, port = name.lower().rpartition(":")
    if not port.isdecimal():  # there is none, or the colon is within brackets
        host, colon, port = name.lower() if port.endswith("]") or not colon else "", "", ""
    is_bracketed = host.startswith("[") and host.endswith("]")
    characters = ADDRESS_CHARACTERS if is_bracketed else HOST_CHARACTERS
    host = host[1:-1] if is_bracketed else host
    default = {"http": 80, "https": 443}.get(scheme.lower())
    if not default or not host or not characters.issuperset(host) or int(port or 0) > 65535:
        raise DeliveryError("url must be http:// or https:// with a host; after it a port and a path at most")
    return Server(scheme.lower(), host, int(port or default), name, slash + path)


def check_settings(settings: Settings) -> None:
    """Check what becomes part of the request.

    :raises DeliveryError: when it cannot
    """
    for url in settings.url.split():
        parse_url(url)
    if not (settings.database.isascii() and settings.database.isprintable()):  # it is written into a header
        raise DeliveryError("database must be in ASCII")
    if settings.unknown not in (BOUNCE, DISCARD):
        raise DeliveryError(f"unknown must be {BOUNCE} or {DISCARD}")
    if ":" in settings.login:  # RFC 7617
        raise DeliveryError("login must hold no colon")
    try:
        f"{settings.login}{settings.password}".encode()
    except UnicodeError as error:
        raise DeliveryError("login and password must be in UTF-8") from error


def read_settings(path: str) -> Settings:
    """Return the settings of file and environment.

    :raises DeliveryError: when one is missing or makes no sense
    """
    environment = {option: os.environ.get(name) for option, name in ENVIRONMENT.items()}
    values = {option: value for option, value in environment.items() if value and value.strip()}
    if len(values) < len(ENVIRONMENT):
        values = {**read_file(path), **values}
    missing = [option for option in ENVIRONMENT if not values.get(option)]
    if missing:
        raise DeliveryError(f"{', '.join(missing)} missing in {path} and the environment")
    try:
        timeout = float(values.get("timeout") or DEFAULT_TIMEOUT)
    except ValueError as error:
        raise DeliveryError("timeout must be a number") from error
    optional = timeout, values.get("ca_file", ""), values.get("unknown") or BOUNCE
    settings = Settings(*(values[option] for option in ENVIRONMENT), *optional)
    check_settings(settings)
    return settings


def clean_address(address: str) -> bytes:
    """Return an address as bytes for a header, without what could end the header."""
    return os.fsencode(address).translate(None, CONTROL_CHARACTERS).strip()


def add_return_path(message: bytes, sender: str | None) -> bytes:
    """Write the sender of the envelope on top of a mail, as RFC 5321 has it; the bytes of the mail stay as they are.

    :param sender: written as ``Return-Path``, ``<>`` for the empty one; nothing for None
    """
    if message.startswith(b"From "):  # the separator of a mailbox file is no header
        message = message.partition(b"\n")[2]
    if sender is None:
        return message
    end = b"\r\n" if message.partition(b"\n")[0].endswith(b"\r") else b"\n"
    # what Postfix says for the empty sender if nobody told it otherwise
    address = b"" if sender.upper() == "MAILER-DAEMON" else clean_address(sender)
    return_path = b"Return-Path: <" + address.strip(b"<>") + b">" + end
    return message if message.startswith(return_path) else return_path + message


def encode_recipients(recipients: list[str]) -> str:
    """Return addresses as the value of a header of the request: one a line, without doubles, in base64."""
    addresses = dict.fromkeys(clean_address(recipient) for recipient in recipients)
    return binascii.b2a_base64(b"\n".join(filter(None, addresses)), newline=False).decode()


def name_error(error: Exception) -> str:
    """Return what may be told of an error of the network: not its text, which may hold anything."""
    return "timed out" if isinstance(error, TimeoutError) else type(error).__name__


def connect(settings: Settings) -> socket.socket:
    """Open a connection to the one server of some settings, which waits no longer than it was told.

    :raises UnreachableError: when that fails
    """
    server = parse_url(settings.url)
    try:
        if server.is_secure:
            return connect_securely(server, settings)
        # as bytes: for text, Python loads what names in other scripts need
        places = socket.getaddrinfo(server.host.encode(), server.port, 0, socket.SOCK_STREAM)
        for number, (family, kind, protocol, _name, address) in enumerate(places, 1):
            connection = socket.socket(family, kind, protocol)
            try:
                connection.settimeout(settings.timeout)
                connection.connect(address)
                return connection
            except OSError:
                connection.close()
                if number == len(places):
                    raise
    except (OSError, UnicodeError) as error:
        raise UnreachableError(f"cannot reach Odoo: {name_error(error)}") from error
    raise UnreachableError("cannot reach Odoo: its host has no address")


def connect_securely(server: Server, settings: Settings) -> socket.socket:
    """Open a connection by TLS, to whom the certificate says it is."""
    import ssl
    from socket import create_connection

    context = ssl.create_default_context(cafile=settings.ca_file or None)
    connection = create_connection((server.host, server.port), settings.timeout)
    return context.wrap_socket(connection, server_hostname=server.host)


def build_head(settings: Settings, length: int, envelope: str = "") -> bytes:
    """Return the header of the request; in HTTP/1.0, so that the answer is in one piece, which the connection ends.

    The recipients stand here and not in the URL: proxies log that, and the address of a dropbox is a secret.
    """
    server = parse_url(settings.url)
    credentials = binascii.b2a_base64(f"{settings.login}:{settings.password}".encode(), newline=False).decode()
    lines = (
        f"POST {server.path.rstrip('/')}{PAGE} HTTP/1.0",
        f"Host: {server.name}",
        f"Authorization: Basic {credentials}",
        f"Content-Length: {length}",
        "Content-Type: message/rfc822",
        f"X-Odoo-Database: {settings.database}",
        *([f"{ENVELOPE_HEADER}: {envelope}"] if envelope else []),
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


def parse_answer(answer: bytes) -> tuple[int, int, bytes]:
    """Return status, length of the body and body of an answer, as far as it came.

    The status is 0 as long as there is no header that is one, the length -1 when it is not told.
    """
    head, end, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\n")
    version, status = [*first.split(), b"", b""][:2]
    is_header = end and version in (b"HTTP/1.0", b"HTTP/1.1") and status.isdigit() and len(status) == 3
    for line in lines:
        name, _colon, value = line.partition(b":")
        value = value.strip()
        if name.lower() == b"content-length" and value.isdigit() and len(value) < 10:
            return int(status) if is_header else 0, int(value), body
    return int(status) if is_header else 0, -1, body


def post(connection: socket.socket, settings: Settings, message: bytes, envelope: str = "") -> tuple[int, bytes]:
    """Send a mail and return status and body of the answer, whose body is empty when it did not come whole.

    :raises DeliveryError: when there is no answer; Odoo may be at work on the mail, or have it
    """
    try:
        try:
            connection.sendall(build_head(settings, len(message), envelope))
            connection.sendall(message)
            is_sent = True
        except (BrokenPipeError, ConnectionResetError):
            # whoever refuses a mail may close the connection before all of it was sent; the answer says why
            is_sent = False
        answer, status, length, body = b"", 0, -1, b""
        # no further than its end: Odoo waits for what it has not read of a mail, until this side closes
        while len(answer) < MAX_ANSWER and not (status and 0 <= length <= len(body)):
            more = connection.recv(MAX_ANSWER)
            if not more:
                break
            answer += more
            status, length, body = parse_answer(answer)
    except OSError as error:
        raise DeliveryError(f"no answer from Odoo: {name_error(error)}") from error
    if not status:
        raise DeliveryError("no answer from Odoo that is one")
    return status, body if is_sent and length in (-1, len(body)) else b""


def check_answer(settings: Settings, status: int, body: bytes) -> None:
    """Tell what an answer means: nothing bad, or an error.

    :raises DeliveryError: when Odoo has not taken the mail
    """
    if (status, body) == TAKEN:
        return
    if (status, body) == UNKNOWN_RECIPIENT:
        raise DeliveryError("Odoo knows no such recipient", EX_NOUSER)
    hint = HINTS.get(status, "").format(database=settings.database)
    if status == 503 and body.isalpha() and len(body) <= 60:
        hint = body.decode()  # the kind of exception
    if 300 <= status < 400:
        hint = "a redirection: url must be the address to which it leads"
    raise DeliveryError(f"Odoo answered with HTTP status {status}{hint and ': '}{hint}")


def deliver(settings: Settings, message: bytes, envelope: str = "") -> None:
    """Hand a mail to Odoo.

    :raises DeliveryError: when Odoo has not taken it
    """
    connection = connect(settings)
    try:
        check_answer(settings, *post(connection, settings, message, envelope))
    finally:
        connection.close()


def deliver_to_any(settings: Settings, message: bytes, envelope: str = "") -> None:
    """Hand a mail to one of the servers, by chance, and to the next one if that is not there.

    A server that does not answer in time may still be at work on the mail, and is no reason to try another one.

    :raises DeliveryError: when none has taken it
    """
    urls = settings.url.split()
    first = os.urandom(1)[0] % max(1, len(urls))
    urls = urls[first:] + urls[:first]
    for tries_left, url in reversed(list(enumerate(urls))):
        try:
            deliver(settings.replace(url), message, envelope)
            return
        except UnreachableError:  # noqa: PERF203 each server by itself
            if not tries_left:
                raise
    raise DeliveryError("url is empty")  # never a success by having nothing to do


def report(status: int, reason: str) -> None:
    """Write one line for the mail server's log, which also lands in a bounce: no secrets."""
    try:
        import re

        line = re.sub(r"(?i)bcc-[a-z2-7]{20}", "bcc-***", " ".join(reason.split()))[:300]
        sys.stderr.write(f"{STATUS[status]} odoo_bcc_mailgate: {line}\n")
        sys.stderr.flush()
    except Exception:  # noqa: BLE001, S110 the exit code counts, even if nobody listens any more
        pass


def stop(_signal: int, _frame: object) -> None:
    """Keep the mail in the queue when the mail server or the host shuts down."""
    report(EX_TEMPFAIL, "interrupted")
    os._exit(EX_TEMPFAIL)


def main(arguments: list[str] | None = None) -> int:
    """Deliver the mail on standard input and return the exit code."""
    try:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, stop)
        options = parse_arguments(sys.argv[1:] if arguments is None else arguments)
        settings = read_settings((options["--config"] or [DEFAULT_CONFIG])[-1])
        message = sys.stdin.buffer.read()
        if not message or message.isspace():
            raise DeliveryError("no mail on standard input")
        message = add_return_path(message, (options["--sender"] or [None])[-1])
        deliver_to_any(settings, message, encode_recipients(options["--recipient"]))
    except DeliveryError as error:
        is_discarded = error.status == EX_NOUSER and settings.unknown == DISCARD
        status = EX_OK if is_discarded else error.status
        report(status, f"{error}{'; discarded' if is_discarded else ''}")
        return status
    except Exception as error:  # noqa: BLE001, a traceback and exit code 1 would bounce the mail
        report(EX_TEMPFAIL, f"unexpected {type(error).__name__}")
        return EX_TEMPFAIL
    return EX_OK


if __name__ == "__main__":
    # without Python's clean-up: where standard error is gone, that would change the exit code
    os._exit(main())
