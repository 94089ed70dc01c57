"""The mail servers that receive the emails of a domain, if the Python package `dnspython` is installed."""

try:
    import dns.exception
    import dns.resolver
except ImportError:
    dns = None

SECONDS = 3
"""Time to wait for the DNS: an administrator is waiting for the page."""


def look_up_mail_servers(domain: str) -> list[str] | None:
    """Return the names in the MX records of a domain, the preferred ones first; None if the DNS can't be asked."""
    if dns is None:
        return None
    try:
        answer = dns.resolver.resolve(domain, "MX", lifetime=SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except (dns.exception.DNSException, OSError):
        return None
    names = [record.exchange.to_text(omit_final_dot=True) for record in sorted(answer, key=lambda mx: mx.preference)]
    return [name for name in names if name not in ("", ".", "@")]  # a single dot: accepts no emails (RFC 7505)
