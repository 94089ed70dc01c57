"""The delivery script, run like by a mail server: its requests, and how it handles responses."""

import itertools
import socket
import ssl
import subprocess
from pathlib import Path
from unittest.mock import patch

from odoo.tests import tagged

from .certificates import make_certificate
from .mailgate import ADDRESS, LARGE, MAIL, PASSWORD, TAKEN, UNKNOWN, MailgateCase, load_script


@tagged("post_install", "-at_install")
class TestMailgate(MailgateCase):
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

    def test_envelope(self):
        """Recipients are passed beside the mail, not in the URL; the sender in the field that mail servers write."""
        arguments = [
            f"--recipient={ADDRESS}",
            "--recipient",
            "x@acme.example",
            ADDRESS,
            "--sender=a@b.example",
        ]
        for end in (b"\n", b"\r\n"):
            with self.subTest(end):
                mail = MAIL.replace(b"\n", end)
                self.odoo.calls.clear()
                self.assertEqual(self._run(mail, *arguments), (0, ""))
                self.assertEqual(self._get_delivered(), b"Return-Path: <a@b.example>" + end + mail)
                [call] = self.odoo.calls
                self.assertEqual(call.recipients, [ADDRESS, "x@acme.example"])
                self.assertNotIn("bcc-", f"{call.path} {call.headers}")
        self.odoo.calls.clear()
        self.assertEqual(self._run(), (0, ""))
        self.assertEqual(self.odoo.calls[0].recipients, [])

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

    def test_unknown_recipient(self):
        """Only for this response, the mail is bounced to the sender, or discarded if configured."""
        for unknown, status in ((None, 67), ("bounce", 67), ("discard", 0), ("silence", 75), ("Discard", 75)):
            with self.subTest(unknown):
                self._write_config(unknown=unknown)
                self.odoo.answer = UNKNOWN
                found, output = self._run()
                self.assertEqual(found, status, output)
                self.assertEqual("no such recipient; discarded" in output, unknown == "discard")
                self.odoo.answer = TAKEN
                self.assertEqual(self._run()[0], 75 if status == 75 else 0)
        self._write_config(unknown="discard")
        for answer in ((422, b"unknown"), (404, UNKNOWN[1]), (401, b""), (503, b"KeyError"), b""):
            self.odoo.answer = answer
            self.assertEqual(self._run()[0], 75, answer)
        self.assertEqual(self._run(b"")[0], 75)

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
            "too many fields": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\ntaken",
            "no end of the header": b"HTTP/1.1 200 OK\r\ntaken",
            "too long": b"HTTP/1.1 200 OK\r\n\r\ntaken, or not",
            "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ntaken",
            "cut refusal": b"HTTP/1.1 422 No\r\nContent-Length: 18\r\n\r\nunknown recipient",
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
            ("no reason, many fields", 0, b"HTTP/1.0 200\r\n" + b"A: b\r\n" * 90 + b"content-length:5\r\n\r\ntaken"),
            ("chunks", 0, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ntaken\r\n0\r\n\r\n"),
            (
                "continue",
                0,
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ntaken",
            ),
            ("unknown", 67, b"HTTP/1.1 422 X\r\nContent-Length: 17\r\n\r\nunknown recipient"),
        ):
            with self.subTest(name):
                self.odoo.answer = answer
                self.assertEqual(self._run()[0], status)

    def test_end_of_an_answer(self):
        """The script does not wait for a server that has responded and leaves the connection open."""
        for answer, status in ((TAKEN, 0), (UNKNOWN, 67), ((401, b"wrong login or password"), 75)):
            with self.subTest(answer):
                self.odoo.answer = None
                self.odoo.last_words = b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (
                    answer[0], len(answer[1]), answer[1]
                )  # fmt: skip
                found, output = self._run()
                self.assertEqual(found, status)
                self.assertNotIn("no answer", output)

    def test_refused_early(self):
        """A server that rejects a large mail before reading it, and closes the connection."""
        self.odoo.is_hasty = True
        # inherited by its connections; with it, the mail does not fit into the buffers of the kernel
        self.odoo.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        send_buffer = int(Path("/proc/sys/net/ipv4/tcp_wmem").read_text().split()[2])
        for answer in ((413, b""), TAKEN, UNKNOWN):
            with self.subTest(answer):
                self.odoo.answer = answer
                found, output = self._run(MAIL + bytes(2 * send_buffer))
                self.assertEqual(found, 75)
                # what was received before the connection was reset may be lost
                self.assertRegex(output, f"{answer[0]}|no answer")

    def test_tls(self):
        """A mail is sent only to a server with a certificate for the host of the URL, by a trusted authority."""
        certificate = self.config.with_name("server.pem")
        certificate.write_bytes(make_certificate("127.0.0.1"))
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
        """Mails are distributed over the servers of a database; one that is down does not delay them."""
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            away = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        script = load_script()
        self._write_config(url=f"{away} {self.odoo.url}\n  {away}")
        settings = script.read_settings(str(self.config))
        for order in itertools.permutations(settings["servers"]):
            with self.subTest(order), patch.object(script.random, "sample", return_value=order):
                script.deliver(settings, MAIL)
        self.assertEqual(len(self.odoo.calls), 6)
        self._write_config(url=f"{away} {away}")
        found, output = self._run()
        self.assertEqual(found, 75)
        self.assertIn("cannot reach Odoo: ConnectionRefusedError", output)

    def test_several_servers_by_chance(self):
        script = load_script()
        self._write_config(url="http://a http://b")
        settings = script.read_settings(str(self.config))
        with patch.object(script.http.client, "HTTPConnection") as connection:
            for _mail in range(200):
                script.connect(settings)
        first = [call.args[0] for call in connection.call_args_list]
        self.assertEqual(len(first), 200)
        self.assertGreater(min(first.count("a"), first.count("b")), 50)

    def test_several_servers_one_does_not_answer(self):
        """A server that does not respond in time, or disconnects, may have the mail: no other one is tried."""
        self._write_config(url=f"{self.odoo.url} {self.odoo.url}", timeout="0.2")
        for answer in (None, b""):
            with self.subTest(answer):
                self.odoo.answer = answer
                self.odoo.calls.clear()
                self.odoo.called.clear()
                found, output = self._run()
                self.assertEqual(found, 75)
                self.assertIn("no answer", output)
                self.assertTrue(self.odoo.called.wait(60))  # the thread of the server may be late
                self.assertEqual(len(self.odoo.calls), 1)

    def test_timeout(self):
        self._write_config(timeout=0.2)
        self.odoo.answer = None
        found, output = self._run()
        self.assertEqual(found, 75)
        self.assertIn("no answer from Odoo: TimeoutError", output)

    def test_interrupted(self):
        self.odoo.answer = None
        with subprocess.Popen(self._get_command(), stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdin.write(MAIL)
            process.stdin.close()
            self.assertTrue(self.odoo.called.wait(30))
            process.terminate()
            self.assertEqual(process.wait(30), 75)
            self.assertIn(b"interrupted", process.stderr.read())
