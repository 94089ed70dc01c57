"""How mail programs write a forwarded mail into a text: data per language and per program, for :mod:`.forward`.

Variants are separated by ``|``. Case, Unicode composition, kinds of colons and invisible characters do not matter.
"""

# ruff: noqa: RUF001  letters of other alphabets are intended
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


# One paragraph per language.
# fmt: off
LANGUAGES = (
    Language(
        "en", sender="From", date="Date | Sent | Sent on", subject="Subject", to="To", cc="Cc | Copy",
        reply_to="Reply-To | Reply to",
        other="Bcc | Importance | Priority | Attachments | Sensitivity | Organization | Sender | Categories"
        " | Message-ID | Resent-Comments | Resent-Date | Resent-From | Resent-To | Resent-CC",
        forwarded="Forwarded message | Forwarded mail | Forwarded email | Forwarded e-mail"
        " | Start of forwarded message",
        begin="Begin forwarded message | Begin forwarded email | Forwarded message",
        original="Original message | Original email | Original e-mail | Original mail",
        end="End of forwarded message | End forwarded message | End of message", prefixes="FW | Fwd | Fw | FYI",
        wrote="wrote | writes", around="On | at | by",
        months="January | February | March | April | May | June | July | August | September | October"
        " | November | December",
        am="AM | a.m.", pm="PM | p.m.", order="",
    ),
    Language(
        "cs", sender="Od | Odesílatel", date="Datum | Odesláno | Odesláno dne", subject="Předmět | Věc",
        to="Adresát | Komu | Pro | Příjemce", cc="Kopie | Kopie (CC)",
        reply_to="Adresa pro odpověď | Odpověď na | Odpovědět na | Odpovědět",
        other="Společnost | Skrytá kopie | Komentář k přeposlání | Přeposláno - Datum | Přeposláno - Od"
        " | Přeposláno - Komu | Přeposláno - Kopie | Skrytá | Důležitost | Přílohy",
        forwarded="Přeposlaná zpráva | Přeposílaná zpráva | Přeposlaný e-mail",
        begin="Začátek přeposílané zprávy | Začátek přeposlané zprávy", original="Původní zpráva | Původní e-mail",
        end="Konec přeposlané zprávy", prefixes="Přep | Přeposláno | Předáno", wrote="napsal | napsala | napsal(a)",
        around="Dne | v | uživatel",
        months="leden ledna | únor února | březen března | duben dubna | květen května | červen června čvn"
        " | červenec července čvc | srpen srpna | září | říjen října | listopadu | prosinec prosince",
        am="dop. | dop", pm="odp. | odp",
    ),
    Language(
        "da", sender="Fra", date="Dato | Sendt", subject="Emne", to="Til", cc="Kopi til (CC) | Cc | Kopi",
        reply_to="Svar-Til | Svar til",
        other="Organisation | Skjult kopi til (BCC) | Gensendt-kommentarer | Gensendt-dato | Gensendt-fra"
        " | Gensendt-til | Gensendt-CC | Prioritet | Vigtighed | Vedhæftede filer",
        forwarded="Videresendt meddelelse | Videresendt besked | Videresendt mail",
        begin="Start på videresendt besked | Start på videresendt meddelelse",
        original="Original besked | Oprindelig meddelelse | Oprindelig besked | Original meddelelse | Oprindelig mail",
        prefixes="VS | Videresend | Videresendt", wrote="skrev", around="D. | Den | kl. | følgende",
        months="januar | februar | marts | april | maj | juni | juli | august | september | oktober"
        " | november | december",
    ),
    Language(
        "de", sender="Von | Absender", date="Datum | Gesendet | Gesendet am", subject="Betreff", to="An | Empfänger",
        cc="Cc | Kopie | Kopie (CC)", reply_to="Antwort an | Antworten an",
        other="Organisation | Blindkopie (BCC) | Weitersenden-Kommentare | Weitersenden-Datum | Weitersenden-Von"
        " | Weitersenden-An | Weitersenden-CC | Newsgruppen | Followup-An | Wichtigkeit | Priorität | Anlagen"
        " | Vertraulichkeit | Blindkopie",
        forwarded="Weitergeleitete Nachricht | Weitergeleitete E-Mail | Weitergeleitete Mail",
        begin="Anfang der weitergeleiteten Nachricht | Anfang der weitergeleiteten E-Mail",
        original="Ursprüngliche Nachricht | Originalnachricht | Original-Nachricht | Ursprüngliche E-Mail"
        " | Originalmail",
        end="Ende der weitergeleiteten Nachricht", prefixes="WG | Weiterleitung | Wtr", wrote="schrieb | geschrieben",
        around="Am | um | Uhr | hat",
        months="Januar Jänner | Februar Feber | März Mrz Maerz | April | Mai | Juni | Juli | August"
        " | September | Oktober | November | Dezember",
        am="vorm.", pm="nachm.",
    ),
    Language(
        "es", sender="De | Remitente", date="Fecha | Enviado | Enviado el | Enviada | Enviado a las",
        subject="Asunto", to="Para | A | Destinatario", cc="Cc | Copia", reply_to="Responder a",
        other="Organización | Importancia | Prioridad | Datos adjuntos | CCO",
        forwarded="Mensaje reenviado | Correo reenviado",
        begin="Inicio del mensaje reenviado", original="Mensaje original | Correo original",
        end="Fin del mensaje reenviado", prefixes="RV | Reenviado | Reenv", wrote="escribió", around="El | a | las",
        months="enero | febrero | marzo | abril | mayo | junio | julio | agosto | septiembre setiembre"
        " | octubre | noviembre | diciembre",
        am="a. m.", pm="p. m.",
    ),
    Language(
        "et", sender="Saatja | Kellelt", date="Kuupäev | Saadetud | Saatmisaeg", subject="Teema",
        to="Saaja | Kellele | Adressaat", cc="Koopia | Koopia saaja",
        other="Organisatsioon | Pimekoopia | Edasisaatmise kommentaarid | Edasisaatmise kuupäev | Edastatud aadressilt"
        " | Edastatud aadressile | Edastatud koopia", reply_to="Vastamise aadress | Vasta",
        forwarded="Edastatud kiri | Edastatud sõnum", begin="Edastatud kirja algus",
        original="Algne kiri | Algne sõnum | Originaalkiri", prefixes="Edasi | Ed", replies="VS", wrote="kirjutas",
        around="Kuupäeval | kell",
        months="jaanuar | veebruar | märts | aprill | mai | juuni | juuli | august | september | oktoober"
        " | november | detsember",
    ),
    Language(
        "fi", sender="Lähettäjä", date="Päivämäärä | Päiväys | Lähetetty", subject="Aihe", to="Vastaanottaja",
        cc="Kopio", reply_to="Vastaus | Vastausosoite",
        other="Järjestö | Uudelleenlähetys-Kommentit | Uudelleenlähetys-Päivämäärä | Uudelleenlähetys-Lähettäjä"
        " | Uudelleenlähetys-Vastaanottaja | Uudelleenlähetetty-CC | Tärkeys | Prioriteetti | Liitteet | Piilokopio",
        forwarded="Edelleenlähetetty viesti | Välitetty viesti | Välitetty viesti / Fwd.Msg",
        begin="Välitetty viesti alkaa", original="Alkuperäinen viesti", prefixes="VL", replies="VS",
        wrote="kirjoitti", around="klo",
        months="tammikuuta | helmikuuta | maaliskuuta | huhtikuuta | toukokuuta | kesäkuuta | heinäkuuta"
        " | elokuuta | syyskuuta | lokakuuta | marraskuuta | joulukuuta",
        am="ap. | ap", pm="ip. | ip",
    ),
    Language(
        "fr", sender="De | Expéditeur", date="Date | Envoyé | Envoyé le", subject="Objet | Sujet",
        to="À | A | Pour | Destinataire", cc="Cc | Copie | Copie à", reply_to="Répondre à",
        other="Organisation | Copie cachée à | Commentaires du renvoi | Date de renvoi | De (renvoi) | Pour (renvoi)"
        " | Copie (renvoi) | Importance | Priorité | Pièces jointes | Cci",
        forwarded="Mail transféré | Message transféré | Message transmis | Courriel transféré | Message réexpédié",
        begin="Début du message réexpédié | Début du message transféré",
        original="Message d'origine | Message original | Courriel original | Message d’origine",
        end="Fin du message transféré", prefixes="TR | Transf", wrote="a écrit", around="Le | à",
        months="janvier | février fevrier | mars | avril | mai | juin | juillet juil | août aout | septembre"
        " | octobre | novembre | décembre",
    ),
    Language(
        "hr", sender="Šalje | Od | Pošiljatelj", date="Datum | Poslano", subject="Predmet | Naslov",
        to="Prima | Za | Primatelj | Kome", cc="Cc | Kopija", reply_to="Odgovor-na | Odgovori na",
        other="Organizacija | Ponovno poslan-Komentari | Ponovno poslan-Datum | Ponovno poslan-Šalje"
        " | Ponovno poslan-Prima | Ponovno poslan-CC | Važnost | Prioritet | Privici", forwarded="Proslijeđena poruka",
        begin="Započni proslijeđenu poruku | Početak proslijeđene poruke",
        original="Izvorna poruka | Originalna poruka", prefixes="Prosl | Proslijeđeno",
        wrote="je napisao | je napisala | napisao | napisala | je napisao/la | je napisao/napisala",
        around="Dana | u | korisnik",
        months="siječnja siječanj | veljače veljača | ožujka ožujak | travnja travanj | svibnja svibanj"
        " | lipnja lipanj | srpnja srpanj | kolovoza | rujna rujan | listopada | studenoga studeni"
        " | prosinca prosinac",
    ),
    Language(
        "hu", sender="Feladó | Küldő", date="Dátum | Küldve | Elküldve | Küldés dátuma", subject="Tárgy",
        to="Címzett | Kinek", cc="Másolat | Másolatot kap", reply_to="Válaszcím",
        other="Szervezet | Újraküldés megjegyzései | Újraküldés dátuma | Újraküldés feladója | Újraküldés címzettje"
        " | Újraküldés CC | Fontosság | Prioritás | Mellékletek | Titkos másolat",
        forwarded="Továbbított üzenet | Továbbított levél",
        begin="Továbbított levél kezdete | Továbbított üzenet kezdete", original="Eredeti üzenet | Eredeti levél",
        prefixes="Továbbítás | Tov | Továbbított", wrote="ezt írta | írta", around="időpontban | a következőt",
        months="január | február | március | április | május | június | július | augusztus | szeptember"
        " | október | november | december",
        am="de. | de", pm="du. | du", order="ymd",
    ),
    Language(
        "it", sender="Da | Mittente", date="Data | Inviato | Data invio", subject="Oggetto",
        to="A | Destinatario | Per", cc="Cc | Copia", reply_to="Rispondi-a | Rispondi a",
        other="Organizzazione | Rispedito-Commenti | Rispedito-Data | Rispedito-Da | Rispedito-A | Rispedito-CC"
        " | Priorità | Importanza | Allegati | Ccn", forwarded="Messaggio inoltrato | Messaggio inoltrato da",
        begin="Inizio messaggio inoltrato", original="Messaggio originale | Messaggio d'origine",
        end="Fine messaggio inoltrato", prefixes="I | Inoltra | Inoltro | Inolt", wrote="ha scritto",
        around="Il | giorno | alle | ore",
        months="gennaio | febbraio | marzo | aprile | maggio | giugno | luglio | agosto | settembre"
        " | ottobre | novembre | dicembre",
    ),
    Language(
        "ja", sender="差出人 | 送信者 | 送信元", date="日付 | 送信日時 | 日時 | 送信日", subject="件名",
        to="宛先 | 送信先", cc="Cc | 写し", reply_to="返信先", other="重要度 | 優先度 | 添付ファイル",
        forwarded="転送されたメッセージ | メッセージを転送 | 転送メッセージ | 転送メール | 転送されたメール",
        begin="転送されたメッセージ | 転送されたメール | 転送メール",
        original="元のメッセージ | オリジナルメッセージ | 元のメール | 元メッセージ",
        end="転送されたメッセージの終わり", prefixes="転送", wrote="のメール | のメッセージ | 書きました",
        around="さんは | さん | に | に書きました", am="午前", pm="午後", order="ymd",
    ),
    Language(
        "ko", sender="보낸 사람 | 보낸사람 | 발신자 | 발신 | 보낸이",
        date="날짜 | 보낸 날짜 | 보낸날짜 | 일시 | 보낸 시간",
        subject="제목",
        to="받는 사람 | 받는사람 | 받은 사람 | 수신자 | 수신 | 받는이", cc="참조",
        reply_to="회신 주소 | 답장 받는 사람",
        other="소속 | 최근 주석 | 최근 날짜 | 최근 보낸 사람 | 최근 받는 사람 | 최근 참조 | 중요도 | 우선순위"
        " | 첨부 파일 | 숨은 참조",
        forwarded="전달된 메시지 | 전달한 메시지 | 전달된 메일 | 전달된 이메일",
        begin="전달된 메시지 | 전달된 메시지 시작 | 다음은 전달된 메시지입니다",
        original="원본 메시지 | 원본 이메일 | 원본 메일 | 원래 메시지", prefixes="전달",
        wrote="작성 | 님이 작성 | 썼습니다", around="님이 | 작성한 메시지", am="오전", pm="오후", order="ymd",
    ),
    Language(
        "nl", sender="Van | Afzender", date="Datum | Verzonden | Verzonden op", subject="Onderwerp", to="Aan",
        cc="Cc | Kopie", reply_to="Antwoord-naar | Antwoord aan | Beantwoorden",
        other="Organisatie | Opnieuw-verstuurd-opmerkingen | Opnieuw-verstuurd-datum | Opnieuw-verstuurd-van"
        " | Opnieuw-verstuurd-aan | Opnieuw-verstuurd-CC | Urgentie | Prioriteit | Bijlagen",
        forwarded="Doorgestuurd bericht | Doorgestuurde e-mail", begin="Begin doorgestuurd bericht",
        original="Oorspronkelijk bericht | Origineel bericht | Oorspronkelijk e-mailbericht"
        " | Oorspronkelijke e-mail",
        prefixes="Doorst | Doorgestuurd", wrote="schreef | geschreven", around="Op | heeft | om | het volgende",
        months="januari | februari | maart mrt | april | mei | juni | juli | augustus | september | oktober"
        " | november | december",
    ),
    Language(
        "no", sender="Fra", date="Dato | Sendt", subject="Emne", to="Til", cc="Kopi", reply_to="Svar-Til | Svar til",
        other="Organisasjon | Blindkopi | Omsendt-Kommentarer | Omsendt-Dato | Omsendt-Fra | Omsendt-Til | Omsendt-CC"
        " | Prioritet | Viktighet | Vedlegg", forwarded="Videresendt melding | Videresendt e-post",
        begin="Videresendt melding | Start på videresendt melding",
        original="Opprinnelig melding | Original melding | Opprinnelig e-post",
        prefixes="VS | Videresend | Videresendt", wrote="skrev", around="den | kl. | følgende",
        months="januar | februar | mars | april | mai | juni | juli | august | september | oktober"
        " | november | desember",
    ),
    Language(
        "pl", sender="Od | Nadawca", date="Data | Wysłano | Wysłane", subject="Temat", to="Do | Adresat | Odbiorca",
        cc="Dw | Kopia | Do wiadomości", reply_to="Odpowiedź-Do | Odpowiedz do | Odpowiedź do",
        other="Firma/Organizacja | Ukryta kopia | Odesłano-Komentarze | Odesłano-Data | Odesłano-Od | Odesłano-Do"
        " | Odesłano-Kopia | Ważność | Priorytet | Załączniki | Udw",
        forwarded="Przekazana wiadomość | Treść przekazanej wiadomości | Wiadomość przesłana dalej"
        " | Przesłana wiadomość | Wiadomość przekazana",
        begin="Początek przekazywanej wiadomości | Początek przekazanej wiadomości",
        original="Wiadomość oryginalna | Oryginalna wiadomość | Treść oryginalnej wiadomości", prefixes="PD | Przek",
        wrote="napisał | napisała | napisał(a) | pisze", around="Dnia | W dniu | użytkownik | o | godz.",
        months="stycznia styczeń | lutego luty | marca marzec | kwietnia kwiecień | maja | czerwca czerwiec"
        " | lipca lipiec | sierpnia sierpień | września wrzesień | października październik | listopada"
        " | grudnia grudzień",
    ),
    Language(
        "pt", sender="De | Remetente", date="Data | Enviada | Enviado | Enviado em | Enviada em", subject="Assunto",
        to="Para | Destinatário", cc="Cc | Cópia", reply_to="Responder-Para | Responder para | Responder a",
        other="Organização | Comentários reenviados | Reenviar-Data | Reenviar-De | Reenviar-Para | Reenviar-CC"
        " | Importância | Prioridade | Anexos | Cco | Bcc",
        forwarded="Mensagem reencaminhada | Mensagem encaminhada", begin="Início da mensagem reencaminhada",
        original="Mensagem original", end="Fim da mensagem reencaminhada", prefixes="ENC | Reenc", wrote="escreveu",
        around="Em | A | às | à(s) | no dia",
        months="janeiro | fevereiro | março | abril | maio | junho | julho | agosto | setembro | outubro"
        " | novembro | dezembro",
    ),
    Language(
        "pt-BR", sender="De | Remetente", date="Data | Enviada em | Enviado em | Enviado", subject="Assunto",
        to="Para | Destinatário", cc="Cc | Cópia", reply_to="Responder para | Responder a",
        other="Organização | Importância | Prioridade | Anexos | Cco",
        forwarded="Mensagem encaminhada | E-mail encaminhado",
        begin="Início da mensagem encaminhada", original="Mensagem original", end="Fim da mensagem encaminhada",
        prefixes="ENC", wrote="escreveu", around="Em | às | no dia",
        months="janeiro | fevereiro | março | abril | maio | junho | julho | agosto | setembro | outubro"
        " | novembro | dezembro",
    ),
    Language(
        "ro", sender="De la | Expeditorul | Expeditor", date="Dată | Data | Trimis | Trimis la",
        subject="Subiect | Subiectul", to="Destinatar | Către | Destinatarul | La", cc="Copie (CC) | Cc | Copie",
        reply_to="Răspunde la | Răspuns către | Răspundeți la",
        other="Organizație | Comentarii retrimitere | Retrimis la data | Retrimis de la | Retrimis către"
        " | CC retrimitere | Importanță | Prioritate | Atașări",
        forwarded="Mesaj redirecționat | Mesaj redirecţionat | Mesaj retransmis",
        begin="Începe mesajul redirecționat | Începutul mesajului redirecționat",
        original="Mesaj original | Mesajul original", prefixes="Redir. | Redirecționat", wrote="a scris",
        around="În | data | de | pe | la",
        months="ianuarie | februarie | martie | aprilie | mai | iunie | iulie | august | septembrie"
        " | octombrie | noiembrie | decembrie",
    ),
    Language(
        "ru", sender="От | Отправитель | От кого", date="Дата | Отправлено", subject="Тема", to="Кому | Получатель",
        cc="Копия", reply_to="Отвечать | Ответить | Кому ответить",
        other="Организация | Переотправка-Комментарии | Переотправка-Дата | Переотправка-От | Переотправка-Кому"
        " | Переотправка-Копия | Важность | Приоритет | Вложения | Скрытая копия",
        forwarded="Пересылаемое сообщение | Перенаправленное сообщение | Пересланное сообщение"
        " | Переадресованное сообщение | Пересылаемое письмо | Пересланное письмо",
        begin="Начало переадресованного сообщения | Начало пересылаемого сообщения",
        original="Исходное сообщение | Оригинальное сообщение | Исходное письмо | Первоначальное сообщение",
        end="Конец пересылаемого сообщения | Завершение пересылаемого сообщения | Конец пересланного сообщения",
        prefixes="ПЕР | Пересл | НА", wrote="написал | написала | пишет | писал | писал(а) | написал(а)",
        around="пользователь | в | г.",
        months="января январь | февраля февраль | марта март | апреля апрель | мая май | июня июнь"
        " | июля июль | августа | сентября сентябрь | октября октябрь | ноября ноябрь | декабря декабрь",
    ),
    Language(
        "sk", sender="Od | Odosielateľ", date="Dátum | Odoslané", subject="Predmet",
        to="Adresát | Komu | Pre | Príjemca",
        cc="Kópia", reply_to="Odpovedať na | Odpovedať | Odpoveď na",
        other="Organizácia | Skrytá kópia | Znovu odoslané - komentáre | Znovu odoslané - dátum | Znovu odoslané - od"
        " | Znovu odoslané - komu | Znovu odoslané - kópia | Dôležitosť | Priorita | Prílohy",
        forwarded="Preposlaná správa", begin="Začiatok preposlanej správy",
        original="Pôvodná správa | Pôvodný e-mail", prefixes="Prep | Preposlané",
        wrote="napísal | napísala | napísal(a)", around="Dňa | používateľ | o",
        months="januára január | februára február | marca marec | apríla apríl | mája máj | júna jún"
        " | júla júl | augusta | septembra | októbra | novembra | decembra",
    ),
    Language(
        "sv", sender="Från | Avsändare", date="Datum | Skickat | Skickades", subject="Ämne", to="Till | Mottagare",
        cc="Kopia", reply_to="Svara till | Svar till",
        other="Organisation | Dold kopia | Återsänt-Kommentarer | Återsänt-Datum | Återsänt-Från | Återsänt-Till"
        " | Återsänt-Kopia | Prioritet | Angelägenhetsgrad | Bifogade filer",
        forwarded="Vidarebefordrat meddelande | Vidarebefordrat mejl | Vidarebefordrat brev",
        begin="Vidarebefordrat mejl | Vidarebefordrat brev | Vidarebefordrat meddelande",
        original="Originalmeddelande | Ursprungligt meddelande | Ursprungsmeddelande",
        prefixes="VB | Vidarebefordrat", wrote="skrev", around="Den | kl. | kl | följande",
        months="januari | februari | mars | april | maj | juni | juli | augusti | september | oktober"
        " | november | december",
        am="fm", pm="em",
    ),
    Language(
        "tr", sender="Kimden | Gönderen", date="Tarih | Gönderilen | Gönderme Tarihi | Gönderilme Tarihi",
        subject="Konu", to="Kime | Alıcı", cc="Bilgi | Karbon Kopya", reply_to="Yanıtla | Yanıt adresi",
        other="Kurum | Önem | Öncelik | Ekler | Gizli",
        forwarded="İletilmiş İleti | İletilmiş Mesaj | İletilen İleti | Yönlendirilen ileti | İletilen mesaj"
        " | İletilen e-posta",
        begin="İleti başlangıcı | İletilen ileti başlangıcı | Yönlendirilen ileti",
        original="Orijinal İleti | Orijinal Mesaj | Özgün İleti | Özgün mesaj | Orijinal e-posta",
        prefixes="İLT | Ynl", wrote="şunu yazdı | yazdı | şunları yazdı", around="tarihinde | saat",
        months="Ocak | Şubat | Mart | Nisan | Mayıs | Haziran | Temmuz | Ağustos | Eylül | Ekim | Kasım | Aralık",
        am="ÖÖ", pm="ÖS",
    ),
    Language(
        "uk", sender="Від | Від кого | Відправник", date="Дата | Відправлено | Надіслано", subject="Тема",
        to="Кому | Одержувач", cc="Копія", reply_to="Відповісти | Відповідь",
        other="Організація | Пересилання-Коментарі | Пересилання-Дата | Пересилання-Від | Пересилання-Кому"
        " | Пересилання-Копія | Важливість | Пріоритет | Вкладення | Прихована копія",
        forwarded="Переслане повідомлення | Перенаправлене повідомлення | Переслане вихідне повідомлення"
        " | Пересланий лист",
        begin="Початок листа, що пересилається | Початок пересланого повідомлення",
        original="Вихідне повідомлення | Оригінальне повідомлення | Початкове повідомлення",
        end="Кінець пересланого повідомлення", prefixes="Пер | Пересл",
        wrote="пише | написав | написала | написав(-ла)", around="користувач | о | р.",
        months="січня січень | лютого лютий | березня березень | квітня квітень | травня травень"
        " | червня червень | липня липень | серпня серпень | вересня вересень | жовтня жовтень | листопада"
        " | грудня грудень",
        am="дп", pm="пп",
    ),
    Language(
        "zh-CN", sender="发件人 | 寄件人 | 发信人", date="日期 | 发送时间 | 发送日期 | 时间 | 发件时间",
        subject="主题 | 标题", to="收件人 | 收信人", cc="抄送 | 抄送人", reply_to="回复地址 | 回复至 | 回复",
        other="组织 | 重新发送注释 | 重新发送日期 | 重新发送收件人 | 重新发送抄送 | 重要性 | 优先级 | 附件 | 密送",
        forwarded="转发的消息 | 转发的邮件 | 转发邮件 | 转发邮件信息 | 转发的邮件信息 | 已转发邮件 | 转发消息",
        begin="开始转发的邮件 | 开始转发邮件 | 以下是转发的邮件 | 转发的邮件 | 下面是被转发的邮件 | 转发的消息",
        original="原始邮件 | 邮件原件 | 原邮件 | 原始信息 | 原始消息", end="转发邮件结束", prefixes="转发",
        wrote="写道", around="于 | 在", am="上午 | 凌晨 | 早上 | 清晨", pm="下午 | 中午 | 晚上 | 傍晚", order="ymd",
    ),
    Language(
        "zh-TW", sender="寄件者 | 寄件人 | 從", date="日期 | 寄件日期 | 傳送日期 | 傳送時間 | 已傳送",
        subject="主旨 | 標題 | 主題", to="到 | 收件者 | 收件人 | 至", cc="副本 | 副本抄送",
        reply_to="回函地址 | 回覆至 | 回覆給 | 回信地址",
        other="公司 | 密件副本 (BCC) | 重寄註解 | 重寄日期 | 重寄來源 (From) | 重寄收件者 (To) | 重寄副本 (CC)"
        " | 重要性 | 優先順序 | 附件 | 密件副本",
        forwarded="轉寄的郵件 | 轉寄郵件 | 轉寄訊息 | 轉寄的訊息 | 轉寄的信件 | 已轉寄的郵件 | 轉寄信件",
        begin="開始轉寄郵件 | 開始轉寄的郵件 | 以下是轉寄的郵件 | 轉寄的郵件",
        original="原始郵件 | 原始訊息 | 原始信件", end="轉寄郵件結束", prefixes="轉寄 | 轉發", wrote="寫道",
        around="於 | 在", am="上午 | 凌晨 | 清晨", pm="下午 | 中午 | 晚上", order="ymd",
    ),
)
# fmt: on

ANSWERS = (
    "Re | Aw | Antw | Antwort | Sv | Vs | Res | Resp | Rép | R | Rif | Risp | Odp | Hl | Vá | Válasz | Atb"
    " | Vast | Ynt | Yan | Ats | Απ | Отв | Ответ | Відп | Σχετ | 回复 | 答复 | 回覆 | 答覆 | 返信 | 답장 | 회신"
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
