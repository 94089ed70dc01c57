"""Browsers of real sessions learn of an email that arrives by SMTP, over a real websocket."""

import json
import logging
import time
import unittest

from odoo.addons.bus.websocket import WebsocketConnectionHandler
from odoo.tests import tagged

from ..tools import live
from .mail_servers import SECONDS, MailServersCase
from .servers import send

try:
    import requests
    import websocket
except ImportError:  # what Odoo's own tests need, too
    websocket = None

_logger = logging.getLogger(__name__)

MAIL = """\
From: Sam Seller <sam@acme.example>
To: leo@customer.example
Subject: Offer {number}
Message-ID: <{number}.live@laptop.example>
Date: Mon, 23 Nov 2026 10:00:00 +0100

Secret words
"""


@unittest.skipUnless(websocket, "websocket-client is not installed")
@tagged("post_install", "-at_install")
class TestLiveServers(MailServersCase):
    def _log_in(self, login):
        """Return the session of a browser after a login; without one, that of a visitor."""
        session = requests.Session()
        self.addCleanup(session.close)
        session.get(f"{self.odoo.url}/web/login", params={"db": self.odoo.database}, timeout=SECONDS)
        if login:
            values = {"db": self.odoo.database, "login": login, "password": f"{login}-secret"}
            answer = self._post(session, "/web/session/authenticate", **values)
            self.assertEqual(answer["username"], login)
        return session

    def _post(self, session, route, **params):
        answer = session.post(self.odoo.url + route, json={"params": params}, timeout=SECONDS).json()
        self.assertIn("result", answer)
        return answer["result"]

    def _connect(self, session):
        url = self.odoo.url.replace("http", "ws", 1) + f"/websocket?version={WebsocketConnectionHandler._VERSION}"
        cookie = f"session_id={session.cookies['session_id']}"
        connection = websocket.create_connection(url, timeout=SECONDS, cookie=cookie, origin=self.odoo.url)
        self.addCleanup(connection.close)
        return connection

    def _subscribe(self, connection, *channels):
        data = {"channels": channels, "last": 0}
        connection.send(json.dumps({"event_name": "subscribe", "data": data}))

    def _read(self, connection, name):
        """Wait for a notification of a kind, and return its number and payload."""
        while True:
            for notification in json.loads(connection.recv()):
                if notification["message"]["type"] == name:
                    return notification["id"], notification["message"]["payload"]

    def test_smtp(self):
        """Within a second after the mail server has accepted it, on an idle machine; this one may be busy."""
        call = self.odoo.call
        lead = call("crm.lead", "create", {"name": "Deal", "email_from": "leo@customer.example", "user_id": self.sam})
        channels = [f"bcc_dropbox:crm.lead:{lead}"]
        sam, clerk, visitor = (self._log_in(login) for login in ("sam", "mailgate", None))
        browser = self._connect(sam)
        self._subscribe(browser, *channels)
        first = None
        for offer in range(2):
            mail = MAIL.format(number=offer).encode()
            recipients = ["leo@customer.example", f"{self.token}@smtp.example"]
            send("127.0.0.1", self.postfix.smtp_port, "sam@acme.example", recipients, mail)
            sent = time.monotonic()
            number, payload = self._read(browser, live.MESSAGES)
            first = first or number
            seconds = time.monotonic() - sent
            self.assertEqual((payload["model"], payload["id"]), ("crm.lead", lead))
            [message] = call("mail.message", "read", payload["message_ids"], ["res_id", "subject"])
            self.assertEqual((message["res_id"], message["subject"]), (lead, f"Offer {offer}"))
            _logger.info("shown %.2f s after SMTP", seconds)
        # those who may not read the lead learn nothing, although they ask for it
        for session, count in ((sam, 2), (clerk, 0), (visitor, 0)):
            answer = self._post(
                session, "/websocket/peek_notifications", channels=channels, last=first - 1, is_first_poll=True
            )
            found = [item["message"]["type"] for item in answer["notifications"]]
            self.assertEqual(found.count(live.MESSAGES), count, found)
        self.assertNotIn("notified of a captured email", self.odoo.log)
