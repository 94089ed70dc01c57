"""Words of mail programs in languages with Latin letters, one paragraph per language; see :class:`.Language`."""

# ruff: noqa: RUF001  letters of all these languages are intended
from .forward_language import Language

# fmt: off
LATIN = (
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
        "ca", sender="De | Remitent | Missatge de", date="Data | Enviat | Enviat el", subject="Assumpte | Tema",
        to="Per a | A | Destinatari", cc="Cc | A/c", reply_to="Respon a",
        other="Organització | Importància | Prioritat | Fitxers adjunts", forwarded="Missatge reenviat",
        original="Missatge original", wrote="ha escrit | va escriure",
        around="El | a les | del dia | Missatge de | en/na",
        months="gener | febrer | març | abril | maig | juny | juliol | agost ag | setembre | octubre | novembre"
        " | desembre",
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
        "id", sender="Dari | Pengirim", date="Tanggal | Dikirim | Terkirim", subject="Subjek | Perihal | Judul",
        to="Kepada | Untuk | Penerima", cc="Cc | Tembusan", reply_to="Balas ke | Balas kepada | Membalas ke",
        other="Organisasi", forwarded="Pesan Diteruskan | Pesan yang diteruskan",
        original="Pesan Asli | Isi Pesan Asli", prefixes="TRS", wrote="menulis", around="Pada | tanggal | hari | pukul",
        months="Januari | Februari | Maret | April | Mei | Juni | Juli | Agustus | September | Oktober | November"
        " | Desember",
    ),
    Language(
        "is", sender="Frá | Sendandi", date="Dagsetning | Dags | Sent", subject="Efni | Titill", to="Til",
        cc="Cc | Afrit", reply_to="Svar-Við | Svar til | Svara-til",
        other="Fyrirtæki/Stofnun | Skipulagseining | Falið afrit", forwarded="Áframsendur póstur",
        original="Upprunalegur póstur | Upprunaleg skilaboð | Upprunalegt bréf", prefixes="FS", wrote="skrifaði",
        around="Þann | kl. | kl",
        months="janúar | febrúar | mars | apríl | maí | júní | júlí | ágúst | september | október | nóvember"
        " | desember",
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
        "lt", sender="Nuo | Kas | Siuntėjas", date="Data | Išsiųsta", subject="Tema", to="Kam | Gavėjas", cc="Kopija",
        reply_to="Atgalinis adresas | Atsakyti | Atsakymą gaus",
        other="Įstaiga | Organizacija | Nematomoji kopija | Slaptoji kopija", forwarded="Persiųstas laiškas",
        original="Originalus laiškas | Originalaus laiško tekstas | Originalus pranešimas", wrote="rašė | parašė",
        around="m. | d.",
        months="sausio sausis | vasario vasaris | kovo kovas | balandžio balandis | gegužės gegužė | birželio birželis"
        " | liepos liepa | rugpjūčio rugpjūtis | rugsėjo rugsėjis | spalio spalis | lapkričio lapkritis"
        " | gruodžio gruodis",
        order="ymd",
    ),
    Language(
        "lv", sender="No | Sūtītājs", date="Datums | Nosūtīts", subject="Temats | Tēma", to="Kam", cc="Cc | Kopija",
        reply_to="Atbildēt uz | Atbildēt-Uz", other="Organizācija | Slēpta kopija",
        forwarded="Pārsūtītā vēstule | Pārsūtīta vēstule", original="Sākotnējā vēstule | Sākotnējais ziņojums",
        wrote="rakstīja", around="plkst. | gada | g. | lietotājs",
        months="janvāris | februāris | marts | aprīlis | maijs | jūnijs | jūlijs | augusts | septembris | oktobris"
        " | novembris | decembris",
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
        "sl", sender="Od | Pošiljatelj", date="Datum | Poslano", subject="Zadeva", to="Za", cc="Kp | Kopija",
        reply_to="Odgovori za | Odgovor na | Odgovori", other="Organizacija | Skp", forwarded="Posredovano sporočilo",
        original="Izvirno sporočilo | Izvorno sporočilo",
        wrote="je napisal | je napisala | napisal | napisala | je napisal(a) | napisal(a)",
        around="Dne | V | ob | je | oseba",
        months="januar januarja | februar februarja | marec marca | april aprila | maj maja | junij junija"
        " | julij julija | avgust avgusta | september septembra | oktober oktobra | november novembra"
        " | december decembra",
    ),
    Language(
        "sr-Latn", sender="Od | Šalje | Pošiljalac", date="Datum | Poslato", subject="Naslov | Predmet | Tema",
        to="Za | Prima", cc="Cc | Kopija", reply_to="Odgovori | Odgovor za", other="Organizacija",
        forwarded="Prosleđena poruka", original="Originalna poruka | Izvorna poruka",
        wrote="je napisao | je napisala | napisao | napisala | je napisao/la | piše", around="Dana | u | je | korisnik",
        months="januar | februar | mart | april | maj | jun | jul | avgust | septembar | oktobar | novembar | decembar",
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
        "vi", sender="Từ | Gửi từ | Người gửi", date="Ngày | Đã gửi | Ngày gửi", subject="Chủ đề | Tiêu đề",
        to="Đến | Tới | Người nhận | Cho", cc="Cc | Đồng kính gửi", reply_to="Trả lời Tới | Trả lời cho",
        other="Tổ chức", original="Thư gốc | Tin nhắn gốc",
        forwarded="Tin nhắn đã được chuyển tiếp | Thư được chuyển tiếp | Thư đã chuyển tiếp", wrote="đã viết | viết",
        around="Vào | lúc | ngày", am="SA", pm="CH",
    ),
)
# fmt: on
