"""Is a mail really from the domain that its From names? What a trusted mail server found, read from
Authentication-Results (RFC 8601).

Anybody can write such a header. One counts only if

- it names a trusted host, and
- it stands above the first Received of a foreign host: what a stranger sends stands below the Received of the server
  that took it. Received of the trusted host that wrote the topmost one are not foreign. Those of another trusted host
  are: one server does not remove what bears the name of another.

Some servers put their results below their own Received, where the headers of the stranger begin. So a trusted host has
to remove headers that bear its name from what it receives, as RFC 8601 section 5 demands. A header without a name, as
Microsoft writes it, counts only between Received of the same trusted host. ARC-Authentication-Results are the word of
others, and never read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address

import idna

from .envelope import HeaderField, read_fields, split_head

HEADER = "authentication-results"

MAX_LENGTH = 16_384
"""Characters of such a header. Longer ones are not looked at."""

_HOST = re.compile(r"(?:\*\.(?=[^.]+\.))?[a-z0-9_](?:[-a-z0-9_]*)(?:\.[a-z0-9_][-a-z0-9_]*)*")
_WORD = re.compile(r'\s+|;|\(|"(?:[^"\\]|\\.)*"|[^\s;("]+', re.DOTALL)
_COMMENT = re.compile(r"\\.|[()]|[^\\()]+", re.DOTALL)


@dataclass(frozen=True)
class Verdict:
    """What is known about the sender of a mail.

    :param str result: `pass`, `fail`, `temperror` (it could not be found out at that time), `broken` (there is a
        signature that does not fit) or `none` (nothing is known)
    :param str method: what decided: `dmarc`, `dkim`, `spf` or `auth`; may be empty
    :param str host: the trusted host that says so; empty when it was found out here
    """

    result: str
    method: str = ""
    host: str = ""


UNKNOWN = Verdict("none")


@dataclass(frozen=True)
class Result:
    """One result of an Authentication-Results header (RFC 8601 section 2.2).

    :param str method: for example `dkim`
    :param str value: for example `pass`
    :param dict properties: for example ``{"header.d": "acme.example"}``; those that contradict themselves are left out
    :param str host: who says so; empty in Microsoft's form
    """

    method: str
    value: str
    properties: dict[str, str] = field(default_factory=dict)
    host: str = ""


# ------------------------------------------------------------
# NAMES
# ------------------------------------------------------------


def parse_hosts(text: str) -> tuple[str, ...]:
    """Read the names of trusted hosts, separated by commas or spaces; ``*.acme.example`` means all below a domain.

    :raises ValueError: one of them, its argument, is no name of a host
    """
    hosts = [host.removesuffix(".") for host in re.split(r"[\s,;]+", text.lower()) if host]
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ValueError(host)
    return tuple(hosts)


def to_ascii(domain: str) -> str:
    """Write a domain the way the DNS knows it; one that is no domain stays as it is."""
    domain = domain.strip().lower().removesuffix(".")
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain).decode("ascii")
    except UnicodeError:
        return domain


def is_aligned(domain: str, sender_domain: str) -> bool:
    """Tell whether who owns a domain answers for a sender: it is the same, or one of both is below the other.

    This is the relaxed alignment of RFC 7489 section 3.1, without its list of public suffixes, which can make no
    difference but for the worse: nobody signs for one. Domains that are neighbours are not aligned.
    """
    domain, sender_domain = to_ascii(domain.rpartition("@")[2]), to_ascii(sender_domain)
    if "." not in domain or not sender_domain:
        return domain == sender_domain != ""
    return f".{sender_domain}".endswith(f".{domain}") or ("." in sender_domain and domain.endswith(f".{sender_domain}"))


def _is_trusted(name, hosts):
    return any(name == host or (host.startswith("*.") and name.endswith(host[1:])) for host in hosts)


# ------------------------------------------------------------
# HEADERS
# ------------------------------------------------------------


def parse_results(text: str) -> tuple[str, list[Result]]:
    """Read an Authentication-Results header.

    :param str text: its unfolded value
    :return: who wrote it, in lower case, empty in Microsoft's form, and what it says; nothing at all when it cannot be
        read for sure
    """
    parts = _split(text) if len(text) <= MAX_LENGTH else []
    host = ""
    if parts and parts[0] and "=" not in parts[0][0]:
        host = parts.pop(0)[0].lower().removesuffix(".")
    results = (_parse_result(words, host) for words in parts if words)
    return host, [result for result in results if result]


def _split(text):
    """Split a header at its semicolons into words, without comments and quotes.

    :return: a list of words per part; empty when quotes or brackets are left open: what a stranger chose, a domain for
        example, may have opened them
    """
    parts, position, glued = [[]], 0, False
    while position < len(text):
        match = _WORD.match(text, position)
        if not match:
            return []
        word, position = match[0], match.end()
        if word == "(":
            if not (position := _skip_comment(text, position)):
                return []
            # "header.d=acme.example(x).evil.example" is not about acme.example
            if glued := glued and _is_property(parts[-1][-1]):
                parts[-1][-1] = ""
            continue
        if word == ";":
            parts.append([])
        elif not word.isspace():
            _add_word(parts[-1], word, glued)
        glued = word != ";" and not word.isspace()
    return parts


def _skip_comment(text, position):
    """Give the position behind a comment, zero when it does not end."""
    depth = 1
    for match in _COMMENT.finditer(text, position):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    return 0


def _is_property(word):
    return "." in word.partition("=")[0]


def _add_word(words, word, glued):
    """Add a word, or what belongs to the last one: a quoted value, or what a space parts from its equals sign."""
    if word.startswith('"'):
        word = re.sub(r"\\(.)", r"\1", word[1:-1])
        if not glued and "=" in word:
            word = ""  # a text that looks like a result is none
    if words and not words[-1] and glued:
        return  # the rest of what was dropped
    if words and (glued or word.startswith("=") or words[-1].find("=") == len(words[-1]) - 1 >= 0):
        words[-1] += word
    else:
        words.append(word)


def _parse_result(words, host):
    method, _equals, value = words[0].lower().partition("=")
    # a word without "=" may be the rest of a value that a stranger chose; alone it is "none", or the domain of a
    # recipient, as Microsoft once wrote it
    if not all("=" in word for word in words if word):
        return None
    properties = {}
    for word in words[1:]:
        name, _equals, content = word.partition("=")
        properties.setdefault(name.lower(), set()).add(content.strip("<> ").lower())
    known = {name: contents.pop() for name, contents in properties.items() if len(contents) == 1}
    return Result(method.partition("/")[0].strip(), value, known, host)


def read_host(received: str) -> str:
    """Read who wrote a Received header, in lower case; empty when it is not certain.

    A stranger chooses the name behind `from`, which may be any text.
    """
    text = received.partition(";")[0]
    words, position = [], 0
    for match in re.finditer(r"\(|[^\s(]+|\s+", text):
        if match.start() < position:
            continue
        if match[0] == "(":
            if not (position := _skip_comment(text, match.end())):
                return ""
        elif not match[0].isspace():
            words.append(match[0].lower())
    hosts = [words[index + 1] for index, word in enumerate(words[:-1]) if word == "by"]
    is_usual = words[:1] == ["by"] or words[:1] == ["from"]
    return hosts[0].removesuffix(".") if is_usual and len(hosts) == 1 else ""


def find_trusted_results(fields: Iterable[HeaderField], hosts: tuple[str, ...]) -> list[Result]:
    """Find the results that count; see the top of this file.

    Of each method it is those of one header, the first: what stands above was written later.

    :param tuple hosts: see :func:`parse_hosts`; all below a domain count as one host
    """
    headers, nameless = [], []
    for item in fields:
        if item.name == "received":
            host = read_host(item.text)
            if same := tuple(name for name in hosts if f".{host}".endswith(f".{name.removeprefix('*.')}")):
                hosts = same
                headers += nameless
                nameless = []
            elif not _is_inside(host):
                break
        elif item.name == HEADER:
            host, results = parse_results(item.text)
            if not host:
                nameless.append(results)
            elif _is_trusted(host, hosts):
                headers.append(results)
    trusted = []
    for results in headers:
        known = {result.method for result in trusted}
        trusted += [result for result in results if result.method not in known]
    return trusted


def _is_inside(host):
    """Tell whether a host passes on a mail inside of another one: Google's have numbers, mail filters no name."""
    if host in ("localhost", "localhost.localdomain"):
        return True
    try:
        return bool(ip_address(host.strip("[]")))
    except ValueError:
        return False


# ------------------------------------------------------------
# VERDICT
# ------------------------------------------------------------


def read_verdict(raw: bytes, sender: str, hosts: tuple[str, ...]) -> Verdict:
    """Tell what trusted hosts found about the sender of a mail; never raises on what a mail may contain.

    :param bytes raw: the mail
    :param str sender: its sender, normalised
    :param tuple hosts: see :func:`parse_hosts`
    """
    return judge(find_trusted_results(read_fields(split_head(raw)[0]), hosts), sender) if hosts else UNKNOWN


def judge(results: Iterable[Result], sender: str) -> Verdict:
    """Tell what results say about a sender.

    DMARC decides where it was looked at, for it is about this very question; else who logged in to send the mail, a
    signature or an envelope sender of the domain.
    """
    domain = sender.rpartition("@")[2]
    results = [result for result in results if result.method in ("auth", "dmarc", "dkim", "spf")]
    rated = [(_rate(result, sender, domain), result) for result in results]
    for methods, ratings in (
        (("dmarc",), ("fail", "temperror", "pass")),
        (("auth", "dkim", "spf"), ("pass", "fail", "temperror")),
    ):
        for rating in ratings:
            for found, result in rated:
                if found == rating and result.method in methods:
                    return Verdict(rating, result.method, result.host)
    return UNKNOWN


def _rate(result, sender, domain):
    """Tell what one result says about a sender: `pass`, `fail`, `temperror`, or nothing."""
    value = {"hardfail": "fail", "error": "temperror"}.get(result.value, result.value)
    if value not in ("pass", "fail", "temperror"):
        return ""  # none, neutral, softfail, policy, permerror, and what Microsoft guesses
    get = result.properties.get
    if result.method == "auth":
        return value if value == "pass" and sender == get("smtp.auth") else ""
    if result.method == "dmarc":
        looked_at = to_ascii(get("header.from", "").rpartition("@")[2])
        if not looked_at:
            return value if value != "pass" else ""
        return value if f".{to_ascii(domain)}".endswith(f".{looked_at}") else ""
    owner = get("header.d") or get("header.i", "") if result.method == "dkim" else get("smtp.mailfrom", "")
    return value if owner and is_aligned(owner, domain) else ""
