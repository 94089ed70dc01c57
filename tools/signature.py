"""Is a mail really from the domain that its From names? Found out by its signature (DKIM, RFC 6376), where the Python
packages `dkimpy` and `dnspython` are installed.

A signature that does not fit proves nothing: servers on the way change mails, by a warning in the text or a word in
the subject. Only one that fits says something.
"""

import logging
import re
import time
from collections.abc import Callable

from .authentication import is_aligned

try:  # dkimpy looks for its resolver when it is imported
    import dns.exception
    import dns.resolver
    import dkim  # isort: skip
    from dkim.util import parse_tag_value
except ImportError:
    dkim = None

SECONDS = 5
"""To wait for the DNS, for all signatures of a mail."""

MAX_SIGNATURES = 2
MAX_SIGNATURE = 4096
MAX_HEAD = 65_536
MAX_KEY = 4096
"""Bytes: far more than any in use, and little enough for dkimpy, which takes long for some."""

MAX_SPACES = 200_000_000
"""Sum of the squares of the lengths of long runs of spaces: so many steps take dkimpy about a second."""

_HEAD_END = re.compile(rb"\n\r?\n")
# one that begins with a literal is searched for five times as fast, and most mails have no run at all
_LONG_RUNS = [re.compile(rb" [\t ]{99,}"), re.compile(rb"\t[\t ]{99,}")]

_silent = logging.Logger("dkimpy", logging.CRITICAL + 1)  # to it, a mistake of a sender is an error


def is_installed() -> bool:
    """Tell whether signatures can be checked here."""
    return dkim is not None


def look_up_txt(name: bytes, timeout: float) -> bytes | None:
    """Ask the DNS for a text.

    :param float timeout: seconds
    :return: none if there is no such text
    :raises Exception: the DNS does not answer
    """
    try:
        answer = dns.resolver.resolve(name.decode(), "TXT", lifetime=timeout, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return None
    return b"".join(next(iter(answer)).strings)


def check_signatures(raw: bytes, domain: str, look_up: Callable[[bytes, float], bytes | None] | None = None) -> str:
    """Tell whether a signature of the sender's domain fits a mail; never raises on what a mail or the DNS contains.

    :param bytes raw: the mail
    :param str domain: of the sender
    :param look_up: as :func:`look_up_txt`
    :return: `pass`, `broken`, `temperror`, or nothing when there is no such signature
    """
    head = _get_head(raw)
    # dkimpy reads the whole of what it is given line by line: a mail only if there is a signature to check
    if not is_installed() or not _is_cheap(head):
        return ""
    signatures = _find_signatures(head, domain)[:MAX_SIGNATURES]
    if not signatures or not _is_cheap(raw):
        return ""
    results, deadline = set(), time.monotonic() + SECONDS
    for index in signatures:
        results.add(_check_signature(raw, index, look_up or look_up_txt, deadline))
    return next((result for result in ("pass", "temperror", "broken") if result in results), "")


def _get_head(raw):
    """Get what dkimpy takes for the header of a mail; empty when that has no end, or is too long."""
    end = _HEAD_END.search(raw, 0, MAX_HEAD)
    return raw[: end.end()] if end else b""


def _is_cheap(raw):
    """Tell whether a mail is none of those that dkimpy takes minutes for."""
    runs = (len(run[0]) for pattern in _LONG_RUNS for run in pattern.finditer(raw))
    return bool(raw) and sum(length**2 for length in runs) <= MAX_SPACES


def _find_signatures(head, domain):
    """Find the signatures that count: of the domain, over the From header and all of the body.

    :return: their positions among all of them
    """
    try:
        values = [value for name, value in dkim.DKIM(head, logger=_silent).headers if name.lower() == b"dkim-signature"]
    except Exception:  # noqa: BLE001 what dkimpy cannot read, nobody has signed
        return []
    return [index for index, value in enumerate(values) if _is_relevant(value, domain)]


def _is_relevant(value, domain):
    if len(value) > MAX_SIGNATURE:
        return False
    try:
        tags = parse_tag_value(value)
    except Exception:  # noqa: BLE001 see above
        return False
    signed = tags.get(b"h", b"").lower().replace(b":", b" ").split()
    return (
        tags.get(b"a", b"").lower() in (b"rsa-sha256", b"ed25519-sha256")  # RFC 8301
        and b"from" in signed
        and b"l" not in tags  # whatever is appended would count as signed
        and is_aligned(tags.get(b"d", b"").decode("ascii", "replace"), domain)
    )


def _check_signature(raw, index, look_up, deadline):
    is_silent = False

    def get_key(name, timeout=SECONDS):
        nonlocal is_silent
        try:
            text = look_up(name, max(0.1, min(timeout, deadline - time.monotonic())))
        except Exception:  # noqa: BLE001 whatever keeps the DNS from answering
            is_silent = True
            return None
        return text if text and len(text) <= MAX_KEY else None

    try:
        fits = dkim.DKIM(raw, logger=_silent, timeout=SECONDS).verify(index, dnsfunc=get_key)
    except Exception:  # noqa: BLE001 dkimpy raises many things on what is malformed
        fits = False
    if fits:
        return "pass"
    return "temperror" if is_silent else "broken"
