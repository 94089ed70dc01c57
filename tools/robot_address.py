"""Addresses that no person reads or writes: automatic senders, mailing lists, tickets and other reply addresses.

No record is created for them. Addresses of departments (info@, sales@, office@) are those of customers.
"""

import re
from collections.abc import Collection, Iterable

from .address import parse_addresses
from .header import HeaderField
from .words import split_words

NAMES = split_words(
    "abonnement autoanswer autoreply autoresponder bot bounce bounced bounces cron daemon devnull listadmin listmaster"
    " listserv mailer mailerdaemon mailinglist mailman majordomo newsletter newsletters nobody notification"
    " notifications notify null postmaster replies reply replyto root robot sympa unsubscribe"
)
"""Whole local parts, without separators."""

NO_REPLY = (
    r"(?:no|dont?|do[-._]?not|cannot|can[-._]?not)[-._]?(?:reply|respond|response|answer)|unmonitored"
    r"|nicht[-._]?antworten|keine[-._]?antwort(?:en)?|ne[-._]?pas[-._]?repondre|pas[-._]?de[-._]?reponse"
    r"|no[-._]?(?:responder|responda|respondas|conteste|contestar)|nao[-._]?(?:responda|responder)"
    r"|non[-._]?rispondere|niet[-._]?(?:be)?antwoorden|geen[-._]?antwoord|ikke[-._]?svar|ingen[-._]?svar"
    r"|svara[-._]?(?:inte|ej)|ala[-._]?vastaa|nie[-._]?odpowiadaj|neodpovidat|neodpovidejte|nepiste"
)
"""Words of automatic senders in the languages of mail programs, as part of a local part."""

LIST_BEGINNINGS = ("list-", "owner-", "bounce-", "bounces-", "bounce+", "bounces+", "unsubscribe-", "unsub-", "leave-")
LIST_ENDS = ("-request", "-bounce", "-bounces", "-subscribe", "-unsubscribe", "-confirm", "-mailinglist")
"""Not "-owner", as in product-owner@."""

REPLIES = r"(?:reply|replies|reply[-._]?to|tickets?|case|thread|conversation|comment|notifications?)"
"""Words before the number of a mail or ticket."""

LABELS = split_words(
    "bounce bounces do-not-reply donotreply list lists listserv mailman no-reply noreply notification notifications"
    " replies reply sympa"
)
"""Names of hosts for automatic mail only, before the domain of an organisation (Reply is also a company)."""

LIST_DOMAINS = split_words(
    "googlegroups.com groups.io yahoogroups.com freelists.org simplelists.com mailman3.org listserv.net"
    " groups.outlook.com"
)
"""Domains of mailing lists, subdomains included."""

MACHINE_DOMAINS = split_words(
    "amazonses.com bcc.hubspot.com docusign.net facebookmail.com intercom-mail.com mail.asana.com mailchimpapp.net"
    " mandrillapp.com mcsv.net pipedrivemail.com rsgsv.net sendgrid.net mailgun.org sparkpostmail.com"
)
"""Domains of services that send for others, subdomains included."""

TICKET_DOMAINS = split_words(
    "atlassian.net basecamp.com desk.com freshdesk.com freshservice.com gorgias.com groovehq.com happyfox.com"
    " helpscout.net kayako.com reamaze.com salesforce.com teamwork.com trello.com uservoice.com"
    " zendesk.com zohodesk.com zohodesk.eu"
)
"""Domains of ticket services: addresses in subdomains are those of machines, others those of the staff."""

RELAYS = split_words(
    "duck.com guest.booking.com icloud.com marketplace.amazon.com marketplace.amazon.co.uk marketplace.amazon.de"
    " marketplace.amazon.es marketplace.amazon.fr marketplace.amazon.it mozmail.com passmail.net"
    " privaterelay.appleid.com simplelogin.com"
)
"""Domains of people who hide their address behind a random one."""

MAX_LIST_FIELDS = 10

_NO_REPLY = re.compile(rf"(?:\A|[-._+=])(?:{NO_REPLY})(?:[-._+=\d]|\Z)")
_REPLY = re.compile(rf"{REPLIES}[-+=_][^@]*\d")
_TAG = re.compile(
    r"\+(?:id|tkt|ticket|case|thread|conversation|issue|req|inc|msg|caf_?|srs\d?)(?:[-_=:.][^@]*\d|\d)|\+.{30}"
)
_VERP = re.compile(r"[-+=._][^@]*=[a-z0-9-]+\.[a-z]{2,}\Z|\A(?:srs[01]|prvs|imceaex)[-+=_]")
_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_WORD = re.compile(r"[0-9a-z]{16,}")
_HEX = re.compile(r"[0-9a-f]+\Z")
_CHANGE = re.compile(r"\d(?=[a-z])|[a-z](?=\d)")
_SEPARATORS = re.compile(r"[-._+=\d]+")
_LIST_ID = re.compile(r"<([^<>@\s]{1,100})\.([^<>@.\s]+\.[^<>@\s]+)>\s*\Z")
_POST = re.compile(r"<mailto:([^<>?]{1,254})")


def is_robot_address(email: str, lists: Collection[str] = ()) -> bool:
    """Return whether an address belongs to no person, department or company.

    :param str email: normalised
    :param lists: addresses of mailing lists, see :func:`find_list_addresses`
    """
    local_part, _at, domain = email.lower().rpartition("@")
    return bool(local_part) and (email in lists or _is_robot_domain(domain) or _is_robot_name(local_part, domain))


def find_list_addresses(fields: Iterable[HeaderField]) -> set[str]:
    """Return the addresses of the mailing list that distributed a mail (RFC 2369 and 2919), normalised."""
    found = set()
    for field in [field for field in fields if field.name in ("list-id", "list-post")][:MAX_LIST_FIELDS]:
        text = field.read_start(1000)
        pattern, is_id = (_LIST_ID, True) if field.name == "list-id" else (_POST, False)
        if match := pattern.search(text):
            written = f"{match[1]}@{match[2]}" if is_id else match[1]
            found.update(address.email for address in parse_addresses(written, 1) if address.email)
    return found


def _is_robot_domain(domain: str) -> bool:
    labels = domain.split(".")
    parents = {".".join(labels[index:]) for index in range(len(labels))}
    has_second_level = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    hosts = labels[: -3 if has_second_level else -2]
    is_service = bool(parents & (LIST_DOMAINS | MACHINE_DOMAINS)) or bool((parents - {domain}) & TICKET_DOMAINS)
    return is_service or not LABELS.isdisjoint(hosts)


def _is_robot_name(local_part: str, domain: str) -> bool:
    if local_part.startswith(LIST_BEGINNINGS) or local_part.endswith(LIST_ENDS):
        return True
    if _SEPARATORS.sub("", local_part) in NAMES or _NO_REPLY.search(local_part) or _VERP.search(local_part):
        return True
    if domain in RELAYS:
        return False
    is_reply = _REPLY.match(local_part) or _TAG.search(local_part)
    return bool(is_reply or _UUID.search(local_part)) or any(map(_is_random, _WORD.findall(local_part)))


def _is_random(word: str) -> bool:
    """Return whether a long word is an identifier: digits and letters take turns, unlike in a name with a number."""
    digits = sum(map(str.isdigit, word))
    if digits == len(word):
        return False  # a telephone number, or a number in place of a name, as in China
    if _HEX.match(word):
        return digits > 2
    return len(word) > 23 and digits > 3 and len(_CHANGE.findall(word)) > 4
