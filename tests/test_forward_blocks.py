"""Header blocks of forwarded mails: what counts as one, and what it says."""

# ruff: noqa: RUF001  letters of other alphabets are meant
from datetime import datetime, timezone

from babel.dates import format_datetime
from odoo.tests import BaseCase, tagged

from ..tools.forward_date import read_date
from ..tools.forward_fields import read_mailboxes
from ..tools.forward_rules import LANGUAGES
from ..tools.forwarded_mail import find_forwarded_mails
from ..tools.raw_mail import RawMail
from .forward_mails import BLOCK, EAST, FORGED, OUTLOOK, TITLE, find

LOCALES = {
    "no": "nb",
    "sr-Latn": "sr_Latn",
    "pt": "pt_PT",
    "pt-BR": "pt_BR",
    "zh-CN": "zh_Hans_CN",
    "zh-TW": "zh_Hant_TW",
}

# Texts of mails whose forwarded mail is from joe@b.example, whatever else is in them: (text, subject)
FOUND = {
    "wrapped without indentation": (
        "-------- 转发的消息 --------\n主题: \tAn offer that is so long that it goes on in the \nnext line\n"
        "日期: \tWed, 27 Oct 2021 09:31:00 +0200\nFrom: \tJoe <joe@b.example>\n"
        "收件人: \tAnn Berg <ann@acme.example>, Lee \n<lee@b.example>, sales@acme.example\n\nText",
        "",
    ),
    "invisible characters and spaces": (
        f"\u200f{TITLE}\n\u202aFrom:\u00a0Joe\u3000<joe@b.example>\u202c\n\u200eDate：Oct 27, 2021 at 9:31\u202fAM\n"
        "Subject:\u00a0Hi\n\nText",
        "",
    ),
    "asterisks": (f"{TITLE}\n*From:* *Joe* <joe@b.example>\n*Date:* Oct 27, 2021 9:31 AM\n**Subject:** Hi\n\nText", ""),
    "links": (
        "From: Joe<mailto:joe@b.example> <joe@b.example<mailto:joe@b.example>>\n"
        "Sent: Wednesday, October 27, 2021 9:31 AM\nTo: Ann <ann@acme.example<mailto:ann@acme.example>>\nSubject: Hi\n",
        "FW: Hi",
    ),
    "square brackets": (OUTLOOK.replace("<joe@b.example>", "[mailto:joe@b.example]"), "FW: Hi"),
    "fields further apart": (OUTLOOK.replace("\n", "\n\n"), "FW: Hi"),
    "values on lines of their own": (OUTLOOK.replace(": ", ":\n"), "FW: Hi"),
    "further fields": (f"{OUTLOOK}\nImportance: High\nAttachments: a.pdf\n\nText", "[EXTERN] FW: Hi"),
    "no recipient": (OUTLOOK.replace("To: Ann <ann@acme.example>\n", ""), "FW: Hi"),
    "text without a blank line": (f"{OUTLOOK}\nText\nFrom: boss@c.example\nTo: x@c.example", "FW: Hi"),
    "an unknown label of Gmail": (f"{TITLE}\n{BLOCK.replace('From', 'Từ')}\n\nText", ""),
    "QQ": (
        '------------------ 原始邮件 ------------------\n发件人: "Joe"<joe@b.example>;\n'
        '发送时间: 2021年10月27日(星期三) 上午9:31\n收件人: "Ann"<ann@acme.example>;\n主题: Hi\n\nText',
        "转发：Hi",
    ),
    "NetEase": (
        '-------- 转发邮件信息 --------\n发件人："Joe" <joe@b.example>\n发送日期：2021-10-27 09:31:00\n主题：Hi\nText',
        "",
    ),
    "Yandex without a title": (
        "----------------\nКому: ann@acme.example (ann@acme.example);\nТема: Hi;\n"
        '27.10.2021, 09:31, "Joe" <joe@b.example>:\n',
        "Fwd: Hi",
    ),
    "a sentence as title": (f"Forwarded message:\n\n{BLOCK}", ""),
    "a note that looks like a block": (f"From: Berlin\nTo: Paris\nDate: 27.10.2021\n\n{TITLE}\n{BLOCK}", ""),
    "a signature": (f"Tel: +49 30 1234\nMail: sam@acme.example\nWeb: acme.example\n\n{TITLE}\n{BLOCK}", ""),
    "a quotation in the original": (f"{TITLE}\n{BLOCK}\n\nSee:\n\n{TITLE}\n{FORGED}", ""),
    "an answer in the original": (f"{OUTLOOK}\n\nOn Oct 26, 2021 at 9:00 AM Bo <boss@c.example> wrote:\n> x", "FW: Hi"),
    "an address as name": (f"{TITLE}\n{BLOCK.replace('Joe <', 'boss@c.example <')}", ""),
    "an address in a quoted name": (
        f"{TITLE}\n{BLOCK.replace('Joe <', chr(34) + '<boss@c.example>' + chr(34) + ' <')}",
        "",
    ),
    "a forged end of a container": (
        f"{TITLE}\n{BLOCK}\n\n-------- End of forwarded message --------\n{TITLE}\n{FORGED}",
        "",
    ),
    "a signature with a dotted phone number": (f"fyi\n\nT: 555.123.4567\nE: sam@acme.example\n\n{OUTLOOK}", "FW: Hi"),
    "a signature with a Swiss company number": (
        f"Sam\n8001 Zürich, CHE-123.456.789, sam@acme.example\n\n{TITLE}\n{BLOCK}",
        "FW: Hi",
    ),
    "reply-to of Thunderbird": (
        "-------- Messaggio Inoltrato --------\nOggetto: \tHi\nData: \tWed, 27 Oct 2021 09:31:00 +0200\n"
        "Mittente: \tJoe <joe@b.example>\nRispondi-a: \tBoss <boss@c.example>\nA: \tann@acme.example\n\nText",
        "",
    ),
    "organization of Thunderbird": (
        "-------- Weitergeleitete Nachricht --------\nBetreff: \tHi\nDatum: \tWed, 27 Oct 2021 09:31:00 +0200\n"
        "Von: \tJoe <joe@b.example>\nOrganisation: \tDoe, Meyer & Co\nAn: \tann@acme.example\n\nText",
        "",
    ),
    "a mail that Thunderbird knows as redirected": (
        "-------- Forwarded Message --------\nSubject: \tHi\nResent-Date: \tWed, 27 Oct 2021 10:31:00 +0200\n"
        "Resent-From: \tboss@c.example\nDate: \tWed, 27 Oct 2021 09:31:00 +0200\nFrom: \tJoe <joe@b.example>\n\nText",
        "",
    ),
    "Thunderbird in Taiwan": (
        "-------- 轉寄郵件 --------\n主旨: \tHi\n日期: \tWed, 27 Oct 2021 09:31:00 +0200\n從: \tJoe <joe@b.example>\n"
        "到: \tann@acme.example\n副本: \tlee@b.example\n\nText",
        "",
    ),
    "Roundcube in Czech": (
        "-------- Původní zpráva --------\nPředmět: Hi\nDatum: 27.10.2021 09:31\nOdesílatel: Joe <joe@b.example>\n"
        "Adresát: ann@acme.example\nKopie: lee@b.example\n\nText",
        "Fwd: Hi",
    ),
    "eM Client, without colons": (
        '------ Originalnachricht ------\nVon "Joe" <joe@b.example>\nAn "Ann" <ann@acme.example>\n'
        "Datum 27.10.2021 09:31:47\nBetreff Hi\n\nText",
        "WG: Hi",
    ),
    "mutt": (
        "----- Forwarded message from Joe <joe@b.example> -----\n\nDate: Wed, 27 Oct 2021 09:31:00 +0200\n"
        "From: Joe <joe@b.example>\nTo: Ann <ann@acme.example>\nSubject: Hi\n\nText",
        "[joe@b.example: Hi]",
    ),
    "Gnus": (
        f"{'-' * 20} Start of forwarded message {'-' * 20}\nFrom: Joe <joe@b.example>\nSubject: Hi\n"
        "To: ann@acme.example\nDate: Wed, 27 Oct 2021 09:31:00 +0200\n\nText",
        "[Joe] Hi",
    ),
    "new Outlook in Greek": (
        f"Εστάλη από το Outlook<http://aka.ms/weboutlook>\n\n{'_' * 32}\nΑπό: Joe <joe@b.example>\n"
        "Στάλθηκε: Τρίτη, 4 Οκτωβρίου 2022 4:56 μμ\nΠρος: ann@acme.example\nΘέμα: Hi\n\nText",
        "Πρ: Hi",
    ),
    "Outlook in Hebrew": (
        "\u200f\u200fמאת: Joe <joe@b.example>\n\u200f\u200fנשלח: יום שלישי 04 אוקטובר 2022 16:56\n"
        "\u200f\u200fאל: ann@acme.example\n\u200f\u200fנושא: Hi\n\nText",
        "FW: Hi",
    ),
    "Gmail in Arabic": (
        f"{TITLE}\nمن: \u202aJoe\u202c\u200f <\u202ajoe@b.example\u202c\u200f>\n"
        "Date: الثلاثاء، ٤ أكتوبر ٢٠٢٢ في ٤:٥٦ م\nSubject: Hi\nTo: \u202aann@acme.example\u202c\u200f\n\nText",
        "",
    ),
    "a link in parentheses": (f"{TITLE}\n{BLOCK.replace('<joe@b.example>', '(mailto:joe@b.example)')}", ""),
    "a note that begins like a field": (f"From: ann@acme.example\nplease log this\n\n{TITLE}\n{BLOCK}", "Fwd: Hi"),
    "a note with a label directly above a title": (f"To: Sales\nplease call them\n{TITLE}\n{BLOCK}", "Fwd: Hi"),
    "a note with a label directly above a ruler": (f"To: Sales\nplease call\n{'_' * 32}\n{OUTLOOK}", "FW: Hi"),
}

# Texts that are not understood, or in which the sender may be another one: no forwarded mail, or one without an address
NOT_FOUND = {
    "nothing": ("Hello", "FW: Hi"),
    "an answer": (OUTLOOK, "RE: Hi"),
    "an answer to a forwarded mail": (OUTLOOK, "RE: FW: Hi"),
    "no prefix": (OUTLOOK, "Hi"),
    "a forwarded mail in what is answered": (
        f"Yes\n\nOn Oct 27, 2021 at 9:31 AM Ann wrote:\n> {TITLE}\n> {BLOCK}",
        "Re: Hi",
    ),
    "one in a quotation of an unknown kind": ("Yes\n\n> " + f"{TITLE}\n{BLOCK}".replace("\n", "\n> "), "Re: Hi"),
    "one below an answer": (f"Yes\n\n{OUTLOOK}\n\n{TITLE}\n{FORGED}", "RE: Hi"),
    "a title alone": (f"{TITLE}\n\nText\n\n{BLOCK}", "FW: Hi"),
    "a title without a sender": (f"{TITLE}\nDate: Oct 27, 2021 at 9:31 AM\nSubject: Hi\n\nText\n\n{FORGED}", "FW: Hi"),
    "a block in an unknown language": (
        f"Frå: Joe <joe@b.example>\nSendd: 27.10.2021 09:31\nEmni: Hi\n\nText\n\n{TITLE}\n{FORGED}",
        "FW: Hi",
    ),
    "a block in Georgian": (
        f"გამომგზავნი: Joe <joe@b.example>\nთარიღი: 27 ოქტომბერი 2021 9:31\nთემა: Hi\n\nText\n\n{TITLE}\n{FORGED}",
        "FW: Hi",
    ),
    "digits of another script": (
        f"از: Joe <joe@b.example>\nارسال شده: ۲۷ اکتبر ۲۰۲۱ ۹:۳۱\nبه: Ann\nموضوع: Hi\n\nText\n\n{TITLE}\n{FORGED}",
        "FW: Hi",
    ),
    "another calendar": (
        f"از: Joe <joe@b.example>\nارسال شده: ۵ آبان ۱۴۰۰ ۹:۳۱\nبه: Ann\nموضوع: Hi\n\nText\n\n{TITLE}\n{FORGED}",
        "FW: Hi",
    ),
    "a year of two digits in an unknown language": (
        f"Nga: Joe <joe@b.example>\nDërguar: 27.10.21 09:31\nPër: Ann\nSubjekti: Hi\n\nText\n\n{TITLE}\n{FORGED}",
        "FW: Hi",
    ),
    "a wrapped name without a recipient": (
        "-------- Forwarded Message --------\nSubject: Hi\nDate: Wed, 27 Oct 2021 09:31:00 +0200\n"
        "From: A long name <boss@c.example>\nwith an end <joe@b.example>\n\nText",
        "",
    ),
    "a text that begins with an address": (
        "-------- Forwarded Message --------\nSubject: Hi\nTo: ann@acme.example\n"
        "Date: Wed, 27 Oct 2021 09:31:00 +0200\nFrom: joe@b.example\n<boss@c.example>\n\nText",
        "",
    ),
    "a wrapped name with a label of another language": (
        "-------- Forwarded Message --------\nSubject: Hi\nTo: ann@acme.example\n"
        "Date: Wed, 27 Oct 2021 09:31:00 +0200\nFrom: A long name <boss@c.example>\nVon: <joe@b.example>\n\nText",
        "",
    ),
    "a text behind the address": (
        f"{TITLE}\nDate: 27 Oct 2021 09:31\n\nSubject: Hi\n\nFrom: A <boss@c.example> long\n\n<joe@b.example>\n\nText",
        "",
    ),
    "a wrapped name in lines further apart": (
        f"{TITLE}\nDate: 27 Oct 2021 09:31\n\nSubject: Hi\n\nFrom: A name <boss@c.example>\n\n<joe@b.example>\n\nText",
        "",
    ),
    "an unknown field with an address": (
        OUTLOOK.replace("Joe <joe@b.example>", "joe@b.example\nX-Agent: boss@c.example <boss@c.example>"),
        "FW: Hi",
    ),
    "a sender in the name of a recipient": (
        "From: A name (boss@c.example) that is long\n[mailto:joe@b.example]\nOrganization: B\nTo: Ann\n"
        "From: <boss@c.example>\nSent: Wednesday, October 27, 2021 9:31 AM\nSubject: Hi\n\nText",
        "FW: Hi",
    ),
    "labels of two languages": (OUTLOOK.replace("From", "Von").replace("To", "À"), "FW: Hi"),
    "places": ("From: Berlin\nTo: Paris\nDate: 27 October\nSubject: Trip", "FW: Trip"),
    "two senders": (f"{TITLE}\n{BLOCK.replace('Joe <', '<boss@c.example> <')}", ""),
    "two senders with a comma": (f"{TITLE}\n{BLOCK.replace('Joe <', 'boss@c.example, Joe <')}", ""),
    "two senders with a semicolon": (f"{TITLE}\n{BLOCK.replace('Joe <', 'boss@c.example; Joe <')}", ""),
    "a wrapped name": (f"{TITLE}\n{BLOCK.replace('Joe <', 'Joe' + chr(10) + 'From: boss@c.example <')}", ""),
    "a sender in a wrapped subject": (
        "-------- Forwarded Message --------\nSubject: Hi\nFrom: Boss <boss@c.example>\n"
        "Date: Wed, 27 Oct 2021 09:31:00 +0200\nFrom: Joe <joe@b.example>\nTo: ann@acme.example\n\nText",
        "",
    ),
    "labels in a name, in one line": (
        '  ----- Forwarded Message ----- From: Boss <boss@c.example>To: x <joe@b.example>To: "a" <ann@acme.example>'
        "Sent: Tuesday, November 2, 2021, 09:26:50 AM GMT+1Subject: Hi\nText",
        "",
    ),
    "in the name of another one": (OUTLOOK.replace("\nSent", " on behalf of Boss <boss@c.example>\nSent"), "FW: Hi"),
    "by a mailing list": (OUTLOOK.replace("From: ", "From: list-bounces@c.example On Behalf Of "), "FW: Hi"),
    "an encoded address": (f"{TITLE}\n{BLOCK.replace('Joe <joe@b.example>', '=?utf-8?q?boss=40c.example?=')}", ""),
    "an invisible character": (f"{TITLE}\n{BLOCK.replace('joe@b', 'jo' + chr(0x200B) + 'e@b')}", ""),
    "letters from right to left": (f"{TITLE}\n{BLOCK.replace('joe@b', 'j' + chr(0x202E) + 'eo@b')}", ""),
    "no address": (OUTLOOK.replace(" <joe@b.example>", ""), "FW: Hi"),
    "a colleague in Notes": (
        "From:\tLea Lind/ACME@ACME\nTo:\tSam Seller/ACME@ACME\nDate:\t10/27/2021 09:31 AM\nSubject:\tHi\n\nText",
        "Fw: Hi",
    ),
    "a sentence of the user": (
        f"Please answer until 30.11.2021 12:00 and copy boss@c.example. Here is the email:\n\n{OUTLOOK}",
        "FW: Hi",
    ),
    "a sentence of the user that ends with an address": (
        f"Please answer until 30.11.2021 12:00 to boss@c.example:\n\n{OUTLOOK}",
        "FW: Hi",
    ),
    "an answer of eM Client": (
        '------ Original Message ------\nFrom "Joe" <joe@b.example>\nTo "Ann" <ann@acme.example>\n'
        "Date 27/10/2021 09:31:47\nSubject Hi\n\nText",
        "Re: Hi",
    ),
}

# Mailboxes as programs show them: (name, address)
MAILBOXES = {
    "Joe <joe@b.example>": [("Joe", "joe@b.example")],
    "joe@b.example": [("", "joe@b.example")],
    "joe@b.example <joe@b.example>": [("", "joe@b.example")],
    "'joe@b.example' <joe@b.example>": [("", "joe@b.example")],
    "\"'joe@b.example'\" <joe@b.example>": [("", "joe@b.example")],
    '"Joe" <joe@b.example>; "Lee" <lee@b.example>;': [("Joe", "joe@b.example"), ("Lee", "lee@b.example")],
    "Doe, Joe <joe@b.example>, Lee <lee@b.example>": [("Doe, Joe", "joe@b.example"), ("Lee", "lee@b.example")],
    "'Doe, Joe' <joe@b.example>": [("Doe, Joe", "joe@b.example")],
    "Doe, Joe<joe@b.example>": [("Doe, Joe", "joe@b.example")],
    "Doe, Joe; Kim, Lee": [("Doe, Joe", ""), ("Kim, Lee", "")],
    "Joe [mailto:joe@b.example]": [("Joe", "joe@b.example")],
    "Joe [joe@b.example]": [("Joe", "joe@b.example")],
    "Joe (joe@b.example)": [("Joe", "joe@b.example")],
    "Joe (<joe@b.example>)": [("Joe", "joe@b.example")],
    "« Joe » <joe@b.example>": [("Joe", "joe@b.example")],
    "Joe <joe@b.example<mailto:joe@b.example>>": [("Joe", "joe@b.example")],
    "Joe <joe@b.example <mailto:joe@b.example>>": [("Joe", "joe@b.example")],
    "Joe <mailto:joe@b.example>": [("Joe", "joe@b.example")],
    "Joe [mailto:joe@b.example] On Behalf Of Lee": [("Joe", "")],
    "Joe <joe@b.example<mailto:lee@b.example>>": [("Joe", "")],
    "joe@b.example<mailto:lee@b.example>": [("joe@b.example", "lee@b.example")],
    "Joe (Sales) <joe@b.example>": [("Joe (Sales)", "joe@b.example")],
    "<joe@b.example> <lee@b.example>": [("", "")],
    "joe@b.example lee@b.example": [("joe@b.example lee@b.example", "")],
    "Sales@Customer Ltd.": [("Sales@Customer Ltd.", "")],
    "Sales@Customer": [("Sales@Customer", "")],
    "Joe <joe@@b.example>": [("Joe", "")],
    "Joe <joe@b.example> on behalf of Lee <lee@b.example>": [("Joe", "")],
    "Jo O'Neil <jo.o'neil@b.example>": [("Jo O'Neil", "jo.o'neil@b.example")],
    "": [],
    " ; , ": [],
}

# Dates that depend on more than the language: (language, text): ISO date in the zone that is written or assumed
DATES = {
    ("en", "02/10/2023 4:52 PM EST"): "2023-02-10T16:52:00-05:00",
    ("en", "02/10/2023 16:52"): "2023-10-02T16:52:00+02:00",
    ("en", "27/10/2021 09:31 (GMT+01:00)"): "2021-10-27T09:31:00+01:00",
    ("de", "27.10.21 09:31 MESZ"): "2021-10-27T09:31:00+02:00",
    ("fr", "mar. 2 nov. 2021 à 00:05"): "2021-11-02T00:05:00+02:00",
    ("fr", "mer. 27 oct. 2021 à 9 h 31"): "2021-10-27T09:31:00+02:00",
    ("fr", "27 octobre 2021, 09 h 31 min 00 s"): "2021-10-27T09:31:00+02:00",
    ("fr", "27 octobre 2021, 9.12:31 h"): "",
    ("es", "mar, 5/01/2021 9:31 p. m."): "2021-01-05T21:31:00+02:00",
    ("it", "mar 5/01/2021 9:31"): "2021-01-05T09:31:00+02:00",
    ("hu", "2021. okt. 27., Sze, 9:31"): "2021-10-27T09:31:00+02:00",
    ("zh-CN", "2021年10月26日 GMT+8 14:25:08"): "2021-10-26T14:25:08+08:00",
    ("ko", "2021년 10월 27일 (수) 오후 12:31"): "2021-10-27T12:31:00+02:00",
    ("ja", "2021年10月27日(水) 午前0:31"): "2021-10-27T00:31:00+02:00",
    ("en", "Oct 27 2021, at 12:31 am"): "2021-10-27T00:31:00+02:00",
    ("en", "2021-10-27T09:31:00Z"): "2021-10-27T09:31:00+00:00",
    ("en", "Wed, 27 Oct 2021 09:31:00 +0530"): "2021-10-27T09:31:00+05:30",
    ("en", "Wed 27-Oct-21 9:31 AM"): "2021-10-27T09:31:00+02:00",
    ("en", "27 October 2021 at 09:31:00 IST"): "2021-10-27T09:31:00+02:00",  # Ireland, India or Israel
    ("ar", "23\u200f/1\u200f/2021, 12:31:00 ص"): "2021-01-23T00:31:00+02:00",
    ("th", "23 มกราคม 2564 9:31"): "2021-01-23T09:31:00+02:00",
    ("vi", "Thứ Bảy, 23 tháng 1 năm 2021 9:31 CH"): "2021-01-23T21:31:00+02:00",
    ("en", "27 October"): "",
    ("en", "31 February 2021 09:31"): "",
    ("en", "27 October 2021 29:31"): "",
    ("en", "9999999999999 99:99"): "",
}


@tagged("post_install", "-at_install")
class TestForwardBlocks(BaseCase):
    def test_found(self):
        for name, (text, subject) in FOUND.items():
            with self.subTest(name):
                found = find(text, subject)[0]
                self.assertEqual(found.sender.email, "joe@b.example")
                self.assertTrue(found.subject)
                self.assertTrue(found.date)
                self.assertFalse([address for address in found.to if "please" in address.text])

    def test_not_found(self):
        for name, (text, subject) in NOT_FOUND.items():
            with self.subTest(name):
                levels = find(text, subject)
                self.assertFalse(levels and levels[0].sender.email, levels)

    def test_logged(self):
        """The mail that is logged has the sender that was found, or none: its text is not read once more."""
        for name, (text, subject) in {**FOUND, **NOT_FOUND}.items():
            raw = f"From: sam@acme.example\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}"
            mails = find_forwarded_mails(RawMail(raw.encode()), lambda *emails: False, 10**6)
            expected = ["joe@b.example"] if name in FOUND else [""] * len(mails)
            with self.subTest(name):
                self.assertEqual([mail.sender_email for mail in mails], expected)
                self.assertFalse([address for mail in mails for address in mail.recipients if "boss" in address.email])

    def test_introduction_with_an_apostrophe(self):
        text = "On 27/10/2021, 09:31, \"Jo O'Neil\" <jo.o'neil@b.example> wrote:\n\n    Text"
        self.assertEqual(find(text, "FW: Hi")[0].sender.email, "jo.o'neil@b.example")

    def test_introduction_in_an_unknown_language(self):
        for verb in ("skrifaði", "rašė"):
            [found] = find(f"On 27/10/2021 09:31, Joe <joe@b.example> {verb}:\n\n    Text", "FW: Hi")
            self.assertEqual(found.sender.email, "joe@b.example")

    def test_date_in_another_language(self):
        """Gmail translates the date, but only one label."""
        block = BLOCK.replace("From", "Dari").replace("Wed, Oct 27, 2021 at 9:31 AM", "Rab, 27 Okt 2021 pukul 09.31")
        self.assertEqual(find(f"{TITLE}\n{block}\n\nText")[0].date, datetime(2021, 10, 27, 9, 31, tzinfo=EAST))

    def test_date_in_an_unknown_language(self):
        """There is none if languages differ, or if a word may stand for the afternoon."""
        for date in (
            "Sel, 5 Jan 2021, 9:31 PTG",
            "Rab, 27 Okt 2021, 9:31 PTG",
            "27 lis 2021 9:31",
            "Sht, 5 Xyz 2021 9:31",
        ):
            block = BLOCK.replace("From", "Xyz").replace("Wed, Oct 27, 2021 at 9:31 AM", date)
            with self.subTest(date):
                [found] = find(f"{TITLE}\n{block}\n\nText")
                self.assertEqual((found.sender.email, found.date), ("joe@b.example", None))

    def test_wrapped_lists(self):
        [found] = find(*FOUND["wrapped without indentation"])
        self.assertEqual(found.subject, "An offer that is so long that it goes on in the next line")
        emails = [address.email for address in found.to]
        self.assertEqual(emails, ["ann@acme.example", "lee@b.example", "sales@acme.example"])

    def test_mailboxes(self):
        for text, expected in MAILBOXES.items():
            with self.subTest(text):
                self.assertEqual([(address.name, address.email) for address in read_mailboxes(text)], expected)

    def test_dates(self):
        for (code, text), expected in DATES.items():
            with self.subTest(text):
                date, _has_zone = read_date(text, [code], EAST)
                self.assertEqual(date.isoformat() if date else "", expected)

    def test_all_months(self):
        """Dates in the forms that are usual in each language."""
        for language in LANGUAGES:
            locale = LOCALES.get(language.code, language.code)
            for month in range(1, 13):
                for hour in (0, 9, 12, 17):
                    date = datetime(2021, month, 23, hour, 31, tzinfo=timezone.utc)
                    for form in ("full", "long", "medium", "short"):
                        text = format_datetime(date, form, locale=locale)
                        self.assertEqual(read_date(text, [language.code], timezone.utc)[0], date, text)

    def test_ambiguous_month(self):
        """`lis` is October in Croatian, November in Polish."""
        self.assertIsNone(read_date("27 lis 2021 09:31", ["hr", "pl"], EAST)[0])
        self.assertEqual(read_date("27 lis 2021 o 09:31", ["hr", "pl"], EAST)[0].month, 11)
