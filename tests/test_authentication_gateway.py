from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command

from ..wizard import res_config_settings
from .common import DropboxCommon, data, tagged
from .test_config_settings import SettingsCommon

HOST = "mx.example"  # the server in the Received field of our mails
RESULT = "Authentication-Results: {host}; {result}\n"


@tagged("post_install", "-at_install")
class TestSenderRule(DropboxCommon):
    """From must contain exactly one sender address; otherwise the reason explains it."""

    def test_reasons(self):
        dropbox = self.sam.bcc_dropbox_ids
        dropbox.sender_ids = [Command.create({"email": "sam@home.example", "verified": True})]
        for sender, headers, reason in [
            ("sam@acme.example", "From: lea@acme.example\n", "2 senders"),
            ("sam@acme.example", "From: Sam <sam@acme.example>\n", "more than once"),
            ("sam@acme.example", "From : eve@evil.example\n", "2 senders"),
            ("sam@acme.example, eve@evil.example", "", "2 senders"),
            ("sam@acme.example, sam@home.example", "", "2 senders"),
            ("Team: sam@acme.example;", "", "the real sender is uncertain: sam@acme.example"),
            ("<sam@acme.example> x", "", "the real sender is uncertain"),
            ("=?utf-8?q?sam=40acme.example?=", "", "the real sender is uncertain"),
            ("Eve eve@evil.example <sam@acme.example>", "", "the real sender is uncertain"),
            ('"eve@evil.example" <sam@acme.example>', "", "contains another address: eve@evil.example"),
            ('"lea@acme.example" <sam@acme.example>', "", "contains another address: lea@acme.example"),
            ("=?utf-8?q?eve=40evil.example?= <sam@acme.example>", "", "contains another address: eve@evil.example"),
            ("eve@evil.example", "Sender: sam@acme.example\n", "in the Sender header, but only “From” counts"),
            ("eve@evil.example", "Reply-To: Sam <SAM@home.example>\n", "in the Reply-To header"),
            ("eve@evil.example", "Resent-From: sam@acme.example\n", "in the Resent-From header"),
            ("eve@evil.example", "Reply-To: lea@acme.example\n", "not one of your sender addresses."),
            ("sam@аcme.example", "", "actual address: sam@xn--cme-5cd.example"),  # noqa: RUF001 a Cyrillic letter
            ("<@evil.example:sam@acme.example>", "", "not one of your sender addresses"),
        ]:
            with self.subTest(sender=sender, headers=headers):
                email = self._capture(sender=sender, headers=headers)
                self.assertRow(email, "refused", reason)
                self.assertFalse(email.line_ids)

    def test_taken(self):
        self.sam.bcc_dropbox_ids.sender_ids = [Command.create({"email": "sam@home.example", "verified": True})]
        for sender in (
            "\"'sam@acme.example'\" <sam@acme.example>",
            '"SAM@acme.example" <sam@acme.example>',
            '"sam@acme.example" <sam@home.example>',
            '"Sam @ Acme" <sam@acme.example>',
            "=?utf-8?q?Sam_=40_Acme?= <Sam@Acme.Example>",
        ):
            with self.subTest(sender=sender):
                headers = "Sender: assistant@evil.example\nReply-To: lea@acme.example\n"
                self.assertRow(self._capture(sender=sender, headers=headers), "captured")


@tagged("post_install", "-at_install")
class TestAuthentication(DropboxCommon):
    """Results of a trusted server decide, depending on the setting."""

    def _set_mode(self, mode, host=HOST):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("crm_bcc_dropbox.authentication", mode)
        parameters.set_param("crm_bcc_dropbox.authentication_host", host)

    def _capture_result(self, result, host=HOST, **values):
        return self._capture(headers=RESULT.format(host=host, result=result), **values)

    def test_modes(self):
        dmarc = "dmarc={} header.from=acme.example"
        for result, reject, require in [
            (dmarc.format("pass"), "captured", "captured"),
            (dmarc.format("fail"), "refused", "refused"),
            (dmarc.format("none"), "captured", "refused"),
            (dmarc.format("temperror"), "captured", "refused"),
            (dmarc.format("permerror"), "captured", "refused"),
            ("spf=softfail smtp.mailfrom=acme.example", "captured", "refused"),
            ("spf=fail smtp.mailfrom=acme.example", "refused", "refused"),
            ("dkim=fail header.d=acme.example; spf=pass smtp.mailfrom=acme.example", "captured", "captured"),
            ("dkim=pass header.d=evil.example", "captured", "refused"),
            ("none", "captured", "refused"),
        ]:
            with self.subTest(result=result):
                self._set_mode("off")
                self.assertRow(self._capture_result(result), "captured")
                self._set_mode("reject")
                self.assertRow(self._capture_result(result), reject)
                self._set_mode("require")
                self.assertRow(self._capture_result(result), require)

    def test_default(self):
        """By default, a failure found by a trusted server is rejected, and no server is trusted."""
        failed = "dmarc=fail header.from=acme.example"
        self.assertRow(self._capture_result(failed), "captured")
        self.env["ir.config_parameter"].set_param("crm_bcc_dropbox.authentication_host", HOST)
        self.assertRow(self._capture_result(failed), "refused", "found that the email is not really from acme.exam")
        self._set_mode("nonsense")
        self.assertRow(self._capture_result(failed), "refused")
        self._set_mode("reject", "not a @ host")
        self.assertRow(self._capture_result(failed), "captured")

    def test_forged_results(self):
        self._set_mode("require")
        passed = "dmarc=pass header.from=acme.example"
        foreign = f"Received: from a by b.example; x\n{RESULT.format(host=HOST, result=passed)}"
        for headers in (
            RESULT.format(host="mx.evil.example", result=passed),
            RESULT.format(host=HOST, result="dmarc=pass header.from=evil.example"),
            f"Authentication-Results: {passed}\n",
            f"ARC-Authentication-Results: i=1; {HOST}; {passed}\n",
            foreign,
            foreign.replace("Authentication", f"Received: from a by {HOST}; x\nAuthentication"),
        ):
            with self.subTest(headers=headers):
                self.assertRow(self._capture(headers=headers), "refused", "Nothing proves")

    def test_order_of_reasons(self):
        """An unknown sender is shown as unknown, whatever the result of the checks."""
        self._set_mode("require")
        for result in ("dmarc=pass header.from=evil.example", "dmarc=fail header.from=evil.example"):
            self.assertRow(
                self._capture_result(result, sender="eve@evil.example"), "refused", "not one of your sender addresses"
            )

    def _explain(self, result):
        return self._capture_result(result).with_user(self.sam).explanation

    def test_explanation(self):
        for mode, result, sentence in [
            (
                "reject",
                "dmarc=pass header.from=acme.example",
                "mx.example verified that the email is from acme.example (DMARC).",
            ),
            (
                "reject",
                "auth=pass smtp.auth=sam@acme.example",
                "verified that the email is from acme.example (SMTP AUTH).",
            ),
            (
                "reject",
                "dmarc=fail header.from=acme.example",
                "mx.example found that the email is not from acme.example (DMARC).",
            ),
            (
                "require",
                "spf=temperror smtp.mailfrom=acme.example",
                "mx.example couldn't check whether the email is from acme.example.",
            ),
            ("reject", "none", "Sender not verified (no SPF, DKIM or DMARC result for acme.example)."),
        ]:
            with self.subTest(result=result):
                self._set_mode(mode)
                self.assertIn(sentence, self._explain(result))
                self.assertEqual("Sent from" in self._explain(result), "=fail" not in result)
        self._set_mode("off")
        email = self._capture_result("dmarc=fail header.from=acme.example")
        self.assertFalse(email.authentication)
        self.assertNotIn("mx.example", email.explanation)

    def test_wide_names_are_clean(self):
        """A trusted name with a star accepts any server of the domain."""
        self._set_mode("reject", "*.acme.example")
        token = self.sam.bcc_dropbox_ids.token_ids.token
        for host in (f"bcc-{token}.acme.example", "\x00.acme.example", "\udcff.acme.example"):
            with self.subTest(host=host):
                raw = self._format(headers=RESULT.format(host="HOST", result="dmarc=fail"))
                raw = raw.replace(b"by mx.example", b"by mx.acme.example")
                self._receive(raw.replace(b"HOST", host.encode("utf-8", "surrogateescape")))
                email = self.env["crm.bcc.dropbox.email"].search([], limit=1)
                self.assertRow(email, "refused", "not really from")
                self.assertNotIn(token, str(email.read([])))

    def test_test_of_the_dropbox(self):
        """Odoo sends it from any address that its mail server allows."""
        self._set_mode("require")
        self.sam.bcc_dropbox_ids.write({"test_nonce": "secret", "test_date": fields.Datetime.now()})
        headers = "X-Bcc-Dropbox-Test: secret\n"
        self._capture(headers=headers, sender="odoo@evil.example")
        self.assertTrue(self.sam.bcc_dropbox_ids.test_result)

    # ------------------------------------------------------------
    # IT WAS ME
    # ------------------------------------------------------------

    def test_it_was_me(self):
        self._set_mode("reject")
        email = self._capture_result("dmarc=fail header.from=acme.example")
        self.assertTrue(email.with_user(self.sam).can_adopt_sender)
        self.assertTrue(email.is_sender_doubtful)
        self.assertFalse(email.with_user(self.boss).can_adopt_sender)
        with self.assertRaises(AccessError):
            email.with_user(self.boss).action_adopt_sender()
        before = self.sam.bcc_dropbox_ids.sender_ids
        email.with_user(self.sam).action_adopt_sender()
        self.assertRow(email, "captured")
        self.assertFalse(email.is_sender_doubtful)
        self.assertEqual(email.authentication, "fail", "what was found stays")
        self.assertEqual(self.sam.bcc_dropbox_ids.sender_ids, before)
        self.assertRow(self._capture_result("dmarc=fail header.from=acme.example"), "refused")

    def test_loose_sender(self):
        """The trusted server may overlook a malformed sender: it must have checked it."""
        sender, result = "Sam @ Acme <sam@acme.example>,", RESULT.format(host=HOST, result="dmarc={} header.from={}")
        for mode, headers, state in (
            ("reject", "", "refused"),
            ("reject", result.format("pass", "acme.example"), "captured"),
            ("reject", result.format("fail", "acme.example"), "refused"),
            ("reject", result.format("pass", "evil.example"), "refused"),
            ("require", "", "refused"),
            ("require", result.format("pass", "acme.example"), "captured"),
            ("off", "", "captured"),
        ):
            with self.subTest(mode=mode, headers=headers):
                self._set_mode(mode)
                self.assertRow(self._capture(sender=sender, headers=headers), state)
        self._set_mode("reject")
        email = self._capture(sender=sender)
        email.with_user(self.sam).action_adopt_sender()
        self.assertRow(email, "captured")
        self.assertRow(self._capture(sender=sender), "captured")

    def test_doubt(self):
        """The confirmation has a warning only if the email was rejected because of its sender."""
        self._set_mode("require")
        for values, doubtful in [
            ({"headers": ""}, True),
            ({"headers": RESULT.format(host=HOST, result="dmarc=pass header.from=acme.example")}, False),
            ({"sender": "sam@home.example"}, True),
            ({"sender": "sam@acme.example, eve@evil.example"}, False),
        ]:
            with self.subTest(values=values):
                self.assertEqual(self._capture(**values).is_sender_doubtful, doubtful)
        email = self._capture(sender="sam@home.example")
        self._set_mode("reject")
        self.assertFalse(email.is_sender_doubtful)
        email = self._capture(data.BOUNCE)
        self.assertFalse(email.with_user(self.sam).can_adopt_sender)


@tagged("post_install", "-at_install")
class TestAuthenticationSettings(SettingsCommon):
    def test_round_trip(self):
        self.assertEqual(self._open().bcc_dropbox_authentication, "reject")
        self._save(
            bcc_dropbox_authentication="require", bcc_dropbox_authentication_host="MX.acme.example, *.outlook.com"
        )
        Dropbox = self.env["crm.bcc.dropbox"]
        self.assertEqual(Dropbox._get_authentication_mode(), "require")
        self.assertEqual(Dropbox._get_authentication_hosts(), ("mx.acme.example", "*.outlook.com"))
        self.assertEqual(self._open().bcc_dropbox_authentication, "require")
        self._save(bcc_dropbox_authentication_host=False, bcc_dropbox_authentication="off")
        self.assertEqual(self.parameters.get_param("crm_bcc_dropbox.authentication"), "off")
        self.assertEqual(Dropbox._get_authentication_hosts(), ())

    def test_what_cannot_be_used(self):
        self.parameters.set_param("crm_bcc_dropbox.authentication", "nonsense")
        self.assertEqual(self._open().bcc_dropbox_authentication, "reject")
        for host in ("https://mx.acme.example", "sam@acme.example", "*.com"):
            with self.subTest(host=host), self.assertRaisesRegex(ValidationError, "is not the name of a mail server"):
                self._save(bcc_dropbox_authentication_host=host)

    def test_all_mail_would_be_refused(self):
        with patch.object(res_config_settings, "is_installed", return_value=False):
            with self.assertRaisesRegex(ValidationError, "All emails would be rejected"):
                self._save(bcc_dropbox_authentication="require")
            self._save(bcc_dropbox_authentication="require", bcc_dropbox_authentication_host="mx.acme.example")
        with patch.object(res_config_settings, "is_installed", return_value=True):
            self._save(bcc_dropbox_authentication="require", bcc_dropbox_authentication_host=False)
