"""A large mail on its way into the database, without a copy of it in memory."""

import struct
from binascii import b2a_base64
from collections.abc import Iterator

CHUNK = 3 * 2**14
"""Bytes that are encoded at once; a multiple of three, so that base64 pads at the end alone."""

_SIGNATURE = b"PGCOPY\n\xff\r\n\0"


class CopyStream:
    """Bytes in base64 as the one column of one row, for PostgreSQL's ``COPY … FROM STDIN (FORMAT binary)``.

    To be read as a file is, to its end, once.
    """

    def __init__(self, raw: bytes):
        self._pieces = self._encode(memoryview(raw))

    def read(self, _size: int = -1) -> bytes:  # pylint: disable=method-required-super; of a file
        """Return the next piece, of at most 64 KiB; nothing at the end."""
        return next(self._pieces, b"")

    def _encode(self, raw: memoryview) -> Iterator[bytes]:
        # no flags, no extension; one field of the row, and how long it is
        yield struct.pack("!11sIIhI", _SIGNATURE, 0, 0, 1, (len(raw) + 2) // 3 * 4)
        for start in range(0, len(raw), CHUNK):
            yield b2a_base64(raw[start : start + CHUNK], newline=False)
        yield struct.pack("!h", -1)
