"""Forwarded mails as mail programs write them into a text, in plain text and HTML, in all their languages."""

# ruff: noqa: RUF001  letters of other alphabets are meant
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from html import escape

from ..tools.forward import find_forwarded
from ..tools.mail_content import Text
from .forward_words import WORDS

SENDER = ("Jo Doe", "jo.doe@customer.example")
TO = (("Ann Berg", "ann@acme.example"), ("", "sales@acme.example"))
CC = (("Lee Kim", "lee@customer.example"),)
SUBJECT = "Offer 4711: 20 % off"
BODY = ("Dear Ann,", "the offer is fine: send it to me.", "Jo")
NOTE = ("please take over:", "Sam")


EAST = timezone(timedelta(hours=2))
DATE = datetime(2021, 10, 27, 9, 31, tzinfo=EAST)

TITLE = "---------- Forwarded message ---------"
BLOCK = "From: Joe <joe@b.example>\nDate: Wed, Oct 27, 2021 at 9:31 AM\nSubject: Hi\nTo: Ann <ann@acme.example>"
FORGED = BLOCK.replace("joe@b", "boss@c")
OUTLOOK = (
    "From: Joe <joe@b.example>\nSent: Wednesday, October 27, 2021 9:31 AM\nTo: Ann <ann@acme.example>\nSubject: Hi"
)


ENGLISH = {"sender": "From", "to": "To", "cc": "Cc", "subject": "Subject", "date": "Date"}


@dataclass(frozen=True)
class Sample:
    """A forwarded mail of one program in one language.

    :param str subject: subject of the mail that forwards it
    :param bool has_zone: whether the date has a time zone; two hours east, then
    """

    program: str
    language: str
    subject: str
    plain: str
    html: str
    has_zone: bool = False


def write_mailboxes(mailboxes, separator=", "):
    """Return mailboxes as programs show them."""
    return separator.join(f"{name} <{email}>".strip() for name, email in mailboxes)


def write_values(date, separator=", "):
    """Return the values of a block by field."""
    return {
        "sender": write_mailboxes([SENDER]),
        "to": write_mailboxes(TO, separator),
        "cc": write_mailboxes(CC, separator),
        "subject": SUBJECT,
        "date": date,
    }


def write_block(order, labels, values, form="{}: {}"):
    """Return the lines of a block; of full-width colons where they are usual."""
    return [form.format(labels[name], values[name]) for name in order.split()]


def quote(lines):
    """Return lines with quote marks."""
    return [f"> {line}".rstrip() for line in lines]


def join(*lines):
    """Return a plain text."""
    return "\n".join(lines)


def divide(lines, tag="div"):
    """Return lines as elements of their own."""
    return "".join(f"<{tag}>{line or '<br>'}</{tag}>" for line in lines)


def in_bold(order, labels, values):
    """Return the lines of a block in HTML, with bold labels and linked addresses."""
    return [f"<b>{escape(labels[name])}: </b>{link(values[name])}" for name in order.split()]


def link(text):
    """Return a value in HTML: addresses are links."""
    html = escape(text, quote=False)
    for _name, email in (SENDER, *TO, *CC):
        html = html.replace(email, f'<a href="mailto:{email}">{email}</a>')
    return html


def gmail(language, words):
    """Gmail translates only the first label."""
    labels = ENGLISH | {"sender": words.get_labels()["sender"]}
    values = write_values(words.gmail)
    lines = ["---------- Forwarded message ---------", *write_block("sender date subject to cc", labels, values)]
    html = (
        f'<div dir="ltr">{"<br>".join(NOTE)}<br><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{"<br>".join(link(line) for line in lines)}<br></div><br><br>'
        f'<div dir="ltr">{divide(BODY)}</div></div></div><p>ACME Ltd., Berlin</p>'
    )
    return Sample("Gmail", language, f"Fwd: {SUBJECT}", join(*NOTE, "", *lines, "", "", *BODY), html)


def apple(language, words):
    """Apple Mail quotes block and text."""
    labels, values = words.get_labels(), write_values(f"{words.long} GMT+2")
    order = "sender subject date to cc"
    plain = join(
        *NOTE, "", *quote([f"{words.apple}:", "", *write_block(order, labels, values), "", *BODY]), "", "ACME Ltd."
    )
    html = (
        f'<div>{"<br>".join(NOTE)}</div><div><br><blockquote type="cite"><div>{words.apple}:</div>'
        f'<br class="Apple-interchange-newline">{divide(in_bold(order, labels, values))}<br>'
        f"<div>{divide(BODY)}</div></blockquote></div><br>ACME Ltd."
    )
    return Sample("Apple Mail", language, f"Fwd: {SUBJECT}", plain, html, has_zone=True)


def ios(language, words):
    """The Mail app of the iPhone quotes block and text one by one."""
    labels, values = words.get_labels(), write_values(f"{words.long} GMT+2")
    order = "sender date to cc subject"
    block = write_block(order, labels, values)
    plain = join(*NOTE, "", f"{words.apple}:", "", *quote([*block, "", *BODY]))
    html = (
        f'<div dir="ltr">{divide(NOTE)}</div><div dir="ltr"><br>{words.apple}：<br><br></div><blockquote type="cite">'
        f'<div dir="ltr">{"<br>".join(in_bold(order, labels, values))}<br><br></div></blockquote>'
        f'<blockquote type="cite"><div dir="ltr">\ufeff{divide(BODY)}</div></blockquote>'
    )
    return Sample("Apple Mail", language, f"Fwd: {SUBJECT}", plain, html, has_zone=True)


def outlook(language, words):
    """Outlook on the web, new Outlook and the apps: a ruler above a block."""
    labels, values = words.get_labels(1), write_values(words.long, "; ")
    order = "sender date to cc subject"
    plain = join(*NOTE, "", "_" * 32, *write_block(order, labels, values), "", *BODY)
    html = (
        f'{divide(NOTE)}<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1">'
        f'<div id="divRplyFwdMsg" dir="ltr"><font face="Calibri, sans-serif" color="#000000">'
        f"{'<br>'.join(in_bold(order, labels, values))}</font><div>&nbsp;</div></div>{divide(BODY, 'p')}"
    )
    return Sample("Outlook", language, f"{words.prefix.split(' | ')[0]}: {SUBJECT}", plain, html)


def outlook_classic(language, words):
    """Outlook for Windows and Mac: no title in HTML, one between dashes in plain text."""
    labels, values = words.get_labels(1), write_values(words.long, "; ")
    values["sender"] = f"{SENDER[0]} [mailto:{SENDER[1]}]"
    order = "sender date to cc subject"
    plain = join(*NOTE, "", f"-----{words.original}-----", *write_block(order, labels, values), "", *BODY)
    rows = "<br>".join(in_bold(order, labels, values))
    html = (
        f'<div class="WordSection1">{divide(NOTE, "p")}<p class="MsoNormal">&nbsp;</p><div><div style="border:none;'
        f'border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal">{rows}</p></div></div><p>&nbsp;</p>'
        f"{divide(BODY, 'p')}</div>"
    )
    return Sample("Outlook", language, f"{words.prefix.split(' | ')[0]}: {SUBJECT}", plain, html)


def thunderbird(language, words):
    """Thunderbird writes the date as it stands in the mail."""
    labels, values = words.get_labels(), write_values("Wed, 27 Oct 2021 09:31:00 +0200")
    title = f"-------- {words.forwarded.split(' | ')[0]} --------"
    order = "subject date sender to cc"
    plain = join(*NOTE, "", title, *write_block(order, labels, values, "{}: \t{}"), "", "", *BODY)
    cells = "".join(
        f'<tr><th valign="BASELINE" align="RIGHT">{labels[name]}: </th><td>{link(values[name])}</td></tr>'
        for name in order.split()
    )
    html = (
        f'<p>{"<br>".join(NOTE)}</p><div class="moz-forward-container"><br><br>{title}<table class="moz-email-headers'
        f'-table"><tbody>{cells}</tbody></table><br><br>{divide(BODY)}</div>'
    )
    return Sample("Thunderbird", language, f"Fwd: {SUBJECT}", plain, html, has_zone=True)


def yahoo(language, words):
    """Yahoo loses the line breaks of the block in plain text."""
    labels, values = words.get_labels(1), write_values(f"{words.long} GMT+2", "; ")
    title = f"----- {words.forwarded.split(' | ')[1]} -----"
    order = "sender to cc date subject"
    plain = join(*NOTE, f"   {title} {''.join(write_block(order, labels, values))}", *BODY)
    html = (
        f'<div class="ydp1yahoo-style-wrap"><div>{"<br>".join(NOTE)}</div></div><div id="ydp2yahoo_quoted_1" '
        f'class="ydp2yahoo_quoted"><div><div>{title}</div>{divide(in_bold(order, labels, values))}<div><br></div>'
        f"<div>{divide(BODY)}</div></div></div>"
    )
    return Sample("Yahoo Mail", language, f"Fw: {SUBJECT}", plain, html, has_zone=True)


def hubspot(language, words):
    """HubSpot translates all labels."""
    labels, values = words.get_labels(), write_values(f"{words.long} +0200")
    title = f"---------- {words.forwarded.split(' | ')[1]} ---------"
    lines = write_block("sender date subject to cc", labels, values)
    html = f"{divide(NOTE)}<br>{'<br>'.join([title, *map(link, lines)])}<br><br>{divide(BODY)}"
    return Sample("HubSpot", language, f"Fwd: {SUBJECT}", join(*NOTE, "", title, *lines, "", *BODY), html, True)


def samsung(language, words):
    """Samsung's title is also that of its replies."""
    labels, values = words.get_labels(), write_values("27/10/2021  09:31  (GMT+02:00)")
    lines = [f"-------- {words.original} --------", *write_block("sender date to cc subject", labels, values)]
    html = f"<div>{'<br>'.join(NOTE)}</div><div><br></div>{divide(map(link, lines))}<div><br></div>{divide(BODY)}"
    return Sample("Samsung Email", language, f"Fwd: {SUBJECT}", join(*NOTE, "", *lines, "", *BODY), html, True)


def ionos(language, words):
    """IONOS quotes everything; its title is also that of its replies."""
    labels, values = words.get_labels(), write_values("27.10.2021 09:31 CEST")
    lines = [f"---------- {words.original} ----------", *write_block("sender to cc date subject", labels, values)]
    html = f'{divide(NOTE)}<blockquote type="cite">{"<br>".join(map(link, lines))}<br><br>{divide(BODY)}</blockquote>'
    return Sample("IONOS", language, f"Fwd: {SUBJECT}", join(*NOTE, *quote([*lines, "", *BODY])), html, True)


def proton(language, words):
    """Proton Mail is English in all languages."""
    values = write_values("On Wednesday, October 27th, 2021 at 9:31 AM")
    lines = ["------- Forwarded Message -------", *write_block("sender date subject to cc", ENGLISH, values)]
    html = (
        f'{divide(NOTE)}<div class="protonmail_quote">{"<br>".join(map(link, lines))}<br><br>'
        f'<blockquote class="protonmail_quote" type="cite">{divide(BODY)}</blockquote><br></div>'
    )
    return Sample("Proton Mail", language, f"Fw: {SUBJECT}", join(*NOTE, "", *lines, "", *quote(BODY)), html)


def mailspring(language, words):
    """Mailspring is English in all languages."""
    values = write_values("Oct 27 2021, at 9:31 am")
    lines = ["---------- Forwarded Message ---------", *write_block("sender subject date to cc", ENGLISH, values)]
    html = (
        f'{divide(NOTE)}<blockquote class="gmail_quote nylas-quote">{"<br>".join(map(link, lines))}<br><br>'
        f"{divide(BODY)}</blockquote>"
    )
    return Sample("Mailspring", language, f"Fwd: {SUBJECT}", join(*NOTE, "", *lines, "", *BODY), html)


def zoho(language, words):
    """Zoho writes its title above and below the block."""
    values = write_values("Wed, 27 Oct 2021 09:31:00 +0200")
    title = "============ Forwarded message ============"
    lines = [title, *write_block("sender to cc date subject", ENGLISH, values, "{} : {}"), title]
    html = (
        f'<div>{"<br>".join(NOTE)}</div><div class="zmail_extra_hr"></div><div class="zmail_extra"><br>'
        f"{'<br>'.join(map(link, lines))}<br><br><blockquote>{divide(BODY)}</blockquote></div>"
    )
    return Sample("Zoho Mail", language, f"Fwd: {SUBJECT}", join(*NOTE, "", *lines, "", *BODY), html, True)


def yandex(language, words):
    """Yandex has no labels for sender and date."""
    titles = {
        "ru": ("Пересылаемое сообщение", "Конец пересылаемого сообщения"),
        "en": ("Forwarded message", "End of forwarded message"),
    }[language]
    lines = [f"-------- {titles[0]} --------", f'27.10.2021, 09:31, "{SENDER[0]}" <{SENDER[1]}>:', ""]
    end = f"-------- {titles[1]} --------"
    html = f"{divide(NOTE)}{divide(map(link, lines))}<div>{divide(BODY)}</div><div>{end}</div><div>ACME Ltd.</div>"
    plain = join(*NOTE, "", *lines, *BODY, "", end, "ACME Ltd.")
    return Sample("Yandex Mail", language, f"Fwd: {SUBJECT}", plain, html)


PROGRAMS = {
    **dict.fromkeys((gmail, outlook, outlook_classic, thunderbird, yahoo, hubspot, samsung, ionos), tuple(WORDS)),
    **dict.fromkeys((apple, ios), tuple(code for code, words in WORDS.items() if words.apple)),
    **dict.fromkeys((proton, mailspring, zoho), ("en",)),
    yandex: ("en", "ru"),
}
"""Programs with the languages in which they write."""


def list_samples():
    """Return the forwarded mails of all programs in all their languages."""
    return [program(code, WORDS[code]) for program, codes in PROGRAMS.items() for code in codes]


def make_text(text, is_html=False):
    """Return a text of a mail."""
    return Text(None, 3 if is_html else 2, text)


def find(text, subject="", is_html=False, zone=EAST):
    """Return the levels of the mail forwarded in a text."""
    found = find_forwarded([make_text(text, is_html)], subject, zone)
    return found.levels if found else ()
