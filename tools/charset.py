"""Decoding of texts, headers and file names.

Charset labels mean the supersets that programs write under them (WHATWG Encoding Standard). Only charsets listed here
are decoded: Python has codecs, ``punycode`` among them, that are quadratic. Every step is linear.
"""

import binascii
import re
from contextlib import suppress
from functools import lru_cache

import chardet

# Python codec: labels, normalised as in :func:`_get_codec`. US-ASCII is missing on purpose: the bytes decide, as
# without a label.
_LABELS = {
    "utf-8": "utf8 unicode11utf8 unicode20utf8 unicodeutf8 utf8mb4 utf8mac cp65001 65001",
    "utf-16": "utf16 unicode unicodefeff ucs2 iso10646ucs2 iso10646 utf16le",
    "utf-16-be": "utf16be unicodefffe",
    "utf-32": "utf32 ucs4 iso10646ucs4 utf32le utf32be",
    "utf-7": "utf7 unicode11utf7 unicode20utf7 unicodeutf7 65000 cp65000",
    "cp1252": "iso88591 isolatin1 latin1 l1 cp819 ibm819 isoir100 windows1252 cp1252 win1252 ansi 1252 88591 8859"
    " iso8859",
    "iso8859-2": "iso88592 latin2 l2 isoir101 isolatin2 88592",
    "iso8859-3": "iso88593 latin3 l3 isoir109 isolatin3",
    "iso8859-4": "iso88594 latin4 l4 isoir110 isolatin4",
    "iso8859-5": "iso88595 cyrillic isoir144 isolatincyrillic",
    "iso8859-6": "iso88596 arabic asmo708 ecma114 isoir127 isolatinarabic iso88596e iso88596i",
    "iso8859-7": "iso88597 greek greek8 ecma118 elot928 isoir126 suneugreek isolatingreek",
    "iso8859-8": "iso88598 hebrew isoir138 visual logical iso88598e iso88598i isolatinhebrew",
    "cp1254": "iso88599 latin5 l5 isoir148 isolatin5 windows1254 cp1254 win1254 1254",
    "iso8859-10": "iso885910 latin6 l6 isoir157 isolatin6",
    "iso8859-13": "iso885913 latin7 l7",
    "iso8859-14": "iso885914 latin8 l8",
    "iso8859-15": "iso885915 latin9 l9 isolatin9",
    "iso8859-16": "iso885916 latin10 l10",
    "cp874": "windows874 cp874 win874 tis620 tis6200 tis62025290 tis62025330 iso885911 dos874 874",
    "cp1250": "windows1250 cp1250 win1250 1250",
    "cp1251": "windows1251 cp1251 win1251 1251",
    "cp1253": "windows1253 cp1253 win1253 1253",
    "cp1255": "windows1255 cp1255 win1255 1255",
    "cp1256": "windows1256 cp1256 win1256 1256",
    "cp1257": "windows1257 cp1257 win1257 1257",
    "cp1258": "windows1258 cp1258 win1258 1258",
    "koi8-r": "koi8r koi koi8",
    "koi8-u": "koi8u koi8ru",
    "koi8-t": "koi8t",
    "mac-roman": "macintosh mac macroman applemacintosh macosroman",
    "mac-cyrillic": "maccyrillic macukrainian",
    "mac-greek": "macgreek",
    "mac-turkish": "macturkish",
    "mac-latin2": "macce maccentraleurope maclatin2",
    "cp437": "cp437 ibm437 437 pc8codepage437",
    "cp850": "cp850 ibm850 850 pc850multilingual",
    "cp852": "cp852 ibm852 852 pcp852",
    "cp855": "cp855 ibm855 855",
    "cp857": "cp857 ibm857 857",
    "cp858": "cp858 ibm858 858 ibm00858 pcmultilingual850euro",
    "cp862": "cp862 ibm862 862 dos862 pc862latinhebrew",
    "cp866": "cp866 ibm866 866",
    "gb18030": "gb18030 gbk gb2312 chinese gb231280 gb23121980 isoir58 cp936 ms936 windows936 936 gb euccn xeuccn",
    "hz": "hzgb2312 hz hzgb",
    "big5hkscs": "big5 big5hkscs cnbig5 xxbig5 cp950 ms950 950 windows950 big5tw big5eten",
    "cp932": "shiftjis sjis mskanji ms932 windows31j cp932 win31j windows932 932 xsjis shiftjisms shiftjiscp932",
    "euc-jp": "eucjp ujis eucjpms extendedunixcodepackedformatforjapanese eucpkdfmtjapanese eucjpwin cp51932",
    "iso2022_jp": "iso2022jp iso2022jp1 iso2022jp2 iso2022jp3 iso2022jpms iso2022jp2004 iso2022jpext jis"
    " cp50220 cp50221 cp50222 50220 50221 50222",
    "cp949": "euckr ksc5601 ksc56011987 ksc56011989 korean isoir149 windows949 cp949 ms949 uhc 949 ks56011987"
    " ksx1001 ksc56011992",
    "iso2022_kr": "iso2022kr",
    "johab": "johab cp1361",
}
_CODECS = {label: codec for codec, labels in _LABELS.items() for label in labels.split()}
_MULTI_BYTE = {"gb18030", "big5hkscs", "cp932", "euc-jp", "cp949", "johab"}
_VARIANTS = {"big5hkscs": ("cp950",)}  # which has a euro sign
_SEVEN_BIT = {"iso2022_jp", "iso2022_kr", "hz", "utf-7", "utf-16", "utf-16-be", "utf-32"}
"""Charsets in which ASCII bytes may stand for other characters."""

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe\0\0", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_DETECTABLE = re.compile(r"(windows|iso-?8859|koi8|gb|big5|shift|euc|cp874|cp9|ks|tis|iso-2022|hz|utf)", re.IGNORECASE)
_META = re.compile(rb"<meta\b[^>]{0,500}?\bcharset\s{0,9}=\s{0,9}[\"']?\s{0,9}([-\w.:]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"\s*<\?xml\b[^>]{0,200}?\bencoding\s{0,9}=\s{0,9}[\"']([-\w.:]{1,40})", re.IGNORECASE)
_EUC_JP = re.compile(rb"[\x00-\x7f]+|\x8e[\xa1-\xdf]|\x8f[\xa1-\xfe]{2}|[\xa1-\xfe]{2}")
"""Characters of EUC-JP, rows of NEC and IBM included, which Python's codec lacks; ASCII in runs."""

_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TAG = re.compile(rb"<[a-zA-Z!/][^<>]{0,200}>")
_OF_CP1250 = re.compile(rb"[\x8a\x8c-\x8f\x9a\x9c-\x9f]")
"""Letters of windows-1250 that are control characters in ISO-8859-2."""

CUT_CHARACTER = re.compile(rb"[\xc0-\xff][\x80-\xbf]{0,2}\Z")
"""The beginning of a character of UTF-8 at the end of a text."""

_HIGH = re.compile(rb"[\x80-\xff]")
_STRAY = re.compile("[\udc80-\udcff]")
_C1 = re.compile("[\x80-\x9f]")
_BASE64 = re.compile(rb"\s*[A-Za-z0-9+/]{2,}(?:\r?\n[A-Za-z0-9+/]+)*\s*")
_JIS = re.compile(rb"\x1b\$[@B]")
_ESCAPED = re.compile(rb"(\x1b\$\(?[@BDOQ]|\x1b\([BJIH]|\x1b[$(.][A-Z])")
_WESTERN = ("cp125", "iso8859")
_SAMPLE = 4_096
"""Bytes passed to the detector."""

_META_SAMPLE = 4_096
_MIN_UTF8 = 8
"""Number of non-ASCII bytes from which valid UTF-8 is no coincidence, whatever multi-byte charset is declared."""

_MIN_WIDE = 8
"""Minimum bytes to recognise undeclared UTF-16: shorter texts may contain a zero byte by accident."""

_MANY = 5
"""Valid characters per invalid byte, unless a text is nearly UTF-8 and nothing else fits."""

_MIN_LETTERS = 5
"""Minimum of non-ASCII bytes to detect a single-byte charset: with fewer, detectors guess."""


def _decode_byte(byte: int) -> str:
    """Return the character of a byte in windows-1252, a control character where it is undefined."""
    return bytes([byte]).decode("cp1252", "ignore") or chr(byte)


_STRAYS = {0xDC00 + byte: _decode_byte(byte) for byte in range(0x80, 0x100)}
_CONTROLS = {byte: _decode_byte(byte) for byte in range(0x80, 0xA0)}


def decode_text(content: bytes, label: str | None = None, *, is_html: bool = False, is_guessed: bool = True) -> str:
    """Decode a text. The bytes take precedence over the declared charset.

    :param str label: charset declared by the mail, if any
    :param bool is_html: whether a `meta` element may declare the charset
    :param bool is_guessed: whether to run a detector, which takes about a millisecond, if nothing else fits
    """
    codec = _get_codec(label)
    if codec not in _SEVEN_BIT and content.isascii():
        if b"\x1b" not in content and b"\0" not in content:
            return content.decode("ascii")
        codec = "iso2022_jp" if _JIS.search(content) else codec  # many programs write it under any label
    for mark, unicode_codec in _BOMS:
        if content.startswith(mark):
            return content[len(mark) * (unicode_codec == "utf-8") :].decode(unicode_codec, "replace")
    text = _decode_as_declared(content, codec)
    if text is None:
        text = _decode_undeclared(content, codec, is_html=is_html, is_guessed=is_guessed)
    return text.translate(_CONTROLS) if _C1.search(text) else text


def decode_header(content: bytes, label: str | None, *, is_guessed: bool = True) -> str:
    """Decode a header value: as UTF-8 if it is valid (RFC 6532), else by the charset of the text.

    :param label: the charset that the mail declares; one in which ASCII bytes may stand for other characters is ignored
    :param bool is_guessed: see :func:`decode_text`
    """
    is_utf8 = _decode_strictly(content, "utf-8") is not None
    label = None if is_utf8 or _get_codec(label) in _SEVEN_BIT else label
    return decode_text(content, label, is_guessed=is_guessed)


def is_text(content: bytes) -> bool:
    """Return whether bytes are UTF-8 without control characters."""
    return not _CONTROL.search(content) and _decode_strictly(content, "utf-8") is not None


def decode_words(text: str) -> str:
    """Decode the encoded words in a header value (RFC 2047). Other text stays as it is."""
    if "=?" not in text:
        return text
    head, end, rest = text.rpartition("?=")  # without this, each unclosed word would be searched to the end
    if rest.count("=?") == 1 and _CUT_WORD.search(rest):
        head, end, rest = text, "?=", ""
    return _WORDS.sub(_decode_run, head + end) + rest


_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bq])\?((?:[^?]|\?(?!=))*)\?=", re.IGNORECASE)
_CUT_WORD = re.compile(r"=\?[^?\s]{1,60}\?[bq]\?[^?\s]+\Z", re.IGNORECASE)
"""At the end of a subject or name that a program has shortened."""

_WORDS = re.compile(rf"{_WORD.pattern}(?:\s*{_WORD.pattern})*", re.IGNORECASE)


def _decode_run(words: re.Match[str]) -> str:
    """Decode adjacent encoded words together, because a character may be split between two."""
    runs: list[tuple[str, bytes]] = []
    for word in _WORD.finditer(words[0]):
        charset = word[1].partition("*")[0]  # RFC 2231 section 5: a language may follow
        content = word[3].encode("utf-8", "surrogateescape")
        content = decode_base64(content) if word[2] in "bB" else _decode_q(content)
        if not content and any(char.isalnum() for char in word[3]):  # invalid base64
            charset, content = "utf-8", word[0].encode("utf-8", "surrogateescape")
        if runs and runs[-1][0].lower() == charset.lower() and _is_stateless(charset):
            content = runs.pop()[1] + content
        runs.append((charset, content))
    return "".join(decode_text(content, charset, is_guessed=False) for charset, content in runs)


def _is_stateless(charset: str) -> bool:
    """Return whether encoded pieces can be joined: in other charsets each has its own escapes or byte order mark.

    In ISO-2022-JP each should end in ASCII, so that joining changes nothing; some programs split between two escapes.
    """
    return _get_codec(charset) not in _SEVEN_BIT - {"iso2022_jp"}


def _decode_q(content: bytes) -> bytes:
    """Decode the Q encoding (RFC 2047)."""
    return binascii.a2b_qp(content.replace(b"\r", b"").replace(b"\n", b" "), header=True)


def decode_base64(content: bytes) -> bytes:
    """Decode base64 leniently: missing padding, foreign characters, several pieces in a row."""
    first, *others = re.split(rb"=+", content) if b"=" in content else [content]
    whole = [first, *filter(_BASE64.fullmatch, others)]
    return b"".join(map(_decode_base64_piece, whole))


def _decode_base64_piece(content: bytes) -> bytes:
    for cut, padding in ((0, b""), (0, b"=="), (1, b"==")):
        with suppress(binascii.Error):
            return binascii.a2b_base64(content[: len(content) - cut] + padding if padding else content)
    letters = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
    return binascii.a2b_base64(letters[: len(letters) // 4 * 4])


def _get_codec(label: str | None) -> str | None:
    """Return the codec of a listed charset label, else None."""
    return _find_codec((label or "")[:100])


@lru_cache(maxsize=1_000)
def _find_codec(label: str) -> str | None:
    label = label.strip(" \t\r\n\"'").lower().partition(":")[0]
    label = re.sub(r"[^a-z0-9]", "", label.split()[0] if label.split() else "")
    for prefix in ("", "x", "cs"):
        if label.startswith(prefix) and (codec := _CODECS.get(label[len(prefix) :])):
            return codec
    return None


def _decode_as_declared(content: bytes, codec: str | None) -> str | None:
    """Decode a text by the declared charset; return None if it does not fit."""
    if codec is None:
        return None
    text = _decode_strictly(content, codec)
    if text is None or codec in ("utf-8", *_SEVEN_BIT):
        return text
    # many programs write UTF-8 under any label; text in other charsets is valid UTF-8 only if it is very short
    as_utf8 = _decode_strictly(content, "utf-8")
    if as_utf8 is None and codec not in (*_MULTI_BYTE, "cp874"):  # Thai letters in a row look like UTF-8
        return _decode_nearly(content, "utf-8", _MANY) or text
    if as_utf8 is None or (codec in _MULTI_BYTE and len(_HIGH.findall(content)) < _MIN_UTF8):
        return text
    return as_utf8


def _decode_strictly(content: bytes, codec: str) -> str | None:
    """Decode bytes by a codec; return None if some are invalid in it."""
    if codec == "iso2022_jp":
        return _decode_iso2022_jp(content)
    if codec in ("utf-16", "utf-16-be", "utf-32"):
        return _decode_wide(content, codec)
    if codec == "iso8859-2" and _OF_CP1250.search(content):
        codec = "cp1250"
    for variant in (codec, *_VARIANTS.get(codec, ())):
        with suppress(ValueError):
            return content.decode(variant)
    if codec == "euc-jp" and not _EUC_JP.sub(b"", content):
        return "".join(map(_decode_euc_jp, _EUC_JP.findall(content)))
    if codec in ("cp1252", "gb18030"):
        return _decode_with_holes(content, codec)
    if codec == "utf-8" and b"\xed" in content:  # CESU-8: characters beyond U+FFFF as two surrogates
        with suppress(ValueError):
            return content.decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16")
    return None


def _decode_with_holes(content: bytes, codec: str) -> str | None:
    """Decode by a Python codec that lacks a few characters of the Encoding Standard."""
    text = content.decode(codec, "surrogateescape")
    if codec == "gb18030":
        text = text.replace("\udc80", "€")
        return None if _STRAY.search(text) else text
    return text.translate(_STRAYS)


def _decode_wide(content: bytes, codec: str) -> str | None:
    """Decode UTF-16 or UTF-32 without a byte order mark: the position of zero bytes, if any, gives the byte order.

    Return None if it is based on ASCII, with a label that a program took from elsewhere.
    """
    is_declared_be, codec = codec.endswith("-be"), codec.removesuffix("-be")
    width = 2 if codec == "utf-16" else 4
    head = content[:_SAMPLE]
    whole = CUT_CHARACTER.sub(b"", head)
    is_narrow = _TAG.search(head) or (b" " in head and _decode_strictly(whole, "utf-8") is not None)
    if is_narrow and len(head) >= _MIN_WIDE and not _CONTROL.search(head):
        return None
    first, last = head[::width].count(0), head[width - 1 :: width].count(0)
    # a few characters such as U+4E00 end with a zero byte
    order = "be" if first > last or (is_declared_be and last * 4 * width <= len(head)) else "le"
    with suppress(ValueError):
        return content[: len(content) // width * width].decode(f"{codec}-{order}")
    return None


def _decode_undeclared(content: bytes, codec: str | None, *, is_html: bool, is_guessed: bool) -> str:
    """Decode a text whose charset is unknown or wrongly declared."""
    for candidate in _list_candidates(content, is_html=is_html):
        if (text := _decode_strictly(content, candidate)) is not None:
            return text
    if (text := _decode_nearly(content, "utf-8", 1)) is not None:
        return text
    if codec in _MULTI_BYTE and (text := _decode_nearly(content, codec, _MANY)) is not None:
        return text
    detected = _detect(content) if is_guessed else None
    text = _decode_strictly(content, detected) if detected else None
    if text is None and detected in _MULTI_BYTE:
        text = _decode_nearly(content, detected, _MANY)
    if text is None and codec and codec.startswith(_WESTERN):
        text = content.decode(codec, "surrogateescape").translate(_STRAYS)
    return _decode_with_holes(content, "cp1252") if text is None else text


def _list_candidates(content: bytes, *, is_html: bool) -> list[str]:
    """Return the codecs suggested by the bytes themselves."""
    candidates = []
    sample = content[: _SAMPLE * 2]
    if len(sample) >= _MIN_WIDE and sample.count(0) * 4 > len(sample):
        candidates.append("utf-16")
    if b"\x1b$" in content or b"\x1b(" in content:
        candidates.append("iso2022_jp")
    candidates.append("utf-8")
    if is_html and (found := _META.search(content[:_META_SAMPLE]) or _XML.match(content[:_META_SAMPLE])):
        candidates.append(_get_codec(found[1].decode("ascii", "ignore")))
    return [codec for codec in candidates if codec]


def _decode_nearly(content: bytes, codec: str, least: int) -> str | None:
    """Decode a text with a few invalid bytes; return None if they are many.

    Invalid bytes are read as windows-1252: mostly quotes and dashes, pasted or added by a mail server.

    :param int least: valid characters beyond ASCII for each invalid byte
    """
    try:
        text = content.decode(codec, "surrogateescape")
    except UnicodeDecodeError:
        text = content.decode(codec, "replace").replace("\ufffd", "\udc80")
    strays = len(_STRAY.findall(text))
    others = sum(char > "\x7f" for char in text) - strays
    return text.translate(_STRAYS) if strays and strays <= others // least else None


def _detect(content: bytes) -> str | None:
    """Return the codec found by the detector, None if it is unlikely in a mail."""
    first = _HIGH.search(content)
    if not first:
        return None
    sample = content[max(0, first.start() - _SAMPLE // 8) : first.start() + _SAMPLE]
    guess = (chardet.detect(sample.strip())["encoding"] or "").replace("MacCyrillic", "windows-1251")  # nearly the same
    codec = _get_codec(guess) if _DETECTABLE.match(guess) else None
    return codec if codec in _MULTI_BYTE or len(_HIGH.findall(sample)) >= _MIN_LETTERS else None


def _decode_iso2022_jp(content: bytes) -> str | None:
    """Decode ISO-2022-JP with vendor extensions; return None if it is another charset."""
    for codec in ("iso2022_jp_2", "iso2022_jp_ext"):
        with suppress(ValueError):
            return content.decode(codec)
    if _HIGH.search(content) and not _ESCAPED.search(content):
        return None
    # rows of NEC and IBM, which Python knows only in cp932
    pieces, charset = [], b"\x1b(B"
    for piece in _ESCAPED.split(content):
        if piece[:1] == b"\x1b" and _ESCAPED.fullmatch(piece):
            charset = piece
        elif piece:
            pieces.append(_decode_jis(piece, charset))
    return "".join(pieces)


def _decode_jis(content: bytes, charset: bytes) -> str:
    """Decode the bytes after one escape sequence of ISO-2022-JP."""
    if charset == b"\x1b(I":  # half-width katakana
        return bytes(byte | 0x80 for byte in content).decode("cp932", "replace")
    if charset in (b"\x1b$B", b"\x1b$@", b"\x1b$(B", b"\x1b$(@"):
        pairs, _line_end, rest = content.partition(b"\n")  # each line starts in ASCII
        shifted = b"".join(map(_shift, pairs[::2], pairs[1::2]))
        return shifted.decode("cp932", "replace") + _decode_stray(_line_end + rest)
    if charset == b"\x1b$(D":
        return b"".join(b"\x8f" + bytes(byte | 0x80 for byte in pair) for pair in re.findall(rb"..", content)).decode(
            "euc-jp", "replace"
        )
    return _decode_stray(content)


def _decode_stray(content: bytes) -> str:
    """Decode bytes outside of escapes: ASCII, or what another program has added."""
    for codec in ("utf-8", *(() if b"\xa0" in content else ("cp932",))):  # A0 is a no-break space elsewhere
        if (text := _decode_strictly(content, codec)) is not None:
            return text
    return _decode_with_holes(content, "cp1252")


def _decode_euc_jp(piece: bytes) -> str:
    """Decode a character of EUC-JP, or some in ASCII, with the rows of NEC and IBM."""
    if len(piece) == 2 and piece[0] >= 0xA1:
        return _shift(piece[0] & 0x7F, piece[1] & 0x7F).decode("cp932", "replace")
    return piece.decode("euc-jp", "replace")


def _shift(row: int, cell: int) -> bytes:
    """Return a character of JIS X 0208 in Shift_JIS."""
    if not 0x21 <= row <= 0x7E or not 0x21 <= cell <= 0x7E:
        return bytes(byte for byte in (row, cell) if byte < 0x80)
    lead = (row - 0x21) // 2 + (0x81 if row < 0x5F else 0xC1)
    if row % 2:
        return bytes((lead, cell + (0x1F if cell < 0x60 else 0x20)))
    return bytes((lead, cell + 0x7E))
