"""What mail programs in one language write around a forwarded mail."""

from dataclasses import dataclass

FIELDS = ("sender", "date", "subject", "to", "cc", "reply_to", "other")
"""Fields of a header block; `other` is for fields that are skipped."""

ENGLISH = "en"


@dataclass(frozen=True)
class Language:
    """Words of mail programs in one language.

    :param str forwarded: titles between dashes above a forwarded mail
    :param str begin: sentences that stand alone above a forwarded mail
    :param str original: titles above an original mail, in replies as well as in forwarded mails
    :param str end: titles between dashes below a forwarded mail
    :param str prefixes: subject prefixes of forwarded mails, besides those of English
    :param str replies: subject prefixes of replies that are prefixes of forwarded mails in other languages
    :param str wrote: verbs of a line that introduces a quoted mail
    :param str around: other words of such a line, which are not part of a name
    :param str months: names from January on, all cases; abbreviations only if they are not the beginning of a name
    :param str order: order of day, month and year in dates of numbers; empty if it depends on the clock
    """

    code: str
    sender: str
    date: str
    subject: str
    to: str
    cc: str
    reply_to: str = ""
    other: str = ""
    forwarded: str = ""
    begin: str = ""
    original: str = ""
    end: str = ""
    prefixes: str = ""
    replies: str = ""
    wrote: str = ""
    around: str = ""
    months: str = ""
    am: str = ""
    pm: str = ""
    order: str = "dmy"
