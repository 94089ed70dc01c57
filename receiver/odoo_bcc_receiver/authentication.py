"""Check the sender of a mail by SPF, DKIM and DMARC, and write the results into the mail (RFC 8601)."""

import asyncio
import functools
import re
import time
from email.utils import formatdate

import dns.resolver
import idna
import spf
from authheaders.dmarc_lookup import get_org_domain, lookup_receiver_record

import dkim  # isort: skip dkim chooses its resolver when it is imported

_get_organisation = functools.lru_cache(1000)(get_org_domain)
_RESULTS = re.compile(rb"^authentication-results(?![\w-])[^\n]*\n(?:[ \t][^\n]*\n)*", re.IGNORECASE | re.MULTILINE)
_FROM = re.compile(rb"^from[ \t]*:([^\n]*\n(?:[ \t][^\n]*\n)*)", re.IGNORECASE | re.MULTILINE)
_BLANKS, _DOMAIN = re.compile(r"(?<!\s)\s*([@.])\s*"), re.compile(r"@([^\s<>@\"(),:;\[\]]{1,253})")
_HOST = re.compile(r"(?=.*[.:])(?:[\w.-]{1,253}|\[[\w.:]+\])", re.ASCII)
_LONG_RUN = re.compile(rb"(?<![\t ])[\t ]{20,}")  # the time of dkimpy grows with the square of its length
_MAX_STEPS, _MAX_SIGNATURES, _MAX_DOMAINS, _MAX_KEY, _SECONDS, _MAX_TTL = 200_000_000, 5, 5, 4096, 4, 300


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
        resolver.nameservers += [dns.nameserver.Do53Nameserver(ip.strip("[]"), int(port)) for ip, port in pairs]
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
    dkim_results = _attempt(_check_dkim, head, body)
    dkim_results = [(dkim_results, "")] if isinstance(dkim_results, str) else dkim_results
    # all domains in From, because programs read odd ones in different ways: the addon looks for that of its own reading
    texts = [_BLANKS.sub(r"\1", value.decode("utf-8", "replace")) for value in _FROM.findall(head)]
    domains = list(dict.fromkeys(_to_ascii(name) for text in texts for name in _DOMAIN.findall(text) if "." in name))
    domains = domains if domains and "" not in domains and len(texts) == 1 and len(domains) <= _MAX_DOMAINS else [""]
    aligned = [("aspf", spf_result, envelope_domain), *(("adkim", *result) for result in dkim_results)]
    dmarc_results = [(_attempt(_check_dmarc, domain, aligned) if domain else "fail", domain) for domain in domains]
    found = [("spf", spf_result, "smtp.mailfrom", envelope_domain)]
    found += [("dkim", result, "header.d", name) for result, name in dkim_results]
    found += [("dmarc", result, "header.from", name) for result, name in dmarc_results]
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
    if sum(len(run[0]) ** 2 for part in (head, body) for run in _LONG_RUN.finditer(part)) > _MAX_STEPS:
        return [("policy", "")]
    mail, results = dkim.DKIM(head), []
    mail.body = body  # dkimpy would split it into lines
    count = [name.lower() for name, _value in mail.headers].count(b"dkim-signature")
    for index in range(min(count, _MAX_SIGNATURES)):
        mail.signature_fields = {}
        result = _attempt(mail.verify, index, lambda name, timeout: _look_up(name.decode())[0][:_MAX_KEY])
        tags = mail.signature_fields
        if result is True and (b"l" in tags or b"from" not in re.split(rb"[\s:]+", tags[b"h"].lower())):
            result = "policy"  # the signature would also be valid with more text or another sender
        domain = _to_ascii(tags.get(b"d", b"").decode("latin-1"))
        results.append(({True: "pass", False: "fail"}.get(result, result), domain))
    return results or [("none", "")]


def _check_dmarc(domain, aligned):
    """Return the result for the domain in From (RFC 7489)."""
    record, organisation = lookup_receiver_record(domain, _look_up_policy), _get_organisation(domain)
    record = record or lookup_receiver_record(organisation, _look_up_policy)
    failure = "fail"
    for tag, result, name in aligned if record.get("p") else ():
        # the library returns a top-level domain that is missing in its list as an organisation
        is_relaxed = record.get(tag) != "s" and "." in organisation
        if name == domain or (is_relaxed and _get_organisation(name) == organisation):
            if result == "pass":
                return "pass"
            failure = "temperror" if result == "temperror" else failure
    return failure if record.get("p") else "none"


def _look_up(name):
    """Return the TXT records of a name."""
    try:
        return [b"".join(record.strings) for record in dns.resolver.resolve(name, "TXT", search=False)]
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []


def _look_up_policy(name):
    """Return the DMARC record of a name, without the faults in it that authheaders does not read."""
    policies = [text.decode("latin-1").split(";") for text in _look_up(name) if text.startswith(b"v=DMARC1")]
    return ";".join(part.strip() for part in policies[0] if "=" in part) if len(policies) == 1 else None
