"""From a bare Odoo to working BCC addresses, as a new administrator goes in a browser, for each way in."""

import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from unittest import skipUnless

from odoo.tests import BaseCase, tagged

from . import data
from .mail_servers import SECONDS, copied_database
from .own_database import ADDON, BARE, copied_base, get_options
from .servers import Dovecot, Odoo, free_port, require_programs, send, wait_for
from .servers.receiver import SOURCE
from .setup_servers import SetupServers
from .visitor import Visitor

CHECKOUT = Path(__file__).resolve().parents[1]
DOMAIN = "crm.acme.example"
BANNER = ".o_bcc_dropbox_setup_banner"
DESKTOP, PHONE = ("1366x768", ""), ("390x844", "-phone")


def field(name, inside="input"):
    """Return the selector of a field, or of an element inside of it."""
    return f".o_field_widget[name='{name}'] {inside}"


@tagged("post_install", "-at_install")
@skipUnless(SOURCE.exists(), "packages of the addon are without the receiver")
class TestSetupApps(SetupServers, BaseCase):
    """The administrator of a new Odoo has neither an email address nor an outgoing mail server. Sam sells."""

    password = "admin"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        require_programs()
        cls.folder = Path(tempfile.mkdtemp(prefix="bcc-apps-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.folder.chmod(0o755)
        cls.options = get_options(cls._unpack())
        cls.port = free_port()
        cls.database = cls.enterClassContext(copied_base("apps", BARE))
        cls._install()

    @classmethod
    def _unpack(cls):
        """Unpack the addon as it is published, and return the folder of addons."""
        command = [sys.executable, CHECKOUT / "dev", "package", "--target", cls.folder]
        subprocess.run(command, check=True, capture_output=True)
        [path] = cls.folder.glob("*.zip")
        with zipfile.ZipFile(path) as archive:
            archive.extractall(cls.folder / "addons")
        return cls.folder / "addons"

    @classmethod
    def _install(cls):
        """Install the addon from Apps: Odoo opens the setup. Then hire Sam."""
        with Odoo(cls.folder / "odoo", cls.database, cls.options, port=cls.port) as odoo:
            visitor = Visitor(odoo.url, *DESKTOP)
            try:
                # not later: requests of the first page may still save the session as it was before
                visitor.log_in("admin", "admin", "/web/login?debug=1")
                visitor.go("/odoo/apps")
                visitor.see(".o_kanban_record", "CRM")
                visitor.click(".o_menu_sections *", "Update Apps List")
                visitor.click(".modal button", "Update")
                visitor.see("body:not(.modal-open)")
                visitor.go("/odoo/apps?debug=0")
                visitor.enter(".o_searchview_input", "BCC", leave=False)
                visitor.click(".o_searchview_autocomplete a", "BCC")
                visitor.see(".o_pager_value", "1-1")
                visitor.photograph("apps")
                visitor.click(".o_kanban_record button", "Activate")
                visitor.see("h2", "How is your email hosted?", 600)
            finally:
                visitor.stop()
            cls._hire(odoo)

    @classmethod
    def _hire(cls, odoo):
        group = odoo.call("ir.model.data", "check_object_reference", "sales_team", "group_sale_salesman")[1]
        values = {"name": "Sam Seller", "login": "sam", "email": "sam@acme.example", "password": "sam-secret"}
        odoo.call("res.users", "create", {**values, "group_ids": [(6, 0, [group])]})

    def _open_odoo(self, size, **options):
        """Start Odoo on a copy of the database, and a browser in which the administrator logs in."""
        database = self.enterContext(copied_database(self.database, f"{self.database}_way"))
        options = {**self.options, **options}
        self.odoo = self._start(Odoo(self.folder / "odoo_of_way", database, options, port=self.port))
        self.visitor = Visitor(self.odoo.url, *size)
        self.addCleanup(self.visitor.stop)
        self.visitor.log_in("admin", "admin")

    def _look(self, name):
        """Take a screenshot; nothing scrolls sideways."""
        self.assertFalse(self.visitor.photograph(f"{self._testMethodName[5:]}-{name}"))

    def _choose(self, way, address):
        """Begin with the banner in CRM, and go through the first step."""
        visitor = self.visitor
        visitor.go("/odoo/crm")
        visitor.click(f"{BANNER} button", "Set Up")
        visitor.click(field("way", f"input[data-value='{way}']"))
        visitor.see(field("domain") if way != "mailbox" else field("mailbox"))
        self.assertFalse(visitor.evaluate("document.querySelectorAll('.o_field_invalid').length"))
        visitor.enter(field("mailbox" if way == "mailbox" else "domain"), address)
        visitor.see(field("example", "span"), address.rpartition("@")[2])
        self._look("1")
        visitor.click("button", "Next")

    def _read_lines(self):
        """Return the lines to copy by their titles, as the page shows them."""
        self.visitor.see(field("lines", "pre"))
        self._look("2")
        return self.visitor.evaluate(
            """Object.fromEntries(
                [...document.querySelectorAll("[name='lines'] pre")].map(
                    (pre) => [pre.parentElement.querySelector("strong").textContent, pre.textContent]
                )
            )"""
        )

    def _finish(self, postfix, header):
        """Follow what the checks say, until the test is green; then tell the team."""
        visitor = self.visitor
        visitor.click("button", "Next")
        visitor.see("[data-check='own_email']", "Not Set Up")
        self._look("3")
        visitor.click("[data-check='own_email'] a")
        visitor.enter(field("email"), "ada@acme.example")
        self._look("4")
        visitor.click(".o_back_button")
        visitor.see("ul:not(:has([data-check='own_email'])) [data-check='outgoing']", "Needs Attention")
        visitor.click("[data-check='outgoing'] a")
        visitor.click(".o_list_button_add, .o-kanban-button-new")
        visitor.enter(field("name"), "Postfix")
        visitor.enter(field("smtp_host"), "127.0.0.1")
        visitor.enter(field("smtp_port"), str(postfix.smtp_port))
        self._look("5")
        visitor.click(".o_back_button")  # the form stores what was entered
        visitor.see(".o_data_row", "Postfix")
        visitor.click(".o_back_button")
        visitor.see("[data-check='outgoing']", "OK")
        message_id = self._send_as_sam(postfix)
        visitor.click("button", "Test My Address")
        visitor.see(".o_bcc_dropbox_test .alert-success", "Your BCC address works", SECONDS)
        visitor.see("[data-check='incoming']", "OK")
        self._look("6")
        self._tell()
        self._check_captured(message_id, header)

    def _tell(self):
        """Tell Sam, and leave: the banner is gone."""
        visitor = self.visitor
        visitor.click("button", "Next")
        visitor.see(field("team", "span"), "Sam Seller")
        self._look("7")
        visitor.click("button", "Send Message")
        visitor.see("p", "Everyone with a BCC address has been told.")
        visitor.click("button", "Done")
        visitor.see(f".o_kanban_view:not(:has({BANNER})) .o_kanban_renderer")
        sam = self.odoo.as_user("sam", "sam-secret")
        [message] = sam.call(
            "mail.message", "search_read", [("body", "ilike", "res_users_action_bcc_dropbox")], ["body"]
        )
        self.assertIn("You now have a BCC address.", message["body"])

    def _send_as_sam(self, postfix):
        """Send an email of Sam to a customer, and return its Message-Id."""
        sam = self.odoo.as_user("sam", "sam-secret")
        [values] = sam.call("res.users", "read", [sam._get_uid()], ["bcc_dropbox_address"])
        message_id = "<1@laptop.example>"
        mail = data.BARE.format(
            body="Hello", date="Mon, 23 Nov 2026 10:00:00 +0100", headers="", message_id=message_id,
            sender="sam@acme.example", subject="Our offer", to="new@customer.example",
        )  # fmt: skip
        recipients = ["new@customer.example", values["bcc_dropbox_address"]]
        send("127.0.0.1", postfix.smtp_port, "sam@acme.example", recipients, mail.encode())
        return message_id

    def _check_captured(self, message_id, header):
        """Check that the email of Sam is on a new lead, and how the test came."""
        domain = [("message_id", "=", message_id)]
        fields = ["state", "reason", "authentication"]
        [email] = wait_for(
            lambda: self.odoo.call("crm.bcc.dropbox.email", "search_read", domain, fields), SECONDS, "the email of Sam"
        )
        self.assertEqual(email["state"], "captured", email["reason"])
        self.email = email
        self.assertEqual(self.odoo.call("crm.lead", "search_count", [("email_from", "=", "new@customer.example")]), 1)
        [uid] = self.odoo.call("res.users", "search", [("login", "=", "admin")])
        self.assertEqual(self.odoo.call("res.users", "action_bcc_dropbox_test_result", [uid])["header"], header)
        lines = [line for line in self.odoo.log.splitlines() if " WARNING " in line or " ERROR " in line]
        self.assertFalse([line for line in lines if f" odoo.addons.{ADDON}." in line])

    # ------------------------------------------------------------
    # TESTS
    # ------------------------------------------------------------

    def test_own(self):
        self._open_odoo(DESKTOP)
        self._choose("own", DOMAIN)
        self._finish(self._start_own(self._read_lines()), "Envelope")

    def test_google(self):
        self._open_odoo(DESKTOP)
        self._check_provider("google")

    def test_microsoft(self):
        self._open_odoo(PHONE)
        self._check_provider("microsoft")

    def _check_provider(self, way):
        self._choose(way, DOMAIN)
        self._finish(self._start_provider(self._read_lines(), DOMAIN), "Envelope")
        self.assertEqual(self.email["authentication"], "pass")

    def test_mailbox(self):
        """Odoo polls by its own scheduled action."""
        dovecot = self._start(Dovecot(self.folder / "dovecot"))
        postfix = self._start_postfix(mailbox_domains=["poll.example"], mailbox=dovecot)
        self._open_odoo(PHONE, max_cron_threads=1)
        self._choose("mailbox", "crm@poll.example")
        visitor = self.visitor
        visitor.see("h2", "Let Odoo read the mailbox")
        self._look("2")
        visitor.click("button", "Incoming Mail Servers")
        visitor.see(field("server"))
        self.assertEqual(visitor.see(field("user")), "crm@poll.example")
        # Dovecot of the tests has no TLS, and its user no domain
        visitor.click(field("is_ssl"))
        for name, value in (("server", "127.0.0.1"), ("user", dovecot.user), ("password", dovecot.password)):
            visitor.enter(field(name), value)
        visitor.enter(field("port"), str(dovecot.imap_port))
        self._look("2a")
        visitor.click("button", "Test & Confirm")
        visitor.see("button", "Fetch Now")
        self._look("2b")
        visitor.click(".o_back_button")
        visitor.see("h2", "Let Odoo read the mailbox")
        self._finish(postfix, "X-Original-To")
