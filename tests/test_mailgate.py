"""The delivery script, run as a mail server runs it, against a server that plays Odoo."""

import base64
import http.server
import importlib.util
import ipaddress
import os
import random
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.message import Message
from pathlib import Path
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from odoo.tests import BaseCase, tagged

SCRIPT = Path(__file__).parents[1] / "scripts" / "odoo_bcc_mailgate.py"
PASSWORD = "correct-horse%battery:ü"
TOKEN = "abcdefghij234567abcd"
ADDRESS = f"bcc-{TOKEN}@acme.example"
MAIL = b"From: a@acme.example\nTo: b@customer.example\nSubject: hello\n\nbody\n"
TAKEN = (200, b"taken")
UNKNOWN = (422, b"unknown recipient")
LARGE = MAIL + bytes(range(256)) * 4 * 4096


def load_script():
    spec = importlib.util.spec_from_file_location("odoo_bcc_mailgate", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Call:
    """A request that the server got."""

    path: str
    headers: Message
    body: bytes

    @property
    def account(self):
        """Database, login and password."""
        scheme, encoded = self.headers["Authorization"].split()
        assert scheme == "Basic"
        return self.headers["X-Odoo-Database"], *base64.b64decode(encoded).decode().split(":", 1)


class FakeOdoo(http.server.ThreadingHTTPServer):
    """Answer as told in ``answer``, and keep the requests in ``calls``.

    An answer is status and body, or all its bytes, or None, which is no more than its last words until the server is
    released.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), FakeOdooHandler)
        self.answer = TAKEN
        self.headers = {}
        self.last_words = b""
        self.is_hasty = False
        self.calls = []
        self.called = threading.Event()
        self.released = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_args):
        """Say nothing of clients that went away: some tests end them."""


class FakeOdooHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = b"" if self.server.is_hasty else self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append(Call(self.path, self.headers, body))
        self.server.called.set()
        answer = self.server.answer
        if answer is None:
            self.wfile.write(self.server.last_words)
            self.server.released.wait(60)
        elif isinstance(answer, bytes):
            self.wfile.write(answer)
        else:
            self.send_response(answer[0])
            for name, value in self.server.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer[1])

    def do_GET(self):
        raise AssertionError("nobody follows where a redirection leads")

    def log_message(self, *_args):
        """Print nothing."""


@tagged("post_install", "-at_install")
class TestMailgate(BaseCase):
    def setUp(self):
        super().setUp()
        self.odoo = FakeOdoo()
        thread = threading.Thread(target=self.odoo.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.odoo.server_close)
        self.addCleanup(self.odoo.shutdown)
        self.addCleanup(self.odoo.released.set)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.config = Path(folder.name) / "gate.conf"
        self._write_config()

    def _write_config(self, **values):
        values = {
            "url": self.odoo.url,
            "database": "test",
            "login": "gate",
            "password": PASSWORD,
            **values,
        }
        lines = [f"{option} = {value}" for option, value in values.items() if value is not None]
        self.config.write_text("\n".join(["[odoo]", *lines, ""]))
        self.config.chmod(0o600)

    def _get_command(self, *arguments):
        return [sys.executable, str(SCRIPT), "--config", str(self.config), *arguments]

    def _run(self, message=MAIL, *arguments, environment=None):
        """Run the script and return its exit code and its output, which holds no secret, ever."""
        done = subprocess.run(
            self._get_command(*arguments),
            input=message,
            capture_output=True,
            check=False,
            timeout=60,
            env={"PATH": os.environ["PATH"], **(environment or {})},
        )
        output = done.stderr.decode()
        self.assertFalse(done.stdout)
        self.assertNotIn(PASSWORD, output)
        self.assertNotIn(TOKEN, output.lower())
        self.assertLessEqual(output.count("\n"), 1, output)
        return done.returncode, output

    def _get_delivered(self):
        """Return the bytes of the only mail that the server got."""
        [call] = self.odoo.calls
        return call.body

    def test_call(self):
        self.assertEqual(self._run(), (0, ""))
        [call] = self.odoo.calls
        self.assertEqual(call.path, "/bcc_dropbox/mail")
        self.assertEqual(call.account, ("test", "gate", PASSWORD))
        self.assertEqual(call.headers["Content-Type"], "message/rfc822")
        self.assertEqual(call.headers["Host"], self.odoo.url.removeprefix("http://"))
        self.assertFalse(call.headers["Cookie"])
        self.assertEqual(call.body, MAIL)

    def test_path_of_a_proxy(self):
        for end in ("/", "/odoo", "/odoo/"):
            self._write_config(url=self.odoo.url + end)
            self.assertEqual(self._run(), (0, ""))
        self.assertEqual(
            [call.path for call in self.odoo.calls], ["/bcc_dropbox/mail", *["/odoo/bcc_dropbox/mail"] * 2]
        )

    def test_former_option(self):
        """The id of the user was an option once."""
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

    def test_bytes_unchanged(self):
        all_bytes = bytes(range(256))
        for name, mail in {
            "latin 1 and raw bytes": MAIL + all_bytes,
            "crlf": MAIL.replace(b"\n", b"\r\n") + all_bytes,
            "no line end": b"Subject: x",
            "no header": b"\nbody",
            "several megabytes": LARGE,
        }.items():
            with self.subTest(name):
                self.odoo.calls.clear()
                self.assertEqual(self._run(mail), (0, ""))
                self.assertEqual(self._get_delivered(), mail)

    def test_envelope_headers(self):
        arguments = [
            f"--recipient={ADDRESS}",
            "--recipient",
            "x@acme.example",
            ADDRESS,
            "--sender=a@b.example",
        ]
        expected = (
            b"Return-Path: <a@b.example>\n"
            b"X-BCC-Dropbox-Recipient: " + ADDRESS.encode() + b"\n"
            b"X-BCC-Dropbox-Recipient: x@acme.example\n"
        )
        for end in (b"\n", b"\r\n"):
            with self.subTest(end):
                mail = MAIL.replace(b"\n", end)
                self.odoo.calls.clear()
                self.assertEqual(self._run(mail, *arguments), (0, ""))
                self.assertEqual(self._get_delivered(), expected.replace(b"\n", end) + mail)

    def test_add_envelope(self):
        script = load_script()
        for name, mail, recipients, sender, expected in (
            ("nothing told", b"A: b\n\n", [], None, b"A: b\n\n"),
            ("empty sender", b"A: b\n\n", [], "", b"Return-Path: <>\nA: b\n\n"),
            ("Postfix's word for it", b"A: b\n\n", [], "MAILER-DAEMON", b"Return-Path: <>\nA: b\n\n"),
            ("brackets", b"A: b\n\n", [], "<a@b.example>", b"Return-Path: <a@b.example>\nA: b\n\n"),
            ("there already", b"Return-Path: <x@y>\nA: b\n", [], "x@y", b"Return-Path: <x@y>\nA: b\n"),
            ("other one", b"Return-Path: <x>\n", [], "y", b"Return-Path: <y>\nReturn-Path: <x>\n"),
            ("mailbox line", b"From a@b Mon\nA: b\n\n", [], None, b"A: b\n\n"),
            ("mailbox line, CRLF", b"From a@b Mon\r\nA: b\r\n", [], "", b"Return-Path: <>\r\nA: b\r\n"),
            ("From header", b"From: a@b\n\n", [], None, b"From: a@b\n\n"),
            ("injection", b"A: b\n", ["x@y\r\nBcc: z"], None, b"X-BCC-Dropbox-Recipient: x@yBcc: z\nA: b\n"),
            ("control characters", b"A: b\n", ["x\0\x7f@y"], None, b"X-BCC-Dropbox-Recipient: x@y\nA: b\n"),
            ("not UTF-8", b"A: b\n", ["\udce4@y"], None, b"X-BCC-Dropbox-Recipient: \xe4@y\nA: b\n"),
            ("empty recipient", b"A: b\n", [" "], None, b"A: b\n"),
        ):
            with self.subTest(name):
                self.assertEqual(script.add_envelope(mail, recipients, sender), expected)

    def test_answers(self):
        for name, answer, status, told in (
            ("unknown recipient", UNKNOWN, 67, "no such recipient"),
            ("another reason", (422, b"unprocessable"), 75, "422"),
            ("the constant and more", (422, b"unknown recipient\n"), 75, "422"),
            ("a page that has the constant", (422, b"<p>unknown recipient</p>"), 75, "422"),
            ("nothing", (422, b""), 75, "422"),
            ("the constant with another status", (404, UNKNOWN[1]), 75, "404"),
            ("another one", (400, UNKNOWN[1]), 75, "400"),
            ("taken, it says", (201, TAKEN[1]), 75, "201"),
            ("taken, says a refusal", (422, TAKEN[1]), 75, "422"),
            ("an answer of something else", (200, b"<html>welcome"), 75, "200"),
            ("an empty one", (200, b""), 75, "200"),
            ("an endless one", (200, TAKEN[1] + b" " * 5_000_000), 75, "200"),
            ("unknown, says a success", (200, UNKNOWN[1]), 75, "200"),
            ("wrong credentials", (401, b"wrong login or password"), 75, "wrong login or password"),
            ("missing right", (403, b"access error"), 75, "access error"),
            ("missing addon", (404, b"<html>"), 75, "is the addon installed in database test?"),
            ("too large", (413, b"<html>"), 75, "larger"),
            ("busy", (503, b"SerializationFailure"), 75, "503: SerializationFailure"),
            ("a proxy that is busy", (503, b"<html>"), 75, "503\n"),
            ("secret in the text", (503, f"{ADDRESS} {PASSWORD}".encode()), 75, "503\n"),
            ("no text", (503, b"\xff\0"), 75, "503\n"),
        ):
            with self.subTest(name):
                self.odoo.answer = answer
                found, output = self._run()
                self.assertEqual(found, status, output)
                self.assertTrue(output.startswith({67: "5.1.1", 75: "4.3.0"}[status] + " odoo_bcc_mailgate: "), output)
                self.assertIn(told, output)

    def test_http_status(self):
        for status in (202, 204, 300, 301, 302, 303, 307, 308, 400, 401, 404, 413, 429, 500, 502, 503, 504, 599):
            for body in (TAKEN[1], UNKNOWN[1]):
                with self.subTest(status=status, body=body):
                    self.odoo.answer = status, body
                    self.odoo.headers = {"Location": f"{self.odoo.url}/elsewhere"}
                    found, output = self._run()
                    self.assertEqual(found, 75)
                    self.assertIn(str(status), output)
                    self.assertEqual("redirection" in output, status in range(300, 400))
        self.assertEqual({call.path for call in self.odoo.calls}, {"/bcc_dropbox/mail"})

    def test_garbage(self):
        for name, answer in {
            "nothing": b"",
            "no status": b"garbage\r\n\r\ntaken",
            "no number": b"HTTP/1.1 abc OK\r\n\r\ntaken",
            "half a status": b"HTTP/1.1 20",
            "bytes": bytes(range(256)),
            "endless header": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 4000 + b"\r\ntaken",
            "endless line": b"HTTP/1.1 200 OK\r\nA: " + b"b" * 100_000 + b"\r\n\r\ntaken",
            "other version": b"HTTP/2 200\r\n\r\ntaken",
            "no end of the header": b"HTTP/1.1 200 OK\r\ntaken",
            "too long": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntaken, or not",
            "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ntaken",
            "cut refusal": b"HTTP/1.1 422 No\r\nContent-Length: 18\r\n\r\nunknown recipient",
            # what nobody answers to HTTP/1.0
            "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntaken\r\n0\r\n\r\n",
            "continue": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntaken",
            "cut chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntaken\r\n",
            "not yet": b"HTTP/1.1 103 Early Hints\r\n\r\n",
            "compressed": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08",
        }.items():
            with self.subTest(name):
                self.odoo.answer = answer
                self.assertEqual(self._run()[0], 75)

    def test_whole_answers(self):
        for name, status, answer in (
            ("length", 0, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntaken"),
            ("no length", 0, b"HTTP/1.1 200 OK\r\n\r\ntaken"),
            ("no reason, many fields", 0, b"HTTP/1.0 200\r\n" + b"A: b\r\n" * 200 + b"content-length:5\r\n\r\ntaken"),
            ("unknown", 67, b"HTTP/1.1 422 X\r\nContent-Length: 17\r\n\r\nunknown recipient"),
        ):
            with self.subTest(name):
                self.odoo.answer = answer
                self.assertEqual(self._run()[0], status)

    def test_end_of_an_answer(self):
        """Nobody waits for a server that has answered and leaves the connection open."""
        for answer, status in ((TAKEN, 0), (UNKNOWN, 67), ((401, b"wrong login or password"), 75)):
            with self.subTest(answer):
                self.odoo.answer = None
                self.odoo.last_words = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (
                    answer[0], len(answer[1]), answer[1]
                )  # fmt: skip
                found, output = self._run()
                self.assertEqual(found, status)
                self.assertNotIn("timed out", output)

    def test_refused_early(self):
        """A server that refuses a large mail before it has read it, and closes the connection."""
        self.odoo.is_hasty = True
        for answer in ((413, b""), TAKEN, UNKNOWN):
            with self.subTest(answer):
                self.odoo.answer = answer
                found, output = self._run(LARGE)
                self.assertEqual(found, 75)
                # what was received before the connection was reset may be lost
                self.assertRegex(output, f"{answer[0]}|no answer")

    def test_tls(self):
        """A mail goes to a server alone that proves to be the one of the URL, to an authority that is trusted."""
        certificate = self.config.with_name("server.pem")
        certificate.write_bytes(self._certify("127.0.0.1"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.odoo.socket = context.wrap_socket(self.odoo.socket, server_side=True)
        url = self.odoo.url.replace("http:", "https:")
        for values, status in (
            ({"url": url, "ca_file": certificate}, 0),
            ({"url": url}, 75),
            ({"url": url.replace("127.0.0.1", "localhost"), "ca_file": certificate}, 75),
        ):
            with self.subTest(values):
                self.odoo.calls.clear()
                self._write_config(**values)
                self.assertEqual(self._run()[0], status)
                self.assertEqual([call.body for call in self.odoo.calls], [] if status else [MAIL])

    def _certify(self, address):
        """Make a key and a certificate that it signed itself."""
        key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
        now = datetime.now(timezone.utc)
        address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))])
        builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        certificate = builder.add_extension(address, critical=True).sign(key, hashes.SHA256())
        pem = serialization.Encoding.PEM
        secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return secret + certificate.public_bytes(pem)

    def test_unreachable(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
            for url in (
                f"http://127.0.0.1:{port}",
                "http://no-such-host.invalid",
                self.odoo.url.replace("http:", "https:"),
                f"http://{'x' * 70}.invalid",
            ):
                with self.subTest(url):
                    self._write_config(url=url)
                    found, output = self._run()
                    self.assertEqual(found, 75)
                    self.assertIn("cannot reach Odoo", output)

    def test_several_servers(self):
        """Mails are spread over the servers of a database, and one that is away does not hold them up."""
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            away = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        self._write_config(url=f"{away} {self.odoo.url}\n  {away}")
        script = load_script()
        settings = script.read_settings(str(self.config))
        with self.assertRaisesRegex(script.DeliveryError, "empty"):
            script.deliver_to_any(settings._replace(url=" "), MAIL)
        for order in ([0, 1, 2], [1, 0, 2], [2, 0, 1]):
            with (
                self.subTest(order),
                patch.object(random, "sample", side_effect=lambda urls, _count, order=order: [urls[i] for i in order]),
            ):
                script.deliver_to_any(settings, MAIL)
        self.assertEqual(len(self.odoo.calls), 3)
        with self.assertRaises(script.UnreachableError):
            script.deliver_to_any(settings._replace(url=f"{away} {away}"), MAIL)

    def test_several_servers_by_chance(self):
        """Which server is first is left to chance."""
        script = load_script()
        settings = script.Settings("http://a http://b", "test", "gate", PASSWORD)
        with patch.object(script, "deliver") as deliver:
            for _mail in range(200):
                script.deliver_to_any(settings, MAIL)
        first = [call.args[0].url for call in deliver.call_args_list]
        self.assertEqual(len(first), 200)
        self.assertGreater(min(first.count("http://a"), first.count("http://b")), 50)

    def test_several_servers_one_is_slow(self):
        """A server that does not answer in time may have the mail: no other one is asked."""
        self.odoo.answer = None
        script = load_script()
        settings = script.Settings(f"{self.odoo.url} {self.odoo.url}", "test", "gate", PASSWORD, timeout=0.2)
        with self.assertRaisesRegex(script.DeliveryError, "timed out"):
            script.deliver_to_any(settings, MAIL)
        self.assertEqual(len(self.odoo.calls), 1)

    def test_timeout(self):
        self._write_config(timeout=0.2)
        self.odoo.answer = None
        found, output = self._run()
        self.assertEqual(found, 75)
        self.assertIn("timed out", output)

    def test_interrupted(self):
        self.odoo.answer = None
        with subprocess.Popen(self._get_command(), stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdin.write(MAIL)
            process.stdin.close()
            self.assertTrue(self.odoo.called.wait(30))
            process.terminate()
            self.assertEqual(process.wait(30), 75)
            self.assertIn(b"interrupted", process.stderr.read())

    def test_several_servers_one_breaks_off(self):
        """Nor is one that went away with the mail."""
        self.odoo.answer = b""
        script = load_script()
        settings = script.Settings(f"{self.odoo.url} {self.odoo.url}", "test", "gate", PASSWORD)
        with self.assertRaisesRegex(script.DeliveryError, "no answer") as caught:
            script.deliver_to_any(settings, MAIL)
        self.assertNotIsInstance(caught.exception, script.UnreachableError)
        self.assertEqual(len(self.odoo.calls), 1)

    def test_settings_tell_nothing(self):
        settings = load_script().Settings(self.odoo.url, "test", "gate", PASSWORD)
        self.assertEqual(f"{settings} {settings!r} {settings._replace(url='')}", "Settings() Settings() Settings()")

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
            with self.subTest(f"blank {variable}"):  # is none: the file counts
                self.assertEqual(self._run(environment={variable: " \n"})[0], 0)
                self.odoo.calls.clear()
        for name, text in {"empty": "", "no section": f"password={PASSWORD}", "no text": "\0"}.items():
            with self.subTest(name):
                self.config.write_text(text)
                self.assertEqual(self._run()[0], 75)
        self.config.write_bytes(b"[odoo]\npassword = \xff\n")
        self.assertEqual(self._run()[0], 75)
        self.config.unlink()
        self.assertEqual(self._run()[0], 75)
        self.config.mkdir()
        self.assertEqual(self._run()[0], 75)
        self.assertFalse(self.odoo.calls)

    def test_injection(self):
        """Line ends in what the environment says end no header."""
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

    def test_imports(self):
        """Postfix starts a Python for each mail: what takes long to load stays out."""
        code = f"import runpy, sys; runpy.run_path({str(SCRIPT)!r}); print(*sys.modules)"
        done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, check=True)
        self.assertIn("socket", done.stdout.decode().split())
        slow = {"argparse", "dataclasses", "email", "http", "inspect", "ssl"}
        self.assertFalse(slow.intersection(done.stdout.decode().split()))

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
        for arguments, recipients, senders in (
            ([], [], []),
            (["--recipient=a", "--recipient=b=c", "--sender="], ["a", "b=c"], [""]),
            (["--recipient", "a", "b", "--sender", "c", "--recipient", "d"], ["a", "b", "d"], ["c"]),
            (["--recipient=", "--sender=-x@y"], [""], ["-x@y"]),
            (["--sender", "", "--recipient", ""], [""], [""]),
        ):
            with self.subTest(arguments):
                options = script.parse_arguments(arguments)
                self.assertEqual((options["--recipient"], options["--sender"]), (recipients, senders))

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
