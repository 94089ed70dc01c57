"""Is a mail really from the domain in From? Checked by its signature (DKIM, RFC 6376), if the Python packages `dkimpy`
and `dnspython` are installed.

A signature that does not match proves nothing: servers change mails on the way, for example by a warning in the text or
a word in the subject. Only a signature that matches proves something.
"""

import logging
import re
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from .authentication import is_aligned

if TYPE_CHECKING:
    from .raw_mail import RawMail

try:  # dkimpy chooses its resolver when it is imported
    import dns.exception
    import dns.resolver
    import dkim  # isort: skip
    from dkim.util import parse_tag_value
except ImportError:
    dkim = None

SECONDS = 5
"""Time to wait for the DNS, for all signatures of a mail."""

MAX_SIGNATURES = 2
MAX_SIGNATURE = 4096
MAX_HEAD = 65_536
MAX_KEY = 4096
"""Bytes: far more than needed, but few enough for dkimpy, which takes long for some inputs."""

MAX_SPACES = 200_000_000
"""Sum of the squares of the lengths of long runs of spaces. dkimpy needs about a second for so many steps."""

_HEAD_END = re.compile(rb"\n\r?\n")
# two patterns, because one that begins with a literal is searched five times as fast
_LONG_RUNS = [re.compile(rb" [\t ]{99,}"), re.compile(rb"\t[\t ]{99,}")]

_silent = logging.Logger("dkimpy", logging.CRITICAL + 1)  # it logs mistakes of senders as errors


def is_installed() -> bool:
    """Return whether signatures can be checked."""
    return dkim is not None


def look_up_txt(name: bytes, timeout: float) -> bytes | None:
    """Return a TXT record of the DNS, or None if there is none.

    :param float timeout: seconds
    :raises Exception: if the DNS does not respond
    """
    try:
        answer = dns.resolver.resolve(name.decode(), "TXT", lifetime=timeout, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return None
    return b"".join(next(iter(answer)).strings)


def is_signed(raw_mail: "RawMail", domain: str) -> bool:
    """Return whether a mail has a signature of the sender's domain to check. This needs no DNS."""
    return raw_mail.is_signed and is_installed() and bool(_find_signatures(_get_head(raw_mail.content), domain))


def check_signatures(
    raw_mail: "RawMail", domain: str, look_up: Callable[[bytes, float], bytes | None] | None = None
) -> str:
    """Check the signatures of the sender's domain on a mail. Never raises, whatever the mail or the DNS contains.

    :param str domain: of the sender
    :param look_up: a function like :func:`look_up_txt`
    :return: `pass`, `broken`, `temperror`, or an empty text if there is no such signature
    """
    results, deadline = set(), time.monotonic() + SECONDS
    for raw in {raw_mail.content, raw_mail.received}:  # a program converted its line ends before or after signing
        # dkimpy splits all of its input into lines: it gets the whole mail only if there is a signature to check
        signatures = _find_signatures(_get_head(raw), domain)[:MAX_SIGNATURES] if is_installed() else ()
        if signatures and _is_cheap(raw):
            for index in signatures:
                results.add(_check_signature(raw, index, look_up or look_up_txt, deadline))
    return next((result for result in ("pass", "temperror", "broken") if result in results), "")


def _get_head(raw):
    """Return what dkimpy takes for the header of a mail; empty if it does not end or is too long."""
    end = _HEAD_END.search(raw, 0, MAX_HEAD)
    return raw[: end.end()] if end else b""


def _is_cheap(raw):
    """Return whether dkimpy can check a mail within seconds."""
    runs = (len(run[0]) for pattern in _LONG_RUNS for run in pattern.finditer(raw))
    return bool(raw) and sum(length**2 for length in runs) <= MAX_SPACES


def _find_signatures(head, domain):
    """Return the signatures that count: of the domain, covering the From field and all of the body.

    :return: their positions among all signatures
    """
    if not _is_cheap(head):
        return []
    try:
        values = [value for name, value in dkim.DKIM(head, logger=_silent).headers if name.lower() == b"dkim-signature"]
    except Exception:  # noqa: BLE001 dkimpy cannot read it, so it has no valid signature
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
        and b"l" not in tags  # the signature would cover text appended later
        and is_aligned(tags.get(b"d", b"").decode("ascii", "replace"), domain)
    )


def _check_signature(raw, index, look_up, deadline):
    is_silent = False

    def get_key(name, timeout=SECONDS):
        nonlocal is_silent
        try:
            text = look_up(name, max(0.1, min(timeout, deadline - time.monotonic())))
        except Exception:  # noqa: BLE001 the DNS does not respond, for any reason
            is_silent = True
            return None
        return text if text and len(text) <= MAX_KEY else None

    try:
        fits = dkim.DKIM(raw, logger=_silent, timeout=SECONDS).verify(index, dnsfunc=get_key)
    except Exception:  # noqa: BLE001 dkimpy raises many things on malformed mails
        fits = False
    if fits:
        return "pass"
    return "temperror" if is_silent else "broken"
