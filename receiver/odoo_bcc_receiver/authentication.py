"""Check the sender of a mail by SPF, DKIM, DMARC and ARC, and write the results into the mail (RFC 8601)."""

import asyncio
import re
import time
from email.utils import formatdate
from ipaddress import ip_address

import dns.resolver
import idna
import spf
from publicsuffixlist import PublicSuffixList

from .settings import faults_of

import dkim  # isort: skip dkim chooses its resolver when it is imported

_SUFFIXES = PublicSuffixList()
_RESULTS = re.compile(rb"^authentication-results(?![\w-])[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE)
_FROM = re.compile(rb"^from[ \t]*:([^\n]*\n(?:[ \t][^\n]*\n)*)", re.IGNORECASE | re.MULTILINE)
_BLANKS, _DOMAIN = re.compile(r"(?<!\s)\s*([@.])\s*"), re.compile(r"@([^\s<>@\"(),:;\[\]]{1,253})")
_HOST = re.compile(r"(?=.*[.:])(?:[\w.-]{1,253}|\[[\w.:]+\])", re.ASCII)
_LONG_RUN = re.compile(rb"(?<!\s)\s{20,}")  # the time of dkimpy grows with the square of its length
_MAX_STEPS, _MAX_SIGNATURES, _MAX_DOMAINS, _MAX_KEY, _SECONDS, _MAX_TTL = 200_000_000, 5, 5, 4096, 4, 300
_MAX_FIELDS = 5000


class _Cache(dns.resolver.LRUCache):
    """Answers of the DNS until they expire; dnspython would keep some negative ones forever."""

    def put(self, key, value):
        value.expiration = min(value.expiration, time.time() + _MAX_TTL)
        super().put(key, value)


class Border:
    """Checks senders on the first server of the company that receives a mail."""

    def __init__(self, settings):
        self._host = settings.hostname.lower()
        # the resolver of all libraries
        resolver = dns.resolver.default_resolver = dns.resolver.Resolver(configure=not settings.nameservers)
        pairs = [address.rsplit(":", 1) for address in settings.nameservers]
        with faults_of("nameservers"):
            servers = [(str(ip_address(ip.strip("[]"))), int(port)) for ip, port in pairs]
        resolver.nameservers += [dns.nameserver.Do53Nameserver(*server) for server in servers]
        resolver.lifetime, resolver.cache = _SECONDS, _Cache(max_size=100)

    async def check(self, content: bytes, session, sender: str) -> list[bytes]:
        """Return the parts of a mail with the results on top, and without the results of earlier servers."""
        end = content.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in content else len(content)
        head, body, ip = bytes(content[:end]), bytes(content[end:]), session.peer[0].partition("%")[0]
        helo = session.host_name if _HOST.fullmatch(session.host_name) else "unknown"
        found = ";\r\n\t".join(await asyncio.to_thread(_find_results, head, body, ip, helo, sender))
        client, protocol = f"{helo} ([{'IPv6:' * (':' in ip)}{ip}])", "ESMTPS" if session.ssl else "ESMTP"
        received = f"Received: from {client}\r\n\tby {self._host} with {protocol}; {formatdate()}\r\n"
        results = f"Authentication-Results: {self._host};\r\n\t{found}\r\n"
        return [results.encode(), received.encode(), _RESULTS.sub(b"", head), body]


def _find_results(head, body, ip, helo, sender):
    envelope_domain = _to_ascii(sender.rpartition("@")[2] or helo)
    spf_result = _attempt(lambda: spf.check2(ip, sender, helo, querytime=2 * _SECONDS)[0])
    steps = sum(len(run[0]) ** 2 for part in (head, body) for run in _LONG_RUN.finditer(part))
    # the time of dkimpy grows with the square of the number of lines and fields, too
    is_cheap = steps <= _MAX_STEPS and max(head.count(b"\n"), head.count(b":")) <= _MAX_FIELDS
    dkim_results = _attempt(_check_dkim, head, body) if is_cheap else "policy"
    dkim_results = [("dkim", dkim_results, "", "")] if isinstance(dkim_results, str) else dkim_results
    # all domains in From, because programs read odd ones in different ways: the addon looks for that of its own reading
    texts = [_BLANKS.sub(r"\1", value.decode("utf-8", "replace")) for value in _FROM.findall(head)]
    names = list(dict.fromkeys(_to_ascii(name) for text in texts for name in _DOMAIN.findall(text) if "." in name))
    names = names if names and "" not in names and len(texts) == 1 and len(names) <= _MAX_DOMAINS else [""]
    found = [("spf", spf_result, "smtp.mailfrom", envelope_domain), *dkim_results]
    found += [("dmarc", _attempt(_check_dmarc, name, found) if name else "fail", "header.from", name) for name in names]
    # dkimpy skips lines that begin with "From ", but not what they continue with: other programs read other values
    if is_cheap and b"\nFrom " not in head and 0 < len(re.findall(rb"(?im)^arc-seal:", head)) <= _MAX_SIGNATURES:
        found.append(("arc", _attempt(_check_arc, head, body), "", ""))
    return [f"{method}={result}{name and f' {key}={name}'}" for method, result, key, name in found]


def _attempt(check, *arguments):
    try:
        return check(*arguments)
    except (dns.exception.Timeout, dns.resolver.NoNameservers):
        return "temperror"
    except dkim.ValidationError:
        return "fail"
    except Exception:  # noqa: BLE001 these libraries raise many kinds of errors on malformed input
        return "permerror"


def _to_ascii(domain):
    """Return a domain as the DNS writes it; empty if that is impossible."""
    text = domain.lower() if domain.isascii() else _attempt(lambda: idna.encode(domain, uts46=True).decode())
    return text if re.fullmatch(r"[a-z\d_-]+(?:\.[a-z\d_-]+)+", text) else ""


def _check_dkim(head, body):
    """Return the result and the domain of each signature."""
    mail, results = dkim.DKIM(head), []
    mail.body = body  # dkimpy would split it into lines
    for index in range(len(re.findall(rb"(?im)^dkim-signature:", head)[:_MAX_SIGNATURES])):
        mail.signature_fields = {}
        result = _attempt(mail.verify, index, _look_up_key)
        tags = mail.signature_fields
        if result is True and (b"l" in tags or b"from" not in re.split(rb"[\s:]+", tags[b"h"].lower())):
            result = "policy"  # the signature would also be valid with more text or another sender
        domain = _to_ascii(tags.get(b"d", b"").decode("latin-1"))
        results.append(("dkim", {True: "pass", False: "fail"}.get(result, result), "header.d", domain))
    return results or [("dkim", "none", "", "")]


def _check_arc(head, body):
    """Return the result of all seals (RFC 8617)."""
    mail = dkim.ARC(head)
    mail.body = body
    return (mail.verify(_look_up_key)[0] or dkim.CV_Fail).decode()


def _check_dmarc(domain, found):
    """Return the result for the domain in From (RFC 7489), from the results of SPF and DKIM."""
    organisation = _SUFFIXES.privatesuffix(domain) or domain
    policy, results = _look_up_policy(domain) or _look_up_policy(organisation), set()
    if not policy.get("p"):
        return "none"
    for method, result, _key, name in found:
        if name == domain or (policy.get(f"a{method}") != "s" and _SUFFIXES.privatesuffix(name) == organisation):
            results.add(result)
    return next((result for result in ("pass", "temperror") if result in results), "fail")


def _look_up_key(name, timeout):
    return _look_up(name.decode())[0][:_MAX_KEY]


def _look_up(name):
    """Return the TXT records of a name."""
    try:
        return [b"".join(record.strings) for record in dns.resolver.resolve(name, "TXT", search=False)]
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []


def _look_up_policy(domain):
    """Return the tags of the DMARC record of a domain; none if there is not exactly one record."""
    records = [text for text in _look_up(f"_dmarc.{domain}") if text.startswith(b"v=DMARC1")]
    tags = records[0].decode("latin-1").lower().split(";") if len(records) == 1 else []
    return {name.strip(): value.strip() for name, _sign, value in (tag.partition("=") for tag in tags)}
