"""The delivery script, and a fake Odoo server for it."""

import base64
import http.server
import importlib.util
import os
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from odoo.tests import BaseCase

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
    """A request that the server received."""

    path: str
    headers: Message
    body: bytes

    @property
    def account(self):
        """Database, login and password."""
        scheme, encoded = self.headers["Authorization"].split()
        assert scheme == "Basic"
        return self.headers["X-Odoo-Database"], *base64.b64decode(encoded).decode().split(":", 1)

    @property
    def recipients(self):
        """Of the envelope."""
        return base64.b64decode(self.headers["X-BCC-Dropbox-Envelope"] or "", validate=True).decode().splitlines()


class FakeOdoo(http.server.ThreadingHTTPServer):
    """Respond with ``answer``, and collect the requests in ``calls``.

    An answer is a status and a body, or all of its bytes, or None to leave the response unfinished until the server is
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
        """Don't report clients that disconnect: some tests kill them."""


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


class MailgateCase(BaseCase):
    """The script with a configuration, and the server for it."""

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
        """Run the script, check that its output contains no secret, and return its exit code and output."""
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
        """Return the bytes of the only mail that the server received."""
        [call] = self.odoo.calls
        return call.body
