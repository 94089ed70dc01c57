"""SMTP and LMTP (RFC 5321, RFC 2033): who may send what, and how much of it at once."""

import asyncio
import logging
import re
import time
from collections import Counter
from ipaddress import ip_address, ip_network

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope

from .incoming import IncomingMail, Memory
from .odoo import Odoo, OdooError, TooLargeError, UnknownRecipientError
from .settings import Settings

logger = logging.getLogger("odoo_bcc_receiver")

MAX_COMMAND = 2048
MAX_COMMANDS = 200
"""Since the last mail of a connection."""
MAX_REFUSED = 10
"""Recipients that are no dropboxes, per connection."""

_FOREVER = 10 * 365 * 86_400  # aiosmtpd's own limit does not know how long a mail takes
_BUSY_SECONDS = 10
_CLOSE_SECONDS = 10

_COMMAND = re.compile(rb"[^\r\n\0]+\r\n")
# No quotes, routes, "%" or "!": addresses that some servers take for a request to relay.
_TOKEN = "bcc-[a-z2-7]{20}"  # noqa: S105 its form
_RECIPIENT = re.compile(
    rf"TO: ?<(?:[\w.=~'-]{{1,64}}\+)?{_TOKEN}(?:\+[\w.=~'#*/+-]{{0,100}})?@(?P<domain>[a-z\d](?:[a-z\d.-]*[a-z\d])?)>",
    re.ASCII | re.IGNORECASE,
)
# The sender is written into the header of the mail, and is not more than an address there.
_ATOM = r"[^\x00-\x20\x7f-\xa0\ud800-\udfff<>()\[\]\\,;:@\"]+"
_SENDER = re.compile(rf"FROM: ?<(?:{_ATOM}@(?:{_ATOM}|\[[\da-f.:]+\]))?>(?: .*)?", re.IGNORECASE)
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[!-~]{1,200}>)", re.IGNORECASE | re.MULTILINE)

NO_RECIPIENT = "550 5.1.1 No such recipient"
TOO_MANY = "421 4.7.0 Too many connections"
LATER = "451 4.3.0 Not possible now, try again later"


class Service:
    """What all connections share; the handler of aiosmtpd.

    :ivar set connections: the open ones
    """

    def __init__(self, settings: Settings, odoo: Odoo, border=None):
        """
        :param border: what checks mail that comes by SMTP, see :class:`authentication.Border`
        """
        self.settings = settings
        self.odoo = odoo
        self.border = border
        self.memory = Memory(settings.memory)
        self.connections: set[Connection] = set()
        self.is_stopping = False
        self._networks = Counter()
        self._left = asyncio.Event()

    def admit(self, connection: "Connection") -> bool:
        """Count a new connection, unless there are too many."""
        settings, network = self.settings, connection.network
        is_full = len(self.connections) >= settings.connections
        if self.is_stopping or is_full or (network and self._networks[network] >= settings.connections_per_network):
            return False
        self.connections.add(connection)
        self._networks[network] += 1
        return True

    def forget(self, connection: "Connection") -> None:
        """Count a connection no longer; nothing happens if it is not counted."""
        if connection in self.connections:
            self.connections.remove(connection)
            self._networks[connection.network] -= 1
            self._networks += Counter()  # without those that are zero
            self._left.set()

    @property
    def command_seconds(self) -> float:
        """Seconds to wait for a command: fewer while most connections are taken."""
        is_busy = len(self.connections) > self.settings.connections / 2
        return min(self.settings.command_seconds, _BUSY_SECONDS) if is_busy else self.settings.command_seconds

    async def stop(self) -> None:
        """Finish the mails in hand, and leave all other clients."""
        self.is_stopping = True
        for connection in list(self.connections):
            connection.leave_idle()
        deadline = time.monotonic() + self.settings.stop_seconds
        while self.connections and (seconds := deadline - time.monotonic()) > 0:
            self._left.clear()
            await asyncio.wait([asyncio.ensure_future(self._left.wait())], timeout=seconds)

    # ------------------------------------------------------------
    # HOOKS OF AIOSMTPD
    # ------------------------------------------------------------

    async def handle_EHLO(self, server, session, envelope, hostname, responses):  # noqa: N802, PLR0913
        session.host_name = hostname
        offered = [line for line in responses if not line.startswith(("250-AUTH", "250 HELP"))]
        return [*offered[:-1], f"250 {offered[-1][4:]}"]

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802, PLR0913
        if len(envelope.rcpt_tos) >= self.settings.max_recipients:
            return "452 4.5.3 Too many recipients, send to the others separately"
        try:
            await self.odoo.check([address])
        except UnknownRecipientError:
            logger.info("recipient refused: Odoo knows no such dropbox")
            server.refused += 1
            return NO_RECIPIENT
        except OdooError as error:
            logger.warning("recipient deferred: %s", error)
            return LATER
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_exception(self, error):
        logger.error("command deferred: unexpected %s", type(error).__name__)
        return LATER

    # ------------------------------------------------------------
    # DELIVERY
    # ------------------------------------------------------------

    async def deliver(self, mail: IncomingMail, session, envelope, *, is_border: bool) -> tuple[str, str, str]:
        """Give a mail to Odoo.

        :return: the answer to the client, the Message-Id and the outcome for the log
        """
        content = mail.take()
        message_id = find_message_id(content, envelope.rcpt_tos)
        sender = envelope.mail_from.strip("<>")
        try:
            parts = [f"Return-Path: <{sender}>\r\n".encode(), content]
            if is_border and self.border:
                parts[1:] = await self.border.check(content, session, sender)
            await self.odoo.deliver(envelope.rcpt_tos, parts)
        except UnknownRecipientError:
            return NO_RECIPIENT, message_id, "refused: unknown recipient"
        except TooLargeError:
            return "552 5.3.4 The mail is larger than Odoo allows", message_id, "refused: too large for Odoo"
        except OdooError as error:
            return LATER, message_id, f"deferred: {error}"
        except Exception as error:  # noqa: BLE001 each recipient needs an answer, and the mail must not be lost
            return LATER, message_id, f"deferred: unexpected {type(error).__name__}"
        return "250 2.0.0 Stored in Odoo", message_id, "taken"


class Connection(SMTP):
    """One client. Instead of lines, it takes over the bytes of a mail as they come.

    :ivar int refused: recipients that were refused
    """

    is_border = True

    def __init__(self, service: Service, context=None):
        settings = service.settings
        super().__init__(
            service,
            data_size_limit=settings.max_size,
            enable_SMTPUTF8=True,
            hostname=settings.hostname or "localhost",
            ident="ESMTP",
            timeout=_FOREVER,
            tls_context=context,
        )
        self.network = ""
        self.refused = 0
        self._service = service
        self._settings = settings
        self._line = b""
        self._commands = 0
        self._mail = None
        self._is_answered = False
        self._is_left = False
        self._deadline = None

    # ------------------------------------------------------------
    # PROTOCOL OF ASYNCIO
    # ------------------------------------------------------------

    def connection_made(self, transport):
        if self.transport is None:
            self.network = get_network(transport.get_extra_info("peername")) if self.is_border else ""
            if not self._service.admit(self):
                transport.write(f"{TOO_MANY}\r\n".encode())
                transport.close()
                return
        # behind STARTTLS, nothing counts that came before
        self._line = b""
        super().connection_made(transport)

    def connection_lost(self, error):
        if self in self._service.connections:
            self._service.forget(self)
            self._set_deadline(None)
            super().connection_lost(error)

    def eof_received(self):
        return super().eof_received() if self in self._service.connections else None

    def data_received(self, data):
        if self._is_left or self not in self._service.connections:
            return
        if self._mail and not self._mail.is_complete:
            self._mail.feed(data)
            if self._mail.is_complete:
                self._is_answered = False
            elif self._mail.is_waiting:
                self.transport.pause_reading()
            return
        self._line += data
        if not self._is_answered or len(self._line) > MAX_COMMAND or b"\n" in self._line[:-1]:
            self._leave("554 5.5.0 Send one command, and wait for its answer")
        elif self._line.endswith(b"\n"):
            line, self._line = self._line, b""
            if not _COMMAND.fullmatch(line):
                self._leave("554 5.5.2 Commands must end with CR LF")
                return
            self._is_answered = False
            self._set_deadline(None)
            self._commands += 1
            if self._commands > MAX_COMMANDS:
                self._leave("421 4.7.0 Too many commands")
            super().data_received(line)

    async def push(self, status):
        self._is_answered = True
        self._set_deadline(self._service.command_seconds)
        await super().push(status)

    def leave_idle(self) -> None:
        """Leave the client unless it is sending a mail."""
        if not self._mail:
            self._leave("421 4.3.2 Shutting down")

    def _leave(self, reply):
        if self.transport and not self._is_left:
            self._is_left = True
            self.transport.write(f"{reply}\r\n".encode())
            self.transport.close()
            # for clients that do not read
            self.loop.call_later(_CLOSE_SECONDS, self.transport.abort)

    def _set_deadline(self, seconds):
        if self._deadline:
            self._deadline.cancel()
        self._deadline = seconds and self.loop.call_later(seconds, self._leave, "421 4.4.2 Too slow")

    # ------------------------------------------------------------
    # COMMANDS
    # ------------------------------------------------------------

    async def smtp_STARTTLS(self, arg):  # noqa: N802
        if self.session.ssl:
            await self.push("503 5.5.1 TLS is active")
        else:
            await super().smtp_STARTTLS(arg)

    async def smtp_MAIL(self, arg):  # noqa: N802
        if arg and not _SENDER.fullmatch(arg):
            await self.push("553 5.1.7 Write the sender as <name@domain>, or <> for none")
        else:
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg):  # noqa: N802
        if self.session.host_name and self.envelope.mail_from and not self._is_recipient(arg or ""):
            self.refused += 1
            await self.push(NO_RECIPIENT)
        else:
            await super().smtp_RCPT(arg)
        if self.refused >= MAX_REFUSED:
            self._leave("421 4.7.0 Too many unknown recipients")

    def _is_recipient(self, arg):
        found = _RECIPIENT.fullmatch(arg)
        domains = self._settings.domains
        return found and (not domains or found["domain"].lower() in map(str.lower, domains))

    async def smtp_DATA(self, arg):  # noqa: N802
        if await self.check_helo_needed():
            return
        if arg or not self.envelope.rcpt_tos:
            await self.push("501 5.5.4 DATA takes no arguments" if arg else "503 5.5.1 First a valid recipient")
            return
        sizes = [option[5:] for option in self.envelope.mail_options if option.startswith("SIZE=")]
        mail = self._mail = IncomingMail(self._settings, int(sizes[0]) if sizes else 0, is_strict=self.is_border)
        self._commands = 0
        started, message_id, outcome = time.monotonic(), "-", "not received whole"
        try:
            await self.push("354 End the mail with <CR><LF>.<CR><LF>")
            self._set_deadline(self._settings.mail_seconds)
            await self._receive(mail)
            self._set_deadline(None)
            reply, outcome = mail.refusal, f"refused: {mail.refusal}"
            if not mail.refusal:
                arguments = (mail, self.session, self.envelope)
                reply, message_id, outcome = await self._service.deliver(*arguments, is_border=self.is_border)
        finally:
            self._service.memory.release(mail)
            self._mail = None
            seconds = time.monotonic() - started
            logger.info("%s %d bytes %.2f s %s", message_id, mail.size, seconds, outcome)
        await self._answer(mail, reply)

    async def _receive(self, mail):
        """Wait until a mail is there, and for memory in between."""
        await mail.changed.wait()
        while not mail.is_complete and not mail.is_smuggled:
            expected = mail.announced if len(mail) <= mail.announced else self._settings.max_size
            copies = self._service.border.copies if self.is_border and self._service.border else 2
            try:
                reservation = self._service.memory.reserve(mail, expected * copies)
                await asyncio.wait_for(reservation, self._settings.memory_seconds)
            except asyncio.TimeoutError:
                mail.refuse("451 4.3.1 Too many large mails at once, try again later")
            mail.allowed = expected + expected // 20 + 1000  # for dots
            mail.changed.clear()
            self.transport.resume_reading()
            await mail.changed.wait()

    async def _answer(self, mail, reply):
        if mail.is_smuggled:
            self._leave(reply)
            return
        count = self._count_answers()
        self.envelope = Envelope()
        for _number in range(count):
            await self.push(reply)
        if self._service.is_stopping:
            self.leave_idle()

    def _count_answers(self):
        return 1

    async def _refuse(self, arg):
        await self.push("502 5.5.1 Not available")

    smtp_AUTH = smtp_EXPN = smtp_HELP = smtp_VRFY = _refuse  # noqa: N815


class LocalConnection(Connection, LMTP):
    """A client that is a mail server of one's own: it has checked the sender, and its results stay in the mail."""

    is_border = False

    def _count_answers(self):
        return len(self.envelope.rcpt_tos)


def get_network(peer) -> str:
    """Return the network of a client, /24 or /64."""
    address = ip_address(peer[0].partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    return str(ip_network((address, 24 if address.version == 4 else 64), strict=False))


def find_message_id(content: bytes, recipients: list[str]) -> str:
    """Return the Message-Id of a mail for the log, without tokens."""
    found = _MESSAGE_ID.search(content, 0, max(content.find(b"\r\n\r\n"), 0))
    text = re.sub(f"(?i){_TOKEN}", "bcc-***", found[1].decode()) if found else "-"
    for token in re.findall(f"(?i){_TOKEN}", " ".join(recipients)):
        text = re.sub(f"(?i){token[4:]}", "***", text)
    return text
