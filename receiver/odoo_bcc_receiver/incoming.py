"""A mail as it arrives after DATA (RFC 5321 section 4.1.1.4), and the memory that all mails share."""

import asyncio
import gc
import re

from .odoo import NotTaken

_END = b"\r\n.\r\n"
# a small mail needs no reservation of memory: the number of connections limits them
_MAX_HEADER, _SMALL = 1024**2, 131_072
_LONG_LINE = re.compile(rb"\n[^\n]{65536}")
_TOO_LARGE = "552 5.3.4 The mail is too large"


class Memory:
    """Bytes that all larger mails may use together. Mails get them in the order of their requests."""

    def __init__(self, size: int):
        self._free, self._size, self._turn, self._released = size, size, asyncio.Lock(), asyncio.Event()

    async def reserve(self, mail: "IncomingMail", size: int) -> None:
        """Wait until a mail may use this many bytes in total."""
        async with self._turn:
            while self._free < (missing := min(size, self._size) - mail.reserved):
                self._released.clear()
                await self._released.wait()
            gc.collect()  # the exceptions of failed requests are in cycles, and keep earlier mails in memory
            self._free -= missing
            mail.reserved += missing

    def release(self, mail: "IncomingMail") -> None:
        """Release the bytes that a mail has reserved."""
        self._free += mail.reserved
        self._released.set()


class IncomingMail:
    """The bytes of a mail. `changed` is set when the mail is complete, smuggled or needs memory."""

    def __init__(self, max_size: int, *, is_strict: bool):
        self._bytes = bytearray(b"\r\n")  # so that the first line is like all others
        self._max_size, self._is_strict = max_size, is_strict
        self.allowed, self.reserved, self.size, self.refusal = _SMALL, 0, 0, ""
        self.is_smuggled = self.is_complete = False
        self.changed = asyncio.Event()

    def feed(self, data: bytes) -> None:
        """Take the next bytes from the client."""
        start, self.size = len(self._bytes), self.size + len(data)
        self._bytes += data
        end = self._bytes.find(_END, max(start - len(_END) + 1, 0))
        self.is_complete = end >= 0
        new = self._bytes[start - 1 :] if self._is_strict else b""  # a CR at the end may still be continued
        line_ends = {new.count(b"\r", 0, -1), new.count(b"\n", 1), new.count(b"\r\n")}
        if -1 < end < len(self._bytes) - len(_END) or len(line_ends) > 1:
            self.is_smuggled = True
            self.refusal = "554 5.5.2 Lines must end with CR LF, and nothing may follow the mail before its answer"
        elif len(self._bytes) > add_dots(self._max_size):
            self.refusal = self.refusal or _TOO_LARGE
        if self.refusal:
            del self._bytes[: -len(_END) + 1]
        if self.is_complete or self.is_smuggled or len(self._bytes) > self.allowed:
            self.changed.set()

    def take(self) -> bytearray:
        """Return the mail without the dots that SMTP adds to lines, and forget it.

        :raises NotTaken: if the mail is refused
        """
        content, self._bytes = self._bytes.replace(b"\r\n.", b"\r\n"), bytearray()
        faults = [
            (self.refusal, self.refusal),
            (_TOO_LARGE, len(content) > self._max_size + len(b"\r\n\r\n")),  # those in front and of the end
            ("554 5.6.0 A line is too long", _LONG_LINE.search(content)),
            ("554 5.6.0 The header is too long", b"\r\n\r\n" not in content[:_MAX_HEADER]),
        ]
        for reply, is_found in faults:
            if is_found:
                raise NotTaken(reply, reply)
        del content[:2], content[-2:]
        return content


def add_dots(size: int) -> int:
    """Return how large a mail can get by the dots that SMTP adds to lines."""
    return size * 4 // 3 + 1000
