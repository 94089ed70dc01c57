"""SMTP and LMTP (RFC 5321, RFC 2033): who may send what to whom, and how much at once."""

import asyncio
import logging
import re
import time
from ipaddress import ip_network

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope

from .incoming import IncomingMail
from .odoo import LATER, UNKNOWN_RECIPIENT, NotTaken

logger = logging.getLogger("odoo_bcc_receiver")

_MAX_COMMAND, _MAX_COMMANDS, _MAX_RECIPIENTS, _MAX_REFUSED = 2048, 200, 50, 10  # bytes; the second between mails
_COMMAND = re.compile(rb"[^\r\n\0]+\r\n")
_TOKEN = re.compile("bcc-([a-z2-7]{20})", re.IGNORECASE | re.ASCII)
# without quotes, routes, "%" and "!", which some servers take for a request to relay
_RECIPIENT = re.compile(
    rf"TO: ?<((?:[\w.=~'-]{{1,64}}\+)?{_TOKEN.pattern}(?:\+[\w.=~'#*/+-]{{1,100}})?@([a-z\d](?:[a-z\d.-]*[a-z\d])?))>",
    re.IGNORECASE | re.ASCII,
)
# it is written into the header of the mail, and must not be more than an address there
_ATOM = r"[^\0- \x7f-\xa0\ud800-\udfff<>()\[\]\\,;:@\"]+"
_SENDER = re.compile(rf"FROM: ?<(?:{_ATOM}@(?:{_ATOM}|\[[\da-f.:]+\]))?>(?: .*)?", re.IGNORECASE)
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[!-~]{1,200}>)", re.IGNORECASE | re.MULTILINE)


class Connection(SMTP):
    """A client. The bytes of mails are taken as they come, all else line by line by aiosmtpd."""

    is_border, network = True, ""

    def __init__(self, service, context=None):
        self._service, self._settings = service, service.settings
        options = {"data_size_limit": self._settings.max_size, "hostname": self._settings.hostname or "localhost"}
        # aiosmtpd's own limit of time cannot tell commands from mails
        super().__init__(None, enable_SMTPUTF8=True, ident="ESMTP", timeout=10**8, tls_context=context, **options)
        self._mail = self._deadline = None
        self._line, self._commands, self._refused, self._is_asked, self._is_left = b"", 0, 0, True, False

    def connection_made(self, transport):
        is_new, self._line = self.transport is None, b""  # STARTTLS: what came before does not count
        super().connection_made(transport)
        if is_new:
            if self.is_border:
                address = transport.get_extra_info("peername")[0].partition("%")[0]
                self.network = str(ip_network(f"{address}/{64 if ':' in address else 24}", strict=False))
            networks = [each.network for each in self._service.connections]
            self._service.connections.add(self)
            is_crowded = self.network and networks.count(self.network) >= self._settings.connections_per_network
            if is_crowded or len(networks) >= self._settings.connections:
                self._leave("421 4.7.0 Too many connections")
        else:
            self.tls_context = None  # not again

    def connection_lost(self, error):
        self._service.connections.discard(self)
        self._set_deadline(None)
        super().connection_lost(error)

    def data_received(self, data):
        if self._mail and not self._mail.is_complete and not self._is_left:
            self._mail.feed(data)
            self._is_asked = self._mail.is_complete
            if self._mail.is_waiting:
                self.transport.pause_reading()
            return
        self._line += data
        if self._is_asked or len(self._line) > _MAX_COMMAND or b"\n" in self._line[:-1]:
            self._leave("554 5.5.0 Send one command, and wait for its answer")
        elif self._line.endswith(b"\n"):
            line, self._line, self._is_asked, self._commands = self._line, b"", True, self._commands + 1
            self._set_deadline(None)
            if not _COMMAND.fullmatch(line) or self._commands > _MAX_COMMANDS:
                self._leave("554 5.5.2 Too many commands, or one that does not end with CR LF")
            super().data_received(line)

    async def push(self, status):
        self._is_asked = False
        self._set_deadline(self._settings.command_seconds)
        if not status.startswith("250-AUTH"):  # aiosmtpd offers it behind STARTTLS
            await super().push(status)

    async def handle_exception(self, error):
        logger.error("unexpected %s", type(error).__name__)
        return LATER

    def leave_idle(self):
        """Leave the client unless it is sending a mail."""
        if not self._mail:
            self._leave("421 4.3.2 Shutting down")

    def _leave(self, reply):
        if self.transport and not self._is_left:
            self._is_left = True
            self.transport.write(f"{reply}\r\n".encode())
            self.transport.close()
            self.loop.call_later(10, self.transport.abort)  # clients may not read

    def _set_deadline(self, seconds):
        if self._deadline:
            self._deadline.cancel()
        self._deadline = seconds and self.loop.call_later(seconds, self._leave, "421 4.4.2 Too slow")

    async def smtp_MAIL(self, arg):
        is_sender = not arg or _SENDER.fullmatch(arg)
        await (super().smtp_MAIL(arg) if is_sender else self.push("553 5.1.7 The sender must be <name@domain> or <>"))

    async def smtp_RCPT(self, arg):
        found, domains = _RECIPIENT.fullmatch(arg or ""), [domain.lower() for domain in self._settings.domains]
        reply = UNKNOWN_RECIPIENT
        if not self.envelope.mail_from or len(self.envelope.rcpt_tos) >= _MAX_RECIPIENTS:
            reply = "452 4.5.3 Too many recipients" if self.envelope.mail_from else "503 5.5.1 First MAIL"
        elif found and (not domains or found[3].lower() in domains):
            try:
                await self._service.odoo.ask("recipients", [found[1]])
                self.envelope.rcpt_tos.append(found[1])
                reply = "250 2.1.5 OK"
            except NotTaken as error:
                logger.info("recipient not taken: %s", error)
                reply = error.reply
        await self.push(reply)
        self._refused += reply == UNKNOWN_RECIPIENT
        if self._refused >= _MAX_REFUSED:
            self._leave("421 4.7.0 Too many unknown recipients")

    async def smtp_DATA(self, arg):
        recipients = self.envelope.rcpt_tos
        if arg or not recipients:
            await self.push("503 5.5.1 DATA comes alone, after a valid recipient")
            return
        started, message_id, outcome = time.monotonic(), "-", "not received whole"
        mail = self._mail = IncomingMail(self._settings.max_size, is_strict=self.is_border)
        try:
            await self.push("354 End the mail with <CR><LF>.<CR><LF>")
            self._set_deadline(self._settings.mail_seconds)
            await self._receive(mail)
            self._set_deadline(None)
            reply, outcome = mail.refusal, mail.refusal or "the client left before the answer"
            if not reply:
                content = mail.take()
                found = _MESSAGE_ID.search(content, 0, max(content.find(b"\r\n\r\n"), 0))
                message_id = found[1].decode() if found else "-"
                reply, outcome = await self._deliver(content)
        finally:
            self._service.memory.release(mail)
            for token in ["bcc-[a-z2-7]{20}", *_TOKEN.findall(" ".join(recipients))]:
                message_id = re.sub(token, "***", message_id, flags=re.IGNORECASE)
            seconds = time.monotonic() - started
            logger.info("%s %d bytes %.2f s %s", message_id, mail.size, seconds, outcome)
        if mail.is_smuggled:
            self._leave(reply)
        self.envelope, self._commands = Envelope(), 0
        for _recipient in recipients[:1] if self.is_border else recipients:
            await self.push(reply)
        self._mail = None

    async def _receive(self, mail):
        """Wait until a mail is there, and for memory meanwhile."""
        sizes = [int(option[5:]) for option in self.envelope.mail_options if option.startswith("SIZE=")]
        copies = self._service.border.copies if self.is_border and self._service.border else 2
        await mail.changed.wait()
        while not mail.is_complete and not mail.is_smuggled:
            size = next((size for size in sizes if size >= mail.size), self._settings.max_size)
            try:
                reserving = self._service.memory.reserve(mail, size * copies)
                await asyncio.wait_for(reserving, self._settings.memory_seconds)
            except asyncio.TimeoutError:
                mail.refusal = "451 4.3.1 Too many large mails at once, try again later"
            mail.allowed = size + size // 20 + 1000  # the dots of lines are not counted
            mail.changed.clear()
            self.transport.resume_reading()
            await mail.changed.wait()

    async def _deliver(self, content):
        """Give a mail to Odoo, and return the reply to the client and the outcome for the log."""
        sender = self.envelope.mail_from.strip("<>")
        try:
            parts = [f"Return-Path: <{sender}>\r\n".encode(), content]
            if self.is_border and self._service.border:
                parts[1:] = await self._service.border.check(content, self.session, sender)
            await self._service.odoo.ask("mail", self.envelope.rcpt_tos, *parts)
        except NotTaken as error:
            return error.reply, str(error)
        except Exception as error:  # noqa: BLE001 each recipient needs an answer
            return LATER, f"unexpected {type(error).__name__}"
        return "250 2.0.0 Odoo has it", "taken"

    async def smtp_VRFY(self, _arg):
        await self.push("502 5.5.1 Not available")

    smtp_AUTH = smtp_EXPN = smtp_HELP = smtp_VRFY


class LocalConnection(Connection, LMTP):
    """A mail server of one's own. It has checked the mail, which is passed on as it is."""

    is_border = False
