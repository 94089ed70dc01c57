"""Boundaries of multiparts (RFC 2046, section 5.1.1), found in time proportional to the length of the mail."""

from collections.abc import Iterable, Iterator


def find_dashes(raw: bytes, start: int = 0) -> Iterator[int]:
    """Yield the positions of the lines that begin with two dashes; `bytes.find` is faster than a regular expression.

    :param start: where to begin: the beginning of a line
    """
    if raw.startswith(b"--", start):
        yield start
    after_lf, after_cr = raw.find(b"\n--", start), raw.find(b"\r--", start)
    while after_lf >= 0 or after_cr >= 0:
        if after_cr < 0 or 0 <= after_lf < after_cr:
            yield after_lf + 1
            after_lf = raw.find(b"\n--", after_lf + 1)
        else:
            yield after_cr + 1
            after_cr = raw.find(b"\r--", after_cr + 1)


def list_delimiters(boundaries: Iterable[bytes], *, is_inner_first: bool = False) -> dict[bytes, tuple[int, bool]]:
    """Return the delimiter lines of open multiparts: index of the multipart, and whether the line ends it.

    :param boundaries: of the open multiparts, outermost first
    :param is_inner_first: whether the innermost of several with the same boundary counts, as programs mean it, or the
        outermost, as for the standard library
    """
    known = {}
    levels = list(enumerate(boundaries))
    for level, boundary in levels if is_inner_first else reversed(levels):
        known[b"--" + boundary + b"--"] = (level, True)
        known[b"--" + boundary] = (level, False)
    return known
