"""The route that answers whether addresses are dropboxes."""

from unittest.mock import patch

from odoo.tools import mute_logger

from .common import data, tagged
from .test_access_http import UNKNOWN
from .test_mailgate_http import LOGGER, MailgateHttpCommon


@tagged("post_install", "-at_install")
class TestMailgateRecipients(MailgateHttpCommon):
    def _ask(self, *recipients, **values):
        return self._post_beside(recipients, b"", **{"url": "/bcc_dropbox/recipients", "Content_Type": None, **values})

    def test_recipients(self):
        """Also those that are replaced or archived: their emails get a row that says why."""
        sam, lea = self.sam.bcc_dropbox_address, self.lea.bcc_dropbox_address
        token = self.token.token
        self.sam.with_user(self.sam).action_bcc_dropbox_regenerate()
        self.lea.active = False
        before = self._get_state()
        for recipients, is_known in (
            ([], True),
            ([sam], True),
            ([lea], True),
            ([self.sam.bcc_dropbox_address, sam, sam.upper(), lea], True),
            ([f"crm+bcc-{token}+x@elsewhere.example"], True),
            ([f"crm+bcc-{token}+lead42+todo3d@acme.example", f"bcc-{token}+contact17@acme.example"], True),
            ([UNKNOWN.replace("@", "+lead42@")], False),
            ([UNKNOWN], False),
            ([sam, UNKNOWN], False),
            ([sam, "customer@customer.example"], False),
            (["bcc-alias@acme.example"], False),
            ([token], False),
            (["%"], False),
            (["\0"], False),
        ):
            with self.subTest(recipients):
                answer = (200, "known") if is_known else (422, "unknown recipient")
                self.assertAnswer(self._ask(*recipients), *answer)
        self.assertEqual(self._get_state(), before)

    def test_recipients_same_answer_as_mail(self):
        for address, status in ((self.sam.bcc_dropbox_address, 200), (UNKNOWN, 422)):
            answers = [self._ask(address), self._post_beside([address], self._format(data.BARE))]
            self.assertEqual([answer.status_code for answer in answers], [status, status])

    def test_who_may_ask(self):
        dropbox = self.sam.bcc_dropbox_address
        for values, status, text in (
            ({"login": "portal", "password": "portalxx"}, 403, "access error"),
            ({"password": "wrong"}, 401, "wrong login or password"),
            ({"login": "nobody"}, 401, "wrong login or password"),
            ({"Authorization": None}, 401, "wrong login or password"),
        ):
            for recipients in ([dropbox], [UNKNOWN], []):
                with self.subTest(values=values, recipients=recipients):
                    self.assertAnswer(self._ask(*recipients, **values), status, text)
        self.authenticate("boss", "bossxxxx")
        self.assertEqual(self._ask(dropbox, Authorization=None).status_code, 401, "a session does not count")
        self.assertEqual(self._ask(dropbox, X_BCC_Dropbox_Envelope="%").status_code, 400)
        self.assertEqual(self._ask(*[dropbox] * 1000).status_code, 431)

    @mute_logger("odoo.http", "odoo.sql_db")
    def test_recipients_elsewhere(self):
        self.assertEqual(self._ask(self.sam.bcc_dropbox_address, X_Odoo_Database="no-such-database").status_code, 404)
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
            response = self.url_open("/bcc_dropbox/recipients", method=method)
            self.assertEqual(response.status_code, 405, method)

    def test_recipients_and_errors(self):
        Token = self.env.registry["crm.bcc.dropbox.token"]
        failing = patch.object(Token, "_knows_recipients", side_effect=RuntimeError(self.sam.bcc_dropbox_address))
        with failing, mute_logger(LOGGER):
            self.assertAnswer(self._ask(self.sam.bcc_dropbox_address), 503, "RuntimeError")
