"""Words of mail programs in all languages, once more, apart from the rules that are tested with them."""

# ruff: noqa: RUF001  letters of other alphabets are meant
from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """Words of one language.

    :param str labels: From, To, Cc, Subject
    :param str dates: Date, Sent
    :param str forwarded: titles of Thunderbird and of Yahoo
    :param str apple: sentence of Apple Mail; empty if unknown
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
    "ca": Words(
        "De | Per a | Cc | Assumpte", "Data | Enviat el", "Missatge reenviat | Missatge reenviat",
        "", "Missatge original", "FW | RE", "dc., 27 d’oct. 2021 a les 9:31",
        "dimecres, 27 d’octubre de 2021 9:31", "El dc., 27 d’oct. 2021 a les 9:31, {} va escriure:",
    ),
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
    "id": Words(
        "Dari | Kepada | Cc | Subjek", "Tanggal | Dikirim", "Pesan Diteruskan | Pesan Diteruskan",
        "", "Pesan Asli", "TRS | BLS", "Rab, 27 Okt 2021 pukul 09.31",
        "Rabu, 27 Oktober 2021 09:31", "Pada tanggal Rab, 27 Okt 2021 pukul 09.31 {} menulis:",
    ),
    "is": Words(
        "Frá | Til | Afrit | Efni", "Dagsetning | Sent", "Áframsendur póstur | Áframsendur póstur",
        "", "Upprunalegur póstur", "FS | SV", "mið., 27. okt. 2021 kl. 09:31",
        "miðvikudagur, 27. október 2021 09:31", "Þann 27. október 2021 kl. 09:31 skrifaði {}:",
    ),
    "it": Words(
        "Da | A | Cc | Oggetto", "Data | Inviato", "Messaggio Inoltrato | Messaggio inoltrato",
        "Inizio messaggio inoltrato", "Messaggio originale", "I | R", "mer 27 ott 2021 alle ore 09:31",
        "mercoledì 27 ottobre 2021 09:31", "Il giorno mer 27 ott 2021 alle ore 09:31 {} ha scritto:",
    ),
    "lt": Words(
        "Nuo | Kam | Kopija | Tema", "Data | Išsiųsta", "Persiųstas laiškas | Persiųstas laiškas",
        "", "Originalus laiškas", "FW | RE", "2021-10-27, tr, 09:31",
        "2021 m. spalio 27 d., trečiadienis 09:31", "2021-10-27, tr, 09:31 {} rašė:",
    ),
    "lv": Words(
        "No | Kam | Kopija | Tēma", "Datums | Nosūtīts", "Pārsūtītā vēstule | Pārsūtītā vēstule",
        "", "Sākotnējā vēstule", "FW | RE", "trešd., 2021. g. 27. okt., plkst. 09:31",
        "trešdiena, 2021. gada 27. oktobris 09:31", "Trešd., 2021. g. 27. okt., plkst. 09:31 — lietotājs {} rakstīja:",
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
    "sk": Words(
        "Od | Komu | Kópia | Predmet", "Dátum | Odoslané",
        "Preposlaná správa --- Forwarded Message | Preposlaná správa",
        "Začiatok preposlanej správy", "Pôvodná správa", "FW | RE", "st 27. 10. 2021 o 9:31",
        "streda 27. októbra 2021 9:31", "st 27. 10. 2021 o 9:31 {} napísal(a):",
    ),
    "sl": Words(
        "Od | Za | Kp | Zadeva", "Datum | Poslano", "Posredovano sporočilo | Posredovano sporočilo",
        "", "Izvirno sporočilo", "FW | RE", "sre., 27. okt. 2021 ob 09:31",
        "sreda, 27. oktober 2021 09:31", "Dne 27. 10. 2021 ob 09:31 je {} napisal(a):",
    ),
    "sr-Latn": Words(
        "Od | Za | Cc | Naslov", "Datum | Poslato", "Prosleđena poruka | Prosleđena poruka",
        "", "Originalna poruka", "FW | RE", "sre, 27. okt 2021. u 09:31",
        "sreda, 27. oktobar 2021. 09:31", "Dana 27. oktobar 2021. u 09:31, {} je napisao:",
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
    "vi": Words(
        "Từ | Đến | Cc | Chủ đề", "Ngày | Đã gửi", "Tin nhắn đã được chuyển tiếp | Tin nhắn đã được chuyển tiếp",
        "", "Thư gốc", "FW | RE", "Th 4, 27 thg 10, 2021 vào lúc 9:31",
        "Thứ Tư, 27 tháng 10, 2021 9:31 SA", "Vào Th 4, 27 thg 10, 2021 vào lúc 9:31 {} đã viết:",
    ),
    "ar": Words(
        "من | إلى | نسخة | الموضوع", "التاريخ | تم الإرسال", "رسالة ممرّرة | رسالة ممرّرة",
        "", "الرسالة الأصلية", "FW | RE", "الأربعاء، 27 أكتوبر 2021 في 9:31 ص",
        "الأربعاء، ٢٧ أكتوبر ٢٠٢١ ٩:٣١ ص", "في 27 أكتوبر 2021 09:31، كتب {}:",
    ),
    "bg": Words(
        "От | До | Копие | Относно", "Дата | Изпратено", "Препратено писмо | Препратено писмо",
        "", "Оригинално писмо", "FW | RE", "ср, 27.10.2021 г. в 9:31",
        "сряда, 27 октомври 2021 г. 9:31", "На ср, 27.10.2021 г. в 9:31 {} написа:",
    ),
    "el": Words(
        "Από | Προς | Κοιν. | Θέμα", "Ημερομηνία | Στάλθηκε", "Προωθημένο μήνυμα | Προωθημένο μήνυμα",
        "", "Αρχικό μήνυμα", "ΠΡΘ | ΑΠ", "Τετ 27 Οκτ 2021 στις 9:31 π.μ.",
        "Τετάρτη, 27 Οκτωβρίου 2021 9:31 πμ", "Στις Τετ 27 Οκτ 2021 στις 9:31 π.μ., ο/η {} έγραψε:",
    ),
    "he": Words(
        "מאת | אל | עותק | נושא", "תאריך | נשלח", "הודעה שהועברה | הודעה שהועברה",
        "", "הודעה מקורית", "FW | RE", "יום ד׳, 27 באוק׳ 2021 ב-9:31",
        "יום רביעי 27 אוקטובר 2021 09:31", "בתאריך 27 באוקטובר 2021 בשעה 09:31, {} כתב:",
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
    "ru": Words(
        "От | Кому | Копия | Тема", "Дата | Отправлено", "Перенаправленное сообщение | Пересылаемое сообщение",
        "Начало переадресованного сообщения", "Исходное сообщение", "FW | RE", "ср, 27 окт. 2021 г. в 09:31",
        "27 октября 2021 г. 9:31", "ср, 27 окт. 2021 г. в 09:31, {}:",
    ),
    "sr": Words(
        "Шаље | Прима | Копија | Наслов", "Датум | Послато", "Прослеђена порука | Прослеђена порука",
        "", "Изворна порука", "FW | RE", "сре, 27. окт 2021. у 09:31",
        "среда, 27. октобар 2021. 09:31", "Дана 27. 10. 2021. у 09:31, {} пише:",
    ),
    "th": Words(
        "จาก | ถึง | สำเนา | เรื่อง", "วันที่ | ส่ง", "ข้อความที่ส่งต่อ | ข้อความที่ส่งต่อ",
        "", "ข้อความต้นฉบับ", "FW | RE", "พ. 27 ต.ค. 2021 เวลา 9:31",
        "27 ตุลาคม 2564 9:31", "เมื่อ พ. 27 ต.ค. 2021 เวลา 9:31 {} เขียนว่า:",
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
