"""Confirmation mails of providers: before a rule may redirect mail to a dropbox, they send a code or a link there.

Code and link are shown to the owner, so forged mails must not get their links onto that page:

- The mail must be for the dropbox alone and from an address of the provider, which the trusted server, if there is one,
  must have verified.
- A link must be an HTTPS link to a host of the provider, in the form of the provider's own links. Without a trusted
  server it must not have a query, which may redirect to another site.

Odoo never opens a link.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from .address import clean, holds_token, is_dropbox
from .authentication import read_verdict
from .html_text import html_to_text, unescape
from .mail_content import Text, read_content
from .raw_mail import RawMail
from .sender import find_shown_addresses

MAX_TEXT = 64 * 1024
MAX_LINK = 1000
MAX_SHOWN = 1000
"""Characters of the subject, and of the text, that are searched for the address of the mailbox."""

KEPT = 5
"""Confirmations that are kept per dropbox."""

KEPT_DAYS = 7
"""Days that they are shown. Most codes and links expire sooner."""

# see also `_REDIRECTION`
_PATH = r"[-\w.~/=?&%+]*"


@dataclass(frozen=True)
class Provider:
    """A provider of mailboxes, and how to recognise its confirmation mails, in any language.

    :param str name: for people; not translated
    :param tuple senders: the addresses in From
    :param str links: pattern of the link that confirms a rule
    """

    name: str
    senders: tuple[str, ...]
    links: str


# The values of Gmail are from real mails in several languages, those of the others from the providers' manuals and
# notices. A mail that is not recognised is treated like that of any other stranger.
PROVIDERS = (
    Provider(
        "Gmail",
        ("forwarding-noreply@google.com",),
        # "vf" confirms; "uf" is the link that cancels the request
        r"https://(?:mail-settings|mail|isolated\.mail)\.google\.com/mail/vf-[-\w.~%\[\]]+",
    ),
    Provider(
        "Outlook.com",
        ("account-security-noreply@accountprotection.microsoft.com", "no-reply@microsoft.com"),
        rf"https://(?:outlook\.live|outlook\.office|account\.live|account\.microsoft)\.com/{_PATH}",
    ),
    Provider(
        "Yahoo Mail",
        ("no-reply@cc.yahoo-inc.com", "account-services@cc.yahoo-inc.com", "no-reply@cc.yahoo.com"),
        rf"https://(?:mail|login|edit)\.yahoo\.com/{_PATH}",
    ),
    Provider(
        "iCloud Mail",
        ("noreply@email.apple.com", "noreply@icloud.com", "appleid@id.apple.com"),
        rf"https://(?:www\.icloud\.com|setup\.icloud\.com|id\.apple\.com|account\.apple\.com)/{_PATH}",
    ),
    Provider(
        "Zoho Mail",
        ("noreply@zoho.com", "noreply@zohomail.com", "noreply@zoho.eu", "noreply@zohomail.eu"),
        rf"https://(?:mail|accounts)\.zoho\.(?:com|eu|in|jp|com\.au)/{_PATH}",
    ),
    Provider(
        "Fastmail",
        ("noreply@fastmail.com", "no-reply@fastmail.com", "support@fastmail.com"),
        rf"https://(?:app|www|api|beta)\.fastmail\.com/{_PATH}",
    ),
)

_CODE_IN_SUBJECT = re.compile(r"\(#(\d{6,12})\)")
# "Confirmation code: 123456" at the end of a line, or on a line of its own, in any language
_CODE = re.compile(r"(?:[:\uff1a]|\A|\n)[ \t]{0,20}(\d{6,12})[ \t]{0,20}\.?(?=\r?\n|\Z)")
_LINK = re.compile(r"https://[^\s<>\"'`\\^{|}]{1,1000}", re.IGNORECASE)
# a link to another host inside of one, as in "?url=https://evil.example", decoded; also if it is encoded twice
_REDIRECTION = re.compile(r"[:\\%]|//")


@dataclass(frozen=True)
class Confirmation:
    """What a confirmation mail contains.

    :param str provider: its name
    :param str code: digits; may be empty
    :param str link: may be empty
    :param str account: the address whose mail is to be redirected, as far as it can be read
    :param bool is_verified: whether the trusted server verified the provider; False if there is none
    """

    provider: str
    code: str
    link: str
    account: str
    is_verified: bool

    @property
    def host(self) -> str:
        """The host of the link."""
        return urlsplit(self.link).hostname or ""


def find_confirmation(raw_mail: RawMail, hosts: tuple[str, ...]) -> Confirmation | None:
    """Return what a confirmation mail of a known provider contains; None for any other mail.

    :param tuple hosts: the trusted servers, see :func:`.authentication.parse_hosts`
    """
    sender = raw_mail.sender_email
    provider = next((provider for provider in PROVIDERS if sender in provider.senders), None)
    if not provider or raw_mail.sender_flaw:
        return None
    if hosts and read_verdict(raw_mail, sender, hosts).result != "pass":
        return None
    if not raw_mail.recipients or not all(is_dropbox(address.email) for address in raw_mail.recipients):
        return None  # for example a code for another account of the owner, which a rule redirected
    texts = read_content(raw_mail.content, MAX_TEXT).texts
    words = "\n".join(html_to_text(text.text) if text.is_html else text.text for text in texts)
    codes = [*_CODE_IN_SUBJECT.findall(raw_mail.subject), *_CODE.findall(words)]
    links = (link for link in _find_links(texts, provider) if hosts or "?" not in link)
    link = next(links, "")
    if not codes and not link:
        return None
    shown = find_shown_addresses(f"{raw_mail.subject[:MAX_SHOWN]}\n{words[:MAX_SHOWN]}")
    others = (email for email in shown if email not in provider.senders and email.isprintable())
    account = next((email for email in others if not holds_token(email)), "")
    return Confirmation(provider.name, codes[0] if codes else "", link, clean(account)[:254], bool(hosts))


def _find_links(texts: Iterable[Text], provider: Provider) -> Iterator[str]:
    """Yield the links of a mail that have the form of the provider's own ones."""
    for text in texts:
        content = unescape(text.text) if text.is_html else text.text
        for found in _LINK.findall(content):
            link = found.rstrip(".,;:!?)")
            is_plain = len(link) <= MAX_LINK and not _REDIRECTION.search(unquote(link[len("https://") :]))
            # the address of the dropbox may be in it, and is not stored
            if is_plain and re.fullmatch(provider.links, link, re.ASCII) and not holds_token(link):
                yield link
