"""Confirmation mails of providers: only the owner sees code and link, and forged mails show no link."""

import time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import BaseCase, freeze_time, tagged

from ..tools.raw_mail import RawMail
from ..tools.rule_confirmation import KEPT, PROVIDERS, find_confirmation
from . import redirected_mails as mails
from .test_access import AccessCommon
from .test_notices import NoticesCommon

DROPBOX = f"bcc-{'a2b3c' * 4}@acme.example"
GOOGLE = "Gmail Team <forwarding-noreply@google.com>"
PASS = "dkim=pass header.d=google.com; dmarc=pass header.from=google.com"
PARAMETER = "crm_bcc_dropbox.authentication_host"


def prepare(**values):
    return {
        "body": mails.GMAIL_BODY,
        "date": "Mon, 23 Nov 2026 10:00:00 +0100",
        "dropbox": DROPBOX,
        "message_id": "<1@mail.gmail.com>",
        "results": PASS,
        "sender": GOOGLE,
        "subject": mails.GMAIL_SUBJECTS["en"],
        **values,
    }


def find(hosts=(mails.MX,), **values):
    return find_confirmation(RawMail(mails.GMAIL_CODE.format(**prepare(**values)).encode()), hosts)


@tagged("post_install", "-at_install")
class TestFind(BaseCase):
    def test_gmail(self):
        for language, subject in mails.GMAIL_SUBJECTS.items():
            with self.subTest(language):
                found = find(subject=subject)
                self.assertEqual((found.provider, found.code), ("Gmail", "482915736"))
                self.assertEqual((found.link, found.host), (mails.GMAIL_LINK, "mail-settings.google.com"))
                self.assertEqual((found.account, found.is_verified), ("owen@gmail.example", True))

    def test_code_in_the_text(self):
        for body in ("Confirmation code: 123456\n", "Code\uff1a123456", "Your code\r\n\r\n123456\r\n", "Code: 123456."):
            self.assertEqual(find(subject="Gmail", body=body).code, "123456", body)
        for body in ("Call 123456 now", "Your order 12345678 of today", "Code: 12345\n", "Hello"):
            self.assertIsNone(find(subject="Gmail", body=body), body)

    def test_other_providers(self):
        links = {
            "Outlook.com": "https://account.live.com/verify/a1B2",
            "Yahoo Mail": "https://mail.yahoo.com/confirm?crumb=a1B2",
            "iCloud Mail": "https://www.icloud.com/mail/verify/a1B2",
            "Zoho Mail": "https://mail.zoho.eu/confirm?digest=a1B2",
            "Fastmail": "https://app.fastmail.com/verify/a1B2",
        }
        for provider in PROVIDERS[1:]:
            link = links[provider.name]
            for sender in provider.senders:
                domain = sender.partition("@")[2]
                body = f'Follow https://evil.example/x or <a href="{link}">{link}</a>.\nCode: 123456'
                values = {"sender": sender, "subject": "Confirm", "body": body}
                with self.subTest(sender):
                    found = find(**values, results=f"dmarc=pass header.from={domain}")
                    self.assertEqual((found.provider, found.code, found.link), (provider.name, "123456", link))
                    self.assertIsNone(find(**values), "another domain passed")

    def test_forged(self):
        """Confirmations from anyone but the provider are ignored."""
        evil = "dmarc=pass header.from=evil.example"
        for name, values in {
            "failed": {"results": "dmarc=fail header.from=google.com"},
            "nothing": {"results": "none"},
            "other sender": {"sender": "Gmail Team <forwarding-noreply@google.com.evil.example>", "results": evil},
            "name only": {"sender": '"forwarding-noreply@google.com" <x@evil.example>', "results": evil},
            "two senders": {"sender": f"{GOOGLE}, x@evil.example"},
            "other Google address": {"sender": "someone@google.com"},
            "sealed by a stranger": {"results": "dmarc=fail header.from=google.com; arc=pass"},
        }.items():
            with self.subTest(name):
                self.assertIsNone(find(**values))

    def test_for_the_dropbox_alone(self):
        """A code that a provider sent to the owner, and that a rule redirected, is not shown."""
        raw = mails.GMAIL_CODE.format(**prepare())
        for to, is_found in [(DROPBOX, True), ("own@acme.example", False), (f"{DROPBOX}, own@acme.example", False)]:
            mail = RawMail(raw.replace(f"\nTo: {DROPBOX}", f"\nTo: {to}").encode())
            self.assertEqual(bool(find_confirmation(mail, (mails.MX,))), is_found, to)

    def test_links(self):
        """Only the provider's own links are found, whatever else a mail contains."""
        good = mails.GMAIL_LINK
        for link in (
            "http://mail-settings.google.com/mail/vf-abc",
            "https://mail-settings.google.com.evil.example/mail/vf-abc",
            "https://mail-settings.google.com@evil.example/mail/vf-abc",
            "https://evil.example/mail-settings.google.com/mail/vf-abc",
            "https://evil.example#https://mail-settings.google.com/mail/vf-abc",
            "https://mail-settings.google.com:8443/mail/vf-abc",
            "https://mail-settings.google.com/mail/uf-abc",
            "https://mail-settings.google.com/url?q=https://evil.example",
            "https://mail-settings.google.com/mail/vf-abc/../../url?q=evil.example",
            "https://mail-settings.google.com/mail/vf-abc\\@evil.example",
            "https://mаil-settings.google.com/mail/vf-abc",  # noqa: RUF001 a Cyrillic letter
            "javascript:alert(1)//mail-settings.google.com/mail/vf-abc",
            "https://mail-settings.google.com/mail/vf-abc?continue=evil.example",
            f"https://mail-settings.google.com/mail/vf-{DROPBOX}",
            "https://mail-settings.google.com/mail/vf-" + "a" * 2000,
        ):
            for hosts in ((mails.MX,), ()):
                with self.subTest(link, hosts=hosts):
                    found = find(hosts=hosts, body=f"Click {link} now.\nCode: 123456").link
                    self.assertIn(found, ("", "https://mail-settings.google.com/mail/vf-abc"))
                    self.assertEqual(find(hosts=hosts, body=f"{link}\n{good}\n").link in (good, found), True)

    def test_without_trusted_server(self):
        """The sender may be forged: only links without a query are shown, with a warning."""
        self.assertEqual((find(()).link, find(()).is_verified), (mails.GMAIL_LINK, False))
        values = {"sender": "noreply@zoho.com", "subject": "Confirm"}
        found = find((), **values, body="https://mail.zoho.com/confirm?digest=a1B2\nCode: 123456")
        self.assertEqual((found.code, found.link), ("123456", ""))

    def test_time(self):
        """Proportional to the length, whatever a mail contains."""
        for text in ("a" * 60_000, "https://" * 8_000, "1" * 60_000, ":" * 60_000, "<a href=" * 8_000, "a@" * 30_000):
            started = time.process_time()
            find(body=f"{text}\nCode: 123456", subject=text[:4000])
            self.assertLess(time.process_time() - started, 3, text[:20])

    def test_open_redirections(self):
        for query in (
            "u=https://evil.example",
            "u=http%3A%2F%2Fevil.example",
            "u=%68ttps%3a%2f/evil.example",
            "u=//evil.example",
            "u=%2f/evil.example",
            "u=/%2Fevil.example",
            "u=/%5Cevil.example",
            "u=%252F%252Fevil",
        ):
            values = {"sender": "noreply@zoho.com", "results": "dmarc=pass header.from=zoho.com"}
            found = find(**values, subject="Confirm", body=f"https://mail.zoho.com/confirm?{query}\nCode: 123456")
            self.assertEqual(found.link, "", query)


class ConfirmationCommon(AccessCommon, NoticesCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param(PARAMETER, mails.MX)

    def _confirm(self, **values):
        """Receive a mail that confirms a rule; return its row, if there is one."""
        return self._capture(mails.GMAIL_CODE, **{**prepare(dropbox=self.sam.bcc_dropbox_address), **values})


@tagged("post_install", "-at_install")
class TestConfirmation(ConfirmationCommon):
    def test_shown_to_the_owner(self):
        rejected = self.sam.bcc_dropbox_ids.refused_count
        with self.assertSilent():
            email = self._confirm()
            self.assertFalse(email, email.reason)
        shown = self.sam.with_user(self.sam).bcc_dropbox_rules
        for text in ("Gmail", "482915736", f'href="{mails.GMAIL_LINK}"', "Confirm on", "owen@gmail.example"):
            self.assertIn(text, shown)
        [notice] = self._get_notices(self.sam)
        for text in ("Gmail", "482915736", mails.GMAIL_LINK, "mail-settings.google.com", "owen@gmail.example"):
            self.assertIn(text, notice)
        self.assertNotIn(self.sam.bcc_dropbox_ids.token_ids.token, notice + shown)
        self.assertEqual(self.sam.bcc_dropbox_ids.refused_count, rejected)
        self.sam.with_user(self.sam).action_bcc_dropbox_rules_done()
        self.assertFalse(self.sam.with_user(self.sam).bcc_dropbox_rules)

    def test_escaped(self):
        """Even without a trusted server, a forged mail can only put plain text on the page."""
        self.env["ir.config_parameter"].set_param(PARAMETER, "")
        evil = 'x"><img/src=x>@evil.example'
        self._confirm(
            body=f"{evil} <script>alert(1)</script>\nCode: 123456\nhttps://evil.example/mail/vf-a", subject="x"
        )
        shown = self.sam.with_user(self.sam).bcc_dropbox_rules + self._get_notices(self.sam)[0]
        for text in ("<img", "<script", "evil.example/mail"):
            self.assertNotIn(text, shown)
        self.assertIn("couldn't verify", shown)

    def test_forged(self):
        for values in ({"results": "dmarc=fail header.from=google.com"}, {"sender": "x@evil.example"}):
            self.assertRow(self._confirm(**values), "refused")
        self.assertFalse(self.sam.with_user(self.sam).bcc_dropbox_rules)

    def test_not_for_others(self):
        """Other users, managers included, can neither read the codes nor search for them."""
        self._confirm()
        dropbox, user = self.sam.bcc_dropbox_ids, self.sam
        for reader in (self.boss, self.lea, self.far, self.clerk):
            with self.subTest(reader.login):
                [values] = self._call(reader, user, "read", ["bcc_dropbox_rules"])
                self.assertFalse(values["bcc_dropbox_rules"])
                self.assertNotIn("482915736", str(self._call(reader, user, "web_read", {"bcc_dropbox_rules": {}})))
                for model, name in ((dropbox, "rule_confirmations"), (user, "bcc_dropbox_rules")):
                    domain = [(name, "ilike", "482915736")]
                    self._refuses_or_empty(reader, model, "search", domain)
                self._refuses(reader, dropbox, "read", ["rule_confirmations"])
                self._refuses(reader, dropbox, "export_data", ["rule_confirmations"])
                self._refuses(reader, dropbox.browse(), "read_group", [], ["id:max"], ["rule_confirmations"])
                Message = self.env["mail.message"]
                found = self._call(reader, Message, "search", [("body", "ilike", "482915736")])
                self.assertFalse(found)
        for reader in (self.portal, self.public):
            self._refuses(reader, user, "read", ["bcc_dropbox_rules"])
        for reader in (self.lea, self.clerk, self.portal):
            self._refuses(reader, user, "action_bcc_dropbox_rules_done")

    def _refuses_or_empty(self, reader, model, method, *arguments):
        try:
            found = self._call(reader, model, method, *arguments)
        except (AccessError, ValueError):
            return
        self.assertFalse(found)

    def test_few(self):
        """Only some of many confirmations are shown and notified about."""
        for number in range(8):
            self._confirm(subject=f"(#10000000{number}) Gmail")
        self._confirm(subject="(#100000007) Gmail", message_id="<again@mail.gmail.com>")
        shown = self.sam.with_user(self.sam).bcc_dropbox_rules
        self.assertEqual(shown.count("Code:"), KEPT)
        self.assertEqual(shown.count("100000007"), 1)
        self.assertEqual(len(self._get_notices(self.sam)), 3)

    def test_expires(self):
        self._confirm()
        with freeze_time(fields.Datetime.add(fields.Datetime.now(), days=8)):
            self.env.invalidate_all()
            self.assertFalse(self.sam.with_user(self.sam).bcc_dropbox_rules)

    def test_replaced_address(self):
        """Confirmations sent to a replaced address are not shown."""
        old = self.sam.bcc_dropbox_address
        self.sam.with_user(self.sam).action_bcc_dropbox_regenerate()
        self.assertRow(self._confirm(dropbox=old), "refused", "replaced")
        self.assertFalse(self.sam.with_user(self.sam).bcc_dropbox_rules)


@tagged("post_install", "-at_install")
class TestOddAccount(NoticesCommon):
    def test_characters(self):
        """No character in the address of the mailbox keeps the email from being processed."""
        self.env["ir.config_parameter"].set_param(PARAMETER, "")
        for body in (
            "a\x00b@x.example",
            "a&#0;b@x.example",
            "a\\ud800b@x.example",
            "a\u202eb@x.example",
            "a\x1bb@x.example",
        ):
            subject = f"(#{482915736}) {body}"
            with self.subTest(body):
                values = prepare(body=f"Code: 123456\n{body}\n", subject=subject, dropbox=self.sam.bcc_dropbox_address)
                self._receive(mails.GMAIL_CODE.format(**values).encode())
                self.assertFalse(self.env["crm.bcc.dropbox.email"].search([]).mapped("reason"))
                shown = self.sam.with_user(self.sam).bcc_dropbox_rules
                self.assertIn("482915736", shown)
                for character in "\x00\x1b\u202e":
                    self.assertNotIn(character, shown)
                self.sam.with_user(self.sam).action_bcc_dropbox_rules_done()
