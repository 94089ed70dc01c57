"""One mail as it comes in behind DATA (RFC 5321 section 4.1.1.4), and the memory that all of them share."""

import asyncio

from .settings import Settings

_END = b"\r\n.\r\n"

SMALL = 131_072
"""Bytes of a mail that need not wait for memory; the limit of connections bounds them."""


class Memory:
    """Bytes that large mails may take up at once. They get them in the order in which they ask."""

    def __init__(self, size: int):
        self.free = self._size = size
        self._turn = asyncio.Lock()
        self._released = asyncio.Event()

    async def reserve(self, mail: "IncomingMail", size: int) -> None:
        """Wait until a mail may take up a size in total."""
        missing = min(size, self._size) - mail.reserved
        async with self._turn:
            while self.free < missing:
                self._released.clear()
                await self._released.wait()
            self.free -= missing
            mail.reserved += missing

    def release(self, mail: "IncomingMail") -> None:
        """Give back what a mail reserved."""
        self.free += mail.reserved
        mail.reserved = 0
        self._released.set()


class IncomingMail:
    """The bytes of a mail, without a look at each line.

    :ivar str refusal: the answer to a mail that is not taken, the rest of which is thrown away
    :ivar bool is_smuggled: the client must be left, because it ends lines or mails in another way
    :ivar int size: bytes so far
    :ivar int reserved: see :class:`Memory`
    """

    def __init__(self, settings: Settings, announced: int, *, is_strict: bool):
        """
        :param announced: the size that the client announced, 0 if none
        :param is_strict: refuse CR and LF that are no line ends. Servers that take them for ends see other mails and
            commands in the same bytes (SMTP smuggling)
        """
        self._settings = settings
        self._is_strict = is_strict
        self._bytes = bytearray(b"\r\n")  # so that the end, and a dot, of the first line are found like others
        self._line_start = 2
        self.allowed = SMALL
        self.announced = announced
        self.size = self.reserved = 0
        self.refusal = ""
        self.is_smuggled = False
        self.is_complete = False
        self.changed = asyncio.Event()

    @property
    def is_waiting(self) -> bool:
        """Whether the mail needs more memory before it may go on."""
        return len(self._bytes) > self.allowed and not self.refusal

    def feed(self, data: bytes) -> None:
        """Take the next bytes from the client."""
        old = len(self._bytes)
        self._bytes += data
        self.size += len(data)
        end = self._bytes.find(_END, max(old - len(_END) + 1, 0))
        self.is_complete = end >= 0
        is_followed = self.is_complete and end + len(_END) < len(self._bytes)
        if is_followed or (self._is_strict and self._has_odd_line_end(old)):
            self.is_smuggled = True
            self.refuse("554 5.5.2 Lines must end with CR LF, and nothing may follow the end before the answer")
        elif not self.refusal:
            self._check_limits(end)
        if self.refusal:
            del self._bytes[: -len(_END) + 1]
        elif self.is_complete:
            del self._bytes[end + 2 :]
        if self.is_complete or self.is_smuggled or self.is_waiting:
            self.changed.set()

    def refuse(self, reply: str) -> None:
        """Take the rest of the mail only to find its end."""
        self.refusal = self.refusal or reply

    def take(self) -> bytes:
        """Return the mail, without the dots that SMTP adds, and forget it."""
        content, self._bytes = self._bytes, bytearray()
        if b"\r\n." in content:
            content = content.replace(b"\r\n.", b"\r\n")
        del content[:2]
        return content

    def __len__(self):
        return len(self._bytes)

    def _has_odd_line_end(self, start):
        """Return whether there is a CR or LF alone in the bytes from here on; the last one may still be continued."""
        new = self._bytes[start - 1 :]
        ends = new.count(b"\r\n")
        return new.count(b"\r", 0, -1) != ends or new.count(b"\n", 1) != ends

    def _check_limits(self, end):
        head = self._bytes.find(b"\r\n\r\n", 2) if self.is_complete else 0
        if self._has_long_line():
            self.refuse(f"554 5.6.0 A line is longer than {self._settings.max_line} bytes")
        elif len(self._bytes) - len(_END) - 2 > self._settings.max_size:
            self.refuse(f"552 5.3.4 The mail is larger than {self._settings.max_size} bytes")
        elif (end if head < 0 else head) > self._settings.max_header:
            self.refuse(f"554 5.6.0 The header is longer than {self._settings.max_header} bytes")
        elif self.is_complete and self._bytes[:end].isspace():
            self.refuse("554 5.6.0 The mail is empty")

    def _has_long_line(self):
        limit = self._settings.max_line
        while len(self._bytes) - self._line_start > limit:
            # the last line end within the limit: much fewer steps than lines
            end = self._bytes.rfind(b"\n", self._line_start, self._line_start + limit)
            if end < 0:
                return True
            self._line_start = end + 1
        return False
