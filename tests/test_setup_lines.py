"""Set Up BCC Dropbox: the lines to copy."""

import configparser
import importlib.util
import re
import subprocess
import tempfile
from pathlib import Path
from unittest import skipUnless
from unittest.mock import patch

from ..tools import setup_lines
from ..wizard.crm_bcc_dropbox_setup import WAYS
from .common import tagged
from .test_setup import SetupCommon

ROOT = Path(__file__).parents[1]
RECEIVER = ROOT / "receiver/odoo_bcc_receiver/settings.py"
UNIT = ROOT / "receiver/odoo-bcc-receiver.service"
MANUALS = [ROOT / "docs/mail-server.md", ROOT / "docs/delivery-script.md"]
ACCESS = setup_lines.Access("https://odoo.acme.example", 'new "db"', "mail\\gate")


def load(path):
    """Import a file that is no part of the addon."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@tagged("post_install", "-at_install")
class TestLines(SetupCommon):
    """The lines to copy: complete, valid, without a password."""

    def _get_lines(self, **values):
        return {line["title"]: line["text"] for line in self._save_address(**values).lines or []}

    def _read(self, text):
        """Read the configuration of the receiver by its own rules."""
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file, patch.dict("os.environ", clear=True):
            file.write(text)
            file.flush()
            return load(RECEIVER).read_settings(file.name)

    def test_mail_exchange(self):
        """Other mail servers find a new domain; that of Odoo's other emails has its record."""
        title = "Add to your DNS, so that other mail servers find yours"
        lines = self._get_lines(way="own", domain="crm.acme.example")
        self.assertEqual(lines[title], "crm.acme.example. MX 10 NAME OF YOUR MAIL SERVER.")
        self.company.alias_domain_id = self.domain
        self.assertNotIn(title, self._get_lines(way="own", domain="acme.example"))

    @skipUnless(RECEIVER.exists(), "packages of the addon are without the receiver")
    def test_receiver(self):
        self.parameters.set_param("web.base.url", "https://odoo.acme.example")
        for way, _label in WAYS[:3]:
            with self.subTest(way=way):
                lines = self._get_lines(way=way, domain="crm.acme.example")
                options = self._read(lines[f"Save as {setup_lines.RECEIVER_FILE}"])
                self.assertEqual(options.url, "https://odoo.acme.example")
                self.assertEqual(options.database, self.env.cr.dbname)
                self.assertEqual(options.login, "ada")
                self.assertEqual(options.password, setup_lines.PLACEHOLDER)
                if way == "own":
                    self.assertEqual((options.lmtp, options.smtp), (["127.0.0.1:2424"], []))
                else:
                    self.assertEqual((options.lmtp, options.smtp), ([], ["0.0.0.0:25", "[::]:25"]))
                    self.assertEqual(options.hostname, "crm.acme.example")
                    self.assertEqual(options.domains, ["crm.acme.example"])

    @skipUnless(RECEIVER.exists(), "packages of the addon are without the receiver")
    def test_quotes(self):
        for text in [
            setup_lines.format_lmtp_receiver(ACCESS),
            setup_lines.format_smtp_receiver(ACCESS, "acme.example", "mx.acme.example"),
        ]:
            options = self._read(text)
            self.assertEqual((options.database, options.login), (ACCESS.database, ACCESS.login))

    @skipUnless(RECEIVER.exists(), "packages of the addon are without the receiver")
    def test_manual(self):
        """The commands are those of the manuals."""
        manual = "".join(path.read_text() for path in MANUALS)
        for text in [
            setup_lines.INSTALL, setup_lines.INSTALL_SCRIPT, setup_lines.PIPE, *setup_lines.START.splitlines(),
            setup_lines.format_certificate("crm.example.com").splitlines()[0],
            setup_lines.format_postfix().splitlines()[-1],
            *setup_lines.format_smtp_receiver(ACCESS, "crm.example.com", "crm.example.com").splitlines()[-2:],
        ]:  # fmt: skip
            self.assertIn(text, manual)

    @skipUnless(RECEIVER.exists(), "packages of the addon are without the receiver")
    def test_certificate(self):
        """The unit passes the certificate on to the receiver, which has no rights to read it."""
        [_get, pass_on] = setup_lines.format_certificate("mx.acme.example").splitlines()
        with tempfile.NamedTemporaryFile("r+") as file:
            file.write(UNIT.read_text())
            file.flush()
            command = pass_on.replace(setup_lines.UNIT_FILE, file.name)
            subprocess.run(["/bin/sh", "-c", command], check=True)
            unit = Path(file.name).read_text()
        for name, source in [("certificate", "fullchain"), ("key", "privkey")]:
            line = f"LoadCredential={name}.pem:/etc/letsencrypt/live/mx.acme.example/{source}.pem"
            self.assertIn(line, unit.splitlines())

    def test_dns(self):
        for way in ("microsoft", "google"):
            lines = self._get_lines(way=way, domain="crm.acme.example")
            self.assertIn("crm.acme.example. MX 10 crm.acme.example.\n", lines["Add to your DNS"])

    def test_postfix(self):
        """Exactly the BCC addresses of the domain go to the receiver."""
        lines = self._get_lines(way="own", domain="crm.acme.example")
        pattern, target = lines["Save as /etc/postfix/bcc_dropbox"].split()
        pattern = re.compile(pattern.strip("/"), re.IGNORECASE)  # as Postfix
        self.assertEqual(target, "$1@bcc-dropbox.invalid")
        token = "a2" * 10
        for address, is_ours in [
            (f"bcc-{token}", True), (f"crm+bcc-{token}", True), (f"BCC-{token}+lead", True),
            ("info", False), (f"bcc-{token}x", False), (f"xbcc-{token}", False),
        ]:  # fmt: skip
            self.assertEqual(bool(pattern.search(f"{address}@crm.acme.example")), is_ours, address)
            self.assertFalse(pattern.search(f"{address}@crmxacme.example"))
        [main] = [text for title, text in lines.items() if "main.cf" in title]
        self.assertIn("bcc-dropbox.invalid=lmtp:inet:127.0.0.1:2424", main)
        self.assertNotIn("virtual_alias_domains", main, "Postfix would reject other emails of the domain")
        new = lines["Only if nothing else uses this domain"]
        self.assertEqual(
            new, 'postconf -e "virtual_alias_domains = $(postconf -h virtual_alias_domains), crm.acme.example"'
        )
        script = {line["title"]: line["text"] for line in self._open_step("connect").record.script_lines}
        [main] = [text for title, text in script.items() if "main.cf" in title]
        self.assertIn("bcc-dropbox.invalid=bccdropbox:", main)
        self.assertIn(new, script.values())
        self.company.alias_domain_id = self.domain
        lines = self._get_lines(way="own", domain="acme.example")
        self.assertNotIn("virtual_alias_domains", "".join(lines.values()))

    def test_nothing_to_copy(self):
        self.assertFalse(self._get_lines(way="mailbox", mailbox="crm@acme.example"))

    def test_script(self):
        """The delivery script reads its lines."""
        parser = configparser.ConfigParser(interpolation=None)
        parser.read_string(setup_lines.format_script(ACCESS))
        self.assertEqual(dict(parser["odoo"]), ACCESS.options)
        script = load(ROOT / "scripts/odoo_bcc_mailgate.py")
        self.assertLessEqual(ACCESS.options.keys(), script.ENVIRONMENT.keys())
