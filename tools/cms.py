"""Type and signed content of S/MIME messages (RFC 8551, RFC 5652), without a key and without ORM.

Signatures are not verified. asn1crypto is not used: it joins the pieces of a streamed message, as written by Outlook
and OpenSSL, in quadratic time.
"""

import zlib

SIGNED = bytes.fromhex("2a864886f70d010702")
ENVELOPED = bytes.fromhex("2a864886f70d010703")
AUTH_ENVELOPED = bytes.fromhex("2a864886f70d0109100117")
COMPRESSED = bytes.fromhex("2a864886f70d0109100109")

MAX_CONTENT = 50 * 1024**2
"""Limit of the bytes that a compressed message is unpacked to."""

_MAX_VALUES = 200_000
"""Limit of the values that are read. Streaming programs write pieces of a kilobyte or more."""

_OID, _OCTETS, _OCTETS_IN_PIECES, _SEQUENCE, _CONTENT = 0x06, 0x04, 0x24, 0x30, 0xA0


class _Reader:
    """Sequential reader of BER values (X.690 section 8.1), linear and without recursion.

    A length beyond the end of the data means the end: mails get truncated in transit.
    """

    def __init__(self, data: bytes):
        self._data = data
        self._position = 0
        self._values_left = _MAX_VALUES

    def enter(self, *tags: int) -> None:
        """Enter a constructed value that has one of the tags."""
        tag, _end = self._read_header()
        if tag not in tags:
            raise ValueError(f"unexpected tag {tag}")

    def read_value(self, expected: int) -> bytes:
        """Return a primitive value."""
        tag, end = self._read_header()
        if tag != expected or end is None:
            raise ValueError(f"unexpected tag {tag}")
        return self._read_to(end)

    def skip(self) -> None:
        """Skip a value and everything in it."""
        depth = 0
        while True:
            tag, end = self._read_header()
            if end is None:
                depth += 1
            elif tag == 0 and end == self._position:  # the end of an indefinite length
                depth -= 1
            else:
                self._position = end
            if depth <= 0:
                return

    def read_octets(self) -> bytes:
        """Return an octet string, which may be constructed of pieces at several levels."""
        pieces, ends = [], []
        while True:
            while ends and ends[-1] is not None and self._position >= ends[-1]:
                ends.pop()
            if pieces and (not ends or self._position >= len(self._data)):
                return b"".join(pieces)
            tag, end = self._read_header()
            if tag == _OCTETS and end is not None:
                pieces.append(self._read_to(end))
            elif tag == _OCTETS_IN_PIECES:
                ends.append(end)
                pieces.append(b"")  # it may be empty
            elif tag == 0 and ends:
                ends.pop()
            else:
                raise ValueError(f"unexpected tag {tag}")

    def _read_to(self, end: int) -> bytes:
        start, self._position = self._position, end
        return self._data[start:end]

    def _read_header(self) -> tuple[int, int | None]:
        """Return a tag and the end of its value, None for an indefinite length.

        :raises IndexError: at the end of the data
        """
        self._values_left -= 1
        if self._values_left < 0:
            raise ValueError("too many values")
        tag, length = self._data[self._position], self._data[self._position + 1]
        self._position += 2
        if tag & 0x1F == 0x1F:
            raise ValueError("a tag of several bytes")
        if length == 0x80:
            if not tag & 0x20:
                raise ValueError("a primitive value without length")
            return tag, None
        if length > 0x80:
            size = length - 0x80
            length = int.from_bytes(self._data[self._position : self._position + size], "big")
            self._position += size
        return tag, min(self._position + length, len(self._data))


def read_content_type(content: bytes) -> bytes:
    """Return the object identifier of the type of a message; empty if it is no message."""
    try:
        reader = _Reader(content[:64])
        reader.enter(_SEQUENCE)
        return reader.read_value(_OID)
    except (ValueError, IndexError):  # not BER
        return b""


def open_message(content: bytes, limit: int = MAX_CONTENT) -> bytes | None:
    """Return the mail in a signed or compressed message; None if it has none or is unreadable.

    :param limit: bytes of a compressed mail; None is returned for a larger one
    """
    kind = read_content_type(content)
    if kind not in (SIGNED, COMPRESSED):
        return None
    try:
        reader = _Reader(content)
        for tag in (_SEQUENCE, None, _CONTENT, _SEQUENCE, None, None, _SEQUENCE, None, _CONTENT):
            reader.enter(tag) if tag else reader.skip()  # versions, algorithms, types
        octets = reader.read_octets()
        return octets if kind == SIGNED else _decompress(octets, min(limit, MAX_CONTENT)) or None
    except (ValueError, IndexError, zlib.error):  # broken, or a detached signature
        return None


def _decompress(content: bytes, limit: int) -> bytes:
    decompressor = zlib.decompressobj()
    found = decompressor.decompress(content, max(limit, 1))
    return b"" if decompressor.unconsumed_tail else found
