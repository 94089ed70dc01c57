"""Receive emails for BCC addresses by SMTP or LMTP, and store them in Odoo."""

import argparse
import asyncio
import logging
import os
import signal
import ssl
from concurrent.futures import ThreadPoolExecutor

from . import __version__
from .incoming import Memory
from .odoo import NotTaken, Odoo
from .server import Connection, LocalConnection, logger
from .settings import SettingsError, faults_of, read_settings


class Certificate:
    """The certificate for STARTTLS, which is read again when its files are replaced."""

    def __init__(self, settings):
        self._files, self._read, self._context = list(filter(None, [settings.certificate, settings.key])), [], None

    def get_context(self) -> ssl.SSLContext | None:
        """Return the context for a new connection; None without a certificate."""
        try:
            if (found := [os.stat(file).st_mtime_ns for file in self._files]) != self._read:
                context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
                context.load_cert_chain(*self._files)
                self._context, self._read = context, found
        except OSError as error:  # including errors of ssl
            if not self._context:
                raise SettingsError(f"cannot read certificate or key: {error}") from None
            logger.error("cannot read the new certificate: %s", error)
        return self._context


async def serve(settings: argparse.Namespace) -> None:
    """Listen until SIGTERM or SIGINT, then finish the mails in progress."""
    loop, stop, tls = asyncio.get_running_loop(), asyncio.Event(), Certificate(settings)
    loop.set_exception_handler(lambda _loop, context: logger.error("unexpected %r", type(context.get("exception"))))
    loop.set_default_executor(ThreadPoolExecutor(32))
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    service = argparse.Namespace(settings=settings, odoo=Odoo(settings), border=None, connections=set(), known={})
    service.memory = Memory(settings.memory)
    if settings.smtp and settings.authentication:
        from .authentication import Border  # an extra

        service.border = Border(settings)
    tls.get_context()
    servers = [await listen(address, lambda: LocalConnection(service), "LMTP") for address in settings.lmtp]
    servers += [await listen(each, lambda: Connection(service, tls.get_context()), "SMTP") for each in settings.smtp]
    logger.info("odoo-bcc-receiver %s is ready", __version__)
    await stop.wait()
    for server in servers:
        server.close()
    deadline = loop.time() + settings.stop_seconds
    while service.connections and loop.time() < deadline:
        for connection in [each for each in service.connections if not each.mail]:
            connection.leave("421 4.3.2 Shutting down")
        await asyncio.sleep(0.05)


async def listen(address: str, factory, protocol: str) -> asyncio.Server:
    """Return a server that listens on an IP address with a port, or on a Unix socket."""
    loop, (host, _colon, port) = asyncio.get_running_loop(), address.rpartition(":")
    with faults_of(f"{protocol.lower()} {address}"):
        if address.startswith("/"):
            server = await loop.create_unix_server(factory, address, backlog=512)
            os.chmod(address, 0o666)  # noqa: S103 the folder limits who may use it
        else:
            server = await loop.create_server(factory, host.strip("[]"), int(port), backlog=512)
            address = "{}:{}".format(*server.sockets[0].getsockname())
    logger.info("listening for %s on %s", protocol, address)
    return server


def main() -> None:
    """Run the command.

    :raises SystemExit: with the reason, if it failed
    """
    parser = argparse.ArgumentParser(prog="odoo-bcc-receiver", description=__doc__, allow_abbrev=False)
    parser.add_argument("--config", default="/etc/odoo-bcc-receiver.toml", help="TOML file, by default %(default)s")
    parser.add_argument("--check", action="store_true", help="only check that Odoo answers and accepts the credentials")
    parser.add_argument("--version", action="version", version=__version__)
    options = parser.parse_args()
    logging.basicConfig(handlers=[logging.NullHandler()])  # libraries would log addresses
    logger.addHandler(logging.StreamHandler())
    logger.setLevel(logging.INFO)
    try:
        settings = read_settings(options.config)
        asyncio.run(Odoo(settings).ask("recipients", []) if options.check else serve(settings))
    except (SettingsError, NotTaken, OSError, ImportError) as error:
        remedy = "; in the source: pip install './receiver[authentication]'" if isinstance(error, ImportError) else ""
        raise SystemExit(f"odoo-bcc-receiver: {error}{remedy}") from None
    logger.info("Odoo answers, and accepts the credentials" if options.check else "odoo-bcc-receiver has ended")


if __name__ == "__main__":
    main()
