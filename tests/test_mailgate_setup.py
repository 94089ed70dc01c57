"""The delivery script: arguments and configuration."""

import ast
import base64
import http.client
import subprocess
from unittest.mock import patch

from odoo.tests import tagged

from .mailgate import ADDRESS, MAIL, PASSWORD, SCRIPT, MailgateCase, load_script


@tagged("post_install", "-at_install")
class TestMailgateSetup(MailgateCase):
    def test_former_option(self):
        """The user id is an option of earlier versions."""
        self._write_config(uid="admin")
        self.assertEqual(self._run(), (0, ""))

    def test_environment(self):
        environment = {
            "ODOO_URL": self.odoo.url,
            "ODOO_DB": "other",
            "ODOO_LOGIN": "someone",
            "ODOO_PASSWORD": PASSWORD,
        }
        self.config.unlink()
        self.assertEqual(self._run(environment=environment), (0, ""))
        self.assertEqual(self.odoo.calls[0].account, ("other", "someone", PASSWORD))
        self._write_config(password="wrong")
        self.assertEqual(self._run(environment={"ODOO_PASSWORD": PASSWORD}), (0, ""))
        self.assertEqual(self.odoo.calls[1].account, ("test", "gate", PASSWORD))

    def test_return_path(self):
        script = load_script()
        for name, mail, sender, expected in (
            ("nothing told", b"A: b\n\n", None, b"A: b\n\n"),
            ("empty sender", b"A: b\n\n", "", b"Return-Path: <>\nA: b\n\n"),
            ("Postfix's word for it", b"A: b\n\n", "MAILER-DAEMON", b"Return-Path: <>\nA: b\n\n"),
            ("brackets", b"A: b\n\n", "<a@b.example>", b"Return-Path: <a@b.example>\nA: b\n\n"),
            ("there already", b"Return-Path: <x@y>\nA: b\n", "x@y", b"Return-Path: <x@y>\nA: b\n"),
            ("other one", b"Return-Path: <x>\n", "y", b"Return-Path: <y>\nReturn-Path: <x>\n"),
            ("mailbox line", b"From a@b Mon\nA: b\n\n", None, b"A: b\n\n"),
            ("mailbox line, CRLF", b"From a@b Mon\r\nA: b\r\n", "", b"Return-Path: <>\r\nA: b\r\n"),
            ("From header", b"From: a@b\n\n", None, b"From: a@b\n\n"),
            ("injection", b"A: b\n", "x@y\r\nBcc: z", b"Return-Path: <x@yBcc: z>\nA: b\n"),
            ("not UTF-8", b"A: b\n", "\udce4@y", b"Return-Path: <\xe4@y>\nA: b\n"),
        ):
            with self.subTest(name):
                self.assertEqual(script.add_return_path(mail, sender), expected)

    def test_recipients(self):
        for name, recipients, expected in (
            ("none", [], b""),
            ("one", ["x@y"], b"x@y"),
            ("several, one of them twice", ["x@y", "z@y", "x@y"], b"x@y\nz@y"),
            ("injection", ["x@y\r\nBcc: z"], b"x@yBcc: z"),
            ("control characters", ["x\1\x7f@y"], b"x@y"),
            ("not UTF-8", ["\udce4@y"], b"\xe4@y"),
            ("UTF-8", ["ä@y"], "ä@y".encode()),
            ("empty", [" ", ""], b""),
        ):
            with self.subTest(name):
                self.odoo.calls.clear()
                self.assertEqual(self._run(MAIL, *(f"--recipient={recipient}" for recipient in recipients)), (0, ""))
                encoded = self.odoo.calls[0].headers["X-BCC-Dropbox-Envelope"] or ""
                self.assertEqual(base64.b64decode(encoded, validate=True), expected)

    def test_configuration_trouble(self):
        host = self.odoo.url.removeprefix("http://")
        for name, values in {
            "no address": {"url": None},
            "no password": {"password": None},
            "no web address": {"url": "odoo.example:8069"},
            "no host": {"url": "http:///x"},
            "broken web address": {"url": "http://[x"},
            "no port": {"url": "http://127.0.0.1:http"},
            "impossible port": {"url": "http://127.0.0.1:99999"},
            "impossible path": {"url": f"{self.odoo.url}/ü"},
            "more than a path": {"url": f"{self.odoo.url}?db=test"},
            "user of a proxy": {"url": f"http://gate:{PASSWORD.replace('%', '')}@{host}"},
            "login of a proxy": {"url": f"http://gate@{host}"},
            "one of two addresses": {"url": f"{self.odoo.url} ftp://{host}"},
            "time": {"timeout": "soon"},
            "private CA": {"ca_file": "/nowhere", "url": "https://127.0.0.1:1"},
            "database is no header": {"database": "tést"},
            "header in the database": {"database": "test\n X-Other: 1"},
            "colon in the login": {"login": "ga:te"},
        }.items():
            with self.subTest(name):
                self._write_config(**values)
                self.assertEqual(self._run()[0], 75)
        self._write_config()
        for variable in ("ODOO_URL", "ODOO_PASSWORD"):
            with self.subTest(f"blank {variable}"):  # a blank value is ignored: the file counts
                self.assertEqual(self._run(environment={variable: " \n"})[0], 0)
                self.odoo.calls.clear()
        whole = self.config.read_text()
        for name, text in {
            "empty": "",
            "no section": whole.replace("[odoo]\n", ""),
            "other section": whole.replace("[odoo]", "[other]"),
            "no text": "\0",
            "no option": f"{whole}\n{PASSWORD.replace(':', '')}",
            "twice": f"{whole}\npassword = {PASSWORD}",
        }.items():
            with self.subTest(name):
                self.config.write_text(text)
                found, output = self._run()
                self.assertEqual(found, 75)
                self.assertNotIn(PASSWORD.replace(":", ""), output.replace(":", ""))
        self.config.write_bytes(b"[odoo]\npassword = \xff\n")
        self.assertEqual(self._run()[0], 75)
        self.config.unlink()
        self.assertEqual(self._run()[0], 75)
        self.config.mkdir()
        self.assertEqual(self._run()[0], 75)
        self.assertFalse(self.odoo.calls)

    def test_configuration_file(self):
        read = load_script().read_file
        for text, options in (
            ("[odoo]\nurl = http://a:1/b\npassword=#;[x] = y: %z ", ["http://a:1/b", "#;[x] = y: %z"]),
            ("# [no]\n[odoo]\r\n# url = c\nURL: http://a\r\n\nPassword :a=b", ["http://a", "a=b"]),
            ("[odoo]\nurl = a\n # c\n\tb = c\npassword = x", ["a\nb = c", "x"]),
            ("[other]\nurl = x\n y\n[odoo]\nurl = a\npassword = ü\n[more]\npassword = z", ["a", "ü"]),
        ):
            with self.subTest(text):
                self.config.write_text(text)
                self.assertEqual(read(str(self.config)), dict(zip(("url", "password"), options, strict=True)))

    def test_url(self):
        script = load_script()
        for url, server in {
            "http://odoo.example.com": ("odoo.example.com", 80, ""),
            "HTTPS://Odoo.example.com/": ("Odoo.example.com", 443, ""),
            "http://127.0.0.1:8069/a/b@c/": ("127.0.0.1", 8069, "/a/b@c"),
            "https://[::1]:8443": ("::1", 8443, ""),
            "https://[fe80::1]/x": ("fe80::1", 443, "/x"),
            "http://odoo_app:8069": ("odoo_app", 8069, ""),
        }.items():
            with self.subTest(url):
                self._write_config(url=url)
                with patch("http.client.HTTPConnection.connect"), patch("http.client.HTTPSConnection.connect"):
                    connection, path = script.connect(script.read_settings(str(self.config)))
                self.assertEqual((connection.host, connection.port, path), server)
                self.assertEqual(isinstance(connection, http.client.HTTPSConnection), url.lower().startswith("https"))

    def test_injection(self):
        """Line ends in environment variables can't end a header."""
        for name, option in {"database": "ODOO_DB", "url": "ODOO_URL"}.items():
            for end in ("\n", "\r", "\r\n", "\n ", "\x7f"):
                with self.subTest(name=name, end=end):
                    value = {"ODOO_DB": f"test{end}X-Other: 1", "ODOO_URL": f"{self.odoo.url}/{end}X-Other"}[option]
                    self.assertEqual(self._run(environment={option: value})[0], 75)
        self.assertFalse(self.odoo.calls)
        for option, value in {"ODOO_LOGIN": "x\r\nX-Other", "ODOO_PASSWORD": "x\r\nX-Other: 1"}.items():
            self.assertEqual(self._run(environment={option: value})[0], 0)
        self.assertFalse([call for call in self.odoo.calls if call.headers["X-Other"]])
        self.assertEqual(self._run(environment={"ODOO_LOGIN": "\udcff"})[0], 75)

    def test_python_version(self):
        """Mail hosts are older than Odoo."""
        ast.parse(SCRIPT.read_text(), feature_version=(3, 8))

    def test_public_configuration(self):
        for mode in (0o604, 0o602):
            with self.subTest(mode):
                self.config.chmod(mode)
                found, output = self._run()
                self.assertEqual(found, 75)
                self.assertIn("every account", output)
        self.assertFalse(self.odoo.calls)
        self.config.chmod(0o640)
        self.assertEqual(self._run()[0], 0)

    def test_wrong_call(self):
        for arguments in (
            ["--password=x"],
            ["--login=x"],
            ["--pass", "x"],
            ["--recipient"],
            ["--conf", "x"],
            ["-h"],
            [ADDRESS],
            ["--sender", "a", ADDRESS],
            ["--sender=a", ADDRESS],
            ["--recipient=a", ADDRESS],
            ["--recipient", "--sender=a"],
            ["--sender", "--recipient", "a"],
            ["--sender=a", "--sender"],
        ):
            with self.subTest(arguments):
                self.assertEqual(self._run(MAIL, *arguments)[0], 75)
        self.assertFalse(self.odoo.calls)

    def test_arguments(self):
        script = load_script()
        for arguments, recipients, sender in (
            ([], [], None),
            (["--recipient=a", "--recipient=b=c", "--sender="], ["a", "b=c"], ""),
            (["--recipient", "a", "b", "--sender", "c", "--recipient", "d"], ["a", "b", "d"], "c"),
            (["--recipient=", "--sender=-x@y"], [""], "-x@y"),
            (["--sender", "", "--recipient", ""], [""], ""),
        ):
            with self.subTest(arguments):
                options = script.parse_arguments(arguments)
                self.assertEqual((options.recipient, options.sender), (recipients, sender))

    def test_no_mail(self):
        for mail in (b"", b"\n\r\n "):
            with self.subTest(mail):
                self.assertEqual(self._run(mail)[0], 75)
        self.assertFalse(self.odoo.calls)

    def test_nobody_listens(self):
        self._write_config(url="http://127.0.0.1:1")
        command = self._get_command()
        for redirection in ("2>&-", "2>/dev/full"):
            with self.subTest(redirection):
                done = subprocess.run(["/bin/sh", "-c", f'"$@" {redirection}', "sh", *command], input=MAIL, check=False)
                self.assertEqual(done.returncode, 75)
