"""How mail programs write a forwarded mail into a text: data per language and per program, for :mod:`.forward`.

Variants are separated by ``|``. Case, Unicode composition, kinds of colons and invisible characters do not matter.
"""

# ruff: noqa: RUF001  letters of other alphabets are intended
from dataclasses import dataclass

from .forward_latin import LATIN
from .forward_other_scripts import OTHER_SCRIPTS

LANGUAGES = (*LATIN, *OTHER_SCRIPTS)

ANSWERS = (
    "Re | Aw | Antw | Antwort | Sv | Vs | Res | Resp | Rép | R | Rif | Risp | Odp | Hl | Vá | Válasz | Atb"
    " | Vast | Ynt | Yan | Ats | Απ | Отв | Ответ | На | Відп | Σχετ | Bls | תגובה"
    " | 回复 | 答复 | 回覆 | 答覆 | 返信 | 답장 | 회신"
)
"""Subject prefixes of answers in all languages."""

ON_BEHALF = (
    "on behalf of | im Auftrag von | de la part de | en nombre de | por conta de | em nome de | namens | per conto di"
    " | på vegne af | på vegne av | på uppdrag av | för | w imieniu | jménem | v mene | от имени | від імені | nevében"
    " | puolesta | adına | în numele | u ime | nimel | が | 代表 | 대신"
)
"""Words between the person who sent a mail and the mailbox that it was sent for."""

ZONES = {
    "GMT": 0, "UTC": 0, "Z": 0, "WET": 0, "WEST": 60, "BST": 60, "CET": 60, "CEST": 120, "MEZ": 60,
    "MESZ": 120, "SEČ": 60, "SELČ": 120, "EET": 120, "EEST": 180, "OEZ": 120, "OESZ": 180, "MSK": 180, "МСК": 180,
    "EST": -300, "EDT": -240, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420, "BRT": -180,
    "JST": 540, "KST": 540, "HKT": 480, "SGT": 480, "AEST": 600, "AEDT": 660, "NZST": 720, "NZDT": 780,
}  # fmt: skip
"""Minutes east of Greenwich. CST is American or Chinese, so it is not known."""


@dataclass(frozen=True)
class Program:
    """How one mail program writes a forwarded mail.

    :param str title: `forwarded`, `begin`, `original`, or empty if there is none
    :param str lines: dashes before and after the title, as `-10/9`
    :param str order: order of the fields by their first letters; of sender, date, subject, to. `*`: an introduction
    :param str container: part of the class of an element that contains the whole forwarded mail
    :param str labels: `english` if only the sender's label is translated; `translated` if all are; empty if unknown
    """

    name: str
    title: str = ""
    lines: str = ""
    order: str = ""
    container: str = ""
    labels: str = ""


PROGRAMS = (
    Program("Thunderbird", "forwarded", "-8/8 | -3/3 | -8/3", "sdft", "moz-forward-container"),
    Program("Proton Mail", "forwarded", "-7/7 | ‐7/7 | -9/9", "fdst", "protonmail_quote"),
    Program("Zoho Mail", "forwarded", "=12/12", "ftds | fdts", "zmail_extra"),
    Program("Yahoo Mail", "forwarded", "-5/5", "ftds", "yahoo_quoted"),
    Program("Mailspring", "forwarded", "-10/9 | -10/10", "fsdt", "nylas-quote"),
    Program("Missive", "forwarded", "-10/10", "fdts", "missive_quote"),
    Program("HubSpot", "forwarded", "-10/9 | -10/10", "fdst", "hs_reply", labels="translated"),
    Program("Gmail", "forwarded", "-10/9 | -10/10", "fdst", "gmail_quote", labels="english"),
    Program("Yandex Mail", "forwarded", "-8/8", "* | ts* | t*"),
    Program("Apple Mail", "begin", "", "fsdt | fdts", "blockquote:cite"),
    Program("MailMate", "begin", "", "ftsd"),
    Program("IONOS", "original", "-10/10", "ftds"),
    Program("Samsung Email", "original", "-8/8", "fdts | fdst"),
    Program("Outlook", "original", "-5/5", "fdts"),
    Program("Outlook", "", "", "fdts"),
    Program("Outlook for Mac", "", "", "*"),
    Program("Yandex Mail", "", "", "ts* | t*"),
)
"""In order of precedence: the first rule that fits names the program. Mails of other programs are read, too."""
