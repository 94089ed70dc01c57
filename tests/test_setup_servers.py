"""The lines of *Set Up BCC Dropbox* and of the manual, copied as they are, make real servers deliver to Odoo."""

import contextlib
import re
from pathlib import Path
from unittest import skipUnless

from odoo import sql_db
from odoo.tests import tagged
from odoo.tools import SQL

from .mail_servers import SECONDS, MailServersCase
from .servers import free_port, wait_for
from .servers.receiver import SOURCE
from .setup_servers import SetupServers

MANUAL = Path(__file__).parents[1] / "docs/mail-server.md"
SETUP = "crm.bcc.dropbox.setup"
DOMAIN = "crm.acme.example"


def read_manual(name):
    """Return the lines of a file as in the manual, with our domain."""
    [lines] = re.findall(rf"`{re.escape(name)}`[^`].*?\n```\w*\n(.*?)```", MANUAL.read_text(), re.DOTALL)
    return lines.replace("example.com", DOMAIN).replace(r"example\.com", re.escape(DOMAIN))


@tagged("post_install", "-at_install")
@skipUnless(SOURCE.exists(), "packages of the addon are without the receiver")
class TestSetupServers(SetupServers, MailServersCase):
    """Ada administers an Odoo in which nothing is set up; Sam is a salesperson."""

    password = "mailgate-secret"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = cls.dovecot.folder.parent
        call = cls.odoo.call
        call("fetchmail.server", "unlink", list(cls.pollers.values()))
        call("res.company", "write", call("res.company", "search", []), {"alias_domain_id": False})
        call("ir.config_parameter", "set_param", "web.base.url", cls.odoo.url)
        groups = ["base.group_system", "sales_team.group_sale_manager"]
        ids = [call("ir.model.data", "check_object_reference", *name.split("."))[1] for name in groups]
        values = {"name": "Ada", "login": "ada", "email": "ada@acme.example", "password": "ada-secret"}
        cls.ada = call("res.users", "create", {**values, "group_ids": [(6, 0, ids)]})
        [cls.mailgate] = call("res.users", "search", [("login", "=", "mailgate")])

    def setUp(self):
        super().setUp()
        self.call = self.odoo.as_user("ada", "ada-secret").call
        for key in ("authentication_host", "mailbox", "way_in"):
            self.call("ir.config_parameter", "set_param", f"crm_bcc_dropbox.{key}", False)
        self._execute("UPDATE crm_bcc_dropbox SET test_date = NULL, test_result = NULL, test_nonce = NULL")
        self._execute("DELETE FROM crm_bcc_dropbox_email")
        self.addCleanup(setattr, self, "postfix", self.postfix)

    def _execute(self, query):
        """Restore what the interface cannot undo."""
        with contextlib.closing(sql_db.db_connect(self.odoo.database).cursor()) as cr:
            cr.execute(SQL(query))
            cr.commit()  # pylint: disable=invalid-commit; Odoo runs in another process

    def _save_address(self, **values):
        """Go through the first step, and return the setup."""
        self.assertTrue(self.call(SETUP, "is_wanted"))
        setup = self.call(SETUP, "create", {**values, "user_id": self.mailgate})
        self.call(SETUP, "action_next", [setup])
        return setup

    def _get_lines(self, setup):
        """Return the lines to copy by their titles."""
        [values] = self.call(SETUP, "read", [setup], ["lines"])
        return {line["title"]: line["text"] for line in values["lines"]}

    def _send_through(self, postfix):
        """Make Odoo send its emails through a Postfix."""
        self.postfix = postfix
        values = {"name": "own", "smtp_host": "127.0.0.1", "smtp_port": postfix.smtp_port}
        server = self.call("ir.mail_server", "create", values)
        self.addCleanup(self.call, "ir.mail_server", "unlink", [server])

    def _check(self, setup, header, fetch=None):
        """Send the test of the setup and an email of Sam: both arrive, and the setup is done."""
        self.call(SETUP, "action_next", [setup])
        self.call("res.users", "action_bcc_dropbox_test", [self.ada])
        [values] = self.call("res.users", "read", [self.sam], ["bcc_dropbox_address"])
        self._send(values["bcc_dropbox_address"])
        self.postfix.wait_until_empty(SECONDS)
        if fetch:
            fetch()
        result = self.call("res.users", "action_bcc_dropbox_test_result", [self.ada])
        self.assertTrue(result, self.postfix.log[-2000:])
        self.assertEqual((result["header"], result["from_last_hop"]), (header, True))
        self._check_all_captured_once()
        [values] = self.call(SETUP, "read", [setup], ["step", "checks"])
        self.assertEqual(values["step"], "test")
        _start, *checks = re.split(r'data-check="(\w+)"', values["checks"])
        checks = dict(zip(checks[::2], checks[1::2], strict=True))
        for check in ("address", "incoming", "outgoing"):
            self.assertIn("OK", checks[check])
        self.assertFalse(self.call(SETUP, "is_wanted"))

    # ------------------------------------------------------------
    # TESTS
    # ------------------------------------------------------------

    def test_own(self):
        setup = self._save_address(way="own", domain=DOMAIN)
        self._send_through(self._start_own(self._get_lines(setup)))
        self._check(setup, "Envelope")
        self.assertIn(f"relay=127.0.0.1[127.0.0.1]:{self.own_receiver.lmtp_port}", self.postfix.log)

    def test_provider(self):
        """Microsoft 365 and Google: another mail server finds the receiver in the DNS."""
        for way in ("microsoft", "google"):
            with self.subTest(way=way):
                self.setUp()
                setup = self._save_address(way=way, domain=DOMAIN)
                self._send_through(self._start_provider(self._get_lines(setup), DOMAIN))
                self._check(setup, "Envelope")
                self._check_verified()
                self.doCleanups()

    def _check_verified(self):
        """Check that the receiver took the emails by TLS and verified their sender."""
        self.assertIn("TLS connection established", self.postfix.log)
        fields = ["authentication", "authentication_host"]
        for row in self.call("crm.bcc.dropbox.email", "search_read", [("message_id", "in", self.sent)], fields):
            self.assertEqual((row["authentication"], row["authentication_host"]), ("pass", DOMAIN))

    def test_mailbox(self):
        """IMAP, with the form that the setup opens."""
        setup = self._save_address(way="mailbox", mailbox="crm@poll.example")
        action = self.call(SETUP, "action_open_servers", [setup])
        defaults = {name[8:]: value for name, value in action["context"].items() if name.startswith("default_")}
        self.assertEqual((defaults["server_type"], defaults["user"]), ("imap", "crm@poll.example"))
        # Dovecot of the tests has no TLS, and its user no domain
        account = {"server": "127.0.0.1", "port": self.dovecot.imap_port, "is_ssl": False}
        account.update(user=self.dovecot.user, password=self.dovecot.password)
        server = self.call("fetchmail.server", "create", {**defaults, **account})
        self.addCleanup(self.call, "fetchmail.server", "unlink", [server])
        self.call("fetchmail.server", "button_confirm_login", [server])
        self._send_through(self._start_postfix(mailbox_domains=["poll.example"], mailbox=self.dovecot))
        self._check(setup, "X-Original-To", lambda: self.call("fetchmail.server", "fetch_mail", [server]))

    def test_manual(self):
        """The files of the manual, for a domain with other mailboxes, and one without."""
        toml = read_manual("/etc/odoo-bcc-receiver.toml")
        for old, new in {
            f"https://odoo.{DOMAIN}": self.odoo.url,
            "production": self.odoo.database,
            "a long random password, or an API key": "mailgate-secret",
        }.items():
            self.assertIn(old, toml)
            toml = toml.replace(old, new)
        port = free_port()
        receiver = self._start_receiver(f'{toml}\nlmtp = "127.0.0.1:{port}"')
        wait_for(lambda: f"LMTP on 127.0.0.1:{port}" in receiver.log, SECONDS, "the receiver")
        files = {
            f"/etc/postfix/{name}": read_manual(f"/etc/postfix/{name}") for name in ("bcc_dropbox", "bcc_transport")
        }
        files["/etc/postfix/bcc_transport"] = files["/etc/postfix/bcc_transport"].replace("2424", str(port))
        main = read_manual("/etc/postfix/main.cf")
        for more in (f"mydestination = localhost, {DOMAIN}", f"virtual_alias_domains = {DOMAIN}"):
            with self.subTest(more):
                self.setUp()
                self._send_through(self._start_postfix(f"{main}{more}\nmailbox_size_limit = 51200000", files))
                self._send(f"{self.token}@{DOMAIN}")
                self._send(f"CRM+{self.token.upper()}+x@{DOMAIN.upper()}")
                self._wait_for_log()
                self._check_all_captured_once()
                self.postfix.remove()
