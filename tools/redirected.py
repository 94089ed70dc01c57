"""Decide whether a rule of the owner's mailbox redirected a mail to the dropbox, and whether its sender is genuine.

Such a mail arrives as its sender wrote it: From is a stranger, and what names the owner is To, Cc or a trace that a
server left when it delivered the mail to the owner's mailbox, or redirected it from there.

- Traces are fields above a Received field: servers add their fields at the top, so what is below the last Received was
  written by the sender. Exchange alone mixes its traces with the fields of the sender.
- Senders can forge Received fields as well. A trace therefore says whose mailbox redirected a mail, but proves nothing:
  the trusted server must have verified the domain in From, see :mod:`.authentication`.
- Many servers replace the envelope sender of what they redirect. SPF and, without a signature of the sender, DMARC are
  about them then, and prove nothing about a sender at the same provider.
- Redirecting breaks SPF, and some servers break signatures. The redirecting server can then seal the results of its own
  checks (ARC, RFC 8617). They count if the trusted server verified the seals (`arc=pass`), and a provider in
  :data:`SEALERS` or the domain of the owner's address sealed them. Anyone can seal, so other seals don't count, nor
  does anything that was sealed before them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .address import holds_token
from .authentication import (
    METHODS,
    Result,
    Verdict,
    find_trusted_results,
    is_aligned,
    judge,
    parse_results,
    to_ascii,
)
from .header import HeaderField, read_texts
from .raw_mail import RawMail
from .reasons import Reason
from .sender import MAX_FROM, find_shown_addresses
from .spelling import get_key

TRACES = (
    "delivered-to",
    "envelope-to",
    "original-recipient",  # iCloud
    "resent-from",  # also below, by Exchange
    "resent-sender",
    "x-delivered-to",  # Fastmail
    "x-envelope-to",
    "x-forwarded-for",  # Gmail
    "x-forwarded-to",
    "x-ms-exchange-inbox-rules-loop",
    "x-original-to",
    "x-resolved-to",  # Fastmail
    "x-sieve-redirected-from",  # Dovecot
)
"""Fields in which servers name the mailbox that a mail was delivered to, or redirected from."""

MIXED_TRACES = ("resent-from", "resent-sender", "x-ms-exchange-inbox-rules-loop")
"""Traces that Exchange writes between the fields of the sender, below all Received."""

SEALERS = (
    "fastmail.com",
    "google.com",
    "icloud.com",
    "messagingengine.com",  # Fastmail
    "microsoft.com",
    "outlook.com",
    "yahoo.com",
    "zoho.com",
    "zoho.eu",
    "zohomail.com",
)
"""Domains in the seals (ARC) of providers whose mailboxes have such rules."""

MAX_SEALS = 50
"""RFC 8617 section 4.2.1."""

MAX_FIELDS = 100
"""From fields, and traces, that are read."""

MAX_TRACE = 1000
"""Bytes that are read of a trace."""

ARC_FIELDS = ("arc-seal", "arc-message-signature", "arc-authentication-results")

UNKNOWN = "unknown_sender"
"""Reason of a mail whose sender is verified, but has no record. Anyone has a domain that a server can verify."""

DOUBTFUL = (
    "ambiguous_sender",
    "redirected_forged",
    "redirected_no_server",
    "redirected_not_confirmed",
    "redirected_unnamed",
    "redirected_unverified",
    "repeated_sender",
    "several_senders",
)
"""Reasons of unmatched mails whose sender is not certain."""

UNPROVED = (*DOUBTFUL, UNKNOWN)
"""Reasons of unmatched mails that anyone with the BCC address can cause. Only some of them are kept per day."""

STRANGE = "redirected_unnamed"
"""Reason of a mail that no mailbox of the owner redirected."""

BULK = "redirected_bulk"
"""Reason of a mail that is counted, but not kept."""

_ADDRESS = re.compile(r"[^\s<>,;:()\[\]\"]{1,64}@[^\s<>,;:()\[\]\"]{1,255}")
# Only what all programs read in the same way: digits and blanks of ASCII, names of tags in lower case. "D" is another
# tag than "d".
_INSTANCE = re.compile(r"[ \t]*i[ \t]*=[ \t]*([0-9]{1,2})[ \t]*;")
_TAG = re.compile(r"[ \t]*([a-z]+)[ \t]*=([!-~ \t]*)")
_REWRITTEN = re.compile(r"\+caf_=|(?:\A|\+)srs[01]?[-+=]", re.IGNORECASE)
"""In an envelope sender, what redirecting servers write: Gmail, and the Sender Rewriting Scheme (SRS)."""
_ACTION = re.compile(r"(?<=\s)action=[a-z.]+(?=[\s;]|\Z)")
"""What Microsoft adds to results, also in its form with a host name."""

_BULK = ("auto_reply", "bulk", "junk", "list")


@dataclass(frozen=True)
class Redirected:
    """What is known about a mail that a rule may have redirected.

    :param list reasons: of :class:`Reason`: why it is not logged; empty if it is admitted
    :param Verdict verdict: whether it really is from its sender; None if that was not looked at
    """

    reasons: list[Reason]
    verdict: Verdict | None = None


def judge_redirected(raw_mail: RawMail, own: dict[str, bool], hosts: tuple[str, ...], takes_bulk: bool) -> Redirected:
    """Judge a mail whose sender is none of the owner's sender addresses.

    :param dict own: whether it is confirmed, per sender address of the owner
    :param tuple hosts: the trusted servers, see :func:`.authentication.parse_hosts`
    :param bool takes_bulk: whether automatic mail, mailing lists and newsletters are wanted
    """
    if not takes_bulk and (header := find_bulk(raw_mail)):
        return Redirected([Reason(BULK, {"header": header})])
    if len(raw_mail.senders) != 1:
        return Redirected([Reason("several_senders", {"count": len(raw_mail.senders)})])
    [address] = raw_mail.senders
    if raw_mail.sender_flaw == "several":
        return Redirected([Reason("repeated_sender")])
    if not raw_mail.sender_email or raw_mail.sender_flaw not in ("", "loose"):
        return Redirected([Reason("ambiguous_sender", {"sender": address.text})])
    named = find_named(raw_mail, own)
    confirmed = [email for email in named if own[email]]
    if not named:
        return Redirected([Reason(STRANGE, {"sender": address.email})])
    if not confirmed:
        return Redirected([Reason("redirected_not_confirmed", {"email": named[0]})])
    if not hosts:
        return Redirected([Reason("redirected_no_server")])
    domains = [email.rpartition("@")[2] for email in confirmed]
    verdict = read_redirected_verdict(raw_mail, address.email, hosts, domains)
    return Redirected(_explain_verdict(verdict, address.email.rpartition("@")[2]), verdict)


def _explain_verdict(verdict: Verdict, domain: str) -> list[Reason]:
    """Return why a sender is not verified."""
    if verdict.result == "pass":
        return []
    if verdict.result == "fail":
        values = {"host": verdict.host, "domain": domain, "method": METHODS[verdict.method]}
        return [Reason("redirected_forged", values)]
    return [Reason("redirected_unverified", {"domain": domain})]


def is_own(raw_mail: RawMail, own: Iterable[str]) -> bool:
    """Return whether From contains a sender address of the owner: then no rule redirected the mail."""
    senders = {get_key(sender.email) for sender in raw_mail.senders if sender.email}
    # other programs may find an address in From that our parser does not
    texts = [text[:MAX_FROM] for text in read_texts(raw_mail.fields, "from")[:MAX_FIELDS]]
    shown = {get_key(email) for text in texts for email in find_shown_addresses(text)}
    return any(get_key(email) in senders | shown for email in own)


def is_forwarded_by_rule(raw_mail: RawMail) -> bool:
    """Return whether a rule of Exchange forwarded a mail: it then is from the owner, but marked as automatic."""
    source = read_texts(raw_mail.fields, "x-ms-exchange-generated-message-source")
    return raw_mail.automatic == "Auto-Submitted" and any(text.lower() == "mailbox rules agent" for text in source)


def find_bulk(raw_mail: RawMail) -> str:
    """Return the field that marks a mail as automatic, from a mailing list or a newsletter; empty if there is none."""
    if raw_mail.automatic:
        return raw_mail.automatic
    for field in raw_mail.fields:
        if field.name in ("list-id", "list-unsubscribe", "x-autoreply", "x-autorespond") and field.text:
            return field.name.title()
        if field.name == "precedence" and field.text.lower() in _BULK:
            return "Precedence"
    return ""


# ------------------------------------------------------------
# WHOSE MAILBOX
# ------------------------------------------------------------


def find_named(raw_mail: RawMail, own: Iterable[str]) -> list[str]:
    """Return which addresses of the owner are in To, Cc or a trace of a server."""
    found = {get_key(address.email) for address in raw_mail.recipients if address.email}
    found.update(get_key(email) for email in find_traces(raw_mail))
    return [email for email in own if get_key(email) in found]


def find_traces(raw_mail: RawMail) -> Iterator[str]:
    """Yield the addresses in the traces of servers, in lower case."""
    fields = raw_mail.fields
    last_received = max((index for index, field in enumerate(fields) if field.name == "received"), default=-1)
    traces = [
        field
        for index, field in enumerate(fields)
        if field.name in MIXED_TRACES or (field.name in TRACES and index < last_received)
    ]
    for field in traces[:MAX_FIELDS]:
        found = _ADDRESS.findall(field.read_start(MAX_TRACE))
        yield from (email.lower() for email in found if not holds_token(email))


# ------------------------------------------------------------
# AUTHENTICITY
# ------------------------------------------------------------


def read_redirected_verdict(raw_mail: RawMail, sender: str, hosts: tuple[str, ...], domains: Iterable[str]) -> Verdict:
    """Return what trusted servers found about the sender, or what a known provider sealed.

    :param str sender: the address of its sender, normalised
    :param domains: of the owner's addresses that the mail names: their servers may have sealed as well
    """
    results = find_trusted_results(raw_mail.server_fields, hosts)
    domains = [to_ascii(domain) for domain in domains]
    verdict = judge(_drop_results_of_redirection(results, sender, domains), sender)
    if verdict.result == "pass":
        return verdict
    host = next((result.host for result in results if _is_seal_valid(result)), None)
    if host is None:
        return verdict
    sealed = _read_sealed_results(raw_mail.server_fields, {*SEALERS, *domains})
    found = (judge(_drop_results_of_redirection(results, sender, domains), sender) for results in sealed)
    return Verdict("pass", "arc", host) if any(verdict.result == "pass" for verdict in found) else verdict


def _drop_results_of_redirection(results: list[Result], sender: str, domains: list[str]) -> list[Result]:
    """Return results without those that may have passed because of the redirecting server, not because of the sender.

    :param list domains: of the mailboxes that may have redirected it
    """
    is_signed = judge((result for result in results if result.method == "dkim"), sender).result == "pass"
    passed = [result for result in results if result.value == "pass"]
    dropped = [result for result in passed if result.method == "spf" and _is_of_redirection(result, domains)]
    if not is_signed and (dropped or any(is_aligned(sender, domain) for domain in domains)):
        dropped += [result for result in passed if result.method == "dmarc"]
    return [result for result in results if result not in dropped]


def _is_of_redirection(result: Result, domains: list[str]) -> bool:
    envelope = result.properties.get("smtp.mailfrom", "")
    return bool(_REWRITTEN.search(envelope)) or any(is_aligned(envelope, domain) for domain in domains)


def _is_seal_valid(result: Result) -> bool:
    """Return whether a trusted server found the seals valid. Microsoft reports that by a reason only."""
    if result.method == "compauth":
        return result.value == "pass" and result.properties.get("reason") == "130"
    return (result.method, result.value) == ("arc", "pass")


def _read_sealed_results(fields: Iterable[HeaderField], sealers: set[str]) -> Iterator[list[Result]]:
    """Yield the results that known servers sealed, the last ones first, up to the first unknown server."""
    chain = _read_chain(fields)
    if not chain or not _covers_mail(_read_tags(chain[-1][1])):
        return
    for seal, _signature, results in reversed(chain):
        domain = to_ascii(_read_tags(seal).get("d", ""))
        if not any(f".{domain}".endswith(f".{sealer}") for sealer in sealers):
            return
        try:
            _host, parsed = parse_results(_ACTION.sub("", results))
        except ValueError:
            continue
        yield [result for result in parsed if result.method != "auth"]


def _covers_mail(tags: dict[str, str]) -> bool:
    """Return whether the signature of the last server would be invalid with another sender or more text."""
    return "l" not in tags and "from" in (name.strip() for name in tags.get("h", "").lower().split(":"))


def _read_tags(text: str) -> dict[str, str]:
    """Return the tags of a seal or signature; empty if they are not written as servers write them."""
    tags: dict[str, str] = {}
    for part in text.removesuffix(";").split(";"):
        match = _TAG.fullmatch(part)
        if not match or match[1] in tags:
            return {}
        tags[match[1]] = match[2].strip()
    return tags


def _read_chain(fields: Iterable[HeaderField]) -> list[tuple[str, str, str]]:
    """Return the seal, signature and results of each server in their order; empty unless the chain is complete.

    The trusted server has verified it, but must not have read it in another way.
    """
    found: dict[tuple[int, str], str] = {}
    for field in fields:
        if field.name not in ARC_FIELDS:
            continue
        match = _INSTANCE.match(field.text)
        # seals may begin with something else than a tag, but no server writes them so
        instance = int(match[1]) if match else 0
        is_usual = field.raw.lower().startswith(f"{field.name}:".encode())
        if not 0 < instance <= MAX_SEALS or not is_usual or (instance, field.name) in found:
            return []
        found[instance, field.name] = field.text[match.end() :].strip()
    count = len(found) // len(ARC_FIELDS)
    if set(found) != {(instance, name) for instance in range(1, count + 1) for name in ARC_FIELDS}:
        return []
    seal, signature, results = ARC_FIELDS
    numbers = range(1, count + 1)
    return [(found[number, seal], found[number, signature], found[number, results]) for number in numbers]
