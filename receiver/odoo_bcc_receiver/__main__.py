"""The command ``odoo-bcc-receiver``."""

import argparse
import asyncio
import contextlib
import logging
import os
import resource
import signal
import ssl
import sys

from . import __version__
from .odoo import Odoo, OdooError, UnknownRecipientError
from .server import Connection, LocalConnection, Service, logger
from .settings import Settings, SettingsError, parse_address, read_settings

_SPARE_FILES = 200


class Certificate:
    """The certificate for STARTTLS, which is read again when its files are replaced."""

    def __init__(self, settings: Settings):
        self._files = [settings.certificate, settings.key] if settings.certificate else []
        self._read = self._context = None

    def get_context(self) -> ssl.SSLContext | None:
        """Return the context for a new connection, None if there is no certificate.

        :raises OSError: the first certificate cannot be read
        """
        if not self._files:
            return None
        try:
            found = [(status.st_mtime_ns, status.st_ino) for status in map(os.stat, self._files)]
            if found != self._read:
                self._read = found
                context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                context.load_cert_chain(*self._files)
                self._context = context
        except OSError as error:  # those of ssl included
            if not self._context:
                raise
            logger.error("the new certificate cannot be read, the former one stays: %s", type(error).__name__)
        return self._context


async def serve(settings: Settings) -> None:
    """Listen until SIGTERM or SIGINT, then finish the mails in hand."""
    loop, stop = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.set_exception_handler(_log_error)
    odoo, certificate = Odoo(settings), Certificate(settings)
    service = Service(settings, odoo, load_border(settings))
    certificate.get_context()
    servers = [
        *[
            await listen("SMTP", address, lambda: Connection(service, certificate.get_context()))
            for address in settings.smtp
        ],
        *[await listen("LMTP", address, lambda: LocalConnection(service)) for address in settings.lmtp],
    ]
    logger.info("odoo-bcc-receiver %s is ready", __version__)
    await stop.wait()
    for server in servers:
        server.close()
    await service.stop()
    await odoo.close()


async def listen(protocol: str, address: str, factory) -> asyncio.Server:
    """Return a server at an address with a port, or at a socket."""
    loop = asyncio.get_running_loop()
    host, port = parse_address(address)
    try:
        if host:
            server = await loop.create_server(factory, host, port, backlog=512)
            address = "{}:{}".format(*server.sockets[0].getsockname())
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(address)  # of a process that was killed
            server = await loop.create_unix_server(factory, address, backlog=512)
            os.chmod(address, 0o666)  # its folder says who may write to it
    except OSError as error:
        raise SettingsError(f"cannot listen on {address}: {error.strerror}") from None
    logger.info("listening for %s on %s", protocol, address)
    return server


def load_border(settings: Settings):
    """Return what checks mail that comes by SMTP, None if it is not to be checked."""
    if not settings.smtp or not settings.authentication:
        return None
    try:
        from .authentication import Border
    except ImportError as error:
        raise SettingsError(
            f"no package {error.name}: run pip install 'odoo-bcc-receiver[authentication]'; or set authentication = false"
            " if another server has checked the senders of all mail that comes by SMTP"
        ) from None
    return Border(settings)


def _log_error(_loop, context):
    """Log an error without its text, which may contain addresses."""
    logger.error("unexpected %s", type(context.get("exception")).__name__)


async def check(settings: Settings) -> None:
    """Ask Odoo for nothing, to see whether it answers and accepts the credentials."""
    odoo = Odoo(settings)
    try:
        await odoo.check()
    finally:
        await odoo.close()


def raise_file_limit(wanted: int) -> None:
    """Let the process have as many open files as it may need."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def set_up_logs() -> None:
    """Write our own log to standard error, and no others: those of libraries contain addresses."""
    logging.getLogger().addHandler(logging.NullHandler())
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


def main(arguments: list[str] | None = None) -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="odoo-bcc-receiver", description=__doc__, allow_abbrev=False)
    parser.add_argument("--config", default="/etc/odoo-bcc-receiver.toml", help="TOML file, by default %(default)s")
    parser.add_argument("--check", action="store_true", help="only say whether Odoo answers and takes the credentials")
    parser.add_argument("--version", action="version", version=__version__)
    options = parser.parse_args(arguments)
    set_up_logs()
    try:
        settings = read_settings(options.config)
        if options.check:
            asyncio.run(check(settings))
            print("Odoo answers and takes the credentials")
        else:
            raise_file_limit(settings.connections + settings.odoo_connections + _SPARE_FILES)
            asyncio.run(serve(settings))
    except (SettingsError, OdooError) as error:
        logger.error("odoo-bcc-receiver: %s", error)
        return 1
    except UnknownRecipientError:
        logger.error("odoo-bcc-receiver: Odoo refuses to answer: update the addon")
        return 1
    except OSError as error:
        logger.error("odoo-bcc-receiver: cannot read certificate or key: %s", type(error).__name__)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
