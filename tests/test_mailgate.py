"""The delivery script, run as a mail server runs it, against a server that plays Odoo."""

import http.server
import importlib.util
import os
import socket
import subprocess
import sys
import tempfile
import threading
import xmlrpc.client
from pathlib import Path
from unittest.mock import patch

from odoo.tests import BaseCase, tagged

SCRIPT = Path(__file__).parents[1] / "scripts" / "odoo_bcc_mailgate.py"
PASSWORD = "correct-horse%battery"
TOKEN = "abcdefghij234567abcd"
ADDRESS = f"bcc-{TOKEN}@acme.example"
MAIL = b"From: a@acme.example\nTo: b@customer.example\nSubject: hello\n\nbody\n"
TRACEBACK = 'Traceback (most recent call last):\n  File "mail_thread.py", line 1\n    raise\n    ^^^^^\n'
NO_ROUTE = "ValueError: No possible route found for incoming message from a to b (Message-Id <1@x>:).\n"
SERIALIZATION = "psycopg2.errors.SerializationFailure: could not serialize access\n"
NO_DATABASE = 'psycopg2.OperationalError: connection failed: database "test" does not exist\n'
LOOP = "TypeError: cannot marshal None unless allow_none is enabled\n"


def load_script():
    spec = importlib.util.spec_from_file_location("odoo_bcc_mailgate", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up
    spec.loader.exec_module(module)
    return module


class FakeOdoo(http.server.ThreadingHTTPServer):
    """Answer XML-RPC calls as told in ``answers``, by method name, and keep them in ``calls``.

    An answer is a value, a Fault, an HTTP status as ``status``, or None, which is no answer at all
    until the server is released.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), FakeOdooHandler)
        self.status = 200
        self.answers = {"authenticate": 7, "execute_kw": 42}
        self.calls = []
        self.called = threading.Event()
        self.released = threading.Event()
        self.url = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_args):
        """Say nothing of clients that went away: some tests end them."""


class FakeOdooHandler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        arguments, method = xmlrpc.client.loads(body)
        self.server.calls.append((self.path, method, arguments))
        self.server.called.set()
        answer = self.server.answers[method]
        if answer is None:
            self.server.released.wait(60)
        self.send_response(self.server.status)
        self.end_headers()
        if not isinstance(answer, xmlrpc.client.Fault):
            answer = (answer,)
        if answer != (b"garbage",):
            answer = xmlrpc.client.dumps(answer, methodresponse=True, allow_none=True).encode()
            self.wfile.write(answer)
        else:
            self.wfile.write(b"<html>not XML-RPC")

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
        [mail] = [call[2][5][1].data for call in self.odoo.calls if call[1] == "execute_kw"]
        return mail

    def test_call(self):
        self.assertEqual(self._run(), (0, ""))
        login, call = self.odoo.calls
        self.assertEqual(login, ("/xmlrpc/2/common", "authenticate", ("test", "gate", PASSWORD, {})))
        self.assertEqual(call[0], "/xmlrpc/2/object")
        self.assertEqual(call[2][:5], ("test", 7, PASSWORD, "mail.thread", "message_process"))
        self.assertEqual(call[2][5], [False, xmlrpc.client.Binary(MAIL)])

    def test_call_with_user_id(self):
        self._write_config(uid=9, url=self.odoo.url + "/")
        self.assertEqual(self._run(), (0, ""))
        [call] = self.odoo.calls
        self.assertEqual(call[0], "/xmlrpc/2/object")
        self.assertEqual(call[2][1], 9)

    def test_environment(self):
        environment = {
            "ODOO_URL": self.odoo.url,
            "ODOO_DB": "other",
            "ODOO_LOGIN": "someone",
            "ODOO_PASSWORD": PASSWORD,
        }
        self.config.unlink()
        self.assertEqual(self._run(environment=environment), (0, ""))
        self.assertEqual(self.odoo.calls[0][2], ("other", "someone", PASSWORD, {}))
        self._write_config(password="wrong")
        self.assertEqual(self._run(environment={"ODOO_PASSWORD": PASSWORD}), (0, ""))
        self.assertEqual(self.odoo.calls[2][2], ("test", "gate", PASSWORD, {}))

    def test_bytes_unchanged(self):
        all_bytes = bytes(range(256))
        for name, mail in {
            "latin 1 and raw bytes": MAIL + all_bytes,
            "crlf": MAIL.replace(b"\n", b"\r\n") + all_bytes,
            "no line end": b"Subject: x",
            "no header": b"\nbody",
            "several megabytes": MAIL + all_bytes * 4 * 4096,
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

    def test_faults(self):
        for name, code, text, status in (
            ("unknown recipient", 1, TRACEBACK + NO_ROUTE, 67),
            ("unknown recipient, then more", 1, TRACEBACK + NO_ROUTE + TRACEBACK + SERIALIZATION, 75),
            ("such a text in another error", 1, f"{TRACEBACK}KeyError: 'x {NO_ROUTE}'\n", 75),
            ("such a text without the code", 2, NO_ROUTE, 75),
            ("dropped mail loop", 1, TRACEBACK + LOOP, 0),
            ("busy database", 1, TRACEBACK + SERIALIZATION, 75),
            ("missing database", 1, TRACEBACK + NO_DATABASE, 75),
            ("secret in the text", 1, f"{TRACEBACK}ValueError: {ADDRESS} {PASSWORD}\n", 75),
            ("secret in the name", 1, f"{PASSWORD}{ADDRESS}", 75),
            ("user error", 2, f"Not so, {ADDRESS}", 75),
            ("wrong credentials", 3, "Access Denied", 75),
            ("missing right", 4, "Access Error", 75),
            ("nothing", 1, "", 75),
            ("text instead of code", "warning -- UserError", "", 75),
        ):
            with self.subTest(name):
                self.odoo.answers["execute_kw"] = xmlrpc.client.Fault(code, text)
                found, output = self._run()
                self.assertEqual(found, status, output)
                prefix = {0: "", 67: "5.1.1 odoo_bcc_mailgate: ", 75: "4.3.0 odoo_bcc_mailgate: "}[status]
                self.assertTrue(output.startswith(prefix) and bool(output) == bool(status), output)

    def test_login_trouble(self):
        for name, answer in {
            "wrong credentials": False,
            "missing database": xmlrpc.client.Fault(1, TRACEBACK + NO_DATABASE),
            "no answer that counts": xmlrpc.client.Fault(1, TRACEBACK + LOOP),
        }.items():
            with self.subTest(name):
                self.odoo.answers["authenticate"] = answer
                self.assertEqual(self._run()[0], 75)
                self.assertNotIn("execute_kw", [call[1] for call in self.odoo.calls])

    def test_http_trouble(self):
        for status in (301, 400, 401, 404, 413, 429, 500, 502, 503):
            with self.subTest(status):
                self.odoo.status = status
                found, output = self._run()
                self.assertEqual(found, 75)
                self.assertIn(str(status), output)

    def test_garbage(self):
        self.odoo.answers["authenticate"] = b"garbage"
        self.assertEqual(self._run()[0], 75)

    def test_unreachable(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
            for url in (
                f"http://127.0.0.1:{port}",
                "http://no-such-host.invalid",
                self.odoo.url.replace("http:", "https:"),
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
        for order in ([0, 1, 2], [1, 0, 2], [2, 0, 1]):
            with (
                self.subTest(order),
                patch.object(
                    script.random, "sample", side_effect=lambda urls, _count, order=order: [urls[i] for i in order]
                ),
            ):
                script.deliver_to_any(settings, MAIL)
        self.assertEqual(len([call for call in self.odoo.calls if call[1] == "execute_kw"]), 3)
        with self.assertRaises(script.UnreachableError):
            script.deliver_to_any(script.replace(settings, url=f"{away} {away}"), MAIL)

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
        self.odoo.answers["authenticate"] = None
        script = load_script()
        settings = script.Settings(f"{self.odoo.url} {self.odoo.url}", "test", "gate", PASSWORD, timeout=0.2)
        with self.assertRaisesRegex(script.DeliveryError, "timed out"):
            script.deliver_to_any(settings, MAIL)
        self.assertEqual(len(self.odoo.calls), 1)

    def test_timeout(self):
        self._write_config(timeout=0.2)
        self.odoo.answers["execute_kw"] = None
        found, output = self._run()
        self.assertEqual(found, 75)
        self.assertIn("timed out", output)

    def test_interrupted(self):
        self.odoo.answers["execute_kw"] = None
        self._write_config(uid=7)
        with subprocess.Popen(self._get_command(), stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdin.write(MAIL)
            process.stdin.close()
            self.assertTrue(self.odoo.called.wait(30))
            process.terminate()
            self.assertEqual(process.wait(30), 75)
            self.assertIn(b"interrupted", process.stderr.read())

    def test_configuration_trouble(self):
        for name, values in {
            "no address": {"url": None},
            "no password": {"password": None},
            "no web address": {"url": "odoo.example:8069"},
            "broken web address": {"url": "http://[x"},
            "time": {"timeout": "soon"},
            "user": {"uid": "admin"},
            "private CA": {"ca_file": "/nowhere", "url": "https://127.0.0.1:1"},
        }.items():
            with self.subTest(name):
                self._write_config(**values)
                self.assertEqual(self._run()[0], 75)
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
            [ADDRESS],
        ):
            with self.subTest(arguments):
                self.assertEqual(self._run(MAIL, *arguments)[0], 75)
        self.assertFalse(self.odoo.calls)

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
