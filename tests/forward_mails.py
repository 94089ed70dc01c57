"""Forwarded mails as mail programs write them into a text, in plain text and HTML, in all languages of their interface.

The words stand here once more, apart from the rules that are tested with them.
"""

# ruff: noqa: RUF001  letters of other alphabets are meant
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from html import escape

from ..tools.forward import find_forwarded
from ..tools.mail_content import Text

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


@dataclass(frozen=True)
class Words:
    """Words of one language.

    :param str labels: From, To, Cc, Subject
    :param str dates: Date, Sent
    :param str forwarded: titles of Thunderbird and of Yahoo
    :param str apple: sentence of Apple Mail
    :param str original: title above an original
    :param str prefix: of a forwarded mail and of a reply, of Outlook
    :param str gmail: date of Gmail: 27 October 2021, 9:31
    :param str long: date of Outlook
    :param str wrote: introduction of a quoted mail
    """

    labels: str
    dates: str
    forwarded: str
    apple: str
    original: str
    prefix: str
    gmail: str
    long: str
    wrote: str

    def get_labels(self, date_number: int = 0) -> dict[str, str]:
        """Return the labels by field."""
        labels = dict(zip(("sender", "to", "cc", "subject"), self.labels.split(" | "), strict=True))
        return labels | {"date": self.dates.split(" | ")[date_number]}


WORDS = {
    "cs": Words(
        "Od | Komu | Kopie | Předmět", "Datum | Odesláno", "Přeposlaná zpráva | Přeposlaná zpráva",
        "Začátek přeposílané zprávy", "Původní zpráva", "FW | RE", "st 27. 10. 2021 v 9:31",
        "středa 27. října 2021 9:31", "Dne 27. 10. 2021 v 9:31 {} napsal(a):",
    ),
    "da": Words(
        "Fra | Til | Cc | Emne", "Dato | Sendt", "Videresendt meddelelse | Videresendt meddelelse",
        "Start på videresendt besked", "Oprindelig meddelelse", "VS | SV", "ons. 27. okt. 2021 kl. 09.31",
        "27. oktober 2021 09:31", "Den ons. 27. okt. 2021 kl. 09.31 skrev {}:",
    ),
    "de": Words(
        "Von | An | Cc | Betreff", "Datum | Gesendet", "Weitergeleitete Nachricht | Weitergeleitete Nachricht",
        "Anfang der weitergeleiteten Nachricht", "Ursprüngliche Nachricht", "WG | AW",
        "Mi., 27. Okt. 2021 um 09:31 Uhr", "Mittwoch, 27. Oktober 2021 09:31", "Am 27.10.2021 um 09:31 schrieb {}:",
    ),
    "en": Words(
        "From | To | Cc | Subject", "Date | Sent", "Forwarded Message | Forwarded Message", "Begin forwarded message",
        "Original Message", "FW | RE", "Wed, Oct 27, 2021 at 9:31 AM", "Wednesday, October 27, 2021 9:31 AM",
        "On Wed, Oct 27, 2021 at 9:31 AM {} wrote:",
    ),
    "es": Words(
        "De | Para | CC | Asunto", "Fecha | Enviado", "Mensaje reenviado | Mensaje reenviado",
        "Inicio del mensaje reenviado", "Mensaje original", "RV | RE", "mié, 27 oct 2021 a las 9:31",
        "miércoles, 27 de octubre de 2021 9:31", "El mié, 27 oct 2021 a las 9:31, {} escribió:",
    ),
    "et": Words(
        "Saatja | Adressaat | Koopia | Teema", "Kuupäev | Saadetud", "Edastatud kiri | Edastatud kiri",
        "Edastatud kirja algus", "Algne kiri", "FW | RE", "K, 27. oktoober 2021 kell 09:31",
        "kolmapäev, 27. oktoober 2021 09:31", "{} kirjutas kuupäeval K, 27. oktoober 2021 kell 09:31:",
    ),
    "fi": Words(
        "Lähettäjä | Vastaanottaja | Kopio | Aihe", "Päivämäärä | Lähetetty",
        "Välitetty viesti / Fwd.Msg | Edelleenlähetetty viesti", "Välitetty viesti alkaa", "Alkuperäinen viesti",
        "VL | VS", "ke 27. lokak. 2021 klo 9.31", "keskiviikko 27. lokakuuta 2021 9.31",
        "ke 27. lokak. 2021 klo 9.31 {} kirjoitti:",
    ),
    "fr": Words(
        "De | À | Cc | Objet", "Date | Envoyé", "Message transféré | Message transmis",
        "Début du message réexpédié", "Message d'origine", "TR | RE", "mer. 27 oct. 2021 à 09:31",
        "mercredi 27 octobre 2021 09:31", "Le mer. 27 oct. 2021 à 09:31, {} a écrit :",
    ),
    "hr": Words(
        "Šalje | Prima | Cc | Predmet", "Datum | Poslano", "Proslijeđena poruka | Proslijeđena poruka",
        "Započni proslijeđenu poruku", "Izvorna poruka", "FW | RE", "sri, 27. lis 2021. u 09:31",
        "27. listopada 2021. 9:31", "Dana sri, 27. lis 2021. u 09:31 {} napisao je:",
    ),
    "hu": Words(
        "Feladó | Címzett | Másolatot kap | Tárgy", "Dátum | Küldve", "Továbbított üzenet | Továbbított üzenet",
        "Továbbított levél kezdete", "Eredeti üzenet", "FW | RE", "2021. okt. 27., Sze, 9:31",
        "2021. október 27., szerda 9:31", "{} ezt írta (időpont: 2021. okt. 27., Sze, 9:31):",
    ),
    "it": Words(
        "Da | A | Cc | Oggetto", "Data | Inviato", "Messaggio Inoltrato | Messaggio inoltrato",
        "Inizio messaggio inoltrato", "Messaggio originale", "I | R", "mer 27 ott 2021 alle ore 09:31",
        "mercoledì 27 ottobre 2021 09:31", "Il giorno mer 27 ott 2021 alle ore 09:31 {} ha scritto:",
    ),
    "ja": Words(
        "差出人 | 宛先 | CC | 件名", "日付 | 送信日時", "転送されたメッセージ | 転送されたメッセージ",
        "転送されたメッセージ", "元のメッセージ", "FW | RE", "2021年10月27日(水) 9:31", "2021年10月27日水曜日 9:31",
        "2021年10月27日(水) 9:31 {}:",
    ),
    "ko": Words(
        "보낸 사람 | 받는 사람 | 참조 | 제목", "날짜 | 보낸 날짜", "전달된 메시지 | 전달된 메시지",
        "전달된 메시지 시작", "원본 메시지", "FW | RE", "2021년 10월 27일 (수) 오전 9:31",
        "2021년 10월 27일 수요일 오전 9:31", "2021년 10월 27일 (수) 오전 9:31, {}님이 작성:",
    ),
    "nl": Words(
        "Van | Aan | CC | Onderwerp", "Datum | Verzonden", "Doorgestuurd bericht | Doorgestuurd bericht",
        "Begin doorgestuurd bericht", "Oorspronkelijk bericht", "FW | RE", "wo 27 okt. 2021 om 09:31",
        "woensdag 27 oktober 2021 09:31", "Op wo 27 okt. 2021 om 09:31 schreef {}:",
    ),
    "no": Words(
        "Fra | Til | Kopi | Emne", "Dato | Sendt", "Videresendt melding | Videresendt melding",
        "Videresendt melding", "Opprinnelig melding", "VS | SV", "ons. 27. okt. 2021 kl. 09:31",
        "onsdag 27. oktober 2021 09:31", "ons. 27. okt. 2021 kl. 09:31 skrev {}:",
    ),
    "pl": Words(
        "Od | Do | DW | Temat", "Data | Wysłano", "Przekazana wiadomość | Przekazana wiadomość",
        "Początek przekazywanej wiadomości", "Wiadomość oryginalna", "PD | ODP", "śr., 27 paź 2021 o 09:31",
        "środa, 27 października 2021 09:31", "śr., 27 paź 2021 o 09:31 {} napisał(a):",
    ),
    "pt": Words(
        "De | Para | CC | Assunto", "Data | Enviada", "Mensagem reencaminhada | Mensagem reencaminhada",
        "Início da mensagem reencaminhada", "Mensagem original", "FW | RE", "quarta, 27/10/2021 à(s) 09:31",
        "quarta-feira, 27 de outubro de 2021 09:31", "{} escreveu no dia quarta, 27/10/2021 à(s) 09:31:",
    ),
    "pt-BR": Words(
        "De | Para | Cc | Assunto", "Data | Enviada em", "Mensagem encaminhada | Mensagem encaminhada",
        "Início da mensagem encaminhada", "Mensagem original", "ENC | RES", "qua., 27 de out. de 2021 às 09:31",
        "quarta-feira, 27 de outubro de 2021 09:31", "Em qua., 27 de out. de 2021 às 09:31, {} escreveu:",
    ),
    "ro": Words(
        "De la | Către | Cc | Subiect", "Dată | Trimis", "Mesaj redirecționat | Mesaj redirecționat",
        "Începe mesajul redirecționat", "Mesaj original", "Redir. | RE", "mie., 27 oct. 2021 la 09:31",
        "miercuri, 27 octombrie 2021 09:31", "În mie., 27 oct. 2021 la 09:31, {} a scris:",
    ),
    "ru": Words(
        "От | Кому | Копия | Тема", "Дата | Отправлено", "Перенаправленное сообщение | Пересылаемое сообщение",
        "Начало переадресованного сообщения", "Исходное сообщение", "FW | RE", "ср, 27 окт. 2021 г. в 09:31",
        "27 октября 2021 г. 9:31", "ср, 27 окт. 2021 г. в 09:31, {}:",
    ),
    "sk": Words(
        "Od | Komu | Kópia | Predmet", "Dátum | Odoslané",
        "Preposlaná správa --- Forwarded Message | Preposlaná správa",
        "Začiatok preposlanej správy", "Pôvodná správa", "FW | RE", "st 27. 10. 2021 o 9:31",
        "streda 27. októbra 2021 9:31", "st 27. 10. 2021 o 9:31 {} napísal(a):",
    ),
    "sv": Words(
        "Från | Till | Kopia | Ämne", "Datum | Skickat", "Vidarebefordrat meddelande | Vidarebefordrat meddelande",
        "Vidarebefordrat mejl", "Originalmeddelande", "VB | SV", "ons 27 okt. 2021 kl 09:31",
        "den 27 oktober 2021 09:31", "Den ons 27 okt. 2021 kl 09:31 skrev {}:",
    ),
    "tr": Words(
        "Kimden | Kime | Bilgi | Konu", "Tarih | Gönderilen", "İletilen İleti | İletilmiş Mesaj", "İleti başlangıcı",
        "Orijinal İleti", "İLT | YNT", "27 Eki 2021 Çar, 09:31", "27 Ekim 2021 Çarşamba 09:31",
        "{}, 27 Eki 2021 Çar, 09:31 tarihinde şunu yazdı:",
    ),
    "uk": Words(
        "Від | Кому | Копія | Тема", "Дата | Відправлено", "Переслане повідомлення | Перенаправлене повідомлення",
        "Початок листа, що пересилається", "Вихідне повідомлення", "FW | RE", "ср, 27 жовт. 2021 о 09:31",
        "27 жовтня 2021 р. 9:31", "ср, 27 жовт. 2021 о 09:31 {} пише:",
    ),
    "zh-CN": Words(
        "发件人 | 收件人 | 抄送 | 主题", "日期 | 发送时间", "转发的消息 | 转发的邮件", "开始转发的邮件", "原始邮件",
        "转发 | 答复", "2021年10月27日周三 09:31", "2021年10月27日 9:31", "{} 于2021年10月27日周三 09:31写道：",
    ),
    "zh-TW": Words(
        "寄件者 | 收件者 | 副本 | 主旨", "日期 | 寄件日期", "轉寄的郵件 | 轉寄的郵件", "開始轉寄郵件", "原始郵件",
        "轉寄 | 回覆", "2021年10月27日 週三 上午9:31", "2021年10月27日 上午 09:31",
        "{} 於 2021年10月27日 週三 上午9:31寫道：",
    ),
}  # fmt: skip
"""In the order of the codes of the languages."""

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
    **dict.fromkeys(
        (gmail, apple, ios, outlook, outlook_classic, thunderbird, yahoo, hubspot, samsung, ionos), tuple(WORDS)
    ),
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
