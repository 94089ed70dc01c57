"""What a S/MIME message carries (RFC 8551, RFC 5652), without any key: the kind of it, and the mail that was signed.

A signature is not checked here. asn1crypto is not used because it joins the pieces of a streamed message, as Outlook
and OpenSSL write it, in quadratic time. Nothing here touches the ORM.
"""

import zlib

SIGNED = bytes.fromhex("2a864886f70d010702")
ENVELOPED = bytes.fromhex("2a864886f70d010703")
AUTH_ENVELOPED = bytes.fromhex("2a864886f70d0109100117")
COMPRESSED = bytes.fromhex("2a864886f70d0109100109")

MAX_CONTENT = 50 * 1024**2
"""Bytes that a compressed message is unpacked to."""

_MAX_VALUES = 200_000
"""Values that are looked at. Programs that stream write pieces of a kilobyte or more."""

_OID, _OCTETS, _OCTETS_IN_PIECES, _SEQUENCE, _CONTENT = 0x06, 0x04, 0x24, 0x30, 0xA0


class _Reader:
    """Reads BER values (X.690 section 8.1), one behind the other, in linear time and without recursion.

    A length that reaches beyond the end of the data is taken as the end: mails are cut short on their way.
    """

    def __init__(self, data: bytes):
        self._data = data
        self._position = 0
        self._values_left = _MAX_VALUES

    def enter(self, *tags: int) -> None:
        """Go into a value that has one of these tags."""
        tag, _end = self._read_header()
        if tag not in tags:
            raise ValueError(f"unexpected tag {tag}")

    def read_value(self, expected: int) -> bytes:
        """Read a primitive value."""
        tag, end = self._read_header()
        if tag != expected or end is None:
            raise ValueError(f"unexpected tag {tag}")
        return self._read_to(end)

    def skip(self) -> None:
        """Pass over a value, whatever is in it."""
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
        """Read a string of octets, which may be in pieces, and these in pieces again."""
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
        """Read a tag and where its value ends; None when that is marked by two zero bytes.

        :raises IndexError: the data ends here
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
    """Return the object identifier of what a message is; empty when it is no message."""
    try:
        reader = _Reader(content[:64])
        reader.enter(_SEQUENCE)
        return reader.read_value(_OID)
    except (ValueError, IndexError):  # no BER
        return b""


def open_message(content: bytes) -> bytes | None:
    """Return the mail in a message that is signed or compressed; None when there is none, or it cannot be read."""
    kind = read_content_type(content)
    if kind not in (SIGNED, COMPRESSED):
        return None
    try:
        reader = _Reader(content)
        for tag in (_SEQUENCE, None, _CONTENT, _SEQUENCE, None, None, _SEQUENCE, None, _CONTENT):
            reader.enter(tag) if tag else reader.skip()  # versions, algorithms, types
        octets = reader.read_octets()
        return octets if kind == SIGNED else zlib.decompressobj().decompress(octets, MAX_CONTENT) or None
    except (ValueError, IndexError, zlib.error):  # broken, or signed apart from the mail
        return None
