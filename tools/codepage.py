"""Decoding of Windows code pages by number, as used by Outlook and Exchange."""

from .address import decode_bytes

_NAMES = {
    1200: "utf-16-le",
    10000: "mac_roman",
    20127: "utf-8",  # ASCII: programs write UTF-8 under it
    20866: "koi8-r",
    21866: "koi8-u",
    28591: "cp1252",  # as in the Encoding Standard
    **{28590 + number: f"iso8859-{number}" for number in (2, 3, 4, 5, 6, 7, 8, 13, 15)},
    28599: "cp1254",
    50220: "iso2022_jp_ext",
    50221: "iso2022_jp_ext",
    50222: "iso2022_jp_ext",
    50225: "iso2022_kr",
    51932: "euc_jp",
    51936: "gbk",
    51949: "euc_kr",
    52936: "hz",
    54936: "gb18030",
    65000: "utf-7",
    65001: "utf-8",
    936: "gb18030",
    950: "big5hkscs",
    **{number: f"cp{number}" for number in (437, 850, 852, 855, 857, 858, 862, 866, 874, 932, 949)},
    **{number: f"cp{number}" for number in range(1250, 1259)},
}


def decode_codepage(content: bytes, codepage: int) -> str:
    """Decode bytes of a code page; if it is unknown or does not fit, as UTF-8, else as windows-1252."""
    return decode_bytes(content, _NAMES.get(codepage))
