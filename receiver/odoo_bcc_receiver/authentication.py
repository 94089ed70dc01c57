"""Is the sender of a mail genuine? SPF, DKIM and DMARC, written into the mail as RFC 8601 says."""

import asyncio
import functools
import logging
import re
from email.utils import formatdate

import dns.exception
import dns.nameserver
import dns.resolver
import idna
import spf
from authheaders.dmarc_lookup import get_org_domain, lookup_receiver_record

import dkim  # isort: skip it chooses its resolver when it is imported

_get_org_domain = functools.lru_cache(1000)(get_org_domain)
_RESULTS = re.compile(rb"^authentication-results(?![\w-])[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE)
_FROM = re.compile(rb"^from[ \t]*:([^\n]*\n(?:[ \t][^\n]*\n)*)", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"(?:[^<>]*<)?\s*[^\s<>@\"(),:;]+@([^\s<>@\"(),:;]+)\s*>?\s*")
_HOST = re.compile(r"(?=.*[.:])(?:[\w.-]{1,253}|\[[\w.:]+\])", re.ASCII)
_LONG_RUN = re.compile(rb" [\t ]{99,}|\t[\t ]{99,}")
_MAX_SIGNATURES, _MAX_KEY, _MAX_STEPS, _DNS_SECONDS = 5, 4096, 200_000_000, 5  # dkimpy takes long for some inputs
_silent = logging.Logger("dkimpy", logging.CRITICAL + 1)


class Border:
    """The first server of the company that a mail passes: it checks the sender."""

    copies = 6  # of a mail in memory

    def __init__(self, settings):
        self._host = settings.hostname.lower()
        # the resolver of all libraries
        resolver = dns.resolver.default_resolver = dns.resolver.Resolver(configure=not settings.nameservers)
        resolver.lifetime = _DNS_SECONDS
        if settings.nameservers:
            pairs = (address.rsplit(":", 1) for address in settings.nameservers)
            resolver.nameservers = [dns.nameserver.Do53Nameserver(ip.strip("[]"), int(port)) for ip, port in pairs]

    async def check(self, content: bytes, session, sender: str) -> list[bytes]:
        """Return the parts of a mail with the results on top, and without those that claim to be of this server."""
        end = content.find(b"\r\n\r\n") + 4
        end = end if end > 3 else len(content)
        head, body, ip = bytes(content[:end]), bytes(content[end:]), session.peer[0].partition("%")[0]
        helo = session.host_name if _HOST.fullmatch(session.host_name) else "unknown"
        found = ";\r\n\t".join(await asyncio.to_thread(find_results, head, body, ip, helo, sender))
        protocol = f"{'E' * session.extended_smtp}SMTP{'S' * bool(session.ssl)}"
        trace = (
            f"Authentication-Results: {self._host};\r\n\t{found}\r\n"
            f"Received: from {helo} ([{'IPv6:' * (':' in ip)}{ip}])\r\n\tby {self._host} with {protocol}; {formatdate()}\r\n"
        )
        return [trace.encode(), _RESULTS.sub(b"", head), body]


def find_results(head: bytes, body: bytes, ip: str, helo: str, sender: str) -> list[str]:
    """Return the results of each method."""
    spf_domain, spf_result = _to_ascii(sender.rpartition("@")[2] or helo), _attempt(_check_spf, ip, sender, helo)
    dkim_results = _check_dkim(head, body)
    froms = [_ADDRESS.fullmatch(value.decode("utf-8", "replace").strip()) for value in _FROM.findall(head)]
    domain = _to_ascii(froms[0][1]) if len(froms) == 1 and froms[0] else ""
    passed = {"adkim": [name for result, name in dkim_results if result == "pass"]}
    passed["aspf"] = [spf_domain] * (spf_result == "pass")
    dmarc_result = _attempt(_check_dmarc, domain, passed) if domain else "permerror"
    if dmarc_result == "fail" and "temperror" in (spf_result, *(result for result, _name in dkim_results)):
        dmarc_result = "temperror"
    return [
        f"spf={spf_result}{spf_domain and f' smtp.mailfrom={spf_domain}'}",
        *(f"dkim={result}{name and f' header.d={name}'}" for result, name in dkim_results or [("none", "")]),
        f"dmarc={dmarc_result}{domain and f' header.from={domain}'}",
    ]


def _attempt(check, *arguments):
    try:
        return check(*arguments)
    except dns.exception.DNSException:
        return "temperror"
    except Exception:  # noqa: BLE001 these libraries raise many things on malformed input
        return "permerror"


def _to_ascii(domain):
    """Return a domain in the form of the DNS; empty if it has none."""
    ascii_domain = domain.lower() if domain.isascii() else _attempt(idna.encode, domain, None, False, True, True)
    text = ascii_domain.decode() if isinstance(ascii_domain, bytes) else ascii_domain
    return text if re.fullmatch(r"[a-z\d_-]+(?:\.[a-z\d_-]+)*", text) else ""


def _check_spf(ip, sender, helo):
    return spf.check2(ip, sender, helo, querytime=20)[0]


def _check_dkim(head, body):
    """Return the result and the domain of each signature."""
    steps = sum(len(run[0]) ** 2 for part in (head, body) for run in _LONG_RUN.finditer(part))
    if steps > _MAX_STEPS:
        return [("policy", "")]
    mail, results = dkim.DKIM(head, logger=_silent), []
    mail.body = body  # dkimpy would split it into lines
    count = [name.lower() for name, _value in mail.headers].count(b"dkim-signature")
    for index in range(min(count, _MAX_SIGNATURES)):
        mail.signature_fields = {}
        result, tags = _attempt(mail.verify, index, _look_up_key), mail.signature_fields
        if result is True and (b"l" in tags or b"from" not in tags[b"h"].lower().replace(b":", b" ").split()):
            result = "policy"  # more text, or another sender, would be as valid
        results.append(
            ({True: "pass", False: "fail"}.get(result, result), _to_ascii(tags.get(b"d", b"").decode("latin-1")))
        )
    return results


def _check_dmarc(domain, passed):
    """Return the result for the domain in From (RFC 7489)."""
    record = {}
    for name in dict.fromkeys((domain, _get_org_domain(domain))):
        record = record or lookup_receiver_record(name, _look_up_policy)
    if not record.get("p"):
        return "none"
    return (
        "pass"
        if any(_is_aligned(name, domain, record.get(tag)) for tag, names in passed.items() for name in names)
        else "fail"
    )


def _is_aligned(name, domain, mode):
    organisation = _get_org_domain(domain)
    is_relaxed = mode != "s" and "." in organisation  # otherwise a top-level domain that the list does not have
    return name == domain or (is_relaxed and _get_org_domain(name) == organisation)


def _look_up(name):
    """Return the TXT records of a name."""
    try:
        answer = dns.resolver.resolve(name, "TXT", search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return [b"".join(record.strings) for record in answer]


def _look_up_key(name, timeout=None):
    [key] = _look_up(name.decode())[:1]  # none raises an error
    return key if len(key) <= _MAX_KEY else None


def _look_up_policy(name):
    policies = [text.decode("latin-1") for text in _look_up(name) if text.startswith(b"v=DMARC1")]
    return policies[0] if len(policies) == 1 else None  # as if there were none
