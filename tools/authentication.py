"""Is a mail really from the domain that its From names? What a trusted mail server found, read from
Authentication-Results (RFC 8601).

Anybody can write such a header. One counts only if

- it names a trusted host,
- it stands above the first Received of a foreign host: what a stranger sends stands below the Received of the server
  that took it. Received of the trusted host that wrote the topmost one are not foreign. Those of another trusted host
  are: one server does not remove what bears the name of another. Where the host wrote above a Received of its own,
  nothing below that counts; and
- it is written as servers write it, see :func:`parse_results`.

Some servers put their results below their own Received, where the headers of the stranger begin. So a trusted host has
to remove headers that bear its name from what it receives, as RFC 8601 section 5 demands. Those programs do not remove
what they cannot read. So whatever is written in another way proves nothing, nor does anything beside it; only failures
count then. A header without a name counts only where Microsoft, which alone writes it so, took the mail.
ARC-Authentication-Results are the word of others, and never read.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address

import idna

from .envelope import HeaderField, read_fields, split_head

METHODS = {"auth": "SMTP AUTH", "dkim": "DKIM", "dmarc": "DMARC", "spf": "SPF"}
"""What people call them; not translated."""

HEADER = "authentication-results"

MAX_LENGTH = 4096
MAX_SEPARATORS = 250
"""Of such a header: bytes, one more for each separator, and separators. OpenDKIM and OpenDMARC read no more."""

NAMELESS_HOSTS = (".outlook.com", ".outlook.cn", ".office365.us")
"""Microsoft's, whose headers have no name."""

_HOST = re.compile(r"(?:\*\.(?=[^.]+\.))?[a-z0-9_](?:[-a-z0-9_]*)(?:\.[a-z0-9_][-a-z0-9_]*)*")
# RFC 8601 section 2.2 allows more, which no server writes and not every program reads alike
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


@dataclass(frozen=True)
class Header:
    """An Authentication-Results header.

    :param str host: who wrote it; empty in Microsoft's form
    :param list results: what it says
    :param bool is_sound: whether it is written as servers write it
    """

    host: str
    results: list[Result]
    is_sound: bool = True


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
    """Read an Authentication-Results header as servers write it: ``host;`` or ``host 1;``, then results.

    :param str text: its unfolded value
    :return: who wrote it, in lower case, empty in Microsoft's form, and what it says
    :raises ValueError: it is not written like that
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
    """Split a header at its semicolons into words, without comments and quotes.

    :return: a list of words per part
    :raises ValueError: quotes or brackets are left open: what a stranger chose, a domain for example, may have opened
        them; or a part is empty
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
    """Return whether a word is not what it seems: a quoted text is a value, or the first part of one."""
    return not before.endswith("=") if word.startswith('"') else "\\" in word


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
    """Read one result; nothing of what Microsoft once wrote between them, the domain of a recipient."""
    if not host and len(words) == 1 and "=" not in words[0]:
        return None
    method, *others = words
    if host and others and _REASON.fullmatch(others[0]):
        others = others[1:]
    is_known = (_PROPERTY if host else _NAMELESS_PROPERTY).fullmatch
    if not _METHOD.fullmatch(method) or not all(is_known(word) for word in others if word):
        # what is left without "=", for example, is the rest of a value that a stranger chose
        raise ValueError(words)
    method, _equals, value = method.partition("=")
    properties = {}
    for word in others:
        name, _equals, content = word.partition("=")
        properties.setdefault(name, set()).add(content.strip("<> ").lower())
    known = {name: contents.pop() for name, contents in properties.items() if len(contents) == 1}
    return Result(method.partition("/")[0], value, known, host)


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

    Of each method it is those of one header, the first: what stands above was written later. That somebody logged in
    is said by the topmost header or not at all. Beside a header that is not written as servers do, only failures count:
    what confused who wrote it, may have confused who found that the mail is genuine.

    :param tuple hosts: see :func:`parse_hosts`; all below a domain count as one host
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
    """Read a header; of one that is not written as servers do only that a mail is forged.

    :return: None if such a header names no trusted host
    """
    try:
        if not item.raw.lower().startswith(f"{HEADER}:".encode()):
            raise ValueError(item.raw)  # a blank before the colon
        return Header(*parse_results(item.text))
    except ValueError:
        names = [host.removeprefix("*.") for host in hosts]
        host = next((name for name in names if name in item.text.lower()), "")
        # what a stranger chose may have made it so
        failures = [Result("dmarc", "fail", host=host)] if _FAILURE.search(item.text) else []
        return Header(host, failures, is_sound=False) if host else None


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
    if not hosts:
        return UNKNOWN
    # a carriage return alone ends no line of a mail server, so no header begins behind it
    head = split_head(raw)[0].replace(b"\r\n", b"\n").replace(b"\r", b"\0")
    return judge(find_trusted_results(read_fields(head), hosts), sender)


def judge(results: Iterable[Result], sender: str) -> Verdict:
    """Tell what results say about a sender.

    DMARC decides where it was looked at, for it is about this very question; else who logged in to send the mail, a
    signature or an envelope sender of the domain. A server that looks at SPF knows of no login: where SPF failed,
    nobody logged in, unless a signature says so as well.
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
