"""A mail as it arrives after DATA (RFC 5321 section 4.1.1.4), and the memory that all mails share."""

import asyncio

_END = b"\r\n.\r\n"
# a small mail needs no reservation of memory: the number of connections limits them
_MAX_HEADER, _MAX_LINE, _SMALL = 1024**2, 65_536, 131_072


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
            self._free -= missing
            mail.reserved += missing

    def release(self, mail: "IncomingMail") -> None:
        """Release the bytes that a mail has reserved."""
        self._free += mail.reserved
        self._released.set()


class IncomingMail:
    """The bytes of a mail. `changed` is set when the mail is complete, smuggled or waiting for memory."""

    def __init__(self, max_size: int, *, is_strict: bool):
        self._bytes = bytearray(b"\r\n")  # so that the first line is like all others
        self._max_size, self._is_strict, self._line_start = max_size, is_strict, 0
        self.allowed, self.reserved, self.size, self._dots, self.refusal = _SMALL, 0, 0, 0, ""
        self.is_smuggled = self.is_complete = self.is_waiting = False
        self.changed = asyncio.Event()

    def feed(self, data: bytes) -> None:
        """Take the next bytes from the client."""
        start, self.size = len(self._bytes), self.size + len(data)
        self._bytes += data
        self._dots += self._bytes.count(b"\r\n.", start - 2)
        end = self._bytes.find(_END, max(start - len(_END) + 1, 0))
        self.is_complete = end >= 0
        if -1 < end < len(self._bytes) - len(_END) or (self._is_strict and self._has_odd_line_end(start)):
            self.is_smuggled = True
            self.refusal = "554 5.5.2 Lines must end with CR LF, and nothing may follow the mail before its answer"
        self.refusal = self.refusal or self._find_excess(end)
        if self.refusal:
            del self._bytes[: -len(_END) + 1]
        elif self.is_complete:
            del self._bytes[end + 2 :]
        self.is_waiting = len(self._bytes) > self.allowed and not self.is_complete
        if self.is_complete or self.is_smuggled or self.is_waiting:
            self.changed.set()

    def take(self) -> bytearray:
        """Return the mail without the dots that SMTP adds to lines, and forget it."""
        content, self._bytes = self._bytes.replace(b"\r\n.", b"\r\n"), bytearray()
        del content[:2]
        return content

    def _has_odd_line_end(self, start):
        """Return whether CR or LF are alone in the bytes from here on; a CR at the end may still be continued."""
        new = self._bytes[start - 1 :]
        return {new.count(b"\r", 0, -1), new.count(b"\n", 1)} != {new.count(b"\r\n")}

    def _find_excess(self, end):
        """Return the refusal of a mail over a limit; empty otherwise."""
        if len(self._bytes) - self._dots > self._max_size + len(_END):  # RFC 1870 section 6
            return "552 5.3.4 The mail is too large"
        while len(self._bytes) - self._line_start > _MAX_LINE:
            # search back from the longest allowed line: far fewer steps than lines
            line_end = self._bytes.rfind(b"\n", self._line_start, self._line_start + _MAX_LINE)
            if line_end < 0:
                return "554 5.6.0 A line is too long"
            self._line_start = line_end + 1
        if self.is_complete and end > _MAX_HEADER and self._bytes.find(b"\r\n\r\n", 0, _MAX_HEADER) < 0:
            return "554 5.6.0 The header is too long"
        return ""
