"""SMTP and LMTP (RFC 5321, RFC 2033): who may send what to whom, and how much at once."""

import logging
import re
import time
from ipaddress import ip_network

import anyio
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope

from .incoming import IncomingMail, add_dots
from .odoo import LATER, UNKNOWN_RECIPIENT, NotTaken

logger = logging.getLogger("odoo_bcc_receiver")

# bytes of a command, commands between two mails, recipients of a mail
_MAX_COMMAND, _MAX_COMMANDS, _MAX_RECIPIENTS = 2048, 200, 40
_COMMAND = re.compile(rb"[^\r\n\0]+\r\n")
_TOKEN = re.compile("bcc-([a-z2-7]{20})", re.IGNORECASE | re.ASCII)
# without quotes, routes, "%" and "!", which some servers read as a request to relay; the settings of the addon accept
# only mailboxes that fit in
_LOCAL_PART = rf"(?:[\w.=~'&+-]{{1,64}}?\+)?{_TOKEN.pattern}(?:\+[\w.=~'#*/+-]{{1,100}})?"
_RECIPIENT = re.compile(rf"TO: ?<({_LOCAL_PART}@([a-z\d](?:[a-z\d.-]*[a-z\d])?))>", re.IGNORECASE | re.ASCII)
# the sender is written into the header of the mail, so it must be nothing but an address, and no encoded word, which
# aiosmtpd would decode
_ATOM = r"[^\0- \x7f-\xa0\ud800-\udfff<>()\[\]\\,;:@\"]+"
_QUOTED = r'"[^\0-\x1f\x7f-\xa0\ud800-\udfff<>\\@\"]+"'
_REVERSE_PATH = rf"(?:(?:{_ATOM}|{_QUOTED})@(?:{_ATOM}|\[(?:IPv6:)?[\da-f.:]+\]))?"
_SENDER = re.compile(rf"FROM: ?<(?![^>]*=\?)({_REVERSE_PATH})>(?: .*)?", re.IGNORECASE)
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[!-~]{1,200}>)", re.IGNORECASE | re.MULTILINE)


class Connection(SMTP):
    """A connection to a client. Mails are read in blocks; aiosmtpd reads everything else line by line."""

    is_border, copies = True, 6  # of a mail in memory
    # there is no deadline while the client has to wait for an answer
    network, mail, _sender, _deadline, _line, _commands = "", None, "", None, b"", 0

    def __init__(self, service, context=None):
        self._service, self._settings = service, service.settings
        options = {"data_size_limit": self._settings.max_size, "hostname": self._settings.hostname or "localhost"}
        # the timeout of aiosmtpd is the same for commands and mails
        super().__init__(None, enable_SMTPUTF8=True, ident="ESMTP", timeout=10**8, tls_context=context, **options)

    def connection_made(self, transport):
        is_new, self._line = self.transport is None, b""  # otherwise, this is STARTTLS: earlier input does not count
        self.tls_context = self.tls_context if is_new else None
        super().connection_made(transport)
        if is_new:
            if self.is_border:
                address = transport.get_extra_info("peername")[0].partition("%")[0]
                self.network = str(ip_network(f"{address}/{64 if ':' in address else 24}", strict=False))
            networks = [each.network for each in self._service.connections]
            self._service.connections.add(self)
            others = networks.count(self.network) if self.is_border else 0
            if len(networks) >= self._settings.connections or others >= self._settings.connections_per_network:
                self.leave("421 4.7.0 Too many connections")

    def connection_lost(self, error):
        self._service.connections.discard(self)
        self._set_deadline(None)
        super().connection_lost(error)

    def data_received(self, data):
        if self.mail and not self.mail.is_complete and not self.transport.is_closing():
            self.mail.feed(data)
            if self.mail.is_complete:
                self._set_deadline(None)
            elif self.mail.changed.is_set():  # also while the client does not read the answer to DATA
                self.transport.pause_reading()
            return
        self._line += data
        if not self._deadline or len(self._line) > _MAX_COMMAND or b"\n" in self._line[:-1]:
            self.leave("554 5.5.0 Send one command, and wait for its answer")
        elif self._line.endswith(b"\n"):
            line, self._line, self._commands = self._line, b"", self._commands + 1
            self._set_deadline(None)
            is_sound = _COMMAND.fullmatch(line)
            if not is_sound or (self.is_border and self._commands > _MAX_COMMANDS):
                self.leave("421 4.7.0 Too many commands" if is_sound else "554 5.5.2 Commands must end with CR LF")
            super().data_received(line)

    async def push(self, status):
        self._set_deadline(self._settings.command_seconds)
        if not status.startswith("250-AUTH"):  # aiosmtpd offers AUTH after STARTTLS
            await super().push(status)

    async def handle_exception(self, error):
        logger.error("unexpected %s", type(error).__name__)
        return LATER

    def leave(self, reply: str) -> None:
        """Answer, and close the connection."""
        if self.transport and not self.transport.is_closing():
            self.transport.write(f"{reply}\r\n".encode())
            self.transport.close()
            self.loop.call_later(10, self.transport.abort)  # if the client does not read

    def _set_deadline(self, seconds):
        if self._deadline:
            self._deadline.cancel()
        self._deadline = seconds and self.loop.call_later(seconds, self.leave, "421 4.4.2 Too slow")

    async def smtp_STARTTLS(self, arg):
        await super().smtp_STARTTLS(arg)
        if self.transport.is_closing():  # too slow in the handshake, which asyncio does not report
            self.connection_lost(None)

    async def smtp_MAIL(self, arg):
        found = _SENDER.fullmatch(arg or "")
        if found and not self.envelope.mail_from:
            self._sender = "".join(filter(str.isprintable, found[1]))  # with quotes, which aiosmtpd leaves out
        await (super().smtp_MAIL(arg) if found else self.push("553 5.1.7 Bad sender"))

    async def smtp_RCPT(self, arg):
        found, reply = _RECIPIENT.fullmatch(arg or ""), UNKNOWN_RECIPIENT
        if not self.envelope.mail_from or len(self.envelope.rcpt_tos) >= _MAX_RECIPIENTS:
            reply = "452 4.5.3 Too many recipients" if self.envelope.mail_from else "503 5.5.1 First MAIL"
        elif found and (not self._settings.domains or found[3].lower() in map(str.lower, self._settings.domains)):
            try:
                if self._service.known.get(found[2].lower(), 0) < self.loop.time():
                    await self._service.odoo.ask("recipients", [found[1]])
                    self._service.known[found[2].lower()] = self.loop.time() + self._settings.known_seconds
                self.envelope.rcpt_tos.append(found[1])
                reply = "250 2.1.5 OK"
            except NotTaken as error:
                logger.info("recipient not taken: %s", error)
                reply = error.reply
        self._commands += 20 * (reply == UNKNOWN_RECIPIENT)  # ten of them are too many
        await self.push(reply)

    async def smtp_DATA(self, arg):
        recipients = self.envelope.rcpt_tos
        if arg or not recipients:
            await self.push("503 5.5.1 DATA comes alone, after a valid recipient")
            return
        started, message_id, reply, outcome = time.monotonic(), "-", LATER, "not received whole"
        mail = self.mail = IncomingMail(self._settings.max_size, is_strict=self.is_border)
        await self.push("354 End the mail with <CR><LF>.<CR><LF>")
        self._set_deadline(self._settings.mail_seconds)
        try:
            await self._receive(mail)
            outcome = "the client left before the answer"
            content = mail.take()
            found = _MESSAGE_ID.search(content, 0, max(content.find(b"\r\n\r\n"), 0))
            message_id = found[1].decode() if found else "-"
            await self._deliver(content)
            reply, outcome = "250 2.0.0 Odoo has it", "taken"
        except NotTaken as error:
            reply, outcome = error.reply, str(error)
        except Exception as error:  # noqa: BLE001 each recipient needs an answer
            outcome = f"unexpected {type(error).__name__}"
        finally:
            self._service.memory.release(mail)
            for token in ["bcc-[a-z2-7]{20}", *_TOKEN.findall(" ".join(recipients))]:
                message_id = re.sub(token, "***", message_id, flags=re.IGNORECASE)
            logger.info("%s %d bytes %.2f s %s", message_id, mail.size, time.monotonic() - started, outcome)
        if mail.is_smuggled:
            self.leave(reply)
        self.envelope, self._commands = Envelope(), 0
        for _recipient in recipients[:1] if self.is_border else recipients:
            await self.push(reply)
        self.mail = None

    async def _receive(self, mail):
        """Wait until a mail has arrived, and for memory in between."""
        sizes = [int(option[5:]) for option in self.envelope.mail_options if option.startswith("SIZE=")]
        await mail.changed.wait()
        while not mail.is_complete and not mail.is_smuggled:
            size = next((size for size in sizes if size >= mail.size), self._settings.max_size)
            with anyio.move_on_after(self._settings.memory_seconds) as waiting:
                await self._service.memory.reserve(mail, size * self.copies)
            if waiting.cancelled_caught:
                mail.refusal = "451 4.3.1 Too many large mails at once, try again later"
            mail.allowed = add_dots(size)
            mail.changed.clear()
            self.transport.resume_reading()
            await mail.changed.wait()

    async def _deliver(self, content):
        """Deliver a mail to Odoo."""
        parts = [f"Return-Path: <{self._sender}>\r\n".encode(), content]
        if self.is_border and self._service.border:
            parts[1:] = await self._service.border.check(content, self.session, self._sender)
        await self._service.odoo.ask("mail", self.envelope.rcpt_tos, *parts)

    async def smtp_VRFY(self, _arg):
        await self.push("502 5.5.1 Not available")

    smtp_AUTH = smtp_EXPN = smtp_HELP = smtp_VRFY


class LocalConnection(Connection, LMTP):
    """A connection to a mail server of the same company, which has checked the mail: it is passed on unchanged."""

    is_border, copies = False, 2
