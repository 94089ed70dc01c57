"""Is a mail really from the domain in From? What a trusted mail server found, read from Authentication-Results
(RFC 8601).

Every sender can write such a field. It counts only if

- it names a trusted host;
- it is above the first Received of a foreign host, because everything that a stranger sends is below the Received of
  the server that accepted it. Received fields of the trusted host that wrote the topmost one are not foreign; those of
  another trusted host are, because a server does not remove results that name another host. If the host wrote results
  above a Received of its own, nothing below that Received counts;
- it is written as servers write it, see :func:`parse_results`.

Some servers put their results below their own Received, where the fields of the stranger begin. Therefore a trusted
host must remove fields with its name from what it receives, as RFC 8601 section 5 requires. Such programs do not remove
what they cannot parse. Therefore a field in any other form proves nothing, and beside it only failures count. A field
without a host counts only if Microsoft, the only one to write it so, accepted the mail. ARC-Authentication-Results are
statements of other servers and are not read here, see :mod:`.redirected`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TYPE_CHECKING

import idna

from .header import HeaderField

if TYPE_CHECKING:
    from .raw_mail import RawMail

METHODS = {"arc": "ARC", "auth": "SMTP AUTH", "dkim": "DKIM", "dmarc": "DMARC", "spf": "SPF"}
"""What people call them; not translated."""

HEADER = "authentication-results"

MAX_LENGTH = 4096
MAX_SEPARATORS = 250
"""Of such a field: bytes plus separators, and separators. OpenDKIM and OpenDMARC read no more."""

NAMELESS_HOSTS = (".outlook.com", ".outlook.cn", ".office365.us")
"""Hosts of Microsoft, whose fields name no host."""

_HOST = re.compile(r"(?:\*\.(?=[^.]+\.))?[a-z0-9_](?:[-a-z0-9_]*)(?:\.[a-z0-9_][-a-z0-9_]*)*")
# RFC 8601 section 2.2 allows more, but no server writes it, and programs read it differently
_LABEL = "[a-z0-9][-a-z0-9_]*"
_NAME = re.compile(rf"({_LABEL}(?:\.{_LABEL})*)(?: 1| \(amavis(?:d-new)?\))?;", re.IGNORECASE)
_METHOD = re.compile(r"[a-z][-a-z0-9_]*(?:/1)?=[a-z]+")
_PROPERTY = re.compile(r"(?:smtp|header|body|policy)\.[-a-z0-9_]+=.*", re.DOTALL)
_REASON = re.compile(r"reason=.*", re.DOTALL)
_NAMELESS_PROPERTY = re.compile(r"(?:(?:smtp|header)\.[a-z]+|action|reason)=.*", re.DOTALL)
_SEPARATOR = re.compile(r"[;=.(]|\s+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_FAILURE = re.compile(r"\bdmarc\s*=\s*fail\b", re.IGNORECASE)
_WORD = re.compile(r'\s+|;|\(|"(?:[^"\\]|\\.)*"|[^\s;("]+', re.DOTALL)
_COMMENT = re.compile(r"\\.|[()]|[^\\()]+", re.DOTALL)


@dataclass(frozen=True)
class Verdict:
    """Whether a mail really is from its sender.

    :param str result: `pass`, `fail`, `temperror` (the check failed for a temporary reason), `broken` (a signature does
        not match) or `none` (unknown)
    :param str method: what decided: `dmarc`, `dkim`, `spf` or `auth`; may be empty
    :param str host: the trusted host that checked it; empty if Odoo did
    """

    result: str
    method: str = ""
    host: str = ""


UNKNOWN = Verdict("none")


@dataclass(frozen=True)
class Result:
    """One result of an Authentication-Results field (RFC 8601 section 2.2).

    :param str method: for example `dkim`
    :param str value: for example `pass`
    :param dict properties: for example ``{"header.d": "acme.example"}``, without those that have several values
    :param str host: the host that wrote it; empty in Microsoft's form
    """

    method: str
    value: str
    properties: dict[str, str] = field(default_factory=dict)
    host: str = ""


@dataclass(frozen=True)
class Header:
    """A parsed Authentication-Results field.

    :param str host: the host that wrote it; empty in Microsoft's form
    :param list results: its results
    :param bool is_sound: whether it is written as servers write it
    """

    host: str
    results: list[Result]
    is_sound: bool = True


# ------------------------------------------------------------
# NAMES
# ------------------------------------------------------------


def parse_hosts(text: str) -> tuple[str, ...]:
    """Return the names of trusted hosts in a list with commas or spaces; ``*.acme.example`` means all below a domain.

    :raises ValueError: with the first one that is not a host name
    """
    hosts = [host.removesuffix(".") for host in re.split(r"[\s,;]+", text.lower()) if host]
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise ValueError(host)
    return tuple(hosts)


def to_ascii(domain: str) -> str:
    """Return a domain in the form of the DNS; anything else is returned unchanged."""
    domain = domain.strip().lower().removesuffix(".")
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain).decode("ascii")
    except UnicodeError:
        return domain


def is_aligned(domain: str, sender_domain: str) -> bool:
    """Return whether a domain vouches for a sender: it is the same, or one of both is below the other.

    This is the relaxed alignment of RFC 7489 section 3.1, but without the list of public suffixes, which is not needed
    because nobody signs for one. Sibling domains are not aligned.
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
    """Parse an Authentication-Results field as servers write it: ``host;`` or ``host 1;``, then results.

    :param str text: its unfolded value
    :return: the host in lower case, empty in Microsoft's form, and the results
    :raises ValueError: if it is written in another way
    """
    separators = len(_SEPARATOR.findall(text))
    if _CONTROL.search(text) or separators > MAX_SEPARATORS or len(text.encode()) + separators > MAX_LENGTH:
        raise ValueError(text)
    name = _NAME.match(text)
    parts = _split(text[name.end() :] if name else text)
    if parts and not parts[-1]:
        parts.pop()  # a semicolon at the end
    if not parts or not (name or "=" in parts[0][0]):
        raise ValueError(text)
    host = name[1].lower() if name else ""
    if name and parts == [["none"]]:
        return host, []
    results = (_parse_result(words, host) for words in parts)
    return host, [result for result in results if result]


def _split(text):
    """Split a field at its semicolons, and each part into words, without comments and quotes.

    :return: a list of words per part
    :raises ValueError: if a part is empty, or if quotes or brackets are left open: a value that a stranger chose, for
        example a domain, may have opened them
    """
    parts, position, glued = [[]], 0, False
    while position < len(text):
        match = _WORD.match(text, position)
        if not match or _is_odd(match[0], "".join(parts[-1][-1:])):
            raise ValueError(text)
        word, position = match[0], match.end()
        if word == "(":
            if not (position := _skip_comment(text, position)):
                raise ValueError(text)
            # "header.d=acme.example(x).evil.example" is not about acme.example
            if glued := glued and _is_property(parts[-1][-1]):
                parts[-1][-1] = ""
            continue
        if word == ";":
            parts.append([])
        elif not word.isspace():
            _add_word(parts[-1], word, glued)
        glued = word != ";" and not word.isspace()
    if not all(parts[:-1]):
        raise ValueError(text)
    return parts


def _is_odd(word, before):
    """Return whether a word is suspicious: a quoted text must be a value or its beginning."""
    return not before.endswith("=") if word.startswith('"') else "\\" in word


def _skip_comment(text, position):
    """Return the position behind a comment; zero if it does not end."""
    depth = 1
    for match in _COMMENT.finditer(text, position):
        depth += {"(": 1, ")": -1}.get(match[0], 0)
        if not depth:
            return match.end()
    return 0


def _is_property(word):
    return "." in word.partition("=")[0]


def _add_word(words, word, glued):
    """Append a word, or join it with the last one: a quoted value, or a word separated from its equals sign."""
    if word.startswith('"'):
        word = re.sub(r"\\(.)", r"\1", word[1:-1])
        if not glued and "=" in word:
            word = ""  # a quoted text that looks like a result is not one
    if words and not words[-1] and glued:
        return  # the rest of a dropped word
    if words and (glued or word.startswith("=") or words[-1].find("=") == len(words[-1]) - 1 >= 0):
        words[-1] += word
    else:
        words.append(word)


def _parse_result(words, host):
    """Parse one result; return None for the domain of a recipient, which Microsoft once wrote between results."""
    if not host and len(words) == 1 and "=" not in words[0]:
        return None
    method, *others = words
    if host and others and _REASON.fullmatch(others[0]):
        others = others[1:]
    is_known = (_PROPERTY if host else _NAMELESS_PROPERTY).fullmatch
    if not _METHOD.fullmatch(method) or not all(is_known(word) for word in others if word):
        # for example a word without "=": the rest of a value that a stranger chose
        raise ValueError(words)
    method, _equals, value = method.partition("=")
    properties = {}
    for word in others:
        name, _equals, content = word.partition("=")
        properties.setdefault(name, set()).add(content.strip("<> ").lower())
    known = {name: contents.pop() for name, contents in properties.items() if len(contents) == 1}
    return Result(method.partition("/")[0], value, known, host)


def read_host(received: str) -> str:
    """Return the host that wrote a Received field, in lower case; empty if it is uncertain.

    The name behind `from` is any text that a stranger chose.
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
    """Return the results that count, see this module.

    The results of each method are taken from one field only, the topmost with that method, because it was written last.
    A login (`auth`) counts only in the topmost field. Beside a field that is not written as servers write it, only
    failures count: what confused its author may also have confused the server that found the mail genuine.

    :param tuple hosts: see :func:`parse_hosts`; all hosts below a domain count as one
    """
    headers = _find_trusted_headers(fields, hosts)
    trusted, known = [], set()
    for header in headers:
        trusted += [result for result in header.results if result.method not in known]
        known |= {"auth", *(result.method for result in header.results)}
    is_sound = all(header.is_sound for header in headers)
    return [result for result in trusted if is_sound or result.value == "fail"]


def _find_trusted_headers(fields, hosts):
    headers, nameless = [], []
    for item in fields:
        if item.name == HEADER and (header := _read_field(item, hosts)):
            if not header.host:
                nameless.append(header)
            elif not header.is_sound or _is_trusted(header.host, hosts):
                headers.append(header)
        elif item.name == "received":
            host = read_host(item.text)
            same = tuple(name for name in hosts if f".{host}".endswith(f".{name.removeprefix('*.')}"))
            if not same and _is_inside(host):
                continue
            if same and host.endswith(NAMELESS_HOSTS):
                headers += nameless
            if not same or headers:
                break
            hosts, nameless = same, []
    return headers


def _read_field(item, hosts):
    """Parse a field. If it is not written as servers write it, only a failure of DMARC is taken from it.

    :return: None if such a field names no trusted host
    """
    try:
        if not item.raw.lower().startswith(f"{HEADER}:".encode()):
            raise ValueError(item.raw)  # a blank before the colon
        return Header(*parse_results(item.text))
    except ValueError:
        names = [host.removeprefix("*.") for host in hosts]
        host = next((name for name in names if name in item.text.lower()), "")
        # a value that a stranger chose may have broken the field
        failures = [Result("dmarc", "fail", host=host)] if _FAILURE.search(item.text) else []
        return Header(host, failures, is_sound=False) if host else None


def _is_inside(host):
    """Return whether a host is internal to a mail server: those of Google have IP addresses, mail filters are local."""
    if host in ("localhost", "localhost.localdomain"):
        return True
    try:
        return bool(ip_address(host.strip("[]")))
    except ValueError:
        return False


# ------------------------------------------------------------
# VERDICT
# ------------------------------------------------------------


def read_verdict(raw_mail: "RawMail", sender: str, hosts: tuple[str, ...]) -> Verdict:
    """Return what trusted hosts found about the sender of a mail. Never raises, whatever the mail contains.

    :param str sender: the address of its sender, normalised
    :param tuple hosts: see :func:`parse_hosts`
    """
    if not hosts:
        return UNKNOWN
    return judge(find_trusted_results(raw_mail.server_fields, hosts), sender)


def judge(results: Iterable[Result], sender: str) -> Verdict:
    """Return the verdict of results about a sender.

    DMARC decides if it was checked, because it answers this very question; else a login, a signature or an envelope
    sender of the domain. A server that checks SPF does not know of a login: if SPF failed, a login counts only beside a
    valid signature.
    """
    domain = sender.rpartition("@")[2]
    results = [result for result in results if result.method in ("auth", "dmarc", "dkim", "spf")]
    rated = [(_rate(result, sender, domain), result) for result in results]
    if not any(found == "pass" and result.method == "dkim" for found, result in rated):
        failed = {result.host for result in results if result.method == "spf" and result.value in ("fail", "hardfail")}
        rated = [(found, result) for found, result in rated if result.method != "auth" or result.host not in failed]
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
    """Return what one result says about a sender: `pass`, `fail`, `temperror` or an empty text."""
    value = {"hardfail": "fail", "error": "temperror"}.get(result.value, result.value)
    if value not in ("pass", "fail", "temperror"):
        return ""  # none, neutral, softfail, policy, permerror, and guesses of Microsoft
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
