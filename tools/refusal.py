"""Why the sender of a mail is not accepted: From does not name exactly one confirmed sender address of the owner, or it
is not certain that the mail is from there. The other rules of step 2, *admit*, need the database."""

from collections.abc import Callable, Iterable

from .address import Address
from .authentication import METHODS, Verdict, to_ascii
from .raw_mail import RawMail
from .reasons import Reason
from .sender import find_shown_addresses


def find_sender_refusal(
    raw_mail: RawMail, is_confirmed: bool | None, get_own: Callable[[], Iterable[str]], is_checked: bool
) -> list[Reason]:
    """Return why From does not name exactly one confirmed sender address.

    :param is_confirmed: whether the address in From is confirmed; None if it is none of the owner's
    :param get_own: returns the confirmed sender addresses of the owner; called only if they are needed
    :param bool is_checked: whether a malformed sender was checked, or there is no server that could check it. The
        sender may be written so that the server overlooks it.
    """
    if len(raw_mail.senders) != 1:
        return [Reason("several_senders", {"count": len(raw_mail.senders)})]
    if raw_mail.sender_flaw == "several":
        return [Reason("repeated_sender")]
    [address] = raw_mail.senders
    if is_confirmed is None:
        return _explain_stranger(raw_mail, address, set(get_own()))
    if not is_confirmed:
        return [Reason("not_confirmed", {"sender": address.text})]
    if raw_mail.sender_flaw and not (raw_mail.sender_flaw == "loose" and is_checked):
        return [Reason("ambiguous_sender", {"sender": address.text})]
    # the display name is what people see
    shown = [email for email in find_shown_addresses(address.name) if email != address.email.lower()]
    own = set(get_own()) if shown else ()  # most names show none
    foreign = [email for email in shown if email not in own]
    return [Reason("misleading_name", {"sender": address.email, "email": foreign[0]})] if foreign else []


def _explain_stranger(raw_mail: RawMail, address: Address, own: set[str]) -> list[Reason]:
    """Return the reason that a sender is not the owner's, and further ones why it may look like the owner's."""
    reasons = [Reason("not_own", {"sender": address.text})]
    local_part, _at, domain = address.email.rpartition("@")
    ascii_domain = to_ascii(domain)
    if address.email and not address.email.isascii() and ascii_domain != domain:
        reasons.append(Reason("lookalike", {"email": f"{local_part}@{ascii_domain}"}))
    if header := next((header for header, email in raw_mail.claims if email in own), None):
        reasons.append(Reason("other_header", {"header": header.title()}))
    return reasons


def find_authentication_refusal(raw_mail: RawMail, verdict: Verdict | None, mode: str) -> list[Reason]:
    """Return why the authenticity of a sender is not certain enough.

    :param verdict: what is known about it; None if nothing was checked
    :param str mode: `off`, `reject` or `require`
    """
    result = verdict.result if verdict else "none"
    if mode == "off" or result == "pass":
        return []
    domain = raw_mail.likely_email.rpartition("@")[2]
    if result == "fail":
        method = METHODS.get(verdict.method, "")
        return [Reason("forged", {"host": verdict.host, "domain": domain, "method": method})]
    if mode == "reject":
        return []
    if result == "temperror" and verdict.host:
        return [Reason("check_error", {"host": verdict.host, "domain": domain})]
    return [Reason("dns_error" if result == "temperror" else "unverified", {"domain": domain})]
