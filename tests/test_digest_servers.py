"""The daily email travels through a real mail server, and its link works for a reader who is not logged in."""

import contextlib
import email.policy
import unittest

from lxml import html
from odoo import sql_db
from odoo.tests import tagged
from odoo.tools import SQL

from ..tools.notice_link import MARK, PATH
from .mail_servers import SECONDS, MailServersCase

try:
    import requests
except ImportError:  # what Odoo's own tests need, too
    requests = None


@unittest.skipUnless(requests, "requests is not installed")
@tagged("post_install", "-at_install")
class TestDigestServers(MailServersCase):
    def setUp(self):
        super().setUp()
        call = self.odoo.call
        call("ir.config_parameter", "set_param", "web.base.url", self.odoo.url)
        values = {"bcc_dropbox_notice": "all", "bcc_dropbox_notice_by": "email"}
        self.odoo.as_user("sam", "sam-secret").call("res.users", "write", [self.sam], values)

    def _receive_daily_email(self):
        """Run the scheduled action as on the next day, and return what the mail server sends."""
        with contextlib.closing(sql_db.db_connect(self.odoo.database).cursor()) as cr:
            cr.execute(SQL("UPDATE crm_bcc_dropbox_email SET done_date = done_date - INTERVAL '1 hour'"))
            cr.commit()  # pylint: disable=invalid-commit; Odoo runs in another process
        self.postfix.clear_sent_out()
        call = self.odoo.call
        _model, job = call("ir.model.data", "check_object_reference", "crm_bcc_dropbox", "ir_cron_notice")
        call("ir.cron", "method_direct_trigger", [job])
        self.postfix.wait_until_empty(SECONDS)
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.postfix.sent_out()]

    def test_undo(self):
        message_id = self._send(f"{self.token}@pipe.example", subject="Our offer")
        self._wait_for_log()
        self._check_all_captured_once()
        [mail] = self._receive_daily_email()
        self.assertEqual(mail["To"], "sam@acme.example")
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        self.assertTrue(mail[MARK])
        page = html.fromstring(mail.get_body(["html"]).get_content())
        self.assertIn("Our offer", page.text_content())
        [link] = page.xpath(f"//a[contains(@href, '{PATH}')]/@href")
        self.assertIn(link, "".join(mail.get_body(["plain"]).get_content().split()), "for readers without HTML")
        with requests.Session() as session:
            question = session.get(link, timeout=SECONDS)
            self.assertEqual(self._read_log()[0]["state"], "captured", "opening a link does nothing")
            [form] = html.fromstring(question.content).xpath("//form")
            answer = session.post(f"{self.odoo.url}{form.action}", dict(form.fields), timeout=SECONDS)
        self.assertEqual((question.status_code, answer.status_code), (200, 200))
        self.assertEqual(self._read_log()[0]["state"], "unmatched")
        self.assertFalse(self.odoo.call("mail.message", "search_count", [("message_id", "=", message_id)]))
        self.assertNotIn(self.token, mail.as_string() + self.odoo.log)
        self.assertFalse(self._receive_daily_email(), "once a day")
